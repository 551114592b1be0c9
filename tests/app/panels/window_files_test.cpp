// What the window opens, keeps and writes, how it fits its sizes, and that its numbers are the tape's.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <set>

#include "app/desk/link.h"
#include "core/analysis/equations.h"
#include "core/checkpoint/model_file.h"
#include "core/files.h"
#include "tests/app/export/fake_ffmpeg.h"
#include "tests/app/panels/window_driver.h"
#include "tests/rules.h"

namespace gatescope::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using ui::Key;

struct WindowFiles : testing::Test {
  WindowDriver w{{1280, 900, plot::ThemeName::dark, 1}};

  void SetUp() override { w.open_tiny(); }

  void run(const std::string& arguments) const {
    const std::string command = std::string(GATESCOPE_PROGRAM) + " " + arguments + " >" +
                                w.at("stdout").string() + " 2>" + w.at("stderr").string();
    ASSERT_EQ(std::system(command.c_str()), 0) << read_file(w.at("stderr"));
  }
  std::vector<fs::path> figures() const {
    std::vector<fs::path> all;
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(w.at("figures"), code)) all.push_back(entry.path());
    return all;
  }
  /// The numbers of the readings.
  std::vector<gatescope::Matrix<float>> numbers() {
    std::vector<gatescope::Matrix<float>> all;
    for (const auto& reading : w.bench().shown().readings()->observations) {
      all.push_back(reading.sequence->trace.outputs);
      for (const auto& tape : reading.sequence->trace.tapes) all.push_back(tape.values(tape.info().output));
    }
    return all;
  }
};

// --- The numbers ------------------------------------------------------------------------------------------

/// What is written at the end of an equation.
std::string ending(const nlohmann::json& channel, int step, int unit) {
  const auto number = [&](const char* key) {
    return analysis::number_in_equation(channel.at(key).at(step).at(unit).get<double>());
  };
  if (!channel.contains("raw") || number("raw") == number("values")) return number("values");
  return number("raw") + " → forced " + number("values");
}

TEST_F(WindowFiles, NumbersOnTheScreenAreTheTapes) {
  w.train_until(40);
  w.resize(1280, 1600);
  checkpoint::save_model(w.at("m.safetensors"), w.bench().session().model_files().get().front());
  write_file(w.at("probe.txt"), w.document().probe.text);
  const auto vocabulary = w.now().vocabulary;
  for (const std::string rule : {"", "f=0", "i[3]@5-9=0.25"}) {
    w.bench().act(ui::ReleaseAll{});
    std::string problem, force;
    if (!rule.empty()) {
      ASSERT_TRUE(w.bench().forcing().add_rule(rule, problem)) << problem;
      force = " --force '" + rule + "'";
    }
    w.settle();
    run(fmt::format("trace --model {} --text-file {}{} --out {}", w.at("m.safetensors").string(),
                    w.at("probe.txt").string(), force, w.at("trace.json").string()));
    const auto trace = nlohmann::json::parse(read_file(w.at("trace.json")));
    const auto& channels = trace.at("layers").at(0).at("channels");
    for (const auto& [step, unit] : {std::pair(0, 0), std::pair(6, 3), std::pair(20, 7)}) {
      w.bench().replay().choose_step(step);
      w.bench().act(ui::ChooseUnit{unit});
      w.frames(2);
      int equations = 0;
      for (const auto& [symbol, channel] : channels.items()) {
        if (!w.has("equation " + symbol)) continue;
        ++equations;
        EXPECT_THAT(w.text("equation " + symbol), EndsWith("= " + ending(channel, step, unit)))
            << rule << " step " << step << " unit " << unit;
      }
      EXPECT_GE(equations, 6);
      const auto logits = trace.at("logits").at(step).get<std::vector<double>>();
      double sum = 0;
      for (const double v : logits) sum += std::exp(v);
      const auto best = std::ranges::max_element(logits);
      const auto place = static_cast<std::size_t>(best - logits.begin());
      const std::string name = vocabulary[place] == " "    ? "␣"
                               : vocabulary[place] == "\n" ? "⏎"
                                                           : vocabulary[place];
      EXPECT_EQ(w.text("next 0"), fmt::format("{} {:.1f} %", name, 100 * std::exp(*best) / sum)) << rule;
    }
  }
}

// --- Exporting --------------------------------------------------------------------------------------------

