#pragma once

#include <vector>

#include "core/math/types.h"
#include "core/trace/sequence_trace.h"

namespace gatescope::analysis {

struct NextCharacter {
  int character = 0;       ///< its number in the vocabulary
  double probability = 0;  ///< softmax of the logits, in [0, 1]
};

/// softmax(logits), (V), in double. NaN everywhere where a logit is NaN or +∞.
std::vector<double> probabilities(const Eigen::Ref<const Vector<double>>& logits);
std::vector<double> probabilities(const Eigen::Ref<const Vector<float>>& logits);

/// The `count` most likely characters, most likely first, at most V of them; equally likely ones, and those
/// of logits that are not numbers, by their number.
std::vector<NextCharacter> next_characters(const Eigen::Ref<const Vector<float>>& logits, int count);

/// The share of the steps at which the most likely character is the one that came, in [0, 1].
double share_guessed(const trace::SequenceTrace<float>& text);
/// The mean of the probabilities that the right ones were given, over the steps with a target; NaN where
/// there is none. Of one or few labels it tells more.
double belief_in_right(const trace::SequenceTrace<float>& text);

}  // namespace gatescope::analysis
