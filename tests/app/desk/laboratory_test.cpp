#include "app/desk/laboratory.h"

#include <gtest/gtest.h>

#include "core/observe/observe.h"

namespace gatescope::ui {
namespace {

/// An order of a view of a model with so many units, after so many updates.
class LaboratoryTest : public testing::Test {
 protected:
  FigureOrder order(Index hidden, std::uint64_t update) {
    nn::ModelSpec spec;
    spec.cell = "lstm";
    spec.hidden = hidden;
    auto network = std::make_shared<nn::Network<float>>(
        spec, nn::Interface{nn::InputKind::characters, 3, nn::Readout::softmax, 3});
    network->initialise(Rng(update));
    network->prepare_all();
    auto seen = std::make_shared<std::vector<views::Observation>>();
    seen->push_back(observe::observe<float>({.name = "LSTM", .network = network},
                                            observe::Text{{0, 1, 2, 2, 1, 0, 1, 2, 0, 0, 1}}, {}, {}));
    FigureOrder order;
    order.view = "reach";
    order.keeps = seen;
    order.observations = *seen;
    order.version = update + 1;
    order.size = {500, 300};
    order.update = update;
    return order;
  }
  std::uint64_t shown(const std::string& place) { return figures_.get(place)->order.update; }

  std::unique_ptr<Executor> executor_ = usual_executor();
  FigureBuilder figures_{*executor_};
  Laboratory laboratory_{figures_};
};

TEST_F(LaboratoryTest, SmallModelsAreMeasuredByThemselves) {
  auto standing = laboratory_.want("reach", order(6, 1), false);
  EXPECT_FALSE(standing.on_demand);
  figures_.settle();
  standing = laboratory_.want("reach", order(6, 2), false);
  EXPECT_TRUE(standing.measured);
  EXPECT_FALSE(standing.newest) << "the one before";
  EXPECT_EQ(standing.update, 1U);
  figures_.settle();
  EXPECT_TRUE(laboratory_.want("reach", order(6, 2), false).newest);
}

TEST_F(LaboratoryTest, WhileTrainingItRestsNineTimesAsLongAsAMeasurementTook) {
  laboratory_.want("reach", order(16, 1), true);
  figures_.settle();
  int measured = 0;
  const Clock::time_point start = Clock::now();
  Clock::duration spent{};
  for (std::uint64_t update = 2; seconds_since(start) < 0.5; ++update) {
    const auto before = shown("reach");
    laboratory_.want("reach", order(16, update), true);
    figures_.settle();
    if (shown("reach") == before) continue;
    ++measured;
    spent += figures_.get("reach")->took;
  }
  EXPECT_GE(measured, 1);
  EXPECT_LE(std::chrono::duration<double>(spent).count(), 0.2 * seconds_since(start));
}

TEST_F(LaboratoryTest, LargeModelsAreMeasuredWhenAPersonAsks) {
  auto standing = laboratory_.want("reach", order(96, 1), false);
  EXPECT_TRUE(standing.on_demand && !standing.measured && !standing.measuring);
  figures_.settle();
  EXPECT_FALSE(figures_.get("reach"));
  laboratory_.measure("reach");
  EXPECT_TRUE(laboratory_.want("reach", order(96, 1), false).measuring);
  figures_.settle();
  standing = laboratory_.want("reach", order(96, 5), false);
  EXPECT_TRUE(standing.measured && !standing.newest && !standing.measuring);
  EXPECT_EQ(standing.update, 1U) << "how old it is";
  FigureOrder wider = order(96, 5);
  wider.size = {700, 300};
  laboratory_.want("reach", wider, false);
  figures_.settle();
  EXPECT_EQ(figures_.get("reach")->scene.size.width, 700) << "laid out anew without being measured";
  EXPECT_EQ(shown("reach"), 1U);
}

TEST_F(LaboratoryTest, AMeasurementIsStoppedOnTheWay) {
  const FigureOrder large = order(384, 1);
  laboratory_.measure("reach");
  const Clock::time_point start = Clock::now();
  EXPECT_TRUE(laboratory_.want("reach", large, false).measuring);
  laboratory_.stop("reach");
  figures_.settle();
  EXPECT_LT(seconds_since(start), 5) << "it takes far longer";
  const auto standing = laboratory_.want("reach", large, false);
  EXPECT_FALSE(standing.measured || standing.measuring);
  EXPECT_EQ(large.observations[0].memo->size(), 0U) << "nothing half-done is kept";
}

}  // namespace
}  // namespace gatescope::ui
