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

}  // namespace gatescope::ui
