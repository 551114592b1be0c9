#pragma once

#include <imgui.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "app/kit/look.h"
#include "app/language/phrases.h"
#include "app/type/fonts.h"

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
  /// The same in a field, where tabs have to be seen.
  char32_t hide_in_field(char32_t character) {
    return character == U'\t' ? stand_in(character) : hide(character);
  }
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
///
/// ImGui draws characters one by one from the left. Texts whose characters join, stack or run from right to
/// left are shaped by HarfBuzz; each piece of them is a glyph of its own, with a private character for its
/// code, and stands where it is seen.
class Letters {
 public:
  /// A glyph to be made, of a font of the look: a character, or a piece of a shaped text.
  struct Glyph {
    char32_t character = 0;
    std::shared_ptr<const app::SetText> piece = {};
  };
  /// By the index of their font in look_fonts, and ImGui's code.
  using Glyphs = std::map<std::pair<std::size_t, char32_t>, Glyph>;

  /// Both must outlive it.
  Letters(const app::Fonts& fonts, const Look& look) : fonts_(fonts), look_(look) {}

  const Look& look() const { return look_; }
  static Letters& present() { return *static_cast<Letters*>(ImGui::GetIO().UserData); }

  /// A text as ImGui draws it in the present font. Notes the glyphs that this font lacks.
  std::string drawable(std::string_view text);
  /// The same for text that ImGui wraps at so many pixels: shaped lines are broken before what runs from
  /// right to left is turned round.
  std::string drawable(std::string_view text, float width);
  /// A text as ImGui's fields have it, where every character can be edited: in the order in which they are
  /// read, not shaped. Notes glyphs likewise.
  std::string in_field(std::string_view text);
  /// How large it will be, in the present font.
  ImVec2 size(std::string_view text);

  /// What the window says from the next text on; null: English.
  void speak(std::shared_ptr<const language::Phrases> phrases);
  /// A text of the window in its language, as it stays while there is an AsItIs. It holds until the next
  /// call.
  std::string_view told(std::string_view text);
  /// English texts with a word that the language had nothing for, since it is spoken; noted where items are.
  const std::set<std::string>& untold() const { return untold_; }

  /// The glyphs noted since the last time.
  Glyphs take_lacking();
  /// Pieces have used up all codes.
  bool full() const { return pieces_.size() > last_piece - first_piece; }
  /// Shaping begins anew, and what was made for it can be thrown away.
  void forget_pieces() { pieces_.clear(); }

  StandIns stand_ins;
  int as_it_is = 0;    ///< there are so many AsItIs
  bool lines = false;  ///< the field that has the keyboard takes more than one line

  static constexpr char32_t first_piece = 0xE000, last_piece = 0xF8FF;

 private:
  struct Piece {
    char32_t code;
    float advance;  ///< pixels
    std::shared_ptr<const app::SetText> set;
  };

  // Each appends to a line as it is seen, notes what the font lacks where it should, and tells the width.
  float append_character(std::u32string& out, char32_t character, bool note);
  float append_code(std::u32string& out, char32_t code, char32_t character, bool note);
  float append_shaped(std::u32string& out, const std::u32string& line, bool note);
  float append(std::u32string& out, const std::u32string& line, bool note);
  /// A cluster's glyphs, from `origin` to the pixel `end`.
  const Piece& piece(const app::SetText::Run& run, std::size_t first, std::size_t count, double origin,
                     double end);
  std::size_t present_font() const;

  const app::Fonts& fonts_;
  const Look& look_;
  std::shared_ptr<const language::Phrases> phrases_;
  std::unordered_map<std::string, std::string, language::TextHash, std::equal_to<>> told_;  ///< lately
  std::set<std::string> untold_;
  Glyphs lacking_;
  std::map<std::string, Piece> pieces_;  ///< by all in which they differ
};

/// Whether characters of the text join, stack or run from right to left.
bool is_shaped(std::string_view text);

/// While it lives texts are drawn as they are, not in the window's language: names of files, what a person
/// wrote.
class AsItIs {
 public:
  AsItIs() { ++Letters::present().as_it_is; }
  AsItIs(const AsItIs&) = delete;
  AsItIs& operator=(const AsItIs&) = delete;
  ~AsItIs() { --Letters::present().as_it_is; }
};

/// A text in the window's language.
inline std::string told(std::string_view text) {
  return std::string(Letters::present().told(text));
}

/// A text as it is to be handed to ImGui, in the window's language; every text that comes from a user goes
/// through it.
inline std::string drawable(std::string_view text) {
  Letters& letters = Letters::present();
  return letters.drawable(letters.told(text));
}
/// For text that ImGui wraps at so many pixels.
inline std::string drawable(std::string_view text, float width) {
  Letters& letters = Letters::present();
  return letters.drawable(letters.told(text), width);
}

/// ImGui's text fields for any text.
bool input_text(const char* label, std::string& text, ImGuiInputTextFlags flags);
bool input_lines(const char* label, std::string& text, ImVec2 size, ImGuiInputTextFlags flags);

}  // namespace gatescope::ui
