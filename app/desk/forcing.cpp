#include "app/desk/forcing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "app/desk/force_scope.h"
#include "core/analysis/kept.h"
#include "core/error.h"
#include "core/nn/force_rule.h"

namespace gatescope::ui {

bool Forcing::add_rule(const std::string& text, std::string& problem) {
  try {
    editor_.act(AddRule{nn::parse_force_rule(text)});
    return true;
  } catch (const Error& error) {
    problem = error.what();
    return false;
  }
}

void Forcing::replace_rule(std::size_t number, const std::string& text) {
  try {
    editor_.act(ReplaceRule{static_cast<int>(number), nn::parse_force_rule(text)});
  } catch (const Error& error) {
    notices_.say(error.what(), true);
  }
}

namespace {

/// The rule a click makes: of this channel, where the force panel says. A channel whose numbers are not those
/// of units is forced as a whole.
nn::ForceRule clicked_rule(const std::string& channel, const Shown& shown) {
  const ViewState& view = shown.view();
  nn::ForceRule rule;
  if (shown.layers() > 1) rule.layer = view.layer;
  rule.channel = channel;
  rule.steps = view.force_steps;
  const nn::CellInfo* cell = shown.cell();
  const int number = cell ? cell->find(channel) : -1;
  if (number < 0 || cell->counts_units(number)) rule.units = view.force_units;
  return rule;
}

}  // namespace

std::optional<double> Forcing::forced_value(const std::string& channel) const {
  const nn::ForceRule place = clicked_rule(channel, editor_.shown());
  const nn::Channel* forced = editor_.shown().channel(channel);
  for (const nn::ForceRule& rule : editor_.document().probe.rules) {
    if (!same_place(rule, place)) continue;
    if (rule.scale == 0) return forced ? nn::meant(rule, *forced).shift : rule.shift;
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::nullopt;
}

void Forcing::force(const std::string& channel, std::optional<double> value) {
  nn::ForceRule rule = clicked_rule(channel, editor_.shown());
  rule.shift = value.value_or(0);
  editor_.act(value ? Intent(Force{rule}) : Intent(Free{rule}));
}

std::optional<double> Forcing::natural_mean(const std::string& channel) const {
  const Shown& shown = editor_.shown();
  const nn::LayerTape<float>* tape = shown.natural_tape() ? shown.natural_tape() : shown.tape();
  const nn::CellInfo* cell = shown.cell();
  const int number = cell ? cell->find(channel) : nn::kNone;
  if (!tape || number == nn::kNone) return std::nullopt;
  const nn::ForceRule place = clicked_rule(channel, shown);
  observe::Memo::Options of{shown.view().layer, shown.view().backward, number,
                            static_cast<Index>(place.units.size())};
  for (const auto* ranges : {&place.units, &place.steps})
    for (const nn::Range& range : *ranges) of.insert(of.end(), {range.first, range.last});
  // Every frame asks for it.
  return *analysis::recall(*shown.observation(), "natural mean", std::move(of), [&] {
    const auto values = tape->values(number);
    double sum = 0;
    Index count = 0;
    for (Index t = 0; t < values.cols(); ++t) {
      const Index step = t - shown.first_rule_step();
      if (step < 0 || !nn::covers(place.steps, step)) continue;
      for (Index row = 0; row < values.rows(); ++row)
        if (nn::covers(place.units, row) && std::isfinite(values(row, t))) sum += values(row, t), ++count;
    }
    const double mean = sum / static_cast<double>(count);
    if (!std::isfinite(mean)) return std::optional<double>();
    // As many digits as a rule can be read with.
    return std::optional(mean == 0 ? 0 : std::stod(fmt::format("{:.3g}", mean)));
  });
}

void Forcing::set_scope(const std::string& units, const std::string& steps) {
  try {
    editor_.act(SetForceScope{parse_units(units), parse_steps(steps)});
  } catch (const Error& error) {
    notices_.say(error.what(), true);
  }
}

std::optional<nn::ForceRule> Forcing::marked_place() const {
  const auto& marked = editor_.document().window.marked;
  const nn::CellInfo* cell = editor_.shown().cell();
  if (!marked || marked->channel.empty() || !cell) return std::nullopt;
  const int channel = cell->find(marked->channel);
  if (channel == nn::kNone) return std::nullopt;
  nn::ForceRule rule;
  if (editor_.shown().layers() > 1) rule.layer = editor_.shown().view().layer;
  rule.channel = marked->channel;
  if (cell->counts_units(channel)) rule.units = marked->units;
  // What is read may be shorter by now.
  const int last = editor_.shown().steps() - 1;
  const int begin = editor_.shown().first_rule_step();
  for (const nn::Range& range : marked->steps)
    if (range.first <= last && range.first <= range.last && range.last >= begin)
      rule.steps.push_back({std::max(range.first - begin, 0), std::min(range.last, last) - begin});
  if (rule.steps.empty() && !marked->steps.empty()) return std::nullopt;
  return rule;
}

void Forcing::force_marked(std::optional<double> value) {
  auto rule = marked_place();
  if (!rule) return;
  if (value) {
    rule->shift = *value;
    editor_.act(Force{*rule});
  } else {
    editor_.act(FreeWithin{*rule, editor_.shown().hidden()});
  }
  editor_.act(Unmark{});
}

void Forcing::mark_steps(int by) {
  const int steps = editor_.shown().steps(), chosen = editor_.shown().view().step;
  if (steps == 0) return;
  Marked marked = editor_.document().window.marked.value_or(Marked{});
  nn::Range range = marked.steps.empty() ? nn::Range{chosen, chosen} : marked.steps.front();
  const bool at_end = range.first == chosen && (range.last > chosen || by > 0);
  int& end = at_end ? range.last : range.first;
  end += by;
  const int first = std::clamp(range.first, 0, steps - 1), last = std::clamp(range.last, 0, steps - 1);
  marked.steps = {{std::min(first, last), std::max(first, last)}};
  editor_.act(Mark{marked});
}

void Forcing::cycle(const std::string& channel) {
  const std::optional<double> value = forced_value(channel);
  const nn::Channel* forced = editor_.shown().channel(channel);
  const double closed = forced ? forced->closed : 0;
  if (!value)
    force(channel, closed);
  else if (*value == closed)
    force(channel, forced ? forced->open : 1);
  else
    force(channel, std::nullopt);
}

}  // namespace gatescope::ui
