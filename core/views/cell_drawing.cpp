#include "core/views/cell_drawing.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/nn/drawing.h"
#include "core/views/graph_layout.h"

namespace gatescope::views {
namespace {

using nn::Amount;
using nn::Drawing;
using nn::Part;
using Shape = Diagram::Node::Shape;

Diagram::Quantity::Side side_of(nn::Side side) {
  using Of = Diagram::Quantity::Side;
  switch (side) {
    case nn::Side::left:
      return Of::left;
    case nn::Side::right:
      return Of::right;
    case nn::Side::above:
      return Of::above;
    case nn::Side::below:
      break;
  }
  return Of::below;
}

/// A cell's drawing with the numbers of a moment.
class Filled {
 public:
  Filled(const CellMoment& moment, const CellSurroundings& around) : m_(moment), around_(around) {}

  Diagram of(const Drawing& drawing) {
    result_.width = drawing.width;
    result_.height = drawing.height;
    for (int k = 0; k < drawing.count; ++k) draw(drawing.parts[k]);
    return std::move(result_);
  }

  Diagram of(const Sketch& sketch) {
    result_.width = sketch.width;
    result_.height = sketch.height;
    result_.cards.push_back(
        {sketch.left, sketch.top, sketch.right - sketch.left, sketch.bottom - sketch.top});
    for (const SketchWire& wire : sketch.wires) draw(wire);
    for (const SketchPlate& plate : sketch.plates) draw(plate);
    for (const SketchNode& node : sketch.nodes)
      result_.nodes.push_back({.at = at(node.at), .text = node.text, .shape = Shape::disc});
    for (const SketchDot& dot : sketch.dots)
      result_.nodes.push_back({.at = at(dot.at), .ink = ink(dot.ink), .shape = Shape::dot});
    for (const SketchValve& valve : sketch.valves) {
      draw({.kind = Part::Kind::valve,
            .path = {valve.at},
            .channel = valve.gate,
            .upright = valve.upright,
            .complement = valve.complement});
      result_.valves.back().radius = valve.radius;
      if (valve.complement) result_.valves.back().note = "1 − " + std::string(channel(valve.gate).symbol);
    }
    const double above = 3.4, beside = 1;
    for (const SketchEnd& end : sketch.entering)
      draw({.kind = Part::Kind::previous,
            .path = {{sketch.left / 2, end.at.y - (is_memory(end) ? above : beside)}},
            .channel = end.of.channel,
            .side = nn::Side::above});
    for (const SketchEnd& end : sketch.leaving) {
      const nn::Spot spot{(sketch.right + sketch.width) / 2, end.at.y - (is_memory(end) ? above : beside)};
      if (sketch.has_plate(end.of.channel))  // where its number stands
        result_.remarks.push_back({.at = at(spot),
                                   .side = Diagram::Quantity::Side::above,
                                   .value = symbol_of(channel(end.of.channel))});
      else
        draw({.kind = Part::Kind::label, .path = {spot}, .channel = end.of.channel, .side = nn::Side::above});
    }
    draw({.kind = Part::Kind::input, .path = {sketch.key}});
    draw({.kind = Part::Kind::read_out,
          .path = {sketch.read_out_from, sketch.read_out},
          .amount = {.channel = m_.cell().hidden(), .full = m_.cell().hidden(), .times = 0.3},
          .channel = m_.cell().hidden()});
    return std::move(result_);
  }

 private:
  static Diagram::Spot spot(const Part& part, std::size_t k = 0) {
    return {part.path.spots[k].x, part.path.spots[k].y};
  }
  Ink ink(int k) const {
    return k == nn::kNone ? Ink{} : k == nn::kMuted ? Ink{InkRole::muted} : Ink{role_of(m_.cell(), k)};
  }
  const nn::Channel& channel(int k) const { return m_.cell().channels[k]; }

  static Diagram::Spot at(const nn::Spot& spot) { return {spot.x, spot.y}; }
  bool is_memory(const SketchEnd& end) const { return end.of.channel == m_.cell().memory(); }

  void draw(const SketchWire& from) {
    Diagram::Wire& wire = result_.wires.emplace_back();
    for (const nn::Spot& one : from.points) wire.points.push_back(at(one));
    wire.ink = ink(from.ink);
    wire.flow = flow(from.amount);
    wire.by_sign = from.by_sign;
    wire.bus = from.bus;
    wire.arrow = from.arrow;
  }

