// The bar beside what is marked: closed, free, open or a value, for one gate.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/desk/force_scope.h"
#include "app/kit/draw.h"
#include "app/panels/panels.h"
#include "core/views/parts.h"

namespace gatescope::ui {
namespace {

constexpr int kChoices = 4;  // closed, free, open, a value

/// What can be forced: gates first.
std::vector<int> forceable(const nn::CellInfo& cell) {
  std::vector<int> channels;
  for (const int k : views::shown_channels(cell))
    if (!cell.is_state(k)) channels.push_back(k);
  return channels;
}

std::string symbol_at(const nn::CellInfo& cell, int channel) {
  return std::string(cell.channels[channel].symbol);
}

/// The gate that the text is coloured by, else the one that keeps.
std::string usual_channel(const Workbench& bench) {
  const nn::CellInfo* cell = bench.shown().cell();
  if (!cell) return {};
  const std::vector<int> channels = forceable(*cell);
  const int by = cell->find(bench.shown().view().coloured_by), keep = cell->keep_gate();
  for (const int wanted : {by, keep})
    if (std::ranges::find(channels, wanted) != channels.end()) return symbol_at(*cell, wanted);
  return channels.empty() ? std::string() : symbol_at(*cell, channels.front());
}

void choose(int choice, Workbench& bench) {
  const auto& marked = bench.editor().document().window.marked;
  const nn::Channel* channel = marked ? bench.shown().channel(marked->channel) : nullptr;
  if (!channel) return;
  bench.forcing().force_marked(choice == 0   ? std::optional<double>(views::least_forced(*channel))
                               : choice == 1 ? std::nullopt
                               : choice == 2 ? std::optional<double>(channel->open)
                                             : std::optional<double>(marked->value));
}

/// The next or the one before, of what can be forced.
void change_channel(Workbench& bench, int by) {
  Marked marked = *bench.editor().document().window.marked;
  const nn::CellInfo* cell = bench.shown().cell();
  if (!cell) return;
  const std::vector<int> channels = forceable(*cell);
  if (channels.empty()) return;
  const auto at = std::ranges::find(channels, cell->find(marked.channel));
  const auto count = static_cast<int>(channels.size());
  const int now = at == channels.end() ? 0 : static_cast<int>(at - channels.begin());
  marked.channel = symbol_at(*cell, channels[(now + by + count) % count]);
  bench.act(Mark{marked});
}

std::string said(const Marked& marked) {
  std::string steps = ranges_text(marked.steps), units = ranges_text(marked.units);
  for (std::string* text : {&steps, &units})
    if (const auto dash = text->find('-'); dash != text->npos) text->replace(dash, 1, "–");
  return fmt::format("{} · {}", steps.empty() ? "all steps" : "steps " + steps,
                     units.empty() ? "all units" : "units " + units);
}

/// Below what is marked, else above it, else beside it: never over it.
ImVec2 place_of(const Look& look, const Desk& desk, ImVec2 size) {
  const ImVec2 all = ImGui::GetIO().DisplaySize;
  const float gap = look.px(8), margin = look.px(6);
  const auto [low, high] =
      desk.mark.value_or(std::pair{ImVec2{all.x / 2, all.y / 3}, ImVec2{all.x / 2, all.y / 3}});
  const float middle = desk.mark_pointer > 0 ? desk.mark_pointer : (low.x + high.x) / 2;
  ImVec2 at{std::clamp(middle - size.x / 2, margin, std::max(margin, all.x - size.x - margin)), high.y + gap};
  if (at.y + size.y + margin <= all.y) return at;
  at.y = low.y - gap - size.y;
  if (at.y >= margin) return at;
  at.y = std::clamp(low.y, margin, std::max(margin, all.y - size.y - margin));
  at.x = high.x + gap + size.x <= all.x ? high.x + gap : std::max(margin, low.x - gap - size.x);
  return at;
}

}  // namespace

void open_mark_bar(Workbench& bench) {
  Marked marked = bench.editor().document().window.marked.value_or(Marked{});
  if (bench.shown().steps() == 0) return;
  if (marked.steps.empty()) marked.steps = {{bench.shown().view().step, bench.shown().view().step}};
  if (marked.channel.empty()) marked.channel = usual_channel(bench);
  marked.bar = true;
  bench.act(Mark{marked});
}

bool press_in_mark_bar(const KeyPress& press, Workbench& bench, Desk& desk) {
  const auto& marked = bench.editor().document().window.marked;
  if (!marked || !marked->bar || press.mods != Mods{}) return false;
  switch (press.key) {
    case Key::left:
    case Key::right:
      desk.mark_choice = (desk.mark_choice + (press.key == Key::right ? 1 : kChoices - 1)) % kChoices;
      return true;
    case Key::up:
    case Key::down:
      change_channel(bench, press.key == Key::down ? 1 : -1);
      return true;
    case Key::plus:
    case Key::minus: {
      Marked next = *marked;
      const nn::Channel* channel = bench.shown().channel(next.channel);
      const double low = channel ? views::least_forced(*channel) : 0;
      next.value = std::clamp(std::round((next.value + (press.key == Key::plus ? 0.05 : -0.05)) * 100) / 100,
                              low, channel ? channel->open : 1.0);
      bench.act(Mark{next});
      return true;
    }
    case Key::enter:
      choose(desk.mark_choice, bench);
      return true;
    default:
      return false;
  }
}

void draw_mark_bar(const Look& look, Workbench& bench, Desk& desk) {
  if (const auto& marked = bench.editor().document().window.marked; !marked || !marked->bar) {
    desk.mark_choice = 0;
    return;
  }
  Marked marked = *bench.editor().document().window.marked;
  const nn::CellInfo* cell = bench.shown().cell();
  const nn::Channel* channel = bench.shown().channel(marked.channel);
  if (!cell || !channel || bench.shown().steps() == 0) return;
  const float inset = look.px(10), row = std::round(look.px(28)), gap = look.px(6);
  const ImVec2 size{std::round(look.px(348)), 2 * inset + look.px(20) + 2 * (row + gap)};
  const ImVec2 at = place_of(look, desk, size);
  ImGui::SetNextWindowPos({std::round(at.x), std::round(at.y)});
  ImGui::SetNextWindowSize(size);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {inset, inset});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {gap, gap});
  ImGui::Begin("##mark bar", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoFocusOnAppearing |
                   ImGuiWindowFlags_NoNav);
  ImGui::PopStyleVar(2);
  const ImVec2 low = ImGui::GetWindowPos(), high{low.x + size.x, low.y + size.y};
  fill({low, high}, look.popup, look.radius());
  outline({low, high}, look.separator, look.radius(), std::max(1.0f, look.px(1)));
  log_item(look, "mark bar", low, high, said(marked));
  // What is marked, and for which gate.
  float y = low.y + inset;
  const float left = low.x + inset, right = high.x - inset;
  draw_text(left, y + look.px(10), look.text, fitted("Force " + said(marked), right - left - look.px(26)));
  ImGui::SetCursorScreenPos({right - look.px(22), y - look.px(4)});
  const ImVec2 cross{look.px(22), look.px(22)};
  if (ImGui::InvisibleButton("##leave mark", cross)) bench.act(Unmark{});
  log_item(look, "##leave mark");
  draw_icon(Icon::close, last_item().middle(), look.px(9), ImGui::IsItemHovered() ? look.text : look.muted);
  tooltip(look, "Leave it as it is\nEsc");
  y += look.px(20) + gap;
  const std::vector<int> channels = forceable(*cell);
  std::vector<std::string> names;
  int chosen = -1;
  for (const int k : channels) {
    if (symbol_at(*cell, k) == marked.channel) chosen = static_cast<int>(names.size());
    names.push_back(symbol_at(*cell, k));
  }
  if (chosen < 0) {  // a state, marked in its own lane
    chosen = static_cast<int>(names.size());
    names.push_back(marked.channel);
  }
  std::vector<const char*> labels;
  for (const std::string& name : names) labels.push_back(name.c_str());
  ImGui::SetCursorScreenPos({left, y + look.px(3)});
  const int next =
      segmented(look, "##mark gate", labels, chosen, false, look.px(30) * static_cast<float>(names.size()));
  tooltip(look, "Which gate\n↑ and ↓ change it.");
  draw_text(left + look.px(30) * static_cast<float>(names.size()) + look.px(10), y + row / 2, look.muted,
            fitted(channel->name,
                   std::max(right - left - look.px(30) * static_cast<float>(names.size()) - look.px(10),
                            look.px(8))));
  if (next != chosen) {
    marked.channel = names[next];
    bench.act(Mark{marked});
  }
  y += row + gap;
  // What to force it to.
  const bool gate = channel->is_valve();
  const std::array<const char*, 3> words{gate ? "Closed##mark" : "Least##mark", "Free##mark",
                                         gate ? "Open##mark" : "1##mark"};
  constexpr std::array<const char*, 3> tips{"Closed\n← and → choose, Enter does it.", "No rule acts here",
                                            "Open"};
  float x = left;
  const float width = std::round(look.px(62));
  std::optional<int> pressed;
  for (int k = 0; k < 3; ++k) {
    ImGui::SetCursorScreenPos({x, y});
    if (button(look, words[k], k == 1 ? Kind::plain : Kind::forced, tips[k], {width, row})) pressed = k;
    if (desk.mark_choice == k) outline(last_item(), look.cursor, look.px(6), std::max(1.0f, look.px(2)));
    x += width + gap;
  }
  float value = static_cast<float>(marked.value);
  const float number = look.px(52), room = right - x - number - gap;
  ImGui::SetCursorScreenPos({x, y + look.px(4)});
  if (slider(look, "##mark value", value, static_cast<float>(views::least_slid(*channel)),
             static_cast<float>(channel->open), look.forced, room)) {
    marked.value = std::round(static_cast<double>(value) * 100) / 100;
    bench.act(Mark{marked});
  }
  ImGui::SetCursorScreenPos({right - number, y});
  const std::string set = fmt::format("{:.2f}###mark set", marked.value);
  if (button(look, set.c_str(), Kind::forced, "This value\n+ and − change it.", {number, row})) pressed = 3;
  log_item(look, "mark set");
  if (desk.mark_choice == 3) outline(last_item(), look.cursor, look.px(6), std::max(1.0f, look.px(2)));
  ImGui::End();
  if (pressed) choose(*pressed, bench);
}

}  // namespace gatescope::ui
