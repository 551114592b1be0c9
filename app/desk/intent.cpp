#include "app/desk/intent.h"

#include <algorithm>

#include "app/desk/force_scope.h"
#include "app/desk/zoom.h"
#include "core/experiment/labels.h"
#include "core/nn/force_rule.h"
#include "core/views/laboratory_group.h"

namespace gatescope::ui {
namespace {

constexpr std::size_t kGrid = 4;  // views that a new grid has

void free_place(session::Probe& probe, const nn::ForceRule& place) {
  std::erase_if(probe.rules, [&](const nn::ForceRule& rule) { return same_place(rule, place); });
}

/// What each intent makes of the document; what is not here leaves it alone.
struct Reducer {
  Document& d;

  /// What is called after the experiment is no longer true of another one.
  void take(experiment::Experiment edited) const {
    experiment::relabel(d.experiment, edited);
    d.experiment = std::move(edited);
  }

  void operator()(const Edit& i) const {
    take(i.experiment);
    d.probe = i.probe;
    d.view = i.view;
  }
  void operator()(const EditExperiment& i) const {
    take(i.experiment);
    if (i.usual_probe) d.probe.text.clear(), d.probe.given.reset();
  }
  void operator()(const SetProbeText& i) const {
    d.probe.text = i.text;
    d.probe.given.reset();
    d.view.steps.reset();
  }
  void operator()(const SetProbeSequence& i) const {
    d.probe.given = i.given;
    d.view.steps.reset();
  }
  void operator()(const ChooseSequence& i) const {
    d.probe.sequence = i.number;
    d.probe.given.reset();
    d.view.steps.reset();
  }
  void operator()(const ColourBy& i) const { d.view.coloured_by = i.quantity; }
  void operator()(const SortUnits& i) const { d.view.sort = i.by; }
  void operator()(const SetOwnScales& i) const { d.view.own_scales = i.on; }
  void operator()(const SetTheme& i) const { d.view.theme = i.theme; }
  void operator()(const SetLanguage& i) const {
    d.view.language = i.language;
    d.lesson.language = i.language;
  }
  void operator()(const ShowPresenter& i) const { d.view.presenter = i.on; }
  void operator()(const SetTextSize& i) const { d.view.text_size = i.size; }
  void operator()(const ShowViews& i) const {
    if (i.views.empty()) return;
    d.view.open = i.views;
    for (const std::string& id : i.views) remember(id);
  }
  void operator()(const ShowGrid& i) const {
    d.view.open.resize(1);
    if (!i.on) return;
    d.view.open.clear();
    for (const views::View* view : views::tabs())
      if (d.view.open.size() < kGrid) d.view.open.emplace_back(view->id);
  }
  void operator()(const ShowBeside& i) const {
    auto& open = d.view.open;
    const auto at = std::ranges::find(open, i.view);
    remember(i.view);
    if (at == open.end())
      open.push_back(i.view);
    else if (open.size() > 1)
      open.erase(at);
  }
  void operator()(const ShowForcePanel& i) const { d.view.force_panel = i.on; }
  void operator()(const ShowLeftColumn& i) const { d.view.left_column = i.on; }
  void operator()(const ShowRightColumn& i) const { d.view.right_column = i.on; }
  void operator()(const SetForceScope& i) const {
    d.view.force_units = i.units;
    d.view.force_steps = i.steps;
  }
  void operator()(const SetTransitions& i) const { d.view.transitions = i.on; }
  void operator()(const ChooseModel& i) const { d.view.model = static_cast<std::size_t>(i.model); }
  void operator()(const ChooseLayer& i) const { d.view.layer = i.layer; }
  void operator()(const ChooseUnit& i) const { d.view.unit = i.unit; }
  void operator()(const ForceTraining& i) const { d.probe.force_training = i.on; }
  void operator()(const AddRule& i) const {
    d.probe.rules.push_back(i.rule);
    d.window.rule.clear();
  }
  void operator()(const ReplaceRule& i) const {
    if (i.number < std::ssize(d.probe.rules)) d.probe.rules[i.number] = i.rule;
  }
  void operator()(const RemoveRule& i) const {
    if (i.number < std::ssize(d.probe.rules)) d.probe.rules.erase(d.probe.rules.begin() + i.number);
  }
  void operator()(const ReleaseAll&) const { d.probe.rules.clear(); }
  void operator()(const Force& i) const {
    free_place(d.probe, i.rule);
    d.probe.rules.push_back(i.rule);
  }
  void operator()(const Free& i) const { free_place(d.probe, i.rule); }
  void operator()(const FreeWithin& i) const {
    d.probe.rules = without_place(d.probe.rules, i.place, i.of_units);
  }

  void operator()(const ChooseStep& i) const {
    d.view.step = i.step;
    d.replay.position = i.step;
    if (d.view.steps) d.view.steps = following(*d.view.steps, i.step);
  }
  void operator()(const ShowSteps& i) const {
    if (!i.first || !i.last)
      d.view.steps.reset();
    else if (*i.first <= *i.last)
      d.view.steps = plot::Steps{*i.first, *i.last};
  }
  void operator()(const ChooseLoss& i) const {
    d.view.loss_step = i.step;
    d.replay.pulse.reset();
    d.replay.pulse_playing = false;
  }
  void operator()(const ShowLinearGradient& i) const { d.view.linear_gradient = i.on; }
  void operator()(const SetSpeed& i) const { d.view.speed = i.speed; }
  void operator()(const SetLoop& i) const { d.view.loop = i.on; }
  void operator()(const SetPanelSizes& i) const {
    d.view.left = static_cast<float>(i.left);
    d.view.right = static_cast<float>(i.right);
    d.view.probe = static_cast<float>(i.probe);
  }
  void operator()(const Play& i) const {
    d.replay.direction = i.direction;
    d.replay.position = i.from;
  }
  void operator()(const PlayPulse& i) const {
    d.replay.pulse_playing = i.on;
    if (i.on && !d.replay.pulse) d.replay.pulse = 0;
  }
  void operator()(const SetPulse& i) const {
    d.replay.pulse = i.steps_back;
    if (!i.steps_back) d.replay.pulse_playing = false;
  }
  void operator()(const SetLens& i) const { d.view.lens = i.step; }
  void operator()(const Mark& i) const { d.window.marked = i.region; }
  void operator()(const Unmark&) const { d.window.marked.reset(); }

