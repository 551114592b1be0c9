#pragma once

// Mamba's mixer [gu2024]: S6 behind a convolution of its own (s6.h).
//
//   v_t = W_v x_t                                              input
//   c_t = Σ_{k < 4} T_k ⊙ v_{t-3+k} + b                        its convolution over four steps
//   u_t = SiLU(c_t)                                            what is written
//   z_t, r_t, dt_t, B_t, C_t, K_t, w_t, m_t, y_t, h_t          as in S6
//
// The convolution hands its terms on as they come: c1_t is what c_{t+1} gets of what was read by then, c2_t
// and c3_t are the same of c_{t+2} and c_{t+3}.
//
//   c_t  = T_3 ⊙ v_t + c1_{t-1} + b,   c1_t = T_2 ⊙ v_t + c2_{t-1}
//   c2_t = T_1 ⊙ v_t + c3_{t-1},       c3_t = T_0 ⊙ v_t
//
// N = 16 where the model says no other, R = I/16 rounded up. The authors' block has a norm before the mixer,
// a matrix and the input's sum behind it (blocks.h), twice as many units as the numbers that go from block to
// block (ModelSpec::width), and one more norm before the read-out. T begins as PyTorch's convolution, in its
// order, the present last.

#include "core/nn/cells/selective_memory.h"

namespace gatescope::nn {

struct Mamba : SelectiveMemory<5, 3> {
  enum : int { v, c, c1, c2, c3 };
  enum : int { weight_ih, conv1d_weight, conv1d_bias };

  static constexpr auto channels = joined_tables(
      std::array<Channel, 5>{
          {of_unit("v", "input of the convolution"), of_unit("c", "convolution of the input"),
           of_unit("c1", "convolution a step ahead"), of_unit("c2", "convolution two steps ahead"),
           of_unit("c3", "convolution three steps ahead")}},
      memory_channels);
  static constexpr std::array<State, 4> states{{{c1}, {c2}, {c3}, {m}}};

  static constexpr auto parameters = joined_tables(
      std::array<ParameterInfo, 3>{{entering,
                                    weights("T", "conv1d_weight", kUnits, {.times = 4}, Start::fan_in),
                                    bias("b", "conv1d_bias")}},
      memory_parameters);
  static constexpr std::array<Bias, 2> biases{{{conv1d_bias, 0, c}, memory_bias}};
  static constexpr auto formulas =
      joined_tables(std::array<Formula, 6>{{
                        {.channel = v, .text = "W x"},
                        {.channel = c, .text = "T ⊙ vₜ + c1ₜ₋₁ + b", .peephole = 3},
                        {.channel = c1, .text = "T ⊙ vₜ + c2ₜ₋₁", .peephole = 2},
                        {.channel = c2, .text = "T ⊙ vₜ + c3ₜ₋₁", .peephole = 1},
                        {.channel = c3, .text = "T ⊙ vₜ", .peephole = 0},
                        {.channel = u, .text = "SiLU(cₜ)"},
                    }},
                    memory_formulas);
  static constexpr CellInfo info{
      .key = "mamba",
      .title = "Mamba",
      .citation = "gu2024",
      .channels = channels,
      .states = states,
      .output = h,
      .parameters = parameters,
      .products = products,
      .biases = biases,
      .formulas = formulas,
      .does = {.conv = true, .output_gate = true},
      .sizes = [](Index inputs, Index hidden,
                  Index heads) { return SelectiveMemory::sizes(inputs, hidden, heads, inputs); },
      .free_memories = true,
  };

  template <class Step>
  static void forward(Step& s) {
    s.force(v);
    const auto input = s[v];
    s[c] = s[c] + s.parameter(conv1d_weight, 3) * input + s.prev(c1);
    s[c1] = s.parameter(conv1d_weight, 2) * input + s.prev(c2);
    s[c2] = s.parameter(conv1d_weight, 1) * input + s.prev(c3);
    s[c3] = s.parameter(conv1d_weight, 0) * input;
    for (const int k : {c, c1, c2, c3}) s.force(k);
    s.activate(u, s[c]);
    s.force(z);
    remember(s);
  }

  template <class Step>
  static void backward(Step& s) {
    remember_back(s);
    s.d(u) = s.activate_back_at(u, s[c], s.d(u));
    s.d(c) = s.unforce(c, s.d(u));
    const auto input = s[v], of_c = s.d(c);
    const auto of_c1 = s.unforce(c1, s.d(c1));
    const auto of_c2 = s.unforce(c2, s.d(c2));
    const auto of_c3 = s.unforce(c3, s.d(c3));
    s.d_prev(c1) += of_c;
    s.d_prev(c2) += of_c1;
    s.d_prev(c3) += of_c2;
    s.parameter_back(conv1d_weight, of_c * input, 3);
    s.parameter_back(conv1d_weight, of_c1 * input, 2);
    s.parameter_back(conv1d_weight, of_c2 * input, 1);
    s.parameter_back(conv1d_weight, of_c3 * input, 0);
    s.d(v) = s.unforce(v, of_c * s.parameter(conv1d_weight, 3) + of_c1 * s.parameter(conv1d_weight, 2) +
                              of_c2 * s.parameter(conv1d_weight, 1) + of_c3 * s.parameter(conv1d_weight, 0));
  }
};

}  // namespace gatescope::nn
