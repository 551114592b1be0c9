#include "core/analysis/taught.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/analysis/any_observation.h"
#include "tests/error_of.h"

namespace gatescope::analysis {
namespace {

constexpr Index kTaughtSteps = 11;

/// δ_t s_t^T of a product, written out.
Eigen::MatrixXd term_at(const observe::Observation<double>& observation,
                        const trace::SequenceTrace<double>& text, int layer, const nn::Product& product,
                        Index t) {
  const auto& network = *observation.network;
  const auto& tape = text.trace.tapes[layer];
  const Eigen::VectorXd delta = tape.gradients(product.to).col(t);
  Eigen::VectorXd source;
  if (product.from == nn::kInput) {
    const Matrix<double> input = layer_input(network, text, layer, false);
    if (input.size() == 0)
      source = Eigen::VectorXd::Unit(kAnyVocabulary, text.tokens[t]);
    else
      source = input.col(t);
  } else if (network.cell().is_state(product.from)) {
    source = tape.previous_values(product.from).col(t);
  } else {
    source = tape.values(product.from).col(t);
  }
  if (product.from == nn::kInput || !network.cell().by_heads(product)) return delta * source.transpose();
  const Index heads = network.spec().heads, rows = delta.size() / heads, columns = source.size() / heads;
  Eigen::MatrixXd term(delta.size(), columns);
  for (Index head = 0; head < heads; ++head)
    term.middleRows(head * rows, rows) =
        delta.segment(head * rows, rows) * source.segment(head * columns, columns).transpose();
  return term;
}

TEST(Taught, TheTermsAreRankOneAndAddUpToTheGradientOfTheWeightsForEveryCell) {
  for (const nn::ModelSpec& spec : any_specs()) {
    for (const auto& forced : {std::vector<nn::ForceRule>{}, any_rules()}) {
      const auto observation = any_observation<double>(spec, forced, kTaughtSteps);
      const auto& network = *observation.network;
      for (int layer = 0; layer < spec.layers; ++layer) {
        const Taught found = taught(observation, layer, false, {});
        ASSERT_EQ(found.terms.size(), network.cell().products.size());
        double squares = 0;
        for (const TaughtTerm& term : found.terms) {
          const nn::Product& product = network.cell().products[term.product];
          const nn::Parameter* at =
              network.table().find(nn::parameter_name(network.spec(), product.parameter, layer, false));
          Eigen::MatrixXd sum = term_at(observation, *observation.sequence, layer, product, 0);
          for (Index t = 0; t < kTaughtSteps; ++t) {
            const Eigen::MatrixXd one = term_at(observation, *observation.sequence, layer, product, t);
            EXPECT_NEAR(term.norms[t], one.norm(), 1e-13) << in_words(spec);
            if (t > 0) sum += one;
          }
          const Eigen::MatrixXd gradient =
              ConstMatrixView<double>(observation.sequence->gradients.data() + at->offset, at->rows, at->cols)
                  .middleRows(product.block * sum.rows(), sum.rows());
          EXPECT_LT((sum - gradient).cwiseAbs().maxCoeff(), 1e-12) << in_words(spec) << " " << at->name;
          EXPECT_NEAR(term.total, gradient.norm(), 1e-12);
          squares += gradient.squaredNorm();
        }
        EXPECT_NEAR(found.total, std::sqrt(squares), 1e-12);
        EXPECT_TRUE(found.borders.empty());
      }
    }
  }
}

// The gradient that a truncated backward pass has at a step is the sum of those of the losses in its piece:
// each is taken from a full backward pass of that loss alone.
TEST(Taught, TruncatedTermsAreThoseOfTheLossesInTheSamePiece) {
  for (const nn::ModelSpec& spec : any_specs()) {
    for (const auto& forced : {std::vector<nn::ForceRule>{}, any_rules()}) {
      const auto observation = any_observation<double>(spec, forced, kTaughtSteps);
      const auto& network = *observation.network;
      std::vector<trace::SequenceTrace<double>> alone;
      for (Index s = 0; s < kTaughtSteps; ++s) alone.push_back(observe::with_loss_at(observation, s));
      for (int layer = 0; layer < spec.layers; ++layer) {
        const Taught found = taught(observation, layer, false, 4);
        EXPECT_EQ(found.borders, (std::vector<Index>{4, 8}));
        for (const TaughtTerm& term : found.terms) {
          const nn::Product& product = network.cell().products[term.product];
          Eigen::MatrixXd sum;
          for (Index t = 0; t < kTaughtSteps; ++t) {
            Eigen::MatrixXd here = 0 * term_at(observation, *observation.sequence, layer, product, t);
            if (t == 0) sum = here;
            for (Index s = t; s < std::min(kTaughtSteps, (t / 4 + 1) * 4); ++s)
              here += term_at(observation, alone[s], layer, product, t);
            EXPECT_NEAR(term.truncated[t], here.norm(), 1e-12) << in_words(spec) << " step " << t;
            sum += here;
          }
          EXPECT_NEAR(term.truncated_total, sum.norm(), 1e-12) << in_words(spec);
        }
      }
    }
  }
}

TEST(Taught, ATruncationBeyondTheTextChangesNothing) {
  const auto observation = any_observation<double>(any_spec("lstm", 5, 2), any_rules(), kTaughtSteps);
  const Taught found = taught(observation, 0, false, kTaughtSteps);
  EXPECT_TRUE(found.borders.empty());
  EXPECT_NEAR(found.direction, 1, 1e-12);
  for (const TaughtTerm& term : found.terms)
    for (std::size_t t = 0; t < term.norms.size(); ++t) EXPECT_DOUBLE_EQ(term.truncated[t], term.norms[t]);
  const Taught cut = taught(observation, 0, false, 2);
  EXPECT_LT(cut.direction, 0.9999);
  EXPECT_GT(std::abs(cut.truncated_total / cut.total - 1), 1e-4);
}

TEST(Taught, OneLossTeachesWithinItsPieceAlone) {
  const auto observation =
      any_observation<double>(any_spec("gru"), {}, kTaughtSteps, {trace::LossAt::Kind::step, 6});
  const Taught found = taught(observation, 0, false, 4);
  for (const TaughtTerm& term : found.terms) {
    if (term.recurrent) {
      EXPECT_EQ(term.norms[0], 0) << "there was no state yet";
    }
    EXPECT_GT(term.norms[2], 0);
    for (Index t = 0; t < kTaughtSteps; ++t) {
      const auto at = static_cast<std::size_t>(t);
      if (t >= 4 && t <= 6)
        EXPECT_NEAR(term.truncated[at], term.norms[at], 1e-15);
      else
        EXPECT_EQ(term.truncated[at], 0);
    }
  }
}

TEST(Taught, SaysWhatItCannot) {
  const auto one = any_observation<float>(any_spec("lstm"), {}, 5);
  EXPECT_EQ(error_of([&] { taught(one, 3, false, {}); }), "layer 3 does not exist, expected 0 to 0");
  EXPECT_EQ(error_of([&] { taught(one, 0, true, {}); }), "the model has no backward direction");
  EXPECT_EQ(error_of([&] { taught(one, 0, false, 0); }),
            "a truncation to 0 steps is impossible, expected 1 or more");
  nn::ModelSpec both = any_spec("lstm");
  both.bidirectional = true;
  const auto other = any_observation<float>(both, {}, 5);
  EXPECT_EQ(taught(other, 0, true, {}).terms.size(), 8U);
  EXPECT_NE(error_of([&] { taught(other, 0, false, 4); }).find("both directions"), std::string::npos);
}

}  // namespace
}  // namespace gatescope::analysis
