#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "core/nn/force_rule.h"
#include "core/nn/layer_tape.h"
#include "core/nn/plan.h"

namespace gatescope::analysis {

/// The rules on one channel of a layer, on its value or before its activation, number by number:
/// used = scale * computed + shift, of several rules one after the other, in the network's precision.
template <class S>
class RulesOn {
 public:
  RulesOn(std::span<const nn::ForceRule> rules, int layer, const nn::LayerTape<S>& tape, int channel,
          bool before_activation = false)
      : first_step_(tape.first_step),
        units_(tape.info().counts_units(channel) ? tape.hidden() : tape.width(channel)) {
    for (const nn::ForceRule& rule : rules)
      if (rule.layer.value_or(layer) == layer && rule.before_activation == before_activation &&
          tape.info().find(rule.channel) == channel)
        rules_.push_back(nn::meant(rule, tape.info().channels[channel]));
  }

  struct Affine {
    S scale = 1, shift = 0;
  };
  /// At a step of the tape, of the number in that row of the channel.
  Affine at(Index step, Index row) const {
    Affine all;
    for (const nn::ForceRule& rule : rules_) {
      if (!nn::covers(rule.steps, first_step_ + step) || !nn::covers(rule.units, row % units_)) continue;
      all.scale = static_cast<S>(rule.scale) * all.scale;
      all.shift = static_cast<S>(rule.scale) * all.shift + static_cast<S>(rule.shift);
    }
    return all;
  }
  /// Whether one acts at a step at all.
  bool act(Index step) const {
    return std::ranges::any_of(
        rules_, [&](const nn::ForceRule& rule) { return nn::covers(rule.steps, first_step_ + step); });
  }

 private:
  Index first_step_, units_;
  std::vector<nn::ForceRule> rules_;
};

}  // namespace gatescope::analysis
