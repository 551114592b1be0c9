// What each command does.

#include <algorithm>
#include <new>
#include <utility>

#include "core/error.h"
#include "core/experiment/task_kinds.h"
#include "core/in_quotes.h"
#include "core/session/learner.h"
#include "core/task/vocabulary.h"
#include "core/utf8.h"

namespace gatescope::session {
namespace {

/// What is announced before it is carried out; empty: nothing, it takes no time.
std::string takes_long(const Command& command) {
  if (const auto* open = std::get_if<Open>(&command)) {
    const experiment::TaskSpec& task = open->experiment.task;
    return "reading " + experiment::kind_of(task).source(task);
  }
  if (const auto* open = std::get_if<OpenModels>(&command))
    return "reading " + (open->files.empty() ? open->origin : printable(open->files[0].native()));
  return {};
}

/// It was asked for before, so that it is there.
std::shared_ptr<const train::Continuation> captured_training(const std::shared_future<Capture>& captured) {
  if (!captured.valid()) return nullptr;
  try {
    return captured.get().training;
  } catch (const std::exception&) {
    return nullptr;  // there was nothing
  }
}

}  // namespace

void Learner::carry_out(Command command) {
  carry_out_announced();
  ++commands_;
  busy_ = takes_long(command);
  if (busy_.empty()) return carry_out_now(command);
  announced_ = std::move(command);
  renew_snapshot();
}

void Learner::carry_out_now(const Command& command) {
  changed_ = true;
  attempt([&] { std::visit([&](const auto& each) { apply(each); }, command); });
}

void Learner::attempt(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::bad_alloc&) {
    complain("there is not enough memory for that: choose fewer units, layers or steps, or a smaller batch");
  } catch (const std::exception& error) {
    complain(error.what());
  }
}

void Learner::complain(std::string what) {
  problem_ = std::move(what);
  ++problem_number_;
  changed_ = true;
}

/// Of what is kept no longer; all of one command together.
void Learner::tell(const std::string& what) {
  if (std::exchange(dropped_by_, commands_) != commands_) dropped_.clear();
  if (!dropped_.empty()) dropped_ += "\n";
  dropped_ += what;
  ++dropped_number_;
}

void Learner::apply(const Open& command) {
  const auto from = command.from ? command.from : captured_training(command.captured);
  Opened opened = open_experiment(command.experiment, from.get(), options_.corpora, options_.threads);
  if (command.probe) probe_ = *command.probe;
  take(std::move(opened));
  if (command.pace) apply(SetPace{*command.pace});
  train(command.train);
}

void Learner::apply(const OpenModels& command) {
  Opened opened = open_models(command);
  if (command.probe) probe_ = *command.probe;
  take(std::move(opened));
  train(false);
}

/// The new one is made already: from here on nothing fails.
void Learner::take(Opened opened) {
  stop_reading();
  opened_ = std::make_unique<Opened>(std::move(opened));
  problem_.clear();
  probe_problem_.clear();
  not_finite_.reset();
  losses_.assign(opened_->models(), std::nullopt);
  held_out_.assign(opened_->models(), std::nullopt);
  readings_ = nullptr;
  history_ = nullptr;
  ++history_version_;
  history_due_ = true;
  until_.reset();
  fit_probe();
  apply_rules_to_training();
  probe_due_ = true;
  begin_time();
  if (!opened_->run) return;
  for (const train::MetricsRow& row : opened_->run->metrics()) remember(row);
}

void Learner::fit_probe() {
  // A text of another experiment would mostly have characters that this one does not know.
  if (probe_.given) {
    try {
      opened_->check_given(*probe_.given);
    } catch (const Error&) {
      probe_.given.reset();
    }
  }
  if (opened_->alphabet.reads_text && !probe_.text.empty()) {
    try {
      const task::Vocabulary vocabulary(opened_->alphabet.inputs);
      vocabulary.encode(decode_utf8(probe_.text, InvalidUtf8::error, "the probe"));
    } catch (const Error&) {
      probe_.text.clear();
    }
  }
  std::erase_if(probe_.rules, [&](const nn::ForceRule& rule) { return !opened_->fits(rule); });
  if (opened_->alphabet.reads_text || probe_.given) {
    try {
      check_probe(opened_->probed_models(probe_.rules), probe_);
    } catch (const Error& error) {
      probe_.text.clear();
      probe_.given.reset();
      remark_ = error.what();
      ++remark_number_;
    }
  }
  if (probe_.text.empty())
    probe_.text = usual_text(opened_->alphabet, opened_->task.get(), opened_->network(0));
}

void Learner::apply(const Train& command) {
  need_training();
  train(command.on);
  until_ = command.until;
  if (until_ && opened_->run->trainer().updates() >= *until_) train(false);
}

void Learner::apply(const UpdateOnce&) {
  need_training();
  train(false);
  show_present();
  update();
  probe_due_ = true;
}

