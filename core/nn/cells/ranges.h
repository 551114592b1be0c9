#pragma once

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

}  // namespace gatescope::nn
