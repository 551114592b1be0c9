#include "core/claim/job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/experiment/text.h"
#include "core/json/json_reader.h"
#include "core/train/evaluation.h"
#include "tests/error_of.h"

namespace gatescope::claim {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::filesystem::path kCorpora = GATESCOPE_SOURCE_DIR "/assets/corpora";

Card card_with(const json& measures, const char* experiment = nullptr) {
  const json written{{"claim", "x"},
                     {"experiment", json::parse(experiment ? experiment : R"({
                       "task": {"kind": "temporal_order", "length": 12},
                       "models": [{"name": "LSTM", "hidden": 6}, {"name": "GRU", "cell": "gru", "hidden": 5}],
                       "training": {"updates": 3, "evaluate_every": 1, "batch": 8, "bptt": "full"}})")},
                     {"measures", measures},
                     {"conditions", json::array({{{"says", "x"}, {"above", 0}}})},
                     {"seeds", 2}};
  return card_from_json(written, "test", "test.json");
}

Result result_of(const Card& card, std::uint64_t seed = 1) {
  return *run({&card, 0, seed}, kCorpora);
}

TEST(Job, MeasuresWhatTheTrainingItselfMeasures) {
  const Card card = card_with({{"loss", {{"kind", "held_out"}}}, {"parameters", {{"kind", "parameters"}}}});
  const Result result = result_of(card);
  experiment::Experiment experiment = experiment_of(card, 0, 1);
  const auto task = experiment::open_task(experiment, kCorpora).task;
  experiment::complete(experiment, task->interface());
  train::Run training(experiment, task, 1);
  while (training.trainer().updates() < 3) training.step();
  const double score = *training.history().find("GRU")->rows.back().held_out * task->outcome().factor;
  EXPECT_NEAR(*result.values.at("loss").at("GRU"), score, 1e-9);
  EXPECT_EQ(*result.values.at("parameters").at("LSTM"), result.parameters.at("LSTM"));
  EXPECT_EQ(result_of(card).values, result.values) << "the same seed gives the same numbers";
  EXPECT_NE(result_of(card, 2).values, result.values);
}

TEST(Job, EveryMeasureGivesANumberOrSaysWhyNot) {
  for (const MeasureKind& kind : all_measures()) {
    json measure{{"kind", kind.key}};
    if (kind.lag) measure["lag"] = 4;
    if (kind.below) measure["below"] = 1e9;
    if (kind.role) measure["role"] = "counts brackets";
    const Card card = card_with({{"it", measure}}, R"({"task": {"kind": "temporal_order", "length": 12},
                               "models": [{"name": "LSTM", "hidden": 6}],
                               "training": {"updates": 2, "evaluate_every": 1, "batch": 8, "bptt": "full"}})");
    const std::string why = error_of([&] {
      const auto number = result_of(card).values.at("it").at("LSTM");
      EXPECT_TRUE(number || kind.role) << kind.key;
    });
    const std::set<std::string_view> elsewhere{"after_error", "after_error_told", "skill", "best_lag"};
    EXPECT_EQ(why == "no error", !elsewhere.contains(kind.key)) << kind.key << ": " << why;
    if (elsewhere.contains(kind.key)) EXPECT_THAT(why, HasSubstr("test, seed 1: it: only")) << kind.key;
  }
}

TEST(Job, RulesAndAnotherTaskHoldForTheirMeasureAlone) {
  const Card card = card_with({{"a", {{"kind", "held_out"}}},
                               {"forced", {{"kind", "held_out"}, {"force", {"h=0"}}}},
                               {"longer", {{"kind", "held_out"}, {"task", {{"length", 30}}}}},
                               {"z", {{"kind", "held_out"}}}});
  const Result result = result_of(card);
  for (const char* model : {"LSTM", "GRU"}) {
    EXPECT_EQ(result.values.at("a").at(model), result.values.at("z").at(model));
    EXPECT_NE(result.values.at("a").at(model), result.values.at("forced").at(model));
    EXPECT_NE(result.values.at("a").at(model), result.values.at("longer").at(model));
  }
  const Card wrong = card_with({{"a", {{"kind", "held_out"}, {"task", {{"lenght", 30}}}}}});
  EXPECT_THAT(error_of([&] { result_of(wrong); }), HasSubstr("lenght"));
  EXPECT_THAT(error_of([&] {
                run({&wrong, 0, 1}, kCorpora, [](double) -> bool { throw Error("trained"); });
              }),
              HasSubstr("test, seed 1: a: "))
      << "which is said before it trains";
}