TEST_F(WindowFiles, FiguresAreExportedInEveryFormat) {
  w.enter("##new rule", "f=0");
  for (const std::string format : {"svg", "pdf", "png", "csv"}) {
    w.key(Key::e);
    w.click(format + "####kind");
    w.click("light##Theme");
    w.click("as shown##Theme");
    const std::string name = fs::path(w.text("##export path")).filename().string();
    EXPECT_THAT(name, StartsWith("gates-tiny-update-"));
    EXPECT_THAT(name, EndsWith("-forced." + format));
    w.click("Export##write");
    w.bench().exports().wait();
    EXPECT_TRUE(fs::exists(w.at("figures/" + name))) << name << w.messages();
    EXPECT_GT(fs::file_size(w.at("figures/" + name)), 500u);
    EXPECT_THAT(w.messages(), HasSubstr("wrote " + w.at("figures/" + name).string()));
    w.settle();
  }
}

TEST_F(WindowFiles, AnExportedFigureIsMadeAgainFromItself) {
  w.enter("##new rule", "f[2]=0");
  w.key(Key::e);
  w.click("svg####kind");
  const fs::path path = w.text("##export path");
  w.click("Export##write");
  w.bench().exports().wait();
  ASSERT_TRUE(fs::exists(path)) << w.messages();
  const auto drawn = [](std::string svg) {  // without what names the program
    const auto from = svg.find("<metadata"), to = svg.find("</metadata>");
    EXPECT_TRUE(from < to && to != std::string::npos);
    return svg.erase(from, to - from);
  };
  const std::string first = read_file(path);
  run(fmt::format("figure --from {} --out {}", path.string(), w.at("again.svg").string()));
  EXPECT_TRUE(drawn(first) == drawn(read_file(w.at("again.svg"))));
}

TEST_F(WindowFiles, NoFileIsWrittenOverUnasked) {
  w.key(Key::e);
  w.click("csv####kind");
  const std::string first = w.text("##export path");
  w.click("Export##write");
  w.bench().exports().wait();
  const std::string bytes = read_file(first);
  w.settle();
  w.key(Key::e);
  EXPECT_NE(w.text("##export path"), first) << "another name is proposed";
  w.enter("##export path", first);
  EXPECT_FALSE(w.has("Export##write"));
  EXPECT_TRUE(w.has("Write over it"));
  w.click("Cancel##export dialog");
  EXPECT_EQ(read_file(first), bytes);
  EXPECT_FALSE(w.gui.popup_open());
}

TEST_F(WindowFiles, ExportIntoAFolderThatCannotBeIsExplained) {
  write_file(w.at("file"), "x");
  w.key(Key::e);
  for (const std::string& path : {w.at("file/a.svg").string(), w.at("a.nothing").string(), std::string()}) {
    w.enter("##export path", path.empty() ? " " : path);
    w.click("Export##write");
    w.bench().exports().wait();
    w.settle();
    EXPECT_TRUE(w.has("problem")) << path;
    w.click("##dismiss0");
    w.key(Key::e);
  }
}

TEST_F(WindowFiles, RightClickExports) {
  w.resize(1024, 700);
  for (const std::string format : {"svg", "png", "gif"}) {
    w.click("view gates", 1);
    w.click("Export as " + format);
    w.bench().exports().wait();
    w.settle();
    EXPECT_THAT(w.messages(), HasSubstr("." + format));
  }
  std::set<std::string> endings;
  for (const fs::path& path : figures()) endings.insert(path.extension().string());
  EXPECT_THAT(endings, ElementsAre(".gif", ".png", ".safetensors", ".svg"));
  w.key(Key::digit_6);
  w.click("view training", 1);
  EXPECT_FALSE(w.has("Export as gif"));
  w.click("Export...");
  EXPECT_TRUE(w.has("Export##write"));
  w.click("gif####kind");
  EXPECT_FALSE(w.item("Export##write").enabled) << "it does not move";
}

TEST_F(WindowFiles, AFilmIsExportedWhereFfmpegIsThere) {
  {
    const app::FakeFfmpeg none(w.at("empty"), "");
    w.key(Key::e);
    w.click("mp4####kind");
    w.click("Export##write");
    w.bench().exports().wait();
    w.settle();
    EXPECT_THAT(w.messages(), HasSubstr("ffmpeg"));
    EXPECT_TRUE(w.has("problem"));
    w.click("##dismiss0");
  }
  const app::FakeFfmpeg fake(w.at("bin"), "cat > \"${@: -1}\"\n");
  w.key(Key::e);
  w.click("mp4####kind");
  const fs::path path = w.text("##export path");
  w.click("Export##write");
  w.bench().exports().wait();
  w.settle();
  EXPECT_THAT(w.messages(), HasSubstr("wrote " + path.string()));
  EXPECT_GT(fs::file_size(path), 0u);
}

