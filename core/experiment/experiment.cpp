#include "core/experiment/experiment.h"

#include <algorithm>

#include "core/error.h"
#include "core/experiment/memory.h"
#include "core/experiment/task_kinds.h"
#include "core/memory.h"
#include "core/nn/layer.h"
#include "core/nn/network.h"
#include "core/nn/plan.h"

namespace gatescope::experiment {
namespace {

/// The width whose number of parameters comes nearest to `target`.
Index matching_width(nn::ModelSpec spec, const nn::Interface& interface, Index target) {
  const auto parameters = [&](Index of_head) {
    spec.hidden = of_head * spec.heads;
    return nn::count_parameters(spec, interface);
  };
  const Index most = nn::kMaxHidden / spec.heads;
  const Index least = spec.least_units_of_head();
  Index low = least, high = least;
  while (parameters(high) < target && 2 * high <= most) high *= 2;
  while (low < high) {
    const Index middle = (low + high) / 2;
    if (parameters(middle) < target)
      low = middle + 1;
    else
      high = middle;
  }
  return spec.heads *
         (low > least && target - parameters(low - 1) <= parameters(low) - target ? low - 1 : low);
}

}  // namespace

void name_models(Experiment& experiment) {
  for (nn::ModelSpec& model : experiment.models) {
    if (model.name.empty()) model.name = nn::find_cell(model.cell).key;
  }
  for (std::size_t m = 0; m < experiment.models.size(); ++m) {
    const std::string name = experiment.models[m].name;
    int number = 1;
    for (std::size_t other = m + 1; other < experiment.models.size(); ++other) {
      if (experiment.models[other].name == name)
        experiment.models[other].name = fmt::format("{}-{}", name, ++number);
    }
  }
}

void complete(Experiment& experiment, const nn::Interface& interface) {
  name_models(experiment);
  if (experiment.match == Match::parameters && experiment.models.size() > 1) {
    const Index target = nn::count_parameters(experiment.models[0], interface);
    for (std::size_t m = 1; m < experiment.models.size(); ++m) {
      experiment.models[m].hidden = matching_width(experiment.models[m], interface, target);
    }
  }
}

/// Of all channels of all layers and directions, an entry.
static double numbers_a_step(const nn::ModelSpec& model, const nn::Interface& interface) {
  Index numbers = 0;
  int layer = 0;
  for (const nn::Sizes& sizes : nn::layer_sizes(model, interface))
    for (const nn::Channel& channel : nn::cell_of(model, layer++).channels) numbers += sizes(channel.extent);
  if (model.decoder) numbers += 12 * model.hidden + 4 * model.embedding;  // about what attention keeps
  return static_cast<double>(numbers) * (model.bidirectional ? 2 : 1);
}

/// How many more numbers rules make a tape keep for each of its values.
static double kept_beside(std::span<const nn::ForceRule> rules) {
  if (rules.empty()) return 0;
  return std::ranges::any_of(rules, &nn::ForceRule::before_activation) ? 2 : 1;
}

double memory_needed(const nn::ModelSpec& model, const nn::Interface& interface, Index columns, Index shards,
                     std::span<const nn::ForceRule> rules) {
  const double parameters = static_cast<double>(nn::count_parameters(model, interface));
  const double numbers = (2 + std::max(1.0, kept_beside(rules))) * numbers_a_step(model, interface);
  const Index normed = model.last_norm == nn::Norm::none ? 0 : model.gives();
  // Values, gradients and what rules add of all channels; outputs; weights, packed twice, kept, moments,
  // gradients a shard.
  return sizeof(float) *
         (static_cast<double>(columns) * (numbers + 2 * static_cast<double>(interface.outputs + normed)) +
          parameters * (7 + static_cast<double>(shards)));
}

double memory_of_attention(const nn::ModelSpec& model, Index steps, Index sequences, std::size_t scalar) {
  if (!model.decoder || model.decoder->attention == nn::Attention::none) return 0;
  // Used, raw and their gradients, a source step for each step of all.
  const double weights = static_cast<double>(steps) * static_cast<double>(steps * sequences);
  return 3 * static_cast<double>(scalar) * weights;
}

double memory_of_trace(const nn::ModelSpec& model, const nn::Interface& interface, Index steps,
                       std::span<const nn::ForceRule> rules, std::size_t scalar) {
  const double parameters = static_cast<double>(nn::count_parameters(model, interface));
  const double directions = model.bidirectional ? 2 : 1, hidden = static_cast<double>(model.hidden);
  const double tapes = numbers_a_step(model, interface) * (2 + kept_beside(rules));
  // What enters layers, and its gradient, where that is not just the hidden state below.
  double inputs = 2 * static_cast<double>(model.embedding);
  if (model.bidirectional || model.dropout > 0) inputs += 2 * (model.layers - 1) * directions * hidden;
  if (model.bidirectional)
    inputs += std::max<double>(static_cast<double>(model.embedding), directions * hidden);
  // A character's text, number and target, its outputs and their gradients.
  const double outputs = 2 * static_cast<double>(interface.outputs) + 24;
  return static_cast<double>(scalar) *
             (static_cast<double>(steps) * (tapes + inputs + outputs) + 6 * parameters) +
         memory_of_attention(model, steps, 1, scalar);
}

void check(const Experiment& experiment, const nn::Interface& interface) {
  double bytes = 0;
  const TrainingSpec& training = experiment.training;
  const Index steps = kind_of(experiment.task).steps(experiment);
  for (const nn::ModelSpec& model : experiment.models) {
    const std::vector<nn::ForceRule> rules = rules_for(experiment, model);
    bytes += memory_needed(model, interface, steps * training.batch, (training.batch + 15) / 16, rules);
    bytes += memory_of_attention(model, steps, training.batch, sizeof(float));
    for (const nn::ForceRule& rule : rules) nn::check_rule(rule, model, nn::layer_sizes(model, interface));
  }
  check_memory(bytes, "fewer units, layers or steps, or a smaller batch");
}

void check_memory(double bytes, std::string_view instead) {
  check_memory(bytes, instead, "this");
}

double memory_limit() {
  constexpr double kShare = 0.9;  // of what is free: the rest is for everything else
  return std::min(kMemoryLimit, kShare * available_memory());
}

void check_memory(double bytes, std::string_view instead, std::string_view what) {
  constexpr double kNothing = 5e7;  // not worth to ask the machine
  if (bytes <= kNothing) return;
  const double limit = memory_limit();
  if (bytes <= limit) return;
  if (limit < kMemoryLimit) {
    fail("{} would take {:.1f} GB of memory, more than the {:.1f} GB that are free: choose {}", what,
         bytes / 1e9, limit / 1e9, instead);
  }
  fail("{} would take {:.1f} GB of memory, more than {:.0f} GB: choose {}", what, bytes / 1e9, limit / 1e9,
       instead);
}

std::vector<nn::ForceRule> rules_for(const Experiment& experiment, const nn::ModelSpec& model) {
  std::vector<nn::ForceRule> rules;
  for (const nn::ForceRule& rule : experiment.force) {
    if (nn::concerns(rule, model)) {
      rules.push_back(rule);
      continue;
    }
    const bool concerns_another = std::ranges::any_of(
        experiment.models, [&](const nn::ModelSpec& other) { return nn::concerns(rule, other); });
    // The model's own check says which channels there are.
    if (!concerns_another) rules.push_back(rule);
  }
  return rules;
}

}  // namespace gatescope::experiment
