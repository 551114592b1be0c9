#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/nn/force_rule.h"

namespace gatescope::ui {

/// What newly forced gates are restricted to, and as rules write it: "3,5-9", "10-20" or "30-".
std::string ranges_text(std::span<const nn::Range> ranges);
/// Empty text: everything. Throws Error that says what would be right.
std::vector<nn::Range> parse_units(const std::string& text);
std::vector<nn::Range> parse_steps(const std::string& text);

/// Numbers in any order as ranges, ascending.
std::vector<nn::Range> ranges_of(std::vector<int> numbers);

/// Rules that do all that these do, but nothing at the place of another: its channel, layer, units and steps.
/// `units`: of the layer.
std::vector<nn::ForceRule> without_place(std::span<const nn::ForceRule> rules, const nn::ForceRule& place,
                                         int units);

}  // namespace gatescope::ui
