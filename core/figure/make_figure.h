#pragma once

#include <optional>
#include <vector>

#include "core/figure/material.h"

namespace gatescope::figure {

/// The figure, with the request as its metadata. `frame` asks for one picture of an animation.
Figure make_figure(const FigureRequest& request, const Material& material, std::optional<int> frame = {});

/// The steps that the view's replay shows, one a frame: from the first to the last, or where the view is
/// about one loss from that step back in time, as the gradient goes.
std::vector<int> replay_steps(const FigureRequest& request, const Material& material);

}  // namespace gatescope::figure
