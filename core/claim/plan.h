#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/claim/card.h"

/// What a run is asked for, and one part of it: kept beside the part's results, so that parts can be joined
/// without saying it again.
namespace gatescope::claim {

inline constexpr int kMostParts = 100'000;

struct Plan {
  int part = 1, of = 1;
  std::vector<std::string> asked;  // claims, presets or files; none: all claims
  std::vector<std::string> vary;   // as the command line has them
  std::optional<int> seeds = {};   // in place of the cards' own
  bool quick = false;

  /// A card as it was when the part was run.
  struct Version {
    std::string card, digest;
    int seeds = 1;

    bool operator==(const Version&) const = default;
  };
  std::vector<Version> cards;

  bool operator==(const Plan&) const = default;
};

/// "2/8" as part 2 of 8. Throws Error.
void set_part(Plan& plan, std::string_view written);
/// "2/8".
std::string part_text(const Plan& plan);

std::vector<Plan::Version> versions_of(const std::vector<Card>& cards);

nlohmann::json to_json(const Plan& plan);
/// Throws Error that names the JSON pointer.
Plan plan_from_json(const nlohmann::json& json, const std::string& origin);

}  // namespace gatescope::claim
