#include "core/nn/output_filter.h"

#include <algorithm>
#include <cmath>

#include "core/nn/filter_rules.h"

namespace gatescope::nn {
namespace {

constexpr double kHeadEpsilon = 1e-5;  // added to the mean of squares

}  // namespace

template <class S>
OutputFilter<S>::OutputFilter(const CellInfo& info, const Sizes& sizes, const LayerParameters& at,
                              std::unique_ptr<SteppedLayer<S>> cell)
    : info_(info),
      sizes_(sizes),
      at_(at),
      cell_(std::move(cell)),
      places_(*info.places),
      hidden_(info.hidden()),
      passes_by_(adds_input(info, sizes)) {}

template <class S>
void OutputFilter<S>::prepare(int piece, const S* parameters) {
  if (piece < cell_->pieces()) return cell_->prepare(piece, parameters);
  const Index hidden = sizes_.hidden, inputs = sizes_.inputs;
  if (places_.head_scale != kNone) {
    const S* first = parameters + at_[places_.head_scale];
    head_scale_.assign(first, first + hidden);
  }
  if (places_.gate_weight != kNone) {
    const S* first = parameters + at_[places_.gate_weight];
    gate_weight_.pack(first, hidden, hidden, inputs);
    gate_transposed_.pack_transposed(first, hidden, inputs, hidden);
  }
  if (places_.out_weight != kNone) {
    const S* first = parameters + at_[places_.out_weight];
    const Index rows = sizes_(info_.channels[static_cast<std::size_t>(places_.projected)].extent);
    out_weight_.pack(first, rows, rows, hidden);
    out_transposed_.pack_transposed(first, rows, hidden, rows);
  }
}

template <class S>
void OutputFilter<S>::forward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                                    const StepRange& range) const {
  cell_->forward_steps(tape, input, plan, range);
  take_rules(tape, plan);
  tape.in_pieces(!tape.reverse(), range, [&](Index first, Index count) { forward(tape, first, count); });
}

template <class S>
void OutputFilter<S>::leave(LayerTape<S>& tape, const Plan<S>* plan) const {
  take_rules(tape, plan);
  forward(tape, 0, tape.steps());
}

/// The cell adds to the gradients of its hidden states, so that all of these come before its first step back.
template <class S>
void OutputFilter<S>::leave_back(LayerTape<S>& tape, const Plan<S>* plan, S* gradients) const {
  take_rules(tape, plan);
  tape.in_pieces(tape.reverse(),
                 [&](Index first, Index count) { backward(tape, first, count, gradients, false); });
}

template <class S>
void OutputFilter<S>::add_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients,
                                    S* input_gradient, const StepRange& range) const {
  cell_->add_gradients(tape, input, gradients, input_gradient, range);
  tape.in_pieces(true, range, [&](Index first, Index count) {
    product_gradients(tape, gradients, first, count);
    add_input_gradients(tape, first, count);
  });
}

template <class S>
void OutputFilter<S>::add_product_gradients(LayerTape<S>& tape, const LayerInput<S>& input,
                                            S* gradients) const {
  cell_->add_product_gradients(tape, input, gradients);
  product_gradients(tape, gradients, 0, tape.steps());
}

template <class S>
void OutputFilter<S>::product_gradients(LayerTape<S>& tape, S* gradients, Index first, Index count) const {
  if (places_.projected != kNone)
    outer_products(tape, places_.out_weight, places_.to_project(hidden_), places_.projected, gradients, first,
                   count);
  if (places_.gated != kNone)
    outer_products(tape, places_.gate_weight, places_.source(), places_.net, gradients, first, count);
}

template <class S>
void OutputFilter<S>::step_back(LayerTape<S>& tape, const Plan<S>* plan, Index t, S* gradients,
                                S* input_gradient) const {
  take_rules(tape, plan);
  backward(tape, t, 1, gradients, info_.is_state(hidden_));
  cell_->step_back(tape, plan, t, gradients, input_gradient);
  add_input_gradients(tape, t, 1);
}

/// All stages of some steps; nothing here goes from step to step.
template <class S>
void OutputFilter<S>::forward(LayerTape<S>& tape, Index first, Index count) const {
  const Index end = first + count;
  if (places_.head_normed != kNone)
    for (Index t = first; t < end; ++t) normalise(tape, t);
  if (places_.gated != kNone) {
    multiply(tape, gate_weight_, places_.source(), places_.net, first, count);
    for (Index t = first; t < end; ++t) gate(tape, t);
  }
  if (places_.copied != kNone)
    for (Index t = first; t < end; ++t) {
      std::copy_n(tape.value(places_.after_gate(hidden_), t), numbers(tape), tape.value(places_.copied, t));
      force(tape, places_.copied, t);
    }
  if (places_.projected != kNone) {
    multiply(tape, out_weight_, places_.to_project(hidden_), places_.projected, first, count);
    for (Index t = first; t < end; ++t) force(tape, places_.projected, t);
  }
  if (places_.output != kNone)
    for (Index t = first; t < end; ++t) add_input(tape, t);
}

