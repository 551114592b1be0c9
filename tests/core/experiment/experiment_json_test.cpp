// Whatever an experiment is, it is read as it was written.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "core/error.h"
#include "core/experiment/experiment.h"
#include "core/experiment/task_kinds.h"
#include "core/nn/blocks.h"
#include "core/nn/layer.h"
#include "core/nn/model_spec_json.h"
#include "tests/rules.h"

namespace gatescope::experiment {
namespace {

/// Chooses the values of structs.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : generator_(seed) {}

  std::size_t below(std::size_t count) { return generator_() % count; }
  bool coin() { return below(2) == 1; }
  /// With as many digits as a double has.
  double share() { return static_cast<double>(generator_()) / 18446744073709551616.0; }
  std::uint64_t number() { return generator_(); }
  std::string word() { return fmt::format("{} ü\"{}\\", below(1000), coin() ? "\n" : ""); }
  /// Of an enumeration whose last value this is.
  template <class E>
  E any(E last) {
    return static_cast<E>(below(static_cast<std::size_t>(last) + 1));
  }

 private:
  std::mt19937_64 generator_;
};

nn::ModelSpec any_model(Chance& chance) {
  nn::ModelSpec model;
  if (chance.coin()) model.name = fmt::format("model σ {}", chance.below(100));
  model.cell = nn::all_cells()[chance.below(nn::all_cells().size())]->key;
  model.hidden = static_cast<Index>(1 + chance.below(nn::kMaxHidden));
  model.layers = static_cast<int>(1 + chance.below(nn::kMaxLayers));
  model.bidirectional = chance.coin();
  if (chance.coin()) model.dropout = chance.share();
  if (chance.coin()) model.embedding = static_cast<Index>(chance.below(nn::kMaxHidden));
  if (chance.coin()) model.heads = static_cast<Index>(1 + chance.below(nn::kMaxHidden));
  if (chance.coin()) model.conv = static_cast<int>(2 + chance.below(nn::kMaxWindow - 1));
  for (const nn::LayerSwitch& option : nn::layer_switches()) model.*option.on = chance.coin();
  if (model.bidirectional) model.residual = false;
  if (chance.coin()) {
    model.decoder = {chance.any(nn::Attention::concat), chance.coin(), chance.coin()};
    nn::set_decoder_cell(model, std::string(nn::all_cells()[chance.below(nn::all_cells().size())]->key));
  }
  model.init.input = chance.any(nn::Weights::orthogonal);
  model.init.recurrent = chance.any(nn::Weights::identity);
  model.init.gain = 2 * chance.share() - 1;
  if (chance.coin()) model.init.forget_bias = 2000 * chance.share() - 1000;
  if (chance.coin()) model.init.chrono = static_cast<int>(3 + chance.below(1000));
  return model;
}

/// With the fields of its kind.
TaskSpec any_task(Chance& chance) {
  const auto kinds = task_kinds();
  const TaskKind& kind = kinds[chance.below(kinds.size())];
  TaskSpec task;
  task.kind = kind.key;
  for (const TaskNumber& number : kind.numbers)
    task.*number.value =
        number.low + static_cast<Index>(chance.below(static_cast<std::size_t>(number.high - number.low + 1)));
  if (kind.held_out) task.*kind.held_out = 0.01 + 0.8 * chance.share();
  const auto words = [&] {
    return chance.coin() ? std::vector{chance.word(), chance.word()} : std::vector<std::string>();
  };
  if (kind.of_text) {
    task.text = chance.word();
    if (chance.coin()) task.near = "../caf\xe9";
    if (chance.coin()) task.sha256 = std::string(64, 'a'), task.characters = chance.number();
    task.replace_invalid = chance.coin();
    task.vocabulary = words();
  } else if (kind.key == kSeriesTask) {
    task.series = chance.word();
    task.columns = words();
    task.given = words();
    task.scaling = chance.any(series::Scaling::log_difference);
    if (chance.coin()) task.learnt_series = {chance.word(), "data", {77, {chance.share(), -1}, {1, 2}}};
  } else if (kind.key == kLinesTask || kind.key == kPairsTask) {
    (kind.key == kLinesTask ? task.lines : task.pair_file) = chance.word();
    task.replace_invalid = chance.coin();
    if (chance.coin()) {
      task.learnt_file = {.file = "f\xff", .data = "data", .characters = "abü", .longest = 33};
      if (chance.coin()) task.learnt_file->bound = chance.share();
      if (chance.coin()) task.learnt_file->labels = {"even", "odd"};
    }
  }
  return task;
}

Experiment any_experiment(Chance& chance) {
  Experiment e;
  if (chance.coin()) e.title = chance.word();
  if (chance.coin()) e.look_for = chance.word();
  if (chance.coin()) e.views = {"gates", chance.word()};
  e.task = any_task(chance);
  e.models.resize(1 + chance.below(4));
  for (nn::ModelSpec& model : e.models) model = any_model(chance);
  e.match = chance.any(Match::parameters);
  OptimizerSpec& optimizer = e.training.optimizer;
  optimizer = {chance.any(OptimizerRule::rmsprop),
               chance.share(),
               chance.share(),
               chance.share(),
               chance.share(),
               chance.share(),
               chance.share(),
               0};
  if (chance.coin()) optimizer.weight_decay = chance.share();
  e.training.clip_norm = 10 * chance.share();
  e.training.clip_value = chance.share();
  e.training.batch = static_cast<Index>(1 + chance.below(4096));
  e.training.steps = static_cast<Index>(1 + chance.below(10000));
  if (chance.coin()) e.training.own_share = chance.share();
  e.training.carry = chance.coin();
  e.training.updates = chance.below(1'000'000);
  e.training.evaluate_every = chance.below(1000);
  e.training.pause_at_best = chance.coin();
  if (chance.coin()) {
    Opening& opening = e.opening;
    opening.paused = chance.coin();
    opening.trained = chance.coin();
    if (chance.coin()) opening.pace = 100 * chance.share();
    if (chance.coin()) opening.probe = chance.word();
    if (chance.coin()) opening.step = static_cast<int>(chance.below(100)) - 50;
    if (chance.coin()) opening.coloured_by = "f";
    if (chance.coin())
      opening.unit = static_cast<int>(chance.below(1000));
    else if (chance.coin())
      opening.unit_that = "closes at spaces";
  }
  if (chance.coin()) e.force = rules({"f=0", "0.i[1-3]@5-=*0.5"});
  e.seed = chance.number();
  if (chance.coin()) e.begin_from = {chance.word(), std::string(64, 'b')};
  return e;
}

TEST(ExperimentJson, EveryExperimentReadsBackAsItWasWritten) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Chance chance(seed);
    const Experiment e = any_experiment(chance);
    const nlohmann::json written = to_json(e);
    const Experiment again = parse_experiment(written.dump(), fmt::format("of seed {}", seed));
    EXPECT_EQ(again, e) << written.dump(1);
    EXPECT_EQ(to_json(again).dump(), written.dump());
  }
}

