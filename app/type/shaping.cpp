#include "app/type/shaping.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "app/type/script_runs.h"
#include "core/utf8.h"

namespace gatescope::app {
namespace {

/// What joins or chooses shapes of the characters around it and shows nothing itself.
bool is_joiner(char32_t c) {
  return c == 0x200C || c == 0x200D || c == 0x034F || (c >= 0xFE00 && c <= 0xFE0F) ||
         (c >= 0xE0020 && c <= 0xE007F) || (c >= 0xE0100 && c <= 0xE01EF) || (c >= 0x180B && c <= 0x180F);
}

/// Control characters, those that only steer the lines and directions of text, and what is no character.
bool has_no_shape(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x061C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
         c == 0xFEFF || c == 0x034F || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0x180B && c <= 0x180F) ||
         c >= 0xE0000 || is_noncharacter(c);
}

/// The name of a control character or of its picture (U+2400 ... U+2421), which it shows in small letters.
std::string_view control_name(char32_t c) {
  static constexpr std::array<std::string_view, 34> names{
      "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS",  "HT",  "LF",  "VT",
      "FF",  "CR",  "SO",  "SI",  "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB",
      "CAN", "EM",  "SUB", "ESC", "FS",  "GS",  "RS",  "US",  "SP",  "DEL"};
  if (c < 0x20) return names[c];
  if (c == 0x7F) return names.back();
  return c >= 0x2400 && c <= 0x2421 ? names[c - 0x2400] : std::string_view();
}

std::u32string control_picture(char32_t c) {
  return {c < 0x20 ? 0x2400 + c : c == 0x7F ? U'\u2421' : c};
}

/// A mark that has nothing to stand on gets a circle.
void put_on_circle(std::u32string& line) {
  if (!line.empty() && is_mark(line.front()) && !is_joiner(line.front()))
    line.insert(line.begin(), U'\u25CC');
}

using Buffer = std::unique_ptr<hb_buffer_t, Destroy<hb_buffer_destroy>>;

/// Sets one line of text.
class Setter {
 public:
  Setter(TextFaces& faces, const plot::TextStyle& style) : faces_(faces), style_(style) {}

  SetText set(std::u32string line) {
    put_on_circle(line);
    std::vector<const Face*> chosen = choose(line);
    for (const ScriptRun& run : script_runs(line)) {
      std::vector<std::pair<std::size_t, std::size_t>> parts;  // of one face
      for (std::size_t i = run.begin; i < run.end; ++i) {
        if (!parts.empty() && chosen[i] != nullptr && chosen[i] == chosen[i - 1])
          parts.back().second = i + 1;
        else
          parts.emplace_back(i, i + 1);
      }
      if (run.right_to_left) std::reverse(parts.begin(), parts.end());
      for (const auto& [begin, end] : parts) {
        if (chosen[begin] != nullptr)
          shape(*chosen[begin], std::u32string_view(line).substr(begin, end - begin), run);
        else
          sign(line[begin]);
      }
    }
    return std::move(text_);
  }

 private:
  /// The face of each character; null for one that is shown by a sign.
  std::vector<const Face*> choose(const std::u32string& line) {
    std::vector<const Face*> chosen;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char32_t c = line[i];
      const Face* before = i > 0 ? chosen.back() : nullptr;
      const Face* face = nullptr;
      if (is_joiner(c) && before != nullptr && i > 0 && line[i - 1] != U' ')
        face = before;  // the font makes something of it, or HarfBuzz hides it
      else if (before != nullptr && (is_mark(c) || (i > 0 && line[i - 1] == 0x200D)) && before->has(c))
        face = before;
      else if (!has_no_shape(c))
        face = faces_.find(c, style_);
      // A base that its mark's font has as well stands with it in that font.
      if (face != nullptr && face != before && before != nullptr && is_mark(c) && face->has(line[i - 1]))
        chosen.back() = face;
      chosen.push_back(face);
    }
    return chosen;
  }

  void shape(const Face& face, std::u32string_view part, const ScriptRun& run) {
    const Buffer buffer(hb_buffer_create());
    std::vector<std::uint32_t> codes(part.begin(), part.end());
    hb_buffer_add_utf32(buffer.get(), codes.data(), static_cast<int>(codes.size()), 0,
                        static_cast<int>(codes.size()));
    hb_buffer_set_direction(buffer.get(), run.right_to_left ? HB_DIRECTION_RTL : HB_DIRECTION_LTR);
    hb_buffer_set_script(buffer.get(), run.script);
    hb_buffer_set_language(buffer.get(), hb_language_from_string("und", -1));
    // Latin letters, Greek, Cyrillic and signs stand side by side as their font's widths say.
    const bool plain = run.script == HB_SCRIPT_COMMON || run.script == HB_SCRIPT_LATIN ||
                       run.script == HB_SCRIPT_GREEK || run.script == HB_SCRIPT_CYRILLIC;
    const auto off = [](const char* tag) {
      return hb_feature_t{hb_tag_from_string(tag, -1), 0, 0, static_cast<unsigned>(-1)};
    };
    const std::array<hb_feature_t, 4> features{off("kern"), off("liga"), off("clig"), off("calt")};
    hb_shape(face.shaping(), buffer.get(), features.data(), plain && !face.picture() ? 4 : 0);

    unsigned count = 0;
    const hb_glyph_info_t* infos = hb_buffer_get_glyph_infos(buffer.get(), &count);
    const hb_glyph_position_t* places = hb_buffer_get_glyph_positions(buffer.get(), &count);
    SetText::Run set{.face = &face,
                     .family = face.family(),
                     .size = style_.size,
                     .picture = face.picture(),
                     .text = encode_utf8(part),
                     .backward = run.right_to_left};
    const double unit = double(style_.size) / Face::kShapingEm;
    const int shift = on_circle(face, part, infos, places, count);
    std::vector<std::size_t> starts;  // of clusters, from the left
    for (unsigned i = 0; i < count; ++i) {
      set.glyphs.push_back({infos[i].codepoint,
                            text_.advance + (places[i].x_offset + (i == 1 ? shift : 0)) * unit,
                            -places[i].y_offset * unit});
      text_.advance += places[i].x_advance * unit;
      if (starts.empty() || starts.back() != infos[i].cluster) {
        starts.push_back(infos[i].cluster);
        set.clusters.push_back({0, 0});
        set.ends.push_back(0);
      }
      ++set.clusters.back().glyphs;
      set.ends.back() = text_.advance;
    }
    if (set.backward) {
      std::reverse(starts.begin(), starts.end());
      std::reverse(set.clusters.begin(), set.clusters.end());
    }
    for (std::size_t i = 0; i < starts.size(); ++i) {
      const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : part.size();
      set.clusters[i].bytes = static_cast<int>(encode_utf8(part.substr(starts[i], end - starts[i])).size());
    }
    set.right = text_.advance;
    if (!set.glyphs.empty()) text_.runs.push_back(std::move(set));
  }

