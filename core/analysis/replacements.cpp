#include "core/analysis/replacements.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/analysis/interventions.h"
#include "core/analysis/onward.h"
#include "core/analysis/watched.h"
#include "core/error.h"
#include "core/nn/layer_table.h"
#include "core/observe/observe.h"

namespace gatescope::analysis {
namespace {

/// The characters of the vocabulary, those that the text has most often first.
std::vector<int> by_frequency(const std::vector<int>& text, Index inputs) {
  std::vector<int> counts(static_cast<std::size_t>(inputs)), order(counts.size());
  for (const int character : text) ++counts[character];
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](int a, int b) { return counts[a] > counts[b]; });
  return order;
}

/// x of a character as the network reads it, times a gradient.
template <class S>
double along(const nn::Network<S>& network, const Vector<S>& gradient, int character) {
  const nn::Parameter* at = network.table().find("embedding.weight");
  if (!at) return static_cast<double>(gradient[character]);
  const ConstMatrixView<S> embedding(network.parameters().data() + at->offset, at->rows, at->cols);
  return embedding.row(character).transpose().template cast<double>().dot(gradient.template cast<double>());
}

}  // namespace

std::string why_no_replacements(const nn::ModelSpec& spec) {
  return why_not_onward(spec);
}

template <class S>
Matrix<S> input_gradients(const nn::Network<S>& network, const trace::SequenceTrace<S>& text) {
  const nn::CellInfo& cell = network.cell();
  Matrix<S> gradient = Matrix<S>::Zero(text.trace.tapes[0].sizes().inputs, text.trace.steps);
  for (int direction = 0; direction < network.directions(); ++direction) {
    const auto& tape = text.trace.tapes[direction];
    if (const int x = nn::filtered_channel(cell); x != nn::kNone) {
      gradient += tape.gradients(x);
      continue;
    }
    for (const nn::Product& product : cell.products) {
      if (product.from != nn::kInput) continue;
      const Index rows = tape.width(product.to);
      const nn::Parameter* weight =
          network.table().find(nn::parameter_name(network.spec(), product.parameter, 0, direction == 1));
      gradient.noalias() +=
          ConstMatrixView<S>(network.parameters().data() + weight->offset, weight->rows, weight->cols)
              .middleRows(product.block * rows, rows)
              .transpose() *
          tape.gradients(product.to);
    }
  }
  return gradient;
}

template <class S>
Index replacements_for(const observe::Observation<S>& observation, Index step, double multiplications) {
  const auto steps = static_cast<double>(step + 1);
  const double runs = multiplications / static_cast<double>(observation.network->table().size());
  return std::max<Index>(2, static_cast<Index>(runs / (steps * (steps + 1) / 2)));
}

template <class S>
PredictionSaliency prediction_saliency(const observe::Observation<S>& observation, std::optional<Index> step,
                                       Index most, trace::Watch* watch, std::optional<Index> steps) {
  if (!watch) watch = Watched::watch();
  PredictionSaliency result;
  result.step = predicted_step(observation, step);
  const nn::Network<S>& network = *observation.network;
  if (const std::string why = why_no_replacements(network.spec()); !why.empty())
    fail("{} has no saliency of one prediction: {}", observation.name, why);
  const trace::SequenceTrace<S>& text = *observation.sequence;
  const bool characters = !text.tokens.empty();
  if (steps) result.first = std::max<Index>(0, result.step + 1 - *steps);
  const Index count = result.step + 1, inputs = network.interface().inputs;
  const Matrix<S> gradients = input_gradients(network, observe::with_loss_at(observation, result.step));
  if (characters) {
    result.others = by_frequency(text.tokens, inputs);
    result.others.resize(static_cast<std::size_t>(std::min(inputs, most + 1)));
  }

  struct Run {
    Index t;
    int other;
  };
  std::vector<Run> all;
  for (Index t = result.first; t < count; ++t) {
    if (!characters) {
      all.push_back({t, -1});
      continue;
    }
    // Of one more than are wanted, as the character itself may be among them.
    Index taken = 0;
    for (const int other : result.others)
      if (other != text.tokens[t] && taken++ < most) all.push_back({t, other});
  }
  if (watch) {
    std::int64_t expected = 0;
    for (std::size_t first = 0; first < all.size(); first += kReplacementsTogether)
      expected += count - all[first].t;
    watch->expect(expected);
  }
  Onward<S> one(observation, 1);
  one.stand_before(result.step);
  one.read(result.step);
  one.step(result.step);
  const double loss = static_cast<double>(one.losses(result.step)[0]);
  std::vector<double> changes(all.size());
  Onward<S> runs(observation, std::min<Index>(kReplacementsTogether, std::ssize(all)));
  for (std::size_t first = 0; first < all.size(); first += kReplacementsTogether) {
    const std::size_t some = std::min<std::size_t>(kReplacementsTogether, all.size() - first);
    runs.stand_before(all[first].t);
    for (Index t = all[first].t; t < count; ++t) {
      runs.read(t);
      for (std::size_t n = 0; n < some; ++n) {
        if (all[first + n].t != t) continue;
        if (characters)
          runs.characters()[n] = all[first + n].other;
        else
          runs.inputs().col(static_cast<Index>(n)).setZero();
      }
      runs.step(t);
      if (watch) watch->pass(1);
    }
    const Vector<S>& losses = runs.losses(result.step);
    for (std::size_t n = 0; n < some; ++n)
      changes[first + n] = static_cast<double>(losses[static_cast<Index>(n)]) - loss;
  }

  std::size_t at = 0;
  for (Index t = 0; t < count; ++t) {
    const Vector<S> gradient = gradients.col(t);
    result.gradient.push_back(gradient.template cast<double>().norm());
    const int own = characters ? text.tokens[t] : -1;
    double here = 0;
    if (characters)
      here = along(network, gradient, own);
    else
      for (Index k = 0; k < inputs; ++k)
        here += static_cast<double>(gradient[k]) * static_cast<double>(text.values[t * inputs + k]);
    result.times_input.push_back(here);
    double predicted = 0, mean = 0, strongest = 0;
    int other = -1;
    Index runs_here = 0;
    for (; at < all.size() && all[at].t == t; ++at, ++runs_here) {
      predicted += (characters ? along(network, gradient, all[at].other) : 0) - here;
      mean += changes[at];
      if (runs_here == 0 || std::abs(changes[at]) > std::abs(strongest))
        strongest = changes[at], other = all[at].other;
    }
    if (t < result.first) other = own;
    const double of_other = (characters ? along(network, gradient, other) : 0) - here;
    result.strongest_predicted.push_back(of_other);
    const double share = runs_here > 0 ? 1 / static_cast<double>(runs_here) : 0;
    result.predicted.push_back(predicted * share);
    result.mean.push_back(mean * share);
    result.strongest.push_back(strongest);
    result.strongest_other.push_back(other);
  }
  return result;
}

template PredictionSaliency prediction_saliency(const observe::Observation<float>&, std::optional<Index>,
                                                Index, trace::Watch*, std::optional<Index>);
template PredictionSaliency prediction_saliency(const observe::Observation<double>&, std::optional<Index>,
                                                Index, trace::Watch*, std::optional<Index>);
template Index replacements_for(const observe::Observation<float>&, Index, double);
template Index replacements_for(const observe::Observation<double>&, Index, double);
template Matrix<float> input_gradients(const nn::Network<float>&, const trace::SequenceTrace<float>&);
template Matrix<double> input_gradients(const nn::Network<double>&, const trace::SequenceTrace<double>&);

}  // namespace gatescope::analysis
