#pragma once

// RWKV-6, the time mixing of Finch [peng2024]: a matrix for a memory with a decay for every key that follows
// the input (matrix_memory.h).
//
//   q_t = W_q x_t,  k_t = W_k x_t                              receptance (the query) and key, (G x N)
//   v_t = W_v x_t,  z_t = W_z x_t                              value, and what the output is weighed by
//   A_t = W_a x_t + b_a                                        logarithm of the decay, (G x N)
//   B_t = b                                                    bonus of the present, (G x N)
//   K_t,n = exp(-exp(A_t,n))                                   keep gate, (H x N)
//   w_t,n = k_t,n                                              write strength, (H x N)
//   m_t,n = K_t,n ⊙ m_{t-1},n + w_t,n ⊙ v_t                    memory, (H x N)
//   y_t = Σ_n q_t,n (m_{t-1},n + B_t,n k_t,n v_t)              what is read
//   h_t = y_t ⊙ z_t ⊙ σ(z_t)                                   hidden state
//
// The present is read with a bonus that the memory does not keep, as in RWKV-4 (rwkv4.h), whose decays are
// constants. The paper's W_a is a product of two narrow matrices with a tanh between them, and every input
// has its own token shift.

#include "core/nn/cells/matrix_memory.h"

namespace gatescope::nn {

struct Rwkv6 {
  enum : int { q, k, v, z, A, B, K, w, m, y, h };
  enum : int { weight_ih, bias_a, bonus };
  using Of = MatrixMemory;

  static constexpr std::array<Channel, 11> channels{{
      Of::keys("q", "query of the head"),
      Of::keys("k", "key of the head"),
      Of::of_unit("v", "value", Role::candidate),
      Of::of_unit("z", "output weight before its SiLU"),
      Of::keys("A", "logarithm of the decay"),
      Of::keys("B", "bonus of the present"),
      Of::keep_gates(true),
      Of::write("write strength"),
      Of::memory(),
      Of::of_unit("y", "read-out by the query"),
      Of::of_unit("h", "hidden state", Role::hidden_state),
  }};
  static constexpr int breaks_back = 1;
  static constexpr std::array<State, 1> states{{{m}}};

  /// From -6, 403 steps, to -1, 3 steps, over the keys of a head, as the authors' first block begins.
  static double decay_ladder(Index key, Index keys) { return -6 + 5 * std::pow(Of::part(key, keys), 0.7); }
  static double bonus_ladder(Index key, Index keys) {
    return (1 - Of::part(key, keys)) + 0.1 * static_cast<double>((key + 1) % 3 - 1);
  }
  static constexpr std::array<ParameterInfo, 3> parameters{{
      Of::weights("W", "weight_ih", 5 * kUnits),
      Of::bias("b", "bias_a", kUnits),
      Of::bias("b", "bonus", kUnits),
  }};
  static constexpr std::array<Product, 5> products{{{weight_ih, 0, kInput, q},
                                                    {weight_ih, 1, kInput, k},
                                                    {weight_ih, 2, kInput, v},
                                                    {weight_ih, 3, kInput, z},
                                                    {weight_ih, 4, kInput, A}}};
  static constexpr std::array<Bias, 2> biases{
      {{.parameter = bias_a, .block = 0, .to = A, .start = decay_ladder},
       {.parameter = bonus, .block = 0, .to = B, .start = bonus_ladder}}};
  static constexpr std::array<Formula, 11> formulas{{
      {.channel = q, .text = "W x"},
      {.channel = k, .text = "W x"},
      {.channel = v, .text = "W x"},
      {.channel = z, .text = "W x"},
      {.channel = A, .text = "W x + b"},
      {.channel = B, .text = "b"},
      {.channel = K, .text = "exp(−exp(Aₜ))"},
      {.channel = w, .text = "kₜ"},
      {.channel = m, .text = "Kₜ ⊙ mₜ₋₁ + wₜ ⊙ vₜ"},
      {.channel = y, .text = "Σ(qₜ ⊙ (mₜ₋₁ + Bₜ ⊙ kₜ ⊙ vₜ))"},
      {.channel = h, .text = "yₜ ⊙ SiLU(zₜ)"},
  }};
  static constexpr CellInfo info{.key = "rwkv6",
                                 .title = "RWKV-6",
                                 .citation = "peng2024",
                                 .channels = channels,
                                 .states = states,
                                 .output = h,
                                 .parameters = parameters,
                                 .products = products,
                                 .biases = biases,
                                 .formulas = formulas,
                                 .does = {.output_gate = true},
                                 .sizes = Of::sizes};

  static constexpr auto logarithm_of_keep = [](const auto& a) { return 0 - exp(a); };

  template <class Step>
  static void forward(Step& s) {
    for (const int numbers : {q, k, A, B}) s.force_numbers(numbers);
    s.force(v);
    s.force(z);
    const auto keep = s.shared(K, A, logarithm_of_keep);
    const auto value = s[v];
    auto read = s.zero();
    for (Index n = 0; n < s.memories(); ++n) {
      s.activate(K, keep, n);
      const auto key = s.of_head(k, n), written = s.forced(w, key, n);
      const auto before = s.prev(m, n);
      s.forced(m, s.again(K, keep, n) * before + written * value, n);
      read = read + s.of_head(q, n) * (before + s.of_head(B, n) * key * value);
    }
    WeighedOutput<Rwkv6>::forward(s, read);
  }

  template <class Step>
  static void backward(Step& s) {
    WeighedOutput<Rwkv6>::backward(s);
    for (const int numbers : {q, k, A, B}) s.clear_gradient(numbers);
    const auto keep = s.shared(K, A, logarithm_of_keep);
    const auto slope = s.of_each(A, logarithm_of_keep);  // its own
    const auto of_y = s.d(y), value = s[v];
    auto of_v = s.zero();
    for (Index n = 0; n < s.memories(); ++n) {
      const auto query = s.of_head(q, n), key = s.of_head(k, n), more = s.of_head(B, n);
      const auto of_m = s.unforce(m, s.d(m, n), n), of_read = of_y * query;
      const auto before = s.prev(m, n);
      s.of_head_back(q, of_y * (before + more * key * value), n);
      s.of_head_back(B, of_read * key * value, n);
      const auto of_w = s.unforce(w, of_m * value, n);
      s.show_gradient(w, of_w, n);
      s.of_head_back(k, of_w + of_read * more * value, n);
      of_v = of_v + of_m * s.again(w, key, n) + of_read * more * key;
      const auto of_K = s.activate_back(K, of_m * before, n, keep);
      s.show_gradient(K, of_K, n);
      s.of_head_back(A, of_K * slope(n), n);
      s.lead_back(m, of_m * s.again(K, keep, n) + of_read, n);
    }
    s.d(v) = s.unforce(v, of_v);
    s.gather();
    for (const int numbers : {q, k, A, B}) s.unforce_numbers(numbers);
  }
};

}  // namespace gatescope::nn
