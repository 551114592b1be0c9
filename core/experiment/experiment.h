#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/experiment/optimizer_spec.h"
#include "core/nn/force_rule.h"
#include "core/nn/model_spec.h"
#include "core/series/windows.h"
#include "core/task/task.h"
#include "core/utf8.h"

namespace gatescope::experiment {

/// What a model that learnt a series goes on with, whatever has become of its file since.
struct LearntSeries {
  std::string series, data;  // its key or path, and what its numbers were
  series::Fitted fitted;

  bool operator==(const LearntSeries&) const = default;
};

/// What a model that learnt a file of one's own, labelled lines or pairs, goes on with, whatever has become
/// of the file since.
struct LearntFile {
  std::string file, data;                // its path; the SHA-256 of its bytes, empty where nobody kept it
  std::optional<double> bound = {};      // task::SplitRows::bound; none: drawn as older versions did
  std::string characters;                // UTF-8, without the signs of pairs, in the order of their numbers
  std::vector<std::string> labels = {};  // lines: in the order of their numbers; empty: nobody kept them
  Index longest = 100;                   // lines: as many characters of a text say where it belongs

  bool operator==(const LearntFile&) const = default;
};

/// What is learnt. `kind` is a key of task_kinds(), which says the fields that it has.
struct TaskSpec {
  std::string kind = "text";
  std::string text = "tales.txt";  // text: a file of assets/corpora, or a path; in the file system's bytes
  std::string near;                // text: the same place seen from the file that holds the experiment
  std::string sha256;              // text: of its characters in UTF-8; empty: any text
  std::uint64_t characters = 0;    // text: how many, where its content is known
  std::string beside;              // text: the folder of the file that names it; not written
  bool replace_invalid = false;    // text, lines, pairs: a byte that is not UTF-8 becomes U+FFFD, no error
  double held_out = 0.1;           // text, lines, pairs: the fraction held out for measuring
  // Of single sequences, what task_kinds() says:
  Index length = 50, copies = 4, pairs = 4, rewritten = 0, keys = 16, modulus = 2, cups = 3, bits = 3,
        lag = 5;
  std::vector<std::string> vocabulary = {};  // text: of the model it began from, and what the text added
  std::string series = "sunspots";           // series: a key of series::known_series(), or a CSV's path
  std::vector<std::string> columns = {};     // series: of the CSV; empty: all that hold numbers
  std::vector<std::string> given = {};       // series: of those the ones that are known in advance
  series::Scaling scaling = series::Scaling::z_score;  // series
  Index window = 48, horizon = 12, season = 0;         // series, in rows; a season of 0: its own
  std::optional<LearntSeries> learnt_series = {};      // series: what was learnt, once something was
  bool has_learnt = false;     // it is that of a model that goes on with what it learnt; not written
  std::string lines;           // lines: the path of a file of "label<TAB>text"
  Index longest = 100;         // lines, pairs: the most characters of one, or of a side
  std::string pair_file = {};  // pairs: the path of a file of a source and a target a line
  std::optional<LearntFile> learnt_file = {};  // lines, pairs: what was learnt, once something was
  bool drawn_split = false;  // lines, pairs: a run of an older version goes on with its split; not written
  Index source = 10, digits = 3;  // of pairs that are made up: the longest source, in characters or digits
  double held_out_rows = 0.2;     // series: the share of rows held out, the last ones

  InvalidUtf8 on_invalid() const { return replace_invalid ? InvalidUtf8::replace : InvalidUtf8::error; }

  bool operator==(const TaskSpec&) const = default;
};

/// How wide the models of a race are: each as it says, or all with the first one's number of parameters.
enum class Match { width, parameters };

struct TrainingSpec {
  OptimizerSpec optimizer;
  double clip_norm = 5;   // of all gradients together; 0: off
  double clip_value = 0;  // of each gradient, before the norm; 0: off
  Index batch = 32;       // sequences side by side
  Index steps = 64;       // steps of back-propagation through time
  double own_share = 0;   // of what a decoder reads: what it told itself in place of the truth [bengio2015]
  bool carry = true;      // truncated BPTT on a stream; false: every sequence begins from a zero state
  std::uint64_t updates = 1000;
  std::uint64_t evaluate_every = 100;  // updates between two looks at the held-out data; 0: at the end only
  bool pause_at_best = true;  // in the window: once the held-out loss has clearly risen since its lowest

