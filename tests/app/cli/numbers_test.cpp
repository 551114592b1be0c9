// Numbers on the command line: decimal, in range, and every refusal names the option, the value and the
// range.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "program.h"

namespace gatescope {
namespace {

const std::string kModel =
    std::string(" --model ") + GATESCOPE_SOURCE_DIR + "/tests/golden/run/lstm.safetensors";

class Numbers : public Program {
 protected:
  /// A refusal that names option and value.
  void expect_refusal(const std::string& command, const std::string& option, const std::string& value,
                      const std::string& about) const {
    const std::string arguments = command + " " + option + "='" + value + "'";
    const Result result = run(arguments);
    EXPECT_EQ(result.code, 2) << arguments << "\n" << result.error;
    EXPECT_EQ(std::ranges::count(result.error, '\n'), 1) << arguments << "\n" << result.error;
    EXPECT_NE(result.error.find(option), std::string::npos) << arguments << "\n" << result.error;
    EXPECT_NE(result.error.find(about), std::string::npos) << arguments << "\n" << result.error;
    EXPECT_NE(result.error.find(value), std::string::npos) << arguments << "\n" << result.error;
  }
};

TEST_F(Numbers, EveryIntegerOptionIsReadStrictly) {
  const std::string figure = "figure gates --text abc --out " + at("f.svg") + kModel;
  const std::vector<std::pair<std::string, std::vector<std::string>>> all{
      {"train --text tales.txt --out " + at("run"),
       {"--hidden",         "--layers",  "--embedding", "--heads",     "--conv",  "--chrono",
        "--batch",          "--steps",   "--length",    "--copies",    "--pairs", "--rewritten",
        "--keys",           "--modulus", "--cups",      "--bits",      "--seed",  "--updates",
        "--evaluate-every", "--threads", "--width",     "--state-size"}},
      {"sample" + kModel, {"--length", "--seed"}},
      {figure, {"--layer", "--step", "--unit", "--top", "--frames"}},
      {"bench", {"--hidden", "--layers", "--heads", "--batch", "--steps", "--threads"}},
      {"verify latch", {"--seeds", "--jobs"}},
      {"screenshot --out " + at("s.png"), {"--updates", "--step", "--unit", "--threads"}},
  };
  for (const auto& [command, options] : all) {
    for (const std::string& option : options) {
      for (const char* value :
           {"99999999999999999999", "-1", "0x10", "+5", "1e3", "1.0", "5 ", "1_000", "five"})
        expect_refusal(command, option, value, "is not a whole number from ");
      expect_refusal(command, option, "", "required");
    }
  }
  EXPECT_FALSE(std::filesystem::exists(at("run")));
}

TEST_F(Numbers, EveryOtherNumberIsReadStrictly) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> all{
      {"train --text tales.txt --out " + at("run"),
       {"--rate", "--weight-decay", "--clip", "--dropout", "--held-out", "--forget-bias", "--gain",
        "--seconds"}},
      {"sample" + kModel, {"--temperature"}},
      {"figure gates --text abc --out " + at("f.svg") + kModel, {"--scale", "--frames-per-second"}},
      {"bench", {"--seconds"}},
      {"screenshot --out " + at("s.png"), {"--scale"}},
  };
  for (const auto& [command, options] : all) {
    for (const std::string& option : options) {
      for (const char* value : {"nan", "inf", "-inf", "0x1p3", "+0.5", "0,5", "1e999", " 1", "half"})
        expect_refusal(command, option, value, "is not a number");
    }
  }
  EXPECT_FALSE(std::filesystem::exists(at("run")));
}

TEST_F(Numbers, ZerosInFrontAreNoOctalDigits) {
  EXPECT_EQ(run("sample --length 010" + kModel).out, run("sample --length 10" + kModel).out);
}

TEST_F(Numbers, EverySeedGivesItsOwnText) {
  std::vector<std::string> texts;
  for (const char* seed : {"0", "1", "9223372036854775807", "9223372036854775808", "18446744073709551614",
                           "18446744073709551615"}) {
    const Result result = run("sample --length 60 --seed " + std::string(seed) + kModel);
    EXPECT_EQ(result.code, 0) << result.error;
    texts.push_back(result.out);
  }
  std::ranges::sort(texts);
  EXPECT_EQ(std::ranges::adjacent_find(texts), texts.end()) << "two seeds, one text";
  expect_complaint("sample --seed 18446744073709551616" + kModel, 2,
                   "--seed: 18446744073709551616 is not a whole number from 0 to 18446744073709551615");
}

TEST_F(Numbers, TheLargestSeedIsKeptByARun) {
  const std::string settings =
      "train --text brackets.txt --cell rnn --hidden 2 --updates 1 --out " + at("run");
  ASSERT_EQ(run(settings + " --seed 18446744073709551615").code, 0);
  const auto experiment = nlohmann::json::parse(read_file(at("run/experiment.json")));
  EXPECT_EQ(experiment["seed"].get<std::uint64_t>(), 18446744073709551615U);
  EXPECT_EQ(run("train --updates 2 --resume " + at("run")).code, 0);
}

}  // namespace
}  // namespace gatescope
