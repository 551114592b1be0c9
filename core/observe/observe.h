#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/observe/needs.h"
#include "core/observe/observation.h"
#include "core/observe/stimulus.h"
#include "core/trace/watch.h"

namespace gatescope::observe {

struct Options {
  Needs needs = kWholeTrace;  // the tape in any case; of gradients those of the loss that is asked for
  trace::Keep keep = trace::Keep::in_memory;
  trace::Watch* watch = nullptr;  // told and asked between the parts of a trace
};

/// Lets the model read the stimulus with the rules and, where there are any, without, as far as is needed.
/// The rules are those that concern the model; `loss` says at which of the steps where something is expected
/// it is taken. Throws Error for a stimulus that the model cannot read or be scored with, a step that does
/// not exist, and a rule that does not fit; Stopped where `watch` says so.
template <class S>
Observation<S> observe(const Model<S>& model, const Stimulus& stimulus, std::vector<nn::ForceRule> rules,
                       const trace::LossAt& loss, const Options& options = {});

/// observe() a piece at a time, to the same bits. What the stimulus points to outlives it.
template <class S>
class Observing {
 public:
  Observing(Model<S> model, Stimulus stimulus, std::vector<nn::ForceRule> rules, const trace::LossAt& loss,
            const Options& options = {});

  /// As trace::Tracing does. Throws what observe() does.
  bool advance(Index steps);
  /// After the last piece.
  Observation<S> take() { return std::move(observation_); }

 private:
  void write_target();
  void begin(std::span<const nn::ForceRule> rules);

  std::shared_ptr<nn::Network<S>> network_;
  Stimulus stimulus_;
  trace::LossAt loss_;
  Options options_;
  std::optional<trace::Tracing<S>> tracing_;
  bool reads_natural_;  // first
  Observation<S> observation_;
};

/// What was observed once more, with the loss of one step alone; none where nothing was expected there.
/// Throws Error for a step that does not exist.
template <class S>
trace::SequenceTrace<S> with_loss_at(const Observation<S>& observation, Index step);

extern template class Observing<float>;
extern template class Observing<double>;
extern template Observation<float> observe(const Model<float>&, const Stimulus&, std::vector<nn::ForceRule>,
                                           const trace::LossAt&, const Options&);
extern template Observation<double> observe(const Model<double>&, const Stimulus&, std::vector<nn::ForceRule>,
                                            const trace::LossAt&, const Options&);
extern template trace::SequenceTrace<float> with_loss_at(const Observation<float>&, Index);
extern template trace::SequenceTrace<double> with_loss_at(const Observation<double>&, Index);

}  // namespace gatescope::observe
