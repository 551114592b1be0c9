#include "core/views/gradient_lanes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/kept.h"
#include "core/analysis/one_loss.h"
#include "core/error.h"

namespace gatescope::views {
namespace {

void add_lanes(GradientLanes& all, const Observation& observation, std::size_t k, const ViewOptions& options,
               const TextTrace& text, bool natural) {
  const Tape& tape = tape_of(observation, text, options);
  const nn::CellInfo& cell = tape.info();
  all.reverse = tape.reverse();
  for (const int state : cell.paths()) {
    const auto lags = analysis::gradient_lags(observation, series_of(options, state, natural), all.loss_step);
    const std::vector<double>& norms = lags->norms;
    GradientLane lane;
    lane.model_name = name_of(observation);
    lane.name =
        fmt::format("{} {}{}", lane.model_name, symbol_of(cell.channels[static_cast<std::size_t>(state)]),
                    natural ? ", natural" : "");
    lane.channel = state;
    lane.role = role_of(cell, state);
    lane.second = state == cell.output && cell.has_cell_state();
    for (const double norm : norms) lane.relative.push_back(norms[0] == 0 ? 0 : norm / norms[0]);
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
    if (!observation.network || !observation.text) fail("the view {} needs a model and a text", view);
    if (k == 0) all.loss_step = analysis::one_loss_step(observation, options.step);
    add_lanes(all, observation, k, options, *observation.text, false);
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

Index GradientLanes::telling_lags() const {
  Index most = 1, longest = 1;
  for (const GradientLane& lane : lanes) {
    Index lag = static_cast<Index>(lane.relative.size()) - 1;
    longest = std::max(longest, lag);
    while (lag > 0 && !(lane.relative[static_cast<std::size_t>(lag)] >= kGradientFloor)) --lag;
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

std::string reach_text(const GradientLane& lane) {
  if (lane.reach == 0) return "no gradient";
  if (lane.reach) return counted(*lane.reach, "step", "steps");
  if (!std::all_of(lane.relative.begin(), lane.relative.end(), [](double r) { return std::isfinite(r); }))
    return "not finite";
  return fmt::format("over {}", counted(static_cast<Index>(lane.relative.size()) - 1, "step", "steps"));
}

}  // namespace gatescope::views
