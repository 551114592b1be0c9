#pragma once

// What a cell sees of one step, for one level: a register of each of its channels with coefficient-wise
// arithmetic, its recurrent product, its interventions. A cell's step runs register by register, so that its
// equations meet their numbers in registers and in the first-level cache; the products of whole columns are
// made before, between and after. Like everything of a level it has internal linkage and calls nothing of the
// standard library (core/math/level/vec.h says why).

#include "core/math/level/functions.h"
#include "core/nn/cell.h"
#include "core/nn/cell_steps.h"

// All that a register's equations call becomes part of their loop. Sanitizers put so much code there that the
// compiler takes minutes, so that they do without.
#ifdef GATESCOPE_SANITIZED
#define GATESCOPE_FLAT
#else
#define GATESCOPE_FLAT [[gnu::flatten]]
#endif

namespace gatescope::nn {
namespace {

/// A register of numbers with the arithmetic that the cells' equations are written in.
template <class S>
struct Value {
  Vec<S> v;

  Value square() const { return {v * v}; }
  Value sign() const {
    const Vec<S> zero = broadcast(S(0)), one = broadcast(S(1));
    return {choose(v > zero, one, choose(v < zero, zero - one, v))};
  }
  Value tanh() const { return {hyperbolic_tangent<S>(v)}; }
  Value logistic() const { return {sigmoid<S>(v)}; }
  Value silu() const { return {v * sigmoid<S>(v)}; }
  Value slope_of_silu() const {
    const Value open = logistic();
    return open + *this * open * (1 - open);
  }
  /// log(1 + e^x).
  Value softplus() const { return {softened_positive<S>(v)}; }
  Value cwiseMax(int least) const { return {greater(broadcast(static_cast<S>(least)), v)}; }
  /// The square root; 0 of what is below 0.
  Value root() const { return {gatescope::root(greater(broadcast(S(0)), v))}; }

  friend Value operator+(const Value& a, const Value& b) { return {a.v + b.v}; }
  friend Value operator-(const Value& a, const Value& b) { return {a.v - b.v}; }
  friend Value operator*(const Value& a, const Value& b) { return {a.v * b.v}; }
  friend Value operator*(int number, const Value& a) { return {broadcast(static_cast<S>(number)) * a.v}; }
  /// 0 where there is nothing to be shared out: a divisor below a closed gate is as good as 0.
  friend Value operator/(const Value& a, const Value& b) {
    const Vec<S> size = (Vec<S>)((Whole<S>)b.v & ~sign_bit<S>());
    return {choose(size < broadcast(kLeastGate<S>), broadcast(S(0)), a.v / b.v)};
  }
  /// log(a) of a gate; a closed one is as good as closed.
  friend Value log(const Value& a) { return {logarithm<S>(greater(broadcast(kLeastGate<S>), a.v))}; }
  /// Its derivative, 1 / a.
  friend Value slope_of_log(const Value& a) {
    return {broadcast(S(1)) / greater(broadcast(kLeastGate<S>), a.v)};
  }
  /// log(e^a + e^b), which neither overflows.
  friend Value log_of_sum(const Value& a, const Value& b) {
    const Vec<S> high = greater(a.v, b.v), apart = a.v - b.v;
    const Vec<S> e = exp_of_negative<S>((Vec<S>)((Whole<S>)apart | sign_bit<S>()));
    return {high + logarithm<S>(broadcast(S(1)) + e)};
  }

  friend Value exp(const Value& a) { return {exponential<S>(a.v)}; }
  friend Value max(const Value& a, const Value& b) { return {greater(a.v, b.v)}; }
  /// 1 where a is b or more, else 0.
  friend Value at_least(const Value& a, const Value& b) {
    return {choose(a.v < b.v, broadcast(S(0)), broadcast(S(1)))};
  }
  /// 1 - e^a for a up to 0, to its last digit also where e^a is all but 1.
  friend Value rest_of_exp(const Value& a) { return {one_less_exponential<S>(a.v)}; }

  friend Value operator-(int number, const Value& a) { return {broadcast(static_cast<S>(number)) - a.v}; }
  friend Value operator-(const Value& a, int number) { return {a.v - broadcast(static_cast<S>(number))}; }
  friend Value operator/(const Value& a, int number) { return {a.v / broadcast(static_cast<S>(number))}; }
};

/// A register of a channel: its numbers, and where they stand. What is assigned to it is stored if `now`.
template <class S>
class Place : public Value<S> {
 public:
  Place(S* at, Index count, bool now) : Value<S>{load(at, count)}, at_(at), count_(count), now_(now) {}
  Place(const Place&) = default;

  void operator=(const Value<S>& value) const {
    if (now_) store(at_, value.v, count_);
  }
  void operator=(const Place& other) const { *this = static_cast<const Value<S>&>(other); }
  void operator+=(const Value<S>& value) const { *this = *this + value; }
  void operator*=(const Value<S>& value) const { *this = *this * value; }
  void setZero() const { *this = Value<S>{broadcast(S(0))}; }

