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

/// A model as it was when the probe was read, and everything it computed over it.
struct Reading {
  std::shared_ptr<const nn::Network<float>> network;  // under the probe's rules
  trace::TextTrace<float> text;                       // under the rules; the loss is that of all scored steps
  std::optional<trace::TextTrace<float>> natural;     // without rules, where one concerns this model
  std::optional<trace::TextTrace<float>> at_step;     // under the rules; the loss of Probe::loss_step alone
  std::optional<trace::TextTrace<float>> natural_at_step;
  // What it writes after the probe; empty where it cannot write.
  std::string writes, writes_natural;
};

/// All models over one probe.
struct Readings {
  std::uint64_t version = 0;  // another one for every reading
  std::uint64_t update = 0;   // of the weights
  Probe probe;                // as it was read, its text filled in
  std::vector<Reading> models;
  std::vector<std::string>
      characters;  // of the probe, one UTF-8 character each; T + 1, or T of a labelled one
  /// What views draw: one a model. Pointers go into `models`. The second list is of the one step's loss,
  /// empty where that was not wanted.
  std::vector<views::Subject> subjects, subjects_at_step;
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
  bool next_character = true;         // false: outputs are classes
  bool reads_text = true;             // the probe is a text; false: sequences with labels
  bool training = false;
  std::uint64_t updates = 0;
  std::optional<std::uint64_t> until;
  double characters_per_second = 0;  // of all models together over the last moments; 0 while paused
  double pace = 0;                   // the most updates a second; 0: no limit
  std::vector<std::string> vocabulary, classes;
  std::vector<ModelState> models;

  std::shared_ptr<const Readings> readings;  // of the probe; null before the first
  /// Subjects for views of training, one a model: the metrics that its history keeps.
  std::shared_ptr<const std::vector<views::Subject>> history;
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
