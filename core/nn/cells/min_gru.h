#pragma once

// minGRU [feng2024]: a gated unit whose gate and candidate do not see the state.
//
//   z_t = σ(W_z x_t + b_z)                                     update gate
//   n_t = W_n x_t + b_n                                        candidate
//   h_t = (1 - z_t) ⊙ h_{t-1} + z_t ⊙ n_t                      hidden state
//
// As in the paper z = 1 takes the candidate: the other way round than in the GRU file beside this one. Rows z
// n. The paper trains it by a parallel scan; here it runs step by step like every other cell, with the same
// result.

#include <array>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"

namespace gatescope::nn {

struct MinGru {
  enum : int { z, n, h };

  static constexpr std::array<Channel, 3> channels{{
      {.symbol = "z",
       .name = "update gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::update,
       .keeps = Share::rest,
       .writes = Share::value,
       .activation = Activation::sigmoid},
      {"n", "candidate", Role::candidate, -kUnbounded, kUnbounded},
      {"h", "hidden state", Role::hidden_state, -kUnbounded, kUnbounded},
  }};
  static constexpr std::array<State, 1> states{{{h}}};
  static constexpr PytorchRows<2, false> rows{{{{z, kNone, kNone}, {n, kNone, kNone}}}};
  static constexpr auto parameters = rows.parameters(Start::recurrent);
  static constexpr std::array<Formula, 3> formulas{{
      {.channel = z, .text = "σ(W x + b)"},
      {.channel = n, .text = "W x + b"},
      {.channel = h, .text = "(1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ nₜ"},
  }};
  static constexpr CellInfo info{.key = "mingru",
                                 .title = "minGRU",
                                 .citation = "feng2024",
                                 .channels = channels,
                                 .states = states,
                                 .output = h,
                                 .parameters = parameters,
                                 .products = rows.products,
                                 .biases = rows.biases,
                                 .formulas = formulas};

  template <class Step>
  static void forward(Step& s) {
    s.activate(z);
    s.force(n);
    s[h] = (1 - s[z]) * s.prev(h) + s[z] * s[n];
    s.force(h);
  }

  template <class Step>
  static void backward(Step& s) {
    s.d(n) = s.unforce(n, s.unforce(h, s.d(h)) * s[z]);
    s.d(z) = s.activate_back(z, s.unforce(h, s.d(h)) * (s[n] - s.prev(h)));
    s.d_prev(h) += s.unforce(h, s.d(h)) * (1 - s[z]);
  }
};

}  // namespace gatescope::nn
