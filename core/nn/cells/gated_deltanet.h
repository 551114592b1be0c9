#pragma once

// Gated DeltaNet [yang2025]: a matrix for a memory that replaces what a key finds instead of adding to it
// (matrix_memory.h).
//
//   q_t = W_q x_t,  k_t = W_k x_t                              query and key, (G x N)
//   v_t = W_v x_t,  z_t = W_z x_t                              value, and what the output is weighed by
//   T_t = W_T x_t + b_T                                        step before its softplus, (G)
//   A_t = a                                                    logarithm of the speed, (G)
//   B_t = W_B x_t + b_B                                        strength before its function, (G)
//   dt_t = softplus(T_t)                                       step
//   f_t = exp(-dt_t ⊙ exp(A_t))                                forget gate, α in the paper
//   b_t = σ(B_t)                                               strength of the replacement, β there
//   s_t = |k_t|                                                length of the key
//   p_t = f_t ⊙ Σ_n k_t,n m_{t-1},n / s_t                      what the key finds
//   u_t = v_t - p_t                                            what is wrong with it
//   w_t,n = b_t k_t,n / s_t                                    write strength, (H x N)
//   m_t,n = f_t ⊙ m_{t-1},n + w_t,n ⊙ u_t                      memory, (H x N)
//   y_t = Σ_n q_t,n m_t,n                                      what is read
//   h_t = y_t ⊙ z_t ⊙ σ(z_t)                                   hidden state
//
// Along a key (1 - b_t) f_t of what was there stays, across it f_t. Keys of length 1 keep that between 0 and
// 1, so that their length is divided out. The paper divides that of queries out as well. A, T begin as
// Mamba-2's.

#include "core/nn/cells/matrix_memory.h"

namespace gatescope::nn {

struct GatedDeltanet {
  enum : int { q, k, v, z, T, A, B, dt, f, b, s, p, u, w, m, y, h };
  enum : int { weight_ih, weight_gates, bias_gates, A_log };
  using Of = MatrixMemory;

  static constexpr std::array<Channel, 17> channels{{
      Of::keys("q", "query of the head"),
      Of::keys("k", "key of the head"),
      Of::of_unit("v", "value"),
      Of::of_unit("z", "output weight before its SiLU"),
      Of::of_head("T", "step before its softplus"),
      Of::of_head("A", "logarithm of the speed"),
      Of::of_head("B", "strength before its function"),
      Of::step(),
      Of::gate("f", "forget gate", Gate::forget, Share::value, Activation::exponential),
      Of::gate("b", "strength of the replacement", Gate::input, Share::none, Activation::sigmoid),
      Of::of_unit("s", "length of the key"),
      Of::of_unit("p", "what the key finds"),
      Of::of_unit("u", "error of what the key finds", Role::candidate),
      Of::write("write strength"),
      Of::memory(),
      Of::of_unit("y", "read-out by the query"),
      Of::of_unit("h", "hidden state", Role::hidden_state),
  }};
  static constexpr int breaks_back = 1;
  static constexpr std::array<State, 1> states{{{m}}};

