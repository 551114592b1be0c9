// Diagnoses of units: gates at their ends, units that say nothing, output gates that are closed.

#include <algorithm>
#include <cmath>

#include "core/analysis/diagnoses_detail.h"
#include "core/analysis/keeps.h"

namespace gatescope::analysis::detail {
namespace {

bool squashes(const nn::Channel& channel) {
  return channel.activation == nn::Activation::sigmoid || channel.activation == nn::Activation::tanh;
}

/// "3, 7 and 21", the first of many.
std::string list_text(const std::vector<int>& units) {
  constexpr std::size_t most = 6;
  std::string text;
  for (std::size_t k = 0; k < units.size() && k < most; ++k)
    text += (k == 0 ? "" : k + 1 == units.size() ? " and " : ", ") + std::to_string(units[k]);
  return units.size() > most ? text + ", …" : text;
}

std::vector<nn::Range> ranges_of(const std::vector<int>& units) {
  std::vector<nn::Range> ranges;
  for (const int u : units) {
    if (!ranges.empty() && ranges.back().last == u - 1)
      ranges.back().last = u;
    else
      ranges.push_back({u, u});
  }
  return ranges;
}

}  // namespace

template <class S>
void Examination<S>::saturated() {
  constexpr std::string_view key = "saturated";
  int worst = nn::kNone;
  double most = -1, slope = 0;
  for (int k = 0; k < static_cast<int>(cell_.channels.size()); ++k) {
    const nn::Channel& one = channel(k);
    if (!squashes(one) || !std::isfinite(one.low) || !std::isfinite(one.high)) continue;
    const double low = one.low + 0.1 * (one.high - one.low), high = one.high - 0.1 * (one.high - one.low);
    const auto values = tape_->values(k);
    Index ends = 0, all = 0;
    double slopes = 0;
    for (Index t = is_set_at_first(cell_, k) ? std::max(first_, kFirstKeep) : first_; t <= last_; ++t) {
      for (Index row = 0; row < values.rows(); ++row) {
        const auto v = static_cast<double>(values(row, t));
        if (!std::isfinite(v)) continue;
        ++all;
        ends += v < low || v > high;
        slopes += one.activation == nn::Activation::sigmoid ? 4 * v * (1 - v) : 1 - v * v;
      }
    }
    const double share = all > 0 ? static_cast<double>(ends) / static_cast<double>(all) : 0;
    if (share > most) most = share, worst = k, slope = slopes / static_cast<double>(std::max<Index>(1, all));
  }
  if (worst == nn::kNone) return lacking(key, fmt::format("{} has no sigmoid and no tanh", cell_.title));
  if (most < kAtRails)
    return healthy(
        key, fmt::format("{} of the values of the {} are within a tenth of an end, and fewer of the others",
                         share_text(most), name(worst)));
  const nn::ForceRule halved = scaled(worst, 0.5, 0);
  const double after = what_if_->run({halved}).mean;
  Diagnosis one{.key = key, .view = "saturation"};
  one.quantity = {fmt::format("share of the values of the {} within a tenth of an end", name(worst)), most,
                  ""};
  one.confirmed = after <= (1 - kFelt) * now_.mean;
  one.title = one.confirmed ? fmt::format("The {} is saturated, and too much so", name(worst))
              : after > (1 + kFelt) * now_.mean
                  ? fmt::format("The {} is saturated, and used so", name(worst))
                  : fmt::format("The {} is saturated, and it makes no difference", name(worst));
  one.counterfactual = of_mean({halved}, after);
  one.sentence = fmt::format(
      "{} of the values of the {} are within a tenth of an end; its slope, by which it learns, is {} of what "
      "it "
      "could be. With half of its pre-activation, {}.",
      share_text(most), name(worst), share_text(slope), mean_change(now_.mean, after));
  found(std::move(one));
}

template <class S>
void Examination<S>::silent() {
  constexpr std::string_view key = "silent";
  const auto values = tape_->values(cell_.hidden());
  std::vector<double> sizes(static_cast<std::size_t>(values.rows()));
  for (Index t = first_; t <= last_; ++t)
    for (Index u = 0; u < values.rows(); ++u)
      sizes[static_cast<std::size_t>(u)] =
          std::max(sizes[static_cast<std::size_t>(u)], std::abs(static_cast<double>(values(u, t))));
  const double greatest = *std::ranges::max_element(sizes), least = *std::ranges::min_element(sizes);
  std::vector<int> units;
  for (std::size_t u = 0; u < sizes.size(); ++u)
    if (sizes[u] <= kSilent * greatest) units.push_back(static_cast<int>(u));
  const std::string output = name(cell_.hidden());
  if (units.empty())
    return healthy(key, fmt::format("every unit says something: the quietest {} reaches {} of the loudest",
                                    output, share_text(least / greatest)));
  nn::ForceRule mute = set_to(cell_.hidden(), 0);
  mute.units = ranges_of(units);
  const double after = what_if_->run({mute}).mean;
  Diagnosis one{.key = key, .view = "states"};
  one.quantity = {fmt::format("units whose {} never exceeds a hundredth of the largest", output),
                  static_cast<double>(units.size()), "units"};
  one.confirmed = std::abs(after - now_.mean) <= kFelt * now_.mean;
  one.title =
      fmt::format("{} of {} units {} silent", units.size(), sizes.size(), units.size() == 1 ? "is" : "are");
  if (!one.confirmed) one.title += ", yet they are heard";
  one.counterfactual = of_mean({mute}, after);
  one.sentence = fmt::format(
      "In {} of {} units the {} never exceeds a hundredth of the largest ({} {}). Set to 0 {}, {}.",
      units.size(), sizes.size(), output, units.size() == 1 ? "unit" : "units", list_text(units),
      units.size() == 1 ? "there" : "in these", mean_change(now_.mean, after));
  found(std::move(one));
}

template <class S>
void Examination<S>::output() {
  constexpr std::string_view key = "output";
  int gate = nn::kNone;
  for (int k = 0; k < static_cast<int>(cell_.channels.size()); ++k)
    if (channel(k).gate == nn::Gate::output && channel(k).role == nn::Role::gate && channel(k).one_a_unit() &&
        channel(k).low == 0 && channel(k).high == 1)
      gate = k;
  if (gate == nn::kNone) return lacking(key, fmt::format("{} has no output gate", cell_.title));
  const auto values = tape_->values(gate);
  std::vector<int> units;
  double least = 1;
  for (Index u = 0; u < values.rows(); ++u) {
    double sum = 0;
    for (Index t = first_; t <= last_; ++t) sum += static_cast<double>(values(u, t));
    const double mean = sum / static_cast<double>(last_ - first_ + 1);
    least = std::min(least, mean);
    if (mean < kOutputClosed) units.push_back(static_cast<int>(u));
  }
  if (units.empty())
    return healthy(key, fmt::format("the {} is at least {} open on average in every unit", name(gate),
                                    share_text(least)));
  nn::ForceRule open = set_to(gate, 1);
  open.units = ranges_of(units);
  const double after = what_if_->run({open}).mean;
  Diagnosis one{.key = key, .view = "gates"};
  one.quantity = {fmt::format("units whose {} is below {} on average", name(gate), kOutputClosed),
                  static_cast<double>(units.size()), "units"};
  one.confirmed = after <= (1 - kFelt) * now_.mean;
  one.title = fmt::format("{} of {} {}s are closed", units.size(), values.rows(), name(gate));
  if (units.size() == 1) one.title = fmt::format("One of {} {}s is closed", values.rows(), name(gate));
  one.title += one.confirmed ? ", and hold back what is needed" : ", and nothing better is behind them";
  one.counterfactual = of_mean({open}, after);
  one.sentence = fmt::format(
      "In {} of {} units the {} is below {} on average, so that little of the {} leaves the cell ({} {}). "
      "Held open "
      "{} at every step, {}.",
      units.size(), values.rows(), name(gate), kOutputClosed, name(cell_.memory()),
      units.size() == 1 ? "unit" : "units", list_text(units), units.size() == 1 ? "there" : "in these",
      mean_change(now_.mean, after));
  found(std::move(one));
}

template void Examination<float>::saturated();
template void Examination<double>::saturated();
template void Examination<float>::silent();
template void Examination<double>::silent();
template void Examination<float>::output();
template void Examination<double>::output();

}  // namespace gatescope::analysis::detail
