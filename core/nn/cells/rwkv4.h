#pragma once

// RWKV-4, the time mixing of the receptance weighted key value network [peng2023].
//
//   n_t = W x_t + b,  e_t = n_t                                the input in H numbers
//   ek_t = μ_k ⊙ e_t + (1 - μ_k) ⊙ e_{t-1}, ev_t, er_t alike   token shift
//   r_t = σ(R er_t)                                            receptance
//   k_t = K ek_t                                               key: the input gate, as the exponent of e
//   v_t = V ev_t                                               value
//   p_t = σ(u + k_t - l_{t-1})                                 weight of the present as it is read
//   y_t = (1 - p_t) ⊙ c_{t-1} + p_t ⊙ v_t                      what is read, wkv in the paper
//   w_t = σ(k_t + e^d - l_{t-1})                               write gate: the share that the present gets
//   l_t = log(e^{l_{t-1} - e^d} + e^{k_t})                     logarithm of the normaliser
//   c_t = (1 - w_t) ⊙ c_{t-1} + w_t ⊙ v_t                      cell state: mean of all values
//   g_t = r_t ⊙ y_t,  o_t = O g_t,  h_t = o_t                  hidden state
//
// The paper keeps the sums a_t = e^{-e^d} a_{t-1} + e^{k_t} v_t and b_t, the same with v = 1, both over a
// common power of e against overflow. This is the same network: c_t is their quotient and b_t = e^{l_t}, no
// number can overflow, and the share of the present is an ordinary gate in (0, 1). The present is read with a
// bonus u that the memory does not keep. The decay e^d is a constant of the unit: nothing in the input closes
// a forget gate, a large key does it by outweighing the past.
//
// n stands for the paper's embedding: here a layer may have any number of inputs. Its layer norms, its
// residual connections and its channel mixing are in the whole block (rwkv4_block.h). d, u, μ begin
// as in the authors' first block (BlinkDL/RWKV-LM, RWKV-v4), on a ladder over the units, K and R at 0. O
// begins at 0 there, too; here as PyTorch's linear layers do, because without a residual connection nothing
// would get past it.

#include <array>
#include <cmath>

#include "core/nn/cell.h"
#include "core/nn/cells/ranges.h"

namespace gatescope::nn {

/// What most parameters of these layers are.
struct Rwkv4Parameter {
  static constexpr ParameterInfo weights(std::string_view letter, std::string_view name, Start start,
                                         Extent rows = kUnits, Extent cols = kUnits) {
    return {.letter = letter, .name = name, .rows = rows, .cols = cols, .start = start};
  }
  static constexpr ParameterInfo units(std::string_view letter, std::string_view name,
                                       double (*begin)(Index, Index, Index)) {
    return {.letter = letter,
            .name = name,
            .rows = kUnits,
            .is_vector = true,
            .start = Start::own,
            .begin = begin,
            .decay = Decay::no};
  }
};

struct Rwkv4 {
  enum : int { n, e, ek, ev, er, r, k, v, p, y, w, l, c, g, o, h };
  enum : int {
    weight_ih,
    bias_ih,
    weight_k,
    weight_v,
    weight_r,
    weight_o,
    shift_k,
    shift_v,
    shift_r,
    decay,
    bonus
  };

  static constexpr std::array<Channel, 16> channels{{
      {"n", "net input", Role::internal, -kUnbounded, kUnbounded},
      {"e", "input in units", Role::internal, -kUnbounded, kUnbounded},
      {"ek", "shifted input of the key", Role::internal, -kUnbounded, kUnbounded},
      {"ev", "shifted input of the value", Role::internal, -kUnbounded, kUnbounded},
      {"er", "shifted input of the receptance", Role::internal, -kUnbounded, kUnbounded},
      {.symbol = "r",
       .name = "receptance",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::output,
       .activation = Activation::sigmoid},
      exponent({"k", "key", Role::internal, -kUnbounded, kUnbounded}),
      {"v", "value", Role::candidate, -kUnbounded, kUnbounded},
      {.symbol = "p",
       .name = "weight of the present",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::update,
       .activation = Activation::sigmoid},
      {"y", "read-out of the memory", Role::internal, -kUnbounded, kUnbounded},
      {.symbol = "w",
       .name = "write gate",
       .role = Role::gate,
       .low = 0,
       .high = 1,
       .gate = Gate::input,
       .keeps = Share::rest,
       .writes = Share::value,
       .activation = Activation::sigmoid},
      {"l", "logarithm of the normaliser", Role::internal, -kUnbounded, kUnbounded},
      {"c", "cell state", Role::cell_state, -kUnbounded, kUnbounded},
      {"g", "received read-out", Role::internal, -kUnbounded, kUnbounded},
      {"o", "output", Role::internal, -kUnbounded, kUnbounded},
      {"h", "hidden state", Role::hidden_state, -kUnbounded, kUnbounded},
  }};
  /// Products wait for ek, ev and er, which come together, and for g.
  static constexpr int breaks = 2;
  /// Before the first step the normaliser is 0: whatever comes first is taken whole.
  static constexpr std::array<State, 3> states{{{e}, {l, kNoNormaliser}, {c}}};