 private:
  S* at_;
  Index count_;
  bool now_;
};

/// Whether every channel has one number a unit, so that they all lie alike.
template <class C>
constexpr bool is_uniform() {
  for (unsigned k = 0; k < C::info.channels.size(); ++k)
    if (!C::info.channels[k].one_a_unit()) return false;
  return true;
}

/// Whether some channel is not counted in units, so that these share its numbers.
template <class C>
constexpr bool has_shared_numbers() {
  for (unsigned k = 0; k < C::info.channels.size(); ++k)
    if (!C::info.counts_units(static_cast<int>(k))) return true;
  return false;
}

/// How many heads there are, each of which has such numbers of its own; 1 where they are of all units.
template <class C>
constexpr Index heads_of(const Sizes& sizes) {
  for (unsigned k = 0; k < C::info.channels.size(); ++k)
    if (C::info.channels[k].extent.of == Size::heads) return sizes.heads;
  return 1;
}

/// How many channels that are no states are sources of products; fewer breaks where a cell says that some of
/// them come together.
template <class C>
constexpr int breaks_of() {
  if constexpr (requires { C::breaks; }) return C::breaks;
  int breaks = 0;
  for (unsigned p = 0; p < C::info.products.size(); ++p) {
    const int from = C::info.products[p].from;
    if (from == kInput || C::info.is_state(from)) continue;
    bool first = true;
    for (unsigned s = 0; s < p; ++s)
      if (C::info.products[s].from == from) first = false;
    breaks += first;
  }
  return breaks;
}

/// The same of the way back, where a cell says that it is another number: it has sums over its units to wait
/// for.
template <class C>
constexpr int breaks_back_of() {
  if constexpr (requires { C::breaks_back; }) return C::breaks_back;
  return breaks_of<C>();
}

/// Whether there are numbers a unit among the parameters.
template <class C>
constexpr bool has_parameters_of_units() {
  for (int p = 0; p < static_cast<int>(C::info.parameters.size()); ++p)
    if (C::info.is_of_units(p)) return true;
  return false;
}

/// Whether all that a cell's equations call becomes part of their loop: where it does not say otherwise.
template <class C>
constexpr bool is_flat() {
  if constexpr (requires { C::flat; }) return C::flat;
  return true;
}

/// Which products connect the units of each head alone.
template <class C>
struct HeadProducts {
  bool of[C::info.products.size()] = {};
  bool any = false;

  constexpr HeadProducts() {
    for (unsigned p = 0; p < C::info.products.size(); ++p) {
      of[p] = C::info.by_heads(C::info.products[p]);
      any = any || of[p];
    }
  }
};

/// Whether a register may reach into the next column, as nothing is one number a unit: the batch is one long
/// column then.
template <class C, bool Forced>
constexpr bool kWholeBatch = !Forced && is_uniform<C>() && !has_parameters_of_units<C>();

/// Where a step stands: everything but the register.
template <class C, class S>
struct Standing {
  const StepSequence<S>& q;
  Index now = 0, before = 0;                                     // the step's block and the earlier step's
  Index now_at = 0, before_at = 0;                               // where these begin in a channel of H
  const ForcedSteps<S>* forced[C::channels.size()] = {};         // what acts on each channel at this step
  const ForcedSteps<S>* forced_before[C::channels.size()] = {};  // and before its activation
};

/// A channel whose units share their value (Step::shared()).
template <class T>
concept Alike = requires(T shared) {
  shared.alike;
};

/// One register of a step of the cell C. A step falls into phases at every product with a channel of the same
/// step, which needs its whole columns: only what belongs to phase Phase is stored. With Forced = false
/// everything about interventions compiles away.
template <class C, class S, bool Forced, int Phase, bool Whole>
class Step {
 public:
  /// The register of units `row` and after in batch entry `column`; `count` scalars of it count. Where all
  /// channels lie alike the batch may be one long column. A `Whole` one is full, of units of `head`.
  Step(const Standing<C, S>& at, Index column, Index head, Index row, Index count)
      : at_(at),
        q_(at.q),
        column_(column),
        row_(row),
        count_(count),
        place_(column * at.q.sizes.hidden + row),
        width_of_head_(at.q.sizes.hidden / heads_of<C>(at.q.sizes)),
        head_(head) {}

  /// The used values of channel k at this step, and of a state one step earlier. Of a channel with several
  /// numbers a unit (H x N), number n of each.
  Place<S> operator[](int k) const { return now(k, 0); }
  Place<S> now(int k, Index n) const { return value(q_.values, k, n, at_.now, at_.now_at); }
  Place<S> prev(int k, Index n = 0) const { return value(q_.values, k, n, at_.before, at_.before_at); }
  /// What the network computed of the channel by itself, before any rule on it.
  Place<S> raw(int k, Index n = 0) const {
    return value(Forced ? q_.raw : q_.values, k, n, at_.now, at_.now_at);
  }
  /// What a channel that is remade was: `value`, where no rule changed it.
  Value<S> again(int k, const Value<S>& value, Index n) const { return Forced ? now(k, n) : value; }

