#pragma once

#include "core/nn/cells/lstm.h"
#include "core/nn/drawing.h"

namespace gatescope::nn {

/// The long short-term memory, with its peepholes or a coupled input gate.
template <bool Peepholes, bool Coupled>
inline constexpr Drawing kDrawing<LstmCell<Peepholes, Coupled>> = [] {
  using Cell = LstmCell<Peepholes, Coupled>;
  constexpr int i = Cell::i, f = Cell::f, g = Cell::g, o = Cell::o, c = Cell::c, h = Cell::h,
                squashed = Cell::squashed;
  constexpr double kBus = Drawing::kBus, kGates = Drawing::kGates, kRail = Drawing::kRail,
                   kKey = Drawing::kKey, kWidth = Drawing::kWidth, kIn = Drawing::kIn, kOut = Drawing::kOut;
  constexpr double xf = 43, xi = 63, xg = 82, xo = 103.5, xh = 123.5, yi = 33;
  constexpr Flow flow{.memory = c, .candidate = g, .keep = f, .write = i};
  const auto of_h = [](int channel, bool before = false) {
    return Amount{.channel = channel, .before = before, .full = Cell::squashed, .or_full = Cell::h};
  };

  Drawing s(kWidth, Drawing::kHeight);
  s.card(Drawing::kLeft, 4, Drawing::kRight, 70);
  s.content({{xg, kGates}, {xg, yi}}, flow.offered());
  s.content({{xg, yi}, {xg, kBus + 3}}, flow.written()).arrow = true;
  s.memory_bus(flow, xf, xg);
  s.content({{xh, kBus}, {xh, 33}}, flow.left());
  s.content({{xh, 33}, {xh, kGates}}, of_h(squashed));
  s.wire({{xh, kGates}, {xh, kRail}, {kWidth, kRail}}, of_h(h), h).arrow = true;

  s.wire({{0, kRail}, {30, kRail}}, of_h(h, true), h);
  s.wire({{30, kRail}, {xo, kRail}, {xo, kGates + 3.7}}).arrow = true;
  for (const double x : {xf, xi, xg})
    if (!(Coupled && x == xi)) {
      s.tap({{x, kRail}, {x, kGates + 3.7}});
      s.dot({x, kRail});
    }
  s.input({30, kKey}, {30, kRail});
  s.dot({30, kRail});

  s.stem({{xf, kGates}, {xf, kBus}}, f);
  if (Coupled) {
    s.stem({{xf, yi}, {xg, yi}}, i);
    s.dot({xf, yi}, f);
    s.disc({62, yi}, "1−");
  } else {
    s.stem({{xi, kGates}, {xi, yi}, {xg, yi}}, i);
    s.box({xi, kGates}, "σ", i);
  }
  s.stem({{xo, kGates}, {xh, kGates}}, o);
  if (Peepholes) {
    s.peephole({{28, kBus}, {28, kGates}, {xf - 5.2, kGates}}, c);
    if (!Coupled)  // it goes on from the one before
      s.peephole({{28, kGates - 8}, {28, 57.6}, {53, 57.6}, {53, kGates}, {xi - 5.2, kGates}}, c, false,
                 true);
    s.peephole({{xo, kBus}, {xo, kGates - 3.7}}, c);
  }
  s.box({xf, kGates}, "σ", f);
  s.box({xg, kGates}, "tanh", g, g);
  s.box({xo, kGates}, "σ", o);
  s.dot({xh, kBus}, c);
  s.box({xh, 33}, "tanh", c, squashed);
  s.valve({xf, kBus}, f, false);
  s.valve({xg, yi}, i, true);
  s.valve({xh, kGates}, o, true);

  if (Peepholes || Coupled)
    s.label({xf + 2, 27}, Side::right, f);
  else
    s.label({xf - 2, 34}, Side::left, f);
  if (Coupled)
    s.label({62, yi + 4}, Side::below, i);
  else
    s.label({xi - 2, 42}, Side::left, i);
  s.label({xg + 3, 42}, Side::right, g);
  s.label({113.4, 57}, Side::below, o);
  s.previous({kIn, kBus - 3.2}, Side::above, c);
  s.label({kOut, kBus - 3.2}, Side::above, c);
  s.previous({kIn, kRail + 3.4}, Side::below, h);
  s.label({kOut, kRail + 3.4}, Side::below, h);
  s.read_out({kOut, kRail}, {kOut, 43}, of_h(h), h);
  return s;
}();

}  // namespace gatescope::nn
