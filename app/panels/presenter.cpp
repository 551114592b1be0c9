// What stands above the figure where a class looks on: a switch a gate, and little else.

#include <fmt/format.h>

#include <array>
#include <utility>

#include "app/kit/draw.h"
#include "app/panels/panels.h"
#include "app/panels/view_tabs.h"
#include "core/views/parts.h"

namespace gatescope::ui {
namespace {

/// A gate's switch: what it is called, and what it may be.
struct Switch {
  int channel = 0;
  std::string label = {};
  std::array<const char*, 3> states = {};
  double low = 0, high = 1;  // what the first and the last mean
  float label_width = 0, width = 0;
};

std::vector<Switch> switches_of(const Look& look, const nn::CellInfo& cell, bool symbols) {
  constexpr std::array<const char*, 3> gate_states{"closed", "free", "open"}, other_states{"−1", "free", "1"},
      positive_states{"0", "free", "1"};
  std::vector<Switch> switches;
  for (const int channel : views::shown_channels(cell)) {
    if (cell.is_state(channel)) continue;
    const nn::Channel& what = cell.channels[channel];
    const bool valve = what.is_valve();
    Switch each{.channel = channel, .low = views::least_forced(what), .high = what.open};
    std::string name(what.name);
    if (name.ends_with(" gate")) name.resize(name.size() - 5);
    each.label = symbols ? views::symbol_of(what) : name;
    each.states = valve ? gate_states : each.low == 0 ? positive_states : other_states;
    each.label_width = text_size(each.label).x + look.px(8);
    const WithFont font(look.small);
    each.width = look.px(4);
    for (const char* state : each.states) each.width += text_size(state).x + look.px(14);
    switches.push_back(std::move(each));
  }
  return switches;
}

float width_of(const Look& look, std::span<const Switch> switches) {
  float width = 0;
  for (const Switch& each : switches) width += each.label_width + each.width + look.px(18);
  return width;
}

void draw_switch(const Look& look, Workbench& bench, const nn::CellInfo& cell, const Switch& each, float x,
                 float middle) {
  const std::string symbol(cell.channels[each.channel].symbol);
  const std::optional<double> value = bench.forcing().forced_value(symbol);
  const int state = !value ? 1 : *value == each.low ? 0 : *value == each.high ? 2 : -1;
  draw_text(x, middle, legible(look, channel_color(look, cell, each.channel)), each.label);
  ImGui::SetCursorScreenPos({x + each.label_width, std::round(middle - look.px(11))});
  const int next =
      segmented(look, ("force " + symbol).c_str(), each.states, state, value.has_value(), each.width);
  if (next != state)
    bench.forcing().force(symbol,
                          next == 1 ? std::nullopt : std::optional<double>(next == 0 ? each.low : each.high));
}

/// What the columns, menus and tabs hold that a talk may need.
std::vector<MenuEntry> entries_of(Workbench& bench, Desk& desk) {
  std::vector<MenuEntry> entries;
  for (const ViewTab& tab : view_tabs(views::all_views(), laboratory_view(bench.shown().view())))
    entries.push_back({.name = std::string(tab.view->title),
                       .keys = tab.key > 0 ? written(Action::choose_view, tab.key) : std::string(),
                       .act = [&, id = std::string(tab.view->id)] { bench.act(ShowViews{{id}}); },
                       .chosen = bench.editor().is_shown(std::string(tab.view->id))});
  entries.push_back({});
  const auto add = [&](Action action, const std::string& name) {
    entries.push_back(
        {.name = name, .keys = written(action), .act = [&, action] { perform(action, 0, bench, desk); }});
  };
  if (bench.shown().now().can_train) {
    add(Action::train, bench.shown().now().training ? "Pause the training" : "Train");
    add(Action::reset_training, "Start again");
  }
  if (bench.shown().now().reads_text) add(Action::focus_probe, "Edit the probe text");
  add(Action::cycle_theme, "Next theme");
  add(Action::presenter, "Leave the presenter");
  return entries;
}

void draw_menu_button(const Look& look, Workbench& bench, Desk& desk) {
  constexpr const char* popup = "##presenter menu";
  const bool by_keys = std::exchange(desk.menus.next, std::nullopt).has_value();
  const bool pressed =
      icon_button(look, "##presenter", Icon::menu, Kind::plain, "Views and more\n" + written(Action::menus));
  const ScreenRect box = last_item();
  if (pressed || by_keys) {
    ImGui::OpenPopup(popup);
    desk.menus.by_keys = by_keys;
  }
  if (!ImGui::IsPopupOpen(popup)) return;
  ImGui::SetNextWindowPos({box.low.x, box.high.y + look.px(3)});
  draw_menu(look, popup, entries_of(bench, desk), desk.menus.by_keys);
}

}  // namespace

void draw_presenter_bar(const Look& look, Workbench& bench, Desk& desk, ImVec2 size) {
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float middle = std::round(low.y + size.y / 2), half = std::round(look.px(14)), gap = look.px(12);
  float right = low.x + size.x;
  ImGui::SetCursorScreenPos({low.x, middle - half});
  draw_menu_button(look, bench, desk);
  float x = last_item().high.x + gap;

  ImGui::SetCursorScreenPos({right - look.px(36), middle - half});
  if (icon_button(look, "##leave presenter", Icon::close, Kind::quiet,
                  "Leave the presenter\n" + written(Action::presenter) + " or " + written(Action::close)))
    perform(Action::presenter, 0, bench, desk);
  right -= look.px(36) + gap / 2;
  // Forced gates are never forgotten: what releases them stands before everything else.
  if (bench.forcing().forced()) {
    const float width = std::round(text_size("release").x + look.px(24));
    ImGui::SetCursorScreenPos({right - width, middle - half});
    if (button(look, "release##presenter", Kind::forced,
               "Forced gates\n" + nn::in_words(bench.editor().document().probe.rules), {width, 0}))
      bench.act(ReleaseAll{});
    right -= width + gap;
  }
  const nn::CellInfo* cell = bench.shown().cell();
  if (!cell) return;
  // The candidate's goes first, then the gates' names become symbols.
  std::vector<Switch> switches = switches_of(look, *cell, false);
  const auto fits = [&] { return width_of(look, switches) <= right - x; };
  if (!fits())
    std::erase_if(switches, [&](const Switch& each) { return !views::is_gate(*cell, each.channel); });
  if (!fits() || switches.empty()) switches = switches_of(look, *cell, true);
  while (switches.size() > 1 && width_of(look, switches) > right - x) switches.pop_back();
  for (const Switch& each : switches) {
    draw_switch(look, bench, *cell, each, x, middle);
    x += each.label_width + each.width + look.px(18);
  }
  // How far the training is, where there is room.
  const session::Snapshot& now = bench.shown().now();
  const std::string update = "update " + grouped(now.updates);
  if (text_size(update).x <= right - x)
    draw_text_right(right, middle, now.training ? legible(look, look.accent) : look.muted, update);
}

}  // namespace gatescope::ui
