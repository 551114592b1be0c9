// The program as a user runs it: exit codes, messages, and what its runs leave on disk.

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "program.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

TEST_F(Program, SaysInOneLineWhatWouldBeRight) {
  write_file(at("broken.json"), R"({"models": [{"hiden": 3}]})");
  write_file(at("one.txt"), "x");
  write_file(at("latin1.txt"), "caf\xe9 noir");
  write_file(at("junk.safetensors"), std::string("\x10\0\0\0\0\0\0\0junkjunkjunkjunk", 24));
  const std::string out = " --out " + at("run");
  expect_complaint("dance", 2, "--help");
  expect_complaint("train --no-such-option", 2, "gatescope train --help");
  expect_complaint("train", 2, "--out DIR");
  expect_complaint("train --cell lsmt" + out, 2, "lstm");
  expect_complaint("train --hidden 0" + out, 2, "1 to 8192");
  expect_complaint("train --hidden 8192 --layers 30" + out, 2, "GB of memory");
  expect_complaint("train --force f=2x" + out, 2, "f=2x");
  expect_complaint("train --force q=1" + out, 2, "one of i, f, g, o, c, h");
  expect_complaint("train --force 'f[64]=1'" + out, 2, "0 to 63");
  expect_complaint("train --force c~=0" + out, 2, "expected one of i, f, g, o, s");
  expect_complaint("train --force f~=open" + out, 2, "a pre-activation is neither open nor closed");
  expect_complaint("train --batch 0" + out, 2, "--batch 0: ");
  expect_complaint("train --batch 0" + out, 2, "/training/batch is 0");
  expect_complaint("train --steps 0" + out, 2, "/training/steps is 0");
  expect_complaint("train --rate nan" + out, 2, "--rate: nan is not a number");
  expect_complaint("train --rate -1" + out, 2,
                   "--rate -1: /training/optimizer/rate is -1.0, expected a number from 0 to 1000");
  expect_complaint("train --updates -1" + out, 2, "-1 is not a whole number");
  expect_complaint("train --seconds nan" + out, 2, "--seconds");
  expect_complaint("train --threads 40000" + out, 2, "1 to 256");
  expect_complaint("train --force h=1e300" + out, 2, "at most 1000000");
  expect_complaint("bench --cells foo", 2, "lstm");
  expect_complaint("train nothing.json" + out, 1, "long_memory");
  expect_complaint("train " + at("broken.json") + out, 1, "/models/0/hiden");
  expect_complaint("train --text " + at("one.txt") + out, 1, "2 or more");
  expect_complaint("train --text " + at("latin1.txt") + out, 1, "offset 3");
  expect_complaint("train --text /" + out, 1, "'/'");
  expect_complaint("train --text tales.txt --updates 1 --out /dev/null/x", 1, "/dev/null");
  expect_complaint("train --resume " + at("nothing"), 1, "experiment.json");
  expect_complaint("sample --model " + at("nothing"), 1, "no such file");
  expect_complaint("sample --model " + at("junk.safetensors"), 1, "junk.safetensors");
  expect_complaint("trace --model x --text ab", 2, "--out");
  EXPECT_FALSE(fs::exists(at("run")));
}

TEST_F(Program, TakesNoPictureOfWhatCannotBeOpened) {
  write_file(at("broken.json"), R"({"seed": )");
  write_file(at("latin1.txt"), "caf\xe9 noir");
  fs::create_directories(at("folder"));
  const std::string out = " --updates 0 --out " + at("window.png");
  expect_complaint("screenshot " + at("broken.json") + out, 1, "broken.json");
  expect_complaint("screenshot " + at("latin1.txt") + out, 1, "offset 3");
  expect_complaint("screenshot " + at("folder") + out, 1, "a folder without a run");
  expect_complaint("screenshot nothing" + out, 1, "long_memory");
  expect_complaint("screenshot long_memory --force q=1" + out, 1, "one of i, f, g, o, c, h");
  expect_complaint("screenshot long_memory --text ÿÿ" + out, 1, "ÿ");
  EXPECT_FALSE(fs::exists(at("window.png")));
}

TEST_F(Program, HelpsOnEverySubcommand) {
  EXPECT_EQ(run("--help").code, 0);
  for (const char* command :
       {"train", "sample", "trace", "analyze", "evaluate", "decode", "figure", "bench", "presets"}) {
    const Result result = run(std::string(command) + " --help");
    EXPECT_EQ(result.code, 0);
    EXPECT_NE(result.out.find("--help"), std::string::npos);
  }
}

