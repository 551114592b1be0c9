#include "app/lesson/lesson.h"

#include <gtest/gtest.h>

#include "app/lesson/phrases.h"
#include "core/files.h"
#include "core/json/json_reader.h"
#include "tests/error_of.h"
#include "tests/temporary_folder.h"

namespace gatescope::lesson {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLesson = R"({"minutes": 5, "steps": [
  {"id": "start", "set": [{"intent": "choose_step", "step": 3}]},
  {"id": "why", "choose": {"answers": ["a", "b"], "right": "b"}, "reveal": [{"intent": "release_all"}]},
  {"id": "no", "if": {"asked": "why", "answered": "wrong"}},
  {"id": "guess", "predict": {"low": 0, "high": 1, "truth": "mean f"}},
  {"id": "close", "do": {"forced": "f", "to": 0}, "by_itself": [{"intent": "force", "rule": "f=0"}]},
  {"id": "train", "wait": {"number": "updates", "above": 3}, "updates": 50}]})";
constexpr const char* kWords = R"({"title": "T", "sentence": "S", "steps": {
  "start": {"say": "Hello."},
  "why": {"say": "s", "ask": "q", "answers": {"a": "A", "b": "B"}, "reveal": "r"},
  "no": {"say": "s"},
  "guess": {"say": "s", "ask": "q", "reveal": "{number:mean f}"},
  "close": {"say": "s", "do": "d"},
  "train": {"say": "s", "wait": "w"}}})";

Lesson read(const std::string& text) {
  return lesson_from_json(parse_json(text, "lesson.json"), "lesson.json");
}
/// A text with one part in place of another one, which it has.
std::string with(std::string text, const std::string& part, const std::string& other) {
  const std::size_t at = text.find(part);
  EXPECT_NE(at, text.npos) << part;
  return text.replace(at, part.size(), other);
}

