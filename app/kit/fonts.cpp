#include "app/kit/fonts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/kit/imgui_compat.h"
#include "core/error.h"
#include "core/files.h"
#include "core/utf8.h"

namespace gatescope::ui {
namespace {

// ImGui wants the height of a font's line; a DejaVu line is this many times its size.
constexpr float line_height = 1.164f;

// Pairs of the first and last character. ImGui keeps the pointers, so they outlive every atlas.
constexpr std::array<ImWchar, 3> latin{0x20, 0x17f, 0};
constexpr std::array<ImWchar, 27> everything{
    0x0020, 0x024f,  // Latin with Extended-A and B
    0x02b0, 0x02ff,  // modifier letters
    0x0300, 0x036f,  // combining marks
    0x0370, 0x03ff,  // Greek
    0x0400, 0x052f,  // Cyrillic
    0x1d00, 0x1dbf,  // small letters above and below the line
    0x1e00, 0x1eff,  // Latin Extended Additional
    0x2010, 0x205e,  // punctuation
    0x2070, 0x20bf,  // digits above and below the line, currencies
    0x2100, 0x23ff,  // letterlike, fractions, arrows, mathematics, technical
    0x2400, 0x266f,  // control pictures, box drawing, geometric shapes
    0x2713, 0x27ff,  // check marks, brackets, arrows
    0xfffd, 0xfffd, 0};
constexpr std::array<ImWchar, 19> western{0x0020, 0x017f, 0x02b0, 0x02ff, 0x0300, 0x0308, 0x0370,
                                          0x03ff, 0x1d62, 0x1d6a, 0x2010, 0x205e, 0x2070, 0x20ac,
                                          0x2190, 0x21ff, 0x2200, 0x22ff, 0};

constexpr std::u32string_view own_glyphs =
    U" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
    U"·×÷±°²³¹½…–—−‘’“”•\u0302\u0303\u0304"             // punctuation; combining hat, tilde, bar
    U"αβγδεζηθκλμνξπρστφχψωΓΔΘΛΣΦΨΩ"                    // Greek
    U"⁰⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀ₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"  // above and below the line
    U"ℓℝ∂∇∈∏∑√∞∥‖≈≠≤≥≪≫∝∘⊙⊕⊗∗⋅⋯←↑→↓↔↦⇒⇥⇧"               // mathematics, arrows
    U"⏎␣⍽◌■□▪▫▲△▶▷▸▼▽▾◀◁◂◆◇●○◦✓✗★☆�";                   // signs of text strips, shapes

/// The characters as the pairs ImGui wants.
std::vector<ImWchar> as_ranges(std::u32string_view characters) {
  ImFontGlyphRangesBuilder builder;
  for (const char32_t c : characters) builder.AddChar(static_cast<ImWchar>(c));
  ImVector<ImWchar> ranges;
  builder.BuildRanges(&ranges);
  return {ranges.begin(), ranges.end()};
}

/// A font of the look: its size in points, its face, and the characters made at each of three levels of
/// economy.
struct Wanted {
  ImFont* Look::*font;
  float points;
  std::string FontSource::*face;
  std::array<const ImWchar*, 3> characters;
};

/// How much is made: fewer characters, then also smaller ones that are drawn enlarged.
struct Level {
  std::size_t economy;
  float shrink = 1;
};

/// About how many pixels a font's characters cover, from above.
double estimate(const Wanted& wanted, const Level& level, float scale) {
  double count = static_cast<double>(own_glyphs.size());
  for (const ImWchar* pair = wanted.characters[level.economy]; pair[0] != 0; pair += 2)
    count += pair[1] - pair[0] + 1;
  const double size = wanted.points * scale / level.shrink;
  return count * (0.65 * size + 2) * (0.9 * size + 2);
}

ImFont* add_font(ImFontAtlas& atlas, const FontSource& source, const Wanted& wanted, const Level& level,
                 float scale) {
  const float pixels = std::round(wanted.points * scale * line_height / level.shrink);
  ImFont* font = nullptr;
  const auto add = [&](const std::string& face, const ImWchar* characters) {
    ImFontConfig config;
    config.FontDataOwnedByAtlas = false;
    config.MergeMode = font != nullptr;
    compat::set_hinting(config);
    // ImGui does not write to data that it does not own.
    ImFont* added = atlas.AddFontFromMemoryTTF(const_cast<char*>(face.data()), static_cast<int>(face.size()),
                                               pixels, &config, characters);
    if (font == nullptr) font = added;
  };
  add(source.*wanted.face, wanted.characters[level.economy]);
  add(source.*wanted.face, source.needed.data());
  if (wanted.face != &FontSource::regular) add(source.regular, source.needed.data());
  font->Scale = level.shrink;
  return font;
}

#if IMGUI_VERSION_NUM < 19200
/// Glyphs of other fonts in the atlas, a character alone in its cell.
class ExtraGlyphs {
 public:
  explicit ExtraGlyphs(const app::Fonts& fonts) : fonts_(fonts) {}

  /// To be called before the atlas is built.
  void add(ImFontAtlas& atlas, ImFont& font, const Wanted& wanted, const Level& level, float scale,
           const ExtraGlyph& glyph) {
    const float line = std::round(wanted.points * scale * line_height / level.shrink);
    const plot::TextStyle style = style_of(wanted.font, line);
    const auto set =
        glyph.piece ? glyph.piece : fonts_.set(display_text(encode_utf8({&glyph.character, 1}), " "), style);
    const auto [left, right] = reach(*set);
    const int width = left + right;
    const int above = static_cast<int>(std::ceil(style.size * 0.93F)), rise = static_cast<int>(line / 4);
    const int height = static_cast<int>(line) + 2 * rise;
    const int rect = atlas.AddCustomRectFontGlyph(&font, static_cast<ImWchar>(glyph.code), width, height,
                                                  std::round(static_cast<float>(set->advance)),
                                                  {-static_cast<float>(left), -static_cast<float>(rise)});
    glyphs_.push_back({set, rect, static_cast<double>(left), static_cast<double>(above + rise)});
  }

