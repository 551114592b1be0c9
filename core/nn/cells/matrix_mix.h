#pragma once

// A matrix for a memory (matrix_memory.h) with free options: what decays, how is written, and whether what is
// read is divided by a normaliser. The cells with a name of their own are other files beside this one.
//
//   q_t = W_q x_t,  k_t = W_k x_t                              query and key, (G x N)
//   v_t = W_v x_t,  z_t = W_z x_t                              value, and what the output is weighed by
//   B_t = W_B x_t + b_B,  b_t = σ(B_t)                         strength of what is written, β, a head's
//
// Decay: none, K_t,n = 1; of a head, f_t = σ(F_t) with F_t = W_F x_t + b_F; of a key,
// K_t,n = σ(A_t,n)^{1/16} with A_t = W_a x_t + b_a, as gla.h.
//
// Rule: add, w_t,n = b_t k_t,n and u_t = v_t; delta, with keys of length 1 [schlag2021]:
//   s_t = |k_t|,  w_t,n = b_t k_t,n / s_t                      write strength, (H x N)
//   p_t = Σ_n K_t,n k_t,n m_{t-1},n / s_t                      what the key finds
//   u_t = v_t - p_t                                            what is wrong with it
//
//   m_t,n = K_t,n ⊙ m_{t-1},n + w_t,n ⊙ u_t                    memory, (H x N)
//   y_t = Σ_n q_t,n m_t,n                                      what is read
//   h_t = y_t ⊙ z_t ⊙ σ(z_t)                                   hidden state
//
// Normaliser, as the mLSTM's [beck2024]: the memory that v = 1 would have left, and what the query reads of
// it:
//   e_t = 1 - Σ_n K_t,n k_t,n n_{t-1},n / s_t                  with delta; 1 with add
//   n_t,n = K_t,n ⊙ n_{t-1},n + w_t,n ⊙ e_t                    mean of the keys, (H x N)
//   c_t = Σ_n q_t,n n_t,n,  h_t = y_t / max(|c_t|, 1) ⊙ z_t ⊙ σ(z_t)
//
// Without decay and normaliser, add is linear attention [katharopoulos2020] with a strength, and delta is
// DeltaNet [schlag2021]; a decay of a key with delta is Kimi Delta Attention [kimi2025].

#include "core/nn/cells/gla.h"
#include "core/nn/matrix_options.h"

namespace gatescope::nn {

template <MemoryDecay Decays, MemoryRule Writes, MemoryNormaliser Divides>
struct MatrixMix {
  using Of = MatrixMemory;
  static constexpr bool decays = Decays != MemoryDecay::none, by_key = Decays == MemoryDecay::key,
                        by_head = Decays == MemoryDecay::head, delta = Writes == MemoryRule::delta,
                        divides = Divides == MemoryNormaliser::mlstm;

  // Channels; those that the options leave out have no place.
  static constexpr int q = 0, k = 1, v = 2, z = 3, B = 4, A = 5, b = A + decays, f = b + 1, s = f + decays,
                       p = s + 1, u = s + 2, e = s + 3, w = s + (delta ? 3 + divides : 0), m = w + 1,
                       n = m + 1, y = n + divides, c = y + 1, h = c + divides, count = h + 1;
  enum : int { weight_ih, weight_gates, bias_gates, bias_a };

