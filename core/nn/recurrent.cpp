#include "core/nn/recurrent.h"

#include <algorithm>
#include <cmath>

namespace gatescope::nn {

template <class S>
Recurrent<S>::Recurrent(const CellInfo& info, const CellSteps<S>& cell_steps, const Sizes& sizes,
                        bool one_hot, const LayerParameters& at)
    : info_(info),
      cell_steps_(cell_steps),
      sizes_(sizes),
      one_hot_(one_hot),
      at_(at),
      products_(info.products.size()),
      biases_(info.channels.size()),
      of_units_(info.parameters.size()) {
  for (int k = 0; k < static_cast<int>(info_.channels.size()); ++k) {
    shared_starts_.push_back(shared_numbers_);
    if (!info_.counts_units(k)) shared_numbers_ += width(k);
  }
}

template <class S>
void Recurrent<S>::sum_biases(int channel, const S* parameters, Vector<S>& sum) const {
  bool any = false;
  for (const Bias& bias : info_.biases) {
    if (bias.to != channel) continue;
    const Eigen::Map<const Vector<S>> one(parameters + place(bias.parameter, bias.block, channel),
                                          width(channel));
    if (any)
      sum += one;
    else
      sum = one;
    any = true;
  }
  if (!any) sum.resize(0);
}

template <class S>
void Recurrent<S>::prepare(int piece, const S* parameters) {
  if (piece == static_cast<int>(products_.size())) {
    for (int k = 0; k < static_cast<int>(biases_.size()); ++k)
      if (!has_input(k)) sum_biases(k, parameters, biases_[k]);
    for (int p = 0; p < static_cast<int>(of_units_.size()); ++p) {
      if (!info_.is_of_units(p)) continue;
      const auto k = static_cast<std::size_t>(p);
      const S* first = parameters + at_[k];
      of_units_[k].assign(first, first + height(p) * sizes_(info_.parameters[k].cols));
      if (info_.parameters[k].used == Used::exponential)
        for (S& number : of_units_[k]) number = std::exp(number);
    }
    return;
  }
  const Product& product = info_.products[piece];
  PackedProduct& packed = products_[piece];
  const S* weights = parameters + place(product.parameter, product.block, product.to);
  const Index lda = height(product.parameter), rows = width(product.to), cols = columns(product);
  if (product.from == kInput) sum_biases(product.to, parameters, packed.bias);
  if (product.from == kInput && one_hot_) {
    const Eigen::Map<const Matrix<S>, 0, Eigen::OuterStride<>> w(weights, rows, cols,
                                                                 Eigen::OuterStride<>(lda));
    if (packed.bias.size() > 0)
      packed.table = w.colwise() + packed.bias;
    else
      packed.table = w;
    return;
  }
  if (sizes_.heads > 1 && info_.by_heads(product)) return pack_heads(product, packed, weights);
  packed.weights.pack(weights, lda, rows, cols);
  packed.transposed.pack_transposed(weights, lda, cols, rows);
}

/// Every head's (rows, columns) of its own.
template <class S>
void Recurrent<S>::pack_heads(const Product& product, PackedProduct& packed, const S* weights) const {
  const Kernels<S>& with = kernels<S>();
  const Index lda = height(product.parameter), rows = width(product.to) / sizes_.heads,
              cols = columns(product) / sizes_.heads;
  const Index size = with.packed_size(rows, cols), transposed_size = with.packed_size(cols, rows);
  packed.heads.resize(static_cast<std::size_t>(sizes_.heads * size));
  packed.heads_transposed.resize(static_cast<std::size_t>(sizes_.heads * transposed_size));
  for (Index head = 0; head < sizes_.heads; ++head) {
    with.pack(weights + head * rows, 1, lda, rows, cols, packed.heads.data() + head * size);
    with.pack(weights + head * rows, lda, 1, cols, rows,
              packed.heads_transposed.data() + head * transposed_size);
  }
}

/// Hands all steps to the kernels, forwards or backwards in time.
template <class S>
void Recurrent<S>::run(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan, bool forwards,
                       void (*steps)(const StepSequence<S>&), S* gradients, const StepRange& range) const {
  StepScratch<S>& scratch = tape.step_scratch;
  scratch.products.clear();
  for (const PackedProduct& product : products_) {
    if (product.heads.empty())
      scratch.products.push_back({product.weights.data(), product.transposed.data(), product.table.data()});
    else
      scratch.products.push_back({product.heads.data(), product.heads_transposed.data(), nullptr});
  }
  scratch.biases.clear();
  for (const Vector<S>& bias : biases_) scratch.biases.push_back(bias.size() == 0 ? nullptr : bias.data());
  scratch.parameters.clear();
  scratch.parameter_gradients.clear();
  for (std::size_t p = 0; p < of_units_.size(); ++p) {
    scratch.parameters.push_back(of_units_[p].data());
    scratch.parameter_gradients.push_back(gradients ? gradients + at_[p] : nullptr);
  }
  scratch.lanes.resize(static_cast<std::size_t>(shared_numbers_ * kMostLanes));
  const Index shared = std::max(sizes_.memories, kNumbersOfNorm);
  scratch.functions.resize(static_cast<std::size_t>(shared) * kMostFunctions);
  scratch.forced.clear();
  if (plan) plan->append_to(scratch.forced, info_.channels.size());
  StepSequence<S> sequence = tape.step_sequence();
  sequence.products = scratch.products.data();
  sequence.biases = scratch.biases.data();
  sequence.tokens = one_hot_ ? input.tokens : nullptr;
  sequence.parameters = scratch.parameters.data();
  sequence.parameter_gradients = scratch.parameter_gradients.data();
  sequence.lanes = scratch.lanes.data();
  sequence.lane_starts = shared_starts_.data();
  sequence.functions = scratch.functions.data();
  sequence.most_shared = shared;
  sequence.forced = scratch.forced.data();
  sequence.forced_count = static_cast<Index>(scratch.forced.size());
  sequence.kernels = &kernels<S>();
  tape.in_pieces(forwards, range, [&](Index first, Index count) {
    sequence.first = first;
    sequence.steps = count;
    steps(sequence);
  });
}

template <class S>
void Recurrent<S>::forward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                                 const StepRange& range) const {
  if (!one_hot_) dense_input(tape, input, range);
  run(tape, input, plan, !tape.reverse(), cell_steps_.forward, nullptr, range);
  // Where no rule is on the cell its steps keep no raw values; another layer, or an option, has the rules.
  if (!tape.forced() || !tape.step_scratch.forced.empty()) return;
  tape.in_pieces(true, range, [&](Index first, Index count) {
    for (int k = 0; k < static_cast<int>(info_.channels.size()); ++k)
      std::copy_n(tape.value(k, first), width(k) * count * tape.batch(), tape.raw(k, first));
  });
}

