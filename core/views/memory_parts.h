#pragma once

#include "core/analysis/gated_memory.h"
#include "core/views/parts.h"

/// What the views of a gated memory (analysis/gated_memory.h) share.
namespace gatescope::views {

/// The layer's memories under the rules, or without them.
analysis::GatedMemories<float> memories_of(const Observation& observation, const ViewOptions& options,
                                           bool natural);
/// What takes the figure's place where no gate keeps a memory: the reason. Nothing where one does.
std::optional<Figure> without_memory(const Observation& observation, const ViewOptions& options,
                                     std::string_view title);
/// What a result of the memories of one layer and run is kept by.
observe::Memo::Options memory_options(const ViewOptions& options, bool natural,
                                      std::initializer_list<Index> others = {});

/// The memory as people call it: "cₜ", "m₀ₜ" of the first of several numbers of a unit.
std::string memory_symbol(const Observation& observation);
/// "7.4 steps", "1 step".
std::string in_steps(double steps);

}  // namespace gatescope::views
