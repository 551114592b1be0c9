#pragma once

// Gated linear attention [yang2024]: a matrix for a memory with a decay for every key (matrix_memory.h).
//
//   q_t = W_q x_t,  k_t = W_k x_t                              query and key, (G x N)
//   v_t = W_v x_t,  z_t = W_z x_t                              value, and what the output is weighed by
//   A_t = W_a x_t + b_a                                        keep gate before its function, (G x N)
//   K_t,n = σ(A_t,n)^{1/16}                                    keep gate, (H x N)
//   w_t,n = k_t,n                                              write strength, (H x N)
//   m_t,n = K_t,n ⊙ m_{t-1},n + w_t,n ⊙ v_t                    memory, (H x N)
//   y_t = Σ_n q_t,n m_t,n                                      what is read
//   h_t = y_t ⊙ z_t ⊙ σ(z_t)                                   hidden state
//
// The root of the sixteenth order is the paper's, so that gates begin near 1. Its W_a is a product of two
// narrow matrices.

#include "core/nn/cells/matrix_memory.h"

namespace gatescope::nn {

struct Gla {
  enum : int { q, k, v, z, A, K, w, m, y, h };
  enum : int { weight_ih, bias_a };
  using Of = MatrixMemory;

  static constexpr std::array<Channel, 10> channels{{
      Of::keys("q", "query of the head"),
      Of::keys("k", "key of the head"),
      Of::of_unit("v", "value", Role::candidate),
      Of::of_unit("z", "output weight before its SiLU"),
      Of::before_keep(Of::keys("A", "keep gate before its function"), 16),
      Of::keep_gates(true),
      Of::write("write strength"),
      Of::memory(),
      Of::of_unit("y", "read-out by the query"),
      Of::of_unit("h", "hidden state", Role::hidden_state),
  }};
  static constexpr int breaks_back = 1;
  static constexpr std::array<State, 1> states{{{m}}};

  static constexpr std::array<ParameterInfo, 2> parameters{{
      Of::weights("W", "weight_ih", 5 * kUnits),
      Of::bias("b", "bias_a", kUnits),
  }};
  static constexpr std::array<Product, 5> products{{{weight_ih, 0, kInput, q},
                                                    {weight_ih, 1, kInput, k},
                                                    {weight_ih, 2, kInput, v},
                                                    {weight_ih, 3, kInput, z},
                                                    {weight_ih, 4, kInput, A}}};
  static constexpr std::array<Bias, 1> biases{{{.parameter = bias_a, .block = 0, .to = A}}};
  static constexpr std::array<Formula, 10> formulas{{
      {.channel = q, .text = "W x"},
      {.channel = k, .text = "W x"},
      {.channel = v, .text = "W x"},
      {.channel = z, .text = "W x"},
      {.channel = A, .text = "W x + b"},
      {.channel = K, .text = "exp(−softplus(−Aₜ) / 16)"},
      {.channel = w, .text = "kₜ"},
      {.channel = m, .text = "Kₜ ⊙ mₜ₋₁ + wₜ ⊙ vₜ"},
      {.channel = y, .text = "Σ(qₜ ⊙ mₜ)"},
      {.channel = h, .text = "yₜ ⊙ SiLU(zₜ)"},
  }};
  static constexpr CellInfo info{.key = "gla",
                                 .title = "GLA",
                                 .citation = "yang2024",
                                 .channels = channels,
                                 .states = states,
                                 .output = h,
                                 .parameters = parameters,
                                 .products = products,
                                 .biases = biases,
                                 .formulas = formulas,
                                 .does = {.output_gate = true},
                                 .sizes = Of::sizes};

  static constexpr auto logarithm_of_keep = [](const auto& a) { return 0 - (0 - a).softplus() / 16; };
  /// The slope of log σ(A) is σ(-A).
  static constexpr auto slope = [](const auto& a) { return (0 - a).logistic() / 16; };

  template <class Step>
  static void forward(Step& s) {
    for (const int numbers : {q, k, A}) s.force_numbers(numbers);
    s.force(v);
    s.force(z);
    const auto keep = s.shared(K, A, logarithm_of_keep);
    const auto value = s[v];
    auto read = s.zero();
    for (Index n = 0; n < s.memories(); ++n) {
      s.activate(K, keep, n);
      const auto written = s.forced(w, s.of_head(k, n), n);
      read = read + s.of_head(q, n) * s.forced(m, s.again(K, keep, n) * s.prev(m, n) + written * value, n);
    }
    WeighedOutput<Gla>::forward(s, read);
  }

  template <class Step>
  static void backward(Step& s) {
    WeighedOutput<Gla>::backward(s);
    for (const int numbers : {q, k, A}) s.clear_gradient(numbers);
    const auto keep = s.shared(K, A, logarithm_of_keep);
    const auto slope_of_net = s.of_each(A, slope);
    const auto of_y = s.d(y), value = s[v];
    auto of_v = s.zero();
    for (Index n = 0; n < s.memories(); ++n) {
      const auto written = s.again(w, s.of_head(k, n), n), kept = s.again(K, keep, n);
      s.of_head_back(q, of_y * s.now(m, n), n);
      const auto of_m = s.unforce(m, s.total(m, of_y * s.of_head(q, n), n), n);
      const auto of_w = s.unforce(w, of_m * value, n);
      s.show_gradient(w, of_w, n);
      s.of_head_back(k, of_w, n);
      of_v = of_v + of_m * written;
      const auto of_K = s.activate_back(K, of_m * s.prev(m, n), n, keep);
      s.show_gradient(K, of_K, n);
      s.of_head_back(A, of_K * slope_of_net(n), n);
      s.lead_back(m, of_m * kept, n);
    }
    s.d(v) = s.unforce(v, of_v);
    s.gather();
    for (const int numbers : {q, k, A}) s.unforce_numbers(numbers);
  }
};

}  // namespace gatescope::nn
