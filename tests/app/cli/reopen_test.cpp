// Whatever figure was exported, by the window or by the command line, is made again from what it carries,
// byte for byte, and says nothing of where it was made.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/desk/workbench.h"
#include "app/export/figure_file.h"
#include "app/export/metadata.h"
#include "core/figure/make_figure.h"
#include "program.h"
#include "tests/sanitized.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

class Reopen : public Program {
 protected:
  void make(const std::string& arguments) const {
    const Result result = run(arguments);
    ASSERT_EQ(result.code, 0) << arguments << "\n" << result.error;
  }

  /// Makes a figure's file again from what `from` carries, as `gatescope figure --from` does.
  static void make_again(const fs::path& from, const fs::path& out, const app::Fonts& fonts) {
    const auto metadata = app::read_embedded_metadata(from);
    ASSERT_TRUE(metadata) << from;
    const auto request = figure::parse_request(*metadata, from.string());
    auto material = figure::load_material(request, {from, {}, {}, {}});
    figure::check_request(request, material);
    figure::observe(request, material);
    app::export_figure(out, app::file_kind(out), request, figure::make_figure(request, material), fonts);
  }

  static void expect_same(const fs::path& a, const fs::path& b) {
    const std::string first = read_file(a), second = read_file(b);
    const auto apart = std::ranges::mismatch(first, second).in1 - first.begin();
    const auto from = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, apart - 60));
    EXPECT_TRUE(first == second) << a << " from byte " << apart << ":\n"
                                 << first.substr(std::min(from, first.size()), 200) << "\n"
                                 << second.substr(std::min(from, second.size()), 200);
  }

  /// A figure of the command line, again from itself.
  void expect_made_again(const std::string& figure) const {
    const fs::path path(figure);
    const std::string again = at("again" + path.extension().string());
    make("figure --from " + figure + " --out " + again);
    expect_same(figure, again);
  }
};

/// Frames until nothing waits.
void settle(ui::Workbench& bench) {
  for (int k = 0; k < 4; ++k) {
    bench.session().settle();
    bench.tick(1.0 / 60);
  }
}

std::vector<std::string> presets() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(GATESCOPE_SOURCE_DIR) / "presets"))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

/// Whether a view takes minutes: measures of the joint state cost the third power of its numbers, of which a
/// matrix has many.
bool takes_minutes(const views::View& view, const ui::Shown& shown) {
  static constexpr std::array<std::string_view, 5> joint{"fan", "reach", "lyapunov", "fixed_points",
                                                         "diagnoses"};
  const bool of_joint_state = std::ranges::find(joint, view.id) != joint.end();
  return of_joint_state && std::ranges::any_of(shown.readings()->observations, [](const auto& each) {
           return each.network->state_numbers() > 300;
         });
}

class ReopenPreset : public Reopen, public testing::WithParamInterface<std::string> {};

