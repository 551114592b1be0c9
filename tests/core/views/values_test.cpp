// A task with values in place of characters, learnt, observed, drawn and written down.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/analysis/equations.h"
#include "core/analysis/scores.h"
#include "core/observe/observe.h"
#include "core/trace/trace_json.h"
#include "core/train/trainer.h"
#include "core/views/parts.h"
#include "observations.h"
#include "tests/error_of.h"

namespace gatescope::views {
namespace {

/// A number goes in at every step; from the third on the one of two steps before should come out.
class Echo final : public task::Task {
 public:
  static constexpr Index kSteps = 12, kLag = 2, kBatch = 32;

  nn::Interface interface() const override { return {nn::InputKind::values, 1, nn::Readout::linear, 1}; }
  std::string fingerprint() const override { return "echo"; }
  std::uint64_t old_fingerprint() const override { return 1; }
  void training_batch(std::uint64_t update, task::Batch& batch) const override { fill(0, update, batch); }
  Index held_out_batches() const override { return 2; }
  void held_out_batch(Index number, task::Batch& batch) const override {
    fill(1, static_cast<std::uint64_t>(number), batch);
  }

 private:
  static void fill(std::uint64_t part, std::uint64_t number, task::Batch& batch) {
    batch.steps = kSteps;
    batch.size = kBatch;
    batch.continues = false;
    const auto count = static_cast<std::size_t>(kSteps * kBatch);
    batch.values.resize(count);
    batch.target_values.assign(count, 0);
    batch.scored.assign(count, 0);
    Rng rng{part, number};
    for (float& value : batch.values) value = static_cast<float>(rng.below(2001)) / 1000 - 1;
    for (std::size_t k = static_cast<std::size_t>(kLag * kBatch); k < count; ++k) {
      batch.target_values[k] = batch.values[k - static_cast<std::size_t>(kLag * kBatch)];
      batch.scored[k] = 1;
    }
  }
};

struct Learnt {
  explicit Learnt(const std::string& cell, int updates, int layers = 1) {
    experiment::Experiment e;
    e.models.front().cell = cell;
    e.models.front().hidden = 8;
    e.models.front().layers = layers;
    e.training.batch = Echo::kBatch;
    e.training.carry = false;
    e.training.optimizer.rate = 0.02;
    experiment::complete(e, task->interface());
    train::Trainer trainer(e, task, 1);
    before = trainer.held_out().at(0).value();
    for (int k = 0; k < updates; ++k) EXPECT_TRUE(trainer.step());
    after = trainer.held_out().at(0).value();
    model = {"echo", std::make_shared<nn::Network<float>>(e.models.front(), task->interface()),
             observe::alphabet_of(*task)};
    model.network->parameters() = trainer.network(0).parameters();
    model.network->prepare_all();
  }

  Observation observed(const std::vector<nn::ForceRule>& rules = {}, const trace::LossAt& loss = {},
                       std::uint64_t number = 5) const {
    Observation seen = observe::observe(model, observe::HeldOut{task.get(), number}, rules, loss);
    seen.metrics = {{"echo", 1, before, before, 1, 1, 1}, {"echo", 2, after, after, 1, 1, 1}};
    return seen;
  }

