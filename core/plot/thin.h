#pragma once

#include <vector>

#include "core/plot/figure.h"
#include "core/plot/scene.h"

namespace gatescope::plot {

/// Thins a line with rising x: of the points in each column of that width the first, lowest, highest and last
/// stay, in their order, so the drawn line covers the same ground. Short lines come back unchanged.
std::vector<Point> thin_line(const std::vector<Point>& points, float column);

/// Rows [row, row + rows) and columns [column, column + columns) of a matrix.
struct Window {
  int row = 0, rows = 0, column = 0, columns = 0;
};

struct ThinnedMatrix {
  int rows = 0, columns = 0;
  std::vector<float> values;  ///< row by row
};

/// The window with at most max_rows by max_columns cells. A cell that stands for several values shows their
/// mean, but the least and the greatest value of every column of cells, and of every row of cells, are shown
/// where they occur: a single spike of one unit stays visible. A cell that holds a value that is not finite
/// is a gap.
ThinnedMatrix thin_matrix(const Matrix& matrix, Window window, int max_rows, int max_columns);

}  // namespace gatescope::plot
