// The gain and bias map: what is left of the gradient by lag, over the forget bias or the spectral radius of
// weights that nothing has trained, and where the model stands on it [pascanu2013, jozefowicz2015].

#include "core/analysis/gain_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/plot/ticks.h"
#include "core/views/laboratory_parts.h"
#include "core/views/not_shown.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr double kMostDecades = 6;  // that colours tell apart

class GainMapView {
 public:
  explicit GainMapView(const Observation& observation) : observation_(observation) {
    map_ = analysis::recall(observation, "gain map", {}, [&] { return analysis::gain_map(observation); });
    stand_ = analysis::lever_stand(*observation.network);
    own_ = own(false);
    if (observation.natural) natural_ = own(true);
  }

  Figure make() const {
    Figure figure;
    figure.title = fmt::format("What {} keeps: {}", of_bias() ? "the keep gate’s bias" : "the recurrent gain",
                               name_of(observation_));
    figure.headlines.push_back(headline());
    figure.panels = {panel()};
    figure.caption = sentences(
        {fmt::format(
             "How much a gradient shrinks or grows on its way back, by {}: weights before any "
             "training, median over {} and {}{}. {}",
             of_bias() ? "the bias of the gate that keeps" : "the spectral radius of the recurrent weights",
             counted(map_->seeds, "seed", "seeds"),
             counted(std::ssize(map_->over.positions), "position", "positions"),
             map_->over.directions == map_->over.state
                 ? ""
                 : fmt::format(", in {} of {} directions", map_->over.directions, map_->over.state),
             stands_sentence()),
         forced_sentence(observation_)});
    return figure;
  }

 private:
  bool of_bias() const { return map_->lever == analysis::Lever::keep_bias; }
  double last_lag() const { return static_cast<double>(map_->over.lags.back()); }

  analysis::Kept<std::vector<double>> own(bool natural) const {
    return analysis::recall(observation_, "gain", {natural}, [&] {
      return analysis::median_left(analysis::left_by_position(observation_, map_->over, natural));
    });
  }

  /// "14 steps", "more than 60 steps", "× 10 after 8 steps".
  std::string told(const std::vector<double>& left) const {
    if (const auto tenth = analysis::lag_of_level(left, analysis::kTenthLeft))
      return *tenth < 9.5 ? fmt::format("{:.1f} steps", *tenth) : fmt::format("{:.0f} steps", *tenth);
    return fmt::format("more than {}", counted(map_->over.lags.back(), "step", "steps"));
  }
  static bool grows(const std::vector<double>& left) {
    return analysis::lag_of_level(left, analysis::kTenfold) && left.back() > analysis::kTenfold;
  }
  std::string stand_text() const {
    return of_bias() ? fmt::format("a mean bias of {}", number_text(stand_.at, 2))
                     : fmt::format("a spectral radius of {}", number_text(stand_.at, 2));
  }

  Headline headline() const {
    const std::vector<double> untrained = map_->left_at(stand_.at);
    const bool explodes = grows(*own_);
    const std::string value = explodes ? "grows " + times_text(std::pow(10, own_->back())) : told(*own_);
    std::string label = explodes ? fmt::format("over {}, at {}",
                                               counted(map_->over.lags.back(), "step", "steps"), stand_text())
                                 : fmt::format("until a tenth is left, at {}", stand_text());
    label += ", untrained " +
             (grows(untrained) ? "grows " + times_text(std::pow(10, untrained.back())) : told(untrained));
    if (natural_) label += ", natural " + (grows(*natural_) ? "grows" : told(*natural_));
    return {value, label};
  }

  std::string stands_sentence() const {
    return of_bias()
               ? "The dot is this model as it is now: its mean bias (the bar: the middle half of its "
                 "units), and the lag at which a tenth is left."
               : "The dot is this model as it is now: its spectral radius, and the lag at which a tenth "
                 "is left.";
  }

  std::string axis_title() const {
    if (!of_bias()) return "spectral radius";
    const nn::CellInfo& cell = observation_.network->cell();
    const int keeps = cell.keep_bias();
    if (keeps == nn::kNone) return fmt::format("−bias of {}", symbol_of(cell.channels[cell.write_bias()]));
    return fmt::format("bias of {}", symbol_of(cell.channels[keeps]));
  }

