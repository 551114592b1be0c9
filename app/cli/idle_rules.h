#pragma once

#include <span>

#include "core/nn/plan.h"
#include "core/observe/observation.h"

namespace gatescope::app {

/// Says of every rule that acts on no step of all that was read that it does nothing, a note each: `read` are
/// the steps, of a source and a target each where they are several.
void tell_idle_rules(std::span<const nn::ForceRule> rules, const nn::ModelSpec& spec,
                     std::span<const nn::StepsRead> read);

/// The same of what models observed; one without a trace has read nothing.
template <class S>
void tell_idle_rules(std::span<const observe::Observation<S>> observations);

}  // namespace gatescope::app
