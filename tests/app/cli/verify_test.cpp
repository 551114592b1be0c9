// `gatescope verify` as a user, and a batch system, run it.

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "program.h"

namespace gatescope {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Verify : public Program {
 protected:
  Verify() {
    json written = json::parse(R"({
      "title": "Tiny", "claim": "It can be run.", "published": "never",
      "experiment": {"task": {"kind": "parity", "length": 4, "modulus": 2},
                     "models": [{"name": "RNN", "cell": "rnn", "hidden": 4}],
                     "training": {"updates": 2, "evaluate_every": 1, "batch": 4, "bptt": "full"}},
      "vary": {"models.0.hidden": [4, 5, 6]},
      "measures": {"loss": {"kind": "held_out"}},
      "conditions": [{"says": "There is a loss", "where": {"models.0.hidden": 5}, "above": 0}],
      "seeds": 2})");
    std::ofstream(at("tiny.json")) << written;
    written["conditions"][0]["above"] = 1e6;
    std::ofstream(at("wrong.json")) << written;
    written["outcome"] = "does not hold";
    std::ofstream(at("false.json")) << written;
    std::ofstream(at("preset.json")) << written["experiment"];
  }
  /// All that is measured, without seconds.
  json measured(const std::string& folder) const {
    json all = json::parse(read_file(at(folder) + "/claims.json"));
    for (json& card : all["cards"]) card.erase("seconds");
    return all;
  }
};

TEST_F(Verify, SaysWhatHoldsAndWritesAllOfIt) {
  const Result result = run("verify " + at("tiny.json") + " --out " + at("out"));
  EXPECT_EQ(result.code, 0) << result.error;
  EXPECT_THAT(result.out, HasSubstr("yes  There is a loss"));
  EXPECT_THAT(result.out, HasSubstr("1 of 1 claims came out as their cards state"));
  EXPECT_THAT(read_file(at("out/claims.html")), HasSubstr("src=\"data:image/svg+xml;base64,"));
  EXPECT_THAT(read_file(at("out/claims.csv")), HasSubstr("tiny,hidden 6,RNN,loss,2,"));
  EXPECT_THAT(read_file(at("out/figures/tiny.svg")), HasSubstr("There is a loss"));
  EXPECT_EQ(measured("out")["cards"][0]["measured"].size(), 3u);
}

TEST_F(Verify, OutcomeThatIsNotAsStatedIsAFailure) {
  EXPECT_EQ(run("verify " + at("wrong.json")).code, 1);
  EXPECT_EQ(run("verify " + at("false.json")).code, 0) << "the card itself says so";
  EXPECT_EQ(run("verify " + at("wrong.json") + " " + at("tiny.json")).code, 1);
}

TEST_F(Verify, PartsJoinToTheSameAsOneRun) {
  const std::string cards = at("tiny.json") + " " + at("false.json");
  ASSERT_EQ(run("verify " + cards + " --jobs 2 --out " + at("one")).code, 0);
  std::string folders;
  for (const std::string part : {"1", "2", "3"}) {
    const std::string folder = at("part" + part);
    const Result result = run("verify " + cards + " --shard " + part + "/3 --out " + folder);
    ASSERT_EQ(result.code, 0) << result.error;
    folders += " " + folder;
  }
  const Result merged = run("verify --merge" + folders + " --out " + at("merged"));
  EXPECT_EQ(merged.code, 0) << merged.error;
  EXPECT_EQ(measured("merged"), measured("one"));
  EXPECT_EQ(read_file(at("merged/claims.csv")), read_file(at("one/claims.csv")));
}

TEST_F(Verify, ALostPartIsNamedAndCanBeRunAgain) {
  for (const std::string part : {"1", "2", "3"})
    ASSERT_EQ(run("verify " + at("tiny.json") + " --shard " + part + "/3 --out " + at("p" + part)).code, 0);
  expect_complaint("verify --merge " + at("p1") + " " + at("p3"), 1, "part 2/3 is missing; run each again");
  std::filesystem::remove(at("p2/jobs/tiny-1-1.json"));  // as if it had been killed
  const std::string all = "verify --merge " + at("p1") + " " + at("p2") + " " + at("p3");
  expect_complaint(all, 1, "lacks a job: tiny, hidden 5, seed 1; run each again");
  expect_complaint("verify --merge " + at("p1") + " " + at("p2"), 1, "; part 3/3 is missing");
  ASSERT_EQ(run("verify " + at("tiny.json") + " --shard 2/3 --out " + at("p2")).code, 0);
  EXPECT_EQ(run(all).code, 0);
  expect_complaint("verify --merge " + at("p1") + " " + at("p1"), 1, "twice");
  ASSERT_EQ(run("verify " + at("tiny.json") + " --seeds 1 --shard 2/3 --out " + at("q2")).code, 0);
  expect_complaint("verify --merge " + at("p1") + " " + at("q2"), 1, "something else");
}

