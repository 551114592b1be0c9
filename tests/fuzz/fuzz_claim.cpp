// Claims and results of their jobs: whatever stands in the file, it is read or refused with an Error; what
// was read can be asked for all it says, and results round-trip.

#include "core/claim/job.h"
#include "core/json/json_reader.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  try {
    const nlohmann::json written = parse_json(fuzz::text_of(data, size), "fuzz.json");
    if (written.is_object() && written.contains("schema")) {
      const claim::Result result = claim::result_from_json(written, "fuzz.json");
      fuzz::require(
          claim::result_from_json(parse_json(claim::to_json(result).dump(), "again"), "again") == result,
          "results read back the same");
      return 0;
    }
    claim::Card card = claim::card_from_json(written, "fuzz", "fuzz.json");
    const auto settings = card.settings();
    for (const claim::Setting& setting : settings) {
      claim::experiment_of(card, setting, 1);
      card.label(setting);
    }
    for (const claim::Condition& condition : card.conditions)
      fuzz::require(condition.of.setting < settings.size(), "conditions are about settings that there are");
    claim::set_seeds(card, 7);
    claim::all_jobs({card});
  } catch (const Error& error) {
    fuzz::require_one_line(error);
  }
  return 0;
}