  static constexpr std::array<ParameterInfo, 4> parameters{{
      Of::weights("W", "weight_ih", 4 * kUnits),
      Of::weights("V", "weight_gates", 2 * kHeads),
      Of::bias("b", "bias_gates", 2 * kHeads),
      Of::bias("a", "A_log", kHeads),
  }};
  static constexpr std::array<Product, 6> products{{{weight_ih, 0, kInput, q},
                                                    {weight_ih, 1, kInput, k},
                                                    {weight_ih, 2, kInput, v},
                                                    {weight_ih, 3, kInput, z},
                                                    {weight_gates, 0, kInput, T},
                                                    {weight_gates, 1, kInput, B}}};
  static constexpr std::array<Bias, 3> biases{
      {{.parameter = bias_gates, .block = 0, .to = T, .start = Of::step_ladder},
       {.parameter = bias_gates, .block = 1, .to = B},
       {.parameter = A_log, .block = 0, .to = A, .start = Of::speed_ladder}}};
  static constexpr std::array<Formula, 17> formulas{{
      {.channel = q, .text = "W x"},
      {.channel = k, .text = "W x"},
      {.channel = v, .text = "W x"},
      {.channel = z, .text = "W x"},
      {.channel = T, .text = "V x + b"},
      {.channel = A, .text = "a"},
      {.channel = B, .text = "V x + b"},
      {.channel = dt, .text = "softplus(Tₜ)"},
      {.channel = f, .text = "exp(−dtₜ ⊙ exp(Aₜ))"},
      {.channel = b, .text = "σ(Bₜ)"},
      {.channel = s, .text = "sqrt(Σ(kₜ ⊙ kₜ))"},
      {.channel = p, .text = "fₜ ⊙ Σ(kₜ ⊙ mₜ₋₁) / sₜ"},
      {.channel = u, .text = "vₜ − pₜ"},
      {.channel = w, .text = "bₜ ⊙ kₜ / sₜ"},
      {.channel = m, .text = "fₜ ⊙ mₜ₋₁ + wₜ ⊙ uₜ"},
      {.channel = y, .text = "Σ(qₜ ⊙ mₜ)"},
      {.channel = h, .text = "yₜ ⊙ SiLU(zₜ)"},
  }};
  static constexpr CellInfo info{.key = "gated_deltanet",
                                 .title = "Gated DeltaNet",
                                 .citation = "yang2025",
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
  static void forward(Step& at) {
    for (const int numbers : {q, k, T, A, B}) at.force_numbers(numbers);
    at.force(v);
    at.force(z);
    at.activate(dt, at.of_head(T));
    at.activate(f, 0 - at[dt] * exp(at.of_head(A)));
    at.activate(b, at.of_head(B));
    auto square = at.zero(), found = at.zero();
    for (Index n = 0; n < at.memories(); ++n) {
      square = square + at.of_head(k, n).square();
      found = found + at.of_head(k, n) * at.prev(m, n);
    }
    at[s] = square.root();
    at.force(s);
    at[p] = at[f] * found / at[s];
    at.force(p);
    at[u] = at[v] - at[p];
    at.force(u);
    const auto strength = at[b] / at[s];
    const auto kept = at[f], error = at[u];
    auto read = at.zero();
    for (Index n = 0; n < at.memories(); ++n) {
      const auto written = at.forced(w, strength * at.of_head(k, n), n);
      read = read + at.of_head(q, n) * at.forced(m, kept * at.prev(m, n) + written * error, n);
    }
    WeighedOutput<GatedDeltanet>::forward(at, read);
  }

  template <class Step>
  static void backward(Step& at) {
    WeighedOutput<GatedDeltanet>::backward(at);
    for (const int numbers : {q, k, T, A, B}) at.clear_gradient(numbers);
    const auto strength = at[b] / at[s], inverse = (1 - at.zero()) / at[s];
    const auto of_y = at.d(y), kept = at[f], error = at[u];
    auto of_u = at.zero(), of_f = at.zero(), of_b = at.zero(), found = at.zero();
    for (Index n = 0; n < at.memories(); ++n) {
      const auto key = at.of_head(k, n);
      const auto before = at.prev(m, n);
      at.of_head_back(q, of_y * at.now(m, n), n);
      at.d(m, n) += of_y * at.of_head(q, n);
      const auto of_m = at.unforce(m, at.d(m, n), n);
      of_u = of_u + of_m * at.again(w, strength * key, n);
      of_f = of_f + of_m * before;
      const auto of_w = at.unforce(w, of_m * error, n), along = key * inverse;
      at.show_gradient(w, of_w, n);
      of_b = of_b + of_w * along;
      found = found + along * before;
    }
    at.d(u) = at.unforce(u, of_u);
    at.d(v) = at.unforce(v, at.d(u));
    at.d(p) = at.unforce(p, 0 - at.d(u));
    const auto of_found = at.d(p) * kept, found_by_key = of_found * inverse;
    // Both the write strengths and what the key finds are divided by its length.
    at.d(s) = at.unforce(s, 0 - (of_b * at[b] + of_found * found) * inverse);
    const auto of_square = at.d(s) / at.raw(s);
    for (Index n = 0; n < at.memories(); ++n) {
      const auto of_m = at.unforce(m, at.d(m, n), n), key = at.of_head(k, n),
                 of_w = at.unforce(w, of_m * error, n);
      at.of_head_back(k, of_w * strength + found_by_key * at.prev(m, n) + of_square * key, n);
      at.lead_back(m, of_m * kept + found_by_key * key, n);
    }
    const auto speed = exp(at.of_head(A));
    at.d(b) = at.activate_back(b, of_b);
    at.of_head_back(B, at.d(b));
    at.d(f) = at.activate_back(f, of_f + at.d(p) * found);
    at.of_head_back(A, 0 - at.d(f) * at[dt] * speed);
    at.d(dt) = at.activate_back(dt, 0 - at.d(f) * speed);
    at.of_head_back(T, at.d(dt));
    at.gather();
    for (const int numbers : {q, k, T, A, B}) at.unforce_numbers(numbers);
  }
};

}  // namespace gatescope::nn
