// Any bytes are either refused with an Error of one line or mean a model that is written and read back the
// same.
#include "core/checkpoint/model_file.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope::checkpoint;
  ModelFile file;
  try {
    file = parse_model(gatescope::fuzz::text_of(data, size), "fuzz");
  } catch (const gatescope::Error& e) {
    gatescope::fuzz::require_one_line(e);
    return 0;
  }
  const std::string bytes = to_bytes(file);
  const ModelFile again = parse_model(bytes, "fuzz");
  if (again.spec != file.spec || again.interface != file.interface || again.tensors != file.tensors)
    std::abort();
  if (again.vocabulary != file.vocabulary || again.experiment != file.experiment) std::abort();
  if (to_bytes(again) != bytes) std::abort();
  const auto network = make_network<double>(file);  // double: a float can overflow
  if (network.parameters() != make_network<double>(again).parameters()) std::abort();
  return 0;
}
