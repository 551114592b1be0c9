#include "core/analysis/next_characters.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace gatescope::analysis {

std::vector<double> probabilities(const Eigen::Ref<const Vector<float>>& logits) {
  return probabilities(Vector<double>(logits.cast<double>()));
}

std::vector<double> probabilities(const Eigen::Ref<const Vector<double>>& y) {
  const double most = y.size() > 0 ? y.maxCoeff<Eigen::PropagateNaN>() : 0;
  if (!std::isfinite(most))
    return std::vector<double>(static_cast<std::size_t>(y.size()), std::numeric_limits<double>::quiet_NaN());
  const Vector<double> p = (y.array() - most).exp() / (y.array() - most).exp().sum();
  return {p.data(), p.data() + p.size()};
}

std::vector<NextCharacter> next_characters(const Eigen::Ref<const Vector<float>>& logits, int count) {
  const std::vector<double> p = probabilities(logits);
  std::vector<int> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  const auto keep = std::min(order.size(), static_cast<std::size_t>(std::max(count, 0)));
  const auto likelier = [&](int a, int b) {
    const double pa = p[a], pb = p[b];
    return pa > pb || (!(pa < pb) && a < b);
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(keep), order.end(), likelier);
  std::vector<NextCharacter> out;
  for (std::size_t k = 0; k < keep; ++k) out.push_back({order[k], p[order[k]]});
  return out;
}

double share_guessed(const trace::SequenceTrace<float>& text) {
  Index hits = 0;
  for (Index t = 0; t < text.trace.steps; ++t) {
    const auto best = next_characters(text.trace.outputs.col(t), 1);
    hits += std::isfinite(best[0].probability) && best[0].character == text.targets[t];
  }
  return static_cast<double>(hits) / static_cast<double>(text.trace.steps);
}

double belief_in_right(const trace::SequenceTrace<float>& text) {
  double sum = 0;
  Index labels = 0;
  for (Index t = 0; t < text.trace.steps; ++t) {
    const int came = text.targets[t];
    if (came < 0) continue;
    sum += probabilities(text.trace.outputs.col(t))[came];
    ++labels;
  }
  return sum / static_cast<double>(labels);  // NaN where there is none
}

}  // namespace gatescope::analysis
