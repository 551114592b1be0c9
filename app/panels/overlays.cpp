// What lies over the panels: dialogs, messages, and the overlay of shortcuts.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <utility>

#include "app/desk/link.h"
#include "app/kit/draw.h"
#include "app/kit/letters.h"
#include "app/panels/panels.h"
#include "app/panels/view_tabs.h"
#include "core/analysis/terms.h"
#include "core/in_quotes.h"
#include "core/train/loss_text.h"
#include "core/train/remedy.h"

namespace gatescope::ui {
namespace fs = std::filesystem;
namespace {

/// Where a figure is to stand.
struct Page {
  double width, height;  // centimetres
  double font_size;      // of labels, in points
};
constexpr std::array<Page, 3> kPageSizes{{{8.5, 6, 8}, {17.4, 8, 8}, {33.87, 19.05, 20}}};
constexpr double kPointsPerCentimetre = 72 / 2.54;

/// One heading and what stands under it on the overlay.
struct HelpGroup {
  std::string title;
  std::vector<std::pair<std::string, std::string>> lines;  // what, its keys
};

std::vector<HelpGroup> help_groups(bool digits_need_shift) {
  std::vector<HelpGroup> groups;
  const int keys = std::min(kViewKeys, static_cast<int>(view_tabs().size()));
  for (const Menu menu : {Menu::replay, Menu::view, Menu::train, Menu::edit, Menu::file, Menu::help}) {
    HelpGroup& group = groups.emplace_back(HelpGroup{.title = std::string(title(menu)), .lines = {}});
    for (const Shortcut& shortcut : shortcuts()) {
      if (shortcut.menu != menu || shortcut.action == Action::add_view) continue;
      const views::View* view = view_of_key(shortcut.number);
      if (shortcut.number > 0 && !view) continue;
      std::string what(shortcut.title);
      if (view) what = view->title;
      if (!group.lines.empty() && group.lines.back().first == what)
        group.lines.back().second += ", " + shortcut.written();
      else
        group.lines.emplace_back(what, shortcut.written());
      if (shortcut.number == keys)
        group.lines.emplace_back("A view beside the others",
                                 fmt::format("{} … {}", written_beside(1, digits_need_shift), keys));
    }
  }
  return groups;
}

/// A part of the window, where it is in a picture of it one unit wide and high, and what it is for.
struct Region {
  std::string_view name, what;
  float x, y, width, height;
};
constexpr std::array<Region, 6> kRegions{{
    {"Menus and training", "Starts and stops learning, and says how far it is: updates, loss, loss held out.",
     0, 0, 1, 0.11f},
    {"Experiment", "What is learnt, by which models, and how. Below: each gate closed, free or open.", 0,
     0.13f, 0.19f, 0.76f},
    {"Probe", "The text that the models read; each character has the colour of what a gate does there.", 0.2f,
     0.13f, 0.58f, 0.16f},
    {"Views", "Pictures of what happens inside. Tabs or the keys 1 to 9 choose one; Shift adds it beside.",
     0.2f, 0.31f, 0.58f, 0.58f},
    {"Inspector", "What the model writes and expects, and the chosen unit’s equations with its numbers.",
     0.79f, 0.13f, 0.21f, 0.76f},
    {"Replay", "Goes through the text, character by character. Space plays and stops.", 0, 0.91f, 1, 0.09f},
}};
constexpr std::array<std::string_view, 4> kFirstSteps{
    "Press closed beside Forget, on the left: the memory in the views goes out. Release brings it back.",
    "Press a character of the probe, then a row of a view: that step and unit are marked everywhere.",
    "Open another preset (menu Presets) and press Train: gates form while you watch.",
    "Words with dots under them explain themselves where the pointer rests. Ctrl+Z takes back whatever you "
    "did.",
};

/// Wrapped text in one colour at a place; how high it is.
float draw_wrapped(ImVec2 at, float width, ImU32 color, std::string_view text) {
  const std::string words = drawable(text, width);
  ImGui::GetWindowDrawList()->AddText(ImGui::GetFont(), ImGui::GetFontSize(), at, color, words.c_str(),
                                      nullptr, width);
  return ImGui::CalcTextSize(words.c_str(), nullptr, false, width).y;
}

/// The window in small, its parts numbered, and beside it what each is for.
void draw_help_of_window(const Look& look) {
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const float room = ImGui::GetContentRegionAvail().x - look.px(10), gap = look.px(24);
  const bool beside = room > look.px(560);
  const float width = beside ? std::round(room * 0.42f) : room, height = std::round(width * 0.62f);
  ImGui::GetWindowDrawList()->AddRectFilled(from, {from.x + width, from.y + height}, look.background,
                                            look.px(6));
  const float inset = look.px(6);
  const auto number = [&](ImVec2 middle, std::size_t k) {
    ImGui::GetWindowDrawList()->AddCircleFilled(middle, look.px(10), look.text);
    draw_text_centred(middle, look.card, std::to_string(k + 1));
  };
  for (std::size_t k = 0; k < kRegions.size(); ++k) {
    const Region& part = kRegions[k];
    const ImVec2 low{from.x + inset + part.x * (width - 2 * inset),
                     from.y + inset + part.y * (height - 2 * inset)};
    const ScreenRect box{
        low, {low.x + part.width * (width - 2 * inset), low.y + part.height * (height - 2 * inset)}};
    fill(box, look.popup, look.px(3));
    outline(box, look.separator, look.px(3), std::max(1.0f, look.px(1)));
    number(box.middle(), k);
  }
  const float left = beside ? from.x + width + gap : from.x, wide = beside ? room - width - gap : room;
  float y = beside ? from.y : from.y + height + gap;
  for (std::size_t k = 0; k < kRegions.size(); ++k) {
    number({left + look.px(10), y + look.px(10)}, k);
    const float text = left + look.px(30);
    {
      const WithFont font(look.bold);
      draw_text(text, y + look.px(9), look.text, kRegions[k].name);
    }
    const WithFont font(look.small);
    const float tall =
        draw_wrapped({text, y + look.px(20)}, wide - look.px(30), look.muted, kRegions[k].what);
    log_item(look, fmt::format("help {}", kRegions[k].name), {left, y}, {left + wide, y + look.px(20) + tall},
             kRegions[k].what);
    y += look.px(30) + tall;
  }
  y = std::max(y, from.y + height + gap);
  {
    const WithFont font(look.bold);
    draw_text(from.x, y + look.px(9), look.text, "What to try first");
  }
  y += look.px(26);
  for (std::size_t k = 0; k < kFirstSteps.size(); ++k) {
    draw_text(from.x, y + ImGui::GetFontSize() / 2, look.muted, fmt::format("{}.", k + 1));
    y += draw_wrapped({from.x + look.px(22), y}, room - look.px(22), look.text, kFirstSteps[k]) + look.px(7);
  }
  ImGui::Dummy({1, y - from.y + look.px(8)});
}

/// All terms with their equations.
void draw_help_of_terms(const Look& look) {
  const float room = ImGui::GetContentRegionAvail().x - look.px(10), name = look.px(200);
  for (const analysis::Term& term : analysis::all_terms()) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    float high = 0;
    {
      const WithFont font(look.bold);
      high = draw_wrapped(at, name, look.text, capitalised(std::string(term.name)));
    }
    const float wide = room - name - look.px(12);
    const float one = draw_wrapped({at.x + name + look.px(12), at.y}, wide, look.text, term.sentence);
    const WithFont font(look.small);
    const float two =
        draw_wrapped({at.x + name + look.px(12), at.y + one + look.px(2)}, wide, look.muted, term.equation);
    ImGui::Dummy({room, std::max(high, one + two) + look.px(8)});
    log_item(look, fmt::format("term {}", term.name), term.sentence);
  }
}

void draw_help_of_keys(const Look& look, Workbench& bench, const std::vector<HelpGroup>& groups,
                       int columns) {
  const float line = 24, heading = 38;  // points
  float all = 0;
  for (const HelpGroup& group : groups) all += heading + line * static_cast<float>(group.lines.size());
  // The groups in turn, a column being left where half of a group would stand too low.
  std::vector<int> column_of;
  float low = 0;
  int column = 0;
  for (const HelpGroup& group : groups) {
    const float height = heading + line * static_cast<float>(group.lines.size());
    if (low > 0 && low + height / 2 > all / static_cast<float>(columns) && column + 1 < columns)
      ++column, low = 0;
    column_of.push_back(column);
    low += height;
  }
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const float gap = look.px(32);
  const float width =
      (ImGui::GetContentRegionAvail().x - look.px(10) - gap * static_cast<float>(columns - 1)) /
      static_cast<float>(columns);
  std::vector<float> y(static_cast<std::size_t>(columns), 0);
  for (std::size_t k = 0; k < groups.size(); ++k) {
    float& at = y[column_of[k]];
    const float left = from.x + static_cast<float>(column_of[k]) * (width + gap);
    {
      const WithFont font(look.caption);
      const std::string name = capitals(told(groups[k].title));
      const AsItIs as_it_is;
      draw_text(left, from.y + at + look.px(18), look.muted, name);
    }
    at += look.px(heading - 6);
    for (const auto& [what, keys] : groups[k].lines) {
      const float middle = from.y + at + look.px(line / 2);
      const float room = width - text_size(keys).x - look.px(8);
      draw_text(left, middle, look.text, fitted(what, room));
      draw_text_right(left + width, middle, look.muted, keys);
      at += look.px(line);
    }
    at += look.px(6);
  }
  ImGui::Dummy({1, std::ranges::max(y) + look.px(30)});
  draw_text(from.x, from.y + std::ranges::max(y) + look.px(18), look.muted, bench.program());
}

void draw_help(const Look& look, Workbench& bench, Desk& desk) {
  const ImVec2 window = ImGui::GetIO().DisplaySize;
  const int columns = std::clamp(static_cast<int>((window.x / look.scale - 80) / 270), 1, 3);
  const ImVec2 size{std::min(static_cast<float>(columns) * 290 + 20, window.x / look.scale - 40),
                    std::min(640.0f, window.y / look.scale - 40)};
  if (!begin_dialog(look, bench, desk, Dialog::help, "help", "Help", size)) return;
  constexpr std::array<const char*, 3> pages{"The window", "Keys", "Terms"};
  desk.help_page = segmented(look, "##help page", pages, desk.help_page, false,
                             std::min(look.px(330), ImGui::GetContentRegionAvail().x));
  ImGui::Dummy({1, look.px(4)});
  ImGui::BeginChild("##help page", {0, 0});
  if (desk.help_page == 0)
    draw_help_of_window(look);
  else if (desk.help_page == 1)
    draw_help_of_keys(look, bench, help_groups(desk.digits_need_shift), columns);
  else
    draw_help_of_terms(look);
  ImGui::EndChild();
  end_modal();
}

int place_in(std::span<const char* const> words, std::string_view word) {
  const auto found = std::ranges::find(words, word);
  return found == words.end() ? 0 : static_cast<int>(found - words.begin());
}

/// A name for a new file of the view.
std::string new_path(const Workbench& bench, const ExportChoices& choices) {
  return bench.exports().new_path(choices.view, choices.kind).native();
}

void draw_export(const Look& look, Workbench& bench, Desk& desk) {
  const ExportChoices before = bench.editor().document().window.export_form;
  ExportChoices form = before;
  if (!begin_dialog(look, bench, desk, Dialog::export_figure, "export", "Export what is shown",
                    {560, form.page != "as shown" ? 534.0f : 432.0f}))
    return;
  if (form.path.empty()) form.path = new_path(bench, form);
  const views::View& view = views::find_view(form.view);
  value_row(look, "View", view.title);
  const int kind_before = place_in(kExportKinds, form.kind);
  const int kind =
      segmented(look, "##kind", kExportKinds, kind_before, false, ImGui::GetContentRegionAvail().x);
  if (kind != kind_before) {
    form.kind = kExportKinds[kind];
    form.path = new_path(bench, form);
  }
  constexpr std::array<const char*, 4> themes{"as shown", "light", "dark", "projector"};
  const int theme_before = form.theme ? static_cast<int>(*form.theme) + 1 : 0;
  if (const int theme = segmented_row(look, "Theme", themes, theme_before); theme != theme_before)
    form.theme = theme == 0 ? std::nullopt : std::optional(static_cast<plot::ThemeName>(theme - 1));
  const bool table = form.kind == "csv";
  if (!table) {
    const int page_before = place_in(kExportPages, form.page);
    const int page = segmented_row(look, "Page", kExportPages, page_before);
    form.page = kExportPages[page];
    if (page != page_before && page > 0) {
      const Page& chosen = kPageSizes[page - 1];
      form.width = chosen.width, form.height = chosen.height;
      form.font_size = chosen.font_size;
    }
    if (page > 0) {
      const double low = figure::smallest_side / kPointsPerCentimetre, high = 100;
      number_row(look, "Width (cm)", form.width, std::ceil(low * 100) / 100, high);
      number_row(look, "Height (cm)", form.height, std::ceil(low * 100) / 100, high);
      number_row(look, "Font size (points)", form.font_size, figure::smallest_font, figure::largest_font);
    }
    constexpr std::array<const char*, 2> colors{"screen", "print"};
    form.print = segmented_row(look, "Colours", colors, form.print ? 1 : 0, false, {},
                               "Print: signed values from dark over grey to light, lines told apart by "
                               "dashes") == 1;
  }
  if (form.kind == "svg")
    toggle_row(look, "Text that can be edited", form.svg_text, "Shown as here only where DejaVu Sans is");
  if (table) toggle_row(look, "Byte-order mark", form.csv_bom, "By which spreadsheets know that it is UTF-8");
  ImGui::TextUnformatted(drawable("File").c_str());
  text_field(look, "##export path", form.path);
  toggle_row(look, "The models beside it", form.with_model,
             "Then the figure can be made again, byte for byte: gatescope figure --from FILE");
  std::error_code code;
  const fs::path path(form.path);
  const bool exists = fs::exists(path, code);
  const plot::Size shown_size = desk.pane_sizes[form.view];
  const bool still = kind >= 4 && !view.animates, own_page = form.page != "as shown";
  if (still)
    caption(look, "This view does not move: choose a still picture.");
  else if (exists)
    caption(look, "A file of this name is there already.");
  else if (!table)
    caption(look, own_page ? std::string("What finds no room there is said when it is written.")
                           : fmt::format("{:.0f} by {:.0f} points, as it is shown.", shown_size.width,
                                         shown_size.height));
  if (form != before) bench.act(ChooseExport{form});
  const auto write = [&] {
    const plot::ThemeName theme = form.theme.value_or(bench.shown().view().theme);
    const auto points = [](double centimetres) { return centimetres * kPointsPerCentimetre; };
    bench.act(ExportFigure{.path = path.native(),
                           .view = form.view,
                           .width = own_page ? points(form.width) : static_cast<double>(shown_size.width),
                           .height = own_page ? points(form.height) : static_cast<double>(shown_size.height),
                           .theme = theme,
                           .font_size = own_page ? form.font_size : plot::usual_font_size(theme),
                           .with_model = form.with_model,
                           .print = form.print,
                           .svg_text = form.svg_text,
                           .csv_bom = form.csv_bom});
    close_dialog(bench);
  };
  if (button(look, exists ? "Write over it" : "Export##write", exists ? Kind::plain : Kind::primary, {}, {},
             !still))
    write();
  ImGui::SameLine();
  if (button(look, "Cancel##export dialog")) close_dialog(bench);
  end_modal();
}

bool browses(Dialog dialog) {
  return dialog == Dialog::open_file || dialog == Dialog::open_text || dialog == Dialog::open_series ||
         dialog == Dialog::open_lines || dialog == Dialog::open_pairs || dialog == Dialog::open_vocabulary ||
         dialog == Dialog::save_session;
}

void draw_browser(const Look& look, Workbench& bench, Desk& desk) {
  const Dialog wanted = bench.editor().document().window.dialog;
  if (browses(wanted) && !desk.browser.is_open()) {
    FileBrowser::Request request;
    if (wanted == Dialog::save_session) {
      request.purpose = FileBrowser::Purpose::save;
      request.title = "Save the session";
      request.name = bench.files().session_path() ? bench.files().session_path()->filename().string()
                                                  : "session.gatescope";
      request.extensions = {".gatescope"};
    } else {
      request.title =
          wanted == Dialog::open_text         ? "Open a text to learn"
          : wanted == Dialog::open_series     ? "Open a table of numbers: CSV, its oldest row first"
          : wanted == Dialog::open_lines      ? "Open labelled lines: a label, a tab and a text in each"
          : wanted == Dialog::open_pairs      ? "Open pairs: a source and a target in each line, TSV or CSV"
          : wanted == Dialog::open_vocabulary ? "What the model reads: JSON, or one entry a line"
                                              : "Open a preset, a session, a model, a text or a link";
      if (wanted == Dialog::open_file) request.takes = is_link;
    }
    desk.browser.open(request);
  } else if (!browses(wanted) && desk.browser.is_open()) {
    desk.browser.close();
  }
  const auto path = desk.browser.draw(look);
  if (path && browses(wanted)) {
    if (wanted == Dialog::save_session)
      bench.act(SaveSession{path->native()});
    else if (wanted == Dialog::open_vocabulary)
      desk.import_form.file = path->string();
    else
      bench.act(OpenFiles{{path->native()}});
  }
  if (browses(wanted) && !desk.browser.is_open()) bench.act(CloseDialog{});
}

/// "today 14:03", "yesterday 09:12", "3 November 2026, 09:12".
std::string when(std::chrono::system_clock::time_point time) {
  const auto local = [](std::chrono::system_clock::time_point at) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    return parts;
  };
  const auto same_day = [](const std::tm& a, const std::tm& b) {
    return a.tm_year == b.tm_year && a.tm_yday == b.tm_yday;
  };
  const auto now = std::chrono::system_clock::now();
  const std::tm at = local(time);
  const std::string clock = fmt::format("{:02}:{:02}", at.tm_hour, at.tm_min);
  if (same_day(at, local(now))) return "today " + clock;
  if (same_day(at, local(now - std::chrono::hours(24)))) return "yesterday " + clock;
  constexpr std::array<const char*, 12> months{"January",   "February", "March",    "April",
                                               "May",       "June",     "July",     "August",
                                               "September", "October",  "November", "December"};
  return fmt::format("{} {} {}, {}", at.tm_mday, months[at.tm_mon], at.tm_year + 1900, clock);
}

