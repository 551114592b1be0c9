#pragma once

#include <optional>
#include <vector>

#include "core/analysis/gated_memory.h"

/// Subjective time: how far each step takes a memory on its way to being forgotten. It runs where a gate lets
/// go and stands still where it keeps [tallec2018, gu2024].
namespace gatescope::analysis {

/// The channel whose value is that time, or kNone. Where the memories of a unit differ in speed and share one
/// step, that is the step (S6's Δ): memory n then keeps exp(-A_n Δ). Elsewhere time is -ln |keep|, at most
/// -ln kLeastKeep (keeps.h) = 13.8 a step.
int step_channel(const nn::CellInfo& cell);

/// In the layer's own direction, counted from the first step that it makes; (T).
struct SubjectiveTime {
  std::vector<double> passed;   ///< on the way to each step; 0 on that to the first
  std::vector<double> elapsed;  ///< their sum up to each step. Of -ln keep, e^-elapsed is what survived
};

/// Of one unit, or the mean over all; over the memories of a unit that has several. A rule that makes a
/// memory larger lets time run back.
template <class S>
SubjectiveTime subjective_time(const GatedMemories<S>& memories, std::optional<Index> unit);

/// The fewest steps in which half of all time passes that runs forward; none where none does.
std::optional<Index> steps_of_half(const SubjectiveTime& time);

extern template SubjectiveTime subjective_time(const GatedMemories<float>&, std::optional<Index>);
extern template SubjectiveTime subjective_time(const GatedMemories<double>&, std::optional<Index>);

}  // namespace gatescope::analysis
