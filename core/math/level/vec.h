#pragma once

// One vector register of the level that a file is compiled for, with the same few operations on each:
// x86-64-v4 (AVX-512, 64 bytes), x86-64-v3 (AVX2 with FMA, 32), x86-64-v2 (SSE4.2, 16) and NEON (16). The
// names have internal linkage: nothing that is compiled for one level may be shared with another, of which a
// linker would keep either. For the same reason nothing of the standard library is called here.

#include <cstdint>

#include "core/math/index.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace gatescope {
namespace {

#if defined(__AVX512F__) && defined(__AVX512DQ__)
constexpr Index kRegisterBytes = 64;
#define GATESCOPE_REGISTER "+v"
#elif defined(__AVX2__) && defined(__FMA__)
constexpr Index kRegisterBytes = 32;
#define GATESCOPE_REGISTER "+x"
#elif defined(__aarch64__)
constexpr Index kRegisterBytes = 16;
#define GATESCOPE_REGISTER "+w"
#elif defined(__x86_64__)
constexpr Index kRegisterBytes = 16;
#define GATESCOPE_REGISTER "+x"
#elif defined(__wasm_simd128__)
constexpr Index kRegisterBytes = 16;  // the browser chooses the registers
#else
constexpr Index kRegisterBytes = 16;
#define GATESCOPE_REGISTER "+m"
#endif

/// `anywhere` aliases its scalars alone, as a vector does for compilers that have it: what a kernel reads of
/// its tables of places stays in registers while it stores numbers.
template <class S>
struct VecOf;
template <>
struct VecOf<float> {
  typedef float type __attribute__((vector_size(kRegisterBytes)));
  typedef std::int32_t number;
  typedef number whole __attribute__((vector_size(kRegisterBytes)));
  typedef number whole_anywhere __attribute__((vector_size(kRegisterBytes), aligned(4), may_alias));
  typedef float anywhere __attribute__((vector_size(kRegisterBytes), aligned(4)));
};
template <>
struct VecOf<double> {
  typedef double type __attribute__((vector_size(kRegisterBytes)));
  typedef std::int64_t number;
  typedef number whole __attribute__((vector_size(kRegisterBytes)));
  typedef number whole_anywhere __attribute__((vector_size(kRegisterBytes), aligned(8), may_alias));
  typedef double anywhere __attribute__((vector_size(kRegisterBytes), aligned(8)));
};

/// A register of scalars, and one of whole numbers as wide.
template <class S>
using Vec = typename VecOf<S>::type;
template <class S>
using Whole = typename VecOf<S>::whole;
template <class S>
constexpr Index kWidth = kRegisterBytes / static_cast<Index>(sizeof(S));

template <class S>
inline Vec<S> load(const S* from) {
  return *reinterpret_cast<const typename VecOf<S>::anywhere*>(from);
}
template <class S>
inline void store(S* to, Vec<S> v) {
  *reinterpret_cast<typename VecOf<S>::anywhere*>(to) = v;
}

/// Set in the first `count` places.
template <class S>
inline Whole<S> first_places(Index count) {
  static constexpr
      typename VecOf<S>::number places[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const Whole<S> place = *reinterpret_cast<const typename VecOf<S>::whole_anywhere*>(places);
  return place < Whole<S>{} + static_cast<typename VecOf<S>::number>(count);
}

// The first `count` scalars of a register, fewer than it holds. load_part has zeros in the other places;
// store_part leaves what stands behind them alone.
#if defined(__AVX512F__) && defined(__AVX512DQ__)
inline Vec<float> load_part(const float* from, Index count) {
  return (Vec<float>)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
}
inline Vec<double> load_part(const double* from, Index count) {
  return (Vec<double>)_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1), from);
}
inline void store_part(float* to, Vec<float> v, Index count) {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), (__m512)v);
}
inline void store_part(double* to, Vec<double> v, Index count) {
  _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << count) - 1), (__m512d)v);
}
#elif defined(__AVX2__) && defined(__FMA__)
inline Vec<float> load_part(const float* from, Index count) {
  return (Vec<float>)_mm256_maskload_ps(from, (__m256i)first_places<float>(count));
}
inline Vec<double> load_part(const double* from, Index count) {
  return (Vec<double>)_mm256_maskload_pd(from, (__m256i)first_places<double>(count));
}
inline void store_part(float* to, Vec<float> v, Index count) {
  _mm256_maskstore_ps(to, (__m256i)first_places<float>(count), (__m256)v);
}
inline void store_part(double* to, Vec<double> v, Index count) {
  _mm256_maskstore_pd(to, (__m256i)first_places<double>(count), (__m256d)v);
}
#else
// Apart from the loops that read whole registers: without masks a part is long to read.
template <class S>
[[gnu::noinline]] Vec<S> load_part(const S* from, Index count) {
  alignas(64) S buffer[kWidth<S>] = {};
  for (Index k = 0; k < count; ++k) buffer[k] = from[k];
  return load(buffer);
}
template <class S>
[[gnu::noinline]] void store_part(S* to, Vec<S> v, Index count) {
  alignas(64) S buffer[kWidth<S>];
  store(buffer, v);
  for (Index k = 0; k < count; ++k) to[k] = buffer[k];
}
#endif

