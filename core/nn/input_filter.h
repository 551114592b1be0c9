#pragma once

// What a layer may do with its input before the cell, as an option of every cell. The cell's W x is W x''
// then.
//
//   x'_t = μ ⊙ x_t + (1 - μ) ⊙ x_{t-1}                          token shift [peng2023]
//   x''_t = SiLU(Σ_{k < W} κ_k ⊙ x'_{t-W+1+k} + β)               depthwise causal convolution over W steps
//   [gu2024]
//
// Either may stand alone; with both, the shift comes first. "Before" is earlier in the layer's own direction.
// μ, κ and β are a number an input each. μ begins at 1/2; κ as PyTorch's convolution, U(-1/sqrt(W),
// 1/sqrt(W)), in its order, the present last; β at 0. What the filter keeps of earlier steps is a state like
// the cell's own: carried from batch to batch, 0 before the first step of a text. Characters without an
// embedding are written out as one-hot vectors, so that a layer of V characters does the work of V inputs.

#include <array>
#include <memory>

#include "core/nn/cells/ranges.h"
#include "core/nn/step_back.h"

namespace gatescope::nn {

/// Where the filter's channels and parameters are in the tables of a filtered cell; kNone where it has none.
struct FilterPlaces {
  int x = kNone, shifted = kNone, past = kNone, convolved = kNone;  // channels
  int mu = kNone, taps = kNone, bias = kNone;                       // parameters

  constexpr FilterPlaces(int channels, int parameters, bool shift, bool conv) {
    x = channels++;
    if (shift) shifted = channels++, mu = parameters++;
    if (conv) past = channels++, convolved = channels++, taps = parameters++, bias = parameters++;
  }
};

/// The tables of the cell C behind such a filter: its own, and after them the filter's.
template <class C, bool Shift, bool Conv>
struct Filtered {
  static constexpr FilterPlaces at{static_cast<int>(C::info.channels.size()),
                                   static_cast<int>(C::info.parameters.size()), Shift, Conv};

  static constexpr auto channels = [] {
    std::array<Channel, C::info.channels.size() + 1 + Shift + 2 * Conv> all{};
    for (std::size_t k = 0; k < C::info.channels.size(); ++k) all[k] = C::info.channels[k];
    const auto set = [&](int k, std::string_view symbol, std::string_view name, Extent extent) {
      all[k] = {.symbol = symbol,
                .name = name,
                .role = Role::internal,
                .low = -kUnbounded,
                .high = kUnbounded,
                .extent = extent};
    };
    set(at.x, "x", "input", kInputWidth);
    if (Shift) set(at.shifted, "xs", "shifted input", kInputWidth);
    if (Conv) {
      set(at.past, "xp", "past of the convolution", kDelayed);
      set(at.convolved, "xc", "convolved input", kInputWidth);
      all[at.convolved].low = -0.28;
      all[at.convolved].activation = Activation::silu;
    }
    return all;
  }();

  static constexpr auto states = [] {
    std::array<State, C::info.states.size() + Shift + Conv> all{};
    std::size_t k = 0;
    for (; k < C::info.states.size(); ++k) all[k] = C::info.states[k];
    if (Shift) all[k++] = {at.x};
    if (Conv) all[k++] = {at.past};
    return all;
  }();

  static double half(Index, Index, Index) { return 0.5; }
  static double nothing(Index, Index, Index) { return 0; }
  static constexpr auto parameters = [] {
    std::array<ParameterInfo, C::info.parameters.size() + Shift + 2 * Conv> all{};
    std::size_t k = 0;
    for (; k < C::info.parameters.size(); ++k) all[k] = C::info.parameters[k];
    if (Shift)
      all[k++] = {.letter = "μ",
                  .name = "shift_mu",
                  .rows = kInputWidth,
                  .is_vector = true,
                  .start = Start::own,
                  .begin = half,
                  .decay = Decay::no};
    if (Conv) {
      all[k++] = {
          .letter = "κ", .name = "conv_weight", .rows = kInputWidth, .cols = kWindow, .start = Start::fan_in};
      all[k++] = {.letter = "β",
                  .name = "conv_bias",
                  .rows = kInputWidth,
                  .is_vector = true,
                  .start = Start::own,
                  .begin = nothing,
                  .decay = Decay::no};
    }
    return all;
  }();

  static constexpr auto formulas = [] {
    std::array<Formula, C::info.formulas.size() + Shift + Conv> all{};
    std::size_t k = 0;
    if (Shift) all[k++] = {.channel = at.shifted, .text = "μ ⊙ xₜ + (1 − μ) ⊙ xₜ₋₁"};
    if (Conv)
      all[k++] = {.channel = at.convolved,
                  .text = Shift ? "SiLU(conv(κ, xsₜ, xpₜ₋₁) + β)" : "SiLU(conv(κ, xₜ, xpₜ₋₁) + β)"};
    for (const Formula& formula : C::info.formulas) all[k++] = formula;
    return all;
  }();

  static constexpr CellInfo info = [] {
    CellInfo all = C::info;
    all.channels = channels;
    all.states = states;
    all.parameters = parameters;
    all.formulas = formulas;
    all.input = Conv ? at.convolved : at.shifted;
    all.plain = &C::info;
    return all;
  }();
};

/// The channel that holds the input as it came, before any filter; kNone where there is no filter.
int filtered_channel(const CellInfo& cell);

/// A layer with a filter before its cell.
template <class S>
class InputFilter final : public SteppedLayer<S> {
 public:
  InputFilter(const CellInfo& info, const Sizes& sizes, const LayerParameters& at,
              std::unique_ptr<SteppedLayer<S>> cell);

  const CellInfo& info() const override { return info_; }
  const Sizes& sizes() const override { return sizes_; }
  int pieces() const override { return cell_->pieces() + 1; }
  void prepare(int piece, const S* parameters) override;
  void forward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                     const StepRange& range) const override;
  void backward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan, S* gradients,
                      const StepRange& range) const override;
  void add_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients, S* input_gradient,
                     const StepRange& range) const override;
  void step_back(LayerTape<S>& tape, const Plan<S>* plan, Index t, S* gradients,
                 S* input_gradient) const override;

 private:
  void take_rules(LayerTape<S>& tape, const Plan<S>* plan) const;
  LayerInput<S> filtered(LayerTape<S>& tape) const { return {nullptr, tape.value(info_.input, 0)}; }
  void forward_step(LayerTape<S>& tape, const LayerInput<S>& input, Index t) const;
  void backward_step(LayerTape<S>& tape, Index t, S* gradients, S* input_gradient) const;
  void convolve(LayerTape<S>& tape, Index t) const;
  void convolve_back(LayerTape<S>& tape, Index t, S* gradients) const;
  /// The convolution at input i of entry b before its SiLU, and before any rule.
  S net(const S* now, const S* past, Index i) const;
  int source() const { return places_.shifted == kNone ? places_.x : places_.shifted; }
  S* gradient_of(S* gradients, int parameter) const { return gradients + at_[parameter]; }

  const CellInfo& info_;
  Sizes sizes_;
  LayerParameters at_;
  std::unique_ptr<SteppedLayer<S>> cell_;
  FilterPlaces places_;
  Buffer<S> mu_, taps_, bias_;
};

extern template class InputFilter<float>;
extern template class InputFilter<double>;

}  // namespace gatescope::nn
