#pragma once

// S6, the selective state space of Mamba [gu2024]: N decaying memories a unit, whose speed follows the input.
//
//   v_t = W_v x_t + b_v                                        input
//   u_t = v_t ⊙ σ(v_t)                                         what is written (SiLU)
//   z_t = W_z x_t                                              what the output is weighed by
//   r_t = P u_t                                                the step in few numbers, (R)
//   dt_t = softplus(V r_t + b)                                 step: how much time passes, Δ in the paper
//   B_t = Q u_t,  C_t = S u_t                                  what may enter, what is read, (N)
//   K_t,n = exp(-dt_t ⊙ exp(A_n))                              keep gate, (H x N)
//   w_t,n = dt_t B_t,n                                         write strength, (H x N)
//   m_t,n = K_t,n ⊙ m_{t-1},n + w_t,n ⊙ u_t                    memories, (H x N)
//   y_t = Σ_n C_t,n m_t,n + D ⊙ u_t                            what is read
//   h_t = y_t ⊙ z_t ⊙ σ(z_t)                                   hidden state
//
// A step of 0 keeps everything and takes nothing, a long one forgets and takes the present. K is the exact
// solution over the step (zero-order hold), w the first order of it, as in the authors' program. N = 16,
// R = H/16 rounded up. Mamba convolves v over four steps before the SiLU, and mixes h by one more matrix:
// options of the layer do that here (blocks.h). exp(A_n) begins at n, D at 1, softplus(b) as a ladder over
// the units from 0.001 to 0.1, where the authors draw it at random from this range. As there, A and D do not
// decay.

#include <array>
#include <cmath>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"
#include "core/nn/cells/weighed_output.h"

namespace gatescope::nn {

struct S6 {
  enum : int { v, u, z, r, dt, B, C, K, w, m, y, h };
  enum : int { weight_ih, bias_ih, weight_r, weight_B, weight_C, weight_dt, bias_dt, A_log, D };
  static constexpr int N = 16;

  static constexpr std::array<Channel, 12> channels{{
      {"v", "net input", Role::internal, -kUnbounded, kUnbounded},
      {.symbol = "u",
       .name = "candidate",
       .role = Role::candidate,
       .low = -0.28,
       .high = kUnbounded,
       .activation = Activation::silu},
      {"z", "output weight before its SiLU", Role::internal, -kUnbounded, kUnbounded},
      {.symbol = "r",
       .name = "step in few numbers",
       .role = Role::internal,
       .low = -kUnbounded,
       .high = kUnbounded,
       .extent = kRank},
      step_of_time({.symbol = "dt",
                    .name = "step",
                    .role = Role::internal,
                    .low = 0,
                    .high = kUnbounded,
                    .activation = Activation::softplus}),
      {.symbol = "B",
       .name = "what may enter",
       .role = Role::internal,
       .low = -kUnbounded,
       .high = kUnbounded,
       .extent = kMemories},
      {.symbol = "C",
       .name = "what is read",
       .role = Role::internal,
       .low = -kUnbounded,
       .high = kUnbounded,
       .extent = kMemories},
      {.symbol = "K",
       .name = "keep gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::forget,
       .keeps = Share::value,
       .extent = kUnitMemories,
       .activation = Activation::exponential},
      {.symbol = "w",
       .name = "write strength",
       .role = Role::internal,
       .low = -kUnbounded,
       .high = kUnbounded,
       .writes = Share::value,
       .extent = kUnitMemories,
       .remade = true},
      {.symbol = "m",
       .name = "memory",
       .role = Role::cell_state,
       .low = -kUnbounded,
       .high = kUnbounded,
       .extent = kUnitMemories},
      {"y", "read-out of the memories", Role::internal, -kUnbounded, kUnbounded},
      {"h", "hidden state", Role::hidden_state, -kUnbounded, kUnbounded},
  }};
  static constexpr std::array<State, 1> states{{{m}}};

