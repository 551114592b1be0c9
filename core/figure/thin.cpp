#include "core/figure/thin.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gatescope::figure {
namespace {

// What one block of cells comes down to.
struct Block {
  float least = std::numeric_limits<float>::infinity(), greatest = -std::numeric_limits<float>::infinity();
  double sum = 0;
  int count = 0;
  bool gap = false;

  void take(float value) {
    gap |= !std::isfinite(value);
    sum += value;
    ++count;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  float mean() const {
    return gap ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(sum / count);
  }
};

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

ThinnedMatrix thin_matrix(const Matrix& matrix, Window window, int max_rows, int max_columns) {
  ThinnedMatrix out{std::min(window.rows, max_rows), std::min(window.columns, max_columns), {}};
  std::vector<Block> blocks(std::size_t(out.rows) * std::size_t(out.columns));
  auto index = [&](int row, int column) {
    return std::size_t(row) * std::size_t(out.columns) + std::size_t(column);
  };
  for (int r = 0; r < out.rows; ++r)
    for (int c = 0; c < out.columns; ++c) {
      Block& block = blocks[index(r, c)];
      const int r1 = block_start(r + 1, out.rows, window.rows),
                c1 = block_start(c + 1, out.columns, window.columns);
      for (int row = block_start(r, out.rows, window.rows); row < r1; ++row)
        for (int column = block_start(c, out.columns, window.columns); column < c1; ++column)
          block.take(matrix.at(window.row + row, window.column + column));
    }
  out.values.reserve(blocks.size());
  for (const auto& block : blocks) out.values.push_back(block.mean());
  if (out.rows == window.rows && out.columns == window.columns) return out;

  // The extremes of one row or column of cells: `at` gives its n-th cell.
  auto show_extremes = [&](int cells, auto at) {
    int least = -1, greatest = -1;
    for (int n = 0; n < cells; ++n) {
      const Block& block = blocks[at(n)];
      if (block.gap) continue;
      if (least < 0 || block.least < blocks[at(least)].least) least = n;
      if (greatest < 0 || block.greatest > blocks[at(greatest)].greatest) greatest = n;
    }
    if (least < 0) return;
    const float low = blocks[at(least)].least;
    if (least == greatest) {  // one cell cannot show both
      for (int n : {least + 1, least - 1})
        if (n >= 0 && n < cells && !blocks[at(n)].gap) least = n;
    }
    out.values[at(least)] = low;
    out.values[at(greatest)] = blocks[at(greatest)].greatest;
  };
  for (int r = 0; r < out.rows; ++r) show_extremes(out.columns, [&](int n) { return index(r, n); });
  for (int c = 0; c < out.columns; ++c) show_extremes(out.rows, [&](int n) { return index(n, c); });
  return out;
}

}  // namespace gatescope::figure
