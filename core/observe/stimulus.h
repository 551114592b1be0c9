#pragma once

#include <algorithm>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/task/task.h"

/// What models are observed with, in numbers of their inputs and outputs.
namespace gatescope::observe {

/// A text. What is expected is the next character; of a model that tells something else nothing is, or what
/// the loss says.
struct Text {
  std::vector<int> characters;  // one more than steps where each predicts the next
};

/// One of a task's held-out sequences; beyond the last they begin again. The task outlives the call.
struct HeldOut {
  const task::Task* task = nullptr;
  std::uint64_t number = 0;
};

/// Values alone: nothing is expected.
struct Values {
  std::vector<float> values;  // (I, T)
};

/// What goes in together with what should come out.
using Pair = task::Sequence<float>;

using Stimulus = std::variant<Text, HeldOut, Values, Pair>;

/// Whether it is the source of a pair alone, without the sign that a target begins.
inline bool is_source_alone(const Stimulus& stimulus, const nn::Interface& interface) {
  const auto* text = std::get_if<Text>(&stimulus);
  return text && interface.pairs && std::ranges::find(text->characters, nn::kStart) == text->characters.end();
}

}  // namespace gatescope::observe
