// `gatescope figure` as a user runs it.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/views/view.h"
#include "program.h"
#include "tests/sanitized.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

/// The program with the small models of tests/golden at hand.
class FigureProgram : public Program {
 protected:
  const std::string golden = GATESCOPE_SOURCE_DIR "/tests/golden/run";
  const std::string lstm = " --model " + golden + "/lstm.safetensors";
  const std::string text = " --text 'The mill. \"No\"'";

  std::string about(const views::View& view) const {
    return "figure " + std::string(view.id) + lstm + (view.needs.metrics ? "" : text);
  }

  void make(const std::string& arguments) const {
    const Result result = run(arguments);
    ASSERT_EQ(result.code, 0) << arguments << "\n" << result.error;
  }

  /// Everything in the program's folder but what run() itself writes.
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_)) count += entry.path().filename() != "stderr";
    return count;
  }
};

TEST_F(FigureProgram, WritesEveryViewInEveryFormatOfPictures) {
  for (const views::View& view : views::all_views()) {
    for (const auto& [extension, start] : {std::pair<std::string, std::string>{".svg", "<?xml"},
                                           {".pdf", "%PDF-1.4"},
                                           {".png", "\x89PNG"},
                                           {".csv", "panel,mark,series,"}}) {
      const std::string out = at(std::string(view.id) + extension);
      const Result result = run(about(view) + " --size 400x300 --out " + out);
      EXPECT_EQ(result.code, 0) << result.error;
      EXPECT_TRUE(result.out.ends_with(out + "\n")) << result.out;
      ASSERT_TRUE(fs::exists(out)) << out;
      EXPECT_TRUE(read_file(out).starts_with(start)) << out;
    }
  }
}

TEST_F(FigureProgram, ColoursTextByEveryQuantityItNames) {
  for (const views::View& view : views::all_views()) {
    for (const std::string_view quantity : view.quantities) {
      const std::string out = at(std::string(quantity) + ".csv");
      make(about(view) + " --channel " + std::string(quantity) + " --out " + out);
      EXPECT_NE(read_file(out).find(quantity), std::string::npos) << quantity;
    }
  }
  expect_complaint(about(views::find_view("text")) + " --channel q --out " + at("x.svg"), 2,
                   "loss, saliency");
  expect_complaint(about(views::find_view("gates")) + " --channel loss --out " + at("x.svg"), 2,
                   "'loss' does not exist");
}

TEST_F(FigureProgram, ReplaysViewsThatMoveAndSaysWhichDoNot) {
  for (const views::View& view : views::all_views()) {
    const std::string out = at(std::string(view.id) + ".gif");
    const std::string command = about(view) + " --size 300x200 --frames 4 --out " + out;
    if (view.animates) {
      make(command);
      EXPECT_TRUE(read_file(out).starts_with("GIF89a")) << view.id;
    } else {
      expect_complaint(command, 2, "does not move");
    }
  }
}

TEST_F(FigureProgram, FeedsAnMp4ToFfmpegAndSaysWhatToInstallWithout) {
  const std::string make_mp4 =
      "figure gates" + lstm + text + " --size 300x200 --frames 3 --out " + at("a.mp4");
  fs::create_directory(at("bin"));
  write_file(at("bin/ffmpeg"), "#!/bin/bash\n/bin/cat > \"${@: -1}\"\n");
  fs::permissions(at("bin/ffmpeg"), fs::perms::owner_all);
  const std::string path = std::getenv("PATH");
  setenv("PATH", (at("bin") + ":" + path).c_str(), 1);
  make(make_mp4);
  const auto bytes = fs::file_size(at("a.mp4"));
  EXPECT_EQ(bytes % (300 * 200 * 4), 0u);
  EXPECT_GE(bytes / (300 * 200 * 4), 3u) << "three frames, then a rest";
  fs::remove(at("a.mp4"));
  setenv("PATH", at("nothing").c_str(), 1);
  expect_complaint(make_mp4, 1, "ffmpeg");
  setenv("PATH", path.c_str(), 1);
  EXPECT_FALSE(fs::exists(at("a.mp4")));
}

