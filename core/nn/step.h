#pragma once

#include <algorithm>

#include "core/math/product.h"
#include "core/nn/layer.h"

namespace gatescope::nn {

/// A layer's weights, packed: U_k and its transpose for each row block k, and what a character adds to it.
template <class S>
struct PackedRows {
  PackedMatrix<S> recurrent, recurrent_transposed;  // (H, H)
  PackedMatrix<S> input, input_transposed;          // (H, I) and (I, H), for dense input
  Matrix<S> table;                 // (H, I): column v is W one_hot(v) + biases, for characters
  Vector<S> bias, recurrent_bias;  // (H)
};

/// What a cell sees of step t: its channels as (H, B) arrays, its recurrent product, its interventions. With
/// Forced = false everything about interventions compiles away.
template <class S, bool Forced>
class Step {
 public:
  Step(trace::LayerTape<S>& tape, const CellInfo& info, const PackedRows<S>* rows, const S* peepholes,
       S* peephole_gradients, const Plan<S>* plan)
      : tape_(tape),
        info_(info),
        rows_(rows),
        peepholes_(peepholes),
        peephole_gradients_(peephole_gradients),
        plan_(plan) {
    if constexpr (Forced) tape.ones.setOnes(tape.hidden());
  }

  void go_to(Index t) { t_ = t; }

  /// The used values of channel k at this step, and of a state one step earlier.
  Block<S> operator[](int k) { return block(tape_.value(k, t_)); }
  Block<S> prev(int k) { return block(tape_.previous_value(k, t_)); }
  /// The values before the plan changed them.
  Block<S> raw(int k) { return block(Forced ? tape_.raw(k, t_) : tape_.value(k, t_)); }
  /// Gradients at this step, and of a state one step earlier.
  Block<S> d(int k) { return block(tape_.gradient(k, t_)); }
  Block<S> d_prev(int k) { return block(tape_.previous_gradient(k, t_)); }

  /// The one place where gates are forced: used = scale*raw + shift.
  void force(int k) {
    if constexpr (Forced) {
      raw(k) = (*this)[k];
      if (const auto* affine = plan_->at(k, tape_.first_step + t_)) {
        auto used = (*this)[k];
        used = (used.colwise() * affine->scale.array()).colwise() + affine->shift.array();
      }
    }
  }

  /// Its adjoint: dL/draw = scale * dL/dused.
  template <class Expression>
  auto unforce(int k, const Expression& gradient) const {
    if constexpr (Forced) {
      const auto* affine = plan_->at(k, tape_.first_step + t_);
      const Eigen::Map<const Eigen::Array<S, Eigen::Dynamic, 1>> scale(
          affine ? affine->scale.data() : tape_.ones.data(), tape_.hidden());
      return gradient * scale.replicate(1, tape_.batch());
    } else {
      return gradient;
    }
  }

  /// Adds U s to every row block whose source is s, and its adjoint.
  void recur(int source) {
    const Index h = tape_.hidden();
    const S* from = info_.is_state(source) ? tape_.previous_value(source, t_) : tape_.value(source, t_);
    for (std::size_t r = 0; r < info_.rows.size(); ++r) {
      if (info_.rows[r].source != source) continue;
      rows_[r].recurrent.multiply_add(from, h, tape_.value(info_.rows[r].recurrent, t_), h, tape_.batch());
    }
  }
  void recur_back(int source) {
    const Index h = tape_.hidden();
    S* to = info_.is_state(source) ? tape_.previous_gradient(source, t_) : tape_.gradient(source, t_);
    for (std::size_t r = 0; r < info_.rows.size(); ++r) {
      if (info_.rows[r].source != source) continue;
      rows_[r].recurrent_transposed.multiply_add(tape_.gradient(info_.rows[r].recurrent, t_), h, to, h,
                                                 tape_.batch());
    }
  }

  /// Adds the peephole p ⊙ state to the pre-activation of channel k.
  void peep(int k, int p, const Block<S>& state) { (*this)[k] += state.colwise() * peephole(p); }
  /// Its adjoint: adds to the state's gradient and to the peephole's.
  void peep_back(int k, int p, const Block<S>& state, Block<S> state_gradient) {
    state_gradient += d(k).colwise() * peephole(p);
    Eigen::Map<Eigen::Array<S, Eigen::Dynamic, 1>> gradient(peephole_gradients_ + p * tape_.hidden(),
                                                            tape_.hidden());
    gradient += (d(k) * state).rowwise().sum();
  }

 private:
  Block<S> block(S* data) const { return {data, tape_.hidden(), tape_.batch()}; }
  Eigen::Map<const Eigen::Array<S, Eigen::Dynamic, 1>> peephole(int p) const {
    return {peepholes_ + p * tape_.hidden(), tape_.hidden()};
  }

  trace::LayerTape<S>& tape_;
  const CellInfo& info_;
  const PackedRows<S>* rows_;
  const S* peepholes_;
  S* peephole_gradients_;
  const Plan<S>* plan_;
  Index t_ = 0;
};

}  // namespace gatescope::nn
