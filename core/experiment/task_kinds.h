#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/experiment/experiment.h"
#include "core/experiment/text.h"
#include "core/json/json_reader.h"

/// What tasks there are: one row each, and nothing else tells them apart.
namespace gatescope::experiment {

/// A whole number that a task has: a key of its JSON, and a field of the window.
struct TaskNumber {
  std::string_view key;    // "length"
  std::string_view title;  // "Steps of a sequence"
  Index TaskSpec::*value;
  Index low, high;
  bool is_lag = false;   // how far back lies what it asks for: what one wants to sweep
  Index unwritten = -1;  // a value that JSON leaves out: what older programs, which have no such key, do
};

struct TaskKind {
  std::string_view key;       // TaskSpec::kind
  std::string_view title;     // in menus
  std::string_view sentence;  // what is learnt
  bool of_text;  // the next character of a text that is chosen, read as one stream; else sequences
  std::span<const TaskNumber> numbers;
  bool of_pairs = false;  // a source and a target: what an encoder-decoder learns

  /// Its parameters from JSON and to it, beside its numbers and its kind.
  void (*read)(JsonReader& reader, TaskSpec& task);
  void (*write)(const TaskSpec& task, nlohmann::json& json);
  /// What a state of its training means nothing without, beside its numbers.
  void (*write_identity)(const TaskSpec& task, const task::Task& made, nlohmann::json& json);
  /// How many steps a batch has.
  Index (*steps)(const Experiment& experiment);
  /// What takes long to read, for people.
  std::string (*source)(const TaskSpec& task);
  /// What an experiment of it is called where nobody says; null: its title.
  std::string (*label)(const TaskSpec& task) = nullptr;
  /// The share of what there is that is held out, where one can choose it.
  double TaskSpec::*held_out = nullptr;
  /// As open_task.
  OpenTask (*open)(Experiment& experiment, const std::filesystem::path& corpora,
                   const std::optional<std::string>& piped) = nullptr;
};

/// The keys of those that learn a file of one's own which is no text.
inline constexpr std::string_view kSeriesTask = "series", kLinesTask = "lines", kPairsTask = "pairs";

/// In the order of menus; the first is the usual one.
std::span<const TaskKind> task_kinds();
/// The kind of a task. Throws Error that lists the keys.
const TaskKind& kind_of(const TaskSpec& task);

/// The words of what can be read in place of a series' values, and what they mean.
std::vector<std::string> scaling_words();
series::Scaling scaling_of(std::string_view word);

/// The task as JSON, and back; a key that its kind does not have is an error that names itself.
nlohmann::json to_json(const TaskSpec& task);
TaskSpec read_task(JsonReader reader);
/// The task in the experiment that a model's file has; null where that is none, one that cannot be read or
/// opened, or of a text.
std::shared_ptr<const task::Task> task_of(const nlohmann::json& experiment);
/// What a state of its training means nothing without: the data, and what gives its numbers their places.
nlohmann::json identity_of(const TaskSpec& task, const task::Task& made);

}  // namespace gatescope::experiment
