#pragma once

// Long short-term memory [hochreiter1997] with forget gates [gers2000forget], optionally with peepholes
// [gers2000peephole] and with a coupled input-forget gate [greff2017].
//
//   i_t = σ(W_i x_t + U_i h_{t-1} + p_i ⊙ c_{t-1} + b_i)      input gate; coupled: i_t = 1 - f_t
//   f_t = σ(W_f x_t + U_f h_{t-1} + p_f ⊙ c_{t-1} + b_f)      forget gate
//   g_t = tanh(W_g x_t + U_g h_{t-1} + b_g)                    candidate
//   c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t                            cell state
//   o_t = σ(W_o x_t + U_o h_{t-1} + p_o ⊙ c_t + b_o)          output gate; its peephole sees c_t
//   h_t = o_t ⊙ s_t,  s_t = tanh(c_t)                          hidden state
//
// Rows stand in PyTorch's order i f g o (coupled: f g o). Each row block has two biases, as there.
// A forced forget gate also moves the coupled input gate: i_t = 1 - f_t holds for the forget gate in use.

#include <array>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"

namespace gatescope::nn {

template <bool Peepholes, bool Coupled>
struct LstmCell {
  enum : int { i, f, g, o, c, h, squashed };
  enum : int { p_f, p_o, p_i };       // columns of the peepholes
  static constexpr int peephole = 4;  // their place among the parameters

  static constexpr std::array<Channel, 7> channels{{
      {.symbol = "i",
       .name = "input gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::input,
       .writes = Share::value,
       .activation = Coupled ? Activation::none : Activation::sigmoid},
      {.symbol = "f",
       .name = "forget gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::forget,
       .keeps = Share::value,
       .activation = Activation::sigmoid},
      {.symbol = "g",
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
      {"c", "cell state", Role::cell_state, -kUnbounded, kUnbounded},
      {"h", "hidden state", Role::hidden_state, -1, 1},
      {.symbol = "s",
       .name = "squashed cell state",
       .role = Role::internal,
       .low = -1,
       .high = 1,
       .activation = Activation::tanh},
  }};
  static constexpr int breaks = 1, breaks_back = 0;  // a pause before the cell state's tanh
  static constexpr std::array<State, 2> states{{{h}, {c}}};
  static constexpr auto rows = [] {
    if constexpr (Coupled)
      return PytorchRows<3>{{{{f, f, h}, {g, g, h}, {o, o, h}}}};
    else
      return PytorchRows<4>{{{{i, i, h}, {f, f, h}, {g, g, h}, {o, o, h}}}};
  }();
  static constexpr auto parameters = [] {
    if constexpr (Peepholes)
      return rows.parameters(Start::recurrent, ParameterInfo{.letter = "p",
                                                             .name = "peephole",
                                                             .rows = kUnits,
                                                             .cols = {Coupled ? 2 : 3},
                                                             .start = Start::uniform});
    else
      return rows.parameters(Start::recurrent);
  }();
  static constexpr std::string_view gate = "σ(W x + U h + b)", peeping = "σ(W x + U h + p ⊙ cₜ₋₁ + b)";
  static constexpr std::array<Formula, 7> formulas{{
      {.channel = f, .text = Peepholes ? peeping : gate, .peephole = p_f},
      {.channel = i,
       .text = Coupled     ? "1 − fₜ"
               : Peepholes ? peeping
                           : gate,
       .peephole = p_i},
      {.channel = g, .text = "tanh(W x + U h + b)"},
      {.channel = c, .text = "fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ"},
      {.channel = o, .text = Peepholes ? "σ(W x + U h + p ⊙ cₜ + b)" : gate, .peephole = p_o},
      {.channel = squashed, .text = "tanh(cₜ)", .inlined = true},
      {.channel = h, .text = "oₜ ⊙ sₜ"},
  }};
  static constexpr CellInfo info{
      .key = Peepholes ? (Coupled ? "lstm_coupled_peephole" : "lstm_peephole")
                       : (Coupled ? "lstm_coupled" : "lstm"),
      .title = Peepholes ? (Coupled ? "coupled LSTM with peepholes" : "LSTM with peepholes")
                         : (Coupled ? "coupled LSTM" : "LSTM"),
      .citation = Coupled     ? "greff2017"
                  : Peepholes ? "gers2000peephole"
                              : "gers2000forget",
      .channels = channels,
      .states = states,
      .output = h,
      .parameters = parameters,
      .products = rows.products,
      .biases = rows.biases,
      .formulas = formulas,
      .squashes = true,
  };

  template <class Step>
  static void forward(Step& s) {
    s.recur(h);
    if constexpr (Peepholes) s[f] += s.prev(c) * s.parameter(peephole, p_f);
    s.activate(f);
    if constexpr (Coupled) {
      s[i] = 1 - s[f];
      s.force(i);
    } else {
      if constexpr (Peepholes) s[i] += s.prev(c) * s.parameter(peephole, p_i);
      s.activate(i);
    }
    s.activate(g);
    s[c] = s[f] * s.prev(c) + s[i] * s[g];
    s.force(c);
    if constexpr (Peepholes) s[o] += s[c] * s.parameter(peephole, p_o);
    s.activate(o);
    s.pause();
    s.activate(squashed, s[c]);
    s[h] = s[o] * s[squashed];
    s.force(h);
  }

  // d(k) is dL/dk for states, and dL/d(pre-activation of k) for everything with an activation.
  template <class Step>
  static void backward(Step& s) {
    s.d(o) = s.activate_back(o, s.unforce(h, s.d(h)) * s[squashed]);
    if constexpr (Peepholes) {
      s.d(c) += s.d(o) * s.parameter(peephole, p_o);
      s.parameter_back(peephole, s.d(o) * s[c], p_o);
    }
    s.d(c) += s.activate_back(squashed, s.unforce(h, s.d(h)) * s[o]);
    s.d(g) = s.activate_back(g, s.unforce(c, s.d(c)) * s[i]);
    s.d(i) = s.unforce(i, s.unforce(c, s.d(c)) * s[g]);
    if constexpr (Coupled) {
      s.d(f) = s.activate_back(f, s.unforce(c, s.d(c)) * s.prev(c) - s.d(i));
    } else {
      s.d(i) *= s.slope(i);
      s.d(f) = s.activate_back(f, s.unforce(c, s.d(c)) * s.prev(c));
    }
    s.d_prev(c) += s.unforce(c, s.d(c)) * s[f];
    if constexpr (Peepholes) {
      s.d_prev(c) += s.d(f) * s.parameter(peephole, p_f);
      s.parameter_back(peephole, s.d(f) * s.prev(c), p_f);
      if constexpr (!Coupled) {
        s.d_prev(c) += s.d(i) * s.parameter(peephole, p_i);
        s.parameter_back(peephole, s.d(i) * s.prev(c), p_i);
      }
    }
    s.recur_back(h);
  }
};

using Lstm = LstmCell<false, false>;
using LstmPeephole = LstmCell<true, false>;
using LstmCoupled = LstmCell<false, true>;
using LstmCoupledPeephole = LstmCell<true, true>;

}  // namespace gatescope::nn
