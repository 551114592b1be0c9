#include "core/plot/thin.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace gatescope::plot {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

// The first of `total` that belongs to block `block` of `blocks`.
int block_start(int block, int blocks, int total) {
  return static_cast<int>(static_cast<long long>(block) * total / blocks);
}

}  // namespace

std::vector<Point> thin_line(const std::vector<Point>& points, float column) {
  if (points.size() < 8) return points;
  std::vector<Point> out;
  std::size_t i = 0;
  while (i < points.size()) {
    const float edge = (std::floor(points[i].x / column) + 1) * column;
    std::size_t lowest = i, highest = i, last = i;
    for (std::size_t k = i; k < points.size() && points[k].x < edge; ++k) {
      if (points[k].y < points[lowest].y) lowest = k;
      if (points[k].y > points[highest].y) highest = k;
      last = k;
    }
    std::size_t kept[] = {i, std::min(lowest, highest), std::max(lowest, highest), last};
    for (std::size_t n = 0; n < 4; ++n)
      if (n == 0 || kept[n] != kept[n - 1]) out.push_back(points[kept[n]]);
    i = last + 1;
  }
  return out;
}

namespace {

// The window as it is, row by row. Columns that lie together are turned in tiles that stay in the cache.
std::vector<float> copy_of(const Matrix& matrix, Window window) {
  const auto rows = std::size_t(window.rows), columns = std::size_t(window.columns);
  std::vector<float> out(rows * columns);
  const bool by_row = matrix.order == Matrix::Order::row_major;
  const std::size_t line = std::size_t(by_row ? matrix.columns : matrix.rows);
  const float* from =
      matrix.values->data() + (by_row ? std::size_t(window.row) * line + std::size_t(window.column)
                                      : std::size_t(window.column) * line + std::size_t(window.row));
  if (by_row) {
    for (std::size_t r = 0; r < rows; ++r) std::copy_n(from + r * line, columns, out.data() + r * columns);
    return out;
  }
  constexpr std::size_t tile = 16;
  for (std::size_t c0 = 0; c0 < columns; c0 += tile)
    for (std::size_t r0 = 0; r0 < rows; r0 += tile)
      for (std::size_t r = r0; r < std::min(r0 + tile, rows); ++r)
        for (std::size_t c = c0; c < std::min(c0 + tile, columns); ++c)
          out[r * columns + c] = from[c * line + r];
  return out;
}

// What blocks of cells come down to, row by row. A block with a value that is not finite is a gap: its least
// is +infinity and its greatest -infinity, so that it is never an extreme.
struct Blocks {
  explicit Blocks(std::size_t count) : sum(count, 0), least(count, infinity), greatest(count, -infinity) {}

