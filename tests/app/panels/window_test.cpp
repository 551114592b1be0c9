// The window's controls, against a real session.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/views/parts.h"
#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using ui::Key;
using Rules = std::vector<std::string>;

struct TheWindow : testing::Test {
  WindowDriver w;

  void SetUp() override { w.open_tiny(); }
  const experiment::Experiment& experiment() { return w.document().experiment; }
  const nn::ModelSpec& model(std::size_t m = 0) { return experiment().models.at(m); }
  const nn::ModelSpec& real(std::size_t m = 0) { return w.now().models.at(m).spec; }
  Rules rules() { return nn::to_strings(w.document().probe.rules); }
  /// Undo takes changes apart that are not close to each other.
  void wait() { w.frames(1, 1); }
};

// --- Training ---------------------------------------------------------------------------------------------

TEST_F(TheWindow, TrainsAndPauses) {
  EXPECT_FALSE(w.now().training);
  w.click("▶  Train");
  EXPECT_TRUE(w.now().training);
  for (int k = 0; k < 500 && w.now().updates < 5; ++k) w.frames();
  w.click("❚❚  Training");
  EXPECT_FALSE(w.now().training);
  const auto updates = w.now().updates;
  EXPECT_GE(updates, 5u);
  EXPECT_EQ(w.text("update"), ui::grouped(updates));
  w.settle();
  EXPECT_EQ(w.now().updates, updates);
  EXPECT_NE(w.text("bits/char"), "–");
}

TEST_F(TheWindow, StepMakesOneUpdate) {
  const auto updates = w.now().updates;
  w.click("Step");
  EXPECT_EQ(w.now().updates, updates + 1);
  EXPECT_EQ(w.bench().shown().readings()->update, updates + 1) << "what is shown is the new model";
  EXPECT_FALSE(w.now().training);
}

TEST_F(TheWindow, ResetBeginsAgainWithTheSameWeights) {
  w.click("Reset");
  EXPECT_EQ(w.now().updates, 0u);
  const auto start = w.models();
  w.click("Step");
  w.click("Step");
  EXPECT_NE(w.models(), start);
  w.click("Reset");
  EXPECT_EQ(w.now().updates, 0u);
  EXPECT_EQ(w.models(), start);
  EXPECT_FALSE(w.now().training);
}

TEST_F(TheWindow, PaceIsChosen) {
  w.click("10/s");
  EXPECT_EQ(w.now().pace, 10);
  EXPECT_EQ(w.text("10/s"), "chosen");
  w.click("full");
  EXPECT_EQ(w.now().pace, 0);
  w.click("1/s");
  EXPECT_EQ(w.now().pace, 1);
}

TEST_F(TheWindow, RateAndClipChangeARunningTraining) {
  w.click("60/s");
  w.train_until(w.now().updates + 3);
  w.click("▶  Train");
  const auto updates = w.now().updates;
  w.enter("Rate", "0.025");
  w.enter("Clip norm", "1.5");
  EXPECT_TRUE(w.now().training);
  EXPECT_GE(w.now().updates, updates) << "it was not begun again";
  EXPECT_EQ(w.now().experiment.training.optimizer.rate, 0.025);
  EXPECT_EQ(w.now().experiment.training.clip_norm, 1.5);
  const auto then = w.now().updates;
  for (int k = 0; k < 2000 && w.now().updates <= then; ++k) w.frames();
  EXPECT_GT(w.now().updates, then) << "it goes on";
  w.click("❚❚  Training");
  wait();
  w.key(Key::z, {.ctrl = true});
  w.key(Key::z, {.ctrl = true});
  EXPECT_EQ(w.now().experiment.training.optimizer.rate, 0.01);
  EXPECT_EQ(w.now().experiment.training.clip_norm, 5);
}

// --- The experiment ---------------------------------------------------------------------------------------

TEST_F(TheWindow, EveryPresetOpensFromTheList) {
  const auto presets = w.bench().files().presets();
  ASSERT_GE(presets.size(), 8u);
  for (const std::string& preset : presets) {
    std::string name = preset;
    std::ranges::replace(name, '_', ' ');
    w.choose("Preset", name);
    w.bench().training().train(false);
    w.settle();
    EXPECT_EQ(w.bench().editor().preset(), preset);
    EXPECT_EQ(w.text("Preset"), name);
    EXPECT_FALSE(w.now().models.empty());
    EXPECT_EQ(w.view().open, experiment().views);
    EXPECT_THAT(w.messages(), IsEmpty()) << preset;
    if (ui::wants_one_loss(w.view())) {
      EXPECT_EQ(w.view().step, w.bench().shown().steps() - 1) << preset;
    }
  }
}

TEST_F(TheWindow, PresetOpensFromTheMenuAndUndoLeadsBack) {
  w.key(Key::digit_3);
  const std::vector<std::string> shown = w.view().open;
  w.menu("Presets", "race");
  EXPECT_EQ(w.bench().editor().preset(), "race");
  EXPECT_EQ(w.now().models.size(), 3u);
  EXPECT_TRUE(w.now().training) << "a preset learns at once";
  w.click("❚❚  Training");
  EXPECT_NE(w.view().open, shown);
  w.key(Key::z, {.ctrl = true});
  EXPECT_EQ(w.now().models.size(), 1u);
  EXPECT_EQ(real().hidden, 8);
  EXPECT_EQ(w.view().open, shown) << "what was open shows what it showed";
}

