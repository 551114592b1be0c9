#pragma once

#include <span>
#include <string_view>

#include "core/math/index.h"

namespace gatescope {

/// How Adam, SGD and RMSprop change parameters p from gradients g times `scale`; m and v are their moments.
template <class S>
struct UpdateArguments {
  S* p;
  S* m;
  S* v;
  const S* g;
  Index n;
  S scale, rate, momentum, beta1, beta2, alpha, epsilon;
  S correction;  // adam: 1 / sqrt(1 - beta2^t); its rate is divided by 1 - beta1^t
};

/// Columns of a matrix, `ld` apart: the first ones, or those that `places` names. Zeros where there is no
/// matrix.
template <class S>
struct Columns {
  const S* data = nullptr;
  Index ld = 0;  // 0: the same column every time
  const int* places = nullptr;
};

/// The inner loops of training, built for one level of processors. Matrices are column-major.
template <class S>
struct Kernels {
  /// Scalars that a packed matrix (rows, cols) takes.
  Index (*packed_size)(Index rows, Index cols);
  /// Packs a matrix whose rows and columns are so far apart.
  void (*pack)(const S* a, Index row_stride, Index col_stride, Index rows, Index cols, S* panels);
  /// y (rows, n) = start + A x with x (cols, n); columns `ldx` and `ldy` apart. `start` may be y itself.
  void (*multiply)(const S* panels, Index rows, Index cols, const Columns<S>& start, const S* x, Index ldx,
                   S* y, Index ldy, Index n);
  /// c[i] (m, n) += a[i] (m, k) b^T with b (n, k), for `count` left-hand sides; columns of c are `ldc` apart.
  /// `left` and `right` have room for so many scalars.
  void (*add_outer_products)(const S* const* a, S* const* c, int count, Index m, const S* b, Index n, Index k,
                             Index ldc, S* left, S* right);
  Index (*outer_left_size)();
  Index (*outer_right_size)(Index n);

  /// to += from
  void (*add)(S* to, const S* from, Index n);
  /// Limits to -limit ... limit; NaN stays.
  void (*clip)(S* x, S limit, Index n);
  S (*sum_of_squares)(const S* x, Index n);
  S (*sum_of_magnitudes)(const S* x, Index n);
  /// to (rows) += the sum of the columns of from (rows, cols).
  void (*add_columns)(S* to, const S* from, Index rows, Index cols);
  /// Column places[n] of to += column n of from (rows, cols); columns of `to` are `ld` apart.
  void (*scatter_columns)(S* to, Index ld, const int* places, const S* from, Index rows, Index cols);

  void (*sigmoid)(S* x, Index n);
  void (*tanh)(S* x, Index n);
  /// e^x for x <= 0.
  void (*exp_of_negative)(S* x, Index n);
  /// out (rows, cols) = e^(logits - the highest of the column); the highest and the sum of every column.
  void (*exponentials)(const S* logits, Index rows, Index cols, S* out, S* highest, S* sum);
  /// x *= factor
  void (*scale)(S* x, S factor, Index n);

  void (*adam)(const UpdateArguments<S>& a);
  void (*sgd)(const UpdateArguments<S>& a);
  void (*rmsprop)(const UpdateArguments<S>& a);

  /// So many rounds of multiplications with addition between registers alone: what the processor does at
  /// best. Returns the number of floating-point operations; `result` keeps them from being left out.
  double (*multiply_registers)(Index rounds, S& result);
};

namespace nn {
template <class S>
struct CellSteps;
}

/// What a kind of processor runs.
struct Level {
  std::string_view name;  // "x86-64-v3"
  std::string_view what;  // "AVX2 and FMA"
  const Kernels<float>* kernels_float;
  const Kernels<double>* kernels_double;
  const nn::CellSteps<float>* steps_float;  // in the order of nn::all_cells()
  const nn::CellSteps<double>* steps_double;

  template <class S>
  const Kernels<S>& kernels() const {
    if constexpr (sizeof(S) == sizeof(float)) {
      return *kernels_float;
    } else {
      return *kernels_double;
    }
  }
};

/// Those that this machine can run, the best first.
std::span<const Level> runnable_levels();

/// The one in use: the best, or the one that the environment's GATESCOPE_LEVEL names. It is chosen at the
/// first call. Throws Error where that one is unknown or this machine cannot run it, and where the machine
/// runs none.
const Level& level();

template <class S>
const Kernels<S>& kernels() {
  return level().kernels<S>();
}

}  // namespace gatescope