TEST_F(FigureProgram, MakesEveryFigureAgainByteForByte) {
  struct Way {
    const char *from, *to;
  };
  const std::vector<Way> ways{{".svg", ".svg"}, {".svg", ".pdf"}, {".svg", ".png"},
                              {".svg", ".csv"}, {".pdf", ".pdf"}, {".png", ".png"}};
  std::size_t turn = 0;
  for (const views::View& view : views::all_views()) {
    const std::string forced = view.needs.metrics ? "" : " --force 'f[2-4]@3-7=0.25' --step 5 --unit 3";
    const std::string command = about(view) + forced + " --theme dark --size 420x320 --out ";
    const std::string name = at(std::string(view.id));
    // Under sanitizers a start of the program takes a quarter of a second: one way of each view.
    const std::size_t first = kSanitized ? turn++ % ways.size() : 0,
                      end = kSanitized ? first + 1 : ways.size();
    std::set<std::string> made;
    for (const Way& way : std::span(ways).subspan(first, end - first)) {
      for (const std::string extension : {way.from, way.to})
        if (made.insert(extension).second) make(command + name + extension);
      make("figure --from " + name + way.from + " --out " + name + "_again" + way.to);
      EXPECT_EQ(read_file(name + "_again" + way.to), read_file(name + way.to))
          << view.id << way.from << way.to;
    }
  }
}

TEST_F(FigureProgram, OfAForcedPreActivationOpensAgain) {
  make("figure gates" + lstm + text + " --force 'f ~ @ 2-4 = * 1 + 2' --out " + at("p.svg"));
  EXPECT_NE(read_file(at("p.svg")).find("f~@2-4=*1+2"), std::string::npos);
  make("figure --from " + at("p.svg") + " --out " + at("p_again.svg"));
  EXPECT_EQ(read_file(at("p_again.svg")), read_file(at("p.svg")));
}

TEST_F(FigureProgram, CarriesTheExperimentRulesSeedUpdateAndBuild) {
  make("figure gates" + lstm + text + " --force 'f @ 2-4 = open' --out " + at("a.svg"));
  const auto json = nlohmann::json::parse(run("figure --from " + at("a.svg")).out);
  EXPECT_EQ(json["rules"], nlohmann::json::array({"f@2-4=1"}));
  EXPECT_EQ(json["text"], "The mill. \"No\"");
  const auto& model = json["models"][0];
  EXPECT_EQ(model["experiment"]["task"]["text"], "tales.txt");
  EXPECT_EQ(model["seed"], 1);
  EXPECT_EQ(model["update"], 120);
  EXPECT_EQ(model["sha256"].get<std::string>().size(), 64u);
  EXPECT_EQ(json["program"].get<std::string>() + "\n", run("--version").out);
}

TEST_F(FigureProgram, FindsAModelThatMovedAlongWithTheFigure) {
  fs::create_directory(at("before"));
  fs::copy(golden + "/gru.safetensors", at("before/gru.safetensors"));
  make("figure gates --model " + at("before/gru.safetensors") + text + " --out " + at("before/a.svg"));
  fs::rename(at("before"), at("after"));
  make("figure --from " + at("after/a.svg") + " --out " + at("b.svg"));
  EXPECT_EQ(read_file(at("b.svg")), read_file(at("after/a.svg")));
  fs::rename(at("after/gru.safetensors"), at("elsewhere.safetensors"));
  expect_complaint("figure --from " + at("after/a.svg") + " --out " + at("c.svg"), 1,
                   "is missing (looked for");
  make("figure --from " + at("after/a.svg") + " --model " + at("elsewhere.safetensors") + " --out " +
       at("c.svg"));
  EXPECT_EQ(read_file(at("c.svg")), read_file(at("after/a.svg")));
}

TEST_F(FigureProgram, SaysThatAModelWasTrainedOn) {
  const std::string model = at("run/model.safetensors");
  train("--text brackets.txt --hidden 4 --updates 2 --out " + at("run"));
  make("figure gates --model " + model + " --text '(ab)[c]' --out " + at("a.svg"));
  train("--resume " + at("run") + " --updates 3");
  expect_complaint("figure --from " + at("a.svg") + " --out " + at("b.svg"), 1,
                   "the model at '" + model + "' is not the one that made it: trained on since");
  EXPECT_FALSE(fs::exists(at("b.svg")));
}

TEST_F(FigureProgram, ChangesThemeSizeAndScaleOfAFigureButNotWhatItShows) {
  make("figure gates" + lstm + text + " --out " + at("a.svg"));
  make("figure --from " + at("a.svg") + " --theme projector --size 600x400 --scale 1 --out " + at("b.png"));
  const std::string png = read_file(at("b.png"));
  EXPECT_EQ(static_cast<unsigned char>(png[18]) * 256 + static_cast<unsigned char>(png[19]), 600);
  expect_complaint("figure --from " + at("a.svg") + text + " --out " + at("b.svg"), 2, "--from and --text");
  expect_complaint("figure gates --from " + at("a.svg"), 2, "--from and VIEW");
}