  /// Gradients at this step, and of a state one step earlier. Those of states come in with what later steps
  /// and the layers above know of them: what is added to them here.
  Place<S> d(int k, Index n = 0) const { return gradient(k, n, at_.now, at_.now_at); }
  Place<S> d_prev(int k, Index n = 0) const { return gradient(k, n, at_.before, at_.before_at); }
  /// Adds `more` to the gradient of a state at this step, and gives the sum.
  Value<S> total(int k, const Value<S>& more, Index n) const {
    const Value<S> sum = d(k, n) + more;
    show_gradient(k, sum, n);
    return sum;
  }
  /// Sets the gradient of a channel of several numbers a unit that the step itself does not go on with: for
  /// whoever looks at it.
  void show_gradient(int k, const Value<S>& value, Index n) const {
    if (q_.of_gradients.keeps(k)) d(k, n) = value;
  }
  /// Sets the gradient of such a state one step earlier, to which nothing else of this step adds.
  void lead_back(int k, const Value<S>& value, Index n) const { d_prev(k, n) = value; }

  /// The channel is its activation of `net`, the one place where activations are computed and their arguments
  /// are forced.
  void activate(int k, const Value<S>& net, Index n = 0) const {
    now(k, n) = activation(k, net);
    if constexpr (Forced) {
      raw(k, n) = now(k, n);
      if (const auto* before = at_.forced_before[k]) now(k, n) = activation(k, ruled(*before, net, n));
      if (q_.activated != q_.raw) activated(k, n) = now(k, n);
      if (const auto* forced = at_.forced[k]) now(k, n) = ruled(*forced, now(k, n), n);
    }
  }
  /// The same of the sum that stands in the channel.
  void activate(int k) const { activate(k, now(k, 0)); }

  /// Its adjoint: dL/dnet of the channel's dL/dused.
  Value<S> activate_back(int k, const Value<S>& gradient, Index n = 0) const {
    return activate_back(k, gradient, n, activated(k, n));
  }
  Value<S> activate_back(int k, const Value<S>& gradient, Index n, const Value<S>& y) const {
    const Value<S> of_y = unforce(k, gradient, n);
    switch (C::channels[static_cast<unsigned>(k)].activation) {
      case Activation::sigmoid:
        return before_activation(k, of_y * y * (1 - y), n);
      case Activation::tanh:
        return before_activation(k, of_y * (1 - y.square()), n);
      case Activation::relu:
        return before_activation(k, of_y * y.sign(), n);
      case Activation::softplus:
        return before_activation(k, of_y * (1 - exp(0 - y)), n);
      case Activation::exponential:
        return before_activation(k, of_y * y, n);
      case Activation::silu:  // see below
      case Activation::none:
        break;
    }
    return of_y;
  }
  /// The same for SiLU, whose value does not tell its slope: that of its argument does.
  Value<S> activate_back_at(int k, const Value<S>& net, const Value<S>& gradient) const {
    const Value<S> of_y = unforce(k, gradient);
    if constexpr (Forced) {
      if (const auto* before = at_.forced_before[k])
        return before_activation(k, of_y * ruled(*before, net, 0).slope_of_silu(), 0);
    }
    return of_y * net.slope_of_silu();
  }

  /// The one place where values are forced: used = scale*raw + shift.
  void force(int k, Index n = 0) const {
    if constexpr (Forced) {
      raw(k, n) = now(k, n);
      if (const auto* forced = at_.forced[k]) now(k, n) = ruled(*forced, now(k, n), n);
    }
  }

  /// Its adjoint: dL/draw = scale * dL/dused.
  Value<S> unforce(int k, const Value<S>& gradient, Index n = 0) const {
    if constexpr (Forced) {
      if (const auto* forced = at_.forced[k]) return gradient * of_unit(forced->scale, n);
    }
    return gradient;
  }

  /// Sets a channel to `value`, forces it, and gives what it is then.
  Value<S> forced(int k, const Value<S>& value, Index n) const {
    if (!is_kept(k)) return value;
    now(k, n) = value;
    force(k, n);
    return Forced ? now(k, n) : value;
  }

