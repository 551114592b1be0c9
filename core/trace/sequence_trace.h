#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/nn/network.h"
#include "core/nn/trace.h"
#include "core/task/sequence.h"

namespace gatescope::trace {

/// Which steps the loss is the sum of.
struct LossAt {
  enum class Kind { all, last, step };
  Kind kind = Kind::all;
  Index step = 0;  // counted from 0, with Kind::step
  /// Of a model that tells classes: the right one at that step, or at the last one with Kind::all.
  std::optional<int> label = {};

  bool operator==(const LossAt&) const = default;
};

/// Reads "all", "last" or a step's number. Throws Error that says what would be right.
LossAt parse_loss_at(std::string_view text);

/// Where a long trace lies: in memory, or in a file without a name, so that memory hardly grows with the
/// text. The numbers are the same.
enum class Keep { in_memory, in_file };

/// Whether the gradients are computed as well; without, those of the trace are not to be read.
enum class Gradients { computed, left_out };

class Watch;

/// Forward and backward over one sequence from a zero state.
template <class S>
struct SequenceTrace : task::Sequence<S> {
  nn::Trace<S> trace;   // B = 1; gradients are of the summed loss (nats, squared error), total derivatives
  Buffer<S> gradients;  // of the parameters, laid out as network.table()

  nn::LayerInput<S> input() const {
    return {this->tokens.empty() ? nullptr : this->tokens.data(),
            this->values.empty() ? nullptr : this->values.data()};
  }
};

/// The steps whose loss is taken: as the read-out wants to be told.
struct Scored {
  std::vector<int> targets;  // (T), -1 where a step has no loss
  std::vector<char> steps;   // (T), whether it has one
};

/// A trace that is made a piece at a time, to the same bits.
template <class S>
class Tracing {
 public:
  /// Of a sequence that the network can read and be scored with, over so many steps; the network outlives it.
  Tracing(const nn::Network<S>& network, task::Sequence<S> sequence, Index steps, const LossAt& loss_at,
          Keep keep, Watch* watch, Gradients gradients = Gradients::computed);

  /// Some `steps` of one direction of one layer, forward or backward, or what else there is to do. False:
  /// that was the last piece. Throws Stopped where the watch says so.
  bool advance(Index steps);
  /// After the last piece.
  SequenceTrace<S> take() { return std::move(result_); }

 private:
  enum class Pass { begin, forward, score, backward, over };

  bool do_next(Index steps);
  void tell_watch();

  const nn::Network<S>* network_;
  SequenceTrace<S> result_;
  Index steps_;
  LossAt loss_at_;
  Watch* watch_;
  Gradients gradients_;
  Pass next_ = Pass::begin;
  Scored scored_;
  typename nn::Network<S>::Progress at_ = {};
  Index told_ = 0;  // the watch, in steps
};

/// `characters` are numbers of the network's vocabulary. Rules the network is forced by are in force. A model
/// that tells something else than the next character reads all of them, and has a loss only where a label is
/// given; its other gradients are zero. Throws Error for a text too short (two characters, or one), a step
/// the text does not have, a character outside the network's inputs, a label that is none of its classes, and
/// a network that does not read characters.
template <class S>
SequenceTrace<S> trace_text(const nn::Network<S>& network, std::span<const int> characters,
                            const LossAt& loss_at = {}, Keep keep = Keep::in_memory, Watch* watch = nullptr,
                            Gradients gradients = Gradients::computed);

/// The same, to be made a piece at a time.
template <class S>
Tracing<S> begin_trace(const nn::Network<S>& network, std::span<const int> characters, const LossAt& loss_at,
                       Keep keep, Watch* watch, Gradients gradients = Gradients::computed);

/// The same for a sequence that says itself what is expected, of any interface; the loss is taken at those
/// steps of the ones that are asked for at which something is. Throws Error for lengths that differ, no
/// steps, numbers outside the network's inputs or outputs, and a single step that does not exist or at which
/// nothing is expected.
template <class S>
SequenceTrace<S> trace_sequence(const nn::Network<S>& network, task::Sequence<S> sequence,
                                const LossAt& loss_at = {}, Keep keep = Keep::in_memory,
                                Watch* watch = nullptr, Gradients gradients = Gradients::computed);

template <class S>
Tracing<S> begin_trace(const nn::Network<S>& network, task::Sequence<S> sequence, const LossAt& loss_at,
                       Keep keep, Watch* watch, Gradients gradients = Gradients::computed);

/// The same of characters with labels: `classes` (T) are numbers of the network's outputs, -1 where a step is
/// not scored.
template <class S>
SequenceTrace<S> trace_sequence(const nn::Network<S>& network, std::span<const int> tokens,
                                std::span<const int> classes);

extern template class Tracing<float>;
extern template class Tracing<double>;

extern template SequenceTrace<float> trace_text(const nn::Network<float>&, std::span<const int>,
                                                const LossAt&, Keep, Watch*, Gradients);
extern template SequenceTrace<double> trace_text(const nn::Network<double>&, std::span<const int>,
                                                 const LossAt&, Keep, Watch*, Gradients);

extern template SequenceTrace<float> trace_sequence(const nn::Network<float>&, task::Sequence<float>,
                                                    const LossAt&, Keep, Watch*, Gradients);
extern template SequenceTrace<double> trace_sequence(const nn::Network<double>&, task::Sequence<double>,
                                                     const LossAt&, Keep, Watch*, Gradients);
extern template SequenceTrace<float> trace_sequence(const nn::Network<float>&, std::span<const int>,
                                                    std::span<const int>);
extern template SequenceTrace<double> trace_sequence(const nn::Network<double>&, std::span<const int>,
                                                     std::span<const int>);

}  // namespace gatescope::trace
