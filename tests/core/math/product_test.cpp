#include "core/math/product.h"

#include <gtest/gtest.h>

namespace gatescope {
namespace {

using Sizes = std::array<Index, 3>;  // M, K, N

class Product : public testing::TestWithParam<Sizes> {};

template <class S>
void expect_near(const Matrix<S>& a, const Matrix<S>& b, double tolerance) {
  ASSERT_EQ(a.rows(), b.rows());
  EXPECT_LT((a - b).cwiseAbs().maxCoeff(),
            tolerance * std::max<double>(1, static_cast<double>(b.cwiseAbs().maxCoeff())));
}

template <class S>
void check(const Kernels<S>& with, const Sizes& sizes, double tolerance) {
  const auto [m, k, n] = sizes;
  const Matrix<S> a = Matrix<S>::Random(m, k), x = Matrix<S>::Random(k, n), start = Matrix<S>::Random(m, n);
  const Matrix<S> expected = start + a * x;

  PackedMatrix<S> packed(with);
  packed.pack(a.data(), m, m, k);
  Matrix<S> y = start;
  packed.multiply_add(x.data(), k, y.data(), m, n);
  expect_near<S>(y, expected, tolerance);

  const Matrix<S> transposed = a.transpose();
  packed.pack_transposed(transposed.data(), k, m, k);
  y = start;
  packed.multiply_add(x.data(), k, y.data(), m, n);
  expect_near<S>(y, expected, tolerance);

  // Two left-hand sides that share b = x^T, into the halves of one matrix.
  const Matrix<S> b = x.transpose();
  Matrix<S> c = Matrix<S>::Zero(2 * m, n);
  const S* left[2] = {a.data(), a.data()};
  S* to[2] = {c.data(), c.data() + m};
  OuterProductScratch<S> scratch;
  add_outer_products<S>(left, to, 2, m, b.data(), n, k, 2 * m, scratch, with);
  const Matrix<S> product = a * x;
  expect_near<S>(c.topRows(m), product, tolerance);
  expect_near<S>(c.bottomRows(m), product, tolerance);
}

TEST_P(Product, AgreesWithEigenOnEveryLevel) {
  for (const Level& level : runnable_levels()) {
    SCOPED_TRACE(std::string(level.name));
    check<float>(level.kernels<float>(), GetParam(), 1e-5);
    check<double>(level.kernels<double>(), GetParam(), 1e-13);
  }
}

TEST(Products, BeginWithColumnsThatAreNamedWithOneColumnOrWithNothing) {
  const Index m = 21, k = 140, n = 11, apart = m + 3;
  const Matrix<float> a = Matrix<float>::Random(m, k), x = Matrix<float>::Random(k, n),
                      table = Matrix<float>::Random(m, 4);
  const std::vector<int> places{3, 0, 0, 1, 2, 3, 1, 1, 0, 2, 3};
  Matrix<float> named = a * x, one = named, nothing = named;
  for (Index c = 0; c < n; ++c) named.col(c) += table.col(places[c]);
  one.colwise() += table.col(1);
  for (const Level& level : runnable_levels()) {
    SCOPED_TRACE(std::string(level.name));
    PackedMatrix<float> packed(level.kernels<float>());
    packed.pack(a.data(), m, m, k);
    const auto expect = [&](const Columns<float>& start, const Matrix<float>& expected) {
      Matrix<float> y = Matrix<float>::Constant(apart, n, 7);
      packed.multiply(start, x.data(), k, y.data(), apart, n);
      expect_near<float>(y.topRows(m), expected, 1e-5);
      EXPECT_TRUE((y.bottomRows(apart - m).array() == 7).all()) << "it writes below its rows";
    };
    expect({table.data(), m, places.data()}, named);
    expect({table.data() + m, 0, nullptr}, one);
    expect({}, nothing);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Product,
                         testing::Values(Sizes{1, 1, 1}, Sizes{5, 3, 2}, Sizes{16, 16, 16}, Sizes{17, 9, 7},
                                         Sizes{32, 64, 16}, Sizes{33, 257, 11}, Sizes{65, 300, 40},
                                         Sizes{77, 600, 13}, Sizes{97, 140, 53}, Sizes{128, 1100, 3},
                                         Sizes{70, 300, 150}, Sizes{33, 40, 270}));

}  // namespace
}  // namespace gatescope