  /// Number n of a channel that is not counted in units, the same for all of them, and its adjoint: the sum
  /// over the units is added to its gradient.
  Value<S> number(int k, Index n) const { return {broadcast(numbers(q_.values, k)[n])}; }
  void number_back(int k, const Value<S>& gradient, Index n) { add_to_lanes(k, gradient, n); }
  /// The same of a channel that each head has one number of, or N: that of the unit's head.
  Value<S> of_head(int k, Index n = 0) const { return {gathered(numbers(q_.values, k), k, n)}; }
  void of_head_back(int k, const Value<S>& gradient, Index n = 0) { add_to_lanes(k, gradient, n); }
  /// Whether units added to what they share, for add_lanes() to finish.
  bool has_lanes() const { return has_lanes_; }
  /// f of number n of such a channel, for each n; computed once a head.
  template <class F>
  auto of_each(int k, F f) {
    if constexpr (Whole) {
      S* const done = q_.functions + functions_++ * q_.most_shared;
      if (row_ == head_ * width_of_head_)
        map(
            done, memories(), [f](Vec<S> v) { return f(Value<S>{v}).v; },
            numbers(q_.values, k) + head_ * memories());
      return [done](Index n) { return Value<S>{broadcast(done[n])}; };
    } else {
      return [this, k, f](Index n) { return f(of_head(k, n)); };
    }
  }
  /// A channel of units that is its activation of `net` of each number of a head's channel: one value for all
  /// units of the head, but for the rules on them.
  template <class F>
  auto shared(int k, int from, F net) {
    const auto value = of_each(from, [this, k, net](const Value<S>& a) { return activation(k, net(a)); });
    struct Shared {
      const Step& at;
      int from;
      F net;
      decltype(value) alike;
    };
    return Shared{*this, from, net, value};
  }
  template <Alike Shared>
  void activate(int k, const Shared& shared, Index n) const {
    if constexpr (Forced) return activate(k, shared.net(of_head(shared.from, n)), n);
    if (is_kept(k)) now(k, n) = shared.alike(n);
  }
  template <Alike Shared>
  Value<S> activate_back(int k, const Value<S>& gradient, Index n, const Shared& shared) const {
    if constexpr (Forced) return activate_back(k, gradient, n);
    return activate_back(k, gradient, n, shared.alike(n));
  }
  template <Alike Shared>
  Value<S> again(int k, const Shared& shared, Index n) const {
    if constexpr (Forced) return now(k, n);
    return shared.alike(n);
  }
  /// A channel of units, less their mean and over their deviation: a layer norm before its gain [ba2016]. All
  /// units are there: gather() or a product comes between.
  Value<S> normed(int k) {
    S* const norm = norm_of(k);
    return (value_of(k) - Value<S>{broadcast(norm[kMean])}) * Value<S>{broadcast(norm[kShare])};
  }
  /// Its adjoint, where the channel's gradient is that of normed(k), of all units.
  Value<S> normed_back(int k) {
    S* const norm = norm_of(k);
    if (begins_column()) {
      const S *const x = numbers(q_.values, k), *const d = gradient_numbers(k);
      const S mean = norm[kMean], share = norm[kShare];
      norm[kOfMean] = mean_of([&](Index j) { return d[j]; });
      norm[kOfShare] = mean_of([&](Index j) { return d[j] * (x[j] - mean) * share; });
    }
    const Value<S> share{broadcast(norm[kShare])},
        normed = (value_of(k) - Value<S>{broadcast(norm[kMean])}) * share;
    return share * (d(k) - Value<S>{broadcast(norm[kOfMean])} - normed * Value<S>{broadcast(norm[kOfShare])});
  }

  /// N, the numbers of a unit.
  Index memories() const { return q_.sizes.memories; }
  /// force() and unforce() of such a channel, all its numbers.
  void force_numbers(int k) const {
    if constexpr (Forced) {
      if (row_ > 0 || phase_ != Phase) return;
      S *const used = numbers(q_.values, k), *const raw = numbers(q_.raw, k);
      const auto* forced = at_.forced[k];
      for (Index n = 0; n < q_.widths[k]; ++n) {
        raw[n] = used[n];
        if (forced) used[n] = used[n] * forced->scale[n] + forced->shift[n];
      }
    }
  }
  void unforce_numbers(int k) const {
    if constexpr (Forced) {
      if (row_ > 0 || phase_ != Phase || !at_.forced[k]) return;
      S* const gradient = gradient_numbers(k);
      for (Index n = 0; n < q_.widths[k]; ++n) gradient[n] *= at_.forced[k]->scale[n];
    }
  }

  /// The slope of a channel's sigmoid where it was computed, with what a rule before it multiplies it by.
  Value<S> slope(int k) const {
    const Value<S> y = activated(k, 0);
    return before_activation(k, y * (1 - y), 0);
  }

  /// The products with these sources are in all that receive them from here on, and their adjoints in the
  /// gradients of the sources. Those of a state are there before the step, their adjoint after it.
  template <class... Sources>
  void recur(Sources... sources) {
    const std::uint64_t due = (... | (C::info.is_state(sources) ? 0 : std::uint64_t{1} << sources));
    if (due == 0) return;
    if (phase_ == Phase) due_ = due;
    ++phase_;
  }
  template <class... Sources>
  void recur_back(Sources... sources) {
    recur(sources...);
  }
  /// What all units of the column have added is there from here on.
  void gather() { ++phase_; }
  /// What follows has a loop of its own: two short chains of operations wait less for themselves than a long
  /// one.
  void pause() { ++phase_; }
  /// The sources of the products that end this phase, as a set of bits.
  std::uint64_t due() const { return due_; }

  /// Sets the gradient of a channel to zero before a product adds to it, whatever its width.
  void clear_gradient(int k) const {
    if (row_ > 0 || phase_ != Phase) return;
    const Index columns = kWholeBatch<C, Forced> ? q_.batch : 1, size = q_.widths[k] * columns;
    S* to = gradient_numbers(k);
    for (Index n = 0; n < size; ++n) to[n] = S(0);
  }

