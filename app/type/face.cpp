#include "app/type/face.h"

#include FT_OUTLINE_H
#include FT_SYNTHESIS_H

#include <cmath>
#include <cstddef>

#include "core/error.h"

namespace gatescope::app {
namespace {

/// Of a font with pictures of a few sizes, the one at least as large, or else the largest.
int strike_for(FT_Face face, double pixels) {
  int best = 0;
  for (int i = 1; i < face->num_fixed_sizes; ++i) {
    const auto size = [&](int k) { return double(face->available_sizes[k].y_ppem) / 64; };
    const bool larger = size(i) > size(best);
    if (size(best) < pixels ? larger : size(i) >= pixels && !larger) best = i;
  }
  return best;
}

}  // namespace

bool Face::has(char32_t c) const {
  if (file_.has) return file_.has(c);
  hb_codepoint_t glyph = 0;
  return hb_font_get_nominal_glyph(shaping(), static_cast<hb_codepoint_t>(c), &glyph) != 0 && glyph != 0;
}

bool Face::shows(char32_t c) const {
  hb_codepoint_t glyph = 0;
  if (hb_font_get_nominal_glyph(shaping(), static_cast<hb_codepoint_t>(c), &glyph) == 0 || glyph == 0)
    return false;
  hb_glyph_extents_t extents{};
  return file_.picture ||
         hb_unicode_general_category(hb_unicode_funcs_get_default(), static_cast<hb_codepoint_t>(c)) ==
             HB_UNICODE_GENERAL_CATEGORY_SPACE_SEPARATOR ||
         (hb_font_get_glyph_extents(shaping(), glyph, &extents) != 0 && extents.width != 0);
}

hb_font_t* Face::shaping() const {
  if (shaping_) return shaping_.get();
  hb_blob_t* blob = hb_blob_create_from_file(file_.path.c_str());
  hb_face_t* face = hb_face_create(blob, static_cast<unsigned>(file_.index & 0xFFFF));
  shaping_.reset(hb_font_create(face));
  hb_font_set_scale(shaping_.get(), kShapingEm, kShapingEm);
  hb_face_destroy(face);
  hb_blob_destroy(blob);
  return shaping_.get();
}

FT_Face Face::open() const {
  if (outlines_) return outlines_.get();
  FT_Library library = nullptr;
  if (FT_Init_FreeType(&library) != 0) fail("FreeType could not be started, so no text can be drawn");
  library_.reset(library);
  FT_Face face = nullptr;
  if (const FT_Error error = FT_New_Face(library, file_.path.c_str(), file_.index, &face); error != 0)
    fail("the font file '{}' cannot be used (FreeType's error {})", file(), error);
  outlines_.reset(face);
  return face;
}

Face::Lines Face::lines() const {
  const FT_Face face = open();
  if (!FT_IS_SCALABLE(face)) return {1, 0};
  return {double(face->ascender) / face->units_per_EM, -double(face->descender) / face->units_per_EM};
}

FT_Face Face::sized(double pixels) const {
  const FT_Face face = open();
  const FT_Error error = FT_IS_SCALABLE(face) ? FT_Set_Char_Size(face, std::lround(pixels * 64), 0, 0, 0)
                         : face->num_fixed_sizes > 0 ? FT_Select_Size(face, strike_for(face, pixels))
                                                     : FT_Err_Invalid_Pixel_Size;
  if (error != 0)
    fail("the font file '{}' cannot be used at {} pixels (FreeType's error {})", file(), pixels, error);
  return face;
}

FT_GlyphSlot Face::outlined(unsigned long glyph, double pixels) const {
  const FT_Face face = sized(pixels);
  if (FT_Load_Glyph(face, static_cast<FT_UInt>(glyph), FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP) != 0 ||
      face->glyph->format != FT_GLYPH_FORMAT_OUTLINE)
    return nullptr;
  if (file_.embolden) FT_GlyphSlot_Embolden(face->glyph);
  if (file_.slant) {
    const auto fixed = [&](std::size_t k) { return std::lround((*file_.slant)[k] * 65536); };
    const FT_Matrix matrix{fixed(0), fixed(1), fixed(2), fixed(3)};
    FT_Outline_Transform(&face->glyph->outline, &matrix);
  }
  return face->glyph;
}

}  // namespace gatescope::app