template <class S>
void Recurrent<S>::backward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                                  S* gradients, const StepRange& range) const {
  const Index last = tape.reverse() ? 0 : tape.steps() - 1;
  const bool begins = range.first <= last && last < range.first + range.count;
  // The gradients of states add up: those that no later step and no layer above sets begin at zero.
  for (const State& state : info_.states) {
    if (!begins || tape.ends_given) break;
    const auto clear = [&](S* block) { std::fill_n(block, tape.width(state.channel) * tape.batch(), S(0)); };
    clear(tape.initial_gradient(state.channel));
    if (state.channel != info_.output) clear(tape.gradient(state.channel, last));
  }
  run(tape, input, plan, tape.reverse(), cell_steps_.backward, gradients, range);
}

template <class S>
void Recurrent<S>::add_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients,
                                 S* input_gradient, const StepRange& range) const {
  product_gradients(tape, one_hot_ ? nullptr : input.dense, gradients, range);
  own_bias_gradients(tape, gradients, range);
  if (!one_hot_ && input_gradient) input_gradients(tape, input_gradient, range);
  if (range.first + range.count < tape.steps()) return;
  if (one_hot_)
    one_hot_gradients(tape, input.tokens, gradients);
  else
    dense_bias_gradients(tape, gradients);
}

