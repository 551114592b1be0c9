#include "core/claim/card.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/error.h"
#include "core/file_kind.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/json/json_reader.h"
#include "core/sha256.h"

namespace gatescope::claim {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, Outcome>, 2> kOutcomes{
    {{"holds", Outcome::holds}, {"does not hold", Outcome::does_not_hold}}};

/// "models.0.hidden" as a JSON pointer.
json::json_pointer pointer_of(std::string_view place) {
  std::string pointer;
  for (std::size_t at = 0; at <= place.size();) {
    const std::size_t dot = std::min(place.find('.', at), place.size());
    pointer = pointer_to(pointer, place.substr(at, dot - at));
    at = dot + 1;
  }
  return json::json_pointer(pointer);
}

/// Sets a value at a place whose arrays are there already; objects may be made.
void set(json& experiment, const std::string& place, const json& value) {
  try {
    experiment[pointer_of(place)] = value;
  } catch (const json::exception&) {
    fail("the place {} is not there", in_quotes(place));
  }
}

json with(const Card& card, const Setting& setting) {
  json experiment = card.experiment;
  for (std::size_t k = 0; k < setting.size(); ++k) set(experiment, card.vary[k].place, setting[k]);
  return experiment;
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
    if (place == "seed") reject_json(reader.origin(), pointer, values, "\"seeds\", which says how many");
    all.push_back({place, values.get<std::vector<json>>()});
  }
  return all;
}

/// Every experiment of the card can be read, and has the models of the others. Returns their names.
std::vector<std::string> check_settings(const Card& card, const std::string& origin) {
  std::vector<std::string> names;
  const std::vector<Setting> settings = card.settings();
  if (settings.size() > kMostSettings)
    fail("'{}': {} settings are too many, expected {} at most", origin, settings.size(), kMostSettings);
  for (const Setting& setting : settings) {
    std::vector<std::string> here;
    try {
      experiment::Experiment read = experiment_of(card, setting, 1);
      for (const nn::ModelSpec& model : read.models) here.push_back(model.name);
    } catch (const Error& error) {
      fail("'{}': {}{}", origin, setting.empty() ? "" : printable(card.label(setting)) + ": ", error.what());
    }
    if (!names.empty() && names != here)
      fail("'{}': the models have other names with {}, expected the same in all settings", origin,
           printable(card.label(setting)));
    names = here;
  }
  return names;
}

/// A quantity of a condition: {"measure", "model", "where": {PLACE: VALUE}}, what is missing as in `usual`.
class QuantityReader {
 public:
  QuantityReader(const Card& card, std::vector<std::string> models)
      : card_(card), models_(std::move(models)), settings_(card.settings()) {}

  Quantity read(JsonReader& reader, const Quantity* usual) const {
    Quantity of;
    of.measure = reader.get("measure", usual ? usual->measure : card_.measures.front().name);
    if (std::ranges::find(card_.measures, of.measure, &Measure::name) == card_.measures.end())
      reader.reject("measure", "one of the card's measures");
    of.model = reader.get("model", usual ? usual->model : models_.front());
    if (std::ranges::find(models_, of.model) == models_.end()) {
      std::string list;
      for (const std::string& name : models_) list += (list.empty() ? "" : ", ") + printable(name);
      reader.reject("model", "one of " + list);
    }
    of.setting = find_setting(reader, usual);
    return of;
  }

 private:
  std::size_t find_setting(JsonReader& reader, const Quantity* usual) const {
    Setting wanted(card_.vary.size());
    if (usual) wanted = settings_[usual->setting];
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
    return static_cast<std::size_t>(std::ranges::find(settings_, wanted) - settings_.begin());
  }

