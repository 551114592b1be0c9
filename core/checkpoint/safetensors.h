#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/tensor.h"
#include "core/files.h"

/// The safetensors format, https://github.com/huggingface/safetensors#format:
///   8 bytes    N, the length of the header, little endian, at most 100,000,000
///   N bytes    UTF-8 JSON, begins with '{', may end with spaces:
///              {"__metadata__": {KEY: STRING, ...},
///               NAME: {"dtype": "F32", "shape": [2, 3], "data_offsets": [BEGIN, END]}, ...}
///   the rest   the data: little endian, row-major; the tensors cover it to its end, without a hole or an
///   overlap
namespace gatescope::checkpoint {

struct Safetensors {
  std::map<std::string, std::string> metadata;
  std::vector<Tensor> tensors;  // in the order of their data

  /// The tensor of that name, or nullptr.
  const Tensor* find(std::string_view name) const;

  bool operator==(const Safetensors&) const = default;
};

/// Reads a whole file's bytes. `origin` names them in errors. Throws Error that names the origin, the tensor
/// and what would be right where anything departs from the format; allocates no more than a small multiple of
/// the bytes.
Safetensors parse_safetensors(std::string_view bytes, std::string_view origin);

/// The file's bytes: tensors and their keys in the given order, the data beginning at a multiple of 8 bytes.
/// Throws Error where a tensor's bytes do not fit its shape, a name is taken twice or reserved, or text is
/// not UTF-8.
std::string to_bytes(const Safetensors& file);

/// Throws as read_file and parse_safetensors do.
Safetensors read_safetensors(const std::filesystem::path& path);

/// Whole or not at all. Throws as to_bytes and write_file do.
void write_safetensors(const std::filesystem::path& path, const Safetensors& file, WriteOptions options = {});

}  // namespace gatescope::checkpoint
