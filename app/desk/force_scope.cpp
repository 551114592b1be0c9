#include "app/desk/force_scope.h"

#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope::ui {
namespace {

bool blank(const std::string& text) {
  return text.find_first_not_of(' ') == text.npos;
}

/// The parts of a rule whose channel is x.
nn::ForceRule rule_of(const std::string& text, const char* before, const char* after, const char* what,
                      const char* example) {
  try {
    return nn::parse_force_rule("x" + (before + text) + after + "=0");
  } catch (const Error&) {
    fail("the {} {} of the force panel do not read: expected such as {}", what, in_quotes(text), example);
  }
}

}  // namespace

std::string ranges_text(std::span<const nn::Range> ranges) {
  if (ranges.empty()) return {};
  nn::ForceRule rule;
  rule.steps.assign(ranges.begin(), ranges.end());
  const std::string text = nn::to_string(rule);  // @RANGES=0
  return text.substr(1, text.size() - 3);
}

std::vector<nn::Range> parse_units(const std::string& text) {
  if (blank(text)) return {};
  return rule_of(text, "[", "]", "units", "3,5-9").units;
}

std::vector<nn::Range> parse_steps(const std::string& text) {
  if (blank(text)) return {};
  return rule_of(text, "@", "", "steps", "10-20 or 30-").steps;
}

}  // namespace gatescope::ui
