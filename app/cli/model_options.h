#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "core/checkpoint/model_file.h"
#include "core/nn/network.h"
#include "core/task/vocabulary.h"

namespace gatescope::app {

/// The options that name a model, and what a state dict from elsewhere cannot tell of itself.
struct ModelOptions {
  std::string model, vocabulary, cell, head, embedding, invalid = "error";
  std::vector<std::string> force;

  void add_to(CLI::App& command);
  void add_all_but_model_to(CLI::App& command);
  checkpoint::ModelFile load() const;
  /// A text in the model's vocabulary; `origin` names it in errors.
  std::vector<int> encode(const checkpoint::ModelFile& file, const std::string& bytes,
                          const std::string& origin) const;
  /// The rules, checked against the network. Throws UsageError.
  template <class S>
  std::vector<nn::ForceRule> force_on(nn::Network<S>& network) const;
};

}  // namespace gatescope::app
