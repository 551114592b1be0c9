// Texts as they are seen, for ImGui, which knows characters alone.

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/kit/fonts.h"
#include "app/kit/imgui_compat.h"
#include "app/kit/letters.h"
#include "app/type/script_runs.h"
#include "core/utf8.h"

namespace gatescope::ui {
namespace {

/// The combining marks of equations are in all fonts of the window.
bool depends_on_neighbours(char32_t c) {
  return app::needs_shaping(c) && needed_glyphs().find(c) == std::u32string_view::npos;
}

/// A character alone is drawn as it is.
bool is_shaped(const std::u32string& line) {
  return line.size() > 1 && std::ranges::any_of(line, depends_on_neighbours);
}

std::vector<std::u32string> split(const std::u32string& text, char32_t at) {
  std::vector<std::u32string> parts;
  for (std::size_t from = 0;;) {
    const std::size_t end = text.find(at, from);
    parts.push_back(text.substr(from, end - from));
    if (end == std::u32string::npos) return parts;
    from = end + 1;
  }
}

/// The characters of a run's clusters, in the order of its glyphs.
std::vector<std::u32string> cluster_texts(const app::SetText::Run& run) {
  std::vector<std::u32string> texts;
  std::size_t at = 0;
  for (const app::SetText::Cluster& cluster : run.clusters) {
    const auto bytes = static_cast<std::size_t>(cluster.bytes);
    texts.push_back(all_characters(std::string_view(run.text).substr(at, bytes)));
    at += bytes;
  }
  if (run.backward) std::ranges::reverse(texts);
  return texts;
}

}  // namespace

bool is_shaped(std::string_view text) {
  return !is_ascii(text) && is_shaped(all_characters(text));
}

std::size_t Letters::present_font() const {
  const ImFont* font = ImGui::GetFont();
  for (std::size_t k = 0; k < look_fonts.size(); ++k)
    if (look_.*look_fonts[k] == font) return k;
  return 0;
}

float Letters::append_character(std::u32string& out, char32_t character, bool note) {
  const char32_t code = stand_ins.hide(character);
  return append_code(out, code, character, note);
}

float Letters::append_code(std::u32string& out, char32_t code, char32_t character, bool note) {
  if (note && code >= 0x80 && !compat::has_glyph(code)) lacking_[{present_font(), code}] = {character, {}};
  out += code;
  return compat::advance(code);
}

const Letters::Piece& Letters::piece(const app::SetText::Run& run, std::size_t first, std::size_t count,
                                     double origin, double end) {
  constexpr double parts = 4;  // of a pixel at which glyphs begin
  std::string key;
  const auto add = [&key](const auto& value) {
    key.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  auto set = std::make_shared<app::SetText>();
  set->advance = end - origin;
  app::SetText::Run own{.face = run.face, .size = run.size, .picture = run.picture};
  add(present_font());
  add(run.face);
  add(run.size);
  add(set->advance);
  for (std::size_t k = first; k < first + count; ++k) {
    app::Glyph glyph = run.glyphs[k];
    glyph.x = std::round((glyph.x - origin) * parts) / parts;
    glyph.y = std::round(glyph.y * parts) / parts;
    add(glyph.index);
    add(glyph.x);
    add(glyph.y);
    own.glyphs.push_back(glyph);
  }
  if (const auto known = pieces_.find(key); known != pieces_.end()) return known->second;
  static const Piece none{0xFFFD, 0, {}};
  if (full()) return none;
  set->runs.push_back(std::move(own));
  const auto code = static_cast<char32_t>(first_piece + pieces_.size());
  const auto advance = static_cast<float>(set->advance) * compat::enlarged();
  return pieces_.emplace(std::move(key), Piece{code, advance, std::move(set)}).first->second;
}

float Letters::append_shaped(std::u32string& out, const std::u32string& line, bool note) {
  const std::size_t font = present_font();
  const auto set = fonts_.set(encode_utf8(line), style_of(look_fonts[font], compat::built_size()));
  float width = 0;
  double from = 0;  // where the next cluster begins; ImGui has it on a whole pixel from `stretch`
  double stretch = 0;
  bool pieces = false;  // are what comes before
  for (const app::SetText::Run& run : set->runs) {
    const auto texts = cluster_texts(run);
    std::size_t first = 0;
    for (std::size_t k = 0; k < texts.size(); ++k) {
      const std::size_t which = run.backward ? texts.size() - 1 - k : k;
      const auto count = static_cast<std::size_t>(run.clusters[which].glyphs);
      const bool alone = texts[k].size() == 1 && !run.backward && !depends_on_neighbours(texts[k].front());
      if (alone || texts[k] == U" " || !compat::draws_pieces) {
        for (const char32_t c : texts[k]) width += append_character(out, c, note);
        pieces = false;
      } else {
        if (!pieces) stretch = from;
        pieces = true;
        const double origin = stretch + std::round(from - stretch),
                     end = stretch + std::round(run.ends[k] - stretch);
        const Piece& made = piece(run, first, count, origin, end);
        if (note && made.set && !compat::has_glyph(made.code)) lacking_[{font, made.code}] = {0, made.set};
        out += made.code;
        width += made.advance;
      }
      from = run.ends[k];
      first += count;
    }
  }
  return width;
}

float Letters::append(std::u32string& out, const std::u32string& line, bool note) {
  if (is_shaped(line)) return append_shaped(out, line, note);
  float width = 0;
  for (const char32_t c : line) width += append_character(out, c, note);
  return width;
}

std::string Letters::drawable(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  std::u32string out;
  for (const std::u32string& line : split(all_characters(text), U'\n')) {
    append(out, line, true);
    out += U'\n';
  }
  out.pop_back();
  return encode_utf8(out);
}

std::string Letters::in_field(std::string_view text) {
  if (is_ascii(text) && text.find('\t') == std::string_view::npos) return std::string(text);
  std::u32string out;
  for (const char32_t c : all_characters(text)) append_code(out, stand_ins.hide_in_field(c), c, true);
  return encode_utf8(out);
}

std::string Letters::drawable(std::string_view text, float width) {
  if (is_ascii(text)) return std::string(text);
  std::u32string out, unseen;
  for (const std::u32string& line : split(all_characters(text), U'\n')) {
    if (!is_shaped(line)) {
      append(out, line, true);
      out += U'\n';
      continue;
    }
    std::u32string row;
    for (const std::u32string& word : split(line, U' ')) {
      const std::u32string longer = row.empty() ? word : row + U' ' + word;
      if (!row.empty() && append(unseen, longer, false) > width) {
        append(out, row, true);
        out += U'\n';
        row = word;
      } else {
        row = longer;
      }
    }
    append(out, row, true);
    out += U'\n';
  }
  out.pop_back();
  return encode_utf8(out);
}

ImVec2 Letters::size(std::string_view text) {
  if (is_ascii(text)) return ImGui::CalcTextSize(text.data(), text.data() + text.size());
  ImVec2 size{0, 0};
  for (const std::u32string& line : split(all_characters(text), U'\n')) {
    std::u32string unseen;
    size.x = std::max(size.x, append(unseen, line, false));
    size.y += ImGui::GetFontSize();
  }
  size.x = std::ceil(size.x - 1e-4f);
  return size;
}

Letters::Glyphs Letters::take_lacking() {
  return std::exchange(lacking_, {});
}

}  // namespace gatescope::ui
