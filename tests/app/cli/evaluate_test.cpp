// `gatescope evaluate` as a user runs it.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace gatescope {
namespace {

TEST_F(Program, EvaluatesAModelOnWhatItLearntAndOnOtherLengths) {
  train("--task counting --length 10 --cell lstm --hidden 12 --updates 300 --batch 16 --threads 1 --out " +
        at("run"));
  const std::string model = " --model " + at("run/model.safetensors");
  const Result result = run("evaluate" + model + " --json " + at("e.json"));
  ASSERT_EQ(result.code, 0) << result.error;
  const auto json = nlohmann::json::parse(read_file(at("e.json")));
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["task"], (nlohmann::json{{"kind", "counting"}, {"length", 10}}));
  EXPECT_EQ(json["unit"], "bits per label");
  EXPECT_EQ(json["sequences"], 8 * 16);
  EXPECT_EQ(json["positions"].size(), 9u) << "every step but the first can be a b";
  EXPECT_GT(json["accuracy"], 0.5);
  EXPECT_LT(json["loss"], json["chance"]) << "it has learnt something";
  EXPECT_NE(result.out.find("exact match"), std::string::npos) << result.out;
  const Result longer = run("evaluate" + model + " --task counting --length 40 --json " + at("long.json"));
  ASSERT_EQ(longer.code, 0) << longer.error;
  const auto of_longer = nlohmann::json::parse(read_file(at("long.json")));
  EXPECT_EQ(of_longer["task"]["length"], 40);
  EXPECT_GT(of_longer["positions"].size(), 9u);
  EXPECT_LE(of_longer["exact_match"], json["exact_match"]);
}

TEST_F(Program, EvaluatesAModelOfATextOnWhatWasHeldOut) {
  const Result result = run(
      "evaluate --model " GATESCOPE_SOURCE_DIR "/tests/golden/run/lstm.safetensors --json " + at("e.json"));
  ASSERT_EQ(result.code, 0) << result.error;
  const auto json = nlohmann::json::parse(read_file(at("e.json")));
  EXPECT_EQ(json["unit"], "bits per character");
  EXPECT_EQ(json["sequences"], 0);
  EXPECT_TRUE(json["exact_match"].is_null() && json["chance"].is_null() && json["positions"].empty());
  EXPECT_GT(json["scored"], 1000);
}

TEST_F(Program, TellsTheLabelsOfOnesOwnLines) {
  std::string lines;
  for (int k = 0; k < 300; ++k)
    lines += fmt::format("{}\tword{} ends in {}\n", k % 2 ? "one" : "two", k, k % 2 ? "a" : "b");
  write_file(at("own.tsv"), lines);
  train("--lines " + at("own.tsv") +
        " --cell gru --hidden 12 --rate 0.01 --updates 150 --batch 16 --threads 1 --out " + at("run"));
  const std::string model = " --model " + at("run/model.safetensors");
  const Result result = run("evaluate" + model + " --json " + at("e.json"));
  ASSERT_EQ(result.code, 0) << result.error;
  const auto json = nlohmann::json::parse(read_file(at("e.json")));
  EXPECT_EQ(json["sequences"], 30);
  EXPECT_EQ(json["accuracy"], json["exact_match"]);
  EXPECT_GT(json["accuracy"], 0.9) << "the last letter says it";
  EXPECT_EQ(run("train --resume " + at("run") + " --updates 160").code, 0);
  write_file(at("test.tsv"), "two\tword ends in b\n");
  const Result whole = run("evaluate" + model + " --lines " + at("test.tsv"));
  ASSERT_EQ(whole.code, 0) << whole.error;
  EXPECT_NE(whole.out.find("over 1 steps of the whole file"), std::string::npos) << whole.out;
  write_file(at("test.tsv"), "two\tword ends in b\nthree\tword\n");
  expect_complaint("evaluate" + model + " --lines " + at("test.tsv"), 1, "line 2 has the label \"three\"");
  write_file(at("test.tsv"), "one\tword ends in \xff\n");
  expect_complaint("evaluate" + model + " --lines " + at("test.tsv"), 1, "--invalid replace");
  expect_complaint("evaluate" + model + " --invalid replace --lines " + at("test.tsv"), 1,
                   "line 1 has the character \"\uFFFD\", which the model does not know");
  const Result figure =
      run("figure next --model " + at("run/model.safetensors") + " --sequence 4 --out " + at("n.svg"));
  EXPECT_EQ(figure.code, 0) << figure.error;
  write_file(at("bad.tsv"), "one\tx\ntwo y\n");
  expect_complaint("train --lines " + at("bad.tsv") + " --out " + at("bad"), 1, "line 2 has no tab");
  expect_complaint("train --lines " + at("none.tsv") + " --out " + at("bad"), 1, "there is no file");
  expect_complaint("train --lines " + at("own.tsv") + " --bidirectional --out " + at("bad"), 1,
                   "choose one direction");
  expect_complaint("train --task lines --out " + at("bad"), 1, "the task has no file");
  expect_complaint("train --task parity --lines x --out " + at("bad"), 2, "the task parity has no lines");
}

TEST_F(Program, EvaluateSaysWhatIsWrong) {
  train("--task parity --length 6 --cell gru --hidden 4 --updates 1 --threads 1 --out " + at("run"));
  const std::string model = " --model " + at("run/model.safetensors");
  expect_complaint("evaluate" + model + " --task adding", 1, "the task has 2 values and 1 values");
  expect_complaint("evaluate" + model + " --task sorting", 2, "expected one of text");
  expect_complaint("evaluate" + model + " --task counting", 1, "reads other characters than the task has");
  expect_complaint("evaluate" + model + " --length 1", 2, "--length 1: /task/length is 1, expected");
  expect_complaint("evaluate" + model + " --length 2000000000", 2, "expected a whole number from 2 to 10000");
  expect_complaint("evaluate" + model + " --task parity --cups 3", 2, "has no such number");
  expect_complaint("evaluate" + model + " --json " + at("run"), 1, at("run"));
  expect_complaint("evaluate --model " + at("missing.safetensors"), 1, "missing.safetensors");
}

}  // namespace
}  // namespace gatescope