TEST_P(ReopenPreset, EveryExportFromTheWindow) {
  const fs::path source(GATESCOPE_SOURCE_DIR);
  const app::Fonts fonts;
  ui::Workbench bench(
      {fs::path(GATESCOPE_BINARY_DIR) / "assets/corpora", source / "presets", {}, folder_ / "x"}, 2, "test");
  const std::array<std::string, 4> kinds{"svg", "png", "pdf", "csv"};
  const auto all = presets();
  const auto number = static_cast<std::size_t>(std::ranges::find(all, GetParam()) - all.begin());
  std::size_t turn = 7 * number;  // of kinds, themes, sizes and models
  bench.files().open_preset(GetParam());
  bench.session().send(session::Train{false, {}});
  settle(bench);
  bench.session().send(session::Restart{});
  bench.session().send(session::Train{true, 2});
  bench.session().settle(true);
  settle(bench);
  ASSERT_TRUE(bench.shown().readings());
  bench.session().send(session::Train{false, {}});
  for (const bool forced : {false, true}) {
    if (forced) {
      bench.forcing().force(std::string(bench.shown().cell()->channels[0].symbol), 0.25);
      bench.replay().choose_step(bench.shown().steps() / 2);
      bench.act(ui::ChooseUnit{1});
      bench.replay().set_pulse(3.0);
      settle(bench);
    }
    for (const views::View& view : views::all_views()) {
      if (view.id == "effect" && !forced) continue;  // nothing is forced
      // These are of a training's moments, of which a file holds one.
      if (view.id == "over_training" || view.id == "parameters" || view.id == "timescales") continue;
      if (view.id == "text" &&
          bench.shown().observation()->network->interface().input == nn::InputKind::values)
        continue;
      if (view.id == "gain_map" && (number > 0 || forced))
        continue;  // it is of untrained weights, and takes long
      if (takes_minutes(view, bench.shown())) continue;
      ++turn;
      // Every fourth of them, another one of each preset; it takes a score of times as long under sanitizers.
      const std::size_t every = kSanitized ? 18 : 4, nth = turn / every;
      if (turn % every != 1) continue;
      bench.act(ui::ChooseModel{static_cast<int>(nth % bench.shown().now().models.size())});
      bench.act(ui::ShowViews{{std::string(view.id)}});
      settle(bench);
      const std::string& kind = kinds[nth % kinds.size()];
      const fs::path path = bench.exports().new_path(std::string(view.id), kind);
      const auto theme = static_cast<plot::ThemeName>(nth % 3);
      const double scale = nth % 2 == 0 ? 1 : 1.3;
      const plot::Size size{403.25F + static_cast<float>(nth), 300.125F};
      bench.exports().begin({path, std::string(view.id), size, theme, scale, true});
      bench.exports().wait();
      for (const ui::Notice& notice : bench.notices().all()) ASSERT_FALSE(notice.bad) << notice.text;
      fs::path from = path;
      if (kind == "csv") {  // carries nothing: the table is that of its picture
        from.replace_extension("svg");
        bench.exports().begin({from, std::string(view.id), size, theme, scale, true});
        bench.exports().wait();
      }
      const fs::path again = folder_ / ("again." + kind);
      try {
        make_again(from, again, fonts);
      } catch (const std::exception& error) {
        FAIL() << view.id << ": " << error.what();
      }
      SCOPED_TRACE(fmt::format("{} {} {}", view.id, kind, forced ? "forced" : ""));
      expect_same(path, again);
      fs::remove_all(folder_ / "x");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Presets, ReopenPreset, testing::ValuesIn(presets()),
                         [](const auto& preset) { return preset.param; });

TEST_F(Reopen, WhatTheWindowExportedIsMadeAgainByTheProgram) {
  write_file(at("small.json"), R"({"title": "Small", "models": [{"hidden": 8}],
      "training": {"batch": 4, "steps": 16, "updates": 40, "evaluate_every": 0}})");
  std::string version = run("--version").out;
  while (version.ends_with('\n')) version.pop_back();
  const fs::path source(GATESCOPE_SOURCE_DIR);
  ui::Workbench bench({source / "assets/corpora", source / "presets", {}, folder_ / "x"}, 1, version);
  bench.files().open({at("small.json")});
  bench.session().send(session::Train{false, {}});
  bench.session().send(session::Restart{});
  bench.session().send(session::Train{true, 3});
  bench.session().settle(true);
  settle(bench);
  bench.forcing().force("f", 0.0);
  bench.act(ui::ChooseUnit{2});
  bench.act(ui::ChooseStep{5});
  for (const char* view : {"gates", "cell", "unrolled", "training", "effect"}) {
    bench.act(ui::ShowViews{{view}});
    settle(bench);
    const fs::path path = bench.exports().new_path(view, "svg");
    bench.exports().begin({path, view, {420, 300}, plot::ThemeName::dark, 1, true});
    bench.exports().wait();
    ASSERT_TRUE(fs::exists(path)) << view;
    expect_made_again(path.string());
  }
}

class Labelled : public Reopen {
 protected:
  void SetUp() override {
    std::ofstream(at("order.json")) << R"({"task": {"kind": "temporal_order", "length": 50},
        "models": [{"name": "LSTM", "cell": "lstm"}, {"name": "GRU", "cell": "gru"}, {"name": "RNN", "cell": "rnn"}],
        "training": {"clip_norm": 1, "bptt": "full"}})";
    train(at("order.json") + " --updates 2 --hidden 5 --out " + at("run"));
  }
};

