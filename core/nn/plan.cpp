#include "core/nn/plan.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/nn/decoder_rules.h"
#include "core/nn/layer.h"

namespace gatescope::nn {
namespace {

/// The channels of the cells, or those that have an activation, each once.
std::string symbols(std::span<const CellInfo* const> cells, bool activated) {
  std::vector<std::string_view> all;
  for (const CellInfo* cell : cells)
    for (const Channel& channel : cell->channels)
      if ((!activated || channel.activation != Activation::none) &&
          std::ranges::find(all, channel.symbol) == all.end())
        all.push_back(channel.symbol);
  return fmt::format("{}", fmt::join(all, ", "));
}

/// The cells of the layers that the rule is for.
std::vector<const CellInfo*> cells_of(const ForceRule& rule, const ModelSpec& model) {
  if (rule.layer) return {&cell_of(model, *rule.layer)};
  std::vector<const CellInfo*> cells{&cell_of(model)};
  if (model.has_two_cells()) cells.push_back(&cell_of(model, model.layers));
  return cells;
}

std::string names(std::span<const CellInfo* const> cells) {
  return cells.size() == 1 ? std::string(cells[0]->key)
                           : fmt::format("{} and {}", cells[0]->key, cells[1]->key);
}

template <class S>
void compose_all(typename Plan<S>::Affine& affine, const ForceRule& rule, Index units) {
  // All numbers of a unit; a channel that is not counted in units has one each.
  const auto apply = [&](Index unit) {
    for (Index n = unit; n < affine.scale.size(); n += units) compose(rule, affine.scale[n], affine.shift[n]);
  };
  if (rule.units.empty()) {
    for (Index unit = 0; unit < units; ++unit) apply(unit);
    return;
  }
  for (const Range& range : rule.units)
    for (Index unit = range.first; unit <= std::min<Index>(range.last, units - 1); ++unit) apply(unit);
}

}  // namespace

template <class S>
Plan<S>::Plan(std::span<const ForceRule> rules, int layer, const CellInfo& info, const Sizes& sizes) {
  for (int channel = 0; channel < static_cast<int>(info.channels.size()); ++channel)
    for (const bool before_activation : {false, true})
      add(rules, layer, info, sizes, channel, before_activation);
}

template <class S>
void Plan<S>::add(std::span<const ForceRule> rules, int layer, const CellInfo& info, const Sizes& sizes,
                  int channel, bool before_activation) {
  const Index width = sizes(info.channels[channel].extent);
  std::vector<const ForceRule*> acting;
  // Between two neighbouring cuts the same rules act.
  std::set<int> cuts{0};
  for (const ForceRule& rule : rules) {
    if (rule.layer.value_or(layer) != layer || rule.before_activation != before_activation ||
        info.find(rule.channel) != channel)
      continue;
    acting.push_back(&rule);
    for (const Range& range : rule.steps) {
      cuts.insert(range.first);
      if (range.last != kOpenEnd) cuts.insert(range.last + 1);
    }
  }
  for (auto cut = cuts.begin(); cut != cuts.end() && !acting.empty(); ++cut) {
    const auto next = std::next(cut);
    Segment segment{channel,
                    before_activation,
                    *cut,
                    next == cuts.end() ? kOpenEnd : *next - 1,
                    {Vector<S>::Ones(width), Vector<S>::Zero(width)}};
    bool used = false;
    for (const ForceRule* rule : acting) {
      if (!covers(rule->steps, segment.first)) continue;
      compose_all<S>(segment.affine, meant(*rule, info.channels[channel]),
                     info.counts_units(channel) ? sizes.hidden : width);
      used = true;
    }
    if (used) segments_.push_back(std::move(segment));
  }
}

template <class S>
bool Plan<S>::forces(int channel) const {
  return std::ranges::any_of(segments_, [&](const Segment& s) { return s.channel == channel; });
}

template <class S>
bool Plan<S>::acts_before_activations() const {
  return std::ranges::any_of(segments_, &Segment::before_activation);
}

template <class S>
void Plan<S>::append_to(std::vector<ForcedSteps<S>>& forced, std::size_t channels) const {
  for (const Segment& s : segments_)
    if (static_cast<std::size_t>(s.channel) < channels)
      forced.push_back(
          {s.channel, s.before_activation, s.first, s.last, s.affine.scale.data(), s.affine.shift.data()});
}

ForceRule meant(ForceRule rule, const Channel& channel) {
  if (rule.valve != Valve::none) rule.shift = rule.valve == Valve::open ? channel.open : channel.closed;
  return rule;
}

void check_rule(const ForceRule& rule, const ModelSpec& model, std::span<const Sizes> layers) {
  const auto has = [&](const CellInfo* cell) { return cell->find(rule.channel) != kNone; };
  if (rule.layer && *rule.layer >= static_cast<int>(layers.size()) && !is_of_decoder(rule.channel)) {
    fail("force rule '{}': layer {} does not exist, expected 0 to {}", to_string(rule), *rule.layer,
         layers.size() - 1);
  }
  const std::vector<const CellInfo*> cells = cells_of(rule, model);
  const bool is_channel = std::ranges::any_of(cells, has);
  if (is_of_decoder(rule.channel) && !is_channel) return check_decoder_rule(rule, model);
  const std::string keys = names(cells);
  if (!is_channel) {
    std::string all = symbols(cells, false);
    for (const std::string_view other : decoder_channels(model)) all += fmt::format(", {}", other);
    fail("force rule '{}': {} no channel '{}', expected one of {}", to_string(rule),
         cells.size() == 1 ? fmt::format("the cell {} has", keys) : fmt::format("the cells {} have", keys),
         rule.channel, all);
  }
  if (!concerns(rule, model)) {
    fail(
        "force rule '{}': the channel '{}' of the cell {} has no activation before which a rule could act, "
        "expected one of {}",
        to_string(rule), rule.channel, keys, symbols(cells, true));
  }
  // Of a unit with several numbers a rule means all. Without a layer it is for those that have the unit.
  Index width = 0;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    if (rule.layer && *rule.layer != static_cast<int>(layer)) continue;
    const CellInfo& cell = cell_of(model, static_cast<int>(layer));
    const int channel = cell.find(rule.channel);
    if (channel == kNone) continue;
    const Sizes& sizes = layers[layer];
    width = std::max(width, cell.counts_units(channel) ? sizes.hidden : sizes(cell.channels[channel].extent));
  }
  for (const Range& range : rule.units) {
    if (range.last >= width && range.last != kOpenEnd) {
      fail("force rule '{}': unit {} does not exist, expected 0 to {}", to_string(rule), range.last,
           width - 1);
    }
    if (range.first >= width) {
      fail("force rule '{}': unit {} does not exist, expected 0 to {}", to_string(rule), range.first,
           width - 1);
    }
  }
}

