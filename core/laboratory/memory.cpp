// Analyses of gated memories (analysis/gated_memory.h): what they are made of, what survives in them, how
// long they last.

#include "core/analysis/addressed_memory.h"
#include "core/analysis/memory_attention.h"
#include "core/analysis/subjective_time.h"
#include "core/analysis/survival.h"
#include "core/analysis/unit_order.h"
#include "core/error.h"
#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {
namespace {

constexpr Index kMostWeights = 3000;  // steps whose squared number is a file that can still be read

template <class S>
const nn::LayerTape<S>& layer_of(const Observation<S>& observation, const Options& options) {
  return *observation.tape(*observation.sequence,
                           observe::tape_name(observation.network->spec(), options.layer, options.backward));
}

template <class S>
analysis::GatedMemories<S> memories_of_layer(const Observation<S>& observation, const Options& options) {
  return {layer_of(observation, options), observation.rules, options.layer};
}

Json rows_in_json(const gatescope::Matrix<double>& matrix) {
  Json all = Json::array();
  for (Index row = 0; row < matrix.rows(); ++row) {
    Json one = Json::array();
    for (Index column = 0; column < matrix.cols(); ++column) one.push_back(matrix(row, column));
    all.push_back(std::move(one));
  }
  return all;
}

template <class S>
void fail_above_most(const Observation<S>& observation, std::string_view analysis) {
  if (observation.steps() <= kMostWeights) return;
  fail("the analysis {} has a number for every pair of steps: {} steps are too many, at most {} are written",
       analysis, observation.steps(), kMostWeights);
}

/// Whose memory row `row` is, in JSON: its unit, and of several numbers a unit which.
template <class S>
Json whose(const analysis::GatedMemories<S>& memories, Index row) {
  const Index units = memories.tape().hidden();
  Json one{{"unit", row % units}};
  if (memories.numbers() > 1) one["number"] = row / units;
  return one;
}

template <class S>
bool is_asked_for(const analysis::GatedMemories<S>& memories, const Options& options, Index row) {
  return !options.unit || row % memories.tape().hidden() == *options.unit;
}

}  // namespace

template <class S>
Json attention_json(const Observation<S>& observation, const Options& options) {
  const auto memories = memories_of_layer(observation, options);
  const Index steps = observation.steps();
  fail_above_most(observation, "attention");
  Json json{{"schema", 1}};
  say_direction(observation, options, json);
  if (!options.unit) {
    json["unit"] = nullptr;
    json["alpha"] = rows_in_json(analysis::mean_attention(memories, 0, steps - 1));
    json["age"] = analysis::memory_ages(memories).age;
    return json;
  }
  const Index number = options.number.value_or(0);
  if (number >= memories.numbers())
    fail("memory {} does not exist: a unit has memories 0 to {}", number, memories.numbers() - 1);
  const analysis::GatedMemory memory = memories.row(number * memories.tape().hidden() + *options.unit);
  const analysis::MemoryAttention all = analysis::memory_attention(memory, 0, steps - 1);
  json["unit"] = *options.unit;
  if (memories.numbers() > 1) json["number"] = number;
  json["memory"] = all.memory;
  json["content"] = all.content;
  json["alpha"] = rows_in_json(all.alpha);
  json["initial"] = all.initial;
  if (options.step) {
    json["step"] = *options.step;
    json["age"] = analysis::memory_ages(memory).age[*options.step];
  }
  return json;
}

template <class S>
Json survival_json(const Observation<S>& observation, const Options& options) {
  const auto memories = memories_of_layer(observation, options);
  const Index end = observation.steps() - 1, from = options.step.value_or(options.backward ? end : 0),
              last = options.backward ? 0 : end;  // in the layer's own direction
  const analysis::Erasure all = analysis::erasure(memories, from);
  Json each = Json::array();
  for (Index row = 0; row < memories.rows(); ++row) {
    if (!is_asked_for(memories, options, row)) continue;
    Json one = whose(memories, row);
    one["survival"] = all.survival[row];
    one["blame"] = analysis::blame(memories.row(row), from, last);
    each.push_back(std::move(one));
  }
  Json json{{"schema", 1}};
  say_direction(observation, options, json);
  json.update({{"step", from}, {"left", all.left}, {"erased", all.erased}, {"memories", each}});
  if (!all.heads.empty()) json["heads"] = all.heads;
  return json;
}

template <class S>
Json timescales_json(const Observation<S>& observation, const Options& options) {
  const auto memories = memories_of_layer(observation, options);
  const std::vector<double> effective = analysis::effective_time_constants(memories),
                            resting = analysis::resting_time_constants(*observation.network, options.layer,
                                                                       options.backward);
  Json each = Json::array();
  for (const int row : analysis::greatest_first(effective).units) {
    if (!is_asked_for(memories, options, row)) continue;
    Json one = whose(memories, row);
    one["from_bias"] = resting[row];
    one["effective"] = effective[row];
    each.push_back(std::move(one));
  }
  Json json{{"schema", 1}};
  say_direction(observation, options, json);
  json["memories"] = each;
  return json;
}

template <class S>
Json clock_json(const Observation<S>& observation, const Options& options) {
  const std::optional<Index> unit = options.unit ? std::optional<Index>(*options.unit) : std::nullopt;
  const auto time = analysis::subjective_time(memories_of_layer(observation, options), unit);
  const int step = analysis::step_channel(observation.network->cell(options.layer));
  Json json{{"schema", 1}};
  say_direction(observation, options, json);
  json["unit"] = unit ? Json(*unit) : Json();
  json["time"] =
      step == nn::kNone ? "-ln keep" : observation.network->cell(options.layer).channels[step].symbol;
  json["passed"] = time.passed;
  json["elapsed"] = time.elapsed;
  const auto half = analysis::steps_of_half(time);
  json["steps_of_half"] = half ? Json(*half) : Json();
  return json;
}

template <class S>
Json matrix_json(const Observation<S>& observation, const Options& options) {
  const analysis::AddressedMemory<S> memory(layer_of(observation, options));
  const Index end = observation.steps() - 1, step = options.step.value_or(options.backward ? 0 : end);
  fail_above_most(observation, "memory");
  Json json{{"schema", 1}};
  say_direction(observation, options, json);
  json["step"] = step;
  Json heads = Json::array();
  for (Index head = 0; head < memory.heads(); ++head) {
    const gatescope::Matrix<double> matrix = memory.matrix(head, step);
    heads.push_back(
        {{"matrix", rows_in_json(matrix)}, {"directions_in_use", analysis::directions_in_use(matrix)}});
  }
  json["heads"] = std::move(heads);
  const Index head = memory.head_of(options.unit.value_or(0));
  json["head"] = head;
  json["addresses"] = rows_in_json(memory.addresses(head, 0, end));
  return json;
}

template Json attention_json(const Observation<float>&, const Options&);
template Json attention_json(const Observation<double>&, const Options&);
template Json survival_json(const Observation<float>&, const Options&);
template Json survival_json(const Observation<double>&, const Options&);
template Json timescales_json(const Observation<float>&, const Options&);
template Json timescales_json(const Observation<double>&, const Options&);
template Json clock_json(const Observation<float>&, const Options&);
template Json matrix_json(const Observation<float>&, const Options&);
template Json matrix_json(const Observation<double>&, const Options&);
template Json clock_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
