// The Jacobian fan: how a small change of the joint state is stretched or shrunk over so many steps, by the
// singular values of the exact Jacobians ds_t/ds_{t-k} [pascanu2013]. Several models on one scale.

#include "core/analysis/fan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/watched.h"
#include "core/math/quantile.h"
#include "core/views/laboratory_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr Index kMostLags = 48;  // of which singular values are computed
constexpr double kFloor = 1e-6;  // what is below is nothing to the eye

analysis::Kept<analysis::Fan> fan_of(const Observation& observation, std::optional<Index> step,
                                     bool natural) {
  return analysis::recall(observation, "fan", {natural, step.value_or(-1)},
                          [&] { return analysis::fan(observation, step, natural, kMostLags); });
}

class FanView {
 public:
  FanView(std::span<const Observation> observations, const ViewOptions& options)
      : observations_(observations), step_(common_step(observations, options.step, "fan")) {
    std::size_t left = runs_of(observations);
    for (const Observation& observation : observations) {
      const auto of = [&](bool natural) {
        analysis::Watched::first_of(left--);
        return fan_of(observation, step_, natural);
      };
      fans_.push_back(of(false));
      naturals_.push_back(observation.natural ? of(true) : nullptr);
    }
  }

  Figure make() const {
    Figure figure;
    figure.title = observations_.size() > 1 ? "Jacobian fan" : "Jacobian fan of " + name_of(observations_[0]);
    figure.headlines.push_back(headline());
    figure.panels = {products(), steps()};
    figure.caption = sentences(
        {"Above 1 some small change of the state grows on its way through so many steps, below 1 all of them "
         "fade; dashed: what the keep gates carry alone.",
         forced_sentence(observations_)});
    return figure;
  }

 private:
  bool one() const { return observations_.size() == 1; }
  Ink ink_of(std::size_t k) const { return model_ink(observations_, k); }
  Dash dash_of(std::size_t k) const { return one() ? Dash::solid : model_dash(k); }

  Headline headline() const {
    const auto lag = static_cast<double>(std::min<Index>(kToldLag, step_));
    std::string value;
    for (std::size_t k = 0; k < fans_.size(); ++k) {
      const auto told = [&](const analysis::Fan& fan) {
        const auto at = std::ranges::lower_bound(fan.lags, static_cast<Index>(lag)) - fan.lags.begin();
        return times_text(quantile(fan.products[at], 0));
      };
      value += fmt::format("{}{}{}", k == 0 ? "" : ", ", one() ? "" : name_of(observations_[k]) + " ",
                           told(*fans_[k]));
      if (naturals_[k]) value += fmt::format(" (natural {})", told(*naturals_[k]));
    }
    const auto at = std::ranges::lower_bound(fans_[0]->lags, static_cast<Index>(lag));
    return {value, fmt::format("what {} make of a change at most", counted(*at, "step", "steps"))};
  }

  Axis lag_axis() const { return lag_axis_of(step_, step_); }

  Line line(const std::vector<Index>& lags, const std::vector<std::vector<double>>& values, double share,
            Line line) const {
    for (std::size_t k = 0; k < lags.size(); ++k) {
      if (values[k].empty()) continue;
      line.x.push_back(static_cast<double>(lags[k]));
      line.y.push_back(std::max(quantile(values[k], 1 - share), 1e-30));
    }
    return line;
  }

  void limit(Panel& panel) const {
    double high = 2, low = 0.5;
    for (const Mark& mark : panel.marks) {
      const Line* drawn = std::get_if<Line>(&mark);
      if (!drawn) continue;
      for (const double y : drawn->y)
        if (std::isfinite(y)) high = std::max(high, 2 * y), low = std::min(low, y / 2);
    }
    panel.y.low = std::max(low, kFloor);
    panel.y.high = high;
  }

  Panel products() const {
    Panel panel{.title = "singular values, through all the steps between", .empty_text = "no steps yet"};
    panel.x = lag_axis();
    panel.y = {.title = "of ∂sₜ/∂sₜ₋ₖ", .kind = ScaleKind::log};
    for (std::size_t k = 0; k < fans_.size(); ++k) {
      const analysis::Fan& fan = *fans_[k];
      const std::string name = one() ? "" : name_of(observations_[k]);
      if (one()) {
        Band band{.name = "middle half", .ink = ink_of(k)};
        for (std::size_t n = 0; n < fan.lags.size(); ++n) {
          band.x.push_back(static_cast<double>(fan.lags[n]));
          band.low.push_back(std::max(quantile(fan.products[n], 0.75), 1e-30));
          band.high.push_back(std::max(quantile(fan.products[n], 0.25), 1e-30));
        }
        panel.marks.push_back(std::move(band));
      }
      panel.marks.push_back(
          line(fan.lags, fan.products, 1,
               {.name = one() ? "greatest" : name, .ink = ink_of(k), .dash = dash_of(k), .weight = 1.8F}));
      if (one())
        panel.marks.push_back(
            line(fan.lags, fan.products, 0.5, {.name = "median", .ink = ink_of(k), .weight = 0.8F}));
      if (!fan.gates_only.back().empty()) {
        Ink faint = ink_of(k);
        faint.opacity = 0.75F;
        panel.marks.push_back(line(
            fan.lags, fan.gates_only, 1,
            {.name = one() ? "gates alone" : "", .ink = faint, .dash = Dash::short_dashed, .weight = 1}));
      }
      if (naturals_[k]) {
        Ink faint = ink_of(k);
        faint.opacity = 0.6F;
        panel.marks.push_back(line(naturals_[k]->lags, naturals_[k]->products, 1,
                                   {.name = one() ? "greatest, natural" : name + ", natural",
                                    .ink = faint,
                                    .dash = Dash::dotted,
                                    .weight = 1.2F}));
      }
    }
    limit(panel);
    panel.marks.push_back(Rule{.at = 1, .vertical = false});
    panel.remark = fmt::format("at step {}", step_);
    panel.height = 1.5F;
    return panel;
  }

  Panel steps() const {
    Panel panel{.title = "singular values, through each step by itself", .empty_text = "no steps yet"};
    panel.x = lag_axis();
    panel.y = {.title = "of ∂sₜ/∂sₜ₋₁", .kind = ScaleKind::log};
    for (std::size_t k = 0; k < fans_.size(); ++k) {
      panel.marks.push_back(
          line(fans_[k]->lags, fans_[k]->steps, 1, {.ink = ink_of(k), .dash = dash_of(k), .weight = 1.4F}));
      if (one())
        panel.marks.push_back(line(fans_[k]->lags, fans_[k]->steps, 0.5, {.ink = ink_of(k), .weight = 0.8F}));
    }
    limit(panel);
    panel.y.low = std::max(*panel.y.low, 1e-3);
    panel.marks.push_back(Rule{.at = 1, .vertical = false});
    panel.legend = Legend::none;
    return panel;
  }

  std::span<const Observation> observations_;
  Index step_;
  std::vector<analysis::Kept<analysis::Fan>> fans_, naturals_;
};

}  // namespace

Figure fan_view(std::span<const Observation> observations, const ViewOptions& options) {
  common_step(observations, options.step, "fan");
  if (auto none = without_joint_state(observations, "Jacobian fan")) return *none;
  return FanView(observations, options).make();
}

}  // namespace gatescope::views
