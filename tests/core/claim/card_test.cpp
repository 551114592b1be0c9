#include "core/claim/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/files.h"
#include "core/json/json_reader.h"
#include "tests/error_of.h"
#include "tests/temporary_folder.h"

namespace gatescope::claim {
namespace {

using nlohmann::json;
using testing::ElementsAre, testing::HasSubstr;

json card() {
  return json::parse(R"({
    "title": "A latch", "claim": "It latches.", "by": "bengio1994", "published": "none",
    "experiment": {"task": {"kind": "latch", "length": 10},
                   "models": [{"name": "RNN", "cell": "rnn", "hidden": 4}, {"name": "LSTM", "hidden": 4}],
                   "training": {"updates": 2, "bptt": "full"}},
    "vary": {"models.0.hidden": [4, 8], "task.length": [10, 20]},
    "measures": {"loss": {"kind": "held_out"}, "left": {"kind": "gradient_left", "lag": 5}},
    "conditions": [
      {"says": "Less", "measure": "loss", "model": "RNN", "where": {"task.length": 10, "models.0.hidden": 8},
       "over": {"where": {"task.length": 20}}, "below": 0.5, "seeds": 2},
      {"says": "Some", "measure": "left", "model": "LSTM", "where": {"task.length": 20, "models.0.hidden": 4},
       "above": 0.1}],
    "seeds": 3, "minutes": 0.5})");
}

Card read(const json& written) {
  return card_from_json(written, "latch", "latch.json");
}

TEST(Card, ReadsWhatIsClaimedMeasuredAndAsked) {
  const Card latch = read(card());
  EXPECT_EQ(latch.name, "latch");
  ASSERT_EQ(latch.settings.size(), 4u);
  EXPECT_EQ(latch.label(1), "hidden 4, length 20");
  EXPECT_EQ(experiment_of(latch, 3, 7).models[0].hidden, 8);
  EXPECT_EQ(experiment_of(latch, 3, 7).task.length, 20);
  EXPECT_EQ(experiment_of(latch, 3, 7).seed, 7u);
  ASSERT_EQ(latch.conditions.size(), 2u);
  EXPECT_EQ(latch.conditions[0].of, (Quantity{"loss", "RNN", 2}));
  EXPECT_EQ(latch.conditions[0].over, (Quantity{"loss", "RNN", 3})) << "what it does not say is as before";
  EXPECT_EQ(latch.conditions[1].of, (Quantity{"left", "LSTM", 1}));
  EXPECT_EQ(latch.conditions[1].seeds, 3) << "all where nothing is said";
  EXPECT_EQ(latch.digest.size(), 64u);
}

TEST(Card, DigestTellsWhatIsMeasuredAndNothingElse) {
  const std::string before = read(card()).digest;
  json other = card();
  other["title"] = "Another";
  other["seeds"] = 5;
  other["conditions"][1]["above"] = 0.2;
  EXPECT_EQ(read(other).digest, before);
  other["measures"]["left"]["lag"] = 6;
  EXPECT_NE(read(other).digest, before);
}

TEST(Card, MistakesNameTheirPlaceAndWhatWouldBeRight) {
  const auto fault = [](const char* pointer, const json& value) {
    json written = card();
    written[json::json_pointer(pointer)] = value;
    return error_of([&] { read(written); });
  };
  EXPECT_THAT(fault("/titel", "x"), HasSubstr("title"));
  EXPECT_THAT(fault("/measures/loss/kind", "lss"), HasSubstr("/measures/loss/kind"));
  EXPECT_THAT(fault("/measures/loss/lag", 3), HasSubstr("/measures/loss"));
  EXPECT_THAT(fault("/conditions/0/measure", "gain"), HasSubstr("/conditions/0/measure"));
  EXPECT_THAT(fault("/conditions/0/model", "GRU"), HasSubstr("one of RNN, LSTM"));
  EXPECT_THAT(fault("/conditions/0/where", json{{"task.length", 11}, {"models.0.hidden", 8}}),
              HasSubstr("[10,20]"));
  EXPECT_THAT(fault("/conditions/0/where", json{{"task.length", 10}}), HasSubstr("models.0.hidden"));
  EXPECT_THAT(fault("/conditions/0/seeds", 4), HasSubstr("/conditions/0/seeds"));
  EXPECT_THAT(fault("/conditions/1/above", nullptr), HasSubstr("bound"));
  EXPECT_THAT(fault("/vary/seed", json{1, 2}), HasSubstr("seeds"));
  EXPECT_THAT(fault("/vary/task.length", json::array()), HasSubstr("/vary/task.length"));
  EXPECT_THAT(fault("/vary", json{{"models.0.hiden", {4}}}), HasSubstr("hiden"));
  EXPECT_THAT(fault("/vary", json{{"models.0.hidden", {0}}}), HasSubstr("/models/0/hidden"));
  EXPECT_THAT(fault("/vary", json{{"models.x", {0}}}), HasSubstr("models.x"));
  EXPECT_THAT(fault("/vary", json{{"models.0.name", {"A", "B"}}}), HasSubstr("names"));
  EXPECT_THAT(fault("/experiment/task/kind", "lach"), HasSubstr("/task/kind"));
  EXPECT_THAT(fault("/outcome", "maybe"), HasSubstr("does not hold"));
}

TEST(Card, AskForTheSameShareOfOtherSeeds) {
  Card latch = read(card());
  set_seeds(latch, 10);
  EXPECT_EQ(latch.conditions[0].seeds, 7) << "2 of 3, rounded up";
  EXPECT_EQ(latch.conditions[1].seeds, 10);
  set_seeds(latch, 1);
  EXPECT_EQ(latch.conditions[0].seeds, 1);
}

TEST(Card, PresetsAreVariedAsTheCommandLineSays) {
  Card preset = read(card()["experiment"]);
  EXPECT_TRUE(preset.conditions.empty());
  vary(preset, {"models.0.hidden=4,6", "seed=1..2", "models.0.cell=gru"});
  EXPECT_EQ(preset.seeds, 2);
  ASSERT_EQ(preset.settings.size(), 2u);
  EXPECT_EQ(preset.label(1), "hidden 6, cell gru");
  EXPECT_EQ(experiment_of(preset, 1, 1).models[0].cell, "gru");
  EXPECT_THAT(error_of([&] { vary(preset, {"models.0.hidden"}); }), HasSubstr("models.0.hidden=32,64"));
  EXPECT_THAT(error_of([&] { vary(preset, {"seed=2..4"}); }), HasSubstr("1..20"));
  EXPECT_THAT(error_of([&] { vary(preset, {"task.length=5..3"}); }), HasSubstr("range"));
  EXPECT_THAT(error_of([&] { vary(preset, {"task.lenght=5"}); }), HasSubstr("lenght"));
  EXPECT_THAT(error_of([&] { vary(preset, {"models.7.hidden=5"}); }), HasSubstr("\"7\" is none of the 2"));
  EXPECT_THAT(error_of([&] { vary(preset, {"models.-.hidden=5"}); }), HasSubstr("\"-\" is none of the 2"));
  EXPECT_THAT(error_of([&] { vary(preset, {"task.kind.x=5"}); }), HasSubstr("task.kind.x"));
  EXPECT_THAT(error_of([&] { vary(preset, {"models..hidden=5"}); }), HasSubstr("models..hidden"));
  EXPECT_THAT(error_of([&] { vary(preset, {"models.0.name=\xff"}); }), HasSubstr("UTF-8"));
  EXPECT_THAT(error_of([&] { vary(preset, {"task.length=-9223372036854775808..9223372036854775807"}); }),
              HasSubstr("range"));
  EXPECT_THAT(error_of([&] {
                vary(preset, {"models.0.hidden=1..999", "task.length=2..9"});
              }),
              HasSubstr("too many"));
  Card claim = read(card());
  EXPECT_THAT(error_of([&] { vary(claim, {"task.length=5"}); }), HasSubstr("presets can be varied"));
}

TEST(Card, OfOneVariationOfSeedsTheLastCounts) {
  Card latch = read(card());
  vary(latch, {"seed=1..10", "seed=1..20"});
  EXPECT_EQ(latch.seeds, 20);
  EXPECT_EQ(latch.conditions[0].seeds, 14) << "2 of 3, rounded up once";
  const Card before = latch;
  vary(latch, {});
  EXPECT_EQ(latch.digest, before.digest);
}

TEST(Card, DataAreSeenFromItsFile) {
  const TemporaryFolder folder;
  json written = card();
  written["experiment"]["task"] = {{"kind", "text"}, {"text", "own.txt"}};
  written["experiment"]["training"] = {{"updates", 1}};
  written["vary"] = {{"models.0.hidden", {4, 8}}};
  written["conditions"] =
      json::array({{{"says", "Some"}, {"where", {{"models.0.hidden", 4}}}, {"above", 0}}});
  write_file(folder.path() / "own.json", written.dump());
  const Card own = load_card(folder.path() / "own.json");
  EXPECT_EQ(experiment_of(own, 1, 1).task.beside, folder.path().native());
}

TEST(Card, EveryClaimThatComesAlongCanBeReadAndCitesWhatThereIs) {
  const std::string references = read_file(GATESCOPE_SOURCE_DIR "/assets/references.bib");
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(GATESCOPE_SOURCE_DIR "/presets/claims")) {
    const Card claim = load_card(entry.path());
    ++count;
    EXPECT_FALSE(claim.title.empty()) << claim.name;
    EXPECT_FALSE(claim.claim.empty()) << claim.name;
    EXPECT_FALSE(claim.published.empty()) << claim.name;
    EXPECT_LE(claim.minutes, 3) << claim.name;
    if (claim.by != "teaching pages")
      EXPECT_NE(references.find("{" + claim.by + ","), std::string::npos) << claim.name << " " << claim.by;
  }
  EXPECT_GT(count, 10);
}

}  // namespace
}  // namespace gatescope::claim
