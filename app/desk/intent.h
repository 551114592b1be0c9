#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/desk/document.h"

/// Everything a person can do in the window, as plain values: a lesson, a test or a remote can write them
/// down and have them done. Each has a name and one list of its fields, which its JSON is read and written
/// by.
namespace gatescope::ui {

inline constexpr int kMostSteps = 1 << 24;

// --- Experiment, probe and rules: undo covers them ---

/// All choices at once. `about` says what is changed: edits about the same thing shortly after each other are
/// undone together. `train`: learning starts where the change begins another run.
struct Edit {
  static constexpr std::string_view name = "edit";
  std::string about;
  experiment::Experiment experiment;
  session::Probe probe;  // its loss_step is none: the view says it
  ViewState view;
  bool train = false;
  bool operator==(const Edit&) const = default;
  static void fields(auto& self, auto&& field) {
    field("about", self.about);
    field("experiment", self.experiment);
    field("text_near", self.experiment.task.near);
    field("text_beside", self.experiment.task.beside);
    field("probe", self.probe.text);
    field("sequence", self.probe.sequence);
    field("given", self.probe.given);
    field("rules", self.probe.rules);
    field("force_training", self.probe.force_training);
    field("view", self.view);
    field("train", self.train);
  }
};

struct EditExperiment {
  static constexpr std::string_view name = "edit_experiment";
  std::string about;
  experiment::Experiment experiment;
  bool usual_probe = false;  // the probe is the beginning of the text that is learnt
  bool train = false;
  bool operator==(const EditExperiment&) const = default;
  static void fields(auto& self, auto&& field) {
    field("about", self.about);
    field("experiment", self.experiment);
    field("text_near", self.experiment.task.near);
    field("text_beside", self.experiment.task.beside);
    field("usual_probe", self.usual_probe);
    field("train", self.train);
  }
};

struct SetProbeText {
  static constexpr std::string_view name = "set_probe_text";
  std::string text;  // UTF-8; empty: the beginning of the text that is learnt
  bool operator==(const SetProbeText&) const = default;
  static void fields(auto& self, auto&& field) { field("text", self.text); }
};

/// A sequence of a person's own, of a task that is none of texts.
struct SetProbeSequence {
  static constexpr std::string_view name = "set_probe_sequence";
  observe::GivenSequence given;
  bool operator==(const SetProbeSequence&) const = default;
  static void fields(auto& self, auto&& field) { field("given", self.given); }
};

struct ChooseSequence {
  static constexpr std::string_view name = "choose_sequence";
  std::uint64_t number = 0;  // of a labelled task's held-out ones
  bool operator==(const ChooseSequence&) const = default;
  static void fields(auto& self, auto&& field) { field("number", self.number); }
};

/// Training goes on under the probe's rules.
struct ForceTraining {
  static constexpr std::string_view name = "force_training";
  bool on = true;
  bool operator==(const ForceTraining&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

struct AddRule {
  static constexpr std::string_view name = "add_rule";
  nn::ForceRule rule;
  bool operator==(const AddRule&) const = default;
  static void fields(auto& self, auto&& field) { field("rule", self.rule); }
};

struct ReplaceRule {
  static constexpr std::string_view name = "replace_rule";
  int number = 0;  // of the document's rules
  nn::ForceRule rule;
  bool operator==(const ReplaceRule&) const = default;
  static void fields(auto& self, auto&& field) {
    field("number", self.number, 0, 1 << 20);
    field("rule", self.rule);
  }
};

struct RemoveRule {
  static constexpr std::string_view name = "remove_rule";
  int number = 0;
  bool operator==(const RemoveRule&) const = default;
  static void fields(auto& self, auto&& field) { field("number", self.number, 0, 1 << 20); }
};

struct ReleaseAll {
  static constexpr std::string_view name = "release_all";
  bool operator==(const ReleaseAll&) const = default;
  static void fields(auto&, auto&&) {}
};

/// This rule instead of those for the same layer, channel, units and steps.
struct Force {
  static constexpr std::string_view name = "force";
  nn::ForceRule rule;
  bool operator==(const Force&) const = default;
  static void fields(auto& self, auto&& field) { field("rule", self.rule); }
};

/// No rule for the layer, channel, units and steps of this one.
struct Free {
  static constexpr std::string_view name = "free";
  nn::ForceRule rule;
  bool operator==(const Free&) const = default;
  static void fields(auto& self, auto&& field) { field("rule", self.rule); }
};

/// What acts on the units and steps of this rule's place no longer does; what acts beside them stays.
struct FreeWithin {
  static constexpr std::string_view name = "free_within";
  nn::ForceRule place;
  int of_units = 0;  // that the layer has; 0: rules for single units are let go of as a whole
  bool operator==(const FreeWithin&) const = default;
  static void fields(auto& self, auto&& field) {
    field("place", self.place);
    field("of_units", self.of_units, 0, static_cast<int>(nn::kMaxHidden));
  }
};

// --- Looking: undo leaves it alone ---

struct ColourBy {
  static constexpr std::string_view name = "colour_by";
  std::string quantity;  // as ViewState::coloured_by
  bool operator==(const ColourBy&) const = default;
  static void fields(auto& self, auto&& field) { field("quantity", self.quantity); }
};

/// The rows of units in heatmaps.
struct SortUnits {
  static constexpr std::string_view name = "sort_units";
  std::string by;  // as views::ViewOptions::sort; empty: by number
  bool operator==(const SortUnits&) const = default;
  static void fields(auto& self, auto&& field) { field("by", self.by); }
};

/// Every unit's row of a state has its own scale of colours.
struct SetOwnScales {
  static constexpr std::string_view name = "set_own_scales";
  bool on = true;
  bool operator==(const SetOwnScales&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

struct SetTheme {
  static constexpr std::string_view name = "set_theme";
  plot::ThemeName theme = plot::ThemeName::dark;
  bool operator==(const SetTheme&) const = default;
  static void fields(auto& self, auto&& field) { field("theme", self.theme); }
};

/// Of the window and of lessons.
struct SetLanguage {
  static constexpr std::string_view name = "set_language";
  std::string language = "en";
  bool operator==(const SetLanguage&) const = default;
  static void fields(auto& self, auto&& field) { field("language", self.language); }
};

/// For a class: the columns go, the gates' switches stand above the figure, and nothing is small.
struct ShowPresenter {
  static constexpr std::string_view name = "show_presenter";
  bool on = true;
  bool operator==(const ShowPresenter&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

/// A factor on all type, whatever the theme.
struct SetTextSize {
  static constexpr std::string_view name = "set_text_size";
  double size = 1;
  bool operator==(const SetTextSize&) const = default;
  static void fields(auto& self, auto&& field) {
    field("size", self.size, kTextSizes.front(), kTextSizes.back());
  }
};

/// Alone on the stage, or several in a grid; by their ids.
struct ShowViews {
  static constexpr std::string_view name = "show_views";
  std::vector<std::string> views{"gates"};
  bool operator==(const ShowViews&) const = default;
  static void fields(auto& self, auto&& field) { field("views", self.views); }
};

/// Four views in a grid, or the first of those that are open alone.
struct ShowGrid {
  static constexpr std::string_view name = "show_grid";
  bool on = true;
  bool operator==(const ShowGrid&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

/// Into the grid, or out of it.
struct ShowBeside {
  static constexpr std::string_view name = "show_beside";
  std::string view = "gates";
  bool operator==(const ShowBeside&) const = default;
  static void fields(auto& self, auto&& field) { field("view", self.view); }
};

struct ShowForcePanel {
  static constexpr std::string_view name = "show_force_panel";
  bool on = true;
  bool operator==(const ShowForcePanel&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

struct ShowLeftColumn {
  static constexpr std::string_view name = "show_left_column";
  bool on = true;
  bool operator==(const ShowLeftColumn&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

struct ShowRightColumn {
  static constexpr std::string_view name = "show_right_column";
  bool on = true;
  bool operator==(const ShowRightColumn&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

/// What newly forced gates are restricted to; empty: to nothing.
struct SetForceScope {
  static constexpr std::string_view name = "set_force_scope";
  std::vector<nn::Range> units, steps;
  bool operator==(const SetForceScope&) const = default;
  static void fields(auto& self, auto&& field) {
    field("units", self.units);
    field("steps", self.steps);
  }
};

/// Motion that shows what a rule changes: valves that close, lanes that fade.
struct SetTransitions {
  static constexpr std::string_view name = "set_transitions";
  bool on = true;
  bool operator==(const SetTransitions&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

struct ChooseModel {
  static constexpr std::string_view name = "choose_model";
  int model = 0;
  bool operator==(const ChooseModel&) const = default;
  static void fields(auto& self, auto&& field) { field("model", self.model, 0, 3); }
};

struct ChooseLayer {
  static constexpr std::string_view name = "choose_layer";
  int layer = 0;
  bool operator==(const ChooseLayer&) const = default;
  static void fields(auto& self, auto&& field) { field("layer", self.layer, 0, nn::kMaxLayers - 1); }
};

struct ChooseUnit {
  static constexpr std::string_view name = "choose_unit";
  std::optional<int> unit;  // none: the mean over units
  bool operator==(const ChooseUnit&) const = default;
  static void fields(auto& self, auto&& field) {
    field("unit", self.unit, 0, static_cast<int>(nn::kMaxHidden) - 1);
  }
};

struct ChooseStep {
  static constexpr std::string_view name = "choose_step";
  int step = 0;
  bool operator==(const ChooseStep&) const = default;
  static void fields(auto& self, auto&& field) { field("step", self.step, 0, kMostSteps); }
};

/// The steps that views over steps show, both ends among them; none: all.
struct ShowSteps {
  static constexpr std::string_view name = "show_steps";
  std::optional<int> first, last;
  bool operator==(const ShowSteps&) const = default;
  static void fields(auto& self, auto&& field) {
    field("first", self.first, 0, kMostSteps);
    field("last", self.last, 0, kMostSteps);
  }
};

/// Whose loss's gradient is shown, apart from the chosen step.
struct ChooseLoss {
  static constexpr std::string_view name = "choose_loss";
  std::optional<int> step;  // none: the last
  bool operator==(const ChooseLoss&) const = default;
  static void fields(auto& self, auto&& field) { field("step", self.step, 0, kMostSteps); }
};

/// The gradient's size on a linear scale instead of a logarithmic one.
struct ShowLinearGradient {
  static constexpr std::string_view name = "show_linear_gradient";
  bool on = true;
  bool operator==(const ShowLinearGradient&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

struct SetSpeed {
  static constexpr std::string_view name = "set_speed";
  double speed = 8;  // steps of the replay a second
  bool operator==(const SetSpeed&) const = default;
  static void fields(auto& self, auto&& field) { field("speed", self.speed, 0.1, 1000.0); }
};

struct SetLoop {
  static constexpr std::string_view name = "set_loop";
  bool on = true;
  bool operator==(const SetLoop&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

struct SetPanelSizes {
  static constexpr std::string_view name = "set_panel_sizes";
  double left = 248, right = 292, probe = 132;  // points
  bool operator==(const SetPanelSizes&) const = default;
  static void fields(auto& self, auto&& field) {
    field("left", self.left, 40.0, 4000.0);
    field("right", self.right, 40.0, 4000.0);
    field("probe", self.probe, 40.0, 4000.0);
  }
};

struct Play {
  static constexpr std::string_view name = "play";
  int direction = 1;  // 1, -1; 0: stop
  double from = 0;    // steps
  bool operator==(const Play&) const = default;
  static void fields(auto& self, auto&& field) {
    field("direction", self.direction, -1, 1);
    field("from", self.from, 0.0, static_cast<double>(kMostSteps));
  }
};

/// The gradient's way back from the loss.
struct PlayPulse {
  static constexpr std::string_view name = "play_pulse";
  bool on = true;
  bool operator==(const PlayPulse&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

struct SetPulse {
  static constexpr std::string_view name = "set_pulse";
  std::optional<double> steps_back;  // none: all of the way
  bool operator==(const SetPulse&) const = default;
  static void fields(auto& self, auto&& field) {
    field("steps_back", self.steps_back, 0.0, static_cast<double>(kMostSteps));
  }
};

/// A lens from the left over views of the steps: those before this one are shown without the rules.
struct SetLens {
  static constexpr std::string_view name = "set_lens";
  std::optional<int> step;  // none: no lens
  bool operator==(const SetLens&) const = default;
  static void fields(auto& self, auto&& field) { field("step", self.step, 0, kMostSteps); }
};

/// Steps, or units over steps of one channel, for what is to be forced there; with a bar that offers it.
struct Mark {
  static constexpr std::string_view name = "mark";
  Marked region;
  bool operator==(const Mark&) const = default;
  static void fields(auto& self, auto&& field) {
    field("channel", self.region.channel);
    field("units", self.region.units);
    field("steps", self.region.steps);
    field("bar", self.region.bar);
    field("value", self.region.value, -1e6, 1e6);
  }
};

struct Unmark {
  static constexpr std::string_view name = "unmark";
  bool operator==(const Unmark&) const = default;
  static void fields(auto&, auto&&) {}
};

// --- What is open over the panels: undo leaves it alone ---

struct OpenDialog {
  static constexpr std::string_view name = "open_dialog";
  Dialog dialog = Dialog::help;
  bool then_quit = false;  // once the session is saved
  bool operator==(const OpenDialog&) const = default;
  static void fields(auto& self, auto&& field) {
    field("dialog", self.dialog);
    field("then_quit", self.then_quit);
  }
};

struct CloseDialog {
  static constexpr std::string_view name = "close_dialog";
  bool operator==(const CloseDialog&) const = default;
  static void fields(auto&, auto&&) {}
};

/// Lets a menu hang down.
struct OpenMenu {
  static constexpr std::string_view name = "open_menu";
  std::string menu = "File";  // its title
  bool operator==(const OpenMenu&) const = default;
  static void fields(auto& self, auto&& field) { field("menu", self.menu); }
};

struct CloseMenu {
  static constexpr std::string_view name = "close_menu";
  bool operator==(const CloseMenu&) const = default;
  static void fields(auto&, auto&&) {}
};

/// The menu of a view on the stage, that a right click opens.
struct OpenViewMenu {
  static constexpr std::string_view name = "open_view_menu";
  std::string view = "gates";
  bool operator==(const OpenViewMenu&) const = default;
  static void fields(auto& self, auto&& field) { field("view", self.view); }
};

/// What stands in the field for a new rule, half typed.
struct TypeRule {
  static constexpr std::string_view name = "type_rule";
  std::string text;
  bool operator==(const TypeRule&) const = default;
  static void fields(auto& self, auto&& field) { field("text", self.text); }
};

/// What the form of exports says.
struct ChooseExport {
  static constexpr std::string_view name = "choose_export";
  ExportChoices choices;
  bool operator==(const ChooseExport&) const = default;
  static void fields(auto& self, auto&& field) {
    field("view", self.choices.view);
    field("path", self.choices.path);
    field("kind", self.choices.kind);
    field("theme", self.choices.theme);
    field("page", self.choices.page);
    field("width", self.choices.width, 0.0, 1000.0);
    field("height", self.choices.height, 0.0, 1000.0);
    field("font_size", self.choices.font_size, 0.0, 1000.0);
    field("print", self.choices.print);
    field("with_model", self.choices.with_model);
    field("svg_text", self.choices.svg_text);
    field("csv_bom", self.choices.csv_bom);
  }
};

struct SetFullscreen {
  static constexpr std::string_view name = "set_fullscreen";
  bool on = true;
  bool operator==(const SetFullscreen&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

/// Closes the window.
struct QuitWindow {
  static constexpr std::string_view name = "quit";
  bool keep = true;  // the session, for the next start
  bool operator==(const QuitWindow&) const = default;
  static void fields(auto& self, auto&& field) { field("keep", self.keep); }
};

// --- Training: commands for the session ---

struct Train {
  static constexpr std::string_view name = "train";
  bool on = true;
  bool operator==(const Train&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

struct UpdateOnce {
  static constexpr std::string_view name = "update_once";
  bool operator==(const UpdateOnce&) const = default;
  static void fields(auto&, auto&&) {}
};

struct Restart {
  static constexpr std::string_view name = "restart";
  bool operator==(const Restart&) const = default;
  static void fields(auto&, auto&&) {}
};

/// From nothing, beside what was learnt so far: that stays as a branch.
struct TrainYourself {
  static constexpr std::string_view name = "train_yourself";
  bool operator==(const TrainYourself&) const = default;
  static void fields(auto&, auto&&) {}
};

/// A moment of the training that was kept, to look at; training pauses.
struct ShowUpdate {
  static constexpr std::string_view name = "show_update";
  std::optional<std::uint64_t> update;  // none: the present
  bool operator==(const ShowUpdate&) const = default;
  static void fields(auto& self, auto&& field) {
    field("update", self.update, std::uint64_t{0}, std::uint64_t{1} << 53);
  }
};

/// Training leads on from a kept moment; what came after it stays as a branch.
struct GoOnFrom {
  static constexpr std::string_view name = "go_on_from";
  std::uint64_t update = 0;
  bool train = true;  // at once
  bool operator==(const GoOnFrom&) const = default;
  static void fields(auto& self, auto&& field) {
    field("update", self.update);
    field("train", self.train);
  }
};

/// To the end of a branch.
struct ReturnTo {
  static constexpr std::string_view name = "return_to";
  int branch = 0;  // of the snapshot's
  bool operator==(const ReturnTo&) const = default;
  static void fields(auto& self, auto&& field) { field("branch", self.branch, 0, 1000); }
};

/// To the weights before a loss that was not a number, with half the learning rate.
struct GoBack {
  static constexpr std::string_view name = "go_back";
  bool operator==(const GoBack&) const = default;
  static void fields(auto&, auto&&) {}
};

struct SetPace {
  static constexpr std::string_view name = "set_pace";
  double updates_per_second = 0;  // at most; 0: as fast as the machine is
  bool operator==(const SetPace&) const = default;
  static void fields(auto& self, auto&& field) {
    field("updates_per_second", self.updates_per_second, 0.0, 1e6);
  }
};

// --- The past, and files: not the reducer's ---

struct Undo {
  static constexpr std::string_view name = "undo";
  bool operator==(const Undo&) const = default;
  static void fields(auto&, auto&&) {}
};

struct Redo {
  static constexpr std::string_view name = "redo";
  bool operator==(const Redo&) const = default;
  static void fields(auto&, auto&&) {}
};

struct OpenPreset {
  static constexpr std::string_view name = "open_preset";
  std::string preset;
  bool operator==(const OpenPreset&) const = default;
  static void fields(auto& self, auto&& field) { field("preset", self.preset); }
};

struct OpenFiles {
  static constexpr std::string_view name = "open_files";
  std::vector<std::string> paths;  // of a preset, a session, models, a text
  bool operator==(const OpenFiles&) const = default;
  static void fields(auto& self, auto&& field) { field("paths", self.paths); }
};

struct SaveSession {
  static constexpr std::string_view name = "save_session";
  std::string path;
  bool operator==(const SaveSession&) const = default;
  static void fields(auto& self, auto&& field) { field("path", self.path); }
};

/// Writes a figure to a file.
struct ExportFigure {
  static constexpr std::string_view name = "export_figure";
  std::string path;  // its ending says the kind
  std::string view = "gates";
  double width = 640, height = 400;  // points
  plot::ThemeName theme = plot::ThemeName::dark;
  double scale = 2;                 // pixels a point of a PNG
  std::optional<double> font_size;  // of labels, in points; none: the page says it
  bool with_model = true, print = false, svg_text = false, csv_bom = false;  // as ExportChoices has them
  bool operator==(const ExportFigure&) const = default;
  static void fields(auto& self, auto&& field) {
    field("path", self.path);
    field("view", self.view);
    field("width", self.width, 1.0, 1e5);
    field("height", self.height, 1.0, 1e5);
    field("theme", self.theme);
    field("scale", self.scale, 0.1, 20.0);
    field("font_size", self.font_size, 1.0, 1000.0);
    field("with_model", self.with_model);
    field("print", self.print);
    field("svg_text", self.svg_text);
    field("csv_bom", self.csv_bom);
  }
};

/// Of a file that is being read; what is open stays.
struct CancelOpening {
  static constexpr std::string_view name = "cancel_opening";
  bool operator==(const CancelOpening&) const = default;
  static void fields(auto&, auto&&) {}
};

struct CancelExport {
  static constexpr std::string_view name = "cancel_export";
  bool operator==(const CancelExport&) const = default;
  static void fields(auto&, auto&&) {}
};

/// How a model is to be read whose file does not say it. Empty: as it looks.
struct AnswerImport {
  static constexpr std::string_view name = "answer_import";
  std::vector<std::string> entries = {};  // of the vocabulary, or
  std::string vocabulary = {};            // a file of it
  std::string cell = {}, head = {}, embedding = {};
  bool operator==(const AnswerImport&) const = default;
  static void fields(auto& self, auto&& field) {
    field("entries", self.entries);
    field("vocabulary", self.vocabulary);
    field("cell", self.cell);
    field("head", self.head);
    field("embedding", self.embedding);
  }
};

struct LeaveImport {
  static constexpr std::string_view name = "leave_import";
  bool operator==(const LeaveImport&) const = default;
  static void fields(auto&, auto&&) {}
};

/// Asks once more how the model that is open is to be read.
struct AskImportAgain {
  static constexpr std::string_view name = "ask_import_again";
  bool operator==(const AskImportAgain&) const = default;
  static void fields(auto&, auto&&) {}
};

/// One of the sessions that crashes left behind, by its place in the list.
struct OpenLeftBehind {
  static constexpr std::string_view name = "open_left_behind";
  int number = 0;
  bool operator==(const OpenLeftBehind&) const = default;
  static void fields(auto& self, auto&& field) { field("number", self.number, 0, 1 << 20); }
};

struct ThrowAwayLeftBehind {
  static constexpr std::string_view name = "throw_away_left_behind";
  int number = 0;
  bool operator==(const ThrowAwayLeftBehind&) const = default;
  static void fields(auto& self, auto&& field) { field("number", self.number, 0, 1 << 20); }
};

/// All of them, until the next start.
struct KeepLeftBehind {
  static constexpr std::string_view name = "keep_left_behind";
  bool operator==(const KeepLeftBehind&) const = default;
  static void fields(auto&, auto&&) {}
};

/// Measures what a view of the laboratory shows, where models are too large for that to be done by itself.
struct MeasureView {
  static constexpr std::string_view name = "measure_view";
  std::string view = "reach";
  bool operator==(const MeasureView&) const = default;
  static void fields(auto& self, auto&& field) { field("view", self.view); }
};

/// Stops that.
struct StopMeasuring {
  static constexpr std::string_view name = "stop_measuring";
  std::string view = "reach";
  bool operator==(const StopMeasuring&) const = default;
  static void fields(auto& self, auto&& field) { field("view", self.view); }
};

/// Shows what a claim says, in the dialog of claims.
struct ChooseClaim {
  static constexpr std::string_view name = "choose_claim";
  std::string claim;
  bool operator==(const ChooseClaim&) const = default;
  static void fields(auto& self, auto&& field) { field("claim", self.claim); }
};

/// Measures a claim over its seeds, beside whatever else goes on.
struct MeasureClaim {
  static constexpr std::string_view name = "measure_claim";
  std::string claim;
  bool operator==(const MeasureClaim&) const = default;
  static void fields(auto& self, auto&& field) { field("claim", self.claim); }
};

/// Stops that; what is measured stays.
struct StopClaim {
  static constexpr std::string_view name = "stop_claim";
  bool operator==(const StopClaim&) const = default;
  static void fields(auto&, auto&&) {}
};

/// Opens a claim's experiment, as its first condition has it.
struct OpenClaim {
  static constexpr std::string_view name = "open_claim";
  std::string claim;
  bool operator==(const OpenClaim&) const = default;
  static void fields(auto& self, auto&& field) { field("claim", self.claim); }
};

struct DismissNotice {
  static constexpr std::string_view name = "dismiss_notice";
  int number = 0;
  bool operator==(const DismissNotice&) const = default;
  static void fields(auto& self, auto&& field) { field("number", self.number, 0, 1 << 20); }
};

// --- Lessons: app/lesson plays them ---

struct OpenLesson {
  static constexpr std::string_view name = "open_lesson";
  std::string lesson;  // one that ships, by name, or a file
  std::string language = "en";
  bool operator==(const OpenLesson&) const = default;
  static void fields(auto& self, auto&& field) {
    field("lesson", self.lesson);
    field("language", self.language);
  }
};

/// To the next step, or the one before.
struct GoOnLesson {
  static constexpr std::string_view name = "go_on_lesson";
  int by = 1;
  bool operator==(const GoOnLesson&) const = default;
  static void fields(auto& self, auto&& field) { field("by", self.by, -1, 1); }
};

/// What a person chooses or guesses at a step.
struct AnswerLesson {
  static constexpr std::string_view name = "answer_lesson";
  std::string step, choice;      // the step by its id; one of its answers, or
  std::optional<double> number;  // a guess
  bool operator==(const AnswerLesson&) const = default;
  static void fields(auto& self, auto&& field) {
    field("step", self.step);
    field("choice", self.choice);
    field("number", self.number, -1e12, 1e12);
  }
};

struct CloseLesson {
  static constexpr std::string_view name = "close_lesson";
  bool operator==(const CloseLesson&) const = default;
  static void fields(auto&, auto&&) {}
};

/// What is done from now on is kept as the steps of a lesson; off: it is written to a file.
struct RecordLesson {
  static constexpr std::string_view name = "record_lesson";
  bool on = true;
  bool operator==(const RecordLesson&) const = default;
  static void fields(auto& self, auto&& field) { field("on", self.on); }
};

using Intent = std::variant<
    Edit, EditExperiment, SetProbeText, SetProbeSequence, ChooseSequence, ColourBy, SortUnits, SetOwnScales,
    SetTheme, SetLanguage, ShowPresenter, SetTextSize, ShowViews, ShowGrid, ShowBeside, ShowForcePanel,
    ShowLeftColumn, ShowRightColumn, SetForceScope, SetTransitions, ChooseModel, ChooseLayer, ChooseUnit,
    ForceTraining, AddRule, ReplaceRule, RemoveRule, ReleaseAll, Force, Free, FreeWithin, ChooseStep,
    ShowSteps, ChooseLoss, ShowLinearGradient, SetSpeed, SetLoop, SetPanelSizes, Play, PlayPulse, SetPulse,
    SetLens, Mark, Unmark, OpenDialog, CloseDialog, OpenMenu, CloseMenu, OpenViewMenu, TypeRule, ChooseExport,
    SetFullscreen, QuitWindow, Train, UpdateOnce, Restart, TrainYourself, ShowUpdate, GoOnFrom, ReturnTo,
    GoBack, SetPace, Undo, Redo, OpenPreset, OpenFiles, SaveSession, ExportFigure, CancelExport,
    CancelOpening, AnswerImport, LeaveImport, AskImportAgain, OpenLeftBehind, ThrowAwayLeftBehind,
    KeepLeftBehind, MeasureView, StopMeasuring, ChooseClaim, MeasureClaim, StopClaim, OpenClaim,
    DismissNotice, OpenLesson, GoOnLesson, AnswerLesson, CloseLesson, RecordLesson>;

/// The document after what a person did. Pure; what does not fit (a rule that does not read, one that is not
/// there) changes nothing.
Document reduce(Document document, const Intent& intent);
/// What undo calls it: those of one name shortly after each other are undone together. Empty: undo leaves it
/// alone.
std::string undo_name(const Intent& intent);
/// What the session is told beside what follows from the document's change.
std::optional<session::Command> command_of(const Intent& intent);

/// {"intent": its name, and its fields}.
nlohmann::json to_json(const Intent& intent);
/// Throws Error that names the JSON pointer for an unknown name, an unknown key and a value that is
/// impossible; a key that is missing has its usual value.
Intent intent_from_json(const nlohmann::json& json, const std::string& pointer, const std::string& origin);
/// A list of them.
std::vector<Intent> intents_from_json(const nlohmann::json& json, const std::string& origin);

}  // namespace gatescope::ui
