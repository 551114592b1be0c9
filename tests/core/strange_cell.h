#pragma once

#include <array>

#include "core/nn/cells/ranges.h"

/// A cell unlike those of the program, for tests of what follows from a cell's tables alone: three states,
/// one of them with several numbers a unit, a channel of another width between two products, and parameters
/// of units.
namespace gatescope::nn {

//   g = σ(W x + U h' + b)      q = V h' + d, of N numbers      n = tanh(W x + P q + b)
//   m_k = g ⊙ m'_k + a_k ⊙ (1 - g) ⊙ n, k < N      p = h' ⊙ g      h = tanh(Σ_k m_k) + p'
struct Strange {
  enum : int { g, q, n, m, p, h };
  enum : int { weight_ih, weight_hh, bias, widen, widen_bias, narrow, amounts };
  static constexpr std::array<Channel, 6> channels{{
      {.symbol = "g",
       .name = "gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .activation = Activation::sigmoid},
      {.symbol = "q", .name = "between", .role = Role::internal, .low = -1, .high = 1, .extent = kMemories},
      {.symbol = "n",
       .name = "candidate",
       .role = Role::candidate,
       .low = -1,
       .high = 1,
       .activation = Activation::tanh},
      {.symbol = "m",
       .name = "memories",
       .role = Role::cell_state,
       .low = -kUnbounded,
       .high = kUnbounded,
       .extent = kUnitMemories},
      {"p", "echo", Role::internal, -kUnbounded, kUnbounded},
      {"h", "hidden state", Role::hidden_state, -kUnbounded, kUnbounded},
  }};
  static constexpr std::array<State, 3> states{{{m, 0.25}, {p}, {h}}};
  static constexpr std::array<ParameterInfo, 7> parameters{{
      {.letter = "W", .name = "weight_ih", .rows = 2 * kUnits, .cols = kInputWidth, .start = Start::input},
      {.letter = "U", .name = "weight_hh", .rows = kUnits, .cols = kUnits, .start = Start::recurrent},
      {.letter = "b", .name = "bias", .rows = 2 * kUnits, .is_vector = true, .start = Start::bias},
      {.letter = "V", .name = "widen", .rows = kMemories, .cols = kUnits, .start = Start::recurrent},
      {.letter = "d", .name = "widen_bias", .rows = kMemories, .is_vector = true, .start = Start::bias},
      {.letter = "P", .name = "narrow", .rows = kUnits, .cols = kMemories, .start = Start::recurrent},
      {.letter = "a", .name = "amounts", .rows = kUnits, .cols = kMemories},
  }};
  static constexpr std::array<Product, 5> products{{{weight_ih, 0, kInput, g},
                                                    {weight_ih, 1, kInput, n},
                                                    {weight_hh, 0, h, g},
                                                    {widen, 0, h, q},
                                                    {narrow, 0, q, n}}};
  static constexpr std::array<Bias, 3> biases{{{bias, 0, g}, {bias, 1, n}, {widen_bias, 0, q}}};
  static constexpr std::array<Formula, 6> formulas{{
      {.channel = q, .text = "V h + d"},
      {.channel = g, .text = "σ(W x + U h + b)"},
      {.channel = n, .text = "tanh(W x + P q + b)"},
      {.channel = m, .text = "gₜ ⊙ mₜ₋₁ + a ⊙ (1 − gₜ) ⊙ nₜ"},
      {.channel = p, .text = "hₜ₋₁ ⊙ gₜ"},
      {.channel = h, .text = "tanh(Σ(mₜ)) + pₜ₋₁"},
  }};
  static constexpr CellInfo info{
      .key = "strange",
      .title = "strange",
      .citation = "",
      .channels = channels,
      .states = states,
      .output = h,
      .parameters = parameters,
      .products = products,
      .biases = biases,
      .formulas = formulas,
      .sizes =
          [](Index inputs, Index hidden, Index) {
            return Sizes{inputs, hidden, 3};
          },
  };

  template <class Step>
  static void forward(Step& s) {
    s.recur(q);
    s.activate(g);
    s.activate(n);
    auto sum = s[n] - s[n];
    for (Index k = 0; k < 3; ++k) {
      s.now(m, k) = s[g] * s.prev(m, k) + s.parameter(amounts, k) * (1 - s[g]) * s[n];
      s.force(m, k);
      sum = sum + s.now(m, k);
    }
    s[p] = s.prev(h) * s[g];
    s.force(p);
    s[h] = sum.tanh() + s.prev(p);
    s.force(h);
  }

  template <class Step>
  static void backward(Step& s) {
    const auto of_sum = s.unforce(h, s.d(h)) * (1 - (s.raw(h) - s.prev(p)).square());
    auto of_g = s.unforce(p, s.d(p)) * s.prev(h), of_n = s[n] - s[n];
    for (Index k = 0; k < 3; ++k) {
      s.d(m, k) += of_sum;
      const auto of_m = s.unforce(m, s.d(m, k), k);
      of_g = of_g + of_m * (s.prev(m, k) - s.parameter(amounts, k) * s[n]);
      of_n = of_n + of_m * s.parameter(amounts, k) * (1 - s[g]);
      s.parameter_back(amounts, of_m * (1 - s[g]) * s[n], k);
      s.lead_back(m, of_m * s[g], k);
    }
    s.d(g) = s.activate_back(g, of_g);
    s.d(n) = s.activate_back(n, of_n);
    s.d_prev(p) += s.unforce(h, s.d(h));
    s.d_prev(h) += s.unforce(p, s.d(p)) * s[g];
    s.clear_gradient(q);
    s.recur_back(q);
  }
};

}  // namespace gatescope::nn