/// The same of `count` scalars, up to a whole register.
template <class S>
inline Vec<S> load(const S* from, Index count) {
  return count == kWidth<S> ? load(from) : load_part(from, count);
}
template <class S>
inline void store(S* to, Vec<S> v, Index count) {
  count == kWidth<S> ? store(to, v) : store_part(to, v, count);
}

// broadcast(s): s in every place. fma(a, b, c) = a b + c, rounded once where the level can.
#if defined(__AVX512F__) && defined(__AVX512DQ__)
inline Vec<float> broadcast(float s) {
  return (Vec<float>)_mm512_set1_ps(s);
}
inline Vec<double> broadcast(double s) {
  return (Vec<double>)_mm512_set1_pd(s);
}
inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) {
  return (Vec<float>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) {
  return (Vec<double>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
inline Vec<float> root(Vec<float> a) {
  return (Vec<float>)_mm512_maskz_sqrt_ps(0xffff, (__m512)a);
}
inline Vec<double> root(Vec<double> a) {
  return (Vec<double>)_mm512_maskz_sqrt_pd(0xff, (__m512d)a);
}
#elif defined(__AVX2__) && defined(__FMA__)
inline Vec<float> broadcast(float s) {
  return (Vec<float>)_mm256_set1_ps(s);
}
inline Vec<double> broadcast(double s) {
  return (Vec<double>)_mm256_set1_pd(s);
}
inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) {
  return (Vec<float>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) {
  return (Vec<double>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
inline Vec<float> root(Vec<float> a) {
  return (Vec<float>)_mm256_sqrt_ps((__m256)a);
}
inline Vec<double> root(Vec<double> a) {
  return (Vec<double>)_mm256_sqrt_pd((__m256d)a);
}
#elif defined(__x86_64__)
inline Vec<float> broadcast(float s) {
  return (Vec<float>)_mm_set1_ps(s);
}
inline Vec<double> broadcast(double s) {
  return (Vec<double>)_mm_set1_pd(s);
}
inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) {
  return a * b + c;
}
inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) {
  return a * b + c;
}
inline Vec<float> root(Vec<float> a) {
  return (Vec<float>)_mm_sqrt_ps((__m128)a);
}
inline Vec<double> root(Vec<double> a) {
  return (Vec<double>)_mm_sqrt_pd((__m128d)a);
}
#elif defined(__aarch64__)
inline Vec<float> broadcast(float s) {
  return (Vec<float>)vdupq_n_f32(s);
}
inline Vec<double> broadcast(double s) {
  return (Vec<double>)vdupq_n_f64(s);
}
inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) {
  return (Vec<float>)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) {
  return (Vec<double>)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
inline Vec<float> root(Vec<float> a) {
  return (Vec<float>)vsqrtq_f32((float32x4_t)a);
}
inline Vec<double> root(Vec<double> a) {
  return (Vec<double>)vsqrtq_f64((float64x2_t)a);
}
#elif defined(__wasm_simd128__)
inline Vec<float> broadcast(float s) {
  return (Vec<float>)wasm_f32x4_splat(s);
}
inline Vec<double> broadcast(double s) {
  return (Vec<double>)wasm_f64x2_splat(s);
}
inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) {
  return a * b + c;
}
inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) {
  return a * b + c;
}
inline Vec<float> root(Vec<float> a) {
  return (Vec<float>)wasm_f32x4_sqrt((v128_t)a);
}
inline Vec<double> root(Vec<double> a) {
  return (Vec<double>)wasm_f64x2_sqrt((v128_t)a);
}
#else
inline Vec<float> broadcast(float s) {
  return Vec<float>{s, s, s, s};
}
inline Vec<double> broadcast(double s) {
  return Vec<double>{s, s};
}
inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) {
  return a * b + c;
}
inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) {
  return a * b + c;
}
template <class V>
inline V root(V a) {
  for (unsigned k = 0; k < sizeof(V) / sizeof(a[0]); ++k) {
    if constexpr (sizeof(a[0]) == sizeof(float)) {
      a[k] = __builtin_sqrtf(a[k]);
    } else {
      a[k] = __builtin_sqrt(a[k]);
    }
  }
  return a;
}
#endif

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#define GATESCOPE_SCALES_BY_POWERS
/// a 2^k for whole k, rounded once.
inline Vec<float> scale_by_power(Vec<float> a, Vec<float> k) {
  return (Vec<float>)_mm512_scalef_ps((__m512)a, (__m512)k);
}
inline Vec<double> scale_by_power(Vec<double> a, Vec<double> k) {
  return (Vec<double>)_mm512_scalef_pd((__m512d)a, (__m512d)k);
}
#endif

