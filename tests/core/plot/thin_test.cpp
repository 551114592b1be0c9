#include "core/plot/thin.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gatescope::plot {
namespace {

std::vector<float> noise(std::size_t count) {
  std::vector<float> out;
  unsigned state = 1;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    out.push_back(static_cast<float>(state >> 8) / static_cast<float>(1 << 24));
  }
  return out;
}

}  // namespace

TEST(ThinLine, KeepsTheExtremesOfEveryColumnInOrder) {
  const auto y = noise(10000);
  std::vector<Point> points;
  for (std::size_t i = 0; i < y.size(); ++i) points.push_back({static_cast<float>(i) * 0.01f, y[i]});
  const auto thinned = thin_line(points, 1);
  EXPECT_LE(thinned.size(), 4u * 101);
  EXPECT_EQ(thinned.front(), points.front());
  EXPECT_EQ(thinned.back(), points.back());
  EXPECT_TRUE(std::is_sorted(thinned.begin(), thinned.end(), [](Point a, Point b) { return a.x < b.x; }));
  auto extremes = [](const std::vector<Point>& list, int column) {
    float low = 2, high = -1;
    for (Point p : list)
      if (static_cast<int>(p.x) == column) low = std::min(low, p.y), high = std::max(high, p.y);
    return std::pair{low, high};
  };
  for (int column = 0; column < 100; ++column) EXPECT_EQ(extremes(points, column), extremes(thinned, column));
}

TEST(ThinLine, LeavesShortLinesAlone) {
  const std::vector<Point> points{{0, 1}, {0.1f, 5}, {0.2f, 2}};
  EXPECT_EQ(thin_line(points, 1), points);
}

TEST(ThinMatrix, LeavesWhatFitsAlone) {
  const Matrix matrix(2, 3, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(thin_matrix(matrix, {0, 2, 0, 3}, 2, 3).values, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(thin_matrix(matrix, {1, 1, 1, 2}, 9, 9).values, (std::vector<float>{5, 6})) << "a window of it";
}

TEST(ThinMatrix, ReadsColumnMajorTheSame) {
  const Matrix rows(2, 3, {1, 2, 3, 4, 5, 6}), columns(2, 3, {1, 4, 2, 5, 3, 6}, Matrix::Order::column_major);
  for (int max : {1, 2, 3})
    EXPECT_EQ(thin_matrix(rows, {0, 2, 0, 3}, 2, max).values,
              thin_matrix(columns, {0, 2, 0, 3}, 2, max).values);
}

TEST(ThinMatrix, ShowsTheExtremesOfEveryColumnOfCells) {
  const int rows = 60, columns = 1000;
  const Matrix matrix(rows, columns, noise(std::size_t(rows) * columns));
  const auto thinned = thin_matrix(matrix, {0, rows, 0, columns}, 20, 100);
  ASSERT_EQ(thinned.rows, 20);
  ASSERT_EQ(thinned.columns, 100);
  for (int c = 0; c < 100; ++c) {
    float low = 2, high = -1, shown_low = 2, shown_high = -1;
    for (int r = 0; r < rows; ++r)
      for (int k = 10 * c; k < 10 * c + 10; ++k)
        low = std::min(low, matrix.at(r, k)), high = std::max(high, matrix.at(r, k));
    for (int r = 0; r < 20; ++r) {
      const float v = thinned.values[std::size_t(r) * 100 + std::size_t(c)];
      shown_low = std::min(shown_low, v), shown_high = std::max(shown_high, v);
    }
    EXPECT_EQ(shown_low, low);
    EXPECT_EQ(shown_high, high);
  }
}

TEST(ThinMatrix, ASingleSpikeOfACalmUnitStaysVisible) {
  const int rows = 16, columns = 10000;
  std::vector<float> values(std::size_t(rows) * columns, 0);
  for (int c = 0; c < columns; ++c) values[std::size_t(c)] = 1;  // another unit is louder all the time
  values[std::size_t(5) * columns + 4321] = 0.7f;
  const auto thinned = thin_matrix(Matrix(rows, columns, values), {0, rows, 0, columns}, rows, 100);
  EXPECT_EQ(thinned.values[5 * 100 + 43], 0.7f);
}

TEST(ThinMatrix, ACellWithAValueThatIsNotFiniteIsAGap) {
  std::vector<float> values(100, 1);
  values[37] = std::numeric_limits<float>::infinity();
  const auto thinned = thin_matrix(Matrix(1, 100, values), {0, 1, 0, 100}, 1, 10);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(std::isfinite(thinned.values[std::size_t(i)]), i != 3);
}

TEST(ThinMatrix, TenThousandStepsOfAThousandUnitsKeepTheirLoudestValue) {
  const std::vector<float> values = noise(1024u * 10000);
  const auto thinned = thin_matrix(Matrix(1024, 10000, values), {0, 1024, 0, 10000}, 100, 800);
  ASSERT_EQ(thinned.values.size(), 80000u);
  const auto loudest = [](const auto& all) {
    float most = 0;
    for (const float value : all) most = std::max(most, std::abs(value));
    return most;
  };
  EXPECT_EQ(loudest(thinned.values), loudest(values));
}

}  // namespace gatescope::plot