constexpr float kLeftRow = 58;  // points

void draw_left_row(const Look& look, Workbench& bench, std::size_t number) {
  const session::LeftBehind& left = bench.beginning().left_behind()[number];
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float right = at.x + ImGui::GetContentRegionAvail().x, gap = look.px(8);
  const std::string id = number == 0 ? std::string() : fmt::format("##left {}", number);
  const std::string open = "Open it" + id, away = "Throw it away" + id;
  const auto width = [&](const std::string& label) {
    return std::round(text_size(shown(label)).x + look.px(28));
  };
  const float buttons = width(open) + gap + width(away), room = right - at.x - buttons - 2 * gap;
  const std::string title = left.title.empty() ? left.path.filename().string() : left.title;
  draw_text(at.x, at.y + look.px(14), look.text, fitted(printable(title), room));
  const std::string about = left.problem.empty()
                                ? fmt::format("{}  ·  update {}", when(left.kept), grouped(left.updates))
                                : fmt::format("{}  ·  damaged", when(left.kept));
  {
    const WithFont font(look.small);
    draw_text(at.x, at.y + look.px(34), look.muted, fitted(about, room));
  }
  log_item(look, fmt::format("left behind {}", number), at, {at.x + room, at.y + look.px(44)},
           title + "  " + about);
  ImGui::SetCursorScreenPos({right - buttons, at.y + look.px(8)});
  // The newest that can be opened.
  const auto& all = bench.beginning().left_behind();
  const auto newest = std::ranges::find_if(all, [](const auto& each) { return each.problem.empty(); });
  const bool primary = newest - all.begin() == static_cast<std::ptrdiff_t>(number);
  const bool opened = button(look, open.c_str(), primary ? Kind::primary : Kind::plain, left.problem,
                             {width(open), 0}, left.problem.empty());
  ImGui::SameLine(0, gap);
  const bool thrown =
      button(look, away.c_str(), Kind::plain,
             fmt::format("Put away\nFor {} days it stays in the folder of sessions.", session::kDaysInTrash),
             {width(away), 0});
  ImGui::SetCursorScreenPos(at);
  ImGui::Dummy({1, look.px(kLeftRow) - ImGui::GetStyle().ItemSpacing.y});
  if (opened)
    bench.act(OpenLeftBehind{static_cast<int>(number)});
  else if (thrown)
    bench.act(ThrowAwayLeftBehind{static_cast<int>(number)});
}

