#include "core/train/overfitting.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gatescope::train {
namespace {

struct Measurement {
  std::uint64_t update = 0;
  double held_out = 0;
  double loss = 0;  // in training, the mean since the measurement before
};

std::vector<Measurement> measurements_of(std::span<const MetricsRow> rows) {
  std::vector<Measurement> all;
  double sum = 0, count = 0;
  for (const MetricsRow& row : rows) {
    if (!std::isfinite(row.loss) || (row.held_out && !std::isfinite(*row.held_out))) continue;
    sum += row.loss;
    ++count;
    if (!row.held_out) continue;
    all.push_back({row.update, *row.held_out, sum / count});
    sum = count = 0;
  }
  return all;
}

/// Of each kPatience measurements in a row.
std::vector<Measurement> means_of(const std::vector<Measurement>& all) {
  std::vector<Measurement> means;
  for (std::size_t k = kPatience; k <= all.size(); ++k) {
    Measurement& mean = means.emplace_back();
    for (std::size_t i = k - kPatience; i < k; ++i) {
      mean.held_out += all[i].held_out / kPatience;
      mean.loss += all[i].loss / kPatience;
    }
  }
  return means;
}

/// How far a measurement lies from the line through its neighbours, as a standard deviation; by the median,
/// so that neither the steep beginning nor a single spike counts. There are kLeastMeasurements.
double scatter(const std::vector<Measurement>& all) {
  constexpr double kDeviationOfMedian = 1.4826;  // of a normal distribution
  std::vector<double> off;
  for (std::size_t k = 1; k + 1 < all.size(); ++k)
    off.push_back(std::abs(all[k].held_out - (all[k - 1].held_out + all[k + 1].held_out) / 2));
  const auto middle = off.begin() + static_cast<std::ptrdiff_t>(off.size() / 2);
  std::nth_element(off.begin(), middle, off.end());
  return kDeviationOfMedian * *middle /
         std::sqrt(1.5);  // the variance of such a distance is 3/2 of one's own
}

}  // namespace

std::optional<HeldOutStanding> held_out_standing(std::span<const MetricsRow> rows, double least_rise) {
  const std::vector<Measurement> all = measurements_of(rows);
  if (all.empty()) return std::nullopt;
  const auto best = std::ranges::min_element(all, {}, &Measurement::held_out);
  HeldOutStanding standing{best->update, all.back().update, best->held_out, all.back().held_out, false};
  if (all.size() < kLeastMeasurements || static_cast<std::size_t>(all.end() - best) <= kPatience)
    return standing;
  const double rise = std::max(kLeastRise * std::abs(best->held_out), least_rise);
  const auto risen = [&](const Measurement& each) { return each.held_out > best->held_out + rise; };
  if (!std::all_of(all.end() - static_cast<std::ptrdiff_t>(kPatience), all.end(), risen)) return standing;
  // The lowest of many is low by chance, too: means of several are compared.
  const std::vector<Measurement> means = means_of(all);
  const auto& lowest = *std::ranges::min_element(means, {}, &Measurement::held_out);
  standing.overfitting = means.back().held_out > lowest.held_out + std::max(rise, kNoises * scatter(all)) &&
                         means.back().loss < lowest.loss;
  return standing;
}

}  // namespace gatescope::train