TEST_F(Verify, WhatIsThereAlreadyIsNotRunAgain) {
  ASSERT_EQ(run("verify " + at("tiny.json") + " --out " + at("out")).code, 0);
  json kept = json::parse(read_file(at("out/jobs/tiny-1-2.json")));
  kept["values"]["loss"]["RNN"] = 17.5;
  std::ofstream(at("out/jobs/tiny-1-2.json")) << kept;
  ASSERT_EQ(run("verify " + at("tiny.json") + " --out " + at("out")).code, 0);
  EXPECT_THAT(read_file(at("out/claims.csv")), HasSubstr(",17.5\n"));
  kept["digest"] = "of another version";
  std::ofstream(at("out/jobs/tiny-1-2.json")) << kept;
  ASSERT_EQ(run("verify " + at("tiny.json") + " --out " + at("out")).code, 0);
  EXPECT_THAT(read_file(at("out/claims.csv")), testing::Not(HasSubstr(",17.5\n")));
}

TEST_F(Verify, PresetsAreMeasuredOverSettings) {
  const Result result =
      run("verify " + at("preset.json") + " --vary models.0.hidden=3,4 --vary seed=1..3 --out " + at("out"));
  EXPECT_EQ(result.code, 0) << result.error;
  EXPECT_THAT(result.out, HasSubstr("hidden 4"));
  const json numbers = measured("out")["cards"][0]["measured"];
  ASSERT_EQ(numbers.size(), 2u);
  EXPECT_EQ(numbers[0]["values"].size(), 3u);
}

TEST_F(Verify, MistakesAreNamed) {
  expect_complaint("verify latsh", 2, "there is no claim, preset or file \"latsh\"; claims are ");
  expect_complaint("verify latch --seeds -1", 2, "-1 is not a whole number from 1 to 1000");
  expect_complaint("verify latch --jobs 0", 2, "0 is not a whole number from 1 to ");
  expect_complaint("verify latch --shard 3/2 --out " + at("o"), 2, "I/N");
  expect_complaint("verify latch --shard 1/2", 2, "--out DIR");
  expect_complaint("verify latch --vary task.length=3", 2, "presets can be varied");
  expect_complaint("verify latch --seeds 2 --vary seed=1..3", 2, "expected one of them");
  expect_complaint("verify latch latch", 2, "twice");
  std::ofstream(at("in_the_way")) << "x";
  expect_complaint("verify latch --out " + at("in_the_way"), 1, "where results are to be kept");
  expect_complaint("verify latch --merge " + at("o"), 2, "--merge takes");
  expect_complaint("verify --merge " + at("nowhere"), 1, "shard.json");
  std::filesystem::create_directories(at("odd"));
  for (const auto& [written, what] : std::initializer_list<std::pair<const char*, const char*>>{
           {"[]", "shard.json"},
           {R"({"schema": 1, "part": 1, "of": 2})", "/cards is missing"},
           {R"({"schema": 1, "part": 1, "of": 0, "cards": []})", "/of"},
           {R"({"schema": 1, "part": 3, "of": 2, "cards": []})", "/part"},
           {R"({"schema": 1, "part": 1, "of": 1, "cards": [{"card": 3}]})", "/cards/0/card"},
           {R"({"schema": 2})", "/schema"}}) {
    std::ofstream(at("odd/shard.json")) << written;
    expect_complaint("verify --merge " + at("odd"), 1, what);
  }
  std::ofstream(at("broken.json")) << R"({"claim": "x", "experiment": {}, "measures": {"a": {"kind": "b"}}})";
  expect_complaint("verify " + at("broken.json"), 1, "/measures/a/kind");
}

TEST_F(Verify, ANameThatBothHaveIsTheClaimUnlessItIsVaried) {
  EXPECT_THAT(run("verify capacity --vary nothing.here=1").error, HasSubstr("nothing"));
  EXPECT_THAT(run("verify latch --vary nothing.here=1").error, HasSubstr("presets can be varied"));
}

TEST_F(Verify, APartIsFoundFromElsewhere) {
  const std::string here = std::filesystem::relative(at("tiny.json"), "/").string();  // where it runs
  ASSERT_EQ(run("verify " + here + " --shard 1/1 --out " + at("all")).code, 0);
  EXPECT_EQ(json::parse(read_file(at("all/shard.json")))["asked"][0], at("tiny.json"));
  EXPECT_EQ(run("verify --merge " + at("all")).code, 0);
}

TEST_F(Verify, AJobThatFailsStopsTheOthers) {
  json wrong = json::parse(read_file(at("tiny.json")));
  wrong["measures"]["loss"] = {{"kind", "skill"}};
  wrong["experiment"]["training"]["updates"] = 1'000'000;
  std::ofstream(at("fails.json")) << wrong;
  expect_complaint("verify --jobs 2 " + at("fails.json"), 1, "only models of a series forecast");
}

TEST_F(Verify, ListsItsClaimsAndMeasures) {
  EXPECT_THAT(run("verify --list").out, HasSubstr("latch"));
  EXPECT_THAT(run("verify --measures").out, HasSubstr("gradient_left"));
}

TEST_F(Verify, TheQuickOnesHoldWithTheirFirstSeed) {
  const Result result = run("verify --quick --jobs 2");
  EXPECT_EQ(result.code, 0) << result.out << result.error;
  EXPECT_THAT(result.out, HasSubstr("claims came out as their cards state"));
}

}  // namespace
}  // namespace gatescope