  void draw(const SketchPlate& from) {
    Diagram::Plate plate{.at = at(from.at),
                         .width = from.width,
                         .height = from.height,
                         .formula = from.formula,
                         .brief = from.brief};
    if (from.channel != nn::kNone) {
      plate.ink = ink(from.channel);
      plate.forced = m_.forced(from.channel);
      draw({.kind = Part::Kind::label, .path = {from.at}, .channel = from.channel});
      result_.quantities.back().plate = result_.plates.size();
    }
    result_.plates.push_back(std::move(plate));
  }

  double greatest(int k) {
    const auto [at, fresh] = greatest_.try_emplace(k, 0.0);
    if (fresh) at->second = m_.greatest(k);
    return at->second;
  }
  std::optional<double> flow(const Amount& a) {
    if (a.channel == nn::kNone) return std::nullopt;
    double value = a.before ? m_.before(a.channel) : m_.now(a.channel);
    if (a.gate != nn::kNone)
      value = m_.of_units(a.channel, [&](int u, int n) {
        const double gate = m_.now(a.gate, u, n);
        return (a.share == nn::Share::rest ? 1 - gate : gate) *
               (a.before ? m_.before(a.channel, u, n) : m_.now(a.channel, u, n));
      });
    double full = a.full == nn::kNone ? 1 : greatest(a.full);
    if (a.or_full != nn::kNone) full = std::max(full, greatest(a.or_full));
    return a.times * value / full;
  }

  void draw(const Part& part) {
    switch (part.kind) {
      case Part::Kind::card: {
        const Diagram::Spot from = spot(part), to = spot(part, 1);
        result_.cards.push_back({from.x, from.y, to.x - from.x, to.y - from.y});
        break;
      }
      case Part::Kind::wire: {
        Diagram::Wire& wire = result_.wires.emplace_back();
        for (int k = 0; k < part.path.count; ++k)
          wire.points.push_back(spot(part, static_cast<std::size_t>(k)));
        wire.ink = ink(part.by_sign ? part.amount.channel : part.channel);
        wire.flow = flow(part.amount);
        wire.by_sign = part.by_sign;
        wire.bus = part.bus;
        wire.arrow = part.arrow;
        wire.bridge = part.bridge;
        if (part.dashed) wire.dash = Dash::dashed;
        break;
      }
      case Part::Kind::box:
        result_.nodes.push_back({.at = spot(part),
                                 .text = std::string(part.text),
                                 .ink = ink(part.channel),
                                 .shape = Shape::box,
                                 .forced = part.forced != nn::kNone && m_.forced(part.forced)});
        break;
      case Part::Kind::disc:
        result_.nodes.push_back({.at = spot(part), .text = std::string(part.text), .shape = Shape::disc});
        break;
      case Part::Kind::dot:
        result_.nodes.push_back({.at = spot(part), .ink = ink(part.channel), .shape = Shape::dot});
        break;
      case Part::Kind::valve:
        valve(part);
        break;
      case Part::Kind::label:
        label(part);
        break;
      case Part::Kind::previous:
        result_.quantities.push_back({.at = spot(part),
                                      .side = side_of(part.side),
                                      .channel = std::string(channel(part.channel).symbol),
                                      .symbol = symbol_of(channel(part.channel)) + "₋₁",
                                      .name = "previous",
                                      .ink = ink(part.channel),
                                      .value = m_.before(part.channel)});
        break;
      case Part::Kind::input:
        key(spot(part), around_.input);
        result_.remarks.push_back({.at = {spot(part).x + 6, spot(part).y},
                                   .side = Diagram::Quantity::Side::right,
                                   .text = "read",
                                   .value = "xₜ"});
        break;
      case Part::Kind::read_out:
        read_out(part);
        break;
    }
  }

  void key(Diagram::Spot at, std::string text) {
    result_.nodes.push_back({.at = at, .text = std::move(text), .shape = Shape::key});
  }

  void valve(const Part& part) {
    const int gate = part.channel;
    const auto opening = [&](double v) { return part.complement ? 1 - v : v; };
    const auto raw = m_.raw(gate);
    result_.valves.push_back({.at = spot(part),
                              .name = std::string(channel(gate).symbol),
                              .ink = ink(gate),
                              .opening = opening(m_.now(gate)),
                              .ghost = raw ? std::optional(opening(*raw)) : std::nullopt,
                              .forced = m_.forced(gate),
                              .upright = part.upright});
  }

