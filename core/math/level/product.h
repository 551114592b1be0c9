#pragma once

// Products of a packed matrix with narrow right-hand sides [goto2008], for one level.
//
// Rows stand in panels of P registers, P = 3 or 2 (1 where there are so few). Within a panel, column after
// column. A tile of P registers times N columns of sums stays in registers while it runs down the depth.
// Every sum adds its products in the order of the depth, so that the cut into panels and tiles does not show
// in the result.

#include "core/math/level/vec.h"

namespace gatescope {
namespace {

// Registers that hold a panel's rows, and the columns of a tile: so many sums, the panel's registers and one
// for the right-hand side fill the registers there are. AVX-512 and NEON have 32, SSE and AVX2 16; without
// FMA a product needs one more.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kPanel = 3, kTall = 8, kFlat = 8;
#elif defined(__FMA__)
constexpr int kPanel = 3, kTall = 4, kFlat = 6;
#else
constexpr int kPanel = 2, kTall = 4, kFlat = 4;
#endif
// Columns of a tile of P registers.
template <int P>
constexpr int kTileCols = P == 3 ? kTall : kFlat;

// A slice of this many columns of a panel stays in the first-level cache while it meets the right-hand
// columns, and so many of those stay there while they meet all panels.
constexpr Index kDepth = 128, kColumns = 48;

inline Index smaller_of(Index a, Index b) {
  return a < b ? a : b;
}

/// y (P registers, N) += panel (P registers, depth) x (depth, N); columns of the panel are `pk` apart, `xk`
/// and `xn` are the strides of x.
template <class S, int P, int N>
inline void tile(const S* panel, Index pk, Index depth, const S* x, Index xk, Index xn, S* y, Index ldy) {
  Vec<S> sum[P][N];
  for (int n = 0; n < N; ++n)
    for (int p = 0; p < P; ++p) sum[p][n] = load(y + n * ldy + p * kWidth<S>);
  for (Index k = 0; k < depth; ++k) {
    // One name a register: g++ would keep an array of them in memory, too.
    Vec<S> a0 = load(panel), a1 = a0, a2 = a0;
    if constexpr (P > 1) a1 = load(panel + kWidth<S>);
    if constexpr (P > 2) a2 = load(panel + 2 * kWidth<S>);
    keep_in_register(a0);
    if constexpr (P > 1) keep_in_register(a1);
    if constexpr (P > 2) keep_in_register(a2);
    for (int n = 0; n < N; ++n) {
      Vec<S> b = broadcast(x[n * xn]);
      if constexpr (P > 1) keep_in_register(b);
      sum[0][n] = fma(a0, b, sum[0][n]);
      if constexpr (P > 1) sum[1][n] = fma(a1, b, sum[1][n]);
      if constexpr (P > 2) sum[2][n] = fma(a2, b, sum[2][n]);
    }
    panel += pk;
    x += xk;
  }
  for (int n = 0; n < N; ++n)
    for (int p = 0; p < P; ++p) store(y + n * ldy + p * kWidth<S>, sum[p][n]);
}

/// A tile at the lower edge, of fewer rows than its registers hold: through a buffer.
template <class S, int P, int N>
void edge_tile(const S* panel, Index pk, Index depth, const S* x, Index xk, Index xn, S* y, Index ldy,
               Index rows) {
  constexpr Index height = P * kWidth<S>;
  alignas(64) S buffer[height * N] = {};
  for (int n = 0; n < N; ++n)
    for (Index r = 0; r < rows; ++r) buffer[n * height + r] = y[n * ldy + r];
  tile<S, P, N>(panel, pk, depth, x, xk, xn, buffer, height);
  for (int n = 0; n < N; ++n)
    for (Index r = 0; r < rows; ++r) y[n * ldy + r] = buffer[n * height + r];
}

template <class S, int P, int N>
inline void run_tiles(Index& n, const S* panel, Index pk, Index depth, const S* x, Index xk, Index xn, S* y,
                      Index ldy, Index rows, Index columns) {
  for (; n + N <= columns; n += N) {
    if (rows == P * kWidth<S>) {
      tile<S, P, N>(panel, pk, depth, x + n * xn, xk, xn, y + n * ldy, ldy);
    } else {
      edge_tile<S, P, N>(panel, pk, depth, x + n * xn, xk, xn, y + n * ldy, ldy, rows);
    }
  }
}

/// One panel against some columns: full tiles, then halves down to one column.
template <class S, int P>
void panel_product(const S* panel, Index pk, Index depth, const S* x, Index xk, Index xn, S* y, Index ldy,
                   Index rows, Index columns) {
  Index n = 0;
  if constexpr (kTileCols<P> >= 8) run_tiles<S, P, 8>(n, panel, pk, depth, x, xk, xn, y, ldy, rows, columns);
  if constexpr (kTileCols<P> == 6) run_tiles<S, P, 6>(n, panel, pk, depth, x, xk, xn, y, ldy, rows, columns);
  run_tiles<S, P, 4>(n, panel, pk, depth, x, xk, xn, y, ldy, rows, columns);
  run_tiles<S, P, 2>(n, panel, pk, depth, x, xk, xn, y, ldy, rows, columns);
  run_tiles<S, P, 1>(n, panel, pk, depth, x, xk, xn, y, ldy, rows, columns);
}

/// The panel of `registers` registers, whichever that is.
template <class S>
inline void panel_product(int registers, const S* panel, Index pk, Index depth, const S* x, Index xk,
                          Index xn, S* y, Index ldy, Index rows, Index columns) {
  if (registers == 3) {
    panel_product<S, 3>(panel, pk, depth, x, xk, xn, y, ldy, rows, columns);
  } else if (registers == 2) {
    panel_product<S, 2>(panel, pk, depth, x, xk, xn, y, ldy, rows, columns);
  } else {
    panel_product<S, 1>(panel, pk, depth, x, xk, xn, y, ldy, rows, columns);
  }
}

/// Registers of the next panel where `left` are to come: threes, and twos at the end so that no one stands
/// alone.
inline int next_panel(Index left) {
  if (kPanel == 3 && (left == 3 || left > 4)) return 3;
  return left >= 2 ? 2 : 1;
}

/// Visits the panels of `rows` rows: visit(first row, rows in it, registers).
template <class S, class Visit>
inline void for_each_panel(Index rows, Visit visit) {
  Index left = (rows + kWidth<S> - 1) / kWidth<S>;
  for (Index first = 0; first < rows;) {
    const int registers = next_panel(left);
    const Index height = registers * kWidth<S>;
    visit(first, smaller_of(height, rows - first), registers);
    first += height;
    left -= registers;
  }
}

template <class S>
Index packed_size(Index rows, Index cols) {
  return (rows + kWidth<S> - 1) / kWidth<S> * kWidth<S> * cols;
}

/// One panel of a matrix, zeros below its last row.
template <class S>
void pack_panel(const S* a, Index row_stride, Index col_stride, Index rows, Index cols, Index height, S* to) {
  if (row_stride == 1) {
    for (Index k = 0; k < cols; ++k, a += col_stride, to += height) {
      Index r = 0;
      for (; r + kWidth<S> <= rows; r += kWidth<S>) store(to + r, load(a + r));
      for (; r < rows; ++r) to[r] = a[r];
      for (; r < height; ++r) to[r] = S(0);
    }
  } else {
    for (Index r = 0; r < height; ++r, a += row_stride)
      for (Index k = 0; k < cols; ++k) to[k * height + r] = r < rows ? a[k * col_stride] : S(0);
  }
}

/// Panels follow each other, so that one begins at (rows before it) * cols.
template <class S>
void pack(const S* a, Index row_stride, Index col_stride, Index rows, Index cols, S* panels) {
  for_each_panel<S>(rows, [&](Index first, Index in_panel, int registers) {
    pack_panel<S>(a + first * row_stride, row_stride, col_stride, in_panel, cols, registers * kWidth<S>,
                  panels + first * cols);
  });
}

template <class S>
void multiply_add(const S* panels, Index rows, Index cols, const S* x, Index ldx, S* y, Index ldy, Index n) {
  for (Index column = 0; column < n; column += kColumns) {
    const Index columns = smaller_of(kColumns, n - column);
    for_each_panel<S>(rows, [&](Index first, Index in_panel, int registers) {
      const Index height = registers * kWidth<S>;
      for (Index k = 0; k < cols; k += kDepth) {
        panel_product<S>(registers, panels + first * cols + k * height, height, smaller_of(kDepth, cols - k),
                         x + column * ldx + k, 1, ldx, y + column * ldy + first, ldy, in_panel, columns);
      }
    });
  }
}

// The sums of a tile of outer products are read and written once for so many products.
constexpr Index kOuterDepth = 256;
// Columns that outer products take together: whole tiles of any panel.
constexpr Index kOuterCols = 24;

template <class S>
Index outer_left_size() {
  return kPanel * kWidth<S> * kOuterDepth;
}
template <class S>
Index outer_right_size(Index n) {
  return (n + kOuterCols - 1) / kOuterCols * kOuterCols * kOuterDepth;
}

template <class S>
void add_outer_products(const S* const* a, S* const* c, int count, Index m, const S* b, Index n, Index k,
                        Index ldc, S* left, S* right) {
  for (Index k0 = 0; k0 < k; k0 += kOuterDepth) {
    const Index depth = smaller_of(kOuterDepth, k - k0);
    // Right-hand side: strips of a few rows of b, step after step.
    for (Index j = 0; j < n; j += kOuterCols) {
      const Index width = smaller_of(kOuterCols, n - j);
      for (Index d = 0; d < depth; ++d) {
        const S* from = b + j + (k0 + d) * n;
        S* to = right + j * kOuterDepth + d * kOuterCols;
        if (width == kOuterCols) {
          for (Index r = 0; r < kOuterCols; ++r) to[r] = from[r];
        } else {
          for (Index r = 0; r < width; ++r) to[r] = from[r];
        }
      }
    }
    for (int which = 0; which < count; ++which) {
      for_each_panel<S>(m, [&](Index first, Index in_panel, int registers) {
        const Index height = registers * kWidth<S>;
        pack_panel<S>(a[which] + first + k0 * m, 1, m, in_panel, depth, height, left);
        for (Index j = 0; j < n; j += kOuterCols)
          panel_product<S>(registers, left, height, depth, right + j * kOuterDepth, kOuterCols, 1,
                           c[which] + first + j * ldc, ldc, in_panel, smaller_of(kOuterCols, n - j));
      });
    }
  }
}

}  // namespace
}  // namespace gatescope
