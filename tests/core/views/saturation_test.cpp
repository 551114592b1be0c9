#include "core/analysis/saturation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.h"
#include "core/views/parts.h"
#include "observations.h"

namespace gatescope::views {
namespace {

class SaturationView : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, SaturationView, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(SaturationView, HasAPointAUnitForEveryGate) {
  const Example example(GetParam());
  const auto& tape = example.text.trace.tapes[0];
  const nn::CellInfo& cell = tape.info();
  const Figure figure = example.draw("saturation");
  std::size_t gates = 0;
  for (std::size_t k = 0; k < cell.channels.size(); ++k) {
    const nn::Channel& channel = cell.channels[k];
    if (channel.role != nn::Role::gate) continue;
    ++gates;
    const auto panel = std::find_if(figure.panels.begin(), figure.panels.end(),
                                    [&](const Panel& p) { return p.title.starts_with(channel.name); });
    ASSERT_NE(panel, figure.panels.end());
    const auto shares = analysis::saturation(*UnitRows(tape, tape.values(static_cast<int>(k))));
    const Scatter points = marks_of<Scatter>(*panel)[0];
    EXPECT_EQ(points.x, shares.right);
    EXPECT_EQ(points.y, shares.left);
  }
  EXPECT_EQ(figure.panels.size(), std::max<std::size_t>(gates, 1)) << "without gates the hidden state";
}

TEST(SaturationUnderARule, ShowsItsNaturalItsWantedAndItsForcedShares) {
  const Example example("lstm", {.rules = {"f=1"}});
  const auto points =
      marks_of<Scatter>(example.draw("saturation", {.channel = "f", .units = {1, 3}}).panels[0]);
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[2].ink.role, InkRole::forced);
  EXPECT_EQ(points[2].x, (std::vector<double>{1, 1}));
  const auto wanted = analysis::saturation(example.text.trace.tapes[0].raw_values(1));
  EXPECT_EQ(points[1].x, (std::vector{wanted.right[1], wanted.right[3]})) << "before forcing";
  const auto natural = analysis::saturation(example.natural.trace.tapes[0].values(1));
  EXPECT_EQ(points[0].x, (std::vector{natural.right[1], natural.right[3]}));
}

}  // namespace
}  // namespace gatescope::views