bool concerns(const ForceRule& rule, const ModelSpec& model) {
  bool is_channel = false;
  for (const CellInfo* cell : cells_of(rule, model)) {
    const int channel = cell->find(rule.channel);
    if (channel == kNone) continue;
    if (!rule.before_activation || cell->channels[channel].activation != Activation::none) return true;
    is_channel = true;
  }
  const std::vector<std::string_view> own = decoder_channels(model);
  return !is_channel && std::ranges::find(own, rule.channel) != own.end();
}

bool acts(const ForceRule& rule, const ModelSpec& model, const StepsRead& read) {
  // Whether ranges, or all there is, hold a number of first ... count - 1.
  const auto holds = [](std::span<const Range> ranges, Index first, Index count) {
    if (first >= count) return false;
    return ranges.empty() || std::ranges::any_of(ranges, [&](const Range& range) {
             return range.first < count && range.last >= first;
           });
  };
  if (!model.decoder) return holds(rule.steps, 0, read.source);
  if (rule.channel == kBridge) return read.target > 0;
  if (rule.channel == kFeed) return holds(rule.steps, 1, read.target);
  if (rule.channel == kAlpha) return holds(rule.steps, 0, read.target) && holds(rule.units, 0, read.source);
  if (rule.channel == kContext) return holds(rule.steps, 0, read.target);
  const auto has = [&](int layer) { return cell_of(model, layer).find(rule.channel) != kNone; };
  const bool encoder = rule.layer.value_or(0) < model.layers && has(0),
             decoder = rule.layer.value_or(model.layers) >= model.layers && has(model.layers);
  return (encoder && holds(rule.steps, 0, read.source)) || (decoder && holds(rule.steps, 0, read.target));
}

std::vector<ForceRule> rules_for(std::span<const ForceRule> rules, const ModelSpec& model) {
  std::vector<ForceRule> concerned;
  for (const ForceRule& rule : rules)
    if (concerns(rule, model)) concerned.push_back(rule);
  return concerned;
}

template class Plan<float>;
template class Plan<double>;

}  // namespace gatescope::nn
