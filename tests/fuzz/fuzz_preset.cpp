// Presets: whatever stands in the file, it is read or refused with an Error; what was read round-trips, and
// so does the completed experiment.

#include "core/experiment/experiment.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  try {
    experiment::Experiment read = experiment::parse_experiment(fuzz::text_of(data, size), "fuzz.json");
    if (experiment::parse_experiment(experiment::to_json(read).dump(), "again.json") != read) std::abort();
    experiment::complete(read, {nn::InputKind::characters, 9, nn::Readout::softmax, 9});
    if (experiment::from_json(experiment::to_json(read), "completed.json") != read) std::abort();
  } catch (const Error& error) {
    fuzz::require_one_line(error);
  }
  return 0;
}
