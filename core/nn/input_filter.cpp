#include "core/nn/input_filter.h"

#include <algorithm>
#include <cmath>

namespace gatescope::nn {
namespace {

FilterPlaces places_of(const CellInfo& info) {
  const bool conv = info.channels[info.input].activation == Activation::silu;
  const auto added = info.parameters.size() - info.plain->parameters.size();
  return {static_cast<int>(info.plain->channels.size()), static_cast<int>(info.plain->parameters.size()),
          added != (conv ? 2U : 0U), conv};
}

template <class S>
S logistic(S x) {
  return 1 / (1 + std::exp(-x));
}

/// The rule on a channel, or before its activation, at the tape's step t, or null.
template <class S>
const ForcedSteps<S>* rule_at(const LayerTape<S>& tape, int channel, Index t,
                              bool before_activation = false) {
  const Index number = tape.first_step + t;
  for (const ForcedSteps<S>& rule : tape.step_scratch.forced)
    if (rule.channel == channel && rule.before_activation == before_activation && rule.first <= number &&
        number <= rule.last)
      return &rule;
  return nullptr;
}

/// Keeps what the network computed and makes of it what the rules do.
template <class S>
void force(LayerTape<S>& tape, int channel, Index t) {
  const Index width = tape.width(channel), size = width * tape.batch();
  S* used = tape.value(channel, t);
  if (tape.forced()) std::copy_n(used, size, tape.raw(channel, t));
  if (const ForcedSteps<S>* rule = rule_at(tape, channel, t))
    for (Index k = 0; k < size; ++k) used[k] = used[k] * rule->scale[k % width] + rule->shift[k % width];
}

/// dL/draw = scale * dL/dused, in place of it.
template <class S>
void unforce(LayerTape<S>& tape, int channel, Index t, S* gradient) {
  const Index width = tape.width(channel), size = width * tape.batch();
  if (const ForcedSteps<S>* rule = rule_at(tape, channel, t))
    for (Index k = 0; k < size; ++k) gradient[k] *= rule->scale[k % width];
}

template <class S>
void clear(S* block, Index size) {
  std::fill_n(block, size, S(0));
}

}  // namespace

int filtered_channel(const CellInfo& cell) {
  return cell.plain ? static_cast<int>(cell.plain->channels.size()) : kNone;
}

template <class S>
InputFilter<S>::InputFilter(const CellInfo& info, const Sizes& sizes, const LayerParameters& at,
                            std::unique_ptr<SteppedLayer<S>> cell)
    : info_(info), sizes_(sizes), at_(at), cell_(std::move(cell)), places_(places_of(info)) {}

template <class S>
void InputFilter<S>::prepare(int piece, const S* parameters) {
  if (piece < cell_->pieces()) return cell_->prepare(piece, parameters);
  const auto take = [&](Buffer<S>& to, int parameter, Index size) {
    if (parameter == kNone) return;
    const S* first = parameters + at_[parameter];
    to.assign(first, first + size);
  };
  take(mu_, places_.mu, sizes_.inputs);
  take(taps_, places_.taps, sizes_.inputs * sizes_.window);
  take(bias_, places_.bias, sizes_.inputs);
}

/// The rules on the filter's channels, and on the cell's.
template <class S>
void InputFilter<S>::take_rules(LayerTape<S>& tape, const Plan<S>* plan) const {
  tape.step_scratch.forced.clear();
  if (plan) plan->append_to(tape.step_scratch.forced, info_.channels.size());
}

template <class S>
void InputFilter<S>::forward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                                   const StepRange& range) const {
  take_rules(tape, plan);
  const bool forwards = !tape.reverse();
  tape.in_pieces(forwards, range, [&](Index first, Index count) {
    for (Index n = 0; n < count; ++n) forward_step(tape, input, first + (forwards ? n : count - 1 - n));
  });
  cell_->forward_steps(tape, filtered(tape), plan, range);
}