// --- Opening ----------------------------------------------------------------------------------------------

TEST_F(WindowFiles, WhateverIsDroppedIsOpened) {
  w.drop({fs::path(GATESCOPE_SOURCE_DIR) / "presets/race.json"});
  EXPECT_EQ(w.bench().editor().preset(), "race");
  w.drop({w.tiny({"gru"})});
  EXPECT_EQ(w.now().models.at(0).spec.cell, "gru");
  w.bench().training().train(false);
  w.settle();
  checkpoint::save_model(w.at("m.safetensors"), w.bench().session().model_files().get().front());
  const auto model = w.models();
  std::string other;
  for (int k = 0; k < 300; ++k) other += "quick brown foxes jump.\n";
  write_file(w.at("other.txt"), other);
  w.drop({w.at("other.txt")});
  EXPECT_EQ(w.now().experiment.title, "other.txt");
  EXPECT_TRUE(w.now().training);
  EXPECT_THAT(w.bench().shown().readings()->probe.text, HasSubstr("quick"));
  w.drop({w.at("m.safetensors")});
  EXPECT_FALSE(w.now().can_train);
  EXPECT_FALSE(w.item("Step").enabled);
  EXPECT_EQ(w.models(), model);
  EXPECT_THAT(w.messages(), IsEmpty());
  w.drop({w.at("m.safetensors"), w.at("m.safetensors")});
  EXPECT_EQ(w.now().models.size(), 2u);
  w.drop({w.at("other.txt")});
  EXPECT_TRUE(w.now().can_train) << "a text is learnt though only models were open" << w.messages();
}

TEST_F(WindowFiles, ATextOpensFirstOfAll) {
  w.begin_again();
  w.drop({w.at("text.txt")});
  EXPECT_TRUE(w.now().training) << w.messages();
  EXPECT_TRUE(w.bench().shown().observation());
}

TEST_F(WindowFiles, WhatCannotBeOpenedIsExplainedAndNothingIsLost) {
  w.enter("##new rule", "f=0.5");
  w.bench().act(ui::ChooseUnit{5});
  w.settle();
  std::string junk;
  for (int k = 0; k < 3000; ++k) junk += static_cast<char>((k * 7919) >> 3);
  fs::create_directories(w.at("folder"));
  write_file(w.at("empty.txt"), "");
  write_file(w.at("one.txt"), "x");
  write_file(w.at("half.json"), R"({"title": "a", "models": [{"cell": "ls)");
  write_file(w.at("wrong.json"), R"({"models": [{"cell": "lstn"}]})");
  for (const char* name : {"junk.txt", "junk.bin", "junk.json", "junk.safetensors", "junk.gatescope"})
    write_file(w.at(name), junk);
  for (const char* name : {"empty.json", "empty.safetensors", "empty.gatescope"}) write_file(w.at(name), "");
  const ui::Document before = w.document();
  const auto models = w.models();
  const auto values = numbers();
  for (const std::string name : {"folder", "missing.txt", "missing.json", "empty.txt", "one.txt", "half.json",
                                 "wrong.json", "junk.txt", "junk.bin", "junk.json", "junk.safetensors",
                                 "junk.gatescope", "empty.json", "empty.safetensors", "empty.gatescope"}) {
    w.drop({w.at(name)});
    EXPECT_THAT(w.messages(), HasSubstr(name));
    EXPECT_TRUE(w.has("problem"));
    EXPECT_EQ(w.models(), models) << name;
    EXPECT_TRUE(w.document() == before) << name;
    EXPECT_TRUE(numbers() == values) << name;
    while (!w.bench().notices().all().empty()) w.bench().notices().dismiss(0);
  }
}

TEST_F(WindowFiles, AnExperimentThatIsTooLargeLeavesWhatWasThere) {
  w.enter("##new rule", "f=0.5");
  const ui::Document before = w.document();
  write_file(w.at("large.json"), R"({"models": [{"cell": "lstm", "hidden": 8000, "layers": 4}]})");
  w.drop({w.at("large.json")});
  EXPECT_THAT(w.messages(), HasSubstr("GB"));
  EXPECT_TRUE(w.document() == before);
  EXPECT_EQ(w.now().models[0].spec.hidden, 8);
}

