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
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
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
  Value cwiseMax(int least) const { return {greater(broadcast(static_cast<S>(least)), v)}; }

  friend Value operator+(const Value& a, const Value& b) { return {a.v + b.v}; }
  friend Value operator-(const Value& a, const Value& b) { return {a.v - b.v}; }
  friend Value operator*(const Value& a, const Value& b) { return {a.v * b.v}; }
  friend Value operator-(int number, const Value& a) { return {broadcast(static_cast<S>(number)) - a.v}; }
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

template <class C>
constexpr bool is_state(int k) {
  return k == C::info.hidden || k == C::info.cell_state;
}

/// How many channels that are no states are sources of products.
template <class C>
constexpr int breaks_of() {
  int breaks = 0;
  for (unsigned r = 0; r < C::info.rows.size(); ++r) {
    const WeightRows& row = C::info.rows[r];
    if (row.recurrent == kNone || is_state<C>(row.source)) continue;
    bool first = true;
    for (unsigned s = 0; s < r; ++s)
      if (C::info.rows[s].recurrent != kNone && C::info.rows[s].source == row.source) first = false;
    breaks += first;
  }
  return breaks;
}

/// Where a step stands: everything but the register.
template <class C, class S>
struct Standing {
  const StepSequence<S>& q;
  Index now = 0, before = 0;  // where the step's and the earlier step's blocks begin
  const ForcedSteps<S>* forced[C::channels.size()] = {};  // what acts on each channel at this step
};

/// One register of a step of the cell C. A step falls into phases at every product with a channel of the same
/// step, which needs its whole columns: only what belongs to phase Phase is stored. With Forced = false
/// everything about interventions compiles away.
template <class C, class S, bool Forced, int Phase>
class Step {
 public:
  /// The register at `place` of the (H, B) arrays, in row `row` of their column; `count` scalars of it count.
  Step(const Standing<C, S>& at, Index place, Index row, Index count)
      : at_(at), q_(at.q), place_(place), row_(row), count_(count) {}

  /// The used values of channel k at this step, and of a state one step earlier.
  Place<S> operator[](int k) const { return channel(q_.values, k, at_.now); }
  Place<S> prev(int k) const { return channel(q_.values, k, at_.before); }
  /// The values before the plan changed them.
  Place<S> raw(int k) const { return channel(Forced ? q_.raw : q_.values, k, at_.now); }
  /// Gradients at this step, and of a state one step earlier.
  Place<S> d(int k) const { return channel(q_.gradients, k, at_.now); }
  Place<S> d_prev(int k) const { return channel(q_.gradients, k, at_.before); }

  /// The one place where gates are forced: used = scale*raw + shift.
  void force(int k) const {
    if constexpr (Forced) {
      raw(k) = (*this)[k];
      if (const auto* forced = at_.forced[k])
        (*this)[k] = (*this)[k] * of_unit(forced->scale) + of_unit(forced->shift);
    }
  }

  /// Its adjoint: dL/draw = scale * dL/dused.
  Value<S> unforce(int k, const Value<S>& gradient) const {
    if constexpr (Forced) {
      if (const auto* forced = at_.forced[k]) return gradient * of_unit(forced->scale);
    }
    return gradient;
  }

  /// U s is in every row block whose source is s from here on, and its adjoint in the gradient of s. That of
  /// a state is there before the step, its adjoint after it.
  void recur(int source) {
    if (is_state<C>(source)) return;
    if (phase_ == Phase) due_ = source;
    ++phase_;
  }
  void recur_back(int source) { recur(source); }
  /// The source of the product that ends this phase, or kNone.
  int due() const { return due_; }

  /// Adds the peephole p ⊙ state to the pre-activation of channel k.
  void peep(int k, int p, const Value<S>& state) const { (*this)[k] += state * peephole(p); }
  /// Its adjoint: adds to the state's gradient and to the peephole's.
  void peep_back(int k, int p, const Value<S>& state, const Place<S>& state_gradient) const {
    const Value<S> gradient = d(k);
    state_gradient += gradient * peephole(p);
    place(q_.peephole_gradients + p * q_.hidden + row_) += gradient * state;
  }

 private:
  Place<S> place(S* at) const { return {at, count_, phase_ == Phase}; }
  Place<S> channel(S* all, int k, Index block) const { return place(all + k * q_.channel + block + place_); }
  Value<S> peephole(int p) const { return of_unit(q_.peepholes + p * q_.hidden); }
  /// One number a unit, the same in all columns.
  Value<S> of_unit(const S* numbers) const { return {load(numbers + row_, count_)}; }

  const Standing<C, S>& at_;
  const StepSequence<S>& q_;
  const Index place_, row_, count_;
  int phase_ = 0, due_ = kNone;
};

/// All registers of a step, and the products around them.
template <class C, class S, bool Forced>
class Steps {
 public:
  explicit Steps(const StepSequence<S>& sequence) : q_(sequence), at_{sequence} {}

  void forward(Index t) {
    go_to(t);
    for (int r = 0; r < kRows; ++r) begin(r);
    run_phases<0>([](auto& step) { C::forward(step); }, &Steps::recur);
  }

