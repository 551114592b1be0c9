#pragma once

// What a cell sees of one step, for one level: its channels as (H, B) arrays with coefficient-wise
// arithmetic, its recurrent product, its interventions. Like everything of a level it has internal linkage
// and calls nothing of the standard library (core/math/level/vec.h says why).

#include "core/math/level/functions.h"
#include "core/nn/cell.h"
#include "core/nn/cell_steps.h"

namespace gatescope::nn {
namespace {

// Expressions are evaluated a register at a time: get(place, row, count) is the value of `count` scalars from
// `place` on in an (H, B) array, in row `row` of their column. Where nothing is forced an array is one long
// column.

template <class S, class F>
struct Value {
  using Scalar = S;
  F get;

  Value(F f) : get(f) {}

  auto square() const;
  auto sign() const;
  auto tanh() const;
  auto logistic() const;
  auto cwiseMax(int least) const;
};

template <class S, class F>
Value<S, F> value_of(F f) {
  return {f};
}

template <class E>
concept Expression = requires(const E& e) {
  typename E::Scalar;
  e.expression();
};

template <class S, class F>
auto expression_of(const Value<S, F>& value) {
  return value;
}
template <Expression E>
auto expression_of(const E& array) {
  return array.expression();
}

template <class E>
concept Operand = Expression<E> || requires(const E& e) {
  typename E::Scalar;
  e.get;
};

template <Operand A, class F>
auto apply(const A& a, F f) {
  using S = typename A::Scalar;
  const auto x = expression_of(a);
  return value_of<S>([x, f](Index place, Index row, Index count) { return f(x.get(place, row, count)); });
}
template <Operand A, Operand B, class F>
auto apply(const A& a, const B& b, F f) {
  using S = typename A::Scalar;
  const auto x = expression_of(a);
  const auto y = expression_of(b);
  return value_of<S>([x, y, f](Index place, Index row, Index count) {
    return f(x.get(place, row, count), y.get(place, row, count));
  });
}

template <Operand A, Operand B>
auto operator+(const A& a, const B& b) {
  using V = Vec<typename A::Scalar>;
  return apply(a, b, [](V x, V y) { return x + y; });
}
template <Operand A, Operand B>
auto operator-(const A& a, const B& b) {
  using V = Vec<typename A::Scalar>;
  return apply(a, b, [](V x, V y) { return x - y; });
}
template <Operand A, Operand B>
auto operator*(const A& a, const B& b) {
  using V = Vec<typename A::Scalar>;
  return apply(a, b, [](V x, V y) { return x * y; });
}
template <Operand A>
auto operator-(int number, const A& a) {
  using S = typename A::Scalar;
  return apply(a, [number](Vec<S> x) { return broadcast(static_cast<S>(number)) - x; });
}

template <class S, class F>
auto Value<S, F>::square() const {
  return apply(*this, [](Vec<S> x) { return x * x; });
}
template <class S, class F>
auto Value<S, F>::sign() const {
  return apply(*this, [](Vec<S> x) {
    const Vec<S> zero = broadcast(S(0)), one = broadcast(S(1));
    return choose(x > zero, one, choose(x < zero, zero - one, x));
  });
}
template <class S, class F>
auto Value<S, F>::tanh() const {
  return apply(*this, [](Vec<S> x) { return hyperbolic_tangent<S>(x); });
}
template <class S, class F>
auto Value<S, F>::logistic() const {
  return apply(*this, [](Vec<S> x) { return sigmoid<S>(x); });
}
template <class S, class F>
auto Value<S, F>::cwiseMax(int least) const {
  return apply(*this, [least](Vec<S> x) { return greater(broadcast(static_cast<S>(least)), x); });
}

/// One channel at one step: (H, B), contiguous.
template <class S, bool Forced>
class Array {
 public:
  using Scalar = S;

  Array(S* data, Index hidden, Index batch) : data_(data), hidden_(hidden), batch_(batch) {}
  Array(const Array&) = default;

  auto expression() const {
    const S* data = data_;
    return value_of<S>([data](Index place, Index, Index count) { return load(data + place, count); });
  }
  auto square() const { return expression().square(); }
  auto sign() const { return expression().sign(); }
  auto tanh() const { return expression().tanh(); }
  auto logistic() const { return expression().logistic(); }
  auto cwiseMax(int least) const { return expression().cwiseMax(least); }

  Array& operator=(const Array& other) { return *this = other.expression(); }
  template <Operand E>
  Array& operator=(const E& e) {
    const auto x = expression_of(e);
    const Index height = Forced ? hidden_ : hidden_ * batch_;
    for (Index first = 0; first < hidden_ * batch_; first += height) {
      Index r = 0;
      for (; r + kWidth<S> <= height; r += kWidth<S>)
        store(data_ + first + r, x.get(first + r, r, kWidth<S>));
      if (r < height) store_part(data_ + first + r, x.get(first + r, r, height - r), height - r);
    }
    return *this;
  }
  template <Operand E>
  Array& operator+=(const E& e) {
    return *this = *this + e;
  }
  template <Operand E>
  Array& operator*=(const E& e) {
    return *this = *this * e;
  }
  void setZero() {
    for (Index k = 0; k < hidden_ * batch_; ++k) data_[k] = S(0);
  }

  S* data() const { return data_; }

 private:
  S* data_;
  Index hidden_, batch_;
};

/// Step t of the cell C. With Forced = false everything about interventions compiles away.
template <class C, class S, bool Forced>
class Step {
 public:
  explicit Step(const StepSequence<S>& sequence) : q_(sequence) {}

