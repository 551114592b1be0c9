#include "core/analysis/memory_left.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/summary.h"
#include "core/nn/decoder_rules.h"

namespace gatescope::analysis {

std::vector<double> mean_sizes(const ConstMatrixView<float>& values) {
  std::vector<double> sizes;
  sizes.reserve(static_cast<std::size_t>(values.cols()));
  for (Index t = 0; t < values.cols(); ++t) {
    const double mean = values.col(t).cast<double>().cwiseAbs().mean();
    sizes.push_back(mean);
  }
  return sizes;
}

double size_ratio(std::span<const double> forced, std::span<const double> natural, Index from, Index end) {
  return mean_of_finite(forced, from, end) / mean_of_finite(natural, from, end);
}

Index first_forced_step(const observe::Observation<float>& observation) {
  const Index steps = observation.steps();
  if (observation.network->spec().bidirectional) return 0;
  Index first = steps;
  for (const nn::ForceRule& rule : observation.rules) {
    const nn::ModelSpec& model = observation.network->spec();
    const Index begin = nn::is_of_decoder(rule, model) ? observation.rules_begin(model.layers) : 0;
    if (rule.steps.empty()) first = std::min(first, begin);
    for (const nn::Range& range : rule.steps) first = std::min<Index>(first, begin + range.first);
  }
  return first < steps ? std::max<Index>(first, 0) : 0;
}

bool keeps_by_gates(const nn::CellInfo& cell, int channel) {
  return cell.keep_gate() != nn::kNone && channel == cell.memory();
}

double OldMemory::left(Index end) const {
  const bool backward = last < from;
  const Index at = backward ? last : std::min(last, end - 1);
  if (at == from || (!backward && at < from) || at >= end) return std::numeric_limits<double>::quiet_NaN();
  return sizes[at] / sizes[from];
}

namespace {

/// The first and the last step that a rule names, within so many; nothing where there is none.
std::optional<nn::Range> steps_of(std::span<const nn::ForceRule> rules, int steps) {
  std::optional<nn::Range> all;
  const auto add = [&](int first, int last) {
    if (first >= steps) return;
    last = std::min(last, steps - 1);
    all = all ? nn::Range{std::min(all->first, first), std::max(all->last, last)} : nn::Range{first, last};
  };
  for (const nn::ForceRule& rule : rules) {
    if (rule.steps.empty()) add(0, steps - 1);
    for (const nn::Range& range : rule.steps) add(range.first, range.last);
  }
  return all;
}

/// What rules on the memory itself leave of it.
void scale_by_rules(std::span<const nn::ForceRule> rules, int layer, const nn::Channel& memory, Index hidden,
                    Index step, std::vector<double>& old) {
  for (const nn::ForceRule& rule : rules) {
    const bool acts = rule.channel == memory.symbol && !rule.before_activation &&
                      rule.layer.value_or(layer) == layer && nn::covers(rule.steps, step);
    for (std::size_t row = 0; acts && row < old.size(); ++row)
      if (nn::covers(rule.units, static_cast<Index>(row) % hidden)) old[row] *= rule.scale;
  }
}

double mean_size(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += std::abs(value);
  return sum / static_cast<double>(values.size());
}

}  // namespace

std::optional<OldMemory> old_memory(const observe::Observation<float>& observation, int layer,
                                    const nn::LayerTape<float>& tape, const nn::LayerTape<float>& natural,
                                    bool forced) {
  const nn::CellInfo& cell = tape.info();
  const int memory = cell.memory(), keep = cell.keep_gate();
  const Index steps = tape.steps();
  const auto touched = steps_of(observation.rules, static_cast<int>(steps));
  if (!touched || !keeps_by_gates(cell, memory) || steps < 2) return std::nullopt;
  const Index way = tape.reverse() ? -1 : 1, begin = tape.reverse() ? steps - 1 : 0;
  const Index entered = tape.reverse() ? touched->last : touched->first;
  OldMemory old{.from = entered == begin ? begin : entered - way,
                .last = tape.reverse() ? touched->first : touched->last,
                .sizes = std::vector<double>(static_cast<std::size_t>(steps),
                                             std::numeric_limits<double>::quiet_NaN())};
  const auto start = natural.values(memory).col(old.from);
  std::vector<double> values(start.begin(), start.end());
  old.sizes[old.from] = mean_size(values);
  const auto kept = tape.values(keep);
  const bool rest = cell.channels[keep].keeps == nn::Share::rest;
  std::vector<Index> places;  // of the gate's numbers, for each of the memory's
  for (Index row = 0; row < tape.width(memory); ++row)
    places.push_back(nn::place_with(cell.channels[keep].extent, tape.sizes(), row));
  for (Index t = old.from + way; t >= 0 && t < steps; t += way) {
    for (std::size_t row = 0; row < values.size(); ++row) {
      const auto gate = static_cast<double>(kept(places[row], t));
      values[row] *= rest ? 1 - gate : gate;
    }
    if (forced) scale_by_rules(observation.rules, layer, cell.channels[memory], tape.hidden(), t, values);
    old.sizes[t] = mean_size(values);
  }
  return old;
}

}  // namespace gatescope::analysis
