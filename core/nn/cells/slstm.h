#pragma once

// sLSTM, the LSTM with an exponential input gate and a normaliser [beck2024].
//
//   i_t = W_i x_t + U_i h_{t-1} + b_i                          input gate, as the exponent of e
//   f_t = σ(W_f x_t + U_f h_{t-1} + b_f)                       forget gate
//   z_t = tanh(W_z x_t + U_z h_{t-1} + b_z)                    candidate
//   o_t = σ(W_o x_t + U_o h_{t-1} + b_o)                       output gate
//   l_t = log(f_t ⊙ e^{l_{t-1}} + e^{i_t})                     logarithm of the normaliser n_t
//   w_t = e^{i_t} / n_t = σ(i_t - log f_t - l_{t-1})           write gate: the share that the present gets
//   c_t = (1 - w_t) ⊙ c_{t-1} + w_t ⊙ z_t                      cell state over the normaliser
//   h_t = o_t ⊙ c_t                                            hidden state
//
// The paper keeps c_t n_t and n_t, both over e^{m_t} with m_t = max(log f_t + m_{t-1}, i_t). This is the same
// network: c_t is their quotient, a mean of all candidates, and n_t = e^{l_t}. With several heads U connects
// the units of a head alone, (4H, d), d = H / heads. U begins at 0, the bias of f as a ladder over the units
// of a head, 5 - 12 (j/(d - 1))^0.3, as the authors' program (NX-AI/xlstm, slstm/cell.py, where it is called
// powerlaw_blockdependent) begins its first block; its last has 1.6. Rows i f z o with two biases.

#include <array>
#include <cmath>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"

namespace gatescope::nn {

struct Slstm {
  enum : int { i, f, z, o, w, c, l, h };

  static constexpr std::array<Channel, 8> channels{{
      exponent({"i", "input gate's exponent", Role::internal, -kUnbounded, kUnbounded}),
      {.symbol = "f",
       .name = "forget gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::forget,
       .activation = Activation::sigmoid},
      {.symbol = "z",
       .name = "candidate",
       .role = Role::candidate,
       .low = -1,
       .high = 1,
       .activation = Activation::tanh},
      {.symbol = "o",
       .name = "output gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::output,
       .activation = Activation::sigmoid},
      {.symbol = "w",
       .name = "write gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::input,
       .keeps = Share::rest,
       .writes = Share::value,
       .activation = Activation::sigmoid},
      {"c", "cell state", Role::cell_state, -1, 1},
      {"l", "logarithm of the normaliser", Role::internal, -kUnbounded, kUnbounded},
      {"h", "hidden state", Role::hidden_state, -1, 1},
  }};
  /// Before the first step the normaliser is 0: whatever comes first is taken whole.
  static constexpr std::array<State, 3> states{{{h}, {c}, {l, kNoNormaliser}}};
  static constexpr PytorchRows<4> rows{{{{i, i, h}, {f, f, h}, {z, z, h}, {o, o, h}}}};
  static constexpr auto parameters = [] {
    auto all = rows.parameters(Start::zero);
    all[rows.weight_hh].cols = kHeadWidth;
    return all;
  }();
  static double ladder(Index unit, Index hidden) {
    return hidden < 2 ? 5
                      : 5 - 12 * std::pow(static_cast<double>(unit) / static_cast<double>(hidden - 1), 0.3);
  }
  static constexpr auto biases = [] {
    auto all = rows.biases;
    for (Bias& bias : all)
      if (bias.to == f && bias.parameter == rows.bias_ih) bias.start = ladder;
    return all;
  }();
  static constexpr std::array<Formula, 8> formulas{{
      {.channel = i, .text = "W x + U h + b"},
      {.channel = f, .text = "σ(W x + U h + b)"},
      {.channel = z, .text = "tanh(W x + U h + b)"},
      {.channel = w, .text = "σ(iₜ − log(fₜ) − lₜ₋₁)"},
      {.channel = l, .text = "log(fₜ ⊙ exp(lₜ₋₁) + exp(iₜ))"},
      {.channel = c, .text = "(1 − wₜ) ⊙ cₜ₋₁ + wₜ ⊙ zₜ"},
      {.channel = o, .text = "σ(W x + U h + b)"},
      {.channel = h, .text = "oₜ ⊙ cₜ"},
  }};
  static constexpr CellInfo info{.key = "slstm",
                                 .title = "sLSTM",
                                 .citation = "beck2024",
                                 .channels = channels,
                                 .states = states,
                                 .output = h,
                                 .parameters = parameters,
                                 .products = rows.products,
                                 .biases = biases,
                                 .formulas = formulas};

  template <class Step>
  static void forward(Step& s) {
    s.recur(h);
    s.force(i);
    s.activate(f);
    s.activate(z);
    s.activate(o);
    const auto kept = log(s[f]) + s.prev(l);
    s.activate(w, s[i] - kept);
    s[l] = log_of_sum(kept, s[i]);
    s.force(l);
    s[c] = (1 - s[w]) * s.prev(c) + s[w] * s[z];
    s.force(c);
    s[h] = s[o] * s[c];
    s.force(h);
  }

  template <class Step>
  static void backward(Step& s) {
    s.d(o) = s.activate_back(o, s.unforce(h, s.d(h)) * s[c]);
    s.d(c) += s.unforce(h, s.d(h)) * s[o];
    s.d(z) = s.activate_back(z, s.unforce(c, s.d(c)) * s[w]);
    s.d(w) = s.activate_back(w, s.unforce(c, s.d(c)) * (s[z] - s.prev(c)));
    s.d(i) = s.unforce(i, s.d(w) + s.unforce(l, s.d(l)) * s.raw(w));
    const auto of_kept = s.unforce(l, s.d(l)) * (1 - s.raw(w)) - s.d(w);
    s.d(f) = s.activate_back(f, of_kept * slope_of_log(s[f]));
    s.d_prev(l) += of_kept;
    s.d_prev(c) += s.unforce(c, s.d(c)) * (1 - s[w]);
    s.recur_back(h);
  }
};

}  // namespace gatescope::nn
