#include "app/cli/experiment_options.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <concepts>
#include <utility>

#include "app/cli/cli.h"
#include "app/cli/numbers.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/checkpoint/import_answers.h"
#include "core/experiment/labels.h"
#include "core/experiment/open_lines.h"
#include "core/experiment/open_pairs.h"
#include "core/experiment/open_series.h"
#include "core/experiment/task_kinds.h"
#include "core/experiment/text.h"
#include "core/files.h"
#include "core/nn/blocks.h"
#include "core/nn/layer.h"
#include "core/nn/matrix_options.h"
#include "core/nn/model_spec_json.h"
#include "core/nn/network.h"
#include "core/nn/starts.h"
#include "core/series/known.h"
#include "core/sha256.h"
#include "core/trace/sequence_trace.h"
#include "core/train/run.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

std::string preset_names() {
  std::vector<std::string> names;
  for (const fs::path& file : files_in(presets_folder(), ".json")) names.push_back(file.stem().string());
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The last part of the JSON pointer that an option stands for: "evaluate_every".
std::string key_of(const CLI::Option& option) {
  std::string key = option.get_lnames().empty() ? std::string() : option.get_lnames().front();
  std::ranges::replace(key, '-', '_');
  return key == "clip" ? "clip_norm" : key;
}

/// Whether a text has no place to which a run could come back: the standard input, a pipe, a terminal.
bool is_piped(const std::string& text) {
  if (text == "-") return true;
  std::error_code code;
  const fs::file_status status = fs::status(text, code);
  if (fs::is_fifo(status) || fs::is_socket(status)) return true;
  if (fs::is_character_file(status)) {
    const int device = ::open(text.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    const bool typed = ::isatty(device) == 1;
    if (device >= 0) ::close(device);
    return typed || fs::canonical(text, code) == "/dev/null";
  }
  const std::string place = fs::absolute(text, code).lexically_normal().native();
  return fs::is_regular_file(status) &&
         (place.starts_with("/dev/fd/") || place.starts_with("/dev/std") || place.starts_with("/proc/"));
}

struct LayerFlag {
  const char* name;
  bool nn::ModelSpec::*on;
  const char* help;
};
constexpr std::array<LayerFlag, 6> kLayerFlags{{
    {"--norm", &nn::ModelSpec::norm, "Divide what enters every layer by its root mean square"},
    {"--token-shift", &nn::ModelSpec::token_shift,
     "Mix what enters every layer with the step before, in learnt shares"},
    {"--head-norm", &nn::ModelSpec::head_norm,
     "Bring every head of what leaves the cell to mean 0 and deviation 1"},
    {"--output-gate", &nn::ModelSpec::output_gate,
     "Multiply what leaves the cell with a SiLU of the layer's input"},
    {"--projection", &nn::ModelSpec::projection, "Mix what leaves the cell by one more matrix"},
    {"--residual", &nn::ModelSpec::residual,
     "Add what enters a layer to what it gives, where both have as many numbers: choose as wide an "
     "--embedding, or several layers"},
}};

/// Takes the text that --text names; one from a pipe is going to be kept in the run's folder.
void take_text(experiment::TaskSpec& task, const std::string& text) {
  experiment::set_text(task, is_piped(text) ? experiment::kTextFile : text);
  if (is_piped(text)) task.near = task.text;
}

}  // namespace

fs::path find_preset(const std::string& name) {
  std::error_code code;
  if (fs::exists(name, code) && !fs::is_directory(name, code)) return name;
  const fs::path shipped = presets_folder() / (name + ".json");
  if (fs::exists(shipped, code)) return shipped;
  if (fs::is_directory(name, code)) {
    fail("'{}' is a folder, expected a preset: a file, or one of the program's: {}", name, preset_names());
  }
  fail("there is no preset '{}', neither as a file nor among those of the program: {}", name, preset_names());
}

experiment::Experiment load_preset(const fs::path& path) {
  experiment::Experiment preset = experiment::load_experiment(path);
  experiment::check_starts(preset, path.string());
  std::error_code code;
  // The program's own presets mean the program's own texts, whatever the working folder holds.
  if (fs::equivalent(path.has_parent_path() ? path.parent_path() : ".", presets_folder(), code))
    preset.task.beside = corpora_folder().native();
  return preset;
}

std::vector<CLI::Option*> TaskOptions::add_task_to(CLI::App& command) {
  std::string keys;
  for (const experiment::TaskKind& kind : experiment::task_kinds())
    keys += (keys.empty() ? "" : ", ") + std::string(kind.key);
  std::vector<CLI::Option*> added{command.add_option("--task", task, "What is learnt: " + keys)};
  for (const experiment::TaskKind& kind : experiment::task_kinds()) {
    for (const experiment::TaskNumber& number : kind.numbers) {
      if (task_numbers.contains(number.key)) continue;
      std::string of;
      for (const experiment::TaskKind& each : experiment::task_kinds())
        if (std::ranges::any_of(each.numbers, [&](const auto& other) { return other.key == number.key; }))
          of += (of.empty() ? "" : ", ") + std::string(each.key);
      added.push_back(command
                          .add_option("--" + std::string(number.key), task_numbers[number.key],
                                      fmt::format("{} (--task {})", number.title, of))
                          ->transform(whole_number<Index>()));
    }
  }
  added.push_back(command.add_option(
      "--lines", lines, "A file of one's own, a label, a tab and a text in each line (--task lines)"));
  added.push_back(command.add_option(
      "--pair-file", pair_file, "A file of one's own, a source and a target in each line (--task pairs)"));
  std::string known;
  for (const series::KnownSeries& each : series::known_series()) known += std::string(each.key) + ", ";
  added.push_back(command.add_option(
      "--series", series, "The series to forecast (--task series): " + known + "or the path of a CSV"));
  added.push_back(
      command.add_option("--columns", columns, "Which columns of the CSV; all that hold numbers otherwise")
          ->delimiter(',')
          ->allow_extra_args(false));
  added.push_back(command
                      .add_option("--given", given,
                                  "Which of these are known a row in advance: read before that row is "
                                  "forecast, and not forecast themselves")
                      ->delimiter(',')
                      ->allow_extra_args(false));
  added.push_back(command.add_option("--scaling", scaling, "What is read in place of a value of the series")
                      ->check(CLI::IsMember(experiment::scaling_words())));
  return added;
}

void ExperimentOptions::add_to(CLI::App& command) {
  const auto add = [&](const char* name, auto& value, const char* help) {
    return given_.emplace_back(command.add_option(name, value, help));
  };
  // Ranges are those of the experiment's JSON, see checked().
  const auto add_number = [&]<class N>(const char* name, std::optional<N>& value, const char* help) {
    if constexpr (std::integral<N>)
      add(name, value, help)->transform(whole_number<N>());
    else
      add(name, value, help)->transform(decimal_number());
  };
  add("preset", preset, "A preset: a file, or the name of one of `gatescope presets`");
  add("--text", text,
      "The text to learn: a path, - (the standard input), or a file of the program's corpora");
  add("--invalid", invalid, "What to do with bytes that are not UTF-8")
      ->check(CLI::IsMember({"error", "replace"}));
  for (CLI::Option* option : add_task_to(command)) given_.push_back(option);
  add_number("--held-out", held_out, "The fraction of the text, or of the series' rows, that is held out");
  add("--cell", cells, "The cells to race, up to four: rnn, rnn_relu, gru, gru_before, lstm, ...")
      ->delimiter(',')
      ->allow_extra_args(false);
  add("--memory-decay", memory_decay, "Of --cell matrix: what decays")
      ->check(CLI::IsMember({"none", "head", "key"}));
  add("--memory-rule", memory_rule,
      "Of --cell matrix: what is written is added, or replaces what the key finds")
      ->check(CLI::IsMember({"add", "delta"}));
  add("--memory-normaliser", memory_normaliser, "Of --cell matrix: what divides what is read")
      ->check(CLI::IsMember({"none", "mlstm"}));
  add("--memory-keys", memory_keys, "Of --cell matrix: keys as they are, or divided by their length")
      ->check(CLI::IsMember({"plain", "normalised"}));
  add("--match", match, "Give all models the same width, or the first one's number of parameters")
      ->check(CLI::IsMember({"width", "parameters"}));
  add_number("--hidden", hidden, "Units of a layer");
  add_number("--layers", layers, "Layers");
  given_.push_back(command.add_flag("--bidirectional", bidirectional, "Read the text in both directions"));
  add_number("--embedding", embedding, "Width of the embedding; 0: one-hot");
  add("--attention", attention, "Of an encoder-decoder, which learns pairs: how it looks at the source")
      ->check(CLI::IsMember(nn::attention_words()));
  add("--decoder-cell", decoder_cell, "Of an encoder-decoder: the decoder's cell, where it is another one");
  given_.push_back(command.add_flag("--input-feeding", input_feeding,
                                    "What was attended to joins the decoder's next input (dot, general, "
                                    "concat)"));
  given_.push_back(command.add_flag("--own-embedding", own_embedding,
                                    "The decoder does not share the encoder's embedding"));
  given_.push_back(command.add_flag("--one-stack", one_stack,
                                    "One stack reads source and target of a pair, no encoder-decoder"));
  add_number("--own-share", own_share,
             "Of what the decoder reads in training: the share that it told itself, in place of the truth");
  add_number(
      "--heads", heads,
      "Cut the units of cells that have heads (slstm, rg_lru, all with a matrix for a memory) into so many "
      "groups; a divisor of --hidden");
  add("--block", block,
      "Layers as blocks of the field: mamba, xlstm or rwkv, around the cell that --cell names or the "
      "paper's");
  for (const auto& [name, on, help] : kLayerFlags) given_.push_back(command.add_flag(name, layer.*on, help));
  add_number("--conv", conv,
             "Convolve what enters every layer over so many steps, causally, then SiLU; 0: none. One-hot "
             "characters are multiplied as vectors then: with many characters choose an --embedding");
  add_number("--width", width,
             "Numbers that go from layer to layer, by a --projection of the units; 0: as many as units");
  add_number("--state-size", state_size,
             "Numbers that a unit has beside each other, of cells that leave this open (s6, mamba)");
  add("--last-norm", last_norm, "Norm what leaves the stack before the read-out")
      ->check(CLI::IsMember(nn::norm_words()));
  add_number("--dropout", dropout, "Dropout between layers");
  add_number("--forget-bias", forget_bias,
             "Bias before the σ of the gate that keeps the memory, at the start; of cells that have one");
  add_number("--chrono", chrono,
             "Chrono initialisation for lags up to so many steps, of cells with such a bias");
  add_number("--gain", gain, "Factor on the recurrent weights at the start, of cells that have some");
  add_number("--batch", batch, "Sequences side by side");
  add_number("--steps", steps, "Steps of back-propagation through time");
  add("--optimizer", optimizer, "The optimizer")->check(CLI::IsMember({"adam", "sgd", "rmsprop"}));
  add_number("--rate", rate, "Learning rate");
  add_number(
      "--weight-decay", weight_decay,
      "Decay of the weights an update, times the rate (AdamW); of no biases, gains and time constants");
  add_number("--clip", clip, "Clip the gradients' global norm to this; 0: off");
  add_number("--seed", seed, "Seed of all random numbers");
  add("--force", force,
      "Force gates while training: [LAYER.]CHANNEL[~][UNITS][@STEPS]=VALUE, e.g. f=0; with ~ what the "
      "channel's activation gets")
      ->allow_extra_args(false);
  add("--begin-from", begin_from,
      "Begin from a model's weights: ours or a PyTorch state dict; characters that it does not know are "
      "added");
  add("--vocab", vocabulary, "What that model reads, where its file does not say it");
  add("--head", head, "The module of its read-out, for a state dict that has several");
  add("--embedding-module", embedding_module, "The module of its embedding, likewise; none: there is none");
  continue_ = {command.add_option("--updates", updates, "Updates to make"),
               command.add_option("--evaluate-every", evaluate_every,
                                  "Updates between two looks at the held-out data; 0: at the end")};
  for (CLI::Option* option : continue_) option->transform(whole_number<std::uint64_t>());
}

experiment::Experiment checked(const experiment::Experiment& e, const std::vector<CLI::Option*>& given) {
  try {
    experiment::Experiment read =
        experiment::from_json(experiment::to_json(e), "the experiment that these options make");
    read.task.beside = e.task.beside;
    return read;
  } catch (const Error& error) {
    // What is wrong is said of the option, not of a file that nobody wrote.
    std::string_view what = error.what();
    if (const auto pointer = what.find(": /"); pointer != what.npos) what.remove_prefix(pointer + 2);
    for (const CLI::Option* option : given) {
      if (option->count() > 0 && what.find("/" + key_of(*option) + " is ") != what.npos)
        usage("{} {}: {}", option->get_name(), option->results().front(), what);
    }
    usage("{}", what);
  }
}

experiment::Experiment ExperimentOptions::checked(const experiment::Experiment& e) const {
  std::vector<CLI::Option*> all = given_;
  all.insert(all.end(), continue_.begin(), continue_.end());
  return app::checked(e, all);
}

void TaskOptions::choose_task(experiment::Experiment& e) const {
  // A file of one's own says the task, too.
  std::optional<std::string> wanted = task;
  if (!wanted && series && experiment::kind_of(e.task).key != experiment::kSeriesTask)
    wanted = experiment::kSeriesTask;
  if (!wanted && lines && experiment::kind_of(e.task).key != experiment::kLinesTask)
    wanted = experiment::kLinesTask;
  if (!wanted && pair_file && experiment::kind_of(e.task).key != experiment::kPairsTask)
    wanted = experiment::kPairsTask;
  if (wanted) {
    e.task = {};
    e.task.kind = *wanted;
    try {
      e.training.carry = experiment::kind_of(e.task).of_text;
    } catch (const Error& error) {
      usage("--task: {}", error.what());
    }
  }
  const experiment::TaskKind& kind = experiment::kind_of(e.task);
  for (const auto& [key, value] : task_numbers) {
    if (!value) continue;
    const auto number = std::ranges::find(kind.numbers, key, &experiment::TaskNumber::key);
    if (number != kind.numbers.end()) {
      e.task.*number->value = *value;
      continue;
    }
    std::string there_are;
    for (const experiment::TaskNumber& each : kind.numbers)
      there_are += (there_are.empty() ? "--" : ", --") + std::string(each.key);
    usage("--{}: the task {} has no such number{}", key, kind.key,
          there_are.empty() ? "" : ", it has " + there_are);
  }
  const auto refuse = [&](std::string_view owner, auto... options) {
    if (kind.key == owner) return;
    for (const auto& [name, is_given] : {options...})
      if (is_given) usage("{}: the task {} has no {}, only --task {} has", name, kind.key, owner, owner);
  };
  refuse(experiment::kSeriesTask, std::pair{"--series", series.has_value()},
         std::pair{"--columns", !columns.empty()}, std::pair{"--given", !given.empty()},
         std::pair{"--scaling", scaling.has_value()});
  refuse(experiment::kLinesTask, std::pair{"--lines", lines.has_value()});
  refuse(experiment::kPairsTask, std::pair{"--pair-file", pair_file.has_value()});
  if (lines) experiment::set_lines(e.task, *lines);
  if (pair_file) experiment::set_pairs(e.task, *pair_file);
  if (series) experiment::set_series(e.task, *series);
  if (!columns.empty()) e.task.columns = columns;
  if (!given.empty()) e.task.given = given;
  if (scaling) e.task.scaling = experiment::scaling_of(*scaling);
}

experiment::Experiment ExperimentOptions::make() const {
  experiment::Experiment e;
  if (!preset.empty()) {
    e = load_preset(find_preset(preset));
  } else if (!text && !task && !series && !lines && !pair_file && cells.empty()) {
    e = load_preset(find_preset("long_memory"));
  }
  const experiment::Experiment before = e;
  choose_task(e);
  if (text && task && !experiment::kind_of(e.task).of_text)
    usage("--text: the task {} has no text, only --task text has", e.task.kind);
  if (text) take_text(e.task, *text);
  if (invalid) e.task.replace_invalid = *invalid == "replace";
  if (held_out) {
    const auto share = experiment::kind_of(e.task).held_out;
    if (!share) usage("--held-out: the task {} makes its held-out data up", e.task.kind);
    e.task.*share = *held_out;
  }
  std::vector<std::string> raced = cells;
  const nn::Block* around = nullptr;
  try {
    if (block) around = &nn::find_block(*block);
  } catch (const Error& error) {
    usage("--block: {}", error.what());
  }
  if (around && raced.empty()) raced.emplace_back(around->cell);
  if ((memory_decay || memory_rule || memory_normaliser || memory_keys) &&
      std::ranges::find(raced, "matrix") == raced.end())
    usage("--memory-decay, --memory-rule, --memory-normaliser and --memory-keys say what --cell matrix is");
  if (raced.size() > 4) usage("--cell names {} cells, expected one to four", raced.size());
  if (!raced.empty()) {
    const nn::ModelSpec base = e.models[0];
    e.models.clear();
    for (const std::string& named : raced) {
      nn::ModelSpec model = base;
      model.name.clear();
      const std::string cell = named == "matrix" ? matrix_cell() : named;
      try {
        nn::find_cell(cell);
      } catch (const Error& error) {
        usage("--cell: {}", error.what());
      }
      model.cell = cell;
      e.models.push_back(model);
    }
  }
  choose_decoder(e);
  if (match) e.match = *match == "parameters" ? experiment::Match::parameters : experiment::Match::width;
  for (nn::ModelSpec& model : e.models) {
    if (hidden) model.hidden = *hidden;
    if (layers) model.layers = *layers;
    if (bidirectional) model.bidirectional = true;
    if (embedding) model.embedding = *embedding;
    if (around) around->set(model);
    for (const LayerFlag& each : kLayerFlags)
      if (layer.*each.on) model.*each.on = true;
    nn::drop_idle(model);  // a preset's, of another cell or task
    if (heads && (e.models.size() == 1 || nn::can_have_heads(model))) model.heads = *heads;
    if (conv) model.conv = *conv;
    if (width) model.width = *width;
    if (state_size && (e.models.size() == 1 || nn::can_have_state_size(model)))
      model.state_size = *state_size;
    if (last_norm) model.last_norm = nn::norm_of(*last_norm);
    if (dropout) model.dropout = *dropout;
  }
  choose_starts(e);
  if (batch) e.training.batch = *batch;
  if (steps) e.training.steps = *steps;
  if (optimizer) {
    e.training.optimizer.rule = *optimizer == "sgd"       ? experiment::OptimizerRule::sgd
                                : *optimizer == "rmsprop" ? experiment::OptimizerRule::rmsprop
                                                          : experiment::OptimizerRule::adam;
  }
  if (rate) e.training.optimizer.rate = *rate;
  if (weight_decay) e.training.optimizer.weight_decay = *weight_decay;
  if (clip) e.training.clip_norm = *clip;
  if (updates) e.training.updates = *updates;
  if (evaluate_every) e.training.evaluate_every = *evaluate_every;
  if (seed) e.seed = *seed;
  try {
    if (!force.empty()) e.force = nn::parse_force_rules(force);
  } catch (const Error& error) {
    usage("--force: {}", error.what());
  }
  experiment::relabel(before, e);
  return checked(e);
}

/// The key of --cell matrix: with a decay of a head, added, without a normaliser where nobody says otherwise.
std::string ExperimentOptions::matrix_cell() const {
  const bool delta = memory_rule == "delta";
  const bool normalised = memory_keys ? *memory_keys == "normalised" : delta;
  if (delta && !normalised)
    usage(
        "--memory-rule delta needs keys of length 1, so that what a key finds is replaced and not amplified: "
        "expected --memory-keys normalised, which goes without saying");
  if (!delta && normalised)
    usage(
        "--memory-rule add takes keys as they are: expected --memory-keys plain, or --memory-rule delta, "
        "which divides them by their length");
  const nn::MemoryDecay decay = memory_decay == "none"  ? nn::MemoryDecay::none
                                : memory_decay == "key" ? nn::MemoryDecay::key
                                                        : nn::MemoryDecay::head;
  return std::string(nn::matrix_cell(
      decay, delta ? nn::MemoryRule::delta : nn::MemoryRule::add,
      memory_normaliser == "mlstm" ? nn::MemoryNormaliser::mlstm : nn::MemoryNormaliser::none));
}

/// Of several models those begin so whose cells have what is set; of one it must.
void ExperimentOptions::choose_starts(experiment::Experiment& e) const {
  const auto set = [&](std::string_view name, std::string_view key, bool given, auto give) {
    if (!given) return;
    std::string why;
    bool taken = false;
    for (nn::ModelSpec& model : e.models) {
      give(model.init);
      const auto idle = nn::idle_starts(model);
      const auto found = std::ranges::find(idle, key, &nn::IdleStart::key);
      taken = taken || found == idle.end();
      if (found == idle.end()) continue;
      why += (why.empty() ? "" : "; ") + found->why;
      nn::drop_idle_starts(model);
    }
    if (!taken) usage("{}: {}; expected one of these, or no {}", name, why, name);
  };
  set("--forget-bias", "forget_bias", forget_bias.has_value(),
      [&](nn::Initialisation& init) { init.forget_bias = *forget_bias; });
  set("--chrono", "chrono", chrono.has_value(), [&](nn::Initialisation& init) { init.chrono = *chrono; });
  set("--gain", "gain", gain.has_value(), [&](nn::Initialisation& init) { init.gain = *gain; });
}

/// Pairs are learnt by encoder-decoders where nobody says otherwise.
void ExperimentOptions::choose_decoder(experiment::Experiment& e) const {
  if (!experiment::kind_of(e.task).of_pairs) {
    for (const auto& [name, given] : {std::pair{"--attention", attention.has_value()},
                                      {"--input-feeding", input_feeding},
                                      {"--own-embedding", own_embedding},
                                      {"--decoder-cell", decoder_cell.has_value()},
                                      {"--one-stack", one_stack},
                                      {"--own-share", own_share.has_value()}})
      if (given)
        usage("{} is about pairs of a source and a target, and the task {} has none", name, e.task.kind);
    experiment::fit_models(e);
    return;
  }
  if (one_stack) {
    if (attention || input_feeding || own_embedding || own_share || decoder_cell)
      usage("--one-stack: one stack has no decoder, and nothing of one");
    for (nn::ModelSpec& model : e.models) {
      model.decoder.reset();
      model.bidirectional = bidirectional;
    }
    return;
  }
  const bool as_preset = !preset.empty() && !task && !pair_file && !attention;
  if (!as_preset) {
    const nn::Attention chosen = attention ? nn::attention_of(*attention) : nn::Attention::bahdanau;
    experiment::give_decoders(e, chosen);
    for (nn::ModelSpec& model : e.models) {
      if (attention) nn::set_attention(model, chosen);
      if (bidirectional) model.bidirectional = true;  // refused later where it is impossible
    }
  }
  for (nn::ModelSpec& model : e.models) {
    if (!model.decoder && (input_feeding || own_embedding || own_share || decoder_cell))
      usage("{} is about a decoder, which '{}' has not",
            input_feeding   ? "--input-feeding"
            : own_embedding ? "--own-embedding"
            : decoder_cell  ? "--decoder-cell"
                            : "--own-share",
            preset);
    if (input_feeding) model.decoder->input_feeding = true;
    if (own_embedding) model.decoder->shared_embedding = false;
    if (model.decoder) nn::set_decoder_cell(model, model.cell_key(model.layers));
    if (!decoder_cell) continue;
    try {
      nn::set_decoder_cell(model, std::string(nn::find_cell(*decoder_cell).key));
    } catch (const Error& error) {
      usage("--decoder-cell: {}", error.what());
    }
  }
  if (own_share) e.training.own_share = *own_share;
}

checkpoint::ModelFile ExperimentOptions::load_beginning() const {
  if (!text && preset.empty()) usage("--begin-from needs the text to learn: --text FILE, or a preset");
  checkpoint::ImportOptions options;
  if (!vocabulary.empty()) options.vocabulary = vocabulary;
  options.head = head;
  options.embedding = embedding_module;
  options.ways.embedding = "with --embedding-module NAME";
  options.ways.no_embedding = "with --embedding-module none";
  options.ways.embedding_name = "--embedding-module";
  if (cells.size() == 1) options.cell = cells[0];
  checkpoint::ModelFile model = checkpoint::load_model_as_before(begin_from, options, state_folder());
  for (const std::string& said : model.notes) note("gatescope: {}\n", said);
  return model;
}

void ExperimentOptions::check_no_beginning() const {
  const std::pair<const char*, const std::string&> about[] = {
      {"--vocab", vocabulary}, {"--head", head}, {"--embedding-module", embedding_module}};
  for (const auto& [name, value] : about)
    if (!value.empty()) usage("{} is about the model that --begin-from names", name);
}

void ExperimentOptions::begin_from_model(experiment::Experiment& experiment,
                                         const checkpoint::ModelFile& model) const {
  if (cells.size() > 1 || experiment.models.size() > 1) {
    usage("--begin-from gives the weights of one model, but {} would be trained",
          std::max(cells.size(), experiment.models.size()));
  }
  if (!experiment::kind_of(experiment.task).of_text) usage("--begin-from needs a text to learn: --text FILE");
  if (!task::outcome_of(model.interface).of_input)
    fail("'{}' tells something else than the next character, so that it cannot learn a text", begin_from);
  const auto contradicts = [&](const char* option, auto given, auto is) {
    if (given && *given != is)
      usage("{} {} contradicts '{}', where it is {}", option, *given, begin_from, is);
  };
  const nn::ModelSpec& spec = model.spec;
  contradicts("--hidden", hidden, spec.hidden);
  contradicts("--layers", layers, spec.layers);
  contradicts("--embedding", embedding, spec.embedding);
  contradicts("--heads", heads, spec.heads);
  contradicts("--conv", conv, spec.conv);
  contradicts("--width", width, spec.width);
  contradicts("--state-size", state_size, spec.state_size);
  contradicts("--last-norm", last_norm, nn::to_string(spec.last_norm));
  for (const LayerFlag& each : kLayerFlags)
    if (layer.*each.on && !(spec.*each.on))
      usage("{} contradicts '{}', whose layers do not do this", each.name, begin_from);
  if (block) usage("--block says how layers are made, and --begin-from takes them from '{}'", begin_from);
  if (bidirectional && !spec.bidirectional)
    usage("--bidirectional contradicts '{}', which reads in one direction", begin_from);
  if (forget_bias || chrono || gain)
    usage("{} is about how weights begin, and --begin-from takes them from '{}'",
          forget_bias ? "--forget-bias"
          : chrono    ? "--chrono"
                      : "--gain",
          begin_from);
  const double given_dropout = dropout.value_or(spec.dropout);
  experiment.models = {spec};
  experiment.models[0].dropout = given_dropout;
  experiment.task.vocabulary = model.vocabulary;
  experiment.begin_from =
      experiment::BeginFrom{path_to_text(fs::path(begin_from).filename()), sha256(read_file(begin_from))};
}

experiment::Experiment ExperimentOptions::resumed(const fs::path& folder) const {
  for (const CLI::Option* option : given_) {
    if (option->count() == 0 || option->get_name() == "--text") continue;
    usage(
        "--resume goes on with the experiment in '{}' as it was: {} is not possible beside it, only "
        "--updates, --text, "
        "--seconds, --threads, --evaluate-every and --out",
        folder.string(), option->get_name());
  }
  experiment::Experiment e = experiment::load_experiment(folder / train::kExperimentFile);
  if (text && !experiment::kind_of(e.task).of_text)
    usage("--text: the run in '{}' learns no text", folder.string());
  if (text) {  // the same one, at another place
    const experiment::TaskSpec was = e.task;
    take_text(e.task, *text);
    e.task.sha256 = was.sha256;
    e.task.characters = was.characters;
  }
  if (updates) e.training.updates = *updates;
  if (evaluate_every) e.training.evaluate_every = *evaluate_every;
  return checked(e);
}

std::optional<std::string> ExperimentOptions::piped_text() const {
  if (!text || !is_piped(*text)) return std::nullopt;
  return read_input(*text, std::uintmax_t{1} << 30);
}

void check_experiment(const experiment::Experiment& experiment, const nn::Interface& interface) {
  try {
    experiment::check(experiment, interface);
  } catch (const Error& error) {
    usage("{}", error.what());
  }
}

void check_memory(double bytes, std::string_view instead) {
  try {
    experiment::check_memory(bytes, instead);
  } catch (const Error& error) {
    usage("{}", error.what());
  }
}

}  // namespace gatescope::app
