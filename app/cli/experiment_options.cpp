#include "app/cli/experiment_options.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "app/cli/cli.h"
#include "app/cli/output.h"
#include "app/platform/paths.h"
#include "core/checkpoint/import_answers.h"
#include "core/files.h"
#include "core/nn/layer.h"
#include "core/nn/network.h"
#include "core/sha256.h"
#include "core/trace/text_trace.h"
#include "core/train/run.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

std::string preset_names() {
  std::set<std::string> names;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(presets_folder(), code))
    names.insert(entry.path().stem().string());
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The experiment as its JSON would be read: one table of ranges for both.
experiment::Experiment checked(const experiment::Experiment& e) {
  try {
    return experiment::from_json(experiment::to_json(e), "the experiment that these options make");
  } catch (const Error& error) {
    usage("{}", error.what());
  }
}

}  // namespace

fs::path find_preset(const std::string& name) {
  std::error_code code;
  if (fs::exists(name, code) && !fs::is_directory(name, code)) return name;
  const fs::path shipped = presets_folder() / (name + ".json");
  if (fs::exists(shipped, code)) return shipped;
  fail("there is no preset '{}', neither as a file nor among those of the program: {}", name, preset_names());
}

void ExperimentOptions::add_to(CLI::App& command) {
  const auto add = [&](const char* name, auto& value, const char* help) {
    return given_.emplace_back(command.add_option(name, value, help));
  };
  add("preset", preset, "A preset: a file, or the name of one of `gatescope presets`");
  add("--text", text, "The text to learn: a path, or a file of the program's corpora");
  add("--invalid", invalid, "What to do with bytes that are not UTF-8")
      ->check(CLI::IsMember({"error", "replace"}));
  add("--held-out", held_out, "The fraction of the text that is held out");
  add("--cell", cells, "The cells to race, up to four: rnn, rnn_relu, gru, gru_before, lstm, ...")
      ->delimiter(',')
      ->allow_extra_args(false);
  add("--match", match, "Give all models the same width, or the first one's number of parameters")
      ->check(CLI::IsMember({"width", "parameters"}));
  add("--hidden", hidden, "Units of a layer");
  add("--layers", layers, "Layers");
  given_.push_back(command.add_flag("--bidirectional", bidirectional, "Read the text in both directions"));
  add("--embedding", embedding, "Width of the embedding; 0: one-hot");
  add("--dropout", dropout, "Dropout between layers");
  add("--forget-bias", forget_bias, "Bias of the forget (update) gate at the start");
  add("--chrono", chrono, "Chrono initialisation for lags up to so many steps");
  add("--gain", gain, "Factor on the recurrent weights at the start");
  add("--batch", batch, "Sequences side by side");
  add("--steps", steps, "Steps of back-propagation through time");
  add("--optimizer", optimizer, "The optimizer")->check(CLI::IsMember({"adam", "sgd", "rmsprop"}));
  add("--rate", rate, "Learning rate");
  add("--clip", clip, "Clip the gradients' global norm to this; 0: off");
  add("--seed", seed, "Seed of all random numbers")->check(not_negative());
  add("--force", force, "Force gates while training: [LAYER.]CHANNEL[UNITS][@STEPS]=VALUE, e.g. f=0")
      ->allow_extra_args(false);
  add("--begin-from", begin_from,
      "Begin from a model's weights: ours or a PyTorch state dict; characters that it does not know are "
      "added");
  add("--vocab", vocabulary, "What that model reads, where its file does not say it");
  add("--head", head, "The module of its read-out, for a state dict that has several");
  add("--embedding-module", embedding_module, "The module of its embedding, likewise; none: there is none");
  command.add_option("--updates", updates, "Updates to make")->check(not_negative());
  command
      .add_option("--evaluate-every", evaluate_every,
                  "Updates between two looks at the held-out data; 0: at the end")
      ->check(not_negative());
}

experiment::Experiment ExperimentOptions::make() const {
  experiment::Experiment e;
  if (!preset.empty()) {
    e = experiment::load_experiment(find_preset(preset));
  } else if (!text && cells.empty()) {
    e = experiment::load_experiment(find_preset("long_memory"));
  }
  if (text) {
    e.task.kind = "text";
    e.task.text = *text;
    // A run goes on from any folder.
    std::error_code code;
    if (fs::exists(*text, code)) e.task.text = fs::absolute(*text).lexically_normal().string();
  }
  if (invalid) e.task.replace_invalid = *invalid == "replace";
  if (held_out) e.task.held_out = *held_out;
  if (cells.size() > 4) usage("--cell names {} cells, expected one to four", cells.size());
  if (!cells.empty()) {
    const nn::ModelSpec base = e.models[0];
    e.models.clear();
    for (const std::string& cell : cells) {
      nn::ModelSpec model = base;
      model.name.clear();
      try {
        nn::find_cell(cell);
      } catch (const Error& error) {
        usage("--cell: {}", error.what());
      }
      model.cell = cell;
      e.models.push_back(model);
    }
  }
  if (match) e.match = *match == "parameters" ? experiment::Match::parameters : experiment::Match::width;
  for (nn::ModelSpec& model : e.models) {
    if (hidden) model.hidden = *hidden;
    if (layers) model.layers = *layers;
    if (bidirectional) model.bidirectional = true;
    if (embedding) model.embedding = *embedding;
    if (dropout) model.dropout = *dropout;
    if (forget_bias) model.init.forget_bias = *forget_bias;
    if (chrono) model.init.chrono = *chrono;
    if (gain) model.init.gain = *gain;
  }
  if (batch) e.training.batch = *batch;
  if (steps) e.training.steps = *steps;
  if (optimizer) {
    e.training.optimizer.rule = *optimizer == "sgd"       ? train::Rule::sgd
                                : *optimizer == "rmsprop" ? train::Rule::rmsprop
                                                          : train::Rule::adam;
  }
  if (rate) e.training.optimizer.rate = *rate;
  if (clip) e.training.clip_norm = *clip;
  if (updates) e.training.updates = *updates;
  if (evaluate_every) e.training.evaluate_every = *evaluate_every;
  if (seed) e.seed = *seed;
  if (!force.empty()) e.force = force;
  return checked(e);
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
  if (experiment.task.kind != "text") usage("--begin-from needs a text to learn: --text FILE");
  if (!trace::tells_next_character(model.interface))
    fail("'{}' tells something else than the next character, so that it cannot learn a text", begin_from);
  const auto contradicts = [&](const char* option, auto given, auto is) {
    if (given && *given != is)
      usage("{} {} contradicts '{}', where it is {}", option, *given, begin_from, is);
  };
  const nn::ModelSpec& spec = model.spec;
  contradicts("--hidden", hidden, spec.hidden);
  contradicts("--layers", layers, spec.layers);
  contradicts("--embedding", embedding, spec.embedding);
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
    if (option->count() == 0) continue;
    usage(
        "--resume goes on with the experiment in '{}' as it was: {} is not possible beside it, only "
        "--updates, "
        "--seconds, --threads, --evaluate-every and --out",
        folder.string(), option->get_name());
  }
  experiment::Experiment e = experiment::load_experiment(folder / train::kExperimentFile);
  if (updates) e.training.updates = *updates;
  if (evaluate_every) e.training.evaluate_every = *evaluate_every;
  return checked(e);
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

CLI::Validator not_negative() {
  return {[](std::string& value) {
            const bool number = !value.empty() && value.size() < 20 &&
                                value.find_first_not_of("0123456789") == std::string::npos;
            return number ? std::string() : value + " is not a whole number from 0 up";
          },
          "WHOLE NUMBER"};
}

}  // namespace gatescope::app