template <class S>
void InputFilter<S>::backward_steps(LayerTape<S>& tape, const LayerInput<S>& input, const Plan<S>* plan,
                                    S* gradients, const StepRange& range) const {
  (void)input;  // it is on the tape
  cell_->backward_steps(tape, filtered(tape), plan, gradients, range);
  take_rules(tape, plan);  // for add_gradients()
}

/// The filter's own steps come after the cell's gradients of all of its input.
template <class S>
void InputFilter<S>::add_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients,
                                   S* input_gradient, const StepRange& range) const {
  (void)input;
  cell_->add_gradients(tape, filtered(tape), gradients, tape.gradient(info_.input, 0), range);
  if (range.first + range.count < tape.steps()) return;
  const bool forwards = tape.reverse();
  const Index last = tape.reverse() ? 0 : tape.steps() - 1;
  for (const int state : {places_.mu == kNone ? kNone : places_.x, places_.past})
    if (state != kNone) clear(tape.gradient(state, last), tape.width(state) * tape.batch());
  tape.in_pieces(forwards, [&](Index first, Index count) {
    for (Index n = 0; n < count; ++n)
      backward_step(tape, first + (forwards ? n : count - 1 - n), gradients, input_gradient);
  });
}

template <class S>
void InputFilter<S>::step_back(LayerTape<S>& tape, const Plan<S>* plan, Index t, S* gradients,
                               S* input_gradient) const {
  cell_->step_back(tape, plan, t, gradients, tape.gradient(info_.input, t));
  take_rules(tape, plan);
  backward_step(tape, t, gradients,
                input_gradient ? input_gradient - t * tape.batch() * sizes_.inputs : nullptr);
}

template <class S>
void InputFilter<S>::forward_step(LayerTape<S>& tape, const LayerInput<S>& input, Index t) const {
  const Index inputs = sizes_.inputs, batch = tape.batch();
  S* const x = tape.value(places_.x, t);
  if (input.tokens) {
    clear(x, inputs * batch);
    for (Index b = 0; b < batch; ++b) x[b * inputs + input.tokens[t * batch + b]] = 1;
  } else {
    std::copy_n(input.dense + t * batch * inputs, inputs * batch, x);
  }
  force(tape, places_.x, t);
  if (places_.shifted != kNone) {
    const S* const before = tape.previous_value(places_.x, t);
    S* const shifted = tape.value(places_.shifted, t);
    for (Index b = 0, k = 0; b < batch; ++b)
      for (Index i = 0; i < inputs; ++i, ++k) {
        const S mu = mu_[i];
        shifted[k] = mu * x[k] + (1 - mu) * before[k];
      }
    force(tape, places_.shifted, t);
  }
  if (places_.convolved != kNone) convolve(tape, t);
}

template <class S>
S InputFilter<S>::net(const S* now, const S* past, Index i) const {
  const Index inputs = sizes_.inputs, earlier = sizes_.window - 1;
  const S* const taps = taps_.data() + i;
  S sum = bias_[i] + taps[earlier * inputs] * now[i];
  for (Index back = 0; back < earlier; ++back)
    sum += taps[(earlier - 1 - back) * inputs] * past[back * inputs + i];
  return sum;
}

template <class S>
void InputFilter<S>::convolve(LayerTape<S>& tape, Index t) const {
  const Index inputs = sizes_.inputs, batch = tape.batch(), kept = tape.width(places_.past);
  const S* const before = tape.previous_value(places_.past, t);
  const S* const from = tape.value(source(), t);
  S *const past = tape.value(places_.past, t), *const to = tape.value(places_.convolved, t),
           *const raw = tape.raw(places_.convolved, t);
  const ForcedSteps<S>* rule = rule_at(tape, places_.convolved, t, true);
  const ForcedSteps<S>* after = rule_at(tape, places_.convolved, t);
  for (Index b = 0; b < batch; ++b) {
    for (Index i = 0; i < inputs; ++i) {
      const Index k = b * inputs + i;
      S z = net(from + b * inputs, before + b * kept, i), y = z * logistic(z);
      raw[k] = y;  // the same place as what is used, where nothing is forced
      if (rule) {
        z = z * rule->scale[i] + rule->shift[i];
        y = z * logistic(z);
      }
      to[k] = after ? y * after->scale[i] + after->shift[i] : y;
    }
    std::copy_n(from + b * inputs, inputs, past + b * kept);
    std::copy_n(before + b * kept, kept - inputs, past + b * kept + inputs);
  }
  force(tape, places_.past, t);
}

