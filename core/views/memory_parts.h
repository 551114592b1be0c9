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

/// The steps of a picture of all pairs of them: those that are asked for, and of more than it tells apart
/// those around `step`.
Steps steps_of_pairs(const Tape& tape, const ViewOptions& options, Index step);
/// "Steps 3 to 202 of 500." or nothing, where they are all.
std::string pairs_sentence(const Tape& tape, const Steps& steps);

/// The memory as people call it, all numbers of every unit: "cₜ", "mₜ".
std::string memory_symbol(const Observation& observation, const ViewOptions& options);
/// "7.4 steps", "1 step".
std::string in_steps(double steps);

}  // namespace gatescope::views