/// What crashes left behind; whatever comes next waits for the answer.
void draw_left_behind(const Look& look, Workbench& bench, Desk& desk) {
  const std::size_t count = bench.beginning().left_behind().size();
  const float rows = kLeftRow * static_cast<float>(std::clamp<std::size_t>(count, 1, 5));
  const std::string title =
      count == 1 ? "The last time ended abruptly" : fmt::format("{} sessions ended abruptly", count);
  const bool asked = bench.editor().document().window.dialog == Dialog::left_behind;
  if (!begin_dialog(look, bench, desk, Dialog::left_behind, "left behind", title, {600, 184 + rows})) {
    const bool closed = bench.editor().document().window.dialog != Dialog::left_behind;
    if (asked && closed) bench.act(KeepLeftBehind{});  // without an answer
    return;
  }
  ImGui::Dummy({1, look.px(4)});
  caption(look,
          "What was learnt and chosen until shortly before is still there. Nothing trains until you choose.");
  ImGui::Dummy({1, look.px(4)});
  ImGui::BeginChild("##left behind", {0, look.px(rows)});
  for (std::size_t number = 0; number < bench.beginning().left_behind().size(); ++number) {
    draw_left_row(look, bench, number);
    if (bench.beginning().left_behind().size() != count) break;  // answered
  }
  ImGui::EndChild();
  if (button(look, count == 1 ? "Later##left behind" : "All later##left behind", Kind::plain,
             "Asked again at the next start"))
    bench.act(KeepLeftBehind{});
  if (bench.beginning().left_behind().empty()) close_dialog(bench);
  end_modal();
}

