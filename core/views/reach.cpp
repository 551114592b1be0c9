// How far the gradient reaches: the Jacobian of the joint state over the lag, and the gradient of one step's
// loss, each as median and middle half over the positions of the text [pascanu2013]. Several models on one
// scale.

#include "core/analysis/reach.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/watched.h"
#include "core/plot/ticks.h"
#include "core/views/laboratory_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr double kFaintestReach = 1e-6;  // what is below is nothing to the eye
constexpr double kLost = 1e-30;

/// "63 steps", "at least 70 steps", "grows × 10¹²".
std::string told(const analysis::Tail& tail, Index lags) {
  if (tail.gone && *tail.gone <= 1) return "nothing after 1 step";
  if (std::isfinite(tail.grown) && tail.ratio > 1 && tail.grown > 2) return "grows " + times_text(tail.grown);
  if (tail.censored || !std::isfinite(tail.time_constant))
    return fmt::format("at least {}", counted(lags, "step", "steps"));
  if (tail.time_constant < 0.95) return fmt::format("{:.1f} steps", tail.time_constant);
  return counted(static_cast<Index>(std::lround(tail.time_constant)), "step", "steps");
}

class ReachView {
 public:
  explicit ReachView(std::span<const Observation> observations) : observations_(observations) {
    std::size_t left = runs_of(observations);
    for (const Observation& observation : observations) {
      const auto of = [&](bool natural) {
        analysis::Watched::first_of(left--);
        return analysis::recall(observation, "reach", {natural},
                                [&] { return analysis::reach(observation, natural); });
      };
      reaches_.push_back(of(false));
      naturals_.push_back(observation.natural ? of(true) : nullptr);
      lags_ = std::max(lags_, reaches_.back()->lags.back());
    }
  }

  Figure make() const {
    Figure figure;
    figure.title = one() ? "Reach of the gradient in " + name_of(observations_[0]) : "Reach of the gradient";
    figure.headlines.push_back(headline());
    figure.columns = 2;
    figure.panels = {states(), losses()};
    figure.share_legend = !one();
    figure.caption = sentences(
        {fmt::format("How much a change of the state still matters so many steps later; the line is the "
                     "median over {}, the band the middle half.",
                     reaches_[0]->held_out ? "held-out sequences" : "the text"),
         forced_sentence(observations_)});
    return figure;
  }

 private:
  bool one() const { return observations_.size() == 1; }
  Ink ink_of(std::size_t k) const { return model_ink(observations_, k); }

  /// Over what, where that is not what was read.
  std::string where() const {
    if (!reaches_[0]->held_out) return "";
    return " of " + counted(std::ssize(reaches_[0]->sequences), "held-out sequence", "held-out sequences");
  }

  Headline headline() const {
    std::string value;
    bool same = true;
    const analysis::Tail& first = reaches_[0]->tail;
    for (std::size_t k = 0; k < reaches_.size(); ++k) {
      const analysis::Tail& tail = reaches_[k]->tail;
      same = same && tail.from == first.from && tail.to == first.to;
      value += fmt::format("{}{}{}", k == 0 ? "" : ", ", one() ? "" : name_of(observations_[k]) + " ",
                           told(tail, reaches_[k]->lags.back()));
      if (naturals_[k])
        value += fmt::format(" (natural {})", told(naturals_[k]->tail, naturals_[k]->lags.back()));
    }
    std::string label = "time constant of the tail";
    if (same) label += fmt::format(", lags {} to {}", first.from, first.to);
    return {value, label};
  }

