#include "core/analysis/unit_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/analysis/keeps.h"
#include "core/analysis/summary.h"
#include "core/in_quotes.h"

namespace gatescope::analysis {

UnitOrder greatest_first(std::vector<double> values) {
  UnitOrder order{std::vector<int>(values.size()), std::move(values)};
  std::iota(order.units.begin(), order.units.end(), 0);
  const auto rank = [&](int unit) {
    const double value = order.values[unit];
    return std::isnan(value) ? -std::numeric_limits<double>::infinity() : value;
  };
  std::ranges::stable_sort(order.units, std::ranges::greater{}, rank);
  return order;
}

std::vector<double> means_of_units(const ConstMatrixView<float>& values) {
  std::vector<double> means;
  for (const Summary& summary : summarise_units(values)) means.push_back(summary.mean);
  return means;
}

std::vector<double> sizes_of_units(const ConstMatrixView<float>& values) {
  std::vector<double> sizes;
  for (const Summary& summary : summarise_units(values))
    sizes.push_back(summary.finite > 0 ? std::max(std::abs(summary.least), std::abs(summary.greatest)) : 0);
  return sizes;
}

std::vector<double> time_constants(const ConstMatrixView<float>& gate, Index units, bool rest, bool reverse,
                                   Index first) {
  std::vector<MeanKeep> means(static_cast<std::size_t>(units));
  const Index steps = gate.cols();
  for (Index n = first; n < steps; ++n) {
    const Index t = reverse ? steps - 1 - n : n;
    for (Index row = 0; row < gate.rows(); ++row) {
      const auto value = static_cast<double>(gate(row, t));
      means[static_cast<std::size_t>(row % units)].add(rest ? 1 - value : value);
    }
  }
  std::vector<double> constants;
  for (const MeanKeep& mean : means) constants.push_back(mean.time_constant());
  return constants;
}

std::vector<double> influences(const nn::Network<float>& network, const ConstMatrixView<float>& hidden,
                               int direction) {
  const Index outputs = network.interface().outputs, units = hidden.rows();
  const nn::Parameter& head = *network.table().find("head.weight");  // (outputs, units of both directions)
  const float* columns = network.parameters().data() + head.offset + direction * units * outputs;
  const nn::Parameter* scale = network.table().find("norm.weight");
  const std::vector<Summary> summaries = summarise_units(hidden);
  std::vector<double> moved;
  for (Index u = 0; u < units; ++u) {
    double square = 0;
    for (Index k = 0; k < outputs; ++k) {
      const auto weight = static_cast<double>(columns[u * outputs + k]);
      square += weight * weight;
    }
    const double normed = scale ? network.parameters()[scale->offset + direction * units + u] : 1;
    moved.push_back(summaries[u].deviation * std::sqrt(square) * std::abs(normed));
  }
  return moved;
}

std::string why_not_ordered(const nn::CellInfo& cell, const nn::ModelSpec& spec, int layer,
                            std::string_view by) {
  if (by.empty()) return {};
  if (by == kByTimeConstant) {
    const int gate = cell.keep_gate();
    if (gate != nn::kNone && cell.counts_units(gate)) {
      const nn::Channel& channel = cell.channels[gate];
      if (channel.low >= 0 && channel.high <= 1) return {};
    }
    return fmt::format("the cell {} has no gate from 0 to 1 that keeps its memory, and so no time constants",
                       cell.key);
  }
  if (by == kByInfluence) {
    if (spec.decoder)
      return "the influence on the output is that of one stack, and this is an encoder-decoder";
    if (layer == spec.layers - 1) return {};
    return fmt::format("the influence on the output is that of the last layer, {}", spec.layers - 1);
  }
  const int channel = cell.find(by);
  if (channel != nn::kNone && cell.counts_units(channel)) return {};
  std::string symbols;
  for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k)
    if (cell.counts_units(k)) symbols += std::string(cell.channels[k].symbol) + ", ";
  return fmt::format("units are not sorted by '{}', expected one of {}{}, {}", printable(by), symbols,
                     kByTimeConstant, kByInfluence);
}

}  // namespace gatescope::analysis