TEST_F(TheWindow, TaskIsChosen) {
  w.choose("Task", "temporal order");
  EXPECT_EQ(w.now().experiment.task.kind, "temporal_order");
  EXPECT_FALSE(w.now().outcome->of_input);
  EXPECT_FALSE(w.now().training);
  w.enter("Steps of a sequence", "30");
  EXPECT_EQ(w.now().experiment.task.length, 30);
  EXPECT_EQ(w.bench().shown().steps(), 30);
  const auto before = w.bench().shown().readings()->characters;
  w.click("Another##probe");
  EXPECT_NE(w.bench().shown().readings()->characters, before);
  // One of a person's own, which says where it cannot be read.
  w.click("Edit##probe");
  EXPECT_THAT(w.text("probe text"), HasSubstr("B\n"));
  w.key(Key::a, {.ctrl = true});
  w.type("X |Q");
  w.click("Read it");
  EXPECT_TRUE(w.said("line 1 has \"Q\", expected a class, one of XX, XY, YX, YY")) << w.messages();
  ASSERT_TRUE(w.has("probe text"));
  w.key(Key::a, {.ctrl = true});
  w.type("X |XY");
  w.click("Read it");
  EXPECT_FALSE(w.has("probe text"));
  EXPECT_EQ(w.bench().shown().steps(), 1);
  EXPECT_EQ(w.bench().shown().observation()->expected(0), "XY");
  w.click("Another##probe");
  EXPECT_EQ(w.bench().shown().steps(), 30);
  w.choose("Task", "text");
  EXPECT_TRUE(w.now().outcome->of_input);
  EXPECT_GT(w.bench().shown().steps(), 1);
}

TEST_F(TheWindow, SeedMakesOtherWeights) {
  w.click("Reset");
  const auto before = w.models();
  w.enter("Seed", "7");
  EXPECT_EQ(w.now().experiment.seed, 7u);
  EXPECT_NE(w.models(), before);
  w.enter("Seed", "1");
  EXPECT_EQ(w.models(), before);
}

TEST_F(TheWindow, ModelsAreAddedRemovedComparedAndMatched) {
  w.click("+ add a model");
  EXPECT_EQ(w.now().models.size(), 2u);
  EXPECT_NE(w.now().models[0].name, w.now().models[1].name);
  w.click("+ add a model");
  w.click("+ add a model");
  EXPECT_EQ(w.now().models.size(), 4u);
  EXPECT_FALSE(w.has("+ add a model"));
  w.click_nth("##remove", 3);
  EXPECT_EQ(w.now().models.size(), 3u);
  w.click("Compare RNN, GRU, LSTM");
  ASSERT_EQ(w.now().models.size(), 3u);
  EXPECT_EQ(real(0).cell, "lstm");
  EXPECT_EQ(real(1).cell, "gru");
  EXPECT_EQ(real(2).cell, "rnn");
  EXPECT_EQ(experiment().match, experiment::Match::parameters);
  EXPECT_GT(real(1).hidden, 8);
  w.click("width##Same");
  EXPECT_EQ(real(1).hidden, 8);
  w.click("parameters##Same");
  EXPECT_GT(real(1).hidden, 8);
  w.click("model " + w.now().models[1].name);
  EXPECT_EQ(w.view().model, 1u);
  EXPECT_TRUE(w.has("Units (matched)"));
  w.click("model " + w.now().models[2].name);
  w.click_nth("##remove", 2);
  EXPECT_EQ(w.now().models.size(), 2u);
  EXPECT_EQ(w.view().model, 1u);
}

TEST_F(TheWindow, ModelOfTheStageIsChosen) {
  w.open_tiny({"lstm", "gru"});
  const std::string name = w.now().models[1].name;
  w.click(name + "####model");
  EXPECT_EQ(w.view().model, 1u);
  EXPECT_TRUE(w.has("Reset##force r") || w.has("closed##Reset##force r")) << w.labels();
  w.key(Key::n);
  EXPECT_EQ(w.view().model, 0u);
}

TEST_F(TheWindow, CellIsChosen) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    w.choose("Cell", std::string(cell->title));
    EXPECT_EQ(real().cell, cell->key);
    EXPECT_EQ(w.bench().shown().cell(), cell);
    ASSERT_TRUE(w.bench().shown().tape()) << cell->key;
    EXPECT_THAT(w.messages(), IsEmpty()) << cell->key;
  }
}

TEST_F(TheWindow, SizesOfTheModel) {
  w.enter("Units", "12");
  EXPECT_EQ(real().hidden, 12);
  w.enter("Layers", "2");
  EXPECT_EQ(real().layers, 2);
  EXPECT_TRUE(w.has("Layer"));
  w.enter("Layer", "1");
  EXPECT_EQ(w.view().layer, 1);
  w.enter("Layers", "1");
  EXPECT_EQ(w.view().layer, 0);
  EXPECT_FALSE(w.now().training);
}

TEST_F(TheWindow, BeginningOfTheModel) {
  w.enter("Keep-gate bias", "2.5");
  EXPECT_EQ(real().init.forget_bias, 2.5);
  w.enter("Chrono lag", "2");
  EXPECT_EQ(real().init.chrono, 3) << "the least there is";
  w.enter("Chrono lag", "0");
  EXPECT_EQ(real().init.chrono, 0);
  w.enter("Recurrent gain", "1.5");
  EXPECT_EQ(real().init.gain, 1.5);
}

TEST_F(TheWindow, BothDirections) {
  w.click("Both directions");
  EXPECT_TRUE(real().bidirectional);
  EXPECT_THAT(w.messages(), IsEmpty());
  EXPECT_TRUE(w.bench().shown().tape());
  w.click("Both directions");
  EXPECT_FALSE(real().bidirectional);
}

TEST_F(TheWindow, OptimizerStepsAndBatch) {
  w.resize(1600, 1400);  // all of the column is seen
  w.settle();
  w.choose("Optimizer", "SGD");
  EXPECT_EQ(w.now().experiment.training.optimizer.rule, experiment::OptimizerRule::sgd);
  w.choose("Optimizer", "RMSprop");
  EXPECT_EQ(w.now().experiment.training.optimizer.rule, experiment::OptimizerRule::rmsprop);
  w.enter("Steps back", "9");
  EXPECT_EQ(w.now().experiment.training.steps, 9);
  w.enter("Batch", "3");
  EXPECT_EQ(w.now().experiment.training.batch, 3);
}

TEST_F(TheWindow, ATooLargeModelIsRefusedWithItsSizeAndTheOldOneStays) {
  w.click("Step");
  const auto updates = w.now().updates;
  w.enter("Units", "8192");
  EXPECT_THAT(w.messages(), HasSubstr("GB"));
  EXPECT_TRUE(w.has("problem"));
  EXPECT_EQ(real().hidden, 8);
  EXPECT_EQ(model().hidden, 8);
  EXPECT_EQ(w.now().updates, updates);
  EXPECT_TRUE(w.bench().shown().observation());
  w.click("##dismiss0");
  EXPECT_FALSE(w.has("problem"));
}