  /// After it.
  void draw(ImFontAtlas& atlas) const {
    unsigned char* pixels = nullptr;
    int across = 0, down = 0;
    atlas.GetTexDataAsAlpha8(&pixels, &across, &down);
    for (const Glyph& glyph : glyphs_) {
      const ImFontAtlasCustomRect& rect = *atlas.GetCustomRectByIndex(glyph.rect);
      if (!rect.IsPacked()) continue;
      const auto shown = fonts_.coverage(*glyph.set, rect.Width, rect.Height, glyph.origin, glyph.baseline);
      for (int y = 0; y < rect.Height; ++y)
        std::copy_n(shown.data() + std::ptrdiff_t{y} * rect.Width, rect.Width,
                    pixels + std::ptrdiff_t{rect.Y + y} * across + rect.X);
    }
  }

 private:
  struct Glyph {
    std::shared_ptr<const app::SetText> set;
    int rect;
    double origin, baseline;
  };

  /// How far it reaches to the left of its beginning and to the right, in pixels; marks leave their cell.
  std::pair<int, int> reach(const app::SetText& set) const {
    constexpr double margin = 2;
    double left = 0, right = set.advance;
    for (const app::SetText::Run& run : set.runs) {
      if (run.picture) continue;
      const auto [begin, end] = fonts_.reach(run);
      left = std::min(left, begin);
      right = std::max(right, end);
    }
    return {static_cast<int>(std::ceil(margin - left)), static_cast<int>(std::ceil(margin + right))};
  }

  const app::Fonts& fonts_;
  std::vector<Glyph> glyphs_;
};
#endif

}  // namespace

plot::TextStyle style_of(ImFont* Look::*font, float line) {
  const bool heavy = font == &Look::bold || font == &Look::caption;
  return {line / line_height, heavy ? plot::Weight::bold : plot::Weight::regular, font == &Look::mono};
}

std::u32string_view needed_glyphs() {
  return own_glyphs;
}

FontSource find_fonts() {
  const app::Fonts fonts;
  const auto read = [&](plot::Weight weight, bool mono) { return read_file(fonts.file({14, weight, mono})); };
  return {read(plot::Weight::regular, false), read(plot::Weight::bold, false),
          read(plot::Weight::regular, true), fonts, as_ranges(own_glyphs)};
}

namespace {

bool fill_atlas(ImFontAtlas& atlas, const FontSource& source, int limit, Look& look,
                [[maybe_unused]] const std::vector<ExtraGlyph>& extra) {
  const ImWchar *all = everything.data(), *west = western.data(), *least = latin.data();
  const std::array<Wanted, 6> fonts{{
      {&Look::regular, 14, &FontSource::regular, {all, west, least}},
      {&Look::bold, 14, &FontSource::bold, {west, least, least}},
      {&Look::caption, 12, &FontSource::bold, {west, least, least}},
      {&Look::small, 12, &FontSource::regular, {all, west, least}},
      {&Look::headline, 17, &FontSource::regular, {west, least, least}},
      {&Look::mono, 15, &FontSource::mono, {all, west, least}},
  }};
  constexpr double most = 4096.0 * 4096;  // pixels, of 4 bytes
  constexpr std::array<Level, 6> levels{{{0, 1}, {1, 1}, {2, 1}, {2, 2}, {2, 4}, {2, 8}}};
  for (const Level& level : levels) {
    double area = 0;
    for (const Wanted& wanted : fonts) area += estimate(wanted, level, look.scale);
    if (area > 1.5 * most && &level != &levels.back()) continue;
    atlas.Clear();
    atlas.Flags |= ImFontAtlasFlags_NoPowerOfTwoHeight;
    compat::use_freetype(atlas);
    for (const Wanted& wanted : fonts) look.*wanted.font = add_font(atlas, source, wanted, level, look.scale);
#if IMGUI_VERSION_NUM < 19200
    ExtraGlyphs glyphs(source.any);
    for (const ExtraGlyph& glyph : extra)
      for (const Wanted& wanted : fonts)
        if (wanted.font == glyph.font)
          glyphs.add(atlas, *(look.*wanted.font), wanted, level, look.scale, glyph);
    if (!atlas.Build()) fail("the window's fonts could not be made at {} times their size", look.scale);
    glyphs.draw(atlas);
    if (atlas.TexWidth <= limit && atlas.TexHeight <= limit) return true;
#else
    return true;  // later versions make each character when it is drawn first
#endif
  }
  return false;
}

}  // namespace

void make_fonts(ImFontAtlas& atlas, const FontSource& source, int limit, Look& look,
                const std::vector<ExtraGlyph>& extra) {
  if (fill_atlas(atlas, source, limit, look, extra)) return;
  if (!extra.empty() && fill_atlas(atlas, source, limit, look, {})) return;
  fail("the window's fonts at {} times their size need a texture of {}x{} pixels; OpenGL allows {} here",
       look.scale, atlas.TexWidth, atlas.TexHeight, limit);
}

}  // namespace gatescope::ui
