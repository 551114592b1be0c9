#pragma once

#include <Eigen/QR>
#include <cmath>

#include "core/math/rng.h"
#include "core/nn/layer.h"
#include "core/nn/model_spec.h"
#include "core/nn/starts.h"

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

/// Fills one direction of one layer in the flat buffer `p`, parameter after parameter.
template <class S>
void initialise_layer(const Initialisation& init, const CellInfo& cell, const Sizes& sizes,
                      const LayerParameters& at, S* p, Rng& rng) {
  const Index hidden = sizes.hidden;
  const Weights input = init.input == Weights::automatic ? Weights::pytorch : init.input;
  const auto recurrent_rule = [&](Start start) {
    if (init.recurrent != Weights::automatic) return init.recurrent;
    return start == Start::identity ? Weights::identity : input;
  };
  const auto is_recurrent = [](Start start) {
    return start == Start::recurrent || start == Start::identity || start == Start::zero;
  };
  bool random_biases = input == Weights::pytorch;
  for (const ParameterInfo& info : cell.parameters)
    if (is_recurrent(info.start))
      random_biases = random_biases && (recurrent_rule(info.start) == Weights::pytorch);
  const auto draw = [&](const ParameterInfo& info, S* first, Weights rule, double gain) {
    const Index height = sizes(info.rows), cols = sizes(info.cols);
    // A gate's matrix, or that of each of its heads.
    const Index blocks = info.rows.times * (info.cols.of == Size::head ? sizes.heads : 1),
                rows = height / blocks;
    MatrixView<S> weights(first, height, cols);
    for (Index block = 0; block < blocks; ++block)
      weights.middleRows(block * rows, rows) =
          (gain * draw_weights(rule, rows, cols, hidden, rng)).template cast<S>();
  };
  for (std::size_t k = 0; k < cell.parameters.size(); ++k) {
    const ParameterInfo& info = cell.parameters[k];
    S* first = p + at[k];
    switch (info.start) {
      case Start::input:
        draw(info, first, input, 1);
        break;
      case Start::passing: {
        const bool passes = init.input == Weights::automatic && sizes(info.cols) == hidden;
        draw(info, first, passes ? Weights::identity : input, 1);
        break;
      }
      case Start::zero:
        if (init.recurrent == Weights::automatic) break;
        [[fallthrough]];
      case Start::recurrent:
      case Start::identity:
        draw(info, first, recurrent_rule(info.start), init.gain);
        break;
      case Start::own: {
        const Index rows = sizes(info.rows);
        for (Index n = 0; n < rows * sizes(info.cols); ++n)
          first[n] = static_cast<S>(info.begin(n % rows, n / rows, rows));
        break;
      }
      case Start::fan_in:
      case Start::bias:
      case Start::uniform: {
        const bool random = info.start != Start::bias || random_biases;
        const double bound =
            1 / std::sqrt(static_cast<double>(info.start == Start::fan_in ? sizes(info.cols) : hidden));
        for (Index n = 0; n < sizes(info.rows) * sizes(info.cols); ++n)
          first[n] = random ? static_cast<S>(rng.uniform(-bound, bound)) : S(0);
        break;
      }
    }
  }

  for (const Bias& bias : cell.biases) {
    if (!bias.start) continue;
    const Extent& extent = cell.channels[bias.to].extent;
    const Index width = sizes(extent);
    S* first = p + at[bias.parameter] + bias.block * width;
    // A ladder is climbed by the units of every head, or by the heads.
    const Index rungs = extent == kHeads ? width : width / sizes.heads;
    for (Index n = 0; n < width; ++n) first[n] = static_cast<S>(bias.start(n % rungs, rungs));
  }

  // The biases that decide how long a state is kept: all in a channel's first, none in its others.
  const auto set_bias = [&](int channel, Index number, double value) {
    for (const Bias& bias : cell.biases) {
      if (bias.to != channel) continue;
      const Index rows = sizes(cell.channels[channel].extent);
      p[at[bias.parameter] + bias.block * rows + number] = static_cast<S>(value);
      value = 0;
    }
  };
  const int keep_bias = cell.keep_bias(), write_bias = cell.write_bias();
  const auto width_of = [&](int channel) {
    return channel == kNone ? Index{0} : sizes(cell.channels[channel].extent);
  };
  const Index kept = width_of(keep_bias), written = width_of(write_bias);
  const bool chrono = init.chrono > 2 && takes_chrono(cell);
  for (Index n = 0; n < std::max(kept, written); ++n) {
    if (init.forget_bias) {
      if (n < kept)
        set_bias(keep_bias, n, *init.forget_bias);
      else if (kept == 0)
        set_bias(write_bias, n, -*init.forget_bias);
    }
    if (chrono) {
      const double keep = std::log(rng.uniform(1, init.chrono - 1));
      if (n < kept) set_bias(keep_bias, n, keep);
      if (n < written) set_bias(write_bias, n, -keep);
    }
  }
}

}  // namespace gatescope::nn
