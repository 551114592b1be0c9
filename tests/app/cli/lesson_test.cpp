#include <gmock/gmock.h>

#include "tests/app/cli/program.h"

namespace gatescope {
namespace {

using testing::HasSubstr;

TEST_F(Program, ListsLessonsInALanguage) {
  const Result english = run("lesson list"), german = run("lesson list --language de");
  EXPECT_EQ(english.code, 0) << english.error;
  EXPECT_THAT(english.out, HasSubstr("Wiping the memory"));
  EXPECT_THAT(german.out, HasSubstr("Das Gedächtnis löschen"));
}

TEST_F(Program, ChecksLessonsAndNamesWhatIsWrong) {
  EXPECT_THAT(run("lesson check cell").out, HasSubstr("8 steps, 10 min; de, en"));
  write_file(at("l.json"), R"({"steps": [{"id": "a", "do": {"forced": "f"}}]})");
  expect_complaint("lesson check " + at("l.json"), 1, "/steps/0/by_itself");
  write_file(at("l.json"), R"({"steps": [{"id": "a"}]})");
  expect_complaint("lesson check " + at("l.json"), 1, "l.en.json");
  write_file(at("l.de.json"), R"({"title": "T", "sentence": "S", "steps": {"a": {}}})");
  expect_complaint("lesson check " + at("l.json"), 1, "/steps/a/say");
  expect_complaint("lesson check nothing", 1, "one of cell");
  expect_complaint("lesson check", 2, "needs a lesson");
}

TEST_F(Program, PlaysALessonIntoPicturesAndPages) {
  const Result result = run("lesson run wiping --language de --out " + at("out"));
  ASSERT_EQ(result.code, 0) << result.error;
  for (const char* picture : {"01_start.png", "02_guess.png", "02_guess_after.png"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / picture)) << picture;
  const std::string handout = read_file(folder_ / "out/handout.html");
  const std::string solutions = read_file(folder_ / "out/solutions.html");
  EXPECT_THAT(handout, HasSubstr("Ihre Antwort"));
  EXPECT_THAT(handout, HasSubstr("data:image/png;base64,iVBOR"));
  EXPECT_THAT(solutions, HasSubstr("Richtig: "));
  for (const std::string& page : {handout, solutions})
    EXPECT_EQ(page.find("http"), std::string::npos) << "all is in the page itself";
}

TEST_F(Program, ALessonThatCannotBeDoneSaysAtWhichStep) {
  const std::string words = R"({"title": "T", "sentence": "S", "steps": {"a": {"say": "s", "DO": "d"}}})";
  const auto play = [&](const std::string& step, const char* kind) {
    write_file(at("l.json"),
               R"({"steps": [{"id": "a", "set": [{"intent": "open_preset", "preset": "forgetting"}], )" +
                   step + "}]}");
    std::string text = words;
    write_file(at("l.en.json"), text.replace(text.find("DO"), 2, kind));
    return "lesson run " + at("l.json") + " --out " + at("out");
  };
  expect_complaint(play(R"("do": {"view": "cell"}, "by_itself": [{"intent": "train", "on": false}])", "do"),
                   1, "step \"a\": \"by_itself\" does not do it, expected view cell");
  expect_complaint(play(R"("wait": {"number": "updates", "above": 9})", "wait"), 1,
                   "nothing trains, and it waits for updates above 9, it is 0");
}

}  // namespace
}  // namespace gatescope