  /// How far a mark on a circle for which the font does not say its place is to be moved, to stand in the
  /// middle.
  static int on_circle(const Face& face, std::u32string_view part, const hb_glyph_info_t* infos,
                       const hb_glyph_position_t* places, unsigned count) {
    if (part.front() != 0x25CC || count != 2 || places[1].x_offset != 0 || places[1].x_advance != 0) return 0;
    hb_glyph_extents_t mark{};
    if (hb_font_get_glyph_extents(face.shaping(), infos[1].codepoint, &mark) == 0) return 0;
    return -places[0].x_advance / 2 - mark.x_bearing - mark.width / 2;
  }

  /// The code of a character, or the name of a control character, in small letters one below the other.
  void sign(char32_t c) {
    const std::string_view name = control_name(c);
    const auto code = static_cast<std::uint32_t>(c);
    const std::string letters = !name.empty()   ? std::string(name)
                                : code > 0xFFFF ? fmt::format("{:06X}", code)
                                                : fmt::format("{:04X}", code);
    const std::size_t rows = name.empty() ? 2 : letters.size(), columns = letters.size() / rows;
    const float size = style_.size * (name.empty() ? 0.46f : 0.42f);
    const double step = 0.602 * double(size), margin = 0.05 * double(style_.size);
    SetText::Run set{.face = faces_.mono.get(), .family = faces_.mono->family(), .size = size};
    set.text = name.empty() ? fmt::format("U+{:04X}", code) : encode_utf8(control_picture(c));
    for (std::size_t i = 0; i < letters.size(); ++i) {
      hb_codepoint_t glyph = 0;
      hb_font_get_nominal_glyph(faces_.mono->shaping(), static_cast<unsigned char>(letters[i]), &glyph);
      const std::size_t row = i / columns, column = name.empty() ? i % columns : i;
      const double up = name.empty() ? double(rows - 1 - row) * 0.4 : 0.36 - double(row) * 0.18;
      set.glyphs.push_back(
          {glyph, text_.advance + margin + static_cast<double>(column) * step * (name.empty() ? 1 : 0.8),
           -up * double(style_.size)});
    }
    set.clusters.push_back({static_cast<int>(set.text.size()), static_cast<int>(set.glyphs.size())});
    text_.advance = set.glyphs.empty()
                        ? text_.advance
                        : text_.advance + 2 * margin +
                              (name.empty() ? static_cast<double>(columns) * step
                                            : (static_cast<double>(letters.size() - 1) * 0.8 + 1) * step);
    set.right = text_.advance;
    set.ends.push_back(set.right);
    text_.runs.push_back(std::move(set));
  }

  TextFaces& faces_;
  const plot::TextStyle& style_;
  SetText text_;
};

}  // namespace

const Face& TextFaces::own(const plot::TextStyle& style) const {
  if (style.mono) return *mono;
  return style.weight == plot::Weight::bold ? *bold : *regular;
}

const Face* TextFaces::find(char32_t c, const plot::TextStyle& style) {
  if (const Face& first = own(style); first.has(c)) return &first;
  const bool heavy = style.weight == plot::Weight::bold && !style.mono;
  if (const Face& sans = heavy ? *bold : *regular; sans.has(c)) return &sans;
  if (regular->has(c)) return regular.get();
  return (heavy ? bold_others : others).find(c);
}

SetText set_line(TextFaces& faces, const plot::TextStyle& style, std::u32string line) {
  return Setter(faces, style).set(std::move(line));
}

std::string Fonts::in_signs(std::string_view text) {
  std::u32string line = all_characters(text);
  put_on_circle(line);
  std::string signs;
  for (const char32_t c : line) {
    if (!control_name(c).empty())
      signs += encode_utf8(control_picture(c));
    else if (has_no_shape(c) && !is_joiner(c))
      signs += fmt::format("U+{:04X}", static_cast<std::uint32_t>(c));
    else
      signs += encode_utf8(c);
  }
  return signs;
}

}  // namespace gatescope::app
