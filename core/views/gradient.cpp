// The gradient of one step's loss as it travels back through the unrolled network [hochreiter1997,
// pascanu2013]: above as a strip of steps, one lane a state, below as curves over the lag. Several models on
// one scale.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/views/gradient_lanes.h"
#include "core/views/truncation.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

class GradientView {
 public:
  GradientView(std::span<const Observation> observations, const ViewOptions& options)
      : observations_(observations),
        options_(options),
        all_(gradient_lanes(observations, options, "gradient")),
        lanes_(all_.lanes),
        loss_step_(all_.loss_step),
        reverse_(all_.reverse) {}

  Figure make() const {
    Figure figure;
    figure.title = observations_.size() > 1
                       ? "Gradient through time"
                       : "Gradient through time, " + where_of(observations_[0], options_);
    for (std::size_t k = 0; k < observations_.size(); ++k) figure.headlines.push_back(all_.headline(k));
    figure.panels = {strip(), curves()};
    const std::string forced = forced_sentence(observations_);
    figure.caption =
        sentences({fmt::format("Reach: steps back until a thousandth of the gradient of the loss at step "
                               "{} is left.",
                               loss_step_),
                   all_.both_sides() ? "Steps on the other side of the loss have gradients, too, through the "
                                       "layers above; the view unrolled shows them."
                                     : "",
                   forced});
    return figure;
  }

 private:
  Ink ink_of(const GradientLane& lane) const {
    Ink ink = observations_.size() > 1 ? model_ink(observations_, lane.model) : Ink{lane.role};
    if (lane.natural) ink.opacity = 0.6F;
    return ink;
  }
  Dash dash_of(const GradientLane& lane) const {
    if (lane.natural) return Dash::dotted;
    return observations_.size() > 1 ? model_dash(lane.model) : lane.second ? Dash::dashed : Dash::solid;
  }
  float weight_of(const GradientLane& lane) const {
    return lane.second && observations_.size() > 1 ? 0.7F : 1.5F;
  }

  Index reached(const GradientLane& lane) const { return all_.reached(lane, options_); }
  double shown_lags() const { return static_cast<double>(all_.telling_lags()); }

  Axis lag_axis() const {
    Axis axis{.title = "lag",
              .unit = "steps back from the loss",
              .low = -0.5,
              .high = shown_lags() + 0.5,
              .reversed = !reverse_,
              .whole = true,
              .counts = Counts::steps};
    for (Index lag = 0; lag <= static_cast<Index>(shown_lags()); ++lag)
      axis.numbers.push_back(static_cast<int>(all_.step(lag)));
    return axis;
  }

  /// Forced steps as lags.
  void add_forced_lags(Panel& panel) const {
    std::vector<std::pair<double, double>> lags;
    const auto at = static_cast<double>(loss_step_);
    for (const auto& [from, to] : forced_steps(observations_[0], observations_[0].steps())) {
      const double low = std::max(-0.5, reverse_ ? from - at : at - to),
                   high = reverse_ ? to - at : at - from;
      if (low < high) lags.emplace_back(low, high);
    }
    add_forced(panel, std::move(lags));
  }

  /// Where training cuts, as lags, where all models are trained alike.
  void add_truncation(Panel& panel, bool named) const {
    for (const Observation& observation : observations_)
      if (truncation_of(observation) != truncation_of(observations_[0])) return;
    for (Rule rule : truncation_rules(observations_[0], loss_step_, named)) {
      rule.at = static_cast<double>(loss_step_) - rule.at;
      if (rule.at < shown_lags() + 0.5) panel.marks.push_back(std::move(rule));
    }
  }

