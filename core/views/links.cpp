// Links: lines from every step of the target to where in the source it looks, as wide as the weights of
// attention [bahdanau2015]; and the gradient of one step's loss on its way back, how much of it is in the
// states, and what jumps over attention.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/plot/ticks.h"
#include "core/views/not_shown.h"
#include "core/views/pair_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr Index kReadable = 60;  // symbols of a row

class LinksView {
 public:
  LinksView(const Observation& observation, const ViewOptions& options)
      : observation_(observation), options_(options), read_(observation), step_(read_.asked_about(options)) {}

  Figure make(std::string title) const {
    Figure figure;
    figure.title = std::move(title);
    if (read_.attends()) {
      figure.headlines.push_back(
          {by_attention(), "is attention's share of the gradients at the source, by their sizes"});
      figure.panels.push_back(weights());
    } else {
      figure.headlines.push_back(no_attention());
    }
    figure.panels.push_back(ways());
    figure.caption = sentences(
        {fmt::format(
             "Columns are as high as the gradient in the states{}; the loss is that of “{}” at step {}.",
             read_.attends() ? ", arcs as wide as what jumps to the source" : "", read_.loss_of(step_),
             step_),
         read_.attends() &&
                 observation_.sequence->trace.pair.alpha.rightCols(read_.steps - read_.start).minCoeff() < 0
             ? "Negative weights are dashed."
             : "",
         read_.mistakes_sentence(read_.attends() &&
                                 std::max(read_.start, read_.steps - read_.start) <= kReadable),
         forced_sentence(observation_)});
    return figure;
  }

 private:
  /// What came on the one way beside both, as a share of their sizes.
  std::string by_attention() const {
    const auto paths = read_.paths(step_);
    const auto sum = [](const std::vector<double>& all) {
      return std::accumulate(all.begin(), all.end(), 0.0);
    };
    const double attention = sum(paths->through_attention), state = sum(paths->through_state);
    if (!(attention + state > 0)) return "–";
    const double share = attention / (attention + state);
    if (share >= 0.995 && share < 1) return "over 99 %";
    return share < 0.005 && share > 0 ? "under 1 %" : percent(share);
  }

  /// The source above, the target below, both in the middle.
  Panel weights() const {
    constexpr double source_row = 0.92, target_row = 0.08, gap = 0.12;
    const Index start = read_.start, count = read_.steps - start, widest = std::max(start, count);
    const double source_from = 0.5 * static_cast<double>(widest - start),
                 target_from = 0.5 * static_cast<double>(widest - count);
    Panel panel{.title = "where it looks", .legend = Legend::none, .height = 1.6F};
    panel.x = {.low = -0.5, .high = static_cast<double>(widest) - 0.5, .hidden = true, .grid = false};
    panel.y = {.low = 0, .high = 1, .grid = false, .ticks = {{target_row, "told"}, {source_row, "source"}}};
    Points points{.counts = Counts::steps};
    Links others{.name = "weight", .ink = {InkRole::muted, 0, 0.8F}},
        chosen{.name = "weight at the chosen step", .ink = {InkRole::accent}}, symbols{.name = "symbol"};
    const auto put = [&](Index step, double x, double y, std::string text, InkRole ink) {
      points.x.push_back(x), points.numbers.push_back(static_cast<int>(step));
      points.y.push_back(y == source_row ? y - gap : y + gap);  // a mark there does not hide the symbol
      symbols.spots.push_back({x, y, std::move(text), {ink}});
    };
    const std::vector<std::string> source = read_.source();
    for (Index j = 0; j < start; ++j)
      put(j, source_from + static_cast<double>(j), source_row, source[static_cast<std::size_t>(j)],
          options_.step == j ? InkRole::accent : InkRole::neutral);
    const auto& alpha = observation_.sequence->trace.pair.alpha;
    const double high = static_cast<double>(
        alpha.rightCols(read_.steps - start).cwiseAbs().maxCoeff<Eigen::PropagateNumbers>());
    others.high = chosen.high = high;
    panel.remark = fmt::format("the widest is {:.2f}", high);
    for (Index t = read_.start; t < read_.steps; ++t) {
      const double x = target_from + static_cast<double>(t - start);
      put(t, x, target_row, read_.told_and_right(t), t == step_ ? InkRole::accent : InkRole::neutral);
      for (Index j = 0; j < start; ++j)
        (t == step_ ? chosen : others)
            .links.push_back({source_from + static_cast<double>(j), source_row - gap, x, target_row + gap,
                              static_cast<double>(alpha(j, t))});
    }
    panel.marks = {std::move(others), std::move(chosen), std::move(symbols)};
    panel.points = std::move(points);
    return panel;
  }

  /// How much is in the states, the decoder's behind the encoder's, and over them what jumps.
  Panel ways() const {
    const auto paths = read_.paths(step_);
    Panel panel{.title = fmt::format("how the loss of “{}” comes back", read_.loss_of(step_)),
                .legend = Legend::above};
    panel.x = {.title = "",
               .low = -0.5,
               .high = static_cast<double>(read_.steps) - 0.5,
               .whole = true,
               .counts = Counts::steps,
               .characters = observation_.characters()};
    const double arcs = read_.attends() ? 2 : 0;
    panel.y = {.low = 0, .high = 1.12 + arcs, .grid = false, .ticks = {{0.5, "in the states"}}};
    double high = 0;
    for (const double norm : paths->states) high = std::max(high, norm);
    if (paths->jumps.size() > 0) high = std::max(high, paths->jumps.maxCoeff());
    panel.remark = fmt::format("the greatest is {} nats a unit", number_text(high));
    if (high == 0) high = 1;
    Columns columns{.name = "gradient in the states"};
    columns.colors = {.map = Colormap::sequential, .low = 0, .high = 1, .bar = ColorScale::Bar::none};
    for (Index t = 0; t <= step_; ++t) {
      columns.x.push_back(static_cast<double>(t));
      columns.values.push_back(paths->states[static_cast<std::size_t>(t)] / high);
    }
    for (Index t = step_ + 1; t < read_.steps; ++t) columns.waiting.push_back(static_cast<double>(t));
    panel.marks.push_back(std::move(columns));
    if (read_.attends()) {
      panel.y.ticks.push_back({1 + arcs / 2, "over attention"});
      Links jumps{.name = "through attention", .ink = {InkRole::accent}};
      double longest = 1;
      for (Index t = read_.start; t <= step_; ++t)
        for (Index j = 0; j < read_.start; ++j) {
          const double flow = paths->jumps(j, t) / high;
          if (flow >= Links::kLeast) longest = std::max(longest, static_cast<double>(t - j));
          jumps.links.push_back({static_cast<double>(t), 1, static_cast<double>(j), 1, flow});
        }
      jumps.rise = 0.92 * arcs / longest;
      panel.marks.push_back(std::move(jumps));
    }
    panel.marks.push_back(
        Rule{.at = static_cast<double>(read_.start) - 0.5, .label = "source", .before = true});
    panel.marks.push_back(Cursor{.x = static_cast<double>(step_), .y = {}});
    return panel;
  }

  const Observation& observation_;
  const ViewOptions& options_;
  PairReading read_;
  Index step_;
};

}  // namespace

Figure links_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "links");
  std::string title = "Links to the source, " + name_of(observation);
  if (const std::string missing = missing_of_pair(observation); !missing.empty())
    return not_shown(std::move(title), missing);
  return LinksView(observation, options).make(std::move(title));
}

}  // namespace gatescope::views
