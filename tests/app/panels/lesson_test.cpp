// The strip of a lesson under a person's hands, and every shipped lesson played in both languages.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/lesson/handout.h"
#include "app/lesson/play.h"
#include "core/files.h"
#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

using ui::Key;

struct TheLesson : testing::Test {
  WindowDriver w{{1280, 1400, plot::ThemeName::light, 1}};

  void open() {
    write_file(w.at("l.json"), R"({"steps": [
      {"id": "start", "set": [{"intent": "choose_step", "step": 3}]},
      {"id": "why", "choose": {"answers": ["a", "b"], "right": "b"}},
      {"id": "guess", "predict": {"low": 0, "high": 1, "truth": "mean f"}, "reveal": [{"intent": "force", "rule": "f=0.25"}]},
      {"id": "close", "set": [{"intent": "release_all"}], "do": {"forced": "f", "to": 0}, "by_itself": [{"intent": "force", "rule": "f=0"}]}]})");
    write_file(w.at("l.en.json"), R"({"title": "Small", "sentence": "S", "steps": {
      "start": {"say": "Unit {number:unit|0}, {channel:f|forget gate}."},
      "why": {"say": "Why?", "ask": "Because?", "answers": {"a": "Alpha", "b": "Beta"}, "reveal": "So."},
      "guess": {"say": "Guess.", "ask": "How far?", "reveal": "{number:mean f}."},
      "close": {"say": "Close.", "do": "Press {control:closed##force f|closed}."}}})");
    w.open_tiny();
    w.bench().act(ui::ChooseUnit{1});
    w.bench().act(ui::OpenLesson{w.at("l.json").string(), "en"});
    w.settle();
  }
  std::string step() { return w.window().lesson().step().id; }
  bool shows(const std::string& text) const {
    return std::ranges::any_of(w.gui.items().texts,
                               [&](const ui::ItemLog::Text& each) { return each.text == text; });
  }
};

TEST_F(TheLesson, IsReadAnsweredGuessedAndDone) {
  open();
  ASSERT_TRUE(w.has("lesson"));
  EXPECT_TRUE(shows("forget") && shows("gate") && shows("1"));
  w.click("Go on##lesson");
  EXPECT_FALSE(w.has("Go on##lesson")) << "an answer is missing";
  w.click("Alpha");
  EXPECT_EQ(w.text("lesson state"), "Not quite");
  w.click("Beta");
  EXPECT_EQ(w.text("lesson state"), "Right");
  w.click("Go on##lesson");
  w.click("##lesson guess");
  w.click("That is my guess");
  EXPECT_TRUE(w.document().lesson.answer_at("guess")->number);
  EXPECT_THAT(w.text("lesson truth"), testing::HasSubstr("measured 0.25"));
  w.click("Go on##lesson");
  EXPECT_EQ(w.text("lesson state"), "Your turn");
  w.click("closed##Forget##force f");
  EXPECT_EQ(w.text("lesson state"), "Done");
  w.click("Finish##lesson");
  EXPECT_FALSE(w.has("lesson"));
}

TEST_F(TheLesson, GoesOnAndBackByArrowsAndAPresentersRemote) {
  open();
  w.key(Key::right);
  EXPECT_EQ(step(), "why");
  w.key(Key::page_down);
  EXPECT_EQ(step(), "guess");
  EXPECT_EQ(w.document().view.step, 3) << "arrows move no step meanwhile";
  w.key(Key::page_up);
  w.key(Key::left);
  EXPECT_EQ(step(), "start");
  w.click("##close lesson");
  w.key(Key::right);
  EXPECT_EQ(w.document().view.step, 4);
}

TEST_F(TheLesson, OutlinesTheControlWhoseWordIsPointedAt) {
  open();
  for (int k = 0; k < 3; ++k) w.key(Key::right);
  const auto without = w.picture();
  const ui::ItemLog::Item word = w.item("lesson word closed");
  ASSERT_TRUE(ui::item_pointed_at(w.gui.items(), word.text));
  const ui::ItemLog::Item control = *ui::item_pointed_at(w.gui.items(), word.text);
  EXPECT_EQ(control.label, "closed##Forget##force f");
  const auto color_beside = [&](const plot::Raster& picture) {
    const auto at = static_cast<std::size_t>(std::lround(control.low.y - 3 * w.gui.look().scale)) *
                        static_cast<std::size_t>(picture.width) +
                    static_cast<std::size_t>(std::lround(control.middle().x));
    return std::vector<int>{picture.rgba[4 * at], picture.rgba[4 * at + 1], picture.rgba[4 * at + 2]};
  };
  const ImVec2 at = word.middle();
  w.move(at.x, at.y);
  w.frames(3);
  EXPECT_NE(color_beside(without), color_beside(w.picture()));
  w.move(640, 500);
  w.frames(3);
  EXPECT_EQ(color_beside(without), color_beside(w.picture()));
}

