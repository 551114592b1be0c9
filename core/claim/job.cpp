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

struct JobRun::State {
  State(const Job& asked, const std::filesystem::path& corpora)
      : job(asked),
        experiment(experiment_of(*job.card, job.setting, job.seed)),
        task(opened(corpora)),
        run(experiment, task, 1),
        measurement(run, job.card->measures, corpora),
        result{.card = job.card->name,
               .digest = job.card->digest,
               .setting = job.setting,
               .seed = job.seed,
               .unit = std::string(task->outcome().mean_score)} {}

  std::shared_ptr<const task::Task> opened(const std::filesystem::path& corpora) {
    auto open = experiment::open_task(experiment, corpora).task;
    experiment::complete(experiment, open->interface());
    experiment::check(experiment, open->interface());
    return open;
  }

  bool advance() {
    if (training) {
      training = run.trainer().updates() < experiment.training.updates && run.step();
      if (training) return true;
      if (const auto& bad = run.trainer().not_finite())
        result.trouble =
            fmt::format("{} of {} became no number at update {}", bad->place, bad->model, bad->update);
      run.measure_held_out();
    }
    const std::size_t measures = job.card->measures.size(), model = next / measures,
                      measure = next % measures;
    if (model == run.trainer().models()) return false;
    const std::string& name = experiment.models[model].name;
    result.parameters[name] = run.trainer().network(model).table().size();
    result.values[job.card->measures[measure].name][name] = measurement.take(measure, model);
    ++next;
    return true;
  }

  const Job job;
  experiment::Experiment experiment;
  std::shared_ptr<const task::Task> task;
  train::Run run;
  Measurement measurement;
  Result result;
  bool training = true;
  std::size_t next = 0;  // what is measured: a model after the other
};

namespace {

/// What fails in a job says in which.
auto named(const Job& job, const auto& work) {
  try {
    return work();
  } catch (const Error& error) {
    fail("{}: {}", job.words(), error.what());
  }
}

}  // namespace

JobRun::JobRun(const Job& job, const std::filesystem::path& corpora)
    : state_(named(job, [&] { return std::make_unique<State>(job, corpora); })) {}

JobRun::~JobRun() = default;

bool JobRun::advance() {
  const auto begin = Clock::now();
  const bool more = named(state_->job, [&] { return state_->advance(); });
  state_->result.seconds += seconds_since(begin);
  return more;
}

double JobRun::done() const {
  const std::uint64_t updates = state_->experiment.training.updates;
  return updates == 0 ? 1
                      : static_cast<double>(state_->run.trainer().updates()) / static_cast<double>(updates);
}

const Result& JobRun::result() const {
  return state_->result;
}

std::optional<Result> run(const Job& job, const std::filesystem::path& corpora,
                          const std::function<bool(double done)>& goes_on) {
  JobRun work(job, corpora);
  do {
    if (goes_on && !goes_on(work.done())) return std::nullopt;
  } while (work.advance());
  return work.result();
}

}  // namespace gatescope::claim
