#include "app/platform/keyboard.h"

#include <array>
#include <utility>

namespace gatescope::platform {
namespace {

using ui::Key;
using ui::Mods;

Key offset(Key first, char32_t by) {
  return static_cast<Key>(static_cast<int>(first) + static_cast<int>(by));
}

bool letter(Key key) {
  return key >= Key::a && key <= Key::z;
}
bool digit(Key key) {
  return key >= Key::digit_0 && key <= Key::digit_9;
}

/// The zeros of the scripts that keyboards have digits of.
constexpr std::array<char32_t, 19> zeros{U'0',   0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66,
                                         0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50,
                                         0x0ED0, 0x0F20, 0x1040, 0x17E0, 0xFF10};

}  // namespace

Key key_of_character(char32_t c) {
  if (c >= U'a' && c <= U'z') return offset(Key::a, c - U'a');
  if (c >= U'A' && c <= U'Z') return offset(Key::a, c - U'A');
  for (const char32_t zero : zeros)
    if (c >= zero && c <= zero + 9) return offset(Key::digit_0, c - zero);
  switch (c) {
    case U' ':
      return Key::space;
    case U'?':
      return Key::question;
    case U'+':
      return Key::plus;
    case U'-':
      return Key::minus;
    default:
      return Key::none;
  }
}

Keyboard::Meaning Keyboard::by_character(const Stroke& stroke, char32_t character) {
  const Key key = key_of_character(character);
  if (letter(key)) return stroke.altgr ? Meaning{} : Meaning{key, stroke.mods};
  Mods mods = stroke.mods;
  if (key != Key::none) {
    if (key != Key::space) mods.shift = false;  // it was needed to print
    return {key, mods};
  }
  if (stroke.altgr) return {};
  if (const Key own = key_of_character(stroke.printed); digit(own) && mods.shift) return {own, mods};
  return stroke.latin ? Meaning{} : Meaning{stroke.place, mods};
}

Keyboard::Meaning Keyboard::by_key(const Stroke& stroke) {
  if (stroke.function != Key::none) return {stroke.function, stroke.mods};
  if (stroke.altgr) return {};
  const Key own = key_of_character(stroke.printed);
  if (letter(own) || digit(own)) return {own, stroke.mods};
  // Larger text: where + needs Shift, Ctrl with its key alone is meant as well.
  if (stroke.mods.ctrl && stroke.printed == U'=') return {Key::plus, {true, false, stroke.mods.alt}};
  const bool command = stroke.mods.ctrl || stroke.mods.alt;
  if (command && digit(stroke.place)) return {stroke.place, {stroke.mods.ctrl, false, stroke.mods.alt}};
  if (!stroke.latin && stroke.place != Key::none) return {stroke.place, stroke.mods};
  // What Shift makes of a sign only its character says.
  return stroke.mods.shift ? Meaning{} : Meaning{own, stroke.mods};
}

void Keyboard::act(int scancode, const Meaning& meaning) {
  const auto held = held_.find(scancode);
  if (held != held_.end() && held->second != meaning.key) release(scancode, meaning.mods);
  if (meaning.key == Key::none) return;
  held_[scancode] = meaning.key;
  if (events_.key) events_.key(meaning.key, true, meaning.mods);
}

void Keyboard::press(const Stroke& stroke) {
  settle();
  last_.reset();
  last_released_ = false;
  if (stroke.prints && !stroke.mods.ctrl && !stroke.mods.alt)
    last_ = stroke;
  else
    act(stroke.scancode, by_key(stroke));
}

void Keyboard::character(char32_t character) {
  if (last_) {
    const Stroke stroke = *std::exchange(last_, std::nullopt);
    const Meaning meaning = by_character(stroke, character);
    act(stroke.scancode, meaning);
    if (last_released_) release(stroke.scancode, meaning.mods);
  }
  if (events_.character) events_.character(character);
}

void Keyboard::settle() {
  if (!last_) return;
  const Meaning meaning = by_key(*last_);
  if (meaning.key == Key::none) return;  // an input method may still bring its character
  const int scancode = last_->scancode;
  last_.reset();
  act(scancode, meaning);
}

void Keyboard::release(int scancode, Mods mods) {
  settle();
  if (last_ && last_->scancode == scancode) last_released_ = true;
  const auto held = held_.find(scancode);
  if (held == held_.end()) return;
  const Key key = held->second;
  held_.erase(held);
  if (events_.key) events_.key(key, false, mods);
}

}  // namespace gatescope::platform
