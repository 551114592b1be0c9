#pragma once

#include <string_view>

#include "core/plot/figure.h"

namespace gatescope::plot {

/// How captions name the colours of signed values, on screens and in print.
inline constexpr std::string_view signed_on_screens =
                                      "greyed, with a stroke along it, where it is below zero",
                                  signed_in_print = "light is above zero, dark below";

/// The figure with lines of different colours told apart by their dashes too, so that they stay apart in
/// greyscale. One colour has one dash in all panels; what is dashed already stays so where it can. Captions
/// name the colours of print.
Figure for_print(Figure figure);

}  // namespace gatescope::plot
