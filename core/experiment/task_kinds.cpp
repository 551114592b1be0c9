#include "core/experiment/task_kinds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/experiment/learnt_file.h"
#include "core/experiment/open_lines.h"
#include "core/experiment/open_pairs.h"
#include "core/experiment/open_series.h"
#include "core/experiment/task_file.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/json/json_fields.h"
#include "core/task/adding.h"
#include "core/task/continual_reber.h"
#include "core/task/copy_memory.h"
#include "core/task/counting.h"
#include "core/task/embedded_reber.h"
#include "core/task/flip_flop.h"
#include "core/task/induction.h"
#include "core/task/latch.h"
#include "core/task/made_pairs.h"
#include "core/task/nearest_neighbour.h"
#include "core/task/parity.h"
#include "core/task/recall.h"
#include "core/task/selective_copying.h"
#include "core/task/shell_game.h"
#include "core/task/temporal_order.h"
#include "core/task/temporal_order_6a.h"

namespace gatescope::experiment {
namespace {

using nlohmann::json;

// --- The next character of a text -------------------------------------------------------------------------

constexpr std::array<std::pair<std::string_view, bool>, 2> kInvalid{{{"error", false}, {"replace", true}}};

/// A path in the file system's bytes, as a field: path_to_text writes it.
struct PathForm {
  std::string read(JsonReader& reader, std::string_view key, const std::string& otherwise) const {
    if (!reader.find(key)) return otherwise;
    std::string path = path_from_text(reader.get(key, std::string())).native();
    if (path.find('\0') != std::string::npos) reader.reject(key, "a path without a zero byte");
    return path;
  }
  json write(const std::string& path) const { return path_to_text(path); }
};

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

constexpr auto kTextFields = [](auto& self, auto& field) {
  field("text", self.text, PathForm{});
  field.check("text", !self.text.empty(), "the path of a text");
  field.unless_usual("near", self.near, PathForm{});
  field.unless_usual("sha256", self.sha256);
  field.check("sha256", self.sha256.empty() || is_digest(self.sha256), "64 hexadecimal digits in lower case");
  if (!self.sha256.empty()) field("characters", self.characters);
  field("invalid", self.replace_invalid, one_of(kInvalid));
  field("held_out", self.held_out, range(0, 0.9));
  field.unless_usual("vocabulary", self.vocabulary);
};

// --- The next row of a series ------------------------------------------------------------------------------

constexpr std::array kSeries{TaskNumber{"window", "Rows read before", &TaskSpec::window, 1, 10000},
                             TaskNumber{"horizon", "Rows forecast", &TaskSpec::horizon, 1, 1000},
                             TaskNumber{"season", "Season (0: its own)", &TaskSpec::season, 0, 100000}};
constexpr std::array<std::pair<std::string_view, series::Scaling>, 5> kScalings{
    {{"none", series::Scaling::none},
     {"z_score", series::Scaling::z_score},
     {"log", series::Scaling::log},
     {"difference", series::Scaling::difference},
     {"log_difference", series::Scaling::log_difference}}};

/// Finite ones; the key must be there.
struct NumbersForm {
  std::vector<double> read(JsonReader& reader, std::string_view key, const std::vector<double>&) const {
    constexpr std::string_view expected = "an array of finite numbers";
    const json* found = reader.find(key);
    if (!found || !found->is_array()) reader.reject(key, expected);
    std::vector<double> numbers;
    for (const json& each : *found) {
      if (!each.is_number() || !std::isfinite(each.get<double>())) reader.reject(key, expected);
      numbers.push_back(each.get<double>());
    }
    return numbers;
  }
  json write(const std::vector<double>& numbers) const { return numbers; }
};

constexpr auto kLearntSeriesFields = [](auto& self, auto& field) {
  field("series", self.series, PathForm{});
  field("data", self.data);
  field("split", self.fitted.split, range(0, std::numeric_limits<std::int32_t>::max()));
  field("means", self.fitted.means, NumbersForm{});
  field("deviations", self.fitted.deviations, NumbersForm{});
  const bool right = self.fitted.means.size() == self.fitted.deviations.size() &&
                     std::ranges::all_of(self.fitted.deviations, [](double each) { return each > 0; });
  field.check("deviations", right, "as many numbers above 0 as there are means");
};

/// Without what was learnt.
constexpr auto kSeriesFields = [](auto& self, auto& field) {
  field("series", self.series, PathForm{});
  field.check("series", !self.series.empty(), "the name of a series, or the path of a CSV");
  field.unless_usual("columns", self.columns);
  field.unless_usual("given", self.given);
  field("scaling", self.scaling, one_of(kScalings));
  field("held_out", self.held_out_rows, range(0.01, 0.9));
};
constexpr auto kLearntOrNewSeriesFields = [](auto& self, auto& field) {
  kSeriesFields(self, field);
  field.unless_usual("learnt", self.learnt_series, object(kLearntSeriesFields));
};

constexpr std::array kLines{TaskNumber{"longest", "Characters at most", &TaskSpec::longest, 1, 10000}};

// --- Single sequences, made up ----------------------------------------------------------------------------

/// Their steps, no fewer than `low`.
constexpr TaskNumber steps_from(Index low) {
  return {"length", "Steps of a sequence", &TaskSpec::length, low, 10000, true};
}

constexpr std::array kTemporalOrder{steps_from(10)};
constexpr std::array kSelectiveCopying{
    TaskNumber{"length", "Steps before the end", &TaskSpec::length, 1, 10000, true},
    TaskNumber{"copies", "Letters to copy", &TaskSpec::copies, 1, 1000}};
constexpr std::array kInduction{steps_from(4)};
constexpr std::array kRecall{TaskNumber{"pairs", "Pairs", &TaskSpec::pairs, 1, 52},
                             TaskNumber{"rewritten", "Pairs written again", &TaskSpec::rewritten, 0, 52},
                             TaskNumber{"keys", "Different keys", &TaskSpec::keys, 1, 52}};
constexpr std::array kParity{steps_from(2), TaskNumber{"modulus", "Modulus", &TaskSpec::modulus, 2, 10}};
constexpr std::array kShellGame{steps_from(2), TaskNumber{"cups", "Cups", &TaskSpec::cups, 2, 9}};
constexpr std::array kNearestNeighbour{steps_from(2)};
constexpr std::array kLatch{steps_from(2)};
constexpr std::array kCopyMemory{TaskNumber{"length", "Blanks", &TaskSpec::length, 1, 10000, true},
                                 TaskNumber{"copies", "Letters to copy", &TaskSpec::copies, 1, 1000}};
constexpr std::array kAdding{steps_from(2)};
constexpr std::array kTemporalOrder6a{
    TaskNumber{"length", "Steps at least", &TaskSpec::length, 10, 10000, true}};
constexpr std::array kCounting{steps_from(2)};
/// Of the Reber grammars. As published it is the shortest string's.
constexpr TaskNumber kReberLag{"lag", "Lag at least", &TaskSpec::lag,      task::kShortestReber,
                               9990,  true,           task::kShortestReber};
constexpr std::array kEmbeddedReber{TaskNumber{"length", "Symbols at most", &TaskSpec::length, 9, 10000},
                                    kReberLag};
constexpr std::array kContinualReber{TaskNumber{"length", "Steps of a sequence", &TaskSpec::length, 9, 10000},
                                     kReberLag};
constexpr std::array kFlipFlop{steps_from(1), TaskNumber{"bits", "Bits", &TaskSpec::bits, 1, 16}};

constexpr std::array kSource{TaskNumber{"source", "Longest source", &TaskSpec::source, 2, 1000}};
constexpr std::array kDigits{TaskNumber{"digits", "Digits at most", &TaskSpec::digits, 2, 6}};

constexpr auto kNoFields = [](auto&, auto&) {};

/// What a kind has beside its numbers, by the list of its fields.
template <auto fields>
void read_by(JsonReader& reader, TaskSpec& task) {
  FieldReader field(reader);
  fields(task, field);
}
template <auto fields>
void write_by(const TaskSpec& task, json& to) {
  write_fields(fields, task, to);
}

/// A task that has numbers alone; `make` makes it of them.
template <auto make>
OpenTask open_single(Experiment& e, const std::filesystem::path&, const std::optional<std::string>&) {
  auto made = make(e.task, {.batch = e.training.batch, .held_out_batches = 8, .seed = e.seed});
  return {std::make_shared<const decltype(made)>(std::move(made)), {}};
}

template <auto make>
constexpr TaskKind single(std::string_view key, std::string_view title, std::string_view sentence,
                          std::span<const TaskNumber> numbers, Index (*steps)(const Experiment& experiment)) {
  return {.key = key,
          .title = title,
          .sentence = sentence,
          .of_text = false,
          .numbers = numbers,
          .read = read_by<kNoFields>,
          .write = write_by<kNoFields>,
          .write_identity = [](const TaskSpec&, const task::Task&, json&) {},
          .steps = steps,
          .source = [](const TaskSpec&) { return std::string("the task"); },
          .open = open_single<make>};
}

constexpr TaskKind pairs_of(TaskKind kind) {
  kind.of_pairs = true;
  return kind;
}

/// Pairs that are made up.
template <const task::PairMaker& maker, Index TaskSpec::*size>
constexpr TaskKind pairs(std::string_view key, std::string_view title, std::string_view sentence,
                         std::span<const TaskNumber> numbers) {
  constexpr auto make = [](const TaskSpec& t, const task::Data& data) {
    return task::MadePairs(data, maker, t.*size);
  };
  return pairs_of(single<make>(key, title, sentence, numbers, [](const Experiment& e) {
    return maker.longest_source(e.task.*size) + maker.longest_target(e.task.*size) + 1;
  }));
}

Index length_of(const Experiment& e) {
  return e.task.length;
}
Index reber_steps_of(const Experiment& e) {
  return task::reber_steps(e.task.length, e.task.lag);
}

constexpr std::string_view kLinesKey = "lines", kPairFileKey = "pair_file", kNoLines = "Labelled lines",
                           kNoPairs = "Pairs";

constexpr auto kLearntFile =
    by([](JsonReader& reader, std::string_view key) { return read_learnt_file(reader.object(key)); },
       [](const LearntFile& learnt) { return to_json(learnt); });

/// Of a file of one's own, a sequence a line: `key` is the path's in JSON.
template <std::string TaskSpec::*path, const std::string_view& key>
constexpr auto kFileFields = [](auto& self, auto& field) {
  field(key, self.*path, PathForm{});
  field("held_out", self.held_out, range(0, 0.9));
  field("invalid", self.replace_invalid, one_of(kInvalid));
  field.unless_usual("learnt", self.learnt_file, kLearntFile);
};

/// `unnamed`: the title without a path.
template <std::string TaskSpec::*path, const std::string_view& key, const std::string_view& unnamed>
constexpr TaskKind file(std::string_view kind, std::string_view title, std::string_view sentence,
                        Index (*steps)(const Experiment& experiment), decltype(TaskKind::open) open) {
  return {.key = kind,
          .title = title,
          .sentence = sentence,
          .of_text = false,
          .numbers = kLines,
          .read = read_by<kFileFields<path, key>>,
          .write = write_by<kFileFields<path, key>>,
          .write_identity =
              [](const TaskSpec& task, const task::Task& made, json& to) {
                to["held_out"] = task.held_out;
                to[std::string(key)] = made.fingerprint();
              },
          .steps = steps,
          .source = [](const TaskSpec& task) { return printable(task.*path); },
          .label =
              [](const TaskSpec& task) {
                return (task.*path).empty() ? std::string(unnamed) : name_of_file(task.*path);
              },
          .held_out = &TaskSpec::held_out,
          .open = open};
}

// ----------------------------------------------------------------------------------------------------------

constexpr std::array kKinds{
    TaskKind{.key = "text",
             .title = "text",
             .sentence = "next character of a text",
             .of_text = true,
             .numbers = {},
             .read = read_by<kTextFields>,
             .write = write_by<kTextFields>,
             .write_identity =
                 [](const TaskSpec& task, const task::Task& made, json& to) {
                   to.update({{"held_out", task.held_out}, {"sha256", made.fingerprint()}});
                 },
             .steps = [](const Experiment& e) { return e.training.steps; },
             .source = [](const TaskSpec& task) { return printable(task.text); },
             .label = [](const TaskSpec& task) { return name_of_file(task.text); },
             .held_out = &TaskSpec::held_out,
             .open = open_text_task},
    TaskKind{.key = kSeriesTask,
             .title = "series",
             .sentence = "the next row of a series, and from there a forecast",
             .of_text = false,
             .numbers = kSeries,
             .read = read_by<kLearntOrNewSeriesFields>,
             .write = write_by<kLearntOrNewSeriesFields>,
             .write_identity =
                 [](const TaskSpec& task, const task::Task& made, json& to) {
                   write_fields(kSeriesFields, task, to);
                   to["series"] = made.fingerprint();  // wherever it lies
                 },
             .steps = [](const Experiment& e) { return e.task.window + e.task.horizon - 1; },
             .source = [](const TaskSpec& task) { return "the series " + label_of_series(task); },
             .label = label_of_series,
             .held_out = &TaskSpec::held_out_rows,
             .open = open_series},
    file<&TaskSpec::lines, kLinesKey, kNoLines>(
        kLinesTask, "labelled lines", "the label of each line of a file, at its end",
        [](const Experiment& e) { return e.task.longest; }, open_lines),
    single<[](const TaskSpec& t, const task::Data& data) { return task::TemporalOrder(data, t.length); }>(
        "temporal_order", "temporal order",
        "the order of two symbols far back in a sequence (Martens and Sutskever 2011)", kTemporalOrder,
        length_of),
    single<[](const TaskSpec& t, const task::Data& data) {
      return task::SelectiveCopying(data, t.length, t.copies);
    }>("selective_copying", "selective copying", "the letters among blanks, in their order (Gu and Dao 2024)",
       kSelectiveCopying, [](const Experiment& e) { return e.task.length + e.task.copies; }),
    single<[](const TaskSpec& t, const task::Data& data) { return task::Induction(data, t.length); }>(
        "induction", "induction", "what followed a mark when it came before (Olsson and others 2022)",
        kInduction, length_of),
    single<[](const TaskSpec& t, const task::Data& data) {
      return task::Recall(data, t.pairs, t.rewritten, t.keys);
    }>("recall", "associative recall", "the value of each key (Arora and others 2024)", kRecall,
       [](const Experiment& e) { return 3 * e.task.pairs + 2 * e.task.rewritten; }),
    single<[](const TaskSpec& t, const task::Data& data) { return task::Parity(data, t.length, t.modulus); }>(
        "parity", "parity", "whether the number of ones so far is odd, or a sum of another modulus", kParity,
        length_of),
    single<[](const TaskSpec& t, const task::Data& data) { return task::ShellGame(data, t.length, t.cups); }>(
        "shell_game", "shell game", "under which of some cups that change places the ball is", kShellGame,
        length_of),
    single<[](const TaskSpec& t, const task::Data& data) { return task::NearestNeighbour(data, t.length); }>(
        "nearest_neighbour", "nearest neighbour",
        "the payload of the point that was nearest so far (Beck and others 2024)", kNearestNeighbour,
        length_of),
    single<[](const TaskSpec& t, const task::Data& data) { return task::Latch(data, t.length); }>(
        "latch", "latch", "the first number, after noise (Bengio, Simard and Frasconi 1994)", kLatch,
        length_of),
    single<[](const TaskSpec& t, const task::Data& data) {
      return task::CopyMemory(data, t.length, t.copies);
    }>("copy_memory", "copy memory",
       "the letters before the blanks, in their order (Arjovsky and others 2016)", kCopyMemory,
       [](const Experiment& e) { return e.task.length + 2 * e.task.copies; }),
    single<[](const TaskSpec& t, const task::Data& data) { return task::Adding(data, t.length); }>(
        "adding", "adding", "the sum of two marked numbers (Hochreiter and Schmidhuber 1997, experiment 4)",
        kAdding, length_of),
    single<[](const TaskSpec& t, const task::Data& data) { return task::TemporalOrder6a(data, t.length); }>(
        "temporal_order_6a", "temporal order 6a",
        "the order of two symbols far back in a sequence (Hochreiter and Schmidhuber 1997, experiment 6a)",
        kTemporalOrder6a, [](const Experiment& e) { return e.task.length + e.task.length / 10; }),
    single<[](const TaskSpec& t, const task::Data& data) { return task::Counting(data, t.length); }>(
        "counting", "counting", "the end of as many b as there were a (Gers and Schmidhuber 2001)", kCounting,
        length_of),
    single<[](const TaskSpec& t, const task::Data& data) {
      return task::EmbeddedReber(data, t.length, t.lag);
    }>("embedded_reber", "embedded Reber",
       "the symbol that a string of the grammar began with (Hochreiter and Schmidhuber 1997, experiment 1)",
       kEmbeddedReber, reber_steps_of),
    single<[](const TaskSpec& t, const task::Data& data) {
      return task::ContinualReber(data, t.length, t.lag);
    }>("continual_reber", "continual Reber",
       "the same without a sign that a string ends (Gers, Schmidhuber and Cummins 2000)", kContinualReber,
       reber_steps_of),
    single<[](const TaskSpec& t, const task::Data& data) { return task::FlipFlop(data, t.length, t.bits); }>(
        "flip_flop", "flip-flop", "each input's last number that was not 0 (Sussillo and Barak 2013)",
        kFlipFlop, length_of),
    pairs<task::kReversed, &TaskSpec::source>("reverse", "reverse", "the letters of a word, last one first",
                                              kSource),
    pairs<task::kCopied, &TaskSpec::source>("copy", "copy", "the letters of a word, once more", kSource),
    pairs<task::kSorted, &TaskSpec::source>("sort", "sort", "the letters of a word, in their order", kSource),
    pairs<task::kDates, &TaskSpec::source>("dates", "dates", "a day in many ways of writing as 1998-03-03",
                                           {}),
    pairs<task::kNumberWords, &TaskSpec::digits>("number_words", "number words",
                                                 "a number in words as its digits", kDigits),
    pairs<task::kRomanNumerals, &TaskSpec::source>("roman", "Roman numerals", "a number in Roman numerals",
                                                   {}),
    pairs_of(file<&TaskSpec::pair_file, kPairFileKey, kNoPairs>(
        kPairsTask, "pairs", "the target of each source of a file of two columns",
        [](const Experiment& e) { return 2 * e.task.longest + 1; }, open_pairs)),
};

json with_numbers(const TaskSpec& task, const TaskKind& kind) {
  json value{{"kind", task.kind}};
  for (const TaskNumber& number : kind.numbers)
    if (task.*number.value != number.unwritten) value[std::string(number.key)] = task.*number.value;
  return value;
}

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

std::vector<std::string> scaling_words() {
  return words_in(Words<series::Scaling>(kScalings));
}

series::Scaling scaling_of(std::string_view word) {
  return value_of(word, Words<series::Scaling>(kScalings), "scaling");
}

json to_json(const TaskSpec& task) {
  const TaskKind& kind = kind_of(task);
  json value = with_numbers(task, kind);
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

std::shared_ptr<const task::Task> task_of(const json& experiment) {
  const auto written = experiment.find("task");
  if (written == experiment.end() || !written->is_object()) return nullptr;
  try {
    Experiment e;
    e.task = read_task({*written, "/task"});
    if (kind_of(e.task).of_text) return nullptr;
    e.seed = JsonReader(experiment, "").get("seed", e.seed);
    e.task.has_learnt = true;
    return kind_of(e.task).open(e, {}, {}).task;
  } catch (const Error&) {
    return nullptr;
  }
}

json identity_of(const TaskSpec& task, const task::Task& made) {
  const TaskKind& kind = kind_of(task);
  json value = with_numbers(task, kind);
  kind.write_identity(task, made, value);
  return value;
}

}  // namespace gatescope::experiment