/// Back through the stages from the gradient of the output, which is in the tape, to that of the hidden
/// state, in the order in which the cell goes back; `adds` to what stands there.
template <class S>
void OutputFilter<S>::backward(LayerTape<S>& tape, Index first, Index count, S* gradients, bool adds) const {
  for (const int channel :
       {adds ? kNone : hidden_, places_.head_normed, places_.gated, places_.copied, places_.projected}) {
    if (channel == kNone || channel == info_.output) continue;
    std::fill_n(tape.gradient(channel, first), tape.width(channel) * tape.batch() * count, S(0));
  }
  const auto each = [&](const auto& stage) {
    for (Index n = 0; n < count; ++n) stage(first + (tape.reverse() ? n : count - 1 - n));
  };
  if (places_.output != kNone) each([&](Index t) { add_input_back(tape, t); });
  if (places_.projected != kNone) {
    each([&](Index t) { unforce(tape, places_.projected, t, tape.gradient(places_.projected, t)); });
    multiply_back(tape, out_transposed_, places_.to_project(hidden_), places_.projected, first, count);
  }
  if (places_.copied != kNone) each([&](Index t) { copy_back(tape, t); });
  if (places_.gated != kNone) each([&](Index t) { gate_back(tape, t); });
  if (places_.head_normed != kNone) each([&](Index t) { normalise_back(tape, t, gradients); });
}

/// Every head of h_t to mean 0 and deviation 1, times γ.
template <class S>
void OutputFilter<S>::normalise(LayerTape<S>& tape, Index t) const {
  const Index heads = sizes_.heads, width = sizes_(kHeadWidth), all = heads * tape.batch();
  const S* const h = tape.value(hidden_, t);
  S *const mean = tape.value(places_.mean, t), *const deviation = tape.value(places_.deviation, t),
           *const normed = tape.value(places_.head_normed, t);
  for (Index head = 0; head < all; ++head) {  // of all entries
    S sum = 0;
    for (Index j = 0; j < width; ++j) sum += h[head * width + j];
    mean[head] = sum / static_cast<S>(width);
  }
  force(tape, places_.mean, t);
  for (Index head = 0; head < all; ++head) {
    S squares = 0;
    for (Index j = 0; j < width; ++j) {
      const S apart = h[head * width + j] - mean[head];
      squares += apart * apart;
    }
    deviation[head] = std::sqrt(squares / static_cast<S>(width) + static_cast<S>(kHeadEpsilon));
  }
  force(tape, places_.deviation, t);
  for (Index head = 0, k = 0; head < all; ++head) {
    const S share = inverse(deviation[head]);
    for (Index j = 0; j < width; ++j, ++k)
      normed[k] = head_scale_[k % sizes_.hidden] * (h[k] - mean[head]) * share;
  }
  force(tape, places_.head_normed, t);
}

template <class S>
void OutputFilter<S>::normalise_back(LayerTape<S>& tape, Index t, S* gradients) const {
  const Index width = sizes_(kHeadWidth), all = sizes_.heads * tape.batch();
  const S *const h = tape.value(hidden_, t), *const mean = tape.value(places_.mean, t),
                 *const deviation = tape.value(places_.deviation, t),
                 *const raw_deviation = tape.raw(places_.deviation, t);
  S *const d = tape.gradient(places_.head_normed, t), *const dh = tape.gradient(hidden_, t),
           *const dmean = tape.gradient(places_.mean, t),
           *const ddeviation = tape.gradient(places_.deviation, t);
  S* const dscale = gradients + at_[places_.head_scale];
  unforce(tape, places_.head_normed, t, d);
  for (Index head = 0, k = 0; head < all; ++head) {
    const S share = inverse(deviation[head]);
    S of_deviation = 0;
    for (Index j = 0; j < width; ++j, ++k) {
      const S apart = h[k] - mean[head], scaled = d[k] * head_scale_[k % sizes_.hidden] * share;
      dscale[k % sizes_.hidden] += d[k] * apart * share;
      of_deviation -= scaled * apart * share;
    }
    ddeviation[head] = of_deviation;
  }
  unforce(tape, places_.deviation, t, ddeviation);
  for (Index head = 0, k = 0; head < all; ++head) {
    const S share = inverse(deviation[head]),
            of_square = ddeviation[head] * inverse(raw_deviation[head]) / static_cast<S>(width);
    S of_mean = 0;
    for (Index j = 0; j < width; ++j, ++k) {
      const S of_apart = d[k] * head_scale_[k % sizes_.hidden] * share + of_square * (h[k] - mean[head]);
      dh[k] += of_apart;
      of_mean -= of_apart;
    }
    dmean[head] = of_mean;
  }
  unforce(tape, places_.mean, t, dmean);
  for (Index head = 0, k = 0; head < all; ++head)
    for (Index j = 0; j < width; ++j, ++k) dh[k] += dmean[head] / static_cast<S>(width);
}

