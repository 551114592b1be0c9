#include "core/claim/measure.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/analysis/drift.h"
#include "core/analysis/gradient_lag.h"
#include "core/analysis/reach.h"
#include "core/analysis/saturation.h"
#include "core/analysis/summary.h"
#include "core/analysis/unit_roles.h"
#include "core/error.h"
#include "core/experiment/task_kinds.h"
#include "core/in_quotes.h"
#include "core/json/json_reader.h"
#include "core/nn/force_rule_json.h"
#include "core/observe/held_out.h"
#include "core/observe/observe.h"

namespace gatescope::claim {
namespace {

using Observation = observe::Observation<float>;
using Tape = nn::LayerTape<float>;

/// Enough of a text for what a unit does to be seen.
constexpr Index kTextSteps = 3000;

/// The model over held-out sequences, one after the other; with gradients where there is a loss.
std::vector<Observation> observed(const Learnt& learnt, const std::optional<trace::LossAt>& loss = {},
                                  Index count = observe::kHeldOutSequences,
                                  Index steps = observe::kHeldOutSteps) {
  const observe::HeldOutSequences sequences = observe::read_held_out(learnt.task, count, steps);
  if (!sequences) fail("its task holds nothing out that could be read");
  nn::Network<float>& network = learnt.network();
  const observe::Model<float> model{
      network.spec().name, {std::shared_ptr<void>(), &network}, observe::alphabet_of(learnt.task)};
  const auto rules = experiment::rules_for(learnt.run.trainer().experiment(), network.spec());
  const observe::Options options{.needs = {.tape = true, .gradients = loss.has_value()}};
  std::vector<Observation> all;
  for (const observe::Pair& sequence : *sequences)
    all.push_back(observe::observe<float>(model, sequence, rules, loss.value_or(trace::LossAt{}), options));
  return all;
}

const Tape& tape_of(const Observation& observation, const Measure& measure) {
  const nn::Network<float>& network = *observation.network;
  if (measure.layer >= network.layers())
    fail("layer {} does not exist, expected 0 to {}", measure.layer, network.layers() - 1);
  return *observation.tape(*observation.sequence, observe::tape_name(network.spec(), measure.layer, false));
}

int channel_of(const nn::CellInfo& cell, const Measure& measure, int usual) {
  if (measure.channel.empty()) return usual;
  const int channel = cell.find(measure.channel);
  if (channel == nn::kNone) {
    std::vector<std::string_view> symbols;
    for (const nn::Channel& each : cell.channels) symbols.push_back(each.symbol);
    fail("the cell {} has no channel {}, expected one of {}", cell.key, in_quotes(measure.channel),
         fmt::join(symbols, ", "));
  }
  return channel;
}

const train::Evaluation& evaluation(const Learnt& learnt) {
  if (!learnt.seen.evaluation) learnt.seen.evaluation = train::evaluate(learnt.network(), learnt.task);
  return *learnt.seen.evaluation;
}

std::optional<double> held_out(const Learnt& learnt, const Measure&) {
  return evaluation(learnt).loss * learnt.task.outcome().factor;
}

std::optional<double> of_chance(const Learnt& learnt, const Measure&) {
  const std::optional<double> chance = learnt.task.chance();
  if (!chance || *chance <= 0) fail("its task does not know what chance would come to");
  return evaluation(learnt).loss / *chance;
}

std::optional<double> accuracy(const Learnt& learnt, const Measure&) {
  return evaluation(learnt).accuracy;
}

std::optional<double> exact_match(const Learnt& learnt, const Measure&) {
  return evaluation(learnt).exact_match;
}

std::optional<double> after_error(const Learnt& learnt, const Measure&) {
  return evaluation(learnt).free_running->after_error;
}

std::optional<double> after_error_told(const Learnt& learnt, const Measure&) {
  return evaluation(learnt).free_running->after_error_told;
}

/// The first look at the held-out data that found the score there.
std::optional<double> updates_to(const Learnt& learnt, const Measure& measure) {
  const double factor = learnt.run.trainer().task().outcome().factor;
  const auto* history = learnt.run.history().find(learnt.network().spec().name);
  if (!history) return std::nullopt;
  for (const train::MetricsRow& row : history->rows)
    if (row.held_out && *row.held_out * factor < measure.below) return static_cast<double>(row.update);
  return std::nullopt;
}

std::optional<double> parameters(const Learnt& learnt, const Measure&) {
  return static_cast<double>(learnt.network().table().size());
}

/// The geometric mean over sequences of what is left of one loss's gradient so many steps before; 0 where
/// nothing is left of one.
std::optional<double> gradient_left(const Learnt& learnt, const Measure& measure) {
  std::vector<double> logarithms;
  for (const Observation& observation : observed(learnt, trace::LossAt{.kind = trace::LossAt::Kind::last})) {
    const Tape& tape = tape_of(observation, measure);
    const Index from = analysis::loss_step(*observation.sequence).value_or(tape.steps() - 1);
    const auto norms =
        analysis::gradient_over_lag(tape, channel_of(tape.info(), measure, tape.info().hidden()), from);
    if (measure.lag >= std::ssize(norms))
      fail("a lag of {} is impossible, expected 1 to {}", measure.lag, std::ssize(norms) - 1);
    const double reference = analysis::reference_of(norms),
                 left = norms[static_cast<std::size_t>(measure.lag)];
    if (left == 0 && reference > 0) return 0;
    logarithms.push_back(std::log(left / reference));
  }
  return std::exp(analysis::mean_of_finite(logarithms));
}

/// The median over positions of the largest stretch of the joint state's Jacobian.
std::optional<double> reach_left(const Learnt& learnt, const Measure& measure) {
  const auto all = observed(learnt, trace::LossAt{}, 1);
  Observation observation = all.front();
  observation.memo = std::make_shared<observe::Memo>();
  observe::say_held_out(observation, observe::read_held_out(learnt.task));
  const analysis::Reach reach = analysis::reach(observation);
  if (measure.lag >= std::ssize(reach.state.median))
    fail("a lag of {} is impossible, expected 1 to {}", measure.lag, std::ssize(reach.state.median) - 1);
  return reach.state.median[static_cast<std::size_t>(measure.lag)];
}

/// Over all units of all sequences.
template <class Share>
std::optional<double> share_of_gate(const Learnt& learnt, const Measure& measure, const Share& share) {
  std::vector<double> units;
  for (const Observation& observation : observed(learnt)) {
    const Tape& tape = tape_of(observation, measure);
    const int gate = channel_of(tape.info(), measure, tape.info().keep_gate());
    if (gate == nn::kNone) fail("the cell {} has no gate that keeps", tape.info().key);
    const nn::Channel& channel = tape.info().channels[gate];
    const auto of =
        share(analysis::saturation(tape.values(gate), tape.sizes().hidden, channel.low, channel.high));
    units.insert(units.end(), of.begin(), of.end());
  }
  return analysis::mean_of_finite(units);
}

std::optional<double> open_share(const Learnt& learnt, const Measure& measure) {
  return share_of_gate(learnt, measure, [](const analysis::Saturation& of) { return of.right; });
}

std::optional<double> closed_share(const Learnt& learnt, const Measure& measure) {
  return share_of_gate(learnt, measure, [](const analysis::Saturation& of) { return of.left; });
}

/// How much more the hidden state jumps than the cell state.
std::optional<double> jump_ratio(const Learnt& learnt, const Measure& measure) {
  std::vector<double> ratios;
  for (const Observation& observation : observed(learnt)) {
    const Tape& tape = tape_of(observation, measure);
    const nn::CellInfo& cell = tape.info();
    if (!cell.has_cell_state()) fail("the cell {} has no cell state beside its hidden state", cell.key);
    ratios.push_back(analysis::relative_step(tape.values(cell.hidden())).mean /
                     analysis::relative_step(tape.values(cell.memory())).mean);
  }
  return analysis::mean_of_finite(ratios);
}

/// The size of the memory, a unit.
std::optional<double> memory_size(const Learnt& learnt, const Measure& measure) {
  double squares = 0, count = 0;
  for (const Observation& observation : observed(learnt)) {
    const Tape& tape = tape_of(observation, measure);
    const auto values = tape.values(channel_of(tape.info(), measure, tape.info().memory()));
    squares += static_cast<double>(values.squaredNorm());
    count += static_cast<double>(values.size());
  }
  return std::sqrt(squares / count);
}

std::optional<double> role(const Learnt& learnt, const Measure& measure) {
  const auto all = observed(learnt, {}, 1, kTextSteps);
  if (all.front().characters().empty()) fail("only what is read character by character has such roles");
  const Tape& tape = tape_of(all.front(), measure);
  for (const analysis::UnitRole& each : analysis::unit_roles(tape, all.front().characters()))
    if (each.what == measure.role) return each.strength;
  return std::nullopt;
}

const analysis::ColumnQuality& forecasts(const Learnt& learnt) {
  if (!learnt.seen.forecasts)
    learnt.seen.forecasts = analysis::forecast_quality(learnt.network(), *learnt.task.series()).columns.at(0);
  return *learnt.seen.forecasts;
}

std::optional<double> skill(const Learnt& learnt, const Measure&) {
  return forecasts(learnt).skill;
}

std::optional<double> best_lag(const Learnt& learnt, const Measure&) {
  const auto lag = forecasts(learnt).best_lag;
  return lag ? std::optional(static_cast<double>(*lag)) : std::nullopt;
}

constexpr std::array<MeasureKind, 17> kMeasures{{
    {.key = "held_out",
     .sentence = "the mean score over all held-out data, in the task's unit",
     .of = held_out},
    {.key = "of_chance", .sentence = "the held-out loss as a share of what chance comes to", .of = of_chance},
    {.key = "accuracy", .sentence = "the share of held-out steps that are told right", .of = accuracy},
    {.key = "exact_match",
     .sentence = "the share of held-out sequences that are right as a whole",
     .of = exact_match},
    {.key = "after_error",
     .sentence = "what is right after a first error where a decoder reads its own answers",
     .of_pairs = true,
     .of = after_error},
    {.key = "after_error_told",
     .sentence = "the same where it is told the truth",
     .of_pairs = true,
     .of = after_error_told},
    {.key = "updates_to",
     .sentence = "the update at which the held-out score was first below \"below\"",
     .below = true,
     .of = updates_to},
    {.key = "parameters", .sentence = "the number of its parameters", .of = parameters},
    {.key = "gradient_left",
     .sentence = "what is left of the last loss's gradient in \"channel\" of \"layer\", \"lag\" steps before",
     .lag = true,
     .layer = true,
     .channel = true,
     .of = gradient_left},
    {.key = "reach_left",
     .sentence = "what is left of the joint state's Jacobian over \"lag\" steps, the median over positions",
     .lag = true,
     .of = reach_left},
    {.key = "open_share",
     .sentence = "the share of a gate's values in the highest tenth of its range",
     .layer = true,
     .channel = true,
     .of = open_share},
    {.key = "closed_share",
     .sentence = "the share of a gate's values in the lowest tenth of its range",
     .layer = true,
     .channel = true,
     .of = closed_share},
    {.key = "jump_ratio",
     .sentence = "the relative step of the hidden state over that of the cell state",
     .layer = true,
     .of = jump_ratio},
    {.key = "memory_size",
     .sentence = "the root mean square of the memory, or of \"channel\"",
     .layer = true,
     .channel = true,
     .of = memory_size},
    {.key = "role",
     .sentence = "how surely a unit does what \"role\" says, in [0, 1]",
     .layer = true,
     .role = true,
     .of = role},
    {.key = "skill",
     .sentence = "1 - MAE / MAE of naive forecasts, over all origins",
     .of_series = true,
     .of = skill},
    {.key = "best_lag",
     .sentence = "the lag at which forecasts of one row ahead come nearest to the series",
     .of_series = true,
     .of = best_lag},
}};

const MeasureKind* find(std::string_view key) {
  const auto* const found = std::ranges::find(kMeasures, key, &MeasureKind::key);
  return found == kMeasures.end() ? nullptr : found;
}

/// What is read in place of what was learnt: the task with other keys.
std::shared_ptr<const task::Task> task_read(const train::Run& run, const Measure& measure,
                                            const std::filesystem::path& corpora) {
  const train::Trainer& trainer = run.trainer();
  if (measure.task.is_null()) return {std::shared_ptr<void>(), &trainer.task()};
  experiment::Experiment other = trainer.experiment();
  nlohmann::json written = experiment::to_json(other.task);
  written.update(measure.task);
  const std::string beside = other.task.beside;  // JSON does not say it
  other.task = experiment::read_task({written, "/task"});
  other.task.beside = beside;
  return experiment::open_task(other, corpora).task;
}

}  // namespace

std::span<const MeasureKind> all_measures() {
  return kMeasures;
}

Measure measure_from_json(const nlohmann::json& json, const std::string& name, const std::string& pointer,
                          const std::string& origin) {
  JsonReader reader(json, pointer, origin);
  Measure measure;
  measure.name = name;
  measure.kind = reader.get("kind", "");
  const MeasureKind* kind = find(measure.kind);
  if (!kind) {
    std::vector<std::string_view> keys;
    for (const MeasureKind& each : kMeasures) keys.push_back(each.key);
    reader.reject("kind", fmt::format("one of {}", fmt::join(keys, ", ")));
  }
  if (kind->lag) measure.lag = reader.get("lag", Index{10}, 1, 1'000'000);
  if (kind->layer) measure.layer = reader.get("layer", 0, 0, nn::kMaxLayers);
  if (kind->channel) measure.channel = reader.get("channel", "");
  if (kind->role) measure.role = reader.get("role", "");
  if (kind->below) measure.below = reader.get("below", 0.1);
  measure.force = nn::read_force_rules(reader, "force");
  if (const nlohmann::json* task = reader.find("task")) {
    if (!task->is_object()) reader.reject("task", "an object with those keys of the task that differ");
    measure.task = *task;
  }
  reader.finish();
  return measure;
}

Measurement::Measurement(train::Run& run, std::span<const Measure> measures,
                         const std::filesystem::path& corpora)
    : run_(run), measures_(measures) {
  const auto same = [&](const Measure& a, const Measure& b) {
    return a.force == b.force && a.task == b.task;
  };
  for (std::size_t k = 0; k < measures.size(); ++k) {
    const auto first =
        std::ranges::find_if(measures, [&](const Measure& each) { return same(each, measures[k]); });
    like_.push_back(static_cast<std::size_t>(first - measures.begin()));
    try {
      tasks_.push_back(like_[k] < k ? tasks_[like_[k]] : task_read(run, measures[k], corpora));
      check(measures[k], *tasks_[k]);
    } catch (const Error& error) {
      fail("{}: {}", measures[k].name, error.what());
    }
  }
  seen_.assign(run.trainer().models(), std::vector<Seen>(measures.size()));
}

void Measurement::check(const Measure& measure, const task::Task& task) const {
  const MeasureKind& kind = *find(measure.kind);
  if (kind.of_pairs && !task.pairs()) fail("only models that write targets read their own answers");
  if (kind.of_series && !task.series()) fail("only models of a series forecast");
  experiment::Experiment forced = run_.trainer().experiment();
  train::check_fits(run_.trainer().task().interface(), task);
  forced.force.insert(forced.force.end(), measure.force.begin(), measure.force.end());
  experiment::check(forced, task.interface());
}

std::optional<double> Measurement::take(std::size_t measure, std::size_t model) {
  train::Trainer& trainer = run_.trainer();
  const Measure& how = measures_[measure];
  const std::vector<nn::ForceRule> before = trainer.experiment().force;
  std::vector<nn::ForceRule> during = before;
  during.insert(during.end(), how.force.begin(), how.force.end());
  trainer.set_force(during);
  const Learnt learnt{run_, model, *tasks_[measure], seen_[model][like_[measure]]};
  learnt.network().prepare_all();
  std::optional<double> number = find(how.kind)->of(learnt, how);
  trainer.set_force(before);
  if (number && !std::isfinite(*number)) number.reset();
  return number;
}

}  // namespace gatescope::claim
