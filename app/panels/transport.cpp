// The menu row, and the bar below it: training, its numbers, and what is forced.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "app/kit/draw.h"
#include "app/panels/panels.h"
#include "app/panels/view_tabs.h"
#include "core/analysis/terms.h"
#include "core/train/loss_text.h"
#include "core/views/parts.h"

namespace gatescope::ui {
namespace {

/// The words that drop menus down. While one is open, the arrow keys and the pointer go on to the others.
class MenuRow {
 public:
  MenuRow(const Look& look, Workbench& bench, Desk::Menus& menus)
      : look_(look), bench_(bench), menus_(menus), was_open_(std::exchange(menus.open, false)) {}

  void drop_down(const std::string& label, std::span<const MenuEntry> entries) {
    constexpr int all = static_cast<int>(kMenuRow.size());
    const std::string popup = "menu " + label;
    const int place = place_++;
    if (button(look_, (label + "##menu").c_str(), Kind::quiet)) {
      menus_.by_keys = false;
      bench_.act(OpenMenu{label});
    }
    const ScreenRect at = last_item();
    const bool opens = menus_.next == place;  // the key that leads here leads no further
    if (opens) {
      menus_.next.reset();
      bench_.act(OpenMenu{label});
    }
    sync(label, popup);
    const ImVec2 moved = ImGui::GetIO().MouseDelta;
    if (ImGui::IsPopupOpen(popup.c_str())) {
      menus_.open = true;
      ImGui::SetNextWindowPos({at.low.x, at.high.y + look_.px(3)});
      const int by = compat::pressed_or_held(Key::right) - compat::pressed_or_held(Key::left);
      if (by != 0 && !opens) go_to((place + by + all) % all, true);
    } else if (was_open_ && (moved.x != 0 || moved.y != 0) &&
               ImGui::IsMouseHoveringRect(at.low, at.high, false)) {
      go_to(place, false);
    }
    draw_menu(look_, popup.c_str(), entries, menus_.by_keys);
    ImGui::SameLine(0, look_.px(2));
  }

 private:
  /// The document says which one hangs down; closed by a press elsewhere, it is told.
  void sync(const std::string& label, const std::string& popup) {
    const bool wanted = bench_.editor().document().window.menu == label;
    if (wanted && menus_.drawn != label) {
      ImGui::OpenPopup(popup.c_str());
      menus_.drawn = label;
    } else if (menus_.drawn == label && !ImGui::IsPopupOpen(popup.c_str())) {
      menus_.drawn.clear();
      if (wanted) bench_.act(CloseMenu{});
    } else if (menus_.drawn == label && !wanted && ImGui::BeginPopup(popup.c_str())) {
      ImGui::CloseCurrentPopup();
      ImGui::EndPopup();
      menus_.drawn.clear();
    }
  }

  void go_to(int place, bool by_keys) {
    menus_.next = place;
    menus_.by_keys = by_keys;
    look_.memory->again = true;
  }

