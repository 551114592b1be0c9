#pragma once

// Exponential, sigmoid and tanh, for one level. All rest on
//
//   e^x = 2^k e^r,  k = round(x / ln 2),  r = x - k ln 2,  |r| <= ln 2 / 2
//
// with e^r - 1 = r + r^2 q(r): q interpolates in Chebyshev's points for float and is Taylor's for double.
// Errors, measured over all floats by tests/core/math/kernels_test.cpp: at most 2 units in the last place.

#include "core/math/level/vec.h"

namespace gatescope {
namespace {

template <class S>
struct ExpConstants;
template <>
struct ExpConstants<float> {
  // 1.5 * 2^23: added to a small number, it leaves its nearest whole number in the low bits.
  static constexpr float magic = 12582912.0f;
  static constexpr int mantissa = 23, bias = 127;
  static constexpr float per_ln2 = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  static constexpr float lowest = -104.0f;  // below it e^x is 0
  static constexpr float q[] = {0.5f, 0.166665778f, 0.0416665561f, 0.00836317334f, 0.00139261759f};
};
template <>
struct ExpConstants<double> {
  static constexpr double magic = 6755399441055744.0;  // 1.5 * 2^52
  static constexpr int mantissa = 52, bias = 1023;
  static constexpr double per_ln2 = 1.4426950408889634, ln2_high = 0.693145751953125,
                          ln2_low = 1.42860682030941723212e-6;
  static constexpr double lowest = -746.0;
  static constexpr double q[] = {1. / 2,       1. / 6,        1. / 24,        1. / 120,
                                 1. / 720,     1. / 5040,     1. / 40320,     1. / 362880,
                                 1. / 3628800, 1. / 39916800, 1. / 479001600, 1. / 6227020800};
};

/// x = k ln 2 + r: k, and e^r - 1.
template <class S>
struct Reduced {
  Vec<S> k;
  Whole<S> whole_k;
  Vec<S> expm1;
};

template <class S>
inline Reduced<S> reduce(Vec<S> x) {
  using E = ExpConstants<S>;
  const Vec<S> magic = broadcast(E::magic);
  const Vec<S> shifted = fma(x, broadcast(E::per_ln2), magic), k = shifted - magic;
  const Vec<S> r = fma(k, broadcast(-E::ln2_low), fma(k, broadcast(-E::ln2_high), x));
  constexpr int terms = sizeof(E::q) / sizeof(S);
  Vec<S> q = broadcast(E::q[terms - 1]);
  for (int n = terms - 2; n >= 0; --n) q = fma(q, r, broadcast(E::q[n]));
  return {k, (Whole<S>)shifted - (Whole<S>)magic, fma(r * r, q, r)};
}

/// 2^k for a normal result.
template <class S>
inline Vec<S> power_of_two(Whole<S> k) {
  using E = ExpConstants<S>;
  return (Vec<S>)((k + E::bias) << E::mantissa);
}

/// e^x for x <= 0, down to the smallest number there is. NaN stays.
template <class S>
inline Vec<S> exp_of_negative(Vec<S> x) {
  const Reduced<S> at = reduce<S>(greater(broadcast(ExpConstants<S>::lowest), x));
  const Vec<S> mantissa = at.expm1 + broadcast(S(1));
#ifdef GATESCOPE_SCALES_BY_POWERS
  return scale_by_power(mantissa, at.k);
#else
  const Whole<S> half = at.whole_k >> 1;  // in two steps, as 2^k may be too small for a normal number
  return mantissa * power_of_two<S>(half) * power_of_two<S>(at.whole_k - half);
#endif
}

template <class S>
inline Whole<S> sign_bit() {
  return (Whole<S>)broadcast(S(-0.0));
}

/// 1 / x for x from 1 to 2, near enough to give a quotient back what rounding took from its divisor.
template <class S>
inline Vec<S> about_reciprocal(Vec<S> x) {
  return broadcast(S(1.457)) - broadcast(S(0.486)) * x;
}

/// σ(x) = 1 / (1 + e^-x), from e^-|x| so that neither end loses digits.
template <class S>
inline Vec<S> sigmoid(Vec<S> x) {
  const Vec<S> e = exp_of_negative<S>((Vec<S>)((Whole<S>)x | sign_bit<S>())), one = broadcast(S(1));
  const Vec<S> whole = one + e, lost = e - (whole - one);
  const Vec<S> quotient = choose(x < broadcast(S(0)), e, one) / whole;
  return quotient - quotient * (lost * about_reciprocal<S>(whole));
}

/// tanh(x) = -m / (2 + m) for x >= 0 with m = e^-2x - 1.
template <class S>
inline Vec<S> hyperbolic_tangent(Vec<S> x) {
  const Whole<S> sign = (Whole<S>)x & sign_bit<S>();
  const Vec<S> least = broadcast(S(-44)), twice = (Vec<S>)((Whole<S>)(x + x) | sign_bit<S>());
  const Reduced<S> at = reduce<S>(greater(least, twice));
  const Vec<S> power = power_of_two<S>(at.whole_k);
  const Vec<S> two = broadcast(S(2)), power_less_one = power - broadcast(S(1));
  const Vec<S> m = fma(power, at.expm1, power_less_one), whole = two + m;
  // What rounding took from m and from 2 + m comes back into the quotient.
  const Vec<S> from_m = fma(power, at.expm1, power_less_one - m), from_whole = m - (whole - two) + from_m;
  Vec<S> quotient = m / whole;
  quotient = quotient + about_reciprocal<S>(whole) * (from_m - quotient * from_whole);
  return (Vec<S>)(((Whole<S>)quotient & ~sign_bit<S>()) | sign);
}

/// Below it the logarithm of a gate is that of it: what a closed gate lets through is nothing beside the
/// rest.
template <class S>
constexpr S kLeastGate = sizeof(S) == sizeof(float) ? S(1e-30) : S(1e-200);

/// log x of a normal number above 0: x = 2^k m with m from sqrt(1/2) to sqrt(2),
///
///   log m = 2 (s + s^3 / 3 + s^5 / 5 + ...),  s = (m - 1) / (m + 1)
template <class S>
inline Vec<S> logarithm(Vec<S> x) {
  using E = ExpConstants<S>;
  constexpr int terms = sizeof(S) == sizeof(float) ? 5 : 12;
  const Whole<S> bits = (Whole<S>)x, least = (Whole<S>)broadcast(S(0.70710678118654752440));
  const Whole<S> k = (bits - least) >> E::mantissa;
  const Vec<S> m = (Vec<S>)(bits - (k << E::mantissa)), one = broadcast(S(1)), magic = broadcast(E::magic);
  const Vec<S> s = (m - one) / (m + one), square = s * s;
  Vec<S> sum = broadcast(S(1) / S(2 * terms - 1));
  for (int n = terms - 2; n >= 0; --n) sum = fma(sum, square, broadcast(S(1) / S(2 * n + 1)));
  const Vec<S> power = (Vec<S>)(k + (Whole<S>)magic) - magic;
  return fma(power, broadcast(E::ln2_high), fma(power, broadcast(E::ln2_low), (s + s) * sum));
}

/// e^x; beyond the greatest number the greatest power below it.
template <class S>
inline Vec<S> exponential(Vec<S> x) {
  const Vec<S> zero = broadcast(S(0)), most = broadcast(sizeof(S) == sizeof(float) ? S(-88) : S(-709));
  return exp_of_negative<S>(zero - greater(most, zero - x));
}

/// 1 - e^x for x <= 0; no digits are lost where e^x is all but 1.
template <class S>
inline Vec<S> one_less_exponential(Vec<S> x) {
  const Vec<S> zero = broadcast(S(0));
  const Reduced<S> at = reduce<S>(greater(broadcast(S(-44)), smaller(zero, x)));
  const Vec<S> power = power_of_two<S>(at.whole_k);
  return zero - fma(power, at.expm1, power - broadcast(S(1)));
}

/// log(1 + e^x); what is lost when 1 is added to a small power is made up for.
template <class S>
inline Vec<S> softened_positive(Vec<S> x) {
  const Vec<S> e = exp_of_negative<S>((Vec<S>)((Whole<S>)x | sign_bit<S>())), one = broadcast(S(1));
  const Vec<S> whole = one + e, lost = e - (whole - one);
  return greater(broadcast(S(0)), x) + logarithm<S>(whole) + lost / whole;
}

/// The numbers 0 ... N - 1, for the compiler.
template <int... K>
struct Places {};
template <int N, int... K>
struct FirstPlaces : FirstPlaces<N - 1, N - 1, K...> {};
template <int... K>
struct FirstPlaces<0, K...> {
  using type = Places<K...>;
};

template <int By, class V, int... K>
inline V rotated(V v, Places<K...>) {
  return __builtin_shufflevector(v, v, (K + By)...);
}

/// All scalars of a register in one: its halves, then the halves of what they come to.
template <class S, int Half = kWidth<S> / 2, class F>
inline S fold(Vec<S> v, F f) {
  if constexpr (Half == 0) {
    return v[0];
  } else {
    return fold<S, Half / 2>(f(v, rotated<Half>(v, typename FirstPlaces<kWidth<S>>::type{})), f);
  }
}

// Sums of any level add the same numbers in the same order: 64 bytes' worth of partial sums, then these in
// pairs.
template <class S>
constexpr Index kLanes = 64 / static_cast<Index>(sizeof(S));

template <class S>
struct Lanes {
  static constexpr Index registers = kLanes<S> / kWidth<S>;
  Vec<S> sum[registers];

