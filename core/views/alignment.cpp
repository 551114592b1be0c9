// Alignment: where in the source each step of the target looks, as the weights of attention [bahdanau2015],
// in the same drawing as memory attention; and by which way the source decides over one step.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/kept.h"
#include "core/analysis/source_paths.h"
#include "core/utf8.h"
#include "core/views/not_shown.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

class AlignmentView {
 public:
  AlignmentView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        pair_(observation.sequence->trace.pair),
        start_(pair_.start),
        steps_(observation.steps()) {}

  Figure make() const {
    Figure figure;
    figure.title = "Alignment, " + name_of(observation_);
    if (start_ == steps_) return not_shown(figure.title, "nothing was told: the text has no →");
    if (start_ == 0) return not_shown(figure.title, "there is no source before the →");
    if (attends()) {
      figure.panels.push_back(weights());
      figure.headlines.push_back(
          {number(looked_at()), "characters of the source are looked at, a step of the target"});
    } else {
      figure.headlines.push_back({"–", "no attention: only the encoder's last state goes over"});
    }
    figure.panels.push_back(ways());
    const std::string mistakes = mistakes_sentence();
    figure.caption = sentences({attends() ? "Every row adds up to 1 where no rule forces it." : "", mistakes,
                                forced_sentence(observation_)});
    return figure;
  }

 private:
  bool attends() const { return observation_.network->spec().decoder->attention != nn::Attention::none; }
  static std::string number(double value) {
    return std::isfinite(value) ? fmt::format("{:.1f}", value) : std::string("–");
  }

  /// The step of the target that is asked about: the chosen one, else the first that is told wrong, else the
  /// one with the greatest weight.
  Index step() const {
    if (options_.step && *options_.step >= start_) return std::min<Index>(*options_.step, steps_ - 1);
    for (Index t = start_; t < steps_; ++t)
      if (observation_.sequence->expects(t) && told(t) != expected(t)) return t;
    Index row = 0, column = steps_ - start_ - 1;
    if (attends()) pair_.alpha.rightCols(steps_ - start_).maxCoeff(&row, &column);
    return start_ + column;
  }
  std::string symbol(int number) const { return display_text(observation_.alphabet.output(number)); }
  std::string told(Index t) const {
    return symbol(static_cast<int>(observation_.sequence->trace.likeliest(t)));
  }
  std::string expected(Index t) const {
    return symbol(observation_.sequence->targets[static_cast<std::size_t>(t)]);
  }
  std::vector<std::string> source() const {
    std::vector<std::string> all;
    for (Index j = 0; j < start_; ++j) all.push_back(display_text(observation_.read(j)));
    return all;
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

  std::string mistakes_sentence() const {
    Index mistakes = 0, count = 0;
    for (Index t = start_; t < steps_; ++t) {
      if (!observation_.sequence->expects(t)) continue;
      ++count;
      mistakes += told(t) != expected(t);
    }
    if (count == 0) return steps_ - start_ > 1 ? "It reads what it told itself." : "";
    if (mistakes == 0) return "All of the target is told right.";
    return fmt::format("{} of {} are told wrong; what is right stands in brackets.", mistakes, count);
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
               .characters = source()};
    panel.y = {
        .title = "told", .low = -0.5, .high = static_cast<double>(steps_ - start_) - 0.5, .whole = true};
    std::vector<float> values;
    for (Index t = start_; t < steps_; ++t) {
      std::string label = told(t);
      if (observation_.sequence->expects(t)) {
        const std::string right = expected(t);
        if (right != label) label += fmt::format(" ({})", right);
      }
      panel.y.ticks.push_back({static_cast<double>(t - start_), label});
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
        cursor.y = static_cast<double>(step() - start_);
      panel.marks.push_back(cursor);
    }
    return panel;
  }

  /// What the source's characters decide at one step, and on which way.
  Panel ways() const {
    const auto paths = analysis::recall(observation_, "source paths", {step()},
                                        [&] { return analysis::source_paths(observation_, step()); });
    Panel panel;
    panel.title = fmt::format("what “{}” owes to the source", told(step()));
    panel.x = {.title = "source"};
    panel.y = {.title = "gradient", .unit = "nats", .low = 0};
    panel.legend = plot::Legend::above;
    const auto bars = [&](std::string name, const std::vector<double>& values, InkRole role) {
      panel.marks.push_back(
          Bars{.name = std::move(name), .categories = source(), .values = values, .ink = {role}});
    };
    bars("through the state", paths->through_state, InkRole::cell_state);
    if (attends()) bars("through attention", paths->through_attention, InkRole::accent);
    return panel;
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const nn::PairTape<float>& pair_;
  Index start_, steps_;
};

}  // namespace

Figure alignment_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "alignment");
  if (!observation.network->spec().decoder)
    return not_shown("Alignment, " + name_of(observation), "it is one stack, and no encoder-decoder");
  return AlignmentView(observation, options).make();
}

}  // namespace gatescope::views
