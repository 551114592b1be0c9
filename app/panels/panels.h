#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/desk/unknown_text.h"
#include "app/desk/workbench.h"
#include "app/kit/file_browser.h"
#include "app/kit/item_log.h"
#include "app/kit/look.h"
#include "app/lesson/player.h"
#include "app/panels/cell_texts.h"
#include "app/panels/figure_canvases.h"
#include "app/panels/keymap.h"
#include "app/panels/lesson_strip.h"
#include "core/views/text_colours.h"

/// The panels of the window: each draws itself where ImGui's cursor stands, shows what the workbench knows,
/// and sends it intents. None keeps anything of its own but what is being typed, which lies in a Desk.
namespace gatescope::ui {

/// What the probe's characters are coloured by.
struct Colouring {
  struct Key {                  // what it depends on
    std::uint64_t version = 0;  // of the readings; from 1
    std::size_t model = 0;
    int layer = 0;
    bool backward = false;
    std::optional<int> unit = {};
    std::optional<int> lens = {};
    std::string quantity = {};

    bool operator==(const Key&) const = default;
  } key;
  views::TextColours by;
  std::string title;
  plot::ThemeName theme = plot::ThemeName::dark;
  plot::ColorTable table;  // of the theme
};

/// What is said of a model whose file leaves it open, half typed.
struct ImportForm {
  std::filesystem::path model;
  std::string file, characters;
  std::vector<std::string> entries;  // as they were before
  std::string cell, head, embedding;
  bool shown = false;
};

/// Where the probe's characters stand: column and row of each, in rows of so many columns.
struct StripLayout {
  std::uint64_t version = 0;  // of the readings
  int columns = 0, rows = 0;
  std::vector<std::pair<int, int>> places;
  std::vector<int> spans;  // columns of each
  bool lines = true;       // a line's end ends a row
};

/// What is open or half typed, and no choice yet.
struct Desk {
  // The probe.
  bool editing_probe = false, focus_probe = false;
  std::string probe_text;
  bool probe_refused = false;  // it was to be read, and has what the model does not know
  UnknownText probe_unknown;   // of that text:
  std::string probe_looked_at;
  Colouring colouring;  // as last computed
  CellTexts cell_texts;
  StripLayout strip;
  // What is unfolded in the experiment's column, and the page of Help.
  bool more_of_model = false, more_of_training = false;
  std::optional<float> lag;  // log2 of the lag that a slider is being moved to
  int help_page = 0;
  std::string claim = {};                  // whose row was brought into sight
  int strip_step = -1;                     // to which the strip of the probe has scrolled
  std::optional<plot::Steps> strip_steps;  // the same
  /// When the middle button went down, where, and which steps were shown then.
  struct Pan {
    double clicked = 0;
    float x = 0;
    plot::Steps steps;
  };
  std::optional<Pan> pan;
  // Forcing.
  std::string rule_problem;
  // What is being marked: from where, in which view ("probe": the text) and lane.
  struct Marking {
    std::string view, channel;
    int step = 0;
    std::optional<int> unit = {};
    ImVec2 at;
    bool moved = false;
  };
  std::optional<Marking> marking;
  bool marked_in_text = false;                    // the mark is shown by the bar in the probe's text
  std::optional<std::pair<ImVec2, ImVec2>> mark;  // where it is seen in this frame: corners in pixels
  float mark_pointer = 0;                         // where across the bar was asked for
  int mark_choice = 0;                            // of the bar, for the keyboard
  std::string update_dragged;                     // in which view the shown update is
  std::string lens_dragged;                       // in which view it is
  std::string view_menu;                          // the view whose menu was drawn last
  // Motion; only a window on a screen has it.
  bool motion = false, in_motion = false;  // something moved in the last frame
  struct Transition {
    std::shared_ptr<const plot::Figure> from = {};
    double seconds = 0;
  };
  std::map<std::string, Transition> transitions;  // of the views
  LessonStrip lesson;
  // Dialogs.
  Dialog drawn = Dialog::none;  // in the last frame; the document says which is open
  std::string cannot_keep;      // why the session could not be kept when the window was to be closed
  std::shared_ptr<const BuiltFigure> diagram;  // the cell's, as its picture shows it
  std::string export_view;                     // the view that the pointer was over last
  FileBrowser browser;
  ImportForm import_form;
  // Which columns there is room for, or that were asked for; the window says.
  bool left_shown = true, right_shown = true;
  // The row of menus.
  struct Menus {
    std::optional<int> next = {};  // of the row: drops down next
    bool by_keys = false;          // the one that drops down begins at its first entry
    bool open = false;             // one was in the last frame
    std::string drawn = {};        // which
  } menus;
  float monitor_scale = 1;
  float text = 1;                  // factor on the theme's type, in panels and figures
  bool digits_need_shift = false;  // on the keyboard of the desktop
  std::string title;               // that the window shows
  // A valve that is dragged: its channel and its value before.
  std::string dragged_valve;
  float dragged_from = 0;
  bool valve_moved = false;
  // The loss marker while it is dragged: where it was, and where the pointer took it.
  struct DraggedLoss {
    int from = 0;
    float x = 0, step_width = 1;
  };
  std::optional<DraggedLoss> dragged_loss;
  // How large each view is shown, in points: what is exported has that size.
  std::map<std::string, plot::Size> pane_sizes;
};

/// A line of a menu; one without a name separates.
struct MenuEntry {
  std::string name = {}, keys = {};
  std::function<void()> act = {};
  bool enabled = true;
  std::optional<bool> chosen = {};  // with a tick where it is
  std::string tip = {};
  std::string detail = {};  // after the name, muted
  std::string about = {};   // below it, small and wrapped
  // A second thing to press at its end: beside the views that are open.
  std::function<void()> beside = {};
  std::string beside_keys = {};
  bool beside_on = false;
};

/// The popup that was opened under this name, if it is open. `by_keys`: the arrow keys begin at its first
/// entry.
void draw_menu(const Look& look, const char* popup, std::span<const MenuEntry> entries, bool by_keys = false);

void draw_menus(const Look& look, Workbench& bench, Desk& desk);
void draw_transport(const Look& look, Workbench& bench, Desk& desk);
void draw_experiment(const Look& look, Workbench& bench, Desk& desk);
void draw_force(const Look& look, Workbench& bench, Desk& desk);
/// What the models read now where it is no text, as a person writes it; there is an observation.
observe::GivenSequence sequence_shown(const Workbench& bench);
void draw_probe(const Look& look, Workbench& bench, Desk& desk, ImVec2 size);
void draw_stage(const Look& look, Workbench& bench, Desk& desk, FigureCanvases& canvases, ImVec2 size);
/// The strip of the lesson that is open: how high it is at a width in pixels, 0 where none is, and itself.
float lay_out_lesson(const Look& look, Workbench& bench, const lesson::Player& player, LessonStrip& strip,
                     float width);
void draw_lesson(const Look& look, Workbench& bench, lesson::Player& player, LessonStrip& strip, ImVec2 size);
/// The control that a lesson means by "closed##force f": the first whose label it is, or begins with the
/// words and ends with what stands behind them; null where there is none.
const ItemLog::Item* item_pointed_at(const ItemLog& items, std::string_view label);
/// The menu of lessons, their languages and recording.
std::vector<MenuEntry> lesson_entries(Workbench& bench, LessonStrip& strip);
/// The presenter's parts: the gates' switches, and the probe in one row about the chosen step.
void draw_presenter_bar(const Look& look, Workbench& bench, Desk& desk, ImVec2 size);
float probe_row_height(const Look& look);
void draw_probe_row(const Look& look, Workbench& bench, Desk& desk, ImVec2 size);
/// Only the views, without their tabs.
void draw_views(const Look& look, Workbench& bench, Desk& desk, FigureCanvases& canvases, ImVec2 size);
/// The gradient's pulse: played, paused, scrubbed in backward time. From `at`, its left end and the middle of
/// its row.
void draw_pulse(const Look& look, Workbench& bench, ImVec2 at, float right);
/// Which model the views of one show; where it ends.
float draw_model_choice(const Look& look, Workbench& bench, ImVec2 at, float room);
/// The bar that offers what to force the marked region to; over the panels, beside what is marked.
void draw_mark_bar(const Look& look, Workbench& bench, Desk& desk);
/// Opens it for what is marked, else for the chosen step.
void open_mark_bar(Workbench& bench);
/// A press while it is open; false where it is none of its own.
bool press_in_mark_bar(const KeyPress& press, Workbench& bench, Desk& desk);
void draw_inspector(const Look& look, Workbench& bench, Desk& desk);
void draw_timeline(const Look& look, Workbench& bench, Desk& desk, ImVec2 size);
/// The kept moments of the training, and the ways on from them; nothing where nothing is learnt.
void draw_training_time(const Look& look, Workbench& bench, ImVec2 size);
/// The kept moment before (`by` -1) or after (1) the one that is shown; none: there is no other.
std::optional<ShowUpdate> moment_beside(const session::Snapshot& now, int by);
/// The kept moment nearest to an update; none: the present is.
std::optional<std::uint64_t> moment_near(const session::Snapshot& now, double update);
/// Every training that was left and can be returned to, the newest first.
std::vector<MenuEntry> branch_entries(Workbench& bench);
/// Dialogs, messages and the overlay of shortcuts, over everything else.
void draw_overlays(const Look& look, Workbench& bench, Desk& desk);

/// The steps that are shown; none: all.
void show_steps(Workbench& bench, const std::optional<plot::Steps>& steps);
/// What the wheel asks for over something that has steps: with Ctrl, or where it scrolls nothing, to zoom
/// about the step `anchor`, with Shift to pan.
void zoom_by_wheel(Workbench& bench, std::optional<double> anchor, bool plain_wheel_zooms);

/// The form of exports over a view, with a name for a new file.
void open_export(Workbench& bench, const std::string& view);
/// A dialog that the document says is open, between this and end_modal(); closed by its cross or Escape, the
/// document is told.
bool begin_dialog(const Look& look, Workbench& bench, Desk& desk, Dialog which, const char* id,
                  std::string_view title, ImVec2 size);
void close_dialog(Workbench& bench);

/// The form that asks for what a model's file does not say.
void draw_import(const Look& look, Workbench& bench, Desk& desk);
/// The claims that come along: what each says, by whom, and what comes out of it here.
void draw_claims(const Look& look, Workbench& bench, Desk& desk);

/// What a shortcut or a menu asks for.
void perform(Action action, int number, Workbench& bench, Desk& desk);

/// "4,180".
std::string grouped(std::uint64_t number);
/// A model's line on the stage and in lists: its family's colour.
ImU32 model_color(const Look& look, const Workbench& bench, std::size_t model);
/// A channel's colour.
ImU32 channel_color(const Look& look, const nn::CellInfo& cell, int channel);

}  // namespace gatescope::ui
