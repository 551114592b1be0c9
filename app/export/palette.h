#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/plot/raster.h"

namespace gatescope::app {

using plot::Raster;

/// Chooses few colours for many pixels: exact where there are few; else the most frequent colours (grounds,
/// text) stay exact and the others are cut at the median of the widest box (Heckbert 1982).
class Palette {
 public:
  using Rgb = std::array<unsigned char, 3>;

  void count(const Raster& raster);
  void choose(int size);
  const std::vector<Rgb>& colors() const { return colors_; }
  /// The place of the nearest colour.
  unsigned char nearest(Rgb color);

 private:
  std::unordered_map<std::uint32_t, std::uint64_t> histogram_;
  std::unordered_map<std::uint32_t, unsigned char> known_;
  std::vector<Rgb> colors_;
};

}  // namespace gatescope::app
