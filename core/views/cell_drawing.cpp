#include "core/views/cell_drawing.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/nn/drawing.h"

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

 private:
  static Diagram::Spot spot(const Part& part, std::size_t k = 0) {
    return {part.path.spots[k].x, part.path.spots[k].y};
  }
  Ink ink(int k) const {
    return k == nn::kNone ? Ink{} : k == nn::kMuted ? Ink{InkRole::muted} : Ink{role_of(m_.cell(), k)};
  }
  const nn::Channel& channel(int k) const { return m_.cell().channels[k]; }

  double greatest(int k) {
    const auto [at, fresh] = greatest_.try_emplace(k, 0.0);
    if (fresh) at->second = m_.greatest(k);
    return at->second;
  }
  std::optional<double> flow(const Amount& a) {
    if (a.channel == nn::kNone) return std::nullopt;
    double value = a.before ? m_.before(a.channel) : m_.now(a.channel);
    if (a.gate != nn::kNone)
      value = m_.of_units([&](int u) {
        const double gate = m_.now(a.gate, u);
        return (a.share == nn::Share::rest ? 1 - gate : gate) *
               (a.before ? m_.before(a.channel, u) : m_.now(a.channel, u));
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
    const nn::Channel& c = channel(part.channel);
    result_.quantities.push_back({.at = spot(part),
                                  .side = side_of(part.side),
                                  .channel = std::string(c.symbol),
                                  .symbol = symbol_of(c),
                                  .name = std::string(part.text.empty() ? c.name : part.text),
                                  .ink = ink(part.channel),
                                  .value = m_.now(part.channel),
                                  .raw = m_.raw(part.channel),
                                  .forced = m_.forced(part.channel)});
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

// Any other cell, from its tables: the memory's way along the top, through the gate that keeps it and the sum
// with the candidate, and a function for every gate.
Drawing general_drawing(const nn::CellInfo& cell) {
  constexpr double kWidth = Drawing::kWidth, kBus = Drawing::kBus, kRail = Drawing::kRail,
                   kGates = Drawing::kGates, kKey = Drawing::kKey, kIn = Drawing::kIn, kOut = Drawing::kOut;
  Drawing s(kWidth, Drawing::kHeight);
  const auto channel = [&](int k) -> const nn::Channel& { return cell.channels[k]; };
  const int memory = cell.memory(), h = cell.hidden(), keep = cell.keep_gate();
  const int candidate = cell.first(nn::Role::candidate);
  int write = nn::kNone, shows = nn::kNone;
  std::vector<int> gates;
  for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k) {
    if (channel(k).role != nn::Role::gate) continue;
    gates.push_back(k);
    if (channel(k).writes != nn::Share::none && write == nn::kNone) write = k;
    if (channel(k).gate == nn::Gate::output) shows = k;
  }
  // In the order of the memory's way: what keeps, what writes, the candidate, what shows it.
  const auto rank = [&](int k) {
    return k == keep ? 1 : k == write ? 2 : k == candidate ? 3 : k == shows ? 4 : 0;
  };
  std::vector<int> functions = gates;
  if (candidate != nn::kNone) functions.push_back(candidate);
  std::ranges::stable_sort(functions, {}, rank);
  const nn::Share keeps = keep == nn::kNone ? nn::Share::none : channel(keep).keeps;
  const nn::Share writes = write == nn::kNone ? nn::Share::none : channel(write).writes;
  const nn::Flow flow{.memory = memory,
                      .candidate = candidate == nn::kNone ? memory : candidate,
                      .keep = keep,
                      .keeps = keeps,
                      .write = write,
                      .writes = writes};
  const Amount of_h{.channel = h, .full = h};
  constexpr double first = 44, last = 117;
  constexpr double yv = 33;

  s.card(Drawing::kLeft, 4, Drawing::kRight, 70);
  const auto x_of = [&](int k) {
    const auto at = std::ranges::find(functions, k) - functions.begin();
    return functions.size() < 2
               ? last
               : first + (last - first) * static_cast<double>(at) / static_cast<double>(functions.size() - 1);
  };
  const double sum = candidate == nn::kNone ? last : x_of(candidate);
  if (candidate != nn::kNone) {
    s.content({{sum, kGates}, {sum, yv}}, flow.offered());
    s.content({{sum, yv}, {sum, kBus + 3}}, flow.written()).arrow = true;
  }
  s.memory_bus(flow, keep == nn::kNone ? first : x_of(keep), sum);
  s.wire({{0, kRail}, {last, kRail}});
  s.input({30, kKey}, {30, kRail});
  s.dot({30, kRail});
  for (const int k : functions) {
    const double x = x_of(k);
    s.tap({{x, kRail}, {x, kGates + 3.7}});
    if (k == keep) s.stem({{x, kGates}, {x, kBus}}, k);
    if (k == write && k != keep) s.stem({{x, kGates}, {x, yv}, {sum, yv}}, k);
    if (k == write && k == keep) {
      s.stem({{x, yv}, {sum, yv}}, k);
      s.dot({x, yv}, k);
    }
    if (k != keep && k != write && k != shows && k != candidate) {
      s.stem({{x, kGates}, {x, yv}}, k);
      s.valve({x, yv}, k, false);
    }
    s.box({x, kGates},
          k == candidate                                         ? "~"
          : channel(k).activation == nn::Activation::exponential ? "exp"
                                                                 : "σ",
          k, k);
    const double aside = k == candidate ? 4 : 2;  // what a candidate carries is wide
    if (x == last && k == candidate)
      s.label({x - aside, 42}, nn::Side::left, k);
    else
      s.label({x + aside, 42}, nn::Side::right, k);
  }
  const double out = shows == nn::kNone ? last : x_of(shows);
  if (memory != h) {
    s.dot({out, kBus}, memory);
    s.content({{out, kBus}, {out, 27}}, flow.left());
    s.wire({{out, 27}, {kWidth, 27}}, of_h, h).arrow = true;
    if (shows != nn::kNone) {
      s.stem({{out, kGates}, {out, 27}}, shows);
      s.valve({out, 27}, shows, true);
    }
  }
  if (keep != nn::kNone) s.valve({x_of(keep), kBus}, keep, false, keeps == nn::Share::rest);
  if (write != nn::kNone && candidate != nn::kNone)
    s.valve({sum, yv}, write, true, writes == nn::Share::rest);
  s.previous({kIn, kBus - 3.2}, nn::Side::above, memory);
  s.label({kOut, kBus - 3.2}, nn::Side::above, memory);
  if (memory != h) s.label({kOut, 25.6}, nn::Side::above, h);
  s.read_out({kOut, memory == h ? kBus : 27}, {kOut, 55}, of_h, h);
  return s;
}

}  // namespace

CellMoment::CellMoment(const Observation& observation, const ViewOptions& options, const Tape& tape,
                       Index step)
    : observation_(observation), options_(options), tape_(tape), step_(step), unit_(options.unit) {}

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

double CellMoment::now(int channel, int unit) const {
  return static_cast<double>(tape_.values(channel)(tape_.row_of(channel, unit), step_));
}

double CellMoment::before(int channel, int unit) const {
  return static_cast<double>(tape_.previous_values(channel)(tape_.row_of(channel, unit), step_));
}

std::optional<double> CellMoment::raw(int channel) const {
  if (!tape_.forced()) return std::nullopt;
  const double here = static_cast<double>(step_);
  for (const auto& [from, to] : forced_steps(observation_, options_, tape_, channel, unit_))
    if (from < here && here < to) return at(channel, tape_.raw_values(channel));
  return std::nullopt;
}

double CellMoment::of_units(const std::function<double(int unit)>& value) const {
  if (unit_) return value(*unit_);
  double sum = 0;
  for (int u = 0; u < static_cast<int>(tape_.hidden()); ++u) sum += value(u);
  return sum / static_cast<double>(tape_.hidden());
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

Diagram draw_cell(const CellMoment& moment, const CellSurroundings& surroundings) {
  const Drawing* own = nn::drawing_of(moment.cell());
  return Filled(moment, surroundings).of(own ? *own : general_drawing(moment.cell()));
}

}  // namespace gatescope::views
