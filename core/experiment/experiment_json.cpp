#include <array>

#include "core/error.h"
#include "core/experiment/experiment.h"
#include "core/experiment/task_kinds.h"
#include "core/file_kind.h"
#include "core/files.h"
#include "core/json/json_reader.h"
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

template <class E>
std::span<const std::pair<std::string_view, E>> words(const auto& list) {
  return list;
}

OptimizerSpec read_optimizer(JsonReader reader) {
  OptimizerSpec spec;
  spec.rule = reader.get("rule", spec.rule, words<OptimizerRule>(kRules));
  spec.rate = reader.get("rate", spec.rate, 0, 1000);
  spec.momentum = reader.get("momentum", spec.momentum, 0, 1, true);
  spec.beta1 = reader.get("beta1", spec.beta1, 0, 1, true);
  spec.beta2 = reader.get("beta2", spec.beta2, 0, 1, true);
  spec.alpha = reader.get("alpha", spec.alpha, 0, 1, true);
  spec.epsilon = reader.get("epsilon", spec.epsilon, 0, 1);
  spec.weight_decay = reader.get("weight_decay", spec.weight_decay, 0, 1000);
  reader.finish();
  return spec;
}

TrainingSpec read_training(JsonReader reader) {
  TrainingSpec training;
  training.optimizer = read_optimizer(reader.object("optimizer"));
  training.clip_norm = reader.get("clip_norm", training.clip_norm, 0, 1e9);
  training.clip_value = reader.get("clip_value", training.clip_value, 0, 1e9);
  training.batch = reader.get("batch", training.batch, 1, 4096);
  training.steps = reader.get("steps", training.steps, 1, 10000);
  training.own_share = reader.get("own_share", training.own_share, 0, 1);
  training.carry = reader.get("bptt", training.carry, words<bool>(kBptt));
  training.updates = reader.get("updates", training.updates, 0, 1'000'000'000);
  training.evaluate_every = reader.get("evaluate_every", training.evaluate_every, 0, 1'000'000'000);
  training.pause_at_best = reader.get("pause_at_best", training.pause_at_best);
  reader.finish();
  return training;
}

std::vector<nn::ModelSpec> read_models(JsonReader& reader) {
  const json* list = reader.find("models");
  if (!list) return {nn::ModelSpec{}};
  if (!list->is_array() || list->empty() || list->size() > 4)
    reader.reject("models", "an array of one to four models");
  std::vector<nn::ModelSpec> models;
  for (std::size_t m = 0; m < list->size(); ++m) {
    models.push_back(nn::model_spec_from_json((*list)[m], fmt::format("/models/{}", m), reader.origin()));
  }
  return models;
}

Opening read_opening(JsonReader reader) {
  Opening opening;
  opening.paused = reader.get("paused", opening.paused);
  opening.trained = reader.get("trained", opening.trained);
  opening.pace = reader.get("pace", opening.pace, 0, 1e6);
  opening.probe = reader.get("probe", opening.probe);
  if (reader.find("step")) opening.step = reader.get("step", 0, -1'000'000'000, 1'000'000'000);
  const json* unit = reader.find("unit");
  if (unit && unit->is_string())
    opening.unit_that = reader.get("unit", opening.unit_that);
  else if (unit && unit->is_number())
    opening.unit = reader.get("unit", 0, 0, 1'000'000);
  else if (unit)
    reader.reject("unit", "a unit's number, or what it does, such as \"closes at spaces\"");
  opening.coloured_by = reader.get("coloured_by", opening.coloured_by);
  reader.finish();
  return opening;
}

/// Only what says something.
json to_json(const Opening& opening) {
  json result = json::object();
  if (opening.paused) result["paused"] = true;
  if (opening.trained) result["trained"] = true;
  if (opening.pace > 0) result["pace"] = opening.pace;
  if (!opening.probe.empty()) result["probe"] = opening.probe;
  if (opening.step) result["step"] = *opening.step;
  if (opening.unit) result["unit"] = *opening.unit;
  if (!opening.unit_that.empty()) result["unit"] = opening.unit_that;
  if (!opening.coloured_by.empty()) result["coloured_by"] = opening.coloured_by;
  return result;
}

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
  const TrainingSpec& training = experiment.training;
  json models = json::array();
  for (const nn::ModelSpec& model : experiment.models) models.push_back(nn::to_json(model));
  json result{{"title", experiment.title},
              {"look_for", experiment.look_for},
              {"views", experiment.views},
              {"task", to_json(experiment.task)},
              {"models", models},
              {"match", word_of<Match>(experiment.match, kMatches)},
              {"training",
               {{"optimizer",
                 {{"rule", word_of<OptimizerRule>(training.optimizer.rule, kRules)},
                  {"rate", training.optimizer.rate},
                  {"momentum", training.optimizer.momentum},
                  {"beta1", training.optimizer.beta1},
                  {"beta2", training.optimizer.beta2},
                  {"alpha", training.optimizer.alpha},
                  {"epsilon", training.optimizer.epsilon}}},
                {"clip_norm", training.clip_norm},
                {"clip_value", training.clip_value},
                {"batch", training.batch},
                {"steps", training.steps},
                {"bptt", word_of<bool>(training.carry, kBptt)},
                {"updates", training.updates},
                {"evaluate_every", training.evaluate_every}}},
              {"force", nn::to_json(experiment.force)},
              {"seed", experiment.seed}};
  if (experiment.opening != Opening{}) result["opening"] = to_json(experiment.opening);
  // What older programs do not know is written where it is asked for only.
  if (const double decay = training.optimizer.weight_decay; decay != 0)
    result["training"]["optimizer"]["weight_decay"] = decay;
  if (training.own_share != 0) result["training"]["own_share"] = training.own_share;
  if (!training.pause_at_best) result["training"]["pause_at_best"] = false;
  if (experiment.begin_from) {
    result["begin_from"] = {{"file", experiment.begin_from->file}, {"sha256", experiment.begin_from->sha256}};
  }
  return result;
}

Experiment from_json(const json& value, const std::string& origin) {
  JsonReader reader(value, "", origin);
  Experiment experiment;
  experiment.title = reader.get("title", experiment.title);
  experiment.look_for = reader.get("look_for", experiment.look_for);
  experiment.views = reader.get("views", experiment.views);
  experiment.opening = read_opening(reader.object("opening"));
  experiment.task = read_task(reader.object("task"));
  experiment.models = read_models(reader);
  experiment.match = reader.get("match", experiment.match, words<Match>(kMatches));
  experiment.training = read_training(reader.object("training"));
  experiment.force = nn::read_force_rules(reader, "force");
  experiment.seed = reader.get("seed", experiment.seed);
  if (reader.find("begin_from")) {
    JsonReader model = reader.object("begin_from");
    experiment.begin_from = BeginFrom{model.get("file", ""), model.get("sha256", "")};
    model.finish();
  }
  reader.finish();
  return experiment;
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
