#include "core/session/session_file.h"

#include "core/error.h"
#include "core/experiment/json_reader.h"
#include "core/experiment/text.h"
#include "core/files.h"

namespace gatescope::session {
namespace {

constexpr std::string_view kFormat = "gatescope session";
constexpr std::string_view kModel = "model.";  // tensors that hold a model file's bytes

const std::string& metadata_of(const checkpoint::Safetensors& file, const std::string& key,
                               const std::string& origin) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) fail("'{}': the session's metadata has no '{}'", origin, key);
  return found->second;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  std::error_code code;
  return std::filesystem::absolute(path, code).parent_path();
}

checkpoint::Tensor bytes_tensor(std::string name, const std::string& bytes) {
  return {std::move(name), checkpoint::Dtype::u8, {static_cast<std::int64_t>(bytes.size())}, bytes};
}

}  // namespace

nlohmann::json to_json(const Probe& probe) {
  nlohmann::json json{{"text", probe.text},
                      {"sequence", probe.sequence},
                      {"rules", probe.rules},
                      {"force_training", probe.force_training}};
  if (probe.loss_step) json["loss_step"] = *probe.loss_step;
  return json;
}

Probe probe_from_json(const nlohmann::json& json, const std::string& origin) {
  experiment::JsonReader reader(json, "/probe", origin);
  Probe probe;
  probe.text = reader.get("text", probe.text);
  probe.sequence = reader.get("sequence", probe.sequence);
  probe.rules = reader.get("rules", probe.rules);
  for (std::size_t k = 0; k < probe.rules.size(); ++k) {
    try {
      nn::parse_force_rule(probe.rules[k]);
    } catch (const Error& error) {
      fail("'{}': /probe/rules/{}: {}", origin, k, error.what());
    }
  }
  probe.force_training = reader.get("force_training", probe.force_training);
  if (reader.find("loss_step")) probe.loss_step = reader.get("loss_step", 0, 0, 1 << 24);
  reader.finish();
  return probe;
}

void save_session(const std::filesystem::path& path, const SessionFile& file) {
  const Capture& capture = file.capture;
  checkpoint::Safetensors out;
  std::string metrics;
  if (capture.training) {
    out = capture.training->state;
    metrics = train::metrics_csv(capture.training->metrics);
  }
  for (std::size_t m = 0; m < capture.models.size(); ++m)
    out.tensors.push_back(bytes_tensor(fmt::format("{}{}", kModel, m), *capture.models[m]));
  out.metadata["state"] = capture.training ? "training" : "models";
  out.metadata["format"] = kFormat;
  experiment::Experiment experiment = capture.experiment;
  experiment::remember_from(experiment.task, folder_of(path));
  out.metadata["experiment"] = experiment::to_json(experiment).dump();
  out.metadata["probe"] = to_json(capture.probe).dump();
  out.metadata["metrics"] = metrics;
  out.metadata["window"] = file.window.dump();
  checkpoint::write_safetensors(path, out);
}

SessionFile load_session(const std::filesystem::path& path) {
  SessionFile file = parse_session(read_file(path), path.string());
  file.capture.experiment.task.beside = folder_of(path).native();
  return file;
}

SessionFile parse_session(std::string_view bytes, const std::string& origin) {
  checkpoint::Safetensors read = checkpoint::parse_safetensors(bytes, origin);
  if (!is_session(read)) fail("'{}' is no session of Gatescope: its metadata do not say so", origin);
  SessionFile file;
  file.capture.experiment = experiment::parse_experiment(metadata_of(read, "experiment", origin), origin);
  file.capture.probe =
      probe_from_json(experiment::parse_json(metadata_of(read, "probe", origin), origin), origin);
  file.window = experiment::parse_json(metadata_of(read, "window", origin), origin);
  if (metadata_of(read, "state", origin) == "training") {
    auto metrics =
        train::history_of(train::parse_metrics(metadata_of(read, "metrics", origin), origin)).rows();
    file.capture.training =
        std::make_shared<const train::Continuation>(train::Continuation{std::move(read), std::move(metrics)});
    return file;
  }
  for (const checkpoint::Tensor& tensor : read.tensors) {
    if (tensor.name.starts_with(kModel))
      file.capture.models.push_back(std::make_shared<const std::string>(tensor.bytes));
  }
  if (file.capture.models.empty() || file.capture.models.size() > 4)
    fail("'{}' holds {} models, expected one to four", origin, file.capture.models.size());
  return file;
}

bool is_session(const checkpoint::Safetensors& file) {
  const auto format = file.metadata.find("format");
  return format != file.metadata.end() && format->second == kFormat;
}

}  // namespace gatescope::session
