#include "tests/app/kit/driver.h"

#include <utility>

#include "app/kit/screenshot.h"
#include "core/error.h"
#include "core/utf8.h"
#include "tests/app/golden_picture.h"

namespace gatescope::test {

Driver::Driver() : Driver(Setup{}) {}

Driver::Driver(Setup setup)
    : gui(context.functions(), setup.theme, setup.scale),
      canvas_(context.functions()),
      width_(setup.width),
      height_(setup.height) {
  gui.record_items(true);
  gui.focus(true);
}

void Driver::show(std::function<void()> frame) {
  frame_ = std::move(frame);
  settle();
}

void Driver::show_in_window(std::function<void()> content) {
  show([content = std::move(content)] {
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
    ImGui::Begin("##all", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                     ImGuiWindowFlags_NoBringToFrontOnFocus);
    content();
    ImGui::End();
  });
}

void Driver::show_whole(std::function<void(double)> frame) {
  whole_ = std::move(frame);
}

void Driver::frame(double seconds) {
  if (!whole_) gui.begin_frame(width_, height_, static_cast<float>(seconds));
  try {
    if (whole_) return whole_(seconds);
    if (frame_) frame_();
  } catch (...) {
    gui.abandon_frame();
    throw;
  }
  gui.end_frame();
}

void Driver::frames(int count, double seconds) {
  for (int i = 0; i < count; ++i) frame(seconds);
}

void Driver::settle() {
  frame(1.0 / 60);
  for (int i = 0; i < 60 && gui.next_frame_in() == 0; ++i) frame(1.0 / 60);
  frame(1.0 / 60);
}

void Driver::resize(int width, int height) {
  width_ = width;
  height_ = height;
  settle();
}

bool Driver::has(std::string_view label) const {
  const auto* found = gui.items().find(label);
  return found != nullptr && found->seen;
}

const ui::ItemLog::Item& Driver::item(std::string_view label) const {
  const auto* found = gui.items().find(label);
  if (found == nullptr) fail("nothing is called '{}'; there are: {}", label, labels());
  return *found;
}

const ui::ItemLog::Item& Driver::seen(std::string_view label) const {
  const auto& found = item(label);
  if (!found.seen) fail("'{}' is scrolled out of sight", label);
  return found;
}

std::string Driver::labels() const {
  std::string all;
  for (const auto& each : gui.items().items) all += (all.empty() ? "" : ", ") + each.label;
  return all;
}

plot::Raster Driver::picture() {
  return ui::screenshot(context.functions(), gui, canvas_, width_, height_);
}

void Driver::save(const std::filesystem::path& png) {
  app::write_png(png, picture());
}

void Driver::move(float x, float y) {
  gui.mouse_move(x, y);
  settle();
}

void Driver::hover(std::string_view label, double seconds) {
  const ImVec2 at = seen(label).middle();
  move(at.x, at.y);
  frames(4, seconds / 4);
}

void Driver::click(std::string_view label, int button, ui::Mods mods) {
  const ImVec2 at = seen(label).middle();
  click_at(at.x, at.y, button, mods);
}

void Driver::click_at(float x, float y, int button, ui::Mods mods) {
  gui.mouse_move(x, y);
  gui.mouse_button(button, true, mods);
  gui.mouse_button(button, false, mods);
  settle();
  frames(1, 0.5);  // so that the next click is not the second of a double click
}

void Driver::double_click(std::string_view label) {
  const ImVec2 at = seen(label).middle();
  gui.mouse_move(at.x, at.y);
  for (const bool down : {true, false, true, false}) gui.mouse_button(0, down);
  settle();
  frames(1, 0.5);
}

void Driver::drag(std::string_view label, float dx, float dy, bool release) {
  const ImVec2 at = seen(label).middle();
  drag_at(at.x, at.y, dx, dy, release);
}

void Driver::drag_at(float x, float y, float dx, float dy, bool release) {
  constexpr int steps = 5;
  gui.mouse_move(x, y);
  gui.mouse_button(0, true);
  for (int i = 1; i <= steps; ++i) {
    const float part = static_cast<float>(i) / steps;
    gui.mouse_move(x + part * dx, y + part * dy);
    settle();
  }
  if (release) this->release();
}

void Driver::release(int button) {
  gui.mouse_button(button, false);
  settle();
  frames(1, 0.5);
}

void Driver::wheel(float dy, float dx) {
  gui.wheel(dx, dy);
  settle();
}

void Driver::key(ui::Key key, ui::Mods mods) {
  gui.key(key, true, mods);
  gui.key(key, false, mods);
  settle();
}

void Driver::type(std::string_view utf8, bool settled) {
  for (const char32_t c : decode_utf8(utf8, InvalidUtf8::error, "typed text")) gui.character(c);
  if (settled) settle();
}

}  // namespace gatescope::test
