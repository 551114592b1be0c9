#include "core/analysis/saliency.h"

namespace gatescope::analysis {
namespace {

/// (R*H, I), the input weights of the lowest layer.
ConstMatrixView<float> input_weights(const nn::Network<float>& network, bool reverse) {
  const nn::Parameter* weight =
      network.table().find(reverse ? "rnn.weight_ih_l0_reverse" : "rnn.weight_ih_l0");
  return {network.parameters().data() + weight->offset, weight->rows, weight->cols};
}

}  // namespace

std::vector<double> saliency(const nn::Network<float>& network, const trace::TextTrace<float>& text) {
  const nn::CellInfo& cell = network.cell();
  const Index hidden = network.spec().hidden, steps = text.trace.steps;
  std::vector<double> norms;
  norms.reserve(static_cast<std::size_t>(steps));
  constexpr Index piece =
      256;  // columns at once: the gradient of all steps would be V times as large as the text
  for (Index first = 0; first < steps; first += piece) {
    const Index count = std::min(piece, steps - first);
    Matrix<float> gradient = Matrix<float>::Zero(input_weights(network, false).cols(), count);
    for (int direction = 0; direction < network.directions(); ++direction) {
      const auto weights = input_weights(network, direction == 1);
      const auto& tape = text.trace.tapes[static_cast<std::size_t>(direction)];
      for (std::size_t k = 0; k < cell.rows.size(); ++k) {
        gradient.noalias() += weights.middleRows(static_cast<Index>(k) * hidden, hidden).transpose() *
                              tape.gradients(cell.rows[k].input).middleCols(first, count);
      }
    }
    for (Index t = 0; t < count; ++t) norms.push_back(gradient.col(t).cast<double>().norm());
  }
  return norms;
}

}  // namespace gatescope::analysis
