#pragma once

// A block of RWKV-4 [peng2023]: time mixing, then channel mixing, each beside a residual connection.
//
//   n_t ... o_t                                                time mixing (rwkv4.h)
//   m_t = e_t + o_t                                            middle of the block
//   mz_t = ν_z ⊙ m_t + (1 - ν_z) ⊙ m_{t-1}, mq_t alike         token shift of its own
//   q_t = σ(Q mq_t)                                            receptance
//   z_t = ReLU(Z mz_t),  s_t = z_t ⊙ z_t                       key, and its square, (H x 4)
//   a_t = A s_t                                                value
//   h_t = m_t + q_t ⊙ a_t                                      hidden state
//
// Channel mixing remembers nothing but the step before. The paper's layer norms before either part are left
// out; a layer has one of its own before the whole block (input_filter.h). ν begins as in the authors' first
// block (BlinkDL/RWKV-LM, RWKV-v4), Q at 0. A begins at 0 there, too; here, like O, as PyTorch's linear
// layers do.

#include <array>

#include "core/nn/cells/rwkv4.h"

namespace gatescope::nn {

/// The rows of one table, and after them those of another.
template <class Row, std::size_t N, std::size_t M>
constexpr std::array<Row, N + M> both_tables(const std::array<Row, N>& first,
                                             const std::array<Row, M>& second) {
  std::array<Row, N + M> all{};
  for (std::size_t k = 0; k < N; ++k) all[k] = first[k];
  for (std::size_t k = 0; k < M; ++k) all[N + k] = second[k];
  return all;
}

struct Rwkv4Block {
  using Time = Rwkv4;
  enum : int { e = Time::e, o = Time::o, h = Time::h, m, mz, mq, q, z, s, a };
  enum : int { weight_z = Time::bonus + 1, weight_q, weight_a, shift_z, shift_q };
  static constexpr Index kWider = 4;
  static constexpr int breaks = Time::breaks + 2;  // mz and mq together, and s

  static constexpr auto channels = both_tables(
      Time::channels, std::array<Channel, 7>{{
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
                      }});
  static constexpr auto states = both_tables(Time::states, std::array<State, 1>{{{m}}});
  static constexpr auto parameters = both_tables(
      Time::parameters, std::array<ParameterInfo, 5>{{
                            Rwkv4Parameter::weights("Z", "weight_z", Start::fan_in, kUnitMemories),
                            Rwkv4Parameter::weights("Q", "weight_q", Start::zero),
                            Rwkv4Parameter::weights("A", "weight_a", Start::fan_in, kUnits, kUnitMemories),
                            Rwkv4Parameter::units("νz", "nu_z", Time::begin_of_shift),
                            Rwkv4Parameter::units("νq", "nu_q", Time::begin_of_shift),
                        }});
  static constexpr auto products =
      both_tables(Time::products,
                  std::array<Product, 3>{{{weight_z, 0, mz, z}, {weight_q, 0, mq, q}, {weight_a, 0, s, a}}});
  static constexpr auto formulas = [] {
    auto all = both_tables(Time::formulas, std::array<Formula, 7>{{
                                               {.channel = mz, .text = "νz ⊙ mₜ + (1 − νz) ⊙ mₜ₋₁"},
                                               {.channel = mq, .text = "νq ⊙ mₜ + (1 − νq) ⊙ mₜ₋₁"},
                                               {.channel = q, .text = "σ(Q mq)"},
                                               {.channel = z, .text = "ReLU(Z mz)"},
                                               {.channel = s, .text = "zₜ ⊙ zₜ"},
                                               {.channel = a, .text = "A s"},
                                               {.channel = h, .text = "mₜ + qₜ ⊙ aₜ"},
                                           }});
    all[Time::formulas.size() - 1] = {.channel = m, .text = "eₜ + oₜ"};  // in the place of h
    return all;
  }();
  static constexpr CellInfo info{
      .key = "rwkv4_block",
      .title = "RWKV-4 block",
      .citation = "peng2023",
      .channels = channels,
      .states = states,
      .output = h,
      .parameters = parameters,
      .products = products,
      .biases = Time::biases,
      .formulas = formulas,
      .does =
          {.token_shift = true, .head_norm = true, .output_gate = true, .projection = true, .residual = true},
      .sizes =
          [](Index inputs, Index hidden, Index heads) {
            return Sizes{.inputs = inputs, .hidden = hidden, .memories = kWider, .heads = heads};
          },
  };

  template <class Step>
  static void forward(Step& at) {
    Time::mix_time(at);
    at[m] = at[e] + at[o];
    at.force(m);
    Time::shift(at, m, mz, shift_z);
    Time::shift(at, m, mq, shift_q);
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
    at.d(m) += of_h;
    at.clear_gradient(s);
    at.recur_back(s);
    for (Index k = 0; k < kWider; ++k)
      at.d(z, k) = at.activate_back(z, 2 * at.unforce(s, at.d(s, k), k) * at.now(z, k), k);
    for (const int shifted : {mz, mq}) at.d(shifted) = at.zero();
    at.recur_back(mz, mq);
    Time::shift_back(at, m, mz, shift_z);
    Time::shift_back(at, m, mq, shift_q);
    const auto of_m = at.unforce(m, at.d(m));
    at.d(e) += of_m;
    Time::mix_time_back(at, of_m);
  }
};

}  // namespace gatescope::nn