  const Card& card_;
  std::vector<std::string> models_;
  std::vector<Setting> settings_;
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

Card card_of_preset(const json& written, const std::string& name, const std::string& origin) {
  const experiment::Experiment read = experiment::from_json(written, origin);
  Card card{.name = name, .title = read.title, .claim = read.look_for};
  card.experiment = written;
  const json measures{{"held out", {{"kind", "held_out"}}}};
  card.measures.push_back(measure_from_json(measures["held out"], "held out", "/measures", origin));
  remember_digest(card, measures);
  return card;
}

/// "32,64,128", "1..20" or one word, as JSON.
std::vector<json> values_in(std::string_view written) {
  std::vector<json> values;
  for (std::size_t at = 0; at <= written.size();) {
    const std::size_t comma = std::min(written.find(',', at), written.size());
    const std::string_view word = written.substr(at, comma - at);
    at = comma + 1;
    const std::size_t dots = word.find("..");
    const auto number = [](std::string_view digits) -> std::optional<long> {
      long value = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      return error == std::errc() && end == digits.data() + digits.size() ? std::optional(value)
                                                                          : std::nullopt;
    };
    if (dots != word.npos) {
      const auto first = number(word.substr(0, dots)), last = number(word.substr(dots + 2));
      if (!first || !last || *last < *first || *last - *first >= static_cast<long>(kMostSettings))
        fail("{} is no range, expected one such as 1..20", in_quotes(word));
      for (long value = *first; value <= *last; ++value) values.emplace_back(value);
      continue;
    }
    json value = json::parse(word, nullptr, false);
    values.push_back(value.is_discarded() || value.is_structured() ? json(word) : std::move(value));
  }
  return values;
}

}  // namespace

std::vector<Setting> Card::settings() const {
  std::vector<Setting> all{{}};
  for (const Variation& variation : vary) {
    std::vector<Setting> longer;
    for (const Setting& setting : all)
      for (const json& value : variation.values) {
        longer.push_back(setting);
        longer.back().push_back(value);
      }
    all = std::move(longer);
    if (all.size() > kMostSettings) break;  // they are refused
  }
  return all;
}

std::string Card::label(const Setting& setting) const {
  std::string words;
  for (std::size_t k = 0; k < setting.size(); ++k) {
    const std::string& place = vary[k].place;
    std::string last = place.substr(place.rfind('.') + 1);
    std::ranges::replace(last, '_', ' ');
    words += fmt::format("{}{} {}", k > 0 ? ", " : "", last,
                         setting[k].is_string() ? setting[k].get<std::string>() : setting[k].dump());
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
  const std::string origin = path.string();
  return card_from_json(parse_json(read_file(path, std::uintmax_t{1} << 24), origin), path.stem().string(),
                        origin);
}

void set_seeds(Card& card, int seeds) {
  for (Condition& condition : card.conditions)
    condition.seeds = (condition.seeds * seeds + card.seeds - 1) / card.seeds;
  card.seeds = seeds;
}

void vary(Card& card, const std::vector<std::string>& written) {
  for (const std::string& each : written) {
    const std::size_t equals = each.find('=');
    if (equals == each.npos || equals == 0)
      fail("{} is no variation, expected one such as models.0.hidden=32,64", in_quotes(each));
    Variation variation{each.substr(0, equals), values_in(std::string_view(each).substr(equals + 1))};
    if (variation.place == "seed") {
      for (std::size_t k = 0; k < variation.values.size(); ++k)
        if (variation.values[k] != json(k + 1) || k >= static_cast<std::size_t>(kMostSeeds))
          fail("{}: seeds are 1 to a number, expected one such as seed=1..20", in_quotes(each));
      set_seeds(card, static_cast<int>(variation.values.size()));
      continue;
    }
    if (!card.conditions.empty())
      fail("{} varies what the claim {} is about; presets can be varied, and the seeds of claims",
           in_quotes(each), card.name);
    std::erase_if(card.vary, [&](const Variation& other) { return other.place == variation.place; });
    card.vary.push_back(std::move(variation));
  }
  check_settings(card, card.name);
  json measures;
  for (const Measure& measure : card.measures) measures[measure.name] = {{"kind", measure.kind}};
  if (card.conditions.empty()) remember_digest(card, measures);
}

experiment::Experiment experiment_of(const Card& card, const Setting& setting, std::uint64_t seed) {
  experiment::Experiment read = experiment::from_json(with(card, setting), "");
  read.seed = seed;
  experiment::name_models(read);
  return read;
}

}  // namespace gatescope::claim
