#include "core/session/learner.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "core/error.h"
#include "core/observe/held_out.h"
#include "core/observe/trained_steps.h"

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
constexpr std::size_t kMostBranches = 3;

Clock::duration ticks(Seconds seconds) {
  return std::chrono::duration_cast<Clock::duration>(seconds);
}

void take_over_texts(const Readings& from, Readings& to) {
  for (std::size_t m = 0; m < std::min(from.writes.size(), to.writes.size()); ++m)
    to.writes[m] = from.writes[m];
}

}  // namespace

struct Learner::UnderWay {
  explicit UnderWay(ProbeReading reading) : probe(std::move(reading)) {}

  ProbeReading probe;
  std::uint64_t update = 0;  // of the weights
  bool writing = true;
  bool is_long = false;          // training goes on meanwhile
  bool in_background = false;    // another thread does it
  Clock::time_point start = {};  // when it was begun
  Seconds took{0};
  std::atomic<bool> done{false};
};

Learner::Learner(SessionOptions options, Executor background)
    : options_(std::move(options)), background_(std::move(background)), moments_(options_.moments) {
  renew_snapshot();
}

Learner::~Learner() {
  stop_reading();
}

// --- A turn -----------------------------------------------------------------------------------------------

std::optional<Clock::time_point> Learner::advance(Clock::duration budget) {
  const auto end = Clock::now() + budget;
  do {
    carry_out_announced();
    update_where_due();
    take_reading();
    begin_reading_where_due();
    read_on();
    renew_snapshot_where_due();
  } while (at_hand() && Clock::now() < end);
  return next_work();
}

void Learner::carry_out_announced() {
  if (!announced_) return;
  const Command command = std::move(*announced_);
  announced_.reset();
  carry_out_now(command);
  busy_.clear();
}

/// A reading that is soon over comes first: it is of the weights that are shown.
void Learner::update_where_due() {
  if (training_ && due() && (!reading_ || reading_->is_long)) attempt([&] { update(); });
}

/// The new readings, or why there are none.
void Learner::take_reading() {
  if (!reading_ || !reading_->done) return;
  const auto reading = std::exchange(reading_, nullptr);
  if (reading->in_background) reading->took = Clock::now() - reading->start;
  next_reading_ = Clock::now() + ticks(reading->took * (1 / options_.probe_share - 1));
  changed_ = true;
  probe_problem_ = reading->probe.problem();
  const std::shared_ptr<Readings> readings = reading->probe.take();
  if (!readings) return;
  readings->version = ++version_of_readings_;
  readings->update = read_update_ = reading->update;
  if (reading->writing)
    written_ = reading->start;
  else if (readings_)
    take_over_texts(*readings_, *readings);
  for (auto* observations : {&readings->observations, &readings->at_step}) {
    for (views::Observation& observation : *observations) {
      const experiment::TrainingSpec& training = opened_->experiment.training;
      if (opened_->run && training.carry) observe::say_trained_steps(observation, training.steps);
      observe::say_held_out(observation, opened_->held_out);
    }
  }
  for (std::size_t m = 0; opened_->run && m < readings->observations.size(); ++m)
    readings->observations[m].past = past_of(m, readings->update);
  readings_ = readings;
}

void Learner::begin_reading_where_due() {
  if (!worth_reading()) return;
  stop_reading();
  changed_ = true;
  const bool asked = std::exchange(probe_due_, false);
  const auto now = Clock::now();
  const bool writing = asked || now - written_ >= kBetweenTexts;
  try {
    auto models = looked_at();
    const bool reads_text = opened_->alphabet.reads_text;
    const Index steps = probe_.given ? probe_.given->steps() : std::ssize(probe_.text);
    const double products = probe_cost(models, steps, probe_.loss_step.has_value()).products;
    auto reading = std::make_shared<UnderWay>(ProbeReading(std::move(models), opened_->alphabet,
                                                           reads_text ? nullptr : opened_->task, probe_,
                                                           opened_->experiment.seed, writing));
    reading->update = looked_at_update();
    reading->writing = writing;
    reading->is_long = (reads_text || probe_.given) && products > kLongReading;
    reading->in_background = reading->is_long && background_;
    reading->start = now;
    reading->took = Clock::now() - now;
    if (reading->in_background) {
      background_([reading] {
        while (reading->probe.advance()) {
        }
        reading->done = true;
      });
    }
    reading_ = std::move(reading);
  } catch (const std::exception& error) {
    probe_problem_ = problem_of_reading(error);
  }
}

