#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/model_file.h"
#include "core/experiment/experiment.h"

namespace gatescope::app {

/// The options that say what to train: a preset, and what differs from it.
struct ExperimentOptions {
  std::string preset;
  std::optional<std::string> text, match, optimizer, invalid;
  std::vector<std::string> cells, force;
  std::optional<Index> hidden, batch, steps, embedding;
  std::optional<int> layers, chrono;
  std::optional<double> rate, clip, dropout, held_out, forget_bias, gain;
  std::optional<std::uint64_t> updates, seed, evaluate_every;
  bool bidirectional = false;
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
  /// The experiment of a run's folder. Throws UsageError for an option that would make it another experiment.
  experiment::Experiment resumed(const std::filesystem::path& folder) const;

 private:
  std::vector<CLI::Option*> given_;  // those that make another experiment
};

/// Finds a preset by path, or by name among those that come with the program.
std::filesystem::path find_preset(const std::string& name);

/// Throws UsageError that says how much memory would be taken, and what to choose `instead`, where it is too
/// much.
void check_memory(double bytes, std::string_view instead);

/// A whole number from 0 up.
CLI::Validator not_negative();

/// Checks sizes and rules of a completed experiment before memory is taken for it.
void check_experiment(const experiment::Experiment& experiment, const nn::Interface& interface);

}  // namespace gatescope::app
