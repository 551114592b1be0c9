#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/claim/card.h"

namespace gatescope::claim {

/// One setting of a card with one seed: what can be done by itself, on any machine.
struct Job {
  const Card* card = nullptr;
  std::size_t setting = 0;
  std::uint64_t seed = 1;

  /// "latch, length 10, seed 3".
  std::string words() const;
  /// Of the file that its result is kept in: "latch-0-3.json".
  std::string file() const;
};

/// All of the cards' jobs, in an order in which parts of it take equally long: seed by seed.
std::vector<Job> all_jobs(const std::vector<Card>& cards);
/// Every `of`-th of them, beginning with number `part`, from 1.
std::vector<Job> shard_of(const std::vector<Job>& jobs, int part, int of);

/// What came out of a job.
struct Result {
  std::string card, digest;
  std::size_t setting = 0;
  std::uint64_t seed = 1;
  double seconds = 0;
  /// By measure and model; none where there is no such number.
  std::map<std::string, std::map<std::string, std::optional<double>>> values;
  std::string unit;                         // of held-out scores
  std::map<std::string, Index> parameters;  // of each model
  std::string trouble;                      // why the training ended early; empty where it did not

  bool operator==(const Result&) const = default;
};

/// Null where there is no number.
nlohmann::json number_or_null(const std::optional<double>& number);

nlohmann::json to_json(const Result& result);
/// Throws Error that names the JSON pointer.
Result result_from_json(const nlohmann::json& json, const std::string& origin);

/// A job on its way: trains its models with one thread, then measures them. What it throws names the job.
class JobRun {
 public:
  /// Opens its task and looks whether everything can be measured. The card lives longer. Throws Error.
  JobRun(const Job& job, const std::filesystem::path& corpora);
  ~JobRun();
  JobRun(const JobRun&) = delete;
  JobRun& operator=(const JobRun&) = delete;

  /// One update, or one measure of one model. False: it is over. Throws Error.
  bool advance();
  /// The share of the updates that are made, in [0, 1].
  double done() const;
  /// Once it is over.
  const Result& result() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// All of it at once. `goes_on` is told the share of the updates that are made, and asked before each piece;
/// where it says no there is no result. Throws Error that names the job.
std::optional<Result> run(const Job& job, const std::filesystem::path& corpora,
                          const std::function<bool(double done)>& goes_on = {});

}  // namespace gatescope::claim
