#include "app/lesson/lesson.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/files.h"
#include "core/in_quotes.h"
#include "core/json/json_reader.h"

namespace gatescope::lesson {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLargestLesson = std::uintmax_t{1} << 22;  // bytes

std::vector<ui::Intent> read_intents(JsonReader& reader, std::string_view key) {
  std::vector<ui::Intent> intents;
  const nlohmann::json* list = reader.find(key);
  if (!list) return intents;
  if (!list->is_array()) reader.reject(key, "a list of intents");
  const std::string pointer = pointer_to(reader.pointer(), key);
  for (std::size_t k = 0; k < list->size(); ++k)
    intents.push_back(
        ui::intent_from_json((*list)[k], pointer_to(pointer, std::to_string(k)), reader.origin()));
  return intents;
}

Choose read_choose(JsonReader reader) {
  Choose choose;
  const nlohmann::json* answers = reader.find("answers");
  if (answers && answers->is_object()) {
    const std::string pointer = pointer_to(reader.pointer(), "answers");
    for (const auto& [key, condition] : answers->items()) {
      choose.answers.push_back(key);
      choose.conditions.push_back(condition_from_json(condition, pointer_to(pointer, key), reader.origin()));
    }
  } else {
    choose.answers = reader.get("answers", choose.answers);
    choose.right = reader.get("right", "");
    if (std::ranges::find(choose.answers, choose.right) == choose.answers.end())
      reader.reject("right", "one of the answers");
  }
  const std::set<std::string> different(choose.answers.begin(), choose.answers.end());
  if (different.size() < 2 || different.size() != choose.answers.size() || different.contains(""))
    reader.reject("answers", "two different answers or more, each with a name");
  choose.by_itself = reader.get("by_itself", "");
  if (!choose.by_itself.empty() && !different.contains(choose.by_itself))
    reader.reject("by_itself", "one of the answers");
  reader.finish();
  return choose;
}

Predict read_predict(JsonReader reader) {
  Predict predict;
  predict.low = reader.get("low", 0.0, -1e9, 1e9);
  predict.high = reader.get("high", 1.0, -1e9, 1e9);
  if (predict.high <= predict.low) reader.reject("high", "a number above \"low\"");
  predict.decimals = reader.get("decimals", 2, 0, 6);
  const nlohmann::json* truth = reader.find("truth");
  try {
    predict.truth = parse_quantity(truth && truth->is_number() ? truth->dump() : reader.get("truth", ""));
  } catch (const Error& error) {
    reader.reject("truth", fmt::format("something else: {}", error.what()));
  }
  predict.by_itself = reader.get("by_itself", std::optional<double>());
  reader.finish();
  return predict;
}

/// The one task that a step has at most.
void read_task(Step& step, JsonReader& reader) {
  constexpr std::array<std::string_view, 4> tasks{"choose", "predict", "do", "wait"};
  std::string_view found;
  for (const std::string_view key : tasks) {
    const nlohmann::json* value = reader.find(key);
    if (!value) continue;
    if (!found.empty()) reader.reject(key, fmt::format("no second task beside \"{}\"", found));
    found = key;
    const std::string pointer = pointer_to(reader.pointer(), key);
    if (key == "choose") step.task = read_choose(reader.object(key));
    if (key == "predict") step.task = read_predict(reader.object(key));
    if (key == "do") step.task = Do{condition_from_json(*value, pointer, reader.origin()), {}};
    if (key == "wait") step.task = Wait{condition_from_json(*value, pointer, reader.origin())};
  }
  if (auto* act = std::get_if<Do>(&step.task)) {
    act->by_itself = read_intents(reader, "by_itself");
    if (act->by_itself.empty()) reader.reject("by_itself", "the intents that do it");
  }
  if (auto* wait = std::get_if<Wait>(&step.task))
    wait->updates = reader.get("updates", wait->updates, std::uint64_t{1}, std::uint64_t{1'000'000});
  if (step.asks()) step.reveal = read_intents(reader, "reveal");
}

void read_branch(Step& step, const Lesson& before, JsonReader& reader) {
  if (!reader.find("if")) return;
  JsonReader inside = reader.object("if");
  Branch branch{inside.get("asked", ""), inside.get("answered", "")};
  const int asked = before.step_of(branch.asked);
  if (asked < 0 || !before.steps[static_cast<std::size_t>(asked)].asks())
    inside.reject("asked", "the id of a step before that asks");
  const auto* choose = std::get_if<Choose>(&before.steps[static_cast<std::size_t>(asked)].task);
  const bool is_answer =
      choose && std::ranges::find(choose->answers, branch.answered) != choose->answers.end();
  if (!is_answer && branch.answered != "right" && branch.answered != "wrong")
    inside.reject("answered", "right, wrong or one of its answers");
  inside.finish();
  step.only_if = std::move(branch);
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 60 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::vector<Run> read_runs(JsonReader& reader, std::string_view key, bool needed) {
  const std::string text = reader.get(key, "");
  if (text.empty() && needed) reader.reject(key, "a text");
  try {
    return parse_text(text);
  } catch (const Error& error) {
    reader.reject(key, fmt::format("something else: {}", error.what()));
  }
}

StepWords read_step_words(const Step& step, JsonReader reader) {
  StepWords words;
  words.say = read_runs(reader, "say", true);
  if (step.asks()) {
    words.task = read_runs(reader, "ask", true);
    words.reveal = read_runs(reader, "reveal", true);
  }
  if (const auto* choose = std::get_if<Choose>(&step.task)) {
    JsonReader answers = reader.object("answers");
    for (const std::string& key : choose->answers) {
      words.answers.push_back(answers.get(key, ""));
      if (words.answers.back().empty()) answers.reject(key, "a text");
    }
    answers.finish();
  }
  if (std::holds_alternative<Do>(step.task)) words.task = read_runs(reader, "do", true);
  if (std::holds_alternative<Wait>(step.task)) words.task = read_runs(reader, "wait", true);
  reader.finish();
  return words;
}

}  // namespace

int Lesson::step_of(std::string_view id) const {
  const auto found = std::ranges::find(steps, id, &Step::id);
  return found == steps.end() ? -1 : static_cast<int>(found - steps.begin());
}

Lesson lesson_from_json(const nlohmann::json& json, const std::string& origin) {
  JsonReader reader(json, "", origin);
  Lesson lesson;
  lesson.number = reader.get("number", lesson.number, 1, kLastNumber);
  lesson.minutes = reader.get("minutes", lesson.minutes, 1, 120);
  const nlohmann::json* steps = reader.find("steps");
  if (!steps || !steps->is_array() || steps->empty() || steps->size() > ui::kMostLessonSteps)
    reader.reject("steps", fmt::format("a list of 1 to {} steps", ui::kMostLessonSteps));
  for (std::size_t k = 0; k < steps->size(); ++k) {
    JsonReader each((*steps)[k], "/steps/" + std::to_string(k), origin);
    Step step{.id = each.get("id", "")};
    if (!is_name(step.id)) each.reject("id", "a name of a-z, 0-9 and _");
    if (lesson.step_of(step.id) >= 0) each.reject("id", "one that no step before has");
    read_branch(step, lesson, each);
    step.set = read_intents(each, "set");
    read_task(step, each);
    each.finish();
    lesson.steps.push_back(std::move(step));
  }
  if (lesson.steps.front().only_if) reader.reject("steps", "a first step without \"if\"");
  reader.finish();
  return lesson;
}

Words words_from_json(const nlohmann::json& json, const Lesson& lesson, const std::string& language,
                      const std::string& origin) {
  JsonReader reader(json, "", origin);
  Words words{.language = language};
  words.title = reader.get("title", "");
  if (words.title.empty()) reader.reject("title", "a text");
  words.sentence = reader.get("sentence", "");
  if (words.sentence.empty()) reader.reject("sentence", "a text");
  words.decimal_point = reader.get("decimal_point", words.decimal_point);
  JsonReader steps = reader.object("steps");
  for (const Step& step : lesson.steps) {
    if (!steps.find(step.id)) steps.reject(step.id, "the words of this step");
    words.steps.push_back(read_step_words(step, steps.object(step.id)));
  }
  steps.finish();
  reader.finish();
  return words;
}

Lesson load_lesson(const fs::path& file) {
  const std::string origin = file.string();
  Lesson lesson = lesson_from_json(parse_json(read_file(file, kLargestLesson), origin), origin);
  lesson.file = file;
  lesson.name = file.stem().string();
  return lesson;
}

fs::path words_file(const Lesson& lesson, std::string_view language) {
  fs::path file = lesson.file;
  file.replace_extension();
  file += fmt::format(".{}.json", language);
  return file;
}

Words load_words(const Lesson& lesson, const std::string& language) {
  const fs::path file = words_file(lesson, language);
  std::error_code code;
  if (!is_name(language) || !fs::exists(file, code))
    fail("'{}' has no words in {}, expected a file '{}'; there are {}", lesson.file.string(),
         in_quotes(language), file.string(), fmt::join(languages_of(lesson), ", "));
  const std::string origin = file.string();
  return words_from_json(parse_json(read_file(file, kLargestLesson), origin), lesson, language, origin);
}

std::string nearest_language(const Lesson& lesson, const std::string& language) {
  const std::vector<std::string> all = languages_of(lesson);
  return std::ranges::find(all, language) != all.end() ? language : "en";
}

std::vector<std::string> languages_of(const Lesson& lesson) {
  std::vector<std::string> languages;
  std::error_code code;
  const fs::path folder = lesson.file.has_parent_path() ? lesson.file.parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    const fs::path stem = entry.path().stem();  // NAME.en
    if (entry.path().extension() == ".json" && stem.has_extension() && stem.stem() == lesson.file.stem())
      languages.push_back(stem.extension().string().substr(1));
  }
  std::ranges::sort(languages);
  return languages;
}

fs::path lessons_among(const fs::path& presets) {
  return presets / "lessons";
}

std::vector<fs::path> lessons_in(const fs::path& folder) {
  std::vector<std::pair<int, fs::path>> numbered;
  for (const fs::path& file : files_in(folder, ".json")) {
    if (file.stem().has_extension()) continue;  // words
    int number = kLastNumber;
    try {
      number = load_lesson(file).number;
    } catch (const Error&) {  // whoever opens it is told
    }
    numbered.emplace_back(number, file);
  }
  std::ranges::sort(numbered);
  std::vector<fs::path> files;
  for (auto& [number, file] : numbered) files.push_back(std::move(file));
  return files;
}

fs::path find_lesson(const std::string& name, const fs::path& folder) {
  std::error_code code;
  if (name.find('/') == std::string::npos && fs::exists(folder / (name + ".json"), code))
    return folder / (name + ".json");
  if (fs::is_regular_file(name, code)) return name;
  std::string all;
  for (const fs::path& file : lessons_in(folder)) all += (all.empty() ? "" : ", ") + file.stem().string();
  fail("there is no lesson {}, expected a file or one of {}", in_quotes(name), all);
}

}  // namespace gatescope::lesson