TEST_F(Program, GoesOnWithTheSameBitsAsARunThatNeverStopped) {
  const std::string settings =
      "--text brackets.txt --cell lstm,gru --hidden 10 --layers 2 --dropout 0.1 --steps 16 ";
  train(settings + "--updates 30 --threads 2 --out " + at("whole"));
  train(settings + "--updates 11 --threads 1 --out " + at("parts"));
  train("--resume " + at("parts") + " --updates 30 --threads 2");
  for (const char* file :
       {"lstm.safetensors", "gru.safetensors", "training.safetensors", "experiment.json"}) {
    EXPECT_EQ(read_file(at("parts/") + file), read_file(at("whole/") + file)) << file;
  }
  const std::string metrics = read_file(at("parts/metrics.csv"));
  EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), 1 + 2 * 30);
}

TEST_F(Program, RefusesToGoOnAsAnotherExperiment) {
  train("--text brackets.txt --hidden 4 --updates 2 --out " + at("run"));
  expect_complaint("train --resume " + at("run") + " --hidden 64", 2, "--hidden is not possible");
  expect_complaint("train --resume " + at("run") + " --updates 2", 2, "2 updates already");
  write_file(at("changed.txt"), "some text, some more text");
  train("--text " + at("changed.txt") + " --hidden 4 --updates 2 --out " + at("other"));
  write_file(at("changed.txt"), "some more text, some text");
  expect_complaint("train --resume " + at("other") + " --updates 4", 1, "text was changed");
}

TEST_F(Program, KeepsWhatWasTrainedWhenInterrupted) {
  const std::string command = std::string("timeout -s INT 2 ") + GATESCOPE_PROGRAM +
                              " train --text brackets.txt --hidden 8 --updates 100000000 --out " + at("run") +
                              " >" + at("out") + " 2>&1";
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_NE(read_file(at("out")).find("--resume"), std::string::npos) << read_file(at("out"));
  EXPECT_EQ(run("sample --length 20 --model " + at("run/model.safetensors")).code, 0);
}

TEST_F(Program, SetsAnEarlierRunAsideInsteadOfWritingOverIt) {
  train("--text brackets.txt --hidden 4 --updates 2 --out " + at("run"));
  const std::string first = read_file(at("run/model.safetensors"));
  train("--text brackets.txt --hidden 5 --updates 2 --out " + at("run"));
  EXPECT_EQ(read_file(at("run/earlier-1/model.safetensors")), first);
  EXPECT_NE(read_file(at("run/model.safetensors")), first);
}

TEST_F(Program, StopsBeforeALossThatIsNotANumberAndKeepsTheWeightsBefore) {
  const Result result =
      run("train --text brackets.txt --cell rnn_relu --hidden 16 --gain 50 --updates 50 --out " + at("run"));
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.error.find("at update"), std::string::npos) << result.error;
  EXPECT_NE(result.error.find("layer 0"), std::string::npos) << result.error;
  EXPECT_TRUE(fs::exists(at("run/model.safetensors")));
}

TEST_F(Program, WritesTextThatDependsOnSeedPromptAndForcedGates) {
  train("--text tales.txt --cell lstm --hidden 16 --updates 40 --out " + at("run"));
  const std::string sample = "sample --length 60 --model " + at("run/model.safetensors") + " --prompt 'The '";
  const std::string text = run(sample).out;
  EXPECT_EQ(text.substr(0, 4), "The ");
  EXPECT_EQ(run(sample).out, text);
  EXPECT_NE(run(sample + " --seed 2").out, text);
  EXPECT_NE(run(sample + " --force o=closed").out, text);
  EXPECT_NE(run(sample + " --force o@20-=closed").out, text);
  EXPECT_EQ(run(sample + " --force o@20-=closed").out.substr(0, 20), text.substr(0, 20))
      << "the first steps are free";
}

TEST_F(Program, RefusesToWriteWithABidirectionalModelAndSaysWhy) {
  train("--text brackets.txt --bidirectional --hidden 4 --updates 2 --out " + at("run"));
  expect_complaint("sample --model " + at("run/model.safetensors"), 1, "backward direction");
}

