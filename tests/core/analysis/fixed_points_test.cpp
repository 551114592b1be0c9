// Fixed points that are known by hand, and of every cell, forced and free, stacked and filtered: the network
// run from them stays, and their eigenvalues are those of finite differences.

#include "core/analysis/fixed_points.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <functional>

#include "core/analysis/state_steps.h"
#include "core/analysis/watched.h"
#include "core/observe/observe.h"
#include "tests/core/analysis/any_observation.h"
#include "tests/core/analysis/joint_states.h"
#include "tests/error_of.h"
#include "tests/rules.h"

namespace gatescope::analysis {
namespace {

using Eigen::MatrixXcd;
using Eigen::MatrixXd;

constexpr Index kLetters = 4;

/// A model that has read a text.
template <class S = double>
struct Read {
  std::shared_ptr<nn::Network<S>> network;
  observe::Observation<S> observation;
  std::vector<int> characters;

  Read(const nn::ModelSpec& spec, std::vector<int> text, std::vector<nn::ForceRule> forced = {},
       const std::function<void(nn::Network<S>&)>& set = {})
      : network(std::make_shared<nn::Network<S>>(
            spec, nn::Interface{nn::InputKind::characters, kLetters, nn::Readout::softmax, kLetters})),
        characters(std::move(text)) {
    Rng rng(11);
    network->initialise(rng);
    for (S& p : network->parameters()) p += static_cast<S>(rng.uniform(-0.5, 0.5));
    if (set) set(*network);
    network->prepare_all();
    observe::Model<S> model{.name = spec.cell, .network = network};
    observation = observe::observe<S>(model, observe::Text{characters}, std::move(forced), {},
                                      {.needs = {.tape = true, .natural = true}});
  }
};

std::vector<int> some_text(int length = 30) {
  std::vector<int> text;
  for (int k = 0; k < length; ++k) text.push_back(static_cast<int>((k * k + k / 3) % kLetters));
  return text;
}

Vector<double> vector_of(const std::vector<double>& values) {
  return Eigen::Map<const Vector<double>>(values.data(), std::ssize(values));
}

/// Each point stays where it is, or goes as far as it says and no nearby state goes less far; its eigenvalues
/// are those of the differences. Returns how many points there were.
Index expect_points(const Read<>& read, std::optional<Index> step, const std::string& what) {
  const FixedPoints all = fixed_points(read.observation, step, 8);
  const JointState state = StateSteps<double>(read.observation).state();
  Index starts = all.lost;
  for (const FixedPoint& point : all.points) {
    starts += point.starts;
    // A slow point of ReLUs mostly lies where one of them opens: there is no derivative.
    if (!point.fixed && read.observation.network->spec().cell == "rnn_relu") continue;
    const Vector<double> s = vector_of(point.state),
                         move =
                             states_at(*read.network, read.characters, state, all.step - 1, all.step, s) - s;
    EXPECT_NEAR(move.norm(), point.speed, 1e-12 * (1 + s.norm())) << what;
    EXPECT_EQ(point.fixed, point.speed <= 1e-9 * (1 + s.norm())) << what;
    const MatrixXd numeric = differences(*read.network, read.characters, state, all.step - 1, all.step, s);
    // Keys of length 1 of a small input turn with its last digits: such slopes are large, and as near as
    // that.
    const bool is_mixed = read.network->spec().cell.starts_with("matrix_");
    const double close = std::max(1e-7, is_mixed ? 1e-9 * numeric.norm() : 0);
    EXPECT_EQ(std::ssize(point.eigenvalues), state.size);
    std::complex<double> sum = 0;
    for (const std::complex<double>& value : point.eigenvalues) {
      sum += value;
      const MatrixXcd without =
          numeric.cast<std::complex<double>>() - value * MatrixXcd::Identity(state.size, state.size);
      EXPECT_LT(Eigen::JacobiSVD<MatrixXcd>(without).singularValues().minCoeff(), close) << what;
    }
    EXPECT_LT(std::abs(sum - numeric.trace()), std::max(1e-7, 1e-8 * static_cast<double>(state.size)))
        << what;
    EXPECT_EQ(point.unstable,
              std::ranges::count_if(point.eigenvalues, [](auto l) { return std::abs(l) > 1 + 1e-6; }))
        << what;
    const MatrixXd slope = numeric - MatrixXd::Identity(state.size, state.size);
    if (!point.fixed) {
      EXPECT_LT((slope.transpose() * move).norm(), 1e-2 * slope.norm() * move.norm()) << what;
    }
  }
  EXPECT_EQ(starts, 8) << what;
  return std::ssize(all.points);
}

/// h = tanh(2 h + b): b is 0 for the character 0, 3 for 1, -3 for 2. The text begins at 0, where it stays.
Read<> two_wells() {
  return Read<>(any_spec("rnn", 1), {0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0}, {},
                [](nn::Network<double>& network) {
                  std::ranges::fill(network.parameters(), 0.0);
                  const auto at = [&](const char* name) {
                    return network.parameters().data() + network.table().find(name)->offset;
                  };
                  at("rnn.weight_hh_l0")[0] = 2;
                  at("rnn.weight_ih_l0")[1] = 3;
                  at("rnn.weight_ih_l0")[2] = -3;
                });
}

TEST(FixedPoints, OfOneUnitWithTwoWellsAreTheRootsOfItsEquation) {
  double root = 1;  // of x = tanh(2 x)
  for (int k = 0; k < 200; ++k) root = std::tanh(2 * root);
  const double slope = 2 * (1 - root * root);
  const FixedPoints all = fixed_points(two_wells().observation);
  ASSERT_EQ(all.points.size(), 3U);
  EXPECT_EQ(all.step, 15);
  EXPECT_EQ(all.lost, 0);
  std::vector<FixedPoint> points = all.points;
  std::ranges::sort(points, {}, [](const FixedPoint& point) { return point.state[0]; });
  for (std::size_t k = 0; k < 3; ++k) {
    const bool middle = k == 1;
    EXPECT_TRUE(points[k].fixed);
    EXPECT_NEAR(points[k].state[0], (static_cast<double>(k) - 1) * root, 1e-12);
    ASSERT_EQ(points[k].eigenvalues.size(), 1U);
    EXPECT_NEAR(points[k].eigenvalues[0].real(), middle ? 2 : slope, 1e-12);
    EXPECT_EQ(points[k].eigenvalues[0].imag(), 0);
    EXPECT_EQ(points[k].unstable, middle ? 1 : 0);
    EXPECT_EQ(points[k].slowest.has_value(), !middle);
    if (!middle) {
      EXPECT_NEAR(*points[k].slowest, -1 / std::log(slope), 1e-10);
    }
  }
  EXPECT_EQ(points[0].starts + points[1].starts + points[2].starts, kFixedPointStarts);
  // A bias that is larger than any well: one point is left, where the unit is saturated.
  const FixedPoints held = fixed_points(two_wells().observation, 4);
  ASSERT_EQ(held.points.size(), 1U);
  const double h = held.points[0].state[0];
  EXPECT_NEAR(h, std::tanh(2 * h + 3), 1e-14);
  // Starts below -1.06 go down to h = -1.94, where the move is least and yet large: no rest.
  EXPECT_EQ(held.points[0].starts + held.lost, kFixedPointStarts);
  EXPECT_GT(held.points[0].starts, kFixedPointStarts / 2);
}

TEST(FixedPoints, OfADriftThatNearlyStopsIsASlowPoint) {
  // h = relu(h) + 0.01 moves 0.01 a step wherever it is above 0, and the text's characters move it by 1.
  const Read<> drift(any_spec("rnn_relu", 1), {1, 0, 1, 1, 0, 1, 1, 1, 0, 0}, {},
                     [](nn::Network<double>& network) {
                       std::ranges::fill(network.parameters(), 0.0);
                       const auto at = [&](const char* name) {
                         return network.parameters().data() + network.table().find(name)->offset;
                       };
                       at("rnn.weight_hh_l0")[0] = 1;
                       at("rnn.weight_ih_l0")[0] = 0.01;
                       at("rnn.weight_ih_l0")[1] = 1;
                     });
  const FixedPoints slow = fixed_points(drift.observation, 1);
  ASSERT_FALSE(slow.points.empty());
  for (const FixedPoint& point : slow.points) {
    EXPECT_FALSE(point.fixed);
    EXPECT_NEAR(point.speed, 0.01, 1e-12);
    EXPECT_NEAR(point.eigenvalues[0].real(), 1, 1e-12);
    EXPECT_EQ(point.unstable, 0);
    EXPECT_FALSE(point.slowest);
  }
  EXPECT_NEAR(slow.usual_speed, 1, 1e-12);
  // By 1 it moves like the text: no start finds rest.
  const FixedPoints fast = fixed_points(drift.observation, 0);
  EXPECT_TRUE(fast.points.empty());
  EXPECT_EQ(fast.lost, kFixedPointStarts);
}

TEST(FixedPoints, OfAMemoryThatGatesKeepAreWhereverItStarts) {
  const Index hidden = 4;
  const Read<> kept(any_spec("lstm", hidden), some_text(), rules({"f@10-=open", "i@10-=closed"}));
  const FixedPoints all = fixed_points(kept.observation);
  EXPECT_EQ(all.lost, 0);
  EXPECT_GT(all.points.size(), 15U);
  for (const FixedPoint& point : all.points) {
    EXPECT_TRUE(point.fixed);
    EXPECT_EQ(std::ranges::count_if(point.eigenvalues, [](auto l) { return std::abs(l - 1.0) < 1e-9; }),
              hidden);
  }
  // The rules of the step whose input is held are in force: before them the gates leak.
  for (const FixedPoint& point : fixed_points(kept.observation, 5).points)
    EXPECT_EQ(std::ranges::count_if(point.eigenvalues, [](auto l) { return std::abs(l - 1.0) < 1e-9; }), 0);
}

std::vector<nn::ForceRule> rules_on(const nn::CellInfo& cell) {
  for (const nn::Channel& channel : cell.channels) {
    if (channel.activation == nn::Activation::none) continue;
    const std::string symbol(channel.symbol);
    return rules({std::string(cell.channels[cell.output].symbol) + "[0]=*0.5", (symbol + "[1]=0.4"),
                  (symbol + "~[2]=*1.5+0.2")});
  }
  return {};
}

TEST(FixedPoints, OfEveryCellStayAndHaveTheEigenvaluesOfFiniteDifferences) {
  Index cells = 0;
  for (const nn::CellInfo* cell : nn::all_cells())
    for (const int layers : {1, 2}) {
      const nn::ModelSpec spec = any_spec(std::string(cell->key), 3, layers);
      const std::string what = fmt::format("{}, {} layers", cell->key, layers);
      cells += expect_points(Read<>(spec, some_text()), 6, what) > 0;
      expect_points(Read<>(spec, some_text(), rules_on(*cell)), {}, what + ", forced");
    }
  // A search of eight starts may find none: where no state rests, or all descents end on the way.
  EXPECT_GT(cells, 3 * std::ssize(nn::all_cells()) / 2);
}

TEST(FixedPoints, HaveTheStatesOfFiltersHeadsAndEmbeddings) {
  for (const std::string cell : {"lstm", "s6", "slstm"}) {
    nn::ModelSpec spec = any_spec(cell, 4, 2);
    spec.token_shift = true;
    spec.conv = 3;
    if (cell == "slstm") spec.heads = 2;
    EXPECT_GT(expect_points(Read<>(spec, some_text()), {}, cell + ", both filters"), 0) << cell;
    spec.conv = 0;
    spec.embedding = 2;
    EXPECT_GT(expect_points(Read<>(spec, some_text()), {}, cell + ", shift, embedding"), 0) << cell;
    spec.norm = spec.head_norm = spec.output_gate = spec.projection = spec.residual = true;
    EXPECT_GT(expect_points(Read<>(spec, some_text()), {}, cell + ", every option"), 0) << cell;
  }
}

TEST(FixedPoints, LieInThePlaneInWhichTheTextVariesMost) {
  const Read<> read(any_spec("gru", 5), some_text());
  const FixedPoints all = fixed_points(read.observation, 7);
  StateSteps<double> steps(read.observation);
  ASSERT_EQ(std::ssize(all.path), steps.steps());
  Vector<double> mean = Vector<double>::Zero(5);
  for (Index t = 0; t < steps.steps(); ++t) mean += steps.value(t) / static_cast<double>(steps.steps());
  const Vector<double> first = vector_of(all.plane.axes[0]), second = vector_of(all.plane.axes[1]);
  EXPECT_NEAR(first.norm(), 1, 1e-13);
  EXPECT_NEAR(second.norm(), 1, 1e-13);
  EXPECT_NEAR(first.dot(second), 0, 1e-13);
  MatrixXd scatter = MatrixXd::Zero(5, 5);
  std::array<double, 2> along{};
  for (Index t = 0; t < steps.steps(); ++t) {
    const Vector<double> away = steps.value(t) - mean;
    scatter += away * away.transpose();
    EXPECT_NEAR(all.path[t][0], away.dot(first), 1e-13);
    EXPECT_NEAR(all.path[t][1], away.dot(second), 1e-13);
    for (const int k : {0, 1}) along[k] += all.path[t][k] * all.path[t][k];
  }
  const Vector<double> variances = Eigen::SelfAdjointEigenSolver<MatrixXd>(scatter).eigenvalues();
  EXPECT_NEAR(along[0], variances[4], 1e-12);
  EXPECT_NEAR(along[1], variances[3], 1e-12);
  EXPECT_NEAR(all.plane.share[0], variances[4] / variances.sum(), 1e-12);
  ASSERT_FALSE(all.points.empty());
  for (const FixedPoint& point : all.points)
    EXPECT_NEAR(point.plane[1], (vector_of(point.state) - mean).dot(second), 1e-12);
}

TEST(FixedPoints, AreTheSameAtEveryCallAndInSinglePrecision) {
  const Read<> read(any_spec("lstm", 4), some_text());
  const FixedPoints once = fixed_points(read.observation), twice = fixed_points(read.observation);
  ASSERT_EQ(once.points.size(), twice.points.size());
  for (std::size_t k = 0; k < once.points.size(); ++k) {
    EXPECT_EQ(once.points[k].state, twice.points[k].state);
    EXPECT_EQ(once.points[k].eigenvalues, twice.points[k].eigenvalues);
  }
  const Read<float> single(any_spec("lstm", 4), some_text());
  const FixedPoints of_single = fixed_points(single.observation);
  ASSERT_EQ(of_single.points.size(), once.points.size());
  EXPECT_LT((vector_of(of_single.points[0].state) - vector_of(once.points[0].state)).norm(), 1e-4);
  EXPECT_TRUE(of_single.points[0].fixed) << "found in double precision";
}

TEST(FixedPoints, AreRefusedWhereThereAreNone) {
  nn::ModelSpec both = any_spec("lstm", 3);
  both.bidirectional = true;
  EXPECT_EQ(error_of([&] { fixed_points(Read<>(both, some_text()).observation); }),
            "lstm has no fixed points to look for: it reads in both directions: its two states go opposite "
            "ways, so that no joint state follows from the one before it");
  EXPECT_EQ(error_of([&] {
              fixed_points(Read<>(any_spec("lstm", 300), {0, 1, 2, 3, 1}).observation);
            }),
            "lstm has no fixed points to look for: its state has 600 numbers; fixed points are looked for in "
            "up to 512");
  EXPECT_EQ(error_of([&] {
              fixed_points(Read<>(any_spec("gru", 3), {0, 1, 2}).observation);
            }),
            "gru has no fixed points to look for: it read 2 steps; a plane of its states takes 3");
  EXPECT_EQ(error_of([&] { fixed_points(Read<>(any_spec("gru", 3), some_text()).observation, 29); }),
            "step 29 does not exist, expected 0 to 28");
}

TEST(FixedPoints, CanBeStopped) {
  const Read<> read(any_spec("lstm", 4), some_text());
  trace::Watch watch;
  watch.stop();
  const Watched watched(watch);
  EXPECT_THROW(fixed_points(read.observation), trace::Stopped);
}

}  // namespace
}  // namespace gatescope::analysis
