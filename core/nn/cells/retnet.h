#pragma once

// RetNet's retention [sun2023]: a matrix for a memory that decays whatever is read (matrix_memory.h). The
// control beside the others: no gate.
//
//   q_t = W_q x_t,  k_t = W_k x_t                              query and key, (G x N)
//   v_t = W_v x_t,  z_t = W_z x_t                              value, and what the output is weighed by
//   A_t = a                                                    logarithm of the decay, (G)
//   f_t = exp(-exp(A_t))                                       what stays, γ in the paper
//   w_t,n = k_t,n                                              write strength, (H x N)
//   m_t,n = f_t ⊙ m_{t-1},n + w_t,n ⊙ v_t                      memory, (H x N)
//   y_t = Σ_n q_t,n m_t,n                                      what is read
//   h_t = y_t ⊙ z_t ⊙ σ(z_t)                                   hidden state
//
// γ begins at 1 - 2^{-5-g} for head g, where the paper leaves it; here it learns, as every number of a
// network. A rule on f holds it. The paper's rotation of queries and keys is left out.

#include "core/nn/cells/matrix_memory.h"

namespace gatescope::nn {

struct Retnet {
  enum : int { q, k, v, z, A, f, w, m, y, h };
  enum : int { weight_ih, A_log };
  using Of = MatrixMemory;

  static constexpr std::array<Channel, 10> channels{{
      Of::keys("q", "query of the head"),
      Of::keys("k", "key of the head"),
      Of::of_unit("v", "value", Role::candidate),
      Of::of_unit("z", "output weight before its SiLU"),
      Of::of_head("A", "logarithm of the decay"),
      Of::gate("f", "decay", Gate::forget, Share::value, Activation::exponential),
      Of::write("write strength"),
      Of::memory(),
      Of::of_unit("y", "read-out by the query"),
      Of::of_unit("h", "hidden state", Role::hidden_state),
  }};
  static constexpr int breaks_back = 1;
  static constexpr std::array<State, 1> states{{{m}}};

  static double decay_ladder(Index head, Index) {
    return std::log(-std::log1p(-std::exp2(-5 - static_cast<double>(head))));
  }
  static constexpr std::array<ParameterInfo, 2> parameters{{
      Of::weights("W", "weight_ih", 4 * kUnits),
      Of::bias("a", "A_log", kHeads),
  }};
  static constexpr std::array<Product, 4> products{{{weight_ih, 0, kInput, q},
                                                    {weight_ih, 1, kInput, k},
                                                    {weight_ih, 2, kInput, v},
                                                    {weight_ih, 3, kInput, z}}};
  static constexpr std::array<Bias, 1> biases{
      {{.parameter = A_log, .block = 0, .to = A, .start = decay_ladder}}};
  static constexpr std::array<Formula, 10> formulas{{
      {.channel = q, .text = "W x"},
      {.channel = k, .text = "W x"},
      {.channel = v, .text = "W x"},
      {.channel = z, .text = "W x"},
      {.channel = A, .text = "a"},
      {.channel = f, .text = "exp(−exp(Aₜ))"},
      {.channel = w, .text = "kₜ"},
      {.channel = m, .text = "fₜ ⊙ mₜ₋₁ + wₜ ⊙ vₜ"},
      {.channel = y, .text = "Σ(qₜ ⊙ mₜ)"},
      {.channel = h, .text = "yₜ ⊙ SiLU(zₜ)"},
  }};
  static constexpr CellInfo info{.key = "retnet",
                                 .title = "RetNet",
                                 .citation = "sun2023",
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
    for (const int numbers : {q, k, A}) s.force_numbers(numbers);
    s.force(v);
    s.force(z);
    s.activate(f, 0 - exp(s.of_head(A)));
    const auto kept = s[f], value = s[v];
    auto read = s.zero();
    for (Index n = 0; n < s.memories(); ++n) {
      const auto written = s.forced(w, s.of_head(k, n), n);
      read = read + s.of_head(q, n) * s.forced(m, kept * s.prev(m, n) + written * value, n);
    }
    WeighedOutput<Retnet>::forward(s, read);
  }

  template <class Step>
  static void backward(Step& s) {
    WeighedOutput<Retnet>::backward(s);
    for (const int numbers : {q, k, A}) s.clear_gradient(numbers);
    const auto of_y = s.d(y), kept = s[f], value = s[v];
    auto of_v = s.zero(), of_f = s.zero();
    for (Index n = 0; n < s.memories(); ++n) {
      s.of_head_back(q, of_y * s.now(m, n), n);
      const auto of_m = s.unforce(m, s.total(m, of_y * s.of_head(q, n), n), n);
      const auto of_w = s.unforce(w, of_m * value, n);
      s.show_gradient(w, of_w, n);
      s.of_head_back(k, of_w, n);
      of_v = of_v + of_m * s.again(w, s.of_head(k, n), n);
      of_f = of_f + of_m * s.prev(m, n);
      s.lead_back(m, of_m * kept, n);
    }
    s.d(v) = s.unforce(v, of_v);
    s.d(f) = s.activate_back(f, of_f);
    s.of_head_back(A, 0 - s.d(f) * exp(s.of_head(A)));
    s.gather();
    for (const int numbers : {q, k, A}) s.unforce_numbers(numbers);
  }
};

}  // namespace gatescope::nn
