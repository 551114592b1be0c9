#include "app/panels/main_window.h"

#include <algorithm>
#include <cmath>

#include "app/kit/draw.h"
#include "core/in_quotes.h"

namespace gatescope::ui {
namespace {

constexpr ImGuiWindowFlags kPlain = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                    ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBackground |
                                    ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoNav;

/// A region that scrolls where its content is longer. `bar`: room for the scroll bar on its right, which the
/// content never has.
template <class Draw>
void column(const char* id, ImVec2 at, ImVec2 size, Draw draw, float bar = 0) {
  if (size.x <= 0 || size.y <= 0) return;
  ImGui::SetCursorScreenPos(at);
  ImGui::BeginChild(id, {size.x + bar, size.y});
  if (bar > 0) compat::set_content_right(at.x + size.x);
  draw();
  ImGui::EndChild();
}

/// Where the columns beside the stage stand, in points: as wide as chosen, but never so wide that the stage
/// has no room, and without the inspector's where a screen has no room for three.
struct WindowLayout {
  bool left = true, right = true;
  float left_width = 0, right_width = 0, probe = 0;
};

WindowLayout plan_columns(const ViewState& view, float width, float height) {
  WindowLayout plan;
  plan.left = view.left_column.value_or(width >= 560);
  plan.right = view.right_column.value_or(width >= 900);
  const float share = plan.left && plan.right ? 0.27f : 0.36f;
  const float most = std::max(190.0f, width * share);
  plan.left_width = std::min(view.left, most);
  plan.right_width = std::min(view.right, most);
  // Until another height is chosen, the probe gives way to the stage where there is little room for both.
  constexpr float stage = 300;
  const bool chosen = view.probe != ViewState().probe;
  const float share_of_probe = chosen ? height * 0.3f : std::min(height * 0.3f, height - stage);
  plan.probe = std::min(view.probe, std::max(82.0f, share_of_probe));
  return plan;
}

/// The factor on the theme's type. A window with no room for its menus and a view in that type has smaller,
/// down to the usual; the presenter's smallest is a 45th of the window's height.
float type_of(const ViewState& view, float monitor_scale, int width, int height) {
  constexpr float least_width = 500, least_height = 400;  // points of the usual type
  const float usual_type =
      plot::usual_caption_size(view.theme) / plot::usual_caption_size(plot::ThemeName::dark);
  const float point = usual_type * std::max(monitor_scale, 0.5f);
  const float most = std::min(static_cast<float>(width) / (least_width * point),
                              static_cast<float>(height) / (least_height * point));
  const float chosen = std::min(static_cast<float>(view.text_size), std::max(most, 1 / usual_type));
  if (!view.presenter) return chosen;
  const float usual = plot::usual_caption_size(view.theme) * std::max(monitor_scale, 0.5f);
  const float least = static_cast<float>(height) / 45 / usual;
  constexpr float steps = 20;  // an a size, so that fonts are not made anew for every pixel
  return std::clamp(std::ceil(std::max(chosen, 1.015f * least) * steps) / steps, 0.5f, 6.0f);
}

void separator(const Look& look, ImVec2 from, ImVec2 to) {
  ImGui::GetWindowDrawList()->AddLine(from, to, look.separator);
}

}  // namespace

MainWindow::MainWindow(gl::Context gl, Gui& gui, Workbench& bench)
    : gui_(gui),
      bench_(bench),
      player_(bench, lesson::lessons_among(bench.folders().presets)),
      recorder_(bench),
      canvases_(std::move(gl)) {
  if (!bench.beginning().left_behind().empty()) bench.editor().follow(OpenDialog{Dialog::left_behind});
}

void MainWindow::frame(int width, int height, float monitor_scale, double seconds) {
  desk_.monitor_scale = monitor_scale;
  bench_.tick(seconds);
  recorder_.tick();
  if (player_.open() && !gui_.look().items) gui_.record_items(true);  // controls are outlined by their labels
  const ViewState& view = bench_.shown().view();
  desk_.text = type_of(view, monitor_scale, width, height);
  gui_.set_look(view.theme, desk_.monitor_scale, desk_.text);
  gui_.speak(bench_.language().phrases);
  gui_.begin_frame(width, height, static_cast<float>(seconds));
  act_on_keys();
  lesson_moved_ = player_.tick();
  draw(width, height);
  gui_.end_frame();
}

bool MainWindow::go_on_by(const KeyPress& press) {
  if (!player_.open() || gui_.wants_text() || press.mods != Mods{} || press.repeat) return false;
  const bool on = press.key == Key::right || press.key == Key::page_down;
  if (!on && press.key != Key::left && press.key != Key::page_up) return false;
  on ? player_.next() : player_.back();
  return true;
}

/// Around the control whose word in the lesson is pointed at; over all else.
void MainWindow::outline_pointed() {
  if (!player_.open()) return;
  const ItemLog::Item* item = item_pointed_at(gui_.items(), desk_.lesson.pointed);
  if (!item || !item->seen) return;
  const Look& look = gui_.look();
  const float out = look.px(3);
  ImGui::GetForegroundDrawList()->AddRect({item->low.x - out, item->low.y - out},
                                          {item->high.x + out, item->high.y + out}, look.accent, look.px(6),
                                          0, look.px(2.5f));
}

void MainWindow::act_on_keys() {
  for (const KeyPress& press : gui_.presses()) {
    const bool dialog =
        ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
    if (dialog) continue;
    if (press.mods.alt && !press.mods.ctrl && !press.repeat) {
      if (const auto menu = menu_of(press.key)) {
        desk_.menus.next = menu;
        desk_.menus.by_keys = true;
      }
      continue;
    }
    if (!gui_.wants_text() && press_in_mark_bar(press, bench_, desk_)) continue;
    if (go_on_by(press)) continue;
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
  desk_.mark.reset();
  desk_.in_motion = false;

  if (bench_.shown().view().presenter) {
    draw_presenter(all);
    ImGui::End();
    draw_mark_bar(look, bench_, desk_);
    draw_overlays(look, bench_, desk_);
    outline_pointed();
    return;
  }
  const float gap = look.padding(), menu = look.px(36), transport = look.px(46), timeline = look.px(50);
  column("##menus", {gap, look.px(4)}, {all.x - 2 * gap, menu - look.px(4)},
         [&] { draw_menus(look, bench_, desk_); });
  separator(look, {0, menu}, {all.x, menu});
  column("##transport", {gap, menu + look.px(8)}, {all.x - 2 * gap, transport - look.px(8)},
         [&] { draw_transport(look, bench_, desk_); });
  const bool learns = bench_.shown().now().can_train;
  const float training_time = learns ? look.px(35) : 0;
  const float wide = all.x - 2 * gap;
  const float strip = lay_out_lesson(look, bench_, player_, desk_.lesson, wide);
  column("##lesson", {gap, menu + transport}, {wide, strip}, [&] {
    draw_lesson(look, bench_, player_, desk_.lesson, {wide, strip});
  });
  const float top = menu + transport + look.px(4) + (strip > 0 ? strip + look.px(4) : 0),
              bottom = all.y - timeline - training_time;
  separator(look, {0, top - look.px(3)}, {all.x, top - look.px(3)});

  const WindowLayout plan =
      plan_columns(bench_.shown().view(), all.x / look.scale, (bottom - top) / look.scale);
  desk_.left_shown = plan.left;
  desk_.right_shown = plan.right;
  float left = plan.left_width, right = plan.right_width, high = plan.probe;
  const float tall = bottom - top - gap, from = top + look.px(4), bar = ImGui::GetStyle().ScrollbarSize;
  const float x = plan.left ? look.px(left) + 2 * gap : gap;
  const float stage_right = all.x - (plan.right ? look.px(right) + 2 * gap : gap), room = stage_right - x;
  if (plan.left)
    column(
        "##left", {gap, from}, {look.px(left) - gap, tall}, [&] { draw_experiment(look, bench_, desk_); },
        bar + look.px(2));
  const float probe = look.px(high);
  column("##probe", {x, from}, {room, probe}, [&] { draw_probe(look, bench_, desk_, {room, probe}); });
  const float stage_top = from + probe + look.px(8);
  column("##stage", {x, stage_top}, {room, bottom - gap - stage_top}, [&] {
    draw_stage(look, bench_, desk_, canvases_, {room, bottom - gap - stage_top});
  });
  if (plan.right)
    column(
        "##right", {stage_right + 2 * gap, from}, {look.px(right) - gap, tall},
        [&] { draw_inspector(look, bench_, desk_); }, bar + look.px(2));
  separator(look, {0, bottom}, {all.x, bottom});
  column("##training time", {gap, bottom + look.px(4)}, {all.x - 2 * gap, training_time - look.px(4)}, [&] {
    draw_training_time(look, bench_, {all.x - 2 * gap, training_time - look.px(4)});
  });
  column("##timeline", {gap, all.y - timeline + 1}, {all.x - 2 * gap, timeline - 1}, [&] {
    draw_timeline(look, bench_, desk_, {all.x - 2 * gap, timeline - 1});
  });

  const float line_top = top - look.px(3), line = bottom - line_top;
  bool moved =
      plan.left && splitter(look, "##left handle", true, {x - gap, line_top}, line, left, 190, 520, 1);
  moved |= plan.right &&
           splitter(look, "##right handle", true, {stage_right + gap, line_top}, line, right, 190, 560, -1);
  moved |= splitter(look, "##probe handle", false, {x, stage_top - look.px(4)}, room, high, 70, 600, 1);
  if (moved)
    bench_.act(SetPanelSizes{static_cast<double>(plan.left ? left : bench_.shown().view().left),
                             static_cast<double>(plan.right ? right : bench_.shown().view().right),
                             static_cast<double>(high)});
  ImGui::End();
  draw_mark_bar(look, bench_, desk_);
  draw_overlays(look, bench_, desk_);
  outline_pointed();
}

void MainWindow::draw_presenter(ImVec2 all) {
  const Look& look = gui_.look();
  const float gap = std::round(look.px(6)), bar = std::round(look.px(32)), replay = std::round(look.px(32));
  const float probe = desk_.editing_probe ? std::round(look.px(132)) : probe_row_height(look) + look.px(6);
  const float wide = all.x - 2 * gap, bottom = all.y - replay;
  float y = std::round(look.px(2));
  column("##switches", {gap, y}, {wide, bar}, [&] { draw_presenter_bar(look, bench_, desk_, {wide, bar}); });
  y += bar + look.px(2);
  const float strip = lay_out_lesson(look, bench_, player_, desk_.lesson, wide);
  column("##lesson", {gap, y}, {wide, strip}, [&] {
    draw_lesson(look, bench_, player_, desk_.lesson, {wide, strip});
  });
  if (strip > 0) y += strip + look.px(4);
  column("##probe", {gap, y}, {wide, probe}, [&] { draw_probe_row(look, bench_, desk_, {wide, probe}); });
  y = std::round(y + probe + gap);
  const ImVec2 room{wide, bottom - look.px(2) - y};
  column("##stage", {gap, y}, room, [&] { draw_views(look, bench_, desk_, canvases_, room); });
  column("##timeline", {gap, bottom}, {wide, replay}, [&] { draw_presenter_replay({wide, replay}); });
}

/// The replay; behind it the gradient's pulse where a view is about it, and the models where there are
/// several.
void MainWindow::draw_presenter_replay(ImVec2 size) {
  const Look& look = gui_.look();
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float middle = low.y + size.y / 2, gap = look.px(14);
  float room = size.x;
  if (const auto models = bench_.shown().now().models.size(); models > 1) {
    const float width = look.px(72) * static_cast<float>(models);
    room -= width;
    draw_model_choice(look, bench_, {low.x + room, middle}, width / 0.55f);
    room -= gap;
  }
  if (wants_one_loss(bench_.shown().view())) {
    const float width = std::min(look.px(330), room * 0.45f);
    room -= width;
    draw_pulse(look, bench_, {low.x + room, middle}, low.x + room + width);
    room -= gap;
  }
  ImGui::SetCursorScreenPos(low);
  draw_timeline(look, bench_, desk_, {room, size.y});
}

void MainWindow::settle(int width, int height, float monitor_scale) {
  bench_.session().settle();
  for (int k = 0; k < 240; ++k) {
    frame(width, height, monitor_scale, 1.0 / 60);
    bench_.session().settle();
    bench_.figures().settle();
    bench_.units_found().settle();
    if (k > 3 && bench_.figures().idle() && canvases_.up_to_date() && gui_.next_frame_in() > 0) {
      // One more, in which everything that was just made is seen.
      frame(width, height, monitor_scale, 1.0 / 60);
      if (bench_.figures().idle() && canvases_.up_to_date()) return;
    }
  }
}

std::string MainWindow::title() const {
  const std::string title = printable(bench_.shown().now().experiment.title);
  return title.empty() ? "Gatescope" : title + " - Gatescope";
}

double MainWindow::next_frame_in() const {
  double wait = std::min(gui_.next_frame_in(), bench_.wakes_in());
  if (desk_.in_motion || lesson_moved_ || bench_.replay().playing() || bench_.replay().pulse_playing())
    wait = 0;
  if (!bench_.units_found().idle()) wait = std::min(wait, 1.0 / 30);
  if (bench_.moving() || !const_cast<Workbench&>(bench_).figures().idle() || !canvases_.up_to_date())
    wait = std::min(wait, 1.0 / 30);
  if (!bench_.notices().all().empty()) wait = std::min(wait, 0.5);
  return wait;
}

}  // namespace gatescope::ui
