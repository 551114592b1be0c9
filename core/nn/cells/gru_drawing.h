#pragma once

#include "core/nn/cells/gru.h"
#include "core/nn/drawing.h"

namespace gatescope::nn {

/// The gated recurrent unit. `through` is what arrives at the reset gate's valve, `passed` what leaves it.
constexpr Drawing draw_gru(int r, int z, int n, int h, Amount through, Amount passed, int q, int lettered,
                           std::string_view name) {
  constexpr double kBus = Drawing::kBus, kGates = Drawing::kGates, kRail = Drawing::kRail;
  constexpr double xz = 48, xr = 68, xu = 85, xv = 100, xn = 121, yz = 29, yr = 42.5, yn = 51;
  const bool after = q != kNone;
  const Flow flow{.memory = h, .candidate = n, .keep = z, .write = z, .writes = Share::rest};

  Drawing s(Drawing::kWidth, Drawing::kHeight);
  s.card(Drawing::kLeft, 4, Drawing::kRight, 70);
  s.content({{xn, yn}, {xn, yz}}, flow.offered());
  s.content({{xn, yz}, {xn, kBus + 3}}, flow.written()).arrow = true;
  s.memory_bus(flow, xz, xn);
  s.hidden_bus_ends(flow, h, xn, true);
  s.tap({{xn, kRail}, {xn, yn + 3.7}});
  for (const double x : {xz, xr}) {
    s.tap({{x, kRail}, {x, kGates + 3.7}});
    s.dot({x, kRail});
  }
  s.dot({xu, kRail});

  // What the reset gate lets through on its way to the candidate.
  s.tap({{xu, kRail}, {xu, yn + (after ? 3.7 : 0)}}, after);
  s.content({{xu, yn}, {xv, yn}}, through);
  s.content({{xv, yn}, {xn - 5.3, yn}}, passed).arrow = true;

  s.stem({{xz, kGates}, {xz, kBus}}, z);
  s.stem({{xz, yz}, {xn, yz}}, z);
  s.dot({xz, yz}, z);
  s.disc({84, yz}, "1−");
  s.stem({{xr, kGates}, {xr, yr}, {xv, yr}, {xv, yn}}, r);
  s.box({xz, kGates}, "σ", z);
  s.box({xr, kGates}, "σ", r);
  if (after) s.box({xu, yn}, "U h", kMuted, q);
  s.box({xn, yn}, "tanh", n, n);
  s.valve({xz, kBus}, z, false);
  s.valve({xn, yz}, z, true, true);
  s.valve({xv, yn}, r, false);

  s.label({xz - 2, 39}, Side::left, z);
  s.label({81, yr - 1.4}, Side::above, r);
  s.label({xn - 3, 38.2}, Side::left, n);
  s.label({103, 56.2}, Side::below, lettered, name);
  return s;
}

template <>
inline constexpr Drawing kDrawing<Gru> = draw_gru(Gru::r, Gru::z, Gru::n, Gru::h,
                                                  {.channel = Gru::q, .full = Gru::q},
                                                  {.channel = Gru::q, .gate = Gru::r, .full = Gru::q}, Gru::q,
                                                  Gru::q, "U h + b");
template <>
inline constexpr Drawing kDrawing<GruBefore> =
    draw_gru(GruBefore::r, GruBefore::z, GruBefore::n, GruBefore::h,
             {.channel = GruBefore::h, .before = true, .full = GruBefore::h},
             {.channel = GruBefore::p, .full = GruBefore::h}, kNone, GruBefore::p, "");

}  // namespace gatescope::nn