  std::vector<double> sum;
  std::vector<float> least, greatest;
};

std::vector<std::size_t> block_starts(int blocks, int total) {
  std::vector<std::size_t> starts;
  for (int b = 0; b <= blocks; ++b) starts.push_back(std::size_t(block_start(b, blocks, total)));
  return starts;
}

// First the rows of each block, many columns at a time, then its columns.
Blocks blocks_of(const Matrix& matrix, Window window, const std::vector<std::size_t>& row_starts,
                 const std::vector<std::size_t>& column_starts) {
  const std::vector<float> values = copy_of(matrix, window);
  const auto width = std::size_t(window.columns);
  const std::size_t rows = row_starts.size() - 1, columns = column_starts.size() - 1;
  Blocks out(rows * columns);
  for (std::size_t r = 0; r < rows; ++r) {
    std::vector<double> sum(width, 0);
    std::vector<float> least(width, infinity), greatest(width, -infinity);
    for (std::size_t row = row_starts[r]; row < row_starts[r + 1]; ++row) {
      const float* at = values.data() + row * width;
      for (std::size_t c = 0; c < width; ++c) {
        sum[c] += static_cast<double>(at[c]);
        least[c] = at[c] < least[c] ? at[c] : least[c];
        greatest[c] = at[c] > greatest[c] ? at[c] : greatest[c];
      }
    }
    double* sums = out.sum.data() + r * columns;
    float *lows = out.least.data() + r * columns, *highs = out.greatest.data() + r * columns;
    if (columns == width) {
      std::copy(sum.begin(), sum.end(), sums);
      std::copy(least.begin(), least.end(), lows);
      std::copy(greatest.begin(), greatest.end(), highs);
    } else {
      for (std::size_t c = 0; c < columns; ++c)
        for (std::size_t k = column_starts[c]; k < column_starts[c + 1]; ++k) {
          sums[c] += sum[k];
          lows[c] = std::min(lows[c], least[k]);
          highs[c] = std::max(highs[c], greatest[k]);
        }
    }
    // Floats are too few and too small for a sum in double to overflow: it is finite where all of them are.
    for (std::size_t c = 0; c < columns; ++c)
      if (!std::isfinite(sums[c])) lows[c] = infinity, highs[c] = -infinity;
  }
  return out;
}

// Where the least and the greatest value of each row or column of cells are, the first of equals; -1 where
// all are gaps.
struct Extremes {
  std::vector<int> least, greatest;
};

Extremes of_rows(const Blocks& blocks, int rows, int columns) {
  Extremes out;
  for (int r = 0; r < rows; ++r) {
    const auto first = std::ptrdiff_t(r) * columns;
    const auto least = blocks.least.begin() + first, greatest = blocks.greatest.begin() + first;
    constexpr std::ptrdiff_t lanes = 16;
    std::array<float, lanes> low, high;
    low.fill(infinity), high.fill(-infinity);
    const auto whole = columns - columns % lanes;
    for (std::ptrdiff_t c = 0; c < whole; c += lanes)
      for (std::ptrdiff_t k = 0; k < lanes; ++k) {
        const auto lane = std::size_t(k);
        low[lane] = least[c + k] < low[lane] ? least[c + k] : low[lane];
        high[lane] = greatest[c + k] > high[lane] ? greatest[c + k] : high[lane];
      }
    for (std::ptrdiff_t c = whole; c < columns; ++c) {
      low[0] = std::min(low[0], least[c]);
      high[0] = std::max(high[0], greatest[c]);
    }
    const float lowest = *std::min_element(low.begin(), low.end()),
                highest = *std::max_element(high.begin(), high.end());
    const bool any = lowest < infinity;
    out.least.push_back(any ? static_cast<int>(std::find(least, least + columns, lowest) - least) : -1);
    out.greatest.push_back(any ? static_cast<int>(std::find(greatest, greatest + columns, highest) - greatest)
                               : -1);
  }
  return out;
}

Extremes of_columns(const Blocks& blocks, int rows, int columns) {
  const auto width = std::size_t(columns);
  Extremes out{std::vector<int>(width, -1), std::vector<int>(width, -1)};
  std::vector<float> low(width, infinity), high(width, -infinity);
  for (int r = 0; r < rows; ++r) {
    const float *least = blocks.least.data() + std::size_t(r) * width,
                *greatest = blocks.greatest.data() + std::size_t(r) * width;
    for (std::size_t c = 0; c < width; ++c) {
      const bool lower = least[c]<low[c], higher = greatest[c]> high[c];
      low[c] = lower ? least[c] : low[c];
      out.least[c] = lower ? r : out.least[c];
      high[c] = higher ? greatest[c] : high[c];
      out.greatest[c] = higher ? r : out.greatest[c];
    }
  }
  return out;
}

}  // namespace

ThinnedMatrix thin_matrix(const Matrix& matrix, Window window, int max_rows, int max_columns) {
  ThinnedMatrix out{std::min(window.rows, max_rows), std::min(window.columns, max_columns), {}};
  if (out.rows == window.rows && out.columns == window.columns) {
    out.values = copy_of(matrix, window);
    for (float& v : out.values)
      if (!std::isfinite(v)) v = std::numeric_limits<float>::quiet_NaN();
    return out;
  }
  const std::vector<std::size_t> row_starts = block_starts(out.rows, window.rows),
                                 column_starts = block_starts(out.columns, window.columns);
  const Blocks blocks = blocks_of(matrix, window, row_starts, column_starts);
  const auto index = [&](int row, int column) {
    return std::size_t(row) * std::size_t(out.columns) + std::size_t(column);
  };
  out.values.resize(blocks.sum.size());
  for (std::size_t r = 0, i = 0; r + 1 < row_starts.size(); ++r)
    for (std::size_t c = 0; c + 1 < column_starts.size(); ++c, ++i) {
      const std::size_t cells =
          (row_starts[r + 1] - row_starts[r]) * (column_starts[c + 1] - column_starts[c]);
      out.values[i] = blocks.least[i] == infinity
                          ? std::numeric_limits<float>::quiet_NaN()
                          : static_cast<float>(blocks.sum[i] / static_cast<double>(cells));
    }

  // The extremes of one row or column of cells: `at` gives its n-th cell.
  const auto show = [&](int least, int greatest, int cells, auto at) {
    if (least < 0) return;
    const float low = blocks.least[at(least)];
    if (least == greatest) {  // one cell cannot show both
      for (int n : {least + 1, least - 1})
        if (n >= 0 && n < cells && blocks.least[at(n)] < infinity) least = n;
    }
    out.values[at(least)] = low;
    out.values[at(greatest)] = blocks.greatest[at(greatest)];
  };
  const Extremes rows = of_rows(blocks, out.rows, out.columns),
                 columns = of_columns(blocks, out.rows, out.columns);
  for (int r = 0; r < out.rows; ++r)
    show(rows.least[std::size_t(r)], rows.greatest[std::size_t(r)], out.columns,
         [&](int n) { return index(r, n); });
  for (int c = 0; c < out.columns; ++c)
    show(columns.least[std::size_t(c)], columns.greatest[std::size_t(c)], out.rows,
         [&](int n) { return index(n, c); });
  return out;
}

}  // namespace gatescope::plot
