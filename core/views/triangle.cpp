// Who owes whom: how much the loss of every step depends on the hidden state of every step before it, as
// computed by one backward pass and as measured by runs with a state moved a little [cashman2018].

#include "core/analysis/triangle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/views/not_shown.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr double kDecades = 1e-6;  // of the greatest, that colours tell apart
constexpr std::size_t kTrianglesKept = 2;

class TriangleView {
 public:
  TriangleView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)) {
    if (options.step) check_step(tape_, *options.step);
    both_ = observation.network->spec().bidirectional;
    if (both_ || observation.steps() > analysis::kMostTriangleSteps) return;
    triangle_ = analysis::recall(
        observation, "triangle", {options.layer},
        [&] { return analysis::triangle(observation, options.layer, analysis::kMeasureShown); },
        kTrianglesKept);
    if (!observation.natural) return;
    Observation natural = observation;
    natural.sequence = observation.natural;
    natural.rules.clear();
    natural_ = analysis::recall(
        observation, "natural triangle", {options.layer},
        [&] { return analysis::computed_triangle(natural, options.layer); }, kTrianglesKept);
  }

  Figure make() const {
    Figure figure;
    figure.title = "Who owes whom, " + where_of(observation_, options_);
    if (both_) return not_shown(figure.title, kBothDirections);
    if (!triangle_)
      return not_shown(figure.title, fmt::format("more than {} steps", analysis::kMostTriangleSteps));
    std::string label = "back, on average, are the states that a loss depends on";
    if (natural_) label += fmt::format(", natural {}", quoted(mean_lag(*natural_)));
    figure.headlines.push_back({quoted(mean_lag(*triangle_)) + " steps", label});
    figure.columns = 2;
    figure.panels = {map("computed: one backward pass", triangle_->loss_to_hidden, false), measured(),
                     sums("what all later losses owe to a step", triangle_->column_sums),
                     sums("what a loss owes to all steps", triangle_->row_sums)};
    figure.caption =
        sentences({"A row is a prediction, a column a step before it; bright: a small change of the state "
                   "there changes "
                   "that loss much.",
                   measured_sentence(), forced_sentence(observation_)});
    return figure;
  }

 private:
  /// Of how many steps back, weighted by what is owed.
  static double mean_lag(const analysis::Triangle& triangle) {
    double all = 0, lags = 0;
    for (Index s = 0; s < triangle.loss_to_hidden.rows(); ++s) {
      for (Index t = 0; t <= s; ++t) {
        const double owed = triangle.loss_to_hidden(s, t);
        if (std::isfinite(owed)) all += owed, lags += owed * static_cast<double>(s - t);
      }
    }
    return all > 0 ? lags / all : std::nan("");
  }

  double greatest() const {
    double most = 0;
    for (const double v : triangle_->loss_to_hidden.reshaped())
      if (std::isfinite(v)) most = std::max(most, v);
    return most > 0 ? most : 1;
  }

  Panel map(const std::string& title, const Eigen::MatrixXd& values, bool only_measured) const {
    Panel panel{.title = title, .empty_text = "no steps yet"};
    panel.x = time_axis(observation_, tape_);
    panel.x.title = "hidden state at step";
    panel.y = {.title = "loss at step", .whole = true};
    panel.height = 2.6F;
    const double high = greatest(), low = high * kDecades;
    const Index every = only_measured ? triangle_->measured_every : 1;
    std::vector<Index> columns = triangle_->measured_steps;
    if (!only_measured) {
      columns.clear();
      for (Index t = 0; t < values.cols(); ++t) columns.push_back(t);
    }
    std::vector<float> cells;
    for (const Index t : columns)
      for (Index s = 0; s < values.rows(); ++s) {
        const double v = values(s, t);
        cells.push_back(static_cast<float>(std::isfinite(v) ? std::max(v, low) : v));
      }
    if (!columns.empty())
      panel.marks.push_back(
          Heatmap{.name = "‖∂Lₛ/∂hₜ‖" + std::string(only_measured ? ", measured" : ""),
                  .values = {static_cast<int>(values.rows()), static_cast<int>(columns.size()),
                             std::move(cells), Matrix::Order::column_major},
                  .colors = {.map = Colormap::sequential,
                             .low = low,
                             .high = high,
                             .kind = ScaleKind::log,
                             .title = "‖∂Lₛ/∂hₜ‖ (nats)"},
                  .x0 = static_cast<double>(columns.front()),
                  .dx = static_cast<double>(every)});
    if (options_.step) panel.marks.push_back(Cursor{.x = *options_.step, .y = *options_.step});
    return panel;
  }

  Panel measured() const {
    Panel panel = map("measured: every unit moved a little", triangle_->measured, true);
    panel.empty_text = "too large to be measured here";
    const analysis::Disagreement told = analysis::disagreement(*triangle_);
    if (told.of > 0)
      panel.remark = told.cells == 0 ? fmt::format("all {} cells agree", told.of)
                                     : fmt::format("{} of {} cells disagree", told.cells, told.of);
    Scatter wrong{.name = "disagree", .ink = {InkRole::accent}, .marker = Marker::square};
    for (const Index t : triangle_->measured_steps)
      for (Index s = t; s < observation_.steps(); ++s)
        if (analysis::disagree(triangle_->loss_to_hidden(s, t), triangle_->measured(s, t))) {
          wrong.x.push_back(static_cast<double>(t));
          wrong.y.push_back(static_cast<double>(s));
        }
    if (!wrong.x.empty()) panel.marks.push_back(std::move(wrong));
    return panel;
  }

  Panel sums(const std::string& title, const std::vector<double>& values) const {
    Panel panel{.title = title, .empty_text = "no steps yet"};
    panel.x = time_axis(observation_, tape_);
    panel.y = {.title = "sum", .low = 0};
    panel.legend = Legend::none;
    panel.marks.push_back(
        Line{.name = title, .y = values, .ink = {role_of(tape_.info(), tape_.info().hidden())}});
    if (options_.step) panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    return panel;
  }

  std::string measured_sentence() const {
    if (triangle_->measured_steps.empty() || triangle_->measured_every == 1) return "";
    return fmt::format("Measured at every {}th step.", triangle_->measured_every);
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  bool both_ = false;
  analysis::Kept<analysis::Triangle> triangle_, natural_;
};

}  // namespace

Figure triangle_view(std::span<const Observation> observations, const ViewOptions& options) {
  return TriangleView(only_observation(observations, "triangle"), options).make();
}

}  // namespace gatescope::views