  bool operator==(const TrainingSpec&) const = default;
};

/// The model whose weights a run began from, by its file's name and content.
struct BeginFrom {
  std::string file, sha256;

  bool operator==(const BeginFrom&) const = default;
};

/// How an experiment is first shown: what makes its point before anybody has touched anything.
struct Opening {
  bool paused = false;           // nothing is learnt until somebody asks for it
  bool trained = false;          // a preset: with the weights that come along, and paused
  double pace = 0;               // the most updates a second, so that one can follow; 0: no limit
  std::string probe = {};        // the text the models read; empty: the task's own beginning
  std::optional<int> step = {};  // the chosen one; negative: from the end, -1 is the last
  std::optional<int> unit = {};  // the chosen one
  std::string unit_that =
      {};  // the one that does this, in place of a number: what analysis/unit_roles.h calls it
  std::string coloured_by = {};  // the probe: as ViewOptions::channel

  bool operator==(const Opening&) const = default;
};

/// Everything about a run, as one value: the same experiment, seed and build give the same bits.
struct Experiment {
  std::string title, look_for;     // for people: what it is, and one sentence of what to look at
  std::vector<std::string> views;  // for people: the views that make its point, by their ids
  Opening opening;
  TaskSpec task;
  std::vector<nn::ModelSpec> models{nn::ModelSpec{}};  // one to four
  Match match = Match::width;
  TrainingSpec training;
  std::vector<nn::ForceRule> force;
  std::uint64_t seed = 1;
  std::optional<BeginFrom> begin_from = {};

  bool operator==(const Experiment&) const = default;
};

/// Reads and writes an experiment. A key that does not exist, a value out of its range or of the wrong type
/// is an Error that names the JSON pointer and what would be right; keys left out have the defaults above.
nlohmann::json to_json(const Experiment& experiment);
Experiment from_json(const nlohmann::json& json, const std::string& origin);
Experiment parse_experiment(std::string_view text, const std::string& origin);
/// From a file, whose folder is where the text is looked for first. Throws Error that says what the file is
/// where it is something else.
Experiment load_experiment(const std::filesystem::path& path);

/// Throws Error for settings of a start that a model's cell has no use for, with the JSON pointer. Not asked
/// of runs and sessions that there are: earlier versions took them and did nothing.
void check_starts(const Experiment& experiment, const std::string& origin);

/// Gives every model a name: its cell's where it has none, numbered where several share it.
void name_models(Experiment& experiment);
/// Gives every model a name and, to match parameters, the width that comes nearest to the first one's count.
void complete(Experiment& experiment, const nn::Interface& interface);

/// Bytes that training a model takes at the most: T*B columns of tape, cut into shards, and the weights. For
/// one sequence alone `shards` is 1.
double memory_needed(const nn::ModelSpec& model, const nn::Interface& interface, Index columns, Index shards,
                     std::span<const nn::ForceRule> rules = {});
/// What is taken without a question, in bytes.
inline constexpr double kMemoryLimit = 8e9;

/// Throws Error for a rule that fits none of the models, and for an experiment, complete already, that would
/// take more memory than kMemoryLimit; it says how much.
void check(const Experiment& experiment, const nn::Interface& interface);
/// Throws Error where so many bytes are more than kMemoryLimit; `instead` says what to choose.
void check_memory(double bytes, std::string_view instead);

/// The task, its data read, as open_task does it. `corpora` is the folder of the texts that come with the
/// program; text.h says where a text is looked for. Throws Error.
std::shared_ptr<const task::Task> make_task(const Experiment& experiment,
                                            const std::filesystem::path& corpora);

/// The experiment's rules that concern a model: those whose channel it has, and those that none has.
std::vector<nn::ForceRule> rules_for(const Experiment& experiment, const nn::ModelSpec& model);

}  // namespace gatescope::experiment