  void go_to(Index t) {
    t_ = t;
    now_ = (q_.reverse ? t : t + 1) * size();
    before_ = (q_.reverse ? t + 1 : t) * size();
    if constexpr (Forced) {
      for (const ForcedSteps<S>*& forced : forced_) forced = nullptr;
      const Index number = q_.first_step + t;
      for (Index k = 0; k < q_.forced_count; ++k)
        if (q_.forced[k].first <= number && number <= q_.forced[k].last)
          forced_[q_.forced[k].channel] = q_.forced + k;
    }
  }

  /// The used values of channel k at this step, and of a state one step earlier.
  auto operator[](int k) { return array(q_.values, k, now_); }
  auto prev(int k) { return array(q_.values, k, before_); }
  /// The values before the plan changed them.
  auto raw(int k) { return array(Forced ? q_.raw : q_.values, k, now_); }
  /// Gradients at this step, and of a state one step earlier.
  auto d(int k) { return array(q_.gradients, k, now_); }
  auto d_prev(int k) { return array(q_.gradients, k, before_); }

  /// The one place where gates are forced: used = scale*raw + shift.
  void force(int k) {
    if constexpr (Forced) {
      raw(k) = (*this)[k];
      if (const auto* forced = forced_[k])
        (*this)[k] = (*this)[k] * column(forced->scale) + column(forced->shift);
    }
  }

  /// Its adjoint: dL/draw = scale * dL/dused.
  template <Operand E>
  auto unforce(int k, const E& gradient) const {
    if constexpr (Forced) {
      return gradient * column(forced_[k] ? forced_[k]->scale : nullptr);
    } else {
      return expression_of(gradient);
    }
  }

  /// What stands in the channels before the cell's own step: the characters' columns, and biases that belong
  /// to the recurrent part alone.
  void begin() {
    for (int r = 0; r < kRows; ++r) {
      if (q_.tokens) {
        S* to = (*this)[kRow[r].input].data();
        for (Index b = 0; b < q_.batch; ++b)
          copy(q_.rows[r].table + q_.tokens[t_ * q_.batch + b] * q_.hidden, to + b * q_.hidden);
      }
      if (kRow[r].recurrent != kRow[r].input && kRow[r].recurrent != kNone) {
        S* to = (*this)[kRow[r].recurrent].data();
        for (Index b = 0; b < q_.batch; ++b) copy(q_.rows[r].recurrent_bias, to + b * q_.hidden);
      }
    }
  }

  /// Adds U s to every row block whose source is s, and its adjoint.
  void recur(int source) {
    const S* from = is_state(source) ? prev(source).data() : (*this)[source].data();
    for (int r = 0; r < kRows; ++r)
      if (kRow[r].source == source) multiply(q_.rows[r].recurrent, from, (*this)[kRow[r].recurrent].data());
  }
  void recur_back(int source) {
    S* to = is_state(source) ? d_prev(source).data() : d(source).data();
    for (int r = 0; r < kRows; ++r)
      if (kRow[r].source == source)
        multiply(q_.rows[r].recurrent_transposed, d(kRow[r].recurrent).data(), to);
  }

  /// Adds the peephole p ⊙ state to the pre-activation of channel k.
  void peep(int k, int p, const Array<S, Forced>& state) { add_product((*this)[k].data(), state.data(), p); }
  /// Its adjoint: adds to the state's gradient and to the peephole's.
  void peep_back(int k, int p, const Array<S, Forced>& state, const Array<S, Forced>& state_gradient) {
    add_product(state_gradient.data(), d(k).data(), p);
    S* gradient = q_.peephole_gradients + p * q_.hidden;
    for (Index b = 0; b < q_.batch; ++b) {
      const Index at = b * q_.hidden;
      map(
          gradient, q_.hidden, [](Vec<S> sum, Vec<S> x, Vec<S> y) { return sum + x * y; },
          static_cast<const S*>(gradient), static_cast<const S*>(d(k).data() + at),
          static_cast<const S*>(state.data() + at));
    }
  }

 private:
  static constexpr int kRows = static_cast<int>(C::info.rows.size());
  static constexpr const WeightRows* kRow = C::info.rows.data();
  static constexpr bool is_state(int k) { return k == C::info.hidden || k == C::info.cell_state; }

  Index size() const { return q_.hidden * q_.batch; }
  Array<S, Forced> array(S* all, int k, Index block) const {
    return {all + k * q_.channel + block, q_.hidden, q_.batch};
  }
  /// One number a unit for all columns; 1 where there is none.
  auto column(const S* numbers) const {
    return value_of<S>([numbers](Index, Index row, Index count) {
      if (!numbers) return broadcast(S(1));
      return load(numbers + row, count);
    });
  }
  void copy(const S* from, S* to) const {
    Index r = 0;
    for (; r + kWidth<S> <= q_.hidden; r += kWidth<S>) store(to + r, load(from + r));
    for (; r < q_.hidden; ++r) to[r] = from[r];
  }
  void multiply(const S* packed, const S* from, S* to) const {
    q_.kernels->multiply_add(packed, q_.hidden, q_.hidden, from, q_.hidden, to, q_.hidden, q_.batch);
  }
  /// to += p ⊙ from, column by column.
  void add_product(S* to, const S* from, int p) const {
    for (Index b = 0; b < q_.batch; ++b) {
      const Index at = b * q_.hidden;
      map(
          to + at, q_.hidden, [](Vec<S> sum, Vec<S> x, Vec<S> weight) { return sum + x * weight; },
          static_cast<const S*>(to + at), from + at, q_.peepholes + p * q_.hidden);
    }
  }

  const StepSequence<S>& q_;
  const ForcedSteps<S>* forced_[C::channels.size()] = {};  // what acts on each channel at this step
  Index t_ = 0, now_ = 0, before_ = 0;
};

}  // namespace
}  // namespace gatescope::nn
