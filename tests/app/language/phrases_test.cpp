#include "app/language/phrases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/language/figure_words.h"
#include "app/language/languages.h"
#include "core/files.h"
#include "tests/error_of.h"
#include "tests/temporary_folder.h"

namespace gatescope::language {
namespace {

using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty;

Phrases made(const nlohmann::json& phrases) {
  return Phrases::from_json({{"language_name", "Deutsch"}, {"all", phrases}}, "de.json");
}

TEST(Phrases, EnglishLeavesEveryTextAsItIs) {
  EXPECT_EQ(Phrases().told("Train"), "Train");
  EXPECT_TRUE(Phrases().empty());
}

TEST(Phrases, TellsWholeTextsAndThoseWithGaps) {
  const Phrases german = made({{"Train", "Trainieren"},
                               {"forget gate", "Forget-Gate"},
                               {"{} updates", "{} Updates"},
                               {"mean of {} at step {}", "an Schritt {1} Mittel: {0}"},
                               {"wrote {}", "geschrieben: {=}"}});
  EXPECT_EQ(german.told("Train"), "Trainieren");
  EXPECT_EQ(german.told("1,200 updates"), "1,200 Updates");
  EXPECT_EQ(german.told("mean of forget gate at step 3"), "an Schritt 3 Mittel: Forget-Gate");
  EXPECT_EQ(german.told("wrote Train"), "geschrieben: Train") << "a file's name stays";
}

TEST(Phrases, ThePatternWithTheMostWordsIsTaken) {
  const Phrases german = made({{"{} of {}", "{} von {}"}, {"{} of {} heads", "{} von {} Köpfen"}});
  EXPECT_EQ(german.told("2 of 4 heads"), "2 von 4 Köpfen");
  EXPECT_EQ(german.told("2 of 4"), "2 von 4");
}

TEST(Phrases, LinesAndSentencesAreToldByThemselves) {
  const Phrases german = made({{"Nothing is forced.", "Nichts ist erzwungen."},
                               {"units", "Einheiten"},
                               {"update gate", "Update-Gate"}});
  EXPECT_EQ(german.told("Units\nNothing is forced. Nothing is forced."),
            "Einheiten\nNichts ist erzwungen. Nichts ist erzwungen.");
  EXPECT_EQ(german.told("Update gate"), "Update-Gate") << "with a capital";
  EXPECT_EQ(german.told("3 units"), "3 Einheiten") << "behind a number";
  EXPECT_EQ(german.told(" units:"), " Einheiten:");
}

TEST(Phrases, WhatIsNotKnownStaysAndIsNamed) {
  const Phrases german = made({{"units", "Einheiten"}, {"{} is new", "{} ist neu"}});
  std::vector<std::string> unknown;
  EXPECT_EQ(german.told("units; something", &unknown), "Einheiten; something");
  EXPECT_EQ(german.told("GRU is new", &unknown), "GRU ist neu");
  EXPECT_EQ(german.told("h → 0.25", &unknown), "h → 0.25");
  EXPECT_THAT(unknown, ElementsAre("something"));
}

TEST(Phrases, AMistakeInAFileIsNamedByItsPlace) {
  const auto error = [](const nlohmann::json& phrases) { return error_of([&] { made(phrases); }); };
  EXPECT_THAT(error({{"{} of {}", "{} von"}}), HasSubstr("/all/{} of {}"));
  EXPECT_THAT(error({{"{} of {}", "{} von"}}), HasSubstr("the 2 gaps of its key, each once"));
  EXPECT_THAT(error({{"{} of {}", "{0} von {0}"}}), HasSubstr("each once"));
  EXPECT_THAT(error({{"one {}{}", "{}{}"}}), HasSubstr("something between them"));
  EXPECT_THAT(error({{"{} - {}", "{} - {}"}}), HasSubstr("a letter beside its gaps"));
  EXPECT_THAT(error({{"Train", ""}}), HasSubstr("expected a text"));
  EXPECT_THAT(error_of([] {
                Phrases::from_json({{"language_name", "Deutsch"},
                                    {"menus", {{"Train", "Trainieren"}}},
                                    {"toolbar", {{"Train", "Trainieren"}}}},
                                   "de.json");
              }),
              HasSubstr("no key of the group 'menus' as well"));
  EXPECT_THAT(error_of([] {
                Phrases::from_json({{"menus", {{"Train", "Trainieren"}}}}, "de.json");
              }),
              HasSubstr("language_name"));
}

TEST(Phrases, AFigureIsToldAndWhatItReadsIsNot) {
  const Phrases german = made({{"steps", "Schritte"}, {"no data yet", "noch keine Daten"}});
  plot::Figure figure{.title = "steps"};
  plot::Panel& panel = figure.panels.emplace_back();
  panel.x.title = "steps";
  panel.x.characters = {"steps"};
  panel.marks.push_back(plot::Line{.name = "steps"});
  panel.marks.push_back(plot::TextStrip{.characters = {"steps"}});
  const plot::Figure told = language::told(figure, german);
  EXPECT_EQ(told.title, "Schritte");
  EXPECT_EQ(told.panels[0].x.title, "Schritte");
  EXPECT_EQ(told.panels[0].empty_text, "noch keine Daten");
  EXPECT_EQ(std::get<plot::Line>(told.panels[0].marks[0]).name, "Schritte");
  EXPECT_THAT(told.panels[0].x.characters, ElementsAre("steps"));
  EXPECT_THAT(std::get<plot::TextStrip>(told.panels[0].marks[1]).characters, ElementsAre("steps"));
}

TEST(Languages, AFileIsALanguageAndABadOneIsAMessage) {
  const TemporaryFolder folder;
  write_file(folder.path() / "fr.json", R"({"language_name": "Français", "all": {"Train": "Entraîner"}})");
  write_file(folder.path() / "xx.json", R"({"language_name": "?", "all": {"Train": 3}})");
  const Languages languages(folder.path(), "fr");
  EXPECT_EQ(languages.of("fr").name, "Français");
  EXPECT_EQ(languages.of("fr").phrases->told("Train"), "Entraîner");
  EXPECT_EQ(languages.of("").code, "fr") << "the usual one";
  EXPECT_EQ(languages.of("xx").code, "en");
  EXPECT_EQ(languages.of("en").phrases, nullptr);
  ASSERT_EQ(languages.problems().size(), 1U);
  EXPECT_THAT(languages.problems()[0], HasSubstr("xx.json"));
  EXPECT_EQ(Languages("/no/such/folder", "de").of("").code, "en");
}

TEST(Languages, TheEnvironmentNamesOneByItsLocale) {
  EXPECT_EQ(language_of_locale("de_AT.UTF-8"), "de");
  EXPECT_EQ(language_of_locale("fr"), "fr");
  EXPECT_EQ(language_of_locale("C.UTF-8"), "");
  EXPECT_EQ(language_of_locale("POSIX"), "");
}

}  // namespace
}  // namespace gatescope::language
