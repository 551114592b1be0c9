#include "core/analysis/saturation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/analysis/keeps.h"
#include "core/error.h"
#include "core/views/parts.h"
#include "observations.h"

namespace gatescope::views {
namespace {

/// Of all numbers of every unit, without the first step where it sets the gate.
analysis::Saturation shares_of(const Tape& tape, int k) {
  const auto values = tape.values(k);
  const Index first = analysis::is_set_at_first(tape.info(), k) ? 1 : 0;
  const gatescope::Matrix<float> counted = values.rightCols(values.cols() - first);
  return analysis::saturation({counted.data(), counted.rows(), counted.cols()}, tape.hidden());
}

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
    const auto shares = shares_of(tape, static_cast<int>(k));
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
  const auto wanted = analysis::saturation(example.text.trace.tapes[0].raw_values(1), 6);
  EXPECT_EQ(points[1].x, (std::vector{wanted.right[1], wanted.right[3]})) << "before forcing";
  const auto natural = analysis::saturation(example.natural.trace.tapes[0].values(1), 6);
  EXPECT_EQ(points[0].x, (std::vector{natural.right[1], natural.right[3]}));
}

// Of a unit with several keep gates every one counts, in the headline as well.
TEST(SaturationView, CountsAllKeepGatesOfAUnit) {
  for (const std::string cell : {"s6", "gla", "rwkv6"}) {
    const Example example(cell, {.hidden = 8});
    const Tape& tape = example.text.trace.tapes[0];
    const auto values = tape.values(tape.info().keep_gate());
    const double open = (values.array() > 0.9F).cast<double>().mean(),
                 first = (values.topRows(8).array() > 0.9F).cast<double>().mean();
    const Figure figure = example.draw("saturation");
    EXPECT_EQ(figure.headlines[0].value, percent(open)) << cell;
    if (percent(open) != percent(first)) {
      EXPECT_NE(figure.headlines[0].value, percent(first));
    }
    EXPECT_TRUE(figure.panels[0].title.ends_with("Kₜ")) << figure.panels[0].title;
    EXPECT_NE(figure.caption.find("All numbers of a unit count in Kₜ."), std::string::npos);
  }
}

TEST(SaturationView, LeavesOutTheFirstStepOfAWriteGateThatANormaliserSets) {
  for (const auto& [cell, gate] : {std::pair{"mlstm", "g"}, {"slstm", "w"}, {"rwkv4", "w"}, {"rwkv4", "p"}}) {
    const Example example(cell, {.rules = {std::string(gate) + "@1-=0.5"}});
    const Figure figure = example.draw("saturation", {.channel = gate});
    const Scatter points = marks_of<Scatter>(figure.panels[0]).back();
    for (const double share : points.x) EXPECT_EQ(share, 0) << cell;
    EXPECT_NE(figure.caption.find("The first step does not count"), std::string::npos) << figure.caption;
  }
}

}  // namespace
}  // namespace gatescope::views