  void add(Panel& panel, std::size_t k, const analysis::Reach& reach, const analysis::Spread& spread,
           bool natural) const {
    Ink ink = ink_of(k);
    if (natural) ink.opacity = 0.6F;
    Line line{
        .name = (one() ? std::string("median") : name_of(observations_[k])) + (natural ? ", natural" : ""),
        .ink = ink,
        .dash = natural ? Dash::dotted
                : one() ? Dash::solid
                        : model_dash(k),
        .weight = natural ? 1.2F : 1.8F};
    Band band{.name = one() && !natural ? "middle half" : "", .ink = ink, .opacity = one() ? 0.25F : 0.14F};
    for (std::size_t n = 0; n < spread.median.size(); ++n) {
      const auto lag = static_cast<double>(reach.lags[n]);
      line.x.push_back(lag);
      line.y.push_back(std::max(spread.median[n], kLost));
      band.x.push_back(lag);
      band.low.push_back(std::max(spread.lower[n], kLost));
      band.high.push_back(std::max(spread.upper[n], kLost));
    }
    if (!natural) panel.marks.push_back(std::move(band));
    panel.marks.push_back(std::move(line));
  }

  void limit(Panel& panel) const {
    panel.x = {.title = "lag",
               .unit = "steps back",
               .low = 0,
               .high = static_cast<double>(lags_),
               .reversed = true,
               .whole = true};
    panel.y.kind = ScaleKind::log;
    double high = 0, low = 1e300;
    for (const Mark& mark : panel.marks) {
      const Line* line = std::get_if<Line>(&mark);
      if (!line) continue;
      for (const double y : line->y)
        if (std::isfinite(y)) high = std::max(high, y), low = std::min(low, y);
    }
    if (high <= 0) return;
    panel.y.high = 3 * high;
    panel.y.low = std::max(low / 3, high * kFaintestReach);
  }

  Panel states() const {
    Panel panel{.title = "of the state: ‖∂sₜ/∂sₜ₋ₖ‖", .empty_text = "no steps yet"};
    for (std::size_t k = 0; k < reaches_.size(); ++k) {
      add(panel, k, *reaches_[k], reaches_[k]->state, false);
      if (naturals_[k]) add(panel, k, *naturals_[k], naturals_[k]->state, true);
    }
    limit(panel);
    if (one()) {
      const analysis::Tail& tail = reaches_[0]->tail;
      Line fit{.name = fmt::format("tail: × {} a step", number_text(tail.ratio, 3)),
               .ink = {InkRole::neutral},
               .dash = Dash::dashed,
               .weight = 1};
      const auto& median = reaches_[0]->state.median;
      const double middle = static_cast<double>(tail.from + tail.to) / 2;
      double mean = 0;
      for (Index lag = tail.from; lag <= tail.to; ++lag) mean += std::log(std::max(median[lag], kLost));
      mean /= static_cast<double>(tail.to - tail.from + 1);
      for (const Index lag : {tail.from, tail.to}) {
        fit.x.push_back(static_cast<double>(lag));
        fit.y.push_back(std::exp(mean + (static_cast<double>(lag) - middle) * std::log(tail.ratio)));
      }
      if (tail.to > tail.from && tail.ratio > 0) panel.marks.push_back(std::move(fit));
    }
    panel.remark = counted(reaches_[0]->positions(), "position", "positions") + where();
    return panel;
  }

  Panel losses() const {
    Panel panel{.title = "of one step’s loss: ‖∂Lₜ/∂sₜ₋ₖ‖", .empty_text = "nothing is expected of it"};
    for (std::size_t k = 0; k < reaches_.size(); ++k) {
      if (!reaches_[k]->loss.median.empty()) add(panel, k, *reaches_[k], reaches_[k]->loss, false);
      if (naturals_[k] && !naturals_[k]->loss.median.empty())
        add(panel, k, *naturals_[k], naturals_[k]->loss, true);
    }
    limit(panel);
    panel.legend = one() ? Legend::none : Legend::automatic;
    panel.remark = counted(reaches_[0]->loss_positions(), "loss", "losses") + where();
    return panel;
  }

  std::span<const Observation> observations_;
  std::vector<analysis::Kept<analysis::Reach>> reaches_, naturals_;
  Index lags_ = 0;
};

}  // namespace

Figure reach_view(std::span<const Observation> observations, const ViewOptions&) {
  common_step(observations, {}, "reach");
  if (auto none = without_joint_state(observations, "Reach of the gradient", 2)) return *none;
  return ReachView(observations).make();
}

}  // namespace gatescope::views
