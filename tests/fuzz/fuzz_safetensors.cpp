// Any bytes are either refused with an Error or mean a file that is written and read back the same.
#include "core/checkpoint/safetensors.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope::checkpoint;
  Safetensors file;
  try {
    file = parse_safetensors(gatescope::fuzz::text_of(data, size), "fuzz");
  } catch (const gatescope::Error& e) {
    gatescope::fuzz::require_one_line(e);
    return 0;
  }
  const std::string bytes = to_bytes(file);
  if (parse_safetensors(bytes, "fuzz") != file) std::abort();
  if (to_bytes(parse_safetensors(bytes, "fuzz")) != bytes) std::abort();
  for (const Tensor& tensor : file.tensors) {
    if (file.find(tensor.name) != &tensor) std::abort();
    try {
      if (to_doubles(tensor).size() != to_floats(tensor).size()) std::abort();
    } catch (const gatescope::Error&) {
      const bool readable = tensor.dtype == Dtype::f16 || tensor.dtype == Dtype::bf16 ||
                            tensor.dtype == Dtype::f32 || tensor.dtype == Dtype::f64;
      if (readable) std::abort();
    }
  }
  return 0;
}
