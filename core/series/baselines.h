#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "core/series/windows.h"

namespace gatescope::series {

/// Forecasts that need no network [hyndman2021].
enum class Baseline {
  naive,     // the last known value
  seasonal,  // the value a season before; where that is missing, of the season before it
  drift,     // the last known value, and on by the mean change a row since the first known one
};
inline constexpr std::array kBaselines{Baseline::naive, Baseline::seasonal, Baseline::drift};
std::string_view name_of(Baseline baseline);
/// Whether it says anything: a season has to be known, and to lie before what is held out.
bool is_there(Baseline baseline, const Windows& windows);

/// Of a column at an origin, the rows that follow, (horizon), from what is known then alone: what fills a gap
/// is no value. The last known value where no season has one, NaN where nothing is known.
std::vector<double> forecast(Baseline baseline, const Windows& windows, Index column, Index origin);

/// The mean size of a column's change from row to row over what is learnt: what MASE is measured in
/// [hyndman2006]. NaN where it never changes.
double naive_error(const Windows& windows, Index column);

}  // namespace gatescope::series
