#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/experiment/experiment.h"
#include "core/session/command.h"
#include "core/train/overfitting.h"
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
  std::optional<double> loss;                      // smoothed over the last updates, nats a scored step
  std::optional<double> held_out;                  // nats
  std::optional<train::HeldOutStanding> standing;  // of all of its training so far
};

/// The moments of the training that one can look at again and go on from.
struct KeptMoments {
  std::vector<std::uint64_t> updates;  // rising; the present one, too, where it was kept
  std::size_t bytes = 0, budget = 0;   // that they take, and may take, with the ends of branches

  bool has(std::uint64_t update) const { return std::ranges::binary_search(updates, update); }
};

/// A training that was left for another one from the same beginning.
struct Branch {
  std::uint64_t from = 0, to = 0;   // the update where they part, and its last one
  std::vector<std::uint64_t> best;  // updates whose held-out losses were lowest, of those that are kept
  /// One table a model.
  std::shared_ptr<const std::vector<std::vector<train::MetricsRow>>> metrics;
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
  std::optional<std::uint64_t> shown_update;   // a kept moment is looked at: readings and losses are of it
  std::shared_ptr<const KeptMoments> moments;  // null where nothing is learnt
  std::vector<Branch> branches;
  /// Training has paused by itself here, since the held-out loss of every model has clearly risen.
  std::optional<std::uint64_t> paused_at;
  double characters_per_second = 0;  // of all models together over the last moments; 0 while paused
  double pace = 0;                   // the most updates a second; 0: no limit
  std::vector<std::string> vocabulary;
  std::vector<ModelState> models;

  std::shared_ptr<const Readings> readings;  // of the probe; null before the first
  /// Observations for views of training, one a model: the metrics that its history keeps. After them those of
  /// the newest branch (Observation::left).
  std::shared_ptr<const std::vector<views::Observation>> history;
  std::uint64_t history_version = 0;

  Probe probe;          // in force; the readings may still be of the one before it
  std::string busy;     // what takes long now: "reading the text"; empty else
  std::string problem;  // the last command's, or the probe's, that could not be carried out; empty else
  std::uint64_t problem_number = 0;
  std::string remark;  // what a command left out that was carried out otherwise
  std::uint64_t remark_number = 0;
  std::string dropped;  // what the last command let go, as there is no room for it; empty: nothing
  std::uint64_t dropped_number = 0;
  std::string probe_problem;  // why the probe could not be read; the readings are those before it
  std::optional<train::NotFinite> not_finite;  // why training is paused
  std::optional<std::uint64_t> good_update;    // where GoBack leads
};

}  // namespace gatescope::session
