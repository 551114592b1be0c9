// Claims, results of their jobs and plans of their parts: whatever stands in the file, it is read or refused
// with an Error; what was read can be asked for all it says, and results and plans round-trip.

#include "core/claim/job.h"
#include "core/claim/plan.h"
#include "core/json/json_reader.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  try {
    const nlohmann::json written = parse_json(fuzz::text_of(data, size), "fuzz.json");
    if (written.is_object() && written.contains("part")) {
      const claim::Plan plan = claim::plan_from_json(written, "fuzz.json");
      fuzz::require(claim::plan_from_json(parse_json(claim::to_json(plan).dump(), "again"), "again") == plan,
                    "plans read back the same");
      return 0;
    }
    if (written.is_object() && written.contains("schema")) {
      const claim::Result result = claim::result_from_json(written, "fuzz.json");
      fuzz::require(
          claim::result_from_json(parse_json(claim::to_json(result).dump(), "again"), "again") == result,
          "results read back the same");
      return 0;
    }
    claim::Card card = claim::card_from_json(written, "fuzz", "fuzz.json");
    for (std::size_t setting = 0; setting < card.settings.size(); ++setting) {
      claim::experiment_of(card, setting, 1);
      card.label(setting);
    }
    for (const claim::Condition& condition : card.conditions)
      fuzz::require(condition.of.setting < card.settings.size(),
                    "conditions are about settings that there are");
    claim::set_seeds(card, 7);
    claim::all_jobs({card});
  } catch (const Error& error) {
    fuzz::require_one_line(error);
  }
  return 0;
}
