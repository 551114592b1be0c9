#include "core/experiment/labels.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/nn/blocks.h"

namespace gatescope::experiment {
namespace {

const std::filesystem::path presets = std::filesystem::path(GATESCOPE_SOURCE_DIR) / "presets";

/// A preset after an edit.
Experiment edited(const char* preset, const std::function<void(Experiment&)>& edit) {
  const Experiment before = load_experiment(presets / (std::string(preset) + ".json"));
  Experiment after = before;
  edit(after);
  relabel(before, after);
  return after;
}

TEST(Labels, AModelIsNamedAnewByWhatTellsItFromTheOthers) {
  const Experiment e = edited("forgetting", [](Experiment& x) { x.models[2].init.gain = 3; });
  EXPECT_EQ(e.models[0].name, "gain 0.9");
  EXPECT_EQ(e.models[1].name, "gain 1.0");
  EXPECT_EQ(e.models[2].name, "gain 3");
  EXPECT_EQ(edited("forgetting", [](Experiment& x) { x.models[0].init.gain = 1; }).models[0].name, "gain 1");
  EXPECT_EQ(edited("forget_bias", [](Experiment& x) { x.models[2].init.chrono = 40; }).models[2].name,
            "chrono 40");
  EXPECT_EQ(edited("forget_bias", [](Experiment& x) { x.models[0].hidden = 16; }).models[0].name,
            "bias 1 and 16 units");
  EXPECT_EQ(edited("forgetting", [](Experiment& x) { x.models[0].cell = "gru"; }).models[0].name, "GRU");
}

TEST(Labels, ABlockOfTheFieldIsNamedAndOtherStagesOneByOne) {
  std::vector<nn::ModelSpec> models(3);
  for (nn::ModelSpec& model : models) model.cell = "gru";
  nn::find_block("mamba").set(models[1]);
  models[2].norm = models[2].residual = true;
  EXPECT_EQ(told_apart(models[0], models, Match::width), "GRU");
  EXPECT_EQ(told_apart(models[1], models, Match::width), "Mamba block");
  EXPECT_EQ(told_apart(models[2], models, Match::width), "norm and residual");
}

TEST(Labels, ANameThatSaysTheCellAloneStaysUntilTheCellIsAnother) {
  EXPECT_EQ(edited("race", [](Experiment& x) { x.models[0].hidden = 20; }).models[0].name, "LSTM");
  EXPECT_EQ(edited("race", [](Experiment& x) { x.models[0].cell = "janet"; }).models[0].name, "");
  Experiment own = edited("race", [](Experiment& x) { x.models.resize(1); });
  own.models[0].name = "baseline";
  Experiment after = own;
  for (const int units : {17, 18}) {
    const Experiment before = after;
    after.models[0].hidden = units;
    relabel(before, after);
    EXPECT_EQ(after.models[0].name, "baseline (changed)");
  }
}

TEST(Labels, NamesOfModelsCanBeWrittenAndReadBack) {
  const Experiment e = edited("forget_bias", [](Experiment& x) {
    x.models[0].hidden = 16, x.models[0].layers = 2, x.models[0].init.gain = 0.12345678901234567;
  });
  EXPECT_EQ(parse_experiment(to_json(e).dump(), "it").models, e.models);
  EXPECT_LE(e.models[0].name.size(), 64u);
}

TEST(Labels, APresetThatIsChangedSaysSo) {
  const std::string title = load_experiment(presets / "race.json").title,
                    sentence = load_experiment(presets / "race.json").look_for;
  for (const auto& edit : std::vector<std::function<void(Experiment&)>>{
           [](Experiment& x) { x.models[1].layers = 2; }, [](Experiment& x) { x.models.pop_back(); },
           [](Experiment& x) { x.training.optimizer.rate /= 2; },
           [](Experiment& x) { x.training.clip_norm = 0; }, [](Experiment& x) { x.training.batch = 7; },
           [](Experiment& x) { x.match = Match::width; }, [](Experiment& x) { x.task.length = 30; }}) {
    const Experiment e = edited("race", edit);
    EXPECT_EQ(e.title, title + ", changed");
    EXPECT_EQ(e.look_for, "Before it was changed: " + sentence);
    Experiment twice = e;
    edit(twice);
    twice.training.batch = 9;
    relabel(e, twice);
    EXPECT_EQ(twice.title, e.title) << "said once";
    EXPECT_EQ(twice.look_for, e.look_for);
  }
}

TEST(Labels, WhatAPresetDoesNotTellOfIsNoChange) {
  const Experiment before = load_experiment(presets / "race.json");
  for (const auto& edit : std::vector<std::function<void(Experiment&)>>{
           [](Experiment& x) { x.seed = 7; }, [](Experiment& x) { x.training.pause_at_best = false; },
           [](Experiment& x) { x.training.updates = 7; },
           [](Experiment& x) { x.force = {nn::parse_force_rule("f=0")}; },
           [](Experiment& x) { x.opening.paused = !x.opening.paused; },
           [](Experiment& x) { x.views = {"cell"}; }}) {
    const Experiment e = edited("race", edit);
    EXPECT_EQ(e.title, before.title);
    EXPECT_EQ(e.look_for, before.look_for);
  }
}

TEST(Labels, AnotherTaskIsCalledByItsOwnName) {
  const Experiment own = edited("brackets", [](Experiment& x) { x.task.text = "/home/me/novel.txt"; });
  EXPECT_EQ(own.title, "novel.txt");
  EXPECT_EQ(own.look_for.find("bracket"), std::string::npos) << own.look_for;
  const Experiment order = edited("brackets", [](Experiment& x) {
    x.task = {};
    x.task.kind = "temporal_order";
  });
  EXPECT_EQ(order.title, "Temporal order");
  EXPECT_EQ(order.look_for, "");
  Experiment wider = own;
  wider.models[0].hidden = 99;
  relabel(own, wider);
  EXPECT_EQ(wider.title, "novel.txt") << "it tells of the text alone";
}

TEST(Labels, WhatTheEditItselfWroteStays) {
  const Experiment e = edited("race", [](Experiment& x) {
    x.title = "Mine";
    x.models[0].name = "mine";
    x.models[0].layers = 2;
  });
  EXPECT_EQ(e.title, "Mine");
  EXPECT_EQ(e.models[0].name, "mine");
}

}  // namespace
}  // namespace gatescope::experiment
