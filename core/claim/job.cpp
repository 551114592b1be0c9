#include "core/claim/job.h"

#include <algorithm>
#include <cmath>

#include "core/clock.h"
#include "core/error.h"
#include "core/experiment/text.h"
#include "core/json/json_reader.h"

namespace gatescope::claim {
namespace {

using nlohmann::json;

Result::Curve curve_of(const train::Run& run, const std::string& model) {
  Result::Curve curve;
  const auto* history = run.history().find(model);
  if (!history) return curve;
  for (const train::MetricsRow& row : history->rows) {
    if (!row.held_out) continue;
    curve.updates.push_back(row.update);
    curve.scores.push_back(*row.held_out * run.trainer().task().outcome().factor);
  }
  return curve;
}

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
  const std::string label = card->label(card->settings()[setting]);
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
        for (std::size_t setting = 0; setting < card.settings().size(); ++setting)
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
  return number ? json(*number) : json();
}

json to_json(const Result& result) {
  json values = json::object(), curves = json::object();
  for (const auto& [measure, models] : result.values)
    for (const auto& [model, value] : models) values[measure][model] = number_or_null(value);
  for (const auto& [model, curve] : result.curves)
    curves[model] = {{"updates", curve.updates}, {"scores", curve.scores}};
  return {{"schema", 1},
          {"card", result.card},
          {"digest", result.digest},
          {"setting", result.setting},
          {"seed", result.seed},
          {"seconds", result.seconds},
          {"values", std::move(values)},
          {"unit", result.unit},
          {"curves", std::move(curves)},
          {"parameters", result.parameters},
          {"trouble", result.trouble}};
}

Result result_from_json(const json& written, const std::string& origin) {
  JsonReader reader(written, "", origin);
  Result result;
  if (reader.get("schema", 0) != 1) reader.reject("schema", "1, of a claim's result");
  result.card = reader.get("card", "");
  result.digest = reader.get("digest", "");
  result.setting = reader.get("setting", std::size_t{0}, 0, kMostSettings);
  result.seed = reader.get("seed", std::uint64_t{1}, 1, kMostSeeds);
  result.seconds = reader.get("seconds", 0.0, 0.0);
  result.unit = reader.get("unit", "");
  result.trouble = reader.get("trouble", "");
  const json none = json::object();
  const auto object = [&](const json* of, const std::string& pointer) -> const json& {
    if (of && !of->is_object()) reject_json(origin, pointer, *of, "an object");
    return of ? *of : none;
  };
  for (const auto& [measure, models] : object(reader.find("values"), "/values").items()) {
    const std::string pointer = pointer_to("/values", measure);
    for (const auto& [model, value] : object(&models, pointer).items()) {
      if (!value.is_number() && !value.is_null())
        reject_json(origin, pointer_to(pointer, model), value, "a number or null");
      result.values[measure][model] = value.is_null() ? std::nullopt : std::optional(value.get<double>());
    }
  }
  for (const auto& [model, curve] : object(reader.find("curves"), "/curves").items()) {
    Result::Curve& read = result.curves[model];
    try {
      read = {curve.at("updates").get<std::vector<std::uint64_t>>(),
              curve.at("scores").get<std::vector<double>>()};
    } catch (const json::exception&) {
      reject_json(origin, pointer_to("/curves", model), curve, "arrays of updates and scores");
    }
    if (read.updates.size() != read.scores.size())
      reject_json(origin, pointer_to("/curves", model), curve, "as many scores as updates");
  }
  for (const auto& [model, count] : object(reader.find("parameters"), "/parameters").items()) {
    if (!count.is_number_unsigned()) reject_json(origin, pointer_to("/parameters", model), count, "a number");
    result.parameters[model] = count.get<Index>();
  }
  reader.finish();
  return result;
}

std::optional<Result> run(const Job& job, const std::filesystem::path& corpora,
                          const std::function<bool(double done)>& goes_on) {
  const Card& card = *job.card;
  const auto begin = Clock::now();
  try {
    experiment::Experiment experiment = experiment_of(card, card.settings().at(job.setting), job.seed);
    const auto task = experiment::open_task(experiment, corpora).task;
    experiment::complete(experiment, task->interface());
    experiment::check(experiment, task->interface());
    train::Run run(experiment, task, 1);
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
      result.curves[model] = curve_of(run, model);
      for (const Measure& measure : card.measures) {
        if (goes_on && !goes_on(1)) return std::nullopt;
        try {
          result.values[measure.name][model] = measured(run, m, measure, corpora);
        } catch (const Error& error) {
          fail("{} of {}: {}", measure.name, model, error.what());
        }
      }
    }
    result.seconds = seconds_since(begin);
    return result;
  } catch (const Error& error) {
    fail("{}: {}", job.words(), error.what());
  }
}

}  // namespace gatescope::claim
