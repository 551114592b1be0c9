// `gatescope analyze` as a user runs it.

#include <cmath>
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
    if (analysis.of_moments) continue;
    // An LSTM has no matrix and is written one way.
    const bool others = analysis.name == "memory" || analysis.name == "conventions";
    const std::string read =
        others ? std::string(" --model ") + GATESCOPE_SOURCE_DIR "/tests/golden/matrix/mlstm.safetensors"
               : model;
    for (const auto& [extension, start] : {std::pair<std::string, std::string>{".json", "{\"schema\":1,"},
                                           {".csv", "panel,mark,series,"},
                                           {".svg", "<?xml"},
                                           {".pdf", "%PDF-1.4"},
                                           {".png", "\x89PNG"}}) {
      const std::string out = at(std::string(analysis.name) + extension);
      const Result result = run("analyze " + std::string(analysis.name) + read + text + " --out " + out);
      ASSERT_EQ(result.code, 0) << result.error;
      EXPECT_EQ(result.out, out + "\n");
      EXPECT_TRUE(read_file(out).starts_with(start)) << out;
    }
  }
}

TEST_F(AnalyzeProgram, MeasuresTheReachOverHeldOutSequencesOfWhatTheModelLearnt) {
  train(
      "--text brackets.txt --cell lstm --hidden 4 --batch 4 --steps 8 --updates 3 --evaluate-every 0 --out " +
      at("text"));
  write_file(at("order.json"), R"({"task": {"kind": "temporal_order", "length": 20},
      "models": [{"name": "lstm", "cell": "lstm", "hidden": 4}], "training": {"updates": 3, "evaluate_every": 0}})");
  train(at("order.json") + " --out " + at("order"));
  for (const bool of_text : {true, false}) {
    const std::string trained = at(of_text ? "text" : "order"),
                      mine = " --model " + trained + "/model.safetensors";
    const Result result = run("analyze reach" + mine + " --held-out 5 --force f=0.9 --double --out -");
    ASSERT_EQ(result.code, 0) << result.error;
    const auto json = nlohmann::json::parse(result.out);
    EXPECT_EQ(json.at("held_out"), 5);
    ASSERT_EQ(json.at("sequences").size(), 5U);
    const int steps = of_text ? 128 : 20;
    for (const auto& each : json.at("sequences")) {
      EXPECT_EQ(each.at("steps"), steps);
      EXPECT_EQ(each.at("positions").back(), steps - 1);
      EXPECT_EQ(each.at("loss_positions").size(), of_text ? each.at("positions").size() : 1U);
    }
    EXPECT_EQ(json.at("state").at("median")[0], std::sqrt(8.0)) << "of the identity";
    EXPECT_NE(json.at("state").at("median")[3], json.at("natural").at("state").at("median")[3]);
    EXPECT_EQ(json.at("natural").at("tail").size(), 5U);
    // A figure of it carries the sequences: it is made again without the corpus.
    const std::string figure = at("reach.svg"), again = at("again.svg");
    ASSERT_EQ(run("figure reach" + mine + " --held-out 3 --out " + figure).code, 0);
    EXPECT_NE(read_file(figure).find("held_out"), std::string::npos);
    ASSERT_EQ(run("figure --from " + figure + " --out " + again).code, 0);
    EXPECT_EQ(read_file(figure), read_file(again));
    // Where nobody says a text, a run's reach is over its held-out sequences.
    ASSERT_EQ(run("figure reach --run " + trained + " --out " + figure).code, 0);
    EXPECT_NE(read_file(figure).find("held_out"), std::string::npos);
  }
  const auto of_text = nlohmann::json::parse(run("analyze reach" + model + text + " --out -").out);
  EXPECT_EQ(of_text.at("held_out"), 0) << "what a text says is of that text";
  EXPECT_FALSE(of_text.contains("sequences"));
  expect_complaint("analyze reach" + model + " --out -", 2, "--held-out");
  expect_complaint("analyze fan" + model + text + " --held-out 3 --out -", 2, "--held-out has no effect");
  expect_complaint("figure gates" + model + text + " --held-out 3 --out " + at("a.svg"), 2,
                   "--held-out has no effect on the view gates, but on reach");
}