  Panel strip() const {
    Panel panel{.title = "what is left of the gradient on its way back", .empty_text = "no steps yet"};
    panel.remark = options_.frame ? fmt::format("step {}", *options_.frame) : "";
    const auto width = static_cast<std::size_t>(shown_lags()) + 1;
    const int rows = static_cast<int>(lanes_.size());
    // A row a lane; what the pass has not reached has no colour yet.
    Index most = 0;
    for (const GradientLane& lane : lanes_)
      most = std::max(most, std::min(reached(lane), static_cast<Index>(width)));
    std::vector<float> cells;
    for (const GradientLane& lane : lanes_)
      for (Index lag = 0; lag < most; ++lag)
        cells.push_back(
            lag < static_cast<Index>(lane.relative.size()) ? static_cast<float>(lane.relative[lag]) : 0);
    double high = 1;
    for (const GradientLane& lane : lanes_)
      for (const double r : lane.relative)
        if (std::isfinite(r)) high = std::max(high, r);
    if (most > 0)
      panel.marks.push_back(Heatmap{.name = "gradient relative to lag 0",
                                    .values = Matrix(rows, static_cast<int>(most), std::move(cells)),
                                    .colors = {.map = Colormap::sequential,
                                               .low = kGradientFloor,
                                               .high = high,
                                               .kind = ScaleKind::log,
                                               .bar = ColorScale::Bar::compact}});
    add_forced_lags(panel);
    add_truncation(panel, false);
    panel.x = lag_axis();
    panel.x.title = panel.x.unit = "";
    const std::vector<std::string> characters = observations_[0].characters();
    for (std::size_t lag = 0; lag < width; ++lag) {
      const Index t = reverse_ ? loss_step_ + static_cast<Index>(lag) : loss_step_ - static_cast<Index>(lag);
      if (t < 0 || t >= static_cast<Index>(characters.size())) break;
      panel.x.characters.push_back(characters[t]);
    }
    panel.y.low = -0.5;
    panel.y.high = rows - 0.5;
    for (int row = 0; row < rows; ++row)
      panel.y.ticks.push_back({static_cast<double>(row), lanes_[row].name});
    panel.legend = Legend::none;
    panel.height = std::max(0.35F, 0.16F * static_cast<float>(rows));
    return panel;
  }

  Panel curves() const {
    Panel panel{.title = "gradient norm over lag", .empty_text = "no steps yet"};
    panel.x = lag_axis();
    panel.y = {.title = "‖∂L/∂state‖, relative", .kind = ScaleKind::log, .low = kGradientFloor, .high = 2};
    for (const GradientLane& lane : lanes_) {
      for (const double r : lane.relative)
        if (std::isfinite(r)) panel.y.high = std::max(*panel.y.high, 2 * r);
      Line line{.name = lane.name + ": " + reach_text(lane),
                .ink = ink_of(lane),
                .dash = dash_of(lane),
                .weight = weight_of(lane)};
      for (Index lag = 0; lag < reached(lane); ++lag) {
        line.x.push_back(static_cast<double>(lag));
        line.y.push_back(lane.relative[lag]);
      }
      panel.marks.push_back(std::move(line));
    }
    for (const GradientLane& lane : lanes_) {
      if (!lane.reach || lane.natural || *lane.reach >= reached(lane)) continue;
      const double y = lane.relative[*lane.reach];
      if (y >= kGradientFloor)
        panel.marks.push_back(
            Scatter{.x = {static_cast<double>(*lane.reach)}, .y = {y}, .ink = ink_of(lane), .size = 1.6F});
    }
    panel.marks.push_back(Rule{.at = kReachShare, .vertical = false, .label = "", .ink = {InkRole::muted}});
    add_truncation(panel, true);
    if (options_.frame) {
      const double lag =
          static_cast<double>(reverse_ ? *options_.frame - loss_step_ : loss_step_ - *options_.frame);
      panel.marks.push_back(Cursor{.x = lag, .y = {}});
    }
    panel.remark = "dashed: a thousandth of lag 0";
    return panel;
  }

  std::span<const Observation> observations_;
  const ViewOptions& options_;
  GradientLanes all_;
  const std::vector<GradientLane>& lanes_;
  Index loss_step_;
  bool reverse_;
};

}  // namespace

Figure gradient_view(std::span<const Observation> observations, const ViewOptions& options) {
  return GradientView(observations, options).make();
}

}  // namespace gatescope::views
