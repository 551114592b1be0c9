#pragma once

#include "core/nn/cells/min_lstm.h"
#include "core/nn/drawing.h"

namespace gatescope::nn {

/// Two gates share the memory out between the old and the new; like the candidate they see the input only.
template <>
inline constexpr Drawing kDrawing<MinLstm> = [] {
  constexpr int f = MinLstm::f, i = MinLstm::i, z = MinLstm::z, k = MinLstm::k, w = MinLstm::w,
                h = MinLstm::h;
  constexpr double kBus = Drawing::kBus, kGates = Drawing::kGates, kRail = Drawing::kRail,
                   kKey = Drawing::kKey;
  constexpr double xf = 48, xk = 64, xi = 80, xz = 112, shared = 31;
  constexpr Flow flow{.memory = h, .candidate = z, .keep = k, .write = w};

  Drawing s(Drawing::kWidth, Drawing::kHeight);
  s.card(Drawing::kLeft, 4, Drawing::kRight, 70);
  s.content({{xz, kGates}, {xz, shared}}, flow.offered());
  s.content({{xz, shared}, {xz, kBus + 3}}, flow.written()).arrow = true;
  s.memory_bus(flow, xk, xz);
  s.hidden_bus_ends(flow, h, xz, false);
  s.wire({{36, kRail}, {xz, kRail}, {xz, kGates + 3.7}}).arrow = true;
  s.input({36, kKey}, {36, kRail});
  for (const double x : {xf, xi}) {
    s.tap({{x, kRail}, {x, kGates + 3.7}});
    s.dot({x, kRail});
  }
  s.dot({36, kRail});

  s.stem({{xf, kGates}, {xf, shared}, {xk, shared}}, f);
  s.stem({{xi, kGates}, {xi, shared}, {xk, shared}}, i);
  s.stem({{xk, shared}, {xk, kBus}}, k);
  s.stem({{xk, shared}, {xz, shared}}, w);
  s.box({xf, kGates}, "σ", f);
  s.box({xi, kGates}, "σ", i);
  s.box({xz, kGates}, "W x", z, z);
  s.disc({xk, shared}, "÷");
  s.valve({xf, 40}, f, true);
  s.valve({xi, 40}, i, true);
  s.valve({xk, kBus}, k, false);
  s.valve({xz, shared}, w, true);

  s.label({xf - 3, 40}, Side::left, f);
  s.label({xi + 3, 40}, Side::right, i);
  s.label({xk + 2, 24.5}, Side::right, k);
  s.label({98, shared + 3}, Side::below, w);
  s.label({xz + 3, 42.6}, Side::right, z);
  return s;
}();

}  // namespace gatescope::nn