  static double part(Index unit, Index units) {
    return units < 2 ? 0.5 : static_cast<double>(unit) / static_cast<double>(units - 1);
  }
  /// From -5, 148 steps, to 3, all but none.
  static double begin_of_decay(Index unit, Index, Index units) {
    return -5 + 8 * std::pow(part(unit, units), 0.7);
  }
  static double begin_of_bonus(Index unit, Index, Index) {
    return std::log(0.3) + 0.5 * static_cast<double>((unit + 1) % 3 - 1);
  }
  static double begin_of_shift(Index unit, Index, Index units) {
    return static_cast<double>(unit) / static_cast<double>(units);
  }
  static double begin_of_receptance_shift(Index unit, Index, Index units) {
    return std::sqrt(begin_of_shift(unit, 0, units));
  }
  static constexpr auto parameters = [] {
    using Of = Rwkv4Parameter;
    return std::array<ParameterInfo, 11>{{
        {.letter = "W", .name = "weight_ih", .rows = kUnits, .cols = kInputWidth, .start = Start::input},
        PytorchRows<1>::bias("bias_ih"),
        Of::weights("K", "weight_k", Start::zero),
        Of::weights("V", "weight_v", Start::fan_in),
        Of::weights("R", "weight_r", Start::zero),
        Of::weights("O", "weight_o", Start::fan_in),
        Of::units("μk", "mu_k", begin_of_shift),
        Of::units("μv", "mu_v", begin_of_shift),
        Of::units("μr", "mu_r", begin_of_receptance_shift),
        Of::units("d", "decay", begin_of_decay),
        Of::units("u", "bonus", begin_of_bonus),
    }};
  }();
  static constexpr std::array<Product, 5> products{{{weight_ih, 0, kInput, n},
                                                    {weight_k, 0, ek, k},
                                                    {weight_v, 0, ev, v},
                                                    {weight_r, 0, er, r},
                                                    {weight_o, 0, g, o}}};
  static constexpr std::array<Bias, 1> biases{{{bias_ih, 0, n}}};
  static constexpr std::array<Formula, 16> formulas{{
      {.channel = n, .text = "W x + b"},
      {.channel = e, .text = "nₜ"},
      {.channel = ek, .text = "μk ⊙ eₜ + (1 − μk) ⊙ eₜ₋₁"},
      {.channel = ev, .text = "μv ⊙ eₜ + (1 − μv) ⊙ eₜ₋₁"},
      {.channel = er, .text = "μr ⊙ eₜ + (1 − μr) ⊙ eₜ₋₁"},
      {.channel = r, .text = "σ(R er)"},
      {.channel = k, .text = "K ek"},
      {.channel = v, .text = "V ev"},
      {.channel = p, .text = "σ(u + kₜ − lₜ₋₁)"},
      {.channel = y, .text = "(1 − pₜ) ⊙ cₜ₋₁ + pₜ ⊙ vₜ"},
      {.channel = w, .text = "σ(kₜ + exp(d) − lₜ₋₁)"},
      {.channel = l, .text = "log(exp(lₜ₋₁ − exp(d)) + exp(kₜ))"},
      {.channel = c, .text = "(1 − wₜ) ⊙ cₜ₋₁ + wₜ ⊙ vₜ"},
      {.channel = g, .text = "rₜ ⊙ yₜ"},
      {.channel = o, .text = "O g"},
      {.channel = h, .text = "oₜ"},
  }};
  /// Time mixing is a shift, a receptance and a matrix; a norm of heads came with later versions of RWKV.
  static constexpr LayerOptions does{
      .token_shift = true, .head_norm = true, .output_gate = true, .projection = true};
  static constexpr CellInfo info{.key = "rwkv4",
                                 .title = "RWKV-4",
                                 .citation = "peng2023",
                                 .channels = channels,
                                 .states = states,
                                 .output = h,
                                 .parameters = parameters,
                                 .products = products,
                                 .biases = biases,
                                 .formulas = formulas,
                                 .does = does};