TEST_F(Labelled, FiguresAreMadeFromARunAndAgainWithoutIt) {
  for (const views::View& view : views::all_views()) {
    const std::string models = view.compares
                                   ? " --run " + at("run")
                                   : " --run " + at("run") + " --model " + at("run/lstm.safetensors");
    const std::string content = view.needs.metrics
                                    ? ""
                                    : std::string(" --sequence 3 --force 'h[2]@3-9=0.5' --unit 2 --step 49") +
                                          (view.needs.one_loss ? " --loss 49" : "");
    const std::string name = at(std::string(view.id) + ".svg");
    make("figure " + std::string(view.id) + models + content + " --size 420x320 --out " + name);
  }
  fs::create_directory(at("models"));
  for (const char* file : {"lstm.safetensors", "gru.safetensors", "rnn.safetensors", "metrics.csv"})
    fs::rename(at(std::string("run/") + file), at(std::string("models/") + file));
  fs::remove_all(at("run"));
  for (const views::View& view : views::all_views()) expect_made_again(at(std::string(view.id) + ".svg"));
}

TEST_F(Labelled, ARunShowsItsFirstSequenceUnlessAnotherIsMeant) {
  const std::string model = "figure next --run " + at("run") + " --model " + at("run/gru.safetensors");
  make(model + " --out " + at("a.csv"));
  make(model + " --sequence 0 --out " + at("b.csv"));
  make(model + " --sequence 1 --out " + at("c.csv"));
  expect_same(at("a.csv"), at("b.csv"));
  EXPECT_NE(read_file(at("a.csv")), read_file(at("c.csv")));
  make("figure next --model " + at("run/gru.safetensors") + " --sequence 1 --out " + at("d.csv"));
  expect_same(at("c.csv"), at("d.csv"));
}

TEST_F(Labelled, WhatMakesNoSenseSaysWhatWould) {
  const std::string gates = "figure gates --run " + at("run") + " --model " + at("run/rnn.safetensors");
  const std::string out = " --out " + at("a.svg");
  const std::string text_model =
      std::string(" --model ") + GATESCOPE_SOURCE_DIR "/tests/golden/run/lstm.safetensors";
  expect_complaint(gates + " --sequence 256" + out, 2, "held-out sequences 0 to 255");
  expect_complaint(gates + " --sequence -1" + out, 2, "--sequence");
  expect_complaint(gates + " --sequence 1 --text B" + out, 2, "--text");
  expect_complaint("figure gradient --run " + at("run") + " --text abXcd" + out, 1, "--sequence N");
  expect_complaint(gates + " --step 50" + out, 2, "steps 0 to 49");
  expect_complaint("figure gradient --run " + at("run") + " --loss 12" + out, 2, "steps that have one: 49");
  expect_complaint("figure gates" + text_model + " --sequence 0" + out, 2, "learnt a text");
  expect_complaint("figure training --run " + at("run") + " --sequence 0" + out, 2, "shows a training");
  expect_complaint("trace --model " + at("run/rnn.safetensors") + " --sequence 256 --out " + at("t.json"), 2,
                   "0 to 255");
  expect_complaint("trace" + text_model + " --sequence 0 --out " + at("t.json"), 2, "learnt a text");
}

