#pragma once

#include <Eigen/QR>
#include <cmath>

#include "core/math/rng.h"
#include "core/nn/layer.h"
#include "core/nn/model_spec.h"

namespace gatescope::nn {

/// A (rows, cols) matrix with orthonormal rows or columns, whichever are fewer, drawn uniformly: the QR
/// decomposition of a normal matrix with the signs of R taken out [saxe2014].
inline Matrix<double> orthogonal_matrix(Index rows, Index cols, Rng& rng) {
  const Index tall = std::max(rows, cols), wide = std::min(rows, cols);
  Matrix<double> normal(tall, wide);
  for (Index k = 0; k < normal.size(); ++k) normal.data()[k] = rng.normal();
  const Eigen::HouseholderQR<Matrix<double>> qr(normal);
  Matrix<double> q = qr.householderQ() * Matrix<double>::Identity(tall, wide);
  for (Index c = 0; c < wide; ++c)
    if (qr.matrixQR()(c, c) < 0) q.col(c) *= -1;
  return rows >= cols ? q : q.transpose();
}

/// One gate's (rows, cols) matrix after the rule.
inline Matrix<double> draw_weights(Weights rule, Index rows, Index cols, Index hidden, Rng& rng) {
  if (rule == Weights::identity) return Matrix<double>::Identity(rows, cols);
  if (rule == Weights::orthogonal) return orthogonal_matrix(rows, cols, rng);
  const double bound = rule == Weights::glorot ? std::sqrt(6.0 / static_cast<double>(rows + cols))
                                               : 1 / std::sqrt(static_cast<double>(hidden));
  Matrix<double> w(rows, cols);
  for (Index k = 0; k < w.size(); ++k) w.data()[k] = rng.uniform(-bound, bound);
  return w;
}

/// Fills one direction of one layer in the flat buffer `p`.
template <class S>
void initialise_layer(const Initialisation& init, const CellInfo& cell, Index hidden, Index inputs,
                      const LayerParameters& at, S* p, Rng& rng) {
  const bool identity = cell.identity_start && init.recurrent == Weights::automatic;
  const Weights input = init.input == Weights::automatic ? Weights::pytorch : init.input;
  const Weights recurrent = identity                               ? Weights::identity
                            : init.recurrent == Weights::automatic ? input
                                                                   : init.recurrent;
  const Index blocks = static_cast<Index>(cell.rows.size()), height = blocks * hidden;
  MatrixView<S> weight_ih(p + at.weight_ih, height, inputs);
  for (Index k = 0; k < blocks; ++k) {
    weight_ih.middleRows(k * hidden, hidden) =
        draw_weights(input, hidden, inputs, hidden, rng).template cast<S>();
  }
  if (at.weight_hh >= 0) {
    MatrixView<S> weight_hh(p + at.weight_hh, height, hidden);
    for (Index k = 0; k < blocks; ++k) {
      weight_hh.middleRows(k * hidden, hidden) =
          (init.gain * draw_weights(recurrent, hidden, hidden, hidden, rng)).template cast<S>();
    }
  }
  const auto draw_vector = [&](Index offset, Index size, bool random) {
    const double bound = 1 / std::sqrt(static_cast<double>(hidden));
    for (Index k = 0; k < size; ++k)
      p[offset + k] = random ? static_cast<S>(rng.uniform(-bound, bound)) : S(0);
  };
  const bool random_biases = input == Weights::pytorch && (at.weight_hh < 0 || recurrent == Weights::pytorch);
  draw_vector(at.bias_ih, height, random_biases);
  if (at.bias_hh >= 0) draw_vector(at.bias_hh, height, random_biases);
  if (at.peephole >= 0) draw_vector(at.peephole, hidden * cell.peephole_vectors, true);

  // The biases that decide how long a state is kept: all in bias_ih, none in bias_hh.
  const auto set_bias = [&](int block, Index unit, double value) {
    p[at.bias_ih + block * hidden + unit] = static_cast<S>(value);
    if (at.bias_hh >= 0) p[at.bias_hh + block * hidden + unit] = S(0);
  };
  for (Index unit = 0; unit < hidden; ++unit) {
    if (init.forget_bias) {
      if (cell.keep_rows != kNone)
        set_bias(cell.keep_rows, unit, *init.forget_bias);
      else if (cell.write_rows != kNone)
        set_bias(cell.write_rows, unit, -*init.forget_bias);
    }
    if (init.chrono > 2) {
      const double keep = std::log(rng.uniform(1, init.chrono - 1));
      if (cell.keep_rows != kNone) set_bias(cell.keep_rows, unit, keep);
      if (cell.write_rows != kNone) set_bias(cell.write_rows, unit, -keep);
    }
  }
}

}  // namespace gatescope::nn
