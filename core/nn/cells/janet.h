#pragma once

// JANET, "just another network": an LSTM with nothing but its forget gate [vanderwesthuizen2018].
//
//   f_t = σ(v_t),  v_t = W_f x_t + U_f h_{t-1} + b_f           forget gate
//   i_t = 1 - σ(v_t - β),  β = 1                               what the paper writes in place of an input
//   gate g_t = tanh(W_g x_t + U_g h_{t-1} + b_g)                    candidate h_t = f_t ⊙ h_{t-1} + i_t ⊙ g_t
//   hidden state; it is the cell state, too
//
// Rows f g, with PyTorch's two biases. i_t follows the pre-activation, so a forced f_t leaves it as it was;
// force i as well to move both. The same holds for rules on the pre-activations, v_t of f and β - v_t of i.

#include <array>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"

namespace gatescope::nn {

struct Janet {
  enum : int { f, i, g, h };
  static constexpr int beta = 1;

  static constexpr std::array<Channel, 4> channels{{
      {.symbol = "f",
       .name = "forget gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::forget,
       .keeps = Share::value,
       .activation = Activation::sigmoid},
      {.symbol = "i",
       .name = "input gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::input,
       .writes = Share::value,
       .activation = Activation::sigmoid},
      {.symbol = "g",
       .name = "candidate",
       .role = Role::candidate,
       .low = -1,
       .high = 1,
       .activation = Activation::tanh},
      {"h", "hidden state", Role::hidden_state, -kUnbounded, kUnbounded},
  }};
  static constexpr std::array<State, 1> states{{{h}}};
  static constexpr PytorchRows<2> rows{{{{f, f, h}, {g, g, h}}}};
  static constexpr auto parameters = rows.parameters(Start::recurrent);
  static constexpr std::array<Formula, 4> formulas{{
      {.channel = f, .text = "σ(W x + U h + b)"},
      {.channel = i, .text = "σ(1 − (W x + U h + b))", .rows = f},
      {.channel = g, .text = "tanh(W x + U h + b)"},
      {.channel = h, .text = "fₜ ⊙ hₜ₋₁ + iₜ ⊙ gₜ"},
  }};
  static constexpr CellInfo info{.key = "janet",
                                 .title = "JANET",
                                 .citation = "vanderwesthuizen2018",
                                 .channels = channels,
                                 .states = states,
                                 .output = h,
                                 .parameters = parameters,
                                 .products = rows.products,
                                 .biases = rows.biases,
                                 .formulas = formulas};

  template <class Step>
  static void forward(Step& s) {
    s.recur(h);
    s.activate(i, beta - s[f]);
    s.activate(f);
    s.activate(g);
    s[h] = s[f] * s.prev(h) + s[i] * s[g];
    s.force(h);
  }

  template <class Step>
  static void backward(Step& s) {
    s.d(g) = s.activate_back(g, s.unforce(h, s.d(h)) * s[i]);
    s.d(i) = s.activate_back(i, s.unforce(h, s.d(h)) * s[g]);
    s.d(f) = s.activate_back(f, s.unforce(h, s.d(h)) * s.prev(h)) - s.d(i);
    s.d_prev(h) += s.unforce(h, s.d(h)) * s[f];
    s.recur_back(h);
  }
};

}  // namespace gatescope::nn
