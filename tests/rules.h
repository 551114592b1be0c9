#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/nn/force_rule.h"

namespace gatescope {

/// A rule as it is written.
inline nn::ForceRule rule(std::string_view text) {
  return nn::parse_force_rule(text);
}

/// Rules as they are written: rules({"f=0", "o[3]=*0.5"}).
inline std::vector<nn::ForceRule> rules(std::initializer_list<std::string> texts) {
  return nn::parse_force_rules(std::vector<std::string>(texts));
}

}  // namespace gatescope
