#include "core/session/session.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "core/clock.h"
#include "core/error.h"
#include "core/experiment/task_kinds.h"
#include "core/experiment/text.h"
#include "core/in_quotes.h"
#include "core/nn/layer.h"
#include "core/nn/plan.h"
#include "core/session/read_probe.h"
#include "core/task/vocabulary.h"
#include "core/utf8.h"

namespace gatescope::session {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds kBetweenSnapshots{1.0 / 60};  // nobody sees more
constexpr Seconds kBetweenHistories{0.4};
constexpr Seconds kBetweenTexts{1.0};  // that the models write while they learn
constexpr Seconds kSpeedWindow{0.5};
constexpr Seconds kBetweenProgress{0.1};
constexpr double kLongReading = 3e9;      // multiplications: about half a second
constexpr std::uint64_t kKeepEvery = 50;  // updates between two sets of weights to go back to
constexpr double kSmoothing = 0.9;        // of the loss that is shown

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;  // clang 14 does not deduce it by itself

/// One thing that can be looked at: an experiment that learns, or models from files alone.
struct Bench {
  experiment::Experiment experiment;
  std::shared_ptr<const task::Task> task;  // null for models from files alone
  std::unique_ptr<train::Run> run;         // null likewise
  std::vector<checkpoint::ModelFile> files;
  std::vector<nn::Network<float>> fixed;  // of the files
  observe::Alphabet alphabet;

  std::size_t models() const { return run ? run->trainer().models() : fixed.size(); }
  const nn::Network<float>& network(std::size_t m) const {
    return run ? std::as_const(*run).trainer().network(m) : fixed[m];
  }
};

/// Of the outputs that are not the vocabulary: their numbers.
[[noreturn]] void refuse_without_weights(const experiment::BeginFrom& model) {
  fail(
      "this run began from the weights of {}: its folder goes on with it, gatescope train --begin-from "
      "begins "
      "another",
      in_quotes(model.file));
}

Bench make_bench(const experiment::Experiment& wanted, const train::Continuation* from,
                 const SessionOptions& options) {
  if (wanted.begin_from && !from) refuse_without_weights(*wanted.begin_from);
  Bench bench;
  bench.experiment = wanted;
  bench.task = experiment::open_task(bench.experiment, options.corpora).task;
  const nn::Interface interface = bench.task->interface();
  experiment::complete(bench.experiment, interface);
  experiment::check(bench.experiment, interface);
  bench.run = std::make_unique<train::Run>(bench.experiment, bench.task, options.threads);
  if (from) bench.run->resume(*from, "the session");
  bench.alphabet = observe::alphabet_of(*bench.task);
  return bench;
}

/// Models from files, as they are.
Bench open_models(const OpenModels& wanted) {
  Bench bench;
  std::vector<std::string> origins;
  for (std::size_t k = 0; k < wanted.files.size(); ++k) {
    origins.push_back(wanted.files[k].string());
    bench.files.push_back(checkpoint::load_model(
        wanted.files[k], k < wanted.options.size() ? wanted.options[k] : checkpoint::ImportOptions{}));
  }
  for (const auto& bytes : wanted.bytes) {
    origins.push_back(fmt::format("{}, model {}", wanted.origin, bench.files.size() + 1));
    bench.files.push_back(checkpoint::parse_model(*bytes, origins.back()));
  }
  if (bench.files.empty() || bench.files.size() > 4)
    fail("{} models cannot be opened together, expected one to four", bench.files.size());
  bench.experiment.title = printable(std::filesystem::path(origins[0]).filename().native());
  bench.experiment.models.clear();
  for (std::size_t m = 0; m < bench.files.size(); ++m) {
    const checkpoint::ModelFile& file = bench.files[m];
    if (file.vocabulary != bench.files[0].vocabulary) {
      fail("'{}' has another vocabulary than '{}': models side by side need the same", origins[m],
           origins[0]);
    }
    if (file.interface != bench.files[0].interface) {
      fail("'{}' tells something else than '{}': models side by side need the same outputs", origins[m],
           origins[0]);
    }
    if (file.interface.input != nn::InputKind::characters || file.interface.readout != nn::Readout::softmax)
      fail(
          "'{}' does not tell characters or classes from characters, so that its text cannot be shown; "
          "gatescope trace writes what it computes",
          origins[m]);
    if (file.vocabulary.empty())
      fail("'{}' has no vocabulary, so there is no text to read with it", origins[m]);
    bench.fixed.push_back(checkpoint::make_network<float>(file));
    bench.experiment.models.push_back(file.spec);
  }
  bench.alphabet = observe::alphabet_of(bench.files[0].interface, bench.files[0].vocabulary);
  experiment::complete(bench.experiment, bench.files[0].interface);
  return bench;
}

}  // namespace