TEST_F(Labelled, ASequenceOfAPersonsOwnIsReadAndItsFigureMadeAgain) {
  std::ofstream(at("mine.txt")) << "B\na\nX\nb\nY | XY\nE\n";
  const std::string mine = " --sequence-file " + at("mine.txt");
  const std::string model = " --run " + at("run") + " --model " + at("run/gru.safetensors");
  make("figure gates" + model + mine + " --force 'h@2=0.5' --out " + at("a.svg"));
  expect_made_again(at("a.svg"));
  make("figure gradient" + model + mine + " --loss 4 --out " + at("b.svg"));
  expect_made_again(at("b.svg"));
  make("trace --model " + at("run/gru.safetensors") + mine + " --out " + at("t.json"));
  const auto json = nlohmann::json::parse(read_file(at("t.json")));
  EXPECT_EQ(json["text"], "BaXbYE");
  const std::string out = " --out " + at("c.svg");
  expect_complaint("figure gradient" + model + mine + " --loss 2" + out, 2, "steps that have one: 4");
  expect_complaint("figure gates" + model + mine + " --step 6" + out, 2, "steps 0 to 5");
  expect_complaint("figure gates" + model + mine + " --sequence 1" + out, 2, "--sequence");
  std::ofstream(at("bad.txt")) << "B\nq\n";
  expect_complaint("figure gates" + model + " --sequence-file " + at("bad.txt") + out, 1, "line 2 has \"q\"");
  const std::string text_model =
      std::string(" --model ") + GATESCOPE_SOURCE_DIR "/tests/golden/run/lstm.safetensors";
  expect_complaint("figure gates" + text_model + mine + out, 2, "next character of a text");
  expect_complaint("trace" + text_model + mine + " --out " + at("t.json"), 2, "next character of a text");
}

class OfValues : public Reopen {
 protected:
  void SetUp() override {
    nn::ModelSpec spec;
    spec.cell = "lstm";
    spec.hidden = 6;
    nn::Network<float> network(spec, {nn::InputKind::values, 2, nn::Readout::linear, 1});
    network.initialise(Rng(3));
    checkpoint::save_model(at("m.safetensors"), checkpoint::model_file(network, {}, nullptr));
    std::ofstream(at("values.txt")) << "0.5 -1\n0.25 2 | 0.125\n1 1\n0 0 | -0.5\n";
  }
};

TEST_F(OfValues, FiguresTracesAndTheWindowReadWhatAFileGives) {
  const std::string model = " --model " + at("m.safetensors"),
                    values = " --sequence-file " + at("values.txt");
  for (const views::View& view : views::all_views()) {
    if (view.needs.metrics || view.id == "effect" || view.id == "text") continue;
    const std::string name = at(std::string(view.id) + ".svg");
    make("figure " + std::string(view.id) + model + values + " --out " + name);
    expect_made_again(name);
  }
  make("figure effect" + model + values + " --force f=0 --out " + at("effect.svg"));
  make("trace" + model + values + " --out " + at("t.json"));
  const auto json = nlohmann::json::parse(read_file(at("t.json")));
  EXPECT_EQ(json["inputs"].size(), 4u);
  make("screenshot " + at("m.safetensors") + values + " --size 1000x700 --out " + at("w.png"));
  const std::string out = " --out " + at("c.svg");
  expect_complaint("figure text" + model + values + out, 1, "LSTM reads values");
  expect_complaint("figure gates" + model + " --text ab" + out, 2, "reads 2 values a step and no text");
  expect_complaint("trace" + model + " --text ab --out " + at("t.json"), 2, "--sequence-file");
  std::ofstream(at("bad.txt")) << "1\n";
  expect_complaint("figure gates" + model + " --sequence-file " + at("bad.txt") + out, 1,
                   "line 1 has 1 number, expected 2 numbers that go in");
}

TEST_F(Labelled, TracesSayTheLabels) {
  make("trace --model " + at("run/rnn.safetensors") + " --sequence 3 --out " + at("t.json"));
  const auto json = nlohmann::json::parse(read_file(at("t.json")));
  EXPECT_EQ(json["classes"], (nlohmann::json{"XX", "XY", "YX", "YY"}));
  EXPECT_EQ(json["text"].get<std::string>().size(), 50u);
  EXPECT_EQ(json["text"].get<std::string>().back(), 'E');
  EXPECT_TRUE(json["targets"][0].is_null());
  const int label = json["targets"][49];
  EXPECT_EQ(json["labels"][49], json["classes"][label]);
  std::string order;
  for (const char c : json["text"].get<std::string>())
    if (c == 'X' || c == 'Y') order += c;
  EXPECT_EQ(json["labels"][49], order) << "the label is the order of the two symbols";
}