  const Look& look_;
  Workbench& bench_;
  Desk::Menus& menus_;
  bool was_open_;
  int place_ = 0;
};

void add_view(std::vector<MenuEntry>& entries, const ViewTab& tab, Workbench& bench, const Desk& desk) {
  const views::View& view = *tab.view;
  const std::string id(view.id);
  entries.push_back(
      {.name = std::string(view.title),
       .keys = tab.key > 0 ? written(Action::choose_view, tab.key) : std::string(),
       .act = [&, id] { bench.act(ShowViews{{id}}); },
       .chosen = bench.editor().is_shown(id),
       .tip = std::string(view.title) + "\n" + std::string(view.sentence) + ".",
       .beside = [&, id] { bench.act(ShowBeside{id}); },
       .beside_keys = tab.key > 0 ? written_beside(tab.key, desk.digits_need_shift) : std::string(),
       .beside_on = bench.editor().is_shown(id) && bench.shown().view().open.size() > 1});
}

/// What of the View menu has no shortcut.
void add_looks(std::vector<MenuEntry>& entries, Workbench& bench, const Desk& desk) {
  entries.push_back({});
  entries.push_back({.name = "Experiment column",
                     .act = [&, on = !desk.left_shown] { bench.act(ShowLeftColumn{on}); },
                     .chosen = desk.left_shown});
  entries.push_back({.name = "Inspector column",
                     .act = [&, on = !desk.right_shown] { bench.act(ShowRightColumn{on}); },
                     .chosen = desk.right_shown});
  entries.push_back(
      {.name = "Transitions",
       .act = [&, on = !bench.shown().view().transitions] { bench.act(SetTransitions{on}); },
       .chosen = bench.shown().view().transitions,
       .tip = "Transitions\nValves close and lanes fade when a gate is forced; a press skips it."});
  entries.push_back({});
  for (const auto& [name, theme] :
       {std::pair{"Dark", plot::ThemeName::dark}, std::pair{"Light", plot::ThemeName::light},
        std::pair{"Projector", plot::ThemeName::projector}})
    entries.push_back({.name = name,
                       .act = [&, theme = theme] { bench.act(SetTheme{theme}); },
                       .chosen = bench.shown().view().theme == theme});
  entries.push_back({});
  for (const language::Languages::Language& each : bench.languages().all())
    entries.push_back({.name = each.name,
                       .act = [&bench, code = each.code] { bench.act(SetLanguage{code}); },
                       .chosen = &each == &bench.language()});
}

/// Short enough for a menu.
std::string shortened(const std::string& text) {
  constexpr float most = 40;  // characters of usual width
  return fitted(text, most * text_size("n").x);
}

constexpr std::array<double, 4> kPaces{1, 10, 60, 0};  // updates a second; 0: no limit

/// What the toolbar has no room for beside a banner, and the training's time without a mouse.
void add_training_time(std::vector<MenuEntry>& entries, Workbench& bench) {
  const session::Snapshot& now = bench.shown().now();
  if (!now.can_train || !now.moments) return;
  const std::uint64_t at = now.shown_update.value_or(now.updates);
  entries.push_back({});
  for (const auto& [name, by] : {std::pair{"Earlier moment", -1}, std::pair{"Later moment", 1}}) {
    const auto beside = moment_beside(now, by);
    entries.push_back({.name = name,
                       .act = [&bench, beside] { bench.act(beside.value_or(ShowUpdate{})); },
                       .enabled = beside.has_value(),
                       .tip = "A kept moment of the training beside the one that is shown"});
  }
  entries.push_back({.name = "Go on from the moment shown",
                     .act = [&bench, at] { bench.act(GoOnFrom{at}); },
                     .enabled = now.shown_update.has_value()});
  for (MenuEntry& entry : branch_entries(bench)) entries.push_back(std::move(entry));
  entries.push_back({});
  for (const double pace : kPaces)
    entries.push_back({.name = pace == 0   ? std::string("As fast as the machine is")
                               : pace == 1 ? std::string("One update a second")
                                           : fmt::format("{:.0f} updates a second", pace),
                       .act = [&bench, pace] { bench.act(SetPace{pace}); },
                       .chosen = now.pace == pace});
}

void menu(MenuRow& row, Menu which, Workbench& bench, Desk& desk) {
  std::vector<MenuEntry> entries;
  const Shortcut* before = nullptr;
  for (const Shortcut& shortcut : shortcuts()) {
    if (shortcut.menu != which || shortcut.action == Action::add_view) continue;
    if (before && shortcut.action == before->action && shortcut.number == 0) continue;
    if (shortcut.number > 1) continue;  // the views stand together
    if (before && before->number > 0 && shortcut.number == 0) entries.push_back({});
    before = &shortcut;
    if (shortcut.action == Action::choose_view) {
      for (const ViewTab& tab : view_tabs(views::all_views(), laboratory_view(bench.shown().view())))
        add_view(entries, tab, bench, desk);
      continue;
    }
    const bool enabled = (shortcut.action != Action::undo || bench.editor().can_undo()) &&
                         (shortcut.action != Action::redo || bench.editor().can_redo());
    entries.push_back({.name = std::string(shortcut.title),
                       .keys = shortcut.written(),
                       .act = [&] { perform(shortcut.action, shortcut.number, bench, desk); },
                       .enabled = enabled});
    if (shortcut.action == Action::undo) entries.back().detail = shortened(bench.editor().undoes());
    if (shortcut.action == Action::redo) entries.back().detail = shortened(bench.editor().redoes());
    if (shortcut.action == Action::force_panel) entries.back().chosen = bench.shown().view().force_panel;
    if (shortcut.action == Action::loop) entries.back().chosen = bench.shown().view().loop;
    if (shortcut.action == Action::grid) entries.back().chosen = bench.shown().view().open.size() > 1;
  }
  if (which == Menu::view) add_looks(entries, bench, desk);
  if (which == Menu::train) add_training_time(entries, bench);
  if (which == Menu::file && bench.files().can_ask_again())
    entries.push_back({.name = "Read the model otherwise ...", .act = [&] { bench.act(AskImportAgain{}); }});
  row.drop_down(std::string(title(which)), entries);
}

void preset_menu(MenuRow& row, Workbench& bench) {
  std::vector<MenuEntry> entries;
  entries.push_back({.name = "Claims of the field …",
                     .act = [&] { bench.act(OpenDialog{Dialog::claims}); },
                     .about = "What is said of recurrent networks, by whom, and whether it holds: measured "
                              "here, over seeds"});
  entries.push_back({});
  for (const std::string& name : bench.files().presets()) {
    std::string label = name;
    std::ranges::replace(label, '_', ' ');
    const PresetWords words = bench.files().words_of_preset(name);
    entries.push_back({.name = label,
                       .act = [&] { bench.act(OpenPreset{name}); },
                       .chosen = name == bench.editor().preset(),
                       .detail = words.title,
                       .about = words.look_for});
  }
  row.drop_down("Presets", entries);
}

void lesson_menu(MenuRow& row, Workbench& bench, Desk& desk) {
  row.drop_down("Lessons", lesson_entries(bench, desk.lesson));
}

std::string speed_text(double characters_per_second) {
  if (characters_per_second <= 0) return "–";
  if (characters_per_second >= 1e6) return fmt::format("{:.2f}M", characters_per_second / 1e6);
  if (characters_per_second >= 1e4) return fmt::format("{:.0f}k", characters_per_second / 1e3);
  return grouped(static_cast<std::uint64_t>(characters_per_second));
}

/// A loss in the unit of its task's score.
std::string score(std::optional<double> loss, const task::Outcome& outcome) {
  return loss ? train::loss_text(*loss * outcome.factor, 2) : std::string("–");
}

/// How much of the row what stands at its right end takes.
struct Banner {
  std::string label;
  float width = 0;
};

Banner banner_of(const Look& look, const Workbench& bench, float row) {
  // Its place is kept while nothing is forced, so that nothing beside it moves.
  Banner banner;
  banner.width = std::round(std::min(look.px(300), row * 0.28f));
  if (!bench.forcing().forced()) return banner;
  const auto& probe = bench.editor().document().probe;
  const std::string rules = nn::in_words(probe.rules);
  const std::string release = "   release##banner", frame = "● forced: ";
  const std::string training = probe.force_training ? "  (training, too)" : "";
  const float around = text_size(frame + training).x + text_size(shown(release)).x + look.px(28);
  banner.label = frame + fitted(rules, banner.width - around) + training + release;
  return banner;
}

void draw_banner(const Look& look, Workbench& bench, const Banner& banner, float right, float y) {
  const ScreenRect place{{right - banner.width, y}, {right, y + std::round(look.px(28))}};
  if (banner.label.empty()) return;
  ImGui::SetCursorScreenPos(place.low);
  const std::string rules = nn::in_words(bench.editor().document().probe.rules);
  if (button(look, banner.label.c_str(), Kind::forced,
             "Forced gates\n" + rules +
                 "\nPress to release all of them. The views show both what is used and what "
                 "the network wanted.",
             {banner.width, 0})) {
    bench.act(ReleaseAll{});
  }
  hatch(look, {place.low, {place.low.x + look.px(8), place.high.y}}, look.forced);
  hatch(look, {{place.high.x - look.px(8), place.low.y}, place.high}, look.forced);
}

/// A number of the transport row.
struct Number {
  std::string label, value, widest, tip;
};

std::vector<Number> numbers_of(const Workbench& bench) {
  const session::Snapshot& now = bench.shown().now();
  std::vector<Number> numbers{
      {"update", grouped(now.shown_update.value_or(now.updates)), "0,000",
       now.shown_update ? std::string("Update\nOf the kept moment that is shown; losses are those of then.")
                        : analysis::explain("update")}};
  const std::size_t m = bench.shown().view().model;
  if (m < now.models.size()) {
    numbers.push_back({std::string(now.outcome->short_score), score(now.models[m].loss, *now.outcome), "0.00",
                       now.outcome->of_input ? analysis::explain("bits per character") +
                                                   "\nOver the batch, smoothed over the last updates."
                       : now.outcome->has_probabilities
                           ? std::string("−log₂ p(label)\nHow surprised the network was by the labels, "
                                         "smoothed over the last updates.")
                           : fmt::format("{}\nSmoothed over the last updates.", now.outcome->mean_score)});
    numbers.push_back({"held out", score(now.models[m].held_out, *now.outcome), "0.00",
                       analysis::explain("held out") + " Measured now and then."});
    const auto& standing = now.models[m].standing;
    if (standing && standing->overfitting)
      numbers.push_back(
          {"overfitting since", grouped(standing->best_update), "0,000",
           fmt::format("Overfitting\nThe held-out loss was lowest at update {}, {}, and has risen "
                       "to {} since, while the loss in training falls: the network learns its "
                       "text by heart.",
                       grouped(standing->best_update), score(standing->best, *now.outcome),
                       score(standing->last, *now.outcome))});
  }
  numbers.push_back({std::string(now.outcome->short_speed), speed_text(now.characters_per_second), "0.00M",
                     "Speed\nSteps read a second in training, by all models together."});
  return numbers;
}

/// Both losses at the same updates, as they fit into a small curve.
struct Losses {
  std::vector<float> training, held_out;  // the second one between two measurements on a straight line
  std::optional<int> best;                // where the second one is lowest
  float low = 0, high = 0;
};

Losses losses_of(const std::vector<train::MetricsRow>& rows) {
  Losses losses;
  std::vector<std::size_t> measured;
  for (std::size_t k = 0; k < rows.size(); ++k)
    if (rows[k].held_out) measured.push_back(k);
  const std::size_t stride = std::max<std::size_t>(1, rows.size() / 200);
  std::size_t next = 0;
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < rows.size(); k += stride) {
    losses.training.push_back(static_cast<float>(rows[k].loss));
    while (next < measured.size() && measured[next] < k) ++next;
    double held_out = std::nan("");
    if (next < measured.size() && next > 0) {
      const train::MetricsRow &before = rows[measured[next - 1]], &after = rows[measured[next]];
      const double part = static_cast<double>(rows[k].update - before.update) /
                          static_cast<double>(std::max<std::uint64_t>(1, after.update - before.update));
      held_out = *before.held_out + part * (*after.held_out - *before.held_out);
    }
    losses.held_out.push_back(static_cast<float>(held_out));
    if (held_out < lowest) {
      lowest = held_out;
      losses.best = static_cast<int>(losses.held_out.size()) - 1;
    }
  }
  losses.low = std::numeric_limits<float>::infinity();
  losses.high = -losses.low;
  for (const auto& list : {losses.training, losses.held_out})
    for (const float loss : list)
      if (std::isfinite(loss))
        losses.low = std::min(losses.low, loss), losses.high = std::max(losses.high, loss);
  return losses;
}

}  // namespace

