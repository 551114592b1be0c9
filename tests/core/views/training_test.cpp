#include <gtest/gtest.h>

#include <algorithm>
#include <numbers>

#include "core/error.h"
#include "observations.h"

namespace gatescope::views {
namespace {

TEST(Training, CurvesAreTheMetricsInBits) {
  const Example lstm("lstm"), rnn("rnn");
  const std::vector<Observation> observations{lstm.observation, rnn.observation};
  const Figure figure = find_view("training").make(observations, {});
  const auto losses = marks_of<Line>(figure.panels[0]), norms = marks_of<Line>(figure.panels[1]);
  ASSERT_EQ(losses.size(), 4U);
  for (std::size_t k = 0; k < 20; ++k) {
    const train::MetricsRow& row = lstm.observation.metrics[k];
    EXPECT_EQ(losses[0].x[k], static_cast<double>(row.update));
    EXPECT_DOUBLE_EQ(losses[0].y[k], row.loss / std::numbers::ln2);
    EXPECT_EQ(norms[0].y[k], row.norm_before);
    EXPECT_EQ(norms[1].y[k], row.norm_after);
  }
  EXPECT_EQ(losses[1].x, (std::vector<double>{10, 20}));
  EXPECT_DOUBLE_EQ(losses[1].y[1], *lstm.observation.metrics[19].held_out / std::numbers::ln2);
  EXPECT_NE(losses[0].dash, losses[2].dash) << "models are told apart by line style, too";
  EXPECT_EQ(figure.panels[1].y.kind, ScaleKind::log);
  EXPECT_EQ(figure.headlines.size(), 2U);
}

TEST(Training, BeforeTheFirstUpdateIsEmptyNotAnError) {
  Observation observation;
  observation.name = "LSTM";
  const Figure figure = find_view("training").make(std::span(&observation, 1), {});
  EXPECT_EQ(figure.panels[0].empty_text, "no updates yet");
  EXPECT_EQ(figure.headlines[0].value, "–");
}

TEST(Training, WithoutClippingHasOneNormAModel) {
  Example example("gru");
  for (train::MetricsRow& row : example.observation.metrics) row.norm_after = row.norm_before;
  EXPECT_EQ(marks_of<Line>(example.draw("training").panels[1]).size(), 1U);
}

/// Whatever models are called.
TEST(Training, ATrainingThatWasLeftIsKnownByItsFieldNotByAName) {
  const Example lstm("lstm"), rnn("rnn");
  std::vector<Observation> observations{lstm.observation, rnn.observation};
  observations[0].name = "x";
  observations[1].name = "x before";
  const Figure both = find_view("training").make(observations, {});
  EXPECT_EQ(marks_of<Line>(both.panels[0]).size(), 4U);
  EXPECT_EQ(both.headlines.size(), 2U);

  observations.push_back(observations[0]);
  observations.back().left = true;
  const Figure figure = find_view("training").make(observations, {});
  const auto lines = marks_of<Line>(figure.panels[0]);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[4].dash, Dash::dotted);
  EXPECT_EQ(lines[4].name, "x before");
  EXPECT_EQ(figure.headlines.size(), 2U);
  EXPECT_EQ(marks_of<Line>(figure.panels[1]).size(), marks_of<Line>(both.panels[1]).size());
}

}  // namespace
}  // namespace gatescope::views
