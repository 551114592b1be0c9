#include "core/file_kind.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "core/error.h"
#include "core/files.h"
#include "core/in_quotes.h"

namespace gatescope {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLooked = 4096;
constexpr std::uint64_t kMaxHeader = 100'000'000;  // of the safetensors format

/// Whether the beginning has what no text has: control characters, or bytes that are not UTF-8.
bool has_binary(std::string_view bytes) {
  const bool cut = bytes.size() > kLooked;
  bytes = bytes.substr(0, kLooked);
  while (!bytes.empty()) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    if (first < 0x20 && (first < 0x07 || first > 0x0D) && first != 0x1B) return true;
    const std::size_t length = utf8_length(bytes);
    if (length == 0) return !(cut && bytes.size() < 4);
    bytes.remove_prefix(length);
  }
  return false;
}

std::string_view metadata_format(std::string_view bytes) {
  const std::string_view header = bytes.substr(8, kLooked);
  if (header.find("\"gatescope session\"") != header.npos) return "a session of Gatescope";
  if (header.find("\"gatescope training state\"") != header.npos) return "a training state of Gatescope";
  if (header.find("\"format\":\"gatescope\"") != header.npos) return "a model of Gatescope";
  return "a model's weights (safetensors)";
}

}  // namespace

bool is_safetensors(std::string_view bytes) {
  if (bytes.size() < 10 || bytes[8] != '{') return false;
  std::uint64_t length = 0;
  for (std::size_t k = 0; k < 8; ++k)
    length |= std::uint64_t{static_cast<unsigned char>(bytes[k])} << (8 * k);
  return length >= 2 && length <= kMaxHeader;
}

bool is_json_object(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  return first != bytes.npos && bytes[first] == '{';
}

std::string foreign_file(std::string_view bytes) {
  if (is_safetensors(bytes)) return std::string(metadata_format(bytes));
  const std::string_view format = foreign_format(bytes);
  return format.empty() || !has_binary(bytes) ? std::string() : std::string(format);
}

std::string foreign_advice(std::string_view bytes) {
  constexpr std::string_view save =
      "from safetensors.torch import save_file; save_file(model.state_dict(), \"m.safetensors\")";
  if (is_safetensors(bytes)) return "; the window opens it: gatescope FILE";
  const std::string_view format = foreign_format(bytes);
  const auto has = [&](std::string_view word) { return format.find(word) != format.npos; };
  if (has("PyTorch") || has("pickle"))
    return fmt::format("; for the weights of a PyTorch model, in Python: {}", save);
  if (has("Keras") || has("HDF5")) {
    return fmt::format(
        "; for the weights of a Keras model, copy them into a torch.nn module (kernels transposed, gates in "
        "PyTorch's order), then: {}",
        save);
  }
  if (has("ONNX") || has("GGUF") || has("TensorFlow"))
    return fmt::format("; export the PyTorch model that it was made from instead, in Python: {}", save);
  if (has("NumPy")) {
    return "; for weights under PyTorch's names, in Python: from safetensors.numpy import save_file; "
           "save_file(dict(numpy.load(\"m.npz\")), \"m.safetensors\")";
  }
  if (has("PNG") || has("PDF"))
    return "; a figure of Gatescope is made again by gatescope figure --from FILE --out NEW";
  if (has("archive")) return "; unpack it first";
  return {};
}

std::string read_beginning(const fs::path& path, std::size_t count) {
  std::error_code code;
  // read_file says what is wrong with anything else.
  if (!fs::is_regular_file(path, code)) return read_file(path, count);
  std::ifstream file(path, std::ios::binary);
  if (!file) return read_file(path);
  std::string bytes(count, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return bytes;
}

}  // namespace gatescope
