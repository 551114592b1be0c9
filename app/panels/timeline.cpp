// The replay: forward and backward through the probe's steps.

#include <fmt/format.h>

#include <cmath>

#include "app/kit/draw.h"
#include "app/panels/panels.h"

namespace gatescope::ui {

void draw_timeline(const Look& look, Workbench& bench, Desk&, ImVec2 size) {
  const bool all = !bench.shown().view().presenter;  // else but what a talk needs
  const int last = std::max(0, bench.shown().steps() - 1);
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const float middle = std::round(from.y + size.y / 2), right = from.x + size.x;
  ImGui::SetCursorScreenPos({from.x, middle - std::round(look.px(14))});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {look.px(8), look.px(8)});
  const int direction = bench.replay().direction();
  if (all) {
    if (icon_button(look, "##first", Icon::to_start, Kind::plain,
                    "First step\n" + written(Action::first_step)))
      bench.replay().choose_step(0);
    ImGui::SameLine();
  }
  if (icon_button(look, "##back", Icon::step_back, Kind::plain,
                  "One step back\n" + written(Action::step_back)))
    bench.replay().choose_step(bench.shown().view().step - 1);
  ImGui::SameLine();
  if (icon_button(look, "##backward", direction < 0 ? Icon::pause : Icon::reverse,
                  direction < 0 ? Kind::running : Kind::plain,
                  "Play backward\n" + written(Action::play_backward)))
    bench.replay().play(direction < 0 ? 0 : -1);
  ImGui::SameLine();
  if (icon_button(look, "##play", direction > 0 ? Icon::pause : Icon::play,
                  direction > 0 ? Kind::running : Kind::primary, "Play\n" + written(Action::play)))
    bench.replay().play(direction > 0 ? 0 : 1);
  ImGui::SameLine();
  if (icon_button(look, "##forward", Icon::step_forward, Kind::plain,
                  "One step on\n" + written(Action::step_forward)))
    bench.replay().choose_step(bench.shown().view().step + 1);
  if (all) {
    ImGui::SameLine();
    if (icon_button(look, "##last", Icon::to_end, Kind::plain, "Last step\n" + written(Action::last_step)))
      bench.replay().choose_step(last);
    ImGui::SameLine();
    if (icon_button(look, "##loop", Icon::loop, bench.shown().view().loop ? Kind::primary : Kind::quiet,
                    "Begin again at the end\n" + written(Action::loop)))
      bench.act(SetLoop{!bench.shown().view().loop});
  }
  ImGui::PopStyleVar();
  float x = last_item().high.x + look.px(16);
  const float slider_top = middle - std::round(look.px(10));
  // Wide enough for the longest of them, so that nothing moves while they change.
  const bool brief = !all && size.x < look.px(420);
  const auto place = [&](int step) {
    return brief ? fmt::format("t = {}", step) : fmt::format("t = {} / {}", step, last);
  };
  const std::string where = place(bench.shown().view().step), widest = place(last), speed_widest = "64/s";
  const float where_width = text_size(widest).x, speed_width = text_size(speed_widest).x;
  if (all && right - x - where_width > look.px(300)) {
    ImGui::SetCursorScreenPos({x, slider_top});
    float speed = static_cast<float>(std::log2(bench.shown().view().speed));
    if (slider(look, "##speed", speed, 0, 6, look.muted, look.px(72)))
      bench.act(SetSpeed{std::exp2(static_cast<double>(speed))});
    tooltip(look, "Speed\nSteps a second; + and − change it, too.");
    x += look.px(80);
    draw_text(x, middle, look.muted, fmt::format("{:.0f}/s", bench.shown().view().speed));
    x += speed_width + look.px(20);
  }
  if (const auto& steps = bench.shown().view().steps) {
    const std::string some = fmt::format("steps {} – {} of {}", steps->first, steps->last,
                                         grouped(static_cast<std::uint64_t>(last + 1)));
    const float wide = text_size(some).x + look.px(44);
    if (right - x - where_width - wide > look.px(160)) {
      ImGui::SetCursorScreenPos({x, middle - std::round(look.px(14))});
      if (button(look, (some + "  ×##all steps").c_str(), Kind::plain,
                 "Show all steps\nViews show these steps alone. The wheel over a view makes them fewer or "
                 "more; with Shift it moves them. " +
                     written(Action::zoom_steps),
                 {wide, 0}))
        show_steps(bench, std::nullopt);
      x += wide + look.px(14);
    }
  }
  float step = static_cast<float>(bench.shown().view().step);
  const float room = right - where_width - look.px(16) - x;
  if (room >= look.px(40)) {
    if (const auto& steps = bench.shown().view().steps; steps && last > 0) {
      const auto at = [&](int k) { return x + room * static_cast<float>(k) / static_cast<float>(last); };
      fill({{at(steps->first), middle - look.px(7)},
            {std::max(at(steps->last), at(steps->first) + look.px(3)), middle + look.px(7)}},
           look.pressed, look.px(3));
    }
    ImGui::SetCursorScreenPos({x, slider_top});
    if (slider(look, "##time", step, 0, static_cast<float>(std::max(1, last)),
               direction != 0 ? look.accent : look.muted, room))
      bench.replay().choose_step(static_cast<int>(std::lround(step)));
  }
  draw_text_right(right, middle, look.text, where);
  log_item(look, "time", {right - where_width, slider_top}, {right, middle + look.px(14)}, where);
}

}  // namespace gatescope::ui
