// What the window says: labels that are true after an edit, words that are explained, explanations that cover
// nothing of what they explain.

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>

#include "core/analysis/terms.h"
#include "core/views/reading.h"
#include "window_driver.h"

namespace gatescope::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using ui::Key;

class Words : public testing::Test {
 protected:
  Words() { w.open_tiny(); }

  /// Rests on an item until its tooltip is there; empty where it has none.
  std::string tip_of(const std::string& label) {
    w.hover(label);
    return w.has("##tooltip") ? w.text("##tooltip") : std::string();
  }

  WindowDriver w;
};

TEST_F(Words, AnEditedExperimentIsNotCalledAsBefore) {
  w.bench().act(ui::OpenPreset{"forgetting"});
  w.settle();
  const std::string title = w.document().experiment.title;
  EXPECT_THAT(w.text("title"), HasSubstr(title));
  w.enter("Recurrent gain", "3");
  EXPECT_EQ(w.now().models[0].name, "gain 3");
  EXPECT_EQ(w.now().experiment.title, title + ", changed");
  EXPECT_THAT(w.text("title"), HasSubstr(title + ", changed"));
  EXPECT_EQ(w.bench().editor().preset(), "");
  w.key(Key::z, {.ctrl = true});
  EXPECT_EQ(w.now().models[0].name, "gain 0.9");
  EXPECT_EQ(w.now().experiment.title, title);
  EXPECT_EQ(w.bench().editor().preset(), "forgetting") << "it is as it was";
  w.enter("Rate", "0.0003");
  EXPECT_EQ(w.now().experiment.title, title + ", changed") << "of a running training, too";
  EXPECT_EQ(w.document().experiment.title, title + ", changed");
  w.key(Key::z, {.ctrl = true});
  EXPECT_EQ(w.now().experiment.title, title);
  w.enter("Rate", "0.0003");
  EXPECT_THAT(w.bench().exports().new_path("gates", "svg").filename().string(), HasSubstr("changed"));
}

TEST_F(Words, AFileOfALongTitleSaysThatItIsChanged) {
  w.bench().act(ui::OpenPreset{"race"});
  w.resize(1600, 1700);  // all of the column is seen
  w.settle();
  EXPECT_THAT(w.bench().exports().new_path("gates", "svg").filename().string(), HasSubstr("gates-race-"));
  w.enter("Batch", "7");
  EXPECT_THAT(w.bench().exports().new_path("gates", "svg").filename().string(), HasSubstr("-changed-"));
}

TEST_F(Words, UndoSaysWhatItUndoes) {
  w.click("closed##Forget##force f");
  ASSERT_EQ(w.document().probe.rules.size(), 1u);
  EXPECT_EQ(w.bench().editor().undoes(), "forget gate closed");
  w.click("Edit##menu");
  EXPECT_EQ(w.text("Undo"), "forget gate closed");
  w.key(Key::escape);
  w.key(Key::z, {.ctrl = true});
  EXPECT_TRUE(w.said("Undone: forget gate closed"));
  EXPECT_EQ(w.bench().editor().redoes(), "forget gate closed");
  w.key(Key::z, {.ctrl = true, .shift = true});
  EXPECT_TRUE(w.said("Done again: forget gate closed"));
}

TEST_F(Words, EveryUndoneIntentIsCalledSomething) {
  for (const ui::Intent& intent :
       {ui::Intent(ui::SetProbeText{"the river"}), ui::Intent(ui::ForceTraining{}),
        ui::Intent(ui::Force{nn::parse_force_rule("f@2-9=0")}),
        ui::Intent(ui::FreeWithin{nn::parse_force_rule("f@2-9=0")}), ui::Intent(ui::GoBack{}),
        ui::Intent(ui::AddRule{nn::parse_force_rule("i[1]@3-=*0.5")})}) {
    w.bench().act(intent);
    w.settle();
    const std::string what = w.bench().editor().undoes();
    EXPECT_FALSE(what.empty());
    EXPECT_EQ(what.find('_'), std::string::npos) << what;
  }
  EXPECT_EQ(w.bench().editor().undoes(), "rule i[1]@3-=*0.5");
}

TEST_F(Words, WhatTheModelDoesNotKnowKeepsTheEditorOpenAndIsOfferedToBeLeftOut) {
  w.click("Edit##probe");
  w.key(Key::a, {.ctrl = true});
  w.type("the ÿcatÞ");
  w.key(Key::enter);
  ASSERT_TRUE(w.has("probe text"));
  EXPECT_THAT(w.text("probe unknown"), HasSubstr("‘ÿ’ and ‘Þ’"));
  EXPECT_NE(w.document().probe.text, "the ÿcatÞ");
  w.click("Leave them out##probe");
  EXPECT_FALSE(w.has("probe text"));
  EXPECT_EQ(w.document().probe.text, "the cat");
  // By the keyboard alone.
  w.key(Key::p);
  w.key(Key::a, {.ctrl = true});
  w.type("a ÿmat");
  w.key(Key::enter);
  ASSERT_TRUE(w.has("probe text"));
  w.key(Key::enter);
  EXPECT_EQ(w.document().probe.text, "a mat");
}

