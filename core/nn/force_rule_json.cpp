#include "core/nn/force_rule_json.h"

#include "core/error.h"

namespace gatescope::nn {

nlohmann::json to_json(std::span<const ForceRule> rules) {
  return to_strings(rules);
}

std::vector<ForceRule> read_force_rules(JsonReader& reader, std::string_view key) {
  std::vector<ForceRule> rules;
  for (const std::string& text : reader.get(key, std::vector<std::string>{})) {
    try {
      rules.push_back(parse_force_rule(text));
    } catch (const Error& error) {
      fail("'{}': {}/{}: {}", reader.origin(), pointer_to(reader.pointer(), key), rules.size(), error.what());
    }
  }
  return rules;
}

}  // namespace gatescope::nn
