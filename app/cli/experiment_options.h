#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/model_file.h"
#include "core/experiment/experiment.h"

namespace gatescope::app {

/// The options that say which task: its kind, and its numbers.
struct TaskOptions {
  std::optional<std::string> task;
  std::map<std::string_view, std::optional<Index>> task_numbers;  // by the key that a task has for it
  std::optional<std::string> lines, pair_file;                    // of a task of labelled lines, of pairs
  std::optional<std::string> series, scaling;                     // of a task that forecasts
  std::vector<std::string> columns, given;

  /// --task and the numbers; what was added.
  std::vector<CLI::Option*> add_task_to(CLI::App& command);
  /// What they change. Throws UsageError for a number that the task has not.
  void choose_task(experiment::Experiment& experiment) const;
};

/// The options that say what to train: a preset, and what differs from it.
struct ExperimentOptions : TaskOptions {
  std::string preset;
  std::optional<std::string> text, match, optimizer, invalid, block, attention, decoder_cell, memory_decay,
      memory_rule, memory_normaliser, memory_keys, last_norm;
  std::vector<std::string> cells, force;
  std::optional<Index> hidden, batch, steps, embedding, heads;
  std::optional<int> layers, chrono, conv;
  std::optional<double> rate, weight_decay, clip, dropout, held_out, forget_bias, gain, own_share;
  std::optional<std::uint64_t> updates, seed, evaluate_every;
  bool bidirectional = false, input_feeding = false, own_embedding = false, one_stack = false;
  nn::ModelSpec layer;  // of this, the options that are on or off
  // The model whose weights the training begins from; what its file does not say; --cell says the cell, too.
  std::string begin_from, vocabulary, head, embedding_module;

  void add_to(CLI::App& command);
  /// Throws UsageError where an option makes no sense, Error where the preset does not.
  experiment::Experiment make() const;
  /// With --begin-from: the model, as it is to be read. Throws UsageError where --text or --preset is
  /// missing.
  checkpoint::ModelFile load_beginning() const;
  /// Makes the experiment one that begins from this model. Throws UsageError where an option, or several
  /// models, contradict it.
  void begin_from_model(experiment::Experiment& experiment, const checkpoint::ModelFile& model) const;
  /// Throws UsageError for an option that is about --begin-from where that is not given.
  void check_no_beginning() const;
  /// The experiment of a run's folder; its text may be named anew. Throws UsageError for an option that would
  /// make it another experiment.
  experiment::Experiment resumed(const std::filesystem::path& folder) const;
  /// The bytes of a text that comes from the standard input or a pipe, read to its end; none for one in a
  /// file.
  std::optional<std::string> piped_text() const;

 private:
  std::string matrix_cell() const;
  void choose_decoder(experiment::Experiment& experiment) const;
  void choose_starts(experiment::Experiment& experiment) const;
  experiment::Experiment checked(const experiment::Experiment& experiment) const;

  std::vector<CLI::Option*> given_;     // those that make another experiment
  std::vector<CLI::Option*> continue_;  // those that a run may go on with
};

/// Finds a preset by path, or by name among those that come with the program.
std::filesystem::path find_preset(const std::string& name);
/// Reads it. Throws Error.
experiment::Experiment load_preset(const std::filesystem::path& path);

/// The experiment as its JSON would be read: one table of ranges for both. Throws UsageError that names the
/// given option whose value it refuses.
experiment::Experiment checked(const experiment::Experiment& experiment,
                               const std::vector<CLI::Option*>& given);

/// Throws UsageError that says how much memory would be taken, and what to choose `instead`, where it is too
/// much.
void check_memory(double bytes, std::string_view instead);

/// Checks sizes and rules of a completed experiment before memory is taken for it.
void check_experiment(const experiment::Experiment& experiment, const nn::Interface& interface);

}  // namespace gatescope::app
