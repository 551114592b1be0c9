#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/observe/held_out.h"
#include "core/session/command.h"
#include "core/session/read_probe.h"
#include "core/train/run.h"

namespace gatescope::session {

/// What is open: an experiment that learns, or models from files alone.
struct Opened {
  experiment::Experiment experiment;
  std::shared_ptr<const task::Task> task;  // null for models from files alone
  observe::HeldOutSequences held_out;      // of the task; null likewise
  std::unique_ptr<train::Run> run;         // null likewise
  std::vector<checkpoint::ModelFile> files;
  std::vector<nn::Network<float>> fixed;  // of the files
  observe::Alphabet alphabet;

  std::size_t models() const { return run ? run->trainer().models() : fixed.size(); }
  const nn::Network<float>& network(std::size_t m) const {
    return run ? std::as_const(*run).trainer().network(m) : fixed[m];
  }
  std::string name_of(std::size_t m) const;
  /// The models with those of the rules that concern them; the networks are this one's.
  std::vector<ProbedModel> probed_models(std::span<const nn::ForceRule> rules) const;
  /// Throws Error where a rule fits none of the models.
  void check_rule(const nn::ForceRule& rule) const;
  bool fits(const nn::ForceRule& rule) const;
  /// Throws Error where the models cannot read it or be scored with it.
  void check_given(const observe::GivenSequence& given) const;

  /// Everything needed to go on later.
  Capture capture(const Probe& probe) const;
  /// Models as their files would be written now, one a model.
  std::vector<checkpoint::ModelFile> model_files() const;
  /// The networks as they were when the run's trainer gave this state.
  std::vector<std::shared_ptr<nn::Network<float>>> networks_of(const checkpoint::Safetensors& state) const;
  /// Makes the network of one of them on any thread, while this one learns on; null once the state is gone.
  std::function<std::shared_ptr<nn::Network<float>>()> maker_of(
      std::weak_ptr<const checkpoint::Safetensors> state, std::size_t model) const;
  /// Other networks of the same models as their files would be written, after so many updates.
  std::vector<checkpoint::ModelFile> files_of(std::span<const std::shared_ptr<nn::Network<float>>> networks,
                                              std::uint64_t updates) const;

 private:
  checkpoint::ModelFile file_of(const nn::Network<float>& network, std::uint64_t updates) const;
};

/// An experiment at its beginning, or where `from` (may be null) has come to. `corpora` holds the texts that
/// come with the program. Throws Error for whatever is wrong with it.
Opened open_experiment(const experiment::Experiment& wanted, const train::Continuation* from,
                       const std::filesystem::path& corpora, int threads);
/// Models from files, as they are. Throws Error for those that cannot be looked at side by side.
Opened open_models(const OpenModels& wanted);
/// The same experiment from its beginning. Throws Error where it began from weights that are gone.
Opened open_again(const Opened& opened, int threads);

}  // namespace gatescope::session
