#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gatescope::ui {

/// What a person answered at a step of a lesson: one of its answers, or a number.
struct LessonAnswer {
  std::string step;  // its id
  std::string choice = {};
  std::optional<double> number = {};

  bool operator==(const LessonAnswer&) const = default;
};

/// Where somebody is in a lesson: all that a session keeps of it.
struct LessonPlace {
  std::string lesson = {};  // one that ships, by name, or a file; empty: none is open
  std::string language = "en";
  int step = 0;
  int direction = 1;     // 1: came from the step before, -1: from the one after
  bool entered = false;  // what the step sets was set
  std::vector<LessonAnswer> answers = {};

  bool open() const { return !lesson.empty(); }
  /// Null where nothing was answered at that step.
  const LessonAnswer* answer_at(const std::string& id) const;
  void answer(LessonAnswer given);

  bool operator==(const LessonPlace&) const = default;
};

inline constexpr int kMostLessonSteps = 1000;

nlohmann::json to_json(const LessonPlace& place);
/// Strict. Throws Error that names the JSON pointer.
LessonPlace lesson_place_from_json(const nlohmann::json& json, const std::string& origin);

}  // namespace gatescope::ui