  void label(const Part& part) {
    Diagram::Quantity& quantity = result_.quantities.emplace_back(quantity_of(m_, part.channel));
    quantity.at = spot(part);
    quantity.side = side_of(part.side);
    quantity.ink = ink(part.channel);
    if (!part.text.empty()) quantity.name = part.text;
  }

  /// From the hidden state's wire to the key of the likeliest next character.
  void read_out(const Part& part) {
    const Diagram::Spot from = spot(part), to = spot(part, 1);
    const bool up = to.y < from.y;
    result_.nodes.push_back({.at = from, .ink = ink(part.channel), .shape = Shape::dot});
    result_.wires.push_back({.points = {from, {to.x, to.y + (up ? 5.2 : -5.2)}},
                             .ink = ink(part.channel),
                             .flow = flow(part.amount),
                             .arrow = true});
    key(to, around_.next.empty() ? around_.onward : around_.next);
    if (around_.next.empty()) return;
    result_.remarks.push_back({.at = {to.x, to.y + (up ? -5.4 : 5.4)},
                               .side = up ? Diagram::Quantity::Side::above : Diagram::Quantity::Side::below,
                               .text = around_.outcome,
                               .value = around_.likelihood});
  }

  const CellMoment& m_;
  const CellSurroundings& around_;
  std::map<int, double> greatest_;
  Diagram result_;
};

}  // namespace

CellMoment::CellMoment(const Observation& observation, const ViewOptions& options, const Tape& tape,
                       Index step)
    : observation_(observation),
      options_(options),
      tape_(tape),
      step_(step),
      unit_(tape.hidden() == 1 ? std::optional(0) : options.unit) {}

double CellMoment::at(int channel, const ConstMatrixView<float>& values) const {
  if (unit_) return static_cast<double>(values(tape_.row_of(channel, *unit_), step_));
  return values.col(step_).cast<double>().mean();
}

double CellMoment::now(int channel) const {
  return at(channel, tape_.values(channel));
}

double CellMoment::before(int channel) const {
  return at(channel, tape_.previous_values(channel));
}

double CellMoment::now(int channel, int unit, int number) const {
  return static_cast<double>(tape_.values(channel)(tape_.row_of(channel, unit, number), step_));
}

double CellMoment::before(int channel, int unit, int number) const {
  return static_cast<double>(tape_.previous_values(channel)(tape_.row_of(channel, unit, number), step_));
}

std::optional<double> CellMoment::raw(int channel) const {
  if (!tape_.forced()) return std::nullopt;
  const double here = static_cast<double>(step_);
  for (const auto& [from, to] : forced_steps(observation_, options_, tape_, channel, unit_))
    if (from < here && here < to) return at(channel, tape_.raw_values(channel));
  return std::nullopt;
}

double CellMoment::of_units(int channel, const std::function<double(int unit, int number)>& value) const {
  if (unit_) return value(*unit_, 0);
  const int units = static_cast<int>(tape_.hidden()),
            numbers = static_cast<int>(std::max<Index>(1, tape_.width(channel) / tape_.hidden()));
  double sum = 0;
  for (int n = 0; n < numbers; ++n)
    for (int u = 0; u < units; ++u) sum += value(u, n);
  return sum / static_cast<double>(units * numbers);
}

double CellMoment::greatest(int channel) const {
  const analysis::Series series = series_of(options_, channel, observation_.natural != nullptr);
  double most = 0;
  if (unit_) {
    const auto unit = analysis::unit_series(observation_, series, *unit_);
    most = static_cast<double>(std::max(std::abs(unit->least), std::abs(unit->greatest)));
  } else {
    const auto means = analysis::unit_means(observation_, series);
    for (const double mean : *means)
      if (std::isfinite(mean)) most = std::max(most, std::abs(mean));
  }
  return most > 0 ? most : 1;
}

Diagram::Quantity quantity_of(const CellMoment& moment, int channel) {
  const nn::Channel& what = moment.cell().channels[channel];
  return {.channel = std::string(what.symbol),
          .symbol = symbol_of(what),
          .name = std::string(what.name),
          .ink = {role_of(moment.cell(), channel)},
          .value = moment.now(channel),
          .raw = moment.raw(channel),
          .forced = moment.forced(channel)};
}

Diagram draw_cell(const CellMoment& moment, const CellSurroundings& surroundings) {
  const Drawing* own = nn::drawing_of(moment.cell());
  Filled filled(moment, surroundings);
  return own ? filled.of(*own) : filled.of(sketch_of(moment.cell()));
}

}  // namespace gatescope::views
