#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "app/desk/force_scope.h"
#include "app/desk/intent.h"
#include "core/error.h"
#include "core/json/json_fields.h"
#include "core/nn/force_rule_json.h"
#include "core/views/view.h"

namespace gatescope::ui {
namespace {

constexpr std::array<std::pair<std::string_view, plot::ThemeName>, 3> kThemes{
    {{"dark", plot::ThemeName::dark},
     {"light", plot::ThemeName::light},
     {"projector", plot::ThemeName::projector}}};

/// What a check throws says what would be right.
void require(JsonReader& reader, std::string_view key, auto check) {
  try {
    check();
  } catch (const Error& error) {
    reader.reject(key, fmt::format("something else: {}", error.what()));
  }
}

/// Checks what the reducer takes for granted.
struct TextForm {
  std::string read(JsonReader& reader, std::string_view key, const std::string& otherwise) const {
    const std::string value = reader.get(key, otherwise);
    const auto is_of = [&](const auto& words) { return std::ranges::find(words, value) != words.end(); };
    if (key.starts_with("text_") && value.find('\0') != value.npos)
      reader.reject(key, "a path without a zero byte");
    if (key == "view") require(reader, key, [&] { views::find_view(value); });
    if (key == "kind" && !is_of(kExportKinds)) reader.reject(key, "svg, pdf, png, csv, gif or mp4");
    if (key == "page" && !is_of(kExportPages))
      reader.reject(key, "as shown, one column, two columns or slide");
    return value;
  }
  nlohmann::json write(const std::string& value) const { return value; }
};

struct TextsForm {
  std::vector<std::string> read(JsonReader& reader, std::string_view key,
                                const std::vector<std::string>& otherwise) const {
    const std::vector<std::string> value = reader.get(key, otherwise);
    if (key != "views") return value;
    if (value.empty()) reader.reject(key, "one view or more");
    for (const std::string& id : value) require(reader, key, [&] { views::find_view(id); });
    return value;
  }
  nlohmann::json write(const std::vector<std::string>& value) const { return value; }
};

/// The key must be there.
struct GivenForm {
  observe::GivenSequence read(JsonReader& reader, std::string_view key, const observe::GivenSequence&) const {
    return observe::read_given(reader.object(key));
  }
  nlohmann::json write(const observe::GivenSequence& given) const { return observe::to_json(given); }
};

struct RuleForm {
  nn::ForceRule read(JsonReader& reader, std::string_view key, nn::ForceRule rule) const {
    const std::string text = reader.get(key, "");
    require(reader, key, [&] { rule = nn::parse_force_rule(text); });
    return rule;
  }
  nlohmann::json write(const nn::ForceRule& rule) const { return nn::to_string(rule); }
};

struct RangesForm {
  std::vector<nn::Range> read(JsonReader& reader, std::string_view key, std::vector<nn::Range> ranges) const {
    const std::string text = reader.get(key, "");
    require(reader, key, [&] { ranges = key == "units" ? parse_units(text) : parse_steps(text); });
    return ranges;
  }
  nlohmann::json write(const std::vector<nn::Range>& ranges) const { return ranges_text(ranges); }
};

std::string place_of(const JsonReader& reader, std::string_view key) {
  return reader.origin() + pointer_to(reader.pointer(), key);
}

struct ExperimentForm {
  experiment::Experiment read(JsonReader& reader, std::string_view key, const experiment::Experiment&) const {
    const nlohmann::json* found = reader.find(key);
    if (!found) reader.reject(key, "an experiment");
    return experiment::from_json(*found, place_of(reader, key));
  }
  nlohmann::json write(const experiment::Experiment& value) const { return experiment::to_json(value); }
};

constexpr auto kViewStateForm =
    by([](JsonReader& reader,
          std::string_view key) { return view_state_from_json(*reader.find(key), place_of(reader, key)); },
       [](const ViewState& view) { return ui::to_json(view); });

/// How a type of the intents' fields stands in JSON.
template <class T>
constexpr auto form_of(std::type_identity<T>) {
  return PlainForm{};
}
constexpr auto form_of(std::type_identity<std::uint64_t>) {
  return range(std::uint64_t{0}, std::uint64_t{1} << 53);
}
constexpr auto form_of(std::type_identity<std::string>) {
  return TextForm{};
}
constexpr auto form_of(std::type_identity<std::vector<std::string>>) {
  return TextsForm{};
}
constexpr auto form_of(std::type_identity<observe::GivenSequence>) {
  return GivenForm{};
}
constexpr auto form_of(std::type_identity<nn::ForceRule>) {
  return RuleForm{};
}
constexpr auto form_of(std::type_identity<std::vector<nn::ForceRule>>) {
  return nn::kForceRules;
}
constexpr auto form_of(std::type_identity<std::vector<nn::Range>>) {
  return RangesForm{};
}
constexpr auto form_of(std::type_identity<plot::ThemeName>) {
  return one_of(kThemes);
}
constexpr auto form_of(std::type_identity<Dialog>) {
  return one_of(kDialogs);
}
constexpr auto form_of(std::type_identity<experiment::Experiment>) {
  return ExperimentForm{};
}
constexpr auto form_of(std::type_identity<ViewState>) {
  return kViewStateForm;
}
template <class T>
constexpr auto form_of(std::type_identity<std::optional<T>>) {
  return or_null(form_of(std::type_identity<T>{}));
}

/// A field of an intent, by its type and its limits.
template <class Field>
struct IntentField {
  Field& field;

  template <class T>
  void operator()(std::string_view key, T& value) const {
    field(key, value, form_of(std::type_identity<std::remove_const_t<T>>{}));
  }
  template <class T>
  void operator()(std::string_view key, T& value, auto low, auto high) const {
    field(key, value, range(low, high));
  }
  template <class T>
  void operator()(std::string_view key, std::optional<T>& value, auto low, auto high) const {
    field(key, value, or_null(range(low, high)));
  }
  template <class T>
  void operator()(std::string_view key, const std::optional<T>& value, auto low, auto high) const {
    field(key, value, or_null(range(low, high)));
  }
};

/// Tries one kind of intent after the other.
template <std::size_t K = 0>
Intent read_named(const std::string& name, JsonReader& reader) {
  if constexpr (K == std::variant_size_v<Intent>) {
    reader.reject("intent", "the name of an intent, such as \"choose_step\"");
  } else {
    using Kind = std::variant_alternative_t<K, Intent>;
    if (name != Kind::name) return read_named<K + 1>(name, reader);
    Kind kind;
    FieldReader field(reader);
    Kind::fields(kind, IntentField<FieldReader>{field});
    reader.finish();
    return kind;
  }
}

}  // namespace

nlohmann::json to_json(const Intent& intent) {
  return std::visit(
      [](const auto& kind) {
        nlohmann::json json{{"intent", kind.name}};
        FieldWriter field(json);
        kind.fields(kind, IntentField<FieldWriter>{field});
        return json;
      },
      intent);
}

Intent intent_from_json(const nlohmann::json& json, const std::string& pointer, const std::string& origin) {
  JsonReader reader(json, pointer, origin);
  const std::string name = reader.get("intent", std::string());
  return read_named(name, reader);
}

std::vector<Intent> intents_from_json(const nlohmann::json& json, const std::string& origin) {
  if (!json.is_array()) reject_json(origin, "", json, "a list of intents");
  std::vector<Intent> intents;
  for (std::size_t k = 0; k < json.size(); ++k)
    intents.push_back(intent_from_json(json[k], fmt::format("/{}", k), origin));
  return intents;
}

}  // namespace gatescope::ui
