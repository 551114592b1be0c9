#include "app/cli/idle_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/platform/output.h"
#include "core/views/parts.h"

namespace gatescope::app {
namespace {

std::string steps_in_words(Index count) {
  return views::counted(count, "step", "steps");
}

/// What was read, as far as one rule is concerned: the longest of each.
std::string what_was_read(const nn::ModelSpec& spec, std::span<const nn::StepsRead> read) {
  nn::StepsRead most;
  for (const nn::StepsRead& each : read) {
    most.source = std::max(most.source, each.source);
    most.target = std::max(most.target, each.target);
  }
  if (!spec.decoder) return fmt::format("{} were read", steps_in_words(most.source));
  return fmt::format("the source has {}, the target {}", steps_in_words(most.source),
                     steps_in_words(most.target));
}

void tell_idle_rule(const nn::ForceRule& rule, const nn::ModelSpec& spec,
                    std::span<const nn::StepsRead> read) {
  note("gatescope: the rule {} acts on no step{}: {}, counted from 0\n", nn::to_string(rule),
       !spec.decoder     ? ""
       : read.size() > 1 ? " of these pairs"
                         : " of this pair",
       what_was_read(spec, read));
}

}  // namespace

void tell_idle_rules(std::span<const nn::ForceRule> rules, const nn::ModelSpec& spec,
                     std::span<const nn::StepsRead> read) {
  for (const nn::ForceRule& rule : rules)
    if (std::ranges::none_of(read, [&](const nn::StepsRead& each) { return nn::acts(rule, spec, each); }))
      tell_idle_rule(rule, spec, read);
}

template <class S>
void tell_idle_rules(std::span<const observe::Observation<S>> observations) {
  std::vector<nn::ForceRule> told;
  for (const observe::Observation<S>& one : observations) {
    if (!one.sequence) continue;
    for (const nn::ForceRule& rule : one.rules) {
      const auto acts = [&](const observe::Observation<S>& other) {
        return other.sequence && std::ranges::find(other.rules, rule) != other.rules.end() &&
               nn::acts(rule, other.network->spec(), other.steps_read());
      };
      if (std::ranges::find(told, rule) != told.end() || std::ranges::any_of(observations, acts)) continue;
      const nn::StepsRead read = one.steps_read();
      tell_idle_rule(rule, one.network->spec(), {&read, 1});
      told.push_back(rule);
    }
  }
}

template void tell_idle_rules(std::span<const observe::Observation<float>>);
template void tell_idle_rules(std::span<const observe::Observation<double>>);

}  // namespace gatescope::app
