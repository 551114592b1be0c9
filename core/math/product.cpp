#include "core/math/product.h"

#include <algorithm>
#include <array>

namespace gatescope {
namespace {

template <class S>
using Packet = typename Eigen::internal::packet_traits<S>::type;

template <class S>
constexpr Index kWidth = Eigen::internal::packet_traits<S>::size;  // scalars in a vector register
template <class S>
constexpr Index kPanelRows = 2 * kWidth<S>;
// Registers hold 2 packets of rows times kTileCols columns of accumulators: 16 of 32 with AVX-512, 8 of 16
// below it.
template <class S>
constexpr Index kTileCols = sizeof(Packet<S>) >= 64 ? 8 : 4;
// A panel's slice of this many columns stays in the first-level cache while it meets all right-hand columns.
constexpr Index kDepth = 256;

/// y (P packets, N) += panel (P packets, depth) x (depth, N); `xk` and `xn` are the strides of x.
template <class S, int P, int N>
inline void tile(const S* panel, Index depth, const S* x, Index xk, Index xn, S* y, Index ldy) {
  using namespace Eigen::internal;
  Packet<S> sum[P][N];
  for (int n = 0; n < N; ++n)
    for (int p = 0; p < P; ++p) sum[p][n] = ploadu<Packet<S>>(y + n * ldy + p * kWidth<S>);
  for (Index k = 0; k < depth; ++k) {
    Packet<S> a[P];
    for (int p = 0; p < P; ++p) a[p] = pload<Packet<S>>(panel + p * kWidth<S>);
    for (int n = 0; n < N; ++n) {
      const Packet<S> b = pset1<Packet<S>>(x[n * xn]);
      for (int p = 0; p < P; ++p) sum[p][n] = pmadd(a[p], b, sum[p][n]);
    }
    panel += P * kWidth<S>;
    x += xk;
  }
  for (int n = 0; n < N; ++n)
    for (int p = 0; p < P; ++p) pstoreu(y + n * ldy + p * kWidth<S>, sum[p][n]);
}

/// A tile at the lower edge, of fewer rows than its packets hold: through a buffer.
template <class S, int P, int N>
void edge_tile(const S* panel, Index depth, const S* x, Index xk, Index xn, S* y, Index ldy, Index rows) {
  alignas(64) std::array<S, P * kWidth<S> * N> buffer{};
  for (int n = 0; n < N; ++n) std::copy_n(y + n * ldy, rows, buffer.data() + n * P * kWidth<S>);
  tile<S, P, N>(panel, depth, x, xk, xn, buffer.data(), P * kWidth<S>);
  for (int n = 0; n < N; ++n) std::copy_n(buffer.data() + n * P * kWidth<S>, rows, y + n * ldy);
}

template <class S, int P, int N>
inline void any_tile(const S* panel, Index depth, const S* x, Index xk, Index xn, S* y, Index ldy,
                     Index rows) {
  if (rows == P * kWidth<S>) {
    tile<S, P, N>(panel, depth, x, xk, xn, y, ldy);
  } else {
    edge_tile<S, P, N>(panel, depth, x, xk, xn, y, ldy, rows);
  }
}

/// One panel against all columns: full tiles, then halves down to one column.
template <class S, int P>
void panel_product(const S* panel, Index depth, const S* x, Index xk, Index xn, S* y, Index ldy, Index rows,
                   Index columns) {
  Index n = 0;
  const auto run = [&]<int N>() {
    for (; n + N <= columns; n += N)
      any_tile<S, P, N>(panel, depth, x + n * xn, xk, xn, y + n * ldy, ldy, rows);
  };
  if constexpr (kTileCols<S> >= 8) run.template operator()<8>();
  run.template operator()<4>();
  run.template operator()<2>();
  run.template operator()<1>();
}

template <class S>
void panel_product(Index packets, const S* panel, Index depth, const S* x, Index xk, Index xn, S* y,
                   Index ldy, Index rows, Index columns) {
  if (packets == 2) {
    panel_product<S, 2>(panel, depth, x, xk, xn, y, ldy, rows, columns);
  } else {
    panel_product<S, 1>(panel, depth, x, xk, xn, y, ldy, rows, columns);
  }
}

/// Copies `count` scalars; the usual `Full` of them without a call.
template <Index Full, class S>
inline void copy_row(const S* from, Index count, S* to) {
  if (count == Full) {
    for (Index k = 0; k < Full; ++k) to[k] = from[k];
  } else {
    std::copy_n(from, count, to);
  }
}

/// Visits the panels of `rows` rows: visit(first row, rows in it, packets it is stored in).
template <class S, class Visit>
void for_each_panel(Index rows, Visit visit) {
  for (Index first = 0; first < rows; first += kPanelRows<S>) {
    const Index in_panel = std::min(kPanelRows<S>, rows - first);
    visit(first, in_panel, in_panel > kWidth<S> ? Index{2} : Index{1});
  }
}

}  // namespace

// Panels follow each other; within a panel, slices of kDepth columns; within a slice, column by column.
// A panel of p packets begins at (rows before it) * cols_, as all panels before it are full.
template <class S>
void PackedMatrix<S>::resize(Index rows, Index cols) {
  rows_ = rows;
  cols_ = cols;
  const Index padded = (rows + kWidth<S> - 1) / kWidth<S> * kWidth<S>;
  panels_.assign(static_cast<std::size_t>(padded * cols), S(0));
}

template <class S>
void PackedMatrix<S>::pack(const S* a, Index lda, Index rows, Index cols) {
  if (rows != rows_ || cols != cols_) resize(rows, cols);
  for_each_panel<S>(rows, [&](Index first, Index in_panel, Index packets) {
    S* to = panels_.data() + first * cols;
    for (Index k = 0; k < cols; ++k, to += packets * kWidth<S>)
      copy_row<kPanelRows<S>>(a + first + k * lda, in_panel, to);
  });
}

template <class S>
void PackedMatrix<S>::pack_transposed(const S* a, Index lda, Index rows, Index cols) {
  if (rows != rows_ || cols != cols_) resize(rows, cols);
  for_each_panel<S>(rows, [&](Index first, Index in_panel, Index packets) {
    S* to = panels_.data() + first * cols;
    for (Index r = 0; r < in_panel; ++r) {
      const S* from = a + (first + r) * lda;
      for (Index k = 0; k < cols; ++k) to[k * packets * kWidth<S> + r] = from[k];
    }
  });
}

template <class S>
void PackedMatrix<S>::multiply_add(const S* x, Index ldx, S* y, Index ldy, Index n) const {
  for_each_panel<S>(rows_, [&](Index first, Index in_panel, Index packets) {
    const S* panel = panels_.data() + first * cols_;
    for (Index k = 0; k < cols_; k += kDepth) {
      const Index depth = std::min(kDepth, cols_ - k);
      panel_product<S>(packets, panel + k * packets * kWidth<S>, depth, x + k, 1, ldx, y + first, ldy,
                       in_panel, n);
    }
  });
}

template <class S>
void add_outer_products(const S* const* a, S* const* c, int count, Index m, const S* b, Index n, Index k,
                        Index ldc, OuterProductScratch<S>& scratch) {
  constexpr Index slice = 512;  // the sums of a tile are read and written once for so many products
  constexpr Index tile_cols = kTileCols<S>;
  const Index tiles = (n + tile_cols - 1) / tile_cols;
  scratch.right.resize(static_cast<std::size_t>(tiles * tile_cols * slice));
  scratch.left.resize(static_cast<std::size_t>(kPanelRows<S> * slice));
  for (Index k0 = 0; k0 < k; k0 += slice) {
    const Index depth = std::min(slice, k - k0);
    // Right-hand side: tiles of a few rows of b, step after step.
    for (Index j = 0; j < n; j += tile_cols) {
      S* to = scratch.right.data() + j * slice;
      const Index width = std::min(tile_cols, n - j);
      for (Index d = 0; d < depth; ++d) copy_row<tile_cols>(b + j + (k0 + d) * n, width, to + d * tile_cols);
    }
    for (int which = 0; which < count; ++which) {
      for_each_panel<S>(m, [&](Index first, Index in_panel, Index packets) {
        S* left = scratch.left.data();
        if (in_panel < packets * kWidth<S>) std::fill_n(left, packets * kWidth<S> * depth, S(0));
        for (Index d = 0; d < depth; ++d)
          copy_row<kPanelRows<S>>(a[which] + first + (k0 + d) * m, in_panel, left + d * packets * kWidth<S>);
        for (Index j = 0; j < n; j += tile_cols)
          panel_product<S>(packets, left, depth, scratch.right.data() + j * slice, tile_cols, 1,
                           c[which] + first + j * ldc, ldc, in_panel, std::min(tile_cols, n - j));
      });
    }
  }
}

template class PackedMatrix<float>;
template class PackedMatrix<double>;
template void add_outer_products(const float* const*, float* const*, int, Index, const float*, Index, Index,
                                 Index, OuterProductScratch<float>&);
template void add_outer_products(const double* const*, double* const*, int, Index, const double*, Index,
                                 Index, Index, OuterProductScratch<double>&);

}  // namespace gatescope
