#include "app/desk/editor.h"

#include <algorithm>
#include <utility>

#include "app/desk/intent_words.h"
#include "app/desk/zoom.h"
#include "core/analysis/kept.h"

namespace gatescope::ui {
namespace {

/// The same but for what changes a running training, and for what is remembered of its data.
experiment::Experiment without_dials(experiment::Experiment experiment) {
  experiment.title.clear();
  experiment.look_for.clear();
  experiment.opening = {};
  experiment.task.near.clear();
  experiment.task.sha256.clear();
  experiment.task.characters = 0;
  experiment.task.learnt_series.reset();
  experiment.task.learnt_file.reset();
  experiment.training.optimizer.rate = 0;
  experiment.training.clip_norm = 0;
  experiment.training.pause_at_best = true;
  return experiment;
}

/// What an opening chooses to show: it comes back with what was open before.
void show_as(const ViewState& opened, ViewState& view) {
  view.open = opened.open;
  view.model = opened.model;
  view.layer = opened.layer;
  view.backward = opened.backward;
  view.unit = opened.unit;
  view.step = opened.step;
  view.steps = opened.steps;
  view.loss_step = opened.loss_step;
  view.coloured_by = opened.coloured_by;
}

bool begins_training(const Intent& intent) {
  if (const auto* edit = std::get_if<Edit>(&intent)) return edit->train;
  if (const auto* edit = std::get_if<EditExperiment>(&intent)) return edit->train;
  return false;
}

}  // namespace

// --- Changes ----------------------------------------------------------------------------------------------

void Editor::act(const Intent& intent) {
  if (recorder_) recorder_(intent);
  follow(intent);
}

void Editor::follow(const Intent& intent) {
  if (std::holds_alternative<Undo>(intent)) return undo();
  if (std::holds_alternative<Redo>(intent)) return redo();
  if (auto command = command_of(intent)) session_.send(std::move(*command));
  const Document before = document_;
  document_ = reduce(std::move(document_), intent);
  if (document_ == before) return;
  const std::string name = undo_name(intent);
  if (name.empty() || same_work(document_, before)) return fit_choices();
  auto run = run_lost_by(before);
  const std::string preset = preset_;
  apply(before, {}, begins_training(intent) || shown_.now().training);
  fit_choices();
  remember({before, std::move(run), preset}, name, in_words(intent, before));
}

void Editor::edit(const std::string& about, const std::function<void(Document&)>& change, bool train) {
  Document next = document_;
  change(next);
  act(Edit{about, std::move(next.experiment), std::move(next.probe), std::move(next.view), train});
}

/// Only the newest keep what was learnt: it may be large.
void Editor::remember(PastDocument past, const std::string& name, std::string what) {
  constexpr int kRuns = 12;
  history_.remember(std::move(past), name, time_, std::move(what));
  int runs = 0;
  history_.for_each_done([&](PastDocument& each) {
    if (each.run.valid() && ++runs > kRuns) each.run = {};
  });
}

bool Editor::begins_anew(const Document& from, const Document& to) const {
  return without_dials(from.experiment) != without_dials(to.experiment);
}

Captured Editor::run_lost_by(const Document& next) {
  if (!shown_.now().can_train || !begins_anew(document_, next)) return {};
  return session_.capture().share();  // what is opened next comes after it
}

void Editor::apply(const Document& before, Captured run, bool train, std::optional<double> pace) {
  const experiment::Experiment &was = before.experiment, &is = document_.experiment;
  if (was != is) {
    if (begins_anew(before, document_)) {
      open_as(session::Open{is, nullptr, train, {}, std::move(run), pace}, before);
      pace.reset();
      preset_.clear();
      sent_probe_.reset();
    } else if (shown_.now().can_train) {
      if (was.training.optimizer.rate != is.training.optimizer.rate)
        session_.send(session::SetRate{is.training.optimizer.rate});
      if (was.training.clip_norm != is.training.clip_norm)
        session_.send(session::SetClip{is.training.clip_norm});
      if (was.title != is.title || was.look_for != is.look_for)
        session_.send(session::SetLabels{is.title, is.look_for});
      if (was.training.pause_at_best != is.training.pause_at_best)
        session_.send(session::SetPauseAtBest{is.training.pause_at_best});
      if (is.training.optimizer.rate != was.training.optimizer.rate ||
          is.training.clip_norm != was.training.clip_norm)
        preset_.clear();
    }
  }
  if (pace) session_.send(session::SetPace{*pace});
  send_probe();
}

void Editor::undo() {
  if (!history_.can_undo()) return;
  auto run = run_lost_by(history_.undo_leads_to().document);
  notices_.say("Undone: " + history_.undoes());
  const auto pace = pace_for(history_.undo_leads_to());
  go_to(history_.undo({document_, std::move(run), preset_, pace}));
}

void Editor::redo() {
  if (!history_.can_redo()) return;
  auto run = run_lost_by(history_.redo_leads_to().document);
  notices_.say("Done again: " + history_.redoes());
  const auto pace = pace_for(history_.redo_leads_to());
  go_to(history_.redo({document_, std::move(run), preset_, pace}));
}

/// What is left for a past with a pace of its own comes back with its.
std::optional<double> Editor::pace_for(const PastDocument& past) const {
  return past.pace ? std::optional(shown_.now().pace) : std::nullopt;
}

void Editor::go_to(PastDocument past) {
  const Document before = document_;
  document_.experiment = std::move(past.document.experiment);
  document_.probe = std::move(past.document.probe);
  if (past.pace) show_as(past.document.view, document_.view);
  apply(before, std::move(past.run), shown_.now().training, past.pace);
  preset_ = std::move(past.preset);
  fit_choices();
}

void Editor::move(const ReplayState& replay, std::optional<int> step) {
  document_.replay = replay;
  if (!step) return;
  document_.view.step = *step;
  if (document_.view.steps) document_.view.steps = following(*document_.view.steps, *step);
  fit_choices();
}

bool Editor::is_shown(const std::string& id) const {
  return std::ranges::find(shown_.view().open, id) != shown_.view().open.end();
}

// --- Other documents --------------------------------------------------------------------------------------

void Editor::open_as(session::Command command, Document before) {
  opened_ = session_.send(std::move(command));
  ++openings_;
  if (!before_opening_) before_opening_ = std::move(before);
}

void Editor::open_experiment(const experiment::Experiment& experiment, bool train,
                             std::shared_ptr<const train::Continuation> from) {
  Document before = document_, next = document_;
  next.experiment = experiment;
  Captured run;
  if (!shown_.now().models.empty()) run = run_lost_by(next);
  document_.experiment = experiment;
  document_.experiment.force.clear();
  document_.probe = {};
  document_.probe.rules = experiment.force;
  document_.probe.force_training = !experiment.force.empty();
  document_.view.model = 0;
  document_.view.layer = 0;
  document_.view.unit.reset();
  document_.view.step = 24;
  document_.view.steps.reset();
  document_.view.loss_step.reset();
  document_.view.open = {"gates"};
  document_.view.coloured_by = experiment.opening.coloured_by;
  if (!experiment.views.empty()) document_.view.open = experiment.views;
  // The gradient's way back begins at the end; of everything else the beginning of a text shows most.
  constexpr int kLast = 1 << 24;  // fitted to what there is
  if (wants_one_loss(document_.view)) document_.view.step = kLast;
  document_.probe.text = experiment.opening.probe;
  if (experiment.opening.step) document_.view.step = *experiment.opening.step;
  if (document_.view.step < 0) document_.view.step = kLast;
  document_.view.unit = experiment.opening.unit;
  choose_telling_unit_ = true;
  document_.replay.direction = 0;
  document_.replay.pulse.reset();
  document_.replay.pulse_playing = false;
  sent_probe_ = wanted_probe();
  open_as(session::Open{.experiment = document_.experiment,
                        .from = std::move(from),
                        .train = train,
                        .probe = sent_probe_,
                        .pace = experiment.opening.pace},
          before);
  fit_choices();
  if (!shown_.now().models.empty())
    remember({std::move(before), std::move(run), preset_, shown_.now().pace}, "open",
             "opening of " + experiment.title);
}

void Editor::open_capture(const session::Capture& capture, const ViewState& view, bool train) {
  const Document before = document_;
  document_ = {.experiment = capture.experiment,
               .probe = capture.probe,
               .view = view,
               .window = before.window,
               .lesson = before.lesson};
  document_.probe.loss_step.reset();
  document_.replay.position = before.replay.position;
  history_.clear();
  choose_telling_unit_ = false;
  sent_probe_ = wanted_probe();
  if (capture.training)
    open_as(session::Open{capture.experiment, capture.training, false, sent_probe_}, before);
  else
    open_as(session::OpenModels{{}, capture.models, "the session", {}, sent_probe_}, before);
  fit_choices();
  if (train) session_.send(session::Train{true, {}});
}

void Editor::open_models(session::OpenModels command) {
  open_as(std::move(command), document_);
  follow_experiment_ = true;
  document_.probe = {};
  sent_probe_.reset();
  history_.clear();
  preset_.clear();
}

// --- The frame --------------------------------------------------------------------------------------------

void Editor::take_snapshot(double seconds) {
  time_ += seconds;
  shown_.take(session_.latest());
  const session::Snapshot& now = shown_.now();
  if (std::exchange(remark_number_, now.remark_number) != now.remark_number) take_remark();
  if (std::exchange(dropped_number_, now.dropped_number) != now.dropped_number && !now.dropped.empty())
    notices_.say(now.dropped, true);
  if (std::exchange(problem_number_, now.problem_number) != now.problem_number) take_problem();
  if (opening()) return;
  before_opening_.reset();
  openings_ = 0;
  if (std::exchange(follow_experiment_, false)) document_.experiment = now.experiment;
  if (document_.probe.text.empty() && now.readings) take_text(now.readings->probe.text);
}

void Editor::take_remark() {
  notices_.say(shown_.now().remark, true);
  take_text(shown_.now().probe.text);
}

void Editor::take_text(const std::string& text) {
  document_.probe.text = text;
  if (sent_probe_) sent_probe_->text = text;
}

/// What could not be carried out is not what is in force.
void Editor::take_problem() {
  const session::Snapshot& now = shown_.now();
  notices_.say(now.problem, true);
  const bool as_before = before_opening_ && !opening() && openings_ == 1;
  if (before_opening_ && !opening()) {
    const ReplayState replay = document_.replay;
    const WindowState window = document_.window;
    const LessonPlace lesson = document_.lesson;
    document_ = *before_opening_;
    history_.forget_last_if([&](const PastDocument& past) { return past.document == document_; });
    document_.replay = replay;
    document_.window = window;
    document_.lesson = lesson;
  }
  if (!as_before && now.can_train) document_.experiment = now.experiment;
  if (!as_before && !now.models.empty()) {
    document_.probe = now.probe;
    document_.probe.loss_step.reset();
  }
  sent_probe_.reset();
}

/// While something is being opened the document keeps choices that only that has.
void Editor::fit_choices() {
  shown_.fit(document_.view);
  if (opening()) return;
  document_.view = shown_.view();
  if (!choose_telling_unit_ || !shown_.tape() || shown_.readings()->update == 0) return;
  choose_telling_unit_ = false;
  if (document_.view.unit) return;
  const std::optional<int> unit = telling_unit();
  if (!unit) return;
  document_.view.unit = unit;
  shown_.fit(document_.view);
}

/// The one that the experiment's opening asks for where some unit does that, else one that varies much.
std::optional<int> Editor::telling_unit() const {
  const views::Observation& observation = *shown_.observation();
  const std::string& wanted = document_.experiment.opening.unit_that;
  if (!wanted.empty())
    for (const auto& role : *analysis::unit_roles(observation, shown_.view().layer, shown_.view().backward))
      if (role.what == wanted) return role.unit;
  const nn::LayerTape<float>& tape = *shown_.tape();
  const auto units = analysis::telling_units(tape.values(tape.info().hidden()), 1);
  return units.empty() ? std::nullopt : std::optional<int>(units.front());
}

session::Probe Editor::wanted_probe() const {
  session::Probe probe = document_.probe;
  probe.loss_step.reset();
  if (wants_one_loss(shown_.view()))
    probe.loss_step = shown_.view().loss_step.value_or(kMostSteps);  // the last is the reader's to find
  return probe;
}

void Editor::send_probe() {
  const session::Probe wanted = wanted_probe();
  if (sent_probe_ && *sent_probe_ == wanted) return;
  sent_probe_ = wanted;
  session_.send(session::SetProbe{wanted});
}

nlohmann::json Editor::window_choices() const {
  nlohmann::json window = to_json(document_.view);
  window["training"] = shown_.now().training;
  window["preset"] = preset_;
  if (document_.lesson.open()) window["lesson"] = to_json(document_.lesson);
  return window;
}

}  // namespace gatescope::ui
