#include "core/nn/recurrent.h"

#include <algorithm>

namespace gatescope::nn {

template <class S>
Recurrent<S>::Recurrent(const CellInfo& info, const CellSteps<S>& cell_steps, Index inputs, Index hidden,
                        bool one_hot, const LayerParameters& at)
    : info_(info),
      cell_steps_(cell_steps),
      inputs_(inputs),
      hidden_(hidden),
      one_hot_(one_hot),
      at_(at),
      rows_(info.rows.size()),
      peepholes_(static_cast<std::size_t>(hidden * info.peephole_vectors)) {}

template <class S>
void Recurrent<S>::prepare(int piece, const S* parameters) {
  const WeightRows& row = info_.rows[static_cast<std::size_t>(piece)];
  PackedRows& packed = rows_[static_cast<std::size_t>(piece)];
  const Index first = piece * hidden_;
  packed.bias = Eigen::Map<const Vector<S>>(parameters + at_.bias_ih + first, hidden_);
  if (row.recurrent != kNone) {
    packed.recurrent_bias = Eigen::Map<const Vector<S>>(parameters + at_.bias_hh + first, hidden_);
    if (row.recurrent == row.input) packed.bias += packed.recurrent_bias;
    const S* weights = parameters + at_.weight_hh + first;
    packed.recurrent.pack(weights, height(), hidden_, hidden_);
    packed.recurrent_transposed.pack_transposed(weights, height(), hidden_, hidden_);
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
  if (piece == 0 && at_.peephole >= 0)
    std::copy_n(parameters + at_.peephole, peepholes_.size(), peepholes_.begin());
}

/// Hands all steps to the kernels, forwards or backwards in time.
template <class S>
void Recurrent<S>::run(trace::LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                       bool forwards, void (*steps)(const StepSequence<S>&), S* peephole_gradients) const {
  auto& [rows, forced] = tape.step_scratch;
  rows.clear();
  for (const PackedRows& row : rows_)
    rows.push_back(
        {row.recurrent.data(), row.recurrent_transposed.data(), row.table.data(), row.recurrent_bias.data()});
  forced.clear();
  if (plan) plan->append_to(forced);
  StepSequence<S> sequence = tape.step_sequence();
  sequence.rows = rows.data();
  sequence.peepholes = peepholes_.data();
  sequence.peephole_gradients = peephole_gradients;
  sequence.forced = forced.data();
  sequence.forced_count = static_cast<Index>(forced.size());
  sequence.kernels = &kernels<S>();
  tape.in_pieces(forwards, [&](Index first, Index count) {
    const Index before = first * hidden_ * tape.batch();
    StepSequence<S> piece = sequence;
    piece.steps = count;
    piece.values += before;
    piece.gradients += before;
    piece.raw += before;
    piece.tokens = one_hot_ ? input.tokens + first * tape.batch() : nullptr;
    piece.first_step = tape.first_step + first;
    steps(piece);
  });
}

template <class S>
void Recurrent<S>::forward(trace::LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan) const {
  if (!one_hot_) dense_input(tape, input);
  run(tape, input, plan, !tape.reverse(), cell_steps_.forward, nullptr);
}

template <class S>
void Recurrent<S>::backward(trace::LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                            S* gradients, S* input_gradient) const {
  const auto clear = [&](S* block) { std::fill_n(block, hidden_ * tape.batch(), S(0)); };
  clear(tape.initial_gradient(info_.hidden));
  if (info_.cell_state != kNone) {
    clear(tape.initial_gradient(info_.cell_state));
    // Every earlier gradient of the cell state is set by the step after it; the last has none.
    clear(tape.gradient(info_.cell_state, tape.reverse() ? 0 : tape.steps() - 1));
  }
  run(tape, input, plan, tape.reverse(), cell_steps_.backward,
      at_.peephole < 0 ? nullptr : gradients + at_.peephole);
  recurrent_gradients(tape, gradients);
  if (one_hot_) {
    one_hot_gradients(tape, input.tokens, gradients);
  } else {
    dense_gradients(tape, input.dense, gradients, input_gradient);
  }
}

/// W x + b for all steps at once.
template <class S>
void Recurrent<S>::dense_input(trace::LayerTape<S>& tape, const LayerInput<S>& input) const {
  tape.in_pieces(true, [&](Index first, Index count) {
    const Index column = first * tape.batch(), columns = count * tape.batch();
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      rows_[r].input.multiply({rows_[r].bias.data()}, input.dense + column * inputs_, inputs_,
                              tape.value(info_.rows[r].input, first), hidden_, columns);
    }
  });
}

/// dU_k = Σ_t d_k s^T for all row blocks that share the source s, and the recurrent biases.
template <class S>
void Recurrent<S>::recurrent_gradients(trace::LayerTape<S>& tape, S* gradients) const {
  tape.in_pieces(true, [&](Index first, Index count) {
    const Index before = first * hidden_ * tape.batch(), columns = count * tape.batch();
    for (int source = 0; source < static_cast<int>(info_.channels.size()); ++source) {
      std::vector<const S*>& left = tape.scratch.sources;
      std::vector<S*>& to = tape.scratch.targets;
      left.clear();
      to.clear();
      for (std::size_t r = 0; r < rows_.size(); ++r) {
        const WeightRows& row = info_.rows[r];
        if (row.source != source) continue;
        const Index place = static_cast<Index>(r) * hidden_;
        left.push_back(tape.gradient(row.recurrent, first));
        to.push_back(gradients + at_.weight_hh + place);
        if (row.recurrent != row.input)
          kernels<S>().add_columns(gradients + at_.bias_hh + place, tape.gradient(row.recurrent, first),
                                   hidden_, columns);
      }
      if (left.empty()) continue;
      const S* right =
          info_.is_state(source) ? tape.previous_values(source).data() + before : tape.value(source, first);
      add_outer_products(left.data(), to.data(), static_cast<int>(left.size()), hidden_, right, hidden_,
                         columns, height(), tape.scratch);
    }
  });
}

template <class S>
void Recurrent<S>::add_bias_gradient(S* gradients, std::size_t r, const Vector<S>& sum) const {
  const WeightRows& row = info_.rows[r];
  const auto add = [&](Index bias) {
    Eigen::Map<Vector<S>>(gradients + bias + static_cast<Index>(r) * hidden_, hidden_) += sum;
  };
  add(at_.bias_ih);
  if (row.recurrent == row.input) add(at_.bias_hh);
}

/// Every column of W collects the gradients of the steps that showed its character.
template <class S>
void Recurrent<S>::one_hot_gradients(trace::LayerTape<S>& tape, const int* tokens, S* gradients) const {
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    Eigen::Map<Matrix<S>, 0, Eigen::OuterStride<>> dw(
        gradients + at_.weight_ih + static_cast<Index>(r) * hidden_, hidden_, inputs_,
        Eigen::OuterStride<>(height()));
    // Every step shows one character, so that the columns together collect the bias's gradient, too.
    tape.sum = -dw.rowwise().sum();
    tape.in_pieces(true, [&](Index first, Index count) {
      kernels<S>().scatter_columns(dw.data(), height(), tokens + first * tape.batch(),
                                   tape.gradient(info_.rows[r].input, first), hidden_, count * tape.batch());
    });
    tape.sum += dw.rowwise().sum();
    add_bias_gradient(gradients, r, tape.sum);
  }
}

