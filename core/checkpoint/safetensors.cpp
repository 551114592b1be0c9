#include "core/checkpoint/safetensors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>

#include "core/checkpoint/metadata.h"
#include "core/error.h"
#include "core/file_kind.h"
#include "core/files.h"
#include "core/in_quotes.h"

namespace gatescope::checkpoint {
namespace {

constexpr std::uint64_t kMaxHeader = 100'000'000;
constexpr std::size_t kMaxRank = 64;
constexpr std::string_view kMetadataKey = "__metadata__";

/// What the header says of one tensor.
struct Entry {
  std::string name;
  std::optional<Dtype> dtype;
  bool has_shape = false;
  bool has_offsets = false;
  std::vector<std::int64_t> shape;
  std::vector<std::uint64_t> offsets;  // BEGIN, END once the header is read
};

/// Collects the header's entries while it is parsed, so that a key written twice is seen and nothing nests
/// deeper than the format does.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(std::string_view origin) : origin_(origin) {}

  std::map<std::string, std::string> metadata;
  std::vector<Entry> entries;

  bool null() override {
    if (place_ == Place::top && key_ == kMetadataKey) return true;  // the reference implementation allows it
    reject("null");
  }
  bool boolean(bool value) override { reject(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override {
    if (value < 0) reject(std::to_string(value));
    return number_unsigned(static_cast<std::uint64_t>(value));
  }
  bool number_unsigned(std::uint64_t value) override {
    if (place_ == Place::shape) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        reject(std::to_string(value));
      }
      auto& shape = entries.back().shape;
      if (shape.size() == kMaxRank) {
        fail("{}'shape' has more than {} dimensions", here(), kMaxRank);
      }
      shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (place_ == Place::offsets) {
      auto& offsets = entries.back().offsets;
      if (offsets.size() == 2)
        fail("{}'data_offsets' has more than two numbers, expected [BEGIN, END]", here());
      offsets.push_back(value);
      return true;
    }
    reject(std::to_string(value));
  }
  bool number_float(double, const std::string& text) override { reject(text); }
  bool string(std::string& value) override {
    if (place_ == Place::metadata) {
      metadata[key_] = value;
      return true;
    }
    if (place_ == Place::tensor && key_ == "dtype") {
      Entry& entry = entries.back();
      entry.dtype = dtype_of(value);
      if (!entry.dtype)
        fail("{}the dtype {} is not known, expected one of {}", here(), in_quotes(value), dtype_names());
      return true;
    }
    reject(in_quotes(value));
  }
  bool binary(nlohmann::json::binary_t&) override { reject("binary data"); }

  bool start_object(std::size_t) override {
    if (place_ == Place::outside) {
      place_ = Place::top;
    } else if (place_ == Place::top && key_ == kMetadataKey) {
      place_ = Place::metadata;
    } else if (place_ == Place::top) {
      place_ = Place::tensor;
      entries.emplace_back().name = key_;
    } else {
      reject("an object");
    }
    return true;
  }

  bool key(std::string& value) override {
    if (place_ == Place::top && !names_.insert(value).second) {
      fail("'{}': the header names {} twice, every name may stand there once", origin_, in_quotes(value));
    }
    if (place_ == Place::metadata && metadata.contains(value)) {
      fail("'{}': __metadata__ has the key {} twice, every key may stand there once", origin_,
           in_quotes(value));
    }
    if (place_ == Place::tensor) {
      const Entry& entry = entries.back();
      const bool twice = (value == "dtype" && entry.dtype) || (value == "shape" && entry.has_shape) ||
                         (value == "data_offsets" && entry.has_offsets);
      if (twice) fail("{}'{}' stands there twice", here(), value);
      if (value != "dtype" && value != "shape" && value != "data_offsets") {
        fail("{}the key {} is not known, expected dtype, shape and data_offsets", here(), in_quotes(value));
      }
    }
    key_ = value;
    return true;
  }

  bool end_object() override {
    if (place_ == Place::tensor) {
      const Entry& entry = entries.back();
      if (!entry.dtype) fail("{}'dtype' is missing, expected for example \"dtype\":\"F32\"", here());
      if (!entry.has_shape) fail("{}'shape' is missing, expected for example \"shape\":[2,3]", here());
      if (!entry.has_offsets)
        fail("{}'data_offsets' is missing, expected \"data_offsets\":[BEGIN,END]", here());
    }
    place_ = place_ == Place::top ? Place::outside : Place::top;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::tensor && key_ == "shape") {
      place_ = Place::shape;
      entries.back().has_shape = true;
    } else if (place_ == Place::tensor && key_ == "data_offsets") {
      place_ = Place::offsets;
      entries.back().has_offsets = true;
    } else {
      reject("an array");
    }
    return true;
  }

