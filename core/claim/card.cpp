#include "core/claim/card.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/json/json_reader.h"
#include "core/number_from_chars.h"
#include "core/sha256.h"
#include "core/utf8.h"

namespace gatescope::claim {
namespace {

using nlohmann::json;

constexpr std::string_view kSeed = "seed";

constexpr std::array<std::pair<std::string_view, Outcome>, 2> kOutcomes{
    {{"holds", Outcome::holds}, {"does not hold", Outcome::does_not_hold}}};

/// Sets a value at a place such as "models.0.hidden", whose arrays have that element already; objects may be
/// made.
void set(json& experiment, std::string_view place, const json& value) {
  json* at = &experiment;
  for (std::size_t begin = 0; begin <= place.size();) {
    const std::size_t dot = std::min(place.find('.', begin), place.size());
    const std::string word(place.substr(begin, dot - begin));
    begin = dot + 1;
    if (at->is_array()) {
      const auto index = read_number<std::size_t>(word);
      if (!index || *index >= at->size())
        fail("the place {} is not there: {} is none of the {} there are", in_quotes(place), in_quotes(word),
             at->size());
      at = &(*at)[*index];
    } else if (at->is_object() || at->is_null()) {
      at = &(*at)[word];
    } else {
      fail("the place {} is not there: what {} would be in is {}", in_quotes(place), in_quotes(word),
           in_quotes(at->dump()));
    }
  }
  *at = value;
}

json with(const Card& card, const Setting& setting) {
  json experiment = card.experiment;
  for (std::size_t k = 0; k < setting.size(); ++k) set(experiment, card.vary[k].place, setting[k]);
  return experiment;
}

/// All settings, in their order. Throws Error where they are too many.
std::vector<Setting> settings_of(const std::vector<Variation>& vary, const std::string& origin) {
  std::vector<Setting> all{{}};
  for (const Variation& variation : vary) {
    if (all.size() * variation.values.size() > kMostSettings)
      fail("'{}': {} settings and more are too many, expected {} at most", origin,
           all.size() * variation.values.size(), kMostSettings);
    std::vector<Setting> longer;
    for (const Setting& setting : all)
      for (const json& value : variation.values) {
        longer.push_back(setting);
        longer.back().push_back(value);
      }
    all = std::move(longer);
  }
  return all;
}

std::vector<Variation> read_variations(JsonReader& reader) {
  const json* written = reader.find("vary");
  if (!written) return {};
  if (!written->is_object()) reader.reject("vary", "an object such as {\"task.length\": [10, 20]}");
  std::vector<Variation> all;
  for (const auto& [place, values] : written->items()) {
    const std::string pointer = pointer_to(pointer_to(reader.pointer(), "vary"), place);
    if (!values.is_array() || values.empty())
      reject_json(reader.origin(), pointer, values, "an array of one value or more");
    if (place == kSeed) reject_json(reader.origin(), pointer, values, "\"seeds\", which says how many");
    all.push_back({place, values.get<std::vector<json>>()});
  }
  return all;
}

/// Every experiment of the card can be read, and has the models of the others. Returns their names.
std::vector<std::string> check_settings(const Card& card, const std::string& origin) {
  std::vector<std::string> names;
  for (std::size_t setting = 0; setting < card.settings.size(); ++setting) {
    const std::string label = printable(card.label(setting));
    std::vector<std::string> here;
    try {
      for (const nn::ModelSpec& model : experiment_of(card, setting, 1).models) here.push_back(model.name);
    } catch (const Error& error) {
      fail("'{}': {}{}", origin, label.empty() ? "" : label + ": ", error.what());
    }
    if (!names.empty() && names != here)
      fail("'{}': the models have other names with {}, expected the same in all settings", origin, label);
    names = here;
  }
  return names;
}

/// A quantity of a condition: {"measure", "model", "where": {PLACE: VALUE}}, what is missing as in `usual`.
class QuantityReader {
 public:
  QuantityReader(const Card& card, std::vector<std::string> models)
      : card_(card), models_(std::move(models)) {}

  Quantity read(JsonReader& reader, const Quantity* usual) const {
    Quantity of;
    of.measure = reader.get("measure", usual ? usual->measure : card_.measures.front().name);
    if (std::ranges::find(card_.measures, of.measure, &Measure::name) == card_.measures.end())
      reader.reject("measure", "one of the card's measures");
    of.model = reader.get("model", usual ? usual->model : models_.front());
    if (std::ranges::find(models_, of.model) == models_.end())
      reader.reject("model", printable(fmt::format("one of {}", fmt::join(models_, ", "))));
    of.setting = find_setting(reader, usual);
    return of;
  }

