#include "core/observe/observe.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/scores.h"
#include "core/error.h"
#include "core/task/temporal_order.h"
#include "tests/error_of.h"

namespace gatescope::observe {
namespace {

template <class S>
Model<S> reader(const nn::Interface& interface, Alphabet alphabet) {
  nn::ModelSpec spec;
  spec.cell = "gru";
  spec.hidden = 5;
  Model<S> model{"reader", std::make_shared<nn::Network<S>>(spec, interface), std::move(alphabet)};
  model.network->initialise(Rng(3));
  model.network->prepare_all();
  return model;
}

Model<float> of_text() {
  const nn::Interface interface { nn::InputKind::characters, 3, nn::Readout::softmax, 3 };
  return reader<float>(interface, alphabet_of(interface, {"a", "b", "c"}));
}

template <class S>
Model<S> of_values(Index inputs, Index outputs) {
  const nn::Interface interface { nn::InputKind::values, inputs, nn::Readout::linear, outputs };
  return reader<S>(interface, alphabet_of(interface, {}));
}

Pair some_values() {
  return {.tokens = {},
          .values = {0.5F, -1, 0.25F, 2},
          .targets = {},
          .target_values = {1, 0, -0.5F, 0.125F},
          .expected = {0, 1, 1, 1}};
}

TEST(Observe, ATextIsTheTraceOfIt) {
  const Model<float> model = of_text();
  const std::vector<int> characters{0, 1, 2, 2, 1, 0};
  const auto seen = observe(model, Text{characters}, {}, {trace::LossAt::Kind::step, 2});
  model.network->force({});
  const auto alone = trace::trace_text<float>(*model.network, characters, {trace::LossAt::Kind::step, 2});
  EXPECT_EQ(seen.sequence->trace.outputs, alone.trace.outputs);
  EXPECT_EQ(seen.sequence->gradients, alone.gradients);
  EXPECT_FALSE(seen.natural);
  EXPECT_EQ(seen.name, "reader");
  EXPECT_EQ(seen.steps(), 5);
  EXPECT_EQ(seen.read(1), "b");
  EXPECT_EQ(seen.expected(1), "c");
  EXPECT_EQ(seen.characters(), (std::vector<std::string>{"a", "b", "c", "c", "b"}));
  EXPECT_TRUE(seen.expects_always());
  EXPECT_EQ(seen.outcome().mean_score, "bits per character");
}

TEST(Observe, TheNaturalTwinIsWithoutTheRulesAndTheNetworkStaysUnderThem) {
  const Model<float> model = of_text();
  const auto seen = observe(model, Text{{0, 1, 2, 0}}, {nn::parse_force_rule("z=1")}, {});
  ASSERT_TRUE(seen.natural);
  EXPECT_NE(seen.natural->trace.outputs, seen.sequence->trace.outputs);
  EXPECT_EQ(seen.natural->trace.outputs, observe(model, Text{{0, 1, 2, 0}}, {}, {}).sequence->trace.outputs);
  const auto again = observe(model, Text{{0, 1, 2, 0}}, {nn::parse_force_rule("z=1")}, {},
                             {.needs = {.tape = true, .gradients = true}});
  EXPECT_FALSE(again.natural);
  EXPECT_TRUE(again.network->forced());
  EXPECT_EQ(again.sequence->trace.outputs, seen.sequence->trace.outputs);
}

TEST(Observe, LeavesOutTheGradientsThatNobodyNeeds) {
  const Model<float> model = of_text();
  const auto whole = observe(model, Text{{0, 1, 2, 0}}, {}, {});
  const auto without = observe(model, Text{{0, 1, 2, 0}}, {}, {}, {.needs = {.tape = true}});
  EXPECT_EQ(without.sequence->trace.outputs, whole.sequence->trace.outputs);
  EXPECT_EQ(without.sequence->trace.total_loss, whole.sequence->trace.total_loss);
  EXPECT_FALSE(whole.sequence->gradients.empty());
  EXPECT_TRUE(without.sequence->gradients.empty());
}

TEST(Observe, EveryObservationHasAMemoOfItsOwn) {
  const Model<float> model = of_text();
  const auto one = observe(model, Text{{0, 1, 2, 0}}, {}, {}),
             other = observe(model, Text{{0, 1, 2, 0}}, {}, {});
  ASSERT_TRUE(one.memo && other.memo);
  EXPECT_NE(one.memo, other.memo);
}

TEST(Observe, AHeldOutSequenceHasItsTasksWords) {
  const task::TemporalOrder task({.batch = 4}, 12);
  const Model<float> model = reader<float>(task.interface(), alphabet_of(task));
  const auto seen = observe(model, HeldOut{&task, 2}, {}, {});
  EXPECT_EQ(seen.steps(), 12);
  EXPECT_EQ(seen.read(0), "B");
  EXPECT_EQ(seen.expected(3), "");
  EXPECT_EQ(seen.expected(11).size(), 2U) << "one of XX, XY, YX, YY";
  EXPECT_EQ(seen.sequence->trace.scored, 1);
  EXPECT_FALSE(seen.expects_always());
  EXPECT_EQ(seen.outcome().name, "label");
  EXPECT_EQ(seen.sequence->targets, task::held_out_sequence(task, 2).targets);
}

TEST(Observe, ValuesAreScoredByTheirSquaredErrorWhereTheyAreExpected) {
  const Model<float> model = of_values<float>(1, 1);
  const auto seen = observe(model, some_values(), {}, {});
  EXPECT_EQ(seen.outcome().mean_score, "squared error");
  EXPECT_EQ(seen.steps(), 4);
  EXPECT_EQ(seen.read(1), "−1");
  EXPECT_EQ(seen.expected(0), "");
  EXPECT_EQ(seen.expected(2), "−0.5");
  EXPECT_TRUE(seen.characters().empty());
  EXPECT_EQ(seen.sequence->trace.scored, 3);
  const auto errors = analysis::scores(seen, *seen.sequence);
  EXPECT_TRUE(std::isnan(errors[0]));
  double sum = 0;
  for (Index t = 1; t < 4; ++t) {
    const double error = static_cast<double>(seen.sequence->trace.outputs(0, t)) -
                         static_cast<double>(some_values().target_values[t]);
    EXPECT_NEAR(errors[t], error * error, 1e-6);
    sum += error * error;
  }
  EXPECT_NEAR(seen.sequence->trace.total_loss, sum, 1e-6);
}

TEST(Observe, TheGradientOfValuesIsThatOfTheirLoss) {
  const Model<double> model = of_values<double>(2, 1);
  Pair pair = some_values();
  pair.values = {0.5F, 1, -1, 0.25F, 2, 0, 1, 1};
  const auto seen = observe(model, pair, {}, {});
  auto& parameters = model.network->parameters();
  const auto loss = [&] {
    model.network->prepare_all();
    return observe(model, pair, {}, {}).sequence->trace.total_loss;
  };
  for (std::size_t k = 0; k < parameters.size(); k += 3) {
    const double at = parameters[k], step = 1e-6;
    parameters[k] = at + step;
    const double above = loss();
    parameters[k] = at - step;
    const double below = loss();
    parameters[k] = at;
    EXPECT_NEAR(seen.sequence->gradients[k], (above - below) / (2 * step), 1e-7) << k;
  }
}

TEST(Observe, ValuesAloneHaveNoLossAndNoGradient) {
  const auto seen = observe(of_values<float>(1, 2), Values{{0.5F, 1, 2}}, {}, {});
  EXPECT_EQ(seen.steps(), 3);
  EXPECT_EQ(seen.sequence->trace.scored, 0);
  for (const float g : seen.sequence->gradients) EXPECT_EQ(g, 0.0F);
  const nn::Interface labels{nn::InputKind::values, 2, nn::Readout::softmax, 3};
  const auto classes =
      observe(reader<float>(labels, alphabet_of(labels, {})), Values{{0.5F, 1, 2, 3}}, {}, {});
  EXPECT_EQ(classes.steps(), 2);
  EXPECT_EQ(classes.sequence->trace.scored, 0);
  EXPECT_EQ(classes.alphabet.output(2), "2");
}

TEST(Observe, OneStepsLossIsAPartOfTheWhole) {
  const auto seen = observe(of_values<float>(1, 1), some_values(), {}, {});
  double sum = 0;
  for (Index t = 0; t < 4; ++t) {
    const auto one = with_loss_at(seen, t);
    EXPECT_EQ(one.trace.scored, t == 0 ? 0 : 1) << t;
    EXPECT_EQ(one.trace.outputs, seen.sequence->trace.outputs);
    sum += one.trace.total_loss;
  }
  EXPECT_NEAR(sum, seen.sequence->trace.total_loss, 1e-6);
  EXPECT_THROW(with_loss_at(seen, 4), Error);

  const auto text = observe(of_text(), Text{{0, 1, 2, 0}}, {}, {});
  const auto alone = observe(of_text(), Text{{0, 1, 2, 0}}, {}, {trace::LossAt::Kind::step, 1});
  EXPECT_EQ(with_loss_at(text, 1).gradients, alone.sequence->gradients);
}

TEST(Observe, TapesHaveNames) {
  const auto seen = observe(of_text(), Text{{0, 1, 2}}, {}, {});
  EXPECT_EQ(seen.tape(*seen.sequence, "0"), &seen.sequence->trace.tapes[0]);
  EXPECT_EQ(seen.tape(*seen.sequence, "1"), nullptr);
  EXPECT_EQ(tape_name({.layers = 2, .bidirectional = true}, 1, true), "1.backward");
  EXPECT_EQ(tape_name({.layers = 2, .bidirectional = true}, 1, false), "1.forward");
}

TEST(Observe, RefusesWhatTheModelCannotRead) {
  const Model<float> text = of_text(), values = of_values<float>(1, 1);
  const auto refusal = [](const Model<float>& model, const Stimulus& stimulus, const trace::LossAt& loss) {
    return error_of([&] { observe(model, stimulus, {}, loss); });
  };
  EXPECT_EQ(refusal(values, Text{{0, 1}}, {}),
            "a text needs a model that reads characters; this one reads 1 values a step");
  EXPECT_EQ(refusal(text, Values{{1, 2}}, {}), "a sequence of values needs a model that reads them");
  EXPECT_EQ(refusal(values, some_values(), {trace::LossAt::Kind::step, 0}),
            "nothing is expected at step 0, which has no loss therefore");
  EXPECT_EQ(refusal(values, some_values(), {trace::LossAt::Kind::step, 9}),
            "step 9 does not exist: the sequence has steps 0 to 3");
  Pair cut = some_values();
  cut.values.pop_back();
  EXPECT_EQ(refusal(values, cut, {}), "3 steps with 4 expected values cannot be traced, expected 1 a step");
  EXPECT_EQ(refusal(of_values<float>(3, 1), cut, {}),
            "1 steps with 4 expected values cannot be traced, expected 1 a step");
  EXPECT_EQ(refusal(of_values<float>(2, 1), cut, {}), "3 values cannot be cut into steps, expected 2 a step");
  EXPECT_EQ(refusal(values, Values{}, {}), "a sequence of no steps cannot be traced, expected 1 or more");
}

}  // namespace
}  // namespace gatescope::observe