/// og = SiLU(oz), and what it lets out.
template <class S>
void OutputFilter<S>::gate(LayerTape<S>& tape, Index t) const {
  const Index size = numbers(tape);
  force(tape, places_.net, t);
  const S *const net = tape.value(places_.net, t), *const from = tape.value(places_.after_norm(hidden_), t);
  S *const open = tape.value(places_.gate, t), *const gated = tape.value(places_.gated, t);
  for (Index k = 0; k < size; ++k) open[k] = net[k] * logistic(net[k]);
  force(tape, places_.gate, t);
  for (Index k = 0; k < size; ++k) gated[k] = from[k] * open[k];
  force(tape, places_.gated, t);
}

template <class S>
void OutputFilter<S>::gate_back(LayerTape<S>& tape, Index t) const {
  const Index size = numbers(tape);
  const int from = places_.after_norm(hidden_);
  const S *const net = tape.value(places_.net, t), *const open = tape.value(places_.gate, t),
                 *const let_out = tape.value(from, t);
  S *const d = tape.gradient(places_.gated, t), *const dfrom = tape.gradient(from, t),
           *const dopen = tape.gradient(places_.gate, t), *const dnet = tape.gradient(places_.net, t);
  unforce(tape, places_.gated, t, d);
  for (Index k = 0; k < size; ++k) {
    dfrom[k] += d[k] * open[k];
    dopen[k] = d[k] * let_out[k];
  }
  unforce(tape, places_.gate, t, dopen);
  for (Index k = 0; k < size; ++k) {
    const S share = logistic(net[k]);
    dnet[k] = dopen[k] * (share + net[k] * share * (1 - share));
  }
  unforce(tape, places_.net, t, dnet);
}

template <class S>
void OutputFilter<S>::copy_back(LayerTape<S>& tape, Index t) const {
  S *const d = tape.gradient(places_.copied, t), *const to = tape.gradient(places_.after_gate(hidden_), t);
  unforce(tape, places_.copied, t, d);
  for (Index k = 0; k < numbers(tape); ++k) to[k] += d[k];
}

/// ho = xb + what the layer gives.
template <class S>
void OutputFilter<S>::add_input(LayerTape<S>& tape, Index t) const {
  const Index size = leaving(tape);
  S *const skipped = tape.value(places_.skipped, t), *const to = tape.value(places_.output, t);
  if (passes_by_)
    std::copy_n(tape.value(places_.x, t), size, skipped);
  else
    std::fill_n(skipped, size, S(0));
  force(tape, places_.skipped, t);
  const S* const given = tape.value(places_.after_projection(hidden_), t);
  for (Index k = 0; k < size; ++k) to[k] = skipped[k] + given[k];
  force(tape, places_.output, t);
}

template <class S>
void OutputFilter<S>::add_input_back(LayerTape<S>& tape, Index t) const {
  const Index size = leaving(tape), width = tape.width(places_.output);
  const S* const d = tape.gradient(places_.output, t);
  S *const dskipped = tape.gradient(places_.skipped, t), *const dgiven = tape.gradient(
                                                             places_.after_projection(hidden_), t);
  const ForcedSteps<S>* rule = rule_at(tape, places_.output, t);
  for (Index k = 0; k < size; ++k) {
    const S g = rule ? d[k] * rule->scale[k % width] : d[k];
    dskipped[k] = g;
    dgiven[k] += g;
  }
  unforce(tape, places_.skipped, t, dskipped);
}

/// What the gate and the residual connection add to the gradients of what they read.
template <class S>
void OutputFilter<S>::add_input_gradients(LayerTape<S>& tape, Index first, Index count) const {
  if (places_.gated != kNone)
    multiply_back(tape, gate_transposed_, places_.source(), places_.net, first, count);
  if (!passes_by_) return;
  const S* const from = tape.gradient(places_.skipped, first);
  S* const to = tape.gradient(places_.x, first);
  for (Index k = 0; k < leaving(tape) * count; ++k) to[k] += from[k];
}

template <class S>
void OutputFilter<S>::multiply(LayerTape<S>& tape, const PackedMatrix<S>& matrix, int from, int to,
                               Index first, Index count) const {
  matrix.multiply({}, tape.value(from, first), tape.width(from), tape.value(to, first), tape.width(to),
                  count * tape.batch());
}

template <class S>
void OutputFilter<S>::multiply_back(LayerTape<S>& tape, const PackedMatrix<S>& transposed, int from, int to,
                                    Index first, Index count) const {
  transposed.multiply_add(tape.gradient(to, first), tape.width(to), tape.gradient(from, first),
                          tape.width(from), count * tape.batch());
}

template <class S>
void OutputFilter<S>::outer_products(LayerTape<S>& tape, int parameter, int from, int to, S* gradients,
                                     Index first, Index count) const {
  const S* const d = tape.gradient(to, first);
  S* const target = gradients + at_[parameter];
  add_outer_products(&d, &target, 1, tape.width(to), tape.value(from, first), tape.width(from),
                     count * tape.batch(), tape.width(to), tape.scratch);
}

template class OutputFilter<float>;
template class OutputFilter<double>;

}  // namespace gatescope::nn