TEST_F(Reopen, ARunOfATextShowsItsBeginningUnlessATextIsGiven) {
  train("--text brackets.txt --hidden 4 --updates 1 --out " + at("run"));
  make("figure text --run " + at("run") + " --out " + at("a.svg"));
  const auto json = nlohmann::json::parse(run("figure --from " + at("a.svg")).out);
  const std::string text = json["text"],
                    corpus = read_file(GATESCOPE_SOURCE_DIR "/assets/corpora/brackets.txt");
  EXPECT_GT(text.size(), 20u);
  EXPECT_TRUE(corpus.starts_with(text)) << text;
  expect_made_again(at("a.svg"));
}

TEST_F(Reopen, TextsOfAllKindsComeBack) {
  const std::string strange =
      "a\"b'\\c\n<metadata id=\"gatescope\">]]>&amp;--></svg>\t\x01\x1b[31m\x7f/Keywords (x) /Keywords "
      "<FEFF0041> "
      "(Gatescope) endobj trailer startxref 0 %%EOF \xF0\x9F\x99\x82 \xE2\x80\xAE \xEF\xBF\xBF \xC3\xBC";
  std::string corpus;
  for (int k = 0; k < 60; ++k) corpus += strange + "\n";
  write_file(at("corpus.txt"), corpus);
  train("--text " + at("corpus.txt") + " --hidden 4 --updates 1 --out " + at("run"));
  write_file(at("strange.txt"), strange);
  write_file(at("long.txt"), corpus);
  for (const char* text : {"strange.txt", "long.txt"}) {
    for (const char* kind : {".svg", ".pdf", ".png"}) {
      const std::string out = at(std::string(text) + kind);
      make("figure text --model " + at("run/model.safetensors") + " --text-file " + at(text) +
           " --size 300x200 --out " + out);
      expect_made_again(out);
      const auto metadata = app::read_embedded_metadata(out);
      ASSERT_TRUE(metadata);
      EXPECT_EQ(figure::parse_request(*metadata, out).text, read_file(at(text)));
    }
  }
}

TEST_F(Reopen, InvalidBytesAreReplacedWhereThatIsAsked) {
  write_file(at("corpus.txt"), std::string(400, 'a') + "b\xEF\xBF\xBD" + std::string(400, 'c'));
  train("--text " + at("corpus.txt") + " --hidden 4 --updates 1 --out " + at("run"));
  write_file(at("t.txt"),
             "ab\xff"
             "ca");
  const std::string gates = "figure gates --model " + at("run/model.safetensors");
  expect_complaint(gates + " --text-file " + at("t.txt") + " --out " + at("a.svg"), 1, at("t.txt"));
  make(gates + " --text-file " + at("t.txt") + " --invalid replace --out " + at("a.svg"));
  make(gates + " --text-file - --invalid replace --out " + at("b.svg") + " < " + at("t.txt"));
  expect_same(at("a.svg"), at("b.svg"));
  expect_made_again(at("a.svg"));
}

TEST_F(Reopen, ScaleOfAPngComesBackAndMayDiffer) {
  const std::string text_model = std::string("figure gates --model ") + GATESCOPE_SOURCE_DIR
                                 "/tests/golden/run/lstm.safetensors --text Mill";
  make(text_model + " --size 300x200 --scale 1.5 --out " + at("a.png"));
  expect_made_again(at("a.png"));
  const std::string png = read_file(at("a.png"));
  EXPECT_EQ(static_cast<unsigned char>(png[18]) * 256 + static_cast<unsigned char>(png[19]), 450);
  expect_complaint(text_model + " --scale 2 --out " + at("a.svg"), 2, "--scale has no effect");
  expect_complaint(text_model + " --frames 5 --out " + at("a.svg"), 2, "--frames");
  expect_complaint(text_model + " --top 5 --out " + at("a.svg"), 2, "--top has no effect on the view gates");
}

