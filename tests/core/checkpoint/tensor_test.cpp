#include "core/checkpoint/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "tests/error_of.h"

namespace gatescope::checkpoint {
namespace {

Tensor of_16_bit(Dtype dtype, std::vector<std::uint16_t> values) {
  Tensor tensor{"w", dtype, {static_cast<std::int64_t>(values.size())}, ""};
  for (const std::uint16_t value : values) {
    tensor.bytes += static_cast<char>(value & 0xFF);
    tensor.bytes += static_cast<char>(value >> 8);
  }
  return tensor;
}

TEST(Tensor, KeepsFloatsAndDoublesExactly) {
  const std::vector<float> floats = {0.1F,  -0.0F,    std::numeric_limits<float>::denorm_min(),
                                     3e38F, INFINITY, 6};
  const Tensor f32 = make_tensor("w", {2, 3}, floats);
  EXPECT_EQ(f32.dtype, Dtype::f32);
  EXPECT_EQ(f32.bytes.size(), 24U);
  EXPECT_EQ(to_floats(f32), floats);
  EXPECT_EQ(to_doubles(f32), std::vector<double>(floats.begin(), floats.end()));

  const std::vector<double> doubles = {0.1, 1e300};
  const Tensor f64 = make_tensor("w", {2}, doubles);
  EXPECT_EQ(f64.dtype, Dtype::f64);
  EXPECT_EQ(to_doubles(f64), doubles);
  EXPECT_EQ(to_floats(make_tensor("w", {}, std::vector<double>{0.1})), std::vector<float>{0.1F});
}

TEST(Tensor, StoresLittleEndian) {
  EXPECT_EQ(make_tensor("w", {}, std::vector<float>{1.0F}).bytes, std::string("\x00\x00\x80\x3F", 4));
}

TEST(Tensor, ReadsHalfPrecision) {
  const auto values = to_doubles(of_16_bit(
      Dtype::f16, {0x3C00, 0xC000, 0x3555, 0x7BFF, 0x0400, 0x0001, 0x03FF, 0x0000, 0x8000, 0x7C00, 0xFC00}));
  const std::vector<double> expected = {
      1, -2, 0.333251953125, 65504,    std::ldexp(1, -14), std::ldexp(1, -24), std::ldexp(1023, -24),
      0, 0,  INFINITY,       -INFINITY};
  EXPECT_EQ(values, expected);
  EXPECT_TRUE(std::signbit(values[8]));
  EXPECT_TRUE(std::isnan(to_floats(of_16_bit(Dtype::f16, {0x7E00}))[0]));
}

TEST(Tensor, ReadsBfloat16) {
  EXPECT_EQ(to_floats(of_16_bit(Dtype::bf16, {0x3F80, 0xC000, 0x3EAB, 0x7F80})),
            (std::vector<float>{1, -2, 0.333984375F, INFINITY}));
}

TEST(Tensor, RefusesToReadIntegersAsNumbersOfANetwork) {
  const Tensor tensor{"steps", Dtype::i64, {1}, std::string(8, '\0')};
  EXPECT_EQ(error_of([&] { to_floats(tensor); }),
            "tensor \"steps\" is of dtype I64, expected F16, BF16, F32 or F64");
  EXPECT_THROW(to_doubles(tensor), Error);
}

TEST(Tensor, RefusesValuesThatDoNotFitTheShape) {
  const std::vector<float> three = {1, 2, 3};
  EXPECT_EQ(error_of([&] {
              make_tensor("w", {2, 2}, three);
            }),
            "tensor \"w\": 3 values do not fit the shape [2, 2]");
  EXPECT_THROW(make_tensor("w", {-3}, three), Error);
  EXPECT_EQ(error_of([] {
              to_floats({"w", Dtype::f32, {2}, "1234567"});
            }),
            "tensor \"w\": 7 bytes do not fit the shape [2] of F32");
}

TEST(Tensor, HoldsNothingWhereADimensionIsZero) {
  const Tensor tensor =
      make_tensor("w", {4, 0, std::numeric_limits<std::int64_t>::max()}, std::vector<float>{});
  EXPECT_TRUE(to_floats(tensor).empty());
}

TEST(Dtype, KnowsItsNameAndWidth) {
  for (int i = 0; i <= static_cast<int>(Dtype::f64); ++i) {
    const auto dtype = static_cast<Dtype>(i);
    EXPECT_EQ(dtype_of(to_string(dtype)), dtype);
  }
  EXPECT_EQ(width(Dtype::boolean), 1U);
  EXPECT_EQ(width(Dtype::bf16), 2U);
  EXPECT_EQ(width(Dtype::f32), 4U);
  EXPECT_EQ(width(Dtype::f64), 8U);
  EXPECT_EQ(dtype_of("F31"), std::nullopt);
}

TEST(ByteCount, RefusesNegativeAndOverflowingShapes) {
  EXPECT_EQ(byte_count({2, 3}, Dtype::f32), 24U);
  EXPECT_EQ(byte_count({}, Dtype::f64), 8U);
  EXPECT_EQ(byte_count({-1, -1}, Dtype::u8), std::nullopt);
  EXPECT_EQ(byte_count({-1, 0}, Dtype::u8), std::nullopt);
  EXPECT_EQ(byte_count({std::int64_t{1} << 61, 4}, Dtype::u8), std::nullopt);
  EXPECT_EQ(byte_count({std::int64_t{1} << 61}, Dtype::f32), std::nullopt);
  EXPECT_EQ(byte_count({std::int64_t{1} << 61}, Dtype::u8), std::uint64_t{1} << 61);
}

}  // namespace
}  // namespace gatescope::checkpoint