/// What the thread owns; nothing of it is seen from outside but through snapshots.
class Session::Worker {
 public:
  Worker(Session& session, SessionOptions options) : session_(session), options_(std::move(options)) {}

  void work() {
    publish();
    while (take_jobs()) {
      if (training_ && due()) update();
      if (reader_ && reader_->done) take_reading();
      std::erase_if(stopped_, [](const auto& reader) { return reader->done.load(); });
      if (worth_reading()) read();
      if (probe_due_ || changed_ || Clock::now() - published_ >= kBetweenSnapshots) publish();
    }
  }

 private:
  // --- Commands ---------------------------------------------------------------------------------------

  /// Carries out what was sent; waits where there is nothing else to do. False: the end.
  bool take_jobs() {
    std::unique_lock lock(session_.mutex_);
    session_.paused_ = !training_;
    // Everything carried out so far is in the snapshot that is out.
    if (!probe_due_ && !changed_ && !reader_) {
      session_.done_ = taken_;
      session_.settled_.notify_all();
    }
    const auto something = [&] {
      return session_.quit_ || !session_.jobs_.empty() || (reader_ && reader_->done);
    };
    if (reader_ && !training_ && !probe_due_ && !changed_) {
      session_.wake_.wait_for(lock, kBetweenProgress, something);
    } else if (!training_ && !probe_due_ && !changed_ && !history_due_) {
      session_.wake_.wait(lock, something);
    } else if (training_ && !due()) {
      session_.wake_.wait_until(lock, next_update_, something);
    }
    while (!session_.jobs_.empty() && !session_.quit_) {
      Job job = std::move(session_.jobs_.front());
      session_.jobs_.pop_front();
      ++taken_;
      lock.unlock();
      carry_out(job);
      lock.lock();
    }
    return !session_.quit_;
  }

  void carry_out(Job& job) {
    changed_ = true;
    std::visit(Overloaded{[&](Command& command) {
                            attempt([&] { std::visit([&](auto& c) { apply(c); }, command); });
                          },
                          [&](std::promise<Capture>& promise) { answer(promise, [&] { return capture(); }); },
                          [&](std::promise<std::vector<checkpoint::ModelFile>>& promise) {
                            answer(promise, [&] { return model_files(); });
                          }},
               job);
  }

  template <class Do>
  void attempt(Do act) {
    try {
      act();
    } catch (const std::bad_alloc&) {
      complain(
          "there is not enough memory for that: choose fewer units, layers or steps, or a smaller batch");
    } catch (const std::exception& error) {
      complain(error.what());
    }
    busy_.clear();
  }

