#pragma once

// mLSTM, the LSTM with a matrix for a memory [beck2024]; what unit, head, key and query are: matrix_memory.h.
//
//   q_t = W_q x_t,  k_t = W_k x_t                              query and key, (G x N)
//   v_t = W_v x_t                                              value
//   I_t = W_i x_t + b_i,  F_t = W_f x_t + b_f                  gates of a head, before their functions, (G)
//   f_t = σ(F_t)                                               forget gate
//   g_t = σ(I_t - log f_t - l_{t-1})                           write gate: the share that the present gets
//   l_t = log(f_t ⊙ e^{l_{t-1}} + e^{I_t})                     logarithm of the normaliser
//   w_t,n = g_t k_t,n                                          write strength, (H x N)
//   m_t,n = (1 - g_t) ⊙ m_{t-1},n + w_t,n ⊙ v_t                memory, (H x N)
//   n_t,n = (1 - g_t) ⊙ n_{t-1},n + w_t,n                      mean of the keys, (H x N)
//   y_t = Σ_n q_t,n m_t,n,  s_t = Σ_n q_t,n n_t,n              what the query reads of both
//   o_t = σ(W_o x_t + b_o)                                     output gate
//   h_t = o_t ⊙ y_t / max(|s_t|, e^{-l_t})                     hidden state
//
// The paper keeps C_t = f_t C_{t-1} + e^{I_t} v_t k_t^T and n_t, the same with v = 1, both over a common
// power of e against overflow, and h_t = o_t ⊙ C_t q_t / max(|n_t^T q_t|, 1). This is the same network: m_t
// and n_t are their quotients by e^{l_t}, no number can overflow, and the share of the present is an ordinary
// gate in (0, 1) [the sLSTM's, slstm.h]. The bias of f begins at 3 to 6 over the heads as in the authors'
// program (NX-AI/xlstm).

#include "core/nn/cells/matrix_memory.h"

namespace gatescope::nn {

struct Mlstm {
  enum : int { q, k, v, I, F, o, f, g, l, w, m, n, y, s, h };
  enum : int { weight_ih, weight_gates, bias_gates, bias_o };
  using Of = MatrixMemory;

  static constexpr std::array<Channel, 15> channels{{
      Of::keys("q", "query of the head"),
      Of::keys("k", "key of the head"),
      Of::of_unit("v", "value", Role::candidate),
      exponent(Of::of_head("I", "input gate's exponent")),
      Of::before_keep(Of::of_head("F", "forget gate before its function"), 1),
      Of::gate("o", "output gate", Gate::output, Share::none, Activation::sigmoid),
      Of::gate("f", "forget gate", Gate::forget, Share::none, Activation::sigmoid),
      Of::gate("g", "write gate", Gate::input, Share::rest, Activation::sigmoid),
      Of::of_unit("l", "logarithm of the normaliser"),
      Of::write("write strength"),
      Of::memory(),
      Of::mean_of_keys(),
      Of::of_unit("y", "read-out by the query"),
      Of::of_unit("s", "read-out of the keys"),
      Of::of_unit("h", "hidden state", Role::hidden_state),
  }};
  static constexpr int breaks_back = 1;
  /// Before the first step the normaliser is 0: whatever comes first is taken whole.
  static constexpr std::array<State, 3> states{{{l, kNoNormaliser}, {m}, {n}}};

  static double zero(Index, Index) { return 0; }
  static constexpr std::array<ParameterInfo, 4> parameters{{
      Of::weights("W", "weight_ih", 4 * kUnits),
      Of::weights("V", "weight_gates", 2 * kHeads),
      Of::bias("b", "bias_gates", 2 * kHeads),
      Of::bias("b", "bias_o", kUnits),
  }};
  static constexpr std::array<Product, 6> products{{{weight_ih, 0, kInput, q},
                                                    {weight_ih, 1, kInput, k},
                                                    {weight_ih, 2, kInput, v},
                                                    {weight_ih, 3, kInput, o},
                                                    {weight_gates, 0, kInput, I},
                                                    {weight_gates, 1, kInput, F}}};
  static constexpr std::array<Bias, 3> biases{
      {{.parameter = bias_gates, .block = 0, .to = I, .start = zero},
       {.parameter = bias_gates, .block = 1, .to = F, .start = Of::from_3_to_6},
       {.parameter = bias_o, .block = 0, .to = o}}};
  static constexpr std::array<Formula, 15> formulas{{
      {.channel = q, .text = "W x"},
      {.channel = k, .text = "W x"},
      {.channel = v, .text = "W x"},
      {.channel = I, .text = "V x + b"},
      {.channel = F, .text = "V x + b"},
      {.channel = f, .text = "σ(Fₜ)"},
      {.channel = g, .text = "σ(Iₜ − log(fₜ) − lₜ₋₁)"},
      {.channel = l, .text = "log(fₜ ⊙ exp(lₜ₋₁) + exp(Iₜ))"},
      {.channel = w, .text = "gₜ ⊙ kₜ"},
      {.channel = m, .text = "(1 − gₜ) ⊙ mₜ₋₁ + wₜ ⊙ vₜ"},
      {.channel = n, .text = "(1 − gₜ) ⊙ nₜ₋₁ + wₜ"},
      {.channel = y, .text = "Σ(qₜ ⊙ mₜ)"},
      {.channel = s, .text = "Σ(qₜ ⊙ nₜ)"},
      {.channel = o, .text = "σ(W x + b)"},
      {.channel = h, .text = "oₜ ⊙ yₜ / max(max(sₜ, 0 − sₜ), exp(0 − lₜ))"},
  }};
  static constexpr CellInfo info{.key = "mlstm",
                                 .title = "mLSTM",
                                 .citation = "beck2024",
                                 .channels = channels,
                                 .states = states,
                                 .output = h,
                                 .parameters = parameters,
                                 .products = products,
                                 .biases = biases,
                                 .formulas = formulas,
                                 .sizes = Of::sizes};