TEST_F(Program, ForcesPreActivationsWhileTrainingAndTracing) {
  train("--text brackets.txt --hidden 6 --updates 3 --force 'f~=0' --out " + at("run"));
  EXPECT_NE(read_file(at("run/experiment.json")).find("\"f~=0\""), std::string::npos);
  train("--text brackets.txt --hidden 6 --updates 3 --out " + at("free"));
  EXPECT_NE(read_file(at("run/model.safetensors")), read_file(at("free/model.safetensors")));
  const std::string trace =
      "trace --model " + at("run/model.safetensors") + " --text '(ab)[c]' --out " + at("t.json");
  ASSERT_EQ(run(trace + " --force '0 . f ~ [1-3] @ 2-4 = -0'").code, 0);
  const auto json = nlohmann::json::parse(read_file(at("t.json")));
  EXPECT_EQ(json["rules"], nlohmann::json::array({"0.f~[1-3]@2-4=0"}));
  const auto& forget = json["layers"][0]["channels"]["f"];
  for (int t = 0; t < 6; ++t)
    for (int unit = 0; unit < 6; ++unit)
      EXPECT_EQ(forget["values"][t][unit] == 0.5, t >= 2 && t <= 4 && unit >= 1 && unit <= 3);
  expect_complaint(trace + " --force h~=1", 2, "no activation before which a rule could act");
}

TEST_F(Program, TracesEveryChannelAndKeepsRawValuesOfForcedOnes) {
  train("--text brackets.txt --hidden 6 --updates 3 --out " + at("run"));
  const std::string trace =
      "trace --model " + at("run/model.safetensors") + " --text '(ab)[c]' --out " + at("t.json");
  ASSERT_EQ(run(trace + " --force 'f@2-4=0' --loss last").code, 0);
  const auto json = nlohmann::json::parse(read_file(at("t.json")));
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["tokens"].size(), 6u);
  EXPECT_TRUE(json["loss"][4].is_null());
  EXPECT_TRUE(json["loss"][5].is_number());
  const auto& channels = json["layers"][0]["channels"];
  for (int t = 0; t < 6; ++t) {
    for (int unit = 0; unit < 6; ++unit) {
      const double f = channels["f"]["values"][t][unit];
      EXPECT_GT(channels["f"]["raw"][t][unit].get<double>(), 0);
      if (t < 2 || t > 4) continue;
      EXPECT_EQ(f, 0);
      const double i = channels["i"]["values"][t][unit], g = channels["g"]["values"][t][unit];
      EXPECT_NEAR(channels["c"]["values"][t][unit].get<double>(), i * g, 1e-6);
    }
  }
  EXPECT_FALSE(channels["i"].contains("raw"));
}

TEST_F(Program, BenchesIntoATableAndJson) {
  expect_complaint("bench --cells mlstm --hidden 8 --heads 3 --seconds 0.05", 2,
                   "3 heads do not divide 8 units");
  ASSERT_EQ(run("bench --cells rnn --hidden 8 --seconds 0.05 --threads 1 --json " + at("b.json")).code, 0);
  const auto row = nlohmann::json::parse(read_file(at("b.json")))["rows"][0];
  for (const char* key : {"cell", "hidden", "layers", "batch", "steps", "threads", "chars_per_second",
                          "gflops", "matrix_product_gflops", "fraction"}) {
    EXPECT_TRUE(row.contains(key)) << key;
  }
  EXPECT_GT(row["chars_per_second"].get<double>(), 0);
}

TEST_F(Program, ListsItsPresets) {
  const Result result = run("presets");
  EXPECT_EQ(result.code, 0);
  EXPECT_NE(result.out.find("long_memory"), std::string::npos);
}

TEST_F(Program, LearnsATextInAnyScript) {
  write_file(at("ünï cödé.txt"), "\xef\xbb\xbfκόσμε, мир, 世界! 🙂\r\n");
  train("--text '" + at("ünï cödé.txt") + "' --hidden 4 --updates 2 --out '" + at("o u t") + "'");
  const Result result =
      run("sample --length 5 --model '" + at("o u t/model.safetensors") + "' --prompt 'мир'");
  EXPECT_EQ(result.code, 0) << result.error;
  EXPECT_EQ(result.out.substr(0, 6), "мир");
}

}  // namespace
}  // namespace gatescope