TEST_F(WindowFiles, FilesAreChosenInTheBrowser) {
  w.key(Key::o, {.ctrl = true});
  w.frames(20);
  w.enter("##path", w.tiny({"rnn"}).string());
  EXPECT_EQ(w.now().models.at(0).spec.cell, "rnn");
  w.bench().training().train(false);
  w.settle();
  w.click("Choose a text...");
  w.frames(20);
  w.enter("##path", w.at("text.txt").string());
  EXPECT_EQ(w.now().experiment.title, "text.txt");
}

// --- Links ------------------------------------------------------------------------------------------------

TEST_F(WindowFiles, ALinkIsCopiedAndPastedWhereAPathIsTyped) {
  std::string desktop;
  w.gui.set_clipboard([&] { return desktop; }, [&](const std::string& text) { desktop = text; });
  w.key(Key::l, {.ctrl = true, .shift = true});
  EXPECT_THAT(w.messages(), HasSubstr("a text of your own"));
  EXPECT_THAT(desktop, IsEmpty());
  w.bench().files().open_preset("long_memory", false);
  w.bench().act(ui::SetProbeText{"the cat"});
  w.bench().act(ui::AddRule{rule("f=0")});
  w.settle();
  w.key(Key::l, {.ctrl = true, .shift = true});
  EXPECT_TRUE(ui::is_link(desktop)) << desktop;
  EXPECT_THAT(w.messages(), HasSubstr(fmt::format("The link is copied, {} characters", desktop.size())));
  const session::Probe copied = w.document().probe;
  w.bench().act(ui::SetProbeText{"another"});
  w.bench().act(ui::ReleaseAll{});
  w.settle();
  ASSERT_FALSE(w.document().probe == copied);
  w.key(Key::o, {.ctrl = true});
  w.frames(20);
  w.enter("##path", desktop);
  w.settle();
  EXPECT_TRUE(w.document().probe == copied);
}

// --- Sessions ---------------------------------------------------------------------------------------------

TEST_F(WindowFiles, ASessionIsSavedAndOpensAsItWas) {
  w.open_tiny({"lstm", "gru"});
  w.train_until(12);
  w.enter("##new rule", "f[1-3]=0.5");
  w.key(Key::g);
  w.key(Key::d, {.ctrl = true});
  w.key(Key::n);
  w.bench().act(ui::ChooseUnit{7});
  w.bench().replay().choose_step(17);
  w.bench().act(ui::SetSpeed{3});
  w.bench().act(ui::SetPanelSizes{.left = 300});
  w.settle();
  w.key(Key::s, {.ctrl = true});
  w.frames(20);
  w.enter("##name", w.at("kept.gatescope").string());
  w.click("Save##browser");
  if (w.gui.popup_open()) w.click("Save##browser");
  ASSERT_TRUE(fs::exists(w.at("kept.gatescope"))) << w.messages() << w.labels();
  const ui::Document before = w.document();
  const auto models = w.models();
  const auto values = numbers();
  const auto updates = w.now().updates;
  const auto experiment = w.now().experiment;  // names and widths filled in
  // A session remembers, too, where the text lies as it is seen from its own folder.
  const auto placeless = [](experiment::Experiment e) {
    e.task.near.clear();
    e.task.beside.clear();
    return e;
  };
  const auto check = [&](const char* where) {
    EXPECT_EQ(placeless(w.now().experiment), placeless(experiment)) << where;
    EXPECT_EQ(placeless(w.document().experiment), placeless(experiment)) << where;
    EXPECT_EQ(w.document().probe, before.probe) << where;
    EXPECT_EQ(w.document().view, before.view) << where;
    EXPECT_EQ(w.now().updates, updates) << where;
    EXPECT_EQ(w.models(), models) << where;
    EXPECT_TRUE(numbers() == values) << where;
  };
  // Over something else, with fewer units and steps.
  w.drop({w.tiny({"rnn"})});
  w.bench().training().train(false);
  w.settle();
  w.enter("Units", "2");
  w.bench().editor().edit("probe", [](ui::Document& d) { d.probe.text = "the"; });
  w.settle();
  w.drop({w.at("kept.gatescope")});
  check("over another");
  w.begin_again();
  w.drop({w.at("kept.gatescope")});
  check("in a new window");
  // It is saved again without asking, and goes on as the one before would have.
  w.train_until(updates + 3);
  const auto later = w.models();
  w.drop({w.at("kept.gatescope")});
  w.train_until(updates + 3);
  EXPECT_EQ(w.models(), later);
}

