#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/experiment/experiment.h"
#include "core/session/command.h"
#include "core/train/trainer.h"
#include "core/views/view.h"

namespace gatescope::session {

/// What a model writes after the probe, with its rules and without; empty where it cannot write.
struct Writing {
  std::string text, natural;
};

/// All models over one probe.
struct Readings {
  std::uint64_t version = 0;    // another one for every reading
  std::uint64_t update = 0;     // of the weights
  Probe probe;                  // as it was read, its text filled in
  std::vector<Writing> writes;  // one a model
  std::vector<std::string>
      characters;  // of the probe, one UTF-8 character each; T + 1 where each predicts the next, else T
  /// One a model, as it was when it read the probe. The losses are those of all steps; in the second list
  /// that of Probe::loss_step alone, where that was wanted and is one; empty else.
  std::vector<views::Observation> observations, at_step;
};

/// One model's numbers now.
struct ModelState {
  std::string name;
  const nn::CellInfo* cell = nullptr;
  nn::ModelSpec spec;
  Index parameters = 0;
  std::optional<double> loss;      // smoothed over the last updates, nats a scored step
  std::optional<double> held_out;  // nats
};

/// Everything a window shows, immutable.
struct Snapshot {
  std::uint64_t version = 0;
  std::uint64_t commands = 0;         // carried out so far, by the numbers that Session::send gives
  experiment::Experiment experiment;  // in force, complete
  bool can_train = false;             // false: models from files alone
  const task::Outcome* outcome = &task::kNextCharacter;  // what is expected at a step, in words
  bool reads_text = true;  // the probe is a text; false: a held-out sequence of the task
  bool training = false;
  std::uint64_t updates = 0;
  std::optional<std::uint64_t> until;
  double characters_per_second = 0;  // of all models together over the last moments; 0 while paused
  double pace = 0;                   // the most updates a second; 0: no limit
  std::vector<std::string> vocabulary;
  std::vector<ModelState> models;

  std::shared_ptr<const Readings> readings;  // of the probe; null before the first
  /// Observations for views of training, one a model: the metrics that its history keeps.
  std::shared_ptr<const std::vector<views::Observation>> history;
  std::uint64_t history_version = 0;

  Probe probe;          // in force; the readings may still be of the one before it
  std::string busy;     // what takes long now: "reading the text"; empty else
  std::string problem;  // the last command's, or the probe's, that could not be carried out; empty else
  std::uint64_t problem_number = 0;
  std::string remark;  // what a command left out that was carried out otherwise
  std::uint64_t remark_number = 0;
  std::string probe_problem;  // why the probe could not be read; the readings are those before it
  std::optional<train::NotFinite> not_finite;  // why training is paused
  std::optional<std::uint64_t> good_update;    // where GoBack leads
};

}  // namespace gatescope::session
