#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// One named array as a checkpoint holds it: raw bytes of one of the safetensors dtypes.
namespace gatescope::checkpoint {

enum class Dtype { boolean, u8, i8, f8_e4m3, f8_e5m2, u16, i16, f16, bf16, u32, i32, f32, u64, i64, f64 };

/// The format's name, "F32".
std::string_view to_string(Dtype dtype);

/// The dtype of that name, "F32".
std::optional<Dtype> dtype_of(std::string_view name);

/// Every dtype's name, separated by commas, for error messages.
std::string dtype_names();

/// Bytes per element: 1, 2, 4 or 8.
std::size_t width(Dtype dtype);

struct Tensor {
  std::string name;
  Dtype dtype = Dtype::f32;
  std::vector<std::int64_t> shape;  // outermost first; empty for a scalar
  std::string bytes;                // product(shape) * width(dtype) bytes, little endian, row-major

  bool operator==(const Tensor&) const = default;
};

/// "[2, 3]".
std::string shape_text(const std::vector<std::int64_t>& shape);

/// product(shape) * width(dtype); nothing where a dimension is negative or the product exceeds 2^63 - 1.
std::optional<std::uint64_t> byte_count(const std::vector<std::int64_t>& shape, Dtype dtype);

/// Throws Error that names the tensor where its bytes do not fit its shape.
void check_size(const Tensor& tensor);

/// A tensor of F32 or F64 with product(shape) values, row-major. Throws Error where the count differs.
Tensor make_tensor(std::string name, std::vector<std::int64_t> shape, std::span<const float> values);
Tensor make_tensor(std::string name, std::vector<std::int64_t> shape, std::span<const double> values);

/// The values of an F16, BF16, F32 or F64 tensor, row-major. to_floats rounds F64 to the nearest float.
/// Throws Error that names the tensor and its dtype for any other dtype.
std::vector<double> to_doubles(const Tensor& tensor);
std::vector<float> to_floats(const Tensor& tensor);

}  // namespace gatescope::checkpoint