/// The window was to be closed, and what it holds cannot be kept: nothing is lost without a word.
void draw_cannot_keep(const Look& look, Workbench& bench, Desk& desk) {
  if (!begin_dialog(look, bench, desk, Dialog::cannot_keep, "cannot keep", "The session cannot be kept",
                    {520, 190}))
    return;
  ImGui::Dummy({1, look.px(4)});
  caption(look,
          printable(desk.cannot_keep) + ". Closed now, the window would lose what was learnt and chosen.");
  log_item(look, "cannot keep", desk.cannot_keep);
  ImGui::SetCursorPosY(ImGui::GetWindowHeight() - look.px(50));
  std::optional<Intent> answer;
  if (button(look, "Save it elsewhere …##cannot keep", Kind::primary))
    answer = OpenDialog{Dialog::save_session, true};
  ImGui::SameLine();
  if (button(look, "Close without keeping")) answer = QuitWindow{false};
  ImGui::SameLine();
  const bool stay = button(look, "Stay##cannot keep");
  if (answer || stay) close_dialog(bench);
  if (answer) bench.act(*answer);
  end_modal();
}

/// Why training paused, and the ways on.
float draw_not_finite(const Look& in_window, Workbench& bench, ImVec2 at, float width) {
  Look look = in_window;
  look.card = look.popup;  // it lies over the cards
  const session::Snapshot& now = bench.shown().now();
  if (!now.not_finite) return 0;
  const train::NotFinite& bad = *now.not_finite;
  ImGui::SetCursorScreenPos(at);
  begin_card(look, "not finite", "Training paused", {width, 0});
  ImGui::PushTextWrapPos(ImGui::GetContentRegionMax().x);
  ImGui::PushStyleColor(ImGuiCol_Text, look.text);
  ImGui::TextUnformatted(
      drawable(fmt::format("{} became not a number at update {} of {}. The weights are those before it{}. "
                           "Gradients that explode do this; what helps: {}.",
                           bad.place, bad.update, bad.model,
                           bad.by_update ? ": Train tries that update again"
                                         : ", and what they compute is no number: earlier ones are needed",
                           train::in_words(train::remedies(now.experiment), false)))
          .c_str());
  ImGui::PopStyleColor();
  ImGui::PopTextWrapPos();
  log_item(look, "not finite", bad.place);
  if (now.good_update &&
      button(look, fmt::format("Back to update {}, half the rate###go back", *now.good_update).c_str(),
             Kind::primary, "The last weights that were kept while the loss was in order"))
    bench.training().go_back();
  end_card(look);
  outline(last_item(), look.danger, look.radius(), std::max(1.0f, look.px(1.2f)));
  return ImGui::GetItemRectSize().y + look.px(8);
}