  template <class Step>
  static void forward(Step& at) {
    for (const int numbers : {q, k, I, F}) at.force_numbers(numbers);
    at.force(v);
    at.activate(o);
    at.activate(f, at.of_head(F));
    const auto kept = log(at[f]) + at.prev(l);
    at.activate(g, at.of_head(I) - kept);
    at[l] = log_of_sum(kept, at.of_head(I));
    at.force(l);
    const auto taken = at[g], value = at[v];
    const auto kept_share = 1 - taken;
    auto of_memory = at.zero(), of_keys = at.zero();
    for (Index key = 0; key < at.memories(); ++key) {
      const auto written = at.forced(w, taken * at.of_head(k, key), key);
      const auto memory = at.forced(m, kept_share * at.prev(m, key) + written * value, key);
      const auto keys = at.forced(n, kept_share * at.prev(n, key) + written, key);
      const auto query = at.of_head(q, key);
      of_memory = of_memory + query * memory;
      of_keys = of_keys + query * keys;
    }
    at[y] = of_memory;
    at.force(y);
    at[s] = of_keys;
    at.force(s);
    at[h] = at[o] * at[y] / max(at[s] * at[s].sign(), exp(0 - at[l]));
    at.force(h);
  }

  template <class Step>
  static void backward(Step& at) {
    const auto least = exp(0 - at[l]), size = at[s] * at[s].sign(), divisor = max(size, least);
    const auto of_h = at.unforce(h, at.d(h)), read = at[y] / divisor;
    at.d(o) = at.activate_back(o, of_h * read);
    at.d(y) = at.unforce(y, of_h * at[o] / divisor);
    const auto of_divisor = 0 - of_h * at[o] * read / divisor, by_size = at_least(size, least);
    at.d(s) = at.unforce(s, of_divisor * by_size * at[s].sign());
    at.d(l) += (by_size - 1) * of_divisor * least;
    for (const int numbers : {q, k, I, F}) at.clear_gradient(numbers);
    const auto of_y = at.d(y), of_s = at.d(s), taken = at[g], value = at[v];
    const auto kept_share = 1 - taken;
    auto of_v = at.zero(), of_g = at.zero();
    for (Index index = 0; index < at.memories(); ++index) {
      const auto query = at.of_head(q, index), key = at.of_head(k, index);
      at.of_head_back(q, of_y * at.now(m, index) + of_s * at.now(n, index), index);
      const auto of_m = at.unforce(m, at.total(m, of_y * query, index), index),
                 of_n = at.unforce(n, at.total(n, of_s * query, index), index);
      const auto of_w = at.unforce(w, of_m * value + of_n, index);
      at.show_gradient(w, of_w, index);
      at.of_head_back(k, of_w * taken, index);
      of_v = of_v + of_m * at.again(w, taken * key, index);
      of_g = of_g + of_w * key - of_m * at.prev(m, index) - of_n * at.prev(n, index);
      at.lead_back(m, of_m * kept_share, index);
      at.lead_back(n, of_n * kept_share, index);
    }
    at.d(v) = at.unforce(v, of_v);
    at.d(g) = at.activate_back(g, of_g);
    const auto of_l = at.unforce(l, at.d(l)), of_kept = of_l * (1 - at.raw(g)) - at.d(g);
    at.of_head_back(I, at.d(g) + of_l * at.raw(g));
    at.d(f) = at.activate_back(f, of_kept * slope_of_log(at[f]));
    at.of_head_back(F, at.d(f));
    at.d_prev(l) += of_kept;
    at.gather();
    for (const int numbers : {q, k, I, F}) at.unforce_numbers(numbers);
  }
};

}  // namespace gatescope::nn
