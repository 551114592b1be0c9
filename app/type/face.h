#pragma once

#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include <hb.h>

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

namespace gatescope::app {

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* owned) const {
    destroy(owned);
  }
};
using Pattern = std::unique_ptr<FcPattern, Destroy<FcPatternDestroy>>;

/// A font's file, as HarfBuzz shapes with it and FreeType outlines it, and the characters it has. One thread
/// at a time.
class Face {
 public:
  /// What fontconfig found.
  explicit Face(Pattern pattern);
  /// The font of this family; throws Error that says what to install where there is none.
  Face(const char* family, int weight);

  bool has(char32_t c) const;
  /// Whether there is something to see of it, or it is a space: fontconfig takes some fonts' word for it.
  bool shows(char32_t c) const;
  /// Whether its glyphs are coloured pictures.
  bool picture() const { return picture_; }
  const std::string& family() const { return family_; }
  FcPattern* pattern() const { return pattern_.get(); }
  std::string file() const;

  /// Counts in units of an em / kShapingEm.
  hb_font_t* shaping() const;
  static constexpr int kShapingEm = 1 << 16;

  /// How far its lines reach above and below the baseline, in ems.
  struct Lines {
    double ascent, descent;
  };
  Lines lines() const;

  /// At so many pixels an em; a font of pictures alone at the size it has that is next. Throws Error.
  FT_Face sized(double pixels) const;
  /// The outline of a glyph at that size, not hinted. Null where it has none.
  FT_GlyphSlot outlined(unsigned long glyph, double pixels) const;

 private:
  FT_Face open() const;

  Pattern pattern_;
  std::string family_;
  bool picture_;
  FcCharSet* characters_ = nullptr;
  mutable std::unique_ptr<hb_font_t, Destroy<hb_font_destroy>> shaping_;
  mutable std::unique_ptr<FT_LibraryRec_, Destroy<FT_Done_FreeType>> library_;
  mutable std::unique_ptr<FT_FaceRec_, Destroy<FT_Done_Face>> outlines_;  // goes before its library
};

/// All other fonts of a weight, the likest first; each is opened when it is needed first.
class OtherFaces {
 public:
  explicit OtherFaces(int weight) : weight_(weight) {}

  /// A font with outlines if any has the character, else one with coloured pictures, else null.
  const Face* find(char32_t c);

 private:
  const Face& opened(int index);

  int weight_;
  Pattern wanted_;
  std::unique_ptr<FcFontSet, Destroy<FcFontSetDestroy>> sorted_;
  std::map<int, std::unique_ptr<Face>> faces_;
  std::unordered_map<char32_t, const Face*> known_;
};

}  // namespace gatescope::app