  bool end_array() override {
    if (place_ == Place::offsets && entries.back().offsets.size() != 2) {
      fail("{}'data_offsets' has {} numbers, expected [BEGIN, END]", here(), entries.back().offsets.size());
    }
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    fail("'{}': the header is not valid UTF-8 JSON at byte {} of it", origin_, position);
  }

 private:
  enum class Place { outside, top, metadata, tensor, shape, offsets };

  std::string here() const {
    return fmt::format("'{}': tensor {}: ", origin_, in_quotes(entries.back().name));
  }

  [[noreturn]] void reject(std::string_view found) const {
    const std::string shown(found.substr(0, 100));
    switch (place_) {
      case Place::outside:
        fail("'{}': the header is {}, expected a JSON object", origin_, shown);
      case Place::top:
        if (key_ == kMetadataKey) {
          fail("'{}': __metadata__ is {}, expected an object of strings", origin_, shown);
        }
        fail("'{}': tensor {} is {}, expected an object with dtype, shape and data_offsets", origin_,
             in_quotes(key_), shown);
      case Place::metadata:
        fail("'{}': __metadata__ {} is {}, expected a string", origin_, in_quotes(key_), shown);
      case Place::tensor:
        fail("{}'{}' is {}, expected {}", here(), key_, shown,
             key_ == "dtype" ? "a string such as \"F32\"" : "an array of whole numbers");
      case Place::shape:
        fail("{}'shape' holds {}, expected whole numbers from 0 to 2^63 - 1", here(), shown);
      case Place::offsets:
        fail("{}'data_offsets' holds {}, expected whole numbers from 0 to 2^64 - 1", here(), shown);
    }
    fail("'{}': unexpected {}", origin_, shown);
  }

  std::string_view origin_;
  Place place_ = Place::outside;
  std::string key_;
  std::unordered_set<std::string> names_;
};

std::uint64_t header_length(std::string_view bytes) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return length;
}

/// torch.save writes a zip archive (since 1.6) or a bare pickle. Both first bytes can also begin a header
/// length, so a file whose header is where it should be is no such file.
bool looks_like_pytorch(std::string_view bytes) {
  const bool zip = bytes.starts_with("PK\x03\x04");
  const bool pickle = bytes.size() >= 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
  if (!zip && !pickle) return false;
  return !(bytes.size() > 8 && bytes[8] == '{' && header_length(bytes) <= bytes.size() - 8);
}

/// The JSON text; its length and first byte are checked.
std::string_view header_of(std::string_view bytes, std::string_view origin) {
  if (looks_like_pytorch(bytes)) {
    fail(
        "'{}' is a PyTorch pickle (.pt, .pth), which can run code when loaded; save it as safetensors in "
        "Python: "
        "safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")",
        origin);
  }
  if (const std::string found = foreign_file(bytes); !found.empty() && !is_safetensors(bytes))
    fail("'{}' is {}, expected a safetensors file{}", origin, found, foreign_advice(bytes));
  if (bytes.size() < 8) {
    fail("'{}' has {} bytes, a safetensors file has at least 10: it is truncated or none", origin,
         bytes.size());
  }
  const std::uint64_t length = header_length(bytes);
  if (length > kMaxHeader) {
    fail(
        "'{}': the header says it is {} bytes long, at most {} are allowed: it is damaged or no safetensors "
        "file",
        origin, length, kMaxHeader);
  }
  if (length > bytes.size() - 8) {
    fail(
        "'{}': the header says it is {} bytes long, but {} bytes follow: it is truncated or no safetensors "
        "file",
        origin, length, bytes.size() - 8);
  }
  const std::string_view header = bytes.substr(8, length);
  if (!header.starts_with('{')) {
    fail("'{}': the header does not begin with '{{': it is damaged or no safetensors file", origin);
  }
  // The JSON parser takes a zero byte for the end of its input.
  if (const auto zero = header.find('\0'); zero != std::string_view::npos) {
    fail("'{}': the header has a zero byte at byte {} of it, expected JSON padded with spaces", origin,
         zero + 1);
  }
  return header;
}

