#pragma once

#include "core/nn/cells/elman.h"
#include "core/nn/drawing.h"

namespace gatescope::nn {

/// No gate, no valve.
template <bool Relu>
inline constexpr Drawing kDrawing<ElmanCell<Relu>> = [] {
  constexpr int a = ElmanCell<Relu>::a, h = ElmanCell<Relu>::h;
  constexpr double kWidth = Drawing::kWidth, kIn = Drawing::kIn, kOut = Drawing::kOut;
  constexpr double y = 24, xu = 44, xs = 68, xt = 110;
  constexpr Amount before{.channel = h, .before = true, .full = h}, now{.channel = h, .full = h};

  Drawing s(kWidth, 72);
  s.card(Drawing::kLeft, 4, Drawing::kRight, 54);
  s.bus({{0, y}, {xu, y}}, before);
  s.wire({{xu, y}, {xs - 3, y}}).arrow = true;
  s.content({{xs, y}, {xt, y}}, {.channel = a, .full = a});
  s.bus({{xt, y}, {kWidth, y}}, now, true);
  s.tap({{xs, 41}, {xs, y + 3}});
  s.box({xu, y}, "U h");
  s.disc({xs, y}, "+");
  s.box({xs, 41}, "W x");
  s.box({xt, y}, Relu ? "ReLU" : "tanh", h, a);
  s.input({xs, 65}, {xs, 43.5});

  s.label({89, y - 3.4}, Side::above, a);
  s.previous({kIn, y - 4}, Side::above, h);
  s.label({kOut, y - 4}, Side::above, h);
  s.read_out({kOut, y}, {kOut, 47}, now, h);
  return s;
}();

}  // namespace gatescope::nn