 private:
  std::size_t find_setting(JsonReader& reader, const Quantity* usual) const {
    Setting wanted(card_.vary.size());
    if (usual) wanted = card_.settings[usual->setting];
    std::vector<bool> said(card_.vary.size(), usual != nullptr);
    if (const json* where = reader.find("where")) {
      if (!where->is_object()) reader.reject("where", "an object such as {\"task.length\": 10}");
      for (const auto& [place, value] : where->items()) {
        const auto at = std::ranges::find(card_.vary, place, &Variation::place);
        const std::string pointer = pointer_to(pointer_to(reader.pointer(), "where"), place);
        if (at == card_.vary.end()) reject_json(reader.origin(), pointer, value, "a place that \"vary\" has");
        if (std::ranges::find(at->values, value) == at->values.end())
          reject_json(reader.origin(), pointer, value, "one of " + json(at->values).dump());
        wanted[static_cast<std::size_t>(at - card_.vary.begin())] = value;
        said[static_cast<std::size_t>(at - card_.vary.begin())] = true;
      }
    }
    for (std::size_t k = 0; k < said.size(); ++k) {
      if (said[k]) continue;
      if (card_.vary[k].values.size() > 1)
        reader.reject("where", fmt::format("a value for {}", in_quotes(card_.vary[k].place)));
      wanted[k] = card_.vary[k].values.front();
    }
    return static_cast<std::size_t>(std::ranges::find(card_.settings, wanted) - card_.settings.begin());
  }