TEST(LessonFile, IsReadWithAllItsSteps) {
  const Lesson lesson = read(kLesson);
  ASSERT_EQ(lesson.steps.size(), 6u);
  EXPECT_EQ(lesson.minutes, 5);
  EXPECT_EQ(lesson.steps[0].set.size(), 1u);
  EXPECT_EQ(std::get<Choose>(lesson.steps[1].task).right, "b");
  EXPECT_EQ(lesson.steps[2].only_if->answered, "wrong");
  EXPECT_EQ(std::get<Predict>(lesson.steps[3].task).truth.text, "mean f");
  EXPECT_EQ(std::get<Wait>(lesson.steps[5].task).updates, 50u);
  const Words words = words_from_json(parse_json(kWords, "w"), lesson, "en", "w");
  EXPECT_EQ(words.steps[1].answers, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(words.steps[3].reveal.size(), 1u);
}

TEST(LessonFile, ABrokenOneNamesFilePlaceAndWhatWouldBeRight) {
  const struct {
    const char *part, *other, *place, *right;
  } broken[] = {
      {R"("id": "start")", R"("id": "No!")", "/steps/0/id", "a name of a-z"},
      {R"("id": "no")", R"("id": "why")", "/steps/2/id", "no step before"},
      {R"("step": 3)", R"("stepp": 3)", "/steps/0/set/0", "stepp"},
      {"choose_step", "choose_stp", "/steps/0/set/0/intent", "name of an intent"},
      {R"("right": "b")", R"("right": "c")", "/steps/1/choose/right", "one of the answers"},
      {R"(["a", "b"], "right": "b")", R"(["b"], "right": "b")", "/steps/1/choose/answers", "two different"},
      {R"("asked": "why")", R"("asked": "guess")", "/steps/2/if/asked", "a step before that asks"},
      {R"("answered": "wrong")", R"("answered": "c")", "/steps/2/if/answered", "right, wrong or one of"},
      {R"("high": 1)", R"("high": -1)", "/steps/3/predict/high", "above \"low\""},
      {R"("truth": "mean f")", R"("truth": "mean")", "/steps/3/predict/truth", "a channel"},
      {R"({"forced": "f", "to": 0})", R"({"forcd": "f"})", "/steps/4/do", "one of the keys forced"},
      {R"(, "by_itself": [{"intent": "force", "rule": "f=0"}])", "", "/steps/4/by_itself", "do it"},
      {R"("wait": {)", R"("predict": {"truth": 1}, "wait": {)", "/steps/5/wait", "no second task"},
      {R"("minutes": 5)", R"("minuets": 5)", "minuets", "minutes"},
      {R"("minutes": 5)", R"("minutes": 500)", "/minutes", "1 to 120"}};
  for (const auto& each : broken) {
    const std::string error = error_of([&] { read(with(kLesson, each.part, each.other)); });
    EXPECT_NE(error.find("lesson.json"), error.npos) << error;
    EXPECT_NE(error.find(each.place), error.npos) << each.place << ": " << error;
    EXPECT_NE(error.find(each.right), error.npos) << each.right << ": " << error;
  }
  EXPECT_NE(error_of([] { read(R"({"steps": []})"); }).find("/steps"), std::string::npos);
}

TEST(LessonFile, WordsThatAreMissingOrTooManyAreNamed) {
  const Lesson lesson = read(kLesson);
  const auto error = [&](const char* part, const char* other) {
    return error_of([&] {
      words_from_json(parse_json(with(kWords, part, other), "l.de.json"), lesson, "de", "l.de.json");
    });
  };
  EXPECT_NE(error(R"("no": {"say": "s"},)", "").find("/steps/no is missing"), std::string::npos)
      << error(R"("no": {"say": "s"},)", "");
  EXPECT_NE(error(R"("say": "Hello.")", R"("say": "")").find("/steps/start/say"), std::string::npos);
  EXPECT_NE(error(R"(, "b": "B")", "").find("/steps/why/answers/b"), std::string::npos);
  EXPECT_NE(error(R"(, "do": "d")", "").find("/steps/close/do"), std::string::npos);
  EXPECT_NE(error(R"(, "wait": "w")", "").find("/steps/train/wait"), std::string::npos);
  EXPECT_NE(error(R"("reveal": "r")", R"("reveel": "r")").find("reveal"), std::string::npos);
  EXPECT_NE(error("{number:mean f}", "{number:mean}").find("/steps/guess/reveal"), std::string::npos);
  EXPECT_NE(error(R"("train": {)", R"("tran": {"say": "s"}, "train": {)").find("tran"), std::string::npos);
}

TEST(LessonFile, ItsWordsLieBesideItAndAThirdLanguageIsOneFile) {
  const TemporaryFolder folder;
  write_file(folder.path() / "l.json", kLesson);
  write_file(folder.path() / "l.en.json", kWords);
  const Lesson lesson = load_lesson(find_lesson("l", folder.path()));
  EXPECT_EQ(lesson.name, "l");
  EXPECT_EQ(languages_of(lesson), std::vector<std::string>{"en"});
  EXPECT_NE(error_of([&] { load_words(lesson, "fr"); }).find("there are en"), std::string::npos);
  write_file(folder.path() / "l.fr.json", with(kWords, "Hello.", "Salut."));
  EXPECT_EQ(languages_of(lesson), (std::vector<std::string>{"en", "fr"}));
  EXPECT_EQ(plain(load_words(lesson, "fr").steps[0].say), "Salut.");
  EXPECT_EQ(lessons_in(folder.path()).size(), 1u);
  EXPECT_NE(error_of([&] { find_lesson("m", folder.path()); }).find("one of l"), std::string::npos);
}

// No key is missing in either language, and the two refer to the same numbers and channels.
TEST(ShippedLessons, AreCompleteInEnglishAndGerman) {
  const fs::path folder = fs::path(GATESCOPE_SOURCE_DIR) / "presets/lessons";
  const auto files = lessons_in(folder);
  EXPECT_GE(files.size(), 7u);
  const auto references = [](const std::vector<lesson::Run>& runs) {
    std::vector<std::string> all;
    for (const lesson::Run& run : runs)
      if (run.kind != lesson::Run::Kind::words) all.push_back(run.quantity ? run.quantity->text : run.what);
    std::ranges::sort(all);
    return all;
  };
  for (const fs::path& file : files) {
    SCOPED_TRACE(file.string());
    const Lesson lesson = load_lesson(file);
    EXPECT_LE(lesson.minutes, 15);
    const Words english = load_words(lesson, "en"), german = load_words(lesson, "de");
    for (std::size_t k = 0; k < lesson.steps.size(); ++k) {
      EXPECT_EQ(references(english.steps[k].say), references(german.steps[k].say)) << lesson.steps[k].id;
      EXPECT_EQ(references(english.steps[k].reveal), references(german.steps[k].reveal))
          << lesson.steps[k].id;
    }
  }
  const fs::path languages = fs::path(GATESCOPE_SOURCE_DIR) / "assets/languages";
  EXPECT_EQ(load_phrases(languages, "en").next, "Go on");
  EXPECT_EQ(load_phrases(languages, "de").next, "Weiter");
}

}  // namespace
}  // namespace gatescope::lesson