TEST_F(TheWindow, ALossThatIsNotANumberPausesExplainsAndLeadsBack) {
  w.choose("Cell", std::string(nn::find_cell("rnn_relu").title));
  w.choose("Optimizer", "SGD");
  w.enter("Clip norm", "0");
  w.train_until(100);
  w.enter("Rate", "1000");
  w.bench().training().train(true);
  w.bench().session().settle(true);
  w.settle();
  ASSERT_TRUE(w.now().not_finite);
  EXPECT_FALSE(w.now().training);
  EXPECT_TRUE(w.has("not finite"));
  w.click(fmt::format("Back to update {}, half the rate", *w.now().good_update));
  EXPECT_FALSE(w.now().not_finite);
  EXPECT_LE(w.now().updates, 100u);
  EXPECT_EQ(w.now().experiment.training.optimizer.rate, 500);
  EXPECT_THAT(w.messages(), HasSubstr("half"));
}

TEST_F(TheWindow, StatesAreShownHoweverLargeTheyGrow) {
  // A state that is multiplied at every step: near the largest float within the probe, then beyond it.
  w.choose("Cell", std::string(nn::find_cell("rnn_relu").title));
  w.bench().editor().edit("views", [](ui::Document& d) {
    d.view.open = {"gates", "states", "cell", "unrolled", "portrait", "saturation", "next"};
  });
  bool nearly = false, beyond = false;
  for (double gain = 20; gain < 100; gain += 2) {
    w.bench().editor().edit("gain", [&](ui::Document& d) { d.experiment.models[0].init.gain = gain; });
    w.settle();
    const float most = w.bench().shown().tape()->values(w.bench().shown().tape()->info().output).maxCoeff();
    nearly |= most > 1e37f && std::isfinite(most);
    beyond |= !std::isfinite(most);
    EXPECT_THAT(w.messages(), IsEmpty()) << gain;
  }
  EXPECT_TRUE(nearly);
  EXPECT_TRUE(beyond);
}

// --- Forcing ----------------------------------------------------------------------------------------------

TEST_F(TheWindow, GatesAreClosedOpenedAndFreed) {
  EXPECT_FALSE(w.bench().forcing().forced());
  w.click("closed##Forget##force f");
  EXPECT_THAT(rules(), ElementsAre("f=0"));
  ASSERT_TRUE(w.bench().shown().natural_tape());
  const auto& tape = *w.bench().shown().tape();
  const int f = tape.info().find("f"), c = tape.info().find("c"), i = tape.info().find("i"),
            g = tape.info().find("g");
  EXPECT_EQ(tape.values(f).cwiseAbs().maxCoeff(), 0);
  EXPECT_GT(w.bench().shown().natural_tape()->values(f).minCoeff(), 0);
  EXPECT_LT((tape.values(c) - tape.values(i).cwiseProduct(tape.values(g))).cwiseAbs().maxCoeff(), 1e-6f)
      << "the cell state is what i*g alone gives";
  EXPECT_EQ(w.text("closed##Forget##force f"), "chosen");
  w.click("open##Forget##force f");
  EXPECT_THAT(rules(), ElementsAre("f=1"));
  EXPECT_EQ(w.bench().shown().tape()->values(f).minCoeff(), 1);
  w.click("free##Forget##force f");
  EXPECT_THAT(rules(), IsEmpty());
  EXPECT_FALSE(w.bench().shown().natural_tape());
}

TEST_F(TheWindow, CandidateIsForcedToMinusOne) {
  const auto& cell = *w.bench().shown().cell();
  std::string name(cell.channels[cell.find("g")].name);
  name[0] = static_cast<char>(std::toupper(name[0]));
  w.click("−1##" + name + "##force g");
  EXPECT_THAT(rules(), ElementsAre("g=-1"));
}

TEST_F(TheWindow, SliderForcesToAnyValue) {
  w.click("open##Forget##force f");
  const auto slider = w.item("##slide f");
  w.click_at(slider.low.x + 0.3f * (slider.high.x - slider.low.x), slider.middle().y);
  ASSERT_EQ(rules().size(), 1u);
  const double value = *w.bench().forcing().forced_value("f");
  EXPECT_NEAR(value, 0.3, 0.05);
  EXPECT_NEAR(w.bench().shown().tape()->values(w.bench().shown().cell()->find("f")).maxCoeff(), value, 1e-6);
  w.drag("##slide f", 2000, 0);
  EXPECT_EQ(w.bench().forcing().forced_value("f"), 1.0);
}

TEST_F(TheWindow, WhatStandsForAllUnitsIsForcedAsAWhole) {
  w.open_tiny({"s6"});
  w.enter("Only units", "1,3");
  w.click("1##rₜ##force r");
  EXPECT_THAT(rules(), ElementsAre("r=1"));
  w.click("closed##Step##force dt");
  EXPECT_THAT(rules(), ElementsAre("r=1", "dt[1,3]=0"));
  const auto& tape = *w.bench().shown().tape();
  EXPECT_EQ(tape.values(tape.info().find("r")).minCoeff(), 1);
  EXPECT_EQ(tape.values(tape.info().find("dt"))(3, 5), 0);
  EXPECT_GT(tape.values(tape.info().find("dt"))(2, 5), 0);
  w.click("free##rₜ##force r");
  EXPECT_THAT(rules(), ElementsAre("dt[1,3]=0"));
}

TEST_F(TheWindow, UnitsAndStepsRestrictWhatIsForced) {
  w.enter("Only units", "1,3-4");
  w.enter("Only steps", "5-9");
  EXPECT_EQ(w.view().force_units, (std::vector<nn::Range>{{1, 1}, {3, 4}}));
  w.click("closed##Forget##force f");
  EXPECT_THAT(rules(), ElementsAre("f[1,3-4]@5-9=0"));
  const auto& tape = *w.bench().shown().tape();
  const auto values = tape.values(tape.info().find("f"));
  EXPECT_EQ(values(3, 5), 0);
  EXPECT_GT(values(2, 5), 0);
  EXPECT_GT(values(3, 4), 0);
  w.enter("Only units", "x");
  EXPECT_EQ(w.view().force_units, (std::vector<nn::Range>{{1, 1}, {3, 4}}))
      << "what does not read is refused";
  EXPECT_THAT(w.messages(), HasSubstr("3,5-9"));
  EXPECT_THAT(rules(), ElementsAre("f[1,3-4]@5-9=0"));
}

