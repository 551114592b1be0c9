#include "core/analysis/unit_order.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/analysis/gated_memory.h"
#include "core/analysis/keeps.h"
#include "core/analysis/kept.h"
#include "core/error.h"
#include "tests/core/views/observations.h"

namespace gatescope::analysis {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

TEST(UnitOrders, BeginWithTheGreatestAndEndWithWhatIsNotFinite) {
  EXPECT_EQ(greatest_first({1, kNoNumber, 3, 1, INFINITY}).units, (std::vector{4, 2, 0, 3, 1}));
}

TEST(TimeConstants, AreThoseOfAMemoryThatDecaysByTheGate) {
  // Unit 0 keeps e^(-1/10) of its memory at every step, unit 1 everything, unit 2 nothing finite.
  const float tenth = std::exp(-0.1f), nan = std::numeric_limits<float>::quiet_NaN();
  // The first step is left out: nothing is there before it.
  const std::vector<float> keep{0, 0, 1, tenth, 1, nan, tenth, 1, nan};
  const auto constants = time_constants({keep.data(), 3, 3}, 3, false, false);
  EXPECT_NEAR(constants[0], 10, 1e-4);
  EXPECT_TRUE(std::isinf(constants[1]) && constants[1] > 0);
  EXPECT_TRUE(std::isnan(constants[2]));
  const std::vector<float> update{1 - tenth, 1 - tenth, 1};
  EXPECT_NEAR(time_constants({update.data(), 1, 3}, 1, true, true)[0], 10, 1e-4);
  // Two numbers of one unit.
  const std::vector<float> both{1, 1, tenth * tenth, 1};
  EXPECT_NEAR(time_constants({both.data(), 2, 2}, 1, false, false)[0], 10, 1e-4);
}

TEST(Influences, AreTheSpreadTimesTheLengthOfTheReadOutColumn) {
  const views::Example example("lstm");
  const auto hidden = example.text.trace.tapes[0].values(example.network.cell().output);
  const auto moved = influences(example.network, hidden, 0);
  const auto& head = *example.network.table().find("head.weight");
  for (Index u = 0; u < hidden.rows(); ++u) {
    const double mean = hidden.row(u).cast<double>().mean();
    const double spread = std::sqrt((hidden.row(u).cast<double>().array() - mean).square().mean());
    double square = 0;
    for (Index k = 0; k < head.rows; ++k)
      square += std::pow(double(example.network.parameters()[head.offset + u * head.rows + k]), 2);
    EXPECT_NEAR(moved[u], spread * std::sqrt(square), 1e-6);
  }
}

TEST(UnitOrder, StaysInItsPlaceWhileSomethingIsForced) {
  const views::Example free("lstm"), forced("lstm", {.rules = {"f[0-2]@3-=0"}});
  for (const std::string_view by :
       {std::string_view("f"), kByTimeConstant, kByInfluence, std::string_view("c")})
    EXPECT_EQ(unit_order(forced.observation, 0, false, by)->units,
              unit_order(free.observation, 0, false, by)->units)
        << by;
}

TEST(UnitOrder, ByTimeConstantIsOfAllMemoriesOfAUnit) {
  for (const std::string cell : {"s6", "gla", "rwkv6"}) {
    const views::Example example(cell);
    const auto order = unit_order(example.observation, 0, false, kByTimeConstant);
    const GatedMemories<float> memories(example.text.trace.tapes[0], {}, 0);
    for (Index unit = 0; unit < 6; ++unit) {
      double rates = 0;  // 1 / τ add up
      for (Index row = unit; row < memories.rows(); row += 6) {
        MeanKeep mean;
        const GatedMemory memory = memories.row(row);
        for (Index n = kFirstKeep; n < memory.steps(); ++n)
          mean.add(memory.keep[static_cast<std::size_t>(n)]);
        rates += 1 / mean.time_constant();
      }
      EXPECT_NEAR(order->values[static_cast<std::size_t>(unit)],
                  static_cast<double>(memories.numbers()) / rates, 1e-6)
          << cell;
    }
  }
}

TEST(UnitOrder, RefusesWhatTheCellOrTheLayerHasNot) {
  const views::Example plain("rnn"), stack("lstm", {.layers = 2});
  EXPECT_THROW(unit_order(plain.observation, 0, false, kByTimeConstant), Error);
  EXPECT_THROW(unit_order(plain.observation, 0, false, "f"), Error);
  EXPECT_THROW(unit_order(stack.observation, 0, false, kByInfluence), Error);
  EXPECT_EQ(unit_order(stack.observation, 1, false, kByInfluence)->units.size(), 6u);
}

}  // namespace
}  // namespace gatescope::analysis
