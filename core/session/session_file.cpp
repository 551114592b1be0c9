#include "core/session/session_file.h"

#include <fmt/ranges.h>

#include "core/checkpoint/metadata.h"
#include "core/error.h"
#include "core/experiment/text.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/json/json_fields.h"
#include "core/nn/force_rule_json.h"

namespace gatescope::session {
namespace {

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

constexpr auto kProbeFields = [](auto& self, auto& field) {
  field("text", self.text);
  field("sequence", self.sequence);
  field.unless_usual("given", self.given, observe::kGiven);
  field("rules", self.rules, nn::kForceRules);
  field("force_training", self.force_training);
  field.unless_usual("loss_step", self.loss_step, range(0, 1 << 24));
};

}  // namespace

nlohmann::json to_json(const Probe& probe) {
  return write_fields(kProbeFields, probe);
}

Probe probe_from_json(const nlohmann::json& json, const std::string& origin) {
  return read_fields<Probe>(kProbeFields, {json, "/probe", origin});
}

namespace {

/// As far as it reads: key by key, and rule by rule.
Probe readable_probe(const nlohmann::json& json, const std::string& origin,
                     std::vector<std::string>& remarks) {
  try {
    return probe_from_json(json, origin);
  } catch (const Error&) {
    if (!json.is_object()) throw;
  }
  nlohmann::json good = nlohmann::json::object();
  const auto add = [&](const std::string& key, const nlohmann::json& value) {
    nlohmann::json with = good;
    with[key] = value;
    try {
      probe_from_json(with, origin);
      good = std::move(with);
    } catch (const Error& error) {
      remarks.push_back(fmt::format("left out of the probe: {}", error.what()));
    }
  };
  for (const auto& [key, value] : json.items()) {
    if (key != "rules" || !value.is_array()) {
      add(key, value);
      continue;
    }
    nlohmann::json rules = nlohmann::json::array();
    for (const auto& rule : value) {
      try {
        probe_from_json({{key, nlohmann::json::array({rule})}}, origin);
        rules.push_back(rule);
      } catch (const Error& error) {
        remarks.push_back(fmt::format("left out of the probe: {}", error.what()));
      }
    }
    good[key] = std::move(rules);
  }
  return probe_from_json(good, origin);
}

/// The rows of a table, named as the experiment's models are.
std::vector<train::MetricsRow> metrics_of(const std::string& table, experiment::Experiment experiment,
                                          const std::string& origin) {
  experiment::name_models(experiment);
  std::vector<std::string> names;
  for (const nn::ModelSpec& model : experiment.models) names.push_back(model.name);
  std::vector<train::MetricsRow> rows = train::parse_metrics(table, origin);
  for (train::MetricsRow& row : rows) {
    const std::string* name = train::model_of(row, names);
    if (!name)
      fail("'{}': the row of update {} {}, expected one of '{}'", origin, row.update,
           row.model.empty() ? "names no model" : "is of a model " + in_quotes(row.model, 40),
           fmt::join(names, "', '"));
    row.model = *name;
  }
  return train::history_of(rows).rows();
}

}  // namespace

std::string to_bytes(const SessionFile& file) {
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
  out.metadata["format"] = kSessionFormat;
  out.metadata["experiment"] = experiment::to_json(capture.experiment).dump();
  out.metadata["probe"] = to_json(capture.probe).dump();
  out.metadata["metrics"] = metrics;
  out.metadata["window"] = file.window.dump();
  return checkpoint::to_bytes(out);
}

void save_session(const std::filesystem::path& path, const SessionFile& file) {
  SessionFile placed = file;
  experiment::remember_from(placed.capture.experiment.task, folder_of(path));
  write_file(path, to_bytes(placed), {.sync = true});
}

SessionFile load_session(const std::filesystem::path& path) {
  return session_of(path, read_file(path));
}

SessionFile session_of(const std::filesystem::path& path, std::string_view bytes) {
  SessionFile file = parse_session(bytes, path.string());
  file.capture.experiment.task.beside = folder_of(path).native();
  return file;
}

SessionFile parse_session(std::string_view bytes, const std::string& origin) {
  checkpoint::Safetensors read = checkpoint::parse_safetensors(bytes, origin);
  if (!is_session(read)) fail("'{}' is no session of Gatescope: its metadata do not say so", origin);
  SessionFile file;
  file.capture.experiment = experiment::parse_experiment(metadata_of(read, "experiment", origin), origin);
  const auto without = [&](std::string_view what, const auto& read_it) {
    try {
      read_it();
    } catch (const Error& error) {
      file.remarks.push_back(fmt::format("{} left out: {}", what, error.what()));
    }
  };
  without("the probe's choices are", [&] {
    const auto json = parse_json(metadata_of(read, "probe", origin), origin);
    file.capture.probe = readable_probe(json, origin, file.remarks);
  });
  without("the window's choices are",
          [&] { file.window = parse_json(metadata_of(read, "window", origin), origin); });
  if (metadata_of(read, "state", origin) == "training") {
    std::vector<train::MetricsRow> metrics;
    without("the metrics are", [&] {
      metrics = metrics_of(metadata_of(read, "metrics", origin), file.capture.experiment, origin);
    });
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

namespace {

bool says_session(const std::map<std::string, std::string>& metadata) {
  const auto format = metadata.find("format");
  return format != metadata.end() && format->second == kSessionFormat;
}

}  // namespace

bool is_session(const checkpoint::Safetensors& file) {
  return says_session(file.metadata);
}

std::map<std::string, std::string> session_metadata(const std::filesystem::path& path) {
  auto metadata = checkpoint::read_metadata(path);
  if (!says_session(metadata))
    fail("'{}' is no session of Gatescope: its metadata do not say so", path.string());
  return metadata;
}

}  // namespace gatescope::session
