#pragma once

#include <bit>
#include <type_traits>

#include "core/observe/memo.h"
#include "core/task/sequence.h"

namespace gatescope::observe {

/// What a result depends on besides the weights, for a memo that outlives an observation: the sequence that
/// was read, number by number, and the precision.
template <class S>
Memo::Options key_of(const task::Sequence<S>& sequence) {
  Memo::Options key{static_cast<Index>(sizeof(S))};
  const auto add = [&](const auto& values) {
    key.push_back(static_cast<Index>(values.size()));
    for (const auto& v : values) {
      if constexpr (std::is_floating_point_v<std::decay_t<decltype(v)>>)
        key.push_back(std::bit_cast<std::int64_t>(static_cast<double>(v)));
      else
        key.push_back(static_cast<Index>(v));
    }
  };
  add(sequence.tokens), add(sequence.values), add(sequence.targets), add(sequence.target_values),
      add(sequence.expected);
  return key;
}

}  // namespace gatescope::observe
