// The gradient of one step's loss as it travels back through the unrolled network [hochreiter1997,
// pascanu2013]: above as a strip of steps, one lane a state, below as curves over the lag. Several models on
// one scale.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/gradient_lag.h"
#include "core/error.h"
#include "core/figure/views/parts.h"
#include "core/figure/views/views.h"

namespace gatescope::figure {
namespace {

constexpr double kFloor = 1e-6;  // what is below is nothing to the eye
constexpr double kShare = 1e-3;

/// One state of one model.
struct Lane {
  std::string name;
  Ink ink;
  Dash dash = Dash::solid;
  float weight = 1;
  std::vector<double> relative;  // by lag; 1 at lag 0
  std::optional<Index> reach;
  std::size_t model = 0;
  bool natural = false;
};

std::string reach_text(const Lane& lane) {
  if (lane.reach) return counted(*lane.reach, "step", "steps");
  return fmt::format("over {}", counted(static_cast<Index>(lane.relative.size()) - 1, "step", "steps"));
}

class GradientView {
 public:
  GradientView(std::span<const Subject> subjects, const ViewOptions& options)
      : subjects_(subjects), options_(options) {
    if (subjects.empty()) fail("the view gradient needs a model");
    for (std::size_t k = 0; k < subjects.size(); ++k) add_model(k);
  }

  Figure make() const {
    Figure figure;
    figure.title = subjects_.size() > 1 ? "Gradient through time"
                                        : "Gradient through time, " + where_of(subjects_[0], options_);
    for (std::size_t k = 0; k < subjects_.size(); ++k) figure.headlines.push_back(headline(k));
    figure.panels = {strip(), curves()};
    std::string forced;
    for (const Subject& subject : subjects_)
      if (forced.empty()) forced = forced_sentence(subject);
    figure.caption =
        sentences({fmt::format("Reach: steps back until a thousandth of the gradient of the loss at step "
                               "{} is left.",
                               loss_step_),
                   forced});
    return figure;
  }

 private:
  void add_model(std::size_t k) {
    const Subject& subject = subjects_[k];
    if (!subject.network || !subject.text) fail("the view gradient needs a model and a text");
    const bool first = lanes_.empty();
    const auto own = analysis::loss_step(*subject.text);
    const Index last = static_cast<Index>(subject.text->tokens.size()) - 1;
    if (options_.step && (*options_.step < 0 || *options_.step > last))
      fail("step {} does not exist, expected 0 to {}", *options_.step, last);
    // Over a sum of losses nothing could be said of lags: the backward pass is done once more from one of
    // them.
    const Index from = own ? *own : options_.step ? *options_.step : last;
    if (first) loss_step_ = from;
    if (own && from == *own) {
      add_lanes(k, *subject.text, from, false);
      if (subject.natural && analysis::loss_step(*subject.natural) == from)
        add_lanes(k, *subject.natural, from, true);
      return;
    }
    std::vector<int> characters = subject.text->tokens;
    characters.push_back(subject.text->targets.back());
    add_lanes(k, trace::trace_text<float>(*subject.network, characters, {trace::LossAt::Kind::step, from}),
              from, false);
  }

  void add_lanes(std::size_t k, const TextTrace& text, Index from, bool natural) {
    const Subject& subject = subjects_[k];
    const Tape& tape = tape_of(subject, text, options_);
    const nn::CellInfo& cell = tape.info();
    const std::string model = subject.name.empty() ? std::string(cell.title) : subject.name;
    for (const int state : {cell.cell_state, cell.hidden}) {
      if (state == nn::kNone) continue;
      const std::vector<double> norms = analysis::gradient_over_lag(tape, state, from);
      Lane lane;
      lane.name = fmt::format("{} {}{}", model, symbol_of(cell.channels[static_cast<std::size_t>(state)]),
                              natural ? ", natural" : "");
      lane.ink = subjects_.size() > 1 ? model_ink(subjects_, k) : Ink{role_of(cell, state)};
      if (natural) lane.ink.opacity = 0.6F;
      const bool second = state == cell.hidden && cell.cell_state != nn::kNone;
      const Dash own = subjects_.size() > 1 ? model_dash(k) : second ? Dash::dashed : Dash::solid;
      lane.dash = natural ? Dash::dotted : own;
      lane.weight = second && subjects_.size() > 1 ? 0.7F : 1.5F;
      for (const double norm : norms) lane.relative.push_back(norms[0] == 0 ? 0 : norm / norms[0]);
      lane.reach = analysis::gradient_reach(norms, kShare);
      lane.model = k;
      lane.natural = natural;
      lanes_.push_back(std::move(lane));
    }
    reverse_ = tape.reverse();
  }

  /// Lags the backward pass has reached at the chosen frame.
  Index reached(const Lane& lane) const {
    const auto all = static_cast<Index>(lane.relative.size());
    if (!options_.frame) return all;
    const Index lag = reverse_ ? *options_.frame - loss_step_ : loss_step_ - *options_.frame;
    return std::clamp<Index>(lag + 1, 0, all);
  }

  /// Lags worth showing: until nothing is left of any, and a little more.
  double shown_lags() const {
    Index most = 1, longest = 1;
    for (const Lane& lane : lanes_) {
      longest = std::max(longest, static_cast<Index>(lane.relative.size()) - 1);
      Index lag = static_cast<Index>(lane.relative.size()) - 1;
      while (lag > 0 && !(lane.relative[static_cast<std::size_t>(lag)] >= kFloor)) --lag;
      most = std::max(most, lag);
    }
    return static_cast<double>(std::min(longest, std::max<Index>(most + 1, 8)));
  }