  Value<S> zero() const { return {broadcast(S(0))}; }

  /// Column n of a parameter of units, and its adjoint.
  Value<S> parameter(int p, Index n = 0) const { return of_unit(q_.parameters[p], n); }
  void parameter_back(int p, const Value<S>& gradient, Index n = 0) const {
    place(q_.parameter_gradients[p] + n * q_.sizes.hidden + row_) += gradient;
  }

 private:
  /// What a norm needs of a column, made by its first register in the phase that uses it.
  enum : int { kMean, kShare, kOfMean, kOfShare };
  bool begins_column() const { return row_ == 0 && phase_ == Phase; }
  Value<S> value_of(int k) const { return now(k, 0); }
  S* norm_of(int k) {
    S* const norm = q_.functions + functions_++ * q_.most_shared;
    if (!begins_column()) return norm;
    const S* const x = numbers(q_.values, k);
    const S mean = mean_of([&](Index j) { return x[j]; });
    const S square = mean_of([&](Index j) { return (x[j] - mean) * (x[j] - mean); });
    norm[kMean] = mean;
    norm[kShare] = 1 / Value<S>{broadcast(square + static_cast<S>(kLayerNormEpsilon))}.root().v[0];
    return norm;
  }
  /// The mean over the units, unit j summed in lane j modulo kMostLanes: the same whatever a register holds.
  template <class F>
  S mean_of(F term) const {
    const Index units = q_.sizes.hidden;
    S lanes[kMostLanes] = {};
    Index j = 0;
    for (; j + kMostLanes <= units; j += kMostLanes)
      for (Index lane = 0; lane < kMostLanes; ++lane) lanes[lane] += term(j + lane);
    for (Index lane = 0; j + lane < units; ++lane) lanes[lane] += term(j + lane);
    for (Index half = kMostLanes / 2; half > 0; half /= 2)
      for (Index lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
    return lanes[0] / static_cast<S>(units);
  }

  /// How many numbers a head has of a channel, as the cell's table says.
  Index stride_of_head(int k) const {
    return C::info.channels[static_cast<unsigned>(k)].extent.by == Size::one ? 1 : q_.sizes.memories;
  }
  Index head_of(Index lane) const { return (row_ + lane) / width_of_head_; }
  Vec<S> gathered(const S* all, int k, Index n) const {
    const Index stride = stride_of_head(k);
    if constexpr (Whole) return broadcast(all[head_ * stride + n]);
    Vec<S> values = broadcast(S(0));
    for (Index lane = 0; lane < count_; ++lane) values[lane] = all[head_of(lane) * stride + n];
    return values;
  }

  /// Unit j of a head adds to lane j modulo kMostLanes: the same sums whatever a register holds.
  void add_to_lanes(int k, const Value<S>& gradient, Index n) {
    if (phase_ != Phase) return;
    has_lanes_ = true;
    const Index stride = stride_of_head(k);
    S* const lanes = q_.lanes + (q_.lane_starts[k] + n) * kMostLanes;
    if constexpr (Whole) {
      S* const to = lanes + head_ * stride * kMostLanes + (row_ - head_ * width_of_head_) % kMostLanes;
      return store(to, load(to) + gradient.v);
    }
    for (Index lane = 0; lane < count_; ++lane) {
      const Index head = head_of(lane);
      lanes[head * stride * kMostLanes + (row_ + lane - head * width_of_head_) % kMostLanes] +=
          gradient.v[lane];
    }
  }

  /// The numbers of channel k at this step and entry: its values, or raw ones, and its gradients.
  S* numbers(S* all, int k) const { return all + q_.of_values.starts[k] + entry(k, q_.of_values); }
  S* gradient_numbers(int k) const {
    return q_.gradients + q_.of_gradients.starts[k] + entry(k, q_.of_gradients);
  }
  Index entry(int k, const TapeLayout& layout) const {
    return (layout.block(k, at_.now) * q_.batch + column_) * q_.widths[k];
  }
  Place<S> place(S* at) const { return {at, count_, phase_ == Phase}; }

  /// Whether a channel's values are kept at all.
  bool is_kept(int k) const { return !C::channels[static_cast<unsigned>(k)].remade || q_.of_values.keeps(k); }

  /// A channel's activation as rules on its pre-activation left it.
  Place<S> activated(int k, Index n) const {
    return value(Forced ? q_.activated : q_.values, k, n, at_.now, at_.now_at);
  }
  Value<S> activation(int k, const Value<S>& net) const {
    switch (C::channels[static_cast<unsigned>(k)].activation) {
      case Activation::sigmoid:
        return net.logistic();
      case Activation::tanh:
        return net.tanh();
      case Activation::relu:
        return net.cwiseMax(0);
      case Activation::silu:
        return net.silu();
      case Activation::softplus:
        return net.softplus();
      case Activation::exponential:
        return exp(net);
      case Activation::none:
        break;
    }
    return net;
  }
  /// What a rule makes of a value.
  Value<S> ruled(const ForcedSteps<S>& rule, const Value<S>& value, Index n) const {
    return value * of_unit(rule.scale, n) + of_unit(rule.shift, n);
  }
  Value<S> before_activation(int k, const Value<S>& gradient, Index n) const {
    if constexpr (Forced) {
      if (const auto* before = at_.forced_before[k]) return gradient * of_unit(before->scale, n);
    }
    return gradient;
  }

  Place<S> value(S* all, int k, Index n, Index block, Index block_at) const {
    return channel(all, q_.of_values, k, n, block, block_at);
  }
  Place<S> gradient(int k, Index n, Index block, Index block_at) const {
    return channel(q_.gradients, q_.of_gradients, k, n, block, block_at);
  }
  Place<S> channel(S* all, const TapeLayout& layout, int k, Index n, Index block, Index block_at) const {
    if constexpr (is_uniform<C>()) {
      return place(all + layout.starts[k] + block_at + place_);
    } else {
      const Index column = layout.block(k, block) * q_.batch + column_;
      return place(all + layout.starts[k] + column * q_.widths[k] + n * q_.sizes.hidden + row_);
    }
  }
  /// Number n of a unit, the same in all columns.
  Value<S> of_unit(const S* numbers, Index n) const {
    return {load(numbers + n * q_.sizes.hidden + row_, count_)};
  }

  const Standing<C, S>& at_;
  const StepSequence<S>& q_;
  const Index column_, row_, count_, place_;
  const Index width_of_head_, head_;  // that of a whole register, where heads share numbers
  bool has_lanes_ = false;
  int functions_ = 0;
  int phase_ = 0;
  std::uint64_t due_ = 0;
};

/// All registers of a step, and the products around them.
template <class C, class S, bool Forced>
class Steps {
 public:
  /// Of so many entries of the batch, from `column` on.
  Steps(const StepSequence<S>& sequence, Index column, Index columns)
      : q_(sequence), at_{sequence}, first_column_(column), columns_(columns) {}

