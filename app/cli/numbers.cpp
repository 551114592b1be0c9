#include "app/cli/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "core/in_quotes.h"
#include "core/number_from_chars.h"

namespace gatescope::app {
namespace {

/// As people typed it, where that can be told from the words around it.
std::string shown(const std::string& text) {
  const bool plain = !text.empty() && text.size() <= 40 &&
                     std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != '"'; });
  return plain ? text : in_quotes(text, 40);
}

}  // namespace

CLI::Validator whole_number_between(std::int64_t low, std::uint64_t high) {
  const auto check = [low, high](std::string& text) -> std::string {
    if (const auto number = read_number<std::uint64_t>(text); number && *number <= high) {
      if (low <= 0 || *number >= static_cast<std::uint64_t>(low)) {
        text = fmt::format("{}", *number);  // without zeros in front
        return {};
      }
    } else if (const auto negative = read_number<std::int64_t>(text);
               negative && *negative < 0 && *negative >= low) {
      text = fmt::format("{}", *negative);
      return {};
    }
    return fmt::format("{} is not a whole number from {} to {}", shown(text), low, high);
  };
  const bool any = high >= std::numeric_limits<std::int32_t>::max();
  return {check, any ? "WHOLE NUMBER" : fmt::format("in [{} - {}]", low, high)};
}

CLI::Validator decimal_number(double low, double high) {
  const bool any = low == std::numeric_limits<double>::lowest() && high == std::numeric_limits<double>::max();
  const auto check = [low, high, any](std::string& text) -> std::string {
    const auto number = read_number<double>(text);
    if (number && std::isfinite(*number) && low <= *number && *number <= high) return {};
    return fmt::format("{} is not a number{}", shown(text),
                       any ? ", expected one such as 0.5 or 1e-3" : fmt::format(" from {} to {}", low, high));
  };
  return {check, any ? "NUMBER" : fmt::format("in [{} - {}]", low, high)};
}

}  // namespace gatescope::app
