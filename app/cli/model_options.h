#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/model_file.h"
#include "core/nn/network.h"
#include "core/task/vocabulary.h"
#include "core/utf8.h"

namespace gatescope::ui {
struct OpenOptions;
}

namespace gatescope::app {

/// The options that name a model, and what a state dict from elsewhere cannot tell of itself.
struct ModelOptions {
  std::string model, vocabulary, cell, head, embedding, invalid = "error";
  std::vector<std::string> force;

  void add_to(CLI::App& command);
  /// --vocab, --cell, --head, --embedding, --invalid, --force.
  void add_all_but_model_to(CLI::App& command);
  /// The same without --force.
  void add_import_to(CLI::App& command);
  /// What they say of a state dict.
  checkpoint::ImportOptions import_options() const;
  /// The model, with what was said of it in the window; what was assumed is told as a note.
  checkpoint::ModelFile load() const;
  InvalidUtf8 on_invalid() const;
  /// A text in the model's vocabulary; `origin` names it in errors. What is read as the unknown is told as a
  /// note.
  std::vector<int> encode(const checkpoint::ModelFile& file, const std::string& bytes,
                          const std::string& origin) const;
  /// The rules, checked against the network. Throws UsageError.
  template <class S>
  std::vector<nn::ForceRule> force_on(nn::Network<S>& network) const;
};

/// What they say for the window. Throws UsageError where one is about a model and a path is none.
ui::OpenOptions open_options(const std::vector<std::filesystem::path>& paths, const ModelOptions& model);

/// How errors call a text that a person names: "the standard input" for "-".
std::string input_name(const std::string& path);

/// Throws UsageError where two of these options, as (name, value), both read the standard input.
void check_one_standard_input(const std::vector<std::pair<std::string, std::string>>& options);

}  // namespace gatescope::app