TEST_F(Reopen, NothingSaysWhereItWasMade) {
  const fs::path home = folder_ / "home of a person" / "secret_folder";
  fs::create_directories(home);
  write_file(home / "novel.txt", std::string(900, 'a') + "bcd " + std::string(900, 'b'));
  train("--text '" + (home / "novel.txt").string() + "' --hidden 4 --updates 2 --out '" +
        (home / "run").string() + "'");
  fs::create_directory(home / "bin");
  write_file(home / "bin/ffmpeg", "#!/bin/bash\n/bin/cat > \"${@: -1}\"\n");
  fs::permissions(home / "bin/ffmpeg", fs::perms::owner_all);
  const std::string path = std::getenv("PATH");
  setenv("PATH", ((home / "bin").string() + ":" + path).c_str(), 1);
  const std::string run_folder = " --run '" + (home / "run").string() + "'";
  std::vector<std::string> files;
  for (const char* kind : {"svg", "pdf", "png", "csv", "gif", "mp4"}) {
    files.push_back((home / (std::string("gates.") + kind)).string());
    make("figure gates" + run_folder + " --text abcd --out '" + files.back() + "'");
  }
  files.push_back((home / "training.svg").string());
  make("figure training" + run_folder + " --out '" + files.back() + "'");
  setenv("PATH", path.c_str(), 1);
  for (const std::string& file : files) {
    const std::string bytes = read_file(file);
    for (const std::string& told :
         {std::string("secret_folder"), folder_.filename().string(), std::string("/tmp")})
      EXPECT_EQ(bytes.find(told), bytes.npos) << file << " tells " << told;
  }
  const auto json = nlohmann::json::parse(run("figure --from '" + files.front() + "'").out);
  EXPECT_EQ(json["models"][0]["path"], "model.safetensors");
  EXPECT_FALSE(json["models"][0].contains("absolute"));
  EXPECT_EQ(json["models"][0]["experiment"]["task"]["text"], "novel.txt");
  EXPECT_EQ(json["models"][0]["size"], fs::file_size(home / "run/model.safetensors"));

  const std::string with = at("with.svg");
  make("figure gates" + run_folder + " --text abcd --with-paths --out " + with);
  EXPECT_NE(read_file(with).find("secret_folder"), std::string::npos);
  expect_made_again(with);
}

TEST_F(Reopen, AModelIsFoundByItsBytesWhereverItWent) {
  fs::copy(GATESCOPE_SOURCE_DIR "/tests/golden/run/gru.safetensors", at("gru.safetensors"));
  fs::create_directories(at("figures"));
  const std::string figure = at("figures/a.svg");
  make("figure gates --model " + at("gru.safetensors") + " --text Mill --out " + figure);
  fs::create_directories(at("figures/deep/down"));
  fs::rename(at("gru.safetensors"), at("figures/deep/down/renamed.safetensors"));
  expect_made_again(figure);
  fs::create_directories(at("elsewhere/b"));
  fs::rename(at("figures/deep/down/renamed.safetensors"), at("elsewhere/b/renamed.safetensors"));
  const std::string again = "figure --from " + figure + " --out " + at("b.svg");
  setenv("XDG_STATE_HOME", at("another home").c_str(), 1);  // where nobody remembers it
  expect_complaint(again, 1, "the model 'gru.safetensors' (");
  expect_complaint(again, 1, "--look-in DIR");
  expect_complaint(again + " --look-in " + at("nowhere"), 2, "no folder");
  make(again + " --look-in " + at("figures") + " --look-in " + at("elsewhere"));
  expect_same(figure, at("b.svg"));
  make(again + " --model " + at("elsewhere/b/renamed.safetensors"));
  expect_same(figure, at("b.svg"));
  make("figure gates --model " + at("elsewhere/b/renamed.safetensors") + " --text Mill --out " + at("c.svg"));
  make("figure --from " + at("c.svg") + " --out " + at("d.svg"));
  fs::create_directories(at("far/away/from/here"));
  fs::rename(at("c.svg"), at("far/away/from/here/c.svg"));
  expect_made_again(at("far/away/from/here/c.svg"));  // this machine remembers where the model lay
  unsetenv("XDG_STATE_HOME");
}

TEST_F(Reopen, NamesThatAreNoUtf8AreCarried) {
  const std::string name = "m\xff odel.safetensors";
  fs::copy(GATESCOPE_SOURCE_DIR "/tests/golden/run/gru.safetensors", folder_ / name);
  make("figure gates --model '" + at(name) + "' --text Mill --out " + at("a.svg"));
  expect_made_again(at("a.svg"));
  make("figure gates --model '" + at(name) + "' --text Mill --with-paths --out " + at("a.svg"));
  expect_made_again(at("a.svg"));
}

