// Texts and paths as people have them: any name, any encoding, moved, changed, piped, or something else.

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/checkpoint/safetensors.h"
#include "core/files.h"
#include "program.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

const std::string kNovel =
    "It was the best of times, it was the worst of times.\nIt was the age of wisdom.\n";
constexpr const char* kTiny = " --hidden 4 --batch 4 --steps 8 --updates 3";

struct Texts : Program {
  static std::string quoted(const std::string& path) { return "'" + path + "'"; }
  std::string in(const std::string& name) const { return quoted(at(name)); }
  /// The program in another working folder.
  Result run_in(const std::string& folder, const std::string& arguments) const {
    return run("--version >/dev/null && cd " + quoted(folder) + " && " + GATESCOPE_PROGRAM + " " + arguments);
  }
  void expect_right(const Result& result) const { EXPECT_EQ(result.code, 0) << result.error; }
  nlohmann::json experiment(const std::string& run) const {
    return nlohmann::json::parse(read_file(at(run + "/experiment.json")));
  }
};

TEST_F(Texts, HaveAnyNameThatTheFileSystemAllows) {
  int number = 0;
  for (const std::string& name :
       {std::string("caf\xe9.txt"), std::string("two\nlines.txt"), std::string("\"quoted\" 100%41.txt"),
        std::string("file:x.txt"), std::string("-dash.txt"), std::string("\x1b[31mred.txt"),
        std::string(251, 'n') + ".txt"}) {
    const std::string folder = "caf\xe9 " + std::to_string(++number), run_folder = folder + "/r\xfcn";
    write_file(at(folder + "/" + name), kNovel);
    expect_right(run("train --text " + in(folder + "/" + name) + kTiny + " --out " + in(run_folder)));
    expect_right(run("train --resume " + in(run_folder) + "/ --updates 5"));
    expect_right(run("sample --length 5 --model " + in(run_folder + "/model.safetensors")));
    expect_right(run("trace --text-file " + in(folder + "/" + name) + " --model " +
                     in(run_folder + "/model.safetensors") + " --out " +
                     in(folder + "/tr\xe4"
                                 "ce.json")));
    // The working folder, too; and names that begin with a dash.
    expect_right(run_in(at(folder), "train --text=" + quoted(name) + kTiny + " --out r2"));
    expect_right(run_in(at(folder), "train --resume r2 --updates 5"));
    expect_right(run_in(at(folder + "/r2"), "train " + quoted("experiment.json") + " --out ../r3"));
    fs::remove_all(at(folder));
  }
}

TEST_F(Texts, ThatChangedAreNotGoneOnWith) {
  write_file(at("t.txt"), kNovel);
  train("--text " + at("t.txt") + kTiny + " --out " + at("run"));
  const auto refused = [&](std::string text) {
    write_file(at("t.txt"), text);
    expect_complaint("train --resume " + at("run") + " --updates 9", 1, "text was changed");
    expect_complaint("train --resume " + at("run") + " --updates 9 --text " + at("t.txt"), 1, "another text");
  };
  std::string upper = kNovel;
  for (char& c : upper) c = c == 'a' ? 'b' : c == 'b' ? 'a' : c;
  refused(upper);
  refused(kNovel + "x");
  write_file(at("t.txt"), "\xef\xbb\xbf" + kNovel);  // the same characters
  expect_right(run("train --resume " + at("run") + " --updates 9"));
}

TEST_F(Texts, ThatChangedAreToldByTheStateToo) {
  write_file(at("t.txt"), kNovel);
  train("--text " + at("t.txt") + kTiny + " --out " + at("run"));
  auto json = experiment("run");
  json["task"].erase("sha256");
  json["task"].erase("characters");
  write_file(at("run/experiment.json"), json.dump());
  std::string upper = kNovel;
  for (char& c : upper) c = c == 'a' ? 'b' : c == 'b' ? 'a' : c;
  write_file(at("t.txt"), upper);
  expect_complaint("train --resume " + at("run") + " --updates 9", 1, "text was changed");
  write_file(at("t.txt"), kNovel);
  json["task"]["held_out"] = 0.4;
  write_file(at("run/experiment.json"), json.dump());
  expect_complaint("train --resume " + at("run") + " --updates 9", 1, "/task/held_out");
}

