#include "core/claim/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/claim/report.h"
#include "core/json/json_reader.h"
#include "tests/error_of.h"

namespace gatescope::claim {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Card small_card(const char* outcome = "holds") {
  json written = json::parse(R"({
    "title": "Small, <really>", "claim": "It learns.", "published": "yes",
    "experiment": {"task": {"kind": "parity", "length": 4, "modulus": 2},
                   "models": [{"name": "A B", "cell": "rnn", "hidden": 4}],
                   "training": {"updates": 2, "bptt": "full"}},
    "vary": {"training.updates": [0, 2]},
    "measures": {"loss, mean": {"kind": "held_out"}},
    "conditions": [
      {"says": "Two of three are below", "where": {"training.updates": 2}, "below": 0.5, "seeds": 2},
      {"says": "|It| falls", "where": {"training.updates": 2}, "over": {"where": {"training.updates": 0}},
       "below": 1, "seeds": 3}],
    "seeds": 3})");
  written["outcome"] = outcome;
  return card_from_json(written, "small", "small.json");
}

std::vector<Result> results_of(const Card& card, const std::vector<std::optional<double>>& values) {
  std::vector<Result> all;
  for (std::size_t k = 0; k < values.size(); ++k)
    all.push_back({.card = card.name,
                   .digest = card.digest,
                   .setting = k / 3,
                   .seed = k % 3 + 1,
                   .seconds = 2,
                   .values = {{"loss, mean", {{"A B", values[k]}}}},
                   .parameters = {{"A B", 7}}});
  return all;
}

TEST(Verdict, CountsTheSeedsThatMeetEachCondition) {
  const Card card = small_card();
  const auto results = results_of(card, {1.0, 1.0, 1.0, 0.4, 0.6, 0.3});
  const Verdict verdict = judge(card, results);
  EXPECT_EQ(verdict.conditions[0].met, 2);
  EXPECT_TRUE(verdict.conditions[0].holds);
  EXPECT_EQ(verdict.conditions[1].met, 3);
  EXPECT_TRUE(verdict.holds);
  EXPECT_TRUE(verdict.as_stated);
  EXPECT_EQ(verdict.seconds, 12);
}

TEST(Verdict, WhatIsNoNumberMeetsNothing) {
  const Card card = small_card();
  const auto results = results_of(card, {1.0, 0.0, 1.0, 0.4, 0.1, std::nullopt});
  const Verdict verdict = judge(card, results);
  EXPECT_EQ(verdict.conditions[0].met, 2);
  EXPECT_EQ(verdict.conditions[1].met, 1) << "a ratio to nothing is none";
  EXPECT_FALSE(verdict.holds);
  EXPECT_FALSE(verdict.as_stated);
  const Card other = small_card("does not hold");
  EXPECT_TRUE(judge(other, results).as_stated);
}

TEST(Verdict, NamesWhatIsMissingAndRefusesAnotherVersion) {
  const Card card = small_card();
  auto results = results_of(card, {1.0, 1.0, 1.0, 0.4, 0.6, 0.3});
  results.erase(results.begin() + 4);
  EXPECT_THAT(error_of([&] { judge(card, results); }), HasSubstr("small, updates 2, seed 2"));
  results = results_of(card, {1.0, 1.0, 1.0, 0.4, 0.6, 0.3});
  results[0].digest = "other";
  EXPECT_THAT(error_of([&] { judge(card, results); }), HasSubstr("another version"));
}

TEST(Verdict, OrderOfTheResultsDoesNotMatter) {
  const Card card = small_card();
  auto results = results_of(card, {1.0, 1.1, 1.2, 0.4, 0.6, 0.3});
  const std::string table_before = table(std::vector{judge(card, results)});
  std::ranges::reverse(results);
  EXPECT_EQ(table(std::vector{judge(card, results)}), table_before);
}

TEST(Verdict, SpreadsAreOfTheNumbersThereAre) {
  EXPECT_EQ(spread_text({1.0, 3.0, 2.0}), "2 (1 to 3)");
  EXPECT_EQ(spread_text({1.0, 1.0}), "1");
  EXPECT_EQ(spread_text({1.0, std::nullopt, 2.0}), "1.5 (1 to 2), none in 1");
  EXPECT_EQ(spread_text({std::nullopt}), "none");
}

TEST(Report, SaysAllOfItInEveryForm) {
  const Card card = small_card();
  const auto results = results_of(card, {1.0, 1.0, 1.0, 0.4, 0.6, 0.3});
  const std::vector<Verdict> verdicts{judge(card, results)};
  EXPECT_THAT(table(verdicts), HasSubstr("0.4 (0.3 to 0.6); below 0.5 in 2 of 3 asked, met in 2"));
  EXPECT_THAT(table(verdicts), HasSubstr("1 of 1 claims came out as their cards state"));
  EXPECT_THAT(csv(verdicts), HasSubstr("small,updates 2,A B,\"loss, mean\",2,0.6\n"));
  EXPECT_THAT(markdown(verdicts),
              HasSubstr("| *small*: holds | Two of three are below | 0.4 (0.3 to 0.6) | 2 of 3 |\n"
                        "|  | \\|It\\| falls |"));
  const json written = to_json(verdicts);
  EXPECT_EQ(written["cards"][0]["conditions"][0]["values"], json::parse("[0.4,0.6,0.3]"));
  EXPECT_EQ(written["cards"][0]["measured"][1]["setting"], json::parse(R"({"training.updates":2})"));
  EXPECT_EQ(written["cards"][0]["holds"], true);
  EXPECT_EQ(written["cards"][0]["measured"][1]["parameters"], 7);
  const plot::Figure drawn = figure(verdicts[0]);
  ASSERT_EQ(drawn.panels.size(), 2u);
  EXPECT_EQ(std::get<plot::Scatter>(drawn.panels[0].marks[0]).x, (std::vector<double>{0.4, 0.6, 0.3}));
}

TEST(Report, SweepsHaveARowASettingMeasureAndModel) {
  Card card = small_card();
  card.conditions.clear();
  const auto results = results_of(card, {1.0, 1.0, 1.0, 0.4, 0.6, 0.3});
  const std::vector<Verdict> verdicts{judge(card, results)};
  EXPECT_THAT(markdown(verdicts),
              HasSubstr("| *small*, updates 2 | loss, mean of A B | 0.4 (0.3 to 0.6) | 3 |\n"));
  EXPECT_EQ(to_json(verdicts)["cards"][0]["holds"], json());
  EXPECT_EQ(figure(verdicts[0]).panels.size(), 1u);
}

}  // namespace
}  // namespace gatescope::claim
