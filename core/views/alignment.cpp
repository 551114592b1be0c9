// Alignment: where in the source each step of the target looks, as the weights of attention [bahdanau2015],
// in the same drawing as memory attention; and by which way the source decides over one step.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/views/not_shown.h"
#include "core/views/pair_parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

class AlignmentView {
 public:
  AlignmentView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        read_(observation),
        pair_(observation.sequence->trace.pair),
        start_(read_.start),
        steps_(read_.steps),
        step_(read_.asked_about(options)) {}

  Figure make(std::string title) const {
    Figure figure;
    figure.title = std::move(title);
    if (read_.attends()) {
      figure.panels.push_back(weights());
      figure.headlines.push_back(
          {number(looked_at()), "characters of the source are looked at, a step of the target"});
    } else {
      figure.headlines.push_back(no_attention());
    }
    figure.panels.push_back(ways());
    const std::string mistakes = read_.mistakes_sentence(read_.attends());
    figure.caption = sentences({read_.attends() ? "Every row adds up to 1 where no rule forces it." : "",
                                mistakes, forced_sentence(observation_)});
    return figure;
  }

 private:
  static std::string number(double value) {
    return std::isfinite(value) ? fmt::format("{:.1f}", value) : std::string("–");
  }

  /// The mean over the target's steps.
  double looked_at() const {
    double sum = 0;
    for (Index t = start_; t < steps_; ++t) {
      const Eigen::VectorXd row = pair_.alpha.col(t).cast<double>();
      sum += analysis::looked_at(row);
    }
    return sum / static_cast<double>(steps_ - start_);
  }

  Panel weights() const {
    Panel panel;
    panel.title = "where it looks";
    panel.height = 3;
    panel.x = {.title = "source",
               .low = -0.5,
               .high = static_cast<double>(start_) - 0.5,
               .whole = true,
               .counts = plot::Counts::steps,
               .characters = read_.source()};
    panel.y = {
        .title = "told", .low = -0.5, .high = static_cast<double>(steps_ - start_) - 0.5, .whole = true};
    std::vector<float> values;
    for (Index t = start_; t < steps_; ++t) {
      panel.y.ticks.push_back({static_cast<double>(t - start_), read_.told_and_right(t)});
      for (Index j = 0; j < start_; ++j) values.push_back(pair_.alpha(j, t));
    }
    panel.marks.push_back(Heatmap{
        .name = "weight",
        .values = {static_cast<int>(steps_ - start_), static_cast<int>(start_), std::move(values)},
        .colors = {.map = Colormap::sequential, .low = 0, .high = 1, .bar = ColorScale::Bar::compact}});
    std::vector<std::pair<double, double>> forced;
    for (const nn::ForceRule& rule : observation_.rules)
      if (rule.channel == nn::kAlpha)
        for (const nn::Range& range : rule.units)
          if (range.first < start_)
            forced.push_back({static_cast<double>(range.first) - 0.5,
                              std::min<double>(range.last, static_cast<double>(start_ - 1)) + 0.5});
    add_forced(panel, std::move(forced));
    if (options_.step) {
      Cursor cursor;
      if (*options_.step < start_)
        cursor.x = *options_.step;
      else
        cursor.y = static_cast<double>(step_ - start_);
      panel.marks.push_back(cursor);
    }
    return panel;
  }

  /// What the source's characters decide at one step, and on which way.
  Panel ways() const {
    const auto paths = read_.paths(step_);
    Panel panel;
    panel.title = fmt::format("what “{}” owes to the source", read_.loss_of(step_));
    panel.x = {.title = "source"};
    panel.y = {.title = "gradient", .unit = "nats", .low = 0};
    panel.legend = plot::Legend::above;
    const auto bars = [&](std::string name, const std::vector<double>& values, InkRole role) {
      panel.marks.push_back(
          Bars{.name = std::move(name), .categories = read_.source(), .values = values, .ink = {role}});
    };
    bars("through the state", paths->through_state, InkRole::cell_state);
    if (read_.attends()) bars("through attention", paths->through_attention, InkRole::accent);
    return panel;
  }

  const Observation& observation_;
  const ViewOptions& options_;
  PairReading read_;
  const nn::PairTape<float>& pair_;
  Index start_, steps_, step_;
};

}  // namespace

Figure alignment_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "alignment");
  std::string title = "Alignment, " + name_of(observation);
  if (const std::string missing = missing_of_pair(observation); !missing.empty())
    return not_shown(std::move(title), missing);
  return AlignmentView(observation, options).make(std::move(title));
}

}  // namespace gatescope::views
