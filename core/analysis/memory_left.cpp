#include "core/analysis/memory_left.h"

#include <algorithm>

#include "core/analysis/summary.h"

namespace gatescope::analysis {

std::vector<double> mean_sizes(const ConstMatrixView<float>& values) {
  std::vector<double> sizes;
  sizes.reserve(static_cast<std::size_t>(values.cols()));
  for (Index t = 0; t < values.cols(); ++t) {
    const double mean = values.col(t).cast<double>().cwiseAbs().mean();
    sizes.push_back(mean);
  }
  return sizes;
}

double size_left(std::span<const double> forced, std::span<const double> natural, Index from, Index end) {
  return mean_of_finite(forced, from, end) / mean_of_finite(natural, from, end);
}

Index first_forced_step(const observe::Observation<float>& observation) {
  const Index steps = observation.steps();
  if (observation.network->spec().bidirectional) return 0;
  Index first = steps;
  for (const nn::ForceRule& rule : observation.rules) {
    if (rule.steps.empty()) first = 0;
    for (const nn::Range& range : rule.steps) first = std::min<Index>(first, range.first);
  }
  return first < steps ? std::max<Index>(first, 0) : 0;
}

}  // namespace gatescope::analysis
