#include "core/train/trainer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/experiment/open_lines.h"
#include "core/experiment/text.h"
#include "core/files.h"
#include "tests/error_of.h"
#include "tests/rules.h"
#include "tests/temporary_folder.h"

namespace gatescope::train {
namespace {

const std::string kCorpora = std::string(GATESCOPE_SOURCE_DIR) + "/assets/corpora";

experiment::Experiment small(std::vector<std::string> cells = {"lstm"}) {
  experiment::Experiment e;
  e.models.clear();
  for (const std::string& cell : cells) {
    nn::ModelSpec model;
    model.cell = cell;
    model.hidden = 12;
    e.models.push_back(model);
  }
  e.training.batch = 40;  // three shards
  e.training.steps = 16;
  e.task.text = "brackets.txt";
  return e;
}

std::unique_ptr<Trainer> make(experiment::Experiment e, int threads = 1) {
  std::shared_ptr<const task::Task> task = experiment::make_task(e, kCorpora);
  experiment::complete(e, task->interface());
  return std::make_unique<Trainer>(e, task, threads);
}

std::string bytes_of(const Trainer& trainer) {
  return checkpoint::to_bytes(trainer.state());
}

TEST(Trainer, GivesTheSameBitsWhateverTheNumberOfThreads) {
  experiment::Experiment e = small({"lstm", "gru", "rnn", "janet", "gated_deltanet"});
  for (nn::ModelSpec& model : e.models) {
    model.layers = 2;
    model.dropout = 0.2;
  }
  std::string first;
  for (const int threads : {1, 2, 3, 4}) {
    const auto trainer = make(e, threads);
    for (int k = 0; k < 12; ++k) ASSERT_TRUE(trainer->step());
    if (first.empty()) first = bytes_of(*trainer);
    EXPECT_EQ(bytes_of(*trainer), first) << threads << " threads";
  }
}

TEST(Trainer, GoesOnWithTheSameBitsAfterAStop) {
  for (const char* cell : {"lstm", "gru_before", "mlstm"}) {
    const auto whole = make(small({cell}));
    for (int k = 0; k < 20; ++k) ASSERT_TRUE(whole->step());
    const auto before = make(small({cell}));
    for (int k = 0; k < 7; ++k) ASSERT_TRUE(before->step());
    const auto after = make(small({cell}), 2);
    after->restore(checkpoint::parse_safetensors(bytes_of(*before), "memory"), "memory");
    EXPECT_EQ(after->updates(), 7u);
    for (int k = 7; k < 20; ++k) ASSERT_TRUE(after->step());
    EXPECT_EQ(bytes_of(*after), bytes_of(*whole)) << cell;
  }
}

TEST(Trainer, AStateHasWhatIsCarriedByBlocksOfSixteenEntriesWhateverTheShards) {
  for (const char* cell : {"lstm", "mlstm"}) {
    const auto trainer = make(small({cell}));
    ASSERT_TRUE(trainer->step());
    const checkpoint::Safetensors state = trainer->state();
    const auto size_of = [&](const std::string& name) {
      const checkpoint::Tensor* tensor = state.find(name);
      return tensor ? tensor->shape.at(0) : -1;
    };
    const std::int64_t first = size_of("model0.carried.0");
    EXPECT_EQ(size_of("model0.carried.1"), first) << cell;
    EXPECT_EQ(2 * size_of("model0.carried.2"), first) << cell;
    EXPECT_EQ(size_of("model0.carried.3"), -1) << cell;
    EXPECT_EQ(first, 16 * (cell == std::string("lstm") ? 2 * 12 : 12 + 2 * 12 * 12)) << cell;
  }
}

TEST(Trainer, RefusesAStateOfAnotherExperimentAndChangesNothing) {
  const auto lstm = make(small({"lstm"})), gru = make(small({"gru"}));
  const std::string before = bytes_of(*gru);
  EXPECT_THROW(gru->restore(lstm->state(), "other"), Error);
  EXPECT_EQ(bytes_of(*gru), before);
}

TEST(Trainer, RefusesAStateWhoseNumbersMeanSomethingElse) {
  const auto says = [](const experiment::Experiment& began, const experiment::Experiment& now) {
    const auto trainer = make(now);
    const std::string before = bytes_of(*trainer);
    const std::string error = error_of([&] { trainer->restore(make(began)->state(), "state"); });
    EXPECT_EQ(bytes_of(*trainer), before);
    return error;
  };
  const experiment::Experiment began = small({"gru"});
  experiment::Experiment now = small({"gru_before"});  // of the same sizes
  EXPECT_NE(says(began, now).find("/models/0/cell is \"gru_before\" now, but was \"gru\""),
            std::string::npos);
  now = began, now.task.held_out = 0.3;
  EXPECT_NE(says(began, now).find("/task/held_out is 0.3 now"), std::string::npos);
  now = began, now.seed = 7;
  EXPECT_NE(says(began, now).find("/seed"), std::string::npos);
  now = began, now.training.optimizer.rule = experiment::OptimizerRule::rmsprop;
  EXPECT_NE(says(began, now).find("/training/optimizer/rule"), std::string::npos);
  now = began, now.training.steps += 1;
  EXPECT_NE(says(began, now).find("/training/steps"), std::string::npos);
  now = began, now.task.kind = "temporal_order";
  EXPECT_NE(says(began, now).find("/task/"), std::string::npos);
  now = began, now.training.optimizer.rate *= 2, now.training.clip_norm = 1, now.training.updates = 9;
  EXPECT_EQ(error_of([&] { make(now)->restore(make(began)->state(), "state"); }), "no error")
      << "what may change on the way";
}

TEST(Trainer, GoesOnFromAStateOfAnOlderVersion) {
  const auto trainer = make(small({"gru"}));
  ASSERT_TRUE(trainer->step());
  checkpoint::Safetensors old = trainer->state();
  old.metadata.erase("began_with");
  old.metadata["data"] = std::to_string(trainer->task().old_fingerprint());
  const auto again = make(small({"gru"}));
  again->restore(old, "state");
  EXPECT_EQ(bytes_of(*again), bytes_of(*trainer)) << "upgraded";
  old.metadata["data"] = "1";
  EXPECT_THROW(again->restore(old, "state"), Error);
}

/// Of a file of one's own an older version drew its split, and what began with it goes on with that alone.
TEST(Trainer, TellsASplitThatWasDrawn) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "own.tsv").native();
  std::string rows;
  for (int k = 0; k < 40; ++k) rows += fmt::format("{}\t{}\n", k % 2 ? "odd" : "even", k);
  write_file(file, rows);
  experiment::Experiment e = small({"gru"});
  e.task = {};
  experiment::set_lines(e.task, file);
  const auto began = [&](bool drawn) {
    experiment::Experiment own = e;
    own.task.drawn_split = drawn;
    const auto task = experiment::open_task(own, {}).task;
    experiment::complete(own, task->interface());
    return std::make_unique<Trainer>(own, task, 1);
  };
  const auto now = began(false), old = began(true);
  EXPECT_FALSE(has_drawn_split(now->state().metadata));
  EXPECT_TRUE(has_drawn_split(old->state().metadata));
  EXPECT_FALSE(has_drawn_split({})) << "a state that does not say what it began with is of a text";
  EXPECT_FALSE(has_drawn_split(make(small())->state().metadata));
  const std::string error = error_of([&] { now->restore(old->state(), "state"); });
  EXPECT_NE(error.find("other data: its file was changed since"), std::string::npos) << error;
  EXPECT_EQ(error_of([&] { began(true)->restore(old->state(), "state"); }), "no error");
}

