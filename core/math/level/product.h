#pragma once

// Products of a packed matrix with narrow right-hand sides [goto2008], for one level.
//
// Rows stand in panels of P registers, P = 3 or 2 (1 where there are so few). Within a panel, column after
// column. A tile of P registers times N columns of sums stays in registers while it runs down the depth.
// Every sum adds its products in the order of the depth, so that the cut into panels and tiles does not show
// in the result.

#include "core/math/kernels.h"
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

/// Where the columns n ... n + N - 1 begin, from row `row` on.
template <class S, int N>
inline void find_columns(const Columns<S>& columns, Index row, Index n, const S** at) {
  alignas(64) static constexpr S zeros[kPanel * kWidth<S>] = {};
  if (columns.places) {
    for (int k = 0; k < N; ++k) at[k] = columns.data + columns.places[n + k] * columns.ld + row;
  } else {
    const S* column = columns.data ? columns.data + n * columns.ld + row : zeros;
    const Index apart = columns.data ? columns.ld : 0;
    for (int k = 0; k < N; ++k, column += apart) at[k] = column;
  }
}

/// What a panel is multiplied with, and where the result goes: y = start + panel x, from row `row` of start
/// and y on. Columns of the panel are `pk` apart, `xk` and `xn` are the strides of x.
template <class S>
struct PanelProduct {
  const S* panel;
  Index pk, depth;
  const S* x;
  Index xk, xn;
  Columns<S> start;
  S* y;
  Index ldy;
  Index row, rows;  // where the panel stands, and how many of its rows there are
};

/// The columns n0 ... n0 + N - 1 of a panel of P registers; `from` are those of `start`. Of the last register
/// only the first scalars belong to the matrix, unless it is `Full`. A function of its own, so that all its
/// strides have registers, too.
template <class S, int P, int N, bool Full>
[[gnu::noinline]] void tile(const PanelProduct<S>& q, Index n0, const S* const* from) {
  constexpr Index last = (P - 1) * kWidth<S>;  // where the last register begins
  const Index in_last = q.rows - last;
  Vec<S> sum[P][N];
  GATESCOPE_UNROLL for (int n = 0; n < N; ++n) {
    GATESCOPE_UNROLL for (int p = 0; p < P - 1; ++p) sum[p][n] = load(from[n] + p * kWidth<S>);
    sum[P - 1][n] = Full ? load(from[n] + last) : load_part(from[n] + last, in_last);
  }
  const S* panel = q.panel;
  const S* x = q.x + n0 * q.xn;
  const Index pk = q.pk, xk = q.xk, xn = q.xn, ldy = q.ldy;
  S* to = q.y + q.row + n0 * ldy;
  for (Index k = q.depth; k > 0; --k) {
    // One name a register: g++ would keep an array of them in memory, too.
    Vec<S> a0 = load(panel), a1 = a0, a2 = a0;
    if constexpr (P > 1) a1 = load(panel + kWidth<S>);
    if constexpr (P > 2) a2 = load(panel + 2 * kWidth<S>);
    keep_in_register(a0);
    if constexpr (P > 1) keep_in_register(a1);
    if constexpr (P > 2) keep_in_register(a2);
    GATESCOPE_UNROLL for (int n = 0; n < N; ++n) {
      Vec<S> b = broadcast(x[n * xn]);
      if constexpr (P > 1) keep_in_register(b);
      sum[0][n] = fma(a0, b, sum[0][n]);
      if constexpr (P > 1) sum[1][n] = fma(a1, b, sum[1][n]);
      if constexpr (P > 2) sum[2][n] = fma(a2, b, sum[2][n]);
    }
    panel += pk;
    x += xk;
  }
  GATESCOPE_UNROLL for (int n = 0; n < N; ++n, to += ldy) {
    GATESCOPE_UNROLL for (int p = 0; p < P - 1; ++p) store(to + p * kWidth<S>, sum[p][n]);
    if constexpr (Full) {
      store(to + last, sum[P - 1][n]);
    } else {
      store_part(to + last, sum[P - 1][n], in_last);
    }
  }
}

template <class S, int P, int N>
inline void run_tiles(const PanelProduct<S>& q, Index& n, Index columns) {
  const bool whole = q.rows == P * kWidth<S>;
  for (; n + N <= columns; n += N) {
    const S* from[N];
    find_columns<S, N>(q.start, q.row, n, from);
    whole ? tile<S, P, N, true>(q, n, from) : tile<S, P, N, false>(q, n, from);
  }
}

