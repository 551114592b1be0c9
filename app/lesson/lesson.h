#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/desk/intent.h"
#include "app/lesson/condition.h"
#include "app/lesson/text.h"

/// A lesson: NAME.json says what is done, and beside it NAME.en.json, NAME.de.json, ... what is said; another
/// language is one more file.
///
///     {"number": 3, "minutes": 10,
///      "steps": [
///        {"id": "start", "set": [{"intent": "open_preset", "preset": "long_memory"}]},
///        {"id": "close", "do": {"forced": "f", "to": 0}, "by_itself": [{"intent": "force", "rule": "f=0"}]},
///        {"id": "guess", "predict": {"low": 0, "high": 1, "truth": "mean f"}},
///        {"id": "why", "choose": {"answers": ["a", "b"], "right": "b"}, "reveal": [...]},
///        {"id": "no", "if": {"asked": "why", "answered": "wrong"}},
///        {"id": "train", "wait": {"number": "mean f", "above": 0.8}, "updates": 500}]}
///
///     {"title": "...", "sentence": "...", "decimal_point": ",",
///      "steps": {"start": {"say": "..."}, "close": {"say": "...", "do": "..."},
///                "guess": {"say": "...", "ask": "...", "reveal": "..."},
///                "why": {"say": "...", "ask": "...", "answers": {"a": "...", "b": "..."}, "reveal": "..."},
///                ...}}
///
/// A step sets all that it needs, so that one can come to it from either side.
namespace gatescope::lesson {

/// One of several answers, the right one stated or the first whose condition holds once the answer is there.
struct Choose {
  std::vector<std::string> answers;
  std::string right = {};                  // empty: by the conditions
  std::vector<Condition> conditions = {};  // one an answer; empty: stated
  std::string by_itself = {};              // what `lesson run` answers; empty: the right one
};

/// A number between two, on a slider.
struct Predict {
  double low = 0, high = 1;
  int decimals = 2;
  Quantity truth = {};
  std::optional<double> by_itself = {};  // none: the middle
};

struct Do {
  Condition until;
  std::vector<ui::Intent> by_itself;  // how `lesson run` does it
};

struct Wait {
  Condition until;
  std::uint64_t updates = 3000;  // after which `lesson run` gives up
};

/// Only for those who answered so.
struct Branch {
  std::string asked, answered;  // a step's id; one of its answers, "right" or "wrong"
};

struct Step {
  std::string id;
  std::optional<Branch> only_if = {};
  std::vector<ui::Intent> set = {};
  std::variant<std::monostate, Choose, Predict, Do, Wait> task = {};
  std::vector<ui::Intent> reveal = {};  // done when it is answered

  bool asks() const { return std::holds_alternative<Choose>(task) || std::holds_alternative<Predict>(task); }
};

struct StepWords {
  std::vector<Run> say, task, reveal;     // the task: what is asked, to be done or waited for
  std::vector<std::string> answers = {};  // as Choose::answers
};

struct Words {
  std::string language, title, sentence, decimal_point = ".";
  std::vector<StepWords> steps;  // as Lesson::steps
};

inline constexpr int kLastNumber = 1000;

struct Lesson {
  std::string name;
  std::filesystem::path file;
  int number = kLastNumber;  // its place among the lessons of its folder
  int minutes = 10;
  std::vector<Step> steps;

  /// -1 where there is no such step.
  int step_of(std::string_view id) const;
};

/// Strict. Throws Error that names the file, the JSON pointer, the key and what would be right.
Lesson lesson_from_json(const nlohmann::json& json, const std::string& origin);
/// All words of a lesson; one that is missing is an Error that names its key.
Words words_from_json(const nlohmann::json& json, const Lesson& lesson, const std::string& language,
                      const std::string& origin);

Lesson load_lesson(const std::filesystem::path& file);
/// Of the lesson's file in a language, "en".
std::filesystem::path words_file(const Lesson& lesson, std::string_view language);
Words load_words(const Lesson& lesson, const std::string& language);
/// The languages that a lesson has files of, sorted.
std::vector<std::string> languages_of(const Lesson& lesson);
/// The one asked for where the lesson has it, else English.
std::string nearest_language(const Lesson& lesson, const std::string& language);

/// Where lessons that ship lie.
std::filesystem::path lessons_among(const std::filesystem::path& presets);
/// The files of lessons in a folder, sorted by their numbers, then by name; what cannot be read comes last.
std::vector<std::filesystem::path> lessons_in(const std::filesystem::path& folder);
/// One that ships, by its name, or a file. Throws Error where there is neither.
std::filesystem::path find_lesson(const std::string& name, const std::filesystem::path& folder);

}  // namespace gatescope::lesson