TEST(Trainer, LearnsWithEveryOptimizer) {
  for (const auto& [rule, rate] : {std::pair{experiment::OptimizerRule::adam, 0.01},
                                   {experiment::OptimizerRule::sgd, 0.5},
                                   {experiment::OptimizerRule::rmsprop, 0.005}}) {
    experiment::Experiment e = small({"gru"});
    e.task.text = "agreement.txt";
    e.training.optimizer.rule = rule;
    e.training.optimizer.rate = rate;
    e.training.optimizer.momentum = rule == experiment::OptimizerRule::sgd ? 0.9 : 0;
    const auto trainer = make(e);
    ASSERT_TRUE(trainer->step());
    const double first = trainer->reports()[0].loss;
    for (int k = 0; k < 150; ++k) ASSERT_TRUE(trainer->step());
    EXPECT_LT(trainer->reports()[0].loss, 0.75 * first) << static_cast<int>(rule);
    EXPECT_LT(*trainer->held_out()[0], 0.75 * first);
  }
}

TEST(Trainer, WeightDecayDrawsWeightsTowardsZeroAndNoBiasesOrTimeConstants) {
  for (const char* cell : {"lstm_peephole", "slstm", "s6"}) {
    experiment::Experiment e = small({cell});
    e.models[0].token_shift = true;
    e.models[0].conv = 3;
    e.models[0].embedding = 5;
    e.training.optimizer.rate = 1e-3;
    const auto plain = make(e);
    e.training.optimizer.weight_decay = 0.5;
    const auto decaying = make(e);
    ASSERT_TRUE(plain->step());
    ASSERT_TRUE(decaying->step());
    const nn::ParameterTable& table = plain->network(0).table();
    int spared = 0;
    for (const nn::Parameter& p : table.all()) {
      const bool spares = p.is_vector || p.name == "rnn.A_log_l0";
      spared += spares;
      for (Index k = p.offset; k < p.offset + p.size(); ++k) {
        const auto at = static_cast<std::size_t>(k);
        const float without = plain->network(0).parameters()[at],
                    with = decaying->network(0).parameters()[at];
        if (spares) {
          EXPECT_EQ(without, with) << p.name;
        } else if (std::abs(without) > 0.05f) {
          EXPECT_LT(std::abs(with), std::abs(without)) << p.name;
        }
      }
    }
    EXPECT_GE(spared, 5) << cell;
  }
}