void Learner::read_on() {
  if (!reading_ || reading_->in_background) return;
  const auto start = Clock::now();
  reading_->done = !reading_->probe.advance();
  reading_->took += Clock::now() - start;
  take_reading();
}

void Learner::renew_snapshot_where_due() {
  const bool grows_older = training_ || reading_;
  if (changed_ || (history_due_ && !training_) ||
      (grows_older && Clock::now() - renewed_ >= kBetweenSnapshots))
    renew_snapshot();
}

bool Learner::at_hand() const {
  const auto next = next_work();
  return next && *next <= Clock::now();
}

std::optional<Clock::time_point> Learner::next_work() const {
  const auto now = Clock::now();
  const bool reads_here = reading_ && (!reading_->in_background || reading_->done);
  if (announced_ || probe_due_ || changed_ || reads_here || (training_ && due())) return now;
  std::optional<Clock::time_point> next;
  if (training_) next = next_update_;
  if (reading_) next = std::min(next.value_or(Clock::time_point::max()), now + ticks(kBetweenProgress));
  return next;
}

bool Learner::settled() const {
  return !announced_ && !probe_due_ && !changed_ && !reading_;
}

// --- Training ---------------------------------------------------------------------------------------------

void Learner::train(bool on) {
  training_ = on && opened_ && opened_->run;
  if (training_) {
    not_finite_.reset();
    // Whoever trains on where the held-out loss has risen knows it.
    if (all_overfit()) past_best_ = true;
    show_present();
  }
  paused_at_.reset();
  speed_from_ = Clock::now();
  speed_update_ = opened_ && opened_->run ? opened_->run->trainer().updates() : 0;
  speed_ = 0;
  next_update_ = speed_from_;
  if (!training_) probe_due_ = history_due_ = true;
  until_.reset();
}

void Learner::update() {
  train::Run& run = *opened_->run;
  const auto start = Clock::now();
  if (!run.step()) {
    not_finite_ = run.trainer().not_finite();
    train(false);
    changed_ = true;
    return;
  }
  not_finite_.reset();
  for (const train::MetricsRow& row : run.last()) remember(row);
  const std::uint64_t updates = run.trainer().updates();
  if (updates % kKeepEvery == 0) keep_to_go_back();
  if (moments_.wants(updates)) keep_present();
  if (!run.last().empty() && run.last().front().held_out) watch_held_out();
  if (pace_ > 0) next_update_ = std::max(next_update_, start) + ticks(Seconds(1 / pace_));
  measure_speed(updates);
  history_due_ = true;
  if (until_ && updates >= *until_) train(false);
  if (training_ && !until_ && !past_best_ && opened_->experiment.training.pause_at_best && all_overfit()) {
    train(false);
    paused_at_ = updates;
    changed_ = true;
  }
}

void Learner::measure_speed(std::uint64_t updates) {
  const auto now = Clock::now();
  if (now - speed_from_ < kSpeedWindow) return;
  const train::Trainer& trainer = opened_->run->trainer();
  const double characters = static_cast<double>(updates - speed_update_) *
                            static_cast<double>(trainer.characters_per_update()) *
                            static_cast<double>(trainer.models());
  speed_ = characters / Seconds(now - speed_from_).count();
  speed_from_ = now;
  speed_update_ = updates;
}

void Learner::remember(const train::MetricsRow& row) {
  for (std::size_t m = 0; m < opened_->models(); ++m) {
    if (opened_->experiment.models[m].name != row.model) continue;
    losses_[m] = losses_[m] ? kSmoothing * *losses_[m] + (1 - kSmoothing) * row.loss : row.loss;
    if (row.held_out) held_out_[m] = row.held_out;
  }
}

/// Keeps the weights, and lets those kept before become the ones to go back to: when a loss is no longer a
/// number, the newest may be spoilt already.
void Learner::keep_to_go_back() {
  good_ = candidate_.state ? std::move(candidate_) : Moment{};
  candidate_ = present();
  if (!good_.state) good_ = candidate_;
}