TEST(ExperimentJson, EveryPresetReadsBackAsItWasWritten) {
  int count = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(GATESCOPE_SOURCE_DIR) + "/presets")) {
    if (file.path().extension() != ".json") continue;
    Experiment e = load_experiment(file.path());
    e.task.beside.clear();  // is not written
    const nlohmann::json written = to_json(e);
    const Experiment again = parse_experiment(written.dump(), file.path().string());
    EXPECT_EQ(again, e) << file.path();
    EXPECT_EQ(to_json(again).dump(), written.dump()) << file.path();
    ++count;
  }
  EXPECT_GE(count, 8);
}

TEST(ExperimentJson, ADefaultIsWrittenAsOlderProgramsReadIt) {
  const nlohmann::json written = to_json(Experiment{});
  for (const char* pointer :
       {"/opening", "/begin_from", "/training/own_share", "/training/pause_at_best",
        "/training/optimizer/weight_decay", "/task/near", "/task/sha256", "/task/characters",
        "/task/vocabulary", "/models/0/heads", "/models/0/conv", "/models/0/decoder"})
    EXPECT_FALSE(written.contains(nlohmann::json::json_pointer(pointer))) << pointer;
  EXPECT_EQ(written["training"].dump(),
            R"({"batch":32,"bptt":"truncated","clip_norm":5.0,"clip_value":0.0,"evaluate_every":100,)"
            R"("optimizer":{"alpha":0.99,"beta1":0.9,"beta2":0.999,"epsilon":1e-08,"momentum":0.0,)"
            R"("rate":0.002,"rule":"adam"},"steps":64,"updates":1000})");
}

}  // namespace
}  // namespace gatescope::experiment