TEST_F(Texts, MoveWithTheirRuns) {
  write_file(at("project/novel.txt"), kNovel);
  train("--text " + at("project/novel.txt") + kTiny + " --out " + at("project/out/run"));
  fs::rename(at("project"), at("elsewhere"));
  expect_right(run_in("/tmp", "train --resume " + at("elsewhere/out/run") + " --updates 5"));
  fs::rename(at("elsewhere/novel.txt"), at("novel.txt"));
  expect_complaint("train --resume " + at("elsewhere/out/run") + " --updates 9", 1, "--text");
  expect_complaint("train --resume " + at("elsewhere/out/run") + " --updates 9", 1,
                   at("elsewhere/novel.txt"));
  expect_right(run("train --resume " + at("elsewhere/out/run") + " --updates 9 --text " + at("novel.txt")));
  expect_right(run("train --resume " + at("elsewhere/out/run") + " --updates 11"));
}

TEST_F(Texts, FromAPipeAreKeptInTheRunsFolder) {
  write_file(at("novel.txt"), kNovel);
  expect_right(run("train --text -" + std::string(kTiny) + " --out " + at("run") + " < " + at("novel.txt")));
  EXPECT_EQ(read_file(at("run/text.txt")), kNovel);
  EXPECT_EQ(experiment("run")["task"]["text"], "text.txt");
  fs::rename(at("run"), at("moved"));
  expect_right(run_in(at("moved"), "train --resume . --updates 5"));
  expect_right(run("train --resume " + at("moved") + " --updates 7 --out " + at("other")));
  fs::remove_all(at("moved"));
  expect_right(run("train --resume " + at("other") + " --updates 8"));
  expect_right(run("--version >/dev/null; mkfifo " + at("fifo") + "; cat " + at("novel.txt") + " > " +
                   at("fifo") + " & " + GATESCOPE_PROGRAM + " train --text " + at("fifo") + kTiny +
                   " --out " + at("run")));
  expect_right(run("train --resume " + at("run") + " --updates 5"));
  // What belongs to somebody else stays.
  write_file(at("mine/text.txt"), "mine");
  expect_right(run("train --text -" + std::string(kTiny) + " --out " + at("mine") + " < " + at("novel.txt")));
  EXPECT_EQ(read_file(at("mine/text.txt")), "mine");
  expect_right(run("train --resume " + at("mine") + " --updates 5"));
}

TEST_F(Texts, OfAPresetAreLookedForBesideIt) {
  write_file(at("project/p.json"),
             R"({"task": {"text": "novel.txt"}, "models": [{"hidden": 4}], "training": {"updates": 2}})");
  write_file(at("project/novel.txt"), kNovel);
  write_file(at("here/novel.txt"), "another text, in the working folder");
  expect_right(run_in(at("here"), "train " + at("project/p.json") + " --out " + at("run")));
  EXPECT_EQ(experiment("run")["task"]["characters"], kNovel.size());
  fs::remove(at("project/novel.txt"));
  expect_right(run_in(at("here"), "train " + at("project/p.json") + " --out " + at("run2")));
  EXPECT_EQ(experiment("run2")["task"]["text"], at("here/novel.txt"));
  for (const std::string& place :
       {at("project/novel.txt"), std::string("'/novel.txt'"), std::string("corpora/novel.txt")})
    expect_complaint("train " + at("project/p.json") + " --out " + at("run3"), 1, place);
  // The program's own presets mean its own texts.
  write_file(at("here/brackets.txt"), kNovel);
  expect_right(run_in(at("here"), "train brackets --updates 1 --out " + at("run4")));
  EXPECT_EQ(experiment("run4")["task"]["text"], "brackets.txt");
  EXPECT_NE(experiment("run4")["task"]["characters"], kNovel.size());
}

