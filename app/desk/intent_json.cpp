#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/desk/force_scope.h"
#include "app/desk/intent.h"
#include "core/error.h"
#include "core/json/json_reader.h"
#include "core/nn/force_rule_json.h"
#include "core/views/view.h"

namespace gatescope::ui {
namespace {

constexpr std::array<std::pair<std::string_view, plot::ThemeName>, 3> kThemes{
    {{"dark", plot::ThemeName::dark},
     {"light", plot::ThemeName::light},
     {"projector", plot::ThemeName::projector}}};

std::string_view word_of(Dialog dialog) {
  return std::ranges::find(kDialogs, dialog, [](const auto& pair) { return pair.second; })->first;
}

bool is_of(std::string_view key, std::string_view value) {
  const auto in = [&](const auto& words) { return std::ranges::find(words, value) != words.end(); };
  return key == "kind" ? in(kExportKinds) : in(kExportPages);
}

/// Writes the fields of one intent.
struct FieldWriter {
  nlohmann::json& json;

  template <class T, class... Limits>
  void operator()(const char* key, const T& value, Limits...) const {
    json[key] = value;
  }
  template <class T, class... Limits>
  void operator()(const char* key, const std::optional<T>& value, Limits...) const {
    json[key] = value ? nlohmann::json(*value) : nlohmann::json();
  }
  void operator()(const char* key, const experiment::Experiment& value) const {
    json[key] = experiment::to_json(value);
  }
  void operator()(const char* key, const observe::GivenSequence& value) const {
    json[key] = observe::to_json(value);
  }
  void operator()(const char* key, const std::optional<observe::GivenSequence>& value) const {
    json[key] = value ? observe::to_json(*value) : nlohmann::json();
  }
  void operator()(const char* key, const nn::ForceRule& value) const { json[key] = nn::to_string(value); }
  void operator()(const char* key, const std::vector<nn::ForceRule>& value) const {
    json[key] = nn::to_json(value);
  }
  void operator()(const char* key, const ViewState& value) const { json[key] = ui::to_json(value); }
  void operator()(const char* key, const plot::ThemeName& value) const { json[key] = plot::to_string(value); }
  void operator()(const char* key, const std::optional<plot::ThemeName>& value) const {
    json[key] = value ? nlohmann::json(plot::to_string(*value)) : nlohmann::json();
  }
  void operator()(const char* key, const Dialog& value) const { json[key] = word_of(value); }
  void operator()(const char* key, const std::vector<nn::Range>& value) const {
    json[key] = ranges_text(value);
  }
};

/// Reads the fields of one intent, and checks what the reducer takes for granted.
struct FieldReader {
  JsonReader& reader;

  void operator()(const char* key, bool& value) const { value = reader.get(key, value); }
  void operator()(const char* key, int& value, int low, int high) const {
    value = reader.get(key, value, low, high);
  }
  void operator()(const char* key, std::uint64_t& value) const {
    value = reader.get(key, value, std::uint64_t{0}, std::uint64_t{1} << 53);
  }
  void operator()(const char* key, double& value, double low, double high) const {
    value = reader.get(key, value, low, high);
  }
  template <class T>
  void operator()(const char* key, std::optional<T>& value, T low, T high) const {
    const nlohmann::json* found = reader.find(key);
    value.reset();
    if (found && !found->is_null()) value = reader.get(key, low, low, high);
  }
  void operator()(const char* key, std::string& value) const {
    value = reader.get(key, value);
    const std::string_view what(key);
    if (what.starts_with("text_") && value.find('\0') != value.npos)
      reader.reject(key, "a path without a zero byte");
    if (what == "view") check(key, [&] { views::find_view(value); });
    if ((what == "kind" || what == "page") && !is_of(what, value))
      reader.reject(key, what == "kind" ? "svg, pdf, png, csv, gif or mp4"
                                        : "as shown, one column, two columns or slide");
  }
  void operator()(const char* key, std::vector<std::string>& value) const {
    value = reader.get(key, value);
    const std::string_view what(key);
    if (what == "views") {
      if (value.empty()) reader.reject(key, "one view or more");
      for (const std::string& id : value) check(key, [&] { views::find_view(id); });
    }
  }
  void operator()(const char* key, observe::GivenSequence& value) const {
    value = observe::read_given(reader.object(key));
  }
  void operator()(const char* key, std::optional<observe::GivenSequence>& value) const {
    value.reset();
    const nlohmann::json* found = reader.find(key);
    if (found && !found->is_null()) value = observe::read_given(reader.object(key));
  }
  void operator()(const char* key, nn::ForceRule& value) const {
    const std::string text = reader.get(key, "");
    check(key, [&] { value = nn::parse_force_rule(text); });
  }
  void operator()(const char* key, std::vector<nn::ForceRule>& value) const {
    value = nn::read_force_rules(reader, key);
  }
  void operator()(const char* key, plot::ThemeName& value) const {
    value = reader.get(key, value, Words<plot::ThemeName>(kThemes));
  }
  void operator()(const char* key, std::optional<plot::ThemeName>& value) const {
    value.reset();
    const nlohmann::json* found = reader.find(key);
    if (found && !found->is_null())
      value = reader.get(key, plot::ThemeName::dark, Words<plot::ThemeName>(kThemes));
  }
  void operator()(const char* key, Dialog& value) const {
    value = reader.get(key, value, Words<Dialog>(kDialogs));
  }
  void operator()(const char* key, std::vector<nn::Range>& value) const {
    const std::string text = reader.get(key, std::string());
    check(key, [&] { value = std::string_view(key) == "units" ? parse_units(text) : parse_steps(text); });
  }
  void operator()(const char* key, experiment::Experiment& value) const {
    const nlohmann::json* found = reader.find(key);
    if (!found) reader.reject(key, "an experiment");
    value = experiment::from_json(*found, place_of(key));
  }
  void operator()(const char* key, ViewState& value) const {
    if (const nlohmann::json* found = reader.find(key)) value = view_state_from_json(*found, place_of(key));
  }

 private:
  std::string place_of(const char* key) const {
    return fmt::format("{}{}", reader.origin(), pointer_to(reader.pointer(), key));
  }
  template <class Check>
  void check(const char* key, Check check) const {
    try {
      check();
    } catch (const Error& error) {
      reader.reject(key, fmt::format("something else: {}", error.what()));
    }
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
    Kind::fields(kind, FieldReader{reader});
    reader.finish();
    return kind;
  }
}

}  // namespace

nlohmann::json to_json(const Intent& intent) {
  return std::visit(
      [](const auto& kind) {
        nlohmann::json json{{"intent", kind.name}};
        kind.fields(kind, FieldWriter{json});
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
