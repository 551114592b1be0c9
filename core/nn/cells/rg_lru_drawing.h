#pragma once

#include "core/nn/cells/rg_lru.h"
#include "core/nn/drawing.h"

namespace gatescope::nn {

/// One speed decides what is kept and, with the input gate, what is written.
template <>
inline constexpr Drawing kDrawing<RgLru> = [] {
  constexpr int u = RgLru::u, r = RgLru::r, i = RgLru::i, l = RgLru::l, a = RgLru::a, w = RgLru::w,
                h = RgLru::h;
  constexpr double kBus = Drawing::kBus, kGates = Drawing::kGates, kRail = Drawing::kRail,
                   kKey = Drawing::kKey;
  constexpr double xr = 54, xi = 84, xu = 114, speed = 31;
  constexpr Flow flow{.memory = h, .candidate = u, .keep = a, .write = w};

  Drawing s(Drawing::kWidth, Drawing::kHeight);
  s.card(Drawing::kLeft, 4, Drawing::kRight, 70);
  s.content({{xu, kRail}, {xu, speed}}, flow.offered());
  s.content({{xu, speed}, {xu, kBus + 3}}, flow.written()).arrow = true;
  s.memory_bus(flow, xr, xu);
  s.hidden_bus_ends(flow, h, xu, false);
  s.input({34, kKey}, {34, kRail});
  s.content({{34, kRail}, {xu, kRail}}, flow.offered());
  for (const double x : {xr, xi}) {
    s.tap({{x, kRail}, {x, kGates + 3.7}});
    s.dot({x, kRail}, u);
  }

  s.stem({{xr, kGates}, {xr, speed}}, r);
  s.stem({{xi, kGates}, {xi, speed}}, i);
  s.stem({{xr, speed}, {xr, kBus}}, a);
  s.wire({{xr, speed}, {xi, speed}}, {}, l);
  s.stem({{xi, speed}, {xu, speed}}, w);
  s.box({34, kRail}, "W x", u, u);
  s.box({xr, kGates}, "σ", r);
  s.box({xi, kGates}, "σ", i);
  s.box({xr, speed}, "exp", a, l);
  s.box({xi, speed}, "√1−a²", w);
  s.valve({xr, 41}, r, true);
  s.valve({xi, 41}, i, true);
  s.valve({xr, kBus}, a, false);
  s.valve({xu, speed}, w, true);

  s.label({xr - 3, 41}, Side::left, r);
  s.label({xi + 3, 41}, Side::right, i);
  s.label({xr - 2, 24}, Side::left, a);
  s.label({69, speed - 2}, Side::above, l);
  s.label({99, speed - 2}, Side::above, w);
  s.label({xu + 3, 50}, Side::right, u);
  return s;
}();

}  // namespace gatescope::nn