std::string grouped(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t k = 0; k < digits.size(); ++k) {
    if (k > 0 && (digits.size() - k) % 3 == 0) text += ',';
    text += digits[k];
  }
  return text;
}

ImU32 model_color(const Look& look, const Workbench& bench, std::size_t model) {
  const session::Readings* readings = bench.shown().readings();
  if (!readings || model >= readings->observations.size()) return look.muted;
  return look.color(views::model_ink(readings->observations, model));
}

ImU32 channel_color(const Look& look, const nn::CellInfo& cell, int channel) {
  return look.color({views::role_of(cell, channel)});
}

void draw_menus(const Look& look, Workbench& bench, Desk& desk) {
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float height = std::round(look.px(28)), right = low.x + ImGui::GetContentRegionAvail().x;
  float menus = 0;
  for (const std::string_view title : kMenuRow)
    menus += std::round(text_size(title).x + look.px(16)) + look.px(2);
  {
    const WithFont font(look.bold);
    const float name = text_size("Gatescope").x + look.px(14);
    if (low.x + name + menus < right) {  // the menus come first
      draw_text(low.x, low.y + height / 2, look.text, "Gatescope");
      ImGui::SetCursorScreenPos({low.x + name, low.y});
    }
  }
  MenuRow row(look, bench, desk.menus);
  for (const Menu which : {Menu::file, Menu::edit, Menu::train, Menu::view, Menu::replay})
    menu(row, which, bench, desk);
  preset_menu(row, bench);
  lesson_menu(row, bench, desk);
  menu(row, Menu::help, bench, desk);
  // At the right end: the columns, and what is open.
  const float after = ImGui::GetCursorScreenPos().x, icons = look.px(76);
  if (right - icons > after) {
    const auto column = [&](const char* id, Icon icon, const char* tip, float x, const Intent& press) {
      ImGui::SetCursorScreenPos({x, low.y});
      if (icon_button(look, id, icon, Kind::quiet, tip)) bench.act(press);
    };
    column("##left column", Icon::left_column, "The experiment's column, shown or not", right - look.px(74),
           ShowLeftColumn{!desk.left_shown});
    column("##right column", Icon::right_column, "The inspector's column, shown or not", right - look.px(36),
           ShowRightColumn{!desk.right_shown});
  }
  const session::Snapshot& now = bench.shown().now();
  const std::string& state = !now.busy.empty() ? now.busy : now.experiment.title;
  std::string where = state;
  if (bench.files().session_path()) where += "  ·  " + bench.files().session_path()->filename().string();
  const float end = right - icons - look.px(6), room = end - after - look.px(10);
  if (room < look.px(60)) return;
  draw_text_right(end, low.y + height / 2, look.muted, fitted(where, room));
  log_item(look, "title", {end - room, low.y}, {end, low.y + height}, where);
}

