#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/views/parts.h"

namespace gatescope::views {

/// What the characters of a text are coloured by, a value a step: the view text is drawn from it, and so is a
/// window's probe.
struct TextColours {
  std::string quantity;                                 // "forget gate fₜ", "loss"
  std::string whose;                                    // "unit 3", "mean of 8 units"; empty of a whole step
  Ink ink;                                              // of the title
  ColorScale colors;                                    // with and without rules the same
  analysis::Kept<std::vector<double>> values, natural;  // (T); natural: null where nothing is forced
  std::vector<std::pair<double, double>> forced;        // steps, as forced_steps() gives them

  /// The colour of a step's value in a colormap's table; none where there is no value.
  std::optional<int> table_index(std::size_t step) const;
};

/// Whose value it is where no unit is chosen.
enum class NoUnit { most_varying, mean };

/// By the quantity that ViewOptions::channel names: "loss", "saliency", or a channel; without one by the
/// memory. Throws Error for a channel, layer or unit that does not exist.
TextColours text_colours(const Observation& observation, const ViewOptions& options, NoUnit no_unit);

}  // namespace gatescope::views
