#include "core/session/learner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/session/read_probe.h"
#include "core/session/session.h"
#include "tests/rules.h"
#include "tests/sanitized.h"

namespace gatescope::session {
namespace {

using std::chrono::milliseconds;

SessionOptions alone() {
  return {.threads = 1, .corpora = std::string(GATESCOPE_SOURCE_DIR) + "/assets/corpora"};
}

experiment::Experiment little(const std::string& cell = "lstm", std::size_t models = 1) {
  experiment::Experiment e;
  e.models[0].cell = cell;
  e.models[0].hidden = 8;
  e.models.resize(models, e.models[0]);
  e.training.batch = 4;
  e.training.steps = 16;
  e.training.evaluate_every = 0;
  return e;
}

/// As a host with one thread does: a piece a frame, until nothing is left. Returns the number of pieces.
int work_off(Learner& learner, milliseconds budget = milliseconds(0)) {
  int pieces = 1;
  while (learner.advance(budget)) ++pieces;
  return pieces;
}

TEST(Learner, DrivenByAdvanceAloneComputesTheSameBitsAsASession) {
  const Probe probe{.text = "the river", .rules = rules({"f=0"}), .loss_step = 3};
  Session session(alone());
  session.send(SetProbe{probe});
  session.send(Open{little(), nullptr, false});
  session.send(Train{true, 12});
  const auto threaded = session.settle(true);

  Learner learner(alone());
  learner.carry_out(SetProbe{probe});
  learner.carry_out(Open{little(), nullptr, false});
  learner.carry_out(Train{true, 12});
  EXPECT_GE(work_off(learner), 12);
  const auto alone = learner.snapshot();

  EXPECT_TRUE(learner.settled());
  EXPECT_EQ(alone->updates, 12u);
  EXPECT_EQ(alone->commands, 3u);
  ASSERT_TRUE(alone->readings && alone->history);
  const Readings &here = *alone->readings, &there = *threaded->readings;
  EXPECT_EQ(here.observations.at(0).sequence->trace.outputs,
            there.observations.at(0).sequence->trace.outputs);
  EXPECT_EQ(here.observations.at(0).sequence->gradients, there.observations.at(0).sequence->gradients);
  EXPECT_EQ(here.observations.at(0).natural->trace.outputs, there.observations.at(0).natural->trace.outputs);
  EXPECT_EQ(here.at_step.at(0).sequence->gradients, there.at_step.at(0).sequence->gradients);
  EXPECT_EQ(here.writes.at(0).text, there.writes.at(0).text);
  EXPECT_EQ(here.writes.at(0).natural, there.writes.at(0).natural);
  ASSERT_EQ(alone->history->at(0).metrics.size(), 12u);
  EXPECT_EQ(alone->history->at(0).metrics.back().loss, threaded->history->at(0).metrics.back().loss);
}

/// A text with a target has its own loss, step by step; a source alone is read by all with what the first
/// made of it, and has none.
TEST(ReadProbe, TheLossOfAPairIsThatOfTheChosenStep) {
  const std::vector<std::string> vocabulary{"·", "→", "¶", "a", "b", "c"};
  const nn::Interface interface { nn::InputKind::characters, 6, nn::Readout::softmax, 6, true };
  std::vector<nn::Network<float>> networks;
  for (const nn::Attention attention : {nn::Attention::none, nn::Attention::bahdanau}) {
    nn::ModelSpec spec{.cell = "gru", .hidden = 5, .embedding = 3};
    spec.decoder = nn::DecoderSpec{attention};
    networks.emplace_back(spec, interface).initialise(Rng(networks.size()));
  }
  const std::vector<ProbedModel> models{{"none", &networks[0], {}}, {"bahdanau", &networks[1], {}}};
  const observe::Alphabet alphabet = observe::alphabet_of(interface, vocabulary);
  const auto read = [&](const std::string& text) {
    return read_probe(models, alphabet, nullptr, {.text = text, .loss_step = 3}, 1, false);
  };
  const Readings pair = read("ab→ba");
  for (const auto& at : pair.at_step)
    for (Index t = 0; t < at.steps(); ++t) EXPECT_EQ(std::isfinite(at.sequence->trace.loss[t]), t == 3) << t;
  const Readings source = read("ab");
  ASSERT_EQ(source.observations.size(), 2U);
  EXPECT_EQ(source.observations[0].sequence->tokens, source.observations[1].sequence->tokens);
  EXPECT_EQ(std::ssize(source.characters), source.observations[0].steps());
  for (Index t = 0; t < source.observations[1].steps(); ++t)
    EXPECT_FALSE(source.observations[1].sequence->expects(t));
}

TEST(Learner, BudgetZeroIsOnePieceAndALargeOneIsMany) {
  Learner learner(alone());
  learner.set_watched(false);
  learner.carry_out(Open{little(), nullptr, false});
  work_off(learner);
  learner.carry_out(Train{});
  for (std::uint64_t k = 1; k <= 5; ++k) {
    EXPECT_TRUE(learner.advance(milliseconds(0)));
    learner.carry_out(SetPace{0});  // so that the snapshot is made anew at once
    learner.advance(milliseconds(0));
    EXPECT_EQ(learner.snapshot()->updates, 2 * k);
  }
  learner.advance(milliseconds(300));
  learner.carry_out(Train{false, {}});
  EXPECT_GT(learner.snapshot()->updates, 12u);
  work_off(learner);
  EXPECT_FALSE(learner.training());
}

TEST(Learner, ReadsTheProbeModelByModelOverSeveralBudgets) {
  Learner learner(alone());
  learner.carry_out(SetProbe{{.text = "the mill by the river", .rules = rules({"o=0.5"}), .loss_step = 2}});
  learner.carry_out(Open{little("lstm", 3), nullptr, false});
  EXPECT_FALSE(learner.snapshot()->readings);
  int pieces = 1;
  for (; learner.advance(milliseconds(0)); ++pieces) {
    EXPECT_FALSE(learner.snapshot()->readings) << "half a reading is shown";
    EXPECT_FALSE(learner.settled());
  }
  EXPECT_EQ(pieces, 3);
  const auto snapshot = learner.snapshot();
  ASSERT_TRUE(snapshot->readings);
  const Readings& pieced = *snapshot->readings;
  ASSERT_EQ(pieced.observations.size(), 3u);

  // The same as read at once.
  std::vector<ProbedModel> models;
  for (const views::Observation& observation : pieced.observations)
    models.push_back({"", observation.network.get(), rules({"o=0.5"})});
  const Readings whole = read_probe(models, {.inputs = snapshot->vocabulary}, nullptr, pieced.probe,
                                    snapshot->experiment.seed, true);
  for (std::size_t m = 0; m < 3; ++m) {
    EXPECT_EQ(pieced.observations[m].sequence->trace.outputs, whole.observations[m].sequence->trace.outputs);
    EXPECT_EQ(pieced.observations[m].natural->trace.outputs, whole.observations[m].natural->trace.outputs);
    EXPECT_EQ(pieced.at_step.at(m).sequence->gradients, whole.at_step[m].sequence->gradients);
    EXPECT_EQ(pieced.at_step.at(m).natural->gradients, whole.at_step[m].natural->gradients);
    EXPECT_EQ(pieced.writes.at(m).text, whole.writes[m].text);
  }
}

TEST(Learner, AnotherProbeStopsTheReadingThatIsUnderWay) {
  Learner learner(alone());
  learner.carry_out(Open{little("gru", 3), nullptr, false});
  work_off(learner);
  const auto before = learner.snapshot()->readings->version;
  learner.carry_out(SetProbe{{.text = "the first one"}});
  ASSERT_TRUE(learner.advance(milliseconds(0)));
  ASSERT_FALSE(learner.settled());
  learner.carry_out(SetProbe{{.text = "the second"}});
  work_off(learner);
  EXPECT_EQ(learner.snapshot()->readings->probe.text, "the second");
  EXPECT_EQ(learner.snapshot()->readings->version, before + 1) << "the first one was shown";
}

/// Work that waits until a test does it.
struct Kept {
  std::vector<std::function<void()>> works;
  Executor executor() {
    return [this](std::function<void()> work) { works.push_back(std::move(work)); };
  }
};

/// Takes more multiplications than are done at once.
experiment::Experiment large() {
  auto e = little();
  e.models[0].hidden = 300;
  e.training.batch = 1;
  e.training.steps = 2;
  return e;
}

std::string long_text() {
  std::string text;
  for (int k = 0; k < 300; ++k) text += "the river ";
  return text;
}

TEST(Learner, TrainsWhileALongReadingIsElsewhere) {
  Kept kept;
  Learner learner(alone(), kept.executor());
  learner.carry_out(Open{large(), nullptr, false});
  work_off(learner);
  EXPECT_TRUE(kept.works.empty()) << "a short one is read at once";
  const auto old = learner.snapshot()->readings;
  learner.carry_out(SetProbe{{.text = long_text()}});
  learner.carry_out(Train{true, 6});
  while (learner.training()) learner.advance(milliseconds(0));
  EXPECT_EQ(learner.snapshot()->readings, old);
  EXPECT_TRUE(learner.snapshot()->busy.starts_with("reading the probe")) << learner.snapshot()->busy;
  // What was begun first is of weights that are gone: the end of training asks for another.
  ASSERT_EQ(kept.works.size(), 2u);
  for (const auto& work : kept.works) work();
  work_off(learner);
  EXPECT_EQ(learner.snapshot()->readings->update, 6u);
  EXPECT_EQ(learner.snapshot()->readings->probe.text, long_text());
  EXPECT_TRUE(learner.snapshot()->busy.empty());
}

TEST(Learner, TrainsWhileALongSequenceOfOnesOwnIsReadElsewhere) {
  Kept kept;
  Learner learner(alone(), kept.executor());
  auto e = large();
  e.task.kind = "temporal_order";
  learner.carry_out(Open{e, nullptr, false});
  work_off(learner);
  ASSERT_EQ(learner.snapshot()->problem, "");
  observe::GivenSequence given{.characters = {"B"}, .classes = {"XX", "XY", "YX", "YY"}};
  for (int k = 0; k < 3000; ++k) given.characters.push_back("a");
  learner.carry_out(SetProbe{{.given = given}});
  ASSERT_EQ(learner.snapshot()->problem, "");
  learner.advance(milliseconds(0));
  EXPECT_EQ(kept.works.size(), 1u);
  learner.carry_out(Train{true, 1});
  while (learner.training()) learner.advance(milliseconds(0));
  for (std::size_t k = 0; k < kept.works.size(); ++k) kept.works[k]();
  work_off(learner);
  EXPECT_EQ(learner.snapshot()->readings->probe.given, given);
  EXPECT_EQ(learner.snapshot()->probe_problem, "");
}

/// So large a probe that each of its models takes seconds.
TEST(Learner, ReadsALargeProbeInPiecesOfSomeMilliseconds) {
  auto e = little("lstm", 2);
  for (auto& model : e.models) model.hidden = 128;
  e.models[1].layers = 2;
  Learner learner(alone());
  learner.carry_out(Open{e, nullptr, false});
  work_off(learner);
  std::string text;
  constexpr int length = kSanitized ? 300 : 2000;
  for (int k = 0; k < length; ++k) text += "the river ";
  learner.carry_out(SetProbe{{.text = text, .rules = rules({"f=0.5"})}});
  learner.advance(milliseconds(0));
  double longest = 0, all = 0;
  int pieces = 0;
  for (bool more = true; more; ++pieces) {
    const auto start = Clock::now();
    more = learner.advance(milliseconds(0)).has_value();
    longest = std::max(longest, seconds_since(start));
    all += seconds_since(start);
  }
  RecordProperty("longest_piece_ms", static_cast<int>(1000 * longest));
  EXPECT_GT(pieces, length / 5);
  // However busy the machine is: none is anywhere near one of the twelve passes over the text forward and
  // backward.
  EXPECT_LT(longest, all / 12) << "of " << all << " s in " << pieces << " pieces";
  EXPECT_EQ(learner.snapshot()->readings->probe.text, text);
}

TEST(Learner, ALargeReadingCanBeStoppedBetweenAnyTwoPieces) {
  Learner learner(alone());
  learner.carry_out(Open{large(), nullptr, false});
  work_off(learner);
  for (const int pieces : {1, 2, 5, 9, 14, 20}) {
    learner.carry_out(SetProbe{{.text = long_text(), .rules = rules({"f=0.5"})}});
    for (int k = 0; k < pieces; ++k) EXPECT_TRUE(learner.advance(milliseconds(0)));
    EXPECT_FALSE(learner.settled());
    learner.carry_out(SetProbe{{.text = "short"}});
    work_off(learner);
    EXPECT_EQ(learner.snapshot()->readings->probe.text, "short");
  }
}

TEST(Learner, WithoutAnotherThreadALongReadingAlternatesWithUpdates) {
  Learner learner(alone());
  auto e = large();
  e.models.resize(2, e.models[0]);
  learner.carry_out(Open{e, nullptr, false});
  work_off(learner);
  learner.carry_out(SetProbe{{.text = long_text()}});
  learner.carry_out(Train{});
  std::uint64_t pieces = 0;
  for (; learner.snapshot()->readings->probe.text != long_text(); ++pieces) learner.advance(milliseconds(0));
  EXPECT_GT(pieces, 20u);
  EXPECT_EQ(learner.snapshot()->updates, pieces) << "one update before each piece";
  EXPECT_EQ(learner.snapshot()->readings->update, 1u);
}

TEST(Learner, ALossThatIsNotANumberPausesItAndIsInTheSnapshot) {
  Learner learner(alone());
  auto e = little("rnn_relu");
  e.training.optimizer.rule = experiment::OptimizerRule::sgd;
  e.training.clip_norm = 0;
  learner.carry_out(Open{e, nullptr, false});
  learner.carry_out(SetRate{1000});
  learner.carry_out(Train{});
  work_off(learner, milliseconds(5));
  EXPECT_FALSE(learner.training());
  ASSERT_TRUE(learner.snapshot()->not_finite);
  EXPECT_FALSE(learner.snapshot()->not_finite->place.empty());
  ASSERT_TRUE(learner.snapshot()->good_update);
  learner.carry_out(GoBack{});
  work_off(learner);
  EXPECT_FALSE(learner.snapshot()->not_finite);
  learner.carry_out(SetRate{0.001});
  learner.carry_out(Train{true, learner.snapshot()->updates + 5});
  work_off(learner);
  EXPECT_FALSE(learner.snapshot()->not_finite) << "from the weights that were kept training goes on";
}

/// As one can, whoever makes the update smaller.
TEST(Learner, AnUpdateThatWasTooLargeIsTriedAgainWithASmallerRate) {
  auto e = little("rnn_relu");
  e.training.optimizer.rule = experiment::OptimizerRule::sgd;
  Learner free(alone());
  free.carry_out(Open{e, nullptr, false});
  free.carry_out(Train{true, 8});
  work_off(free);
  for (const bool once : {false, true}) {
    Learner learner(alone());
    learner.carry_out(Open{e, nullptr, false});
    learner.carry_out(Train{true, 5});
    work_off(learner);
    const auto force = [&](std::vector<nn::ForceRule> in_force) {
      learner.carry_out(
          SetProbe{{.text = "the river", .rules = std::move(in_force), .force_training = true}});
    };
    force(rules({"h=*1000000"}));
    learner.carry_out(Train{});
    work_off(learner, milliseconds(5));
    ASSERT_TRUE(learner.snapshot()->not_finite);
    EXPECT_FALSE(learner.snapshot()->not_finite->by_update) << "what the weights compute is no number";
    learner.carry_out(Train{});
    work_off(learner, milliseconds(5));
    ASSERT_TRUE(learner.snapshot()->not_finite) << "nothing has changed";
    EXPECT_FALSE(learner.training());
    EXPECT_EQ(learner.snapshot()->updates, 5u);
    force({});
    if (once) {
      learner.carry_out(UpdateOnce{});
      work_off(learner);
      EXPECT_FALSE(learner.snapshot()->not_finite);
    }
    learner.carry_out(Train{true, 8});
    work_off(learner);
    EXPECT_FALSE(learner.snapshot()->not_finite);
    EXPECT_EQ(learner.snapshot()->updates, 8u);
    EXPECT_EQ(learner.capture().training->state.tensors, free.capture().training->state.tensors)
        << "as if it had never been tried";
  }
}

TEST(Learner, AnnouncesWhatTakesLongAndTellsErrorsInTheSnapshot) {
  Learner learner(alone());
  EXPECT_FALSE(learner.advance(milliseconds(0))) << "there is nothing to do";
  EXPECT_THROW(learner.capture(), std::exception);
  learner.carry_out(Train{});
  EXPECT_TRUE(learner.advance(milliseconds(0)) == std::nullopt);
  EXPECT_NE(learner.snapshot()->problem.find("nothing is open"), std::string::npos);

  learner.carry_out(Open{little(), nullptr, false});
  EXPECT_EQ(learner.snapshot()->busy, "reading tales.txt");
  EXPECT_EQ(learner.snapshot()->commands, 1u) << "it is not carried out yet";
  EXPECT_TRUE(learner.snapshot()->models.empty());
  work_off(learner);
  EXPECT_TRUE(learner.snapshot()->busy.empty());
  EXPECT_EQ(learner.snapshot()->commands, 2u);
  const auto quiet = learner.snapshot();
  EXPECT_FALSE(learner.advance(milliseconds(20)));
  EXPECT_EQ(learner.snapshot(), quiet) << "nothing changed";

  auto missing = little();
  missing.task.text = "no such text.txt";
  learner.carry_out(Open{missing, nullptr, true});
  EXPECT_EQ(learner.capture().experiment.task.text, "tales.txt") << "what came before is carried out first";
  learner.carry_out(SetProbe{{.text = "a"}});
  work_off(learner);
  EXPECT_NE(learner.snapshot()->problem.find("no such text.txt"), std::string::npos);
  EXPECT_NE(learner.snapshot()->probe_problem.find("two characters"), std::string::npos);
  EXPECT_EQ(learner.snapshot()->readings, quiet->readings) << "the reading before it stays";
}

TEST(Learner, ModelsFromFilesLeaveNothingToDo) {
  const auto path = std::filesystem::temp_directory_path() / "gatescope_learner_test.safetensors";
  Learner learner(alone());
  learner.carry_out(Open{little(), nullptr, false});
  checkpoint::save_model(path, learner.model_files().at(0));
  learner.carry_out(OpenModels{{path}});
  int pieces = 0;
  while (pieces < 20 && learner.advance(milliseconds(0))) ++pieces;
  EXPECT_LT(pieces, 20) << "a window would keep a processor busy for nothing";
  EXPECT_FALSE(learner.snapshot()->can_train);
  EXPECT_TRUE(learner.snapshot()->readings);
  std::filesystem::remove(path);
}

TEST(Learner, ComesBackWhenAPacedUpdateIsDue) {
  Learner learner(alone());
  learner.set_watched(false);
  learner.carry_out(Open{little(), nullptr, false});
  learner.carry_out(SetPace{0.5});
  learner.carry_out(Train{});
  const auto start = Clock::now();
  const auto next = learner.advance(milliseconds(50));
  ASSERT_TRUE(next);
  EXPECT_LT(*next - start, milliseconds(2100));
  EXPECT_GT(*next - Clock::now(), milliseconds(500));
  EXPECT_EQ(learner.snapshot()->updates, 1u);
}

}  // namespace
}  // namespace gatescope::session