  Lanes() {
    for (Vec<S>& v : sum) v = broadcast(S(0));
  }
  /// Adds f(place in the lanes, register) of the next kLanes numbers.
  template <class F>
  void add(F f) {
    for (Index r = 0; r < registers; ++r) sum[r] = sum[r] + f(r * kWidth<S>);
  }
  S total() const {
    const auto plus = [](Vec<S> a, Vec<S> b) { return a + b; };
    Lanes folded = *this;
    for (Index half = registers / 2; half > 0; half /= 2)
      for (Index r = 0; r < half; ++r) folded.sum[r] = plus(folded.sum[r], folded.sum[r + half]);
    return fold<S>(folded.sum[0], plus);
  }
};

/// The sum of f(register of x) over n numbers; f of zero must be zero.
template <class S, class F>
inline S sum_of(const S* x, Index n, F f) {
  Lanes<S> lanes;
  Index k = 0;
  for (; k + kLanes<S> <= n; k += kLanes<S>) lanes.add([&](Index at) { return f(load(x + k + at)); });
  if (k < n) {
    alignas(64) S rest[kLanes<S>] = {};
    for (Index j = 0; k + j < n; ++j) rest[j] = x[k + j];
    lanes.add([&](Index at) { return f(load(rest + at)); });
  }
  return lanes.total();
}

/// to = f(registers of from...) for n numbers, register by register; `to` may be one of them.
template <class S, class F, class... From>
inline void map(S* to, Index n, F f, const From*... from) {
  if (n < kWidth<S>) {
    if (n > 0) store_part(to, f(load_part(from, n)...), n);
    return;
  }
  // The last register, which may have numbers of the one before: read before these change, stored after them.
  const Index last = n - kWidth<S>;
  const Vec<S> end = f(load(from + last)...);
  for (Index k = 0; k < last; k += kWidth<S>) store(to + k, f(load(from + k)...));
  store(to + last, end);
}

}  // namespace
}  // namespace gatescope
