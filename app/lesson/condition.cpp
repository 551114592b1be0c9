#include "app/lesson/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/json/json_reader.h"
#include "core/nn/plan.h"
#include "core/views/view.h"

namespace gatescope::lesson {
namespace {

constexpr std::array<std::string_view, 11> kConditions{
    "forced", "released", "view", "step", "unit", "model", "probe", "training", "number", "all", "any"};

void read_parts(Condition& condition, const nlohmann::json& list, JsonReader& reader) {
  if (!list.is_array() || list.empty()) reader.reject(condition.kind, "a list of conditions");
  for (std::size_t k = 0; k < list.size(); ++k)
    condition.parts.push_back(condition_from_json(
        list[k], pointer_to(pointer_to(reader.pointer(), condition.kind), std::to_string(k)),
        reader.origin()));
}

void read_quantity(Condition& condition, JsonReader& reader) {
  try {
    condition.quantity = parse_quantity(reader.get("number", ""));
  } catch (const Error& error) {
    reader.reject("number", fmt::format("something else: {}", error.what()));
  }
  condition.below = reader.get("below", std::optional<double>());
  condition.above = reader.get("above", std::optional<double>());
  if (!condition.below && !condition.above) reader.reject("below", "a number here or as \"above\"");
}

bool forces(const nn::ForceRule& rule, const Condition& condition, const ui::Workbench& bench) {
  if (rule.channel != condition.word || rule.before_activation) return false;
  if (condition.at && !nn::covers(rule.steps, *condition.at)) return false;
  if (!condition.to) return true;
  const nn::Channel* channel = bench.shown().channel(rule.channel);
  const nn::ForceRule meant = channel ? nn::meant(rule, *channel) : rule;
  return meant.scale == 0 && meant.shift == *condition.to;
}

}  // namespace

Condition condition_from_json(const nlohmann::json& json, const std::string& pointer,
                              const std::string& origin) {
  JsonReader reader(json, pointer, origin);
  Condition condition;
  for (const std::string_view key : kConditions) {
    const nlohmann::json* value = reader.find(key);
    if (!value || !condition.kind.empty()) continue;  // a second one is left for finish() below to name
    condition.kind = key;
    if (key == "forced" || key == "view" || key == "probe") {
      condition.word = reader.get(key, "");
      if (condition.word.empty()) reader.reject(key, "a word");
    } else if (key == "step" || key == "unit" || key == "model") {
      condition.number = reader.get(key, 0, key == "model" ? 1 : 0, 1 << 24) - (key == "model" ? 1 : 0);
    } else if (key == "released" || key == "training") {
      condition.on = reader.get(key, true);
    } else if (key == "number") {
      read_quantity(condition, reader);
    } else {
      read_parts(condition, *value, reader);
    }
  }
  if (condition.kind.empty())
    reject_json(origin, pointer, json,
                fmt::format("an object with one of the keys {}", fmt::join(kConditions, ", ")));
  for (const std::string_view key : kConditions)
    if (key != condition.kind && json.contains(std::string(key)))
      reader.reject(key,
                    fmt::format("no second condition beside \"{}\": use \"all\" or \"any\"", condition.kind));
  if (condition.kind == "view") {
    try {
      views::find_view(condition.word);
    } catch (const Error& error) {
      reader.reject("view", fmt::format("something else: {}", error.what()));
    }
  }
  if (condition.kind == "forced") {
    condition.to = reader.get("to", std::optional<double>());
    if (reader.find("at")) condition.at = reader.get("at", 0, 0, 1 << 24);
  }
  reader.finish();
  return condition;
}

bool holds(const Condition& condition, const ui::Workbench& bench) {
  const ui::Document& document = bench.editor().document();
  const ui::ViewState& view = document.view;
  const auto part = [&](const Condition& each) { return holds(each, bench); };
  if (condition.kind == "all") return std::ranges::all_of(condition.parts, part);
  if (condition.kind == "any") return std::ranges::any_of(condition.parts, part);
  if (condition.kind == "forced")
    return std::ranges::any_of(document.probe.rules,
                               [&](const nn::ForceRule& rule) { return forces(rule, condition, bench); });
  if (condition.kind == "released") return document.probe.rules.empty() == condition.on;
  if (condition.kind == "view") return std::ranges::find(view.open, condition.word) != view.open.end();
  if (condition.kind == "step") return view.step == *condition.number;
  if (condition.kind == "unit") return view.unit == condition.number;
  if (condition.kind == "model") return view.model == static_cast<std::size_t>(*condition.number);
  if (condition.kind == "probe") return document.probe.text.find(condition.word) != std::string::npos;
  if (condition.kind == "training") return bench.shown().now().training == condition.on;
  if (!is_settled(bench)) return false;
  const auto value = measured(*condition.quantity, bench);
  return value && (!condition.below || *value < *condition.below) &&
         (!condition.above || *value > *condition.above);
}

std::string wanted_and_is(const Condition& condition, const ui::Workbench& bench) {
  if (condition.kind == "all" || condition.kind == "any") {
    for (const Condition& each : condition.parts)
      if (!holds(each, bench)) return wanted_and_is(each, bench);
  }
  if (condition.kind != "number") {
    if (condition.number) return fmt::format("{} {}", condition.kind, *condition.number);
    return condition.word.empty() ? fmt::format("{}: {}", condition.kind, condition.on)
                                  : fmt::format("{} {}", condition.kind, condition.word);
  }
  std::string wanted = condition.quantity->text;
  if (condition.below) wanted += fmt::format(" below {}", *condition.below);
  if (condition.above) wanted += fmt::format(" above {}", *condition.above);
  const auto value = measured(*condition.quantity, bench);
  return wanted + (value ? fmt::format(", it is {:.4g}", *value) : std::string(", there is no such number"));
}

}  // namespace gatescope::lesson
