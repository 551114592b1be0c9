#include <array>

#include "core/error.h"
#include "core/experiment/experiment.h"
#include "core/experiment/task_kinds.h"
#include "core/file_kind.h"
#include "core/files.h"
#include "core/json/json_fields.h"
#include "core/nn/force_rule_json.h"
#include "core/nn/model_spec_json.h"
#include "core/nn/starts.h"
#include "core/task/text_file.h"

namespace gatescope::experiment {
namespace {

using nlohmann::json;
constexpr std::array<std::pair<std::string_view, OptimizerRule>, 3> kRules{
    {{"adam", OptimizerRule::adam}, {"sgd", OptimizerRule::sgd}, {"rmsprop", OptimizerRule::rmsprop}}};
constexpr std::array<std::pair<std::string_view, Match>, 2> kMatches{
    {{"width", Match::width}, {"parameters", Match::parameters}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> kBptt{{{"truncated", true}, {"full", false}}};

constexpr auto kOptimizerFields = [](auto& self, auto& field) {
  field("rule", self.rule, one_of(kRules));
  field("rate", self.rate, range(0, 1000));
  field("momentum", self.momentum, range_below(0, 1));
  field("beta1", self.beta1, range_below(0, 1));
  field("beta2", self.beta2, range_below(0, 1));
  field("alpha", self.alpha, range_below(0, 1));
  field("epsilon", self.epsilon, range(0, 1));
  field.unless_usual("weight_decay", self.weight_decay, range(0, 1000));
};

constexpr auto kTrainingFields = [](auto& self, auto& field) {
  field("optimizer", self.optimizer, object(kOptimizerFields));
  field("clip_norm", self.clip_norm, range(0, 1e9));
  field("clip_value", self.clip_value, range(0, 1e9));
  field("batch", self.batch, range(1, 4096));
  field("steps", self.steps, range(1, 10000));
  field.unless_usual("own_share", self.own_share, range(0, 1));
  field("bptt", self.carry, one_of(kBptt));
  field("updates", self.updates, range(0, 1'000'000'000));
  field("evaluate_every", self.evaluate_every, range(0, 1'000'000'000));
  field.unless_usual("pause_at_best", self.pause_at_best);
};

/// The chosen unit of an opening: its number, or what it does.
struct UnitForm {
  Opening read(JsonReader& reader, std::string_view key, Opening opening) const {
    const json* unit = reader.find(key);
    if (unit && unit->is_string())
      opening.unit_that = reader.get(key, opening.unit_that);
    else if (unit && unit->is_number())
      opening.unit = reader.get(key, 0, 0, 1'000'000);
    else if (unit)
      reader.reject(key, "a unit's number, or what it does, such as \"closes at spaces\"");
    return opening;
  }
  json write(const Opening& opening) const {
    if (!opening.unit_that.empty()) return opening.unit_that;
    return opening.unit ? json(*opening.unit) : json();
  }
};

/// Only what says something.
constexpr auto kOpeningFields = [](auto& self, auto& field) {
  field.unless_usual("paused", self.paused);
  field.unless_usual("trained", self.trained);
  field.unless_usual("pace", self.pace, range(0, 1e6));
  field.unless_usual("probe", self.probe);
  field.unless_usual("step", self.step, range(-1'000'000'000, 1'000'000'000));
  field.unless_usual("unit", self, UnitForm{});
  field.unless_usual("coloured_by", self.coloured_by);
};

constexpr auto kBeginFromFields = [](auto& self, auto& field) {
  field("file", self.file);
  field("sha256", self.sha256);
};

constexpr auto kModelsForm = array_by(
    nn::model_spec_from_json, [](const nn::ModelSpec& model) { return nn::to_json(model); }, 4,
    "an array of one to four models");

constexpr auto kTaskForm =
    by([](JsonReader& reader, std::string_view key) { return read_task(reader.object(key)); },
       [](const TaskSpec& task) { return to_json(task); });

/// What older programs do not know is not written unless it is asked for.
constexpr auto kExperimentFields = [](auto& self, auto& field) {
  field("title", self.title);
  field("look_for", self.look_for);
  field("views", self.views);
  field.unless_usual("opening", self.opening, object(kOpeningFields));
  field("task", self.task, kTaskForm);
  field("models", self.models, kModelsForm);
  field("match", self.match, one_of(kMatches));
  field("training", self.training, object(kTrainingFields));
  field("force", self.force, nn::kForceRules);
  field("seed", self.seed);
  field.unless_usual("begin_from", self.begin_from, object(kBeginFromFields));
};

/// A text that is meant to be JSON begins like it, whatever is wrong with it then.
bool looks_like_json(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && std::string_view("{[\"/#").find(text[first]) != std::string_view::npos;
}

/// Other JSON of ours.
void refuse_another_kind(const json& value, const std::string& origin) {
  const auto has = [&](const char* key) { return value.is_object() && value.contains(key); };
  if (has("figure") && has("view"))
    fail("'{}' describes a figure, expected an experiment; gatescope figure --from makes it again", origin);
  if (has("schema") && has("layers")) fail("'{}' is a trace of a model, expected an experiment", origin);
  if (value.is_array() && !value.empty() && value[0].is_string())
    fail("'{}' is a list of strings, such as a vocabulary, expected an experiment", origin);
}

}  // namespace

json to_json(const Experiment& experiment) {
  return write_fields(kExperimentFields, experiment);
}

Experiment from_json(const json& value, const std::string& origin) {
  return read_fields<Experiment>(kExperimentFields, {value, "", origin});
}

Experiment parse_experiment(std::string_view text, const std::string& origin) {
  return from_json(parse_json(text, origin), origin);
}

Experiment load_experiment(const std::filesystem::path& path) {
  const std::string bytes = read_file(path, std::uintmax_t{1} << 24), origin = path.string();
  if (const std::string found = foreign_file(bytes); !found.empty())
    fail("'{}' is {}, expected an experiment (JSON){}", origin, found, foreign_advice(bytes));
  // Some editors and shells write UTF-16.
  const bool utf16 = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
  const std::string text = utf16 ? encode_utf8(task::decode_text(bytes, InvalidUtf8::error, origin)) : bytes;
  if (text.find_first_not_of(" \t\r\n\xEF\xBB\xBF") != text.npos && !looks_like_json(text)) {
    fail("'{}' is no experiment, expected a JSON object; a text to learn is named with --text", origin);
  }
  const json value = parse_json(text, origin);
  refuse_another_kind(value, origin);
  Experiment experiment = from_json(value, origin);
  std::error_code code;
  experiment.task.beside = std::filesystem::absolute(path, code).parent_path().native();
  return experiment;
}

void check_starts(const Experiment& experiment, const std::string& origin) {
  for (std::size_t m = 0; m < experiment.models.size(); ++m)
    for (const nn::IdleStart& idle : nn::idle_starts(experiment.models[m]))
      fail("{}: /models/{}/init/{} is {}, expected {}: {}", origin, m, idle.key, idle.value, idle.unset,
           idle.why);
}

}  // namespace gatescope::experiment
