#include "core/analysis/surprisal.h"

#include <cmath>
#include <numbers>

namespace gatescope::analysis {

std::vector<double> surprisal(const trace::SequenceTrace<float>& text) {
  const auto& trace = text.trace;
  std::vector<double> bits;
  bits.reserve(text.targets.size());
  for (Index t = 0; t < trace.steps; ++t) {
    double nats = trace.loss[t];
    const int target = text.targets[t];
    if (std::isnan(nats) && target >= 0) {
      const Vector<double> y = trace.outputs.col(t).cast<double>();
      const double most = y.maxCoeff();
      nats = most + std::log((y.array() - most).exp().sum()) - y[target];
    }
    bits.push_back(nats / std::numbers::ln2);
  }
  return bits;
}

}  // namespace gatescope::analysis