  void forward(Index t) {
    go_to(t);
    begin();
    run_phases<0, breaks_of<C>()>([](auto& step) { C::forward(step); }, &Steps::multiply);
  }

  void backward(Index t) {
    go_to(t);
    // The output's gradient is the layers' above; every other state's begins here, but for those of several
    // numbers a unit, which lead_back() sets.
    for (const State& state : C::info.states)
      if (state.channel != C::info.output && C::info.channels[state.channel].extent != kUnitMemories)
        clear(gradient(state.channel, at_.before), state.channel);
    run_phases<0, breaks_back_of<C>()>([](auto& step) { C::backward(step); }, &Steps::multiply_back);
    for (int p = 0; p < kProducts; ++p)
      if (carries(p)) multiply_back(p);
  }

 private:
  static constexpr int kProducts = static_cast<int>(C::info.products.size());
  static constexpr int kChannels = static_cast<int>(C::info.channels.size());
  static constexpr const Product* kProduct = C::info.products.data();
  static constexpr HeadProducts<C> kByHeads{};
  static_assert(kChannels <= 64);

  /// Whether product p is one with a state.
  static constexpr bool carries(int p) {
    return kProduct[p].from != kInput && C::info.is_state(kProduct[p].from);
  }

  void go_to(Index t) {
    t_ = t;
    at_.now = q_.reverse ? t : t + 1;
    at_.before = q_.reverse ? t + 1 : t;
    at_.now_at = at_.now * q_.batch * q_.sizes.hidden;
    at_.before_at = at_.before * q_.batch * q_.sizes.hidden;
    if constexpr (Forced) {
      for (const ForcedSteps<S>*& forced : at_.forced) forced = nullptr;
      for (const ForcedSteps<S>*& forced : at_.forced_before) forced = nullptr;
      const Index number = q_.first_number + t;
      for (Index k = 0; k < q_.forced_count; ++k) {
        const ForcedSteps<S>& forced = q_.forced[k];
        if (number < forced.first || forced.last < number) continue;
        (forced.before_activation ? at_.forced_before : at_.forced)[forced.channel] = &forced;
      }
    }
  }

  /// What stands in the channels before the cell's own step: the characters' columns, biases, and the
  /// products with states, which begin with these.
  void begin() const {
    for (int p = 0; p < kProducts; ++p) {
      const int to = kProduct[p].to;
      if (carries(p)) {
        multiply(p, is_first(p) ? start_of(to) : there(to));
      } else if (is_first(p) && !(input_of(to) != kNone && !q_.tokens)) {
        copy(start_of(to), to);
      }
    }
    for (const Bias& bias : C::info.biases)
      if (is_alone(bias.to)) copy({q_.biases[bias.to], 0, nullptr}, bias.to);
  }
  /// Whether nothing comes into a channel but its bias.
  static constexpr bool is_alone(int to) {
    for (int p = 0; p < kProducts; ++p)
      if (kProduct[p].to == to) return false;
    return true;
  }

