#include "core/analysis/gradient_lag.h"

#include <cmath>

namespace gatescope::analysis {

std::optional<Index> loss_step(const trace::SequenceTrace<float>& text) {
  if (text.trace.scored != 1) return std::nullopt;
  // A loss that is not a number is still the one at that step: the others were never written but as NaN, and
  // then the output's gradient tells, which is zero wherever nothing is scored.
  for (Index t = 0; t < text.trace.steps; ++t)
    if (!(text.trace.output_gradients.col(t).array() == 0).all()) return t;
  for (Index t = 0; t < text.trace.steps; ++t)
    if (!std::isnan(text.trace.loss[t])) return t;
  return text.trace.steps - 1;
}

std::vector<double> gradient_over_lag(const nn::LayerTape<float>& tape, int channel, Index from) {
  const auto gradients = tape.gradients(channel);
  const Index lags = tape.reverse() ? tape.steps() - from : from + 1;
  std::vector<double> norms;
  norms.reserve(static_cast<std::size_t>(lags));
  for (Index lag = 0; lag < lags; ++lag)
    norms.push_back(gradients.col(tape.reverse() ? from + lag : from - lag).cast<double>().norm());
  return norms;
}

double reference_of(const std::vector<double>& norms) {
  if (norms.empty()) return 0;
  return norms[0] == 0 && norms.size() > 1 ? norms[1] : norms[0];
}

std::optional<Index> gradient_reach(const std::vector<double>& norms, double share) {
  const double reference = reference_of(norms);
  if (reference == 0) return 0;
  for (std::size_t lag = norms[0] == 0 ? 1 : 0; lag < norms.size(); ++lag) {
    if (!std::isfinite(norms[lag])) return std::nullopt;
    if (norms[lag] < share * reference) return static_cast<Index>(lag);
  }
  return std::nullopt;
}

}  // namespace gatescope::analysis