/// The value stays in a register from here on. A compiler that is tuned for some processors would otherwise
/// read it from memory again for every multiplication, which makes the loads the bottleneck (g++ 12 with
/// -mtune=znver3: 1.4 to 1.8 times slower on Zen 3 and Zen 4).
template <class V>
inline void keep_in_register([[maybe_unused]] V& v) {
#ifdef GATESCOPE_REGISTER
  asm("" : GATESCOPE_REGISTER(v));
#endif
}

// Before a loop of few rounds over an array of registers: unrolled before g++ decides which arrays can be
// registers.
#define GATESCOPE_UNROLL _Pragma("GCC unroll 8")

/// The values of a where the mask is set, else those of b.
template <class M, class V>
inline V choose(M mask, V a, V b) {
  return mask ? a : b;
}

// smaller (greater): the first where it is smaller (greater), else the second: a NaN that comes second stays.
// x86's instructions say just that.
#if defined(__AVX512F__) && defined(__AVX512DQ__)
inline Vec<float> smaller(Vec<float> a, Vec<float> b) {
  return (Vec<float>)_mm512_maskz_min_ps(0xffff, (__m512)a, (__m512)b);
}
inline Vec<double> smaller(Vec<double> a, Vec<double> b) {
  return (Vec<double>)_mm512_maskz_min_pd(0xff, (__m512d)a, (__m512d)b);
}
inline Vec<float> greater(Vec<float> a, Vec<float> b) {
  return (Vec<float>)_mm512_maskz_max_ps(0xffff, (__m512)a, (__m512)b);
}
inline Vec<double> greater(Vec<double> a, Vec<double> b) {
  return (Vec<double>)_mm512_maskz_max_pd(0xff, (__m512d)a, (__m512d)b);
}
#elif defined(__AVX2__) && defined(__FMA__)
inline Vec<float> smaller(Vec<float> a, Vec<float> b) {
  return (Vec<float>)_mm256_min_ps((__m256)a, (__m256)b);
}
inline Vec<double> smaller(Vec<double> a, Vec<double> b) {
  return (Vec<double>)_mm256_min_pd((__m256d)a, (__m256d)b);
}
inline Vec<float> greater(Vec<float> a, Vec<float> b) {
  return (Vec<float>)_mm256_max_ps((__m256)a, (__m256)b);
}
inline Vec<double> greater(Vec<double> a, Vec<double> b) {
  return (Vec<double>)_mm256_max_pd((__m256d)a, (__m256d)b);
}
#elif defined(__x86_64__)
inline Vec<float> smaller(Vec<float> a, Vec<float> b) {
  return (Vec<float>)_mm_min_ps((__m128)a, (__m128)b);
}
inline Vec<double> smaller(Vec<double> a, Vec<double> b) {
  return (Vec<double>)_mm_min_pd((__m128d)a, (__m128d)b);
}
inline Vec<float> greater(Vec<float> a, Vec<float> b) {
  return (Vec<float>)_mm_max_ps((__m128)a, (__m128)b);
}
inline Vec<double> greater(Vec<double> a, Vec<double> b) {
  return (Vec<double>)_mm_max_pd((__m128d)a, (__m128d)b);
}
#else
template <class V>
inline V smaller(V a, V b) {
  return choose(a < b, a, b);
}
template <class V>
inline V greater(V a, V b) {
  return choose(a > b, a, b);
}
#endif

}  // namespace
}  // namespace gatescope
