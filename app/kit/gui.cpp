#include "app/kit/gui.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <limits>
#include <utility>

#include "app/kit/focus.h"
#include "app/kit/imgui_compat.h"
#include "core/error.h"

namespace gatescope::ui {
namespace {

/// Glyphs beyond DejaVu's that the window keeps, of all fonts.
constexpr std::size_t most_extra = 8192;

/// Makes a context ImGui's current one, and puts the one before back.
class Current {
 public:
  explicit Current(ImGuiContext* context) : before_(ImGui::GetCurrentContext()) {
    ImGui::SetCurrentContext(context);
  }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;
  ~Current() { ImGui::SetCurrentContext(before_); }

 private:
  ImGuiContext* before_;
};

}  // namespace

Gui::Gui(gl::Context gl, plot::ThemeName theme, float monitor_scale)
    : gl_(std::move(gl)),
      fonts_(find_fonts()),
      look_(make_look(theme, monitor_scale)),
      theme_(theme),
      monitor_scale_(monitor_scale),
      held_(static_cast<std::size_t>(Key::count)) {
  ImGuiContext* before = ImGui::GetCurrentContext();
  context_ = ImGui::CreateContext();
  ImGui::SetCurrentContext(context_);
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.ConfigWindowsMoveFromTitleBarOnly = true;
  io.DisplaySize = {1, 1};
  io.UserData = &letters_;
  compat::set_up_keys(io);
  compat::set_clipboard<&Gui::clipboard_text, &Gui::copy_to_clipboard>(io, this);
  bool started = false;
  try {
    make_fonts(*io.Fonts, fonts_, gl_->max_texture_size, look_);
    started = ImGui_ImplOpenGL3_Init(gl_->es ? "#version 300 es" : "#version 330 core");
    if (!started) fail("the window cannot be drawn with {}", gl_->description);
    ImGui_ImplOpenGL3_NewFrame();  // compiles the shaders and uploads the fonts
  } catch (...) {
    if (started) ImGui_ImplOpenGL3_Shutdown();
    ImGui::DestroyContext(context_);
    ImGui::SetCurrentContext(before);
    throw;
  }
  ImGui::GetStyle() = make_style(look_);
  look_.memory = &memory_;
  ImGui::SetCurrentContext(before);
}

const char* Gui::clipboard_text(void* gui) {
  Gui& self = *static_cast<Gui*>(gui);
  if (self.clipboard_get_) self.clipboard_ = self.clipboard_get_();
  self.clipboard_ = self.letters_.stand_ins.pasted(self.clipboard_, self.letters_.lines);
  return self.clipboard_.c_str();
}

void Gui::copy_to_clipboard(void* gui, const char* text) {
  Gui& self = *static_cast<Gui*>(gui);
  self.clipboard_ = self.letters_.stand_ins.show(text);
  if (self.clipboard_set_) self.clipboard_set_(self.clipboard_);
}

Gui::~Gui() {
  ImGuiContext* before = ImGui::GetCurrentContext();
  ImGui::SetCurrentContext(context_);
  ImGui_ImplOpenGL3_Shutdown();
  ImGui::DestroyContext(context_);
  ImGui::SetCurrentContext(before == context_ ? nullptr : before);
}

void Gui::set_clipboard(std::function<std::string()> get, std::function<void(const std::string&)> set) {
  clipboard_get_ = std::move(get);
  clipboard_set_ = std::move(set);
}

void Gui::set_look(plot::ThemeName theme, float monitor_scale, float text) {
  if (theme == theme_ && monitor_scale == monitor_scale_ && text == text_) return;
  const Current current(context_);
  Look look = make_look(theme, monitor_scale, text);
  look.memory = look_.memory;
  look.items = look_.items;
  if (look.scale != look_.scale) {
    forget_pieces();
    make_fonts(*ImGui::GetIO().Fonts, fonts_, gl_->max_texture_size, look, extra_);
    compat::replace_font_texture();
  } else {
    for (auto font : look_fonts) look.*font = look_.*font;
  }
  look_ = look;
  theme_ = theme;
  monitor_scale_ = monitor_scale;
  text_ = text;
  ImGui::GetStyle() = make_style(look_);
  memory_.again = true;
}

void Gui::forget_pieces() {
  letters_.forget_pieces();
  std::erase_if(extra_, [](const ExtraGlyph& glyph) { return glyph.piece != nullptr; });
}

void Gui::note_letters() {
  for (const auto& [place, glyph] : letters_.take_lacking()) {
    const ExtraGlyph wanted{look_fonts[place.first], place.second, glyph.character, glyph.piece};
    // What is there already found no room in the texture.
    if (std::ranges::none_of(extra_, [&](const ExtraGlyph& made) {
          return made.font == wanted.font && made.code == wanted.code;
        }))
      lacking_.push_back(wanted);
  }
  if (letters_.full() || !lacking_.empty()) memory_.again = true;
}

void Gui::make_letters() {
  if (letters_.full() || extra_.size() + lacking_.size() > most_extra) {
    extra_.clear();  // what is still shown is made again
    lacking_.clear();
    letters_.forget_pieces();
    memory_.again = true;
  }
  if (lacking_.empty()) return;
  extra_.insert(extra_.end(), lacking_.begin(), lacking_.end());
  lacking_.clear();
  make_fonts(*ImGui::GetIO().Fonts, fonts_, gl_->max_texture_size, look_, extra_);
  compat::replace_font_texture();
}

void Gui::begin_frame(int width, int height, float seconds) {
  ImGui::SetCurrentContext(context_);
  in_frame_ = true;
  width_ = std::max(width, 1);
  height_ = std::max(height, 1);
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = {static_cast<float>(width_), static_cast<float>(height_)};
  io.DeltaTime = std::clamp(seconds, 1e-4f, 1.0f);
  make_letters();
  feed_input();
  memory_.again = false;
  memory_.wake_after = 0;
  memory_.open_cards = 0;
  recorded_.items.clear();
  recorded_.texts.clear();
  ImGui_ImplOpenGL3_NewFrame();
  ImGui::NewFrame();
  move_focus();
  if (memory_.edit.id == 0 && compat::pressed(Key::escape) && compat::close_top_popup())
    std::erase_if(presses_, [](const KeyPress& press) { return press.key == Key::escape; });
}

/// Tab goes from control to control; Enter, Space and the arrows are for the one it has come to, the
/// pointer's button takes the ring away.
void Gui::move_focus() {
  Memory::Focus& focus = memory_.focus;
  focus.press = focus.drawn = false;
  focus.turn = 0;
  focus.last.swap(focus.order);
  focus.order.clear();
  if (ImGui::IsMouseClicked(0) || ImGui::IsMouseClicked(1)) focus.id = 0;
  if (wants_text() || compat::list_open()) return;
  std::erase_if(presses_, [&](const KeyPress& press) {
    const bool plain = !press.mods.ctrl && !press.mods.alt;
    if (press.key == Key::tab && plain) {
      step_focus(focus, focus.id, press.mods.shift ? -1 : 1);
      memory_.again = true;
      return true;
    }
    if (focus.id == 0 || !plain) return false;
    const auto takes = [&](bool meant) {
      memory_.again = memory_.again || meant;
      return meant;
    };
    if (press.key == Key::enter || press.key == Key::space) {
      focus.press = !press.repeat;
      return takes(true);
    }
    if (focus.arrows && (press.key == Key::left || press.key == Key::right)) {
      focus.turn = press.key == Key::right ? 1 : -1;
      return takes(true);
    }
    if (press.key != Key::escape || compat::modal_open()) return false;
    focus.id = 0;
    return takes(true);
  });
}

void Gui::end_frame() {
  // A field that is no longer drawn keeps nothing.
  const int frame = ImGui::GetFrameCount();
  if (memory_.edit.id != 0 && memory_.edit.last_frame < frame - 1) memory_.edit = {};
  if (memory_.drag.id != 0 && memory_.drag.last_frame < frame - 1) memory_.drag = {};
  if (!memory_.focus.drawn) memory_.focus.id = 0, memory_.focus.moved = false;
  if (compat::fading()) memory_.again = true;
  ImGui::Render();
  note_letters();
  std::swap(items_, recorded_);
  in_frame_ = false;
}

void Gui::abandon_frame() {
  if (!in_frame_) return;
  memory_.cards.clear();
  memory_.edit = {};
  memory_.drag = {};
  memory_.again = true;
  recorded_.items.clear();
  compat::abandon_frame();
  in_frame_ = false;
}

void Gui::draw() const {
  const Current current(context_);
  if (ImDrawData* data = ImGui::GetDrawData()) ImGui_ImplOpenGL3_RenderDrawData(data);
}

void Gui::clear_and_draw() const {
  const plot::Color ground = from_imgui(look_.background);
  gl_->Disable(GL_SCISSOR_TEST);
  gl_->ClearColor(ground.red, ground.green, ground.blue, 1);
  gl_->Clear(GL_COLOR_BUFFER_BIT);
  draw();
}

bool Gui::wants_text() const {
  const Current current(context_);
  return memory_.edit.id != 0 || ImGui::GetIO().WantTextInput;
}

bool Gui::popup_open() const {
  const Current current(context_);
  return ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
}

bool Gui::wants_mouse() const {
  const Current current(context_);
  return ImGui::GetIO().WantCaptureMouse;
}

Pointer Gui::pointer() const {
  const Current current(context_);
  switch (ImGui::GetMouseCursor()) {
    case ImGuiMouseCursor_TextInput:
      return Pointer::text;
    case ImGuiMouseCursor_Hand:
      return Pointer::hand;
    case ImGuiMouseCursor_ResizeEW:
      return Pointer::resize_horizontal;
    case ImGuiMouseCursor_ResizeNS:
      return Pointer::resize_vertical;
    case ImGuiMouseCursor_ResizeAll:
      return Pointer::move;
    case ImGuiMouseCursor_NotAllowed:
      return Pointer::forbidden;
    default:
      return Pointer::arrow;
  }
}

double Gui::next_frame_in() const {
  if (!events_.empty() || memory_.again) return 0;
  double wait = std::numeric_limits<double>::infinity();
  if (memory_.wake_after > 0) wait = memory_.wake_after;
  if (wants_text()) wait = std::min(wait, 0.25);  // the caret blinks
  return wait;
}

void Gui::record_items(bool on) {
  look_.items = on ? &recorded_ : nullptr;
}

}  // namespace gatescope::ui
