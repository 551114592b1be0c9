#pragma once

#include <vector>

#include "core/math/types.h"

namespace gatescope::task {

/// One sequence of T steps: what goes in and what should come out. Characters or values, classes or values,
/// as a network's Interface says.
template <class S>
struct Sequence {
  std::vector<int> tokens;       // (T), of a text without its last character where that is only a target
  std::vector<S> values;         // (I, T)
  std::vector<int> targets;      // (T), classes, -1 where nothing is expected; of a text its next characters
  std::vector<S> target_values;  // (V, T); empty where none are expected at all
  std::vector<char> expected;    // (T), with target values: at which steps; empty: at all of them

  /// Whether something is expected at step t.
  bool expects(Index t) const {
    const auto at = static_cast<std::size_t>(t);
    if (!targets.empty()) return targets[at] >= 0;
    return !target_values.empty() && (expected.empty() || expected[at] != 0);
  }

  /// The same in numbers of another precision.
  template <class T>
  Sequence<T> as() const {
    return {tokens,
            {values.begin(), values.end()},
            targets,
            {target_values.begin(), target_values.end()},
            expected};
  }
};

}  // namespace gatescope::task
