#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/forecasts.h"
#include "core/nn/force_rule.h"
#include "core/train/evaluation.h"
#include "core/train/run.h"

namespace gatescope::claim {

/// One number that is measured of every model once it has learnt.
struct Measure {
  std::string name;  // in conditions and tables
  std::string kind;  // a key of all_measures()
  Index lag = 0;
  int layer = 0;
  std::string channel, role;
  double below = 0;
  std::vector<nn::ForceRule> force;  // in force while it is measured
  nlohmann::json
      task;  // what is read in place of what was learnt: those keys of the task that differ; or null

  bool operator==(const Measure&) const = default;
};

/// What several measures look at, of a model that reads one task under the same rules.
struct Seen {
  std::optional<train::Evaluation> evaluation;
  std::optional<analysis::ColumnQuality> forecasts;
};

/// A model that has learnt, and what it reads now.
struct Learnt {
  train::Run& run;
  std::size_t model;
  const task::Task& task;
  Seen& seen;

  nn::Network<float>& network() const { return run.trainer().network(model); }
};

/// A number that can be measured, and which of a measure's keys say how.
struct MeasureKind {
  std::string_view key, sentence;
  bool lag = false, layer = false, channel = false, role = false, below = false;
  bool of_pairs = false, of_series = false;  // of such tasks alone
  /// None where there is no such number: a threshold that is never reached, a role that no unit has. Throws
  /// Error where the model is none of which it can be measured.
  std::optional<double> (*of)(const Learnt& learnt, const Measure& measure) = nullptr;
};

/// In the order of their list.
std::span<const MeasureKind> all_measures();

/// Strict. Throws Error that names the JSON pointer.
Measure measure_from_json(const nlohmann::json& json, const std::string& name, const std::string& pointer,
                          const std::string& origin);

/// Measures of a run, once it is over.
class Measurement {
 public:
  /// Opens what is read, and looks whether every measure can be taken. Throws Error that names the measure.
  Measurement(train::Run& run, std::span<const Measure> measures, const std::filesystem::path& corpora);

  /// The number, under the measure's rules and over its task. Nothing where it is none. Throws Error.
  std::optional<double> take(std::size_t measure, std::size_t model);

 private:
  void check(const Measure& measure, const task::Task& task) const;

  train::Run& run_;
  std::span<const Measure> measures_;
  std::vector<std::shared_ptr<const task::Task>> tasks_;  // a measure
  std::vector<std::size_t> like_;                         // a measure: the first one with its task and rules
  std::vector<std::vector<Seen>> seen_;                   // a model and such a first one
};

}  // namespace gatescope::claim
