#include "core/plot/ticks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace gatescope::plot {
namespace {

constexpr std::string_view minus = "−";

std::string raised(int exponent) {
  static constexpr std::string_view digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out = exponent < 0 ? "⁻" : "";
  for (char c : std::to_string(std::abs(exponent))) out += digits[c - '0'];
  return out;
}

// "-1234.50" to "−1,234.50".
std::string typeset(std::string plain) {
  const bool negative = plain.starts_with('-');
  if (negative) plain.erase(0, 1);
  const auto point = std::min(plain.find('.'), plain.size());
  for (auto at = static_cast<std::ptrdiff_t>(point) - 3; at > 0; at -= 3)
    plain.insert(static_cast<std::size_t>(at), 1, ',');
  const bool zero = plain.find_first_of("123456789") == std::string::npos;
  return negative && !zero ? fmt::format("{}{}", minus, plain) : plain;
}

// The smallest of 1, 2, 5 times a power of ten that is not below `least`.
double round_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

std::string linear_label(double value, double step, double largest) {
  if (largest >= 1e7 || step < 1e-5) return number_text(value, 4);
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  return fixed_text(value, decimals);
}

AxisTicks linear_ticks(double low, double high, bool whole, int at_most) {
  AxisTicks ticks;
  const double span = high - low;
  if (!(span > 0) || !std::isfinite(span)) return ticks;
  double step = round_step(span / at_most);
  for (;; step = round_step(step * 1.01)) {
    if (whole && step < 1) continue;
    const double count = std::floor(high / step + 1e-9) - std::ceil(low / step - 1e-9) + 1;
    if (count <= at_most) break;
  }
  const double largest = std::max(std::abs(low), std::abs(high));
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + span * 1e-9; ++k)
    ticks.major.push_back({k * step, linear_label(k * step, step, largest)});
  return ticks;
}

AxisTicks log_ticks(double low, double high, int at_most) {
  AxisTicks ticks;
  const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  if (last - first < 1) {  // not even two decades: 1, 2 and 5 of each, or plain round numbers
    for (int e = first - 1; e <= last; ++e)
      for (double factor : {1.0, 2.0, 5.0})
        if (const double v = factor * std::pow(10, e); v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9))
          ticks.major.push_back({v, number_text(v)});
    if (ticks.major.size() < 2 || static_cast<int>(ticks.major.size()) > at_most)
      return linear_ticks(low, high, false, at_most);
    return ticks;
  }
  const int stride = (last - first) / at_most + 1;
  const bool plain = first >= -2 && last <= 4;
  const int start = static_cast<int>(std::ceil(double(first) / stride)) * stride;
  for (int e = start; e <= last; e += stride) {
    const double value = std::pow(10, e);
    ticks.major.push_back({value, plain ? number_text(value, 6) : power_of_ten(e)});
  }
  for (int e = first - 1; e <= last; ++e)
    for (int m = stride == 1 ? 2 : 10; m <= 9; ++m)
      if (const double v = m * std::pow(10, e); v >= low && v <= high) ticks.minor.push_back(v);
  return ticks;
}

AxisTicks symlog_ticks(const Scale& scale, int at_most) {
  AxisTicks ticks;
  const double largest = std::max(std::abs(scale.low), std::abs(scale.high));
  const int first = static_cast<int>(std::ceil(std::log10(scale.threshold) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(largest) + 1e-9));
  if (last < first) return linear_ticks(scale.low, scale.high, false, at_most);
  const bool both = scale.low < 0 && scale.high > 0;
  const int per_side = std::max(1, both ? (at_most - 1) / 2 : at_most - 1);
  const int stride = (last - first) / per_side + 1;
  auto put = [&](double value, std::string label) {
    if (value >= scale.low && value <= scale.high) ticks.major.push_back({value, std::move(label)});
  };
  const bool plain = first >= -2 && last <= 4;
  auto label = [&](int e) { return plain ? number_text(std::pow(10, e), 6) : power_of_ten(e); };
  for (int e = last; e >= first; --e)
    if ((last - e) % stride == 0) put(-std::pow(10, e), std::string(minus) + label(e));
  put(0, "0");
  for (int e = first; e <= last; ++e)
    if ((last - e) % stride == 0) put(std::pow(10, e), label(e));
  return ticks;
}

}  // namespace

AxisTicks choose_ticks(const Scale& scale, bool whole, int at_most) {
  at_most = std::max(at_most, 2);
  switch (scale.kind) {
    case ScaleKind::linear:
      return linear_ticks(scale.low, scale.high, whole, at_most);
    case ScaleKind::log:
      return log_ticks(scale.low, scale.high, at_most);
    case ScaleKind::symlog:
      return symlog_ticks(scale, at_most);
  }
  return {};
}

std::string fixed_text(double value, int decimals) {
  return typeset(fmt::format("{:.{}f}", value, decimals));
}

std::string power_of_ten(int exponent) {
  return exponent == 0 ? "1" : "10" + raised(exponent);
}

std::string number_text(double value, int digits) {
  if (std::isnan(value)) return "not a number";
  if (std::isinf(value)) return value > 0 ? "∞" : std::string(minus) + "∞";
  if (value == 0) return "0";
  const std::string scientific = fmt::format("{:.{}e}", value, digits - 1);
  const auto e = scientific.find('e');
  const int exponent = std::stoi(scientific.substr(e + 1));
  auto trimmed = [](std::string s) {
    if (s.find('.') != std::string::npos) {
      s.erase(s.find_last_not_of('0') + 1);
      if (s.ends_with('.')) s.pop_back();
    }
    return s;
  };
  if (exponent >= -4 && exponent < 7)
    return typeset(trimmed(fmt::format("{:.{}f}", value, std::max(0, digits - 1 - exponent))));
  const std::string mantissa = trimmed(scientific.substr(0, e));
  if (mantissa == "1") return power_of_ten(exponent);
  return typeset(mantissa) + "×10" + raised(exponent);
}

}  // namespace gatescope::plot