TEST_F(AnalyzeProgram, SaysOfEveryAnalysisWhatATwoDirectionModelHas) {
  const std::string two = at("two"), read = " --text \"(ab[cd]e)a{b}(c[d]e)\"";
  ASSERT_EQ(
      run("train --text brackets.txt --cell lstm --bidirectional --layers 2 --hidden 4 --batch 4 --steps 8 "
          "--updates 3 --evaluate-every 0 --out " +
          two)
          .code,
      0);
  for (const laboratory::Analysis& analysis : laboratory::all_analyses()) {
    const std::string name(analysis.name),
        mine = "analyze " + name + " --model " + two + "/model.safetensors" + read;
    if (analysis.of_moments || analysis.name == "memory" || analysis.name == "conventions") continue;
    if (!analysis.takes.direction) {
      const Result refused = run(mine + " --out " + at("no.json"));
      EXPECT_EQ(refused.code, 2) << name;
      EXPECT_NE(refused.error.find("it reads in both directions"), std::string::npos) << refused.error;
      expect_complaint(mine + " --backward --out -", 2, "--backward has no effect");
      continue;
    }
    const Result forward = run(mine + " --out -"), backward = run(mine + " --backward --out -");
    ASSERT_EQ(backward.code, 0) << backward.error;
    EXPECT_EQ(nlohmann::json::parse(backward.out).at("direction"), "backward");
    EXPECT_NE(forward.out, backward.out);
    for (const char* end : {".svg", ".csv"}) {
      const Result picture = run(mine + " --backward --out " + at(name + end));
      EXPECT_EQ(picture.code, 0) << picture.error;
    }
  }
  expect_complaint("analyze survival" + model + text + " --backward --out -", 2, "in one direction only");
}

TEST_F(AnalyzeProgram, SaysWhereTheMomentsOfATrainingAre) {
  const Result result = run("analyze over_training --model " + folder + text + " --out " + at("o.json"));
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(
      result.error.find("there is no over_training here: it is of the moments of a training, which a "
                        "window keeps while it trains (its tab Lab); a file or a run's folder holds one"),
      std::string::npos)
      << result.error;
}