  Axis lag_axis() const {
    return {.title = "lag",
            .unit = "steps back from the loss",
            .low = -0.5,
            .high = shown_lags() + 0.5,
            .reversed = !reverse_,
            .whole = true};
  }

  Headline headline(std::size_t k) const {
    const Lane* best = nullptr;  // the state that carries it farthest
    const Lane* natural = nullptr;
    const auto farther = [](const Lane& a, const Lane& b) {
      return b.reach && (!a.reach || *a.reach > *b.reach);
    };
    for (const Lane& lane : lanes_) {
      if (lane.model != k) continue;
      const Lane*& to = lane.natural ? natural : best;
      if (!to || farther(lane, *to)) to = &lane;
    }
    std::string label = "reach of " + best->name;
    if (natural) label += ", natural " + reach_text(*natural);
    return {reach_text(*best), label};
  }

  /// Forced steps as lags.
  void add_forced_lags(Panel& panel) const {
    std::vector<std::pair<double, double>> lags;
    const auto at = static_cast<double>(loss_step_);
    for (const auto& [from, to] :
         forced_steps(subjects_[0], static_cast<Index>(subjects_[0].text->tokens.size()))) {
      const double low = std::max(-0.5, reverse_ ? from - at : at - to),
                   high = reverse_ ? to - at : at - from;
      if (low < high) lags.emplace_back(low, high);
    }
    add_forced(panel, std::move(lags));
  }

  Panel strip() const {
    Panel panel{.title = "what is left of the gradient on its way back", .empty_text = "no steps yet"};
    panel.remark = options_.frame ? fmt::format("step {}", *options_.frame) : "";
    const auto width = static_cast<std::size_t>(shown_lags()) + 1;
    const int rows = static_cast<int>(lanes_.size());
    // A row a lane; what the pass has not reached has no colour yet.
    Index most = 0;
    for (const Lane& lane : lanes_) most = std::max(most, std::min(reached(lane), static_cast<Index>(width)));
    std::vector<float> cells;
    for (const Lane& lane : lanes_)
      for (Index lag = 0; lag < most; ++lag)
        cells.push_back(lag < static_cast<Index>(lane.relative.size())
                            ? static_cast<float>(lane.relative[static_cast<std::size_t>(lag)])
                            : 0);
    double high = 1;
    for (const Lane& lane : lanes_)
      for (const double r : lane.relative)
        if (std::isfinite(r)) high = std::max(high, r);
    if (most > 0)
      panel.marks.push_back(Heatmap{.name = "gradient relative to lag 0",
                                    .values = Matrix(rows, static_cast<int>(most), std::move(cells)),
                                    .colors = {.map = Colormap::sequential,
                                               .low = kFloor,
                                               .high = high,
                                               .kind = ScaleKind::log,
                                               .bar = ColorScale::Bar::compact}});
    add_forced_lags(panel);
    panel.x = lag_axis();
    panel.x.title = panel.x.unit = "";
    const std::vector<std::string> characters = characters_of(subjects_[0]);
    for (std::size_t lag = 0; lag < width; ++lag) {
      const Index t = reverse_ ? loss_step_ + static_cast<Index>(lag) : loss_step_ - static_cast<Index>(lag);
      if (t < 0 || t >= static_cast<Index>(characters.size())) break;
      panel.x.characters.push_back(characters[static_cast<std::size_t>(t)]);
    }
    panel.y.low = -0.5;
    panel.y.high = rows - 0.5;
    for (int row = 0; row < rows; ++row)
      panel.y.ticks.push_back({static_cast<double>(row), lanes_[static_cast<std::size_t>(row)].name});
    panel.legend = Legend::none;
    panel.height = std::max(0.35F, 0.16F * static_cast<float>(rows));
    return panel;
  }

  Panel curves() const {
    Panel panel{.title = "gradient norm over lag", .empty_text = "no steps yet"};
    panel.x = lag_axis();
    panel.y = {.title = "‖∂L/∂state‖, relative", .kind = ScaleKind::log, .low = kFloor, .high = 2};
    for (const Lane& lane : lanes_) {
      for (const double r : lane.relative)
        if (std::isfinite(r)) panel.y.high = std::max(*panel.y.high, 2 * r);
      Line line{.name = lane.name + ": " + reach_text(lane),
                .ink = lane.ink,
                .dash = lane.dash,
                .weight = lane.weight};
      for (Index lag = 0; lag < reached(lane); ++lag) {
        line.x.push_back(static_cast<double>(lag));
        line.y.push_back(lane.relative[static_cast<std::size_t>(lag)]);
      }
      panel.marks.push_back(std::move(line));
    }
    for (const Lane& lane : lanes_) {
      if (!lane.reach || lane.natural || *lane.reach >= reached(lane)) continue;
      const double y = lane.relative[static_cast<std::size_t>(*lane.reach)];
      if (y >= kFloor)
        panel.marks.push_back(
            Scatter{.x = {static_cast<double>(*lane.reach)}, .y = {y}, .ink = lane.ink, .size = 1.6F});
    }
    panel.marks.push_back(Rule{.at = kShare, .vertical = false, .label = "", .ink = {Role::muted}});
    if (options_.frame) {
      const double lag =
          static_cast<double>(reverse_ ? *options_.frame - loss_step_ : loss_step_ - *options_.frame);
      panel.marks.push_back(Cursor{.x = lag, .y = {}});
    }
    panel.remark = "dashed: a thousandth of lag 0";
    return panel;
  }

  std::span<const Subject> subjects_;
  const ViewOptions& options_;
  std::vector<Lane> lanes_;
  Index loss_step_ = 0;
  bool reverse_ = false;
};

}  // namespace

Figure gradient_view(std::span<const Subject> subjects, const ViewOptions& options) {
  return GradientView(subjects, options).make();
}

}  // namespace gatescope::figure