  /// Whether product p is the first to fill its receiver: one with a state, where there is one.
  static constexpr bool is_first(int p) {
    for (int other = 0; other < kProducts; ++other) {
      if (other == p || kProduct[other].to != kProduct[p].to) continue;
      if (carries(other) == carries(p) ? other < p : carries(other)) return false;
    }
    return true;
  }
  /// The product of the input that a channel receives, or kNone.
  static constexpr int input_of(int to) {
    for (int p = 0; p < kProducts; ++p)
      if (kProduct[p].from == kInput && kProduct[p].to == to) return p;
    return kNone;
  }
  /// What comes into a channel before the products with other channels.
  Columns<S> start_of(int to) const {
    const int input = input_of(to);
    if (input == kNone) return {q_.biases[to], 0, nullptr};
    if (!q_.tokens) return there(to);
    return {q_.products[input].table, q_.widths[to], q_.tokens + t_ * q_.batch};
  }
  Columns<S> there(int k) const { return {value(k, at_.now), q_.widths[k], nullptr}; }

  /// The step from a phase on, with the products that end each phase.
  template <int Phase, int Breaks, class F>
  void run_phases(F equations, void (Steps::*product)(int) const) const {
    const std::uint64_t due = run<Phase>(equations);
    if constexpr (Phase < Breaks) {
      for (int p = 0; p < kProducts; ++p)
        if (kProduct[p].from >= 0 && (due >> kProduct[p].from & 1)) (this->*product)(p);
      run_phases<Phase + 1, Breaks>(equations, product);
    }
  }

  /// One phase of the step, register by register; the sources of the products that end it.
  template <int Phase, class F>
  std::uint64_t run(F equations) const {
    constexpr bool whole = kWholeBatch<C, Forced>;
    const Index end = whole ? 1 : first_column_ + columns_,
                height = whole ? q_.sizes.hidden * q_.batch : q_.sizes.hidden;
    const Index heads = heads_of<C>(q_.sizes), width = height / heads;
    // Registers that heads share are parts.
    const Index full = heads > 1 && width % kWidth<S> > 0 ? 0 : width - width % kWidth<S>;
    Ended ended;
    for (Index column = first_column_; column < end; ++column) {
      if constexpr (Forced) {
        for (Index r = 0; r < height; r += kWidth<S>) ended = part<Phase>(equations, column, r, height - r);
      } else {
        if (full > 0)
          for (Index head = 0; head < heads; ++head) {
            if constexpr (is_flat<C>())
              ended = flat_registers<Phase>(equations, column, head, width, full);
            else
              ended = registers<Phase>(equations, column, head, width, full);
          }
        for (Index r = heads * full; r < height; r += kWidth<S>)
          ended = part<Phase>(equations, column, r, height - r);
      }
      if constexpr (has_shared_numbers<C>()) {
        if (ended.has_lanes) add_lanes(column);
      }
    }
    return ended.due;
  }
  /// What a phase leaves to do: the products with these sources, and sums over units.
  struct Ended {
    std::uint64_t due = 0;
    bool has_lanes = false;
  };

