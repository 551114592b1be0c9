#pragma once

// Gated recurrent units, in the two published forms.
//
//   r_t = σ(W_r x_t + b_ir + U_r h_{t-1} + b_hr)               reset gate
//   z_t = σ(W_z x_t + b_iz + U_z h_{t-1} + b_hz)               update gate
//
// reset before the product [cho2014]                reset after the product (cuDNN, PyTorch) [appleyard2016]
//   p_t = r_t ⊙ h_{t-1}                               q_t = U_n h_{t-1} + b_hn
//   n_t = tanh(W_n x_t + b_in + U_n p_t + b_hn)       n_t = tanh(W_n x_t + b_in + r_t ⊙ q_t)   candidate
//
//   h_t = z_t ⊙ h_{t-1} + (1 - z_t) ⊙ n_t                      hidden state
//
// z = 1 keeps the old state, as in Cho et al. 2014 (eq. 7) and PyTorch. Chung et al. 2014 [chung2014] write
// it the other way round: there z = 1 takes the candidate. Rows stand in PyTorch's order r z n.

#include <array>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"

namespace gatescope::nn {

/// Reset after the product.
struct Gru {
  enum : int { r, z, n, q, h };

  static constexpr std::array<Channel, 5> channels{{
      {.symbol = "r",
       .name = "reset gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::reset,
       .activation = Activation::sigmoid},
      {.symbol = "z",
       .name = "update gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::update,
       .keeps = Share::value,
       .writes = Share::rest,
       .activation = Activation::sigmoid},
      {.symbol = "n",
       .name = "candidate",
       .role = Role::candidate,
       .low = -1,
       .high = 1,
       .activation = Activation::tanh},
      {"q", "recurrent part of the candidate", Role::internal, -kUnbounded, kUnbounded},
      {"h", "hidden state", Role::hidden_state, -1, 1},
  }};
  static constexpr int breaks = 1, breaks_back = 0;  // a pause before the candidate's tanh
  static constexpr std::array<State, 1> states{{{h}}};
  static constexpr PytorchRows<3> rows{{{{r, r, h}, {z, z, h}, {n, q, h}}}};
  static constexpr auto parameters = rows.parameters(Start::recurrent);
  static constexpr std::array<Formula, 5> formulas{{
      {.channel = r, .text = "σ(W x + U h + b)"},
      {.channel = z, .text = "σ(W x + U h + b)"},
      {.channel = q, .text = "U h + b"},
      {.channel = n, .text = "tanh(W x + b + rₜ ⊙ qₜ)"},
      {.channel = h, .text = "zₜ ⊙ hₜ₋₁ + (1 − zₜ) ⊙ nₜ"},
  }};
  static constexpr CellInfo info{.key = "gru",
                                 .title = "GRU",
                                 .citation = "appleyard2016",
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
    s.activate(r);
    s.activate(z);
    s.force(q);
    s.pause();
    s.activate(n, s[n] + s[r] * s[q]);
    s[h] = s[z] * s.prev(h) + (1 - s[z]) * s[n];
    s.force(h);
  }

  template <class Step>
  static void backward(Step& s) {
    s.d(n) = s.activate_back(n, s.unforce(h, s.d(h)) * (1 - s[z]));
    s.d(z) = s.activate_back(z, s.unforce(h, s.d(h)) * (s.prev(h) - s[n]));
    s.d(q) = s.unforce(q, s.d(n) * s[r]);
    s.d(r) = s.activate_back(r, s.d(n) * s[q]);
    s.d_prev(h) += s.unforce(h, s.d(h)) * s[z];
    s.recur_back(h);
  }
};

/// Reset before the product.
struct GruBefore {
  enum : int { r, z, n, p, h };

  static constexpr std::array<Channel, 5> channels{{
      {.symbol = "r",
       .name = "reset gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::reset,
       .activation = Activation::sigmoid},
      {.symbol = "z",
       .name = "update gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::update,
       .keeps = Share::value,
       .writes = Share::rest,
       .activation = Activation::sigmoid},
      {.symbol = "n",
       .name = "candidate",
       .role = Role::candidate,
       .low = -1,
       .high = 1,
       .activation = Activation::tanh},
      {"p", "hidden state after reset", Role::internal, -1, 1},
      {"h", "hidden state", Role::hidden_state, -1, 1},
  }};
  static constexpr std::array<State, 1> states{{{h}}};
  static constexpr PytorchRows<3> rows{{{{r, r, h}, {z, z, h}, {n, n, p}}}};
  static constexpr auto parameters = rows.parameters(Start::recurrent);
  static constexpr std::array<Formula, 5> formulas{{
      {.channel = r, .text = "σ(W x + U h + b)"},
      {.channel = z, .text = "σ(W x + U h + b)"},
      {.channel = p, .text = "rₜ ⊙ hₜ₋₁"},
      {.channel = n, .text = "tanh(W x + U p + b)"},
      {.channel = h, .text = "zₜ ⊙ hₜ₋₁ + (1 − zₜ) ⊙ nₜ"},
  }};
  static constexpr CellInfo info{.key = "gru_before",
                                 .title = "GRU, reset before the product",
                                 .citation = "cho2014",
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
    s.activate(r);
    s.activate(z);
    s[p] = s[r] * s.prev(h);
    s.force(p);
    s.recur(p);
    s.activate(n);
    s[h] = s[z] * s.prev(h) + (1 - s[z]) * s[n];
    s.force(h);
  }

  template <class Step>
  static void backward(Step& s) {
    s.d(n) = s.activate_back(n, s.unforce(h, s.d(h)) * (1 - s[z]));
    s.d(z) = s.activate_back(z, s.unforce(h, s.d(h)) * (s.prev(h) - s[n]));
    s.d(p).setZero();
    s.recur_back(p);
    s.d(r) = s.activate_back(r, s.unforce(p, s.d(p)) * s.prev(h));
    s.d_prev(h) += s.unforce(h, s.d(h)) * s[z] + s.unforce(p, s.d(p)) * s[r];
    s.recur_back(h);
  }
};

}  // namespace gatescope::nn
