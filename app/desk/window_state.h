#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/nn/force_rule.h"
#include "core/plot/theme.h"

namespace gatescope::ui {

/// What lies over the panels and waits for an answer; one at a time. The form that asks how a model is to be
/// read is there as long as Files has a question.
enum class Dialog {
  none,
  help,
  export_figure,
  open_file,
  open_text,
  open_series,
  open_lines,
  open_pairs,
  open_vocabulary,
  save_session,
  left_behind,
  cannot_keep,
  claims
};

inline constexpr std::array<std::pair<std::string_view, Dialog>, 13> kDialogs{
    {{"none", Dialog::none},
     {"help", Dialog::help},
     {"export", Dialog::export_figure},
     {"open", Dialog::open_file},
     {"open_text", Dialog::open_text},
     {"open_series", Dialog::open_series},
     {"open_lines", Dialog::open_lines},
     {"open_pairs", Dialog::open_pairs},
     {"open_vocabulary", Dialog::open_vocabulary},
     {"save", Dialog::save_session},
     {"left_behind", Dialog::left_behind},
     {"cannot_keep", Dialog::cannot_keep},
     {"claims", Dialog::claims}}};

/// The kinds of files that figures go to, and the pages that they are laid out for.
inline constexpr std::array<const char*, 6> kExportKinds{"svg", "pdf", "png", "csv", "gif", "mp4"};
inline constexpr std::array<const char*, 4> kExportPages{"as shown", "one column", "two columns", "slide"};

/// What is chosen in the form of exports.
struct ExportChoices {
  std::string view = "gates", path = {};
  std::string kind = "svg";                     // of kExportKinds
  std::optional<plot::ThemeName> theme = {};    // none: as shown
  std::string page = "as shown";                // of kExportPages
  double width = 0, height = 0, font_size = 0;  // centimetres and points, of a page of one's own
  bool print = false;                           // colours that can be told apart in greyscale
  bool with_model = true;                       // the models beside it
  bool svg_text = false;                        // that can be edited
  bool csv_bom = false;                         // a byte-order mark

  bool operator==(const ExportChoices&) const = default;
};

/// What was marked to be forced: steps, or units over steps of one channel.
struct Marked {
  std::string channel = {};           // a symbol; empty: none is chosen yet
  std::vector<nn::Range> units = {};  // empty: all
  std::vector<nn::Range> steps = {};
  bool bar = false;    // a bar beside it offers what to force it to
  double value = 0.5;  // in the bar

  bool operator==(const Marked&) const = default;
};

enum class Quit { no, keep, without_keeping };

/// What is open over the panels, and what is asked of the window itself. No session keeps it, and undo leaves
/// it alone.
struct WindowState {
  Dialog dialog = Dialog::none;
  bool quit_when_saved = false;  // the session is saved because the window is to be closed
  std::string menu = {};         // that hangs down, by its title; empty: none
  std::string view_menu = {};    // the view whose menu is open; empty: none
  std::string rule = {};         // in the field for a new rule, half typed
  std::string claim = {};        // that the dialog of claims shows; empty: the first
  std::optional<Marked> marked;
  ExportChoices export_form;
  bool fullscreen = false;
  bool recording = false;  // what is done is kept as a lesson
  Quit quit = Quit::no;

  bool operator==(const WindowState&) const = default;
};

}  // namespace gatescope::ui
