#pragma once

// A block of RWKV-4 [peng2023]: time mixing, then channel mixing, each beside a residual connection; without
// the paper's layer norms [ba2016] or, as in the authors' programs, with one before either part.
//
//   without norms                       with norms
//   n_t = W x_t + b                     the same               the block's input in H numbers
//   e_t = n_t                           γ_e ⊙ |n_t| + β_e      what time mixing reads
//   ek_t ... o_t                        the same               time mixing (rwkv4.h)
//   m_t = e_t + o_t                     n_t + o_t              middle of the block
//                                       mn_t = γ_m ⊙ |m_t| + β_m, what channel mixing reads
//   mz_t = ν_z ⊙ m_t + (1 - ν_z) ⊙ m_{t-1}, mq_t alike         token shift of its own, of mn_t with norms
//   q_t = σ(Q mq_t)                                            receptance
//   z_t = ReLU(Z mz_t),  s_t = z_t ⊙ z_t                       key, and its square, (H x 4)
//   a_t = A s_t                                                value
//   h_t = m_t + q_t ⊙ a_t                                      hidden state
//
// |n| is n less its mean over the units and over their deviation, sqrt(mean of squares + 1e-5). Channel
// mixing remembers nothing but the step before. Without norms a layer may have one before the whole block
// (input_filter.h). ν begins as in the authors' first block (BlinkDL/RWKV-LM, RWKV-v4), Q at 0. A begins at 0
// there, too; here, like O, as PyTorch's linear layers do. γ begins at 1, β at 0. With norms W begins as the
// identity where H numbers come in: a stack of such blocks is the authors'.

#include <array>

#include "core/nn/cells/rwkv4.h"

namespace gatescope::nn {

template <bool Normed>
struct Rwkv4BlockOf {
  using Time = Rwkv4;
  enum : int { n = Time::n, e = Time::e, o = Time::o, h = Time::h, m, mz, mq, q, z, s, a, mn };
  enum : int {
    weight_z = Time::bonus + 1,
    weight_q,
    weight_a,
    shift_z,
    shift_q,
    gain_e,
    offset_e,
    gain_m,
    offset_m
  };
  static constexpr Index kWider = 4;
  static constexpr int kMixed = Normed ? mn : m;  // what channel mixing reads
  /// mz and mq together, and s; and the norms' n and m.
  static constexpr int breaks = Time::breaks + 2 + (Normed ? 2 : 0);

  static constexpr auto channels = [] {
    const std::array<Channel, 7> of_channels{{
        {"m", "middle of the block", Role::internal, -kUnbounded, kUnbounded},
        {"mz", "shifted middle of the key", Role::internal, -kUnbounded, kUnbounded},
        {"mq", "shifted middle of the receptance", Role::internal, -kUnbounded, kUnbounded},
        {.symbol = "q",
         .name = "receptance of the channels",
         .role = Role::gate,
         .low = 0,
         .high = 1,
         .activation = Activation::sigmoid},
        {.symbol = "z",
         .name = "key of the channels",
         .role = Role::internal,
         .low = 0,
         .high = kUnbounded,
         .extent = kUnitMemories,
         .activation = Activation::relu},
        {.symbol = "s",
         .name = "squared key",
         .role = Role::internal,
         .low = 0,
         .high = kUnbounded,
         .extent = kUnitMemories},
        {"a", "value of the channels", Role::internal, -kUnbounded, kUnbounded},
    }};
    auto all = joined_tables(Time::channels, of_channels);
    if constexpr (Normed) {
      all[n].name = "input in units";
      all[e].name = "normed input of the block";
      return joined_tables(all,
                           std::array<Channel, 1>{{
                               {"mn", "normed middle of the block", Role::internal, -kUnbounded, kUnbounded},
                           }});
    } else {
      return all;
    }
  }();
  static constexpr auto states = joined_tables(Time::states, std::array<State, 1>{{{kMixed}}});
  static constexpr auto parameters = [] {
    using Of = Rwkv4Parameter;
    const std::array<ParameterInfo, 5> of_channels{{
        Of::weights("Z", "weight_z", Start::fan_in, kUnitMemories),
        Of::weights("Q", "weight_q", Start::zero),
        Of::weights("A", "weight_a", Start::fan_in, kUnits, kUnitMemories),
        Of::units("νz", "nu_z", Time::begin_of_shift),
        Of::units("νq", "nu_q", Time::begin_of_shift),
    }};
    auto all = joined_tables(Time::parameters, of_channels);
    if constexpr (Normed) {
      constexpr auto one = [](Index, Index, Index) { return 1.0; };
      constexpr auto nothing = [](Index, Index, Index) { return 0.0; };
      all[Time::weight_ih].start = Start::passing;
      return joined_tables(all, std::array<ParameterInfo, 4>{{
                                    Of::units("γe", "time_norm_weight", one),
                                    Of::units("βe", "time_norm_bias", nothing),
                                    Of::units("γm", "channel_norm_weight", one),
                                    Of::units("βm", "channel_norm_bias", nothing),
                                }});
    } else {
      return all;
    }
  }();
  static constexpr auto products = joined_tables(
      Time::products,
      std::array<Product, 3>{{{weight_z, 0, mz, z}, {weight_q, 0, mq, q}, {weight_a, 0, s, a}}});
  static constexpr auto formulas = [] {
    auto time = Time::formulas;
    Formula& middle = time[Time::formulas.size() - 1];  // in the place of h
    middle = {.channel = m, .text = Normed ? "nₜ + oₜ" : "eₜ + oₜ"};
    const std::array<Formula, 2> shifts{{
        {.channel = mz, .text = Normed ? "νz ⊙ mnₜ + (1 − νz) ⊙ mnₜ₋₁" : "νz ⊙ mₜ + (1 − νz) ⊙ mₜ₋₁"},
        {.channel = mq, .text = Normed ? "νq ⊙ mnₜ + (1 − νq) ⊙ mnₜ₋₁" : "νq ⊙ mₜ + (1 − νq) ⊙ mₜ₋₁"},
    }};
    const std::array<Formula, 5> rest{{
        {.channel = q, .text = "σ(Q mq)"},
        {.channel = z, .text = "ReLU(Z mz)"},
        {.channel = s, .text = "zₜ ⊙ zₜ"},
        {.channel = a, .text = "A s"},
        {.channel = h, .text = "mₜ + qₜ ⊙ aₜ"},
    }};
    if constexpr (Normed) {
      time[e] = {.channel = e, .text = "γe ⊙ norm(nₜ) + βe"};
      const std::array<Formula, 1> normed{{{.channel = mn, .text = "γm ⊙ norm(mₜ) + βm"}}};
      return joined_tables(time, normed, shifts, rest);
    } else {
      return joined_tables(time, shifts, rest);
    }
  }();
  static constexpr CellInfo info{
      .key = Normed ? "rwkv4_prenorm" : "rwkv4_block",
      .title = Normed ? "RWKV-4 block with norms" : "RWKV-4 block",
      .citation = "peng2023",
      .channels = channels,
      .states = states,
      .output = h,
      .parameters = parameters,
      .products = products,
      .biases = Time::biases,
      .formulas = formulas,
      .does = {.norm = Normed,
               .token_shift = true,
               .head_norm = true,
               .output_gate = true,
               .projection = true,
               .residual = true},
      .sizes =
          [](Index inputs, Index hidden, Index heads) {
            return Sizes{.inputs = inputs, .hidden = hidden, .memories = kWider, .heads = heads};
          },
  };

