#include "core/analysis/scores.h"

#include <limits>

#include "core/analysis/surprisal.h"

namespace gatescope::analysis {

std::vector<double> scores(const observe::Observation<float>& observation,
                           const trace::SequenceTrace<float>& of) {
  if (observation.outcome().has_probabilities) return surprisal(of);
  const Index height = of.trace.outputs.rows();
  std::vector<double> errors(static_cast<std::size_t>(of.trace.steps),
                             std::numeric_limits<double>::quiet_NaN());
  for (Index t = 0; t < of.trace.steps; ++t) {
    if (!of.expects(t)) continue;
    const Eigen::Map<const Vector<float>> target(of.target_values.data() + t * height, height);
    const auto error = (of.trace.outputs.col(t) - target).cast<double>();
    errors[t] = error.squaredNorm() / static_cast<double>(height);
  }
  return errors;
}

}  // namespace gatescope::analysis
