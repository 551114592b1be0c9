#include "core/request/request.h"

#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/json/json_fields.h"
#include "core/nn/force_rule_json.h"
#include "core/trace/sequence_trace.h"

namespace gatescope::figure {
namespace {

using nlohmann::json;

constexpr int schema = 2;  // 1: files by their places, which every figure told
constexpr int many = 1 << 24;
constexpr std::string_view kModelsExpected = "an array of 1 to 8 models";
static_assert(most_models == 8);

/// What a file tells of a file: its path where that is wanted, else its name.
FileReference told(FileReference file, bool with_paths) {
  if (file.path.empty()) return {};  // never saved
  if (!with_paths) file = {file.path.filename(), {}, file.sha256, file.size};
  return file;
}

ModelReference told(ModelReference model, bool with_paths) {
  model.file = told(model.file, with_paths);
  if (model.vocabulary) model.vocabulary = told(*model.vocabulary, with_paths);
  if (model.metrics) model.metrics = told(*model.metrics, with_paths);
  if (!with_paths && !model.experiment.is_null()) model.experiment = without_places(model.experiment);
  return model;
}

constexpr auto kPathForm =
    by([](JsonReader& reader, std::string_view key) { return path_from_text(reader.get(key, "")); },
       [](const std::filesystem::path& path) { return path_to_text(path); });

constexpr auto kFileFields = [](auto& self, auto& field) {
  field.unless_usual("path", self.path, kPathForm);
  field.unless_usual("absolute", self.absolute, kPathForm);
  field.unless_usual("sha256", self.sha256);
  field.unless_usual("size", self.size);
  const bool saved = !self.path.empty() || !self.sha256.empty();
  const bool digest =
      self.sha256.size() == 64 && self.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  field.check("path", !saved || !self.path.empty(), "the name of a file");
  field.check("sha256", !saved || digest, "64 hexadecimal digits");
};

/// An object as it is; null where the key is missing.
constexpr auto kExperimentForm = by(
    [](JsonReader& reader, std::string_view key) {
      const json* experiment = reader.find(key);
      if (!experiment->is_object()) reader.reject(key, "an object");
      return *experiment;
    },
    [](const json& experiment) { return experiment; });

/// The experiment's, for people.
struct SeedForm {
  ModelReference read(JsonReader& reader, std::string_view key, const ModelReference& model) const {
    reader.find(key);
    return model;
  }
  json write(const ModelReference& model) const {
    return model.experiment.is_object() ? model.experiment.value("seed", json()) : json();
  }
};

constexpr auto kModelFields = [](auto& self, auto& field) {
  kFileFields(self.file, field);
  field.unless_usual("vocabulary", self.vocabulary, object(kFileFields));
  field.unless_usual("metrics", self.metrics, object(kFileFields));
  field.unless_usual("name", self.name);
  field.unless_usual("cell", self.cell);
  field.unless_usual("head", self.head);
  field.unless_usual("embedding", self.embedding);
  field.unless_usual("experiment", self.experiment, kExperimentForm);
  field.unless_usual("seed", self, SeedForm{});
  field.unless_usual("update", self.update);
};

constexpr auto kStepsForm = by(
    [](JsonReader& reader, std::string_view key) {
      constexpr std::string_view expected = "the first and the last step";
      const json& list = *reader.find(key);
      if (!list.is_array() || list.size() != 2) reader.reject(key, expected);
      for (const json& step : list)
        if (!step.is_number_integer() || step < 0 || step > many) reader.reject(key, expected);
      const Steps steps{list[0].get<int>(), list[1].get<int>()};
      if (steps.last < steps.first) reader.reject(key, expected);
      return steps;
    },
    [](const Steps& steps) {
      return json{steps.first, steps.last};
    });

constexpr auto kUnitsForm = by(
    [](JsonReader& reader, std::string_view key) {
      constexpr std::string_view expected = "an array of whole numbers in ascending order, each once";
      const json& list = *reader.find(key);
      if (!list.is_array()) reader.reject(key, expected);
      std::vector<int> units;
      for (const json& unit : list) {
        if (!unit.is_number_integer() || unit < 0 || unit > many) reader.reject(key, expected);
        if (!units.empty() && unit <= units.back()) reader.reject(key, expected);
        units.push_back(unit.get<int>());
      }
      return units;
    },
    [](const std::vector<int>& units) { return json(units); });

constexpr auto kOptionsFields = [](auto& self, auto& field) {
  field("layer", self.layer, range(0, many));
  field("backward", self.backward_direction);
  field("channel", self.channel);
  field("top", self.top, range(1, many));
  field.unless_usual("step", self.step, range(0, many));
  field.unless_usual("unit", self.unit, range(0, many));
  field.unless_usual("frame", self.frame, range(0, many));
  field.unless_usual("lanes", self.lanes, range(1, many));
  field.unless_usual("foremost", self.foremost);
  field.unless_usual("sort", self.sort);
  field.unless_usual("own_scales", self.own_scales);
  field.unless_usual("steps", self.steps, kStepsForm);
  field.unless_usual("loss_step", self.loss_step, range(0, many));
  field.unless_usual("linear_gradient", self.linear_gradient);
  field.unless_usual("lens", self.lens, range(0, many));
  field("units", self.units, kUnitsForm);
};

constexpr auto kSizeForm = by(
    [](JsonReader& reader, std::string_view key) {
      const json& size = *reader.find(key);
      const std::string expected =
          fmt::format("width and height, {} to {} points each", smallest_side, largest_side);
      if (!size.is_array() || size.size() != 2) reader.reject(key, expected);
      for (const json& side : size)
        if (!side.is_number() || !(side >= smallest_side) || !(side <= largest_side))
          reader.reject(key, expected);
      return Size{size[0].get<float>(), size[1].get<float>()};
    },
    [](const Size& size) {
      return json{size.width, size.height};
    });

constexpr auto kModelsForm = array_by(
    [](const json& model, const std::string& pointer, const std::string& origin) {
      return read_fields<ModelReference>(kModelFields, {model, pointer, origin});
    },
    [](const ModelReference& model) { return write_fields(kModelFields, model); }, most_models,
    kModelsExpected);

constexpr auto kHeldOutForm = by(observe::read_given_held_out,
                                 [](const observe::GivenHeldOut& given) { return observe::to_json(given); });

/// What `parse` makes of a word; what it throws gets the place in front.
auto parsed(JsonReader& reader, std::string_view key, auto parse) {
  const std::string word = reader.get(key, "");
  try {
    return parse(word);
  } catch (const Error& error) {
    fail("'{}': {}: {}", reader.origin(), pointer_to(reader.pointer(), key), error.what());
  }
}

struct ViewForm {
  std::string read(JsonReader& reader, std::string_view key, const std::string&) const {
    return parsed(reader, key, [](const std::string& id) { return std::string(find_view(id).id); });
  }
  json write(const std::string& id) const { return id; }
};

constexpr auto kLossForm = by(
    [](JsonReader& reader, std::string_view key) {
      return parsed(reader, key, [](const std::string& loss) { return trace::parse_loss_at(loss), loss; });
    },
    [](const std::string& loss) { return loss; });

constexpr auto kThemeForm =
    by([](JsonReader& reader, std::string_view key) { return parsed(reader, key, parse_theme); },
       [](ThemeName theme) { return to_string(theme); });

constexpr auto kRequestFields = [](auto& self, auto& field) {
  field("view", self.view, ViewForm{});
  field("models", self.models, kModelsForm);
  field("text", self.text);
  field.unless_usual("sequence", self.sequence, observe::kGiven);
  field.unless_usual("held_out", self.held_out, kHeldOutForm);
  field("rules", self.rules, nn::kForceRules);
  field("loss", self.loss, kLossForm);
  field("options", self.options, object(kOptionsFields));
  field("theme", self.theme, kThemeForm);
  field("size", self.size, kSizeForm);
  field.unless_usual("scale", self.scale, range(smallest_scale, largest_scale));
  field.unless_usual("font_size", self.font_size, range(smallest_font, largest_font));
  field.unless_usual("print", self.print);
  field.unless_usual("svg_text", self.svg_text);
  field.unless_usual("reading", self.reading);
  field("program", self.program);
};

}  // namespace

json without_places(json experiment) {
  if (!experiment.is_object() || !experiment.contains("task")) return experiment;
  // The task alone has files; a path of theirs, whatever its key, stays as its name.
  const auto shorten = [](json& value, const auto& self) -> void {
    if (value.is_string())
      value = path_to_text(path_from_text(value.get_ref<const std::string&>()).filename());
    else if (value.is_structured())
      for (json& inner : value) self(inner, self);
  };
  shorten(experiment["task"], shorten);
  return experiment;
}

std::string usual_loss(const View& view, const ViewOptions& options) {
  if (!view.needs.one_loss) return "all";
  if (options.loss_step) return std::to_string(*options.loss_step);
  return options.backward_direction ? "0" : "last";
}

json to_json(const FigureRequest& request) {
  FigureRequest written = request;
  for (ModelReference& model : written.models) model = told(model, request.with_paths);
  json value{{"figure", schema}};
  write_fields(kRequestFields, written, value);
  return value;
}

FigureRequest request_from_json(const json& value, const std::string& origin) {
  JsonReader reader(value, "", origin);
  const std::string expected =
      fmt::format("1 to {}: newer files need a newer version of this program", schema);
  const json* version = reader.find("figure");
  if (!version) fail("'{}': /figure is missing, expected {}", origin, expected);
  if (*version != 1 && *version != schema) reader.reject("figure", expected);
  FigureRequest request = read_fields<FigureRequest>(kRequestFields, std::move(reader));
  // Older figures told their places unasked; made again they no longer do.
  for (const ModelReference& model : request.models)
    request.with_paths = request.with_paths || (*version != 1 && !model.file.absolute.empty());
  if (request.models.empty()) fail("'{}': /models is missing, expected {}", origin, kModelsExpected);
  return request;
}

std::string to_text(const FigureRequest& request) {
  return to_json(request).dump(-1, ' ', true, json::error_handler_t::replace);
}

FigureRequest parse_request(std::string_view text, const std::string& origin) {
  return request_from_json(parse_json(text, origin), origin);
}

}  // namespace gatescope::figure