  /// Where a curve has come to a level, setting after setting.
  Line contour(std::string name, double level, Dash dash) const {
    Line line{.name = std::move(name), .ink = {InkRole::neutral}, .dash = dash, .weight = 1.6F};
    for (std::size_t n = 0; n < map_->settings.size(); ++n) {
      const auto lag = analysis::lag_of_level(map_->left[n], level);
      line.x.push_back(lag.value_or(std::nan("")));
      line.y.push_back(map_->settings[n]);
    }
    return line;
  }
  static bool is_seen(const Line& line) {
    return std::ranges::count_if(line.x, [](double x) { return std::isfinite(x); }) > 1;
  }

  Heatmap cells() const {
    double most = 1;
    std::vector<float> values;
    for (const std::vector<double>& left : map_->left) {
      for (const double v : left) {
        if (std::isfinite(v)) most = std::max(most, std::abs(v));
        values.push_back(static_cast<float>(std::isnan(v) ? v : std::clamp(v, -kMostDecades, kMostDecades)));
      }
    }
    most = std::min(kMostDecades, std::ceil(most));
    const double between = map_->settings.size() > 1 ? map_->settings[1] - map_->settings[0] : 1;
    return {.name = "log₁₀ ‖∂sₜ/∂sₜ₋ₖ‖",
            .values = {static_cast<int>(map_->settings.size()), static_cast<int>(map_->over.lags.size()),
                       std::move(values)},
            .colors = {.map = Colormap::diverging,
                       .low = -most,
                       .high = most,
                       .title = "what is left, log₁₀",
                       .strikes = false},
            .y0 = map_->settings.front(),
            .dy = between};
  }

  void add_stand(Panel& panel, const std::vector<double>& left, bool natural) const {
    const Ink ink = natural ? Ink{InkRole::muted} : observation_.natural ? Ink{InkRole::forced} : Ink{};
    const auto tenth = analysis::lag_of_level(left, analysis::kTenthLeft);
    const double lag = tenth.value_or(last_lag());
    if (!natural && stand_.upper > stand_.lower)
      panel.marks.push_back(
          Line{.x = {lag, lag}, .y = {stand_.lower, stand_.upper}, .ink = ink, .weight = 2.4F});
    const std::string beyond = tenth ? "" : grows(left) ? ": grows" : ": further";
    panel.marks.push_back(Note{.x = lag,
                               .y = stand_.at,
                               .text = (natural ? "natural" : name_of(observation_) + " now") + beyond,
                               .ink = ink,
                               .dot = true});
  }

  Panel panel() const {
    Panel panel{.title = "untrained weights: ‖∂sₜ/∂sₜ₋ₖ‖ over ‖∂sₜ/∂sₜ‖"};
    panel.x = {.title = "lag",
               .unit = "steps back",
               .low = -0.5,
               .high = last_lag() + 0.5,
               .reversed = true,
               .whole = true};
    const Heatmap map = cells();
    panel.y = {.title = axis_title(),
               .low = map.y0 - map.dy / 2,
               .high = map_->settings.back() + map.dy / 2,
               .reversed = true};  // a high bias on top
    panel.marks.push_back(map);
    Line tenth = contour("a tenth left", analysis::kTenthLeft, Dash::solid),
         tenfold = contour("tenfold", analysis::kTenfold, Dash::dashed);
    if (is_seen(tenth)) panel.marks.push_back(std::move(tenth));
    if (is_seen(tenfold)) panel.marks.push_back(std::move(tenfold));
    if (natural_) add_stand(panel, *natural_, true);
    add_stand(panel, *own_, false);
    return panel;
  }

  const Observation& observation_;
  analysis::Kept<analysis::GainMap> map_;
  analysis::LeverStand stand_;
  analysis::Kept<std::vector<double>> own_, natural_;
};

}  // namespace

Figure gain_map_view(std::span<const Observation> observations, const ViewOptions&) {
  const Observation& observation = only_observation(observations, "gain_map");
  const std::string title = "Gain and bias map";
  if (auto none = without_joint_state(observations, title, 3)) return *none;
  const nn::Network<float>& network = *observation.network;
  if (const std::string why = analysis::why_no_gain_map(network.cell(), network.spec()); !why.empty())
    return not_shown(title, fmt::format("{}: {}", name_of(observation), why));
  return GainMapView(observation).make();
}

}  // namespace gatescope::views
