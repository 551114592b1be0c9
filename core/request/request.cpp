#include "core/request/request.h"

#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/json/json_reader.h"
#include "core/nn/force_rule_json.h"
#include "core/trace/sequence_trace.h"

namespace gatescope::figure {
namespace {

using nlohmann::json;

constexpr int schema = 2;  // 1: files by their places, which every figure told
constexpr int many = 1 << 24;

json to_json(const FileReference& file, bool with_paths) {
  if (file.path.empty()) return json::object();  // never saved
  json value{{"path", path_to_text(with_paths ? file.path : file.path.filename())}, {"sha256", file.sha256}};
  if (with_paths && !file.absolute.empty()) value["absolute"] = path_to_text(file.absolute);
  if (file.size) value["size"] = *file.size;
  return value;
}

json to_json(const ModelReference& model, bool with_paths) {
  json value = to_json(model.file, with_paths);
  if (model.vocabulary) value["vocabulary"] = to_json(*model.vocabulary, with_paths);
  if (model.metrics) value["metrics"] = to_json(*model.metrics, with_paths);
  if (!model.name.empty()) value["name"] = model.name;
  if (!model.cell.empty()) value["cell"] = model.cell;
  if (!model.head.empty()) value["head"] = model.head;
  if (!model.embedding.empty()) value["embedding"] = model.embedding;
  if (!model.experiment.is_null()) {
    value["experiment"] = with_paths ? model.experiment : without_places(model.experiment);
    if (const auto seed = model.experiment.find("seed"); seed != model.experiment.end())
      value["seed"] = *seed;
  }
  if (model.update) value["update"] = *model.update;
  return value;
}

json to_json(const ViewOptions& options) {
  json value{{"layer", options.layer},
             {"backward", options.backward_direction},
             {"channel", options.channel},
             {"units", options.units},
             {"top", options.top}};
  if (options.step) value["step"] = *options.step;
  if (options.unit) value["unit"] = *options.unit;
  if (options.frame) value["frame"] = *options.frame;
  if (options.lanes) value["lanes"] = *options.lanes;
  if (!options.foremost.empty()) value["foremost"] = options.foremost;
  if (!options.sort.empty()) value["sort"] = options.sort;
  if (options.own_scales) value["own_scales"] = true;
  if (options.steps) value["steps"] = {options.steps->first, options.steps->last};
  if (options.loss_step) value["loss_step"] = *options.loss_step;
  if (options.linear_gradient) value["linear_gradient"] = true;
  if (options.lens) value["lens"] = *options.lens;
  return value;
}

std::optional<int> optional_index(JsonReader& reader, std::string_view key) {
  if (!reader.find(key)) return std::nullopt;
  return reader.get(key, 0, 0, many);
}

FileReference read_file_reference(JsonReader& reader) {
  FileReference file;
  file.path = path_from_text(reader.get("path", ""));
  file.absolute = path_from_text(reader.get("absolute", ""));
  file.sha256 = reader.get("sha256", file.sha256);
  if (reader.find("size")) file.size = reader.get("size", std::uint64_t{0});
  if (file.path.empty() && file.sha256.empty()) return file;  // never saved
  const auto refuse = [&](std::string_view key, std::string_view expected) {
    if (reader.find(key)) reader.reject(key, expected);
    fail("'{}': {}/{} is missing, expected {}", reader.origin(), reader.pointer(), key, expected);
  };
  if (file.path.empty()) refuse("path", "the name of a file");
  if (file.sha256.size() != 64 || file.sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
    refuse("sha256", "64 hexadecimal digits");
  return file;
}

std::optional<FileReference> optional_file(JsonReader& reader, std::string_view key) {
  if (!reader.find(key)) return std::nullopt;
  JsonReader inner = reader.object(key);
  const FileReference file = read_file_reference(inner);
  inner.finish();
  return file;
}

ModelReference read_model(JsonReader reader) {
  ModelReference model;
  model.file = read_file_reference(reader);
  model.vocabulary = optional_file(reader, "vocabulary");
  model.metrics = optional_file(reader, "metrics");
  model.name = reader.get("name", model.name);
  model.cell = reader.get("cell", model.cell);
  model.head = reader.get("head", model.head);
  model.embedding = reader.get("embedding", model.embedding);
  if (const json* experiment = reader.find("experiment")) {
    if (!experiment->is_object()) reader.reject("experiment", "an object");
    model.experiment = *experiment;
  }
  reader.find("seed");  // the experiment's, for people
  if (reader.find("update")) model.update = reader.get("update", std::uint64_t{0});
  reader.finish();
  return model;
}

ViewOptions read_options(JsonReader reader) {
  ViewOptions options;
  options.layer = reader.get("layer", options.layer, 0, many);
  options.backward_direction = reader.get("backward", options.backward_direction);
  options.channel = reader.get("channel", options.channel);
  options.top = reader.get("top", options.top, 1, many);
  options.step = optional_index(reader, "step");
  options.unit = optional_index(reader, "unit");
  options.frame = optional_index(reader, "frame");
  if (reader.find("lanes")) options.lanes = reader.get("lanes", 1, 1, many);
  options.foremost = reader.get("foremost", options.foremost);
  options.sort = reader.get("sort", options.sort);
  options.own_scales = reader.get("own_scales", options.own_scales);
  if (const json* steps = reader.find("steps")) {
    const char* expected = "the first and the last step";
    if (!steps->is_array() || steps->size() != 2) reader.reject("steps", expected);
    for (const json& step : *steps)
      if (!step.is_number_integer() || step < 0 || step > many) reader.reject("steps", expected);
    options.steps = {(*steps)[0].get<int>(), (*steps)[1].get<int>()};
    if (options.steps->last < options.steps->first) reader.reject("steps", expected);
  }
  options.loss_step = optional_index(reader, "loss_step");
  options.linear_gradient = reader.get("linear_gradient", options.linear_gradient);
  options.lens = optional_index(reader, "lens");
  if (const json* units = reader.find("units")) {
    const char* expected = "an array of whole numbers in ascending order, each once";
    if (!units->is_array()) reader.reject("units", expected);
    for (const json& unit : *units) {
      if (!unit.is_number_integer() || unit < 0 || unit > many) reader.reject("units", expected);
      if (!options.units.empty() && unit <= options.units.back()) reader.reject("units", expected);
      options.units.push_back(unit.get<int>());
    }
  }
  reader.finish();
  return options;
}

Size read_size(JsonReader& reader) {
  const json* value = reader.find("size");
  if (!value) return FigureRequest{}.size;
  const std::string expected =
      fmt::format("width and height, {} to {} points each", smallest_side, largest_side);
  if (!value->is_array() || value->size() != 2) reader.reject("size", expected);
  for (const json& side : *value)
    if (!side.is_number() || !(side >= smallest_side) || !(side <= largest_side))
      reader.reject("size", expected);
  return {(*value)[0].get<float>(), (*value)[1].get<float>()};
}

/// What `read` throws, with the place in front.
template <class Read>
auto at(const std::string& origin, const std::string& pointer, Read read) {
  try {
    return read();
  } catch (const Error& error) {
    fail("'{}': {}: {}", origin, pointer, error.what());
  }
}

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
  json models = json::array();
  for (const ModelReference& model : request.models) models.push_back(to_json(model, request.with_paths));
  json value{{"figure", schema},
             {"view", request.view},
             {"models", models},
             {"text", request.text},
             {"rules", nn::to_json(request.rules)},
             {"loss", request.loss},
             {"options", to_json(request.options)},
             {"theme", to_string(request.theme)},
             {"size", {request.size.width, request.size.height}},
             {"program", request.program}};
  if (request.sequence) value["sequence"] = observe::to_json(*request.sequence);
  if (!request.held_out.empty()) value["held_out"] = observe::to_json(request.held_out);
  if (request.scale != FigureRequest{}.scale) value["scale"] = request.scale;
  if (request.font_size) value["font_size"] = *request.font_size;
  if (request.print) value["print"] = true;
  if (request.svg_text) value["svg_text"] = true;
  if (request.reading) value["reading"] = true;
  return value;
}

FigureRequest request_from_json(const json& value, const std::string& origin) {
  JsonReader reader(value, "", origin);
  FigureRequest request;
  const std::string expected =
      fmt::format("1 to {}: newer files need a newer version of this program", schema);
  const json* version = reader.find("figure");
  if (!version) fail("'{}': /figure is missing, expected {}", origin, expected);
  if (*version != 1 && *version != schema) reader.reject("figure", expected);
  request.view = reader.get("view", request.view);
  at(origin, "/view", [&] { return find_view(request.view).id; });
  if (const json* models = reader.find("models")) {
    if (!models->is_array() || models->empty() || models->size() > most_models)
      reader.reject("models", fmt::format("an array of 1 to {} models", most_models));
    for (std::size_t m = 0; m < models->size(); ++m)
      request.models.push_back(read_model({(*models)[m], fmt::format("/models/{}", m), origin}));
  }
  // Older figures told their places unasked; made again they no longer do.
  for (const ModelReference& model : request.models)
    request.with_paths = request.with_paths || (*version != 1 && !model.file.absolute.empty());
  request.text = reader.get("text", request.text);
  if (reader.find("sequence")) request.sequence = observe::read_given(reader.object("sequence"));
  request.held_out = observe::read_given_held_out(reader, "held_out");
  request.rules = nn::read_force_rules(reader, "rules");
  request.loss = reader.get("loss", request.loss);
  at(origin, "/loss", [&] { return trace::parse_loss_at(request.loss); });
  request.options = read_options(reader.object("options"));
  const std::string theme = reader.get("theme", std::string(to_string(request.theme)));
  request.theme = at(origin, "/theme", [&] { return parse_theme(theme); });
  request.size = read_size(reader);
  request.scale = reader.get("scale", request.scale, smallest_scale, largest_scale);
  if (reader.find("font_size"))
    request.font_size = reader.get("font_size", smallest_font, smallest_font, largest_font);
  request.print = reader.get("print", request.print);
  request.svg_text = reader.get("svg_text", request.svg_text);
  request.reading = reader.get("reading", request.reading);
  request.program = reader.get("program", request.program);
  reader.finish();
  if (request.models.empty())
    fail("'{}': /models is missing, expected an array of 1 to {} models", origin, most_models);
  return request;
}

std::string to_text(const FigureRequest& request) {
  return to_json(request).dump(-1, ' ', true, json::error_handler_t::replace);
}

FigureRequest parse_request(std::string_view text, const std::string& origin) {
  return request_from_json(parse_json(text, origin), origin);
}

}  // namespace gatescope::figure