TEST_F(FigureProgram, SizesAreGivenInTheUnitsOfPaperAndScreens) {
  const std::string gates = "figure gates" + lstm + text + " --size ";
  for (const auto& [size, page] : std::vector<std::pair<std::string, std::string>>{
           {"8.5cmx6cm", "width=\"240.94pt\" height=\"170.08pt\""},
           {"8.5x6cm", "width=\"240.94pt\" height=\"170.08pt\""},
           {"'85 mm x 60 mm'", "width=\"240.94pt\" height=\"170.08pt\""},
           {"4inx200", ""},
           {"4inx200pt", "width=\"288pt\" height=\"200pt\""},
           {"400.5X300", "width=\"400.5pt\" height=\"300pt\""},
           {"640x480px", "width=\"480pt\" height=\"360pt\""}}) {
    if (page.empty()) {
      expect_complaint(gates + size + " --out " + at("a.svg"), 2, "units are cm, mm, in, pt and px");
      continue;
    }
    make(gates + size + " --out " + at("a.svg"));
    EXPECT_NE(read_file(at("a.svg")).find(page), std::string::npos) << size;
  }
  make(gates + "640x480px --out " + at("a.png"));
  const std::string png = read_file(at("a.png"));
  EXPECT_EQ(static_cast<unsigned char>(png[18]) * 256 + static_cast<unsigned char>(png[19]), 640);
  for (const char* size :
       {"8.5cmx6", "8cm", "8,5cmx6cm", "8kmx6km", "0.5cmx6cm", "9mx6m", "8.5cmx6cmx2", "cmxcm"})
    expect_complaint(gates + size + " --out " + at("b.svg"), 2, "WIDTHxHEIGHT");
  for (const char* font : {"3", "97", "nan", "8pt", ""})
    expect_complaint(gates + "8x6cm --font-size '" + font + "' --out " + at("b.svg"), 2, "--font-size");
  EXPECT_FALSE(fs::exists(at("b.svg")));
}

TEST_F(FigureProgram, AColumnsFigureSaysWhatItLeavesOutAndIsMadeAgainTheSame) {
  const std::string gates = "figure gates" + lstm + text;
  EXPECT_EQ(run(gates + " --out " + at("whole.svg")).error.find("no room"), std::string::npos);
  const Result tiny = run(gates + " --size 3cmx2cm --out " + at("tiny.svg"));
  EXPECT_EQ(tiny.code, 0);
  EXPECT_NE(tiny.error.find("tiny.svg': no room for "), std::string::npos) << tiny.error;
  EXPECT_NE(tiny.error.find("the title"), std::string::npos) << tiny.error;
  make(gates + " --size 8.5cmx6cm --font-size 7 --colors print --svg-text text --out " + at("a.svg"));
  const std::string svg = read_file(at("a.svg"));
  EXPECT_NE(svg.find("font-size=\"7\""), std::string::npos);
  EXPECT_EQ(svg.find("aria-label"), std::string::npos);
  make("figure --from " + at("a.svg") + " --out " + at("b.svg"));
  EXPECT_EQ(read_file(at("b.svg")), svg);
  make("figure --from " + at("a.svg") + " --svg-text outlines --colors screen --font-size 9 --out " +
       at("c.svg"));
  EXPECT_NE(read_file(at("c.svg")).find("aria-label"), std::string::npos);
  EXPECT_EQ(read_file(at("c.svg")).find("\"print\":true"), std::string::npos);
  expect_complaint(gates + " --svg-text text --out " + at("d.pdf"), 2, "only a .svg");
}

TEST_F(FigureProgram, TablesBeginWithAByteOrderMarkOnRequest) {
  const std::string gates = "figure gates" + lstm + text;
  make(gates + " --out " + at("a.csv"));
  make(gates + " --csv-bom --out " + at("b.csv"));
  EXPECT_EQ(read_file(at("b.csv")), "\xEF\xBB\xBF" + read_file(at("a.csv")));
  expect_complaint(gates + " --csv-bom --out " + at("a.svg"), 2, "only a .csv");
}

TEST_F(FigureProgram, ShowsTheModelsOfARun) {
  for (const views::View& view : views::all_views()) {
    const std::string command = "figure " + std::string(view.id) + " --run " + golden +
                                (view.needs.metrics ? "" : text) + " --out " +
                                at(std::string(view.id) + ".svg");
    if (view.compares) {
      make(command);
      const std::string svg = read_file(at(std::string(view.id) + ".svg"));
      for (const char* name : {"LSTM", "GRU", "RNN"}) EXPECT_NE(svg.find(name), svg.npos) << view.id;
    } else {
      const Result result = run(command);
      EXPECT_EQ(result.code, 0) << result.error;
      EXPECT_NE(result.error.find("lstm.safetensors is the first of the run; --model FILE"),
                std::string::npos)
          << result.error;
    }
  }
}

