#pragma once

#include <imgui.h>

#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatescope::ui {

/// As wide as high, so that it needs two letters' room: Chinese, Japanese, Korean, emoji.
bool is_wide(std::string_view character);

/// Gives characters that ImGui cannot hold (those above U+FFFF where its characters have 16 bits) and tabs,
/// which its fields drop, others that stand in for them, and back. Whatever a text has, coming back gives the
/// same text.
class StandIns {
 public:
  /// `largest` is the last character that ImGui holds.
  explicit StandIns(char32_t largest = IM_UNICODE_CODEPOINT_MAX) : largest_(largest) {}

  /// What stands for the character: itself where ImGui holds it. After 1,165 different ones no more can be
  /// had, and U+FFFD stands.
  char32_t hide(char32_t character);
  /// What a stand-in stands for; any other character is itself.
  char32_t show(char32_t stand_in) const;

  /// The same for UTF-8.
  std::string hide(std::string_view text);
  std::string show(std::string_view text) const;

  /// What a field takes in from the clipboard: tabs by a stand-in and every kind of line's end as "\n", or
  /// both as a space where the field has one line.
  std::string pasted(std::string_view text, bool lines);

  // Yi syllables, as ImGui's fields refuse private characters. A real one has a stand-in as well.
  static constexpr char32_t first = 0xA000, last = 0xA48C;

 private:
  char32_t stand_in(char32_t character);

  char32_t largest_;
  std::unordered_map<char32_t, char32_t> stand_ins_;
  std::u32string characters_;  ///< of the stand-ins, from the first
};

/// What the texts of the window need of ImGui: stand-ins, and glyphs that the atlas lacks. Belongs to the
/// Gui; the present one is found through ImGui's context.
class Letters {
 public:
  /// A glyph to be made: of the font, under ImGui's code for a character.
  struct Glyph {
    const ImFont* font = nullptr;
    char32_t code = 0, character = 0;
    auto operator<=>(const Glyph&) const = default;
  };

  static Letters& present() { return *static_cast<Letters*>(ImGui::GetIO().UserData); }

  /// A text as ImGui draws it in the present font. Notes the glyphs that this font lacks.
  std::string drawable(std::string_view text);

  /// The glyphs noted since the last time.
  std::set<Glyph> take_lacking();

  StandIns stand_ins;
  bool lines = false;  ///< the field that has the keyboard takes more than one line

 private:
  std::set<Glyph> lacking_;
};

/// A text as it is to be handed to ImGui; every text that comes from a user goes through it.
inline std::string drawable(std::string_view text) {
  return Letters::present().drawable(text);
}

/// ImGui's text fields for any text.
bool input_text(const char* label, std::string& text, ImGuiInputTextFlags flags);
bool input_lines(const char* label, std::string& text, ImVec2 size, ImGuiInputTextFlags flags);

}  // namespace gatescope::ui
