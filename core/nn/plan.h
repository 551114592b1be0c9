#pragma once

#include <span>
#include <vector>

#include "core/math/types.h"
#include "core/nn/cell.h"
#include "core/nn/cell_steps.h"
#include "core/nn/force_rule.h"
#include "core/nn/model_spec.h"

namespace gatescope::nn {

/// The rules that concern one layer, ready for the time loop: for each channel and step, used = scale*raw +
/// shift with one scale and shift for each of its numbers, of its value or of what its activation gets.
/// Several rules on the same place act one after the other, in their order.
template <class S>
class Plan {
 public:
  Plan() = default;
  /// Throws Error where a rule names a unit or channel that this layer does not have.
  Plan(std::span<const ForceRule> rules, int layer, const CellInfo& info, const Sizes& sizes);

  bool empty() const { return segments_.empty(); }
  /// Whether a rule acts on the channel, on its value or before its activation.
  bool forces(int channel) const;
  /// Whether a rule acts before any channel's activation.
  bool acts_before_activations() const;

  /// Scale and shift of a channel, each of its width.
  struct Affine {
    Vector<S> scale, shift;
  };
  /// What concerns the first `channels` of them, as the kernels take it; it points into this plan.
  void append_to(std::vector<ForcedSteps<S>>& forced, std::size_t channels) const;

 private:
  // Steps first..last of a channel, or of its pre-activation, on which the same rules act.
  struct Segment {
    int channel;
    bool before_activation;
    int first, last;
    Affine affine;
  };
  void add(std::span<const ForceRule> rules, int layer, const CellInfo& info, const Sizes& sizes, int channel,
           bool before_activation);

  std::vector<Segment> segments_;
};

/// The rule with the numbers that its word means of the channel.
ForceRule meant(ForceRule rule, const Channel& channel);

/// Throws Error for a rule that does not fit a model with layers of these sizes, from the lowest up: an
/// unknown channel, layer or unit, or a pre-activation where the channel has no activation.
void check_rule(const ForceRule& rule, const ModelSpec& model, std::span<const Sizes> layers);

/// Whether a rule has something to act on in a model: the channel, of its cell or its decoder, and its
/// activation for a rule before it.
bool concerns(const ForceRule& rule, const ModelSpec& model);

/// How many steps are read: of an encoder-decoder those of the source and those of the target, from the sign
/// that it begins on; of one stack all are the source's.
struct StepsRead {
  Index source = 0, target = 0;
};

/// Whether a rule that fits a model acts anywhere in so many steps: on `alpha` a source's step that is there
/// at a target's, on `feed` a step behind the first, which reads the sign.
bool acts(const ForceRule& rule, const ModelSpec& model, const StepsRead& read);

/// Those of the rules that concern a model.
std::vector<ForceRule> rules_for(std::span<const ForceRule> rules, const ModelSpec& model);

extern template class Plan<float>;
extern template class Plan<double>;

}  // namespace gatescope::nn