TEST(Job, AThresholdThatIsNeverReachedIsNoNumber) {
  const Card card = card_with({{"never", {{"kind", "updates_to"}, {"below", 1e-9}}},
                               {"at once", {{"kind", "updates_to"}, {"below", 100}}}});
  const Result result = result_of(card);
  EXPECT_EQ(result.values.at("never").at("LSTM"), std::nullopt);
  EXPECT_EQ(result.values.at("at once").at("LSTM"), 1);
}

TEST(Job, GradientsThatAreLeftFollowTheForgetGate) {
  const char* text = R"({"task": {"kind": "text", "text": "tales.txt"},
    "models": [{"name": "closed", "hidden": 8, "init": {"forget_bias": -3}},
               {"name": "open", "hidden": 8, "init": {"forget_bias": 3}}],
    "training": {"updates": 0, "steps": 40, "batch": 4}})";
  const Card card = card_with({{"left", {{"kind", "gradient_left"}, {"lag", 20}, {"channel", "c"}}}}, text);
  const Result result = result_of(card);
  EXPECT_LT(*result.values.at("left").at("closed"), 1e-6);
  EXPECT_GT(*result.values.at("left").at("open"), 1e-2);
  const Card beyond = card_with({{"left", {{"kind", "gradient_left"}, {"lag", 5000}}}}, text);
  EXPECT_THAT(error_of([&] { result_of(beyond); }), HasSubstr("a lag of 5000 is impossible, expected 1 to"));
  const Card unknown = card_with({{"left", {{"kind", "gradient_left"}, {"channel", "q"}}}}, text);
  EXPECT_THAT(error_of([&] { result_of(unknown); }), HasSubstr("expected one of"));
}

TEST(Job, ResultsReadBackTheSame) {
  const Card card = card_with({{"never", {{"kind", "updates_to"}, {"below", 1e-9}}}});
  const Result result = result_of(card);
  const json written = to_json(result);
  EXPECT_EQ(result_from_json(json::parse(written.dump()), "r.json"), result);
  for (const auto& [pointer, value] :
       std::initializer_list<std::pair<const char*, json>>{{"/schema", 2},
                                                           {"/values", 3},
                                                           {"/values/never", 3},
                                                           {"/values/never/LSTM", "x"},
                                                           {"/seed", 0},
                                                           {"/parameters/LSTM", -1},
                                                           {"/more", 1}}) {
    json broken = written;
    broken[json::json_pointer(pointer)] = value;
    EXPECT_THAT(error_of([&] { result_from_json(broken, "r.json"); }), HasSubstr("r.json")) << pointer;
  }
}

TEST(Job, ShardsAreAllJobsOnce) {
  std::vector<Card> cards{card_with({{"a", {{"kind", "held_out"}}}}),
                          card_with({{"b", {{"kind", "accuracy"}}}})};
  cards[1].name = "other";
  set_seeds(cards[1], 5);
  const auto jobs = all_jobs(cards);
  EXPECT_EQ(jobs.size(), 7u);
  for (const int of : {1, 2, 3, 9}) {
    std::multiset<std::string> files;
    for (int part = 1; part <= of; ++part)
      for (const Job& job : shard_of(jobs, part, of)) files.insert(job.file());
    EXPECT_EQ(files.size(), 7u);
    EXPECT_EQ(std::set<std::string>(files.begin(), files.end()).size(), 7u);
  }
}

TEST(Job, IsStoppedOnTheWay) {
  const Card card = card_with({{"a", {{"kind", "held_out"}}}});
  int asked = 0;
  EXPECT_EQ(run({&card, 0, 1}, kCorpora, [&](double) { return ++asked < 2; }), std::nullopt);
  EXPECT_EQ(asked, 2);
}

TEST(Job, ATrainingThatBecomesNoNumberSaysSo) {
  const Card card = card_with({{"a", {{"kind", "held_out"}}}}, R"({"task": {"kind": "adding", "length": 12},
    "models": [{"name": "RNN", "cell": "rnn", "hidden": 6, "init": {"gain": 50}}],
    "training": {"updates": 60, "batch": 8, "clip_norm": 0, "bptt": "full",
                 "optimizer": {"rule": "sgd", "rate": 1000}}})");
  const Result result = result_of(card);
  EXPECT_THAT(result.trouble, HasSubstr("of RNN became no number at update"));
  EXPECT_EQ(result_from_json(json::parse(to_json(result).dump()), "r.json"), result);
}

}  // namespace
}  // namespace gatescope::claim
