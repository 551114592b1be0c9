#pragma once

#include <optional>

#include "core/views/cell_drawing.h"

namespace gatescope::views {

/// What a layer does with its input before its cell and with the hidden state behind it, in its order, as a
/// row of plates with the numbers of the moment; nothing of a layer that is the cell alone.
std::optional<Diagram> draw_layer(const CellMoment& moment, const nn::Sizes& sizes);

}  // namespace gatescope::views
