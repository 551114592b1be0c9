#pragma once

#include "core/nn/cells/min_gru.h"
#include "core/nn/drawing.h"

namespace gatescope::nn {

/// Gate and candidate see the input only.
template <>
inline constexpr Drawing kDrawing<MinGru> = [] {
  constexpr int z = MinGru::z, n = MinGru::n, h = MinGru::h;
  constexpr double kBus = Drawing::kBus, kGates = Drawing::kGates, kRail = Drawing::kRail,
                   kKey = Drawing::kKey;
  constexpr double xz = 56, xn = 105, yz = 33;
  constexpr Flow flow{.memory = h, .candidate = n, .keep = z, .keeps = Share::rest, .write = z};

  Drawing s(Drawing::kWidth, Drawing::kHeight);
  s.card(Drawing::kLeft, 4, Drawing::kRight, 70);
  s.content({{xn, kGates}, {xn, yz}}, flow.offered());
  s.content({{xn, yz}, {xn, kBus + 3}}, flow.written()).arrow = true;
  s.memory_bus(flow, xz, xn);
  s.hidden_bus_ends(flow, h, xn, false);
  s.wire({{36, kRail}, {xn, kRail}, {xn, kGates + 3.7}}).arrow = true;
  s.input({36, kKey}, {36, kRail});
  s.tap({{xz, kRail}, {xz, kGates + 3.7}});
  s.dot({xz, kRail});
  s.dot({36, kRail});

  s.stem({{xz, kGates}, {xz, kBus}}, z);
  s.stem({{xz, yz}, {xn, yz}}, z);
  s.dot({xz, yz}, z);
  s.disc({xz, 25.8}, "1−");
  s.box({xz, kGates}, "σ", z);
  s.box({xn, kGates}, "W x", n, n);
  s.valve({xz, kBus}, z, false, true);
  s.valve({xn, yz}, z, true);

  s.label({xz + 2, 42}, Side::right, z);
  s.label({xn - 3, 42.6}, Side::left, n);
  return s;
}();

}  // namespace gatescope::nn
