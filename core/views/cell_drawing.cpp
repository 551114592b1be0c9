#include "core/views/cell_drawing.h"

#include <algorithm>
#include <cmath>

namespace gatescope::views {
namespace {

using Spot = Diagram::Spot;
using Side = Diagram::Quantity::Side;
using Shape = Diagram::Node::Shape;

/// Parts of a drawing by what they mean to the cell; the drawings below only say where they are.
class Sketch {
 public:
  Sketch(const CellMoment& moment, double width, double height) : m(moment) {
    drawing.width = width;
    drawing.height = height;
  }

  const CellMoment& m;
  Diagram drawing;

  int channel(std::string_view symbol) const { return channel_of(m.cell(), symbol); }
  Ink ink(int k) const { return {role_of(m.cell(), k)}; }

  void card(double x, double y, double right, double bottom) {
    drawing.cards.push_back({x, y, right - x, bottom - y});
  }
  /// A wire for what is worth `share` of the full width.
  Diagram::Wire& wire(std::vector<Spot> points, std::optional<double> share, Ink ink = {InkRole::muted}) {
    drawing.wires.push_back({.points = std::move(points), .ink = ink, .flow = share});
    return drawing.wires.back();
  }
  /// A wire whose colour is the sign of what flows in it.
  Diagram::Wire& content(std::vector<Spot> points, double share) {
    Diagram::Wire& w = wire(std::move(points), share);
    w.by_sign = true;
    return w;
  }
  void bus(std::vector<Spot> points, double share, bool arrow = false) {
    Diagram::Wire& w = content(std::move(points), share);
    w.bus = true;
    w.arrow = arrow;
  }
  /// What turns a valve: as wide as the gate is open.
  void stem(std::vector<Spot> points, int gate) { wire(std::move(points), 0.3 * m.now(gate), ink(gate)); }
  void tap(std::vector<Spot> points) { wire(std::move(points), {}).arrow = true; }
  void peephole(std::vector<Spot> points, bool bridge = false) {
    dot(points.front(), {InkRole::cell_state});
    Diagram::Wire& w = wire(std::move(points), {}, {InkRole::cell_state});
    w.dash = Dash::dashed;
    w.arrow = true;
    w.bridge = bridge;
  }

  void box(Spot at, std::string text, Ink ink = {}, bool forced = false) {
    drawing.nodes.push_back(
        {.at = at, .text = std::move(text), .ink = ink, .shape = Shape::box, .forced = forced});
  }
  void disc(Spot at, std::string text) {
    drawing.nodes.push_back({.at = at, .text = std::move(text), .shape = Shape::disc});
  }
  void dot(Spot at, Ink ink = {InkRole::muted}) {
    drawing.nodes.push_back({.at = at, .ink = ink, .shape = Shape::dot});
  }
  void key(Spot at, std::string text) {
    drawing.nodes.push_back({.at = at, .text = std::move(text), .shape = Shape::key});
  }
  /// `complement`: the valve opens where the gate closes.
  void valve(Spot at, int gate, bool upright, bool complement = false) {
    const auto opening = [&](double v) { return complement ? 1 - v : v; };
    const auto raw = m.raw(gate);
    drawing.valves.push_back({.at = at,
                              .name = std::string(m.cell().channels[static_cast<std::size_t>(gate)].symbol),
                              .ink = ink(gate),
                              .opening = opening(m.now(gate)),
                              .ghost = raw ? std::optional(opening(*raw)) : std::nullopt,
                              .forced = m.forced(gate),
                              .upright = upright});
  }

  /// A channel's number; `name` in place of its name.
  void label(Spot at, Side side, int k, std::string_view name = {}) {
    const nn::Channel& c = m.cell().channels[static_cast<std::size_t>(k)];
    drawing.quantities.push_back({.at = at,
                                  .side = side,
                                  .channel = std::string(c.symbol),
                                  .symbol = symbol_of(c),
                                  .name = std::string(name.empty() ? c.name : name),
                                  .ink = ink(k),
                                  .value = m.now(k),
                                  .raw = m.raw(k),
                                  .forced = m.forced(k)});
  }
  void label_before(Spot at, Side side, int k) {
    const nn::Channel& c = m.cell().channels[static_cast<std::size_t>(k)];
    drawing.quantities.push_back({.at = at,
                                  .side = side,
                                  .channel = std::string(c.symbol),
                                  .symbol = symbol_of(c) + "₋₁",
                                  .name = "previous",
                                  .ink = ink(k),
                                  .value = m.before(k)});
  }