TEST_F(FigureProgram, ListsItsViews) {
  const Result result = run("figure --list");
  EXPECT_EQ(result.code, 0);
  for (const views::View& view : views::all_views()) {
    EXPECT_NE(result.out.find(std::string(view.id) + " "), std::string::npos);
    EXPECT_NE(result.out.find(view.sentence), std::string::npos);
  }
}

TEST_F(FigureProgram, SaysInOneLineWhatWouldBeRightAndWritesNothing) {
  const std::string out = " --out " + at("a.svg"), gates = "figure gates" + lstm;
  write_file(at("plain.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>");
  write_file(at("other.svg"),
             R"(<svg><metadata id="gatescope">{"figure":1,"view":"gates","modles":[]}</metadata></svg>)");
  const std::size_t before = files();
  expect_complaint("figure", 2, "--out FILE");
  expect_complaint("figure" + out, 2, "--list");
  expect_complaint("figure gate" + lstm + text + out, 2, "gates, ");
  expect_complaint("figure gates" + text + out, 2, "--model");
  expect_complaint(gates + out, 2, "--text");
  expect_complaint(gates + text, 2, "--out FILE");
  expect_complaint(gates + text + " --out " + at("a.jpg"), 2, ".svg, .pdf, .png, .csv, .gif or .mp4");
  expect_complaint(gates + text + out + " --theme blue", 2, "light, dark or projector");
  for (const char* size : {"3x3", "800", "x", "800x", "-3x400", "800x500x2", "1e3x500", "99999x500"})
    expect_complaint(gates + text + out + " --size=" + size, 2, "WIDTHxHEIGHT");
  expect_complaint(gates + text + out + " --layer 1", 2, "only layer 0");
  expect_complaint(gates + text + out + " --layer=-1", 2, "--layer");
  expect_complaint(gates + text + out + " --backward", 2, "one direction");
  expect_complaint(gates + text + out + " --channel z", 2, "i, f, g, o, c, h");
  expect_complaint(gates + text + out + " --unit 10", 2, "units 0 to 9");
  for (const char* units : {"3-2", "a", "1,,2", "-", "1-", "9999999"})
    expect_complaint(gates + text + out + " --units=" + units, 2, "such as 3,5-9");
  expect_complaint(gates + text + out + " --units 5-10", 2, "units 0 to 9");
  expect_complaint(gates + text + out + " --step 13", 2, "steps 0 to 12");
  expect_complaint(gates + text + out + " --loss 13", 2, "steps 0 to 12");
  expect_complaint(gates + text + out + " --loss first", 2, "all, last");
  expect_complaint(gates + text + out + " --force q=1", 2, "one of i, f, g, o, c, h");
  expect_complaint(gates + text + out + " --force f=2x", 2, "f=2x");
  expect_complaint(gates + text + out + " --scale 0", 2, "--scale");
  expect_complaint(gates + lstm + text + out, 2, "shows one model, 2 are given");
  expect_complaint("figure gates --model nothing" + text + out, 1, "'nothing': no such file");
  expect_complaint(gates + " --text T" + out, 1, "2 or more");
  expect_complaint(gates + " --text '漢字'" + out, 1, "U+6F22");
  expect_complaint(gates + " --text-file nothing" + out, 1, "'nothing'");
  expect_complaint(gates + text + " --out /dev/null/a.svg", 1, "/dev/null");
  expect_complaint("figure --from " + at("nothing.svg"), 1, "no such file");
  expect_complaint("figure --from " + at("plain.svg"), 1, "carries nothing");
  expect_complaint("figure --from " + at("other.svg"), 1, "/modles");
  EXPECT_EQ(files(), before);
}

TEST_F(FigureProgram, LeavesNothingBehindWhenAReplayIsInterrupted) {
  const std::string long_text(3000, 'a');
  const std::string command = std::string("timeout -s INT 1 ") + GATESCOPE_PROGRAM + " figure gates" + lstm +
                              " --text " + long_text + " --frames 3000 --size 1200x900 --out " + at("a.gif") +
                              " 2>" + at("error");
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  const std::string error = read_file(at("error"));
  EXPECT_NE(error.find("stopped; '" + at("a.gif") + "' was not written"), error.npos) << error;
  EXPECT_EQ(files(), 1u) << "but for the messages";
}

TEST_F(FigureProgram, ShowsALongTextInFewFrames) {
  const std::string long_text(2001, 'a');
  write_file(at("long.txt"), long_text);
  const Result result = run("figure gates" + lstm + " --text-file " + at("long.txt") +
                            " --frames 5 --size 200x150 --out " + at("a.gif"));
  EXPECT_EQ(result.code, 0) << result.error;
  EXPECT_NE(result.error.find("5 of 2000 steps"), std::string::npos) << result.error;
}

}  // namespace
}  // namespace gatescope
