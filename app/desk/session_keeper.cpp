#include "app/desk/session_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "core/session/session_file.h"

namespace gatescope::ui {
namespace {

constexpr double kAfterAnAct = 1;  // seconds, and at most so many while a person goes on:
constexpr double kWhileActing = 5;
constexpr double kWhileTraining = 15;  // between two, and so many times as long as one takes:
constexpr double kCostShare = 20;
constexpr double kBetweenBeats = 60;

}  // namespace

bool SessionKeeper::keep() {
  if (folder_.empty() || editor_.shown().now().models.empty()) return true;
  wait_for_writing();
  gather();
  remember();
  try {
    session::save_session(kept_.path(), {session_.capture().get(), editor_.window_choices()});
    keep_problem_.clear();
    return true;
  } catch (const std::exception& error) {
    cannot_keep(error.what());
    return false;
  }
}

/// Once, until it is another reason.
void SessionKeeper::cannot_keep(const std::string& why) {
  kept_once_ = false;  // tried again
  if (std::exchange(keep_problem_, why) != why)
    notices_.say(fmt::format("the session cannot be kept: {}", why), true);
}

bool SessionKeeper::differs_from_kept() const {
  if (!kept_once_ || editor_.shown().now().training != kept_training_) return true;
  if (editor_.document().experiment != kept_document_.experiment ||
      editor_.document().probe != kept_document_.probe)
    return true;
  ViewState view = kept_document_.view;
  if (editor_.document().replay.direction != 0) {  // it moves by itself
    view.step = editor_.document().view.step;
    view.steps = editor_.document().view.steps;
  }
  return view != editor_.document().view;
}

void SessionKeeper::remember() {
  kept_document_ = editor_.document();
  kept_updates_ = editor_.shown().now().updates;
  kept_training_ = editor_.shown().now().training;
  kept_once_ = true;
  kept_at_ = Clock::now();
  acted_from_.reset();
  acted_at_.reset();
}

void SessionKeeper::wait_for_writing() {
  if (writing_.valid()) executor_.wait_until([this] { return is_ready(writing_); });
}

void SessionKeeper::gather() {
  try {
    if (is_ready(writing_)) {
      writing_.get();
      kept_cost_ = seconds_since(kept_at_);
      keep_problem_.clear();
    }
    if (is_ready(keeping_)) {
      session::SessionFile file{keeping_.get(), editor_.window_choices()};
      writing_ = post_task(
          executor_, [path = kept_.path(), file = std::move(file)] { session::save_session(path, file); });
    }
  } catch (const std::exception& error) {
    cannot_keep(error.what());
  }
}

/// Without a wait: the worker hands its state over, another thread writes it. Never two at once, however slow
/// the disk is.
void SessionKeeper::tick() {
  gather();
  if (folder_.empty() || editor_.shown().now().models.empty() || beginning_.asking()) return;
  if (seconds_since(beat_at_) > kBetweenBeats) {
    beat_at_ = Clock::now();
    kept_.beat();
  }
  // An act is what changed since the frame before, not only since the last time it was kept.
  if (differs_from_kept()) {
    const Clock::time_point now = Clock::now();
    if (!acted_from_) acted_from_ = now;
    if (!acted_at_ || !same_choices(editor_.document(), acted_document_)) acted_at_ = now;
    acted_document_ = editor_.document();
  } else {
    acted_from_.reset();
    acted_at_.reset();
  }
  if (keeping_.valid() || writing_.valid() || due_in() > 0) return;
  remember();
  keeping_ = session_.capture();
}

/// Seconds until the session is kept again; infinity where nothing changed.
double SessionKeeper::due_in() const {
  double due = std::numeric_limits<double>::infinity();
  const double pause = std::max(kWhileTraining, kCostShare * kept_cost_), passed = seconds_since(kept_at_);
  if (acted_at_) {
    due = std::min(kAfterAnAct - seconds_since(*acted_at_), kWhileActing - seconds_since(*acted_from_));
    // Where it failed or takes long, not after every act.
    due = std::max(due, (keep_problem_.empty() ? kCostShare * kept_cost_ : kWhileTraining) - passed);
  }
  if (editor_.shown().now().updates != kept_updates_) due = std::min(due, pause - passed);
  return due;
}

double SessionKeeper::wakes_in() const {
  double wait = kBetweenBeats;
  if (keeping_.valid() || writing_.valid()) wait = 0.1;
  if (!folder_.empty() && !editor_.shown().now().models.empty() && !beginning_.asking())
    wait = std::min(wait, std::max(0.05, due_in()));
  return wait;
}

void SessionKeeper::end() {
  // While nobody answered for what is left behind, there is nothing of anybody's yet.
  if (folder_.empty() || editor_.shown().now().models.empty() || beginning_.asking()) return;
  wait_for_writing();
  session::save_session(last_session(), {session_.capture().get(), editor_.window_choices()});
  kept_.done();
}

}  // namespace gatescope::ui
