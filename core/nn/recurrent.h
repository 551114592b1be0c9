#pragma once

#include "core/nn/step.h"

namespace gatescope::nn {

/// A layer of the cell C: runs its steps forward and backward and computes the weight gradients of all steps
/// as one product. Input products for dense input are one product for all steps; characters are gathered.
template <Cell C, class S>
class Recurrent final : public Layer<S> {
 public:
  Recurrent(Index inputs, Index hidden, bool one_hot, const LayerParameters& at)
      : inputs_(inputs),
        hidden_(hidden),
        one_hot_(one_hot),
        at_(at),
        rows_(C::info.rows.size()),
        peepholes_(static_cast<std::size_t>(hidden * C::info.peephole_vectors)) {}

  const CellInfo& info() const override { return C::info; }
  Index hidden() const override { return hidden_; }
  int pieces() const override { return static_cast<int>(rows_.size()); }

  void prepare(int piece, const S* parameters) override {
    const WeightRows& row = C::info.rows[static_cast<std::size_t>(piece)];
    PackedRows<S>& packed = rows_[static_cast<std::size_t>(piece)];
    const Index first = piece * hidden_;
    packed.bias = Eigen::Map<const Vector<S>>(parameters + at_.bias_ih + first, hidden_);
    if (row.recurrent != kNone) {
      packed.recurrent_bias = Eigen::Map<const Vector<S>>(parameters + at_.bias_hh + first, hidden_);
      if (row.recurrent == row.input) packed.bias += packed.recurrent_bias;
      packed.recurrent.pack(parameters + at_.weight_hh + first, height(), hidden_, hidden_);
      packed.recurrent_transposed.pack_transposed(parameters + at_.weight_hh + first, height(), hidden_,
                                                  hidden_);
    }
    const S* weights = parameters + at_.weight_ih + first;
    if (one_hot_) {
      const Eigen::Map<const Matrix<S>, 0, Eigen::OuterStride<>> w(weights, hidden_, inputs_,
                                                                   Eigen::OuterStride<>(height()));
      packed.table = w.colwise() + packed.bias;
    } else {
      packed.input.pack(weights, height(), hidden_, inputs_);
      packed.input_transposed.pack_transposed(weights, height(), inputs_, hidden_);
    }
    if (piece == 0 && at_.peephole >= 0) {
      std::copy_n(parameters + at_.peephole, peepholes_.size(), peepholes_.begin());
    }
  }

  void forward(trace::LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan) const override {
    if (!one_hot_) dense_input(tape, input);
    if (plan && !plan->empty()) {
      forward_steps<true>(tape, input, plan);
    } else {
      forward_steps<false>(tape, input, nullptr);
    }
  }

  void backward(trace::LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan, S* gradients,
                S* input_gradient) const override {
    for (const int state : {C::info.hidden, C::info.cell_state}) {
      if (state == kNone) continue;
      block(tape.initial_gradient(state), tape).setZero();
      // Every earlier gradient of the cell state is set by the step after it; the last has none.
      if (state == C::info.cell_state)
        block(tape.gradient(state, tape.reverse() ? 0 : tape.steps() - 1), tape).setZero();
    }
    if (plan && !plan->empty()) {
      backward_steps<true>(tape, plan, gradients);
    } else {
      backward_steps<false>(tape, nullptr, gradients);
    }
    recurrent_gradients(tape, gradients);
    if (one_hot_) {
      one_hot_gradients(tape, input.tokens, gradients);
    } else {
      dense_gradients(tape, input.dense, gradients, input_gradient);
    }
  }

 private:
  Index height() const { return static_cast<Index>(rows_.size()) * hidden_; }

  Block<S> block(S* data, const trace::LayerTape<S>& tape) const { return {data, hidden_, tape.batch()}; }

  /// W x + b for all steps at once.
  void dense_input(trace::LayerTape<S>& tape, const LayerInput<S>& input) const {
    const Index columns = tape.steps() * tape.batch();
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      auto pre = tape.values(C::info.rows[r].input);
      pre.colwise() = rows_[r].bias;
      rows_[r].input.multiply_add(input.dense, inputs_, pre.data(), hidden_, columns);
    }
  }