void Learner::apply(const Restart& command) {
  need_training();
  const bool was_training = training_ || not_finite_.has_value();
  Opened again = open_again(*opened_, options_.threads);
  std::vector<Left> left;
  if (command.beside) {
    if (present().bytes() > options_.moments)
      fail("what was learnt takes more memory than all kept moments may: it cannot stay beside a new run");
    leave(0);
    left = std::move(left_);
  }
  take(std::move(again));
  left_ = std::move(left);
  share_budget();
  train(was_training || command.beside);
}

void Learner::apply(const ShowUpdate& command) {
  need_training();
  if (!command.update || *command.update == opened_->run->trainer().updates()) {
    show_present();
    return;
  }
  const Moment* moment = moments_.find(*command.update);
  if (!moment) fail("the weights of update {} were not kept", *command.update);
  if (training_) train(false);
  shown_networks_ = opened_->networks_of(*moment->state);
  shown_update_ = moment->update;
  history_due_ = probe_due_ = true;
}

void Learner::apply(const GoOnFrom& command) {
  need_training();
  if (command.update != opened_->run->trainer().updates()) {
    const Moment* found = moments_.find(command.update);
    if (!found) fail("the weights of update {} were not kept", command.update);
    const Moment moment = *found;
    leave(moment.update);
    lead_on(moment, opened_->run->metrics());
  }
  show_present();
  train(command.train);
}

void Learner::apply(const ReturnTo& command) {
  need_training();
  if (command.branch >= left_.size()) fail("there is no branch {} of this training", command.branch + 1);
  const Left back = std::move(left_[command.branch]);
  left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(command.branch));
  train(false);
  leave(back.from);
  moments_.cut(back.from);
  share_budget();
  moments_.pin(back.best_updates);
  for (const Moment& best : back.best) moments_.keep(best);
  std::vector<train::MetricsRow> metrics;
  for (const auto& rows : *back.metrics) metrics.insert(metrics.end(), rows.begin(), rows.end());
  lead_on(back.end, std::move(metrics));
  keep_present();
}

void Learner::apply(const SetPauseAtBest& command) {
  need_training();
  opened_->experiment.training.pause_at_best = command.on;
  opened_->run->trainer().set_pause_at_best(command.on);
  if (!command.on) paused_at_.reset();
}

void Learner::apply(const GoBack&) {
  need_training();
  if (!good_.state) fail("no weights were kept yet to go back to");
  const Moment good = good_;
  lead_on(good, opened_->run->metrics());
}

void Learner::apply(const SetRate& command) {
  need_training();
  if (!(command.rate >= 0 && command.rate <= 1000))
    fail("a learning rate of {} is impossible, expected 0 to 1000", command.rate);
  opened_->run->trainer().set_rate(command.rate);
  opened_->experiment.training.optimizer.rate = command.rate;
}

void Learner::apply(const SetClip& command) {
  need_training();
  if (!(command.norm >= 0 && command.norm <= 1e9))
    fail("clipping to a norm of {} is impossible, expected 0 (off) to 1e9", command.norm);
  opened_->run->trainer().set_clip_norm(command.norm);
  opened_->experiment.training.clip_norm = command.norm;
}

void Learner::apply(const SetLabels& command) {
  need_training();
  opened_->experiment.title = command.title;
  opened_->experiment.look_for = command.look_for;
}

void Learner::apply(const SetPace& command) {
  pace_ = std::clamp(command.updates_per_second, 0.0, 1e6);
  next_update_ = Clock::now();
}

void Learner::apply(const SetProbe& command) {
  Probe probe = command.probe;
  if (opened_) {
    for (const nn::ForceRule& rule : probe.rules) opened_->check_rule(rule);
    if (probe.given) opened_->check_given(*probe.given);
    if (probe.text.empty())
      probe.text = usual_text(opened_->alphabet, opened_->task.get(), opened_->network(0));
    if (opened_->alphabet.reads_text || probe.given) check_probe(opened_->probed_models(probe.rules), probe);
  }
  const bool rules = probe.rules != probe_.rules || probe.force_training != probe_.force_training;
  probe_ = std::move(probe);
  probe_due_ = opened_ != nullptr;  // else what is opened is read with it
  if (opened_ && rules) apply_rules_to_training();
}

/// Training under the probe's rules is training that network; else under the experiment's own.
void Learner::apply_rules_to_training() {
  if (!opened_->run) return;
  std::vector<nn::ForceRule> rules = opened_->experiment.force;
  if (probe_.force_training) rules.insert(rules.end(), probe_.rules.begin(), probe_.rules.end());
  opened_->run->trainer().set_force(rules);
}

void Learner::need_training() const {
  if (!opened_) fail("nothing is open yet");
  if (!opened_->run) fail("these models come from files alone: there is no text that they could learn");
}

}  // namespace gatescope::session