TEST_F(Reopen, OlderFiguresThatSayPathsAreStillMadeAgain) {
  const std::string model = GATESCOPE_SOURCE_DIR "/tests/golden/run/lstm.safetensors";
  make("figure gates --model " + model + " --text Mill --out " + at("new.svg"));
  auto json = nlohmann::json::parse(*app::read_embedded_metadata(at("new.svg")));
  json["figure"] = 1;
  auto& reference = json["models"][0];
  reference.erase("size");
  reference.erase("name");
  reference["path"] = "../run/lstm.safetensors";
  reference["absolute"] = model;
  write_file(at("old.svg"),
             "<svg><metadata id=\"gatescope\">" + app::xml_escaped(json.dump()) + "</metadata></svg>");
  make("figure --from " + at("old.svg") + " --out " + at("again.svg"));
  make("figure --from " + at("new.svg") + " --out " + at("new.csv"));
  make("figure --from " + at("old.svg") + " --out " + at("again.csv"));
  expect_same(at("new.csv"), at("again.csv"));
  EXPECT_EQ(read_file(at("again.svg")).find("golden"), std::string::npos) << "it no longer says where";
}

/// A picture that carries this, as far as the program can tell.
std::string svg_with(const std::string& metadata) {
  return "<svg><metadata id=\"gatescope\">" + app::xml_escaped(metadata) + "</metadata></svg>";
}

TEST_F(Reopen, HostileFiguresAreRefusedInOneLineAndAtOnce) {
  const std::string model = GATESCOPE_SOURCE_DIR "/tests/golden/run/lstm.safetensors";
  make("figure gates --model " + model + " --text Mill --out " + at("good.svg"));
  const auto good = nlohmann::json::parse(*app::read_embedded_metadata(at("good.svg")));
  const auto expect_refused = [&](const std::string& bytes, const std::string& about) {
    write_file(at("bad.svg"), bytes);
    const auto start = std::chrono::steady_clock::now();
    expect_complaint("figure --from " + at("bad.svg") + " --out " + at("out.svg"), 1, about);
    expect_complaint("figure --from " + at("bad.svg"), 1, "bad.svg");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20)) << bytes.substr(0, 200);
  };
  const auto with = [&](const char* pointer, nlohmann::json value) {
    auto json = good;
    json[nlohmann::json::json_pointer(pointer)] = std::move(value);
    return svg_with(json.dump());
  };
  const auto without = [&](const char* key) {
    auto json = good;
    json.erase(key);
    return svg_with(json.dump());
  };
  expect_refused(without("figure"), "/figure is missing");
  expect_refused(without("models"), "/models is missing");
  expect_refused(svg_with("{}"), "/figure is missing");
  expect_refused(svg_with("[]"), "an array");
  expect_refused(svg_with("17"), "expected an object");
  expect_refused(svg_with(std::string(100000, '[')), "bad.svg");
  expect_refused(svg_with(R"({"figure":1e999})"), "bad.svg");
  expect_refused(svg_with("{\"figure\":2,\"text\":\"\xff\"}"), "not valid JSON");
  expect_refused("<svg><metadata id=\"gatescope\">{\"figure\":2", "ends too early");
  expect_refused(read_file(at("good.svg")).substr(0, 900), "ends too early");
  expect_refused(with("/figure", 3), "/figure");
  expect_refused(with("/figure", "1"), "/figure");
  expect_refused(with("/models/0/size", 4294967296U), "is not the one that made it");
  expect_refused(with("/models/0/size", -1), "/models/0/size");
  expect_refused(with("/models/0/size", 1e300), "/models/0/size");
  expect_refused(with("/models/0/experiment", 3), "/models/0/experiment");
  expect_refused(with("/models/0/path", nullptr), "/models/0/path");
  expect_refused(with("/models/0/path", ""), "/models/0/path");
  expect_refused(with("/options", nlohmann::json::array()), "/options");
  expect_refused(with("/options/units", nlohmann::json{3, 3}), "/options/units");
  expect_refused(with("/options/layer", 16000000), "layer 16000000");
  expect_refused(with("/options/step", 3), "step 3 does not exist");
  expect_refused(with("/options/channel", "\x1b[31m"), "does not exist");
  expect_refused(with("/text", ""), "2 or more");
  expect_refused(with("/text", nlohmann::json::array()), "/text");
  expect_refused(with("/loss", "99999999999999999999"), "/loss");
  expect_refused(with("/scale", 1e9), "/scale");
  expect_refused(with("/size", nlohmann::json{1e300, 3}), "/size");
  expect_refused(with("/rules", nlohmann::json{"f@0-99999999999999999999=1"}), "/rules/0");
  const nlohmann::json sequence{
      {"number", 0}, {"characters", {"a", "b"}}, {"labels", {-1, 0}}, {"classes", {"x"}}};
  expect_refused(with("/sequence", sequence), "the sequence has 1 classes");
  expect_refused(with("/sequence", 3), "/sequence");
  expect_refused(with("/sequence", nlohmann::json::object()), "/sequence/characters");
  auto odd = sequence;
  odd["labels"] = {0, 1};
  expect_refused(with("/sequence", odd), "/sequence/labels");
  odd["labels"] = {0};
  expect_refused(with("/sequence", odd), "/sequence/labels");

  // Files that a figure names and that are none: a huge one, a pipe, a device, a folder.
  fs::remove(at("bad.svg"));
  write_file(at("huge.safetensors"), "");
  fs::resize_file(at("huge.safetensors"), std::uintmax_t{1} << 32);
  ASSERT_EQ(std::system(("mkfifo " + at("pipe.safetensors")).c_str()), 0);
  for (const std::string& name : {at("huge.safetensors"), at("pipe.safetensors"), std::string("/dev/zero"),
                                  std::string("/dev/stdin"), at(""), std::string("/")}) {
    for (const int schema : {1, 2}) {
      auto json = good;
      json["figure"] = schema;
      json["models"][0]["path"] = name;
      json["models"][0]["absolute"] = name;
      json["models"][0]["sha256"] = std::string(64, '0');
      json["models"][0]["size"] = std::uintmax_t{1} << 32;
      if (schema == 1) json["models"][0].erase("size");
      expect_refused(svg_with(json.dump()), "cannot be made again");
    }
  }
}

