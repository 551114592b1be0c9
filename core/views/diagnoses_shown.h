#pragma once

#include "core/analysis/diagnoses.h"
#include "core/analysis/kept.h"
#include "core/views/view.h"

namespace gatescope::views {

/// What the view of the diagnoses shows of an observation, kept with it; null where there are none. Its cards
/// are panels whose key is the diagnosis'.
analysis::Kept<analysis::Diagnoses> diagnoses_shown(const Observation& observation,
                                                    const ViewOptions& options);

}  // namespace gatescope::views