/// That the held-out loss rises, and the ways on.
float draw_overfitting(const Look& in_window, Workbench& bench, ImVec2 at, float width) {
  const session::Snapshot& now = bench.shown().now();
  if (!now.paused_at || now.not_finite) return 0;
  Look look = in_window;
  look.card = look.popup;  // it lies over the cards
  ImGui::SetCursorScreenPos(at);
  begin_card(look, "overfitting", "Training paused", {width, 0});
  const auto score = [&](double loss) { return train::loss_text(loss * now.outcome->factor, 2); };
  std::string words;
  for (const session::ModelState& model : now.models) {
    if (!model.standing) continue;
    words += fmt::format("{} is lowest at update {} ({} {}) and has risen to {} since.\n",
                         now.models.size() > 1 ? model.name + ": held out" : std::string("Held out"),
                         grouped(model.standing->best_update), score(model.standing->best),
                         now.outcome->mean_score, score(model.standing->last));
  }
  words +=
      now.outcome->of_input
          ? "The loss in training still falls: what is learnt now is the text itself."
          : "The loss in training still falls: what is learnt now are the training sequences themselves.";
  ImGui::PushTextWrapPos(ImGui::GetContentRegionMax().x);
  ImGui::PushStyleColor(ImGuiCol_Text, look.text);
  ImGui::TextUnformatted(drawable(words).c_str());
  ImGui::PopStyleColor();
  ImGui::PopTextWrapPos();
  log_item(look, "overfitting", words);
  std::uint64_t best = 0;
  const std::size_t m = std::min(bench.shown().view().model, now.models.size() - 1);
  if (now.models[m].standing) best = now.models[m].standing->best_update;
  if (now.moments && now.moments->has(best)) {
    const std::string of = now.models.size() > 1 ? " of " + now.models[m].name : std::string();
    if (button(look, fmt::format("Take the best weights{}###best", of).c_str(), Kind::primary,
               "Back to the weights whose held-out loss is lowest; what came after stays as a curve"))
      bench.act(GoOnFrom{best, false});
    ImGui::SameLine(0, look.px(8));
  }
  if (button(look, "Go on anyway", Kind::plain, "Trains on; it will not pause again by itself"))
    bench.training().train(true);
  ImGui::SameLine(0, look.px(8));
  if (button(look, "Stay here", Kind::quiet, "Leaves the weights as they are")) bench.act(Train{false});
  caption(look, "Pause at the best, under Training, switches this off.");
  end_card(look);
  outline(last_item(), look.muted, look.radius(), std::max(1.0f, look.px(1.2f)));
  return ImGui::GetItemRectSize().y + look.px(8);
}

