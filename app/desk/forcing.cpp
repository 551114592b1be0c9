#include "app/desk/forcing.h"

#include <fmt/format.h>

#include <limits>

#include "core/error.h"
#include "core/nn/force_rule.h"

namespace gatescope::ui {

bool Forcing::add_rule(const std::string& text, std::string& problem) {
  try {
    editor_.act(AddRule{nn::parse_force_rule(text)});
    return true;
  } catch (const Error& error) {
    problem = error.what();
    return false;
  }
}

void Forcing::replace_rule(std::size_t number, const std::string& text) {
  try {
    editor_.act(ReplaceRule{static_cast<int>(number), nn::parse_force_rule(text)});
  } catch (const Error& error) {
    notices_.say(error.what(), true);
  }
}

namespace {

/// The rule a click makes: of this channel, where the force panel says.
std::optional<nn::ForceRule> clicked_rule(const std::string& channel, const ViewState& view, int layers) {
  std::string text = layers > 1 ? fmt::format("{}.{}", view.layer, channel) : channel;
  if (!view.force_units.empty()) text += "[" + view.force_units + "]";
  if (!view.force_steps.empty()) text += "@" + view.force_steps;
  try {
    return nn::parse_force_rule(text + "=0");
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<double> Forcing::forced_value(const std::string& channel) const {
  const auto place = clicked_rule(channel, editor_.shown().view(), editor_.shown().layers());
  if (!place) return std::nullopt;
  for (const nn::ForceRule& rule : editor_.document().probe.rules) {
    if (!same_place(rule, *place)) continue;
    return rule.scale == 0 ? rule.shift : std::numeric_limits<double>::quiet_NaN();
  }
  return std::nullopt;
}

void Forcing::force(const std::string& channel, std::optional<double> value) {
  auto rule = clicked_rule(channel, editor_.shown().view(), editor_.shown().layers());
  if (!rule) {
    notices_.say("the units and steps of the force panel do not read: expected such as 3,5-9 and 10-20",
                 true);
    return;
  }
  rule->shift = value.value_or(0);
  editor_.act(value ? Intent(Force{*rule}) : Intent(Free{*rule}));
}

void Forcing::cycle(const std::string& channel) {
  const std::optional<double> value = forced_value(channel);
  if (!value)
    force(channel, 0.0);
  else if (*value == 0)
    force(channel, 1.0);
  else
    force(channel, std::nullopt);
}

}  // namespace gatescope::ui
