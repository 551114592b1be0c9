#include "core/views/layer_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/nn/layer_table.h"

namespace gatescope::views {
namespace {

using LayerNode = Diagram::Node;

/// One of the things that a layer does, in their order.
struct Stage {
  int channel;  // what it gives
  std::string words, brief;
};

std::vector<Stage> stages_of(const nn::CellInfo& cell, const nn::Sizes& sizes) {
  const nn::LayerPlaces& at = *cell.places;
  std::vector<Stage> all;
  const auto add = [&](int channel, std::string words, std::string brief) {
    if (channel != nn::kNone) all.push_back({channel, std::move(words), std::move(brief)});
  };
  add(at.normed, "norm", "norm");
  add(at.shifted, "token shift", "shift");
  add(at.convolved, fmt::format("convolution over {} steps", sizes.window), "conv");
  add(cell.hidden(), std::string(cell.title), std::string(cell.title));
  add(at.head_normed, sizes.heads > 1 ? "norm of every head" : "norm of all units", "norm");
  add(at.gated, "times the output gate", "gate");
  add(at.projected, "projection", "M");
  return all;
}

constexpr double kStageWidth = 12, kStageHeight = 6.4, kGap = 4, kEnds = 8, kMiddle = 7, kAbove = 1.6,
                 kDiagramHeight = 11;
/// A drawing of few stages is not made wider than one of these, so that its lines do not look coarse.
constexpr double kLeastWidth = 2 * kEnds + 5 * (kStageWidth + kGap);

}  // namespace

std::optional<Diagram> draw_layer(const CellMoment& moment, const nn::Sizes& sizes) {
  const nn::CellInfo& cell = moment.cell();
  if (!cell.places) return std::nullopt;
  const std::vector<Stage> stages = stages_of(cell, sizes);
  const bool adds_input = nn::adds_input(cell, sizes);
  const auto count = static_cast<double>(stages.size());
  const double used = 2 * kEnds + count * (kStageWidth + kGap) + (adds_input ? kGap : 0);
  Diagram drawing{.width = std::max(used, kLeastWidth), .height = kDiagramHeight};
  const double margin = (drawing.width - used) / 2, exit = drawing.width - margin;
  const auto quantity = [&](int k, Diagram::Spot at, std::optional<std::size_t> plate) {
    Diagram::Quantity& added = drawing.quantities.emplace_back(quantity_of(moment, k));
    added.at = at;
    added.side = Diagram::Quantity::Side::above;
    added.plate = plate;
  };
  double x = margin + kEnds;
  const auto lead = [&](double to, int ink) {
    drawing.wires.push_back({.points = {{x, kMiddle}, {to, kMiddle}},
                             .ink = ink == nn::kNone ? Ink{InkRole::muted} : Ink{role_of(cell, ink)},
                             .arrow = true});
  };
  const double entrance = x;
  int last = nn::kNone;
  for (const Stage& stage : stages) {
    const double left = x + kGap;
    lead(left, last);
    drawing.plates.push_back({.at = {left + kStageWidth / 2, kMiddle},
                              .width = kStageWidth,
                              .height = kStageHeight,
                              .formula = stage.words,
                              .brief = stage.brief,
                              .ink = {role_of(cell, stage.channel)},
                              .forced = moment.forced(stage.channel)});
    // Of what enters the cell the numbers are those of inputs, not of the unit.
    if (cell.channels[stage.channel].one_a_unit())
      quantity(stage.channel, drawing.plates.back().at, drawing.plates.size() - 1);
    x = left + kStageWidth;
    last = stage.channel;
  }
  if (adds_input) {
    const double plus = x + kGap;
    lead(plus - 1.2, last);
    drawing.wires.push_back({.points = {{entrance + kGap / 2, kMiddle},
                                        {entrance + kGap / 2, kAbove},
                                        {plus, kAbove},
                                        {plus, kMiddle - 1.2}},
                             .ink = {InkRole::muted},
                             .arrow = true});
    drawing.nodes.push_back(
        {.at = {entrance + kGap / 2, kMiddle}, .ink = {InkRole::muted}, .shape = LayerNode::Shape::dot});
    drawing.nodes.push_back({.at = {plus, kMiddle}, .text = "+", .shape = LayerNode::Shape::disc});
    x = plus + 1.2;
    last = cell.places->output;
  }
  lead(exit - 1, last);
  drawing.remarks.push_back(
      {.at = {entrance - 0.6, kMiddle}, .side = Diagram::Quantity::Side::left, .value = "xₜ"});
  if (adds_input) quantity(last, {(x + exit) / 2, kMiddle - 1}, std::nullopt);
  return drawing;
}

}  // namespace gatescope::views
