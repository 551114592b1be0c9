#include "core/figure/request.h"

#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/experiment/json_reader.h"
#include "core/files.h"
#include "core/nn/force_rule.h"
#include "core/sha256.h"
#include "core/trace/text_trace.h"

namespace gatescope::figure {
namespace {

using experiment::JsonReader;
using nlohmann::json;

constexpr int schema = 1;
constexpr int many = 1 << 24;

json to_json(const FileReference& file) {
  json value{{"path", file.path}, {"absolute", file.absolute}, {"sha256", file.sha256}};
  if (file.size) value["size"] = *file.size;
  return value;
}

json to_json(const ModelReference& model) {
  json value = to_json(model.file);
  if (model.vocabulary) value["vocabulary"] = to_json(*model.vocabulary);
  if (model.metrics) value["metrics"] = to_json(*model.metrics);
  if (!model.cell.empty()) value["cell"] = model.cell;
  if (!model.head.empty()) value["head"] = model.head;
  if (!model.embedding.empty()) value["embedding"] = model.embedding;
  if (!model.experiment.is_null()) {
    value["experiment"] = model.experiment;
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
  return value;
}

std::optional<int> optional_index(JsonReader& reader, std::string_view key) {
  if (!reader.find(key)) return std::nullopt;
  return reader.get(key, 0, 0, many);
}

FileReference read_file_reference(JsonReader& reader) {
  FileReference file;
  file.path = reader.get("path", file.path);
  file.absolute = reader.get("absolute", file.absolute);
  file.sha256 = reader.get("sha256", file.sha256);
  if (file.sha256.size() != 64 || file.sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
    reader.reject("sha256", "64 hexadecimal digits");
  if (reader.find("size")) file.size = reader.get("size", std::uint64_t{0});
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
  model.cell = reader.get("cell", model.cell);
  model.head = reader.get("head", model.head);
  model.embedding = reader.get("embedding", model.embedding);
  if (const json* experiment = reader.find("experiment")) model.experiment = *experiment;
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
  if (const json* units = reader.find("units")) {
    if (!units->is_array()) reader.reject("units", "an array of whole numbers");
    for (const json& unit : *units) {
      if (!unit.is_number_integer() || unit < 0 || unit > many)
        reader.reject("units", "an array of whole numbers");
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

namespace {

FileReference reference(const std::filesystem::path& path, std::string digest) {
  FileReference file{path.string(), {}, std::move(digest), {}};
  std::error_code code;
  file.absolute = std::filesystem::absolute(path, code).lexically_normal().string();
  return file;
}

}  // namespace

FileReference refer_to(const std::filesystem::path& path) {
  return reference(path, sha256_of_file(path));
}

FileReference refer_to_table(const std::filesystem::path& path) {
  const std::uint64_t size = train::size_of_table(path);
  FileReference file = reference(path, sha256_of_file(path, size));
  file.size = size;
  return file;
}

std::string usual_loss(const View& view, const ViewOptions& options) {
  if (!view.one_loss) return "all";
  return options.step ? std::to_string(*options.step) : "last";
}

json to_json(const FigureRequest& request) {
  json models = json::array();
  for (const ModelReference& model : request.models) models.push_back(to_json(model));
  return {{"figure", schema},
          {"view", request.view},
          {"models", models},
          {"text", request.text},
          {"rules", request.rules},
          {"loss", request.loss},
          {"options", to_json(request.options)},
          {"theme", to_string(request.theme)},
          {"size", {request.size.width, request.size.height}},
          {"program", request.program}};
}

FigureRequest request_from_json(const json& value, const std::string& origin) {
  JsonReader reader(value, "", origin);
  FigureRequest request;
  if (reader.get("figure", 0) != schema) {
    reader.reject("figure", fmt::format("{}: newer files need a newer version of this program", schema));
  }
  request.view = reader.get("view", request.view);
  at(origin, "/view", [&] { return find_view(request.view).id; });
  if (const json* models = reader.find("models")) {
    if (!models->is_array() || models->empty() || models->size() > most_models)
      reader.reject("models", fmt::format("an array of 1 to {} models", most_models));
    for (std::size_t m = 0; m < models->size(); ++m)
      request.models.push_back(read_model({(*models)[m], fmt::format("/models/{}", m), origin}));
  }
  request.text = reader.get("text", request.text);
  request.rules = reader.get("rules", request.rules);
  for (std::size_t k = 0; k < request.rules.size(); ++k)
    at(origin, fmt::format("/rules/{}", k), [&] { return nn::parse_force_rule(request.rules[k]); });
  request.loss = reader.get("loss", request.loss);
  at(origin, "/loss", [&] { return trace::parse_loss_at(request.loss); });
  request.options = read_options(reader.object("options"));
  const std::string theme = reader.get("theme", std::string(to_string(request.theme)));
  request.theme = at(origin, "/theme", [&] { return parse_theme(theme); });
  request.size = read_size(reader);
  request.program = reader.get("program", request.program);
  reader.finish();
  return request;
}

std::string to_text(const FigureRequest& request) {
  return to_json(request).dump(-1, ' ', false, json::error_handler_t::replace);
}

FigureRequest parse_request(std::string_view text, const std::string& origin) {
  return request_from_json(experiment::parse_json(text, origin), origin);
}

}  // namespace gatescope::figure