TEST_F(TheWindow, RulesAreTypedChangedAndReleased) {
  w.enter("##new rule", "i[0]=1");
  EXPECT_THAT(rules(), ElementsAre("i[0]=1"));
  w.enter("##new rule", "f=0.25");
  EXPECT_EQ(w.text("rule 1"), "f=0.25");
  w.enter("rule 1", "o@3-=0");
  EXPECT_THAT(rules(), ElementsAre("i[0]=1", "o@3-=0"));
  w.click_nth("##release", 0);
  EXPECT_THAT(rules(), ElementsAre("o@3-=0"));
  w.click("Release all");
  EXPECT_THAT(rules(), IsEmpty());
  EXPECT_FALSE(w.has("rule 0"));
  EXPECT_EQ(w.text("Rules"), "none");
}

TEST_F(TheWindow, ABadRuleIsExplainedAndForcesNothing) {
  w.enter("##new rule", "f=");
  EXPECT_THAT(rules(), IsEmpty());
  EXPECT_FALSE(w.desk().rule_problem.empty());
  EXPECT_EQ(w.text("##new rule"), "f=") << "it can be mended";
  w.enter("##new rule", "q=0");
  EXPECT_THAT(w.messages(), HasSubstr("q"));
  EXPECT_THAT(rules(), IsEmpty());
  w.enter("##new rule", "f[99]=0");
  EXPECT_THAT(w.messages(), HasSubstr("99"));
  EXPECT_THAT(rules(), IsEmpty());
  w.enter("##new rule", "f=1");
  EXPECT_THAT(rules(), ElementsAre("f=1"));
  w.enter("rule 0", "f=what");
  EXPECT_THAT(rules(), ElementsAre("f=1"));
}

TEST_F(TheWindow, WhatIsForcedIsSaidInTheBarAndReleasedThere) {
  EXPECT_THAT(w.labels(), Not(HasSubstr("forced: ")));
  w.enter("##new rule", "f=0");
  ASSERT_THAT(w.labels(), HasSubstr("● forced: f=0   release##banner"));
  w.key(Key::f);
  EXPECT_FALSE(w.view().force_panel);
  EXPECT_TRUE(w.has("rule 0")) << "the panel stays while something is forced";
  w.click("● forced: f=0   release");
  EXPECT_THAT(rules(), IsEmpty());
  EXPECT_FALSE(w.has("##new rule"));
  w.key(Key::f);
  EXPECT_TRUE(w.has("##new rule"));
}

TEST_F(TheWindow, TrainingGoesOnUnderTheRulesWhereThatIsWanted) {
  w.click("Reset");
  w.click("closed##Forget##force f");
  w.click("Step");
  const auto replay_only = w.models();
  w.click("Reset");
  w.click("Training, too");
  EXPECT_TRUE(w.document().probe.force_training);
  EXPECT_THAT(w.labels(), HasSubstr("(training, too)"));
  w.click("Step");
  EXPECT_NE(w.models(), replay_only);
  w.click("Release all");
  w.click("Reset");
  w.click("Step");
  EXPECT_EQ(w.models(), replay_only);
}

