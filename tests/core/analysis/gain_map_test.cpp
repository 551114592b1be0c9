// The gain and bias map against models built by hand and the Jacobians of jacobian.h, which have tests of
// their own against finite differences; its levers against eigenvalues and biases; what it is to show.

#include "core/analysis/gain_map.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "core/analysis/fan.h"
#include "core/analysis/jacobian.h"
#include "core/analysis/lyapunov.h"
#include "core/analysis/reach.h"
#include "core/analysis/watched.h"
#include "tests/core/analysis/any_observation.h"
#include "tests/error_of.h"

namespace gatescope::analysis {
namespace {

constexpr double kMapRounding = 1e-9;

nn::Interface interface_of_any() {
  return {nn::InputKind::characters, kAnyVocabulary, nn::Readout::softmax, kAnyVocabulary};
}

/// What any_observation() reads, by other weights.
template <class S>
observe::Observation<S> reads_the_same(const std::shared_ptr<nn::Network<S>>& network, Index steps) {
  network->prepare_all();
  observe::Text text;
  for (int k = 0; k <= steps; ++k) text.characters.push_back((k * k + k / 3) % kAnyVocabulary);
  return observe::observe<S>({.name = "by hand", .network = network}, text, {}, {});
}

/// A vector of a layer's parameter, whole.
MatrixView<double> parameter(nn::Network<double>& network, const std::string& name) {
  const nn::Parameter& p = *network.table().find(name);
  return {network.parameters().data() + p.offset, p.rows, p.cols};
}

double greatest_eigenvalue(const Eigen::MatrixXd& weights) {
  return Eigen::EigenSolver<Eigen::MatrixXd>(weights, false).eigenvalues().cwiseAbs().maxCoeff();
}

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

Eigen::MatrixXd random_matrix(Index size, std::uint64_t seed) {
  Rng rng(seed);
  Eigen::MatrixXd all(size, size);
  for (double& v : all.reshaped()) v = rng.normal();
  return all;
}

TEST(GainMap, ABiasesRowIsThatOfAModelBuiltByHand) {
  constexpr Index kHidden = 4, kSteps = 14;
  const auto observation = any_observation<double>(any_spec("lstm", kHidden), {}, kSteps);
  const GainMap map = gain_map(observation, {.settings = 3, .seeds = 2, .positions = 2, .lags = 8});
  ASSERT_EQ(map.settings, (std::vector<double>{-2, 2, 6}));
  ASSERT_EQ(map.over.lags.size(), 9U);
  ASSERT_EQ(map.over.positions, (std::vector<Index>{8, 13}));
  for (std::size_t n = 0; n < 3; ++n) {
    std::vector<std::vector<double>> left(9);
    for (const std::uint64_t seed : {1, 2}) {
      const auto network =
          std::make_shared<nn::Network<double>>(any_spec("lstm", kHidden), interface_of_any());
      network->initialise(Rng{seed, 0});
      // PyTorch's order of rows is i f g o, and both of its biases add up.
      parameter(*network, "rnn.bias_ih_l0").middleRows(kHidden, kHidden).setConstant(map.settings[n]);
      parameter(*network, "rnn.bias_hh_l0").middleRows(kHidden, kHidden).setZero();
      const auto read = reads_the_same(network, kSteps);
      for (const Index t : map.over.positions) {
        const StateJacobians jacobians = state_jacobians(read, t);
        for (std::size_t lag = 0; lag < 9; ++lag)
          left[lag].push_back(std::log10(jacobians.frobenius[lag] / std::sqrt(2.0 * kHidden)));
      }
    }
    for (std::size_t lag = 0; lag < 9; ++lag)
      EXPECT_NEAR(map.left[n][lag], median_of(left[lag]), kMapRounding) << map.settings[n] << " lag " << lag;
  }
}

TEST(GainMap, ARadiusRowIsThatOfScaledWeightsWithTheProductWrittenOut) {
  constexpr Index kHidden = 5, kSteps = 9;
  const auto observation = any_observation<double>(any_spec("rnn", kHidden), {}, kSteps);
  const GainMap map = gain_map(observation, {.settings = 5, .seeds = 1, .positions = 1, .lags = 6});
  ASSERT_EQ(map.lever, Lever::spectral_radius);
  ASSERT_EQ(map.over.positions, std::vector<Index>{8});
  for (std::size_t n = 0; n < map.settings.size(); ++n) {
    const auto network = std::make_shared<nn::Network<double>>(any_spec("rnn", kHidden), interface_of_any());
    network->initialise(Rng{1, 0});
    auto u = parameter(*network, "rnn.weight_hh_l0");
    u *= map.settings[n] / greatest_eigenvalue(u);
    const auto read = reads_the_same(network, kSteps);
    // h_t = tanh(W x_t + U h_{t-1} + b): dh_t/dh_{t-1} = diag(1 - h_t²) U.
    const auto h = read.sequence->trace.tapes[0].values(network->cell().output);
    Eigen::MatrixXd product = Eigen::MatrixXd::Identity(kHidden, kHidden);
    for (Index lag = 1; lag <= 6; ++lag) {
      const Eigen::VectorXd slope = 1 - h.col(8 - lag + 1).array().square();
      product = product * slope.asDiagonal() * u;
      EXPECT_NEAR(map.left[n][lag], std::log10(product.norm() / std::sqrt(double{kHidden})), 1e-5)
          << map.settings[n] << " lag " << lag;
    }
  }
}

TEST(GainMap, SpectralRadiusIsTheGreatestEigenvalues) {
  for (const Index size : {1, 2, 7, 32}) {
    const Eigen::MatrixXd weights = random_matrix(size, 5);
    const double exact = greatest_eigenvalue(weights);
    EXPECT_NEAR(spectral_radius(weights), exact, 2e-5 * exact) << size;
    EXPECT_NEAR(spectral_radius(1e-100 * weights), 1e-100 * exact, 2e-105 * exact) << size;
  }
  Eigen::MatrixXd turn(2, 2);  // a pair of complex eigenvalues of size 0.9
  turn << 0.9 * std::cos(1.0), -0.9 * std::sin(1.0), 0.9 * std::sin(1.0), 0.9 * std::cos(1.0);
  EXPECT_NEAR(spectral_radius(turn), 0.9, 2e-5);
  Eigen::MatrixXd gone(2, 2);
  gone << 0, 3, 0, 0;
  EXPECT_EQ(spectral_radius(gone), 0);
}

TEST(GainMap, TheModelStandsAtItsMeanBiasOrItsGreatestRadius) {
  const auto lstm = any_observation<double>(any_spec("lstm", 4, 2), {}, 6);
  double sum = 0;
  for (const char* name : {"rnn.bias_ih_l0", "rnn.bias_hh_l0", "rnn.bias_ih_l1", "rnn.bias_hh_l1"}) {
    const nn::Parameter& p = *lstm.network->table().find(name);
    for (Index unit = 4; unit < 8; ++unit) sum += lstm.network->parameters()[p.offset + unit];
  }
  const LeverStand stand = lever_stand(*lstm.network);
  EXPECT_NEAR(stand.at, sum / 8, kMapRounding);
  EXPECT_LT(stand.lower, stand.at);
  EXPECT_GT(stand.upper, stand.at);

  // minGRU's gate writes: what keeps is less its bias.
  const auto min_gru = any_observation<double>(any_spec("mingru", 4), {}, 6);
  const nn::Parameter& bias = *min_gru.network->table().find("rnn.bias_ih_l0");
  const nn::CellInfo& cell = min_gru.network->cell();
  int block = -1;
  for (const nn::Bias& each : cell.biases)
    if (each.to == cell.write_bias()) block = each.block;
  double written = 0;
  for (Index unit = 0; unit < 4; ++unit)
    written += min_gru.network->parameters()[bias.offset + block * 4 + unit];
  EXPECT_NEAR(lever_stand(*min_gru.network).at, -written / 4, kMapRounding);

  const auto rnn = any_observation<double>(any_spec("rnn", 6, 2), {}, 6);
  double greatest = 0;
  for (const char* name : {"rnn.weight_hh_l0", "rnn.weight_hh_l1"}) {
    const nn::Parameter& p = *rnn.network->table().find(name);
    greatest = std::max(greatest, greatest_eigenvalue(ConstMatrixView<double>(
                                      rnn.network->parameters().data() + p.offset, p.rows, p.cols)));
  }
  EXPECT_NEAR(lever_stand(*rnn.network).at, greatest, 2e-5 * greatest);
}

TEST(GainMap, SettingsReachAsFarAsTheModel) {
  const auto network = std::make_shared<nn::Network<double>>(any_spec("gru", 3), interface_of_any());
  network->initialise(Rng(3));
  const nn::Bias* keep = nullptr;
  for (const nn::Bias& bias : network->cell().biases)
    if (bias.to == network->cell().keep_bias() && !keep) keep = &bias;
  parameter(*network, "rnn.bias_ih_l0").middleRows(keep->block * 3, 3).setConstant(9);
  parameter(*network, "rnn.bias_hh_l0").middleRows(keep->block * 3, 3).setZero();
  const GainMap map = gain_map(reads_the_same(network, 8), {.settings = 3, .seeds = 1, .positions = 1});
  EXPECT_EQ(map.settings, (std::vector<double>{-2, 3.5, 9}));
}

TEST(GainMap, TheModelsOwnCurveIsItsJacobiansUnderItsRulesAndWithout) {
  const auto observation = any_observation<double>(any_spec("lstm", 4), rules({"f=1", "i=0"}), 12);
  const GainMap map = gain_map(observation, {.settings = 2, .seeds = 1, .positions = 1});
  for (const bool natural : {false, true}) {
    const std::vector<double> own = median_left(left_by_position(observation, map.over, natural));
    const StateJacobians jacobians = state_jacobians(observation, map.over.positions[0], natural);
    for (std::size_t lag = 0; lag < own.size(); ++lag)
      EXPECT_NEAR(own[lag], std::log10(jacobians.frobenius[lag] / std::sqrt(8.0)), kMapRounding) << natural;
  }
  EXPECT_GT(median_left(left_by_position(observation, map.over, false)).back(),
            median_left(left_by_position(observation, map.over, true)).back() + 0.5);
}

TEST(GainMap, OfALargeStateSomeDirectionsSpeakForAll) {
  const auto observation = any_observation<double>(any_spec("lstm", 6), {}, 12);
  const GainMap map =
      gain_map(observation, {.settings = 2, .seeds = 1, .positions = 1, .directions = 8, .of_larger = 7});
  EXPECT_EQ(map.over.state, 12);
  EXPECT_EQ(map.over.directions, 7);
  const std::vector<double> own = median_left(left_by_position(observation, map.over, false));
  const StateJacobians jacobians = state_jacobians(observation, map.over.positions[0]);
  EXPECT_NEAR(own[0], 0, kMapRounding);
  for (std::size_t lag = 1; lag < own.size(); ++lag) {
    const std::vector<double>& values = jacobians.singular_values[lag];
    // Of 7 orthonormal directions: between those of the 7 greatest and the 7 least singular values.
    double most = 0, least = 0;
    for (std::size_t k = 0; k < 7; ++k) {
      most += values[k] * values[k];
      least += values[values.size() - 1 - k] * values[values.size() - 1 - k];
    }
    EXPECT_LE(own[lag], std::log10(std::sqrt(most / 7)) + kMapRounding) << lag;
    EXPECT_GE(own[lag], std::log10(std::sqrt(least / 7)) - kMapRounding) << lag;
  }
}

TEST(GainMap, AnLstmsReachGrowsWithItsForgetBias) {
  const auto observation = any_observation<float>(any_spec("lstm", 16), {}, 120);
  const GainMap map = gain_map(observation, {.settings = 9, .seeds = 5});
  ASSERT_EQ(map.settings[3], 1);
  double before = 0;
  for (std::size_t n = 0; n < map.settings.size(); ++n) {
    const double lag = lag_of_level(map.left[n], kTenthLeft).value_or(1e9);
    EXPECT_GE(lag, before) << map.settings[n];
    before = lag;
  }
  // "An LSTM does not vanish": only with enough forget bias.
  EXPECT_LT(map.left[0].back(), -12) << "bias -2";
  EXPECT_LT(map.left[2].back(), -8) << "bias 0";
  EXPECT_GT(map.left[8].back(), -1) << "bias 6";
}

TEST(GainMap, ARecurrentGainBelowOneFadesAndFarAboveItExplodes) {
  nn::ModelSpec spec = any_spec("rnn", 32);
  spec.init.recurrent = nn::Weights::orthogonal;
  const GainMap map = gain_map(any_observation<float>(spec, {}, 120), {.settings = 17, .seeds = 5});
  const auto left_at = [&](double radius) { return map.left_at(radius).back(); };
  EXPECT_LT(left_at(0.5), -20);
  EXPECT_LT(left_at(0.9), -3);
  EXPECT_GT(left_at(1.8), 3);
  for (std::size_t n = 1; n < map.settings.size(); ++n)
    EXPECT_GT(map.left[n].back(), map.left[n - 1].back()) << map.settings[n];
}

TEST(GainMap, ACurveComesToItsLevelBetweenTwoLags) {
  const std::vector<double> fades{0, -0.5, -1.5, -0.2}, grows{0, 0.5, 2};
  EXPECT_NEAR(*lag_of_level(fades, -1), 1.5, kMapRounding);
  EXPECT_NEAR(*lag_of_level(grows, 1), 1 + 0.5 / 1.5, kMapRounding);
  EXPECT_FALSE(lag_of_level(fades, 1));
  EXPECT_FALSE(lag_of_level(grows, -1));
  EXPECT_EQ(lag_of_level(std::vector<double>{0, -INFINITY}, -1), 0.0) << "gone at once";
  GainMap map;
  map.settings = {1, 2};
  map.left = {{0, -1}, {0, -INFINITY}};
  EXPECT_EQ(map.left_at(0.5), map.left[0]);
  EXPECT_EQ(map.left_at(3)[1], -INFINITY);
  map.left[1][1] = -3;
  EXPECT_NEAR(map.left_at(1.25)[1], -1.5, kMapRounding);
}

TEST(GainMap, TellsWhyAModelHasNone) {
  const auto of = [](const observe::Observation<double>& observation) {
    return error_of([&] { gain_map(observation); });
  };
  EXPECT_EQ(of(any_observation<double>(any_spec("s6"), {}, 6)),
            "no bias before a σ keeps its memory, and no recurrent weights lead its state on");
  nn::ModelSpec both = any_spec("gru");
  both.bidirectional = true;
  EXPECT_NE(of(any_observation<double>(both, {}, 6)).find("both directions"), std::string::npos);
  EXPECT_EQ(of(any_observation<double>(any_spec("lstm"), {}, 2)),
            "the model read 2 steps: a map over lags needs three or more");
}

TEST(GainMap, EveryCellThatHasALeverHasAMapThatIsFinite) {
  for (const nn::ModelSpec& spec : any_specs()) {
    const auto observation = any_observation<double>(spec, {}, 8);
    if (!why_no_gain_map(observation.network->cell(), spec).empty()) {
      EXPECT_EQ(observation.network->cell().keep_bias(), nn::kNone) << in_words(spec);
      continue;
    }
    const GainMap map = gain_map(observation, {.settings = 2, .seeds = 1, .positions = 1});
    for (const std::vector<double>& left : map.left) {
      EXPECT_EQ(left.front(), 0) << in_words(spec);
      EXPECT_FALSE(std::isnan(left.back())) << in_words(spec);
    }
    // A norm divides what is read of a matrix by its size, which grows with what is kept.
    if (!spec.head_norm || (spec.cell != "gla" && !spec.cell.starts_with("matrix_"))) {
      EXPECT_GE(map.left[1].back(), map.left[0].back()) << in_words(spec) << ": the lever keeps";
    }
  }
}

TEST(GainMap, LongMeasuresSayHowFarTheyAreAndCanBeStopped) {
  const auto observation = any_observation<double>(any_spec("lstm", 3), {}, 12);
  const auto expect_whole = [&](const char* name, auto measure) {
    trace::Watch watch;
    {
      const Watched watched(watch);
      measure();
    }
    EXPECT_EQ(watch.passed(), watch.expected()) << name;
    EXPECT_GT(watch.passed(), 0) << name;
    trace::Watch stopped;
    stopped.stop();
    const Watched watched(stopped);
    EXPECT_THROW(measure(), trace::Stopped) << name;
  };
  expect_whole("reach", [&] { reach(observation); });
  expect_whole("lyapunov", [&] { lyapunov(observation); });
  expect_whole("fan", [&] { fan(observation, {}, false, 4); });
  expect_whole("jacobian", [&] { state_jacobians(observation, 7); });
  expect_whole("gain map", [&] {
    const GainMap map = gain_map(observation, {.settings = 2, .seeds = 1});
    median_left(left_by_position(observation, map.over, false));
  });
}

TEST(GainMap, OfSeveralModelsEachIsAPartOfTheProgress) {
  const auto observation = any_observation<double>(any_spec("rnn", 3), {}, 10);
  trace::Watch watch;
  const Watched watched(watch);
  EXPECT_EQ(watch.progress(), 0);
  Watched::first_of(2);
  lyapunov(observation);
  EXPECT_EQ(watch.progress(), 0.5);
  Watched::first_of(1);
  lyapunov(observation);
  EXPECT_EQ(watch.progress(), 1);
}

}  // namespace
}  // namespace gatescope::analysis
