#include "core/plot/colormap.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace gatescope::plot {
namespace {

using Path = std::function<Lab(double)>;  // of t in [0, 1]

Lab mix(const Lab& from, const Lab& to, double t) {
  return {from.lightness + (to.lightness - from.lightness) * t, from.a + (to.a - from.a) * t,
          from.b + (to.b - from.b) * t};
}

// A cubic Bezier curve in CIELAB whose control points rise in lightness, so the map does too: navy, blue,
// green, pale yellow.
Lab sequential_path(double t) {
  constexpr Lab p0{9, 4, -20}, p1{38, 0, -42}, p2{66, -56, 8}, p3{94.5, -8, 42};
  const double s = 1 - t, b0 = s * s * s, b1 = 3 * s * s * t, b2 = 3 * s * t * t, b3 = t * t * t;
  return {b0 * p0.lightness + b1 * p1.lightness + b2 * p2.lightness + b3 * p3.lightness,
          b0 * p0.a + b1 * p1.a + b2 * p2.a + b3 * p3.a, b0 * p0.b + b1 * p1.b + b2 * p2.b + b3 * p3.b};
}

// A path walked at constant speed of perceived difference.
class EvenWalk {
 public:
  explicit EvenWalk(Path path) : path_(std::move(path)), length_(samples + 1, 0) {
    Lab previous = path_(0);
    for (int i = 1; i <= samples; ++i) {
      const Lab next = path_(double(i) / samples);
      length_[i] = length_[i - 1] + color_difference(previous, next);
      previous = next;
    }
  }
  double length() const { return length_.back(); }

  Lab at_length(double wanted) const {
    const auto after = std::lower_bound(length_.begin() + 1, length_.end() - 1, wanted);
    const auto i = after - length_.begin();
    const double within = (wanted - length_[i - 1]) / std::max(length_[i] - length_[i - 1], 1e-12);
    return path_((double(i - 1) + within) / samples);
  }

 private:
  static constexpr int samples = 2000;
  Path path_;
  std::vector<double> length_;
};

ColorTable sequential(int size, double from = 0, double to = 1) {
  const EvenWalk walk(sequential_path);
  ColorTable table;
  for (int i = 0; i < size; ++i) {
    const double t = size > 1 ? double(i) / (size - 1) : 0.5;
    table.push_back(from_lab(walk.at_length(walk.length() * (from + (to - from) * t))));
  }
  return table;
}

// Two straight lines in CIELAB from a middle, the longer cut to the length of the shorter, so that equal
// distances from zero look equally far from nothing, whatever their sign. `stretch`: how much farther the
// negative side goes.
ColorTable two_ways(const Lab& negative_end, const Lab& middle, const Lab& positive_end, int size,
                    double stretch = 1) {
  const EvenWalk negative([&](double t) { return mix(middle, negative_end, t); });
  const EvenWalk positive([&](double t) { return mix(middle, positive_end, t); });
  const double reach = std::min(negative.length() / stretch, positive.length());
  ColorTable table;
  for (int i = 0; i < size; ++i) {
    const double value = (2.0 * i + 1) / size - 1;  // in (-1, 1), symmetric
    table.push_back(from_lab(value < 0 ? negative.at_length(-value * reach * stretch)
                                       : positive.at_length(value * reach)));
  }
  return table;
}

// From the panel's tone.
ColorTable diverging(Color panel, int size) {
  const Lab middle = to_lab(panel);
  const bool dark = middle.lightness < 50;
  return two_ways(to_lab(rgb(dark ? 0x6cc6f7 : 0x0a5a9c)), middle, to_lab(rgb(dark ? 0xf0a93a : 0x9a4a06)),
                  size);
}

// Over a grey: lightness alone tells sign and size.
ColorTable printed(int size) {
  return two_ways({8, 14, -34}, {50, 0, 0}, {92, 3, 32}, size);
}

// Cuts the sequential map where it would come too close to the panel's tone.
ColorTable sequence(Color panel, int size) {
  constexpr double least_contrast = 2.2;
  const bool dark = to_lab(panel).lightness < 50;
  const auto whole = sequential(color_table_size);
  auto stands_out = [&](Color color) { return contrast(color, panel) >= least_contrast; };
  if (dark) {
    const auto first = std::find_if(whole.begin(), whole.end(), stands_out) - whole.begin();
    return sequential(size, double(first) / (color_table_size - 1), 1);
  }
  const auto after = std::find_if(whole.rbegin(), whole.rend(), stands_out).base() - whole.begin();
  return sequential(size, 0, double(after - 1) / (color_table_size - 1));
}

/// A colour of the same hue with that lightness and share of its chroma.
Lab tone_of(const Lab& color, double lightness, double chroma) {
  return {lightness, color.a * chroma, color.b * chroma};
}

}  // namespace

ColorTable signed_table(Color quantity, Color panel, int size) {
  constexpr double chroma = 0.2;   // of the negative end
  constexpr double stretch = 1.1;  // the line through the cells of one sign takes some of their colour away
  const Lab middle = to_lab(panel), hue = to_lab(quantity);
  return two_ways(tone_of(hue, middle.lightness < 50 ? 97 : 15, chroma), middle, hue, size, stretch);
}

ColorTable printed_table(Color quantity, int size) {
  const Lab hue = to_lab(quantity);
  const double chroma = 30 / std::max(30.0, std::hypot(hue.a, hue.b));
  return two_ways(tone_of(hue, 10, chroma), tone_of(hue, 52, 0.15 * chroma), tone_of(hue, 92, chroma), size);
}

ColorTable color_table(Colormap map, Color panel, int size) {
  switch (map) {
    case Colormap::sequential:
      return sequential(size);
    case Colormap::diverging:
      return diverging(panel, size);
    case Colormap::sequence:
      return sequence(panel, size);
    case Colormap::printed:
      return printed(size);
  }
  return {};
}

}  // namespace gatescope::plot
