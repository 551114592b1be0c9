// The unrolled network as a strip of steps over the text: from one step's loss the gradient runs back through
// two lanes, the highway (cell state) above and the hidden path below [hochreiter1997, pascanu2013]. Models
// stand under each other on one scale.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/plot/ticks.h"
#include "core/views/gradient_lanes.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr Index kWholeText = 160;  // steps; of a longer text only where something is left
constexpr Index kFewest = 80;

class UnrolledView {
 public:
  UnrolledView(std::span<const Observation> observations, const ViewOptions& options)
      : observations_(observations),
        options_(options),
        all_(gradient_lanes(observations, options, "unrolled")),
        steps_(observations[0].steps()) {
    const Index lags = std::max(all_.telling_lags() + 1, kFewest);
    const bool whole = steps_ <= kWholeText;
    first_ = whole || all_.reverse ? (whole ? 0 : all_.loss_step) : std::max<Index>(0, all_.loss_step - lags);
    last_ = whole || !all_.reverse ? (whole ? steps_ - 1 : all_.loss_step)
                                   : std::min(steps_ - 1, all_.loss_step + lags);
  }

  Figure make() const {
    Figure figure;
    figure.title = observations_.size() > 1
                       ? "Gradient through time"
                       : "Gradient through time, " + where_of(observations_[0], options_);
    figure.share_x = true;
    for (std::size_t k = 0; k < observations_.size(); ++k) figure.headlines.push_back(all_.headline(k));
    for (const GradientLane& lane : all_.lanes)
      if (!lane.natural) figure.panels.push_back(panel(lane, figure.panels.empty()));
    const std::string forced = forced_sentence(observations_);
    figure.caption = sentences(
        {fmt::format(
             "Height and colour: the gradient's norm, log scale, relative to that at the loss, step {} "
             "(▼). Reach: steps until less than a thousandth is left.",
             all_.loss_step),
         window_sentence(), forced});
    return figure;
  }

 private:
  std::string window_sentence() const {
    if (first_ == 0 && last_ == steps_ - 1) return "";
    return fmt::format("Of {} steps {} to {} are shown.", steps_, first_, last_);
  }

  std::string title_of_lane(const GradientLane& lane) const {
    const nn::CellInfo& cell = observations_[lane.model].network->cell();
    const std::string symbol = symbol_of(cell.channels[static_cast<std::size_t>(lane.channel)]);
    const std::string path = (lane.channel == cell.memory() && cell.has_cell_state() ? "highway "
                              : lane.second                                          ? "hidden path "
                                                                                     : "hidden state ") +
                             symbol;
    return observations_.size() > 1 ? lane.model_name + ": " + path : path;
  }

  const GradientLane* natural_of(const GradientLane& lane) const {
    for (const GradientLane& other : all_.lanes)
      if (other.natural && other.model == lane.model && other.channel == lane.channel) return &other;
    return nullptr;
  }

  bool shown(Index step) const { return step >= first_ && step <= last_; }

  Panel panel(const GradientLane& lane, bool first) const {
    const Observation& observation = observations_[lane.model];
    Panel panel{.title = title_of_lane(lane), .title_ink = {lane.role}, .empty_text = "no steps yet"};
    const GradientLane* natural = natural_of(lane);
    panel.remark = "reach: " + reach_text(lane);
    if (natural) panel.remark += ", natural " + reach_text(*natural);
    panel.x = time_axis(observation, tape_of(observation, *observation.text, options_));
    panel.x.low = static_cast<double>(first_) - 0.5;
    panel.x.high = static_cast<double>(last_) + 0.5;
    panel.y = share_axis();
    auto forced = forced_steps(observation, observation.steps());
    for (auto& [from, to] : forced) from = std::max(from, *panel.x.low), to = std::min(to, *panel.x.high);
    std::erase_if(forced, [](const auto& span) { return span.first >= span.second; });
    add_forced(panel, std::move(forced));
    if (auto* spans = panel.marks.empty() ? nullptr : std::get_if<Spans>(&panel.marks[0]); spans && !first)
      spans->name.clear();  // the first panel's legend says it
    panel.marks.push_back(columns(lane, first));
    if (natural) panel.marks.push_back(ghost(*natural, first));
    panel.marks.push_back(Rule{.at = kReachShare, .vertical = false});
    if (lane.reach && *lane.reach > 0 && *lane.reach < all_.reached(lane, options_))
      panel.marks.push_back(Rule{
          .at = static_cast<double>(all_.step(*lane.reach)) + (all_.reverse ? -0.5 : 0.5),
          .label = panel.remark.substr(0, panel.remark.find(',')),
          .ink = {InkRole::neutral},
          .dash = Dash::solid,
          .before = !all_.reverse,
      });
    if (options_.step && *options_.step != all_.loss_step)
      panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    return panel;
  }

  /// From nothing to the eye to all, or to the greatest where the gradient grows: one scale for every lane.
  Axis share_axis() const {
    double most = 1;
    for (const GradientLane& lane : all_.lanes)
      for (const double r : lane.relative)
        if (std::isfinite(r)) most = std::max(most, r);
    Axis axis{.title = "share left", .kind = ScaleKind::log, .low = kGradientFloor, .high = most};
    for (int exponent = -6; std::pow(10, exponent) <= most * 1.0001; exponent += 3)
      axis.ticks.push_back({std::pow(10, exponent), exponent == 0 ? "1" : power_of_ten(exponent)});
    return axis;
  }

  Columns columns(const GradientLane& lane, bool first) const {
    const Axis axis = share_axis();
    Columns columns{.name = lane.name + ", relative to the loss step"};
    columns.colors.kind = ScaleKind::log;
    columns.colors.low = axis.low;
    columns.colors.high = axis.high;
    columns.colors.title = "of the norm at the loss";
    columns.colors.bar = first ? ColorScale::Bar::compact : ColorScale::Bar::none;
    columns.origin = static_cast<double>(all_.loss_step);
    const Index reached = all_.reached(lane, options_);
    for (Index lag = 0; lag < static_cast<Index>(lane.relative.size()); ++lag) {
      if (!shown(all_.step(lag))) continue;
      const auto step = static_cast<double>(all_.step(lag));
      if (lag >= reached) {
        columns.waiting.push_back(step);
        continue;
      }
      columns.x.push_back(step);
      columns.values.push_back(lane.relative[static_cast<std::size_t>(lag)]);
    }
    if (options_.frame && reached > 0) columns.front = static_cast<double>(all_.step(reached - 1));
    return columns;
  }

  /// What would be left without the rules: a dashed line over the columns.
  Line ghost(const GradientLane& natural, bool first) const {
    Line line{.name = first ? "natural" : "", .ink = {InkRole::neutral, 0, 0.8F}, .dash = Dash::dashed};
    for (Index lag = 0; lag < all_.reached(natural, options_); ++lag) {
      if (!shown(all_.step(lag))) continue;
      line.x.push_back(static_cast<double>(all_.step(lag)));
      line.y.push_back(natural.relative[static_cast<std::size_t>(lag)]);
    }
    return line;
  }

  std::span<const Observation> observations_;
  const ViewOptions& options_;
  GradientLanes all_;
  Index steps_, first_ = 0, last_ = 0;
};

}  // namespace

Figure unrolled_view(std::span<const Observation> observations, const ViewOptions& options) {
  return UnrolledView(observations, options).make();
}

}  // namespace gatescope::views
