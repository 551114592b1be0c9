#include "core/experiment/experiment.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "core/files.h"
#include "core/nn/layer.h"
#include "core/nn/network.h"
#include "core/views/view.h"
#include "tests/error_of.h"
#include "tests/rules.h"
#include "tests/temporary_folder.h"

namespace gatescope::experiment {
namespace {

std::string error_of_json(const std::string& json) {
  return gatescope::error_of([&] { parse_experiment(json, "test.json"); });
}

TEST(Experiment, RoundTripsThroughJson) {
  Experiment e;
  e.title = "Ünïcode \"quoted\"";
  e.views = {"gates", "training"};
  e.task.kind = "temporal_order";
  e.task.length = 33;
  e.models.resize(2);
  e.models[1].cell = "gru";
  e.models[1].init.forget_bias = 2.5;
  e.match = Match::parameters;
  e.training.optimizer.rule = experiment::OptimizerRule::rmsprop;
  e.training.carry = false;
  e.force = rules({"f=0", "0.i[1-3]@5-=*0.5"});
  e.seed = 18446744073709551615u;
  EXPECT_EQ(parse_experiment(to_json(e).dump(), "again"), e);
  EXPECT_EQ(parse_experiment("{}", "empty"), Experiment{});
  EXPECT_FALSE(to_json(e)["training"]["optimizer"].contains("weight_decay")) << "older programs read it";
  e.training.optimizer.weight_decay = 0.01;
  e.models[1].token_shift = true;
  e.models[1].conv = 4;
  e.models[1].heads = 4;
  EXPECT_EQ(parse_experiment(to_json(e).dump(), "again"), e);
}

TEST(Experiment, AMatchingWidthIsCutIntoTheHeadsThatWereAskedFor) {
  Experiment e;
  e.match = Match::parameters;
  e.models.resize(2);
  e.models[0].hidden = 50;
  e.models[1].cell = "slstm";
  e.models[1].heads = 3;
  const nn::Interface interface { nn::InputKind::characters, 40, nn::Readout::softmax, 40 };
  complete(e, interface);
  EXPECT_EQ(e.models[1].hidden % 3, 0);
  const double target = static_cast<double>(nn::count_parameters(e.models[0], interface));
  EXPECT_NEAR(static_cast<double>(nn::count_parameters(e.models[1], interface)) / target, 1, 0.05);
}

TEST(Experiment, CountsTheMemoryOfWhatAFilterKeeps) {
  const nn::Interface interface { nn::InputKind::characters, 1000, nn::Readout::softmax, 1000 };
  nn::ModelSpec model;
  const double plain = memory_needed(model, interface, 100, 1);
  model.token_shift = true;  // x and xs, of a thousand numbers each, in values and gradients
  EXPECT_GE(memory_needed(model, interface, 100, 1) - plain, 4 * sizeof(float) * 1000 * 100);
}

TEST(Experiment, NamesTheMisspelledKey) {
  const std::string error = error_of_json(R"({"training": {"bacth": 3}})");
  EXPECT_NE(error.find("test.json"), std::string::npos) << error;
  EXPECT_NE(error.find("/training/bacth"), std::string::npos) << error;
  EXPECT_NE(error.find("batch"), std::string::npos) << error;
}

TEST(Experiment, NamesThePlaceAndTheRangeOfEveryBadValue) {
  const std::vector<std::pair<std::string, std::string>> bad{
      {R"({"training": {"batch": 0}})", "/training/batch"},
      {R"({"training": {"batch": 1.5}})", "/training/batch"},
      {R"({"training": {"optimizer": {"rule": "adma"}}})", "/training/optimizer/rule"},
      {R"({"training": {"steps": "many"}})", "/training/steps"},
      {R"({"task": {"held_out": 1}})", "/task/held_out"},
      {R"({"task": {"kind": "txt"}})", "/task/kind"},
      {R"({"task": {"kind": "temporal_order", "text": "tales.txt"}})", "/task/text"},
      {R"({"task": {"length": 20}})", "/task/length"},
      {R"({"models": []})", "/models"},
      {R"({"models": [{}, {}, {}, {}, {}]})", "/models"},
      {R"({"models": [{}, {"hidden": -1}]})", "/models/1/hidden"},
      {R"({"models": [{"init": {"gian": 1}}]})", "/models/0/init/gian"},
      {R"({"models": [{"name": "a,b"}]})", "/models/0/name"},
      {R"({"force": ["f=0", "q=="]})", "/force/1"},
      {R"({"seed": -1})", "/seed"},
      {R"({"opening": {"paused": 1}})", "/opening/paused"},
      {R"({"opening": {"pace": -1}})", "/opening/pace"},
      {R"({"training": {"pause_at_best": 0}})", "/training/pause_at_best"},
      {R"({"opening": {"unit": []}})", "/opening/unit"},
      {R"({"opening": {"unit": -1}})", "/opening/unit"},
      {R"({"opening": {"steps": 3}})", "/opening/steps"},
      {R"([])", "test.json"},
      {R"({"seed": 1, "seed": 2})", "seed"},
      {"{", "test.json"},
      {std::string("\x00\xff\xfe junk", 8), "test.json"},
  };
  for (const auto& [json, place] : bad) {
    const std::string error = error_of_json(json);
    EXPECT_NE(error.find(place), std::string::npos) << json << " -> " << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

TEST(Experiment, ReadsRulesAsTheyAreWrittenAndWritesTheirCanonicalForm) {
  const Experiment e =
      parse_experiment(R"({"force": ["f @ 2 = open", "00.z ~ [3, 2] = * 1 + 0.50"]})", "e.json");
  EXPECT_EQ(e.force, rules({"f@2=1", "0.z~[2-3]=*1+0.5"}));
  EXPECT_EQ(to_json(e).at("force"), (nlohmann::json{"f@2=1", "0.z~[2-3]=*1+0.5"}));
  EXPECT_EQ(from_json(to_json(e), "e.json"), e);
  const std::string error = error_of_json(R"({"force": ["f=0", "f~=open"]})");
  EXPECT_TRUE(error.starts_with("'test.json': /force/1: force rule")) << error;
}

TEST(Experiment, SaysHowItOpensAndOnlyThat) {
  const Experiment e = parse_experiment(
      R"({"opening": {"paused": true, "trained": true, "probe": "a b", "step": -1, "unit": "counts brackets",
          "coloured_by": "f"}})",
      "e.json");
  EXPECT_EQ(e.opening.step, -1);
  EXPECT_EQ(e.opening.unit_that, "counts brackets");
  EXPECT_FALSE(e.opening.unit);
  EXPECT_EQ(from_json(to_json(e), "e.json"), e);
  EXPECT_EQ(parse_experiment(R"({"opening": {"unit": 5}})", "e.json").opening.unit, 5);
  EXPECT_FALSE(to_json(Experiment{}).contains("opening")) << "older programs do not know it";
  const Experiment slow =
      parse_experiment(R"({"opening": {"pace": 7.5}, "training": {"pause_at_best": false}})", "e.json");
  EXPECT_EQ(slow.opening.pace, 7.5);
  EXPECT_FALSE(slow.training.pause_at_best);
  EXPECT_EQ(from_json(to_json(slow), "again"), slow);
  EXPECT_FALSE(to_json(Experiment{})["training"].contains("pause_at_best")) << "nor this";
}

TEST(Experiment, GivesRulesToTheModelsThatHaveTheChannel) {
  Experiment e;
  e.models.resize(2);
  e.models[1].cell = "gru";
  e.force = rules({"f=0", "z=1", "h=0"});
  EXPECT_EQ(rules_for(e, {.cell = "lstm"}).size(), 2u);
  EXPECT_EQ(rules_for(e, {.cell = "gru"}).size(), 2u);
  e.models[0].cell = "mingru";
  e.force = rules({"n~=0"});
  EXPECT_EQ(rules_for(e, {.cell = "gru"}).size(), 1u);
  EXPECT_EQ(rules_for(e, {.cell = "mingru"}).size(), 0u) << "its candidate has no activation";
  e.force = rules({"nothing=0"});
  EXPECT_EQ(rules_for(e, {.cell = "gru"}).size(), 1u) << "left for the cell's own check to refuse";
}

TEST(Experiment, NumbersModelsOfOneName) {
  Experiment e;
  e.models.resize(3);
  complete(e, {nn::InputKind::characters, 5, nn::Readout::softmax, 5});
  EXPECT_EQ(e.models[0].name, "lstm");
  EXPECT_EQ(e.models[1].name, "lstm-2");
  EXPECT_EQ(e.models[2].name, "lstm-3");
}

TEST(Experiment, EveryShippedPresetIsRightAndTellsWhatToLookFor) {
  int count = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(GATESCOPE_SOURCE_DIR) + "/presets")) {
    if (file.path().extension() != ".json") continue;
    Experiment e = load_experiment(file.path());
    EXPECT_FALSE(e.title.empty()) << file.path();
    EXPECT_FALSE(e.look_for.empty()) << file.path();
    EXPECT_FALSE(e.views.empty()) << file.path();
    for (const std::string& view : e.views) EXPECT_NO_THROW(views::find_view(view)) << file.path();
    if (e.task.text != "source.txt") {
      const auto task = make_task(e, std::string(GATESCOPE_SOURCE_DIR) + "/assets/corpora");
      complete(e, task->interface());
    }
    ++count;
  }
  EXPECT_GE(count, 8);
}