/// Checks that the entries, sorted by their offsets, cover `size` bytes of data and fit their shapes.
void check_layout(const std::vector<Entry>& entries, std::uint64_t size, std::string_view origin) {
  std::uint64_t covered = 0;
  for (const Entry& entry : entries) {
    const std::uint64_t begin = entry.offsets[0];
    const std::uint64_t end = entry.offsets[1];
    const auto here = [&] { return fmt::format("'{}': tensor {}: ", origin, in_quotes(entry.name)); };
    if (end < begin) fail("{}data_offsets [{}, {}] end before they begin", here(), begin, end);
    const auto expected = byte_count(entry.shape, *entry.dtype);
    if (!expected) {
      fail("{}the shape {} of {} needs more than 2^63 - 1 bytes", here(), shape_text(entry.shape),
           to_string(*entry.dtype));
    }
    if (end - begin != *expected) {
      fail("{}data_offsets [{}, {}] hold {} bytes, but the shape {} of {} needs {}", here(), begin, end,
           end - begin, shape_text(entry.shape), to_string(*entry.dtype), *expected);
    }
    if (begin < covered) {
      fail("{}data_offsets [{}, {}] overlap the tensor before, expected them to begin at {}", here(), begin,
           end, covered);
    }
    if (begin > covered) {
      fail("{}data_offsets [{}, {}] leave a hole before them, expected them to begin at {}", here(), begin,
           end, covered);
    }
    if (end > size) {
      fail("{}data_offsets [{}, {}] end after the {} bytes of data in the file: it is truncated", here(),
           begin, end, size);
    }
    covered = end;
  }
  if (covered != size) {
    fail("'{}': {} bytes follow the last tensor{}, expected the file to end there", origin, size - covered,
         entries.empty() ? "" : fmt::format(" {}", in_quotes(entries.back().name)));
  }
}

std::string json_text(const std::string& text, std::string_view what) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    fail("{} {} is not valid UTF-8", what, in_quotes(text));
  }
}

}  // namespace

const Tensor* Safetensors::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const Tensor& t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

Safetensors parse_safetensors(std::string_view bytes, std::string_view origin) {
  const std::string_view header = header_of(bytes, origin);
  HeaderReader reader(origin);
  nlohmann::json::sax_parse(header, &reader);
  auto& entries = reader.entries;
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.offsets < b.offsets; });
  const std::string_view data = bytes.substr(8 + header.size());
  check_layout(entries, data.size(), origin);

  Safetensors file;
  file.metadata = std::move(reader.metadata);
  file.tensors.reserve(entries.size());
  for (Entry& entry : entries) {
    const std::uint64_t begin = entry.offsets[0];
    const std::uint64_t end = entry.offsets[1];
    file.tensors.push_back({std::move(entry.name), *entry.dtype, std::move(entry.shape),
                            std::string(data.substr(begin, end - begin))});
  }
  return file;
}

std::map<std::string, std::string> read_metadata(const std::filesystem::path& path) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(path, code)) read_file(path);  // which says what is wrong
  std::ifstream file(path, std::ios::binary);
  std::string bytes(8, '\0');
  const auto read = [&](std::size_t from) {
    file.read(bytes.data() + from, static_cast<std::streamsize>(bytes.size() - from));
    bytes.resize(from + static_cast<std::size_t>(file.gcount()));
  };
  if (!file) fail("'{}' cannot be opened", path.string());
  read(0);
  if (bytes.size() == 8) {
    const std::uintmax_t size = std::filesystem::file_size(path, code);
    const std::uint64_t length = std::min({header_length(bytes), kMaxHeader, size > 8 ? size - 8 : 0});
    bytes.resize(8 + length);
    read(8);
  }
  const std::string origin = path.string();
  HeaderReader reader(origin);
  nlohmann::json::sax_parse(header_of(bytes, origin), &reader);
  return std::move(reader.metadata);
}

std::string to_bytes(const Safetensors& file) {
  std::string header = "{";
  if (!file.metadata.empty()) {
    header += fmt::format("\"{}\":{{", kMetadataKey);
    for (const auto& [key, value] : file.metadata) {
      if (header.back() != '{') header += ',';
      header += json_text(key, "the metadata key") + ':' + json_text(value, "the metadata value");
    }
    header += '}';
  }
  std::unordered_set<std::string_view> names;
  std::uint64_t offset = 0;
  for (const Tensor& tensor : file.tensors) {
    if (tensor.name == kMetadataKey)
      fail("no tensor can be named {}, which the format reserves", kMetadataKey);
    if (!names.insert(tensor.name).second) fail("two tensors are named {}", in_quotes(tensor.name));
    if (tensor.shape.size() > kMaxRank) {
      fail("tensor {} has {} dimensions, at most {} can be written", in_quotes(tensor.name),
           tensor.shape.size(), kMaxRank);
    }
    check_size(tensor);
    const std::uint64_t end = offset + tensor.bytes.size();
    if (header.size() > 1) header += ',';
    header += fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                          json_text(tensor.name, "the tensor name"), to_string(tensor.dtype),
                          fmt::join(tensor.shape, ","), offset, end);
    offset = end;
  }
  header += '}';
  header.append((8 - header.size() % 8) % 8, ' ');
  if (header.size() > kMaxHeader)
    fail("the header has {} bytes, at most {} are allowed", header.size(), kMaxHeader);

  const std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  bytes.reserve(sizeof length + header.size() + offset);
  bytes += header;
  for (const Tensor& tensor : file.tensors) bytes += tensor.bytes;
  return bytes;
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_file(path), path.string());
}

void write_safetensors(const std::filesystem::path& path, const Safetensors& file, WriteOptions options) {
  write_file(path, to_bytes(file), options);
}

}  // namespace gatescope::checkpoint
