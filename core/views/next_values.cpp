#include "core/views/next_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/scores.h"
#include "core/analysis/summary.h"
#include "core/error.h"
#include "core/views/parts.h"

namespace gatescope::views {
namespace {

class ValuesView {
 public:
  ValuesView(const Observation& observation, const ViewOptions& options)
      : observation_(observation), options_(options), steps_(observation.steps()) {
    if (options.step && (*options.step < 0 || *options.step >= steps_))
      fail("step {} does not exist, expected 0 to {}", *options.step, steps_ - 1);
    shown_ = options.frame ? std::clamp<Index>(*options.frame + 1, 0, steps_) : steps_;
  }

  Figure make() const {
    const task::Outcome& outcome = observation_.outcome();
    Figure figure;
    figure.title = fmt::format("{}, {}", outcome.title, name_of(observation_));
    std::string label = fmt::format("mean {}", outcome.mean_score);
    if (observation_.natural) label += ", natural " + quoted(mean_score(Run::natural));
    figure.headlines.push_back({quoted(mean_score(Run::in_force)), label});
    figure.share_x = true;
    const Index outputs = observation_.sequence->trace.outputs.rows();
    for (Index k = 0; k < std::min<Index>(outputs, std::max(1, options_.top)); ++k)
      figure.panels.push_back(panel(k));
    const std::string left_out =
        std::ssize(figure.panels) < outputs
            ? fmt::format("The first {} of {} outputs are shown.", figure.panels.size(), outputs)
            : "";
    figure.caption = sentences({left_out, forced_sentence(observation_)});
    return figure;
  }

 private:
  double mean_score(Run run) const { return analysis::mean_score(observation_, run); }

  Line line(const std::string& name, const Ink& ink, const SequenceTrace& of, Index output) const {
    Line line{.name = name, .ink = ink};
    for (Index t = 0; t < shown_; ++t) line.y.push_back(static_cast<double>(of.trace.outputs(output, t)));
    return line;
  }

  /// What was expected: at some steps alone points, which no line would show.
  Line expected(Index output) const {
    const SequenceTrace& text = *observation_.sequence;
    const Index height = text.trace.outputs.rows();
    Line line{.name = "expected", .ink = {InkRole::neutral}, .dash = Dash::dashed};
    for (Index t = 0; t < steps_; ++t) {
      if (!text.expects(t)) continue;
      line.x.push_back(static_cast<double>(t));
      line.y.push_back(static_cast<double>(text.target_values[t * height + output]));
    }
    if (std::ssize(line.y) < steps_) line.marker = Marker::disc;
    return line;
  }

  Panel panel(Index output) const {
    Panel panel{.title = observation_.sequence->trace.outputs.rows() > 1 ? fmt::format("output {}", output)
                                                                         : "output",
                .empty_text = "no steps yet"};
    panel.x = {.title = "step",
               .low = -0.5,
               .high = static_cast<double>(steps_) - 0.5,
               .whole = true,
               .counts = Counts::steps,
               .characters = observation_.characters()};
    panel.legend = output == 0 ? Legend::above : Legend::none;
    add_forced(panel, forced_steps(observation_, steps_));
    panel.marks.push_back(expected(output));
    if (observation_.natural)
      panel.marks.push_back(line("natural", {InkRole::muted}, *observation_.natural, output));
    panel.marks.push_back(line(observation_.natural ? "forced" : "output",
                               {observation_.natural ? InkRole::forced : InkRole::muted},
                               *observation_.sequence, output));
    if (options_.step) panel.marks.push_back(Cursor{.x = static_cast<double>(*options_.step), .y = {}});
    return panel;
  }

  const Observation& observation_;
  const ViewOptions& options_;
  Index steps_, shown_ = 0;
};

}  // namespace

Figure next_values_view(const Observation& observation, const ViewOptions& options) {
  return ValuesView(observation, options).make();
}

}  // namespace gatescope::views
