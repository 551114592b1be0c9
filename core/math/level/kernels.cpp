// Compiled once for each level (core/CMakeLists.txt).

#include "core/math/kernels.h"

#include "core/math/level/functions.h"
#include "core/math/level/product.h"
#include "core/math/level/tables.h"

namespace gatescope {
namespace {

template <class S>
void add(S* to, const S* from, Index n) {
  map(
      to, n, [](Vec<S> a, Vec<S> b) { return a + b; }, static_cast<const S*>(to), from);
}

template <class S>
void clip(S* x, S limit, Index n) {
  const Vec<S> high = broadcast(limit), low = broadcast(-limit);
  map(
      x, n, [&](Vec<S> v) { return greater(low, smaller(high, v)); }, static_cast<const S*>(x));
}

template <class S>
void scale(S* x, S factor, Index n) {
  map(
      x, n, [&](Vec<S> v) { return v * broadcast(factor); }, static_cast<const S*>(x));
}

template <class S>
S sum_of_squares(const S* x, Index n) {
  return sum_of(x, n, [](Vec<S> v) { return v * v; });
}

template <class S>
S sum_of_magnitudes(const S* x, Index n) {
  return sum_of(x, n, [](Vec<S> v) { return (Vec<S>)((Whole<S>)v & ~sign_bit<S>()); });
}

/// The rows r ... of add_columns, N registers of them side by side: one sum alone would wait for itself.
template <class S, int N>
inline void add_rows(Index& r, S* to, const S* from, Index rows, Index cols) {
  for (; r + N * kWidth<S> <= rows; r += N * kWidth<S>) {
    Vec<S> sum[N];
    GATESCOPE_UNROLL for (int k = 0; k < N; ++k) sum[k] = load(to + r + k * kWidth<S>);
    const S* column = from + r;
    for (Index n = 0; n < cols; ++n, column += rows) {
      GATESCOPE_UNROLL for (int k = 0; k < N; ++k) sum[k] = sum[k] + load(column + k * kWidth<S>);
    }
    GATESCOPE_UNROLL for (int k = 0; k < N; ++k) store(to + r + k * kWidth<S>, sum[k]);
  }
}

template <class S>
void add_columns(S* to, const S* from, Index rows, Index cols) {
  Index r = 0;
  add_rows<S, 4>(r, to, from, rows, cols);
  add_rows<S, 2>(r, to, from, rows, cols);
  add_rows<S, 1>(r, to, from, rows, cols);
  if (r == rows) return;
  Vec<S> sum = load_part(to + r, rows - r);
  for (Index n = 0; n < cols; ++n) sum = sum + load_part(from + n * rows + r, rows - r);
  store_part(to + r, sum, rows - r);
}

template <class S>
void scatter_columns(S* to, Index ld, const int* places, const S* from, Index rows, Index cols) {
  for (Index n = 0; n < cols; ++n) add(to + places[n] * ld, from + n * rows, rows);
}

template <class S>
void all_sigmoid(S* x, Index n) {
  map(
      x, n, [](Vec<S> v) { return sigmoid<S>(v); }, static_cast<const S*>(x));
}
template <class S>
void all_tanh(S* x, Index n) {
  map(
      x, n, [](Vec<S> v) { return hyperbolic_tangent<S>(v); }, static_cast<const S*>(x));
}
template <class S>
void all_exp_of_negative(S* x, Index n) {
  map(
      x, n, [](Vec<S> v) { return exp_of_negative<S>(v); }, static_cast<const S*>(x));
}

/// A NaN may be passed over: the exponentials and their sum have it all the same.
template <class S>
S highest_of(const S* x, Index n) {
  S highest = x[0];
  if (n < kWidth<S>) {
    for (Index k = 1; k < n; ++k) highest = highest > x[k] ? highest : x[k];
    return highest;
  }
  // The last register may have numbers of the one before once more.
  Vec<S> most = load(x + n - kWidth<S>);
  for (Index k = 0; k + kWidth<S> < n; k += kWidth<S>) most = greater(most, load(x + k));
  return fold<S>(most, [](Vec<S> a, Vec<S> b) { return greater(a, b); });
}

template <class S>
void exponentials(const S* logits, Index rows, Index cols, S* out, S* highest, S* sum) {
  // Apart from the exponentials, which else would wait for it, column after column.
  for (Index n = 0; n < cols; ++n) highest[n] = highest_of(logits + n * rows, rows);
  for (Index n = 0; n < cols; ++n, logits += rows, out += rows) {
    const Vec<S> most = broadcast(highest[n]);
    Lanes<S> lanes;
    Index k = 0;
    for (; k + kLanes<S> <= rows; k += kLanes<S>) {
      lanes.add([&](Index at) {
        const Vec<S> e = exp_of_negative<S>(load(logits + k + at) - most);
        store(out + k + at, e);
        return e;
      });
    }
    if (k < rows) {
      lanes.add([&](Index at) {
        const Index count = smaller_of(kWidth<S>, rows - k - at);
        if (count <= 0) return broadcast(S(0));
        const Vec<S> e = exp_of_negative<S>(load(logits + k + at, count) - most);
        store(out + k + at, e, count);
        return choose(first_places<S>(count), e, broadcast(S(0)));
      });
    }
    sum[n] = lanes.total();
  }
}

template <class S>
void adam(const UpdateArguments<S>& a) {
  const Vec<S> scale = broadcast(a.scale), rate = broadcast(a.rate), b1 = broadcast(a.beta1),
               b2 = broadcast(a.beta2), rest1 = broadcast(S(1) - a.beta1), rest2 = broadcast(S(1) - a.beta2),
               correction = broadcast(a.correction), epsilon = broadcast(a.epsilon);
  const auto change = [&](Index k, Index count) {
    const auto get = [&](const S* from) { return load(from + k, count); };
    const auto put = [&](S* to, Vec<S> v) { store(to + k, v, count); };
    const Vec<S> g = get(a.g) * scale;
    const Vec<S> m = b1 * get(a.m) + rest1 * g;
    const Vec<S> v = b2 * get(a.v) + rest2 * (g * g);
    put(a.m, m);
    put(a.v, v);
    put(a.p, get(a.p) - rate * m / (root(v) * correction + epsilon));
  };
  Index k = 0;
  for (; k + kWidth<S> <= a.n; k += kWidth<S>) change(k, kWidth<S>);
  if (k < a.n) change(k, a.n - k);
}

template <class S>
void sgd(const UpdateArguments<S>& a) {
  const Vec<S> scale = broadcast(a.scale), rate = broadcast(a.rate), momentum = broadcast(a.momentum);
  map(
      a.m, a.n, [&](Vec<S> m, Vec<S> g) { return momentum * m + g * scale; }, static_cast<const S*>(a.m),
      a.g);
  map(
      a.p, a.n, [&](Vec<S> p, Vec<S> m) { return p - rate * m; }, static_cast<const S*>(a.p),
      static_cast<const S*>(a.m));
}

template <class S>
void rmsprop(const UpdateArguments<S>& a) {
  const Vec<S> scale = broadcast(a.scale), rate = broadcast(a.rate), momentum = broadcast(a.momentum),
               alpha = broadcast(a.alpha), rest = broadcast(S(1) - a.alpha), epsilon = broadcast(a.epsilon);
  const auto squared = [&](Vec<S> v, Vec<S> g) {
    const Vec<S> scaled = g * scale;
    return alpha * v + rest * (scaled * scaled);
  };
  const auto moved = [&](Vec<S> m, Vec<S> v, Vec<S> g) {
    return momentum * m + g * scale / (root(v) + epsilon);
  };
  map(a.v, a.n, squared, static_cast<const S*>(a.v), a.g);
  map(a.m, a.n, moved, static_cast<const S*>(a.m), static_cast<const S*>(a.v), a.g);
  map(
      a.p, a.n, [&](Vec<S> p, Vec<S> m) { return p - rate * m; }, static_cast<const S*>(a.p),
      static_cast<const S*>(a.m));
}

template <class S>
double multiply_registers(Index rounds, S& result) {
  constexpr int sums = 12;  // more than a processor's latency times its units
  Vec<S> sum[sums];
  for (Vec<S>& v : sum) v = broadcast(S(0.5));
  Vec<S> factor = broadcast(S(0.5));
  keep_in_register(factor);
  for (Index k = 0; k < rounds; ++k)
    for (Vec<S>& v : sum) v = fma(v, factor, factor);
  Vec<S> total = sum[0];
  for (int k = 1; k < sums; ++k) total = total + sum[k];
  result = total[0];
  return 2.0 * sums * static_cast<double>(kWidth<S> * rounds);
}

template <class S>
constexpr Kernels<S> kAll{
    .packed_size = packed_size<S>,
    .pack = pack<S>,
    .multiply = multiply<S>,
    .add_outer_products = add_outer_products<S>,
    .outer_left_size = outer_left_size<S>,
    .outer_right_size = outer_right_size<S>,
    .add = add<S>,
    .clip = clip<S>,
    .sum_of_squares = sum_of_squares<S>,
    .sum_of_magnitudes = sum_of_magnitudes<S>,
    .add_columns = add_columns<S>,
    .scatter_columns = scatter_columns<S>,
    .sigmoid = all_sigmoid<S>,
    .tanh = all_tanh<S>,
    .exp_of_negative = all_exp_of_negative<S>,
    .exponentials = exponentials<S>,
    .scale = scale<S>,
    .adam = adam<S>,
    .sgd = sgd<S>,
    .rmsprop = rmsprop<S>,
    .multiply_registers = multiply_registers<S>,
};

}  // namespace

const Kernels<float> GATESCOPE_OF_LEVEL(kernels_float) = kAll<float>;
const Kernels<double> GATESCOPE_OF_LEVEL(kernels_double) = kAll<double>;

}  // namespace gatescope
