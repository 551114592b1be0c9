// The two ways of the gradient from a target back to its source: cut one, and the other is all there is.

#include "core/analysis/source_paths.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/observe/observe.h"
#include "tests/error_of.h"

namespace gatescope::analysis {
namespace {

observe::Observation<double> pair_read_with(nn::Attention attention, const std::vector<std::string>& forced,
                                            bool both = true, int conv = 0) {
  nn::ModelSpec spec{.cell = "lstm", .hidden = 5, .layers = 2, .bidirectional = both, .embedding = 4};
  spec.conv = conv;
  spec.decoder = nn::DecoderSpec{attention};
  observe::Model<double> model;
  model.name = "model";
  model.network = std::make_shared<nn::Network<double>>(
      spec, nn::Interface{nn::InputKind::characters, 7, nn::Readout::softmax, 7, true});
  Rng rng(3);
  model.network->initialise(rng);
  model.network->prepare_all();
  model.alphabet = observe::alphabet_of(model.network->interface(), {"·", "→", "¶", "a", "b", "c", "d"});
  return observe::observe(model, observe::Text{{3, 4, 5, 6, nn::kStart, 6, 5, 4}},
                          nn::parse_force_rules(forced), {}, {});
}

TEST(SourcePaths, AreAllThereIsWhereTheOtherIsCut) {
  for (const nn::Attention attention : {nn::Attention::bahdanau, nn::Attention::general}) {
    const auto natural = source_paths(pair_read_with(attention, {}), 6);
    const auto bridge = source_paths(pair_read_with(attention, {"bridge=0"}), 6);
    const auto context = source_paths(pair_read_with(attention, {"context=0"}), 6);
    ASSERT_EQ(natural.together.size(), 4U);
    for (std::size_t j = 0; j < 4; ++j) {
      EXPECT_GT(natural.through_state[j], 0);
      EXPECT_GT(natural.through_attention[j], 0);
      // A triangle of two vectors and their sum.
      EXPECT_LE(natural.together[j], natural.through_state[j] + natural.through_attention[j] + 1e-15);
      EXPECT_GE(natural.together[j],
                std::abs(natural.through_state[j] - natural.through_attention[j]) - 1e-15);
      EXPECT_EQ(bridge.through_state[j], 0);
      EXPECT_EQ(bridge.through_attention[j], bridge.together[j]);
      EXPECT_EQ(context.through_attention[j], 0);
      EXPECT_EQ(context.through_state[j], context.together[j]);
    }
  }
}

TEST(SourcePaths, TogetherAreTheGradientOfTheStepsLoss) {
  const auto seen = pair_read_with(nn::Attention::bahdanau, {});
  const auto alone = observe::with_loss_at(seen, 5);
  const ConstMatrixView<double> gradient(alone.trace.input_gradients[0].data(), 4, seen.steps());
  const auto paths = source_paths(seen, 5);
  for (Index j = 0; j < 4; ++j)
    EXPECT_NEAR(paths.together[static_cast<std::size_t>(j)], gradient.col(j).norm(), 1e-14);
}

TEST(SourcePaths, WithoutAttentionThereIsTheStateAlone) {
  const auto paths = source_paths(pair_read_with(nn::Attention::none, {}, false), 4);
  for (std::size_t j = 0; j < 4; ++j) {
    EXPECT_EQ(paths.through_attention[j], 0);
    EXPECT_EQ(paths.through_state[j], paths.together[j]);
  }
}

TEST(SourcePaths, OfLayersThatFilterTheirInputAreNumbers) {
  const auto paths = source_paths(pair_read_with(nn::Attention::dot, {}, false, 3), 6);
  for (std::size_t j = 0; j < 4; ++j) {
    EXPECT_GT(paths.through_state[j], 0);
    EXPECT_GT(paths.through_attention[j], 0);
    EXPECT_LE(paths.together[j], paths.through_state[j] + paths.through_attention[j] + 1e-15);
  }
}

TEST(SourcePaths, StepsOfTheSourceHaveNone) {
  const auto seen = pair_read_with(nn::Attention::dot, {}, false);
  EXPECT_NE(error_of([&] { source_paths(seen, 3); }).find("not of the target"), std::string::npos);
}

TEST(SourcePaths, JumpsAreWhatAnAnnotationGetsOverTheWeights) {
  // Where rules hold the weights, nothing comes by the comparison, and without the bridge nothing by the
  // states: with one step of the target all that an encoder's state gets is its jump.
  for (const nn::Attention attention : {nn::Attention::bahdanau, nn::Attention::general}) {
    const auto seen = pair_read_with(attention, {"alpha=uniform", "bridge=0"}, false);
    const Index first = 4;
    const auto ways = source_paths(seen, first);
    ASSERT_EQ(ways.jumps.rows(), first) << "the source's steps";
    ASSERT_EQ(ways.jumps.cols(), seen.steps());
    for (Index j = 0; j < 4; ++j) {
      EXPECT_GT(ways.jumps(j, first), 0);
      EXPECT_NEAR(ways.jumps(j, first), ways.jumps(0, first), 1e-15) << "all weights are a quarter";
      EXPECT_EQ(ways.jumps.row(j).tail(seen.steps() - first - 1).sum(), 0)
          << "nothing comes from later steps";
    }
    // The last annotation is read by no state: its gradient in the encoder's hidden state is the jump alone.
    const nn::Network<double>& network = *seen.network;
    auto alone = observe::with_loss_at(seen, first);
    const nn::LayerTape<double>& top = alone.trace.tapes[network.tape_number(1, false)];
    EXPECT_NEAR(top.gradients(top.info().output).col(3).norm(), ways.jumps(3, first), 1e-14);
  }
}

TEST(SourcePaths, StatesAreTheGradientsOfTheStepsLoss) {
  const auto seen = pair_read_with(nn::Attention::bahdanau, {});
  const auto ways = source_paths(seen, 6);
  ASSERT_EQ(ways.states.size(), static_cast<std::size_t>(seen.steps()));
  EXPECT_EQ(ways.states[7], 0) << "after the loss";
  const auto alone = observe::with_loss_at(seen, 6);
  const auto squares = [&](int layer, bool backward, Index t) {
    const nn::LayerTape<double>& tape = alone.trace.tapes[seen.network->tape_number(layer, backward)];
    double sum = 0;
    for (const int state : tape.info().paths()) sum += tape.gradients(state).col(t).squaredNorm();
    return sum;
  };
  for (Index t = 0; t < 4; ++t)
    EXPECT_NEAR(ways.states[static_cast<std::size_t>(t)],
                std::sqrt(squares(1, false, t) + squares(1, true, t)), 1e-14);
  for (Index t = 4; t <= 6; ++t)
    EXPECT_NEAR(ways.states[static_cast<std::size_t>(t)], std::sqrt(squares(3, false, t)), 1e-14);
}

TEST(LookedAt, IsOneForOneAndAllForAll) {
  EXPECT_NEAR(looked_at(Eigen::VectorXd::Constant(5, 0.2)), 5, 1e-12);
  EXPECT_NEAR(looked_at(Eigen::VectorXd::Unit(5, 2)), 1, 1e-12);
  EXPECT_TRUE(std::isnan(looked_at(Eigen::VectorXd::Constant(5, 0.1)))) << "forced weights are no shares";
}

/// A layer has no numbers where it rests, and the states that it begins with.
TEST(Rest, IsNoNumber) {
  const auto seen = pair_read_with(nn::Attention::bahdanau, {});
  const nn::Network<double>& network = *seen.network;
  const int h = network.cell().output;
  for (int layer = 0; layer < network.layers(); ++layer)
    for (const bool backward : {false, true}) {
      if (backward && !network.has_backward(layer)) continue;
      const auto* tape = seen.tape(*seen.sequence, observe::tape_name(network.spec(), layer, backward));
      ASSERT_NE(tape, nullptr);
      for (Index t = 0; t < seen.steps(); ++t) {
        const bool rests = (layer < 2) == (t >= 4);
        const bool begins = layer < 2 ? backward && t == 4 : t == 3;
        EXPECT_EQ(std::isnan(tape->values(h)(0, t)), rests && !begins)
            << layer << " " << backward << " " << t;
      }
    }
}

}  // namespace
}  // namespace gatescope::analysis
