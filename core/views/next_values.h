#pragma once

#include "core/views/view.h"

namespace gatescope::views {

/// The view `next` of a model that gives values: every output over the steps, and what was expected of it.
Figure next_values_view(const Observation& observation, const ViewOptions& options);

}  // namespace gatescope::views
