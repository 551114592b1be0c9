#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/claim/measure.h"
#include "core/experiment/experiment.h"

/// What is claimed of recurrent networks, as a value: an experiment, what is measured of it over which
/// settings and seeds, and what has to come out.
namespace gatescope::claim {

inline constexpr int kMostSeeds = 1000;
inline constexpr std::size_t kMostSettings = 1000;

/// A place in an experiment's JSON, "models.0.hidden", and the values that it takes in turn.
struct Variation {
  std::string place;
  std::vector<nlohmann::json> values;

  bool operator==(const Variation&) const = default;
};

/// A value for each of a card's variations, in their order.
using Setting = std::vector<nlohmann::json>;

/// A measured number: of a model, in one of the settings.
struct Quantity {
  std::string measure;      // a name of Card::measures
  std::string model;        // a name of the experiment's
  std::size_t setting = 0;  // of Card::settings

  bool operator==(const Quantity&) const = default;
};

/// What has to come out: for so many seeds the quantity, or its ratio to another, is beyond a bound.
struct Condition {
  std::string says;  // a sentence, for people
  Quantity of;
  std::optional<Quantity> over = {};  // none: the quantity itself
  std::optional<double> above = {}, below = {};
  int seeds = 0;  // of Card::seeds, at the least

  bool operator==(const Condition&) const = default;
};

/// What the card itself says of its claim.
enum class Outcome { holds, does_not_hold };

struct Card {
  std::string name;  // of its file
  std::string title, claim, by,
      published;      // `by` is a key of assets/references.bib, or says where it is told
  std::string notes;  // what to see in it, and how it departs from the source
  nlohmann::json experiment = nlohmann::json::object();
  std::string beside = {};  // the folder that its data are seen from, in the file system's bytes
  std::vector<Variation> vary = {};
  std::vector<Setting> settings = {{}};  // all of them, the last variation's values changing fastest
  std::vector<Measure> measures = {};
  std::vector<Condition> conditions = {};  // all of them; none: a sweep, which only measures
  int seeds = 5;                           // 1, 2, ..., never others
  double minutes = 1;                      // that all of it takes on two cores
  Outcome outcome = Outcome::holds;
  bool quick = false;  // one seed of it is worth a look every time
  std::string digest;  // SHA-256 of what is measured: experiment, variations and measures

  /// "length 10, hidden 8"; empty where nothing varies.
  std::string label(std::size_t setting) const;
};

/// Strict, as all JSON of the program: every setting's experiment is read as well. Throws Error that names
/// the JSON pointer and what would be right.
Card card_from_json(const nlohmann::json& json, const std::string& name, const std::string& origin);
/// From a file, whose name it has and beside which its data are. A preset is a card without conditions, whose
/// held-out score is measured.
Card load_card(const std::filesystem::path& path);

/// The seeds 1 to `seeds`; conditions ask for the same share of them, rounded up.
void set_seeds(Card& card, int seeds);

/// Other variations beside the card's, as a person writes them: "models.0.hidden=32,64,128", "seed=1..20",
/// which says how many seeds there are; of one place the last counts. Throws Error for a place or a value
/// that the experiment does not have, and for a card whose conditions are about settings of its own.
void vary(Card& card, const std::vector<std::string>& written);
/// Whether a variation, as a person writes it, is of seeds alone.
bool varies_seeds(std::string_view written);

/// The experiment of a setting and a seed. Throws Error.
experiment::Experiment experiment_of(const Card& card, std::size_t setting, std::uint64_t seed);

}  // namespace gatescope::claim
