// `gatescope analyze attention, survival, clock, timescales and highway` as a user runs them.

#include <cmath>
#include <nlohmann/json.hpp>

#include "program.h"

namespace gatescope {
namespace {

class AnalyzeMemory : public Program {
 protected:
  using Json = nlohmann::json;

  Json analyze(const std::string& name, const std::string& options, const std::string& cell = "lstm") const {
    const Result result = run("analyze " + name + " --model " GATESCOPE_SOURCE_DIR "/tests/golden/run/" +
                              cell + ".safetensors --text '" + text + "' --out - " + options);
    EXPECT_EQ(result.code, 0) << result.error;
    return result.code == 0 ? Json::parse(result.out) : Json();
  }
  /// A number; null stands for what is none.
  static double number(const Json& json) { return json.is_null() ? std::nan("") : json.get<double>(); }

  const std::string text = "The river is wide, said the miller.";
  const std::size_t steps = text.size() - 1;
};

TEST_F(AnalyzeMemory, AttentionTimesContentsIsTheMemory) {
  for (const std::string cell : {"lstm", "gru"}) {
    for (const std::string& rules :
         {std::string(), std::string(cell == "lstm" ? "--force c@9=0.5 --force f@20-22=closed"
                                                    : "--force h@9=*0.5+0.1 --force z@20-22=open")}) {
      const Json json = analyze("attention", "--unit 3 --double " + rules, cell);
      ASSERT_EQ(json.at("schema"), 1);
      ASSERT_EQ(json.at("unit"), 3);
      ASSERT_EQ(json.at("memory").size(), steps);
      for (std::size_t t = 0; t < steps; ++t) {
        double sum = number(json.at("initial")[t]);
        for (std::size_t s = 0; s < steps; ++s)
          sum += number(json.at("alpha")[t][s]) * number(json.at("content")[s]);
        EXPECT_NEAR(sum, number(json.at("memory")[t]), 1e-12) << cell << rules << t;
      }
    }
  }
  const Json mean = analyze("attention", "");
  EXPECT_TRUE(mean.at("unit").is_null());
  EXPECT_EQ(mean.at("alpha").size(), steps);
  EXPECT_GT(number(mean.at("age")[steps - 1]), 0);
}

TEST_F(AnalyzeMemory, SurvivalIsDividedAmongTheSteps) {
  const Json json = analyze("survival", "--step 5 --double --force f@17=closed");
  double gone = 0;
  for (const Json& share : json.at("erased")) gone += number(share);
  EXPECT_NEAR(gone, 1, 1e-12) << "a closed gate leaves nothing";
  EXPECT_NEAR(number(json.at("erased")[17]), 1, 1e-12) << "and has all the blame";
  EXPECT_TRUE(json.at("left")[4].is_null());
  EXPECT_EQ(number(json.at("left")[5]), 1);
  const Json& unit = json.at("memories")[2];
  EXPECT_EQ(unit.at("unit"), 2);
  EXPECT_EQ(number(unit.at("blame")[17]), 1);
  EXPECT_EQ(analyze("survival", "--unit 2").at("memories").size(), 1U);
}

TEST_F(AnalyzeMemory, TheClockRunsAsTheMemoryFades) {
  const Json json = analyze("clock", "--unit 2 --double"),
             survival = analyze("survival", "--unit 2 --double");
  EXPECT_EQ(json.at("unit"), 2);
  EXPECT_EQ(json.at("time"), "-ln keep");
  ASSERT_EQ(json.at("elapsed").size(), steps);
  for (std::size_t t = 0; t < steps; ++t)
    EXPECT_NEAR(std::exp(-number(json.at("elapsed")[t])),
                number(survival.at("memories")[0].at("survival")[t]), 1e-12);
  EXPECT_GT(number(json.at("steps_of_half")), 0);
  EXPECT_TRUE(analyze("clock", "").at("unit").is_null());
}

TEST_F(AnalyzeMemory, TimeConstantsAreSorted) {
  const Json json = analyze("timescales", "--double");
  double before = INFINITY;
  for (const Json& one : json.at("memories")) {
    EXPECT_LE(number(one.at("effective")), before);
    EXPECT_GT(number(one.at("from_bias")), 0);
    before = number(one.at("effective"));
  }
}

TEST_F(AnalyzeMemory, WaysOfTheGradientAddUp) {
  for (const std::string exact : {"", "--double"}) {
    const Json json = analyze("highway", "--step 30 --force f@12=*0.5 " + exact);
    EXPECT_EQ(json.at("ways"), Json({"keep", "through i", "through f", "through g", "through o", "output"}));
    EXPECT_EQ(json.at("step"), 30);
    double most = 0;
    for (const Json& step : json.at("total"))
      for (const Json& unit : step) most = std::max(most, std::abs(number(unit)));
    for (std::size_t t = 0; t < steps; ++t) {
      for (std::size_t unit = 0; unit < json.at("total")[t].size(); ++unit) {
        double sum = 0;
        for (const auto& way : json.at("ways"))
          sum += number(json.at("parts").at(way.get<std::string>())[t][unit]);
        EXPECT_NEAR(sum, number(json.at("total")[t][unit]), 1e-6 * most) << exact << t;
      }
    }
    EXPECT_TRUE(json.at("share").at("keep")[31].is_null()) << "after the loss there is no gradient";
    EXPECT_EQ(json.at("lags").size(), 31U);
    EXPECT_NEAR(number(json.at("keep_product")[0]), number(json.at("jacobian")[0]), 1e-9);
    EXPECT_LT(number(json.at("keep_product")[20]), number(json.at("keep_product")[5]));
  }
}

TEST_F(AnalyzeMemory, ACellWithoutAKeepGateIsRefusedWithTheReason) {
  for (const std::string name : {"attention", "survival", "clock", "timescales", "highway"})
    for (const std::string kind : {".json", ".svg"})
      expect_complaint("analyze " + name +
                           " --model " GATESCOPE_SOURCE_DIR
                           "/tests/golden/run/rnn.safetensors --text 'The mill' --out " +
                           at("x" + kind),
                       2, "no gate that keeps its memory");
}

TEST_F(AnalyzeMemory, AMatrixMemoryIsWrittenHeadByHead) {
  train("--cell mlstm --hidden 8 --heads 2 --updates 2 --out " + at("run"));
  const Result result = run("analyze memory --double --unit 6 --step 4 --text 'The mill' --out - --model " +
                            at("run/model.safetensors"));
  ASSERT_EQ(result.code, 0) << result.error;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json.at("head"), 1);
  EXPECT_EQ(json.at("step"), 4);
  ASSERT_EQ(json.at("heads").size(), 2U);
  ASSERT_EQ(json.at("heads")[1].at("matrix").size(), 4U);
  EXPECT_EQ(json.at("heads")[1].at("matrix")[3].size(), 4U);
  EXPECT_GE(number(json.at("heads")[1].at("directions_in_use")), 1);
  ASSERT_EQ(json.at("addresses").size(), 7U);
  for (std::size_t t = 0; t < 7; ++t)
    for (std::size_t s = 0; s < 7; ++s)
      EXPECT_LE(std::abs(number(json.at("addresses")[t][s])), s > t ? 0 : 1);
  expect_complaint("analyze memory --model " GATESCOPE_SOURCE_DIR
                   "/tests/golden/run/lstm.safetensors --text 'The mill' --out " +
                       at("x.json"),
                   2, "keeps no matrix that keys write and queries read");
}

TEST_F(AnalyzeMemory, NamesOneOfSeveralNumbersOfAUnit) {
  train("--cell s6 --hidden 8 --updates 2 --out " + at("run"));
  const Result result =
      run("analyze attention --double --unit 3 --number 7 --text 'The mill' --out - --model " +
          at("run/model.safetensors"));
  ASSERT_EQ(result.code, 0) << result.error;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json.at("number"), 7);
  for (std::size_t t = 0; t < 7; ++t) {
    double sum = number(json.at("initial")[t]);
    for (std::size_t s = 0; s < 7; ++s) sum += number(json.at("alpha")[t][s]) * number(json.at("content")[s]);
    EXPECT_NEAR(sum, number(json.at("memory")[t]), 1e-12);
  }
  expect_complaint("analyze attention --unit 3 --number 16 --text 'The mill' --out " + at("x.json") +
                       " --model " + at("run/model.safetensors"),
                   2, "memory 16 does not exist");
}

}  // namespace
}  // namespace gatescope