void draw_notices(const Look& look, Workbench& bench) {
  const ImGuiIO& io = ImGui::GetIO();
  const float width = std::min(look.px(460), io.DisplaySize.x - look.px(40));
  const session::Snapshot& now = bench.shown().now();
  if (bench.notices().all().empty() && !now.not_finite && !now.paused_at) return;
  // Just above the timeline, where they cover least.
  ImGui::SetNextWindowPos(
      {(io.DisplaySize.x - width) / 2, io.DisplaySize.y - look.px(now.can_train ? 92 : 54)}, ImGuiCond_Always,
      {0, 1});
  ImGui::SetNextWindowSize({width, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::Begin("##notices", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_AlwaysAutoResize |
                   ImGuiWindowFlags_NoFocusOnAppearing | ImGuiWindowFlags_NoNav);
  ImVec2 at = ImGui::GetCursorScreenPos();
  at.y += draw_not_finite(look, bench, at, width);
  at.y += draw_overfitting(look, bench, at, width);
  const auto notices = bench.notices().all();  // one may be dismissed
  for (std::size_t k = 0; k < notices.size(); ++k) {
    const Notice& notice = notices[k];
    const float room = width - look.px(56);
    const std::string words = drawable(notice.text, room);
    const float height = ImGui::CalcTextSize(words.c_str(), nullptr, false, room).y + look.px(20);
    const ScreenRect box{at, {at.x + width, at.y + height}};
    fill(box, look.popup, look.radius());
    outline(box, notice.bad ? look.danger : look.separator, look.radius(), look.px(1.2f));
    ImGui::SetCursorScreenPos({at.x + look.px(14), at.y + look.px(10)});
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + room);
    ImGui::TextUnformatted(words.c_str());
    ImGui::PopTextWrapPos();
    log_item(look, notice.bad ? "problem" : "notice", box.low, box.high, notice.text);
    ImGui::SetCursorScreenPos({box.high.x - look.px(32), at.y + look.px(5)});
    if (icon_button(look, fmt::format("##dismiss{}", k).c_str(), Icon::close, Kind::quiet))
      bench.act(DismissNotice{static_cast<int>(k)});
    at.y += height + look.px(8);
    ImGui::SetCursorScreenPos(at);
    ImGui::Dummy({1, 1});
  }
  ImGui::End();
  ImGui::PopStyleVar();
}

}  // namespace

