#include "app/desk/link.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>

#include "app/desk/workbench.h"
#include "core/base64url.h"
#include "core/files.h"
#include "tests/error_of.h"
#include "tests/rules.h"

namespace gatescope::ui {
namespace {

namespace fs = std::filesystem;

experiment::Experiment preset(const fs::path& file) {
  return experiment::load_experiment(file);
}

std::vector<fs::path> preset_files() {
  return files_in(fs::path(GATESCOPE_SOURCE_DIR) / "presets", ".json");
}

/// A document as a person has it: a preset with its rules as the probe's.
Document opened(const fs::path& file) {
  Document document;
  document.experiment = preset(file);
  document.probe.rules = document.experiment.force;
  document.experiment.force.clear();
  document.view.open = {"gates", "states"};
  document.view.unit = 5;
  document.view.step = 31;
  document.view.theme = plot::ThemeName::light;
  document.probe.text = "žluť 𝄞";
  document.lesson = {.lesson = "cell", .language = "de", .step = 2, .entered = true};
  return document;
}

std::string error_of_link(std::string_view text) {
  return error_of([&] { link_from_text(text); });
}

std::string link_of_json(std::string_view json) {
  std::string out(::compressBound(static_cast<uLong>(json.size())), '\0');
  auto size = static_cast<uLongf>(out.size());
  ::compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(json.data()),
             static_cast<uLong>(json.size()));
  return "#v1." + to_base64url(std::string_view(out).substr(0, size));
}

TEST(ALink, RestoresTheChoicesFromEveryPreset) {
  ASSERT_GT(preset_files().size(), 10u);
  for (const fs::path& file : preset_files()) {
    Document document = opened(file);
    const Link same = link_to(document, file.stem().string(), preset(file));
    EXPECT_TRUE(same.experiment.empty()) << file << ": " << same.experiment;
    document.experiment.seed += 1;
    document.experiment.title = "Another";
    document.experiment.models[0].hidden += 1;
    const Link link = link_to(document, file.stem().string(), preset(file));
    const std::string text = to_text(link);
    EXPECT_LT(text.size(), 1000u) << file;
    EXPECT_EQ(link_from_text(text), link) << file;
    experiment::Experiment back =
        experiment_of(link_from_text("https://example.org/?lang=de#" + text), preset(file));
    back.task.beside = document.experiment.task.beside;
    EXPECT_EQ(back, document.experiment) << file;
    EXPECT_EQ(link.probe, document.probe);
    EXPECT_EQ(link.view, document.view);
    EXPECT_EQ(link.lesson, document.lesson);
  }
}

TEST(ALink, WithoutAPresetSaysTheExperimentItself) {
  for (const fs::path& file : preset_files()) {
    const Document document = opened(file);
    const Link link = link_from_text(to_text(link_to(document, "", {})));
    experiment::Experiment back = experiment_of(link, {});
    back.task.beside = document.experiment.task.beside;
    EXPECT_EQ(back, document.experiment) << file;
  }
}

TEST(ALink, IsToldFromFilesAndPresets) {
  const std::string text = to_text({});
  EXPECT_TRUE(is_link("gatescope:" + text));
  EXPECT_TRUE(is_link("http://127.0.0.1:8080/#" + text));
  EXPECT_TRUE(is_link("#v7.abc")) << "of a later version, to be refused with its reason";
  for (const char* name : {"long_memory", "notes #2.txt", "v1.txt", "a#v.json", "v1.abc"})
    EXPECT_FALSE(is_link(name)) << name;
}

TEST(ALink, IsShort) {
  for (const fs::path& file : preset_files()) {
    Document document;
    document.experiment = preset(file);
    document.probe.rules = document.experiment.force;
    EXPECT_LT(to_text(link_to(document, file.stem().string(), preset(file))).size(),
              100u + 80 * document.probe.rules.size())
        << file;
  }
  Document document = opened(preset_files()[0]);
  document.probe.rules = {rule("f=0"), rule("i@3-9=1"), rule("o[2]=0.5")};
  document.probe.text.clear();
  for (int k = 0; document.probe.text.size() < 300; ++k)
    document.probe.text += fmt::format("the {} of a longer probe {}, ", k * 7919 % 1000, k * k);
  EXPECT_LT(to_text(link_to(document, preset_files()[0].stem().string(), preset(preset_files()[0]))).size(),
            600u);
}

TEST(ALink, OfATeacherNamesALesson) {
  const auto lesson = lesson_from_address("https://example.org/gatescope/?lesson=cell&lang=de");
  ASSERT_TRUE(lesson);
  EXPECT_EQ(*lesson, (LessonPlace{.lesson = "cell", .language = "de"}));
  EXPECT_TRUE(is_link("?lang=de&lesson=cell"));
  EXPECT_FALSE(is_link("https://example.org/?lessons=cell"));
  EXPECT_FALSE(is_link("notes?lesson=cell"));
  // What stands before a whole link.
  const std::string link = to_text({.preset = "long_memory", .lesson = {.lesson = "cell", .step = 3}});
  EXPECT_FALSE(lesson_from_address("https://a.b/?lesson=cell#" + link));
  const LessonPlace same = link_from_text("https://a.b/?lesson=cell&lang=de#" + link).lesson;
  EXPECT_EQ(same, (LessonPlace{.lesson = "cell", .language = "de", .step = 3}));
  EXPECT_EQ(link_from_text("https://a.b/?lesson=other#" + link).lesson, LessonPlace{.lesson = "other"});
  for (const char* text : {"?lesson=../../mine.json", "?lesson=", "?lesson=cell&lang=/etc"})
    EXPECT_NE(error_of([&] { lesson_from_address(text); }), "") << text;
}

TEST(ALink, ThatDoesNotReadSaysWhy) {
  EXPECT_NE(error_of_link("#v2.abc").find("it is in form 2, and this one reads up to 1"), std::string::npos);
  EXPECT_NE(error_of_link("#abc").find("does not begin with its version"), std::string::npos);
  EXPECT_NE(error_of_link("#v1.a b").find("damaged"), std::string::npos);
  const std::string whole = to_text({.preset = "long_memory"});
  EXPECT_NE(error_of_link(std::string_view(whole).substr(0, whole.size() - 4)).find("damaged"),
            std::string::npos);
  EXPECT_NE(error_of_link(link_of_json(R"({"view": {"step": -1}})")).find("/window/step"), std::string::npos);
  EXPECT_NE(error_of_link(link_of_json(R"({"prset": "a"})")).find("prset"), std::string::npos);
  EXPECT_NE(error_of_link(link_of_json(R"({"probe": 3})")).find("/probe"), std::string::npos);
  EXPECT_NE(error_of_link("#v1." + std::string(1 << 17, 'A')).find("at most 65536"), std::string::npos);
  const std::string bomb = R"({"preset": ")" + std::string(1 << 22, 'a') + R"("})";
  EXPECT_NE(error_of_link(link_of_json(bomb)).find("damaged"), std::string::npos) << "4 MB of one letter";
}

TEST(ALink, HoldsNothingOfOnesOwn) {
  Document document;
  document.experiment.task.text = "/home/me/diary.txt";
  EXPECT_NE(error_of([&] { link_to(document, "", {}); }).find("a text of your own"), std::string::npos);
  document.experiment.task = {.kind = "series", .series = "mine.csv"};
  EXPECT_NE(error_of([&] { link_to(document, "", {}); }).find("a table of your own"), std::string::npos);
  document = {};
  document.lesson.lesson = "/home/me/mine.json";
  EXPECT_NE(error_of([&] { link_to(document, "", {}); }).find("a lesson of your own"), std::string::npos);
  EXPECT_NE(
      error_of_link(link_of_json(R"({"lesson": {"lesson": "/etc/passwd"}})")).find("a lesson of your own"),
      std::string::npos);
  // And a link that names some of another's files opens none of them.
  const Link link =
      link_from_text(link_of_json(R"({"experiment": {"task": {"kind": "text", "text": "/etc/passwd"}}})"));
  EXPECT_NE(error_of([&] { experiment_of(link, {}); }).find("a text of your own"), std::string::npos);
}

/// Frames until nothing waits.
void settle(Workbench& bench) {
  for (int k = 0; k < 4; ++k) {
    bench.session().settle();
    bench.tick(1.0 / 60);
  }
}

Folders folders(const std::string& address = {}) {
  const fs::path source(GATESCOPE_SOURCE_DIR);
  return {source / "assets/corpora", source / "presets", {}, {}, {}, {}, address};
}

TEST(ALinkOnTheDesk, ShowsTheSameWhereItIsOpened) {
  Workbench one(folders("https://example.org/gatescope/"), 1, "a test");
  one.files().open_preset("long_memory", false);
  settle(one);
  one.act(AddRule{rule("f=0")});
  one.act(ShowViews{{"states"}});
  one.act(ChooseStep{12});
  one.act(ChooseUnit{3});
  one.act(SetProbeText{"the cat"});
  settle(one);
  const std::string link = one.files().link();
  EXPECT_TRUE(link.starts_with("https://example.org/gatescope/#v1.")) << link;
  EXPECT_LT(link.size(), 500u) << link;

  Workbench other(folders(), 1, "a test");
  ASSERT_TRUE(other.files().open({link}));
  settle(other);
  ASSERT_TRUE(other.notices().all().empty()) << other.notices().all()[0].text;
  EXPECT_EQ(other.editor().preset(), "long_memory");
  EXPECT_EQ(other.editor().document().experiment, one.editor().document().experiment);
  EXPECT_EQ(other.editor().document().probe, one.editor().document().probe);
  EXPECT_EQ(other.editor().document().view, one.editor().document().view);
  EXPECT_EQ(other.shown().now().training, false);
  EXPECT_EQ(other.files().link(), "gatescope:" + link.substr(link.find('#') + 1));
}

TEST(ALinkOnTheDesk, OfAChangedPresetIsCopiedAgainTheSame) {
  Workbench one(folders(), 1, "a test");
  one.files().open_preset("long_memory", false);
  settle(one);
  one.editor().edit("seed", [](Document& d) { d.experiment.seed += 1; });
  settle(one);
  const std::string link = one.files().link();
  Workbench other(folders(), 1, "a test");
  ASSERT_TRUE(other.files().open({link}));
  settle(other);
  EXPECT_LT(link.size(), 300u) << "from the preset that it differs least from: " << link;
  EXPECT_EQ(other.editor().document().experiment, one.editor().document().experiment);
  EXPECT_EQ(other.files().link(), link);
}

TEST(ALinkOnTheDesk, ThatNamesALessonOpensItOverWhatIsThere) {
  Workbench bench(folders(), 1, "a test");
  bench.files().open_preset("long_memory", false);
  settle(bench);
  const Document before = bench.editor().document();
  bench.files().open({"https://example.org/?lesson=cell&lang=de"});
  settle(bench);
  EXPECT_TRUE(bench.notices().all().empty());
  EXPECT_EQ(bench.editor().document().lesson, (LessonPlace{.lesson = "cell", .language = "de"}));
  EXPECT_TRUE(same_work(bench.editor().document(), before));
}

TEST(ALinkOnTheDesk, ThatCannotBeOpenedLeavesWhatIsThere) {
  Workbench bench(folders(), 1, "a test");
  bench.files().open_preset("long_memory", false);
  settle(bench);
  const Document before = bench.editor().document();
  for (const std::string& link : {std::string("gatescope:v9.AA"), "#" + to_text({.preset = "no_such"})}) {
    EXPECT_FALSE(bench.files().open({link}));
    EXPECT_EQ(bench.notices().all().size(), 1u);
    EXPECT_TRUE(bench.notices().all()[0].bad) << bench.notices().all()[0].text;
    bench.act(DismissNotice{0});
    settle(bench);
    EXPECT_EQ(bench.editor().document(), before);
  }
}

}  // namespace
}  // namespace gatescope::ui
