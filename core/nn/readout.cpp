#include "core/nn/readout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/math/kernels.h"

namespace gatescope::nn {
namespace {

// Columns whose exponentials are taken together: one long vector in the cache, where single columns of an odd
// height would each have their own remainder.
constexpr Index kTogether = 64;

template <class S>
bool is_scored(Readout readout, const Targets<S>& targets, Index n) {
  return readout == Readout::softmax ? targets.classes[n] >= 0 : targets.scored[n] != 0;
}

/// Cross-entropy and its gradient of the columns first ... last - 1.
template <class S>
void cross_entropy(Trace<S>& trace, const int* targets, S scale, Index first, Index last) {
  const Kernels<S>& with = kernels<S>();
  const Index rows = trace.outputs.rows();
  std::array<S, kTogether> highest, sum;
  S* gradients = trace.output_gradients.col(first).data();
  with.exponentials(trace.outputs.col(first).data(), rows, last - first, gradients, highest.data(),
                    sum.data());
  for (Index n = first; n < last; ++n, gradients += rows) {
    if (targets[n] < 0) {
      std::fill_n(gradients, rows, S(0));
      continue;
    }
    const auto k = static_cast<std::size_t>(n - first);
    trace.loss[n] = std::log(sum[k]) + (highest[k] - trace.outputs(targets[n], n));
    with.scale(gradients, scale / sum[k], rows);
    gradients[targets[n]] -= scale;
  }
}

/// Squared error, averaged over the outputs, and its gradient.
template <class S>
void squared_error(Trace<S>& trace, const S* target, S scale, Index n) {
  const Index outputs = trace.outputs.rows();
  auto gradient = trace.output_gradients.col(n);
  gradient = trace.outputs.col(n) - Eigen::Map<const Vector<S>>(target + n * outputs, outputs);
  trace.loss[n] = gradient.squaredNorm() / static_cast<S>(outputs);
  gradient *= 2 * scale / static_cast<S>(outputs);
}

}  // namespace

template <class S>
void score(Trace<S>& trace, Readout readout, const Targets<S>& targets, double scale) {
  const Index columns = trace.outputs.cols();
  trace.output_gradients.resize(trace.outputs.rows(), columns, trace.file);
  trace.loss.setConstant(columns, std::numeric_limits<S>::quiet_NaN());
  trace.total_loss = 0;
  trace.scored = 0;
  const S factor = static_cast<S>(scale);
  trace.in_pieces(2 * trace.outputs.rows(), [&](Index from, Index count) {
    const Index end = from + count;
    for (Index n = from; readout == Readout::softmax && n < end; n += kTogether)
      cross_entropy(trace, targets.classes, factor, n, std::min(n + kTogether, end));
    for (Index n = from; n < end; ++n) {
      if (!is_scored(readout, targets, n)) {
        if (readout == Readout::linear) trace.output_gradients.col(n).setZero();
        continue;
      }
      if (readout == Readout::linear) squared_error(trace, targets.values, factor, n);
      trace.total_loss += static_cast<double>(trace.loss[n]);
      ++trace.scored;
    }
  });
}

template void score(Trace<float>&, Readout, const Targets<float>&, double);
template void score(Trace<double>&, Readout, const Targets<double>&, double);

}  // namespace gatescope::nn