  /// What stands in the channels before the cell's own step: the characters' columns, and biases that belong
  /// to the recurrent part alone.
  void begin_step(trace::LayerTape<S>& tape, const LayerInput<S>& input, Index t) const {
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const WeightRows& row = C::info.rows[r];
      if (one_hot_) {
        S* to = tape.value(row.input, t);
        for (Index b = 0; b < tape.batch(); ++b, to += hidden_) {
          std::copy_n(rows_[r].table.data() + input.tokens[t * tape.batch() + b] * hidden_, hidden_, to);
        }
      }
      if (row.recurrent != row.input && row.recurrent != kNone) {
        block(tape.value(row.recurrent, t), tape).colwise() = rows_[r].recurrent_bias.array();
      }
    }
  }

  template <bool Forced>
  void forward_steps(trace::LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan) const {
    Step<S, Forced> step(tape, C::info, rows_.data(), peepholes_.data(), nullptr, plan);
    for (Index n = 0; n < tape.steps(); ++n) {
      const Index t = tape.reverse() ? tape.steps() - 1 - n : n;
      begin_step(tape, input, t);
      step.go_to(t);
      C::forward(step);
    }
  }

  template <bool Forced>
  void backward_steps(trace::LayerTape<S>& tape, const Plan<S>* plan, S* gradients) const {
    S* peephole_gradients = at_.peephole < 0 ? nullptr : gradients + at_.peephole;
    Step<S, Forced> step(tape, C::info, rows_.data(), peepholes_.data(), peephole_gradients, plan);
    for (Index n = tape.steps() - 1; n >= 0; --n) {
      step.go_to(tape.reverse() ? tape.steps() - 1 - n : n);
      C::backward(step);
    }
  }

  /// dU_k = Σ_t d_k s^T for all row blocks that share the source s, and the recurrent biases.
  void recurrent_gradients(trace::LayerTape<S>& tape, S* gradients) const {
    for (int source = 0; source < static_cast<int>(C::info.channels.size()); ++source) {
      std::array<const S*, 4> left{};
      std::array<S*, 4> to{};
      int count = 0;
      for (std::size_t r = 0; r < rows_.size(); ++r) {
        const WeightRows& row = C::info.rows[r];
        if (row.source != source) continue;
        left[static_cast<std::size_t>(count)] = tape.gradient(row.recurrent, 0);
        to[static_cast<std::size_t>(count++)] = gradients + at_.weight_hh + static_cast<Index>(r) * hidden_;
        if (row.recurrent != row.input) {
          bias_view(gradients, at_.bias_hh, r) += tape.gradients(row.recurrent).rowwise().sum();
        }
      }
      if (count == 0) continue;
      const S* right = C::info.is_state(source) ? tape.previous_values(source).data() : tape.value(source, 0);
      add_outer_products(left.data(), to.data(), count, hidden_, right, hidden_, tape.steps() * tape.batch(),
                         height(), tape.scratch);
    }
  }

  Eigen::Map<Vector<S>> bias_view(S* gradients, Index bias, std::size_t r) const {
    return {gradients + bias + static_cast<Index>(r) * hidden_, hidden_};
  }

  void add_bias_gradient(S* gradients, std::size_t r, const Vector<S>& sum) const {
    const WeightRows& row = C::info.rows[r];
    bias_view(gradients, at_.bias_ih, r) += sum;
    if (row.recurrent == row.input) bias_view(gradients, at_.bias_hh, r) += sum;
  }

  /// Every column of W collects the gradients of the steps that showed its character.
  void one_hot_gradients(trace::LayerTape<S>& tape, const int* tokens, S* gradients) const {
    const Index columns = tape.steps() * tape.batch();
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      Eigen::Map<Matrix<S>, 0, Eigen::OuterStride<>> dw(
          gradients + at_.weight_ih + static_cast<Index>(r) * hidden_, hidden_, inputs_,
          Eigen::OuterStride<>(height()));
      const auto d = tape.gradients(C::info.rows[r].input);
      // Every step shows one character, so that the columns together collect the bias's gradient, too.
      tape.sum = -dw.rowwise().sum();
      for (Index n = 0; n < columns; ++n) dw.col(tokens[n]) += d.col(n);
      tape.sum += dw.rowwise().sum();
      add_bias_gradient(gradients, r, tape.sum);
    }
  }

  void dense_gradients(trace::LayerTape<S>& tape, const S* x, S* gradients, S* input_gradient) const {
    const Index columns = tape.steps() * tape.batch();
    if (input_gradient) MatrixView<S>(input_gradient, inputs_, columns).setZero();
    std::array<const S*, 4> left{};
    std::array<S*, 4> to{};
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const auto d = tape.gradients(C::info.rows[r].input);
      left[r] = d.data();
      to[r] = gradients + at_.weight_ih + static_cast<Index>(r) * hidden_;
      tape.sum = d.rowwise().sum();
      add_bias_gradient(gradients, r, tape.sum);
      if (input_gradient)
        rows_[r].input_transposed.multiply_add(d.data(), hidden_, input_gradient, inputs_, columns);
    }
    add_outer_products(left.data(), to.data(), static_cast<int>(rows_.size()), hidden_, x, inputs_, columns,
                       height(), tape.scratch);
  }

  Index inputs_, hidden_;
  bool one_hot_;
  LayerParameters at_;
  std::vector<PackedRows<S>> rows_;
  Buffer<S> peepholes_;
};

}  // namespace gatescope::nn
