// What lies over the panels: dialogs, messages, and the overlay of shortcuts.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cmath>
#include <ctime>
#include <utility>

#include "app/kit/draw.h"
#include "app/kit/letters.h"
#include "app/panels/panels.h"
#include "app/panels/view_tabs.h"
#include "core/analysis/terms.h"
#include "core/in_quotes.h"
#include "core/train/remedy.h"

namespace gatescope::ui {
namespace fs = std::filesystem;
namespace {

constexpr std::array<const char*, 6> kKinds{"svg", "pdf", "png", "csv", "gif", "mp4"};

/// Where a figure is to stand.
struct Page {
  double width, height;  // centimetres
  double font_size;      // of labels, in points
};
constexpr std::array<const char*, 4> kPages{"as shown", "one column", "two columns", "slide"};
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

void draw_help(const Look& look, const Workbench& bench, Desk& desk) {
  if (desk.help) {
    ImGui::OpenPopup("help");
    desk.help = false;
  }
  const ImVec2 window = ImGui::GetIO().DisplaySize;
  const std::vector<HelpGroup> groups = help_groups(desk.digits_need_shift);
  const float line = 24, heading = 38;  // points
  float all = 0;
  for (const HelpGroup& group : groups) all += heading + line * static_cast<float>(group.lines.size());
  const int columns = std::clamp(static_cast<int>((window.x / look.scale - 80) / 270), 1, 3);
  // The groups in turn, a column being left where half of a group would stand too low.
  std::vector<int> column_of;
  float low = 0, lowest = 0;
  int column = 0;
  for (const HelpGroup& group : groups) {
    const float height = heading + line * static_cast<float>(group.lines.size());
    if (low > 0 && low + height / 2 > all / static_cast<float>(columns) && column + 1 < columns)
      ++column, low = 0;
    column_of.push_back(column);
    low += height;
    lowest = std::max(lowest, low);
  }
  const ImVec2 size{std::min(static_cast<float>(columns) * 290 + 20, window.x / look.scale - 40),
                    std::min(lowest + 104, window.y / look.scale - 40)};
  if (!begin_modal(look, "help", "Shortcuts", size)) return;
  ImGui::BeginChild("##shortcuts");
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const float gap = look.px(32);
  const float width =
      (ImGui::GetContentRegionAvail().x - look.px(10) - gap * static_cast<float>(columns - 1)) /
      static_cast<float>(columns);
  std::vector<float> y(static_cast<std::size_t>(columns), 0);
  for (std::size_t k = 0; k < groups.size(); ++k) {
    float& at = y[static_cast<std::size_t>(column_of[k])];
    const float left = from.x + static_cast<float>(column_of[k]) * (width + gap);
    {
      const WithFont font(look.caption);
      std::string name = groups[k].title;
      for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
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
  ImGui::EndChild();
  end_modal();
}

void draw_export(const Look& look, Workbench& bench, Desk& desk) {
  if (desk.open_export) {
    desk.open_export = false;
    if (desk.export_view.empty() || !bench.editor().is_shown(desk.export_view))
      desk.export_view = bench.shown().view().open.front();
    desk.export_path = bench.exports()
                           .new_path(desk.export_view, kKinds[static_cast<std::size_t>(desk.export_kind)])
                           .string();
    ImGui::OpenPopup("export");
  }
  if (!begin_modal(look, "export", "Export what is shown", {560, desk.export_page > 0 ? 534.0f : 432.0f}))
    return;
  const views::View& view = views::find_view(desk.export_view);
  value_row(look, "View", view.title);
  const int kind =
      segmented(look, "##kind", kKinds, desk.export_kind, false, ImGui::GetContentRegionAvail().x);
  if (kind != desk.export_kind) {
    desk.export_kind = kind;
    desk.export_path =
        bench.exports().new_path(desk.export_view, kKinds[static_cast<std::size_t>(kind)]).string();
  }
  constexpr std::array<const char*, 4> themes{"as shown", "light", "dark", "projector"};
  desk.export_theme = segmented_row(look, "Theme", themes, desk.export_theme);
  const bool table = kind == 3;
  if (!table) {
    const int page = segmented_row(look, "Page", kPages, desk.export_page);
    if (page != std::exchange(desk.export_page, page) && page > 0) {
      const Page& chosen = kPageSizes[static_cast<std::size_t>(page - 1)];
      desk.export_width = chosen.width, desk.export_height = chosen.height;
      desk.export_font = chosen.font_size;
    }
    if (desk.export_page > 0) {
      const double low = figure::smallest_side / kPointsPerCentimetre, high = 100;
      number_row(look, "Width (cm)", desk.export_width, std::ceil(low * 100) / 100, high);
      number_row(look, "Height (cm)", desk.export_height, std::ceil(low * 100) / 100, high);
      number_row(look, "Font size (points)", desk.export_font, figure::smallest_font, figure::largest_font);
    }
    constexpr std::array<const char*, 2> colors{"screen", "print"};
    desk.export_colors =
        segmented_row(look, "Colours", colors, desk.export_colors, false, {},
                      "Print: signed values from dark over grey to light, lines told apart by dashes");
  }
  if (kind == 0)
    toggle_row(look, "Text that can be edited", desk.export_text, "Shown as here only where DejaVu Sans is");
  if (table)
    toggle_row(look, "Byte-order mark", desk.export_bom, "By which spreadsheets know that it is UTF-8");
  ImGui::TextUnformatted("File");
  text_field(look, "##export path", desk.export_path);
  toggle_row(look, "The models beside it", desk.export_model,
             "Then the figure can be made again, byte for byte: gatescope figure --from FILE");
  std::error_code code;
  const fs::path path(desk.export_path);
  const bool exists = fs::exists(path, code);
  const plot::Size shown_size = desk.pane_sizes[desk.export_view];
  const bool still = kind >= 4 && !view.animates;
  if (still)
    caption(look, "This view does not move: choose a still picture.");
  else if (exists)
    caption(look, "A file of this name is there already.");
  else if (!table)
    caption(look, desk.export_page > 0 ? std::string("What finds no room there is said when it is written.")
                                       : fmt::format("{:.0f} by {:.0f} points, as it is shown.",
                                                     shown_size.width, shown_size.height));
  const auto write = [&] {
    const auto theme = desk.export_theme == 0 ? bench.shown().view().theme
                                              : static_cast<plot::ThemeName>(desk.export_theme - 1);
    const bool own_page = desk.export_page > 0;
    const auto points = [](double centimetres) {
      return static_cast<float>(centimetres * kPointsPerCentimetre);
    };
    const plot::Size size =
        own_page ? plot::Size{points(desk.export_width), points(desk.export_height)} : shown_size;
    bench.exports().begin({.path = path,
                           .view = desk.export_view,
                           .size = size,
                           .theme = theme,
                           .scale = 2,
                           .with_model = desk.export_model,
                           .font_size = own_page ? desk.export_font : plot::usual_font_size(theme),
                           .print = desk.export_colors == 1,
                           .svg_text = desk.export_text,
                           .csv_bom = desk.export_bom});
    ImGui::CloseCurrentPopup();
  };
  if (button(look, exists ? "Write over it" : "Export##write", exists ? Kind::plain : Kind::primary, {}, {},
             !still))
    write();
  ImGui::SameLine();
  if (button(look, "Cancel##export dialog")) ImGui::CloseCurrentPopup();
  end_modal();
}

void draw_browser(const Look& look, Workbench& bench, Desk& desk) {
  if (desk.browsing != Desk::Browsing::none && !desk.browser.is_open()) {
    FileBrowser::Request request;
    if (desk.browsing == Desk::Browsing::save) {
      request.purpose = FileBrowser::Purpose::save;
      request.title = "Save the session";
      request.name = bench.files().session_path() ? bench.files().session_path()->filename().string()
                                                  : "session.gatescope";
      request.extensions = {".gatescope"};
    } else {
      request.title = desk.browsing == Desk::Browsing::text ? "Open a text to learn"
                      : desk.browsing == Desk::Browsing::vocabulary
                          ? "What the model reads: JSON, or one entry a line"
                          : "Open a preset, a session, a model or a text";
    }
    desk.browser.open(request);
    desk.browsed = std::exchange(desk.browsing, Desk::Browsing::none);
  }
  const auto path = desk.browser.draw(look);
  if (!path) {
    if (!desk.browser.is_open()) desk.quit_when_saved = false;
    return;
  }
  if (desk.browsed == Desk::Browsing::save) {
    const bool saved = bench.files().save_session(*path);
    if (std::exchange(desk.quit_when_saved, false) && saved) desk.quit_without_keeping = desk.quit = true;
  } else if (desk.browsed == Desk::Browsing::vocabulary) {
    desk.import_form.file = path->string();
  } else {
    bench.files().open({*path});
  }
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
  return fmt::format("{} {} {}, {}", at.tm_mday, months[static_cast<std::size_t>(at.tm_mon)],
                     at.tm_year + 1900, clock);
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
    bench.beginning().open_left_behind(number);
  else if (thrown)
    bench.beginning().throw_away_left_behind(number);
}

/// What crashes left behind; whatever comes next waits for the answer.
void draw_left_behind(const Look& look, Workbench& bench, Desk& desk) {
  if (desk.ask_left_behind) {
    ImGui::OpenPopup("left behind");
    desk.ask_left_behind = false;
    desk.asked_left_behind = true;
  }
  const std::size_t count = bench.beginning().left_behind().size();
  if (!desk.asked_left_behind) return;
  if (!ImGui::IsPopupOpen("left behind")) {  // closed without an answer
    desk.asked_left_behind = false;
    bench.beginning().keep_left_behind();
    return;
  }
  const float rows = kLeftRow * static_cast<float>(std::clamp<std::size_t>(count, 1, 5));
  const std::string title =
      count == 1 ? "The last time ended abruptly" : fmt::format("{} sessions ended abruptly", count);
  if (!begin_modal(look, "left behind", title, {600, 184 + rows})) return;
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
    bench.beginning().keep_left_behind();
  if (bench.beginning().left_behind().empty()) {
    desk.asked_left_behind = false;
    ImGui::CloseCurrentPopup();
  }
  end_modal();
}

/// The window was to be closed, and what it holds cannot be kept: nothing is lost without a word.
void draw_cannot_keep(const Look& look, Desk& desk) {
  if (desk.ask_cannot_keep) {
    ImGui::OpenPopup("cannot keep");
    desk.ask_cannot_keep = false;
  }
  if (!begin_modal(look, "cannot keep", "The session cannot be kept", {520, 190})) return;
  ImGui::Dummy({1, look.px(4)});
  caption(look,
          printable(desk.cannot_keep) + ". Closed now, the window would lose what was learnt and chosen.");
  log_item(look, "cannot keep", desk.cannot_keep);
  ImGui::SetCursorPosY(ImGui::GetWindowHeight() - look.px(50));
  bool answered = true;
  if (button(look, "Save it elsewhere …##cannot keep", Kind::primary)) {
    desk.browsing = Desk::Browsing::save;
    desk.quit_when_saved = true;
  } else if (ImGui::SameLine(); button(look, "Close without keeping")) {
    desk.quit_without_keeping = desk.quit = true;
  } else if (ImGui::SameLine(); !button(look, "Stay##cannot keep")) {
    answered = false;
  }
  if (answered) ImGui::CloseCurrentPopup();
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
      fmt::format("{} became not a number at update {} of {}. The weights are those before it. "
                  "Gradients that explode do this; what helps: {}.",
                  bad.place, bad.update, bad.model, train::in_words(train::remedies(now.experiment), false))
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

void draw_notices(const Look& look, Workbench& bench) {
  const ImGuiIO& io = ImGui::GetIO();
  const float width = std::min(look.px(460), io.DisplaySize.x - look.px(40));
  if (bench.notices().all().empty() && !bench.shown().now().not_finite) return;
  // Just above the timeline, where they cover least.
  ImGui::SetNextWindowPos({(io.DisplaySize.x - width) / 2, io.DisplaySize.y - look.px(54)}, ImGuiCond_Always,
                          {0, 1});
  ImGui::SetNextWindowSize({width, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::Begin("##notices", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_AlwaysAutoResize |
                   ImGuiWindowFlags_NoFocusOnAppearing | ImGuiWindowFlags_NoNav);
  ImVec2 at = ImGui::GetCursorScreenPos();
  at.y += draw_not_finite(look, bench, at, width);
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
      bench.notices().dismiss(k);
    at.y += height + look.px(8);
    ImGui::SetCursorScreenPos(at);
    ImGui::Dummy({1, 1});
  }
  ImGui::End();
  ImGui::PopStyleVar();
}

}  // namespace

void draw_overlays(const Look& look, Workbench& bench, Desk& desk) {
  draw_notices(look, bench);
  draw_help(look, bench, desk);
  draw_export(look, bench, desk);
  draw_left_behind(look, bench, desk);
  draw_cannot_keep(look, desk);
  draw_browser(look, bench, desk);
  draw_import(look, bench, desk);
}

}  // namespace gatescope::ui
