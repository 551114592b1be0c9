#pragma once

#include "core/math/kernels.h"
#include "core/math/types.h"

namespace gatescope {

/// A matrix (M, K) packed for many products with narrow right-hand sides. A recurrent network multiplies the
/// same weights with a few columns at every step; packing them once a sequence instead of once a step is what
/// makes that fast [goto2008]. The layout is the kernels', and only they read it.
template <class S>
class PackedMatrix {
 public:
  explicit PackedMatrix(const Kernels<S>& kernels = gatescope::kernels<S>()) : kernels_(&kernels) {}

  /// Packs `a` (rows, cols), column-major with leading dimension `lda`.
  void pack(const S* a, Index lda, Index rows, Index cols) { pack(a, 1, lda, rows, cols); }
  /// Packs the transpose of `a` (cols, rows), column-major with leading dimension `lda`.
  void pack_transposed(const S* a, Index lda, Index rows, Index cols) { pack(a, lda, 1, rows, cols); }

  Index rows() const { return rows_; }
  Index cols() const { return cols_; }
  const S* data() const { return panels_.data(); }

  /// y (M, N) = start + A x, with x (K, N); both column-major, columns `ldx` and `ldy` apart.
  void multiply(const Columns<S>& start, const S* x, Index ldx, S* y, Index ldy, Index n) const {
    kernels_->multiply(panels_.data(), rows_, cols_, start, x, ldx, y, ldy, n);
  }
  /// y += A x
  void multiply_add(const S* x, Index ldx, S* y, Index ldy, Index n) const {
    multiply({y, ldy}, x, ldx, y, ldy, n);
  }

 private:
  void pack(const S* a, Index row_stride, Index col_stride, Index rows, Index cols) {
    rows_ = rows;
    cols_ = cols;
    panels_.resize(static_cast<std::size_t>(kernels_->packed_size(rows, cols)));
    kernels_->pack(a, row_stride, col_stride, rows, cols, panels_.data());
  }

  const Kernels<S>* kernels_;
  Index rows_ = 0, cols_ = 0;
  Buffer<S> panels_;
};

/// Scratch of `add_outer_products` and of those who call it; keeps its memory from call to call.
template <class S>
struct OuterProductScratch {
  Buffer<S> left, right;
  std::vector<const S*> sources;
  std::vector<S*> targets;
};

/// c[k] (M, N) += a[k] (M, K) b^T with b (N, K), for `count` left-hand sides that share b: the weight
/// gradients of all gates of a layer over a whole sequence. Leading dimensions are `lda` = M, `ldb` = N and
/// `ldc`.
template <class S>
void add_outer_products(const S* const* a, S* const* c, int count, Index m, const S* b, Index n, Index k,
                        Index ldc, OuterProductScratch<S>& scratch, const Kernels<S>& with = kernels<S>()) {
  scratch.left.resize(static_cast<std::size_t>(with.outer_left_size()));
  scratch.right.resize(static_cast<std::size_t>(with.outer_right_size(n)));
  with.add_outer_products(a, c, count, m, b, n, k, ldc, scratch.left.data(), scratch.right.data());
}

}  // namespace gatescope