  const Card& card_;
  std::vector<std::string> models_;
};

Condition read_condition(const json& written, const std::string& pointer, const std::string& origin,
                         const Card& card, const QuantityReader& quantities) {
  JsonReader reader(written, pointer, origin);
  Condition condition;
  condition.says = reader.get("says", "");
  if (condition.says.empty()) reader.reject("says", "a sentence");
  condition.of = quantities.read(reader, nullptr);
  if (reader.find("over")) {
    JsonReader over = reader.object("over");
    condition.over = quantities.read(over, &condition.of);
    over.finish();
  }
  condition.above = reader.get("above", std::optional<double>());
  condition.below = reader.get("below", std::optional<double>());
  if (!condition.above && !condition.below) reader.reject("above", "a bound, or one under \"below\"");
  condition.seeds = reader.get("seeds", card.seeds, 1, card.seeds);
  reader.finish();
  return condition;
}

void remember_digest(Card& card, const json& measures) {
  json all{{"experiment", card.experiment}, {"measures", measures}};
  for (const Variation& each : card.vary) all["vary"].push_back({each.place, each.values});
  card.digest = sha256(all.dump());
}

/// What is measured of a preset.
json measures_of_preset() {
  return {{"held out", {{"kind", "held_out"}}}};
}

Card card_of_preset(const json& written, const std::string& name, const std::string& origin) {
  const experiment::Experiment read = experiment::from_json(written, origin);
  Card card{.name = name, .title = read.title, .claim = read.look_for};
  card.experiment = written;
  const json measures = measures_of_preset();
  card.measures.push_back(measure_from_json(measures["held out"], "held out", "/measures", origin));
  remember_digest(card, measures);
  return card;
}

/// "1..20"; none where it is no range. Throws Error for one that is impossible.
std::optional<std::vector<json>> range_in(std::string_view word) {
  const std::size_t dots = word.find("..");
  if (dots == word.npos) return std::nullopt;
  const auto first = read_number<std::int64_t>(word.substr(0, dots)),
             last = read_number<std::int64_t>(word.substr(dots + 2));
  if (!first || !last || *last < *first ||
      static_cast<std::uint64_t>(*last) - static_cast<std::uint64_t>(*first) >= kMostSettings)
    fail("{} is no range, expected one such as 1..20, of {} numbers at most", in_quotes(word), kMostSettings);
  std::vector<json> values;
  for (std::int64_t value = *first; value <= *last; ++value) {
    values.emplace_back(value);
    if (value == *last) break;  // which may be the greatest there is
  }
  return values;
}

/// "32,64,128", "1..20" or one word, as JSON.
std::vector<json> values_in(std::string_view written) {
  std::vector<json> values;
  for (std::size_t at = 0; at <= written.size();) {
    const std::size_t comma = std::min(written.find(',', at), written.size());
    const std::string_view word = written.substr(at, comma - at);
    at = comma + 1;
    if (const auto range = range_in(word)) {
      values.insert(values.end(), range->begin(), range->end());
      continue;
    }
    json value = json::parse(word, nullptr, false);
    values.push_back(value.is_discarded() || value.is_structured() ? json(word) : std::move(value));
  }
  return values;
}

}  // namespace

std::string Card::label(std::size_t setting) const {
  std::string words;
  for (std::size_t k = 0; k < vary.size(); ++k) {
    const json& value = settings[setting][k];
    std::string last = vary[k].place.substr(vary[k].place.rfind('.') + 1);
    std::ranges::replace(last, '_', ' ');
    words += fmt::format("{}{} {}", k > 0 ? ", " : "", last,
                         value.is_string() ? value.get<std::string>() : value.dump());
  }
  return words;
}

Card card_from_json(const json& written, const std::string& name, const std::string& origin) {
  if (written.is_object() && !written.contains("claim")) return card_of_preset(written, name, origin);
  JsonReader reader(written, "", origin);
  Card card{.name = name};
  card.title = reader.get("title", "");
  card.claim = reader.get("claim", "");
  card.by = reader.get("by", "");
  card.published = reader.get("published", "");
  card.notes = reader.get("notes", "");
  card.seeds = reader.get("seeds", card.seeds, 1, kMostSeeds);
  card.minutes = reader.get("minutes", card.minutes, 0, 1000);
  card.outcome = reader.get("outcome", card.outcome, Words<Outcome>(kOutcomes));
  card.quick = reader.get("quick", card.quick);
  const json* experiment = reader.find("experiment");
  if (!experiment || !experiment->is_object()) reader.reject("experiment", "an experiment, as in a preset");
  card.experiment = *experiment;
  card.vary = read_variations(reader);
  card.settings = settings_of(card.vary, origin);
  const json* measures = reader.find("measures");
  if (!measures || !measures->is_object() || measures->empty())
    reader.reject("measures", R"(an object such as {"loss": {"kind": "held_out"}})");
  for (const auto& [key, measure] : measures->items())
    card.measures.push_back(measure_from_json(measure, key, pointer_to("/measures", key), origin));
  const QuantityReader quantities(card, check_settings(card, origin));
  const json* conditions = reader.find("conditions");
  if (!conditions || !conditions->is_array() || conditions->empty())
    reader.reject("conditions", "an array of one condition or more");
  for (std::size_t k = 0; k < conditions->size(); ++k)
    card.conditions.push_back(
        read_condition((*conditions)[k], fmt::format("/conditions/{}", k), origin, card, quantities));
  reader.finish();
  remember_digest(card, *measures);
  return card;
}

Card load_card(const std::filesystem::path& path) {
  const std::string origin = printable(path_to_text(path));
  Card card = card_from_json(parse_json(read_file(path, std::uintmax_t{1} << 24), origin),
                             path_to_text(path.stem()), origin);
  std::error_code code;
  card.beside = std::filesystem::absolute(path, code).parent_path().native();
  return card;
}

void set_seeds(Card& card, int seeds) {
  for (Condition& condition : card.conditions)
    condition.seeds = (condition.seeds * seeds + card.seeds - 1) / card.seeds;
  card.seeds = seeds;
}

bool varies_seeds(std::string_view written) {
  return written.substr(0, written.find('=')) == kSeed;
}

void vary(Card& card, const std::vector<std::string>& written) {
  if (written.empty()) return;
  Card varied = card;  // of which nothing stays where something is wrong
  std::optional<int> seeds;
  for (const std::string& each : written) {
    const std::size_t equals = each.find('=');
    if (equals == each.npos || equals == 0)
      fail("{} is no variation, expected one such as models.0.hidden=32,64", in_quotes(each));
    decode_utf8(each, InvalidUtf8::error, "a variation");
    Variation variation{each.substr(0, equals), values_in(std::string_view(each).substr(equals + 1))};
    if (varies_seeds(each)) {
      for (std::size_t k = 0; k < variation.values.size(); ++k)
        if (variation.values[k] != json(k + 1))
          fail("{}: seeds are 1 to a number, expected one such as seed=1..20", in_quotes(each));
      seeds = static_cast<int>(variation.values.size());
      continue;
    }
    if (!varied.conditions.empty())
      fail("{} varies what the claim {} is about; presets can be varied, and the seeds of claims",
           in_quotes(each), varied.name);
    std::erase_if(varied.vary, [&](const Variation& other) { return other.place == variation.place; });
    varied.vary.push_back(std::move(variation));
  }
  if (seeds) set_seeds(varied, *seeds);
  varied.settings = settings_of(varied.vary, varied.name);
  check_settings(varied, varied.name);
  if (varied.conditions.empty()) remember_digest(varied, measures_of_preset());
  card = std::move(varied);
}

experiment::Experiment experiment_of(const Card& card, std::size_t setting, std::uint64_t seed) {
  experiment::Experiment read = experiment::from_json(with(card, card.settings.at(setting)), "");
  read.task.beside = card.beside;
  read.seed = seed;
  experiment::name_models(read);
  return read;
}

}  // namespace gatescope::claim
