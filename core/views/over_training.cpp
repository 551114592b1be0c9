// A training seen from inside: what is left of the gradient, how saturated the gates are, how much goes by
// the keep gate alone, and the greatest Lyapunov exponent, at the moments of the training that are kept.

#include "core/analysis/over_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/watched.h"
#include "core/plot/ticks.h"
#include "core/views/laboratory_parts.h"
#include "core/views/not_shown.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr double kLowestExponent = -3, kFaintestExponent = -12;

class OverTrainingView {
 public:
  explicit OverTrainingView(std::span<const Observation> observations) : observations_(observations) {
    std::size_t left = observations.size();
    for (const Observation& observation : observations) {
      analysis::Watched::first_of(left--);
      trainings_.push_back(analysis::recall(observation, "over training of all", {},
                                            [&] { return analysis::over_training(observation); }));
      last_ = std::max(last_, trainings_.back()->updates.back());
    }
  }

  Figure make() const {
    Figure figure;
    figure.title =
        one() ? "What training made of " + name_of(observations_[0]) : "What training made of them";
    figure.headlines.push_back(headline());
    figure.columns = 2;
    figure.share_legend = !one();
    figure.panels = {left(), exponents(),
                     shares(gated() ? "gates all but open or closed" : "values at their ends",
                            &analysis::MomentMeasure::saturated),
                     shares("gradient that takes the highway", &analysis::MomentMeasure::highway)};
    figure.panels[3].empty_text = "no gate keeps a memory";
    for (Panel& panel : figure.panels) {
      panel.x = {.title = "update",
                 .low = 0,
                 .high = last_ > 0 ? 1.02 * static_cast<double>(last_) : 1,
                 .whole = true,
                 .counts = Counts::updates};
      if (one()) panel.legend = Legend::none;
    }
    const bool ruled = std::ranges::any_of(
        observations_, [](const Observation& observation) { return observation.natural != nullptr; });
    figure.caption = sentences(
        {fmt::format("Of the kept moments of the training, over {} of the probe; the disc is what is shown "
                     "now. Highway: what comes back into the memory through the keep gate alone.",
                     counted(trainings_[0]->steps, "step", "steps")),
         ruled ? "Without the rules in force." : ""});
    return figure;
  }

 private:
  bool one() const { return observations_.size() == 1; }
  bool gated() const {
    return std::ranges::all_of(observations_, [](const Observation& observation) {
      return observation.network->cell().first(nn::Role::gate) != nn::kNone;
    });
  }
  Ink ink_of(std::size_t k) const { return model_ink(observations_, k); }

  static std::string left_text(double logarithm) {
    if (!std::isfinite(logarithm)) return logarithm < 0 ? "nothing" : "–";
    return logarithm > std::log10(2.0) ? times_text(std::pow(10, logarithm))
                                       : number_text(std::pow(10, logarithm), 2);
  }

  Headline headline() const {
    std::string value;
    for (std::size_t k = 0; k < trainings_.size(); ++k) {
      const analysis::OverTraining& all = *trainings_[k];
      value += fmt::format("{}{}{} → {}", k == 0 ? "" : ", ", one() ? "" : name_of(observations_[k]) + " ",
                           left_text(all.measures.front().left), left_text(all.measures[all.observed].left));
    }
    const analysis::OverTraining& first = *trainings_[0];
    return {value,
            fmt::format("of the gradient left after {}, update {} → {}", counted(first.lag, "step", "steps"),
                        first.updates.front(), first.updates[first.observed])};
  }

  /// One number of every model over the updates, as `told` has it, and a disc where it is now.
  template <class Told>
  void add_curves(Panel& panel, Told told) const {
    for (std::size_t k = 0; k < trainings_.size(); ++k) {
      const analysis::OverTraining& all = *trainings_[k];
      Line line{.name = name_of(observations_[k]),
                .ink = ink_of(k),
                .dash = one() ? Dash::solid : model_dash(k),
                .weight = 1.6F};
      for (std::size_t n = 0; n < all.updates.size(); ++n) {
        line.x.push_back(static_cast<double>(all.updates[n]));
        line.y.push_back(told(all.measures[n]));
      }
      const double now = line.y[all.observed];
      if (std::ranges::none_of(line.y, [](double y) { return std::isfinite(y); })) continue;
      panel.marks.push_back(std::move(line));
      if (std::isfinite(now))
        panel.marks.push_back(Scatter{.x = {static_cast<double>(all.updates[all.observed])},
                                      .y = {now},
                                      .ink = ink_of(k),
                                      .size = 1.8F});
    }
  }

  Panel left() const {
    Panel panel{.title = fmt::format("gradient left after {}", counted(trainings_[0]->lag, "step", "steps"))};
    panel.y = {.title = "share left", .kind = ScaleKind::log};
    add_curves(panel, [](const analysis::MomentMeasure& measure) {
      return std::isnan(measure.left) ? measure.left
                                      : std::pow(10, std::max(measure.left, kFaintestExponent));
    });
    panel.marks.push_back(Rule{.at = 1, .vertical = false});
    return panel;
  }

  Panel exponents() const {
    Panel panel{.title = "greatest Lyapunov exponent"};
    panel.y = {.title = "nats a step"};
    add_curves(panel, [](const analysis::MomentMeasure& measure) {
      return std::isnan(measure.exponent) ? measure.exponent : std::max(measure.exponent, kLowestExponent);
    });
    panel.marks.push_back(Rule{.at = 0, .vertical = false});
    return panel;
  }

  Panel shares(std::string title, double analysis::MomentMeasure::*share) const {
    Panel panel{.title = std::move(title)};
    panel.y = {.title = "share", .low = 0, .high = 1};
    add_curves(panel, [share](const analysis::MomentMeasure& measure) { return measure.*share; });
    return panel;
  }

  std::span<const Observation> observations_;
  std::vector<analysis::Kept<analysis::OverTraining>> trainings_;
  std::uint64_t last_ = 0;
};

}  // namespace

Figure over_training_view(std::span<const Observation> observations, const ViewOptions&) {
  common_step(observations, {}, "over_training");
  const std::string title = "Over training";
  if (auto none = without_joint_state(observations, title, 3)) return *none;
  for (const Observation& observation : observations)
    if (!observation.past || observation.past->moments.empty())
      return not_shown(title,
                       fmt::format("{}: a file holds one moment of its training", name_of(observation)));
  return OverTrainingView(observations).make();
}

}  // namespace gatescope::views