/// The best weights stay, whatever comes after them.
void Learner::watch_held_out() {
  const train::History& history = opened_->run->history();
  const double least_rise = opened_->alphabet.outcome->has_probabilities ? train::kLeastRiseInNats : 0;
  bool best = false;
  for (std::size_t m = 0; m < opened_->models(); ++m) {
    const auto* model = history.find(opened_->experiment.models[m].name);
    standings_[m] = model ? train::held_out_standing(model->rows, least_rise) : std::nullopt;
    best = best || (standings_[m] && standings_[m]->best_update == opened_->run->trainer().updates());
  }
  std::vector<std::uint64_t> pinned;
  for (const auto& standing : standings_)
    if (standing) pinned.push_back(standing->best_update);
  moments_.pin(std::move(pinned));
  if (best) keep_present();
}

bool Learner::all_overfit() const {
  return !standings_.empty() && std::ranges::all_of(standings_, [](const auto& standing) {
    return standing && standing->overfitting;
  });
}

// --- The training's time ----------------------------------------------------------------------------------

const Moment& Learner::present() {
  const train::Trainer& trainer = opened_->run->trainer();
  if (!present_.state || present_.update != trainer.updates())
    present_ = {trainer.updates(), std::make_shared<const checkpoint::Safetensors>(trainer.state())};
  return present_;
}

void Learner::keep_present() {
  moments_.keep(present());
  kept_moments_ = nullptr;
}

/// What was learnt so far begins the training's time.
void Learner::begin_time() {
  present_ = good_ = candidate_ = {};
  moments_.clear();
  of_models_ = std::make_shared<observe::Memo>();
  left_.clear();
  share_budget();
  kept_moments_ = nullptr;
  shown_update_.reset();
  shown_networks_.clear();
  past_best_ = false;
  paused_at_.reset();
  standings_.assign(opened_->models(), std::nullopt);
  if (!opened_->run) return;
  keep_to_go_back();
  keep_present();
  watch_held_out();
}

std::size_t Learner::Left::bytes() const {
  std::size_t sum = end.bytes();
  for (const Moment& each : best) sum += each.bytes();
  return sum;
}

/// The best weights of a branch that are kept moments of the present training. Those up to where they part
/// stay with that.
void Learner::keep_best_of(Left& left) {
  left.best.clear();
  for (const std::uint64_t update : left.best_updates) {
    const Moment* found = update > left.from && update != left.end.update ? moments_.find(update) : nullptr;
    if (found) left.best.push_back(*found);
  }
}

/// Another training takes the place of the present one, the same up to `update`.
void Learner::part_at(std::uint64_t update) {
  for (Left& each : left_) {
    if (each.from <= update) continue;
    // What both have had in common is the branch's alone now.
    std::vector<Moment> own = std::exchange(each.best, {});
    const std::uint64_t common = std::exchange(each.from, update);
    keep_best_of(each);
    std::erase_if(each.best, [&](const Moment& best) { return best.update > common; });
    each.best.insert(each.best.end(), own.begin(), own.end());
  }
}

/// The present training becomes a branch, parted at `from` from the one that takes its place.
void Learner::leave(std::uint64_t from) {
  part_at(from);
  if (opened_->run->trainer().updates() <= from) return;
  auto metrics = std::make_shared<std::vector<std::vector<train::MetricsRow>>>(opened_->models());
  for (std::size_t m = 0; m < metrics->size(); ++m)
    if (const auto* model = opened_->run->history().find(opened_->experiment.models[m].name))
      (*metrics)[m] = model->rows;
  Left left{from, present(), std::move(metrics), {}, {}};
  for (const auto& standing : standings_)
    if (standing) left.best_updates.push_back(standing->best_update);
  std::ranges::sort(left.best_updates);
  left.best_updates.erase(std::unique(left.best_updates.begin(), left.best_updates.end()),
                          left.best_updates.end());
  keep_best_of(left);
  left_.push_back(std::move(left));
  if (left_.size() <= kMostBranches) return;
  tell(
      fmt::format("{} other runs are kept, and no more: the one that ended at update {} cannot be returned "
                  "to any longer",
                  kMostBranches, left_.front().end.update));
  left_.erase(left_.begin());
}

/// From a moment on, its metrics those up to it.
void Learner::lead_on(const Moment& from, std::vector<train::MetricsRow> metrics) {
  opened_->run->resume({*from.state, std::move(metrics)}, "the kept moment");
  present_ = from;
  good_ = candidate_ = {};
  keep_to_go_back();
  not_finite_.reset();
  past_best_ = false;
  paused_at_.reset();
  for (auto& loss : losses_) loss.reset();
  for (auto& loss : held_out_) loss.reset();
  for (const train::MetricsRow& row : opened_->run->metrics()) remember(row);
  show_present();
  part_at(from.update);
  moments_.cut(from.update);
  share_budget();
  watch_held_out();
  history_due_ = probe_due_ = changed_ = true;
}

