#include "app/ui/main_window.h"

#include <algorithm>

#include "app/ui/draw.h"

namespace gatescope::ui {
namespace {

constexpr ImGuiWindowFlags kPlain = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                    ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBackground |
                                    ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoNav;

/// A region that scrolls where its content is longer.
template <class Draw>
void column(const char* id, ImVec2 at, ImVec2 size, Draw draw) {
  if (size.x <= 0 || size.y <= 0) return;
  ImGui::SetCursorScreenPos(at);
  ImGui::BeginChild(id, size);
  draw();
  ImGui::EndChild();
}

void separator(const Look& look, ImVec2 from, ImVec2 to) {
  ImGui::GetWindowDrawList()->AddLine(from, to, look.separator);
}

}  // namespace

MainWindow::MainWindow(gl::Context gl, Gui& gui, Workbench& bench)
    : gui_(gui), bench_(bench), canvases_(std::move(gl)) {
  desk_.ask_left_behind = bench.left_behind().has_value();
}

void MainWindow::frame(int width, int height, float monitor_scale, double seconds) {
  desk_.monitor_scale = monitor_scale;
  bench_.tick(seconds);
  gui_.set_look(bench_.view().theme, desk_.monitor_scale);
  gui_.begin_frame(width, height, static_cast<float>(seconds));
  act_on_keys();
  draw(width, height);
  gui_.end_frame();
}

void MainWindow::act_on_keys() {
  for (const KeyPress& press : gui_.presses()) {
    const bool dialog =
        ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
    if (dialog) continue;
    const Shortcut* shortcut = find_shortcut(press, gui_.wants_text());
    if (shortcut && (shortcut->repeats || !press.repeat))
      perform(shortcut->action, shortcut->number, bench_, desk_);
  }
}

void MainWindow::draw(int width, int height) {
  const Look& look = gui_.look();
  const ImVec2 all{static_cast<float>(width), static_cast<float>(height)};
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(all);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::Begin("##main", nullptr, kPlain);
  ImGui::PopStyleVar();
  bench_.hovered_step.reset();
  bench_.hovered_unit.reset();

  const float gap = look.padding(), menu = look.px(34), bar = look.px(46), timeline = look.px(50);
  column("##menus", {gap, look.px(4)}, {all.x - 2 * gap, menu - look.px(4)},
         [&] { draw_menus(look, bench_, desk_); });
  separator(look, {0, menu}, {all.x, menu});
  column("##transport", {gap, menu + look.px(8)}, {all.x - 2 * gap, bar - look.px(8)},
         [&] { draw_transport(look, bench_, desk_); });
  const float top = menu + bar + look.px(4), bottom = all.y - timeline;
  separator(look, {0, top - look.px(3)}, {all.x, top - look.px(3)});

  // Narrow windows keep room for the stage.
  ViewState sizes = bench_.view();
  const float most = std::max(150.0f, all.x / look.scale * 0.26f);
  sizes.left = std::min(sizes.left, most);
  sizes.right = std::min(sizes.right, most);
  sizes.probe = std::min(sizes.probe, std::max(84.0f, (bottom - top) / look.scale * 0.4f));
  const float left = look.px(sizes.left), right = look.px(sizes.right), probe = look.px(sizes.probe);
  const float tall = bottom - top - gap;
  column("##left", {gap, top + look.px(4)}, {left - gap, tall},
         [&] { draw_experiment(look, bench_, desk_); });
  column("##right", {all.x - right, top + look.px(4)}, {right - gap, tall},
         [&] { draw_inspector(look, bench_, desk_); });
  const float x = left + gap, room = all.x - right - gap - x;
  column("##probe", {x, top + look.px(4)}, {room, probe}, [&] {
    draw_probe(look, bench_, desk_, {room, probe});
  });
  const float stage_top = top + look.px(4) + probe + look.px(8);
  column("##stage", {x, stage_top}, {room, bottom - gap / 2 - stage_top}, [&] {
    draw_stage(look, bench_, desk_, canvases_, {room, bottom - gap / 2 - stage_top});
  });
  separator(look, {0, bottom}, {all.x, bottom});
  column("##timeline", {gap, bottom + 1}, {all.x - 2 * gap, timeline - 1}, [&] {
    draw_timeline(look, bench_, desk_, {all.x - 2 * gap, timeline - 1});
  });

  const bool moved =
      splitter(look, "##left handle", true, {left + gap / 2, top}, bottom - top, sizes.left, 150, 520, 1) |
      splitter(look, "##right handle", true, {all.x - right - gap / 2, top}, bottom - top, sizes.right, 150,
               560, -1) |
      splitter(look, "##probe handle", false, {x, stage_top - look.px(4)}, room, sizes.probe, 70, 600, 1);
  if (moved)
    bench_.look([&](ViewState& v) { v.left = sizes.left, v.right = sizes.right, v.probe = sizes.probe; });
  ImGui::End();
  draw_overlays(look, bench_, desk_);
}

void MainWindow::settle(int width, int height, float monitor_scale) {
  bench_.session().settle();
  for (int k = 0; k < 240; ++k) {
    frame(width, height, monitor_scale, 1.0 / 60);
    bench_.session().settle();
    bench_.figures().settle();
    if (k > 3 && bench_.figures().idle() && canvases_.up_to_date() && gui_.next_frame_in() > 0) {
      // One more, in which everything that was just made is seen.
      frame(width, height, monitor_scale, 1.0 / 60);
      if (bench_.figures().idle() && canvases_.up_to_date()) return;
    }
  }
}

std::string MainWindow::title() const {
  const std::string& title = bench_.now().experiment.title;
  return title.empty() ? "Gatescope" : title + " - Gatescope";
}

double MainWindow::next_frame_in() const {
  double wait = gui_.next_frame_in();
  if (bench_.playing() || bench_.pulse_playing()) wait = 0;
  if (bench_.moving() || !const_cast<Workbench&>(bench_).figures().idle() || !canvases_.up_to_date())
    wait = std::min(wait, 1.0 / 30);
  if (!bench_.notices().empty()) wait = std::min(wait, 0.5);
  return wait;
}

}  // namespace gatescope::ui