  static constexpr std::array<Channel, count> make_channels() {
    std::array<Channel, count> all{};
    all[q] = Of::keys("q", "query of the head");
    all[k] = Of::keys("k", "key of the head");
    all[v] = Of::of_unit("v", "value", delta ? Role::internal : Role::candidate);
    all[z] = Of::of_unit("z", "output weight before its SiLU");
    all[B] = Of::of_head("B", "strength before its function");
    all[b] = Of::gate("b", "strength of what is written", Gate::input, Share::none, Activation::sigmoid);
    if constexpr (by_head) {
      all[A] = Of::before_keep(Of::of_head("F", "forget gate before its function"), 1);
      all[f] = Of::gate("f", "forget gate", Gate::forget, Share::value, Activation::sigmoid);
    }
    if constexpr (by_key) {
      all[A] = Of::before_keep(Of::keys("A", "keep gate before its function"), 16);
      all[f] = Of::keep_gates(true);
    }
    if constexpr (delta) {
      all[s] = Of::of_unit("s", "length of the key");
      all[p] = Of::of_unit("p", "what the key finds");
      all[u] = Of::of_unit("u", "error of what the key finds", Role::candidate);
    }
    if constexpr (delta && divides) all[e] = Of::of_unit("e", "error of the normaliser");
    all[w] = Of::write("write strength");
    all[m] = Of::memory();
    if constexpr (divides) {
      all[n] = Of::mean_of_keys();
      all[c] = Of::of_unit("c", "read-out of the keys");
    }
    all[y] = Of::of_unit("y", "read-out by the query");
    all[h] = Of::of_unit("h", "hidden state", Role::hidden_state);
    return all;
  }
  static constexpr std::array<Channel, count> channels = make_channels();
  static constexpr int breaks_back = 1;
  static constexpr bool flat = false;  // they are many, and each is compiled for every level

  static constexpr std::array<State, 1 + divides> make_states() {
    std::array<State, 1 + divides> all{};
    all[0].channel = m;
    if constexpr (divides) all[1].channel = n;
    return all;
  }
  static constexpr std::array<State, 1 + divides> states = make_states();

  static constexpr std::array<ParameterInfo, 3 + by_key> make_parameters() {
    std::array<ParameterInfo, 3 + by_key> all{};
    all[weight_ih] = Of::weights("W", "weight_ih", (by_key ? 5 : 4) * kUnits);
    all[weight_gates] = Of::weights("V", "weight_gates", (by_head ? 2 : 1) * kHeads);
    all[bias_gates] = Of::bias("b", "bias_gates", (by_head ? 2 : 1) * kHeads);
    if constexpr (by_key) all[bias_a] = Of::bias("b", "bias_a", kUnits);
    return all;
  }
  static constexpr std::array<ParameterInfo, 3 + by_key> parameters = make_parameters();

  static constexpr std::array<Product, 5 + decays> make_products() {
    std::array<Product, 5 + decays> all{};
    for (int block = 0; block < 4; ++block)
      all[static_cast<unsigned>(block)] = {weight_ih, block, kInput, block};
    all[4] = {weight_gates, 0, kInput, B};
    if constexpr (by_key) all[5] = {weight_ih, 4, kInput, A};
    if constexpr (by_head) all[5] = {weight_gates, 1, kInput, A};
    return all;
  }
  static constexpr std::array<Product, 5 + decays> products = make_products();

  static constexpr std::array<Bias, 1 + decays> make_biases() {
    std::array<Bias, 1 + decays> all{};
    all[0] = {.parameter = bias_gates, .block = 0, .to = B};
    if constexpr (by_head) all[1] = {.parameter = bias_gates, .block = 1, .to = A, .start = Of::from_3_to_6};
    if constexpr (by_key) all[1] = {.parameter = bias_a, .block = 0, .to = A};
    return all;
  }
  static constexpr std::array<Bias, 1 + decays> biases = make_biases();