template <class S>
void Recurrent<S>::dense_gradients(trace::LayerTape<S>& tape, const S* x, S* gradients,
                                   S* input_gradient) const {
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    tape.sum = Vector<S>::Zero(hidden_);
    tape.in_pieces(true, [&](Index first, Index count) {
      kernels<S>().add_columns(tape.sum.data(), tape.gradient(info_.rows[r].input, first), hidden_,
                               count * tape.batch());
    });
    add_bias_gradient(gradients, r, tape.sum);
  }
  tape.in_pieces(true, [&](Index first, Index count) {
    const Index before = first * tape.batch() * inputs_, columns = count * tape.batch();
    S* dx = input_gradient ? input_gradient + before : nullptr;
    std::vector<const S*>& left = tape.scratch.sources;
    std::vector<S*>& to = tape.scratch.targets;
    left.clear();
    to.clear();
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const S* d = tape.gradient(info_.rows[r].input, first);
      left.push_back(d);
      to.push_back(gradients + at_.weight_ih + static_cast<Index>(r) * hidden_);
      const Columns<S> earlier_rows = r == 0 ? Columns<S>{} : Columns<S>{dx, inputs_};
      if (dx) rows_[r].input_transposed.multiply(earlier_rows, d, hidden_, dx, inputs_, columns);
    }
    add_outer_products(left.data(), to.data(), static_cast<int>(rows_.size()), hidden_, x + before, inputs_,
                       columns, height(), tape.scratch);
  });
}

template class Recurrent<float>;
template class Recurrent<double>;

}  // namespace gatescope::nn
