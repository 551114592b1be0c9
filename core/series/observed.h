#pragma once

#include <span>

/// Series that people have observed, the oldest first: [tong1990], [box1976, series G], [keeling2000],
/// [elton1942; campbell1977], [anderson1976].
namespace gatescope::series {

std::span<const double> sunspots();
std::span<const double> airline_passengers();
std::span<const double> carbon_dioxide();
std::span<const double> lynx();
std::span<const double> nottingham();

}  // namespace gatescope::series
