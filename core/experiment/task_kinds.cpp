#include "core/experiment/task_kinds.h"

#include <array>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/task/temporal_order.h"

namespace gatescope::experiment {
namespace {

using nlohmann::json;

// --- The next character of a text -------------------------------------------------------------------------

constexpr std::array<std::pair<std::string_view, bool>, 2> kInvalid{{{"error", false}, {"replace", true}}};

/// A path that is written as path_to_text does.
std::string read_path(JsonReader& reader, std::string_view key, const std::string& otherwise) {
  if (!reader.find(key)) return otherwise;
  std::string path = path_from_text(reader.get(key, std::string())).native();
  if (path.find('\0') != std::string::npos) reader.reject(key, "a path without a zero byte");
  return path;
}

void read_text_task(JsonReader& reader, TaskSpec& task) {
  task.text = read_path(reader, "text", task.text);
  if (task.text.empty()) reader.reject("text", "the path of a text");
  task.near = read_path(reader, "near", task.near);
  task.sha256 = reader.get("sha256", task.sha256);
  if (!task.sha256.empty() &&
      (task.sha256.size() != 64 || task.sha256.find_first_not_of("0123456789abcdef") != std::string::npos))
    reader.reject("sha256", "64 hexadecimal digits in lower case");
  if (!task.sha256.empty()) task.characters = reader.get("characters", task.characters);
  task.replace_invalid = reader.get("invalid", task.replace_invalid, Words<bool>(kInvalid));
  task.held_out = reader.get("held_out", task.held_out, 0, 0.9);
  task.vocabulary = reader.get("vocabulary", task.vocabulary);
}

void write_text_task(const TaskSpec& task, json& to) {
  to["text"] = path_to_text(task.text);
  if (!task.near.empty()) to["near"] = path_to_text(task.near);
  if (!task.sha256.empty()) {
    to["sha256"] = task.sha256;
    to["characters"] = task.characters;
  }
  to["invalid"] = word_of<bool>(task.replace_invalid, kInvalid);
  to["held_out"] = task.held_out;
  if (!task.vocabulary.empty()) to["vocabulary"] = task.vocabulary;
}

// --- Temporal order ---------------------------------------------------------------------------------------

constexpr std::array kTemporalOrderNumbers{
    TaskNumber{"length", "Steps of a sequence", &TaskSpec::length, 10, 10000}};

OpenTask open_temporal_order(Experiment& e, const std::filesystem::path&, const std::optional<std::string>&) {
  return {std::make_shared<const task::TemporalOrder>(
              task::TemporalOrder::Options{e.training.batch, e.task.length, 8, e.seed}),
          {}};
}

// ----------------------------------------------------------------------------------------------------------

constexpr std::array kKinds{
    TaskKind{.key = "text",
             .title = "text",
             .sentence = "next character of a text",
             .of_text = true,
             .numbers = {},
             .read = read_text_task,
             .write = write_text_task,
             .write_identity =
                 [](const TaskSpec& task, const task::Task& made, json& to) {
                   to.update({{"held_out", task.held_out}, {"sha256", made.fingerprint()}});
                 },
             .steps = [](const Experiment& e) { return e.training.steps; },
             .source = [](const TaskSpec& task) { return printable(task.text); },
             .open = open_text_task},
    TaskKind{.key = "temporal_order",
             .title = "temporal order",
             .sentence = "the order of two symbols far back in a sequence (Hochreiter and Schmidhuber 1997, "
                         "experiment 6a)",
             .of_text = false,
             .numbers = kTemporalOrderNumbers,
             .read = [](JsonReader&, TaskSpec&) {},
             .write = [](const TaskSpec&, json&) {},
             .write_identity = [](const TaskSpec&, const task::Task&, json&) {},
             .steps = [](const Experiment& e) { return e.task.length; },
             .source = [](const TaskSpec&) { return std::string("the task"); },
             .open = open_temporal_order},
};

}  // namespace

std::span<const TaskKind> task_kinds() {
  return kKinds;
}

const TaskKind& kind_of(const TaskSpec& task) {
  std::string keys;
  for (const TaskKind& kind : kKinds) {
    if (kind.key == task.kind) return kind;
    keys += (keys.empty() ? "" : ", ") + std::string(kind.key);
  }
  fail("there is no task '{}', expected one of {}", printable(task.kind), keys);
}

json to_json(const TaskSpec& task) {
  const TaskKind& kind = kind_of(task);
  json value{{"kind", task.kind}};
  for (const TaskNumber& number : kind.numbers) value[std::string(number.key)] = task.*number.value;
  kind.write(task, value);
  return value;
}

TaskSpec read_task(JsonReader reader) {
  std::vector<std::pair<std::string_view, std::size_t>> keys;
  for (std::size_t k = 0; k < kKinds.size(); ++k) keys.emplace_back(kKinds[k].key, k);
  const TaskKind& kind = kKinds[reader.get("kind", std::size_t{0}, Words<std::size_t>(keys))];
  TaskSpec task;
  task.kind = kind.key;
  // Only what the kind of task has: a key that would go unused is an error.
  for (const TaskNumber& number : kind.numbers)
    task.*number.value = reader.get(number.key, task.*number.value, number.low, number.high);
  kind.read(reader, task);
  reader.finish();
  return task;
}

json identity_of(const TaskSpec& task, const task::Task& made) {
  const TaskKind& kind = kind_of(task);
  json value{{"kind", task.kind}};
  for (const TaskNumber& number : kind.numbers) value[std::string(number.key)] = task.*number.value;
  kind.write_identity(task, made, value);
  return value;
}

}  // namespace gatescope::experiment
