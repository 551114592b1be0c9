#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "app/gl/functions.h"
#include "app/kit/fonts.h"
#include "app/kit/item_log.h"
#include "app/kit/keys.h"
#include "app/kit/letters.h"
#include "app/kit/look.h"
#include "app/kit/memory.h"

namespace gatescope::ui {

enum class Pointer { arrow, text, hand, resize_horizontal, resize_vertical, move, forbidden };

/// Dear ImGui with our fonts and looks, in the OpenGL context that was current when it was made; that context
/// must be current for every call and when it ends. A frame is begin_frame, controls, end_frame, draw.
///
/// Input comes in at any time outside a frame, in pixels from the upper left corner. It is kept in order and
/// handed out over as many frames as it takes: a press and its release are never in one frame, nor a movement
/// and a press.
class Gui {
 public:
  /// Throws Error where DejaVu or a usable OpenGL is missing.
  explicit Gui(gl::Context gl, plot::ThemeName theme = plot::ThemeName::dark, float monitor_scale = 1);
  Gui(const Gui&) = delete;
  Gui& operator=(const Gui&) = delete;
  ~Gui();

  // Input.
  void mouse_move(float x, float y);
  void mouse_leave();
  /// 0: left, 1: right, 2: middle.
  void mouse_button(int button, bool down, Mods mods = {});
  /// In notches; up and left are positive.
  void wheel(float dx, float dy, Mods mods = {});
  /// Again with `down` while it is held: a repeat.
  void key(Key key, bool down, Mods mods = {});
  /// A typed character; the key that typed it comes before it, and acts by itself.
  void character(char32_t character);
  /// Whether the window has the keyboard; without it nothing stays pressed.
  void focus(bool focused);
  /// What all texts are said in, from the next frame on; null: English.
  void speak(std::shared_ptr<const language::Phrases> phrases) { letters_.speak(std::move(phrases)); }
  /// English texts with a word that the language had nothing for; noted where items are recorded.
  const std::set<std::string>& untold() const { return letters_.untold(); }
  /// Where text is copied to and pasted from; by default it stays within the Gui.
  void set_clipboard(std::function<std::string()> get, std::function<void(const std::string&)> set);

  // Frames.
  /// Fonts and style are made anew only where something changes. Outside a frame.
  /// `text`: factor on all type, whatever the theme.
  void set_look(plot::ThemeName theme, float monitor_scale, float text = 1);
  void begin_frame(int width, int height, float seconds);
  void end_frame();
  /// Instead of end_frame where what was drawn threw: the frame is dropped, whatever it left open.
  void abandon_frame();
  /// Onto the framebuffer that is bound, over what is there, with its viewport on all of it.
  void draw() const;
  /// The theme's background onto all of the framebuffer that is bound, then draw().
  void clear_and_draw() const;

  const Look& look() const { return look_; }
  /// Keys that were pressed in this frame, for shortcuts.
  std::span<const KeyPress> presses() const { return presses_; }
  /// A text field has the keyboard, or is about to.
  bool wants_text() const;
  /// A menu, a list or a dialog is open: keys are for it.
  bool popup_open() const;
  /// The pointer is over a control or a window of ImGui, or drags one.
  bool wants_mouse() const;
  /// The shape the pointer should have.
  Pointer pointer() const;
  /// Seconds until the next frame is wanted though nothing comes in: 0 where input waits or the layout has
  /// not settled, infinity where nothing moves.
  double next_frame_in() const;

  /// From the next frame on, controls say where they are; for tests and demonstrations.
  void record_items(bool on);
  /// Of the last complete frame.
  const ItemLog& items() const { return items_; }

 private:
  struct Move {
    float x, y;
  };
  struct Button {
    int button;
    bool down;
    Mods mods;
  };
  struct Wheel {
    float dx, dy;
    Mods mods;
  };
  struct KeyChange {
    Key key;
    bool down, repeat;
    Mods mods;
  };
  struct Character {
    char32_t character;
  };
  struct Focus {
    bool focused;
  };
  using Event = std::variant<Move, Button, Wheel, KeyChange, Character, Focus>;
  struct Taken;  ///< what this frame has taken of the input

  void move_focus();
  void note_letters();  ///< notes the glyphs that this frame lacked
  void make_letters();  ///< makes them
  void forget_pieces();
  void feed_input();
  bool feed(const Event& event, Taken& taken);
  void release_all();
  static const char* clipboard_text(void* gui);
  static void copy_to_clipboard(void* gui, const char* text);

  gl::Context gl_;
  FontSource fonts_;
  ImGuiContext* context_ = nullptr;
  Look look_;
  plot::ThemeName theme_;
  float monitor_scale_, text_ = 1;
  Memory memory_;
  Letters letters_{fonts_.any, look_};
  std::vector<ExtraGlyph> extra_, lacking_;
  ItemLog items_, recorded_;
  std::deque<Event> events_;
  std::vector<KeyPress> presses_;
  std::vector<bool> held_;
  std::function<std::string()> clipboard_get_;
  std::function<void(const std::string&)> clipboard_set_;
  std::string clipboard_;  ///< what ImGui reads
  int width_ = 1, height_ = 1;
  bool in_frame_ = false;
};

}  // namespace gatescope::ui
