// Which step taught it: how large each step's term of the gradient of the weights is, gate by gate, one band
// upon the other over the text [cashman2018]; and what is left where the gradient is cut as in training.

#include "core/analysis/taught.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/views/parts.h"
#include "core/views/truncation.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

class TaughtView {
 public:
  TaughtView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)) {
    if (options.step) check_step(tape_, *options.step);
    const std::optional<Index> truncation = truncation_of(observation);
    taught_ = analysis::recall(
        observation, "taught", {options.layer, options.backward_direction, truncation.value_or(0)},
        [&] { return analysis::taught(observation, options.layer, options.backward_direction, truncation); });
  }

  Figure make() const {
    Figure figure;
    figure.title = "Which step taught it, " + where_of(observation_, options_);
    figure.headlines.push_back(headline());
    figure.share_x = true;
    const bool recurrent = observation_.network->cell().recurrent();
    const double high = std::max(highest(true, false), highest(true, true));
    if (recurrent) figure.panels.push_back(bands("recurrent weights", true, false, high));
    if (taught_->truncation && recurrent)
      figure.panels.push_back(
          bands(fmt::format("recurrent weights, gradient cut every {} steps", *taught_->truncation), true,
                true, high));
    if (!taught_->truncation || !recurrent)
      figure.panels.push_back(bands("input weights", false, false, highest(false, false)));
    figure.share_legend = true;
    const bool one = observation_.sequence->trace.scored == 1;
    figure.caption = sentences(
        {fmt::format(
             "How much each step adds to the gradient of the weights, by gate; the terms of all steps "
             "add up to what an update learns from {}.",
             one ? "that one loss" : "this text"),
         taught_->truncation ? fmt::format("Dashed: where training, {} steps at a time, cuts the gradient.",
                                           *taught_->truncation)
                             : std::string(),
         forced_sentence(observation_)});
    return figure;
  }

 private:
  Headline headline() const {
    if (taught_->truncation)
      return {quoted(taught_->direction), "cosine between the truncated and the full gradient of the layer"};
    std::vector<double> sums(static_cast<std::size_t>(observation_.steps()), 0);
    for (const analysis::TaughtTerm& term : taught_->terms)
      for (std::size_t t = 0; t < sums.size(); ++t) sums[t] += term.norms[t];
    std::sort(sums.rbegin(), sums.rend());
    double all = 0, some = 0;
    for (const double v : sums) all += v;
    Index count = 0;
    while (count < observation_.steps() && some < all / 2) some += sums[count++];
    return {fmt::format("{} of {} steps", count, observation_.steps()), "teach half of it"};
  }

  static const std::vector<double>& norms(const analysis::TaughtTerm& term, bool truncated) {
    return truncated && !term.truncated.empty() ? term.truncated : term.norms;
  }

  double highest(bool recurrent, bool truncated) const {
    std::vector<double> sums(static_cast<std::size_t>(observation_.steps()), 0);
    double most = 0;
    for (const analysis::TaughtTerm& term : taught_->terms)
      if (term.recurrent == recurrent)
        for (std::size_t t = 0; t < sums.size(); ++t) sums[t] += norms(term, truncated)[t];
    for (const double v : sums)
      if (std::isfinite(v)) most = std::max(most, v);
    return most > 0 ? 1.05 * most : 1;
  }

  Panel bands(const std::string& title, bool recurrent, bool truncated, double high) const {
    const nn::CellInfo& cell = tape_.info();
    Panel panel{.title = title, .empty_text = "no steps yet"};
    panel.x = time_axis(observation_, tape_);
    panel.y = {.title = "‖δₜ sₜᵀ‖", .low = 0, .high = high};
    panel.legend = Legend::automatic;
    std::vector<double> x, below(static_cast<std::size_t>(observation_.steps()), 0);
    for (Index t = 0; t < observation_.steps(); ++t) x.push_back(static_cast<double>(t));
    double total = 0;
    for (const analysis::TaughtTerm& term : taught_->terms) {
      if (term.recurrent != recurrent) continue;
      std::vector<double> above = below;
      for (std::size_t t = 0; t < above.size(); ++t) above[t] += norms(term, truncated)[t];
      const nn::Channel& channel = cell.channels[term.channel];
      panel.marks.push_back(Band{.name = std::string(channel.name),
                                 .x = x,
                                 .low = below,
                                 .high = above,
                                 .ink = {role_of(cell, term.channel)},
                                 .opacity = 0.85F});
      below = std::move(above);
      const double size = truncated ? term.truncated_total : term.total;
      total += size * size;
    }
    panel.remark = "sum of the terms " + quoted(std::sqrt(total));
    for (const Index border : taught_->borders)
      panel.marks.push_back(Rule{.at = static_cast<double>(border) - 0.5,
                                 .label = truncated && border == taught_->borders.front() ? "cut" : ""});
    if (options_.step) panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    return panel;
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  analysis::Kept<analysis::Taught> taught_;
};

}  // namespace

Figure taught_view(std::span<const Observation> observations, const ViewOptions& options) {
  return TaughtView(only_observation(observations, "taught"), options).make();
}

}  // namespace gatescope::views
