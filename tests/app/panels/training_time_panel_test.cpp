// The training's time at the window: dragged along, gone on from, returned to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.h"
#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

using testing::HasSubstr;

TEST(TrainingTimePanel, DragsToAMomentAndLeadsOnFromIt) {
  WindowDriver w;
  w.open_tiny();
  w.train_until(40);
  EXPECT_THAT(w.text("moment"), HasSubstr("moments kept"));
  EXPECT_THAT(w.text("moment"), HasSubstr("of 128 MB")) << "the budget is stated";
  EXPECT_EQ(w.text("##training time"), "40");
  EXPECT_FALSE(w.has("Go on from here"));

  const auto line = w.item("##training time");
  w.click_at(line.low.x + (line.high.x - line.low.x) / 2, (line.low.y + line.high.y) / 2);
  ASSERT_TRUE(w.now().shown_update);
  const std::uint64_t shown = *w.now().shown_update;
  EXPECT_GT(shown, 0u);
  EXPECT_LT(shown, 40u);
  EXPECT_EQ(w.bench().shown().readings()->update, shown);
  EXPECT_EQ(w.text("moment"), fmt::format("update {} of 40, a kept moment", shown));
  EXPECT_EQ(w.text("update"), std::to_string(shown));
  w.click("Now");
  EXPECT_FALSE(w.now().shown_update);
  EXPECT_EQ(w.text("update"), "40");

  w.menu("Train", "Earlier moment");
  EXPECT_EQ(w.now().shown_update, 39u);
  w.menu("Train", "Later moment");
  EXPECT_FALSE(w.now().shown_update);
  w.menu("Train", "Earlier moment");
  w.click("1/s");
  w.click("Go on from here");
  EXPECT_TRUE(w.now().training);
  w.click("❚❚  Training");
  ASSERT_EQ(w.now().branches.size(), 1u);
  EXPECT_EQ(w.now().branches[0].from, 39u);
  w.click("To the other run, update 40");
  EXPECT_EQ(w.now().updates, 40u);
}

TEST(TrainingTimePanel, TheShownUpdateIsDraggedInViewsOfUpdates) {
  for (const std::string view : {"training", "over_training"}) {
    WindowDriver w;
    w.open_tiny();
    w.train_until(40);
    w.bench().act(ui::ShowViews{{view}});
    w.settle();
    const std::string name = "update " + view;
    EXPECT_EQ(w.text(name), "40") << view;
    const auto plot = w.item(name);
    const auto press = [&](float part) {
      w.click_at(plot.low.x + part * (plot.high.x - plot.low.x), (plot.low.y + plot.high.y) / 2);
    };
    press(0.5F);
    ASSERT_TRUE(w.now().shown_update) << view;
    EXPECT_NEAR(static_cast<double>(*w.now().shown_update), 20, 1) << view;
    EXPECT_EQ(w.text(name), std::to_string(*w.now().shown_update));
    press(0.002F);
    EXPECT_EQ(w.now().shown_update, 0U) << view;
    press(0.999F);
    EXPECT_FALSE(w.now().shown_update) << view << ": its right end is now";
  }
}

TEST(TrainingTimePanel, EveryOtherRunIsInAMenu) {
  WindowDriver w;
  w.open_tiny();
  for (const std::uint64_t end : {20u, 30u, 40u}) {
    w.train_until(end);
    w.bench().act(ui::GoOnFrom{5, false});
    w.settle();
  }
  ASSERT_EQ(w.now().branches.size(), 3u);
  w.click("To another run …");
  EXPECT_TRUE(w.has("To the other run, update 20"));
  EXPECT_EQ(w.text("To the other run, update 40"), "parts at update 5");
  EXPECT_THAT(w.text("about To the other run, update 40"), HasSubstr("bits per character"));
  w.click("To the other run, update 30");
  EXPECT_EQ(w.now().updates, 30u);
  w.menu("Train", "To the other run, update 20");
  EXPECT_EQ(w.now().updates, 20u);
}

TEST(TrainingTimePanel, APauseAtTheBestSaysWhyAndHowToGoOn) {
  WindowDriver w;
  const std::string tales = std::string(GATESCOPE_SOURCE_DIR) + "/assets/corpora/tales.txt";
  write_file(w.at("small.txt"), read_file(tales).substr(0, 4000));
  write_file(w.at("small.json"), R"({"title": "Small", "opening": {"paused": true}, "views": ["training"],
      "task": {"kind": "text", "text": "small.txt"}, "models": [{"hidden": 32}],
      "training": {"batch": 8, "steps": 32, "evaluate_every": 20, "optimizer": {"rate": 0.01}}})");
  w.drop({w.at("small.json")});
  w.click("▶  Train");
  for (int k = 0; k < 20'000 && !w.now().paused_at; ++k) w.frames();
  ASSERT_TRUE(w.now().paused_at);
  w.settle();
  const std::uint64_t best = w.now().models.at(0).standing->best_update;
  EXPECT_THAT(w.text("overfitting"), HasSubstr(fmt::format("Held out is lowest at update {}", best)));
  EXPECT_EQ(w.text("overfitting since"), std::to_string(best));
  w.click("Take the best weights");
  EXPECT_EQ(w.now().updates, best);
  EXPECT_FALSE(w.now().paused_at);
  EXPECT_FALSE(w.has("overfitting")) << "the notice has gone";
  w.click("Pause at the best");
  EXPECT_FALSE(w.now().experiment.training.pause_at_best);
}

TEST(TrainingTimePanel, ModelsFromFilesHaveNone) {
  WindowDriver w;
  w.open_tiny();
  checkpoint::save_model(w.at("m.safetensors"), w.bench().session().model_files().get().at(0));
  w.drop({w.at("m.safetensors")});
  EXPECT_FALSE(w.now().can_train);
  EXPECT_FALSE(w.has("##training time"));
}

}  // namespace
}  // namespace gatescope::test