TEST_F(AnalyzeProgram, WritesTheGainMapWithTheModelsOwnJacobians) {
  const auto of = [&](const std::string& what) {
    const Result result = run("analyze " + what + model + text + " --double --out -");
    EXPECT_EQ(result.code, 0) << result.error;
    return nlohmann::json::parse(result.out);
  };
  const auto map = of("gain_map"), jacobian = of("jacobian");  // both of the last step
  EXPECT_EQ(map.at("lever"), "keep_bias");
  EXPECT_EQ(map.at("settings").front(), -2);
  EXPECT_EQ(map.at("settings").back(), 6);
  ASSERT_EQ(map.at("left").size(), map.at("settings").size());
  // A keep gate that is all but open keeps more, whatever the lag.
  for (std::size_t lag = 1; lag < map.at("lags").size(); ++lag)
    EXPECT_GT(map.at("left").back()[lag], map.at("left").front()[lag]) << lag;
  EXPECT_EQ(map.at("positions").back(), jacobian.at("step"));
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

TEST_F(AnalyzeProgram, WritesTheTriangleAsItsSchemaSaysComputedAndMeasured) {
  const auto of = [&](const std::string& options) {
    const Result result = run("analyze triangle" + model + text + " --out -" + options);
    EXPECT_EQ(result.code, 0) << result.error;
    return nlohmann::json::parse(result.out);
  };
  const auto trace = [&] {
    const Result result = run("trace --double" + model + text + " --out " + at("trace.json"));
    EXPECT_EQ(result.code, 0) << result.error;
    return nlohmann::json::parse(read_file(at("trace.json")));
  }();
  const std::size_t steps = trace.at("loss").size();
  for (const std::string rule : {"", " --force f@3-5=0 --force o~=*1+0.5"}) {
    const auto json = of(" --double" + rule);
    ASSERT_EQ(json.size(), 3U);
    EXPECT_EQ(json.at("schema"), 1);
    ASSERT_EQ(json.at("loss_to_hidden").size(), steps);
    ASSERT_EQ(json.at("measured").size(), steps);
    for (std::size_t s = 0; s < steps; ++s) {
      ASSERT_EQ(json.at("measured")[s].size(), steps);
      for (std::size_t t = 0; t < steps; ++t) {
        const double computed = json.at("loss_to_hidden")[s][t], measured = json.at("measured")[s][t];
        EXPECT_NEAR(computed, measured, 1e-6 * computed + 1e-8) << s << " " << t;
        EXPECT_EQ(computed == 0, t > s) << s << " " << t;
      }
    }
  }
  // The last loss has one row, and its column of the last step is that row's end: dL/dh of the trace there.
  const auto json = of(" --double");
  const auto& last = trace.at("layers")[0].at("gradients").at("h").back();
  double squares = 0;
  for (const double v : last) squares += v * v;
  EXPECT_NEAR(json.at("loss_to_hidden").back().back().get<double>(), std::sqrt(squares), 1e-12);
}

TEST_F(AnalyzeProgram, WritesWhichStepTaughtItWholeAndCut) {
  const auto of = [&](const std::string& options) {
    const Result result = run("analyze taught" + model + text + " --double --out -" + options);
    EXPECT_EQ(result.code, 0) << result.error;
    return nlohmann::json::parse(result.out);
  };
  const auto whole = of(" --truncate 0"), cut = of(" --truncate 5");
  EXPECT_FALSE(whole.contains("cosine"));
  EXPECT_EQ(cut.at("borders"), nlohmann::json({5, 10}));
  ASSERT_EQ(cut.at("terms").size(), 8U);
  for (std::size_t k = 0; k < 8; ++k) {
    EXPECT_EQ(cut.at("terms")[k].at("norm"), whole.at("terms")[k].at("norm"));
    EXPECT_NE(cut.at("terms")[k].at("truncated"), cut.at("terms")[k].at("norm"));
  }
  EXPECT_EQ(cut.at("terms")[0].at("weights"), "input");
  EXPECT_EQ(cut.at("terms")[7].at("weights"), "recurrent");
}

TEST_F(AnalyzeProgram, WhatItSaysOfInterventionsAndReplacementsIsWhatTracesSay) {
  const auto of = [&](const std::string& name) {
    const Result result = run("analyze " + name + model + text + " --double --step 9 --out -");
    EXPECT_EQ(result.code, 0) << result.error;
    return nlohmann::json::parse(result.out);
  };
  const auto loss = [&](const std::string& options) {
    const Result result = run("trace --double" + model + options + " --out " + at("trace.json"));
    EXPECT_EQ(result.code, 0) << result.error;
    return nlohmann::json::parse(read_file(at("trace.json"))).at("loss")[9].get<double>();
  };
  const double free = loss(text);
  const auto map = of("interventions");
  EXPECT_NEAR(map.at("log_probability").get<double>(), -free, 1e-12);
  ASSERT_EQ(map.at("gates"), nlohmann::json({"i", "f", "o"}));
  for (const int t : {0, 4, 9}) {
    const std::string step = "@" + std::to_string(t);
    EXPECT_NEAR(map.at("closed")[1][t].get<double>(), free - loss(text + " --force f" + step + "=0"), 1e-12);
    EXPECT_NEAR(map.at("opened")[2][t].get<double>(), free - loss(text + " --force o" + step + "=1"), 1e-12);
  }
  const auto saliency = of("saliency");
  EXPECT_EQ(saliency.at("step"), 9);
  const std::string other = saliency.at("strongest")[4];
  EXPECT_NEAR(saliency.at("strongest_change")[4].get<double>(),
              loss(" --text 'The " + other + "ill. \"No\"'") - free, 1e-12)
      << other;
}

TEST_F(AnalyzeProgram, WhatDiagnosesSayOfARuleIsWhatTracesSay) {
  const Result result = run("analyze diagnoses" + model + text + " --double --step 9 --out -");
  ASSERT_EQ(result.code, 0) << result.error;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json.at("schema"), 1);
  EXPECT_EQ(json.at("step"), 9);
  EXPECT_EQ(json.at("diagnoses").size() + json.at("without").size(), 9U);
  const auto mean_bits = [&](const std::string& forced) {
    const Result traced = run("trace --double" + model + text + forced + " --out " + at("trace.json"));
    EXPECT_EQ(traced.code, 0) << traced.error;
    const auto losses =
        nlohmann::json::parse(read_file(at("trace.json"))).at("loss").get<std::vector<double>>();
    double sum = 0;
    for (const double loss : losses) sum += loss;
    return sum / static_cast<double>(losses.size()) / std::log(2.0);
  };
  for (const auto& one : json.at("diagnoses")) {
    const auto& change = one.at("counterfactual");
    if (change.at("measure") != "mean loss (bits)") continue;
    std::string forced, written = change.at("rule");
    for (std::size_t end = 0; end != std::string::npos;
         written = written.substr(end == std::string::npos ? 0 : end + 2))
      end = written.find(", "), forced += " --force '" + written.substr(0, end) + "'";
    EXPECT_NEAR(change.at("before").get<double>(), mean_bits(""), 1e-11) << one;
    EXPECT_NEAR(change.at("after").get<double>(), mean_bits(forced), 1e-11) << one;
  }
  for (const auto& one : json.at("without")) EXPECT_FALSE(one.at("why").get<std::string>().empty());
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
  expect_complaint("analyze triangle --step 3" + model + text + out, 2, "--step has no effect");
  expect_complaint("analyze diagnoses --unit 1" + model + text + out, 2, "--unit has no effect");
  expect_complaint("analyze diagnoses --step 99" + model + text + out, 2, "step 99 does not exist");
  expect_complaint("analyze interventions --layer 1" + model + text + out, 2, "layer 1 does not exist");
  expect_complaint("analyze triangle --truncate 3" + model + text + out, 2, "--truncate has no effect");
  EXPECT_FALSE(std::filesystem::exists(at("x.json")));
}

}  // namespace
}  // namespace gatescope