  template <class Step>
  static void forward(Step& at) {
    at.force(n);
    if constexpr (Normed) {
      normalise(at, n, e, gain_e, offset_e);
    } else {
      at[e] = at[n];
      at.force(e);
    }
    Time::mix_time(at);
    at[m] = at[Normed ? n : e] + at[o];
    at.force(m);
    if constexpr (Normed) normalise(at, m, mn, gain_m, offset_m);
    Time::shift(at, kMixed, mz, shift_z);
    Time::shift(at, kMixed, mq, shift_q);
    at.recur(mz, mq);
    at.activate(q);
    for (Index k = 0; k < kWider; ++k) {
      at.activate(z, at.now(z, k), k);
      at.now(s, k) = at.now(z, k).square();
      at.force(s, k);
    }
    at.recur(s);
    at.force(a);
    at[h] = at[m] + at[q] * at[a];
    at.force(h);
  }

  template <class Step>
  static void backward(Step& at) {
    const auto of_h = at.unforce(h, at.d(h));
    at.d(q) = at.activate_back(q, of_h * at[a]);
    at.d(a) = at.unforce(a, of_h * at[q]);
    if constexpr (!Normed) at.d(m) += of_h;
    at.clear_gradient(s);
    at.recur_back(s);
    for (Index k = 0; k < kWider; ++k)
      at.d(z, k) = at.activate_back(z, 2 * at.unforce(s, at.d(s, k), k) * at.now(z, k), k);
    for (const int shifted : {mz, mq}) at.d(shifted) = at.zero();
    at.recur_back(mz, mq);
    Time::shift_back(at, kMixed, mz, shift_z);
    Time::shift_back(at, kMixed, mq, shift_q);
    if constexpr (Normed) at.d(m) = of_h + normalise_back(at, m, mn, gain_m, offset_m);
    const auto of_m = at.unforce(m, at.d(m));
    if constexpr (!Normed) at.d(e) += of_m;
    Time::mix_time_back(at, of_m);
    if constexpr (Normed)
      at.d(n) = at.unforce(n, of_m + normalise_back(at, n, e, gain_e, offset_e));
    else
      at.d(n) = at.unforce(n, at.unforce(e, at.d(e)));
  }

 private:
  /// to_t = γ ⊙ |from_t| + β.
  template <class Step>
  static void normalise(Step& at, int from, int to, int gain, int offset) {
    at.gather();
    at[to] = at.parameter(gain) * at.normed(from) + at.parameter(offset);
    at.force(to);
  }
  /// Its adjoint: dL/dfrom, of which the channel's gradient holds dL/d|from| meanwhile.
  template <class Step>
  static auto normalise_back(Step& at, int from, int to, int gain, int offset) {
    const auto of_to = at.unforce(to, at.d(to));
    at.parameter_back(gain, of_to * at.normed(from));
    at.parameter_back(offset, of_to);
    at.d(from) = at.parameter(gain) * of_to;
    at.gather();
    return at.normed_back(from);
  }
};

using Rwkv4Block = Rwkv4BlockOf<false>;
using Rwkv4Prenorm = Rwkv4BlockOf<true>;

}  // namespace gatescope::nn
