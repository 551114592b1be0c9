#include "core/analysis/interventions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/replacements.h"
#include "tests/core/analysis/any_observation.h"
#include "tests/error_of.h"

namespace gatescope::analysis {
namespace {

bool has_gates(const nn::ModelSpec& spec) {
  return why_no_interventions(nn::cell_of(spec), spec).empty();
}

TEST(Interventions, EveryCellIsASingleForcedRunForEveryCell) {
  constexpr Index steps = 8, step = 6;
  for (const nn::ModelSpec& spec : any_specs()) {
    if (!has_gates(spec)) continue;
    for (const auto& forced : {std::vector<nn::ForceRule>{}, any_rules()}) {
      const auto observation = any_observation<double>(spec, forced, steps);
      for (int layer = 0; layer < spec.layers; ++layer) {
        const Interventions found = interventions<double>(observation, step, layer);
        ASSERT_EQ(found.closed.cols(), step + 1);
        EXPECT_NEAR(found.without, -observation.sequence->trace.loss[step], 1e-12);
        double greatest = 0;
        for (std::size_t gate = 0; gate < found.gates.size(); ++gate) {
          for (Index t = 0; t <= step; ++t) {
            for (const bool open : {false, true}) {
              auto rules = forced;
              nn::ForceRule& rule = rules.emplace_back();
              rule.layer = layer;
              rule.channel = nn::cell_of(spec).channels[found.gates[gate]].symbol;
              rule.steps = {{static_cast<int>(t), static_cast<int>(t)}};
              rule.shift = open;
              const double alone = observation.sequence->trace.loss[step] -
                                   any_observation<double>(spec, rules, steps).sequence->trace.loss[step];
              const double change = (open ? found.opened : found.closed)(static_cast<Index>(gate), t);
              EXPECT_NEAR(change, alone, 1e-12) << in_words(spec) << " " << nn::to_string(rule);
              greatest = std::max(greatest, std::abs(change));
            }
          }
        }
        EXPECT_GT(greatest, spec.cell.starts_with("matrix_") ? 1e-11 : 1e-10)
            << in_words(spec);  // products of many small numbers hardly move untrained
      }
    }
  }
}

TEST(Interventions, AreTheSameInSeveralBatches) {
  constexpr Index steps = 90;
  const nn::ModelSpec spec = any_spec("lstm", 6);
  const auto observation = any_observation<float>(spec, any_rules(), steps);
  trace::Watch watch;
  const Interventions found = interventions<float>(observation, {}, {}, &watch);
  EXPECT_DOUBLE_EQ(watch.progress(), 1);
  EXPECT_EQ(found.step, steps - 1);
  for (const int t : {0, 20, 21, 42, 60, 88, 89}) {
    auto rules = any_rules();
    nn::ForceRule& rule = rules.emplace_back();
    rule.channel = nn::cell_of(spec).channels[found.gates[0]].symbol;
    rule.steps = {{t, t}};
    const auto alone = any_observation<float>(spec, rules, steps);
    EXPECT_NEAR(found.closed(0, t),
                static_cast<double>(observation.sequence->trace.loss[steps - 1] -
                                    alone.sequence->trace.loss[steps - 1]),
                5e-6)
        << t;
  }
}

TEST(Interventions, SayWhyThereAreNone) {
  const auto plain = any_observation<float>(any_spec("rnn"), {}, 5);
  EXPECT_EQ(error_of([&] { interventions<float>(plain, {}, {}); }),
            "the model has no interventions: RNN has no gates to close or open");
  nn::ModelSpec both = any_spec("gru");
  both.bidirectional = true;
  const auto other = any_observation<float>(both, {}, 5);
  EXPECT_NE(error_of([&] { interventions<float>(other, {}, {}); }).find("both directions"),
            std::string::npos);
  const auto one = any_observation<float>(any_spec("gru"), {}, 5);
  EXPECT_EQ(error_of([&] { interventions<float>(one, 5, {}); }), "step 5 does not exist, expected 0 to 4");
  EXPECT_EQ(error_of([&] { interventions<float>(one, 4, 1); }), "layer 1 does not exist, expected 0 to 0");
}

// The same text with another character, read from the beginning.
TEST(PredictionSaliency, EveryReplacementIsARunOfItsOwnForEveryCell) {
  constexpr Index steps = 8, step = 5;
  for (const nn::ModelSpec& spec : any_specs()) {
    for (const auto& forced : {std::vector<nn::ForceRule>{}, any_rules()}) {
      const auto observation = any_observation<double>(spec, forced, steps);
      const PredictionSaliency found = prediction_saliency<double>(observation, step, 100);
      ASSERT_EQ(found.mean.size(), static_cast<std::size_t>(step + 1));
      const double loss = observation.sequence->trace.loss[step];
      for (Index t = 0; t <= step; ++t) {
        const auto at = static_cast<std::size_t>(t);
        double sum = 0, strongest = 0;
        for (int other = 0; other < kAnyVocabulary; ++other) {
          auto sequence = static_cast<const task::Sequence<double>&>(*observation.sequence);
          if (sequence.tokens[at] == other) continue;
          sequence.tokens[at] = other;
          const double change = trace::trace_sequence(*observation.network, sequence).trace.loss[step] - loss;
          sum += change;
          if (std::abs(change) > std::abs(strongest)) strongest = change;
        }
        EXPECT_NEAR(found.mean[at], sum / (kAnyVocabulary - 1), 1e-12) << in_words(spec) << " step " << t;
        EXPECT_NEAR(found.strongest[at], strongest, 1e-12) << in_words(spec) << " step " << t;
      }
    }
  }
}

// A little of another character mixed in changes the loss as the gradient says.
TEST(PredictionSaliency, GradientTimesInputIsTheFirstOrderOfScalingTheInput) {
  nn::ModelSpec spec = any_spec("lstm", 5, 2);
  spec.embedding = 3;
  const auto observation = any_observation<double>(spec, any_rules(), 8);
  const PredictionSaliency found = prediction_saliency<double>(observation, 6, 3);
  EXPECT_EQ(found.others.size(), 4U) << "one more, as the character itself may be among them";
  const Matrix<double> gradients =
      input_gradients(*observation.network, observe::with_loss_at(observation, 6));
  const nn::Parameter* at = observation.network->table().find("embedding.weight");
  // The embedding of a character that is read at one step alone is moved along itself.
  for (Index t = 0; t <= 6; ++t) {
    const int own = observation.sequence->tokens[t];
    EXPECT_NEAR(found.gradient[t], gradients.col(t).norm(), 1e-14);
    if (std::ranges::count(observation.sequence->tokens.begin(), observation.sequence->tokens.begin() + 7,
                           own) != 1)
      continue;
    const auto loss_at = [&](double scale) {
      nn::Network<double> other(spec, observation.network->interface());
      other.parameters() = observation.network->parameters();
      for (Index k = 0; k < at->cols; ++k) other.parameters()[at->offset + k * at->rows + own] *= scale;
      other.prepare_all();
      other.force(observation.rules);
      return trace::trace_sequence(other, static_cast<const task::Sequence<double>&>(*observation.sequence))
          .trace.loss[6];
    };
    EXPECT_NEAR(found.times_input[t], (loss_at(1.00001) - loss_at(0.99999)) / 2e-5, 1e-8);
  }
}

TEST(PredictionSaliency, OfValuesAllOfAStepAreReplacedByZero) {
  observe::Model<double> model;
  model.name = "the model";
  model.network = std::make_shared<nn::Network<double>>(
      any_spec("gru", 5), nn::Interface{nn::InputKind::values, 2, nn::Readout::linear, 1});
  model.network->initialise(Rng(3));
  model.network->prepare_all();
  model.alphabet = observe::alphabet_of(model.network->interface(), {});
  observe::Pair pair;
  for (int t = 0; t < 6; ++t) {
    pair.values.push_back(static_cast<float>(t % 3) - 0.7F);
    pair.values.push_back(0.25F * static_cast<float>(t));
    pair.target_values.push_back(0.5F);
  }
  const auto observation = observe::observe<double>(model, pair, {}, {});
  const PredictionSaliency found = prediction_saliency<double>(observation, {}, 100);
  EXPECT_TRUE(found.others.empty());
  for (std::size_t t = 0; t < 6; ++t) {
    auto sequence = static_cast<const task::Sequence<double>&>(*observation.sequence);
    sequence.values[2 * t] = sequence.values[2 * t + 1] = 0;
    const double change =
        trace::trace_sequence(*model.network, sequence).trace.loss[5] - observation.sequence->trace.loss[5];
    EXPECT_NEAR(found.mean[t], change, 1e-13);
    EXPECT_NEAR(found.strongest[t], change, 1e-13);
    EXPECT_DOUBLE_EQ(found.predicted[t], -found.times_input[t]);
  }
}

TEST(PredictionSaliency, ManyReplacementsAreSeveralBlocks) {
  const auto observation = any_observation<double>(any_spec("lstm"), {}, 150);
  trace::Watch watch;
  const PredictionSaliency all = prediction_saliency<double>(observation, {}, 100, &watch);
  EXPECT_DOUBLE_EQ(watch.progress(), 1);
  auto sequence = static_cast<const task::Sequence<double>&>(*observation.sequence);
  const int before = sequence.tokens[100];
  double sum = 0;
  for (int other = 0; other < kAnyVocabulary; ++other) {
    if (other == before) continue;
    sequence.tokens[100] = other;
    sum += trace::trace_sequence(*observation.network, sequence).trace.loss[149] -
           observation.sequence->trace.loss[149];
  }
  EXPECT_NEAR(all.mean[100], sum / (kAnyVocabulary - 1), 1e-12);
}

}  // namespace
}  // namespace gatescope::analysis