std::size_t Learner::bytes_of_branches() const {
  std::size_t sum = 0;
  for (const Left& each : left_) sum += each.bytes();
  return sum;
}

/// Branches may take half of the budget, the newest one's end more where it has to; the rest is the moments'.
/// The best weights go first, then whole branches, those of the oldest before the others.
void Learner::share_budget() {
  const double megabytes = static_cast<double>(options_.moments) / 1048576;
  while (bytes_of_branches() > options_.moments / 2) {
    const auto best = std::ranges::find_if(left_, [](const Left& each) { return !each.best.empty(); });
    if (best != left_.end()) {
      tell(fmt::format(
          "there is no room in {:.0f} MB for the best weights of the run that ended at update {}: "
          "its last ones are kept",
          megabytes, best->end.update));
      best->best.clear();
    } else if (left_.size() > 1 || bytes_of_branches() > options_.moments) {
      tell(
          fmt::format("there is no room in {:.0f} MB for another run: the one that ended at update {} cannot "
                      "be returned to any longer",
                      megabytes, left_.front().end.update));
      left_.erase(left_.begin());
    } else {
      break;
    }
  }
  moments_.set_budget(options_.moments - bytes_of_branches());
  kept_moments_ = nullptr;
}

void Learner::show_present() {
  if (!shown_update_) return;
  shown_update_.reset();
  shown_networks_.clear();
  history_due_ = probe_due_ = changed_ = true;
}

/// The models with the weights that are on show.
std::vector<ProbedModel> Learner::looked_at() const {
  auto models = opened_->probed_models(probe_.rules);
  for (std::size_t m = 0; m < shown_networks_.size(); ++m) models[m].network = shown_networks_[m].get();
  return models;
}

std::uint64_t Learner::looked_at_update() const {
  if (!opened_->run) return 0;
  return shown_update_.value_or(opened_->run->trainer().updates());
}

// --- Looking ----------------------------------------------------------------------------------------------

/// While training runs, only when somebody looks, and only for so much of the time.
bool Learner::worth_reading() const {
  if (!opened_) return false;
  if (probe_due_) return true;
  if (!training_ || reading_ || !watched_) return false;
  return Clock::now() >= next_reading_ && opened_->run->trainer().updates() != read_update_;
}

/// What is being read is out of date. Nobody waits until it has stopped.
void Learner::stop_reading() {
  if (reading_) reading_->probe.stop();
  reading_ = nullptr;
}

void Learner::renew_history() {
  if (!history_due_) return;
  if (!opened_ || !opened_->run) {  // nothing is learnt
    history_due_ = false;
    return;
  }
  const auto now = Clock::now();
  if (training_ && history_ && now - history_made_ < kBetweenHistories) return;
  auto trained = std::make_shared<std::vector<views::Observation>>(opened_->models());
  for (std::size_t m = 0; m < opened_->models(); ++m) {
    (*trained)[m].name = opened_->name_of(m);
    (*trained)[m].alphabet.outcome = opened_->alphabet.outcome;
    (*trained)[m].alphabet.chance = opened_->alphabet.chance;
    (*trained)[m].alphabet.chance_name = opened_->alphabet.chance_name;
    const auto* model = opened_->run->history().find(opened_->experiment.models[m].name);
    if (model) (*trained)[m].metrics = model->rows;
  }
  // Views ask an observation for its cell.
  for (std::size_t m = 0; readings_ && m < trained->size(); ++m)
    (*trained)[m].network = readings_->observations[m].network;
  for (std::size_t m = 0; !left_.empty() && m < opened_->models(); ++m) {
    trained->push_back((*trained)[m]);
    trained->back().left = true;
    trained->back().metrics = (*left_.back().metrics)[m];
  }
  history_ = std::move(trained);
  ++history_version_;
  history_made_ = now;
  history_due_ = false;
}

