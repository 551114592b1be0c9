#include "core/checkpoint/model_file.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/checkpoint/state_dict.h"
#include "core/checkpoint/vocabulary_file.h"
#include "core/error.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/json/json_reader.h"
#include "core/nn/model_spec_json.h"
#include "core/task/vocabulary.h"

namespace gatescope::checkpoint {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "gatescope";

std::vector<std::int64_t> shape_of(const nn::Parameter& p) {
  if (p.is_vector) return {p.rows};
  return {p.rows, p.cols};
}

nn::ParameterTable table_of(const ModelFile& file, std::string_view origin) {
  try {
    return nn::parameter_table(file.spec, file.interface);
  } catch (const Error& e) {
    fail("{}: {}", origin, e.what());
  }
}

/// How errors call where the vocabulary is from.
std::string vocabulary_name(const ImportOptions& options) {
  if (!options.entries.empty() || !options.vocabulary) return "the vocabulary";
  return *options.vocabulary == "-" ? "the standard input" : options.vocabulary->string();
}

/// Throws where the tensors are not exactly those of the model. `given_name` says how errors call a tensor.
template <class GivenName>
void check_tensors(const ModelFile& file, std::string_view origin, GivenName given_name) {
  const nn::ParameterTable table = table_of(file, origin);
  std::unordered_map<std::string_view, const Tensor*> tensors;
  for (const Tensor& tensor : file.tensors) tensors[tensor.name] = &tensor;
  for (const nn::Parameter& p : table.all()) {
    const auto found = tensors.find(p.name);
    if (found == tensors.end()) {
      fail("{}: the tensor {} is missing, expected the shape {}", origin, in_quotes(given_name(p.name)),
           shape_text(shape_of(p)));
    }
    const Tensor& tensor = *found->second;
    const std::string here = fmt::format("{}: tensor {}", origin, in_quotes(given_name(p.name)));
    if (tensor.shape != shape_of(p)) {
      fail("{} has the shape {}, expected {}", here, shape_text(tensor.shape), shape_text(shape_of(p)));
    }
    if (tensor.dtype != Dtype::f16 && tensor.dtype != Dtype::bf16 && tensor.dtype != Dtype::f32 &&
        tensor.dtype != Dtype::f64) {
      fail("{} is of dtype {}, expected F16, BF16, F32 or F64", here, to_string(tensor.dtype));
    }
    const std::vector<double> values = to_doubles(tensor);
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (!std::isfinite(values[k]))
        fail("{} holds {} at index {}, expected finite numbers", here, values[k], k);
    }
    tensors.erase(found);
  }
  if (tensors.empty()) return;
  const auto left =
      std::ranges::find_if(file.tensors, [&](const Tensor& t) { return tensors.contains(t.name); });
  fail("{}: the tensor {} of shape {} belongs to nothing in the model, expected only {} and the like", origin,
       in_quotes(given_name(left->name)), shape_text(left->shape),
       in_quotes(given_name(table.all().front().name)));
}

/// From the options or the file that they name, else from the metadata, else empty. `expected`: how many the
/// model reads, 0 where that is not known yet.
std::vector<std::string> vocabulary_of(const std::map<std::string, std::string>& metadata,
                                       std::string_view origin, const ImportOptions& options,
                                       std::optional<std::string>& bytes, Index expected) {
  if (!options.entries.empty()) return task::Vocabulary(options.entries).entries();
  if (options.vocabulary) {
    if (!bytes) bytes = read_input(*options.vocabulary);  // a pipe gives it once
    return parse_vocabulary(*bytes, vocabulary_name(options), expected);
  }
  const auto own = metadata.find("vocabulary");
  if (own == metadata.end()) return {};
  const std::string place = fmt::format("{}: metadata vocabulary", origin);
  const json array = parse_json(own->second, place);
  if (!array.is_array()) fail("'{}' is {}, expected a JSON array of strings", place, shown(array));
  return parse_vocabulary(own->second, place, expected);
}

void check_vocabulary(const ModelFile& file, std::string_view origin, const ImportWays* ask = nullptr) {
  const auto size = static_cast<Index>(file.vocabulary.size());
  if (size == 0) {
    if (!ask) return;
    throw Unanswered(
        fmt::format("'{}': the file says nothing of its characters; give them {}, a JSON array of {} strings "
                    "or one entry a line",
                    origin, ask->vocabulary, file.interface.inputs));
  }
  if (file.interface.input == nn::InputKind::values) {
    fail("'{}': a vocabulary of {} characters is given for a model that reads values", origin, size);
  }
  if (size != file.interface.inputs) {
    fail("'{}': the vocabulary has {} characters, but the model reads {}", origin, size,
         file.interface.inputs);
  }
}

/// Takes what our metadata say of the model.
void read_own_metadata(ModelFile& file, std::string_view origin, const ImportOptions& options) {
  const auto model = file.metadata.extract("model");
  if (model.empty()) fail("'{}': the metadata have no \"model\", which says what the tensors are", origin);
  const std::string place = fmt::format("{}: metadata model", origin);
  const json parsed = parse_json(model.mapped(), place);
  JsonReader reader(parsed, "", place);
  const json nothing = json::object();
  const json *spec = reader.find("spec"), *interface = reader.find("interface");
  file.spec = nn::model_spec_from_json(spec ? *spec : nothing, "/spec", place);
  file.interface = nn::interface_from_json(interface ? *interface : nothing, "/interface", place);
  reader.finish();
  if (!options.cell.empty() && options.cell != file.spec.cell) {
    fail("'{}' says that its cell is {}, so --cell {} cannot be right", origin, file.spec.cell, options.cell);
  }
  if (!options.head.empty() || !options.embedding.empty()) {
    fail("'{}' says what its tensors are; --head and --embedding are for state dicts that do not", origin);
  }
}

