#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

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

  void add_to(CLI::App& command);
  /// Throws UsageError where an option makes no sense, Error where the preset does not.
  experiment::Experiment make() const;
  /// The experiment of a run's folder; its text may be named anew. Throws UsageError for an option that would
  /// make it another experiment.
  experiment::Experiment resumed(const std::filesystem::path& folder) const;
  /// The bytes of a text that comes from the standard input or a pipe, read to its end; none for one in a
  /// file.
  std::optional<std::string> piped_text() const;

 private:
  /// The experiment as its JSON would be read: one table of ranges for both.
  experiment::Experiment checked(const experiment::Experiment& experiment) const;

  std::vector<CLI::Option*> given_;     // those that make another experiment
  std::vector<CLI::Option*> continue_;  // those that a run may go on with
};

/// Finds a preset by path, or by name among those that come with the program.
std::filesystem::path find_preset(const std::string& name);
/// Reads it. Throws Error.
experiment::Experiment load_preset(const std::filesystem::path& path);

/// Throws UsageError that says how much memory would be taken, and what to choose `instead`, where it is too
/// much.
void check_memory(double bytes, std::string_view instead);

/// Checks sizes and rules of a completed experiment before memory is taken for it.
void check_experiment(const experiment::Experiment& experiment, const nn::Interface& interface);

}  // namespace gatescope::app
