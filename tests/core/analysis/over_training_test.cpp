// A moment's numbers against the Jacobians, highway and gates that other files compute and test, and which
// moments are measured, how often.

#include "core/analysis/over_training.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/gradient_left.h"
#include "core/analysis/highway.h"
#include "core/analysis/jacobian.h"
#include "core/analysis/watched.h"
#include "tests/core/analysis/any_observation.h"
#include "tests/error_of.h"

namespace gatescope::analysis {
namespace {

constexpr double kPastRounding = 1e-9;

/// What any_observation() reads, of another seed's weights.
observe::PastMoment moment(std::uint64_t update, const nn::ModelSpec& spec, int* made = nullptr) {
  observe::PastMoment moment{.update = update, .network = {}, .memo = std::make_shared<observe::Memo>()};
  moment.network = [update, spec, made] {
    auto network = std::make_shared<nn::Network<float>>(
        spec, nn::Interface{nn::InputKind::characters, kAnyVocabulary, nn::Readout::softmax, kAnyVocabulary});
    network->initialise(Rng(update));
    network->prepare_all();
    if (made) ++*made;
    return network;
  };
  return moment;
}

template <class S>
MomentMeasure measured(const observe::Observation<S>& observation) {
  return measure_moment<S>(observation.network, *observation.sequence);
}

TEST(OverTraining, WhatIsLeftIsTheMedianOfTheJacobians) {
  const auto observation = any_observation<double>(any_spec("lstm", 3), {}, 41);
  std::vector<double> left;
  const LeftGrid grid = left_grid(41, 6, 4, kMomentLag, 64, 16);
  ASSERT_EQ(grid.positions.size(), 4U);
  ASSERT_EQ(grid.positions.front(), 20);
  ASSERT_EQ(grid.positions.back(), 40);
  for (const Index t : grid.positions)
    left.push_back(std::log10(state_jacobians(observation, t).frobenius[20] / std::sqrt(6.0)));
  std::ranges::sort(left);
  EXPECT_NEAR(measured(observation).left, (left[1] + left[2]) / 2, kPastRounding);
}

TEST(OverTraining, TheExponentIsTheGrowthOfAGradientOverTheProductOfAllJacobians) {
  // With f = 1 and nothing else moving a cell state, the slowest direction neither grows nor fades: 0.
  const auto observation = any_observation<double>(any_spec("gru", 4), {}, 400);
  // Of a long text the growth of the whole product, in any norm.
  const StateJacobians whole = state_jacobians(observation, 399);
  const double growth = (std::log(whole.largest[399]) - std::log(whole.largest[80])) / 319;
  EXPECT_NEAR(measured(observation).exponent, growth, 0.01);
  EXPECT_LT(measured(observation).exponent, 0);
}

TEST(OverTraining, SaturatedGatesAreCountedOneByOne) {
  const auto observation = any_observation<double>(any_spec("lstm", 4, 2), {}, 12);
  const nn::CellInfo& cell = observation.network->cell();
  int saturated = 0, all = 0;
  for (const auto& tape : observation.sequence->trace.tapes)
    for (const char* symbol : {"i", "f", "o"})
      for (const double v : tape.values(cell.find(symbol)).reshaped()) saturated += v < 0.1 || v > 0.9, ++all;
  EXPECT_EQ(all, 12 * 4 * 3 * 2);
  EXPECT_EQ(measured(observation).saturated, static_cast<double>(saturated) / all);
  // Without gates what leaves the cell.
  const auto rnn = any_observation<double>(any_spec("rnn", 4), {}, 12);
  int high = 0;
  for (const double v : rnn.sequence->trace.tapes[0].values(rnn.network->cell().output).reshaped())
    high += std::abs(v) > 0.8;
  EXPECT_EQ(measured(rnn).saturated, high / 48.0);
  EXPECT_TRUE(std::isnan(measured(rnn).highway));
}

TEST(OverTraining, TheHighwaysShareIsThatOfEachLossGoingBack) {
  constexpr Index kSteps = 8;
  const auto observation = any_observation<double>(any_spec("lstm", 4), {}, kSteps);
  double sum = 0;
  int count = 0;
  for (const Index loss : {1, 3, 5, 7}) {  // of the steps 1 to 7 every second, the last among them
    const auto at = any_observation<double>(any_spec("lstm", 4), {}, kSteps,
                                            {.kind = trace::LossAt::Kind::step, .step = loss});
    const auto& tape = at.sequence->trace.tapes[0];
    // dL/dc_t = dL/dc_{t+1} f_{t+1} + what comes through the hidden state and the gates; the highway's part
    // over the sum of all parts' sizes.
    const Highway all = highway<double>(*at.network, tape, {}, 0);
    for (Index t = 0; t < loss; ++t) {
      const int c = at.network->cell().memory(), f = at.network->cell().keep_gate();
      const Eigen::VectorXd keep = tape.gradients(c).col(t + 1).cwiseProduct(tape.values(f).col(t + 1));
      double sizes = 0;
      for (const HighwayWay& way : all.ways) sizes += way.part.col(t).cwiseAbs().sum();
      sum += keep.cwiseAbs().sum() / sizes;
      ++count;
    }
  }
  EXPECT_NEAR(measured(observation).highway, sum / count, kPastRounding);
}

TEST(OverTraining, EightMomentsAnOctaveAreMeasuredAndMoreChangeNothing) {
  std::vector<std::uint64_t> updates;
  for (std::uint64_t update = 0; update <= 200; ++update) updates.push_back(update);
  const std::vector<std::size_t> some = measured_moments(updates);
  std::vector<std::uint64_t> measured;
  for (const std::size_t k : some) measured.push_back(updates[k]);
  EXPECT_EQ(std::vector(measured.begin(), measured.begin() + 18),
            (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18}));
  EXPECT_EQ(measured.back(), 192U);
  EXPECT_EQ(std::ranges::count_if(measured, [](auto update) { return update >= 64 && update < 128; }), 8);
  updates.push_back(201);
  EXPECT_EQ(measured_moments(updates), some);
}

TEST(OverTraining, MomentsAreMeasuredOnceAndTheObservedOneStandsAmongThem) {
  const nn::ModelSpec spec = any_spec("gru");
  auto observation = any_observation<float>(spec, {}, 12);
  int made = 0;
  auto past = std::make_shared<observe::Past>();
  past->moments = {moment(0, spec, &made), moment(4, spec, &made), moment(9, spec, &made)};
  past->observed = 6;
  observation.past = past;
  const OverTraining all = over_training(observation);
  EXPECT_EQ(all.updates, (std::vector<std::uint64_t>{0, 4, 6, 9}));
  EXPECT_EQ(all.observed, 2U);
  EXPECT_EQ(all.lag, 8);
  EXPECT_EQ(made, 3);
  EXPECT_NEAR(all.measures[2].left, measured(observation).left, 1e-6);
  auto of_four = any_observation<float>(spec, {}, 12);
  of_four.network = past->moments[1].network();
  EXPECT_NEAR(all.measures[1].exponent, measured(of_four).exponent, 1e-6);
  made = 0;
  EXPECT_EQ(over_training(observation).measures[3].saturated, all.measures[3].saturated);
  EXPECT_EQ(made, 0) << "kept with the moment";
  auto longer = any_observation<float>(spec, {}, 14);
  longer.past = past;
  over_training(longer);
  EXPECT_EQ(made, 3) << "another text";

  auto later = std::make_shared<observe::Past>(*past);
  later->observed = 9;
  later->moments.push_back(moment(10, spec));
  later->moments.back().network = [] { return std::shared_ptr<nn::Network<float>>(); };
  observation.past = later;
  EXPECT_EQ(over_training(observation).updates, (std::vector<std::uint64_t>{0, 4, 9}))
      << "one that was let go is left out";
}

TEST(OverTraining, IsWithoutTheRulesInForce) {
  const auto past = std::make_shared<observe::Past>();
  past->moments = {moment(3, any_spec("lstm"))};
  past->observed = 3;
  auto forced = any_observation<float>(any_spec("lstm"), rules({"f=1"}), 12),
       free = any_observation<float>(any_spec("lstm"), {}, 12);
  forced.past = free.past = past;
  EXPECT_EQ(over_training(forced).measures[0].left, over_training(free).measures[0].left);
}

TEST(OverTraining, SaysHowFarItIsAndTellsWhyAModelHasNone) {
  const auto past = std::make_shared<observe::Past>();
  past->moments = {moment(0, any_spec("rnn")), moment(1, any_spec("rnn"))};
  past->observed = 1;
  auto observation = any_observation<float>(any_spec("rnn"), {}, 12);
  EXPECT_EQ(error_of([&] { over_training(observation); }),
            "the model has no moments of a training: they are kept while a window trains");
  observation.past = past;
  trace::Watch watch;
  {
    const Watched watched(watch);
    over_training(observation);
  }
  EXPECT_EQ(watch.passed(), watch.expected());
  auto brief = any_observation<float>(any_spec("rnn"), {}, 2);
  brief.past = past;
  EXPECT_EQ(error_of([&] { over_training(brief); }),
            "the model read 2 steps: what is left of a gradient needs three or more");
}

}  // namespace
}  // namespace gatescope::analysis
