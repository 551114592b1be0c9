#pragma once

// S6, the selective state space of Mamba [gu2024]: N decaying memories a unit, whose speed follows the input.
//
//   v_t = W_v x_t + b_v                                        input
//   u_t = v_t ⊙ σ(v_t)                                         what is written (SiLU)
//   z_t = W_z x_t                                              what the output is weighed by
//   r_t = P u_t                                                the step in few numbers, (R)
//   dt_t = softplus(V r_t + b)                                 step: how much time passes, Δ in the paper
//   B_t = Q u_t,  C_t = S u_t                                  what may enter, what is read, (N)
//   K_t,n = exp(-dt_t ⊙ exp(A_n))                              keep gate, (H x N)
//   w_t,n = dt_t B_t,n                                         write strength, (H x N)
//   m_t,n = K_t,n ⊙ m_{t-1},n + w_t,n ⊙ u_t                    memories, (H x N)
//   y_t = Σ_n C_t,n m_t,n + D ⊙ u_t                            what is read
//   h_t = y_t ⊙ z_t ⊙ σ(z_t)                                   hidden state
//
// A step of 0 keeps everything and takes nothing, a long one forgets and takes the present. K is the exact
// solution over the step (zero-order hold), w the first order of it, as in the authors' program. N = 16 where
// the model says no other, R = H/16 rounded up. Mamba convolves v over four steps before the SiLU, as the
// cell mamba does (mamba.h). exp(A_n) begins at n, D at 1, softplus(b) as a ladder over the units from 0.001
// to 0.1, where the authors draw it at random from this range. As there, A and D do not decay.

#include "core/nn/cells/selective_memory.h"

namespace gatescope::nn {

struct S6 : SelectiveMemory<1, 2> {
  enum : int { v };
  enum : int { weight_ih, bias_ih };

  static constexpr auto channels =
      joined_tables(std::array<Channel, 1>{{of_unit("v", "net input")}}, memory_channels);
  static constexpr std::array<State, 1> states{{{m}}};

  static constexpr auto parameters =
      joined_tables(std::array<ParameterInfo, 2>{{entering, bias("b", "bias_ih")}}, memory_parameters);
  static constexpr std::array<Bias, 2> biases{{{bias_ih, 0, v}, memory_bias}};
  static constexpr auto formulas = joined_tables(
      std::array<Formula, 2>{{{.channel = v, .text = "W x + b"}, {.channel = u, .text = "SiLU(vₜ)"}}},
      memory_formulas);
  static constexpr CellInfo info{
      .key = "s6",
      .title = "S6",
      .citation = "gu2024",
      .channels = channels,
      .states = states,
      .output = h,
      .parameters = parameters,
      .products = products,
      .biases = biases,
      .formulas = formulas,
      .does = {.output_gate = true},
      .sizes = [](Index inputs, Index hidden,
                  Index heads) { return SelectiveMemory::sizes(inputs, hidden, heads, hidden); },
      .free_memories = true,
  };

  template <class Step>
  static void forward(Step& s) {
    s.force(v);
    s.activate(u, s[v]);
    s.force(z);
    remember(s);
  }

  template <class Step>
  static void backward(Step& s) {
    remember_back(s);
    s.d(u) = s.activate_back_at(u, s[v], s.d(u));
    s.d(v) = s.unforce(v, s.d(u));
  }
};

}  // namespace gatescope::nn
