#include "app/lesson/recorder.h"

#include "app/lesson/lesson.h"
#include "tests/app/lesson/bench.h"

namespace gatescope::lesson {
namespace {

class Recording : public OnTheBench {
 protected:
  /// So many seconds pass.
  void wait(double seconds) {
    bench.tick(seconds);
    recorder.tick();
  }
  Recorder recorder{bench};
};

TEST_F(Recording, KeepsWhatIsDoneAsStepsThatDoItAgain) {
  bench.act(ui::ChooseStep{1});
  bench.act(ui::RecordLesson{true});
  wait(0.1);
  for (const int step : {2, 3, 4}) bench.act(ui::ChooseStep{step});
  bench.act(ui::Force{nn::parse_force_rule("f=0")});
  wait(5);
  bench.act(ui::ShowViews{{"states"}});
  bench.act(ui::OpenMenu{"View"});
  bench.act(ui::RecordLesson{false});
  wait(0.1);

  const Lesson lesson = load_lesson(at("exports/lesson_1.json"));
  ASSERT_EQ(lesson.steps.size(), 2u) << "what is done shortly after each other is one step";
  EXPECT_EQ(lesson.steps[0].set,
            (std::vector<ui::Intent>{ui::ChooseStep{4}, ui::Force{nn::parse_force_rule("f=0")}}))
      << "of steps that were only passed the last one stays";
  EXPECT_EQ(lesson.steps[1].set, std::vector<ui::Intent>{ui::ShowViews{{"states"}}}) << "menus are left out";
  EXPECT_NE(plain(load_words(lesson, "en").steps[0].say).find("forget gate closed"), std::string::npos);

  bench.act(ui::ReleaseAll{});
  bench.act(ui::ShowViews{{"gates"}});
  bench.act(ui::OpenLesson{at("exports/lesson_1.json").string(), "en"});
  settle();
  EXPECT_EQ(bench.editor().document().probe.rules.size(), 1u);
  player.next();
  settle();
  EXPECT_EQ(bench.editor().document().view.open, std::vector<std::string>{"states"});
}

TEST_F(Recording, WritesNothingWhereNothingWasDoneAndNeverOverAFile) {
  bench.act(ui::RecordLesson{true});
  wait(0.1);
  bench.act(ui::RecordLesson{false});
  wait(0.1);
  EXPECT_FALSE(std::filesystem::exists(at("exports/lesson_1.json")));
  for (int k = 0; k < 2; ++k) {
    bench.act(ui::RecordLesson{true});
    wait(0.1);
    bench.act(ui::ChooseStep{k});
    bench.act(ui::RecordLesson{false});
    wait(0.1);
  }
  EXPECT_TRUE(std::filesystem::exists(at("exports/lesson_1.json")));
  EXPECT_TRUE(std::filesystem::exists(at("exports/lesson_2.json"))) << messages();
}

}  // namespace
}  // namespace gatescope::lesson