TEST_F(Reopen, FiguresGoThroughStreamsWithAFormat) {
  const std::string model = GATESCOPE_SOURCE_DIR "/tests/golden/run/lstm.safetensors";
  const std::string gates = "figure gates --model " + model + " --text Mill --size 300x200";
  make(gates + " --out " + at("a.svg"));
  for (const char* out : {"-", "/dev/stdout"}) {
    const Result result = run(gates + " --format svg --out " + out);
    EXPECT_EQ(result.code, 0) << result.error;
    EXPECT_EQ(result.out, read_file(at("a.svg"))) << out;
  }
  ASSERT_EQ(std::system(("mkfifo " + at("pipe")).c_str()), 0);
  const Result piped = run(gates + " --format png --out " + at("pipe") + " & cat " + at("pipe") + " > " +
                           at("b.png") + "; wait");
  EXPECT_EQ(piped.code, 0);
  EXPECT_TRUE(read_file(at("b.png")).starts_with("\x89PNG"));
  EXPECT_TRUE(fs::is_fifo(at("pipe")));
  expect_made_again(at("b.png"));
  const Result gif =
      run("figure gates --model " + model + " --text Mill --size 200x100 --format gif --out -");
  EXPECT_TRUE(gif.out.starts_with("GIF89a"));
  make("figure --from " + at("b.png") + " --format pdf --out " + at("c"));
  EXPECT_TRUE(read_file(at("c")).starts_with("%PDF"));
  expect_complaint(gates + " --out -", 2, "--format");
  expect_complaint(gates + " --out " + at("x"), 2, "--format");
  expect_complaint(gates + " --format svg --out " + at("x.png"), 2, "another format");
  expect_complaint(gates + " --format bmp --out " + at("x.png"), 2, "--format");
}

}  // namespace
}  // namespace gatescope