template <class S>
void InputFilter<S>::backward_step(LayerTape<S>& tape, Index t, S* gradients, S* input_gradient) const {
  const Index inputs = sizes_.inputs, batch = tape.batch(), size = inputs * batch;
  S* const dx = tape.gradient(places_.x, t);
  if (places_.convolved != kNone) convolve_back(tape, t, gradients);
  if (places_.shifted != kNone) {
    const S *const x = tape.value(places_.x, t), *const before = tape.previous_value(places_.x, t);
    const S* const d = tape.gradient(places_.shifted, t);
    S *const dbefore = tape.previous_gradient(places_.x, t), *const dmu = gradient_of(gradients, places_.mu);
    const ForcedSteps<S>* rule = rule_at(tape, places_.shifted, t);
    for (Index b = 0, k = 0; b < batch; ++b)
      for (Index i = 0; i < inputs; ++i, ++k) {
        const S mu = mu_[i], g = rule ? d[k] * rule->scale[i] : d[k];
        dmu[i] += g * (x[k] - before[k]);
        dx[k] += mu * g;
        dbefore[k] = (1 - mu) * g;
      }
  }
  if (!input_gradient) return;
  S* const to = input_gradient + t * size;
  std::copy_n(dx, size, to);
  unforce(tape, places_.x, t, to);
}

template <class S>
void InputFilter<S>::convolve_back(LayerTape<S>& tape, Index t, S* gradients) const {
  const Index inputs = sizes_.inputs, batch = tape.batch(), kept = tape.width(places_.past),
              earlier = sizes_.window - 1;
  const S *const before = tape.previous_value(places_.past, t), *const from = tape.value(source(), t);
  const S *const d = tape.gradient(places_.convolved, t), *const dpast = tape.gradient(places_.past, t);
  // Of what it reads, the shift gets no gradient elsewhere, and the input none but from the next step's
  // shift.
  S *const dfrom = tape.gradient(source(), t), *const dbefore = tape.previous_gradient(places_.past, t);
  S *const dtaps = gradient_of(gradients, places_.taps), *const dbias = gradient_of(gradients, places_.bias);
  const ForcedSteps<S>* rule = rule_at(tape, places_.convolved, t, true);
  const ForcedSteps<S>* after = rule_at(tape, places_.convolved, t);
  const ForcedSteps<S>* of_past = rule_at(tape, places_.past, t);
  const auto past_gradient = [&](Index b, Index k) {
    return of_past ? dpast[b * kept + k] * of_past->scale[k] : dpast[b * kept + k];
  };
  for (Index b = 0; b < batch; ++b) {
    for (Index i = 0; i < inputs; ++i) {
      const Index k = b * inputs + i;
      S z = net(from + b * inputs, before + b * kept, i), g = after ? d[k] * after->scale[i] : d[k];
      if (rule) z = z * rule->scale[i] + rule->shift[i];
      const S open = logistic(z);
      g *= open + z * open * (1 - open);
      if (rule) g *= rule->scale[i];
      dbias[i] += g;
      dtaps[earlier * inputs + i] += g * from[k];
      dfrom[k] = g * taps_[earlier * inputs + i] + past_gradient(b, i);
      for (Index back = 0; back < earlier; ++back) {
        const Index at = back * inputs + i, tap = (earlier - 1 - back) * inputs + i;
        dtaps[tap] += g * before[b * kept + at];
        dbefore[b * kept + at] = g * taps_[tap] + (back + 1 < earlier ? past_gradient(b, at + inputs) : S(0));
      }
    }
  }
}

template class InputFilter<float>;
template class InputFilter<double>;

}  // namespace gatescope::nn