  /// Whole registers of a head, where training spends its time: all that the equations call becomes part of
  /// their loop.
  template <int Phase, class F>
  GATESCOPE_FLAT Ended flat_registers(F equations, Index column, Index head, Index width, Index full) const {
    return registers<Phase>(equations, column, head, width, full);
  }
  template <int Phase, class F>
  Ended registers(F equations, Index column, Index head, Index width, Index full) const {
    Ended ended;
    for (Index r = 0; r < full; r += kWidth<S>) {
      Step<C, S, false, Phase, has_shared_numbers<C>()> step(at_, column, head, head * width + r, kWidth<S>);
      equations(step);
      ended = {step.due(), step.has_lanes()};
    }
    return ended;
  }
  /// Ends the sums over units, lane by lane, and leaves zeros for the next ones.
  void add_lanes(Index column) const {
    for (int k = 0; k < kChannels; ++k) {
      if (C::info.counts_units(k)) continue;
      S* const sums = gradient(k, at_.now) + column * q_.widths[k];
      S* lanes = q_.lanes + q_.lane_starts[k] * kMostLanes;
      for (Index n = 0; n < q_.widths[k]; ++n, lanes += kMostLanes) {
        for (Index half = kMostLanes / 2; half > 0; half /= 2)
          for (Index lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
        sums[n] += lanes[0];
        for (Index lane = 0; lane < kMostLanes; ++lane) lanes[lane] = S(0);
      }
    }
  }

  /// A register of which not all numbers count, or one with rules, or of several heads: as the compiler sees
  /// fit, which takes it a third of the time.
  template <int Phase, class F>
  [[gnu::noinline]] Ended part(F equations, Index column, Index row, Index rest) const {
    Step<C, S, Forced, Phase, false> step(at_, column, 0, row, rest < kWidth<S> ? rest : kWidth<S>);
    equations(step);
    return {step.due(), step.has_lanes()};
  }

  /// to = start + M from, and its adjoint in the gradient of the source.
  void multiply(int p, const Columns<S>& start) const {
    const int from = kProduct[p].from, to = kProduct[p].to;
    if constexpr (kByHeads.any) {
      if (kByHeads.of[p] && q_.sizes.heads > 1)
        return multiply_heads(q_.products[p].packed, q_.widths[to] / q_.sizes.heads,
                              q_.widths[from] / q_.sizes.heads, start,
                              {value(from, carries(p) ? at_.before : at_.now), q_.widths[from]},
                              value(to, at_.now), q_.widths[to]);
    }
    q_.kernels->multiply(q_.products[p].packed, q_.widths[to], q_.widths[from], start,
                         value(from, carries(p) ? at_.before : at_.now), q_.widths[from], value(to, at_.now),
                         q_.widths[to], q_.batch);
  }
  void multiply(int p) const { multiply(p, there(kProduct[p].to)); }
  void multiply_back(int p) const {
    const int from = kProduct[p].from, to = kProduct[p].to;
    S* const sum = gradient(from, carries(p) ? at_.before : at_.now);
    if constexpr (kByHeads.any) {
      if (kByHeads.of[p] && q_.sizes.heads > 1)
        return multiply_heads(q_.products[p].transposed, q_.widths[from] / q_.sizes.heads,
                              q_.widths[to] / q_.sizes.heads, {sum, q_.widths[from], nullptr},
                              {gradient(to, at_.now), q_.widths[to]}, sum, q_.widths[from]);
    }
    q_.kernels->multiply(q_.products[p].transposed, q_.widths[from], q_.widths[to],
                         {sum, q_.widths[from], nullptr}, gradient(to, at_.now), q_.widths[to], sum,
                         q_.widths[from], q_.batch);
  }

  /// The same for every head: (rows, columns) of its own, packed one after the other.
  struct Factor {
    const S* data;
    Index ld;
  };
  void multiply_heads(const S* packed, Index rows, Index columns, Columns<S> start, Factor from, S* to,
                      Index ld) const {
    const Index size = q_.kernels->packed_size(rows, columns);
    for (Index head = 0; head < q_.sizes.heads; ++head) {
      q_.kernels->multiply(packed, rows, columns, start, from.data, from.ld, to, ld, q_.batch);
      packed += size;
      from.data += columns;
      to += rows;
      if (start.data) start.data += rows;
    }
  }

  S* value(int k, Index block) const {
    return q_.values + q_.of_values.starts[k] + q_.of_values.block(k, block) * q_.widths[k] * q_.batch;
  }
  S* gradient(int k, Index block) const {
    return q_.gradients + q_.of_gradients.starts[k] +
           q_.of_gradients.block(k, block) * q_.widths[k] * q_.batch;
  }
  void copy(const Columns<S>& from, int k) const {
    if (!from.data) return clear(value(k, at_.now), k);
    S* to = value(k, at_.now) + first_column_ * q_.widths[k];
    for (Index b = first_column_; b < first_column_ + columns_; ++b, to += q_.widths[k])
      map(
          to, q_.widths[k], [](Vec<S> v) { return v; },
          from.data + (from.places ? from.places[b] : b) * from.ld);
  }
  /// Those entries of a block.
  void clear(S* block, int k) const {
    S* const to = block + first_column_ * q_.widths[k];
    const Index size = q_.widths[k] * columns_;
    Index r = 0;
    for (; r + kWidth<S> <= size; r += kWidth<S>) store(to + r, broadcast(S(0)));
    for (; r < size; ++r) to[r] = S(0);
  }

  const StepSequence<S>& q_;
  Standing<C, S> at_;
  const Index first_column_, columns_;
  Index t_ = 0;
};

template <class C, class S, bool Forced>
void run_forward(const StepSequence<S>& q) {
  const Index columns = C::info.is_run_by_entries() ? 1 : q.batch;
  for (Index column = 0; column < q.batch; column += columns) {
    Steps<C, S, Forced> steps(q, column, columns);
    for (Index n = 0; n < q.steps; ++n) steps.forward(q.first + (q.reverse ? q.steps - 1 - n : n));
  }
}

template <class C, class S, bool Forced>
void run_backward(const StepSequence<S>& q) {
  const Index columns = C::info.is_run_by_entries() ? 1 : q.batch;
  for (Index column = 0; column < q.batch; column += columns) {
    Steps<C, S, Forced> steps(q, column, columns);
    for (Index n = q.steps - 1; n >= 0; --n) steps.backward(q.first + (q.reverse ? q.steps - 1 - n : n));
  }
}

/// All steps of the cell C.
template <class C, class S>
constexpr CellSteps<S> kStepsOf{
    [](const StepSequence<S>& q) {
      q.forced_count > 0 ? run_forward<C, S, true>(q) : run_forward<C, S, false>(q);
    },
    [](const StepSequence<S>& q) {
      q.forced_count > 0 ? run_backward<C, S, true>(q) : run_backward<C, S, false>(q);
    }};

}  // namespace
}  // namespace gatescope::nn