void open_export(Workbench& bench, const std::string& view) {
  ExportChoices choices = bench.editor().document().window.export_form;
  choices.view = view.empty() || !bench.editor().is_shown(view) ? bench.shown().view().open.front() : view;
  choices.path = new_path(bench, choices);
  bench.act(ChooseExport{std::move(choices)});
  bench.act(OpenDialog{Dialog::export_figure});
}

bool begin_dialog(const Look& look, Workbench& bench, Desk& desk, Dialog which, const char* id,
                  std::string_view title, ImVec2 size) {
  const bool wanted = bench.editor().document().window.dialog == which, drawn = desk.drawn == which;
  if (!wanted && !drawn) return false;
  if (wanted && !drawn) {
    ImGui::OpenPopup(id);
    desk.drawn = which;
  }
  if (!begin_modal(look, id, title, size)) {
    desk.drawn = Dialog::none;
    if (wanted) bench.act(CloseDialog{});
    return false;
  }
  if (wanted) return true;
  ImGui::CloseCurrentPopup();
  end_modal();
  desk.drawn = Dialog::none;
  return false;
}

void close_dialog(Workbench& bench) {
  ImGui::CloseCurrentPopup();
  bench.act(CloseDialog{});
}

void draw_overlays(const Look& look, Workbench& bench, Desk& desk) {
  draw_notices(look, bench);
  draw_help(look, bench, desk);
  draw_export(look, bench, desk);
  draw_left_behind(look, bench, desk);
  draw_cannot_keep(look, bench, desk);
  draw_browser(look, bench, desk);
  draw_import(look, bench, desk);
  draw_claims(look, bench, desk);
}

}  // namespace gatescope::ui