void Learner::renew_snapshot() {
  renew_history();
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->version = ++version_;
  snapshot->commands = announced_ ? commands_ - 1 : commands_;
  snapshot->busy = busy_;
  if (busy_.empty() && reading_ && reading_->is_long)
    snapshot->busy = fmt::format("reading the probe {:.0f} %", 100 * reading_->probe.progress());
  snapshot->probe = probe_;
  snapshot->remark = remark_;
  snapshot->remark_number = remark_number_;
  snapshot->dropped = dropped_;
  snapshot->dropped_number = dropped_number_;
  snapshot->problem = problem_;
  snapshot->problem_number = problem_number_;
  snapshot->probe_problem = probe_problem_;
  snapshot->not_finite = not_finite_;
  if (good_.state) snapshot->good_update = good_.update;
  if (opened_ && opened_->run && !kept_moments_) kept_moments_ = list_moments();
  if (opened_) describe(*snapshot);
  snapshot_ = std::move(snapshot);
  renewed_ = Clock::now();
  changed_ = false;
}

void Learner::describe(Snapshot& snapshot) const {
  snapshot.experiment = opened_->experiment;
  snapshot.can_train = opened_->run != nullptr;
  snapshot.outcome = opened_->alphabet.outcome;
  snapshot.reads_text = opened_->alphabet.reads_text;
  snapshot.vocabulary = opened_->alphabet.inputs;
  snapshot.training = training_;
  snapshot.updates = opened_->run ? opened_->run->trainer().updates() : 0;
  snapshot.until = until_;
  snapshot.characters_per_second = training_ ? speed_ : 0;
  snapshot.pace = pace_;
  for (std::size_t m = 0; m < opened_->models(); ++m) {
    const nn::Network<float>& network = opened_->network(m);
    snapshot.models.push_back({opened_->name_of(m), &network.cell(), network.spec(), network.table().size(),
                               losses_[m], held_out_[m], standings_[m]});
  }
  if (shown_update_) tell_losses_then(snapshot);
  snapshot.shown_update = shown_update_;
  snapshot.moments = kept_moments_;
  for (const Left& each : left_) {
    Branch& branch = snapshot.branches.emplace_back(Branch{each.from, each.end.update, {}, each.metrics});
    for (const std::uint64_t update : each.best_updates) {
      const bool kept = update == each.end.update ||
                        (update <= each.from && moments_.find(update) != nullptr) ||
                        std::ranges::find(each.best, update, &Moment::update) != each.best.end();
      if (kept) branch.best.push_back(update);
    }
  }
  snapshot.paused_at = paused_at_;
  snapshot.readings = readings_;
  snapshot.history = history_;
  snapshot.history_version = history_version_;
}

/// As they stood when the moment that is looked at was the present.
void Learner::tell_losses_then(Snapshot& snapshot) const {
  for (std::size_t m = 0; m < snapshot.models.size(); ++m) {
    session::ModelState& model = snapshot.models[m];
    model.loss.reset();
    model.held_out.reset();
    const auto* past = opened_->run->history().find(opened_->experiment.models[m].name);
    if (!past) continue;
    for (const train::MetricsRow& row : past->rows) {
      if (row.update > *shown_update_) break;
      model.loss = model.loss ? kSmoothing * *model.loss + (1 - kSmoothing) * row.loss : row.loss;
      if (row.held_out) model.held_out = row.held_out;
    }
  }
}

std::shared_ptr<const KeptMoments> Learner::list_moments() const {
  auto list = std::make_shared<KeptMoments>();
  for (const Moment& each : moments_.all()) list->updates.push_back(each.update);
  list->bytes = moments_.bytes();
  list->bytes += bytes_of_branches();
  list->budget = options_.moments;
  return list;
}

std::shared_ptr<const observe::Past> Learner::past_of(std::size_t model, std::uint64_t observed) const {
  auto past = std::make_shared<observe::Past>();
  past->observed = observed;
  past->memo = of_models_;
  past->model = static_cast<Index>(model);
  for (const Moment& each : moments_.all()) {
    past->moments.push_back(
        {each.update, opened_->maker_of(each.state, model), each.memo, static_cast<Index>(model)});
  }
  return past;
}

// --- Saving -----------------------------------------------------------------------------------------------

Capture Learner::capture() {
  carry_out_announced();
  if (!opened_) fail("nothing is open yet");
  return opened_->capture(probe_);
}

std::vector<checkpoint::ModelFile> Learner::model_files() {
  carry_out_announced();
  if (!opened_) fail("nothing is open yet");
  if (shown_update_) return opened_->files_of(shown_networks_, *shown_update_);
  return opened_->model_files();
}

}  // namespace gatescope::session
