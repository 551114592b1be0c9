#include "app/lesson/player.h"

#include "tests/app/lesson/bench.h"
#include "tests/rules.h"

namespace gatescope::lesson {
namespace {

class ALesson : public OnTheBench {
 protected:
  ALesson() {
    write_file(at("l.json"), R"({"steps": [
      {"id": "start", "set": [{"intent": "choose_step", "step": 3}, {"intent": "release_all"}]},
      {"id": "why", "choose": {"answers": ["a", "b"], "right": "b"}, "reveal": [{"intent": "choose_step", "step": 9}]},
      {"id": "no", "if": {"asked": "why", "answered": "wrong"}},
      {"id": "yes", "if": {"asked": "why", "answered": "right"}},
      {"id": "guess", "predict": {"low": 0, "high": 1, "truth": "mean f"}, "reveal": [{"intent": "force", "rule": "f=0.5"}]},
      {"id": "near", "if": {"asked": "guess", "answered": "right"}},
      {"id": "close", "set": [{"intent": "release_all"}], "do": {"forced": "f", "to": 0}, "by_itself": [{"intent": "force", "rule": "f=0"}]},
      {"id": "train", "set": [{"intent": "train", "on": true}], "wait": {"number": "updates", "above": 2}}]})");
    const std::string words = R"({"title": "T", "sentence": "S", "steps": {
      "start": {"say": "Unit {number:unit|0}."}, "no": {"say": "no"}, "yes": {"say": "yes"}, "near": {"say": "near"},
      "why": {"say": "s", "ask": "q", "answers": {"a": "A", "b": "B"}, "reveal": "r"},
      "guess": {"say": "s", "ask": "q", "reveal": "r"},
      "close": {"say": "s", "do": "d"}, "train": {"say": "s", "wait": "w"}}})";
    write_file(at("l.en.json"), words);
    std::string german = words;
    german.replace(german.find("Unit"), 4, "Einheit");
    write_file(at("l.de.json"), german);
    bench.act(ui::OpenLesson{"l", "en"});
    settle();
  }

  std::string step() const { return player.step().id; }
  void next() {
    player.next();
    settle();
  }
  const ui::Document& document() const { return bench.editor().document(); }
};

TEST_F(ALesson, SetsWhatItsStepsSetAndSaysNumbersOfNow) {
  ASSERT_TRUE(player.open()) << messages();
  EXPECT_EQ(step(), "start");
  EXPECT_EQ(document().view.step, 3);
  EXPECT_EQ(plain(player.filled(player.step_words().say)), "Unit 2.");
  EXPECT_TRUE(player.fulfilled()) << "nothing is asked";
  bench.act(ui::SetLanguage{"de"});
  settle();
  EXPECT_EQ(plain(player.filled(player.step_words().say)), "Einheit 2.");
  EXPECT_EQ(step(), "start");
}

TEST_F(ALesson, BranchesOnWhatWasAnswered) {
  next();
  EXPECT_FALSE(player.fulfilled());
  player.choose("a");
  settle();
  EXPECT_TRUE(player.fulfilled());
  EXPECT_EQ(player.is_right(), false);
  EXPECT_EQ(document().view.step, 9) << "the answer reveals";
  next();
  EXPECT_EQ(step(), "no");
  next();
  EXPECT_EQ(step(), "guess");
  player.back();
  settle();
  EXPECT_EQ(step(), "no") << "back passes what is for others, too";
  player.back();
  settle();
  EXPECT_EQ(step(), "why");
  player.choose("b");
  settle();
  EXPECT_EQ(player.is_right(), true);
  next();
  EXPECT_EQ(step(), "yes");
}

TEST_F(ALesson, KeepsAGuessBesideTheTruth) {
  bench.act(ui::GoOnLesson{});
  settle();
  player.choose("b");
  next();
  next();
  ASSERT_EQ(step(), "guess");
  player.predict(0.55);
  settle();
  EXPECT_EQ(player.answer()->number, 0.55);
  EXPECT_NEAR(*player.truth(), 0.5, 1e-6) << "measured after what was revealed";
  EXPECT_EQ(player.is_right(), true) << "within a tenth of the slider";
  next();
  EXPECT_EQ(step(), "near");
  player.back();
  settle();
  player.predict(0.9);
  settle();
  EXPECT_EQ(player.is_right(), false);
  next();
  EXPECT_EQ(step(), "close");
}

TEST_F(ALesson, WaitsForWhatIsDoneWhicheverWayAndForNumbers) {
  for (const char* id : {"why", "guess", "close"}) {
    next();
    ASSERT_EQ(step(), id) << "without an answer neither branch is taken";
  }
  EXPECT_FALSE(player.fulfilled());
  bench.forcing().force("f", 0);
  settle();
  EXPECT_TRUE(player.fulfilled());
  bench.act(ui::ReleaseAll{});
  settle();
  EXPECT_TRUE(player.fulfilled()) << "done stays done";
  next();
  ASSERT_EQ(step(), "train");
  for (int k = 0; k < 2000 && !player.fulfilled(); ++k) settle();
  EXPECT_TRUE(player.fulfilled());
  EXPECT_GT(bench.shown().now().updates, 2u);
  next();
  EXPECT_FALSE(player.open()) << "after its last step it is over";
}

TEST_F(ALesson, ASessionKeepsWhereOneLeftOff) {
  next();
  player.choose("a");
  settle();
  bench.act(ui::ChooseStep{12});
  bench.act(ui::SaveSession{at("s.gatescope").string()});
  bench.act(ui::CloseLesson{});
  settle();
  EXPECT_FALSE(player.open());
  bench.act(ui::OpenFiles{{at("s.gatescope").string()}});
  settle();
  ASSERT_TRUE(player.open()) << messages();
  EXPECT_EQ(step(), "why");
  EXPECT_EQ(player.answer()->choice, "a");
  EXPECT_EQ(document().view.step, 12) << "what the step sets and reveals is not set again";
}

TEST_F(ALesson, ThatDoesNotReadIsClosedAndSaysWhy) {
  write_file(at("broken.json"), R"({"steps": [{"id": "a", "sett": []}]})");
  bench.act(ui::OpenLesson{"broken", "en"});
  settle();
  EXPECT_FALSE(player.open());
  EXPECT_NE(messages().find("/steps/0"), std::string::npos) << messages();
}

TEST_F(ALesson, IsReadInEnglishWhereItLacksTheLanguage) {
  bench.act(ui::OpenLesson{"l", "fr"});
  settle();
  ASSERT_TRUE(player.open()) << messages();
  EXPECT_EQ(player.words().language, "en");
}

TEST_F(ALesson, UndoLeavesItAlone) {
  bench.forcing().force("f", 0);
  next();
  bench.act(ui::Undo{});
  settle();
  EXPECT_EQ(step(), "why");
  EXPECT_TRUE(document().probe.rules.empty());
}

}  // namespace
}  // namespace gatescope::lesson
