#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "core/math/types.h"
#include "core/series/time_spacing.h"

/// Numbers over time: where they come from, how they are scaled and cut into windows, and what forecasts of
/// them are measured against. Nothing here knows of networks.
namespace gatescope::series {

/// n rows of C numbers, the oldest first.
struct Series {
  std::string title;                   // "yearly sunspot numbers"
  std::string source;                  // who observed it, or whose equations it solves; empty for a file
  std::vector<std::string> columns;    // (C), their names
  std::vector<char> given;             // (C), whether it is known in advance, so that nobody forecasts it
  std::vector<double> values;          // (C, n); NaN where one is missing
  std::vector<std::string> times;      // (n), "1949-01"; empty where rows have none
  std::optional<TimeSpacing> spacing;  // how the times go on behind the last row; none where nobody can say
  Index season = 1;                    // rows after which it is likely to come again; 1: none is known
  std::vector<std::string> notes;      // what was assumed in reading it, for people

  Index width() const { return std::ssize(columns); }
  Index rows() const { return columns.empty() ? 0 : std::ssize(values) / width(); }
  double at(Index row, Index column) const {
    return values[static_cast<std::size_t>(row * width() + column)];
  }
  Index missing() const;
  /// Its time, or its number. Of a row after the last one as the spacing has it, else "+3".
  std::string time(Index row) const;
};

}  // namespace gatescope::series
