#include "core/analysis/keep_path.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/gradient_lag.h"

namespace gatescope::analysis {
namespace {

using Array = Eigen::ArrayXd;

/// What rules on the memory itself multiply it by at a step: used = scale * raw + shift.
void scale_by_rules(Array& factor, const nn::LayerTape<float>& tape, std::span<const nn::ForceRule> rules,
                    int layer, int memory, Index step) {
  for (const nn::ForceRule& rule : rules) {
    if (rule.before_activation || rule.layer.value_or(layer) != layer ||
        tape.info().find(rule.channel) != memory || !nn::covers(rule.steps, tape.first_step + step))
      continue;
    for (Index row = 0; row < factor.size(); ++row)
      if (nn::covers(rule.units, row % tape.hidden())) factor[row] *= rule.scale;
  }
}

}  // namespace

KeepPath keep_path(const nn::LayerTape<float>& tape, Index from, std::span<const nn::ForceRule> rules,
                   int layer) {
  const nn::CellInfo& cell = tape.info();
  const int memory = cell.memory(), keep = cell.keep_gate();
  const bool gated = keep != nn::kNone;
  const bool rest = gated && cell.channels[keep].keeps == nn::Share::rest;
  const Index lags = tape.reverse() ? tape.steps() - from : from + 1;
  const auto step_at = [&](Index lag) { return tape.reverse() ? from + lag : from - lag; };
  const auto gradients = tape.gradients(memory);
  // A memory that is read as the step before left it has no gradient at the loss step: its way begins there.
  const Index begin = lags > 1 && (gradients.col(from).array() == 0).all() ? 1 : 0;
  const Array first = gradients.col(step_at(begin)).cast<double>().array();
  Array product = Array::Ones(first.size());
  KeepPath path{.total = gradient_over_lag(tape, memory, from)};
  for (Index lag = 0; lag < lags; ++lag) {
    const Array total = gradients.col(step_at(lag)).cast<double>().array();
    if (lag > begin) {
      const Index later = step_at(lag - 1);  // whose gates stand between the two
      if (gated) {
        const Array gate = tape.values(keep).col(later).cast<double>().array().replicate(
            tape.width(memory) / tape.width(keep), 1);
        Array factor = rest ? Array(1 - gate) : gate;
        scale_by_rules(factor, tape, rules, layer, memory, later);
        product *= factor;
      } else {
        product.setZero();
      }
    }
    const Array kept = lag < begin ? Array(Array::Zero(first.size())) : Array(product * first);
    path.kept.push_back(kept.matrix().norm());
    path.rest.push_back((total - kept).matrix().norm());
    const double alone = kept.abs().sum(), all = alone + (total - kept).abs().sum();
    path.share.push_back(gated && all > 0 ? alone / all : std::numeric_limits<double>::quiet_NaN());
    path.product.push_back(gated ? product.mean() : std::numeric_limits<double>::quiet_NaN());
  }
  tape.release();
  return path;
}

}  // namespace gatescope::analysis
