#include "app/export/palette.h"

#include <algorithm>

namespace gatescope::app {
namespace {

using Rgb = Palette::Rgb;

struct Entry {
  Rgb color;
  std::uint64_t count;
};

std::uint32_t pack(Rgb c) {
  return std::uint32_t(c[0]) << 16 | std::uint32_t(c[1]) << 8 | c[2];
}
Rgb unpack(std::uint32_t c) {
  return {static_cast<unsigned char>(c >> 16), static_cast<unsigned char>(c >> 8 & 255),
          static_cast<unsigned char>(c & 255)};
}

struct ColorBox {
  std::size_t first, end;
  std::size_t channel = 0;
  std::uint64_t weight = 0;  // width of the widest channel times the pixels inside
};

ColorBox measure(const std::vector<Entry>& entries, std::size_t first, std::size_t end) {
  ColorBox box{first, end};
  std::uint64_t pixels = 0;
  for (std::size_t i = first; i < end; ++i) pixels += entries[i].count;
  int widest = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    int low = 255, high = 0;
    for (std::size_t i = first; i < end; ++i) {
      low = std::min<int>(low, entries[i].color[k]);
      high = std::max<int>(high, entries[i].color[k]);
    }
    if (high - low > widest) widest = high - low, box.channel = k;
  }
  box.weight = static_cast<std::uint64_t>(widest) * pixels;
  return box;
}

Rgb mean(const std::vector<Entry>& entries, const ColorBox& box) {
  std::array<std::uint64_t, 3> sum{};
  std::uint64_t pixels = 0;
  for (std::size_t i = box.first; i < box.end; ++i) {
    for (std::size_t k = 0; k < 3; ++k) sum[k] += entries[i].color[k] * entries[i].count;
    pixels += entries[i].count;
  }
  Rgb out{};
  for (std::size_t k = 0; k < 3; ++k) out[k] = static_cast<unsigned char>((sum[k] + pixels / 2) / pixels);
  return out;
}

std::vector<Rgb> median_cut(std::vector<Entry> entries, std::size_t size) {
  if (entries.empty() || size == 0) return {};
  std::vector<ColorBox> boxes{measure(entries, 0, entries.size())};
  while (boxes.size() < size) {
    auto widest = std::max_element(boxes.begin(), boxes.end(),
                                   [](const ColorBox& a, const ColorBox& b) { return a.weight < b.weight; });
    if (widest->weight == 0) break;
    const ColorBox box = *widest;
    const auto begin = entries.begin();
    std::sort(begin + std::ptrdiff_t(box.first), begin + std::ptrdiff_t(box.end),
              [&](const Entry& a, const Entry& b) {
                return a.color[box.channel] != b.color[box.channel]
                           ? a.color[box.channel] < b.color[box.channel]
                           : a.color < b.color;
              });
    std::uint64_t pixels = 0, half = 0;
    for (std::size_t i = box.first; i < box.end; ++i) pixels += entries[i].count;
    std::size_t cut = box.first;
    while (cut + 1 < box.end && (cut == box.first || half + entries[cut].count <= pixels / 2))
      half += entries[cut++].count;
    *widest = measure(entries, box.first, cut);
    boxes.push_back(measure(entries, cut, box.end));
  }
  std::vector<Rgb> out;
  for (const auto& box : boxes) out.push_back(mean(entries, box));
  return out;
}

}  // namespace

void Palette::count(const Raster& raster) {
  std::uint32_t last = 0;
  std::uint64_t run = 0;
  for (std::size_t i = 0; i + 3 < raster.rgba.size(); i += 4) {
    const auto color = pack({raster.rgba[i], raster.rgba[i + 1], raster.rgba[i + 2]});
    if (run > 0 && color != last) histogram_[last] += run, run = 0;
    last = color;
    ++run;
  }
  if (run > 0) histogram_[last] += run;
}

void Palette::choose(int size) {
  std::vector<Entry> entries;
  std::uint64_t pixels = 0;
  for (const auto& [color, count] : histogram_) entries.push_back({unpack(color), count}), pixels += count;
  // The map's order is not ours: the most frequent first, then by colour.
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.count != b.count ? a.count > b.count : a.color < b.color;
  });
  colors_.clear();
  known_.clear();
  const auto places = static_cast<std::size_t>(size);
  std::size_t exact = 0;
  if (entries.size() <= places)
    exact = entries.size();
  else
    while (exact < places / 4 && entries[exact].count * 200 >= pixels) ++exact;
  for (std::size_t i = 0; i < exact; ++i) colors_.push_back(entries[i].color);
  entries.erase(entries.begin(), entries.begin() + std::ptrdiff_t(exact));
  for (const auto& color : median_cut(std::move(entries), places - exact)) colors_.push_back(color);
}

unsigned char Palette::nearest(Rgb color) {
  const auto [known, fresh] = known_.try_emplace(pack(color));
  if (!fresh) return known->second;
  int best = 1 << 30;
  for (std::size_t i = 0; i < colors_.size(); ++i) {
    // Weights near those of lightness: green counts most.
    const int dr = color[0] - colors_[i][0], dg = color[1] - colors_[i][1], db = color[2] - colors_[i][2];
    const int distance = 3 * dr * dr + 6 * dg * dg + 2 * db * db;
    if (distance < best) best = distance, known->second = static_cast<unsigned char>(i);
  }
  return known->second;
}

}  // namespace gatescope::app
