#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/json/json_fields.h"
#include "core/nn/force_rule.h"

/// Rules as a JSON array of their written form, ["f=0","0.i[3]@5-=*0.5"].
namespace gatescope::nn {

nlohmann::json to_json(std::span<const ForceRule> rules);

/// Those under a key, none where it is missing. Throws Error that names the file, the JSON pointer of the
/// rule and what parse_force_rule does.
std::vector<ForceRule> read_force_rules(JsonReader& reader, std::string_view key);

/// As a field.
inline constexpr auto kForceRules =
    by(read_force_rules, [](const std::vector<ForceRule>& rules) { return to_json(rules); });

}  // namespace gatescope::nn
