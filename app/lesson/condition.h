#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/lesson/number.h"

namespace gatescope::lesson {

/// What has to be so before a lesson goes on; however somebody gets there.
///
///     {"forced": "f", "to": 0, "at": 12}     a rule holds the channel there; "to" and "at" may be missing
///     {"released": true}                     no rule is in force
///     {"view": "gradient"}                   is open
///     {"step": 12}, {"unit": 7}, {"model": 2}  is chosen; models count from 1
///     {"probe": "cat"}                       the probe's text has this in it
///     {"training": true}                     goes on, or is paused
///     {"number": "mean f", "below": 0.5}     or "above", or both (lesson/number.h)
///     {"all": [...]}, {"any": [...]}
struct Condition {
  std::string kind;                // the key that says which
  std::string word = {};           // a channel, a view, a text
  std::optional<int> number = {};  // a step, unit or model, from 0
  std::optional<double> to = {};   // of a rule
  std::optional<int> at = {};      // a step of a rule
  bool on = true;                  // of training
  std::optional<Quantity> quantity = {};
  std::optional<double> below = {}, above = {};
  std::vector<Condition> parts = {};

  bool operator==(const Condition&) const = default;
};

/// Strict. Throws Error that names the JSON pointer.
Condition condition_from_json(const nlohmann::json& json, const std::string& pointer,
                              const std::string& origin);

/// One about a number holds only once what was chosen is read.
bool holds(const Condition& condition, const ui::Workbench& bench);

/// For error messages: what was wanted and what is.
std::string wanted_and_is(const Condition& condition, const ui::Workbench& bench);

}  // namespace gatescope::lesson
