#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/series/series.h"

namespace gatescope::series {

/// A series that comes with the program.
struct KnownSeries {
  std::string_view key;                // "sunspots"
  std::string_view title;              // "sunspots"
  Series (*make)(std::uint64_t seed);  // of one that equations make
};

/// In the order of menus: what was observed, then what equations make.
std::span<const KnownSeries> known_series();
/// Null where no series has that key.
const KnownSeries* find_known_series(std::string_view key);

}  // namespace gatescope::series
