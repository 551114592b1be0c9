#include "app/desk/force_scope.h"

#include <algorithm>

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

std::vector<nn::Range> ranges_of(std::vector<int> numbers) {
  std::ranges::sort(numbers);
  std::vector<nn::Range> ranges;
  for (const int number : numbers) {
    if (!ranges.empty() && number <= ranges.back().last + 1)
      ranges.back().last = number;
    else
      ranges.push_back({number, number});
  }
  return ranges;
}

namespace {

using Ranges = std::vector<nn::Range>;

/// Of ranges what lies in (or outside of) others; those without any are all of 0 to `last`.
Ranges part_of(Ranges ranges, Ranges cut, int last, bool inside) {
  if (ranges.empty()) ranges = {{0, last}};
  if (cut.empty()) cut = {{0, last}};
  Ranges out;
  for (const nn::Range& range : ranges) {
    int from = range.first;
    for (const nn::Range& hole : cut) {
      const int low = std::max(range.first, hole.first), high = std::min(range.last, hole.last);
      if (low > high) continue;
      if (inside) out.push_back({low, high});
      if (!inside && from < low) out.push_back({from, low - 1});
      from = high == nn::kOpenEnd ? high : high + 1;
      if (high >= range.last) from = -1;
      if (from < 0) break;
    }
    if (!inside && from >= 0 && from <= range.last) out.push_back({from, range.last});
  }
  return out;
}

}  // namespace

std::vector<nn::ForceRule> without_place(std::span<const nn::ForceRule> rules, const nn::ForceRule& place,
                                         int units) {
  std::vector<nn::ForceRule> left;
  for (const nn::ForceRule& rule : rules) {
    const bool same_layer = !rule.layer || !place.layer || *rule.layer == *place.layer;
    if (rule.channel != place.channel || !same_layer) {
      left.push_back(rule);
      continue;
    }
    nn::ForceRule beside = rule;  // the other units, at all of its steps
    if (units > 0 && !place.units.empty()) {
      beside.units = part_of(rule.units, place.units, units - 1, false);
      if (!beside.units.empty()) left.push_back(beside);
    }
    nn::ForceRule before = rule;  // these units, at its other steps
    if (units > 0 && !place.units.empty()) before.units = part_of(rule.units, place.units, units - 1, true);
    before.steps = part_of(rule.steps, place.steps, nn::kOpenEnd, false);
    const bool any_unit = units == 0 || place.units.empty() || !before.units.empty();
    if (any_unit && !before.steps.empty()) left.push_back(before);
  }
  return left;
}

}  // namespace gatescope::ui