TEST(Trainer, CarriesWhatAFilterKeepsOfTheInputFromBatchToBatch) {
  experiment::Experiment e = small({"slstm"});
  e.models[0].token_shift = true;
  e.models[0].conv = 4;
  e.models[0].heads = 3;
  const auto whole = make(e), before = make(e), again = make(e, 2);
  for (int k = 0; k < 6; ++k) ASSERT_TRUE(whole->step());
  for (int k = 0; k < 3; ++k) ASSERT_TRUE(before->step());
  again->restore(before->state(), "state");
  for (int k = 0; k < 3; ++k) ASSERT_TRUE(again->step());
  EXPECT_EQ(bytes_of(*again), bytes_of(*whole));
  e.models[0].conv = 5;
  EXPECT_THROW(make(e)->restore(before->state(), "state"), Error);
  e.models[0].conv = 0;
  EXPECT_THROW(make(e)->restore(before->state(), "state"), Error);
}

TEST(Trainer, ClipsTheGlobalNormAndReportsItBeforeAndAfter) {
  experiment::Experiment e = small();
  e.training.clip_norm = 0.01;
  const auto trainer = make(e);
  ASSERT_TRUE(trainer->step());
  EXPECT_GT(trainer->reports()[0].norm_before, 0.01);
  EXPECT_NEAR(trainer->reports()[0].norm_after, 0.01, 1e-5);

  e.training.clip_norm = 0;
  e.training.clip_value = 1e-4;
  const auto by_value = make(e);
  ASSERT_TRUE(by_value->step());
  const double most = 1e-4 * std::sqrt(static_cast<double>(by_value->network(0).table().size()));
  EXPECT_LE(by_value->reports()[0].norm_after, most * 1.001);
  EXPECT_GT(by_value->reports()[0].norm_after, 0.1 * most);
}

TEST(Trainer, TakesTheGradientOfTheMeanLossOverTheWholeBatch) {
  // One step of SGD with rate 1 and no clipping shows the gradient; finite differences of the loss agree with
  // it.
  experiment::Experiment e = small({"lstm"});
  e.training.optimizer.rule = experiment::OptimizerRule::sgd;
  e.training.optimizer.rate = 1;
  e.training.clip_norm = 0;
  const auto trainer = make(e);
  const Buffer<float> before = trainer->network(0).parameters();
  ASSERT_TRUE(trainer->step());
  Buffer<float> gradient = before;
  for (std::size_t k = 0; k < before.size(); ++k) gradient[k] -= trainer->network(0).parameters()[k];

  const auto loss_along = [&](float distance) {
    const auto probe = make(e);
    for (std::size_t k = 0; k < before.size(); ++k)
      probe->network(0).parameters()[k] += distance * gradient[k];
    probe->step();
    return probe->reports()[0].loss;
  };
  double squared = 0;
  for (const float g : gradient) squared += static_cast<double>(g) * static_cast<double>(g);
  EXPECT_NEAR((loss_along(0.02f) - loss_along(-0.02f)) / 0.04, squared, 0.01 * squared);
}

TEST(Trainer, TrainsTheNetworkThatForcedGatesMake) {
  experiment::Experiment e = small({"lstm"});
  e.force = rules({"f=0", "o[0-5]=open"});
  const auto forced = make(e), plain = make(small({"lstm"}));
  for (int k = 0; k < 3; ++k) {
    ASSERT_TRUE(forced->step());
    ASSERT_TRUE(plain->step());
  }
  EXPECT_NE(bytes_of(*forced), bytes_of(*plain));
  // A gate that is always forced gets no gradient: its weights stay as they began.
  const auto fresh = make(small({"lstm"}));
  const auto& p = *forced->network(0).table().find("rnn.bias_ih_l0");
  for (Index unit = 12; unit < 24; ++unit) {
    const auto at = static_cast<std::size_t>(p.offset + unit);
    EXPECT_EQ(forced->network(0).parameters()[at], fresh->network(0).parameters()[at]);
  }
}