  void operator()(const OpenDialog& i) const {
    d.window.dialog = i.dialog;
    d.window.menu.clear();
    d.window.quit_when_saved = i.dialog == Dialog::save_session && i.then_quit;
  }
  void operator()(const CloseDialog&) const {
    d.window.dialog = Dialog::none;
    d.window.quit_when_saved = false;
  }
  void operator()(const OpenMenu& i) const {
    d.window.menu = i.menu;
    d.window.view_menu.clear();
  }
  void operator()(const CloseMenu&) const {
    d.window.menu.clear();
    d.window.view_menu.clear();
  }
  void operator()(const OpenViewMenu& i) const {
    d.window.view_menu = i.view;
    d.window.menu.clear();
  }
  void operator()(const TypeRule& i) const { d.window.rule = i.text; }
  void operator()(const ChooseClaim& i) const { d.window.claim = i.claim; }
  void operator()(const ChooseExport& i) const { d.window.export_form = i.choices; }
  void operator()(const SetFullscreen& i) const { d.window.fullscreen = i.on; }
  void operator()(const QuitWindow& i) const { d.window.quit = i.keep ? Quit::keep : Quit::without_keeping; }

  void operator()(const OpenLesson& i) const {
    d.lesson = {.lesson = i.lesson, .language = i.language};
    d.view.language = i.language;
  }
  void operator()(const GoOnLesson& i) const {
    if (!d.lesson.open() || i.by == 0) return;
    const int step = std::clamp(d.lesson.step + i.by, 0, kMostLessonSteps);
    if (step == d.lesson.step) return;
    d.lesson.step = step;
    d.lesson.direction = i.by;
    d.lesson.entered = false;
  }
  void operator()(const AnswerLesson& i) const {
    if (d.lesson.open() && !i.step.empty()) d.lesson.answer({i.step, i.choice, i.number});
  }
  void operator()(const CloseLesson&) const { d.lesson = {.language = d.lesson.language}; }
  void operator()(const RecordLesson& i) const { d.window.recording = i.on; }

  void operator()(const GoBack&) const {
    experiment::Experiment slower = d.experiment;
    slower.training.optimizer.rate /= 2;
    take(std::move(slower));
  }
  template <class Other>
  void operator()(const Other&) const {}

 private:
  /// A view of the laboratory is the one of its tab from then on.
  void remember(const std::string& id) const {
    for (const views::View& view : views::all_views())
      if (view.id == id && views::in_laboratory(view)) d.view.laboratory = id;
  }
};

/// Rules about the same channel are undone together.
std::string name_of_forcing(const nn::ForceRule& rule) {
  return "force " + rule.channel;
}

struct Names {
  std::string operator()(const Edit& i) const { return i.about.empty() ? "edit" : i.about; }
  std::string operator()(const EditExperiment& i) const { return i.about.empty() ? "experiment" : i.about; }
  std::string operator()(const SetProbeText&) const { return "probe"; }
  std::string operator()(const SetProbeSequence&) const { return "probe"; }
  std::string operator()(const ChooseSequence&) const { return "sequence"; }
  std::string operator()(const ForceTraining&) const { return "force training"; }
  std::string operator()(const AddRule&) const { return "rule"; }
  std::string operator()(const ReplaceRule&) const { return "rule"; }
  std::string operator()(const RemoveRule&) const { return "release"; }
  std::string operator()(const ReleaseAll&) const { return "release"; }
  std::string operator()(const Force& i) const { return name_of_forcing(i.rule); }
  std::string operator()(const Free& i) const { return name_of_forcing(i.rule); }
  std::string operator()(const FreeWithin& i) const { return name_of_forcing(i.place); }
  std::string operator()(const GoBack&) const { return "rate"; }
  /// Looking, and what the session does.
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

struct Commands {
  using Command = std::optional<session::Command>;
  Command operator()(const Train& i) const { return session::Train{i.on, {}}; }
  Command operator()(const UpdateOnce&) const { return session::UpdateOnce{}; }
  Command operator()(const Restart&) const { return session::Restart{}; }
  Command operator()(const TrainYourself&) const { return session::Restart{.beside = true}; }
  Command operator()(const ShowUpdate& i) const { return session::ShowUpdate{i.update}; }
  Command operator()(const GoOnFrom& i) const { return session::GoOnFrom{i.update, i.train}; }
  Command operator()(const ReturnTo& i) const {
    return session::ReturnTo{static_cast<std::size_t>(i.branch)};
  }
  Command operator()(const GoBack&) const { return session::GoBack{}; }
  Command operator()(const SetPace& i) const { return session::SetPace{i.updates_per_second}; }
  template <class Other>
  Command operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

Document reduce(Document document, const Intent& intent) {
  std::visit(Reducer{document}, intent);
  return document;
}

std::string undo_name(const Intent& intent) {
  return std::visit(Names{}, intent);
}

std::optional<session::Command> command_of(const Intent& intent) {
  return std::visit(Commands{}, intent);
}

}  // namespace gatescope::ui
