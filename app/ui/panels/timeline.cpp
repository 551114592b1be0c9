// The replay: forward and backward through the probe's steps.

#include <fmt/format.h>

#include <cmath>

#include "app/ui/draw.h"
#include "app/ui/panels/panels.h"

namespace gatescope::ui {

void draw_timeline(const Look& look, Workbench& bench, Desk&, ImVec2 size) {
  const int last = std::max(0, bench.steps() - 1);
  const float line = ImGui::GetCursorPosY() + (size.y - ImGui::GetFrameHeight()) / 2;
  ImGui::SetCursorPosY(line);
  const int direction = bench.direction();
  if (icon_button(look, "##first", Icon::to_start, Kind::plain, "First step\n" + written(Action::first_step)))
    bench.choose_step(0);
  ImGui::SameLine();
  if (icon_button(look, "##back", Icon::step_back, Kind::plain,
                  "One step back\n" + written(Action::step_back)))
    bench.choose_step(bench.view().step - 1);
  ImGui::SameLine();
  if (icon_button(look, "##backward", direction < 0 ? Icon::pause : Icon::reverse,
                  direction < 0 ? Kind::primary : Kind::plain,
                  "Play backward\n" + written(Action::play_backward)))
    bench.play(direction < 0 ? 0 : -1);
  ImGui::SameLine();
  if (icon_button(look, "##play", direction > 0 ? Icon::pause : Icon::play, Kind::primary,
                  "Play\n" + written(Action::play)))
    bench.play(direction > 0 ? 0 : 1);
  ImGui::SameLine();
  if (icon_button(look, "##forward", Icon::step_forward, Kind::plain,
                  "One step on\n" + written(Action::step_forward)))
    bench.choose_step(bench.view().step + 1);
  ImGui::SameLine();
  if (icon_button(look, "##last", Icon::to_end, Kind::plain, "Last step\n" + written(Action::last_step)))
    bench.choose_step(last);
  ImGui::SameLine();
  if (icon_button(look, "##loop", Icon::loop, bench.view().loop ? Kind::primary : Kind::quiet,
                  "Begin again at the end\n" + written(Action::loop)))
    bench.look([](ViewState& v) { v.loop = !v.loop; });
  ImGui::SameLine(0, look.px(14));
  float speed = static_cast<float>(std::log2(bench.view().speed));
  if (slider(look, "##speed", speed, 0, 6, look.muted, look.px(72)))
    bench.look([&](ViewState& v) { v.speed = std::exp2(static_cast<double>(speed)); });
  tooltip(look, "Speed\nSteps a second; + and − change it, too.");
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  const std::string speed_text = fmt::format("{:.0f}/s", bench.view().speed);
  ImGui::TextUnformatted(speed_text.c_str());
  ImGui::SameLine(0, look.px(14));
  const std::string where = fmt::format("t = {} / {}", bench.view().step, last);
  const float room = ImGui::GetContentRegionAvail().x - look.px(100);
  float step = static_cast<float>(bench.view().step);
  if (slider(look, "##time", step, 0, static_cast<float>(std::max(1, last)), look.accent,
             std::max(look.px(60), room)))
    bench.choose_step(static_cast<int>(std::lround(step)));
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(where.c_str());
  log_item(look, "time", where);
}

}  // namespace gatescope::ui