  std::shared_ptr<const Echo> task = std::make_shared<const Echo>();
  observe::Model<float> model;
  double before = 0, after = 0;
};

Figure draw(std::string_view view, const Observation& observation, const ViewOptions& options = {}) {
  return find_view(view).make(std::span(&observation, 1), options);
}

TEST(TaskOfValues, IsLearntAndWhatIsObservedHasTheLossOfTraining) {
  const Learnt learnt("gru", 400);
  EXPECT_LT(learnt.after, 0.25 * learnt.before);
  double sum = 0;
  Index scored = 0;
  for (std::uint64_t number = 0; number < task::held_out_sequences(*learnt.task); ++number) {
    const Observation seen = learnt.observed({}, {}, number);
    sum += seen.sequence->trace.total_loss;
    scored += seen.sequence->trace.scored;
  }
  EXPECT_EQ(scored, 2 * Echo::kBatch * (Echo::kSteps - Echo::kLag));
  EXPECT_NEAR(sum / static_cast<double>(scored), learnt.after, 1e-5 * learnt.before);
  const Observation seen = learnt.observed();
  EXPECT_EQ(seen.expected(1), "");
  for (Index t = Echo::kLag; t < Echo::kSteps; ++t) EXPECT_EQ(seen.expected(t), seen.read(t - Echo::kLag));
}

TEST(TaskOfValues, IsDrawnByEveryViewThatDoesNotNeedCharacters) {
  for (const std::string& cell : cells())
    for (const std::string rule : {"", "h@3-5=*0.5"}) {
      const Learnt learnt(cell, 1);
      std::vector<nn::ForceRule> rules;
      if (!rule.empty()) rules.push_back(nn::parse_force_rule(rule));
      const Observation seen = learnt.observed(rules);
      for (const View& view : all_views())
        for (const ViewOptions& options : {ViewOptions{}, ViewOptions{.step = 4, .unit = 2}}) {
          if (view.id == "text") continue;
          const Figure figure = draw(view.id, seen, options);
          ASSERT_FALSE(figure.panels.empty()) << view.id;
          std::string words = figure.title + figure.caption;
          for (const Headline& headline : figure.headlines) words += headline.label;
          for (const Panel& panel : figure.panels) words += panel.title + panel.remark + panel.y.unit;
          for (const char* foreign : {"character", "label", "class", "bits", "�"})
            EXPECT_EQ(words.find(foreign), std::string::npos) << view.id << ": " << words;
        }
    }
}

TEST(TaskOfValues, TheViewOfTheTextSaysWhyItHasNone) {
  const Learnt learnt("lstm", 1);
  EXPECT_EQ(error_of([&] { draw("text", learnt.observed(), {.channel = "loss"}); }),
            "the view text colours what was read character by character, and echo reads values");
}

TEST(TaskOfValues, NextShowsWhatCameOutAndWhatWasExpected) {
  const Learnt learnt("gru", 1);
  const Observation seen = learnt.observed({nn::parse_force_rule("z=0")});
  const Figure figure = draw("next", seen);
  EXPECT_EQ(figure.title, "Output, echo");
  EXPECT_TRUE(figure.headlines[0].label.starts_with("mean squared error, natural "));
  EXPECT_EQ(figure.headlines[0].value,
            quoted(seen.sequence->trace.total_loss / static_cast<double>(seen.sequence->trace.scored)));
  ASSERT_EQ(figure.panels.size(), 1U);
  const auto lines = marks_of<Line>(figure.panels[0]);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].name, "expected");
  ASSERT_EQ(lines[0].x.size(), static_cast<std::size_t>(Echo::kSteps - Echo::kLag));
  EXPECT_EQ(lines[0].x[0], Echo::kLag);
  EXPECT_EQ(lines[0].marker, Marker::disc) << "not at every step";
  EXPECT_EQ(lines[0].y[3], static_cast<double>(seen.sequence->values[3]));
  for (Index t = 0; t < Echo::kSteps; ++t) {
    EXPECT_EQ(lines[1].y[t], static_cast<double>(seen.natural->trace.outputs(0, t)));
    EXPECT_EQ(lines[2].y[t], static_cast<double>(seen.sequence->trace.outputs(0, t)));
  }
}

TEST(TaskOfValues, TheEffectIsInSquaredErrors) {
  const Learnt learnt("gru", 1);
  const Observation seen = learnt.observed({nn::parse_force_rule("z=0")});
  const Figure figure = draw("effect", seen);
  EXPECT_EQ(figure.headlines[0].label, "squared error");
  EXPECT_EQ(figure.panels[0].title, "loss of the value");
  const Line natural = marks_of<Line>(figure.panels[0]).at(0);
  ASSERT_EQ(natural.x.size(), static_cast<std::size_t>(Echo::kSteps - Echo::kLag));
  EXPECT_EQ(natural.y[0], analysis::scores(seen, *seen.natural)[Echo::kLag]);
  EXPECT_EQ(draw("training", seen).panels[0].y.unit, "squared error");
}

TEST(TaskOfValues, TheGradientOfOneStepReachesBackToItsInput) {
  const Learnt learnt("lstm", 1, 2);
  const Observation whole = learnt.observed();
  const Observation last = learnt.observed({}, {trace::LossAt::Kind::last, 0});
  EXPECT_EQ(last.sequence->trace.scored, 1);
  const auto lanes = [&](const Observation& seen) {
    return marks_of<Columns>(draw("unrolled", seen).panels.at(2)).at(0);
  };
  EXPECT_EQ(lanes(whole).origin, Echo::kSteps - 1);
  EXPECT_EQ(lanes(whole).values, lanes(last).values) << "traced once more for that step alone";
  // At a step at which nothing is expected there is no loss, and so no gradient.
  EXPECT_EQ(draw("gradient", whole, {.loss_step = 1}).headlines[0].value, "no gradient");
}

TEST(TaskOfValues, EquationsHaveTheValueThatWentIn) {
  const Learnt learnt("gru", 1);
  const Observation seen = learnt.observed();
  for (const auto& equation : analysis::equations(*seen.network, *seen.sequence, {.step = 4, .unit = 2}))
    EXPECT_NEAR(equation.computed, equation.value, 1e-5) << equation.symbol;
}

TEST(TaskOfValues, TheTraceIsWrittenWithItsValues) {
  const Learnt learnt("gru", 1);
  const Observation seen = learnt.observed();
  std::ostringstream out;
  trace::write_trace_json(out, *seen.network, *seen.sequence, {});
  const auto json = nlohmann::json::parse(out.str());
  EXPECT_EQ(json["text"], "");
  EXPECT_FALSE(json.contains("tokens"));
  ASSERT_EQ(json["inputs"].size(), static_cast<std::size_t>(Echo::kSteps));
  EXPECT_EQ(json["inputs"][3][0].get<float>(), seen.sequence->values[3]);
  EXPECT_TRUE(json["targets"][1].is_null());
  EXPECT_TRUE(json["loss"][1].is_null());
  EXPECT_EQ(json["targets"][5], json["inputs"][3]);
  EXPECT_EQ(json["logits"][5][0].get<float>(), seen.sequence->trace.outputs(0, 5));
}

}  // namespace
}  // namespace gatescope::views