  void backward(Index t) {
    go_to(t);
    run_phases<0>([](auto& step) { C::backward(step); }, &Steps::recur_back);
    for (int r = 0; r < kRows; ++r)
      if (carries(r)) recur_back(r);
  }

 private:
  static constexpr int kRows = static_cast<int>(C::info.rows.size());
  static constexpr const WeightRows* kRow = C::info.rows.data();
  /// Whether a register must not reach into the next column: what is one number a unit is read by rows.
  static constexpr bool kByColumns = Forced || C::info.peephole_vectors > 0;
  /// Products with a channel of the same step.
  static constexpr int kBreaks = breaks_of<C>();

  /// Whether row block r is multiplied with a state.
  static bool carries(int r) { return kRow[r].recurrent != kNone && is_state<C>(kRow[r].source); }

  void go_to(Index t) {
    t_ = t;
    const Index size = q_.hidden * q_.batch;
    at_.now = (q_.reverse ? t : t + 1) * size;
    at_.before = (q_.reverse ? t + 1 : t) * size;
    if constexpr (Forced) {
      for (const ForcedSteps<S>*& forced : at_.forced) forced = nullptr;
      const Index number = q_.first_step + t;
      for (Index k = 0; k < q_.forced_count; ++k)
        if (q_.forced[k].first <= number && number <= q_.forced[k].last)
          at_.forced[q_.forced[k].channel] = q_.forced + k;
    }
  }

  /// What stands in the channels of row block r before the cell's own step: the characters' columns, a
  /// bias that belongs to the recurrent part alone, and U s where s is a state.
  void begin(int r) {
    const int input = kRow[r].input, recurrent = kRow[r].recurrent;
    // A product with a state begins with it instead.
    if (q_.tokens && !(carries(r) && recurrent == input)) copy(input_start(r), value(input));
    if (carries(r)) {
      recur(r, recurrent == input ? input_start(r) : bias_start(r));
    } else if (recurrent != kNone && recurrent != input) {
      copy(bias_start(r), value(recurrent));
    }
  }
  Columns<S> input_start(int r) const {
    if (!q_.tokens) return {value(kRow[r].input), q_.hidden, nullptr};  // it is there already
    return {q_.rows[r].table, q_.hidden, q_.tokens + t_ * q_.batch};
  }
  Columns<S> bias_start(int r) const { return {q_.rows[r].recurrent_bias, 0, nullptr}; }

  /// The step from a phase on, with the product that ends each phase.
  template <int Phase, class F>
  void run_phases(F equations, void (Steps::*product)(int) const) const {
    const int due = run<Phase>(equations);
    if constexpr (Phase < kBreaks) {
      for (int r = 0; r < kRows; ++r)
        if (kRow[r].recurrent != kNone && kRow[r].source == due) (this->*product)(r);
      run_phases<Phase + 1>(equations, product);
    }
  }

  /// One phase of the step, register by register; the source of the product that ends it.
  template <int Phase, class F>
  GATESCOPE_FLAT int run(F equations) const {
    const Index height = kByColumns ? q_.hidden : q_.hidden * q_.batch;
    int due = kNone;
    for (Index first = 0; first < q_.hidden * q_.batch; first += height) {
      Index r = 0;
      for (; r + kWidth<S> <= height; r += kWidth<S>) {
        Step<C, S, Forced, Phase> step(at_, first + r, r, kWidth<S>);
        equations(step);
        due = step.due();
      }
      if (r < height) {
        Step<C, S, Forced, Phase> step(at_, first + r, r, height - r);
        equations(step);
        due = step.due();
      }
    }
    return due;
  }

  /// Adds U s to row block r, or to what it starts with, and its adjoint to the gradient of s.
  void recur(int r) const { recur(r, {value(kRow[r].recurrent), q_.hidden, nullptr}); }
  void recur(int r, const Columns<S>& start) const {
    const int source = kRow[r].source;
    multiply(q_.rows[r].recurrent, start,
             is_state<C>(source) ? q_.values + source * q_.channel + at_.before : value(source),
             value(kRow[r].recurrent));
  }
  void recur_back(int r) const {
    const int source = kRow[r].source;
    S* const to = is_state<C>(source) ? q_.gradients + source * q_.channel + at_.before : gradient(source);
    multiply(q_.rows[r].recurrent_transposed, {to, q_.hidden, nullptr}, gradient(kRow[r].recurrent), to);
  }
  void multiply(const S* packed, const Columns<S>& start, const S* from, S* to) const {
    q_.kernels->multiply(packed, q_.hidden, q_.hidden, start, from, q_.hidden, to, q_.hidden, q_.batch);
  }
  S* value(int k) const { return q_.values + k * q_.channel + at_.now; }
  S* gradient(int k) const { return q_.gradients + k * q_.channel + at_.now; }
  void copy(const Columns<S>& from, S* to) const {
    for (Index b = 0; b < q_.batch; ++b, to += q_.hidden)
      map(
          to, q_.hidden, [](Vec<S> v) { return v; },
          from.data + (from.places ? from.places[b] : b) * from.ld);
  }

  const StepSequence<S>& q_;
  Standing<C, S> at_;
  Index t_ = 0;
};

}  // namespace
}  // namespace gatescope::nn
