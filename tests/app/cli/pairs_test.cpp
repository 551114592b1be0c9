// Pairs of a source and a target on the command line: training, measuring, decoding, forcing.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "program.h"

namespace gatescope {
namespace {

using nlohmann::json;

TEST_F(Program, LearnsToReverseAndWritesWhatItLearnt) {
  train(
      "--task reverse --source 4 --cell gru --hidden 32 --attention bahdanau --updates 700 --batch 32 "
      "--rate 0.01 --threads 1 --seed 3 --out " +
      at("run"));
  const std::string model = " --model " + at("run/model.safetensors");
  const Result measured = run("evaluate" + model + " --json " + at("e.json"));
  ASSERT_EQ(measured.code, 0) << measured.error;
  EXPECT_NE(measured.out.find("free running"), std::string::npos) << measured.out;
  const json e = json::parse(read_file(at("e.json")));
  EXPECT_EQ(e["task"], (json{{"kind", "reverse"}, {"source", 4}}));
  EXPECT_EQ(e["unit"], "bits per target character");
  EXPECT_GT(e["exact_match"], 0.9);
  EXPECT_GT(e["free_running"]["exact_match"], 0.85);
  EXPECT_EQ(e["free_running"]["exact_match"], e["exact_match"]) << "up to an error both read the same";
  EXPECT_LE(e["free_running"]["accuracy"], e["accuracy"]);
  EXPECT_LT(e["loss"], 0.3 * e["chance"].get<double>());
  EXPECT_EQ(e["lengths"].size(), 4u);
  EXPECT_EQ(e["positions"][0]["step"], 0) << "positions count from the target's first step";

  const Result greedy = run("decode" + model + " abc d");
  ASSERT_EQ(greedy.code, 0) << greedy.error;
  EXPECT_EQ(greedy.out, "cba\nd\n");
  const Result beam = run("decode" + model + " --beam 3 --json " + at("d.json") + " abc");
  ASSERT_EQ(beam.code, 0) << beam.error;
  const json found = json::parse(read_file(at("d.json")))[0]["found"];
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0]["target"], "cba");
  EXPECT_GT(found[0]["log_probability"], found[1]["log_probability"]);
  // Without context it cannot know what to write.
  const Result cut = run("decode" + model + " --force context=0 --force bridge=0 abc");
  ASSERT_EQ(cut.code, 0) << cut.error;
  EXPECT_NE(cut.out, "cba\n");

  EXPECT_EQ(run("figure alignment" + model + " --text 'abc→cba' --out " + at("a.svg")).code, 0);
  EXPECT_EQ(run("figure alignment" + model + " --text abc --force alpha=uniform --out " + at("b.svg")).code,
            0);
  ASSERT_EQ(run("trace" + model + " --text 'abc→cba' --out " + at("t.json")).code, 0);
  const json trace = json::parse(read_file(at("t.json")));
  EXPECT_EQ(trace["source"], 3);
  ASSERT_EQ(trace["alpha"].size(), 7u);
  EXPECT_NEAR(trace["alpha"][4][0].get<double>() + trace["alpha"][4][1].get<double>() +
                  trace["alpha"][4][2].get<double>(),
              1, 1e-5);
  // A rule beyond the source or the target does nothing, and that is said.
  const auto noted = [&](const std::string& command, const std::string& rules) {
    const Result result = run(command + model + rules);
    EXPECT_EQ(result.code, 0) << result.error;
    return result.error;
  };
  const std::string far =
      " --force 'alpha[300]@2=1' --force 'alpha[0]@99=1' --force 1.z@50=0 --force feed@0=own";
  const std::string near = " --force 'alpha[2]@0=1' --force 'alpha[0]@0=1' --force 1.z@0-=0 --force 0.z@2=0";
  for (const std::string& command : {std::string("decode abc"), std::string("decode --beam 2 abc"),
                                     "trace --text 'abc→cba' --out " + at("far.json"),
                                     "figure alignment --text 'abc→cba' --out " + at("far.svg"),
                                     "figure alignment --text abc --out " + at("far.svg")}) {
    const std::string said = noted(command, far);
    for (const char* rule : {"alpha[300]@2=1", "alpha[0]@99=1", "1.z@50=0", "feed@0=own"})
      EXPECT_NE(
          said.find(fmt::format("the rule {} acts on no step of this pair: the source has 3 steps", rule)),
          std::string::npos)
          << command << ": " << said;
    EXPECT_EQ(std::ranges::count(said, '\n'), 4) << said;
    EXPECT_EQ(noted(command, near), "") << command;
  }
  expect_complaint("decode" + model + " abc --force feed=truth", 2, "there is no truth");
  EXPECT_EQ(noted("decode abc", " --force feed=own"), "");
  expect_complaint("decode" + model + " xyz", 1, "\"x\", which the model does not know");
  expect_complaint("decode" + model + " abc --force alpha@1", 2, "alpha@1");
  expect_complaint("analyze reach" + model + " --text 'abc→cba' --out " + at("r.json"), 2, "encoder-decoder");
}