TEST(Trainer, StopsBeforeAnUpdateThatIsNotANumberAndNamesTheTensor) {
  experiment::Experiment e = small({"gru", "lstm"});
  const auto trainer = make(e);
  ASSERT_TRUE(trainer->step());
  const auto& head = *trainer->network(1).table().find("rnn.weight_hh_l0");
  trainer->network(1).parameters()[head.offset] = NAN;
  const auto gru = trainer->network(0).parameters();
  // The weights are packed already; the next update packs them again.
  EXPECT_FALSE(trainer->step());
  ASSERT_TRUE(trainer->not_finite());
  EXPECT_EQ(trainer->not_finite()->model, "lstm");
  EXPECT_EQ(trainer->not_finite()->update, 2u);
  EXPECT_EQ(trainer->not_finite()->place, "the weights rnn.weight_hh_l0");
  EXPECT_EQ(trainer->network(0).parameters(), gru);
  EXPECT_EQ(trainer->updates(), 1u);
  EXPECT_FALSE(trainer->step());
}

TEST(Trainer, KeepsTheLastGoodWeightsWhenTheUpdateItselfIsNotANumber) {
  experiment::Experiment e = small();
  e.training.optimizer.rule = experiment::OptimizerRule::sgd;
  e.training.clip_norm = 0;
  const auto trainer = make(e);
  ASSERT_TRUE(trainer->step());
  const auto before = trainer->network(0).parameters();
  trainer->set_rate(INFINITY);
  EXPECT_FALSE(trainer->step());
  EXPECT_EQ(trainer->not_finite()->place, "the weights");
  EXPECT_TRUE(trainer->not_finite()->by_update);
  EXPECT_EQ(trainer->network(0).parameters(), before);
  EXPECT_FALSE(trainer->step()) << "nothing has changed";
  trainer->set_rate(e.training.optimizer.rate);
  EXPECT_TRUE(trainer->step());
  EXPECT_FALSE(trainer->not_finite());
  const auto other = make(e);
  ASSERT_TRUE(other->step() && other->step());
  EXPECT_EQ(trainer->network(0).parameters(), other->network(0).parameters()) << "as if never tried";
}

TEST(Trainer, NamesTheChannelThatExploded) {
  experiment::Experiment e = small({"rnn_relu"});
  e.training.steps = 200;
  e.models[0].init.gain = 100;
  const auto trainer = make(e);
  while (trainer->updates() < 5 && trainer->step()) {
  }
  ASSERT_TRUE(trainer->not_finite());
  EXPECT_NE(trainer->not_finite()->place.find("net input a of layer 0 at step"), std::string::npos)
      << trainer->not_finite()->place;
}

TEST(Trainer, RateAndClipChangeARunningTraining) {
  const auto trainer = make(small());
  ASSERT_TRUE(trainer->step());
  const auto before = trainer->network(0).parameters();
  trainer->set_rate(0);
  ASSERT_TRUE(trainer->step());
  EXPECT_EQ(trainer->network(0).parameters(), before);
}

TEST(Trainer, SolvesTemporalOrderWithAnLstm) {
  experiment::Experiment e = small({"lstm"});
  e.task.kind = "temporal_order";
  e.task.length = 30;
  e.models[0].hidden = 16;
  e.models[0].init.forget_bias = 2;
  e.training.batch = 32;
  e.training.optimizer.rate = 0.01;
  e.training.clip_norm = 1;
  for (const std::uint64_t seed : {1, 2}) {
    e.seed = seed;
    const auto trainer = make(e);
    for (int k = 0; k < 800; ++k) ASSERT_TRUE(trainer->step());
    EXPECT_LT(*trainer->held_out()[0], 0.2) << "chance is ln 4 = 1.39; seed " << seed;
  }
}

TEST(Trainer, RacesModelsWithEqualNumbersOfParameters) {
  experiment::Experiment e = small({"lstm", "gru", "rnn", "mingru"});
  e.models[0].hidden = 48;
  e.match = experiment::Match::parameters;
  const auto trainer = make(e);
  const double target = static_cast<double>(trainer->network(0).table().size());
  for (std::size_t m = 1; m < 4; ++m) {
    EXPECT_NEAR(static_cast<double>(trainer->network(m).table().size()) / target, 1, 0.02) << m;
  }
}

}  // namespace
}  // namespace gatescope::train