TEST_F(Words, TooltipsCoverNothingOfWhatTheyExplain) {
  w.click("closed##Forget##force f");
  int seen = 0;
  for (const auto& label : {"Preset", "Units", "Recurrent gain", "Batch", "Step", "Reset", "update",
                            "held out", "Coloured by", "Edit##probe", "##first", "##loop", "Unit (−1: mean)",
                            "probe title", "##right column", "model LSTM", "Only units"}) {
    if (!w.has(label)) continue;
    const ui::ItemLog::Item item = w.item(label);
    if (tip_of(label).empty()) continue;
    const ui::ItemLog::Item tip = w.item("##tooltip");
    const bool apart = tip.high.x <= item.low.x || tip.low.x >= item.high.x || tip.high.y <= item.low.y ||
                       tip.low.y >= item.high.y;
    EXPECT_TRUE(apart) << label;
    EXPECT_TRUE(tip.low.x >= 0 && tip.low.y >= 0) << label;
    ++seen;
  }
  EXPECT_GE(seen, 10);
}

TEST_F(Words, TermsOnLabelsAreExplained) {
  w.resize(1500, 1900);
  w.click("More##model");
  w.click("More##training");
  int known = 0;
  for (const std::string label :
       {"Seed", "Units", "Layers", "Keep-gate bias", "Chrono lag", "Recurrent gain", "Both directions",
        "Block", "Norm", "Token shift", "Head norm", "Projection", "Residual", "Convolution", "Optimizer",
        "Batch", "Weight decay", "update", "held out"}) {
    std::string name = label;
    name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
    const analysis::Term* term = analysis::find_term(name);
    ASSERT_NE(term, nullptr) << label;
    if (!w.has(label)) continue;
    EXPECT_THAT(tip_of(label), HasSubstr(std::string(term->sentence))) << label;
    ++known;
  }
  EXPECT_EQ(known, 19);
}

TEST_F(Words, RarelyUsedControlsAreUnfolded) {
  w.resize(1500, 1900);
  EXPECT_FALSE(w.has("Token shift"));
  w.click("More##model");
  w.click("Token shift");
  EXPECT_TRUE(w.now().models[0].spec.token_shift);
  w.enter("Convolution", "1");
  EXPECT_EQ(w.now().models[0].spec.conv, 2);
  EXPECT_FALSE(w.has("Heads")) << "of cells that have them";
  w.choose("Cell", "sLSTM");
  w.enter("Units", "12");
  w.enter("Heads", "5");
  EXPECT_EQ(w.now().models[0].spec.heads, 4) << "the nearest divisor";
  w.enter("Units", "9");
  EXPECT_EQ(w.now().models[0].spec.heads, 3);
  w.click("More##training");
  w.enter("Weight decay", "0.01");
  EXPECT_EQ(w.now().experiment.training.optimizer.weight_decay, 0.01);
}

TEST_F(Words, ABlockOfTheFieldIsChosenAndFollowsTheCell) {
  w.resize(1500, 1900);
  w.click("More##model");
  w.choose("Cell", "GRU");
  w.click("Both directions");
  w.choose("Block", "Mamba block");
  const auto spec = [&] { return w.now().models[0].spec; };
  EXPECT_TRUE(spec().norm && spec().output_gate && spec().projection && spec().residual);
  EXPECT_EQ(spec().conv, 4);
  EXPECT_FALSE(spec().bidirectional) << "what enters is added to one output";
  w.choose("Cell", "S6");
  EXPECT_FALSE(spec().output_gate) << "it has one of its own";
  EXPECT_TRUE(spec().residual);
  w.click("Residual");
  EXPECT_FALSE(spec().residual);
  w.choose("Block", "none");
  EXPECT_FALSE(spec().norm);
  EXPECT_EQ(spec().conv, 0);
}

TEST_F(Words, ViewsSayHowTheyAreRead) {
  for (const char* view : {"gates", "states", "training"}) {
    w.bench().act(ui::ShowViews{{view}});
    w.settle();
    const auto built = w.bench().figures().get(view);
    ASSERT_TRUE(built);
    std::string words;
    for (const plot::Item& item : built->scene.items)
      if (const auto* text = std::get_if<plot::Text>(&item.shape)) words += text->text + " ";
    EXPECT_THAT(words, HasSubstr(std::string(views::reading_of(view)))) << view;
  }
}

TEST_F(Words, TheMenuOfPresetsSaysWhatEachIsFor) {
  w.click("Presets##menu");
  EXPECT_THAT(w.text("about race"), HasSubstr("Which of X and Y came first"));
  EXPECT_EQ(w.text("race"), w.bench().files().words_of_preset("race").title);
}

TEST_F(Words, HelpExplainsTheWindowTheKeysAndTheTerms) {
  w.key(Key::question);
  EXPECT_TRUE(w.has("help Probe"));
  w.click("Terms####help page");
  EXPECT_TRUE(w.has("term forget gate"));
  w.click("Keys####help page");
  EXPECT_FALSE(w.has("help Probe"));
  w.key(Key::escape);
}

}  // namespace
}  // namespace gatescope::test