  template <class T, class Make>
  static void answer(std::promise<T>& promise, Make make) {
    try {
      promise.set_value(make());
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  }

  void complain(std::string what) {
    problem_ = std::move(what);
    ++problem_number_;
    changed_ = true;
  }

  void say_busy(std::string what) {
    busy_ = std::move(what);
    publish();
  }

  void apply(const Open& command) {
    const experiment::TaskSpec& task = command.experiment.task;
    say_busy("reading " + experiment::kind_of(task).source(task));
    const auto from = command.from ? command.from : captured_training(command.captured);
    Bench bench = make_bench(command.experiment, from.get(), options_);
    if (command.probe) probe_ = *command.probe;
    take(std::move(bench));
    train(command.train);
  }

  /// It was asked for before, so that it is there.
  static std::shared_ptr<const train::Continuation> captured_training(
      const std::shared_future<Capture>& captured) {
    if (!captured.valid()) return nullptr;
    try {
      return captured.get().training;
    } catch (const std::exception&) {
      return nullptr;  // there was nothing
    }
  }

  void apply(const OpenModels& command) {
    say_busy("reading " + (command.files.empty() ? command.origin : printable(command.files[0].native())));
    Bench bench = open_models(command);
    if (command.probe) probe_ = *command.probe;
    take(std::move(bench));
    train(false);
  }

  /// The new one is made already: from here on nothing fails.
  void take(Bench bench) {
    stop_reading();
    bench_ = std::make_unique<Bench>(std::move(bench));
    problem_.clear();
    probe_problem_.clear();
    not_finite_.reset();
    good_ = {};
    candidate_ = {};
    losses_.assign(bench_->models(), std::nullopt);
    held_out_.assign(bench_->models(), std::nullopt);
    readings_ = nullptr;
    history_ = nullptr;
    ++history_version_;
    history_due_ = true;
    until_.reset();
    fit_probe();
    apply_rules_to_training();
    probe_due_ = true;
    if (bench_->run) {
      for (const train::MetricsRow& row : bench_->run->metrics()) remember(row);
      keep();
    }
  }

  void fit_probe() {
    // A text of another experiment would mostly have characters that this one does not know.
    if (bench_->alphabet.reads_text && !probe_.text.empty()) {
      try {
        const task::Vocabulary vocabulary(bench_->alphabet.inputs);
        vocabulary.encode(decode_utf8(probe_.text, InvalidUtf8::error, "the probe"));
      } catch (const Error&) {
        probe_.text.clear();
      }
    }
    std::erase_if(probe_.rules, [&](const std::string& rule) { return !fits(rule); });
    if (bench_->alphabet.reads_text) {
      try {
        check_probe(probed_models(probe_.rules), probe_);
      } catch (const Error& error) {
        probe_.text.clear();
        remark_ = error.what();
        ++remark_number_;
      }
    }
    if (probe_.text.empty())
      probe_.text = usual_text(bench_->alphabet, bench_->task.get(), bench_->network(0));
  }

  void apply(const Train& command) {
    need_training();
    train(command.on);
    until_ = command.until;
    if (until_ && bench_->run->trainer().updates() >= *until_) train(false);
  }

  void apply(const UpdateOnce&) {
    need_training();
    train(false);
    update();
    probe_due_ = true;
  }

  void apply(const Restart&) {
    need_training();
    const bool was_training = training_ || not_finite_.has_value();
    Bench again;
    again.experiment = bench_->run->trainer().experiment();
    if (again.experiment.begin_from) refuse_without_weights(*again.experiment.begin_from);
    again.task = bench_->task;
    again.alphabet = bench_->alphabet;
    again.run = std::make_unique<train::Run>(again.experiment, again.task, options_.threads);
    take(std::move(again));
    train(was_training);
  }

  void apply(const GoBack&) {
    need_training();
    if (!good_.state) fail("no weights were kept yet to go back to");
    bench_->run->resume({*good_.state, bench_->run->metrics()}, "the weights that were kept");
    not_finite_.reset();
    for (auto& loss : losses_) loss.reset();
    for (const train::MetricsRow& row : bench_->run->last()) remember(row);
    history_due_ = probe_due_ = true;
  }

  void apply(const SetRate& command) {
    need_training();
    if (!(command.rate >= 0 && command.rate <= 1000))
      fail("a learning rate of {} is impossible, expected 0 to 1000", command.rate);
    bench_->run->trainer().set_rate(command.rate);
    bench_->experiment.training.optimizer.rate = command.rate;
  }

  void apply(const SetClip& command) {
    need_training();
    if (!(command.norm >= 0 && command.norm <= 1e9))
      fail("clipping to a norm of {} is impossible, expected 0 (off) to 1e9", command.norm);
    bench_->run->trainer().set_clip_norm(command.norm);
    bench_->experiment.training.clip_norm = command.norm;
  }

  void apply(const SetPace& command) {
    pace_ = std::clamp(command.updates_per_second, 0.0, 1e6);
    next_update_ = Clock::now();
  }

  void apply(const SetProbe& command) {
    Probe probe = command.probe;
    if (bench_) {
      for (const std::string& rule : probe.rules) check(rule);
      if (probe.text.empty())
        probe.text = usual_text(bench_->alphabet, bench_->task.get(), bench_->network(0));
      if (bench_->alphabet.reads_text) check_probe(probed_models(probe.rules), probe);
    }
    const bool rules = probe.rules != probe_.rules || probe.force_training != probe_.force_training;
    probe_ = std::move(probe);
    probe_due_ = bench_ != nullptr;  // else what is opened is read with it
    if (bench_ && rules) apply_rules_to_training();
  }

  /// Training under the probe's rules is training that network; else under the experiment's own.
  void apply_rules_to_training() {
    if (!bench_->run) return;
    std::vector<std::string> rules = bench_->experiment.force;
    if (probe_.force_training) rules.insert(rules.end(), probe_.rules.begin(), probe_.rules.end());
    bench_->run->trainer().set_force(rules);
  }

  /// Throws Error where a rule fits none of the models.
  void check(const std::string& text) const {
    const nn::ForceRule rule = nn::parse_force_rule(text);
    std::optional<std::string> why;
    for (std::size_t m = 0; m < bench_->models(); ++m) {
      const nn::Network<float>& network = bench_->network(m);
      try {
        nn::check_rule(rule, network.cell(), network.spec().layers, network.spec().hidden);
        return;
      } catch (const Error& error) {
        if (!why || network.cell().find(rule.channel) != nn::kNone) why = error.what();
      }
    }
    if (why) fail("{}", *why);
  }

  bool fits(const std::string& rule) const {
    try {
      check(rule);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  void need_training() const {
    if (!bench_) fail("nothing is open yet");
    if (!bench_->run) fail("these models come from files alone: there is no text that they could learn");
  }

  // --- Training ---------------------------------------------------------------------------------------

  void train(bool on) {
    training_ = on && bench_ && bench_->run;
    if (training_) not_finite_.reset();
    speed_from_ = Clock::now();
    speed_update_ = bench_ && bench_->run ? bench_->run->trainer().updates() : 0;
    speed_ = 0;
    next_update_ = speed_from_;
    if (!training_) probe_due_ = history_due_ = true;
    until_.reset();
  }

  bool due() const { return pace_ <= 0 || Clock::now() >= next_update_; }

  void update() {
    attempt([&] { make_update(); });
  }

  void make_update() {
    train::Run& run = *bench_->run;
    const auto start = Clock::now();
    if (!run.step()) {
      not_finite_ = run.trainer().not_finite();
      train(false);
      changed_ = true;
      return;
    }
    for (const train::MetricsRow& row : run.last()) remember(row);
    const std::uint64_t updates = run.trainer().updates();
    if (updates % kKeepEvery == 0) keep();
    if (pace_ > 0)
      next_update_ =
          std::max(next_update_, start) + std::chrono::duration_cast<Clock::duration>(Seconds(1 / pace_));
    measure_speed(updates);
    history_due_ = true;
    if (until_ && updates >= *until_) train(false);
  }

  void measure_speed(std::uint64_t updates) {
    const auto now = Clock::now();
    if (now - speed_from_ < kSpeedWindow) return;
    const train::Trainer& trainer = bench_->run->trainer();
    const double characters = static_cast<double>(updates - speed_update_) *
                              static_cast<double>(trainer.characters_per_update()) *
                              static_cast<double>(trainer.models());
    speed_ = characters / Seconds(now - speed_from_).count();
    speed_from_ = now;
    speed_update_ = updates;
  }

  void remember(const train::MetricsRow& row) {
    for (std::size_t m = 0; m < bench_->models(); ++m) {
      if (bench_->experiment.models[m].name != row.model) continue;
      losses_[m] = losses_[m] ? kSmoothing * *losses_[m] + (1 - kSmoothing) * row.loss : row.loss;
      if (row.held_out) held_out_[m] = row.held_out;
    }
  }

  /// Keeps the weights, and lets those kept before become the ones to go back to: when a loss is no longer a
  /// number, the newest may be spoilt already.
  void keep() {
    const train::Trainer& trainer = bench_->run->trainer();
    good_ = candidate_.state ? std::move(candidate_) : Kept{};
    candidate_ = {std::make_shared<const checkpoint::Safetensors>(trainer.state()), trainer.updates()};
    if (!good_.state) good_ = candidate_;
  }

  // --- Looking ----------------------------------------------------------------------------------------

  /// While training runs, only when the last reading was looked at, and only for so much of the time.
  bool worth_reading() const {
    if (!bench_) return false;
    if (probe_due_) return true;
    if (!training_ || reader_ || !session_.latest_.taken()) return false;
    return Clock::now() >= next_reading_ && bench_->run->trainer().updates() != read_update_;
  }

  /// The models with those of the rules that concern them; the networks are the bench's.
  std::vector<ProbedModel> probed_models(const std::vector<std::string>& rules) const {
    std::vector<ProbedModel> models;
    for (std::size_t m = 0; m < bench_->models(); ++m)
      models.push_back({name_of(m), &bench_->network(m), nn::rules_for(rules, bench_->network(m).cell())});
    return models;
  }

  /// A probe that takes long, read on a thread of its own, so that training and commands go on.
  struct Reader {
    std::vector<nn::Network<float>> networks;
    std::vector<ProbedModel> models;
    std::shared_ptr<Readings> readings;  // these two after `done`
    std::string problem;
    trace::Watch watch;
    std::atomic<bool> done{false};
    Clock::time_point start;
    std::uint64_t update = 0;
    bool writing = true;
    std::thread thread;

    ~Reader() {
      watch.stop();
      if (thread.joinable()) thread.join();
    }
  };

  /// What is being read is out of date. Nobody waits until it has stopped.
  void stop_reading() {
    if (!reader_) return;
    reader_->watch.stop();
    stopped_.push_back(std::move(reader_));
  }

  void read() {
    stop_reading();
    const auto start = Clock::now();
    const bool asked = probe_due_;
    probe_due_ = false;
    changed_ = true;
    const bool writing = asked || start - written_ >= kBetweenTexts;
    const std::uint64_t update = bench_->run ? bench_->run->trainer().updates() : 0;
    std::shared_ptr<Readings> readings;
    std::string problem;
    try {
      auto models = probed_models(probe_.rules);
      const double products =
          probe_cost(models, static_cast<Index>(probe_.text.size()), probe_.loss_step.has_value()).products;
      if (bench_->alphabet.reads_text && products > kLongReading)
        return begin_reading(std::move(models), start, update, writing);
      readings = std::make_shared<Readings>(
          read_probe(models, bench_->alphabet, bench_->task.get(), probe_, bench_->experiment.seed, writing));
    } catch (const std::exception& error) {
      problem = problem_of(error);
    }
    show(std::move(readings), std::move(problem), start, update, writing);
  }

  static std::string problem_of(const std::exception& error) {
    if (dynamic_cast<const std::bad_alloc*>(&error))
      return "there is not enough memory for this probe: choose a shorter one";
    return error.what();
  }

  void begin_reading(std::vector<ProbedModel> models, Clock::time_point start, std::uint64_t update,
                     bool writing) {
    auto reader = std::make_unique<Reader>();
    reader->start = start;
    reader->update = update;
    reader->writing = writing;
    reader->networks.reserve(models.size());  // pointers go into it
    for (ProbedModel& model : models) {
      nn::Network<float>& copy =
          reader->networks.emplace_back(model.network->spec(), model.network->interface());
      copy.parameters() = model.network->parameters();
      model.network = &copy;
    }
    reader->models = std::move(models);
    reader->thread = std::thread([this, at = reader.get(), alphabet = bench_->alphabet, probe = probe_,
                                  seed = bench_->experiment.seed] {
      try {
        at->readings = std::make_shared<Readings>(
            read_probe(at->models, alphabet, nullptr, probe, seed, at->writing, &at->watch));
      } catch (const trace::Stopped&) {
        // Nobody waits for it.
      } catch (const std::exception& error) {
        at->problem = problem_of(error);
      }
      {
        const std::scoped_lock lock(session_.mutex_);
        at->done = true;
      }
      session_.wake_.notify_all();
    });
    reader_ = std::move(reader);
  }

  void take_reading() {
    const std::unique_ptr<Reader> reader = std::move(reader_);
    show(std::move(reader->readings), std::move(reader->problem), reader->start, reader->update,
         reader->writing);
  }

  /// The new readings, or why there are none.
  void show(std::shared_ptr<Readings> readings, std::string problem, Clock::time_point start,
            std::uint64_t update, bool writing) {
    changed_ = true;
    probe_problem_ = std::move(problem);
    if (readings) {
      readings->version = ++version_of_readings_;
      readings->update = update;
      if (writing)
        written_ = start;
      else if (readings_)
        take_over_texts(*readings_, *readings);
      readings_ = std::move(readings);
      read_update_ = update;
    }
    const auto took = Clock::now() - start;
    next_reading_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                       Seconds(took) * (1 / options_.probe_share - 1));
  }

  static void take_over_texts(const Readings& from, Readings& to) {
    for (std::size_t m = 0; m < std::min(from.writes.size(), to.writes.size()); ++m) {
      to.writes[m] = from.writes[m];
    }
  }

  std::string name_of(std::size_t m) const {
    return views::legend_name(bench_->experiment.models[m].name, bench_->network(m).cell());
  }

  void renew_history() {
    if (!bench_ || !bench_->run || !history_due_) return;
    const auto now = Clock::now();
    if (training_ && history_ && now - history_made_ < kBetweenHistories) return;
    auto trained = std::make_shared<std::vector<views::Observation>>(bench_->models());
    for (std::size_t m = 0; m < bench_->models(); ++m) {
      (*trained)[m].name = name_of(m);
      (*trained)[m].alphabet.outcome = bench_->alphabet.outcome;
      const auto* model = bench_->run->history().find(bench_->experiment.models[m].name);
      if (model) (*trained)[m].metrics = model->rows;
    }
    // Views ask an observation for its cell.
    for (std::size_t m = 0; readings_ && m < trained->size(); ++m)
      (*trained)[m].network = readings_->observations[m].network;
    history_ = std::move(trained);
    ++history_version_;
    history_made_ = now;
    history_due_ = false;
  }

  void publish() {
    renew_history();
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->version = ++version_;
    snapshot->commands = busy_.empty() ? taken_ : taken_ - 1;
    snapshot->busy = busy_;
    if (busy_.empty() && reader_)
      snapshot->busy = fmt::format("reading the probe {:.0f} %", 100 * reader_->watch.progress());
    snapshot->probe = probe_;
    snapshot->remark = remark_;
    snapshot->remark_number = remark_number_;
    snapshot->problem = problem_;
    snapshot->problem_number = problem_number_;
    snapshot->probe_problem = probe_problem_;
    snapshot->not_finite = not_finite_;
    if (good_.state) snapshot->good_update = good_.update;
    if (bench_) describe(*snapshot);
    session_.latest_.publish(std::move(snapshot));
    published_ = Clock::now();
    changed_ = false;
  }

  void describe(Snapshot& snapshot) const {
    snapshot.experiment = bench_->experiment;
    snapshot.can_train = bench_->run != nullptr;
    snapshot.outcome = bench_->alphabet.outcome;
    snapshot.reads_text = bench_->alphabet.reads_text;
    snapshot.vocabulary = bench_->alphabet.inputs;
    snapshot.training = training_;
    snapshot.updates = bench_->run ? bench_->run->trainer().updates() : 0;
    snapshot.until = until_;
    snapshot.characters_per_second = training_ ? speed_ : 0;
    snapshot.pace = pace_;
    for (std::size_t m = 0; m < bench_->models(); ++m) {
      const nn::Network<float>& network = bench_->network(m);
      snapshot.models.push_back(
          {name_of(m), &network.cell(), network.spec(), network.table().size(), losses_[m], held_out_[m]});
    }
    snapshot.readings = readings_;
    snapshot.history = history_;
    snapshot.history_version = history_version_;
  }

  // --- Saving -----------------------------------------------------------------------------------------

  Capture capture() const {
    if (!bench_) fail("nothing is open yet");
    Capture capture{bench_->experiment, probe_, nullptr, {}};
    if (bench_->run) {
      capture.training = std::make_shared<const train::Continuation>(
          train::Continuation{std::as_const(*bench_->run).trainer().state(), bench_->run->metrics()});
    }
    for (const checkpoint::ModelFile& file : bench_->files)
      capture.models.push_back(std::make_shared<const std::string>(checkpoint::to_bytes(file)));
    return capture;
  }

  std::vector<checkpoint::ModelFile> model_files() const {
    if (!bench_) fail("nothing is open yet");
    if (!bench_->run) return bench_->files;
    std::vector<checkpoint::ModelFile> files;
    const nlohmann::json experiment = experiment::to_json(std::as_const(*bench_->run).trainer().experiment());
    for (std::size_t m = 0; m < bench_->models(); ++m) {
      files.push_back(checkpoint::model_file(bench_->network(m), bench_->alphabet.inputs, experiment));
      files.back().metadata["updates"] = std::to_string(bench_->run->trainer().updates());
    }
    return files;
  }

  struct Kept {
    std::shared_ptr<const checkpoint::Safetensors> state;
    std::uint64_t update = 0;
  };

  Session& session_;
  SessionOptions options_;
  std::unique_ptr<Bench> bench_;
  Probe probe_;
  std::uint64_t taken_ = 0;  // jobs carried out

  bool training_ = false;
  std::optional<std::uint64_t> until_;
  double pace_ = 0;
  Clock::time_point next_update_{};
  std::vector<std::optional<double>> losses_, held_out_;
  std::optional<train::NotFinite> not_finite_;
  Kept good_, candidate_;

  Clock::time_point speed_from_{};
  std::uint64_t speed_update_ = 0;
  double speed_ = 0;

  bool probe_due_ = false;    // asked for, not only grown older
  bool changed_ = false;      // something a snapshot shows
  bool history_due_ = false;  // updates that the history does not have
  std::shared_ptr<const Readings> readings_;
  std::shared_ptr<const std::vector<views::Observation>> history_;
  std::uint64_t history_version_ = 0, version_ = 0, version_of_readings_ = 0, read_update_ = 0;
  Clock::time_point next_reading_{}, published_{}, history_made_{}, written_{};

  std::string busy_, problem_, probe_problem_, remark_;
  std::uint64_t problem_number_ = 0, remark_number_ = 0;
  std::unique_ptr<Reader> reader_;
  std::vector<std::unique_ptr<Reader>> stopped_;  // on their way to the end
};

Session::Session(SessionOptions options) {
  latest_.publish(std::make_shared<Snapshot>());
  thread_ = std::thread([this, options = std::move(options)] { Worker(*this, options).work(); });
}

Session::~Session() {
  {
    const std::scoped_lock lock(mutex_);
    quit_ = true;
  }
  wake_.notify_all();
  settled_.notify_all();
  thread_.join();
}

std::uint64_t Session::push(Job job) {
  std::uint64_t number = 0;
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
    number = ++sent_;
  }
  wake_.notify_all();
  return number;
}

std::uint64_t Session::send(Command command) {
  return push(std::move(command));
}

std::future<Capture> Session::capture() {
  std::promise<Capture> promise;
  auto future = promise.get_future();
  push(std::move(promise));
  return future;
}

std::future<std::vector<checkpoint::ModelFile>> Session::model_files() {
  std::promise<std::vector<checkpoint::ModelFile>> promise;
  auto future = promise.get_future();
  push(std::move(promise));
  return future;
}

std::shared_ptr<const Snapshot> Session::settle(bool until_paused) {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = sent_;
  settled_.wait(lock, [&] { return quit_ || (done_ >= wanted && (!until_paused || paused_)); });
  lock.unlock();
  return latest();
}

}  // namespace gatescope::session
