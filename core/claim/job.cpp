#include "core/claim/job.h"

#include <algorithm>
#include <limits>

#include "core/clock.h"
#include "core/error.h"
#include "core/experiment/text.h"
#include "core/json/json_fields.h"

namespace gatescope::claim {
namespace {

using nlohmann::json;

constexpr int kSchema = 1;

constexpr auto kResultFields = [](auto& self, auto& field) {
  field("card", self.card);
  field("digest", self.digest);
  field("setting", self.setting, range(0, kMostSettings));
  field("seed", self.seed, range(1, kMostSeeds));
  field("seconds", self.seconds, range(0, 1e9));
  field("values", self.values, map_of(map_of(or_null(PlainForm{}))));
  field("unit", self.unit);
  field("parameters", self.parameters, map_of(range(Index{0}, std::numeric_limits<Index>::max())));
  field("trouble", self.trouble);
};

/// Trains until its end, or to where numbers are none any more. False: it was stopped.
bool train(train::Run& run, const std::function<bool(double)>& goes_on) {
  const std::uint64_t updates = run.trainer().experiment().training.updates;
  while (run.trainer().updates() < updates) {
    if (goes_on && !goes_on(static_cast<double>(run.trainer().updates()) / static_cast<double>(updates)))
      return false;
    if (!run.step()) break;
  }
  return true;
}

}  // namespace

std::string Job::words() const {
  const std::string label = card->label(setting);
  return fmt::format("{}{}{}, seed {}", card->name, label.empty() ? "" : ", ", label, seed);
}

std::string Job::file() const {
  return fmt::format("{}-{}-{}.json", card->name, setting, seed);
}

std::vector<Job> all_jobs(const std::vector<Card>& cards) {
  std::vector<Job> jobs;
  int seeds = 0;
  for (const Card& card : cards) seeds = std::max(seeds, card.seeds);
  for (int seed = 1; seed <= seeds; ++seed)
    for (const Card& card : cards)
      if (seed <= card.seeds)
        for (std::size_t setting = 0; setting < card.settings.size(); ++setting)
          jobs.push_back({&card, setting, static_cast<std::uint64_t>(seed)});
  return jobs;
}

std::vector<Job> shard_of(const std::vector<Job>& jobs, int part, int of) {
  std::vector<Job> some;
  for (std::size_t k = static_cast<std::size_t>(part - 1); k < jobs.size(); k += static_cast<std::size_t>(of))
    some.push_back(jobs[k]);
  return some;
}

json number_or_null(const std::optional<double>& number) {
  return or_null(PlainForm{}).write(number);
}

json to_json(const Result& result) {
  json written = write_fields(kResultFields, result);
  written["schema"] = kSchema;
  return written;
}

Result result_from_json(const json& written, const std::string& origin) {
  JsonReader reader(written, "", origin);
  if (reader.get("schema", 0) != kSchema) reader.reject("schema", "1, of a claim's result");
  return read_fields<Result>(kResultFields, std::move(reader));
}

std::optional<Result> run(const Job& job, const std::filesystem::path& corpora,
                          const std::function<bool(double done)>& goes_on) {
  const Card& card = *job.card;
  const auto begin = Clock::now();
  try {
    experiment::Experiment experiment = experiment_of(card, job.setting, job.seed);
    const auto task = experiment::open_task(experiment, corpora).task;
    experiment::complete(experiment, task->interface());
    experiment::check(experiment, task->interface());
    train::Run run(experiment, task, 1);
    Measurement measurement(run, card.measures, corpora);
    if (!train(run, goes_on)) return std::nullopt;
    Result result{.card = card.name, .digest = card.digest, .setting = job.setting, .seed = job.seed};
    if (const auto& bad = run.trainer().not_finite())
      result.trouble =
          fmt::format("{} of {} became no number at update {}", bad->place, bad->model, bad->update);
    run.measure_held_out();
    result.unit = task->outcome().mean_score;
    for (std::size_t m = 0; m < run.trainer().models(); ++m) {
      const std::string& model = experiment.models[m].name;
      result.parameters[model] = run.trainer().network(m).table().size();
      for (std::size_t k = 0; k < card.measures.size(); ++k) {
        if (goes_on && !goes_on(1)) return std::nullopt;
        result.values[card.measures[k].name][model] = measurement.take(k, m);
      }
    }
    result.seconds = seconds_since(begin);
    return result;
  } catch (const Error& error) {
    fail("{}: {}", job.words(), error.what());
  }
}

}  // namespace gatescope::claim
