#include "core/plot/color.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gatescope::plot {
namespace {

using Vector = std::array<double, 3>;

Vector multiply(const std::array<Vector, 3>& m, const Vector& v) {
  Vector out{};
  for (std::size_t r = 0; r < 3; ++r) out[r] = m[r][0] * v[0] + m[r][1] * v[1] + m[r][2] * v[2];
  return out;
}

// IEC 61966-2-1: sRGB transfer function and primaries, white point D65.
double to_linear(double c) {
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}
double from_linear(double c) {
  return c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055;
}

constexpr std::array<Vector, 3> xyz_of_rgb{{{0.4124564, 0.3575761, 0.1804375},
                                            {0.2126729, 0.7151522, 0.0721750},
                                            {0.0193339, 0.1191920, 0.9503041}}};
constexpr std::array<Vector, 3> rgb_of_xyz{{{3.2404542, -1.5371385, -0.4985314},
                                            {-0.9692660, 1.8760108, 0.0415560},
                                            {0.0556434, -0.2040259, 1.0572252}}};
constexpr Vector white{0.95047, 1, 1.08883};

Vector linear_rgb(Color color) {
  return {to_linear(color.red), to_linear(color.green), to_linear(color.blue)};
}

Color from_linear_rgb(const Vector& rgb, float alpha = 1) {
  auto component = [](double c) {
    return static_cast<float>(std::clamp(from_linear(std::max(c, 0.0)), 0.0, 1.0));
  };
  return {component(rgb[0]), component(rgb[1]), component(rgb[2]), alpha};
}

Vector linear_rgb(const Lab& lab) {
  constexpr double delta = 6.0 / 29;
  auto inverse = [](double t) { return t > delta ? t * t * t : 3 * delta * delta * (t - 4.0 / 29); };
  const double y = (lab.lightness + 16) / 116;
  return multiply(rgb_of_xyz, {white[0] * inverse(y + lab.a / 500), white[1] * inverse(y),
                               white[2] * inverse(y - lab.b / 200)});
}

double luminance(Color color) {
  const auto rgb = linear_rgb(color);
  return xyz_of_rgb[1][0] * rgb[0] + xyz_of_rgb[1][1] * rgb[1] + xyz_of_rgb[1][2] * rgb[2];
}

}  // namespace

Color composite(Color over, Color under) {
  auto mix = [&](float a, float b) { return a * over.alpha + b * (1 - over.alpha); };
  return {mix(over.red, under.red), mix(over.green, under.green), mix(over.blue, under.blue), 1};
}

std::array<unsigned char, 4> bytes(Color color) {
  auto byte = [](float c) {
    return static_cast<unsigned char>(std::lround(std::clamp(c, 0.0f, 1.0f) * 255));
  };
  return {byte(color.red), byte(color.green), byte(color.blue), byte(color.alpha)};
}

Lab to_lab(Color color) {
  constexpr double delta = 6.0 / 29;
  auto f = [](double t) {
    return t > delta * delta * delta ? std::cbrt(t) : t / (3 * delta * delta) + 4.0 / 29;
  };
  const auto xyz = multiply(xyz_of_rgb, linear_rgb(color));
  const double x = f(xyz[0] / white[0]), y = f(xyz[1] / white[1]), z = f(xyz[2] / white[2]);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

Color from_lab(const Lab& lab) {
  return from_linear_rgb(linear_rgb(lab));
}

bool in_gamut(const Lab& lab) {
  const auto rgb = linear_rgb(lab);
  return std::all_of(rgb.begin(), rgb.end(), [](double c) { return c > -1e-4 && c < 1 + 1e-4; });
}

double color_difference(const Lab& first, const Lab& second) {
  constexpr double degree = std::numbers::pi / 180;
  constexpr double pow25_7 = 6103515625.0;  // 25^7
  auto seventh = [](double c) { return std::pow(c, 7); };
  auto hue = [](double b, double a) {
    if (a == 0 && b == 0) return 0.0;
    const double h = std::atan2(b, a) / degree;
    return h < 0 ? h + 360 : h;
  };

  const double mean_c = (std::hypot(first.a, first.b) + std::hypot(second.a, second.b)) / 2;
  const double g = 0.5 * (1 - std::sqrt(seventh(mean_c) / (seventh(mean_c) + pow25_7)));
  const double a1 = first.a * (1 + g), a2 = second.a * (1 + g);
  const double c1 = std::hypot(a1, first.b), c2 = std::hypot(a2, second.b);
  const double h1 = hue(first.b, a1), h2 = hue(second.b, a2);

  const double dl = second.lightness - first.lightness, dc = c2 - c1;
  double dh = 0, mean_h = h1 + h2;
  if (c1 * c2 != 0) {
    dh = h2 - h1;
    if (dh > 180) dh -= 360;
    if (dh < -180) dh += 360;
    if (std::abs(h1 - h2) > 180) mean_h += mean_h < 360 ? 360 : -360;
    mean_h /= 2;
  }
  const double big_dh = 2 * std::sqrt(c1 * c2) * std::sin(dh / 2 * degree);

  const double l = (first.lightness + second.lightness) / 2 - 50, c = (c1 + c2) / 2;
  const double t = 1 - 0.17 * std::cos((mean_h - 30) * degree) + 0.24 * std::cos(2 * mean_h * degree) +
                   0.32 * std::cos((3 * mean_h + 6) * degree) - 0.20 * std::cos((4 * mean_h - 63) * degree);
  const double sl = 1 + 0.015 * l * l / std::sqrt(20 + l * l), sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
  const double theta = 30 * std::exp(-std::pow((mean_h - 275) / 25, 2));
  const double rt = -std::sin(2 * theta * degree) * 2 * std::sqrt(seventh(c) / (seventh(c) + pow25_7));
  const double l_term = dl / sl, c_term = dc / sc, h_term = big_dh / sh;
  return std::sqrt(l_term * l_term + c_term * c_term + h_term * h_term + rt * c_term * h_term);
}

double contrast(Color first, Color second) {
  const double a = luminance(first) + 0.05, b = luminance(second) + 0.05;
  return std::max(a, b) / std::min(a, b);
}

Color simulate(Color color, Vision vision) {
  // The published matrices for severity 1.0, applied to linear RGB.
  static constexpr std::array<Vector, 3> protanopia{
      {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}};
  static constexpr std::array<Vector, 3> deuteranopia{
      {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}};
  if (vision == Vision::normal) return color;
  return from_linear_rgb(
      multiply(vision == Vision::protanopia ? protanopia : deuteranopia, linear_rgb(color)), color.alpha);
}

}  // namespace gatescope::plot