TEST_F(WindowFiles, ASessionOfModelsAlone) {
  checkpoint::save_model(w.at("m.safetensors"), w.bench().session().model_files().get().front());
  w.drop({w.at("m.safetensors")});
  w.enter("##new rule", "o=1");
  w.bench().act(ui::ChooseUnit{4});
  w.settle();
  w.bench().files().save_session(w.at("s.gatescope"));
  const ui::Document before = w.document();
  const auto values = numbers();
  w.open_tiny({"gru"});
  w.drop({w.at("s.gatescope")});
  EXPECT_EQ(w.document().view, before.view);
  EXPECT_EQ(w.document().probe, before.probe);
  EXPECT_TRUE(numbers() == values);
}

/// A process that is no more.
int dead_process() {
  const int child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return child;
}

TEST_F(WindowFiles, WhatACrashLeftBehindIsOffered) {
  const std::string left = fmt::format("state/running-{}.gatescope", dead_process());
  for (const bool open_it : {true, false}) {
    w.open_tiny();
    w.train_until(7);
    w.bench().keeper().keep();
    fs::path running;
    for (const auto& entry : fs::directory_iterator(w.at("state")))
      if (entry.path().filename().string().starts_with("running-") &&
          entry.path().extension() == ".gatescope")
        running = entry.path();
    fs::rename(running, w.at(left));
    w.begin_again();
    w.frames(3);
    ASSERT_TRUE(w.has("Open it"));
    w.click(open_it ? "Open it" : "Throw it away");
    EXPECT_FALSE(w.gui.popup_open());
    EXPECT_FALSE(fs::exists(w.at(left)));
    EXPECT_EQ(w.now().updates, open_it ? 7u : 0u);
    EXPECT_TRUE(w.bench().beginning().left_behind().empty());
    EXPECT_FALSE(w.bench().files().session_path());
  }
}

TEST_F(WindowFiles, ALeftBehindFileThatIsBrokenIsExplained) {
  write_file(w.at(fmt::format("state/running-{}.gatescope", dead_process())), "junk");
  w.begin_again();
  w.frames(3);
  EXPECT_NE(w.item("left behind 0").text.find("damaged"), std::string::npos);
  w.click("Throw it away");
  EXPECT_TRUE(w.said("thrown-away-"));
}

TEST_F(WindowFiles, AfterSeveralCrashesAllAreOfferedAndEscapeAsksAgainLater) {
  w.open_tiny();
  w.train_until(3);
  fs::create_directories(w.at("state"));
  for (int number = 1; number <= 7; ++number)
    session::save_session(w.at(fmt::format("state/running-{:016x}.gatescope", number)),
                          {w.bench().session().capture().get(), nullptr});
  for (const auto& [width, height] : {std::pair(1280, 800), std::pair(2560, 1440)}) {
    w.begin_again();
    w.resize(width, height);
    w.frames(3);
    ASSERT_EQ(w.bench().beginning().left_behind().size(), 7u);
    EXPECT_NE(w.item("left behind 4").text.find("Tiny"), std::string::npos);
    w.key(Key::escape);
    w.frames(2);
    EXPECT_FALSE(w.gui.popup_open());
    EXPECT_TRUE(w.bench().beginning().left_behind().empty());
  }
  w.begin_again();
  w.frames(3);
  w.click("Throw it away##left 1");
  EXPECT_EQ(w.bench().beginning().left_behind().size(), 6u);
  EXPECT_TRUE(w.gui.popup_open());
  w.click("All later##left behind");
  EXPECT_FALSE(w.gui.popup_open());
}

