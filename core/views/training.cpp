// Learning curves: the loss in bits per character, on the training text and held out, and the gradient's norm
// before and after clipping [pascanu2013]. Several models told apart by colour and line style.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

bool in_bits(std::span<const Subject> subjects) {
  return std::none_of(subjects.begin(), subjects.end(), [](const Subject& s) {
    return s.network && s.network->interface().readout == nn::Readout::linear;
  });
}

std::string name_of(const Subject& subject) {
  if (!subject.name.empty()) return subject.name;
  if (subject.network) return std::string(subject.network->cell().title);
  return subject.metrics.empty() ? "model" : subject.metrics.front().model;
}

Line curve(const Subject& subject, const std::string& name, const Ink& ink, Dash dash,
           std::optional<double> (*value)(const train::MetricsRow&), double factor) {
  Line line{.name = name, .ink = ink, .dash = dash};
  for (const train::MetricsRow& row : subject.metrics) {
    const auto y = value(row);
    if (!y) continue;
    line.x.push_back(static_cast<double>(row.update));
    line.y.push_back(*y * factor);
  }
  return line;
}

Panel losses(std::span<const Subject> subjects, bool bits, double factor) {
  Panel panel{.title = "loss", .x = {.title = "update", .whole = true}, .empty_text = "no updates yet"};
  panel.y = {.title = "loss", .unit = bits ? loss_unit(subjects[0]) : "squared error"};
  for (std::size_t k = 0; k < subjects.size(); ++k) {
    const Ink ink = model_ink(subjects, k);
    Line train = curve(
        subjects[k], name_of(subjects[k]) + ", training", {ink.role, ink.index, 0.55F}, model_dash(k),
        [](const train::MetricsRow& r) { return std::optional(r.loss); }, factor);
    train.weight = 0.7F;
    Line held_out = curve(
        subjects[k], name_of(subjects[k]) + ", held out", ink, model_dash(k),
        [](const train::MetricsRow& r) { return r.held_out; }, factor);
    held_out.weight = 1.4F;
    held_out.marker = Marker::disc;
    panel.marks.push_back(std::move(train));
    if (!held_out.y.empty()) panel.marks.push_back(std::move(held_out));
  }
  return panel;
}

Panel norms(std::span<const Subject> subjects) {
  Panel panel{.title = "gradient norm",
              .x = {.title = "update", .whole = true},
              .height = 0.7F,
              .empty_text = "no updates yet"};
  panel.y = {.title = "‖∂L/∂θ‖", .kind = ScaleKind::log};
  for (std::size_t k = 0; k < subjects.size(); ++k) {
    const Ink ink = model_ink(subjects, k);
    Line before = curve(
        subjects[k], name_of(subjects[k]), ink, model_dash(k),
        [](const train::MetricsRow& r) { return std::optional(r.norm_before); }, 1);
    before.weight = 0.8F;
    panel.marks.push_back(std::move(before));
    const bool clipped = std::any_of(subjects[k].metrics.begin(), subjects[k].metrics.end(),
                                     [](const train::MetricsRow& r) { return r.norm_after < r.norm_before; });
    if (!clipped) continue;
    Line after = curve(
        subjects[k], name_of(subjects[k]) + ", clipped", {ink.role, ink.index, 0.6F}, Dash::dotted,
        [](const train::MetricsRow& r) { return std::optional(r.norm_after); }, 1);
    after.weight = 0.8F;
    panel.marks.push_back(std::move(after));
  }
  return panel;
}

}  // namespace

Figure training_view(std::span<const Subject> subjects, const ViewOptions&) {
  if (subjects.empty()) fail("the view training needs a model");
  const bool bits = in_bits(subjects);
  const double factor = bits ? 1 / std::numbers::ln2 : 1;
  Figure figure;
  figure.title = "Training";
  figure.share_x = true;
  figure.panels = {losses(subjects, bits, factor), norms(subjects)};
  double last_update = 0;
  for (const Subject& subject : subjects)
    if (!subject.metrics.empty())
      last_update = std::max(last_update, static_cast<double>(subject.metrics.back().update));
  for (Panel& panel : figure.panels) {
    panel.x.low = 0;
    if (last_update > 0) panel.x.high = last_update * 1.012;  // the last marker whole
  }
  for (const Subject& subject : subjects) {
    const auto& rows = subject.metrics;
    const auto last =
        std::find_if(rows.rbegin(), rows.rend(), [](const auto& r) { return r.held_out.has_value(); });
    const bool held_out = last != rows.rend();
    const double loss = held_out ? *last->held_out : rows.empty() ? std::nan("") : rows.back().loss;
    figure.headlines.push_back({quoted(loss * factor), (bits ? "bits, " : "") + name_of(subject) +
                                                           (held_out ? " held out" : " training")});
  }
  return figure;
}

}  // namespace gatescope::views
