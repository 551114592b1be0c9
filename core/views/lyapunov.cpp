// The Lyapunov spectrum of the joint state over the text, by QR of the exact Jacobians [engelken2020].

#include "core/analysis/lyapunov.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/watched.h"
#include "core/plot/ticks.h"
#include "core/views/laboratory_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr double kLowest = -3;  // nats a step: what fades faster is gone

class LyapunovView {
 public:
  explicit LyapunovView(std::span<const Observation> observations) : observations_(observations) {
    std::size_t left = runs_of(observations);
    for (const Observation& observation : observations) {
      const auto of = [&](bool natural) {
        analysis::Watched::first_of(left--);
        return analysis::recall(observation, "lyapunov", {natural},
                                [&] { return analysis::lyapunov(observation, natural); });
      };
      spectra_.push_back(of(false));
      naturals_.push_back(observation.natural ? of(true) : nullptr);
    }
  }

  Figure make() const {
    Figure figure;
    figure.title =
        one() ? "Lyapunov exponents of " + name_of(observations_[0]) : std::string("Lyapunov exponents");
    figure.headlines.push_back(headline());
    figure.columns = 2;
    figure.panels = {spectrum(), running()};
    figure.caption = sentences(
        {"By how much small changes of the state grow or fade a step, on average over the text, in as many "
         "directions as it has numbers: at 0 they stay, below they fade, above they grow (chaos).",
         forced_sentence(observations_)});
    return figure;
  }

 private:
  bool one() const { return observations_.size() == 1; }
  Ink ink_of(std::size_t k) const { return model_ink(observations_, k); }
  Dash dash_of(std::size_t k) const { return one() ? Dash::solid : model_dash(k); }

  static std::string number(const analysis::Lyapunov& all) {
    const double greatest = all.exponents.front();
    return std::isfinite(greatest) ? (std::abs(greatest) < 0.0005 ? "0" : number_text(greatest, 2)) : "−∞";
  }

  Headline headline() const {
    std::string value;
    for (std::size_t k = 0; k < spectra_.size(); ++k) {
      value += fmt::format("{}{}{}", k == 0 ? "" : ", ", one() ? "" : name_of(observations_[k]) + " ",
                           number(*spectra_[k]));
      if (naturals_[k]) value += fmt::format(" (natural {})", number(*naturals_[k]));
    }
    return {value, "greatest exponent, nats a step"};
  }

  /// Of as many directions as the state has.
  static Line over_share(const std::vector<double>& exponents, std::size_t directions, Line line) {
    for (std::size_t k = 0; k < exponents.size(); ++k) {
      line.x.push_back((static_cast<double>(k) + 0.5) / static_cast<double>(directions));
      line.y.push_back(std::max(exponents[k], kLowest - 1));
    }
    return line;
  }

  Panel spectrum() const {
    Panel panel{.title = "from the slowest direction to the fastest", .empty_text = "no steps yet"};
    double high = 0.2;
    for (std::size_t k = 0; k < spectra_.size(); ++k) {
      const analysis::Lyapunov& all = *spectra_[k];
      const std::string name = one() ? "exponents" : name_of(observations_[k]);
      high = std::max(high, 1.2 * all.exponents.front());
      panel.marks.push_back(over_share(all.exponents, all.exponents.size(),
                                       {.name = name, .ink = ink_of(k), .dash = dash_of(k), .weight = 1.8F}));
      Ink faint = ink_of(k);
      faint.opacity = 0.75F;
      if (!all.gates_only.empty())
        panel.marks.push_back(over_share(
            all.gates_only, all.exponents.size(),
            {.name = one() ? "gates alone" : "", .ink = faint, .dash = Dash::short_dashed, .weight = 1}));
      faint.opacity = 0.6F;
      if (naturals_[k])
        panel.marks.push_back(
            over_share(naturals_[k]->exponents, all.exponents.size(),
                       {.name = name + ", natural", .ink = faint, .dash = Dash::dotted, .weight = 1.2F}));
    }
    panel.x = {.title = "share of directions", .low = 0, .high = 1};
    panel.y = {.title = "exponent", .unit = "nats a step", .low = kLowest, .high = high};
    panel.marks.push_back(Rule{.at = 0, .vertical = false});
    panel.width = 1.4F;
    return panel;
  }

  /// How the greatest one settles.
  Panel running() const {
    Panel panel{.title = "the greatest, as the text goes on", .empty_text = "no steps yet"};
    double low = -0.1, high = 0.1;
    for (std::size_t k = 0; k < spectra_.size(); ++k) {
      const analysis::Lyapunov& all = *spectra_[k];
      Line line{.ink = ink_of(k), .dash = dash_of(k), .weight = 1.4F};
      for (std::size_t n = 0; n < all.running.size(); ++n) {
        line.x.push_back(static_cast<double>(all.transient + 1) + static_cast<double>(n));
        line.y.push_back(std::max(all.running[n], kLowest));
        low = std::min(low, 1.1 * line.y.back()), high = std::max(high, 1.1 * line.y.back());
      }
      panel.marks.push_back(std::move(line));
    }
    panel.x = {.title = "step", .whole = true};
    panel.y = {.title = "exponent", .low = low, .high = high};
    panel.marks.push_back(Rule{.at = 0, .vertical = false});
    panel.legend = Legend::none;
    return panel;
  }

  std::span<const Observation> observations_;
  std::vector<analysis::Kept<analysis::Lyapunov>> spectra_, naturals_;
};

}  // namespace

Figure lyapunov_view(std::span<const Observation> observations, const ViewOptions&) {
  common_step(observations, {}, "lyapunov");
  if (auto none = without_joint_state(observations, "Lyapunov exponents", 3)) return *none;
  return LyapunovView(observations).make();
}

}  // namespace gatescope::views
