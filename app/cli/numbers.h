#pragma once

#include <CLI/CLI.hpp>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

/// How the command line reads numbers: strictly, and every refusal names the option, the value and the range.
/// For Option::transform, since CLI11 itself reads "010" as octal, "-1" and 2^64 as 2^64-1, and so on.
namespace gatescope::app {

/// Decimal digits, after a minus sign where `low` allows one, from `low` to `high`.
CLI::Validator whole_number_between(std::int64_t low, std::uint64_t high);

template <std::integral I>
CLI::Validator whole_number(std::type_identity_t<I> low = 0,
                            std::type_identity_t<I> high = std::numeric_limits<I>::max()) {
  return whole_number_between(static_cast<std::int64_t>(low), static_cast<std::uint64_t>(high));
}

/// A decimal number such as 0.5, -3 or 1e-3, from `low` to `high`; neither nan, inf nor hexadecimal.
CLI::Validator decimal_number(double low = std::numeric_limits<double>::lowest(),
                              double high = std::numeric_limits<double>::max());

}  // namespace gatescope::app