  template <class Step>
  static void forward(Step& s) {
    s.force(n);
    s[e] = s[n];
    s.force(e);
    mix_time(s);
    s[h] = s[o];
    s.force(h);
  }

  template <class Step>
  static void backward(Step& s) {
    mix_time_back(s, s.unforce(h, s.d(h)));
    s.d(n) = s.unforce(n, s.unforce(e, s.d(e)));
  }

  /// From e to o.
  template <class Step>
  static void mix_time(Step& s) {
    shift(s, e, ek, shift_k);
    shift(s, e, ev, shift_v);
    shift(s, e, er, shift_r);
    s.recur(ek, ev, er);
    s.force(k);
    s.force(v);
    s.activate(r);
    s.activate(p, s.parameter(bonus) + s[k] - s.prev(l));
    s[y] = (1 - s[p]) * s.prev(c) + s[p] * s[v];
    s.force(y);
    const auto kept = s.prev(l) - exp(s.parameter(decay));
    s.activate(w, s[k] - kept);
    s[l] = log_of_sum(kept, s[k]);
    s.force(l);
    s[c] = (1 - s[w]) * s.prev(c) + s[w] * s[v];
    s.force(c);
    s[g] = s[r] * s[y];
    s.force(g);
    s.recur(g);
    s.force(o);
  }
  /// Its adjoint.
  template <class Step, class Value>
  static void mix_time_back(Step& s, const Value& of_o) {
    s.d(o) = s.unforce(o, of_o);
    s.d(g) = s.zero();
    s.recur_back(g);
    const auto of_g = s.unforce(g, s.d(g)), of_c = s.unforce(c, s.d(c)), of_l = s.unforce(l, s.d(l));
    s.d(r) = s.activate_back(r, of_g * s[y]);
    s.d(y) = s.unforce(y, of_g * s[r]);
    s.d(p) = s.activate_back(p, s.d(y) * (s[v] - s.prev(c)));
    s.d(w) = s.activate_back(w, of_c * (s[v] - s.prev(c)));
    s.d(v) = s.unforce(v, s.d(y) * s[p] + of_c * s[w]);
    s.d(k) = s.unforce(k, s.d(p) + s.d(w) + of_l * s.raw(w));
    const auto of_kept = of_l * (1 - s.raw(w)) - s.d(w);
    s.d_prev(l) += of_kept - s.d(p);
    s.d_prev(c) += s.d(y) * (1 - s[p]) + of_c * (1 - s[w]);
    s.parameter_back(bonus, s.d(p));
    s.parameter_back(decay, 0 - of_kept * exp(s.parameter(decay)));
    for (const int shifted : {ek, ev, er}) s.d(shifted) = s.zero();
    s.recur_back(ek, ev, er);
    shift_back(s, e, ek, shift_k);
    shift_back(s, e, ev, shift_v);
    shift_back(s, e, er, shift_r);
  }

  /// shifted_t = μ ⊙ from_t + (1 - μ) ⊙ from_{t-1}, and its adjoint.
  template <class Step>
  static void shift(Step& s, int from, int shifted, int mu) {
    s[shifted] = s.parameter(mu) * s[from] + (1 - s.parameter(mu)) * s.prev(from);
    s.force(shifted);
  }
  template <class Step>
  static void shift_back(Step& s, int from, int shifted, int mu) {
    const auto of_shifted = s.unforce(shifted, s.d(shifted));
    s.parameter_back(mu, of_shifted * (s[from] - s.prev(from)));
    s.d(from) += of_shifted * s.parameter(mu);
    s.d_prev(from) += of_shifted * (1 - s.parameter(mu));
  }
};

}  // namespace gatescope::nn
