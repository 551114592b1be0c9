#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/cli/model_options.h"
#include "core/observe/held_out.h"
#include "core/observe/observe.h"
#include "core/task/task.h"

namespace gatescope::app {

/// What one model reads, as an option says it.
struct Reading {
  observe::Stimulus stimulus = {};
  std::shared_ptr<const task::Task> task = nullptr;  // of a held-out sequence, which points to it
  std::string text = {};                             // UTF-8; empty for a sequence
};

/// The options that say what a model reads: a text, a held-out sequence, or one of a person's own.
struct StimulusOptions {
  std::string text, text_file, sequence_file;
  std::optional<std::uint64_t> sequence;

  void add_to(CLI::App& command);
  bool of_text() const { return !sequence && sequence_file.empty(); }
  bool given() const { return !of_text() || !text.empty() || !text_file.empty(); }
  /// What the model of the file reads; its alphabet is filled in. Throws Error for what it cannot read, and
  /// for a text whose trace under the rules would need more memory than there is.
  template <class S>
  Reading read(const ModelOptions& options, const checkpoint::ModelFile& file,
               const std::vector<nn::ForceRule>& rules, observe::Model<S>& model) const;
};

/// So many held-out sequences of what the model of a file learnt. Throws UsageError where the file does not
/// say that, or nothing of it is held out.
observe::HeldOutSequences read_held_out(int count, const std::string& model,
                                        const checkpoint::ModelFile& file);

extern template Reading StimulusOptions::read(const ModelOptions&, const checkpoint::ModelFile&,
                                              const std::vector<nn::ForceRule>&,
                                              observe::Model<float>&) const;
extern template Reading StimulusOptions::read(const ModelOptions&, const checkpoint::ModelFile&,
                                              const std::vector<nn::ForceRule>&,
                                              observe::Model<double>&) const;

}  // namespace gatescope::app