TEST_F(Texts, AreToldFromOtherFilesByTheirBytes) {
  const std::string zip = std::string("PK\3\4") + std::string(22, '\0') + std::string("\x10\0\0\0", 4);
  write_file(at("m.txt"), zip + "archive/data.pkl");
  write_file(at("m"), std::string("\x89HDF\r\n\x1a\n\0\0", 10));
  write_file(at("p.json"), std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16));
  write_file(at("n.txt"), kNovel);
  const std::string out = " --out " + at("run");
  expect_complaint("train --text " + at("m.txt") + out, 1, "from safetensors.torch import save_file");
  expect_complaint("train --text " + at("m") + out + " --invalid replace", 1, "HDF5");
  expect_complaint("train --text " + at("p.json") + out, 1, "figure --from");
  expect_complaint("train " + at("p.json") + out, 1, "a PNG picture");
  expect_complaint("train " + at("n.txt") + out, 1, "--text");
  expect_complaint("train " + at("m") + out, 1, "HDF5");
  expect_complaint("sample --model " + at("m"), 1, "HDF5");
  expect_complaint("sample --model " + at("p.json"), 1, "a PNG picture");
  expect_complaint("train --text /dev/zero" + out, 1, "/dev/zero");
  expect_complaint("train --text /dev/null" + out, 1, "empty");
  EXPECT_FALSE(fs::exists(at("run")));
  // And under any name.
  train("--text " + at("n.txt") + kTiny + out);
  fs::rename(at("run/model.safetensors"), at("run/model.txt"));
  expect_right(run("sample --length 3 --model " + at("run/model.txt")));
  expect_complaint("train --text " + at("run/model.txt") + " --out " + at("r"), 1, "a model of Gatescope");
}

TEST_F(Texts, InUtf16AreRead) {
  std::string bytes = "\xff\xfe";
  for (const char c : kNovel) (bytes += c) += '\0';
  write_file(at("t.txt"), bytes);
  train("--text " + at("t.txt") + kTiny + " --out " + at("run"));
  EXPECT_EQ(experiment("run")["task"]["characters"], kNovel.size());
  write_file(at("t.txt"), bytes.substr(2));
  expect_complaint("train --text " + at("t.txt") + " --out " + at("r"), 1, "iconv -f UTF-16LE");
  write_file(at("t.txt"), bytes + "x");
  expect_complaint("train --text " + at("t.txt") + " --out " + at("r"), 1,
                   "at offset " + std::to_string(bytes.size()));
  expect_right(run("train --invalid replace --text " + at("t.txt") + kTiny + " --out " + at("r")));
}

TEST_F(Texts, OfARunThatBeganWithAnOlderVersionAreStillGoneOnWith) {
  write_file(at("t.txt"), "abcabcabcabc abc");
  train("--text " + at("t.txt") + kTiny + " --out " + at("run"));
  auto json = experiment("run");
  for (const char* key : {"near", "sha256", "characters"}) json["task"].erase(key);
  write_file(at("run/experiment.json"), json.dump());
  auto state = checkpoint::read_safetensors(at("run/training.safetensors"));
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : std::string("abcabcabcabc abc"))
    hash = (hash ^ (c == ' ' ? 0u : static_cast<std::uint64_t>(c - 'a' + 1))) * 0x100000001b3;
  state.metadata.erase("began_with");
  state.metadata["data"] = std::to_string(hash);
  checkpoint::write_safetensors(at("run/training.safetensors"), state);
  expect_right(run("train --resume " + at("run") + " --updates 5"));
  EXPECT_TRUE(checkpoint::read_safetensors(at("run/training.safetensors")).metadata.contains("began_with"));
}

}  // namespace
}  // namespace gatescope
