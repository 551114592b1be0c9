#include "core/series/known.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/math/rng.h"
#include "core/series/dynamics.h"
#include "core/series/observed.h"

namespace gatescope::series {
namespace {

constexpr Index kMadeRows = 1500;

Series observed(std::string_view title, std::string_view source, std::string_view column,
                std::span<const double> values, Index season) {
  Series series;
  series.title = title, series.source = source, series.season = season;
  series.columns = {std::string(column)};
  series.given = {0};
  series.values.assign(values.begin(), values.end());
  return series;
}

Series yearly(Series series, int first) {
  for (Index row = 0; row < series.rows(); ++row) series.times.push_back(fmt::format("{}", first + row));
  series.spacing = TimeSpacing::of(series.times);
  return series;
}

Series monthly(Series series, int first) {
  for (Index row = 0; row < series.rows(); ++row)
    series.times.push_back(fmt::format("{}-{:02}", first + row / 12, row % 12 + 1));
  series.spacing = TimeSpacing::of(series.times);
  return series;
}

/// Columns whose names end with "*" are known in advance.
Series made(std::string_view title, std::string_view source, std::span<const std::string_view> columns,
            std::vector<double> values, Index season = 1) {
  Series series;
  series.title = title, series.source = source, series.season = season;
  for (std::string_view column : columns) {
    series.given.push_back(column.ends_with('*'));
    if (series.given.back()) column.remove_suffix(1);
    series.columns.emplace_back(column);
  }
  series.values = std::move(values);
  return series;
}

constexpr std::array<std::string_view, 1> kX{"x"};
constexpr std::array<std::string_view, 3> kXyz{"x", "y", "z"};
constexpr std::array<std::string_view, 2> kUy{"u*", "y"};
constexpr std::array<std::string_view, 2> kPulseHeld{"pulse*", "held"};

constexpr std::array kKnown{
    KnownSeries{"sunspots", "sunspots",
                [](std::uint64_t) {
                  return yearly(
                      observed("yearly sunspot numbers", "R. Wolf and the Zurich observatory; Tong 1990",
                               "sunspots", sunspots(), 11),
                      1700);
                }},
    KnownSeries{"airline", "airline",
                [](std::uint64_t) {
                  return monthly(
                      observed("monthly airline passengers", "R. G. Brown; Box and Jenkins 1976, series G",
                               "thousands", airline_passengers(), 12),
                      1949);
                }},
    KnownSeries{"co2", "carbon dioxide",
                [](std::uint64_t) {
                  return monthly(
                      observed("monthly carbon dioxide at Mauna Loa",
                               "C. D. Keeling and T. P. Whorf, Scripps Institution of Oceanography", "ppm",
                               carbon_dioxide(), 12),
                      1959);
                }},
    KnownSeries{"lynx", "lynx",
                [](std::uint64_t) {
                  return yearly(observed("yearly lynx trapped at the Mackenzie River",
                                         "C. Elton and M. Nicholson 1942; Campbell and Walker 1977", "lynx",
                                         lynx(), 10),
                                1821);
                }},
    KnownSeries{"nottingham", "temperatures",
                [](std::uint64_t) {
                  return monthly(observed("monthly temperature at Nottingham Castle", "O. D. Anderson 1976",
                                          "degrees Fahrenheit", nottingham(), 12),
                                 1920);
                }},
    KnownSeries{"sine_mix", "two sines",
                [](std::uint64_t seed) {
                  return made("two sines and noise", "", kX, sine_mix(Rng{seed, 1}, kMadeRows), 20);
                }},
    KnownSeries{"square_wave", "square wave",
                [](std::uint64_t seed) {
                  return made("a square wave with jumps of its phase", "", kX,
                              square_wave(Rng{seed, 2}, kMadeRows), 16);
                }},
    KnownSeries{"flip_flop", "flip-flop",
                [](std::uint64_t seed) {
                  return made("a flip-flop of one bit", "D. Sussillo and O. Barak 2013", kPulseHeld,
                              flip_flop(Rng{seed, 6}, kMadeRows));
                }},
    KnownSeries{"mackey_glass", "Mackey-Glass",
                [](std::uint64_t seed) {
                  return made("Mackey-Glass", "M. C. Mackey and L. Glass 1977, delay 17", kX,
                              mackey_glass(Rng{seed, 3}, kMadeRows));
                }},
    KnownSeries{"lorenz", "Lorenz",
                [](std::uint64_t seed) {
                  return made("Lorenz", "E. N. Lorenz 1963", kXyz, lorenz(Rng{seed, 4}, kMadeRows));
                }},
    KnownSeries{
        "narma10", "NARMA-10",
        [](std::uint64_t seed) {
          return made("NARMA-10", "A. F. Atiya and A. G. Parlos 2000", kUy, narma10(Rng{seed, 5}, kMadeRows));
        }},
};

}  // namespace

std::span<const KnownSeries> known_series() {
  return kKnown;
}

const KnownSeries* find_known_series(std::string_view key) {
  const auto at = std::ranges::find(kKnown, key, &KnownSeries::key);
  return at == kKnown.end() ? nullptr : &*at;
}

}  // namespace gatescope::series
