#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/kit/look.h"
#include "app/type/fonts.h"

namespace gatescope::ui {

/// DejaVu Sans, Sans Bold and Sans Mono as read from their files.
struct FontSource {
  std::string regular, bold, mono;
  app::Fonts any;               ///< for what these have not
  std::vector<ImWchar> needed;  ///< needed_glyphs() as ImGui wants them, which keeps a pointer to it
};

/// By fontconfig. Throws Error that says what to install where they are missing.
FontSource find_fonts();

inline constexpr std::array look_fonts{&Look::regular, &Look::bold,     &Look::caption,
                                       &Look::small,   &Look::headline, &Look::mono};

/// A glyph that DejaVu lacks, made from whatever font has it: of which font of the look, under which code.
struct ExtraGlyph {
  ImFont* Look::*font;
  char32_t code, character;
  std::shared_ptr<const app::SetText> piece;  ///< in place of the character: a part of a shaped text
};

/// How texts are set so that they are as large as in a font whose line has so many pixels.
plot::TextStyle style_of(ImFont* Look::*font, float line);

/// All characters that the window's own words, equations and strips use: every font has them.
std::u32string_view needed_glyphs();

/// Fills an atlas with the fonts of a look, at its scale. At large scales fewer characters are made (first no
/// Cyrillic, then little beyond what is needed), at last smaller ones that are drawn enlarged, so that no
/// side exceeds `limit` pixels; where they leave no room for the extra glyphs, these are left out; throws
/// Error where even that does not do. The source must live as long as the atlas.
void make_fonts(ImFontAtlas& atlas, const FontSource& source, int limit, Look& look,
                const std::vector<ExtraGlyph>& extra = {});

}  // namespace gatescope::ui