TEST_F(WindowFiles, WhereTheSessionCannotBeKeptTheWindowAsks) {
  w.open_tiny();
  w.bench().act(ui::OpenDialog{ui::Dialog::cannot_keep});
  w.desk().cannot_keep = "'/full/last.gatescope' cannot be written: No space left on device";
  w.frames(3);
  EXPECT_NE(w.item("cannot keep").text.find("No space left"), std::string::npos);
  w.click("Stay##cannot keep");
  w.frames(2);
  EXPECT_FALSE(w.gui.popup_open());
  EXPECT_EQ(w.bench().editor().document().window.quit, ui::Quit::no);
  w.bench().act(ui::OpenDialog{ui::Dialog::cannot_keep});
  w.desk().cannot_keep = "full";
  w.frames(3);
  w.key(Key::escape);
  w.frames(2);
  EXPECT_FALSE(w.gui.popup_open());
  EXPECT_EQ(w.bench().editor().document().window.quit, ui::Quit::no);
  w.bench().act(ui::OpenDialog{ui::Dialog::cannot_keep});
  w.desk().cannot_keep = "full";
  w.frames(3);
  w.click("Close without keeping");
  EXPECT_EQ(w.bench().editor().document().window.quit, ui::Quit::without_keeping);
}

TEST_F(WindowFiles, TheLastSessionIsKept) {
  w.train_until(5);
  w.bench().keeper().end();
  EXPECT_TRUE(fs::exists(w.bench().keeper().last_session()));
  const fs::path last = w.bench().keeper().last_session();
  w.begin_again();
  EXPECT_FALSE(w.has("Open it"));
  w.drop({last});
  EXPECT_EQ(w.now().updates, 5u);
}

// --- Sizes ------------------------------------------------------------------------------------------------

bool may_lie_on_others(const std::string& label) {
  for (const char* part : {"handle", "valve ", "problem", "notice", "##dismiss", "rule ", "mean ", "##rule"})
    if (label.starts_with(part) || label.ends_with(part)) return true;
  return false;
}

TEST_F(WindowFiles, NothingOverlapsOrLiesOutsideAtAnySize) {
  w.open_tiny({"lstm", "gru", "rnn"});
  w.resize(1600, 1400);  // the field is seen
  w.settle();
  w.enter("##new rule", "f[1,3-4]@2-9=0.5");
  w.key(Key::digit_4);
  w.bench().act(ui::ChooseUnit{3});
  for (const auto& [width, height] : {std::pair(1024, 700), std::pair(1280, 800), std::pair(1366, 768),
                                      std::pair(1920, 1080), std::pair(3840, 2160)}) {
    w.resize(width, height);
    w.move(2, static_cast<float>(height) - 2);
    const auto& items = w.gui.items().items;
    for (std::size_t a = 0; a < items.size(); ++a) {
      const auto& one = items[a];
      if (!one.seen) continue;
      EXPECT_GE(one.low.x, 0) << one.label;
      EXPECT_LE(one.high.x, static_cast<float>(width)) << one.label;
      EXPECT_LE(one.high.y, static_cast<float>(height)) << one.label;
      for (std::size_t b = a + 1; b < items.size(); ++b) {
        const auto& other = items[b];
        if (!other.seen || may_lie_on_others(one.label) || may_lie_on_others(other.label)) continue;
        const float x = std::min(one.high.x, other.high.x) - std::max(one.low.x, other.low.x);
        const float y = std::min(one.high.y, other.high.y) - std::max(one.low.y, other.low.y);
        const bool same = one.low.x == other.low.x && one.low.y == other.low.y && one.high.y == other.high.y;
        EXPECT_FALSE(x > 1 && y > 1 && !same)
            << width << "x" << height << ": '" << one.label << "' and '" << other.label << "'";
      }
    }
    for (const char* label : {"▶  Train", "Step", "Reset", "update", "##play", "##time", "time",
                              "view unrolled", "probe strip", "File##menu", "Help##menu"})
      EXPECT_TRUE(w.has(label)) << label << " at " << width << "x" << height;
    const auto shown = w.item("view unrolled");
    EXPECT_GT(shown.high.x - shown.low.x, 300);
    EXPECT_GT(shown.high.y - shown.low.y, 200);
  }
}

TEST_F(WindowFiles, PanelsAreMadeWiderByTheirHandles) {
  const float left = w.view().left, right = w.view().right, probe = w.view().probe;
  w.drag("##left handle", 40, 0);
  w.drag("##right handle", -30, 0);
  w.drag("##probe handle", 0, 25);
  EXPECT_NEAR(w.view().left, left + 40, 1);
  EXPECT_NEAR(w.view().right, right + 30, 1);
  EXPECT_NEAR(w.view().probe, probe + 25, 1);
}

}  // namespace
}  // namespace gatescope::test
