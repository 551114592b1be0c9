#pragma once

// What the files of the diagnoses share; nothing outside core/analysis/diagnoses*.cpp includes this.

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/diagnoses.h"
#include "core/analysis/gated_memory.h"
#include "core/analysis/interventions.h"
#include "core/analysis/what_if.h"

namespace gatescope::analysis::detail {

std::string share_text(double share);    ///< "83 %", "0.31 %"
std::string number_text(double number);  ///< three digits: "2.74"
std::string steps_text(double steps);    ///< "3.2 steps"
/// What was read or written: "a space", "‘e’".
std::string in_words(const std::string& read);
/// "goes from 2 % to 61 %", "stays at 2 %" where both read the same.
std::string change_text(const std::string& before, const std::string& after);

/// A model's one text, its prediction and its layer, and what several diagnoses ask of them.
template <class S>
class Examination {
 public:
  Examination(const observe::Observation<S>& observation, std::optional<Index> step, std::optional<int> layer,
              trace::Watch* watch);

  Diagnoses result();

 private:
  using Cost = typename WhatIf<S>::Cost;
  /// What a diagnosis ends with: one of the two.
  void found(Diagnosis diagnosis) { all_.found.push_back(std::move(diagnosis)); }
  void healthy(std::string_view key, std::string why) { all_.without.push_back({key, std::move(why), true}); }
  void lacking(std::string_view key, std::string why) {
    all_.without.push_back({key, std::move(why), false});
  }

  // diagnoses_of_prediction.cpp
  void erased();
  void conservative();
  void confident();
  // diagnoses_of_memory.cpp
  void bias();
  void gradient();
  void unused();
  // diagnoses_of_units.cpp
  void saturated();
  void silent();
  void output();

  const nn::Channel& channel(int k) const { return cell_.channels[k]; }
  std::string name(int k) const { return std::string(channel(k).name); }
  bool softmax() const { return observation_.network->interface().readout == nn::Readout::softmax; }
  /// A rule of the layer on some steps; all of the examined ones without any.
  nn::ForceRule rule(int k, std::vector<nn::Range> steps = {}) const;
  nn::ForceRule set_to(int k, double value, std::vector<nn::Range> steps = {}) const;
  nn::ForceRule scaled(int k, double scale, double shift) const;  ///< of the pre-activation
  /// Of a gate, what lets everything through of what is kept or written.
  static double open_for(nn::Share share) { return share == nn::Share::rest ? 0 : 1; }
  static std::string held(double value) { return value == 1 ? "open" : "closed"; }

  /// "step 12 (a space)".
  std::string at(Index t) const;
  std::string character(int input) const;
  /// "probability of ‘e’ at step 20", "squared error at step 20".
  std::string predicted() const;
  /// The loss of the prediction as people read it: its probability, else the squared error.
  double prediction_score(double loss) const;
  std::string prediction_text(double loss) const;
  std::string prediction_change(double before, double after) const;
  std::string mean_change(double before, double after) const;
  std::string mean_measure() const { return "mean loss (" + std::string(observation_.outcome().score) + ")"; }
  /// One with the rules and the mean loss under them.
  Counterfactual of_mean(std::vector<nn::ForceRule> rules, double after) const;
  Counterfactual of_prediction(std::vector<nn::ForceRule> rules, double loss) const;

  /// The intervention map of the layer; null where the cell has no gates.
  const Interventions* map();
  /// Its row of a gate held at 0 or 1, (step + 1); changes of the log probability. Empty where the gate is
  /// none of the map's.
  std::vector<double> row_of(int gate, double value);

  const observe::Observation<S>& observation_;
  trace::Watch* watch_;
  const nn::CellInfo& cell_;
  Diagnoses all_;
  Index first_, last_;  // of the examined steps
  const nn::LayerTape<S>* tape_ = nullptr;
  std::unique_ptr<WhatIf<S>> what_if_;
  Cost now_;
  std::unique_ptr<const GatedMemories<S>> memories_;  // null: no gate keeps a memory
  std::vector<GatedMemory> rows_;
  std::string no_memory_;  // why
  int keep_ = nn::kNone, write_ = nn::kNone;
  std::unique_ptr<const Interventions> map_;
};

}  // namespace gatescope::analysis::detail
