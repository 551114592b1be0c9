#pragma once

// What S6 and Mamba's mixer do once they have u, what is written (s6.h has the equations): a step that
// follows the input, N decaying memories a unit, and what is read of them.

#include <array>
#include <cmath>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"
#include "core/nn/cells/weighed_output.h"

namespace gatescope::nn {

/// Two tables one after the other.
template <class Row, std::size_t A, std::size_t B>
constexpr std::array<Row, A + B> joined(const std::array<Row, A>& first, const std::array<Row, B>& then) {
  std::array<Row, A + B> all{};
  for (std::size_t k = 0; k < A; ++k) all[k] = first[k];
  for (std::size_t k = 0; k < B; ++k) all[A + k] = then[k];
  return all;
}

/// The rows of its tables.
struct SelectiveRows {
  static constexpr Index kUsualMemories = 16;  // N

  static constexpr Channel internal(std::string_view symbol, std::string_view name, Extent extent = kUnits) {
    return {.symbol = symbol,
            .name = name,
            .role = Role::internal,
            .low = -kUnbounded,
            .high = kUnbounded,
            .extent = extent};
  }
  static double begin_of_A(Index, Index n, Index) { return std::log(static_cast<double>(n + 1)); }
  static double begin_of_D(Index, Index, Index) { return 1; }
  /// softplus(b) is 0.001 for the first unit and 0.1 for the last.
  static double step_ladder(Index unit, Index hidden) {
    const double part = hidden < 2 ? 0.5 : static_cast<double>(unit) / static_cast<double>(hidden - 1);
    return std::log(std::expm1(0.001 * std::pow(100.0, part)));
  }
  static constexpr ParameterInfo weights(std::string_view letter, std::string_view name, Extent rows,
                                         Extent cols) {
    return {.letter = letter, .name = name, .rows = rows, .cols = cols, .start = Start::fan_in};
  }
  static constexpr ParameterInfo bias(std::string_view name) {
    return {.letter = "b",
            .name = name,
            .rows = kUnits,
            .is_vector = true,
            .start = Start::bias,
            .decay = Decay::no};
  }
};

/// Its channels begin at number U of the cell's, its parameters at number P.
template <int U, int P>
struct SelectiveMemory : SelectiveRows {
  enum : int { u = U, z, r, dt, B, C, K, w, m, y, h };
  enum : int { weight_r = P, weight_B, weight_C, weight_dt, bias_dt, A_log, D };

  static constexpr std::array<Channel, 11> memory_channels{{
      {.symbol = "u",
       .name = "candidate",
       .role = Role::candidate,
       .low = -0.28,
       .high = kUnbounded,
       .activation = Activation::silu},
      internal("z", "output weight before its SiLU"),
      internal("r", "step in few numbers", kRank),
      step_of_time({.symbol = "dt",
                    .name = "step",
                    .role = Role::internal,
                    .low = 0,
                    .high = kUnbounded,
                    .activation = Activation::softplus}),
      internal("B", "what may enter", kMemories),
      internal("C", "what is read", kMemories),
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
      internal("y", "read-out of the memories"),
      {"h", "hidden state", Role::hidden_state, -kUnbounded, kUnbounded},
  }};

  static constexpr std::array<ParameterInfo, 7> memory_parameters{{
      weights("P", "weight_r", kRank, kUnits),
      weights("Q", "weight_B", kMemories, kUnits),
      weights("S", "weight_C", kMemories, kUnits),
      weights("V", "weight_dt", kUnits, kRank),
      bias("bias_dt"),
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
  static constexpr std::array<Product, 4> memory_products{
      {{weight_r, 0, u, r}, {weight_B, 0, u, B}, {weight_C, 0, u, C}, {weight_dt, 0, r, dt}}};
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