Tensor tensor_of(const nn::Parameter& p, const auto* values) {
  using S = std::remove_cvref_t<decltype(*values)>;
  std::vector<S> row_major(static_cast<std::size_t>(p.size()));
  for (Index r = 0; r < p.rows; ++r)
    for (Index c = 0; c < p.cols; ++c) row_major[r * p.cols + c] = values[p.offset + c * p.rows + r];
  return make_tensor(p.name, shape_of(p), std::span<const S>(row_major));
}

/// On one line; text from outside that is not UTF-8 is mended.
std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string same_name(const std::string& name) {
  return name;
}

}  // namespace

template <class S>
ModelFile model_file(const nn::Network<S>& network, std::vector<std::string> vocabulary, json experiment) {
  ModelFile file{network.spec(), network.interface(), std::move(vocabulary), std::move(experiment), {}, {}};
  for (const nn::Parameter& p : network.table().all()) {
    file.tensors.push_back(tensor_of(p, network.parameters().data()));
  }
  return file;
}

std::string to_bytes(const ModelFile& file) {
  Safetensors out{file.metadata, file.tensors};
  out.metadata["format"] = kFormat;
  out.metadata["model"] =
      text_of({{"spec", nn::to_json(file.spec)}, {"interface", nn::to_json(file.interface)}});
  if (!file.vocabulary.empty())
    out.metadata["vocabulary"] = text_of(task::Vocabulary(file.vocabulary).entries());
  if (!file.experiment.is_null()) out.metadata["experiment"] = text_of(file.experiment);
  return to_bytes(out);
}

void save_model(const std::filesystem::path& path, const ModelFile& file, WriteOptions options) {
  check_tensors(file, fmt::format("'{}'", path.string()), same_name);
  check_vocabulary(file, path.string());
  write_file(path, to_bytes(file), options);
}

ModelFile parse_model(std::string_view bytes, std::string_view origin, const ImportOptions& options) {
  Safetensors read = parse_safetensors(bytes, origin);
  ModelFile file;
  file.metadata = std::move(read.metadata);
  file.tensors = std::move(read.tensors);
  const std::string quoted = fmt::format("'{}'", origin);

  const auto format = file.metadata.find("format");
  const bool ours = format != file.metadata.end() && format->second == kFormat;
  std::map<std::string, std::string> given_names;
  std::optional<std::string> vocabulary;  // bytes of its file
  if (ours) {
    file.metadata.erase(format);
    read_own_metadata(file, origin, options);
    if (const auto text = file.metadata.extract("experiment"); !text.empty()) {
      file.experiment = parse_json(text.mapped(), fmt::format("{}: metadata experiment", origin));
    }
  } else {
    // What only our own format says would be taken for ours once the model is written again.
    file.metadata.erase("model");
    file.metadata.erase("experiment");
    const auto characters =
        static_cast<Index>(vocabulary_of(file.metadata, origin, options, vocabulary, 0).size());
    given_names = adopt_state_dict(file, origin, options, characters);
  }
  check_tensors(file, quoted, [&](const std::string& name) {
    const auto given = given_names.find(name);
    return given == given_names.end() ? name : given->second;
  });
  file.vocabulary = vocabulary_of(file.metadata, origin, options, vocabulary, file.interface.inputs);
  file.metadata.erase("vocabulary");
  const bool elsewhere = options.vocabulary || !options.entries.empty();
  check_vocabulary(file, elsewhere ? vocabulary_name(options) : origin,
                   file.interface.input == nn::InputKind::characters ? &options.ways : nullptr);
  return file;
}

ModelFile load_model(const std::filesystem::path& path, const ImportOptions& options) {
  return parse_model(read_file(path), path.string(), options);
}

template <class S>
nn::Network<S> make_network(const ModelFile& file) {
  check_tensors(file, "the model", same_name);
  nn::Network<S> network(file.spec, file.interface);
  for (const Tensor& tensor : file.tensors) {
    const nn::Parameter& p = *network.table().find(tensor.name);
    const std::vector<double> values = to_doubles(tensor);
    S* to = network.parameters().data() + p.offset;
    for (Index r = 0; r < p.rows; ++r)
      for (Index c = 0; c < p.cols; ++c) {
        const double value = values[r * p.cols + c];
        to[c * p.rows + r] = static_cast<S>(value);
        if (!std::isfinite(to[c * p.rows + r])) {
          fail("the model: tensor {} holds {}, too large for single precision", in_quotes(p.name), value);
        }
      }
  }
  network.prepare_all();
  return network;
}

template ModelFile model_file(const nn::Network<float>&, std::vector<std::string>, json);
template ModelFile model_file(const nn::Network<double>&, std::vector<std::string>, json);
template nn::Network<float> make_network(const ModelFile&);
template nn::Network<double> make_network(const ModelFile&);

}  // namespace gatescope::checkpoint
