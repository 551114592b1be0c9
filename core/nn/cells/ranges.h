#pragma once

#include <array>
#include <limits>

#include "core/nn/cell.h"

namespace gatescope::nn {

/// The range of a channel without a bound.
inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// A gate that is the exponent of e: closed it is nothing beside any other, however much a normaliser has
/// faded by then; open it is e^0 = 1.
constexpr Channel exponent(Channel channel) {
  channel.closed = -1e6;
  channel.open = 0;
  return channel;
}
/// A step of time: none at all, or so much that little of the past is left.
constexpr Channel step_of_time(Channel channel) {
  channel.open = 5;
  return channel;
}

/// The rows of one table, and after them those of others.
template <class Row, std::size_t N, std::size_t M, class... Others>
constexpr auto joined_tables(const std::array<Row, N>& first, const std::array<Row, M>& second,
                             const Others&... others) {
  std::array<Row, N + M> all{};
  for (std::size_t k = 0; k < N; ++k) all[k] = first[k];
  for (std::size_t k = 0; k < M; ++k) all[N + k] = second[k];
  if constexpr (sizeof...(others) > 0)
    return joined_tables(all, others...);
  else
    return all;
}

}  // namespace gatescope::nn
