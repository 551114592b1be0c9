// Any text is either refused with an Error or a rule whose canonical form reads back the same.
#include <cmath>

#include "core/nn/force_rule.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope::nn;
  ForceRule rule;
  try {
    rule = parse_force_rule(gatescope::fuzz::text_of(data, size));
  } catch (const gatescope::Error& e) {
    gatescope::fuzz::require_one_line(e);
    return 0;
  }
  if (rule.channel.empty() || !std::isfinite(rule.scale) || !std::isfinite(rule.shift)) std::abort();
  for (const auto* ranges : {&rule.units, &rule.steps}) {
    for (const Range& range : *ranges) {
      if (range.first < 0 || range.last < range.first) std::abort();
    }
  }
  const std::string canonical = to_string(rule);
  const ForceRule again = parse_force_rule(canonical);
  if (again != rule || to_string(again) != canonical) std::abort();
  return 0;
}
