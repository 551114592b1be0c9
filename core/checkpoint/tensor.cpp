#include "core/checkpoint/tensor.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope::checkpoint {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are copied as they lie in memory");

struct DtypeRow {
  Dtype dtype;
  std::string_view name;
  std::size_t width;
};

// In the order of the enumeration.
constexpr std::array<DtypeRow, 15> kDtypes{{
    {Dtype::boolean, "BOOL", 1},
    {Dtype::u8, "U8", 1},
    {Dtype::i8, "I8", 1},
    {Dtype::f8_e4m3, "F8_E4M3", 1},
    {Dtype::f8_e5m2, "F8_E5M2", 1},
    {Dtype::u16, "U16", 2},
    {Dtype::i16, "I16", 2},
    {Dtype::f16, "F16", 2},
    {Dtype::bf16, "BF16", 2},
    {Dtype::u32, "U32", 4},
    {Dtype::i32, "I32", 4},
    {Dtype::f32, "F32", 4},
    {Dtype::u64, "U64", 8},
    {Dtype::i64, "I64", 8},
    {Dtype::f64, "F64", 8},
}};

const DtypeRow& row(Dtype dtype) {
  return kDtypes.at(static_cast<std::size_t>(dtype));
}

template <class Value>
Tensor make(std::string name, std::vector<std::int64_t> shape, std::span<const Value> values, Dtype dtype) {
  const auto expected = byte_count(shape, dtype);
  if (!expected || *expected != values.size_bytes()) {
    fail("tensor {}: {} values do not fit the shape {}", in_quotes(name), values.size(), shape_text(shape));
  }
  Tensor tensor{std::move(name), dtype, std::move(shape), std::string(values.size_bytes(), '\0')};
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), values.size_bytes());
  return tensor;
}

float half_to_float(std::uint16_t half) {
  const int exponent = (half >> 10) & 0x1F;
  const int fraction = half & 0x3FF;
  float magnitude = 0;
  if (exponent == 0x1F) {
    magnitude =
        fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
  }
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

float bfloat_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

template <class Stored, class To, class Convert>
std::vector<To> convert(const Tensor& tensor, Convert one) {
  std::vector<To> values(tensor.bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, tensor.bytes.data() + i * sizeof stored, sizeof stored);
    values[i] = static_cast<To>(one(stored));
  }
  return values;
}

template <class To>
std::vector<To> values_of(const Tensor& tensor) {
  check_size(tensor);
  switch (tensor.dtype) {
    case Dtype::f16:
      return convert<std::uint16_t, To>(tensor, half_to_float);
    case Dtype::bf16:
      return convert<std::uint16_t, To>(tensor, bfloat_to_float);
    case Dtype::f32:
      return convert<float, To>(tensor, [](float x) { return x; });
    case Dtype::f64:
      return convert<double, To>(tensor, [](double x) { return x; });
    default:
      break;
  }
  fail("tensor {} is of dtype {}, expected F16, BF16, F32 or F64", in_quotes(tensor.name),
       to_string(tensor.dtype));
}

}  // namespace

std::string_view to_string(Dtype dtype) {
  return row(dtype).name;
}

std::size_t width(Dtype dtype) {
  return row(dtype).width;
}

std::optional<Dtype> dtype_of(std::string_view name) {
  for (const DtypeRow& candidate : kDtypes) {
    if (candidate.name == name) return candidate.dtype;
  }
  return std::nullopt;
}

std::string dtype_names() {
  std::vector<std::string_view> names;
  for (const DtypeRow& candidate : kDtypes) names.push_back(candidate.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::optional<std::uint64_t> byte_count(const std::vector<std::int64_t>& shape, Dtype dtype) {
  if (std::any_of(shape.begin(), shape.end(), [](std::int64_t n) { return n < 0; })) return std::nullopt;
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  constexpr std::uint64_t limit = std::numeric_limits<std::int64_t>::max();
  std::uint64_t count = width(dtype);
  for (const std::int64_t dimension : shape) {
    const auto n = static_cast<std::uint64_t>(dimension);
    if (count > limit / n) return std::nullopt;
    count *= n;
  }
  return count;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

void check_size(const Tensor& tensor) {
  const auto expected = byte_count(tensor.shape, tensor.dtype);
  if (!expected || *expected != tensor.bytes.size()) {
    fail("tensor {}: {} bytes do not fit the shape {} of {}", in_quotes(tensor.name), tensor.bytes.size(),
         shape_text(tensor.shape), to_string(tensor.dtype));
  }
}

Tensor make_tensor(std::string name, std::vector<std::int64_t> shape, std::span<const float> values) {
  return make(std::move(name), std::move(shape), values, Dtype::f32);
}

Tensor make_tensor(std::string name, std::vector<std::int64_t> shape, std::span<const double> values) {
  return make(std::move(name), std::move(shape), values, Dtype::f64);
}

std::vector<double> to_doubles(const Tensor& tensor) {
  return values_of<double>(tensor);
}

std::vector<float> to_floats(const Tensor& tensor) {
  return values_of<float>(tensor);
}

}  // namespace gatescope::checkpoint
