#pragma once

// What S6 and Mamba's mixer do once they have u, what is written (s6.h has the equations): a step that
// follows the input, N decaying memories a unit, and what is read of them.

#include <array>
#include <cmath>

#include "core/nn/cells/memory_rows.h"
#include "core/nn/cells/weighed_output.h"

namespace gatescope::nn {

/// Its channels begin at number U of the cell's, its parameters at number P.
template <int U, int P>
struct SelectiveMemory : MemoryRows {
  enum : int { u = U, z, r, dt, B, C, K, w, m, y, h };
  enum : int { weight_r = P, weight_B, weight_C, weight_dt, bias_dt, A_log, D };

  static double begin_of_A(Index, Index n, Index) { return std::log(static_cast<double>(n + 1)); }

  /// N = 16 where the model says no other, and a sixteenth as many numbers of the step as come from
  /// somewhere.
  static Sizes sizes(Index inputs, Index hidden, Index heads, Index of) {
    return {.inputs = inputs, .hidden = hidden, .memories = 16, .rank = (of + 15) / 16, .heads = heads};
  }

  /// What comes in: v, which is number 0 of the channels, and z, by the parameter number 0.
  static constexpr ParameterInfo entering = weights("W", "weight_ih", 2 * kUnits);
  static constexpr std::array<Channel, 11> memory_channels{{
      {.symbol = "u",
       .name = "candidate",
       .role = Role::candidate,
       .low = -0.28,
       .high = kUnbounded,
       .activation = Activation::silu},
      of_unit("z", "output weight before its SiLU"),
      counted("r", "step in few numbers", kRank),
      step(),
      counted("B", "what may enter", kMemories),
      counted("C", "what is read", kMemories),
      keep_gates(false),
      write("write strength"),
      memory(),
      of_unit("y", "read-out of the memories"),
      of_unit("h", "hidden state", Role::hidden_state),
  }};

  static constexpr std::array<ParameterInfo, 7> memory_parameters{{
      weights("P", "weight_r", kRank, kUnits, Start::fan_in),
      weights("Q", "weight_B", kMemories, kUnits, Start::fan_in),
      weights("S", "weight_C", kMemories, kUnits, Start::fan_in),
      weights("V", "weight_dt", kUnits, kRank, Start::fan_in),
      bias("b", "bias_dt"),
      {.letter = "A",
       .name = "A_log",
       .rows = kUnits,
       .cols = kMemories,
       .start = Start::own,
       .begin = begin_of_A,
       .used = Used::exponential,
       .decay = Decay::no},
      skip(),
  }};
  static constexpr std::array<Product, 6> products{{{0, 0, kInput, 0},
                                                    {0, 1, kInput, z},
                                                    {weight_r, 0, u, r},
                                                    {weight_B, 0, u, B},
                                                    {weight_C, 0, u, C},
                                                    {weight_dt, 0, r, dt}}};
  static constexpr Bias memory_bias{.parameter = bias_dt, .block = 0, .to = dt, .start = step_ladder};
  static constexpr std::array<Formula, 10> memory_formulas{{
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

  /// From u and z to h.
  template <class Step>
  static void remember(Step& s) {
    s.recur(u);
    s.force_numbers(r);
    s.force_numbers(B);
    s.force_numbers(C);
    s.recur(r);
    s.activate(dt);
    const auto step = s[dt], candidate = s[u];
    auto read = s.parameter(D) * candidate;
    for (int n = 0; n < s.memories(); ++n) {
      s.activate(K, 0 - step * s.parameter(A_log, n), n);
      const auto written = s.forced(w, step * s.number(B, n), n);
      read = read + s.number(C, n) * s.forced(m, s.now(K, n) * s.prev(m, n) + written * candidate, n);
    }
    WeighedOutput<SelectiveMemory>::forward(s, read);
  }

  /// To the gradient of u, which stands in the tape.
  template <class Step>
  static void remember_back(Step& s) {
    WeighedOutput<SelectiveMemory>::backward(s);
    s.parameter_back(D, s.d(y) * s[u]);
    for (const int k : {r, B, C}) s.clear_gradient(k);
    const auto of_y = s.d(y), step = s[dt], candidate = s[u];
    auto of_u = of_y * s.parameter(D), of_step = s.zero();
    for (int n = 0; n < s.memories(); ++n) {
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
  }
};

}  // namespace gatescope::nn
