#include "core/session/session.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "core/error.h"
#include "core/experiment/open_pairs.h"
#include "core/files.h"
#include "core/session/session_file.h"
#include "core/task/vocabulary.h"
#include "tests/rules.h"

namespace gatescope::session {
namespace {

namespace fs = std::filesystem;

SessionOptions options() {
  return {.threads = 2, .corpora = std::string(GATESCOPE_SOURCE_DIR) + "/assets/corpora"};
}

experiment::Experiment small(const std::string& cell = "lstm") {
  experiment::Experiment e;
  e.models[0].cell = cell;
  e.models[0].hidden = 8;
  e.training.batch = 4;
  e.training.steps = 16;
  e.training.evaluate_every = 0;
  return e;
}

std::shared_ptr<const Snapshot> open(Session& session, const experiment::Experiment& e,
                                     std::uint64_t updates = 0) {
  session.send(Open{e, nullptr, false});
  if (updates > 0) session.send(Train{true, updates});
  return session.settle(true);
}

TEST(Session, TrainsToTheUpdateAskedForAndReadsTheProbe) {
  Session session(options());
  const auto snapshot = open(session, small(), 20);
  EXPECT_EQ(snapshot->updates, 20u);
  EXPECT_FALSE(snapshot->training);
  EXPECT_TRUE(snapshot->problem.empty()) << snapshot->problem;
  ASSERT_TRUE(snapshot->readings);
  EXPECT_EQ(snapshot->readings->update, 20u);
  const views::Observation& reading = snapshot->readings->observations.at(0);
  EXPECT_EQ(reading.sequence->trace.steps, static_cast<Index>(snapshot->readings->characters.size()) - 1);
  EXPECT_FALSE(reading.natural);
  EXPECT_FALSE(snapshot->readings->writes.at(0).text.empty());
  ASSERT_TRUE(snapshot->history);
  EXPECT_EQ(snapshot->history->at(0).metrics.size(), 20u);
  ASSERT_TRUE(snapshot->models.at(0).loss);
}

TEST(Session, TheProbeIsTheTraceOfTheWeightsThatATrainerAloneMakes) {
  Session session(options());
  session.send(SetProbe{{.text = "the river", .rules = rules({"f=0"})}});
  const auto snapshot = open(session, small(), 12);
  const views::Observation& reading = snapshot->readings->observations.at(0);

  auto e = small();
  std::shared_ptr<const task::Task> task = experiment::make_task(e, options().corpora);
  experiment::complete(e, task->interface());
  train::Trainer trainer(e, task, 1);
  for (int k = 0; k < 12; ++k) ASSERT_TRUE(trainer.step());
  trainer.network(0).prepare_all();
  const task::Vocabulary vocabulary(task->vocabulary());
  const auto natural = trace::trace_text<float>(trainer.network(0), vocabulary.encode(U"the river"));
  trainer.network(0).force(std::vector{nn::parse_force_rule("f=0")});
  const auto forced = trace::trace_text<float>(trainer.network(0), vocabulary.encode(U"the river"));
  ASSERT_TRUE(reading.natural);
  EXPECT_EQ(reading.natural->trace.outputs, natural.trace.outputs);
  EXPECT_EQ(reading.sequence->trace.outputs, forced.trace.outputs);
  EXPECT_EQ(reading.sequence->trace.tapes[0].gradients(4), forced.trace.tapes[0].gradients(4));
}

TEST(Session, TrainingUnderTheProbesRulesIsTrainingThatNetwork) {
  Session session(options());
  session.send(SetProbe{{.rules = rules({"i=0"}), .force_training = true}});
  const auto forced = open(session, small(), 5);
  auto e = small();
  e.force = rules({"i=0"});
  session.send(SetProbe{});
  const auto same = open(session, e, 5);
  EXPECT_EQ(forced->history->at(0).metrics.back().loss, same->history->at(0).metrics.back().loss);
  const auto free = open(session, small(), 5);
  EXPECT_NE(forced->history->at(0).metrics.back().loss, free->history->at(0).metrics.back().loss);
}

TEST(Session, ReportsWhatCannotBeDoneAndKeepsWhatThereIs) {
  Session session(options());
  open(session, small(), 3);
  auto missing = small();
  missing.task.text = "no such text.txt";
  session.send(Open{missing, nullptr, true});
  auto snapshot = session.settle(true);
  EXPECT_NE(snapshot->problem.find("no such text.txt"), std::string::npos) << snapshot->problem;
  EXPECT_EQ(snapshot->updates, 3u);
  EXPECT_EQ(snapshot->experiment.task.text, "tales.txt");

  auto large = small();
  large.models[0].hidden = nn::kMaxHidden;
  large.models[0].layers = 8;
  session.send(Open{large, nullptr, true});
  snapshot = session.settle(true);
  EXPECT_NE(snapshot->problem.find("GB"), std::string::npos) << snapshot->problem;

  session.send(SetProbe{{.text = "a"}});
  snapshot = session.settle();
  EXPECT_NE(snapshot->probe_problem.find("two characters"), std::string::npos) << snapshot->probe_problem;
  ASSERT_TRUE(snapshot->readings) << "the reading before it stays";

  const auto number = snapshot->problem_number;
  session.send(SetProbe{{.rules = rules({"q=0"})}});
  snapshot = session.settle();
  EXPECT_EQ(snapshot->problem_number, number + 1);
  EXPECT_NE(snapshot->problem.find("q"), std::string::npos) << snapshot->problem;
  session.send(OpenModels{{"/nowhere/model.safetensors"}});
  snapshot = session.settle();
  EXPECT_NE(snapshot->problem.find("/nowhere/model.safetensors"), std::string::npos) << snapshot->problem;
}

TEST(Session, ALossThatIsNotANumberPausesAndLeadsBack) {
  Session session(options());
  auto e = small("rnn_relu");
  e.training.optimizer.rule = experiment::OptimizerRule::sgd;
  e.training.clip_norm = 0;
  open(session, e, 100);
  session.send(SetRate{1000});
  session.send(Train{});
  auto snapshot = session.settle(true);
  ASSERT_TRUE(snapshot->not_finite);
  EXPECT_FALSE(snapshot->training);
  ASSERT_TRUE(snapshot->good_update);
  session.send(GoBack{});
  session.send(SetRate{0.01});
  snapshot = session.settle();
  EXPECT_FALSE(snapshot->not_finite);
  EXPECT_LE(snapshot->updates, 100u);
  EXPECT_EQ(snapshot->history->at(0).metrics.size(), snapshot->updates);
  const auto updates = snapshot->updates;
  session.send(Train{true, updates + 5});
  EXPECT_EQ(session.settle(true)->updates, updates + 5);
}

TEST(Session, LabelledSequencesAreReadWithTheirLabels) {
  Session session(options());
  auto e = small();
  e.task.kind = "temporal_order";
  e.task.length = 20;
  session.send(SetProbe{{.loss_step = 5}});
  const auto snapshot = open(session, e, 2);
  ASSERT_TRUE(snapshot->readings) << snapshot->probe_problem;
  EXPECT_FALSE(snapshot->outcome->of_input);
  EXPECT_EQ(snapshot->readings->characters.size(), 20u);
  EXPECT_EQ(snapshot->readings->characters[0], "B");
  const auto& text = *snapshot->readings->observations[0].sequence;
  EXPECT_EQ(text.targets[3], -1);
  EXPECT_GE(text.targets[19], 0);
  EXPECT_EQ(text.trace.scored, 1);
  EXPECT_EQ(snapshot->readings->observations[0].alphabet.outputs.size(), 4u);
}

TEST(Session, ASequenceOfAPersonsOwnIsTheProbe) {
  Session session(options());
  auto e = small();
  e.task.kind = "temporal_order";
  e.task.length = 20;
  const observe::GivenSequence given{.characters = {"B", "X", "a", "Y", "E"},
                                     .labels = {-1, -1, -1, 0, 1},
                                     .classes = {"XX", "XY", "YX", "YY"}};
  session.send(SetProbe{{.given = given, .loss_step = 3}});
  auto snapshot = open(session, e, 2);
  ASSERT_EQ(snapshot->problem + snapshot->probe_problem, "");
  const auto& seen = snapshot->readings->observations[0];
  EXPECT_EQ(seen.characters(), given.characters);
  EXPECT_EQ(seen.expected(4), "XY");
  EXPECT_EQ(seen.sequence->trace.scored, 2);
  EXPECT_EQ(snapshot->readings->at_step[0].sequence->trace.scored, 1);
  const fs::path path = fs::temp_directory_path() / "gatescope_given_test.gatescope";
  save_session(path, {session.capture().get(), {}});
  EXPECT_EQ(load_session(path).capture.probe.given, given);
  fs::remove(path);
  // What the models cannot read leaves the probe as it is.
  session.send(SetProbe{{.given = observe::GivenSequence{.values = {{0.5}}}}});
  snapshot = session.settle();
  EXPECT_NE(snapshot->problem.find("sequence is one of values"), std::string::npos) << snapshot->problem;
  EXPECT_EQ(snapshot->probe.given, given);
  // Another task leaves it out.
  snapshot = open(session, small());
  EXPECT_FALSE(snapshot->probe.given);
  EXPECT_EQ(snapshot->probe_problem, "");
  session.send(SetProbe{{.given = given}});
  snapshot = session.settle();
  EXPECT_NE(snapshot->problem.find("expected a text"), std::string::npos) << snapshot->problem;
}

TEST(Session, AModelOfValuesReadsAnImpulseUntilItIsGivenSomething) {
  nn::ModelSpec spec;
  spec.cell = "gru";
  spec.hidden = 5;
  nn::Network<float> network(spec, {nn::InputKind::values, 2, nn::Readout::linear, 1});
  network.initialise(Rng(3));
  const auto bytes =
      std::make_shared<const std::string>(checkpoint::to_bytes(checkpoint::model_file(network, {}, nullptr)));
  Session session(options());
  session.send(OpenModels{{}, {bytes}, "values"});
  auto snapshot = session.settle();
  ASSERT_EQ(snapshot->problem + snapshot->probe_problem, "");
  EXPECT_FALSE(snapshot->reads_text);
  EXPECT_EQ(snapshot->readings->characters[0], "1 0");
  EXPECT_EQ(snapshot->readings->characters[1], "0 0");
  session.send(
      SetProbe{{.given = observe::GivenSequence{.values = {{0.5, -1}, {2, 0}}, .expected = {{}, {0.25}}}}});
  snapshot = session.settle();
  ASSERT_EQ(snapshot->problem + snapshot->probe_problem, "");
  EXPECT_EQ(snapshot->readings->characters, (std::vector<std::string>{"0.5 −1", "2 0"}));
  EXPECT_EQ(snapshot->readings->observations[0].expected(1), "0.25");
  session.send(SetProbe{{.given = observe::GivenSequence{.values = {{0.5}}}}});
  EXPECT_NE(session.settle()->problem.find("step 0 of the sequence has 1 value"), std::string::npos);
}

TEST(Session, GoesOnFromWhatItWasAskedToCapture) {
  Session session(options());
  const auto learnt = open(session, small(), 12);
  // All at once: what comes back was not there yet when it was asked for.
  const auto captured = session.capture().share();
  session.send(Open{small("gru"), nullptr, false});
  session.send(Open{small(), nullptr, false, {}, captured});
  const auto again = session.settle();
  EXPECT_EQ(again->updates, 12u);
  EXPECT_EQ(again->readings->observations[0].sequence->trace.outputs,
            learnt->readings->observations[0].sequence->trace.outputs);
  EXPECT_EQ(again->history->at(0).metrics.size(), 12u);
}

TEST(Session, WhatCouldNotBeCapturedBeginsAnew) {
  Session session(options());
  const auto nothing = session.capture().share();
  session.send(Open{small(), nullptr, false, {}, nothing});
  const auto snapshot = session.settle();
  EXPECT_EQ(snapshot->updates, 0u);
  EXPECT_TRUE(snapshot->problem.empty()) << snapshot->problem;
}

TEST(Session, FilesGoOnWithTheSameBits) {
  const fs::path path = fs::temp_directory_path() / "gatescope_session_test.gatescope";
  Session session(options());
  session.send(SetProbe{{.text = "the mill", .rules = rules({"o=0.5"}), .loss_step = 3}});
  open(session, small("gru"), 7);
  auto capture = session.capture().get();
  EXPECT_TRUE(capture.training);
  save_session(path, {capture, {{"theme", "dark"}}});
  session.send(Train{true, 12});
  const auto uninterrupted = session.settle(true);

  const SessionFile file = load_session(path);
  EXPECT_EQ(file.window.at("theme"), "dark");
  EXPECT_EQ(file.capture.probe, capture.probe);
  experiment::Experiment read = file.capture.experiment;
  read.task.near = capture.experiment.task.near;  // seen from the session's folder
  read.task.beside = capture.experiment.task.beside;
  EXPECT_EQ(read, capture.experiment);
  Session again(options());
  again.send(Open{file.capture.experiment, file.capture.training, false});
  EXPECT_EQ(again.settle(true)->updates, 7u);
  again.send(Train{true, 12});
  const auto resumed = again.settle(true);
  EXPECT_EQ(resumed->models[0].loss, uninterrupted->models[0].loss);
  EXPECT_EQ(resumed->history->at(0).metrics.size(), 12u);
  EXPECT_EQ(resumed->readings->observations[0].sequence->trace.outputs.size(),
            again.latest()->readings->observations[0].sequence->trace.outputs.size());

  const std::string bytes = read_file(path);
  EXPECT_THROW(parse_session(bytes.substr(0, bytes.size() / 2), "half"), Error);
  EXPECT_THROW(parse_session("junk", "junk"), Error);
  fs::remove(path);
}

TEST(Session, FilesOfSeriesPairsAndLinesGoOnWithTheSameBits) {
  const fs::path folder = fs::temp_directory_path() / "gatescope_session_tasks_test";
  fs::create_directories(folder);
  std::ofstream lines(folder / "lines.txt", std::ios::binary), pairs(folder / "pairs.tsv", std::ios::binary);
  for (int k = 0; k < 40; ++k) {
    lines << (k % 2 ? "odd" : "even") << '\t' << "number " << k << '\n';
    pairs << "n" << k << '\t' << k << '\n';
  }
  lines.close();
  pairs.close();
  const std::pair<std::string, std::function<void(experiment::TaskSpec&)>> kinds[] = {
      {"series", [](auto& task) { task.window = 12; }},
      {"reverse", [](auto&) {}},
      {"pairs", [&](auto& task) { task.pair_file = (folder / "pairs.tsv").native(); }},
      {"lines", [&](auto& task) { task.lines = (folder / "lines.txt").native(); }}};
  for (const auto& [kind, say] : kinds) {
    SCOPED_TRACE(kind);
    experiment::Experiment e = small("gru");
    e.task.kind = kind;
    e.training.carry = false;
    say(e.task);
    experiment::fit_models(e);
    Session session(options());
    ASSERT_EQ(open(session, e, 3)->problem, "");
    const auto capture = session.capture().get();
    save_session(folder / "kept.gatescope", {capture, nullptr});
    session.send(Train{true, 6});
    const auto uninterrupted = session.settle(true);
    const SessionFile file = load_session(folder / "kept.gatescope");
    EXPECT_EQ(file.capture.experiment.task.kind, kind);
    EXPECT_EQ(file.capture.experiment.models, capture.experiment.models);
    ASSERT_TRUE(file.capture.training);
    Session again(options());
    again.send(Open{file.capture.experiment, file.capture.training, false});
    EXPECT_EQ(again.settle(true)->updates, 3U);
    again.send(Train{true, 6});
    const auto resumed = again.settle(true);
    EXPECT_EQ(resumed->problem, "");
    EXPECT_EQ(resumed->models[0].loss, uninterrupted->models[0].loss);
    EXPECT_EQ(resumed->history->at(0).metrics.size(), 6U);
  }
  fs::remove_all(folder);
}

TEST(Session, RowsOfATableWithoutNamesAreThoseOfTheOnlyModel) {
  Session session(options());
  for (const std::size_t models : {1, 2}) {
    experiment::Experiment e = small("gru");
    e.models.resize(models, e.models[0]);
    open(session, e, 3);
    checkpoint::Safetensors bytes =
        checkpoint::parse_safetensors(to_bytes({session.capture().get(), nullptr}), "s");
    bytes.metadata["metrics"] = "update,loss_nats\n1,2.5\n2,2.25\n";
    const SessionFile file = parse_session(checkpoint::to_bytes(bytes), "s");
    ASSERT_TRUE(file.capture.training);
    const auto& rows = file.capture.training->metrics;
    if (models == 1) {
      EXPECT_TRUE(file.remarks.empty());
      ASSERT_EQ(rows.size(), 2u);
      EXPECT_EQ(rows[1].model, "gru");
    } else {
      EXPECT_TRUE(rows.empty());
      ASSERT_EQ(file.remarks.size(), 1u);
      EXPECT_NE(file.remarks[0].find("names no model, expected one of 'gru', 'gru-2'"), std::string::npos)
          << file.remarks[0];
    }
    EXPECT_EQ(to_bytes(parse_session(to_bytes(file), "again")), to_bytes(file));
  }
}

TEST(Session, SessionsOfModelsAloneKeepTheirBytes) {
  const fs::path folder = fs::temp_directory_path() / "gatescope_session_models";
  fs::create_directories(folder);
  Session session(options());
  open(session, small(), 4);
  checkpoint::save_model(folder / "m.safetensors", session.model_files().get().at(0));
  session.send(OpenModels{{folder / "m.safetensors"}});
  auto snapshot = session.settle(true);
  EXPECT_TRUE(snapshot->problem.empty()) << snapshot->problem;
  EXPECT_FALSE(snapshot->can_train);
  ASSERT_TRUE(snapshot->readings);
  const auto outputs = snapshot->readings->observations[0].sequence->trace.outputs;
  save_session(folder / "s.gatescope", {session.capture().get(), nullptr});
  fs::remove(folder / "m.safetensors");
  const SessionFile file = load_session(folder / "s.gatescope");
  session.send(OpenModels{{}, file.capture.models, "s.gatescope"});
  session.send(SetProbe{file.capture.probe});
  snapshot = session.settle(true);
  EXPECT_TRUE(snapshot->problem.empty()) << snapshot->problem;
  EXPECT_EQ(snapshot->readings->observations[0].sequence->trace.outputs, outputs);
  session.send(Train{});
  EXPECT_NE(session.settle(true)->problem.find("files alone"), std::string::npos);
  fs::remove_all(folder);
}

/// Everything at once, for the thread sanitizer.
TEST(Session, TakesCommandsWhileItTrains) {
  Session session(options());
  session.send(Open{small(), nullptr, true});
  const char* cells[] = {"rnn", "gru", "lstm"};
  for (int k = 0; k < 60; ++k) {
    const auto snapshot = session.latest();
    EXPECT_TRUE(!snapshot->readings || !snapshot->readings->observations.empty());
    switch (k % 6) {
      case 0:
        session.send(SetProbe{{.rules = rules({"h=0.5"}), .force_training = k % 4 == 0}});
        break;
      case 1:
        session.send(SetRate{0.001 * k});
        break;
      case 2:
        session.send(Restart{});
        break;
      case 3:
        session.send(Open{small(cells[k / 6 % 3]), nullptr, true});
        break;
      case 4:
        session.capture();
        break;
      default:
        session.send(Train{k % 4 != 1, {}});
        break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  session.send(Train{false, {}});
  EXPECT_TRUE(session.settle(true)->problem.empty());
}

}  // namespace
}  // namespace gatescope::session
