#include "app/type/script_runs.h"

#include <algorithm>

namespace gatescope::app {
namespace {

hb_unicode_funcs_t* unicode() {
  return hb_unicode_funcs_get_default();
}

hb_script_t script_of(char32_t c) {
  return hb_unicode_script(unicode(), static_cast<hb_codepoint_t>(c));
}

bool is_specific(hb_script_t script) {
  return script != HB_SCRIPT_COMMON && script != HB_SCRIPT_INHERITED && script != HB_SCRIPT_UNKNOWN;
}

/// What a character says about direction: a letter of the left or the right, a number, or nothing.
enum class Side { left, right, number, neutral };

Side side_of(char32_t c) {
  const auto category = hb_unicode_general_category(unicode(), static_cast<hb_codepoint_t>(c));
  if (category == HB_UNICODE_GENERAL_CATEGORY_DECIMAL_NUMBER && c < 0x700) return Side::number;
  const hb_script_t script = script_of(c);
  if (!is_specific(script)) return Side::neutral;
  return hb_script_get_horizontal_direction(script) == HB_DIRECTION_RTL ? Side::right : Side::left;
}

/// The scripts, with marks, punctuation and the like counted to what stands before them, or else behind.
std::vector<hb_script_t> scripts_of(std::u32string_view line) {
  std::vector<hb_script_t> scripts;
  hb_script_t last = HB_SCRIPT_COMMON;
  for (const char32_t c : line) {
    if (const hb_script_t own = script_of(c); is_specific(own)) {
      if (!is_specific(last)) std::fill(scripts.begin(), scripts.end(), own);
      last = own;
    }
    scripts.push_back(last);
  }
  return scripts;
}

/// Levels as the Unicode Bidirectional Algorithm numbers them: odd ones run from right to left.
std::vector<int> levels_of(std::u32string_view line) {
  std::vector<Side> sides;
  for (const char32_t c : line) {
    Side side = side_of(c);
    if (side == Side::neutral && is_mark(c) && !sides.empty()) side = sides.back();
    sides.push_back(side);
  }
  const Side base = runs_right_to_left(line) ? Side::right : Side::left;
  // A sign between two digits (1.5) belongs to the number.
  for (std::size_t i = 1; i + 1 < line.size(); ++i)
    if (sides[i - 1] == Side::number && sides[i + 1] == Side::number &&
        std::u32string_view(U".,:/").find(line[i]) != std::u32string_view::npos)
      sides[i] = Side::number;

  std::vector<int> levels(line.size());
  const auto level = [&](Side side) { return side == Side::right ? 1 : base == Side::right ? 2 : 0; };
  Side before = base;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (sides[i] == Side::neutral) {
      const auto next = std::find_if(sides.begin() + static_cast<std::ptrdiff_t>(i), sides.end(),
                                     [](Side side) { return side != Side::neutral; });
      // Numbers count as letters of the right here only where what they follow does.
      const Side behind = next == sides.end() ? base : *next == Side::number ? before : *next;
      levels[i] = level(before == behind ? before : base);
    } else if (sides[i] == Side::number) {
      levels[i] = before == Side::right ? 2 : level(Side::left);
    } else {
      before = sides[i];
      levels[i] = level(before);
    }
  }
  return levels;
}

}  // namespace

bool runs_right_to_left(std::u32string_view line) {
  for (const char32_t c : line)
    if (const Side side = side_of(c); side == Side::left || side == Side::right) return side == Side::right;
  return false;
}

bool is_mark(char32_t character) {
  switch (hb_unicode_general_category(unicode(), static_cast<hb_codepoint_t>(character))) {
    case HB_UNICODE_GENERAL_CATEGORY_SPACING_MARK:
    case HB_UNICODE_GENERAL_CATEGORY_ENCLOSING_MARK:
    case HB_UNICODE_GENERAL_CATEGORY_NON_SPACING_MARK:
      return true;
    default:
      return false;
  }
}

bool needs_shaping(char32_t character) {
  const char32_t c = character;
  if (c < 0x300) return false;
  const bool joins = c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0x1F1E6 && c <= 0x1F1FF) ||
                     (c >= 0x1F3FB && c <= 0x1F3FF) || (c >= 0xE0020 && c <= 0xE007F);
  if (joins || is_mark(c)) return true;
  switch (script_of(c)) {
    case HB_SCRIPT_COMMON:
    case HB_SCRIPT_INHERITED:
    case HB_SCRIPT_UNKNOWN:
    case HB_SCRIPT_LATIN:
    case HB_SCRIPT_GREEK:
    case HB_SCRIPT_CYRILLIC:
    case HB_SCRIPT_ARMENIAN:
    case HB_SCRIPT_GEORGIAN:
    case HB_SCRIPT_HAN:
    case HB_SCRIPT_HIRAGANA:
    case HB_SCRIPT_KATAKANA:
    case HB_SCRIPT_BOPOMOFO:
    case HB_SCRIPT_YI:
    case HB_SCRIPT_ETHIOPIC:
    case HB_SCRIPT_CHEROKEE:
    case HB_SCRIPT_CANADIAN_SYLLABICS:
    case HB_SCRIPT_BRAILLE:
      return false;
    case HB_SCRIPT_HANGUL:  // letters that make a syllable together
      return c < 0x1200 || (c >= 0xA960 && c <= 0xA97F) || c >= 0xD7B0;
    default:
      return true;
  }
}

std::vector<ScriptRun> script_runs(std::u32string_view line) {
  const auto scripts = scripts_of(line);
  const auto levels = levels_of(line);
  struct Piece {
    ScriptRun run;
    int level = 0;
  };
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (!pieces.empty() && pieces.back().level == levels[i] && pieces.back().run.script == scripts[i])
      pieces.back().run.end = i + 1;
    else
      pieces.push_back({{i, i + 1, scripts[i], levels[i] % 2 == 1}, levels[i]});
  }
  for (int level = 2; level >= 1; --level)
    for (auto from = pieces.begin(); from != pieces.end();) {
      from = std::find_if(from, pieces.end(), [&](const Piece& p) { return p.level >= level; });
      const auto to = std::find_if(from, pieces.end(), [&](const Piece& p) { return p.level < level; });
      std::reverse(from, to);
      from = to;
    }
  std::vector<ScriptRun> runs;
  for (const Piece& piece : pieces) runs.push_back(piece.run);
  return runs;
}

}  // namespace gatescope::app
