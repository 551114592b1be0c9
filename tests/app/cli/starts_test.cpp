#include <nlohmann/json.hpp>

#include "tests/app/cli/program.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

class StartsProgram : public Program {
 protected:
  Json trained(const std::string& options) const {
    train(options + " --hidden 8 --updates 1 --out " + at("r"));
    Json models = Json::parse(read_file(at("r") + "/experiment.json")).at("models");
    std::filesystem::remove_all(at("r"));
    return models;
  }
};

TEST_F(StartsProgram, RefuseAModelThatHasNoUseForThem) {
  const std::string out = " --hidden 8 --updates 1 --out " + at("x");
  expect_complaint(
      "train --cell rwkv4 --forget-bias 3" + out, 2,
      "--forget-bias: the cell rwkv4 has no bias before the σ of a gate that keeps its memory, as "
      "have the cells gru, ");
  expect_complaint("train --cell gla --chrono 30" + out, 2, "--chrono: the cell gla has no bias");
  expect_complaint("train --cell minlstm --gain 2" + out, 2,
                   "--gain: the cell minlstm has no recurrent weights, as have the cells rnn, ");
  expect_complaint("train --cell rwkv6,retnet --forget-bias 3" + out, 2, "; the cell retnet has no bias");
  expect_complaint("train --cell lstm --heads 8 --head-norm" + out, 2, "the norm of one number is 0");
}

TEST_F(StartsProgram, ActOnThoseOfARaceThatHaveThem) {
  const Json race = trained("--cell mlstm,rwkv4,lstm --forget-bias 9 --gain 2 --chrono 0");
  EXPECT_EQ(race.at(0).at("init").at("forget_bias"), 9);
  EXPECT_TRUE(race.at(1).at("init").at("forget_bias").is_null());
  EXPECT_EQ(race.at(2).at("init").at("forget_bias"), 9);
  EXPECT_EQ(race.at(0).at("init").at("gain"), 1);
  EXPECT_EQ(race.at(1).at("init").at("gain"), 1);
  EXPECT_EQ(race.at(2).at("init").at("gain"), 2);
  EXPECT_EQ(trained("--cell retnet --gain 1 --chrono 0").at(0).at("init").at("gain"), 1) << "says nothing";
  const Json other = trained("long_memory --cell rwkv6");
  EXPECT_TRUE(other.at(0).at("init").at("forget_bias").is_null()) << "the preset's is of its own cell";
}

TEST_F(StartsProgram, SizesOfAPresetWithoutAUseInAnotherCellOrTaskAreDropped) {
  write_file(at("p.json"), R"({"task": {"kind": "parity", "length": 4},
    "models": [{"cell": "mamba", "norm": true, "projection": true, "width": 6, "state_size": 4,
                "last_norm": "rms", "norm_epsilon": 1e-5}]})");
  const Json of_lstm = trained(at("p.json") + " --cell lstm").at(0);
  EXPECT_FALSE(of_lstm.contains("state_size"));
  EXPECT_EQ(of_lstm.at("width"), 6);
  EXPECT_EQ(of_lstm.at("norm_epsilon"), 1e-5) << "it still norms its input";
  const Json of_pairs = trained(at("p.json") + " --task reverse").at(0);
  EXPECT_FALSE(of_pairs.contains("last_norm"));
  EXPECT_FALSE(of_pairs.contains("width"));
  expect_complaint("train " + at("p.json") + " --cell lstm --state-size 4 --updates 1 --out " + at("x"), 2,
                   "the cell lstm says its own");
}

TEST_F(StartsProgram, OfAPresetAreRefusedWithTheirPlace) {
  write_file(at("p.json"),
             R"({"task": {"kind": "copy"}, "models": [{"cell": "minlstm", "init": {"gain": 3}}]})");
  expect_complaint("train " + at("p.json") + " --updates 1 --out " + at("x"), 1,
                   "/models/0/init/gain is 3, expected 1: the cell minlstm has no recurrent weights");
}

}  // namespace
}  // namespace gatescope
