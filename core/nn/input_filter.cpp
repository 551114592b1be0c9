#include "core/nn/input_filter.h"

#include <algorithm>
#include <cmath>

#include "core/nn/filter_rules.h"

namespace gatescope::nn {

template <class S>
InputFilter<S>::InputFilter(const CellInfo& info, const Sizes& sizes, const LayerParameters& at,
                            std::unique_ptr<SteppedLayer<S>> cell)
    : info_(info), sizes_(sizes), at_(at), cell_(std::move(cell)), places_(*info.places) {}

template <class S>
void InputFilter<S>::prepare(int piece, const S* parameters) {
  if (piece < cell_->pieces()) return cell_->prepare(piece, parameters);
  const auto take = [&](Buffer<S>& to, int parameter, Index size) {
    if (parameter == kNone) return;
    const S* first = parameters + at_[parameter];
    to.assign(first, first + size);
  };
  take(norm_scale_, places_.norm_scale, sizes_.inputs);
  take(mu_, places_.mu, sizes_.inputs);
  take(taps_, places_.taps, sizes_.inputs * sizes_.window);
  take(bias_, places_.bias, sizes_.inputs);
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

template <class S>
void InputFilter<S>::clear_gradient(LayerTape<S>& tape, int channel, Index t) const {
  if (channel == kNone) return;
  std::fill_n(tape.gradient(channel, t), tape.width(channel) * tape.batch(), S(0));
}

/// The filter's own steps come after the cell's gradients of all of its input, and what an output filter adds
/// to those of the channels that it reads.
template <class S>
void InputFilter<S>::add_gradients(LayerTape<S>& tape, const LayerInput<S>& input, S* gradients,
                                   S* input_gradient, const StepRange& range) const {
  (void)input;
  tape.in_pieces(true, range, [&](Index first, Index count) {
    for (Index t = first; t < first + count; ++t)
      for (const int channel : {places_.x, places_.normed, places_.shifted, places_.past})
        clear_gradient(tape, channel, t);
  });
  cell_->add_gradients(tape, filtered(tape), gradients, tape.gradient(info_.input, 0), range);
  if (range.first + range.count < tape.steps()) return;
  for (const int state : {places_.mu == kNone ? kNone : places_.before_shift(), places_.past})
    if (state != kNone) std::fill_n(tape.initial_gradient(state), tape.width(state) * tape.batch(), S(0));
  const bool forwards = tape.reverse();
  tape.in_pieces(forwards, [&](Index first, Index count) {
    for (Index n = 0; n < count; ++n)
      backward_step(tape, first + (forwards ? n : count - 1 - n), gradients, input_gradient);
  });
}

template <class S>
void InputFilter<S>::step_back(LayerTape<S>& tape, const Plan<S>* plan, Index t, S* gradients,
                               S* input_gradient) const {
  // What is carried over comes in with its gradient.
  const int carried = places_.mu == kNone ? kNone : places_.before_shift();
  for (const int channel : {places_.x, places_.normed, places_.shifted})
    if (channel != carried) clear_gradient(tape, channel, t);
  if (carried != kNone)
    std::fill_n(tape.previous_gradient(carried, t), tape.width(carried) * tape.batch(), S(0));
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
    std::fill_n(x, inputs * batch, S(0));
    for (Index b = 0; b < batch; ++b) x[b * inputs + input.tokens[t * batch + b]] = 1;
  } else {
    std::copy_n(input.dense + t * batch * inputs, inputs * batch, x);
  }
  force(tape, places_.x, t);
  if (places_.normed != kNone) normalise(tape, t);
  if (places_.shifted != kNone) shift(tape, t);
  if (places_.convolved != kNone) convolve(tape, t);
}

/// The gradients of what leaves the filter are in the tape; an output filter may have added to them.
template <class S>
void InputFilter<S>::backward_step(LayerTape<S>& tape, Index t, S* gradients, S* input_gradient) const {
  if (places_.convolved != kNone) convolve_back(tape, t, gradients);
  if (places_.shifted != kNone) shift_back(tape, t, gradients);
  if (places_.normed != kNone) normalise_back(tape, t, gradients);
  if (!tape.begins.empty()) end_at_begins(tape, t);
  if (!input_gradient) return;
  const Index size = sizes_.inputs * tape.batch();
  S* const to = input_gradient + t * size;
  std::copy_n(tape.gradient(places_.x, t), size, to);
  unforce(tape, places_.x, t, to);
}

/// No gradient goes from an entry's first step to what stands before it.
template <class S>
void InputFilter<S>::end_at_begins(LayerTape<S>& tape, Index t) const {
  for (const int state : {places_.mu == kNone ? kNone : places_.before_shift(), places_.past}) {
    if (state == kNone) continue;
    const Index width = tape.width(state);
    for (Index b = 0; b < tape.batch(); ++b)
      if (tape.begins[static_cast<std::size_t>(b)] == t)
        std::fill_n(tape.previous_gradient(state, t) + b * width, width, S(0));
  }
}

template <class S>
void InputFilter<S>::normalise(LayerTape<S>& tape, Index t) const {
  const Index inputs = sizes_.inputs, batch = tape.batch();
  const S* const x = tape.value(places_.x, t);
  S *const size = tape.value(places_.size, t), *const normed = tape.value(places_.normed, t);
  for (Index b = 0; b < batch; ++b) {
    S squares = 0;
    for (Index i = 0; i < inputs; ++i) squares += x[b * inputs + i] * x[b * inputs + i];
    size[b] = std::sqrt(squares / static_cast<S>(inputs) + static_cast<S>(sizes_.norm_epsilon));
  }
  force(tape, places_.size, t);
  for (Index b = 0, k = 0; b < batch; ++b) {
    const S share = inverse(size[b]);
    for (Index i = 0; i < inputs; ++i, ++k) normed[k] = norm_scale_[i] * x[k] * share;
  }
  force(tape, places_.normed, t);
}

template <class S>
void InputFilter<S>::normalise_back(LayerTape<S>& tape, Index t, S* gradients) const {
  const Index inputs = sizes_.inputs, batch = tape.batch();
  const S *const x = tape.value(places_.x, t), *const size = tape.value(places_.size, t),
                 *const raw_size = tape.raw(places_.size, t), *const d = tape.gradient(places_.normed, t);
  S *const dx = tape.gradient(places_.x, t), *const dsize = tape.gradient(places_.size, t),
           *const dscale = gradient_of(gradients, places_.norm_scale);
  const ForcedSteps<S>* rule = rule_at(tape, places_.normed, t);
  for (Index b = 0, k = 0; b < batch; ++b) {
    const S share = inverse(size[b]);
    S of_size = 0;
    for (Index i = 0; i < inputs; ++i, ++k) {
      const S g = rule ? d[k] * rule->scale[i] : d[k];
      dscale[i] += g * x[k] * share;
      dx[k] += g * norm_scale_[i] * share;
      of_size -= g * norm_scale_[i] * x[k] * share * share;
    }
    dsize[b] = of_size;
  }
  unforce(tape, places_.size, t, dsize);
  for (Index b = 0, k = 0; b < batch; ++b) {
    const S of_mean = dsize[b] * inverse(raw_size[b]) / static_cast<S>(inputs);
    for (Index i = 0; i < inputs; ++i, ++k) dx[k] += of_mean * x[k];
  }
}

template <class S>
void InputFilter<S>::shift(LayerTape<S>& tape, Index t) const {
  const Index inputs = sizes_.inputs, batch = tape.batch();
  const S *const now = tape.value(places_.before_shift(), t), *const before = tape.previous_value(
                                                                  places_.before_shift(), t);
  S* const shifted = tape.value(places_.shifted, t);
  for (Index b = 0, k = 0; b < batch; ++b)
    for (Index i = 0; i < inputs; ++i, ++k) {
      const S mu = mu_[i];
      shifted[k] = mu * now[k] + (1 - mu) * before[k];
    }
  force(tape, places_.shifted, t);
}

template <class S>
void InputFilter<S>::shift_back(LayerTape<S>& tape, Index t, S* gradients) const {
  const Index inputs = sizes_.inputs, batch = tape.batch();
  const int from = places_.before_shift();
  const S *const now = tape.value(from, t), *const before = tape.previous_value(from, t),
                 *const d = tape.gradient(places_.shifted, t);
  S *const dnow = tape.gradient(from, t), *const dbefore = tape.previous_gradient(from, t),
           *const dmu = gradient_of(gradients, places_.mu);
  const ForcedSteps<S>* rule = rule_at(tape, places_.shifted, t);
  for (Index b = 0, k = 0; b < batch; ++b)
    for (Index i = 0; i < inputs; ++i, ++k) {
      const S mu = mu_[i], g = rule ? d[k] * rule->scale[i] : d[k];
      dmu[i] += g * (now[k] - before[k]);
      dnow[k] += mu * g;
      dbefore[k] += (1 - mu) * g;
    }
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
  const S* const from = tape.value(places_.source(), t);
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
void InputFilter<S>::convolve_back(LayerTape<S>& tape, Index t, S* gradients) const {
  const Index inputs = sizes_.inputs, batch = tape.batch(), kept = tape.width(places_.past),
              earlier = sizes_.window - 1;
  const S *const before = tape.previous_value(places_.past, t), *const from = tape.value(places_.source(), t);
  const S *const d = tape.gradient(places_.convolved, t), *const dpast = tape.gradient(places_.past, t);
  S *const dfrom = tape.gradient(places_.source(), t), *const dbefore =
                                                           tape.previous_gradient(places_.past, t);
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
      dfrom[k] += g * taps_[earlier * inputs + i] + past_gradient(b, i);
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
