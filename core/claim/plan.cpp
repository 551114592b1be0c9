#include "core/claim/plan.h"

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/json/json_fields.h"
#include "core/number_from_chars.h"

namespace gatescope::claim {
namespace {

using nlohmann::json;

constexpr int kPlanSchema = 1;
constexpr std::size_t kMostCards = 10'000;

constexpr auto kVersionFields = [](auto& self, auto& field) {
  field("card", self.card);
  field.check("card", !self.card.empty(), "the name of a claim or preset");
  field("digest", self.digest);
  field("seeds", self.seeds, range(1, kMostSeeds));
};

constexpr auto kVersions = array_by(
    [](const json& written, const std::string& pointer, const std::string& origin) {
      return read_fields<Plan::Version>(kVersionFields, JsonReader(written, pointer, origin));
    },
    [](const Plan::Version& version) { return write_fields(kVersionFields, version); }, kMostCards,
    "an array of one card or more");

constexpr auto kPlanFields = [](auto& self, auto& field) {
  field("of", self.of, range(1, kMostParts));
  field("part", self.part, range(1, self.of));
  field("asked", self.asked);
  field("vary", self.vary);
  field("seeds", self.seeds, or_null(range(1, kMostSeeds)));
  field("quick", self.quick);
  field("cards", self.cards, kVersions);
};

}  // namespace

void set_part(Plan& plan, std::string_view written) {
  const std::size_t slash = std::min(written.find('/'), written.size());
  const auto part = read_number<int>(written.substr(0, slash));
  const auto of = read_number<int>(written.substr(std::min(slash + 1, written.size())));
  if (!part || !of || *part < 1 || *of < *part || *of > kMostParts)
    fail("{} is impossible, expected I/N with I from 1 to N and N up to {}, such as 2/8", in_quotes(written),
         kMostParts);
  plan.part = *part;
  plan.of = *of;
}

std::string part_text(const Plan& plan) {
  return fmt::format("{}/{}", plan.part, plan.of);
}

std::vector<Plan::Version> versions_of(const std::vector<Card>& cards) {
  std::vector<Plan::Version> all;
  for (const Card& card : cards) all.push_back({card.name, card.digest, card.seeds});
  return all;
}

json to_json(const Plan& plan) {
  json written = write_fields(kPlanFields, plan);
  written["schema"] = kPlanSchema;
  return written;
}

Plan plan_from_json(const json& written, const std::string& origin) {
  JsonReader reader(written, "", origin);
  if (reader.get("schema", 0) != kPlanSchema) reader.reject("schema", "1, of a part of gatescope verify");
  for (const char* key : {"part", "of", "cards"})
    if (!reader.find(key)) reader.reject(key, "a part as gatescope verify --shard writes it");
  return read_fields<Plan>(kPlanFields, std::move(reader));
}

}  // namespace gatescope::claim
