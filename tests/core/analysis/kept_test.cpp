#include "core/analysis/kept.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/drift.h"
#include "core/analysis/gradient_lag.h"
#include "core/analysis/memory_left.h"
#include "core/analysis/one_loss.h"
#include "core/analysis/saliency.h"
#include "core/analysis/scores.h"
#include "core/observe/observe.h"

namespace gatescope::analysis {
namespace {

Observation observed(const std::string& rule = "f@3-4=0", const trace::LossAt& loss = {},
                     bool bidirectional = false) {
  nn::ModelSpec spec;
  spec.cell = "lstm";
  spec.hidden = 6;
  spec.bidirectional = bidirectional;
  observe::Model<float> model{.name = "model",
                              .network = std::make_shared<nn::Network<float>>(
                                  spec, nn::Interface{nn::InputKind::characters, 4, nn::Readout::softmax, 4}),
                              .alphabet = {.inputs = {"a", "b", "c", "d"}}};
  model.network->initialise(Rng(3));
  model.network->prepare_all();
  std::vector<nn::ForceRule> rules;
  if (!rule.empty()) rules.push_back(nn::parse_force_rule(rule));
  return observe::observe(model, observe::Text{{0, 1, 2, 3, 2, 1, 0, 3, 3, 1}}, rules, loss);
}

TEST(Kept, IsWhatTheAnalysisSays) {
  const Observation o = observed();
  const auto& tape = o.sequence->trace.tapes[0];
  const int c = tape.info().find("c"), f = tape.info().find("f");
  const Series memory{.channel = c}, wanted{.channel = f, .raw = true};
  EXPECT_EQ(*scores(o, Run::in_force), scores(o, *o.sequence));
  EXPECT_EQ(*scores(o, Run::natural), scores(o, *o.natural));
  EXPECT_NE(*scores(o, Run::natural), *scores(o, Run::in_force));
  EXPECT_EQ(mean_score(o, Run::natural), mean_of_finite(scores(o, *o.natural)));
  EXPECT_EQ(*saliency(o, Run::in_force), saliency(*o.network, *o.sequence));
  EXPECT_EQ(summary(o, memory, 5)->mean, summarise(tape.values(c).leftCols(5)).mean);
  EXPECT_NE(summary(o, memory, 5)->mean, summary(o, memory, 6)->mean);
  EXPECT_EQ((*summaries_of_steps(o, memory))[2].deviation, summarise(tape.values(c).col(2)).deviation);
  EXPECT_EQ(*telling_units(o, memory, 3), telling_units(tape.values(c), 3));
  EXPECT_EQ(*most_varying_units(o, memory, 1), most_varying_units(tape.values(c), 1));
  EXPECT_EQ(saturation(o, wanted)->left, saturation(tape.raw_values(f), tape.hidden()).left);
  EXPECT_NE(saturation(o, wanted)->left, saturation(o, {.channel = f})->left);
  EXPECT_EQ(relative_step(o, memory, 9), relative_step(tape.values(c)).mean);
  EXPECT_EQ((*unit_means(o, memory))[4], static_cast<double>(tape.values(c).col(4).mean()));
  EXPECT_EQ(unit_series(o, memory, 2)->values[7], tape.values(c)(2, 7));
  EXPECT_EQ(unit_series(o, memory, 2)->greatest, tape.values(c).row(2).maxCoeff());
  EXPECT_EQ(gradient_lags(o, memory, 8)->norms, gradient_over_lag(tape, c, 8));
  EXPECT_EQ(*probabilities(o, Run::natural, 4), probabilities(o.natural->trace.outputs.col(4)));
  EXPECT_EQ((*next_characters(o, Run::in_force, 4, 2))[1].character,
            next_characters(o.sequence->trace.outputs.col(4), 2)[1].character);
  const Place place{.step = 4, .unit = 1};
  EXPECT_EQ(to_text(equations(o, place)->front()),
            to_text(equations<float>(*o.network, *o.sequence, place).front()));
}

TEST(Kept, StaysWithTheObservationAndItsCopies) {
  const Observation o = observed();
  const Observation copy = o;
  const auto first = scores(o, Run::in_force);
  EXPECT_EQ(scores(copy, Run::in_force), first);
  EXPECT_EQ(o.memo->computations("scores"), 1u);
  EXPECT_NE(scores(observed(), Run::in_force), first) << "another observation";
  Observation without = o;
  without.memo = nullptr;
  EXPECT_NE(scores(without, Run::in_force), first);
  EXPECT_EQ(*scores(without, Run::in_force), *first);
}

TEST(Kept, EveryUnitStepChannelLayerAndRunIsAnother) {
  const Observation o = observed();
  const int c = o.network->cell().find("c"), h = o.network->cell().find("h");
  EXPECT_NE(unit_series(o, {.channel = c}, 1)->values, unit_series(o, {.channel = c}, 2)->values);
  EXPECT_NE(unit_series(o, {.channel = c}, 1)->values, unit_series(o, {.channel = h}, 1)->values);
  EXPECT_NE(unit_series(o, {.channel = c}, 1)->values,
            unit_series(o, Series{.channel = c}.natural(), 1)->values);
  EXPECT_NE(*probabilities(o, Run::in_force, 5), *probabilities(o, Run::in_force, 6));
}

TEST(SizeRatio, IsTheRatioOfSizesFromTheFirstForcedStepOn) {
  const Observation o = observed("f@3-4=0");
  const int c = o.network->cell().find("c");
  const auto mean = [&](const trace::SequenceTrace<float>& text, Index from, Index end) {
    return text.trace.tapes[0].values(c).middleCols(from, end - from).cast<double>().cwiseAbs().mean();
  };
  EXPECT_EQ(first_forced_step(o), 3);
  EXPECT_NEAR(size_ratio(o, {.channel = c}, o.steps()), mean(*o.sequence, 3, 9) / mean(*o.natural, 3, 9),
              1e-12);
  EXPECT_NEAR(size_ratio(o, {.channel = c}, 5), mean(*o.sequence, 3, 5) / mean(*o.natural, 3, 5), 1e-12);
  EXPECT_TRUE(std::isnan(size_ratio(observed(""), {.channel = c}, 9))) << "nothing is forced";
  EXPECT_TRUE(std::isnan(size_ratio(o, {.channel = c}, 2))) << "nothing is forced yet";
}

double left_of(const Observation& o, Run run = Run::in_force) {
  const auto old = old_memory(o, {.channel = o.network->cell().memory(), .run = run});
  return *old ? (*old)->left(o.steps()) : -1;
}

TEST(MemoryLeft, IsNothingWhereEverythingIsWiped) {
  for (const char* rule : {"f@4=0", "f@3-5=0", "f=0", "c@4-6=0", "f~@4=*0-800"})
    EXPECT_EQ(left_of(observed(rule)), 0) << rule;
  EXPECT_GT(left_of(observed("f@3-5=0"), Run::natural), 0);
  EXPECT_GT(size_ratio(observed("f@3-5=0"), {.channel = observed().network->cell().find("c")}, 9), 0)
      << "new content fills it again";
}

TEST(MemoryLeft, IsAllOfItWhereTheGateIsOpenAndTheProductOfTheGatesElse) {
  EXPECT_NEAR(left_of(observed("f@3-5=1")), 1, 1e-6);
  EXPECT_NEAR(left_of(observed("f@3-5=0.5")), 0.125, 1e-6);
  EXPECT_NEAR(left_of(observed("f[0,1]@3=0")), left_of(observed("f[0,1]@3=0")), 0);
  const Observation o = observed("i@3-5=0");
  EXPECT_NEAR(left_of(o), left_of(o, Run::natural), 0.2) << "what is written does not count";
  const auto old = old_memory(o, {.channel = o.network->cell().find("c")});
  ASSERT_TRUE(*old);
  EXPECT_EQ((*old)->from, 2);
  EXPECT_EQ((*old)->last, 5);
  EXPECT_TRUE(std::isnan((*old)->left(3))) << "nothing is forced yet";
  EXPECT_FALSE(std::isnan((*old)->left(4)));
  // By hand, of the natural run.
  const auto& tape = o.natural->trace.tapes[0];
  const int c = o.network->cell().find("c"), f = o.network->cell().find("f");
  double all = 0, left = 0;
  for (Index u = 0; u < tape.hidden(); ++u) {
    double value = static_cast<double>(tape.values(c)(u, 2));
    all += std::abs(value);
    for (Index t = 3; t <= 5; ++t) value *= static_cast<double>(tape.values(f)(u, t));
    left += std::abs(value);
  }
  EXPECT_NEAR(left_of(o, Run::natural), left / all, 1e-9);
}

TEST(MemoryLeft, IsSaidOfForcedTextsAlone) {
  EXPECT_FALSE(*old_memory(observed(""), {.channel = 4}));
  EXPECT_FALSE(*old_memory(observed("f@700-=0"), {.channel = 4})) << "beyond the text";
}

TEST(MemoryLeft, BeginsWhereARuleBegins) {
  EXPECT_EQ(first_forced_step(observed("f=0")), 0);
  EXPECT_EQ(first_forced_step(observed("f@7,2-3=0")), 2);
  EXPECT_EQ(first_forced_step(observed("f@700-=0")), 0) << "beyond the text: it forces nothing";
  EXPECT_EQ(first_forced_step(observed("f@3-4=0", {}, true)), 0) << "a layer that reads backwards";
}

TEST(OneLoss, IsReadAgainOnceWhereATraceHasASum) {
  const Observation sum = observed("f@3-4=0");
  const std::vector<Observation> first = with_one_loss(std::span(&sum, 1), 5),
                                 again = with_one_loss(std::span(&sum, 1), 5);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(loss_step(*first[0].sequence), 5);
  ASSERT_TRUE(first[0].natural);
  EXPECT_EQ(loss_step(*first[0].natural), 5);
  EXPECT_EQ(first[0].sequence, again[0].sequence);
  EXPECT_EQ(sum.memo->computations("one loss"), 1u);
  const Observation direct = observed("f@3-4=0", {trace::LossAt::Kind::step, 5});
  EXPECT_EQ(*saliency(first[0], Run::in_force), *saliency(direct, Run::in_force));
  EXPECT_EQ(*saliency(first[0], Run::natural), *saliency(direct, Run::natural)) << "without the rules, too";
  EXPECT_NE(*saliency(first[0], Run::in_force), *saliency(sum, Run::in_force)) << "a memo of its own";
}

TEST(OneLoss, ATraceThatHasItStays) {
  const Observation direct = observed("f@3-4=0", {trace::LossAt::Kind::step, 5});
  const std::vector<Observation> same = with_one_loss(std::span(&direct, 1), {});
  EXPECT_EQ(same[0].sequence, direct.sequence);
  EXPECT_EQ(same[0].natural, direct.natural);
  EXPECT_EQ(direct.memo->computations("one loss"), 0u);
}

}  // namespace
}  // namespace gatescope::analysis