  static double begin_of_A(Index, Index n, Index) { return std::log(static_cast<double>(n + 1)); }
  static double begin_of_D(Index, Index, Index) { return 1; }
  /// softplus(b) is 0.001 for the first unit and 0.1 for the last.
  static double step_ladder(Index unit, Index hidden) {
    const double part = hidden < 2 ? 0.5 : static_cast<double>(unit) / static_cast<double>(hidden - 1);
    return std::log(std::expm1(0.001 * std::pow(100.0, part)));
  }
  static constexpr std::array<ParameterInfo, 9> parameters{{
      {.letter = "W", .name = "weight_ih", .rows = 2 * kUnits, .cols = kInputWidth, .start = Start::input},
      {.letter = "b",
       .name = "bias_ih",
       .rows = kUnits,
       .is_vector = true,
       .start = Start::bias,
       .decay = Decay::no},
      {.letter = "P", .name = "weight_r", .rows = kRank, .cols = kUnits, .start = Start::fan_in},
      {.letter = "Q", .name = "weight_B", .rows = kMemories, .cols = kUnits, .start = Start::fan_in},
      {.letter = "S", .name = "weight_C", .rows = kMemories, .cols = kUnits, .start = Start::fan_in},
      {.letter = "V", .name = "weight_dt", .rows = kUnits, .cols = kRank, .start = Start::fan_in},
      {.letter = "b",
       .name = "bias_dt",
       .rows = kUnits,
       .is_vector = true,
       .start = Start::bias,
       .decay = Decay::no},
      {.letter = "A",
       .name = "A_log",
       .rows = kUnits,
       .cols = kMemories,
       .start = Start::own,
       .begin = begin_of_A,
       .used = Used::exponential,
       .decay = Decay::no},
      {.letter = "D",
       .name = "D",
       .rows = kUnits,
       .is_vector = true,
       .start = Start::own,
       .begin = begin_of_D,
       .decay = Decay::no},
  }};
  static constexpr std::array<Product, 6> products{{{weight_ih, 0, kInput, v},
                                                    {weight_ih, 1, kInput, z},
                                                    {weight_r, 0, u, r},
                                                    {weight_B, 0, u, B},
                                                    {weight_C, 0, u, C},
                                                    {weight_dt, 0, r, dt}}};
  static constexpr std::array<Bias, 2> biases{
      {{bias_ih, 0, v}, {.parameter = bias_dt, .block = 0, .to = dt, .start = step_ladder}}};
  static constexpr std::array<Formula, 12> formulas{{
      {.channel = v, .text = "W x + b"},
      {.channel = u, .text = "SiLU(vₜ)"},
      {.channel = z, .text = "W x"},
      {.channel = r, .text = "P u"},
      {.channel = dt, .text = "softplus(V r + b)"},
      {.channel = B, .text = "Q u"},
      {.channel = C, .text = "S u"},
      {.channel = K, .text = "exp(−dtₜ ⊙ exp(A))"},
      {.channel = w, .text = "dtₜ ⊙ Bₜ"},
      {.channel = m, .text = "Kₜ ⊙ mₜ₋₁ + wₜ ⊙ uₜ"},
      {.channel = y, .text = "Σ(Cₜ ⊙ mₜ) + D ⊙ uₜ"},
      {.channel = h, .text = "yₜ ⊙ SiLU(zₜ)"},
  }};
  static constexpr CellInfo info{
      .key = "s6",
      .title = "S6",
      .citation = "gu2024",
      .channels = channels,
      .states = states,
      .output = h,
      .parameters = parameters,
      .products = products,
      .biases = biases,
      .formulas = formulas,
      .does = {.output_gate = true},
      .sizes =
          [](Index inputs, Index hidden, Index heads) {
            return Sizes{.inputs = inputs,
                         .hidden = hidden,
                         .memories = N,
                         .rank = (hidden + 15) / 16,
                         .heads = heads};
          },
  };

  template <class Step>
  static void forward(Step& s) {
    s.force(v);
    s.activate(u, s[v]);
    s.force(z);
    s.recur(u);
    s.force_numbers(r);
    s.force_numbers(B);
    s.force_numbers(C);
    s.recur(r);
    s.activate(dt);
    const auto step = s[dt], candidate = s[u];
    auto read = s.parameter(D) * candidate;
    for (int n = 0; n < N; ++n) {
      s.activate(K, 0 - step * s.parameter(A_log, n), n);
      const auto written = s.forced(w, step * s.number(B, n), n);
      read = read + s.number(C, n) * s.forced(m, s.now(K, n) * s.prev(m, n) + written * candidate, n);
    }
    WeighedOutput<S6>::forward(s, read);
  }

  template <class Step>
  static void backward(Step& s) {
    WeighedOutput<S6>::backward(s);
    s.parameter_back(D, s.d(y) * s[u]);
    for (const int k : {r, B, C}) s.clear_gradient(k);
    const auto of_y = s.d(y), step = s[dt], candidate = s[u];
    auto of_u = of_y * s.parameter(D), of_step = s.zero();
    for (int n = 0; n < N; ++n) {
      const auto enters = s.number(B, n);
      const auto keep = s.now(K, n);
      s.number_back(C, of_y * s.now(m, n), n);
      const auto of_m = s.unforce(m, s.total(m, of_y * s.number(C, n), n), n);
      const auto of_K = s.activate_back(K, of_m * s.prev(m, n), n), of_w = s.unforce(w, of_m * candidate, n);
      s.show_gradient(K, of_K, n);
      s.show_gradient(w, of_w, n);
      s.lead_back(m, of_m * keep, n);
      of_u = of_u + of_m * s.again(w, step * enters, n);
      s.number_back(B, of_w * step, n);
      const auto of_exponent = of_K * s.parameter(A_log, n);
      of_step = of_step + of_w * enters - of_exponent;
      s.parameter_back(A_log, 0 - of_exponent * step, n);
    }
    s.d(u) = of_u;
    s.d(dt) = s.activate_back(dt, of_step);
    s.recur_back(r);
    for (const int k : {r, B, C}) s.unforce_numbers(k);
    s.recur_back(u);
    s.d(u) = s.activate_back_at(u, s[v], s.d(u));
    s.d(v) = s.unforce(v, s.d(u));
  }
};

}  // namespace gatescope::nn
