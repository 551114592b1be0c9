#pragma once

#include "core/math/types.h"

namespace gatescope {

/// A matrix (M, K) packed for many products with narrow right-hand sides. A recurrent network multiplies the
/// same weights with a few columns at every step; packing them once a sequence instead of once a step is what
/// makes that fast (Goto & van de Geijn 2008 describe the panel layout).
template <class S>
class PackedMatrix {
 public:
  /// Packs `a` (rows, cols), column-major with leading dimension `lda`.
  void pack(const S* a, Index lda, Index rows, Index cols);
  /// Packs the transpose of `a` (cols, rows), column-major with leading dimension `lda`.
  void pack_transposed(const S* a, Index lda, Index rows, Index cols);

  Index rows() const { return rows_; }
  Index cols() const { return cols_; }

  /// y (M, N) += A x, with x (K, N); both column-major, columns `ldx` and `ldy` apart.
  void multiply_add(const S* x, Index ldx, S* y, Index ldy, Index n) const;

 private:
  void resize(Index rows, Index cols);

  Index rows_ = 0, cols_ = 0;
  Buffer<S> panels_;
};

/// Scratch of `add_outer_products`; keeps its memory from call to call.
template <class S>
struct OuterProductScratch {
  Buffer<S> left, right;
};

/// c[k] (M, N) += a[k] (M, K) b^T with b (N, K), for `count` left-hand sides that share b: the weight
/// gradients of all gates of a layer over a whole sequence. Leading dimensions are `lda` = M, `ldb` = N and
/// `ldc`.
template <class S>
void add_outer_products(const S* const* a, S* const* c, int count, Index m, const S* b, Index n, Index k,
                        Index ldc, OuterProductScratch<S>& scratch);

extern template class PackedMatrix<float>;
extern template class PackedMatrix<double>;

}  // namespace gatescope