TEST_F(TheLesson, TheMenuOpensLessonsSpeaksLanguagesAndRecords) {
  w.open_tiny();
  w.bench().act(ui::SetLanguage{"de"});
  w.settle();
  w.menu("Lessons", "Warum einfache RNNs vergessen");
  ASSERT_TRUE(w.has("lesson"));
  EXPECT_TRUE(w.has("Weiter##lesson"));
  w.bench().act(ui::SetLanguage{"en"});
  w.settle();
  EXPECT_TRUE(w.has("Go on##lesson"));
  w.menu("Lessons", "Close the lesson");
  EXPECT_FALSE(w.has("lesson"));
  w.menu("Lessons", "Record a lesson");
  EXPECT_TRUE(w.document().window.recording);
  w.bench().act(ui::ChooseStep{2});
  w.menu("Lessons", "Stop recording the lesson");
  EXPECT_TRUE(w.said("lesson_1.json"));
}

/// What of the strip is cut at a side, or shortened.
std::vector<std::string> faults(const ui::ItemLog& log) {
  std::vector<std::string> all;
  const auto* strip = log.find("lesson");
  if (!strip) return {"there is no strip"};
  for (const auto& text : log.texts) {
    if (text.low.y < strip->low.y || text.low.y > strip->high.y) continue;
    if (text.high.x > text.clip_high.x + 1 || text.high.y - 0.22f * text.size > text.clip_high.y)
      all.push_back("cut: " + text.text);
    if (text.text.ends_with("…")) all.push_back("shortened: " + text.text);
  }
  if (strip->high.y > 400) all.emplace_back("the strip leaves no room for a picture");
  return all;
}

/// Controls that the strip's words mean and the window has not.
std::vector<std::string> missing_controls(const ui::ItemLog& log) {
  std::vector<std::string> all;
  for (const ui::ItemLog::Item& item : log.items)
    if (item.label.starts_with("lesson word ") && !ui::item_pointed_at(log, item.text))
      all.push_back(item.text);
  return all;
}

/// As `lesson run` plays it: every `do` and `wait` is met by real intents, every number is there, and no text
/// is cut at any step, before and after what is asked.
class Shipped : public testing::TestWithParam<std::tuple<std::string, std::string, bool>> {};

TEST_P(Shipped, IsPlayedToItsEndAndNothingIsCut) {
  const auto& [name, language, presenter] = GetParam();
  const bool presented = presenter;
  WindowDriver w{{1280, 800, plot::ThemeName::light, 1}};
  w.bench().act(ui::ShowPresenter{presenter});
  w.bench().act(ui::OpenLesson{name, language});
  std::vector<std::string> wrong;
  const lesson::Theatre theatre{.frame = [&] { w.frames(); },
                                .settle = [&] { w.settle(); },
                                .picture =
                                    [&](const std::filesystem::path& path) {
                                      const std::string at = path.filename().string();
                                      for (const std::string& each : faults(w.gui.items()))
                                        wrong.push_back(at + ": " + each);
                                      if (!presented && !at.ends_with("_after.png"))
                                        for (const std::string& each : missing_controls(w.gui.items()))
                                          wrong.push_back(at + ": there is no control " + each);
                                      write_file(path, "a picture");
                                    }};
  const auto folder = lesson::lessons_among(w.bench().folders().presets);
  const lesson::Lesson read = lesson::load_lesson(folder / (name + ".json"));
  const auto played = lesson::play(w.window().lesson(), w.bench(), theatre, w.at("out"));
  EXPECT_THAT(wrong, testing::IsEmpty());
  EXPECT_GE(played.size(), 5u);
  const lesson::Words words = lesson::load_words(read, language);
  const lesson::Phrases phrases = lesson::load_phrases(w.bench().folders().languages, language);
  const std::string handout = lesson::handout(read, words, phrases, played, false);
  const std::string solutions = lesson::handout(read, words, phrases, played, true);
  EXPECT_THAT(handout, testing::HasSubstr("lang=\"" + language + "\""));
  for (const lesson::Played& step : played) {
    if (!step.asks) continue;
    EXPECT_FALSE(step.right.empty()) << step.id;
    EXPECT_THAT(solutions, testing::HasSubstr(phrases.right + ": "));
    EXPECT_THAT(handout, testing::Not(testing::HasSubstr(phrases.right + ": "))) << "it tells no answers";
  }
}

std::vector<std::string> all_lessons() {
  std::vector<std::string> names;
  for (const std::filesystem::path& file :
       lesson::lessons_in(lesson::lessons_among(std::filesystem::path(GATESCOPE_SOURCE_DIR) / "presets")))
    names.push_back(file.stem().string());
  return names;
}

TEST(LessonsThatShip, AreTwelveInEnglishAndGerman) {
  EXPECT_EQ(all_lessons().size(), 12u);
  EXPECT_EQ(all_lessons().front(), "cell") << "in the order of a course";
  EXPECT_EQ(all_lessons().back(), "find_unit");
  const auto folder = lesson::lessons_among(std::filesystem::path(GATESCOPE_SOURCE_DIR) / "presets");
  for (const std::string& name : all_lessons()) {
    const lesson::Lesson read = lesson::load_lesson(folder / (name + ".json"));
    EXPECT_THAT(lesson::languages_of(read), testing::ElementsAre("de", "en")) << name;
    EXPECT_LE(read.minutes, 15) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Lessons, Shipped,
                         testing::Combine(testing::ValuesIn(all_lessons()), testing::Values("en", "de"),
                                          testing::Bool()),
                         [](const auto& info) {
                           return fmt::format("{}_{}{}", std::get<0>(info.param), std::get<1>(info.param),
                                              std::get<2>(info.param) ? "_presented" : "");
                         });

}  // namespace
}  // namespace gatescope::test