TEST(Experiment, CarriesAPathThatIsNotUtf8ThroughJson) {
  Experiment e;
  e.task.text = "/tmp/caf\xe9/no\nvel \"%41\".txt";
  e.task.near = "../caf\xe9.txt";
  e.task.sha256 = std::string(64, 'a');
  e.task.characters = 7;
  const std::string json = to_json(e).dump();
  EXPECT_EQ(parse_experiment(json, "again"), e) << json;
  e.task.text = "file:novel.txt";
  EXPECT_EQ(parse_experiment(to_json(e).dump(), "again"), e);
}

TEST(Experiment, RefusesATextThatNoFileCanBe) {
  EXPECT_NE(error_of_json(R"({"task": {"text": "a\u0000b"}})").find("zero byte"), std::string::npos);
  EXPECT_NE(error_of_json(R"({"task": {"text": ""}})").find("/task/text"), std::string::npos);
  EXPECT_NE(error_of_json(R"({"task": {"sha256": "xyz"}})").find("/task/sha256"), std::string::npos);
}

TEST(Experiment, SaysWhatAFileIsThatIsNoExperiment) {
  const TemporaryFolder folder;
  const auto says = [&](const std::string& bytes) {
    write_file(folder.path() / "f.json", bytes);
    return gatescope::error_of([&] { load_experiment(folder.path() / "f.json"); });
  };
  EXPECT_NE(says("\x89PNG\r\n\x1a\n\0\0\0\rIHDR").find("a PNG picture"), std::string::npos);
  EXPECT_NE(says("Once upon a time").find("--text"), std::string::npos);
  EXPECT_NE(says(R"({"figure": 1, "view": "gates"})").find("figure --from"), std::string::npos);
  EXPECT_NE(says(R"({"schema": 1, "layers": []})").find("a trace"), std::string::npos);
  EXPECT_NE(says(R"(["a", "b"])").find("vocabulary"), std::string::npos);
  write_file(folder.path() / "f.json", "\xef\xbb\xbf{\"seed\": 3}");
  EXPECT_EQ(load_experiment(folder.path() / "f.json").seed, 3u);
  write_file(folder.path() / "f.json", std::string("\xff\xfe{\0}\0", 6));
  EXPECT_EQ(load_experiment(folder.path() / "f.json").seed, 1u);
}

}  // namespace
}  // namespace gatescope::experiment