  static constexpr std::array<Formula, count> make_formulas() {
    std::array<Formula, count> all{};
    for (const int channel : {q, k, v, z})
      all[static_cast<unsigned>(channel)] = {.channel = channel, .text = "W x"};
    all[B] = {.channel = B, .text = "V x + b"};
    if constexpr (by_head) all[A] = {.channel = A, .text = "V x + b"};
    if constexpr (by_key) all[A] = {.channel = A, .text = "W x + b"};
    all[b] = {.channel = b, .text = "σ(Bₜ)"};
    if constexpr (by_head) all[f] = {.channel = f, .text = "σ(Fₜ)"};
    if constexpr (by_key) all[f] = {.channel = f, .text = "exp(−softplus(−Aₜ) / 16)"};
    if constexpr (delta) {
      all[s] = {.channel = s, .text = "sqrt(Σ(kₜ ⊙ kₜ))"};
      all[p] = {.channel = p,
                .text = by_key    ? "Σ(Kₜ ⊙ kₜ ⊙ mₜ₋₁) / sₜ"
                        : by_head ? "fₜ ⊙ Σ(kₜ ⊙ mₜ₋₁) / sₜ"
                                  : "Σ(kₜ ⊙ mₜ₋₁) / sₜ"};
      all[u] = {.channel = u, .text = "vₜ − pₜ"};
    }
    if constexpr (delta && divides)
      all[e] = {.channel = e,
                .text = by_key    ? "1 − Σ(Kₜ ⊙ kₜ ⊙ nₜ₋₁) / sₜ"
                        : by_head ? "1 − fₜ ⊙ Σ(kₜ ⊙ nₜ₋₁) / sₜ"
                                  : "1 − Σ(kₜ ⊙ nₜ₋₁) / sₜ"};
    all[w] = {.channel = w, .text = delta ? "bₜ ⊙ kₜ / sₜ" : "bₜ ⊙ kₜ"};
    all[m] = {.channel = m,
              .text = delta     ? by_key    ? "Kₜ ⊙ mₜ₋₁ + wₜ ⊙ uₜ"
                                  : by_head ? "fₜ ⊙ mₜ₋₁ + wₜ ⊙ uₜ"
                                            : "mₜ₋₁ + wₜ ⊙ uₜ"
                      : by_key  ? "Kₜ ⊙ mₜ₋₁ + wₜ ⊙ vₜ"
                      : by_head ? "fₜ ⊙ mₜ₋₁ + wₜ ⊙ vₜ"
                                : "mₜ₋₁ + wₜ ⊙ vₜ"};
    if constexpr (divides) {
      all[n] = {.channel = n,
                .text = delta     ? by_key    ? "Kₜ ⊙ nₜ₋₁ + wₜ ⊙ eₜ"
                                    : by_head ? "fₜ ⊙ nₜ₋₁ + wₜ ⊙ eₜ"
                                              : "nₜ₋₁ + wₜ ⊙ eₜ"
                        : by_key  ? "Kₜ ⊙ nₜ₋₁ + wₜ"
                        : by_head ? "fₜ ⊙ nₜ₋₁ + wₜ"
                                  : "nₜ₋₁ + wₜ"};
      all[c] = {.channel = c, .text = "Σ(qₜ ⊙ nₜ)"};
    }
    all[y] = {.channel = y, .text = "Σ(qₜ ⊙ mₜ)"};
    all[h] = {.channel = h, .text = divides ? "yₜ / max(max(cₜ, 0 − cₜ), 1) ⊙ SiLU(zₜ)" : "yₜ ⊙ SiLU(zₜ)"};
    return all;
  }
  static constexpr std::array<Formula, count> formulas = make_formulas();

