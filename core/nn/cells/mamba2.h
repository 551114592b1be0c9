#pragma once

// The state space of Mamba-2 [dao2024]: a matrix for a memory with one decay a head (matrix_memory.h).
//
//   q_t = W_q x_t,  k_t = W_k x_t                              query and key, C and B in the paper, (G x N)
//   v_t = W_v x_t + b_v,  u_t = v_t ⊙ σ(v_t)                   what is written (SiLU)
//   z_t = W_z x_t                                              what the output is weighed by
//   T_t = W_T x_t + b_T,  A_t = a                              the step before its softplus, the speed, (G)
//   dt_t = softplus(T_t)                                       step: how much time passes, Δ in the paper
//   f_t = exp(-dt_t ⊙ exp(A_t))                                forget gate
//   w_t,n = dt_t k_t,n                                         write strength, (H x N)
//   m_t,n = f_t ⊙ m_{t-1},n + w_t,n ⊙ u_t                      memory, (H x N)
//   y_t = Σ_n q_t,n m_t,n + D ⊙ u_t                            what is read
//   h_t = y_t ⊙ z_t ⊙ σ(z_t)                                   hidden state
//
// S6 has a speed for every number of a unit (s6.h); here a head has one. The paper's keys and queries are the
// same for all heads, with one head here as well. Steps and speeds begin on ladders over the heads,
// softplus(b) from 0.001 to 0.1 and exp(a) from 1 to 16, where the authors draw them from these ranges.

#include "core/nn/cells/matrix_memory.h"

namespace gatescope::nn {

struct Mamba2 {
  enum : int { q, k, v, u, z, T, A, dt, f, w, m, y, h };
  enum : int { weight_ih, weight_dt, bias_v, bias_dt, A_log, D };
  using Of = MatrixMemory;

  static constexpr std::array<Channel, 13> channels{{
      Of::keys("q", "query of the head"),
      Of::keys("k", "key of the head"),
      Of::of_unit("v", "net input"),
      {.symbol = "u",
       .name = "candidate",
       .role = Role::candidate,
       .low = -0.28,
       .high = kUnbounded,
       .activation = Activation::silu},
      Of::of_unit("z", "output weight before its SiLU"),
      Of::of_head("T", "step before its softplus"),
      Of::of_head("A", "logarithm of the speed"),
      Of::step(),
      Of::gate("f", "forget gate", Gate::forget, Share::value, Activation::exponential),
      Of::write("write strength"),
      Of::memory(),
      Of::of_unit("y", "read-out by the query"),
      Of::of_unit("h", "hidden state", Role::hidden_state),
  }};
  static constexpr int breaks_back = 1;
  static constexpr std::array<State, 1> states{{{m}}};

  static constexpr std::array<ParameterInfo, 6> parameters{{
      Of::weights("W", "weight_ih", 4 * kUnits),
      Of::weights("V", "weight_dt", kHeads),
      Of::bias("b", "bias_v", kUnits),
      Of::bias("b", "bias_dt", kHeads),
      Of::bias("a", "A_log", kHeads),
      Of::skip(),
  }};
  static constexpr std::array<Product, 5> products{{{weight_ih, 0, kInput, q},
                                                    {weight_ih, 1, kInput, k},
                                                    {weight_ih, 2, kInput, v},
                                                    {weight_ih, 3, kInput, z},
                                                    {weight_dt, 0, kInput, T}}};
  static constexpr std::array<Bias, 3> biases{
      {{.parameter = bias_v, .block = 0, .to = v},
       {.parameter = bias_dt, .block = 0, .to = T, .start = Of::step_ladder},
       {.parameter = A_log, .block = 0, .to = A, .start = Of::speed_ladder}}};
  static constexpr std::array<Formula, 13> formulas{{
      {.channel = q, .text = "W x"},
      {.channel = k, .text = "W x"},
      {.channel = v, .text = "W x + b"},
      {.channel = u, .text = "SiLU(vₜ)"},
      {.channel = z, .text = "W x"},
      {.channel = T, .text = "V x + b"},
      {.channel = A, .text = "a"},
      {.channel = dt, .text = "softplus(Tₜ)"},
      {.channel = f, .text = "exp(−dtₜ ⊙ exp(Aₜ))"},
      {.channel = w, .text = "dtₜ ⊙ kₜ"},
      {.channel = m, .text = "fₜ ⊙ mₜ₋₁ + wₜ ⊙ uₜ"},
      {.channel = y, .text = "Σ(qₜ ⊙ mₜ) + D ⊙ uₜ"},
      {.channel = h, .text = "yₜ ⊙ SiLU(zₜ)"},
  }};
  static constexpr CellInfo info{.key = "mamba2",
                                 .title = "Mamba-2",
                                 .citation = "dao2024",
                                 .channels = channels,
                                 .states = states,
                                 .output = h,
                                 .parameters = parameters,
                                 .products = products,
                                 .biases = biases,
                                 .formulas = formulas,
                                 .does = {.output_gate = true},
                                 .sizes = Of::sizes};

  template <class Step>
  static void forward(Step& s) {
    for (const int numbers : {q, k, T, A}) s.force_numbers(numbers);
    s.force(v);
    s.activate(u, s[v]);
    s.force(z);
    s.activate(dt, s.of_head(T));
    s.activate(f, 0 - s[dt] * exp(s.of_head(A)));
    const auto step = s[dt], kept = s[f], candidate = s[u];
    auto read = s.parameter(D) * candidate;
    for (Index n = 0; n < s.memories(); ++n) {
      const auto written = s.forced(w, step * s.of_head(k, n), n);
      read = read + s.of_head(q, n) * s.forced(m, kept * s.prev(m, n) + written * candidate, n);
    }
    WeighedOutput<Mamba2>::forward(s, read);
  }

  template <class Step>
  static void backward(Step& s) {
    WeighedOutput<Mamba2>::backward(s);
    const auto speed = exp(s.of_head(A));
    s.parameter_back(D, s.d(y) * s[u]);
    for (const int numbers : {q, k, T, A}) s.clear_gradient(numbers);
    const auto of_y = s.d(y), step = s[dt], kept = s[f], candidate = s[u];
    auto of_u = of_y * s.parameter(D), of_f = s.zero(), of_step = s.zero();
    for (Index n = 0; n < s.memories(); ++n) {
      const auto key = s.of_head(k, n);
      s.of_head_back(q, of_y * s.now(m, n), n);
      const auto of_m = s.unforce(m, s.total(m, of_y * s.of_head(q, n), n), n);
      const auto of_w = s.unforce(w, of_m * candidate, n);
      s.show_gradient(w, of_w, n);
      s.of_head_back(k, of_w * step, n);
      of_step = of_step + of_w * key;
      of_f = of_f + of_m * s.prev(m, n);
      of_u = of_u + of_m * s.again(w, step * key, n);
      s.lead_back(m, of_m * kept, n);
    }
    s.d(f) = s.activate_back(f, of_f);
    s.of_head_back(A, 0 - s.d(f) * s[dt] * speed);
    s.d(dt) = s.activate_back(dt, of_step - s.d(f) * speed);
    s.of_head_back(T, s.d(dt));
    s.d(u) = s.activate_back_at(u, s[v], of_u);
    s.d(v) = s.unforce(v, s.d(u));
    s.gather();
    for (const int numbers : {q, k, T, A}) s.unforce_numbers(numbers);
  }
};

}  // namespace gatescope::nn
