#pragma once

// minLSTM [feng2024]: an LSTM without output gate whose gates and candidate do not see the state.
//
//   f_t = σ(W_f x_t + b_f)                                     forget gate
//   i_t = σ(W_i x_t + b_i)                                     input gate
//   z_t = W_z x_t + b_z                                        candidate
//   k_t = f_t / (f_t + i_t)                                    keep gate, f' in the paper
//   w_t = i_t / (f_t + i_t)                                    write gate, i' in the paper
//   h_t = k_t ⊙ h_{t-1} + w_t ⊙ z_t                            hidden state
//
// k and w add up to 1, so that h is a weighted mean of the candidates: its scale does not depend on the time.
// With both gates closed nothing is kept and nothing written. The paper trains it by a parallel scan; here it
// runs step by step like every other cell, with the same result. The candidate is linear, as in the paper's
// main text; a variant of its appendix keeps it positive. Rows f i z.

#include <array>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"

namespace gatescope::nn {

struct MinLstm {
  enum : int { f, i, z, k, w, h };

  static constexpr std::array<Channel, 6> channels{{
      {.symbol = "f",
       .name = "forget gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::forget,
       .activation = Activation::sigmoid},
      {.symbol = "i",
       .name = "input gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::input,
       .activation = Activation::sigmoid},
      {"z", "candidate", Role::candidate, -kUnbounded, kUnbounded},
      {.symbol = "k", .name = "keep gate", .role = Role::gate, .low = 0, .high = 1, .keeps = Share::value},
      {.symbol = "w",
       .name = "write gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::update,
       .writes = Share::value},
      {"h", "hidden state", Role::hidden_state, -kUnbounded, kUnbounded},
  }};
  static constexpr std::array<State, 1> states{{{h}}};
  static constexpr PytorchRows<3, false> rows{{{{f, kNone, kNone}, {i, kNone, kNone}, {z, kNone, kNone}}}};
  static constexpr auto parameters = rows.parameters(Start::recurrent);
  static constexpr std::array<Formula, 6> formulas{{
      {.channel = f, .text = "σ(W x + b)"},
      {.channel = i, .text = "σ(W x + b)"},
      {.channel = z, .text = "W x + b"},
      {.channel = k, .text = "fₜ / (fₜ + iₜ)"},
      {.channel = w, .text = "iₜ / (fₜ + iₜ)"},
      {.channel = h, .text = "kₜ ⊙ hₜ₋₁ + wₜ ⊙ zₜ"},
  }};
  static constexpr CellInfo info{.key = "minlstm",
                                 .title = "minLSTM",
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
    s.activate(f);
    s.activate(i);
    s.force(z);
    const auto both = s[f] + s[i];
    s[k] = s[f] / both;
    s.force(k);
    s[w] = s[i] / both;
    s.force(w);
    s[h] = s[k] * s.prev(h) + s[w] * s[z];
    s.force(h);
  }

  template <class Step>
  static void backward(Step& s) {
    const auto of_h = s.unforce(h, s.d(h));
    s.d(z) = s.unforce(z, of_h * s[w]);
    s.d(k) = s.unforce(k, of_h * s.prev(h));
    s.d(w) = s.unforce(w, of_h * s[z]);
    const auto apart = s.d(k) - s.d(w), both = s[f] + s[i];
    s.d(f) = s.activate_back(f, apart * s.raw(w) / both);
    s.d(i) = s.activate_back(i, 0 - apart * s.raw(k) / both);
    s.d_prev(h) += of_h * s[k];
  }
};

}  // namespace gatescope::nn
