// Fixed and slow points of the state while one input is held, in the principal plane of the text's states,
// with the text's path through it, and the eigenvalues there [sussillo2013].

#include "core/analysis/fixed_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/views/laboratory_parts.h"
#include "core/views/not_shown.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

using analysis::FixedPoint;
using analysis::FixedPoints;

/// How a kind of points is drawn in both panels.
struct Kind {
  std::string_view name;
  bool (*holds)(const FixedPoint&);
  Ink ink;
  Marker marker;
  float size;
};

constexpr std::array<Kind, 3> kKinds{
    Kind{"slow", [](const FixedPoint& p) { return !p.fixed; }, {InkRole::muted}, Marker::diamond, 1.6F},
    Kind{"unstable",
         [](const FixedPoint& p) { return p.fixed && p.unstable > 0; },
         {InkRole::series, 2},
         Marker::ring,
         2.2F},
    Kind{"stable",
         [](const FixedPoint& p) { return p.fixed && p.unstable == 0; },
         {InkRole::neutral},
         Marker::disc,
         2.2F},
};

class FixedPointsView {
 public:
  FixedPointsView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        step_(common_step(std::span(&observation, 1), options.step, "fixed_points")),
        all_(analysis::recall(observation, "fixed points", {step_},
                              [&] { return analysis::fixed_points(observation, step_); })) {}

  Figure make() const {
    Figure figure;
    figure.title = fmt::format("{} held on {}: {}", name_of(observation_), held(), found());
    figure.headlines.push_back(headline());
    figure.columns = 2;
    figure.panels = {plane(), eigenvalues()};
    figure.caption = sentences(
        {fmt::format("At its fixed points the state stays where it is while {} is read again and again; at "
                     "slow ones it all but stays. Each eigenvalue is a direction of small changes: inside "
                     "the circle they fade, outside they grow.",
                     held()),
         lost(), forced_sentence(observation_)});
    return figure;
  }

 private:
  std::string held() const {
    const std::string read = observation_.read(step_);
    if (observation_.sequence->tokens.empty()) return read;
    return read == "\n" ? "the line break" : read == " " ? "the space" : "“" + read + "”";
  }
  Index count(const Kind& kind) const { return std::ranges::count_if(all_->points, kind.holds); }

  std::string found() const {
    const Index slow = count(kKinds[0]), unstable = count(kKinds[1]), fixed = unstable + count(kKinds[2]);
    std::string text = fixed == 0 ? "no fixed point" : counted(fixed, "fixed point", "fixed points");
    if (fixed == 1)
      text += unstable == 1 ? ", unstable" : ", stable";
    else if (fixed > 1)
      text += unstable == 0       ? ", all of them stable"
              : unstable == fixed ? ", all of them unstable"
                                  : fmt::format(", {} of them unstable", unstable);
    if (slow > 0)
      text += fmt::format("{} and {}", fixed > 0 ? "," : "", counted(slow, "slow point", "slow points"));
    return text;
  }

  /// Of the point that most starts led to.
  Headline headline() const {
    if (all_->points.empty()) return {"–", "nowhere does the state come to rest"};
    const FixedPoint& first = all_->points.front();
    const double greatest = std::abs(first.eigenvalues.front());
    const std::string where = fmt::format("where {} of {} starts end", first.starts, all_->starts);
    if (first.unstable > 0)
      return {times_text(greatest),
              fmt::format("a step, {} {} grow", where, counted(first.unstable, "direction", "directions"))};
    if (!first.slowest || greatest >= 1 - 1e-6)
      return {"for ever", "some direction keeps what it is told, " + where};
    return {quoted(*first.slowest) + " steps", "time constant of the slowest direction, " + where};
  }

  std::string lost() const {
    if (all_->lost == 0) return "";
    return fmt::format("{} of {} starts found no rest.", all_->lost, all_->starts);
  }

  Panel plane() const {
    Panel panel{.title = "principal plane of the text’s states", .empty_text = "no steps yet"};
    const auto& share = all_->plane.share;
    panel.x.title = fmt::format("first component, {} of the variance", percent(share[0]));
    panel.y.title = fmt::format("second, {}", percent(share[1]));
    Line path{.ink = {InkRole::hidden_state}, .weight = 0.55F};
    path.colors.low = 0;
    path.colors.high = static_cast<double>(std::max<Index>(std::ssize(all_->path) - 1, 1));
    path.colors.title = "step";
    path.colors.bar = ColorScale::Bar::compact;
    for (std::size_t t = 0; t < all_->path.size(); ++t) {
      path.x.push_back(all_->path[t][0]);
      path.y.push_back(all_->path[t][1]);
      path.color_by.push_back(static_cast<double>(t));
    }
    panel.points = Points{Counts::steps, path.x, path.y};
    panel.marks.push_back(std::move(path));
    for (const Kind& kind : kKinds) {
      Scatter points{
          .name = std::string(kind.name), .ink = kind.ink, .marker = kind.marker, .size = kind.size};
      for (const FixedPoint& point : all_->points) {
        if (!kind.holds(point)) continue;
        points.x.push_back(point.plane[0]);
        points.y.push_back(point.plane[1]);
      }
      if (!points.x.empty()) panel.marks.push_back(std::move(points));
    }
    const auto& at = all_->path[static_cast<std::size_t>(step_)];
    panel.marks.push_back(Note{.x = at[0], .y = at[1], .text = fmt::format("step {}", step_), .dot = true});
    panel.legend = Legend::above;
    panel.width = 1.25F;
    return panel;
  }

  Panel eigenvalues() const {
    Panel panel{.title = "eigenvalues there", .empty_text = "no point, no eigenvalues"};
    panel.x.title = "real part";
    panel.y.title = "imaginary part";
    panel.legend = Legend::none;
    panel.equal = true;
    if (all_->points.empty()) return panel;
    double most = 1;
    for (const Kind& kind : kKinds) {
      Scatter points{.name = fmt::format("at {} points", kind.name),
                     .ink = kind.ink,
                     .marker = kind.marker,
                     .size = 0.55F * kind.size};
      points.ink.opacity = 0.8F;
      for (const FixedPoint& point : all_->points) {
        if (!kind.holds(point)) continue;
        for (const std::complex<double>& value : point.eigenvalues) {
          points.x.push_back(value.real());
          points.y.push_back(value.imag());
          most = std::max({most, std::abs(value.real()), std::abs(value.imag())});
        }
      }
      if (!points.x.empty()) panel.marks.push_back(std::move(points));
    }
    panel.x.low = panel.y.low = -1.08 * most;
    panel.x.high = panel.y.high = 1.08 * most;
    Line circle{.name = "unit circle", .ink = {InkRole::muted}, .weight = 0.7F};
    constexpr int kArcs = 180;
    for (int k = 0; k <= kArcs; ++k) {
      const double angle = 2 * std::numbers::pi * k / kArcs;
      circle.x.push_back(std::cos(angle));
      circle.y.push_back(std::sin(angle));
    }
    panel.marks.push_back(std::move(circle));
    return panel;
  }

  const Observation& observation_;
  Index step_;
  analysis::Kept<FixedPoints> all_;
};

}  // namespace

Figure fixed_points_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "fixed_points");
  common_step(std::span(&observation, 1), options.step, "fixed_points");
  if (const std::string why = analysis::why_no_fixed_points(observation); !why.empty())
    return not_shown("Fixed and slow points of " + name_of(observation), why);
  return FixedPointsView(observation, options).make();
}

}  // namespace gatescope::views