template <class S>
void Recurrent<S>::step_back(LayerTape<S>& tape, const Plan<S>* plan, Index t, S* gradients,
                             S* input_gradient) const {
  // The other states before it begin at zero in the step itself.
  if (info_.is_state(info_.output))
    std::fill_n(tape.previous_gradient(info_.output, t), tape.width(info_.output) * tape.batch(), S(0));
  run(tape, {}, plan, tape.reverse(), cell_steps_.backward, gradients, {t, 1});
  if (!one_hot_ && input_gradient)
    input_gradients(tape, input_gradient - t * tape.batch() * sizes_.inputs, {t, 1});
}

/// M x + b for all of these steps at once.
template <class S>
void Recurrent<S>::dense_input(LayerTape<S>& tape, const LayerInput<S>& input, const StepRange& range) const {
  tape.in_pieces(true, range, [&](Index first, Index count) {
    const Index column = first * tape.batch(), columns = count * tape.batch();
    for (std::size_t p = 0; p < products_.size(); ++p) {
      const auto [parameter, block, from, to] = info_.products[p];
      if (from != kInput) continue;
      const Vector<S>& bias = products_[p].bias;
      products_[p].weights.multiply({bias.size() > 0 ? bias.data() : nullptr},
                                    input.dense + column * sizes_.inputs, sizes_.inputs,
                                    tape.value(to, first), width(to), columns);
    }
  });
}

/// dM = Σ_t d s^T for all products of one parameter that share the source s; `x` is dense input, or null.
template <class S>
void Recurrent<S>::product_gradients(LayerTape<S>& tape, const S* x, S* gradients,
                                     const StepRange& range) const {
  tape.in_pieces(true, range, [&](Index first, Index count) {
    const Index columns = count * tape.batch();
    for (std::size_t p = 0; p < products_.size(); ++p) {
      const Product& product = info_.products[p];
      const auto together = [&](const Product& other) {
        return other.from == product.from && other.parameter == product.parameter;
      };
      const bool of_input = product.from == kInput;
      if ((of_input && !x) || std::ranges::any_of(info_.products.first(p), together)) continue;
      std::vector<const S*>& left = tape.scratch.sources;
      std::vector<S*>& to = tape.scratch.targets;
      left.clear();
      to.clear();
      for (const Product& other : info_.products.subspan(p)) {
        if (!together(other)) continue;
        left.push_back(tape.gradient(other.to, first));
        to.push_back(gradients + place(other.parameter, other.block, other.to));
      }
      const Index cols = this->columns(product), before = first * cols * tape.batch();
      const S* right = of_input                       ? x + before
                       : info_.is_state(product.from) ? tape.previous_values(product.from).data() + before
                                                      : tape.value(product.from, first);
      if (sizes_.heads > 1 && info_.by_heads(product)) {
        const Index rows = width(product.to), of_head = rows / sizes_.heads,
                    cols_of_head = cols / sizes_.heads;
        const ConstMatrixView<S> source(right, cols, columns);
        const Index together_columns = kStepsTogether * tape.batch();  // whatever the piece, the same sums
        for (std::size_t k = 0; k < left.size(); ++k) {
          const ConstMatrixView<S> d(left[k], rows, columns);
          Eigen::Map<Matrix<S>, 0, Eigen::OuterStride<>> dw(to[k], rows, cols_of_head,
                                                            Eigen::OuterStride<>(height(product.parameter)));
          for (Index from = 0; from < columns; from += together_columns) {
            const Index some = std::min(together_columns, columns - from);
            for (Index head = 0; head < sizes_.heads; ++head)
              dw.middleRows(head * of_head, of_head).noalias() +=
                  d.block(head * of_head, from, of_head, some) *
                  source.block(head * cols_of_head, from, cols_of_head, some).transpose();
          }
        }
        continue;
      }
      add_outer_products(left.data(), to.data(), static_cast<int>(left.size()), width(product.to), right,
                         cols, columns, height(product.parameter), tape.scratch);
    }
  });
}

