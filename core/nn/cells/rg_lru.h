#pragma once

// RG-LRU, the real-gated linear recurrent unit of Griffin [de2024].
//
//   u_t = W x_t + b                                            candidate
//   r_t = σ(R u_t + b_r)                                       recurrence gate
//   i_t = σ(I u_t + b_i)                                       input gate
//   l_t = -8 r_t ⊙ softplus(Λ)                                 logarithm of the keep gate
//   a_t = exp(l_t)                                             keep gate
//   w_t = sqrt(1 - e^{2 l_t}) ⊙ i_t                            write strength
//   h_t = a_t ⊙ h_{t-1} + w_t ⊙ u_t                            hidden state
//
// A closed r keeps everything and writes nothing, an open one forgets at the unit's own speed. What is
// written is scaled so that h keeps its variance. W stands for Griffin's linear layer before the recurrence,
// as the gates act on H numbers; its convolution is `--conv 4`, its GeLU branch is left out. With several
// heads R and I connect the units of a head alone, (H, d), as the authors' block-diagonal layers. A rule on
// `a` changes what is kept and not what is written; one on `l` or `r` changes both.
//
// Apart from the authors' program (google-deepmind/recurrentgemma, torch/layers.py): 1 - a^2 is computed from
// l without losing digits where a is all but 1, so that the root's gradient, which is clipped at 1000 there,
// is the exact one here: where the root is too steep the gate's sigmoid is as flat. The first step of a text
// is scaled as all others, there it is not. e^{-softplus(Λ)} begins as a ladder over the units from 0.9 to
// 0.999, at the quantiles of the distribution that is drawn from there.

#include <array>
#include <cmath>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"

namespace gatescope::nn {

struct RgLru {
  enum : int { u, r, i, l, a, w, h };
  enum : int { weight_ih, bias_ih, weight_r, bias_r, weight_i, bias_i, lambda };

  static constexpr std::array<Channel, 7> channels{{
      {"u", "candidate", Role::candidate, -kUnbounded, kUnbounded},
      {.symbol = "r",
       .name = "recurrence gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .activation = Activation::sigmoid},
      {.symbol = "i",
       .name = "input gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::input,
       .activation = Activation::sigmoid},
      {"l", "logarithm of the keep gate", Role::internal, -kUnbounded, 0},
      {.symbol = "a",
       .name = "keep gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::forget,
       .keeps = Share::value,
       .activation = Activation::exponential},
      {.symbol = "w",
       .name = "write strength",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::update,
       .writes = Share::value},
      {"h", "hidden state", Role::hidden_state, -kUnbounded, kUnbounded},
  }};
  static constexpr std::array<State, 1> states{{{h}}};

  /// e^{-softplus(Λ)} is 0.9 for the first unit and 0.999 for the last, its square an even ladder.
  static double ladder(Index unit, Index, Index units) {
    const double part = units < 2 ? 0.5 : static_cast<double>(unit) / static_cast<double>(units - 1);
    const double square = 0.9 * 0.9 + part * (0.999 * 0.999 - 0.9 * 0.9);
    return std::log(std::expm1(-0.5 * std::log(square)));
  }
  static constexpr std::array<ParameterInfo, 7> parameters{{
      {.letter = "W", .name = "weight_ih", .rows = kUnits, .cols = kInputWidth, .start = Start::input},
      PytorchRows<1>::bias("bias_ih"),
      {.letter = "R", .name = "weight_r", .rows = kUnits, .cols = kHeadWidth, .start = Start::fan_in},
      PytorchRows<1>::bias("bias_r"),
      {.letter = "I", .name = "weight_i", .rows = kUnits, .cols = kHeadWidth, .start = Start::fan_in},
      PytorchRows<1>::bias("bias_i"),
      {.letter = "Λ",
       .name = "Lambda",
       .rows = kUnits,
       .is_vector = true,
       .start = Start::own,
       .begin = ladder,
       .decay = Decay::no},
  }};
  static constexpr std::array<Product, 3> products{
      {{weight_ih, 0, kInput, u}, {weight_r, 0, u, r}, {weight_i, 0, u, i}}};
  static constexpr std::array<Bias, 3> biases{{{bias_ih, 0, u}, {bias_r, 0, r}, {bias_i, 0, i}}};
  static constexpr std::array<Formula, 7> formulas{{
      {.channel = u, .text = "W x + b"},
      {.channel = r, .text = "σ(R u + b)"},
      {.channel = i, .text = "σ(I u + b)"},
      {.channel = l, .text = "−8 ⊙ rₜ ⊙ softplus(Λ)"},
      {.channel = a, .text = "exp(lₜ)"},
      {.channel = w, .text = "sqrt(1 − exp(2 ⊙ lₜ)) ⊙ iₜ"},
      {.channel = h, .text = "aₜ ⊙ hₜ₋₁ + wₜ ⊙ uₜ"},
  }};
  static constexpr CellInfo info{.key = "rg_lru",
                                 .title = "RG-LRU",
                                 .citation = "de2024",
                                 .channels = channels,
                                 .states = states,
                                 .output = h,
                                 .parameters = parameters,
                                 .products = products,
                                 .biases = biases,
                                 .formulas = formulas};

  template <class Step>
  static void forward(Step& s) {
    s.force(u);
    s.recur(u);
    s.activate(r);
    s.activate(i);
    s[l] = -8 * s[r] * s.parameter(lambda).softplus();
    s.force(l);
    s.activate(a, s[l]);
    s[w] = rest_of_exp(2 * s[l]).root() * s[i];
    s.force(w);
    s[h] = s[a] * s.prev(h) + s[w] * s[u];
    s.force(h);
  }

  template <class Step>
  static void backward(Step& s) {
    const auto of_h = s.unforce(h, s.d(h)), root = rest_of_exp(2 * s[l]).root();
    s.d(w) = s.unforce(w, of_h * s[u]);
    s.d(i) = s.activate_back(i, s.d(w) * root);
    s.d(a) = s.activate_back(a, of_h * s.prev(h));
    // d root / dl = -e^{2l} / root, and e^{2l} = 1 - root^2
    s.d(l) = s.unforce(l, s.d(a) - s.d(w) * s[i] * (1 - root.square()) / root);
    const auto speed = -8 * s.parameter(lambda).softplus();
    s.d(r) = s.activate_back(r, s.d(l) * speed);
    s.parameter_back(lambda, -8 * s.d(l) * s[r] * s.parameter(lambda).logistic());
    s.d_prev(h) += of_h * s[a];
    s.d(u) = of_h * s[w];
    s.recur_back(u);
    s.d(u) = s.unforce(u, s.d(u));
  }
};

}  // namespace gatescope::nn