TEST_F(Program, LearnsOnesOwnPairs) {
  std::string pairs;
  for (int k = 0; k < 60; ++k) pairs += fmt::format("{}\t{}\n", k, k % 2 ? "odd" : "even");
  write_file(at("pairs.tsv"), pairs);
  for (const char* how : {"--attention none", "--attention dot", "--attention general --input-feeding",
                          "--attention concat --bidirectional --own-embedding --layers 2", "--one-stack"}) {
    train("--pair-file " + at("pairs.tsv") + " --hidden 12 --updates 20 --batch 8 --threads 1 " + how +
          " --out " + at("run"));
    const std::string model = " --model " + at("run/model.safetensors");
    const Result measured = run("evaluate" + model);
    EXPECT_EQ(measured.code, 0) << measured.error;
    EXPECT_NE(measured.out.find("free running"), std::string::npos) << measured.out;
    EXPECT_EQ(run("decode" + model + " --beam 2 --longest 6 17").code, 0);
    std::filesystem::remove_all(at("run"));
  }
  write_file(at("odd.tsv"), "a\tb\nc\n");
  expect_complaint("train --pair-file " + at("odd.tsv") + " --out " + at("no"), 1, "line 2");
  expect_complaint("train --task parity --attention dot --out " + at("no"), 2, "--attention is about pairs");
  expect_complaint("train --task reverse --attention dot --bidirectional --out " + at("no"), 2, "general");
  expect_complaint("train --task reverse --attention none --input-feeding --out " + at("no"), 2,
                   "input feeding");
}

TEST_F(Program, MeasuresItsOwnPairsAfterTheyChangedAndOtherFilesAsAWhole) {
  std::string pairs;
  for (int k = 0; k < 60; ++k) pairs += fmt::format("{}\t{}\n", k, k % 2 ? "odd" : "even");
  write_file(at("pairs.tsv"), pairs);
  train("--pair-file " + at("pairs.tsv") + " --hidden 8 --updates 5 --batch 8 --threads 1 --out " +
        at("run"));
  const std::string evaluate = "evaluate --model " + at("run/model.safetensors");
  const Result own = run(evaluate);
  ASSERT_EQ(own.code, 0) << own.error;
  EXPECT_NE(own.out.find("of all 6 sequences"), std::string::npos) << own.out;
  EXPECT_EQ(own.error, "");
  write_file(at("test.tsv"), "11\todd\n2\teven\n\n4\teven\n");
  const Result whole = run(evaluate + " --pair-file " + at("test.tsv") + " --json " + at("e.json"));
  ASSERT_EQ(whole.code, 0) << whole.error;
  EXPECT_NE(whole.error.find("is not the file that was learnt, so that all of it is measured"),
            std::string::npos);
  EXPECT_NE(whole.out.find("steps of the whole file"), std::string::npos) << whole.out;
  EXPECT_NE(whole.out.find("of all 3 sequences"), std::string::npos) << whole.out;
  EXPECT_EQ(json::parse(read_file(at("e.json")))["whole"], true);
  EXPECT_EQ(run(evaluate + " --task pairs --pair-file " + at("test.tsv")).out, whole.out);
  write_file(at("bad.tsv"), "11\todd\n2\tevens\n");
  expect_complaint(evaluate + " --pair-file " + at("bad.tsv"), 1, "line 2 has the character \"s\"");
  write_file(at("pairs.tsv"), pairs + "97\todd\n");
  const Result changed = run(evaluate);
  ASSERT_EQ(changed.code, 0) << changed.error;
  EXPECT_NE(
      changed.error.find("is not as it was when it was learnt; rows that were learnt still count as learnt"),
      std::string::npos)
      << changed.error;
  expect_complaint("train --resume " + at("run") + " --updates 9", 1,
                   "other data: its file was changed since");
  write_file(at("latin.tsv"), pairs + "\xff\todd\n");
  expect_complaint("train --pair-file " + at("latin.tsv") + " --out " + at("no"), 1, "--invalid replace");
  train("--pair-file " + at("latin.tsv") + " --invalid replace --updates 1 --hidden 4 --threads 1 --out " +
        at("replaced"));
  EXPECT_EQ(run("evaluate --model " + at("replaced/model.safetensors")).code, 0);
}

/// A run of pairs that is stopped and goes on has the bits of one that was not, whatever the threads.
TEST_F(Program, GoesOnWithPairsWithTheSameBits) {
  const std::string what =
      "--task sort --source 5 --cell lstm --hidden 16 --attention general --input-feeding "
      "--own-share 0.3 --batch 20 --seed 2";
  train(what + " --updates 30 --threads 1 --out " + at("whole"));
  train(what + " --updates 12 --threads 2 --out " + at("cut"));
  ASSERT_EQ(run("train --resume " + at("cut") + " --updates 30 --threads 2").code, 0);
  EXPECT_EQ(read_file(at("whole/model.safetensors")), read_file(at("cut/model.safetensors")));
}

}  // namespace
}  // namespace gatescope
