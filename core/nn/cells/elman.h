#pragma once

// The simple recurrent network [elman1990].
//
//   a_t = W x_t + b_ih + U h_{t-1} + b_hh                      net input
//   h_t = φ(a_t)                                                hidden state, φ = tanh or ReLU
//
// With ReLU, U begins as the identity and the biases at zero [le2015], unless the experiment says otherwise.

#include <array>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"

namespace gatescope::nn {

template <bool Relu>
struct ElmanCell {
  enum : int { a, h };

  static constexpr std::array<Channel, 2> channels{{
      {"a", "net input", Role::internal, -kUnbounded, kUnbounded},
      {.symbol = "h",
       .name = "hidden state",
       .role = Role::hidden_state,
       .low = Relu ? 0 : -1,
       .high = Relu ? kUnbounded : 1,
       .activation = Relu ? Activation::relu : Activation::tanh},
  }};
  static constexpr std::array<State, 1> states{{{h}}};
  static constexpr PytorchRows<1> rows{{{{a, a, h}}}};
  static constexpr auto parameters = rows.parameters(Relu ? Start::identity : Start::recurrent);
  static constexpr std::array<Formula, 2> formulas{{
      {.channel = a, .text = "W x + U h + b"},
      {.channel = h, .text = Relu ? "ReLU(aₜ)" : "tanh(aₜ)"},
  }};
  static constexpr CellInfo info{
      .key = Relu ? "rnn_relu" : "rnn",
      .title = Relu ? "ReLU RNN" : "RNN",
      .citation = Relu ? "le2015" : "elman1990",
      .channels = channels,
      .states = states,
      .output = h,
      .parameters = parameters,
      .products = rows.products,
      .biases = rows.biases,
      .formulas = formulas,
  };

  template <class Step>
  static void forward(Step& s) {
    s.recur(h);
    s.force(a);
    s.activate(h, s[a]);
  }

  template <class Step>
  static void backward(Step& s) {
    s.d(a) = s.unforce(a, s.activate_back(h, s.d(h)));
    s.recur_back(h);
  }
};

using Rnn = ElmanCell<false>;
using RnnRelu = ElmanCell<true>;

}  // namespace gatescope::nn