TEST_F(TheWindow, AValveCyclesFreeClosedOpenFree) {
  w.key(Key::digit_3);
  w.hover("view cell");
  ASSERT_TRUE(w.has("valve f")) << w.labels();
  w.click("valve f");
  EXPECT_THAT(rules(), ElementsAre("f=0"));
  w.click("valve f");
  EXPECT_THAT(rules(), ElementsAre("f=1"));
  w.click("valve f");
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(TheWindow, AValveIsDraggedToAnyValue) {
  w.key(Key::digit_3);
  w.hover("view cell");
  w.click("valve f");  // closed
  w.drag("valve f", 0, -70);
  ASSERT_EQ(rules().size(), 1u);
  EXPECT_NEAR(*w.bench().forcing().forced_value("f"), 0.5, 0.05);
  w.hover("view cell");
  w.drag("valve f", 0, -400);
  EXPECT_EQ(w.bench().forcing().forced_value("f"), 1.0);
  w.hover("view cell");
  w.drag("valve f", 0, 500);
  EXPECT_EQ(w.bench().forcing().forced_value("f"), 0.0);
}

// --- Steps, units, views ----------------------------------------------------------------------------------

TEST_F(TheWindow, AClickOnAHeatmapChoosesStepAndUnit) {
  const ImVec2 at = w.place("gates", 11, 5);
  w.click_at(at.x, at.y);
  EXPECT_EQ(w.view().step, 11);
  EXPECT_EQ(w.view().unit, 5);
  EXPECT_EQ(w.text("time"), fmt::format("t = 11 / {}", w.bench().shown().steps() - 1));
  EXPECT_TRUE(w.has("equation f"));
  const ImVec2 other = w.place("gates", 3, 2);
  w.drag_at(at.x, at.y, other.x - at.x, other.y - at.y);
  EXPECT_EQ(w.view().step, 3);
  EXPECT_EQ(w.view().unit, 2);
}

TEST_F(TheWindow, HoveringMarksTheStepEverywhere) {
  const ImVec2 at = w.place("gates", 7, 4);
  w.move(at.x, at.y);
  EXPECT_EQ(w.bench().hovered_step, 7);
  EXPECT_EQ(w.bench().hovered_unit, 4);
  EXPECT_NE(w.view().step, 7);
  w.key(Key::g);  // and from one view to the others
  const ImVec2 other = w.place("states", 9, {});
  w.move(other.x, other.y);
  EXPECT_EQ(w.bench().hovered_step, 9);
  w.move(2, 2);
  EXPECT_EQ(w.bench().hovered_step, std::nullopt);
}

TEST_F(TheWindow, CharactersOfTheProbeChooseTheStep) {
  const auto strip = w.item("probe strip");
  w.click_at(strip.low.x + 3, strip.low.y + 6);
  EXPECT_EQ(w.view().step, 0);
  w.drag_at(strip.low.x + 3, strip.low.y + 6, 60, 0);
  EXPECT_GT(w.view().step, 3);
  w.move(strip.low.x + 3, strip.low.y + 6);
  EXPECT_EQ(w.bench().hovered_step, 0);
}

TEST_F(TheWindow, ProbeIsTyped) {
  w.click("Edit##probe");
  ASSERT_TRUE(w.has("probe text"));
  w.key(Key::a, {.ctrl = true});
  w.type("a dog sat");
  w.click("Read it");
  EXPECT_EQ(w.document().probe.text, "a dog sat");
  EXPECT_EQ(w.bench().shown().steps(), 8);
  w.key(Key::p);
  w.key(Key::a, {.ctrl = true});
  w.type("the mat");
  w.key(Key::enter);
  EXPECT_EQ(w.document().probe.text, "the mat");
  EXPECT_FALSE(w.has("probe text"));
  w.key(Key::p);
  w.type("log");
  w.click("Cancel##probe");
  EXPECT_EQ(w.document().probe.text, "the mat");
  w.key(Key::p);
  w.type("log");
  w.key(Key::escape);
  EXPECT_FALSE(w.has("probe text"));
  EXPECT_EQ(w.document().probe.text, "the mat");
}

TEST_F(TheWindow, ProbeKeepsCharactersOfEveryPlaneAndPastedTabs) {
  std::string desktop = "the 😀\tcat\rsat";
  w.gui.set_clipboard([&] { return desktop; }, [](const std::string&) {});
  w.click("Edit##probe");
  w.key(Key::a, {.ctrl = true});
  w.key(Key::v, {.ctrl = true});
  w.type("🚀x");
  w.key(Key::backspace);
  EXPECT_EQ(w.text("probe text"), "the 😀\tcat\nsat🚀");
}

TEST_F(TheWindow, TheProbeTakesTheKeyboardFromWhereverItWas) {
  w.click("Step");
  w.key(Key::p);
  w.key(Key::a, {.ctrl = true});
  w.type("the mat");
  w.key(Key::enter);
  EXPECT_EQ(w.document().probe.text, "the mat");
}

TEST_F(TheWindow, ListsAndMenusAreOperatedWithTheKeyboard) {
  w.click("Optimizer");
  w.key(Key::down);
  w.key(Key::enter);
  EXPECT_EQ(w.now().experiment.training.optimizer.rule, experiment::OptimizerRule::sgd);
  EXPECT_FALSE(w.has("SGD##Optimizer")) << "it stays open";
  w.click("Optimizer");
  w.key(Key::end);
  w.key(Key::up);
  w.key(Key::up);
  w.key(Key::escape);
  EXPECT_EQ(w.now().experiment.training.optimizer.rule, experiment::OptimizerRule::sgd);
  const int step = w.document().view.step;
  w.click("View##menu");
  w.key(Key::home);
  w.key(Key::down);
  w.key(Key::enter);
  EXPECT_EQ(w.document().view.open, std::vector<std::string>{"states"});
  EXPECT_EQ(w.document().view.step, step) << "the keys went to the menu alone";
}

TEST_F(TheWindow, ATextThatCannotBeReadIsExplainedAndTheOldReadingStays) {
  w.click("Edit##probe");
  w.key(Key::a, {.ctrl = true});
  w.type("a");
  w.click("Read it");
  EXPECT_THAT(w.text("probe title"), HasSubstr("two characters"));
  EXPECT_EQ(w.bench().shown().readings()->probe.text, "the cat sat on the mat");
  EXPECT_TRUE(w.has("Edit##probe"));
  w.bench().act(ui::SetProbeText{"the ÿ cat"});
  w.settle();
  EXPECT_THAT(w.text("probe title"), HasSubstr("ÿ"));
  EXPECT_EQ(w.bench().shown().readings()->probe.text, "the cat sat on the mat");
  w.click("Edit##probe");
  w.key(Key::a, {.ctrl = true});
  w.type("the log");
  w.click("Read it");
  EXPECT_EQ(w.bench().shown().readings()->probe.text, "the log");
  EXPECT_THAT(w.text("probe title"), Not(HasSubstr("ÿ")));
}

TEST_F(TheWindow, ProbeIsColouredByAnyQuantity) {
  for (const char* name : {"loss", "saliency"}) {
    w.choose("Coloured by", name);
    EXPECT_EQ(w.view().coloured_by, name);
    EXPECT_THAT(w.text("probe title"), HasSubstr(name));
  }
  const nn::CellInfo& cell = *w.bench().shown().cell();
  for (const int channel : views::shown_channels(cell)) {
    const nn::Channel& what = cell.channels[channel];
    w.choose("Coloured by", views::title_of(what));
    EXPECT_EQ(w.view().coloured_by, what.symbol);
    EXPECT_THAT(w.text("probe title"), HasSubstr(views::title_of(what)));
  }
}

TEST_F(TheWindow, TabsShowViewsAndShiftAddsThem) {
  w.click("4 Gradient");
  EXPECT_THAT(w.view().open, ElementsAre("unrolled"));
  const auto tab = w.item("6 Training");
  w.gui.key(Key::left, false, {.shift = true});
  w.click_at(tab.middle().x, tab.middle().y, 0, {.shift = true});
  EXPECT_THAT(w.view().open, ElementsAre("unrolled", "training"));
  EXPECT_TRUE(w.has("view training"));
  w.click("1 Gates");
  EXPECT_THAT(w.view().open, ElementsAre("gates"));
  w.key(Key::g);
  EXPECT_EQ(w.view().open.size(), 4u);
  for (const auto& id : w.view().open) EXPECT_TRUE(w.has("view " + id));
  w.key(Key::g);
  EXPECT_THAT(w.view().open, ElementsAre("gates"));
}

TEST_F(TheWindow, EveryViewShowsSomething) {
  for (std::size_t k = 0; k < views::tabs().size(); ++k) {
    const std::string id(views::tabs()[k]->id);
    w.key(static_cast<Key>(static_cast<int>(Key::digit_1) + static_cast<int>(k)));
    EXPECT_THAT(w.view().open, ElementsAre(id));
    EXPECT_TRUE(w.bench().figures().get(id)) << id;
  }
  EXPECT_THAT(w.messages(), IsEmpty());
}

TEST_F(TheWindow, TheLaboratorysTabHasAMenuOfItsViews) {
  w.click("Lab ▾####views");
  EXPECT_THAT(w.view().open, ElementsAre("reach")) << "it shows the first";
  w.click("Jacobian fan");
  EXPECT_THAT(w.view().open, ElementsAre("fan"));
  ASSERT_TRUE(w.bench().figures().get("fan"));
  EXPECT_EQ(w.bench().figures().get("fan")->problem, "");
  EXPECT_TRUE(w.has("Jacobian fan ▾####views"));
  w.key(Key::digit_1);
  w.click("Lab ▾####views");
  EXPECT_THAT(w.view().open, ElementsAre("fan")) << "it remembers";
  EXPECT_THAT(w.messages(), IsEmpty());
}

TEST_F(TheWindow, AViewOfTheLaboratoryThatWasOpenedOtherwiseIsItsTabToo) {
  w.bench().editor().edit("options", [](ui::Document& d) { d.view.open = {"timescales"}; });
  w.settle();
  EXPECT_TRUE(w.has("Time constants ▾####views")) << "the tab says what is shown";
  EXPECT_FALSE(w.has("Lab ▾####views"));
}

TEST_F(TheWindow, TheLossHasAMarkerOfItsOwnThatIsDraggedAndMovedByKeys) {
  w.key(Key::digit_4);
  w.settle();
  const int last = w.bench().shown().steps() - 1;
  EXPECT_EQ(w.bench().shown().readings()->probe.loss_step, last) << "the last step's";
  w.key(Key::home);
  w.settle();
  EXPECT_EQ(w.bench().shown().readings()->probe.loss_step, last) << "apart from the chosen step";
  w.key(Key::left, {.ctrl = true, .shift = true});
  w.settle();
  EXPECT_EQ(w.view().loss_step, last - 1);
  EXPECT_EQ(w.view().step, 0);
  EXPECT_EQ(w.bench().shown().readings()->probe.loss_step, last - 1);
  const auto figure = w.bench().figures().get("unrolled");
  const plot::Placement& placed = figure->scene.placements.at(0);
  const float step = static_cast<float>(placed.x.fraction(1) - placed.x.fraction(0)) * placed.plot.width;
  const ImVec2 view = w.place("unrolled", last - 1, 1);
  w.move(view.x, view.y);  // what a picture has is known where the pointer is over it
  w.frames(2);
  w.drag("loss marker 0", -3 * step, 0);
  w.settle();
  EXPECT_EQ(w.view().loss_step, last - 4);
  EXPECT_EQ(w.view().step, 0) << "a drag of the marker chooses no step";
  w.bench().act(ui::ShowLinearGradient{true});
  w.settle();
  EXPECT_TRUE(w.bench().figures().get("unrolled")->order.options.linear_gradient);
}

TEST_F(TheWindow, ThePulseIsPlayedPausedAndScrubbed) {
  w.key(Key::digit_4);
  w.key(Key::end);
  w.bench().act(ui::SetSpeed{1});
  w.click("##pulse");
  EXPECT_TRUE(w.bench().replay().pulse_playing());
  w.click("##pulse");
  EXPECT_FALSE(w.bench().replay().pulse_playing());
  ASSERT_TRUE(w.bench().replay().pulse());
  const double there = *w.bench().replay().pulse();
  w.frames(20);
  EXPECT_EQ(*w.bench().replay().pulse(), there);
  w.click("##steps back");
  EXPECT_NEAR(*w.bench().replay().pulse(), w.bench().replay().pulse_length() / 2.0, 1);
  const auto half = w.bench().figures().get("unrolled");
  w.click("Show all##pulse");
  EXPECT_FALSE(w.bench().replay().pulse());
  EXPECT_NE(w.bench().figures().get("unrolled"), half);
  w.bench().act(ui::SetSpeed{64});
  w.click("##pulse");
  w.frames(60);
  EXPECT_FALSE(w.bench().replay().pulse_playing()) << "it has come to the beginning";
}

// --- The timeline -----------------------------------------------------------------------------------------

TEST_F(TheWindow, TimelineSteps) {
  const int last = w.bench().shown().steps() - 1;
  w.click("##first");
  EXPECT_EQ(w.view().step, 0);
  w.click("##back");
  EXPECT_EQ(w.view().step, 0);
  w.click("##forward");
  EXPECT_EQ(w.view().step, 1);
  w.click("##last");
  EXPECT_EQ(w.view().step, last);
  w.click("##forward");
  EXPECT_EQ(w.view().step, last);
  w.click("##back");
  EXPECT_EQ(w.view().step, last - 1);
  w.click("##time");
  EXPECT_NEAR(w.view().step, last / 2.0, 1);
  w.drag("##time", 3000, 0);
  EXPECT_EQ(w.view().step, last);
  EXPECT_EQ(w.text("time"), fmt::format("t = {} / {}", last, last));
}

TEST_F(TheWindow, TimelinePlaysForwardAndBackward) {
  w.click("##first");
  w.click("##play");
  EXPECT_EQ(w.bench().replay().direction(), 1);
  const int begin = w.view().step;
  w.frames(60);
  EXPECT_GT(w.view().step, begin);
  w.click("##play");
  EXPECT_FALSE(w.bench().replay().playing());
  w.click("##last");
  w.click("##backward");
  EXPECT_EQ(w.bench().replay().direction(), -1);
  const int end = w.view().step;
  w.frames(60);
  EXPECT_LT(w.view().step, end);
  w.click("##backward");
  EXPECT_FALSE(w.bench().replay().playing());
}

TEST_F(TheWindow, TimelineLoopsOrStopsAtTheEnd) {
  const int last = w.bench().shown().steps() - 1;
  w.click("##loop");
  EXPECT_FALSE(w.view().loop);
  w.drag("##speed", 500, 0);
  EXPECT_EQ(w.view().speed, 64);
  w.click("##play");
  w.frames(120);
  EXPECT_FALSE(w.bench().replay().playing());
  EXPECT_EQ(w.view().step, last);
  w.click("##loop");
  w.key(Key::space);
  w.frames(120);
  EXPECT_TRUE(w.bench().replay().playing());
  w.key(Key::space);
  EXPECT_FALSE(w.bench().replay().playing());
  w.drag("##speed", -500, 0);
  EXPECT_EQ(w.view().speed, 1);
}

// --- The keyboard -----------------------------------------------------------------------------------------

TEST_F(TheWindow, ShortcutsOfTheReplay) {
  w.key(Key::home);
  EXPECT_EQ(w.view().step, 0);
  w.key(Key::right);
  w.key(Key::right);
  EXPECT_EQ(w.view().step, 2);
  w.key(Key::left);
  EXPECT_EQ(w.view().step, 1);
  w.key(Key::end);
  EXPECT_EQ(w.view().step, w.bench().shown().steps() - 1);
  w.bench().act(ui::ChooseUnit{3});
  w.key(Key::up);
  EXPECT_EQ(w.view().unit, 2);
  w.key(Key::down);
  w.key(Key::down);
  EXPECT_EQ(w.view().unit, 4);
  const double speed = w.view().speed;
  w.key(Key::plus);
  EXPECT_GT(w.view().speed, speed);
  w.key(Key::minus);
  EXPECT_NEAR(w.view().speed, speed, 1e-9);
  w.key(Key::l);
  EXPECT_FALSE(w.view().loop);
  w.key(Key::b);
  EXPECT_EQ(w.bench().replay().direction(), -1);
  w.key(Key::b);
  EXPECT_EQ(w.bench().replay().direction(), 0);
  w.key(Key::space);
  EXPECT_EQ(w.bench().replay().direction(), 1);
}

TEST_F(TheWindow, ShortcutsOfTheTraining) {
  const auto updates = w.now().updates;
  w.key(Key::u);
  EXPECT_EQ(w.now().updates, updates + 1);
  w.key(Key::t);
  EXPECT_TRUE(w.now().training);
  w.key(Key::t);
  EXPECT_FALSE(w.now().training);
  w.key(Key::r);
  EXPECT_EQ(w.now().updates, 0u);
}

TEST_F(TheWindow, ShortcutsOfTheViews) {
  for (std::size_t k = 0; k < views::tabs().size(); ++k) {
    const auto key = static_cast<Key>(static_cast<int>(Key::digit_1) + static_cast<int>(k));
    const std::string id(views::tabs()[k]->id);
    w.key(key);
    EXPECT_THAT(w.view().open, ElementsAre(id));
  }
  w.key(Key::digit_1);
  w.key(Key::digit_2, {.shift = true});
  EXPECT_THAT(w.view().open, ElementsAre("gates", "states"));
  w.key(Key::digit_1, {.shift = true});
  EXPECT_THAT(w.view().open, ElementsAre("states"));
  w.key(Key::digit_2, {.shift = true});
  EXPECT_THAT(w.view().open, ElementsAre("states")) << "one stays";
  using plot::ThemeName;
  for (const ThemeName theme : {ThemeName::light, ThemeName::projector, ThemeName::dark}) {
    w.key(Key::d, {.ctrl = true});
    EXPECT_EQ(w.view().theme, theme);
    EXPECT_EQ(w.gui.look().theme.name, theme);
  }
  w.key(Key::f11);
  EXPECT_TRUE(w.bench().editor().document().window.fullscreen);
  w.key(Key::q, {.ctrl = true});
  EXPECT_EQ(w.bench().editor().document().window.quit, ui::Quit::keep);
}

TEST_F(TheWindow, TheOverlayOfShortcutsOpensAndCloses) {
  for (const Key key : {Key::question, Key::f1}) {
    w.key(key);
    EXPECT_TRUE(w.gui.popup_open());
    EXPECT_TRUE(w.has("##close help"));
    const int step = w.view().step;
    w.key(Key::right);
    EXPECT_EQ(w.view().step, step) << "keys are for the overlay";
    w.key(Key::escape);
    EXPECT_FALSE(w.gui.popup_open());
  }
  w.menu("Help", "Help and shortcuts");
  EXPECT_TRUE(w.gui.popup_open());
  w.click("##close help");
  EXPECT_FALSE(w.gui.popup_open());
}

TEST_F(TheWindow, EveryShortcutActs) {
  // Twice each, from any state: nothing throws, and what opens can be closed.
  for (const ui::Shortcut& shortcut : ui::shortcuts()) {
    for (int k = 0; k < 2; ++k) {
      w.key(shortcut.key, shortcut.mods);
      w.key(Key::escape);
      w.key(Key::escape);
      EXPECT_FALSE(w.gui.popup_open()) << shortcut.written();
      EXPECT_FALSE(w.gui.wants_text()) << shortcut.written();
    }
  }
}

TEST_F(TheWindow, MenusAreWalkedWithTheArrowKeys) {
  w.key(Key::f10);
  EXPECT_TRUE(w.has("Open …"));
  w.key(Key::right);
  EXPECT_FALSE(w.has("Open …"));
  EXPECT_TRUE(w.has("Edit the probe text"));
  w.key(Key::left);
  w.key(Key::left);
  EXPECT_TRUE(w.has("Menus, then the arrow keys")) << "the last menu is left of the first";
  w.key(Key::right);
  EXPECT_TRUE(w.has("Open …"));
  for (int k = 0; k < 3; ++k) w.key(Key::right);
  const int step = w.view().step;
  w.key(Key::down);
  w.key(Key::enter);
  EXPECT_THAT(w.view().open, ElementsAre("states")) << "the second entry of View";
  EXPECT_FALSE(w.gui.popup_open());
  EXPECT_EQ(w.view().step, step);
}

TEST_F(TheWindow, ThePointerGoesFromOneOpenMenuToTheNext) {
  const ImVec2 train = w.item("Train##menu").middle();
  w.move(train.x, train.y);
  EXPECT_FALSE(w.gui.popup_open());
  w.click("File##menu");
  EXPECT_TRUE(w.has("Open …"));
  w.move(train.x, train.y);
  w.settle();
  EXPECT_TRUE(w.has("One update"));
  EXPECT_FALSE(w.has("Open …"));
  w.key(Key::escape);
  EXPECT_FALSE(w.gui.popup_open());
}

TEST_F(TheWindow, KeysAreTextWhileTextIsTyped) {
  const auto updates = w.now().updates;
  w.click("##new rule");
  w.key(Key::u);
  w.key(Key::space);
  w.key(Key::digit_4);
  w.type("i=1");
  w.key(Key::enter);
  EXPECT_EQ(w.now().updates, updates);
  EXPECT_FALSE(w.bench().replay().playing());
  EXPECT_THAT(w.view().open, ElementsAre("gates"));
  EXPECT_THAT(rules(), ElementsAre("i=1"));
}

// --- Undo -------------------------------------------------------------------------------------------------

TEST_F(TheWindow, UndoAndRedoCoverForcedGatesTheProbeAndTheExperiment) {
  std::vector<ui::Document> states;
  const auto mark = [&] {
    wait();
    states.push_back(w.document());
  };
  mark();
  w.click("closed##Forget##force f");
  mark();
  w.bench().act(ui::SetProbeText{"the cat"});
  mark();
  w.enter("Units", "10");
  mark();
  w.enter("Rate", "0.5");
  mark();
  w.key(Key::digit_3);
  w.key(Key::d, {.ctrl = true});
  w.bench().act(ui::ChooseUnit{6});
  wait();
  const ui::ViewState looked_at = w.view();
  const auto same = [&](const ui::Document& state, int number) {
    w.settle();  // what is opened again is read in the background
    ui::Document now = w.document();
    EXPECT_EQ(now.experiment, state.experiment) << number;
    EXPECT_EQ(now.probe, state.probe) << number;
    now.view.step = looked_at.step;
    EXPECT_EQ(now.view, looked_at) << number << ": what one looks at stays";
    EXPECT_EQ(real().hidden, state.experiment.models[0].hidden) << number;
    ASSERT_TRUE(w.bench().shown().readings()) << number;
    EXPECT_EQ(w.bench().shown().readings()->probe.rules, state.probe.rules) << number;
  };
  for (int k = static_cast<int>(states.size()) - 2; k >= 0; --k) {
    w.key(Key::z, {.ctrl = true});
    same(states[k], k);
  }
  for (std::size_t k = 1; k < states.size(); ++k) {
    w.key(k % 2 == 0 ? Key::y : Key::z, {.ctrl = true, .shift = k % 2 == 1});
    same(states[k], static_cast<int>(k));
  }
  EXPECT_FALSE(w.bench().editor().can_redo());
  w.menu("Edit", "Undo");
  EXPECT_NE(w.document().experiment, states.back().experiment);
  w.menu("Edit", "Redo");
  EXPECT_EQ(w.document().experiment, states.back().experiment);
  EXPECT_EQ(w.view().theme, plot::ThemeName::light);
}

TEST_F(TheWindow, MenusDoWhatTheySay) {
  w.menu("View", "Grid of views");
  EXPECT_EQ(w.view().open.size(), 4u);
  w.menu("Replay", "Last step");
  EXPECT_EQ(w.view().step, w.bench().shown().steps() - 1);
  const auto updates = w.now().updates;
  w.menu("Train", "One update");
  EXPECT_EQ(w.now().updates, updates + 1);
  w.menu("Edit", "Edit the probe text");
  EXPECT_TRUE(w.has("probe text"));
  w.key(Key::escape);
  w.menu("File", "Quit");
  EXPECT_EQ(w.bench().editor().document().window.quit, ui::Quit::keep);
}

TEST_F(TheWindow, DialogsAndMenusAreOpenedAndClosedByIntents) {
  const auto window = [&]() -> const ui::WindowState& { return w.bench().editor().document().window; };
  for (const ui::Dialog dialog :
       {ui::Dialog::help, ui::Dialog::export_figure, ui::Dialog::open_file, ui::Dialog::save_session}) {
    w.bench().act(ui::OpenDialog{dialog});
    w.frames(3);
    EXPECT_TRUE(w.gui.popup_open()) << static_cast<int>(dialog);
    w.bench().act(ui::CloseDialog{});
    w.frames(3);
    EXPECT_FALSE(w.gui.popup_open()) << static_cast<int>(dialog);
    w.bench().act(ui::OpenDialog{dialog});
    w.frames(3);
    if (dialog == ui::Dialog::save_session) w.key(Key::escape);  // leaves the field of its name
    w.key(Key::escape);
    w.frames(3);
    EXPECT_FALSE(w.gui.popup_open());
    EXPECT_EQ(window().dialog, ui::Dialog::none) << static_cast<int>(dialog);
  }
  // One after the other, without a frame between.
  w.bench().act(ui::OpenDialog{ui::Dialog::help});
  w.frames(3);
  w.bench().act(ui::OpenDialog{ui::Dialog::export_figure});
  w.frames(4);
  EXPECT_EQ(window().dialog, ui::Dialog::export_figure);
  EXPECT_TRUE(w.has("Cancel##export dialog"));
  w.bench().act(ui::Undo{});
  w.frames(2);
  EXPECT_EQ(window().dialog, ui::Dialog::export_figure) << "undo leaves it alone";
  w.click("Cancel##export dialog");
  w.frames(2);
  ui::WindowState closed;
  closed.export_form = window().export_form;
  EXPECT_EQ(window(), closed);
  w.bench().act(ui::OpenMenu{"View"});
  w.frames(2);
  EXPECT_TRUE(w.has("Projector"));
  w.bench().act(ui::CloseMenu{});
  w.frames(2);
  EXPECT_FALSE(w.gui.popup_open());
  w.menu("View", "Light");
  w.frames(2);
  EXPECT_EQ(window().menu, "");
}

}  // namespace
}  // namespace gatescope::test
