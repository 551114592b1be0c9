// Any bytes are refused with an Error or are a series: as many values as rows and columns, none infinite, and
// the same once more when it is written and read again.
#include <fmt/format.h>

#include <cmath>

#include "core/series/csv.h"
#include "core/series/windows.h"
#include "tests/fuzz/property.h"

namespace {

using namespace gatescope;

std::string written(const series::Series& all) {
  std::string table;
  for (Index c = 0; c < all.width(); ++c) table += fmt::format("{}c{}", c > 0 ? "," : "", c);
  for (Index r = 0; r < all.rows(); ++r) {
    table += '\n';
    for (Index c = 0; c < all.width(); ++c)
      table += (c > 0 ? "," : "") +
               (std::isnan(all.at(r, c)) ? std::string("NA") : fmt::format("{}", all.at(r, c)));
  }
  return table;
}

bool alike(const std::vector<double>& one, const std::vector<double>& other) {
  if (one.size() != other.size()) return false;
  for (std::size_t k = 0; k < one.size(); ++k)
    if (one[k] != other[k] && !(std::isnan(one[k]) && std::isnan(other[k]))) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  series::Series all;
  try {
    all = series::parse_csv(fuzz::text_of(data, size), "fuzz.csv");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    return 0;
  }
  fuzz::require(all.width() > 0 && all.rows() > 0, "there is something in it");
  fuzz::require(std::ssize(all.values) == all.rows() * all.width(), "every row has every column");
  fuzz::require(all.times.empty() || std::ssize(all.times) == all.rows(),
                "every row has a time, or none has");
  for (const double value : all.values)
    fuzz::require(std::isnan(value) || std::abs(value) <= 1e30, "values are finite");
  fuzz::require(alike(series::parse_csv(written(all), "again.csv").values, all.values),
                "it reads back the same");
  for (const series::Scaling scaling : {series::Scaling::z_score, series::Scaling::log_difference}) {
    try {
      const series::Windows windows(all, {.window = 3, .horizon = 2, .scaling = scaling});
      for (Index row = 0; row < all.rows(); ++row)
        for (const float read : windows.read(row))
          fuzz::require(std::isfinite(read), "a network reads finite numbers");
    } catch (const Error& error) {
      fuzz::require_one_line(error);
    }
  }
  return 0;
}
