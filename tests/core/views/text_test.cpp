#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/analysis/saliency.h"
#include "core/error.h"
#include "observations.h"

namespace gatescope::views {
namespace {

class TextView : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, TextView, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(TextView, IsColouredByTheTapesValuesOfOneUnitOfAnyChannel) {
  const Example example(GetParam());
  const auto& tape = example.text.trace.tapes[0];
  for (int k = 0; k < static_cast<int>(tape.info().channels.size()); ++k) {
    const std::string symbol(tape.info().channels[k].symbol);
    if (!tape.info().counts_units(k)) {
      EXPECT_THROW(example.draw("text", {.channel = symbol, .unit = 4}), Error);
      continue;
    }
    const Figure figure = example.draw("text", {.channel = symbol, .unit = 4});
    const TextStrip strip = marks_of<TextStrip>(figure.panels[0])[0];
    ASSERT_EQ(strip.values.size(), 12U);
    for (Index t = 0; t < 12; ++t) {
      EXPECT_EQ(strip.values[t], tape.values(k)(4, t));
      EXPECT_EQ(strip.characters[t], example.observation.alphabet.inputs[example.text.tokens[t]]);
    }
  }
}

TEST_P(TextView, IsColouredByTheTracesLossInBits) {
  const Example example(GetParam());
  const Figure figure = example.draw("text", {.channel = "loss"});
  const TextStrip strip = marks_of<TextStrip>(figure.panels[0])[0];
  double sum = 0;
  for (Index t = 0; t < 12; ++t) {
    EXPECT_EQ(strip.values[t], example.text.trace.loss[t] / std::numbers::ln2);
    sum += strip.values[t];
  }
  EXPECT_NEAR(std::stod(figure.headlines[0].value), sum / 12, 0.006);
  EXPECT_EQ(figure.headlines[0].label, "bits per character");
}

TEST(TextUnderARule, IsShownNaturalTooAndForcedStepsAreMarked) {
  const Example example("lstm", {.rules = {"f@3-4=0"}});
  const Figure figure = example.draw("text", {.channel = "c", .unit = 0});
  ASSERT_EQ(figure.panels.size(), 2U);
  for (Index t = 0; t < 12; ++t) {
    const auto at = static_cast<std::size_t>(t);
    EXPECT_EQ(marks_of<TextStrip>(figure.panels[0])[0].values[at],
              example.text.trace.tapes[0].values(4)(0, t));
    EXPECT_EQ(marks_of<TextStrip>(figure.panels[1])[0].values[at],
              example.natural.trace.tapes[0].values(4)(0, t));
  }
  EXPECT_TRUE(marks_of<Spans>(figure.panels[0]).empty()) << "c itself is not forced";
  const Figure gate = example.draw("text", {.channel = "f", .unit = 0});
  EXPECT_EQ(marks_of<Spans>(gate.panels[0])[0].intervals, (std::vector{std::pair{2.5, 4.5}}));
  EXPECT_TRUE(marks_of<Spans>(gate.panels[1]).empty());
}

TEST(TextOfAFrame, HasNoColourBeyondIt) {
  const Example example("gru");
  const TextStrip strip = marks_of<TextStrip>(example.draw("text", {.frame = 4}).panels[0])[0];
  EXPECT_EQ(strip.values.size(), 5U);
  EXPECT_EQ(strip.characters.size(), 12U);
}

}  // namespace
}  // namespace gatescope::views