  /// The character read: a key below the rail at `at`.
  void input(Spot key_at, Spot rail, const CellSurroundings& around) {
    tap({key_at, {rail.x, rail.y + 1.2}});
    key(key_at, around.input);
    drawing.remarks.push_back(
        {.at = {key_at.x + 6, key_at.y}, .side = Side::right, .text = "read", .value = "xₜ"});
  }

  /// From the hidden state's wire at `from` to the key of the likeliest next character at `to`.
  void read_out(Spot from, Spot to, const CellSurroundings& around, double share) {
    const int h = m.cell().output;
    dot(from, ink(h));
    const bool up = to.y < from.y;
    wire({from, {to.x, to.y + (up ? 5.2 : -5.2)}}, share, ink(h)).arrow = true;
    key(to, around.next.empty() ? around.onward : around.next);
    if (around.next.empty()) return;
    drawing.remarks.push_back({.at = {to.x, to.y + (up ? -5.4 : 5.4)},
                               .side = up ? Side::above : Side::below,
                               .text = around.outcome,
                               .value = around.likelihood});
  }
};

// What several drawings share: their width, the bus, the line under the functions.
constexpr double kWidth = 161, kBus = 17, kLeft = 22, kRight = 135, kIn = 10.4, kOut = 148.2, kGates = 51,
                 kRail = 63, kKey = 79;

/// The fluxes of a memory m_t = keep ⊙ m_{t-1} + write ⊙ candidate, as shares of the greatest |m|.
struct Flow {
  double before, kept, candidate, written, after;
};

template <class Keep, class Write>
Flow flow_of(const CellMoment& m, int memory, int candidate, Keep keep, Write write) {
  const double full = m.greatest(memory);
  const auto share = [&](double value) { return value / full; };
  return {share(m.before(memory)), share(m.of_units([&](int u) { return keep(u) * m.before(memory, u); })),
          share(m.now(candidate)), share(m.of_units([&](int u) { return write(u) * m.now(candidate, u); })),
          share(m.now(memory))};
}

/// The bus from the left edge to the right one, through the keep valve and the sum.
void memory_bus(Sketch& s, const Flow& flow, double keep, double sum) {
  s.bus({{0, kBus}, {keep, kBus}}, flow.before);
  s.bus({{keep, kBus}, {sum, kBus}}, flow.kept);
  s.bus({{sum, kBus}, {kWidth, kBus}}, flow.after, true);
  s.disc({sum, kBus}, "+");
}

/// The hidden state is the memory: it goes to the functions below the bus, and to the read-out.
void hidden_bus_ends(Sketch& s, const Flow& flow, const CellSurroundings& around, double rail_end,
                     bool to_rail) {
  const int h = s.m.cell().output;
  if (to_rail) {
    s.wire({{28, kBus}, {28, kRail}, {rail_end, kRail}}, {});
    s.dot({28, kBus}, s.ink(h));
    s.input({36, kKey}, {36, kRail}, around);
    s.dot({36, kRail});
  }
  s.label_before({kIn, kBus - 3.2}, Side::above, h);
  s.label({kOut, kBus - 3.2}, Side::above, h);
  s.read_out({kOut, kBus}, {kOut, 41}, around, flow.after);
}

// Long short-term memory, core/nn/cells/lstm.h.
Diagram draw_lstm(const CellMoment& m, const CellSurroundings& around) {
  Sketch s(m, kWidth, 86);
  const int i = s.channel("i"), f = s.channel("f"), g = s.channel("g"), o = s.channel("o"),
            c = s.channel("c"), h = s.channel("h"), squashed = s.channel("s");
  const nn::CellInfo& cell = m.cell();
  const bool coupled = !cell.product(nn::kInput, i), peepholes = cell.parameters.size() > 4;
  const Flow flow = flow_of(
      m, c, g, [&](int u) { return m.now(f, u); }, [&](int u) { return m.now(i, u); });
  const double of_h = 1 / std::max(m.greatest(squashed), m.greatest(h));
  constexpr double xf = 43, xi = 63, xg = 82, xo = 103.5, xh = 123.5, yi = 33;

  s.card(kLeft, 4, kRight, 70);
  s.content({{xg, kGates}, {xg, yi}}, flow.candidate);
  s.content({{xg, yi}, {xg, kBus + 3}}, flow.written).arrow = true;
  memory_bus(s, flow, xf, xg);
  s.content({{xh, kBus}, {xh, 33}}, flow.after);
  s.content({{xh, 33}, {xh, kGates}}, m.now(squashed) * of_h);
  s.wire({{xh, kGates}, {xh, kRail}, {kWidth, kRail}}, m.now(h) * of_h, {InkRole::hidden_state}).arrow = true;

  s.wire({{0, kRail}, {30, kRail}}, m.before(h) * of_h, {InkRole::hidden_state});
  s.wire({{30, kRail}, {xo, kRail}, {xo, kGates + 3.7}}, {}).arrow = true;
  for (const double x : {xf, xi, xg})
    if (!(coupled && x == xi)) {
      s.tap({{x, kRail}, {x, kGates + 3.7}});
      s.dot({x, kRail});
    }
  s.input({30, kKey}, {30, kRail}, around);
  s.dot({30, kRail});

  s.stem({{xf, kGates}, {xf, kBus}}, f);
  if (coupled) {
    s.stem({{xf, yi}, {xg, yi}}, i);
    s.dot({xf, yi}, s.ink(f));
    s.disc({62, yi}, "1−");
  } else {
    s.stem({{xi, kGates}, {xi, yi}, {xg, yi}}, i);
    s.box({xi, kGates}, "σ", s.ink(i));
  }
  s.stem({{xo, kGates}, {xh, kGates}}, o);
  if (peepholes) {
    s.peephole({{28, kBus}, {28, kGates}, {xf - 5.2, kGates}});
    if (!coupled) {
      s.peephole({{28, kGates - 8}, {28, 57.6}, {53, 57.6}, {53, kGates}, {xi - 5.2, kGates}}, true);
      s.drawing.nodes.pop_back();  // it goes on from the one before
    }
    s.peephole({{xo, kBus}, {xo, kGates - 3.7}});
  }
  s.box({xf, kGates}, "σ", s.ink(f));
  s.box({xg, kGates}, "tanh", s.ink(g), m.forced(g));
  s.box({xo, kGates}, "σ", s.ink(o));
  s.dot({xh, kBus}, {InkRole::cell_state});
  s.box({xh, 33}, "tanh", {InkRole::cell_state}, m.forced(squashed));
  s.valve({xf, kBus}, f, false);
  s.valve({xg, yi}, i, true);
  s.valve({xh, kGates}, o, true);

  if (peepholes || coupled)
    s.label({xf + 2, 27}, Side::right, f);
  else
    s.label({xf - 2, 34}, Side::left, f);
  if (coupled)
    s.label({62, yi + 4}, Side::below, i);
  else
    s.label({xi - 2, 42}, Side::left, i);
  s.label({xg + 3, 42}, Side::right, g);
  s.label({113.4, 57}, Side::below, o);
  s.label_before({kIn, kBus - 3.2}, Side::above, c);
  s.label({kOut, kBus - 3.2}, Side::above, c);
  s.label_before({kIn, kRail + 3.4}, Side::below, h);
  s.label({kOut, kRail + 3.4}, Side::below, h);
  s.read_out({kOut, kRail}, {kOut, 43}, around, m.now(h) * of_h);
  return std::move(s.drawing);
}

// Gated recurrent unit, core/nn/cells/gru.h, in both forms.
Diagram draw_gru(const CellMoment& m, const CellSurroundings& around) {
  Sketch s(m, kWidth, 86);
  const int r = s.channel("r"), z = s.channel("z"), n = s.channel("n"), h = s.channel("h");
  const int q = m.cell().find("q"), p = m.cell().find("p");
  const bool after = q != nn::kNone;
  const Flow flow = flow_of(
      m, h, n, [&](int u) { return m.now(z, u); }, [&](int u) { return 1 - m.now(z, u); });
  constexpr double xz = 48, xr = 68, xu = 85, xv = 100, xn = 121, yz = 29, yr = 42.5, yn = 51;

  s.card(kLeft, 4, kRight, 70);
  s.content({{xn, yn}, {xn, yz}}, flow.candidate);
  s.content({{xn, yz}, {xn, kBus + 3}}, flow.written).arrow = true;
  memory_bus(s, flow, xz, xn);
  hidden_bus_ends(s, flow, around, xn, true);
  s.tap({{xn, kRail}, {xn, yn + 3.7}});
  for (const double x : {xz, xr}) {
    s.tap({{x, kRail}, {x, kGates + 3.7}});
    s.dot({x, kRail});
  }
  s.dot({xu, kRail});

  // What the reset gate lets through on its way to the candidate.
  const int through = after ? q : p;
  const double full = after ? m.greatest(q) : m.greatest(h);
  const double arriving = after ? m.now(q) : m.before(h);
  const double passed = after ? m.of_units([&](int u) { return m.now(r, u) * m.now(q, u); }) : m.now(p);
  s.tap({{xu, kRail}, {xu, yn + (after ? 3.7 : 0)}});
  s.drawing.wires.back().arrow = after;
  s.content({{xu, yn}, {xv, yn}}, arriving / full);
  s.content({{xv, yn}, {xn - 5.3, yn}}, passed / full).arrow = true;

  s.stem({{xz, kGates}, {xz, kBus}}, z);
  s.stem({{xz, yz}, {xn, yz}}, z);
  s.dot({xz, yz}, s.ink(z));
  s.disc({84, yz}, "1−");
  s.stem({{xr, kGates}, {xr, yr}, {xv, yr}, {xv, yn}}, r);
  s.box({xz, kGates}, "σ", s.ink(z));
  s.box({xr, kGates}, "σ", s.ink(r));
  if (after) s.box({xu, yn}, "U h", {InkRole::muted}, m.forced(q));
  s.box({xn, yn}, "tanh", s.ink(n), m.forced(n));
  s.valve({xz, kBus}, z, false);
  s.valve({xn, yz}, z, true, true);
  s.valve({xv, yn}, r, false);

  s.label({xz - 2, 39}, Side::left, z);
  s.label({81, yr - 1.4}, Side::above, r);
  s.label({xn - 3, 38.2}, Side::left, n);
  s.label({103, 56.2}, Side::below, through, after ? "U h + b" : "");
  return std::move(s.drawing);
}

// JANET, core/nn/cells/janet.h: both gates from one pre-activation.
Diagram draw_janet(const CellMoment& m, const CellSurroundings& around) {
  Sketch s(m, kWidth, 86);
  const int f = s.channel("f"), i = s.channel("i"), g = s.channel("g"), h = s.channel("h");
  const Flow flow = flow_of(
      m, h, g, [&](int u) { return m.now(f, u); }, [&](int u) { return m.now(i, u); });
  constexpr double xf = 52, xi = 82, xg = 113, yi = 31, ya = 49, yv = 58;

  s.card(kLeft, 4, kRight, 70);
  s.content({{xg, ya}, {xg, yi}}, flow.candidate);
  s.content({{xg, yi}, {xg, kBus + 3}}, flow.written).arrow = true;
  memory_bus(s, flow, xf, xg);
  hidden_bus_ends(s, flow, around, xg, true);
  s.tap({{xg, kRail}, {xg, ya + 3.7}});
  s.tap({{xf, kRail}, {xf, ya + 3.7}});
  s.dot({xf, kRail});
  s.tap({{xf, yv}, {xi, yv}, {xi, ya + 3.7}});
  s.dot({xf, yv});
  s.disc({67, yv}, "1−");

  s.stem({{xf, ya}, {xf, kBus}}, f);
  s.stem({{xi, ya}, {xi, yi}, {xg, yi}}, i);
  s.box({xf, ya}, "σ", s.ink(f));
  s.box({xi, ya}, "σ", s.ink(i));
  s.box({xg, ya}, "tanh", s.ink(g), m.forced(g));
  s.valve({xf, kBus}, f, false);
  s.valve({xg, yi}, i, true);

  s.label({xf - 2, 32}, Side::left, f);
  s.label({xi - 2, 38.5}, Side::left, i);
  s.label({xg - 3, 40.7}, Side::left, g);
  return std::move(s.drawing);
}

// minGRU, core/nn/cells/min_gru.h: gate and candidate see the input only.
Diagram draw_min_gru(const CellMoment& m, const CellSurroundings& around) {
  Sketch s(m, kWidth, 86);
  const int z = s.channel("z"), n = s.channel("n");
  const Flow flow = flow_of(
      m, m.cell().output, n, [&](int u) { return 1 - m.now(z, u); }, [&](int u) { return m.now(z, u); });
  constexpr double xz = 56, xn = 105, yz = 33;

  s.card(kLeft, 4, kRight, 70);
  s.content({{xn, kGates}, {xn, yz}}, flow.candidate);
  s.content({{xn, yz}, {xn, kBus + 3}}, flow.written).arrow = true;
  memory_bus(s, flow, xz, xn);
  hidden_bus_ends(s, flow, around, xn, false);
  s.wire({{36, kRail}, {xn, kRail}, {xn, kGates + 3.7}}, {}).arrow = true;
  s.input({36, kKey}, {36, kRail}, around);
  s.tap({{xz, kRail}, {xz, kGates + 3.7}});
  s.dot({xz, kRail});
  s.dot({36, kRail});

  s.stem({{xz, kGates}, {xz, kBus}}, z);
  s.stem({{xz, yz}, {xn, yz}}, z);
  s.dot({xz, yz}, s.ink(z));
  s.disc({xz, 25.8}, "1−");
  s.box({xz, kGates}, "σ", s.ink(z));
  s.box({xn, kGates}, "W x", s.ink(n), m.forced(n));
  s.valve({xz, kBus}, z, false, true);
  s.valve({xn, yz}, z, true);

  s.label({xz + 2, 42}, Side::right, z);
  s.label({xn - 3, 42.6}, Side::left, n);
  return std::move(s.drawing);
}

// The simple recurrent network, core/nn/cells/elman.h: no gate, no valve.
Diagram draw_elman(const CellMoment& m, const CellSurroundings& around) {
  Sketch s(m, kWidth, 72);
  const int a = s.channel("a"), h = s.channel("h");
  constexpr double y = 24, xu = 44, xs = 68, xt = 110;
  const double full = m.greatest(h), net = m.now(a) / m.greatest(a);
  const bool relu = m.cell().key == "rnn_relu";

  s.card(kLeft, 4, kRight, 54);
  s.bus({{0, y}, {xu, y}}, m.before(h) / full);
  s.wire({{xu, y}, {xs - 3, y}}, {}).arrow = true;
  s.content({{xs, y}, {xt, y}}, net);
  s.bus({{xt, y}, {kWidth, y}}, m.now(h) / full, true);
  s.tap({{xs, 41}, {xs, y + 3}});
  s.box({xu, y}, "U h");
  s.disc({xs, y}, "+");
  s.box({xs, 41}, "W x");
  s.box({xt, y}, relu ? "ReLU" : "tanh", s.ink(h), m.forced(a));
  s.input({xs, 65}, {xs, 43.5}, around);

  s.label({89, y - 3.4}, Side::above, a);
  s.label_before({kIn, y - 4}, Side::above, h);
  s.label({kOut, y - 4}, Side::above, h);
  s.read_out({kOut, y}, {kOut, 47}, around, m.now(h) / full);
  return std::move(s.drawing);
}

// Any other cell, from its tables: the memory's way along the top, through the gate that keeps it and the sum
// with the candidate, and a function for every gate.
Diagram draw_general(const CellMoment& m, const CellSurroundings& around) {
  Sketch s(m, kWidth, 86);
  const nn::CellInfo& cell = m.cell();
  const auto channel = [&](int k) -> const nn::Channel& {
    return cell.channels[static_cast<std::size_t>(k)];
  };
  const int memory = cell.memory(), h = cell.output, keep = cell.keep_gate();
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
  const auto share_of = [&](nn::Share share, int gate, int unit) {
    if (gate == nn::kNone || share == nn::Share::none) return 1.0;
    return share == nn::Share::value ? m.now(gate, unit) : 1 - m.now(gate, unit);
  };
  const nn::Share keeps = keep == nn::kNone ? nn::Share::none : channel(keep).keeps;
  const nn::Share writes = write == nn::kNone ? nn::Share::none : channel(write).writes;
  const Flow flow = flow_of(
      m, memory, candidate == nn::kNone ? memory : candidate, [&](int u) { return share_of(keeps, keep, u); },
      [&](int u) { return share_of(writes, write, u); });
  const double of_h = 1 / m.greatest(h), first = 44, last = 117;
  constexpr double yv = 33;

  s.card(kLeft, 4, kRight, 70);
  const auto x_of = [&](int k) {
    const auto at = std::ranges::find(functions, k) - functions.begin();
    return functions.size() < 2
               ? last
               : first + (last - first) * static_cast<double>(at) / static_cast<double>(functions.size() - 1);
  };
  const double sum = candidate == nn::kNone ? last : x_of(candidate);
  if (candidate != nn::kNone) {
    s.content({{sum, kGates}, {sum, yv}}, flow.candidate);
    s.content({{sum, yv}, {sum, kBus + 3}}, flow.written).arrow = true;
  }
  memory_bus(s, flow, keep == nn::kNone ? first : x_of(keep), sum);
  s.wire({{0, kRail}, {last, kRail}}, {});
  s.input({30, kKey}, {30, kRail}, around);
  s.dot({30, kRail});
  for (const int k : functions) {
    const double x = x_of(k);
    s.tap({{x, kRail}, {x, kGates + 3.7}});
    if (k == keep) s.stem({{x, kGates}, {x, kBus}}, k);
    if (k == write && k != keep) s.stem({{x, kGates}, {x, yv}, {sum, yv}}, k);
    if (k == write && k == keep) {
      s.stem({{x, yv}, {sum, yv}}, k);
      s.dot({x, yv}, s.ink(k));
    }
    if (k != keep && k != write && k != shows && k != candidate) {
      s.stem({{x, kGates}, {x, yv}}, k);
      s.valve({x, yv}, k, false);
    }
    s.box({x, kGates},
          k == candidate                                         ? "~"
          : channel(k).activation == nn::Activation::exponential ? "exp"
                                                                 : "σ",
          s.ink(k), m.forced(k));
    const double aside = k == candidate ? 4 : 2;  // what a candidate carries is wide
    if (x == last && k == candidate)
      s.label({x - aside, 42}, Side::left, k);
    else
      s.label({x + aside, 42}, Side::right, k);
  }
  const double out = shows == nn::kNone ? last : x_of(shows);
  if (memory != h) {
    s.dot({out, kBus}, {InkRole::cell_state});
    s.content({{out, kBus}, {out, 27}}, flow.after);
    s.wire({{out, 27}, {kWidth, 27}}, m.now(h) * of_h, s.ink(h)).arrow = true;
    if (shows != nn::kNone) {
      s.stem({{out, kGates}, {out, 27}}, shows);
      s.valve({out, 27}, shows, true);
    }
  }
  if (keep != nn::kNone) s.valve({x_of(keep), kBus}, keep, false, keeps == nn::Share::rest);
  if (write != nn::kNone && candidate != nn::kNone)
    s.valve({sum, yv}, write, true, writes == nn::Share::rest);
  s.label_before({kIn, kBus - 3.2}, Side::above, memory);
  s.label({kOut, kBus - 3.2}, Side::above, memory);
  if (memory != h) s.label({kOut, 25.6}, Side::above, h);
  s.read_out({kOut, memory == h ? kBus : 27}, {kOut, 55}, around, m.now(h) * of_h);
  return std::move(s.drawing);
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
  const Tape& scale = observation_.natural ? tape_of(observation_, *observation_.natural, options_) : tape_;
  const auto values = scale.values(channel);
  double most = 0;
  for (Index t = 0; t < scale.steps(); ++t) {
    const auto value =
        static_cast<double>(unit_ ? values(tape_.row_of(channel, *unit_), t) : values.col(t).mean());
    if (std::isfinite(value)) most = std::max(most, std::abs(value));
  }
  return most > 0 ? most : 1;
}

namespace {

/// Which drawing is which cell's.
struct Drawing {
  std::string_view cell;
  Diagram (*draw)(const CellMoment&, const CellSurroundings&);
};
constexpr Drawing kDrawings[] = {
    {"rnn", draw_elman},         {"rnn_relu", draw_elman},
    {"gru", draw_gru},           {"gru_before", draw_gru},
    {"lstm", draw_lstm},         {"lstm_peephole", draw_lstm},
    {"lstm_coupled", draw_lstm}, {"lstm_coupled_peephole", draw_lstm},
    {"janet", draw_janet},       {"mingru", draw_min_gru},
};

}  // namespace

Diagram draw_cell(const CellMoment& moment, const CellSurroundings& surroundings) {
  for (const Drawing& drawing : kDrawings)
    if (drawing.cell == moment.cell().key) return drawing.draw(moment, surroundings);
  return draw_general(moment, surroundings);
}

}  // namespace gatescope::views