/// One panel against some columns: full tiles, then halves down to one column.
template <class S, int P>
void panel_product(const PanelProduct<S>& q, Index columns) {
  Index n = 0;
  if constexpr (kTileCols<P> >= 8) run_tiles<S, P, 8>(q, n, columns);
  if constexpr (kTileCols<P> == 6) run_tiles<S, P, 6>(q, n, columns);
  run_tiles<S, P, 4>(q, n, columns);
  run_tiles<S, P, 2>(q, n, columns);
  run_tiles<S, P, 1>(q, n, columns);
}

/// The panel of `registers` registers, whichever that is.
template <class S>
inline void panel_product(int registers, const PanelProduct<S>& q, Index columns) {
  if (registers == 3) {
    panel_product<S, 3>(q, columns);
  } else if (registers == 2) {
    panel_product<S, 2>(q, columns);
  } else {
    panel_product<S, 1>(q, columns);
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
      for (Index r = 0; r < height; r += kWidth<S>)
        store(to + r, load(a + r, smaller_of(kWidth<S>, rows - r)));
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

/// `columns` from column n on.
template <class S>
inline Columns<S> columns_from(const Columns<S>& columns, Index n) {
  if (columns.places) return {columns.data, columns.ld, columns.places + n};
  return {columns.data ? columns.data + n * columns.ld : nullptr, columns.ld, nullptr};
}

template <class S>
void multiply(const S* panels, Index rows, Index cols, const Columns<S>& start, const S* x, Index ldx, S* y,
              Index ldy, Index n) {
  for (Index column = 0; column < n; column += kColumns) {
    const Index columns = smaller_of(kColumns, n - column);
    S* const to = y + column * ldy;
    for_each_panel<S>(rows, [&](Index first, Index in_panel, int registers) {
      const Index height = registers * kWidth<S>;
      for (Index k = 0; k < cols || k == 0; k += kDepth) {
        // The first slice of a panel begins with `start`, the others with what those before came to.
        const Columns<S> from = k == 0 ? columns_from(start, column) : Columns<S>{to, ldy, nullptr};
        panel_product<S>(registers,
                         {panels + first * cols + k * height, height, smaller_of(kDepth, cols - k),
                          x + column * ldx + k, 1, ldx, from, to, ldy, first, in_panel},
                         columns);
      }
    });
  }
}

// The sums of a tile of outer products are read and written once for so many products.
constexpr Index kOuterDepth = 256;
// Columns that outer products take together: whole tiles of any panel.
constexpr Index kOuterCols = 24;
// Packing pays where what is packed is read often enough: a panel by the tiles of more columns than kFewCols,
// the columns where they lie too far apart for the caches, which is beyond kNearCols.
constexpr Index kFewCols = 128, kNearCols = 256;

template <class S>
Index outer_left_size() {
  return kPanel * kWidth<S> * kOuterDepth;
}
template <class S>
Index outer_right_size(Index n) {
  return (n + kOuterCols - 1) / kOuterCols * kOuterCols * kOuterDepth;
}

/// Strips of a few rows of b (n, depth), step after step.
template <class S>
void pack_strips(const S* b, Index n, Index depth, S* strips) {
  for (Index j = 0; j < n; j += kOuterCols) {
    const Index width = smaller_of(kOuterCols, n - j);
    for (Index d = 0; d < depth; ++d) {
      const S* from = b + j + d * n;
      S* to = strips + j * kOuterDepth + d * kOuterCols;
      if (width == kOuterCols) {
        for (Index r = 0; r < kOuterCols; ++r) to[r] = from[r];
      } else {
        for (Index r = 0; r < width; ++r) to[r] = from[r];
      }
    }
  }
}

template <class S>
void add_outer_products(const S* const* a, S* const* c, int count, Index m, const S* b, Index n, Index k,
                        Index ldc, S* left, S* right) {
  const bool few = n <= kFewCols, near = n <= kNearCols;
  const Index strip = near ? n : kOuterCols;
  for (Index k0 = 0; k0 < k; k0 += kOuterDepth) {
    const Index depth = smaller_of(kOuterDepth, k - k0);
    const S* const these = b + k0 * n;
    if (!near) pack_strips(these, n, depth, right);
    for (int which = 0; which < count; ++which) {
      for_each_panel<S>(m, [&](Index first, Index in_panel, int registers) {
        const Index height = registers * kWidth<S>;
        const S* panel = a[which] + first + k0 * m;
        const bool packed = !few || in_panel < height;
        if (packed) pack_panel<S>(panel, 1, m, in_panel, depth, height, left);
        for (Index j = 0; j < n; j += strip) {
          S* const to = c[which] + j * ldc;
          panel_product<S>(
              registers,
              {packed ? left : panel, packed ? height : m, depth, near ? these : right + j * kOuterDepth,
               strip, 1, Columns<S>{to, ldc, nullptr}, to, ldc, first, in_panel},
              smaller_of(strip, n - j));
        }
      });
    }
  }
}

}  // namespace
}  // namespace gatescope