void draw_transport(const Look& look, Workbench& bench, Desk&) {
  const session::Snapshot& now = bench.shown().now();
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float row = ImGui::GetContentRegionAvail().x, right = low.x + row, gap = look.px(16);
  const bool can = now.can_train;
  const std::string why =
      can ? "" : "These models come from files alone: there is no text that they could learn.";
  const std::string train_tip = !can           ? why
                                : now.training ? "Pause the training\n" + written(Action::train)
                                               : "Go on with the training\n" + written(Action::train);
  constexpr const char *trains = "❚❚  Training###train", *stands = "▶  Train###train";
  const float width = std::max(text_size(shown(trains)).x, text_size(shown(stands)).x) + look.px(16);
  if (button(look, now.training ? trains : stands, now.training ? Kind::running : Kind::primary, train_tip,
             {std::max(look.px(104), std::round(width)), 0}, can))
    bench.training().toggle();
  ImGui::SameLine(0, look.px(8));
  if (button(look, "Step", Kind::plain, "One update of the weights\n" + written(Action::update_once), {},
             can))
    bench.act(UpdateOnce{});
  ImGui::SameLine(0, look.px(8));
  if (button(look, "Reset", Kind::plain,
             "Begins again with the weights of the seed\n" + written(Action::reset_training), {}, can))
    bench.act(Restart{});
  float x = last_item().high.x + gap;

  // What matters most keeps its place: the banner, then the numbers from the left; the rest where there is
  // room.
  const Banner banner = banner_of(look, bench, row);
  std::string writing;
  const bool opens = !bench.exports().writing() && bench.files().loading();
  if (bench.exports().writing())
    writing = fmt::format("writing {:.0f} %   cancel##export", 100 * bench.exports().progress());
  else if (opens)
    writing = fmt::format("reading {:.0f} %   cancel##open", 100 * bench.files().loading_progress());
  const float writing_width =
      writing.empty() ? 0 : std::round(text_size("writing 100 %   cancel").x + look.px(24));
  float end =
      right - banner.width - (banner.width > 0 ? gap : 0) - writing_width - (writing_width > 0 ? gap : 0);
  draw_banner(look, bench, banner, right, low.y);
  if (!writing.empty()) {
    ImGui::SetCursorScreenPos({end + gap, low.y});
    if (button(look, writing.c_str(), Kind::plain, {}, {writing_width, 0})) {
      if (opens)
        bench.act(CancelOpening{});
      else
        bench.act(CancelExport{});
    }
  }
  const std::vector<Number> numbers = numbers_of(bench);
  float all = 0;
  for (const Number& number : numbers)
    all += headline_width(look, number.label, number.value, number.widest) + gap;
  const float pace_width = look.px(172);
  if (x + pace_width + gap + all <= end) {
    constexpr std::array<const char*, 4> paces{"1/s", "10/s", "60/s", "full"};
    const int pace = static_cast<int>(std::ranges::find(kPaces, now.pace) - kPaces.begin());
    ImGui::SetCursorScreenPos({x, low.y + look.px(3)});
    const int next = segmented(look, "##pace", paces, pace, false, pace_width);
    tooltip(look,
            "Pace\nThe most updates a second: slow enough to follow them, or as fast as the machine is.");
    if (next != pace) bench.act(SetPace{kPaces[next]});
    x += pace_width + gap;
  }
  for (const Number& number : numbers) {
    const float width = headline_width(look, number.label, number.value, number.widest);
    if (x + width > end) return;  // what comes after would stand in its place
    ImGui::SetCursorScreenPos({x, low.y});
    headline(look, number.label, number.value, number.tip, number.widest);
    x += width + gap;
  }
  const std::size_t m = bench.shown().view().model;
  // While nothing is forced the curve may stand where the banner would.
  if (banner.label.empty() && end - x < look.px(160)) end = std::min(end + banner.width + gap, right);
  const float curve = std::min(look.px(160), end - x);
  if (curve >= look.px(60) && now.history && m < now.history->size()) {
    const Losses losses = losses_of((*now.history)[m].metrics);
    const ImU32 color = model_color(look, bench, m);
    ImGui::SetCursorScreenPos({x, low.y + look.px(2)});
    sparkline(look, losses.training, {curve, look.px(24)}, mixed(look.background, color, 0.55f), {},
              losses.low, losses.high);
    ImGui::SetCursorScreenPos({x, low.y + look.px(2)});
    sparkline(look, losses.held_out, {curve, look.px(24)}, look.text, losses.best, losses.low, losses.high);
    tooltip(look,
            "Loss so far\nDim: in training. Bright: held out, on data that is never learnt; the dot is its "
            "lowest.");
  }
}

}  // namespace gatescope::ui
