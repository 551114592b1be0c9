#pragma once

#include "core/nn/cells/janet.h"
#include "core/nn/drawing.h"

namespace gatescope::nn {

/// Both gates come from one pre-activation.
template <>
inline constexpr Drawing kDrawing<Janet> = [] {
  constexpr int f = Janet::f, i = Janet::i, g = Janet::g, h = Janet::h;
  constexpr double kBus = Drawing::kBus, kRail = Drawing::kRail;
  constexpr double xf = 52, xi = 82, xg = 113, yi = 31, ya = 49, yv = 58;
  constexpr Flow flow{.memory = h, .candidate = g, .keep = f, .write = i};

  Drawing s(Drawing::kWidth, Drawing::kHeight);
  s.card(Drawing::kLeft, 4, Drawing::kRight, 70);
  s.content({{xg, ya}, {xg, yi}}, flow.offered());
  s.content({{xg, yi}, {xg, kBus + 3}}, flow.written()).arrow = true;
  s.memory_bus(flow, xf, xg);
  s.hidden_bus_ends(flow, h, xg, true);
  s.tap({{xg, kRail}, {xg, ya + 3.7}});
  s.tap({{xf, kRail}, {xf, ya + 3.7}});
  s.dot({xf, kRail});
  s.tap({{xf, yv}, {xi, yv}, {xi, ya + 3.7}});
  s.dot({xf, yv});
  s.disc({67, yv}, "1−");

  s.stem({{xf, ya}, {xf, kBus}}, f);
  s.stem({{xi, ya}, {xi, yi}, {xg, yi}}, i);
  s.box({xf, ya}, "σ", f);
  s.box({xi, ya}, "σ", i);
  s.box({xg, ya}, "tanh", g, g);
  s.valve({xf, kBus}, f, false);
  s.valve({xg, yi}, i, true);

  s.label({xf - 2, 32}, Side::left, f);
  s.label({xi - 2, 38.5}, Side::left, i);
  s.label({xg - 3, 40.7}, Side::left, g);
  return s;
}();

}  // namespace gatescope::nn
