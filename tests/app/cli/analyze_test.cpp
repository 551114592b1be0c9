// `gatescope analyze` as a user runs it.

#include <nlohmann/json.hpp>

#include "core/laboratory/laboratory.h"
#include "program.h"

namespace gatescope {
namespace {

class AnalyzeProgram : public Program {
 protected:
  const std::string folder = GATESCOPE_SOURCE_DIR "/tests/golden/run";
  const std::string model = " --model " + folder + "/lstm.safetensors";
  const std::string text = " --text 'The mill. \"No\"'";
};

TEST_F(AnalyzeProgram, WritesEveryAnalysisInEveryFormat) {
  for (const laboratory::Analysis& analysis : laboratory::all_analyses()) {
    for (const auto& [extension, start] : {std::pair<std::string, std::string>{".json", "{\"schema\":1,"},
                                           {".csv", "panel,mark,series,"},
                                           {".svg", "<?xml"},
                                           {".pdf", "%PDF-1.4"},
                                           {".png", "\x89PNG"}}) {
      const std::string out = at(std::string(analysis.name) + extension);
      const Result result = run("analyze " + std::string(analysis.name) + model + text + " --out " + out);
      ASSERT_EQ(result.code, 0) << result.error;
      EXPECT_EQ(result.out, out + "\n");
      EXPECT_TRUE(read_file(out).starts_with(start)) << out;
    }
  }
}

TEST_F(AnalyzeProgram, ListsWhatThereIs) {
  const Result list = run("analyze --list");
  const auto json = nlohmann::json::parse(run("analyze --list --json").out);
  ASSERT_EQ(json.size(), laboratory::all_analyses().size());
  for (const auto& analysis : json) {
    EXPECT_NE(list.out.find(analysis.at("name").get<std::string>()), std::string::npos);
    EXPECT_NE(list.out.find(analysis.at("sentence").get<std::string>()), std::string::npos);
  }
  EXPECT_EQ(json[0].at("name"), "jacobian");
  EXPECT_EQ(json[0].at("takes"), nlohmann::json({"--step"}));
}

TEST_F(AnalyzeProgram, CountsRulesAndComputesInDouble) {
  const auto of = [&](const std::string& options) {
    const Result result = run("analyze jacobian" + model + text + " --step 5 --out -" + options);
    EXPECT_EQ(result.code, 0) << result.error;
    return nlohmann::json::parse(result.out);
  };
  const auto free = of(""), exact = of(" --double"), open = of(" --double --force f=1 --force i=0");
  EXPECT_EQ(exact.at("lags").size(), 6U);
  EXPECT_NEAR(free.at("frobenius")[4].get<double>() / exact.at("frobenius")[4].get<double>(), 1, 1e-4);
  EXPECT_NE(free.at("frobenius")[4], exact.at("frobenius")[4]);
  // Where c is only kept, its change of one stays one: no direction fades below that, and h follows it.
  EXPECT_GE(open.at("largest")[5].get<double>(), 1);
}

TEST_F(AnalyzeProgram, SaysWhatIsWrong) {
  const std::string out = " --out " + at("x.json");
  expect_complaint("analyze", 2, "which analysis?");
  expect_complaint("analyze jacobian" + text + out, 2, "needs --model FILE");
  expect_complaint("analyze jacobian" + model + out, 2, "needs a text");
  expect_complaint("analyze jacobian" + model + text, 2, "needs --out FILE");
  expect_complaint("analyze nothing" + model + text + out, 2, "there is no analysis 'nothing'");
  expect_complaint("analyze jacobian --step 99" + model + text + out, 2, "step 99 does not exist");
  expect_complaint("analyze jacobian --step 99" + model + text + " --out " + at("x.svg"), 2,
                   "step 99 does not exist");
  expect_complaint("analyze jacobian --unit 1" + model + text + out, 2, "--unit has no effect");
  expect_complaint("analyze jacobian --force q=1" + model + text + out, 2, "q");
  expect_complaint("analyze jacobian" + model + " --text 'Tø' " + out, 1, "--text");
  expect_complaint("analyze jacobian" + model + text + " --out " + at("x.gif"), 2, "should end with .json");
  expect_complaint("analyze jacobian --double" + model + text + " --out " + at("x.svg"), 2, ".json");
  EXPECT_FALSE(std::filesystem::exists(at("x.json")));
}

}  // namespace
}  // namespace gatescope
