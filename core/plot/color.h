#pragma once

#include <array>

namespace gatescope::plot {

/// An sRGB colour, components and opacity in [0, 1], opacity not multiplied in.
struct Color {
  float red = 0, green = 0, blue = 0, alpha = 1;
  friend bool operator==(const Color&, const Color&) = default;
};

/// 0xRRGGBB, opaque.
constexpr Color rgb(unsigned hex) {
  return {static_cast<float>(hex >> 16 & 255) / 255, static_cast<float>(hex >> 8 & 255) / 255,
          static_cast<float>(hex & 255) / 255, 1};
}

constexpr Color with_alpha(Color color, float alpha) {
  color.alpha = alpha;
  return color;
}

/// `over` painted on `under` (opaque).
Color composite(Color over, Color under);

/// Components rounded to 0..255: red, green, blue, alpha.
std::array<unsigned char, 4> bytes(Color color);

/// CIE L*a*b* under D65: L* in [0, 100].
struct Lab {
  double lightness = 0, a = 0, b = 0;
};

Lab to_lab(Color color);

/// The nearest colour with components in [0, 1]; `in_gamut` says whether it had to be moved.
Color from_lab(const Lab& lab);
bool in_gamut(const Lab& lab);

/// CIEDE2000 colour difference (Sharma, Wu and Dalal 2005), 1 is about one just noticeable difference.
double color_difference(const Lab& first, const Lab& second);

/// Contrast ratio of WCAG 2.1, in [1, 21].
double contrast(Color first, Color second);

enum class Vision { normal, protanopia, deuteranopia };

/// What a person with that vision sees, after Machado, Oliveira and Fernandes 2009 at full severity.
Color simulate(Color color, Vision vision);

}  // namespace gatescope::plot
