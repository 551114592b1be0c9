// The menu row, and the bar below it: training, its numbers, and what is forced.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "app/ui/draw.h"
#include "app/ui/panels/panels.h"
#include "core/figure/views/parts.h"

namespace gatescope::ui {
namespace {

void menu(const Look& look, Menu which, Workbench& bench, Desk& desk) {
  const std::string label(title(which));
  const std::string popup = "menu " + label;
  if (button(look, (label + "##menu").c_str(), Kind::quiet)) ImGui::OpenPopup(popup.c_str());
  const Box at = last_item();
  ImGui::SetNextWindowPos({at.low.x, at.high.y});
  if (ImGui::BeginPopup(popup.c_str())) {
    Action before = Action::quit;
    bool first = true;
    for (const Shortcut& shortcut : shortcuts()) {
      if (shortcut.menu != which || (!first && shortcut.action == before && shortcut.number == 0)) continue;
      if (shortcut.number > static_cast<int>(stage_views().size())) continue;
      before = shortcut.action;
      first = false;
      std::string what(shortcut.title);
      if (shortcut.number > 0) {
        const auto id = stage_views()[static_cast<std::size_t>(shortcut.number - 1)];
        what =
            std::string(figure::find_view(id).title) + (shortcut.action == Action::add_view ? " beside" : "");
      }
      const bool enabled = (shortcut.action != Action::undo || bench.can_undo()) &&
                           (shortcut.action != Action::redo || bench.can_redo());
      if (ImGui::MenuItem(what.c_str(), shortcut.written().c_str(), false, enabled))
        perform(shortcut.action, shortcut.number, bench, desk);
      log_item(look, what, {}, enabled);
    }
    ImGui::EndPopup();
  }
  ImGui::SameLine(0, look.px(2));
}

void preset_menu(const Look& look, Workbench& bench) {
  if (button(look, "Presets##menu", Kind::quiet)) ImGui::OpenPopup("menu Presets");
  const Box at = last_item();
  ImGui::SetNextWindowPos({at.low.x, at.high.y});
  if (ImGui::BeginPopup("menu Presets")) {
    for (const std::string& name : bench.presets()) {
      std::string label = name;
      std::ranges::replace(label, '_', ' ');
      if (ImGui::MenuItem(label.c_str(), nullptr, name == bench.preset())) bench.open_preset(name);
      log_item(look, label);
    }
    ImGui::EndPopup();
  }
  ImGui::SameLine(0, look.px(2));
}

std::string speed_text(double characters_per_second) {
  if (characters_per_second <= 0) return "–";
  if (characters_per_second >= 1e6) return fmt::format("{:.2f}M", characters_per_second / 1e6);
  if (characters_per_second >= 1e4) return fmt::format("{:.0f}k", characters_per_second / 1e3);
  return grouped(static_cast<std::uint64_t>(characters_per_second));
}

std::string bits(std::optional<double> nats) {
  return nats ? fmt::format("{:.2f}", *nats / std::numbers::ln2) : std::string("–");
}

void banner(const Look& look, Workbench& bench) {
  if (!bench.forced()) return;
  const auto& probe = bench.document().probe;
  std::string rules;
  for (const std::string& rule : probe.rules) rules += (rules.empty() ? "" : ", ") + rule;
  const float room = look.px(360);
  const std::string what =
      fmt::format("● forced: {}{}", rules, probe.force_training ? "  (training too)" : "");
  const std::string label = fitted(what, room) + "   release##banner";
  const float width = std::min(text_size(shown(label)).x + look.px(28), room + look.px(90));
  const float left = ImGui::GetWindowContentRegionMax().x - width;
  ImGui::SameLine(std::max(left, ImGui::GetCursorPosX()));
  if (button(look, label.c_str(), Kind::forced,
             "Forced gates\n" + rules +
                 "\nPress to release all of them. The views show both what is used and what "
                 "the network wanted.")) {
    bench.release_all();
  }
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
  const session::Readings* readings = bench.readings();
  if (!readings || model >= readings->subjects.size()) return look.muted;
  return look.color(figure::model_ink(readings->subjects, model));
}

ImU32 channel_color(const Look& look, const nn::CellInfo& cell, int channel) {
  return look.color({figure::role_of(cell, channel)});
}

void draw_menus(const Look& look, Workbench& bench, Desk& desk) {
  ImGui::AlignTextToFramePadding();
  {
    const WithFont font(look.bold);
    ImGui::TextUnformatted("Gatescope");
  }
  ImGui::SameLine(0, look.px(14));
  for (const Menu which : {Menu::file, Menu::edit, Menu::train, Menu::view, Menu::replay})
    menu(look, which, bench, desk);
  preset_menu(look, bench);
  menu(look, Menu::help, bench, desk);
  const session::Snapshot& now = bench.now();
  const std::string& state = !now.busy.empty() ? now.busy : now.experiment.title;
  std::string where = state;
  if (bench.session_path()) where += "  ·  " + bench.session_path()->filename().string();
  const float room = ImGui::GetContentRegionAvail().x;
  if (room < look.px(60)) return;
  const std::string text = fitted(where, room - look.px(8));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_text_right(at.x + room, at.y + ImGui::GetFrameHeight() / 2, look.muted, text);
  log_item(look, "title", at, {at.x + room, at.y + ImGui::GetFrameHeight()}, where);
  ImGui::NewLine();
}

void draw_transport(const Look& look, Workbench& bench, Desk&) {
  const session::Snapshot& now = bench.now();
  const bool can = now.can_train;
  const std::string why =
      can ? "" : "These models come from files alone: there is no text that they could learn.";
  const std::string train_tip =
      can ? fmt::format("{} the training\n{}", now.training ? "Pause" : "Go on with", written(Action::train))
          : why;
  if (button(look, now.training ? "❚❚  Training###train" : "▶  Train###train", Kind::primary, train_tip,
             {look.px(104), 0}, can))
    bench.toggle_training();
  ImGui::SameLine();
  if (button(look, "Step", Kind::plain, "One update of the weights\n" + written(Action::update_once), {},
             can))
    bench.update_once();
  ImGui::SameLine();
  if (button(look, "Reset", Kind::plain,
             "Begins again with the weights of the seed\n" + written(Action::reset_training), {}, can))
    bench.restart();
  ImGui::SameLine(0, look.px(14));
  constexpr std::array<const char*, 4> paces{"1/s", "10/s", "60/s", "full"};
  constexpr std::array<double, 4> values{1, 10, 60, 0};
  const auto chosen = std::ranges::find(values, now.pace);
  const int pace = static_cast<int>(chosen - values.begin());
  const bool wide = ImGui::GetWindowContentRegionMax().x > look.px(1080);
  if (wide) {
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + look.px(3));
    const int next = segmented(look, "##pace", paces, pace, false, look.px(168));
    tooltip(look,
            "Pace\nThe most updates a second: slow enough to follow them, or as fast as the machine is.");
    if (next != pace) bench.set_pace(values[static_cast<std::size_t>(next)]);
    ImGui::SameLine(0, look.px(18));
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - look.px(3));
  }
  headline(look, "update", grouped(now.updates), "Update\nHow often the weights were changed so far.");
  const std::size_t m = bench.view().model;
  if (m < now.models.size()) {
    ImGui::SameLine(0, look.px(16));
    headline(look, now.next_character ? "bits/char" : "bits", bits(now.models[m].loss),
             "Loss in bits per character\n−log₂ p(next character), averaged over the batch and smoothed over "
             "the last "
             "updates: how many bits the next character costs.");
    ImGui::SameLine(0, look.px(16));
    headline(look, "held out", bits(now.models[m].held_out),
             "Held-out loss\nThe same on text that is never learnt; measured now and then.");
  }
  ImGui::SameLine(0, look.px(16));
  headline(look, "chars/s", speed_text(now.characters_per_second),
           "Characters a second\nRead in training, by all models together.");
  if (wide && now.history && m < now.history->size()) {
    std::vector<float> losses;
    const auto& rows = (*now.history)[m].metrics;
    const std::size_t stride = std::max<std::size_t>(1, rows.size() / 200);
    for (std::size_t k = 0; k < rows.size(); k += stride) losses.push_back(static_cast<float>(rows[k].loss));
    ImGui::SameLine(0, look.px(16));
    sparkline(look, losses, {look.px(110), ImGui::GetFrameHeight()}, model_color(look, bench, m));
    tooltip(look, "Loss so far\nNats a character, update by update.");
  }
  if (bench.exporting()) {
    ImGui::SameLine(0, look.px(16));
    if (button(look, fmt::format("writing {:.0f} %   cancel##export", 100 * bench.export_progress()).c_str()))
      bench.cancel_export();
  }
  banner(look, bench);
}

}  // namespace gatescope::ui
