// The highway of the gradient and its detours: by which ways the gradient of one loss came into the memory of
// each step, and how much of the memory's own Jacobian the keep gates alone are [hochreiter1997].

#include "core/analysis/highway.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/one_loss.h"
#include "core/views/memory_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

using WayKind = analysis::HighwayWay::Kind;
constexpr double kMostWork = 3e8;  // multiplications that a picture may take

class HighwayView {
 public:
  HighwayView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)),
        cell_(tape_.info()),
        loss_(analysis::one_loss_step(observation, options.loss_step)) {
    if (options.step) check_step(tape_, *options.step);
    all_ = highway_of(false);
    // The natural run's gradients are of the same loss where the window's are.
    if (observation.natural && analysis::loss_step(observation, Run::natural) == loss_)
      natural_ = highway_of(true);
    carousel_ = carousel_of();
  }

  Figure make() const {
    Figure figure;
    figure.title = "Highway and detours, " + where_of(observation_, options_);
    figure.share_x = true;
    figure.panels = {shares(), norms()};
    std::string label = fmt::format("of the gradient in {} came along the highway, mean over the steps",
                                    memory_symbol(observation_, options_));
    if (natural_) label += ", natural " + percent(mean_share(*natural_));
    figure.headlines.push_back({percent(mean_share(*all_)), label});
    figure.caption = sentences(
        {fmt::format("Back from the loss at step {}: on the highway through the keep gate alone, on a detour "
                     "through the hidden state and a gate or the candidate of the next step.",
                     loss_),
         cut(), forced_sentence(observation_)});
    return figure;
  }

 private:
  analysis::Kept<analysis::Highway> highway_of(bool natural) const {
    return analysis::recall(observation_, "highway", memory_options(options_, natural), [&] {
      std::span<const nn::ForceRule> rules;
      if (!natural) rules = observation_.rules;
      return analysis::highway(
          *observation_.network,
          tape_of(observation_, natural ? *observation_.natural : *observation_.sequence, options_), rules,
          options_.layer);
    });
  }

  /// As many lags as a picture may take.
  Index most_lags() const {
    const auto rows = static_cast<double>(tape_.width(cell_.memory())),
               hidden = static_cast<double>(tape_.hidden());
    const double products = static_cast<double>(cell_.recurrent() ? cell_.products.size() : 1);
    return static_cast<Index>(kMostWork / (rows * hidden * (rows > hidden ? 1 : hidden) * products));
  }
  Index lags() const { return std::min(most_lags(), tape_.reverse() ? tape_.steps() - 1 - loss_ : loss_); }
  std::string cut() const {
    const Index all = tape_.reverse() ? tape_.steps() - 1 - loss_ : loss_;
    return lags() < all
               ? fmt::format("The lower curves are of the last {}.", counted(lags(), "step", "steps"))
               : "";
  }
  analysis::Kept<analysis::Carousel> carousel_of() const {
    return analysis::recall(observation_, "carousel", memory_options(options_, false, {loss_, lags()}), [&] {
      return analysis::carousel(*observation_.network, tape_,
                                std::span<const nn::ForceRule>(observation_.rules), options_.layer, loss_,
                                lags());
    });
  }

  double mean_share(const analysis::Highway& all) const {
    double sum = 0;
    int count = 0;
    for (Index t = 0; t < tape_.steps(); ++t) {
      const double share = all.ways[0].share[t];
      if (t == loss_ || !std::isfinite(share)) continue;
      sum += share;
      ++count;
    }
    return count == 0 ? std::nan("") : sum / count;
  }

  const nn::Channel& channel(int k) const { return cell_.channels[k]; }
  std::string name_of_way(const analysis::HighwayWay& way) const {
    switch (way.kind) {
      case WayKind::keep:
        return "highway: " + (channel(way.channel).keeps == nn::Share::rest
                                  ? fmt::format("1 − {} alone", symbol_of(channel(way.channel)))
                                  : fmt::format("{} alone", symbol_of(channel(way.channel))));
      case WayKind::channel:
        return "through the " + std::string(channel(way.channel).name);
      case WayKind::output:
        break;
    }
    return options_.layer + 1 < observation_.network->spec().layers ? "from the layers above"
                                                                    : "from the loss itself";
  }
  Ink ink_of(const analysis::HighwayWay& way) const {
    switch (way.kind) {
      case WayKind::keep:
        return {role_of(cell_, cell_.has_cell_state() ? cell_.memory() : cell_.keep_gate())};
      case WayKind::channel:
        return {role_of(cell_, way.channel)};
      case WayKind::output:
        break;
    }
    return {InkRole::muted, 0, 0.5F};
  }

  Panel shares() const {
    Panel panel{.title = fmt::format("by which ways the gradient comes into {}",
                                     memory_symbol(observation_, options_)),
                .empty_text = "no gradient"};
    panel.x = time_axis(observation_, tape_);
    panel.y = {.title = "share", .low = 0, .high = 1};
    panel.legend = Legend::above;
    panel.height = 1.6F;
    std::vector<double> base(static_cast<std::size_t>(tape_.steps()));
    for (const analysis::HighwayWay& way : all_->ways) {
      Band band{
          .name = name_of_way(way), .ink = ink_of(way), .opacity = way.kind == WayKind::keep ? 0.95F : 0.6F};
      for (std::size_t t = 0; t < base.size(); ++t) {
        if (!std::isfinite(way.share[t])) continue;
        // The step of the loss, and those to both of its sides, by whole steps.
        for (const double x : {static_cast<double>(t) - 0.5, static_cast<double>(t) + 0.5}) {
          band.x.push_back(x);
          band.low.push_back(base[t]);
          band.high.push_back(base[t] + way.share[t]);
        }
        base[t] += way.share[t];
      }
      // Its edge, which tells it in the legend.
      panel.marks.push_back(Line{.name = band.name, .x = band.x, .y = band.high, .ink = band.ink});
      panel.marks.push_back(std::move(band));
    }
    add_forced(panel, forced_steps(observation_, tape_.steps()));
    if (options_.step) panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    return panel;
  }

  Panel norms() const {
    const std::string m = cell_.memory() == cell_.output ? "h" : std::string(channel(cell_.memory()).symbol);
    Panel panel{.title = fmt::format("how {} of step {} depends on {} of each step before",
                                     memory_symbol(observation_, options_), loss_, m),
                .empty_text = "no steps yet"};
    panel.x = time_axis(observation_, tape_);
    panel.y = {.title = fmt::format("‖∂{0}/∂{0}‖", m), .kind = ScaleKind::log};
    panel.legend = Legend::automatic;
    const auto line = [&](const std::vector<double>& norms, Line drawn) {
      for (std::size_t lag = 0; lag < norms.size(); ++lag) {
        const auto back = static_cast<Index>(lag);
        drawn.x.push_back(static_cast<double>(tape_.reverse() ? loss_ + back : loss_ - back));
        drawn.y.push_back(std::max(norms[lag] / carousel_->whole.front(), 1e-30));
      }
      return drawn;
    };
    double low = 0.1, high = 2;
    for (const auto* norms : {&carousel_->whole, &carousel_->keep})
      for (const double norm : *norms)
        if (const double share = norm / carousel_->whole.front(); std::isfinite(share))
          low = std::min(low, share / 2), high = std::max(high, 2 * share);
    panel.y.low = std::max(low, 1e-8);
    panel.y.high = high;
    const int keep = cell_.keep_gate();
    const std::string gate = symbol_of(channel(keep));
    panel.marks.push_back(
        line(carousel_->whole, {.name = "all ways", .ink = {InkRole::neutral}, .weight = 1.4F}));
    panel.marks.push_back(
        line(carousel_->keep,
             {.name = channel(keep).keeps == nn::Share::rest ? fmt::format("Π (1 − {}) alone", gate)
                                                             : fmt::format("Π {} alone", gate),
              .ink = {role_of(cell_, cell_.has_cell_state() ? cell_.memory() : keep)},
              .dash = Dash::dashed,
              .weight = 1.8F}));
    if (options_.step) panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    return panel;
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  const nn::CellInfo& cell_;
  Index loss_;
  analysis::Kept<analysis::Highway> all_, natural_;
  analysis::Kept<analysis::Carousel> carousel_;
};

}  // namespace

Figure highway_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "highway");
  if (auto none = without_memory(observation, options, "Highway and detours")) return *none;
  return HighwayView(observation, options).make();
}

}  // namespace gatescope::views
