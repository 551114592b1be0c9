#include "core/analysis/saliency.h"

#include "core/nn/layer_table.h"

namespace gatescope::analysis {
namespace {

/// Weights (rows, I) of what enters the lowest layer.
ConstMatrixView<float> input_weights(const nn::Network<float>& network, int parameter, bool reverse) {
  const nn::Parameter* weight =
      network.table().find(nn::parameter_name(network.spec(), parameter, 0, reverse));
  return {network.parameters().data() + weight->offset, weight->rows, weight->cols};
}

}  // namespace

std::vector<double> saliency(const nn::Network<float>& network, const trace::SequenceTrace<float>& text) {
  const nn::CellInfo& cell = network.cell();
  const Index steps = text.trace.steps;
  std::vector<double> norms;
  norms.reserve(static_cast<std::size_t>(steps));
  constexpr Index piece =
      256;  // columns at once: the gradient of all steps would be V times as large as the text
  for (Index first = 0; first < steps; first += piece) {
    const Index count = std::min(piece, steps - first);
    Matrix<float> gradient = Matrix<float>::Zero(text.trace.tapes[0].sizes().inputs, count);
    for (int direction = 0; direction < network.directions(); ++direction) {
      const auto& tape = text.trace.tapes[direction];
      if (const int x = nn::filtered_channel(cell); x != nn::kNone) {
        gradient += tape.gradients(x).middleCols(first, count);
        continue;
      }
      for (const nn::Product& product : cell.products) {
        if (product.from != nn::kInput) continue;
        const Index rows = tape.width(product.to);
        gradient.noalias() += input_weights(network, product.parameter, direction == 1)
                                  .middleRows(product.block * rows, rows)
                                  .transpose() *
                              tape.gradients(product.to).middleCols(first, count);
      }
    }
    for (Index t = 0; t < count; ++t) norms.push_back(gradient.col(t).cast<double>().norm());
  }
  return norms;
}

}  // namespace gatescope::analysis