  static constexpr std::string_view title() {
    constexpr std::string_view titles[3][2][2] = {
        {{"Linear attention", "Linear attention, normalised"}, {"DeltaNet", "DeltaNet, normalised"}},
        {{}, {{}, "Decay a head, delta, normalised"}},
        {{{}, "Decay a key, normalised"}, {"Kimi Delta Attention", "Decay a key, delta, normalised"}}};
    return titles[static_cast<int>(Decays)][delta][divides];
  }
  static constexpr std::string_view citation() {
    if (divides) return "beck2024";
    if (by_key) return "kimi2025";
    return delta ? "schlag2021" : "katharopoulos2020";
  }
  static constexpr CellInfo info{.key = matrix_cell(Decays, Writes, Divides),
                                 .title = title(),
                                 .citation = citation(),
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
  static auto shared_keep(Step& at) {
    if constexpr (by_key)
      return at.shared(f, A, Gla::logarithm_of_keep);
    else
      return 0;
  }
  template <class Step>
  static auto slope_of(Step& at) {
    if constexpr (by_key)
      return at.of_each(A, Gla::slope);
    else
      return 0;
  }
  /// K of number `index`.
  template <class Step, class Shared>
  static auto keep_of(Step& at, const Shared& keep, Index index) {
    if constexpr (by_key)
      return at.again(f, keep, index);
    else if constexpr (by_head)
      return 1 * at[f];
    else
      return 1 - at.zero();
  }
  template <class Step>
  static void force_all(Step& at) {
    for (const int numbers : {q, k, B}) at.force_numbers(numbers);
    if constexpr (decays) at.force_numbers(A);
  }

  template <class Step>
  static void forward(Step& at) {
    force_all(at);
    at.force(v);
    at.force(z);
    at.activate(b, at.of_head(B));
    if constexpr (by_head) at.activate(f, at.of_head(A));
    const auto keep = shared_keep(at);
    if constexpr (by_key)
      for (Index index = 0; index < at.memories(); ++index) at.activate(f, keep, index);
    const auto one = 1 - at.zero();
    auto strength = 1 * at[b], content = 1 * at[v], weight = one;
    if constexpr (delta) {
      auto square = at.zero(), found = at.zero(), found_weight = at.zero();
      for (Index index = 0; index < at.memories(); ++index) {
        const auto key = at.of_head(k, index), kept = keep_of(at, keep, index) * key;
        square = square + key.square();
        found = found + kept * at.prev(m, index);
        if constexpr (divides) found_weight = found_weight + kept * at.prev(n, index);
      }
      at[s] = square.root();
      at.force(s);
      at[p] = found / at[s];
      at.force(p);
      at[u] = at[v] - at[p];
      at.force(u);
      content = 1 * at[u];
      strength = at[b] / at[s];
      if constexpr (divides) {
        at[e] = one - found_weight / at[s];
        at.force(e);
        weight = 1 * at[e];
      }
    }
    auto read = at.zero(), read_weight = at.zero();
    for (Index index = 0; index < at.memories(); ++index) {
      const auto kept = keep_of(at, keep, index), query = at.of_head(q, index);
      const auto written = at.forced(w, strength * at.of_head(k, index), index);
      read = read + query * at.forced(m, kept * at.prev(m, index) + written * content, index);
      if constexpr (divides)
        read_weight = read_weight + query * at.forced(n, kept * at.prev(n, index) + written * weight, index);
    }
    at[y] = read;
    at.force(y);
    auto told = 1 * at[y];
    if constexpr (divides) {
      at[c] = read_weight;
      at.force(c);
      told = told / (at[c] * at[c].sign()).cwiseMax(1);
    }
    at[h] = told * at[z].silu();
    at.force(h);
  }

  template <class Step>
  static void backward(Step& at) {
    const auto one = 1 - at.zero();
    auto size = one, divisor = one;
    if constexpr (divides) {
      size = at[c] * at[c].sign();
      divisor = size.cwiseMax(1);
    }
    const auto of_h = at.unforce(h, at.d(h)), told = at[y] / divisor, of_told = of_h * at[z].silu();
    at.d(z) = at.unforce(z, of_h * told * at[z].slope_of_silu());
    at.d(y) = at.unforce(y, of_told / divisor);
    if constexpr (divides)
      at.d(c) = at.unforce(c, 0 - of_told * told / divisor * at_least(size, one) * at[c].sign());
    for (const int numbers : {q, k, B}) at.clear_gradient(numbers);
    if constexpr (decays) at.clear_gradient(A);

    const auto keep = shared_keep(at);
    const auto slope_of_net = slope_of(at);
    auto strength = 1 * at[b], inverse = one, content = 1 * at[v], weight = one;
    if constexpr (delta) {
      inverse = one / at[s];
      strength = at[b] / at[s];
      content = 1 * at[u];
      if constexpr (divides) weight = 1 * at[e];
    }
    auto of_content = at.zero(), of_weight = at.zero(), of_b = at.zero(), found = at.zero(),
         found_weight = at.zero();
    for (Index index = 0; index < at.memories(); ++index) {
      const auto key = at.of_head(k, index), query = at.of_head(q, index), along = key * inverse,
                 written = at.again(w, strength * key, index), kept = keep_of(at, keep, index) * along;
      at.d(m, index) += at.d(y) * query;
      const auto of_m = at.unforce(m, at.d(m, index), index);
      auto of_read = at.d(y) * at.now(m, index), of_written = of_m * content;
      of_content = of_content + of_m * written;
      found = found + kept * at.prev(m, index);
      if constexpr (divides) {
        at.d(n, index) += at.d(c) * query;
        const auto of_n = at.unforce(n, at.d(n, index), index);
        of_read = of_read + at.d(c) * at.now(n, index);
        of_written = of_written + of_n * weight;
        of_weight = of_weight + of_n * written;
        found_weight = found_weight + kept * at.prev(n, index);
      }
      at.of_head_back(q, of_read, index);
      const auto of_w = at.unforce(w, of_written, index);
      at.show_gradient(w, of_w, index);
      of_b = of_b + of_w * along;
    }
    auto of_found = at.zero(), of_found_weight = at.zero(), of_square = at.zero();
    if constexpr (delta) {
      at.d(u) = at.unforce(u, of_content);
      of_content = 1 * at.d(u);
      at.d(p) = at.unforce(p, 0 - at.d(u));
      of_found = 1 * at.d(p);
      if constexpr (divides) {
        at.d(e) = at.unforce(e, of_weight);
        of_found_weight = 0 - at.d(e);
      }
      // The write strengths and what the key finds are divided by its length.
      at.d(s) =
          at.unforce(s, 0 - (of_b * at[b] + of_found * found + of_found_weight * found_weight) * inverse);
      of_square = at.d(s) / at.raw(s);
    }
    at.d(v) = at.unforce(v, of_content);
    auto of_f = at.zero();
    for (Index index = 0; index < at.memories(); ++index) {
      const auto key = at.of_head(k, index), along = key * inverse, kept = keep_of(at, keep, index);
      const auto of_m = at.unforce(m, at.d(m, index), index);
      auto of_written = of_m * content, of_kept = (of_m + of_found * along) * at.prev(m, index),
           by_found = of_found * at.prev(m, index);
      at.lead_back(m, (of_m + of_found * along) * kept, index);
      if constexpr (divides) {
        const auto of_n = at.unforce(n, at.d(n, index), index), of_before = of_n + of_found_weight * along;
        of_written = of_written + of_n * weight;
        of_kept = of_kept + of_before * at.prev(n, index);
        by_found = by_found + of_found_weight * at.prev(n, index);
        at.lead_back(n, of_before * kept, index);
      }
      const auto of_w = at.unforce(w, of_written, index);
      at.of_head_back(k, of_w * strength + by_found * kept * inverse + of_square * key, index);
      if constexpr (by_key) {
        const auto of_K = at.activate_back(f, of_kept, index, keep);
        at.show_gradient(f, of_K, index);
        at.of_head_back(A, of_K * slope_of_net(index), index);
      }
      of_f = of_f + of_kept;
    }
    at.d(b) = at.activate_back(b, of_b);
    at.of_head_back(B, at.d(b));
    if constexpr (by_head) {
      at.d(f) = at.activate_back(f, of_f);
      at.of_head_back(A, at.d(f));
    }
    at.gather();
    for (const int numbers : {q, k, B}) at.unforce_numbers(numbers);
    if constexpr (decays) at.unforce_numbers(A);
  }
};

}  // namespace gatescope::nn
