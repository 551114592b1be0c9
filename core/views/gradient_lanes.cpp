#include "core/views/gradient_lanes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/kept.h"
#include "core/analysis/one_loss.h"
#include "core/error.h"
#include "core/plot/ticks.h"

namespace gatescope::views {
namespace {

void add_lanes(GradientLanes& all, const Observation& observation, std::size_t k, const ViewOptions& options,
               const SequenceTrace& text, bool natural) {
  const Tape& tape = tape_of(observation, text, options);
  const nn::CellInfo& cell = tape.info();
  all.reverse = tape.reverse();
  for (const int state : cell.paths()) {
    const auto lags = analysis::gradient_lags(observation, series_of(options, state, natural), all.loss_step);
    const std::vector<double>& norms = lags->norms;
    GradientLane lane;
    lane.model_name = name_of(observation);
    lane.name =
        fmt::format("{} {}{}", lane.model_name, symbol_of(cell.channels[state]), natural ? ", natural" : "");
    lane.channel = state;
    lane.role = role_of(cell, state);
    lane.second = state == cell.hidden() && cell.has_cell_state();
    const double reference = analysis::reference_of(norms);
    for (const double norm : norms) lane.relative.push_back(reference == 0 ? 0 : norm / reference);
    const nn::ModelSpec& spec = observation.network->spec();
    if (spec.bidirectional && options.layer + 1 < spec.layers) {
      const auto gradients = tape.gradients(state);
      const Index way = tape.reverse() ? -1 : 1;
      for (Index t = all.loss_step + way; t >= 0 && t < tape.steps(); t += way)
        lane.beyond.push_back(reference == 0 ? 0 : gradients.col(t).cast<double>().norm() / reference);
    }
    lane.reach = lags->reach;
    lane.model = k;
    lane.natural = natural;
    all.lanes.push_back(std::move(lane));
  }
}

}  // namespace

GradientLanes gradient_lanes(std::span<const Observation> observations, const ViewOptions& options,
                             std::string_view view) {
  if (observations.empty()) fail("the view {} needs a model", view);
  GradientLanes all;
  for (std::size_t k = 0; k < observations.size(); ++k) {
    const Observation& observation = observations[k];
    if (!observation.network || !observation.sequence) fail("the view {} needs a model and a text", view);
    if (k == 0) all.loss_step = analysis::one_loss_step(observation, options.loss_step);
    // Models of words read a text in fewer steps than models of characters do.
    if (all.loss_step >= observation.steps())
      fail("the view {} compares gradients of one loss, at step {}: {} reads the text in {} steps, {} in {}",
           view, all.loss_step, name_of(observations[0]), observations[0].steps(), name_of(observation),
           observation.steps());
    add_lanes(all, observation, k, options, *observation.sequence, false);
    if (observation.natural && analysis::loss_step(observation, analysis::Run::natural) == all.loss_step)
      add_lanes(all, observation, k, options, *observation.natural, true);
  }
  return all;
}

Index GradientLanes::reached(const GradientLane& lane, const ViewOptions& options) const {
  const auto all = static_cast<Index>(lane.relative.size());
  if (!options.frame) return all;
  const Index lag = reverse ? *options.frame - loss_step : loss_step - *options.frame;
  return std::clamp<Index>(lag + 1, 0, all);
}

bool GradientLanes::both_sides() const {
  return std::ranges::any_of(lanes, [](const GradientLane& lane) { return !lane.beyond.empty(); });
}

Index GradientLanes::telling_lags() const {
  Index most = 1, longest = 1;
  for (const GradientLane& lane : lanes) {
    Index lag = static_cast<Index>(lane.relative.size()) - 1;
    longest = std::max(longest, lag);
    while (lag > 0 && !(lane.relative[lag] >= kGradientFloor)) --lag;
    most = std::max(most, lag);
  }
  return std::min(longest, std::max<Index>(most + 1, 8));
}

Headline GradientLanes::headline(std::size_t model) const {
  const GradientLane *best = nullptr, *natural = nullptr;
  const auto farther = [](const GradientLane& a, const GradientLane& b) {
    return b.reach && (!a.reach || *a.reach > *b.reach);
  };
  for (const GradientLane& lane : lanes) {
    if (lane.model != model) continue;
    const GradientLane*& to = lane.natural ? natural : best;
    if (!to || farther(lane, *to)) to = &lane;
  }
  std::string label = "reach of " + best->name;
  if (natural) label += ", natural " + reach_text(*natural);
  return {reach_text(*best), label};
}

Headline GradientLanes::share_left() const {
  constexpr double kExplodes = 100;
  Index lag = kToldLag;
  for (const GradientLane& lane : lanes) lag = std::min(lag, static_cast<Index>(lane.relative.size()) - 1);
  lag = std::max<Index>(lag, 0);
  const auto told = [&](const GradientLane& lane) -> std::string {
    if (lane.reach == 0) return "no gradient";
    const double there = lane.relative[lag], last = lane.relative.back();
    if (!std::isfinite(there)) return "not finite";
    if (std::isfinite(last) && last >= kExplodes && last > there) {
      const Index end = step(static_cast<Index>(lane.relative.size()) - 1);
      return fmt::format("{} at step {}", share_text(last), end);
    }
    return share_text(there);
  };
  std::string sentence;
  for (const GradientLane& lane : lanes) {
    if (lane.second) continue;
    if (lane.natural)
      sentence += fmt::format(" (natural {})", told(lane));
    else
      sentence += fmt::format("{}{} {}", sentence.empty() ? "" : ", ", lane.model_name, told(lane));
  }
  return {fmt::format("after {}: {}", counted(lag, "step", "steps"), sentence),
          "of the gradient at the loss is left"};
}

std::string share_text(double share) {
  if (!std::isfinite(share)) return "–";
  if (share >= 1.005) {
    if (share < 10) return fmt::format("{:.1f} times as large", share);
    if (share < 1e4) return fmt::format("{:.0f} times as large", share);
    return power_of_ten(static_cast<int>(std::lround(std::log10(share)))) + " times as large";
  }
  const double percents = 100 * share;
  if (percents >= 9.95) return fmt::format("{:.0f} %", percents);
  if (percents >= 0.995) return fmt::format("{:.1f} %", percents);
  if (percents == 0) return "0 %";
  const int exponent = static_cast<int>(std::floor(std::log10(percents * 1.05)));
  if (exponent < -4) return power_of_ten(exponent) + " %";
  return fmt::format("{:.{}f} %", percents, -exponent);
}

std::string reach_text(const GradientLane& lane) {
  if (lane.reach == 0) return "no gradient";
  if (lane.reach) return counted(*lane.reach, "step", "steps");
  if (!std::all_of(lane.relative.begin(), lane.relative.end(), [](double r) { return std::isfinite(r); }))
    return "not finite";
  return fmt::format("over {}", counted(static_cast<Index>(lane.relative.size()) - 1, "step", "steps"));
}

}  // namespace gatescope::views
