#include "core/analysis/taught.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/nn/readout.h"

namespace gatescope::analysis {
namespace {

template <class S>
const nn::LayerTape<S>& tape_of_layer(const nn::Network<S>& network, const nn::Trace<S>& trace, int layer,
                                      bool backward) {
  return trace.tapes[layer * network.directions() + (backward ? 1 : 0)];
}

/// What enters the products with the input; a pointer to (I, T), null where these are one-hot.
template <class S>
const S* input_of(const nn::Network<S>& network, const nn::Trace<S>& trace, const nn::LayerInput<S>& read,
                  int layer, bool backward) {
  const nn::CellInfo& cell = network.cell(layer);
  if (cell.input != nn::kNone)
    return tape_of_layer(network, trace, layer, backward).values(cell.input).data();
  const auto& own = trace.inputs[layer];
  if (!own.empty()) return own.data();
  if (layer > 0) return trace.tapes[layer - 1].values(cell.output).data();
  return read.tokens ? nullptr : read.dense;
}

/// ‖δ_t s_t^T‖ of every step of a product, handed to `take(t, norm)`.
template <class S, class Take>
void each_norm(const nn::LayerTape<S>& tape, const nn::Product& product, const S* input, Take take) {
  const auto& deltas = tape.gradients(product.to);
  const Index steps = tape.steps();
  const bool of_input = product.from == nn::kInput;
  const bool by_heads = !of_input && tape.info().by_heads(product) && tape.sizes().heads > 1;
  const Index parts = by_heads ? tape.sizes().heads : 1, rows = deltas.rows() / parts;
  const Index width = of_input ? tape.sizes().inputs : tape.width(product.from), cols = width / parts;
  const ConstMatrixView<S> sources = of_input
                                         ? ConstMatrixView<S>(input, input ? width : 0, input ? steps : 0)
                                     : tape.info().is_state(product.from) ? tape.previous_values(product.from)
                                                                          : tape.values(product.from);
  for (Index t = 0; t < steps; ++t) {
    double squares = 0;
    for (Index part = 0; part < parts; ++part) {
      const double delta = deltas.col(t).segment(part * rows, rows).template cast<double>().squaredNorm();
      const double source =
          of_input && !input
              ? 1
              : sources.col(t).segment(part * cols, cols).template cast<double>().squaredNorm();
      squares += delta * source;
    }
    take(t, std::sqrt(squares));
  }
}

/// The block of a flat gradient that belongs to a product, as one column.
template <class S>
Eigen::VectorXd block_of(const nn::Network<S>& network, const nn::LayerTape<S>& tape,
                         const nn::Product& product, const Buffer<S>& gradients, int layer, bool backward) {
  const nn::Parameter* at =
      network.table().find(nn::parameter_name(network.spec(), product.parameter, layer, backward));
  const ConstMatrixView<S> all(gradients.data() + at->offset, at->rows, at->cols);
  const Index rows = tape.width(product.to);
  const Eigen::MatrixXd block = all.middleRows(product.block * rows, rows).template cast<double>();
  return block.reshaped();
}

double cosine(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  const double sizes = a.norm() * b.norm();
  return sizes > 0 ? a.dot(b) / sizes : std::nan("");
}

/// Forward and backward over the pieces of a text, and what each leaves of the layer's terms.
template <class S>
Buffer<S> truncated_gradients(const observe::Observation<S>& observation, Taught& result) {
  const nn::Network<S>& network = *observation.network;
  const trace::SequenceTrace<S>& text = *observation.sequence;
  const nn::CellInfo& cell = network.cell();
  const Index steps = text.trace.steps, length = *result.truncation;
  Buffer<S> gradients(static_cast<std::size_t>(network.table().size()), S(0));
  nn::Trace<S> piece;
  for (TaughtTerm& term : result.terms) term.truncated.assign(static_cast<std::size_t>(steps), 0);
  for (Index first = 0; first < steps; first += length) {
    const Index count = std::min(length, steps - first);
    if (first > 0) result.borders.push_back(first);
    network.resize(piece, count, 1);
    for (std::size_t k = 0; k < piece.tapes.size(); ++k) {
      const nn::LayerTape<S>& whole = text.trace.tapes[k];
      nn::LayerTape<S>& tape = piece.tapes[k];
      tape.first_step = whole.first_step + first;
      for (const nn::State& state : cell.states) {
        const Index width = tape.width(state.channel);
        std::copy_n(whole.previous_values(state.channel).col(first).data(), width,
                    tape.initial_value(state.channel));
      }
    }
    nn::LayerInput<S> input = text.input();
    if (input.tokens) input.tokens += first;
    if (input.dense) input.dense += first * network.interface().inputs;
    network.forward(piece, input);
    std::vector<int> targets(static_cast<std::size_t>(count), -1);
    std::vector<char> scored(static_cast<std::size_t>(count), 0);
    for (Index t = 0; t < count; ++t) {
      if (!std::isfinite(text.trace.loss[first + t])) continue;
      scored[t] = 1;
      if (!text.targets.empty()) targets[t] = text.targets[first + t];
    }
    const S* values = text.target_values.empty()
                          ? nullptr
                          : text.target_values.data() + first * network.interface().outputs;
    nn::score<S>(piece, network.interface().readout, {targets.data(), values, scored.data()}, 1);
    network.backward(piece, input, gradients.data());
    const nn::LayerTape<S>& tape = tape_of_layer(network, piece, result.layer, false);
    const S* entered = input_of(network, piece, input, result.layer, false);
    for (TaughtTerm& term : result.terms)
      each_norm(tape, cell.products[term.product], entered,
                [&](Index t, double norm) { term.truncated[first + t] = norm; });
  }
  return gradients;
}

}  // namespace

template <class S>
Taught taught(const observe::Observation<S>& observation, int layer, bool backward,
              std::optional<Index> truncation) {
  if (!observation.network || !observation.sequence || observation.sequence->gradients.empty())
    fail("there are no gradients: {} has read nothing", observation.name);
  const nn::Network<S>& network = *observation.network;
  const nn::CellInfo& cell = network.cell();
  if (layer < 0 || layer >= network.spec().layers)
    fail("layer {} does not exist, expected 0 to {}", layer, network.spec().layers - 1);
  if (backward && !network.spec().bidirectional) fail("{} has no backward direction", observation.name);
  if (truncation && *truncation < 1)
    fail("a truncation to {} steps is impossible, expected 1 or more", *truncation);
  if (truncation && network.spec().bidirectional)
    fail(
        "{} reads in both directions: what it computes would change with the borders, so that truncated and "
        "full gradients have no common weights and states",
        observation.name);
  const trace::SequenceTrace<S>& text = *observation.sequence;
  const nn::LayerTape<S>& tape = tape_of_layer(network, text.trace, layer, backward);
  const S* entered = input_of(network, text.trace, text.input(), layer, backward);
  Taught result;
  result.layer = layer;
  result.truncation = truncation;
  for (std::size_t p = 0; p < cell.products.size(); ++p) {
    const nn::Product& product = cell.products[p];
    TaughtTerm& term = result.terms.emplace_back();
    term.product = static_cast<int>(p);
    term.channel = product.to;
    term.recurrent = product.from != nn::kInput;
    each_norm(tape, product, entered, [&](Index, double norm) { term.norms.push_back(norm); });
  }
  std::optional<Buffer<S>> cut;
  if (truncation) cut = truncated_gradients(observation, result);
  Eigen::Vector3d sums = Eigen::Vector3d::Zero();  // of full with full, cut with cut, full with cut
  for (TaughtTerm& term : result.terms) {
    const nn::Product& product = cell.products[term.product];
    const Eigen::VectorXd full = block_of(network, tape, product, text.gradients, layer, backward);
    const Eigen::VectorXd of_cut = cut ? block_of(network, tape, product, *cut, layer, backward) : full;
    term.total = full.norm();
    term.truncated_total = of_cut.norm();
    term.direction = cut ? cosine(full, of_cut) : 1;
    sums += Eigen::Vector3d(full.squaredNorm(), of_cut.squaredNorm(), full.dot(of_cut));
  }
  result.total = std::sqrt(sums[0]);
  result.truncated_total = std::sqrt(sums[1]);
  result.direction = !cut ? 1
                     : result.total * result.truncated_total > 0
                         ? sums[2] / (result.total * result.truncated_total)
                         : std::nan("");
  return result;
}

template <class S>
Matrix<S> layer_input(const nn::Network<S>& network, const trace::SequenceTrace<S>& text, int layer,
                      bool backward) {
  const S* entered = input_of(network, text.trace, text.input(), layer, backward);
  if (!entered) return {};
  return ConstMatrixView<S>(entered, network.sizes()[layer].inputs, text.trace.steps);
}

template Taught taught(const observe::Observation<float>&, int, bool, std::optional<Index>);
template Taught taught(const observe::Observation<double>&, int, bool, std::optional<Index>);
template Matrix<float> layer_input(const nn::Network<float>&, const trace::SequenceTrace<float>&, int, bool);
template Matrix<double> layer_input(const nn::Network<double>&, const trace::SequenceTrace<double>&, int,
                                    bool);

}  // namespace gatescope::analysis
