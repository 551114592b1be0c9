#pragma once

#include <ft2build.h>
#include FT_FREETYPE_H
#include <hb.h>

#include <memory>
#include <string>
#include <utility>

#include "app/type/font_file.h"

namespace gatescope::app {

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* owned) const {
    destroy(owned);
  }
};

/// A font's file, as HarfBuzz shapes with it and FreeType outlines it, and the characters it has. One thread
/// at a time.
class Face {
 public:
  explicit Face(FontFile file) : file_(std::move(file)) {}
  Face(const Face&) = delete;
  Face& operator=(const Face&) = delete;

  bool has(char32_t c) const;
  /// Whether there is something to see of it, or it is a space: `has` takes some fonts' word for it.
  bool shows(char32_t c) const;
  /// Whether its glyphs are coloured pictures.
  bool picture() const { return file_.picture; }
  const std::string& family() const { return file_.family; }
  _FcPattern* pattern() const { return file_.pattern.get(); }
  const std::string& file() const { return file_.path; }

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

  FontFile file_;
  mutable std::unique_ptr<hb_font_t, Destroy<hb_font_destroy>> shaping_;
  mutable std::unique_ptr<FT_LibraryRec_, Destroy<FT_Done_FreeType>> library_;
  mutable std::unique_ptr<FT_FaceRec_, Destroy<FT_Done_Face>> outlines_;  // goes before its library
};

/// All other fonts of a weight that the machine has, the likest first; each is opened when it is needed
/// first.
class OtherFaces {
 public:
  explicit OtherFaces(plot::Weight weight);
  OtherFaces(const OtherFaces&) = delete;
  OtherFaces& operator=(const OtherFaces&) = delete;
  ~OtherFaces();

  /// A font with outlines if any has the character, else one with coloured pictures, else null.
  const Face* find(char32_t c);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatescope::app