/// Adds the sum over all steps of a channel's gradient to its biases'.
template <class S>
void Recurrent<S>::add_bias_gradients(S* gradients, int channel, const VectorView<S>& sum) const {
  for (const Bias& bias : info_.biases) {
    if (bias.to != channel) continue;
    Eigen::Map<Vector<S>>(gradients + place(bias.parameter, bias.block, channel), width(channel)) += sum;
  }
}

/// The biases of channels that nothing of the input enters.
template <class S>
void Recurrent<S>::own_bias_gradients(LayerTape<S>& tape, S* gradients, const StepRange& range) const {
  tape.in_pieces(true, range, [&](Index first, Index count) {
    for (const Bias& bias : info_.biases) {
      if (has_input(bias.to)) continue;
      kernels<S>().add_columns(gradients + place(bias.parameter, bias.block, bias.to),
                               tape.gradient(bias.to, first), width(bias.to), count * tape.batch());
    }
  });
}

/// Every column of M collects the gradients of the steps that showed its character.
template <class S>
void Recurrent<S>::one_hot_gradients(LayerTape<S>& tape, const int* tokens, S* gradients) const {
  for (const Product& product : info_.products) {
    if (product.from != kInput) continue;
    const Index rows = width(product.to);
    Eigen::Map<Matrix<S>, 0, Eigen::OuterStride<>> dw(
        gradients + place(product.parameter, product.block, product.to), rows, sizes_.inputs,
        Eigen::OuterStride<>(height(product.parameter)));
    // Every step shows one character, so that the columns together collect the bias's gradient, too.
    VectorView<S> sum = tape.sum_of(rows);
    sum = -dw.rowwise().sum();
    tape.in_pieces(true, [&](Index first, Index count) {
      kernels<S>().scatter_columns(dw.data(), height(product.parameter), tokens + first * tape.batch(),
                                   tape.gradient(product.to, first), rows, count * tape.batch());
    });
    sum += dw.rowwise().sum();
    add_bias_gradients(gradients, product.to, sum);
  }
}

/// The biases of channels that dense input enters.
template <class S>
void Recurrent<S>::dense_bias_gradients(LayerTape<S>& tape, S* gradients) const {
  for (const Product& product : info_.products) {
    if (product.from != kInput) continue;
    VectorView<S> sum = tape.sum_of(width(product.to));
    sum.setZero();
    tape.in_pieces(true, [&](Index first, Index count) {
      kernels<S>().add_columns(sum.data(), tape.gradient(product.to, first), width(product.to),
                               count * tape.batch());
    });
    add_bias_gradients(gradients, product.to, sum);
  }
}

template <class S>
void Recurrent<S>::input_gradients(LayerTape<S>& tape, S* input_gradient, const StepRange& range) const {
  tape.in_pieces(true, range, [&](Index first, Index count) {
    const Index columns = count * tape.batch();
    S* dx = input_gradient + first * tape.batch() * sizes_.inputs;
    bool begun = false;
    for (std::size_t p = 0; p < products_.size(); ++p) {
      const Product& product = info_.products[p];
      if (product.from != kInput) continue;
      products_[p].transposed.multiply(begun ? Columns<S>{dx, sizes_.inputs} : Columns<S>{},
                                       tape.gradient(product.to, first), width(product.to), dx, sizes_.inputs,
                                       columns);
      begun = true;
    }
  });
}

template class Recurrent<float>;
template class Recurrent<double>;

}  // namespace gatescope::nn
