#include "app/desk/lesson_place.h"

#include <algorithm>
#include <utility>

#include "core/json/json_reader.h"

namespace gatescope::ui {

const LessonAnswer* LessonPlace::answer_at(const std::string& id) const {
  const auto found = std::ranges::find(answers, id, &LessonAnswer::step);
  return found == answers.end() ? nullptr : &*found;
}

void LessonPlace::answer(LessonAnswer given) {
  std::erase_if(answers, [&](const LessonAnswer& each) { return each.step == given.step; });
  answers.push_back(std::move(given));
}

nlohmann::json to_json(const LessonPlace& place) {
  nlohmann::json answers = nlohmann::json::array();
  for (const LessonAnswer& each : place.answers) {
    nlohmann::json json{{"step", each.step}};
    if (!each.choice.empty()) json["choice"] = each.choice;
    if (each.number) json["number"] = *each.number;
    answers.push_back(std::move(json));
  }
  return {{"lesson", place.lesson},
          {"language", place.language},
          {"step", place.step},
          {"entered", place.entered},
          {"answers", answers}};
}

LessonPlace lesson_place_from_json(const nlohmann::json& json, const std::string& origin) {
  JsonReader reader(json, "/lesson", origin);
  LessonPlace place;
  place.lesson = reader.get("lesson", "");
  place.language = reader.get("language", place.language);
  place.step = reader.get("step", 0, 0, kMostLessonSteps);
  place.entered = reader.get("entered", false);
  if (const nlohmann::json* answers = reader.find("answers")) {
    if (!answers->is_array()) reader.reject("answers", "a list of answers");
    for (std::size_t k = 0; k < answers->size(); ++k) {
      JsonReader each((*answers)[k], "/lesson/answers/" + std::to_string(k), origin);
      place.answer(
          {each.get("step", ""), each.get("choice", ""), each.get("number", std::optional<double>())});
      each.finish();
    }
  }
  reader.finish();
  return place;
}

}  // namespace gatescope::ui
