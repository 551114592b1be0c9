#include "app/type/face.h"

#include FT_OUTLINE_H
#include FT_SYNTHESIS_H

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "core/error.h"

namespace gatescope::app {
namespace {

std::string text_of(FcPattern* pattern, const char* object) {
  FcChar8* value = nullptr;
  if (FcPatternGetString(pattern, object, 0, &value) != FcResultMatch) return "";
  return reinterpret_cast<const char*>(value);
}

bool flag_of(FcPattern* pattern, const char* object) {
  FcBool value = FcFalse;
  return FcPatternGetBool(pattern, object, 0, &value) == FcResultMatch && value == FcTrue;
}

int index_of(FcPattern* pattern) {
  int index = 0;
  FcPatternGetInteger(pattern, FC_INDEX, 0, &index);
  return index;
}

Pattern wanted_pattern(const char* family, int weight) {
  Pattern wanted(FcPatternCreate());
  FcPatternAddString(wanted.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>(family));
  FcPatternAddInteger(wanted.get(), FC_WEIGHT, weight);
  FcConfigSubstitute(nullptr, wanted.get(), FcMatchPattern);
  FcDefaultSubstitute(wanted.get());
  return wanted;
}

Pattern find_pattern(const char* family, int weight) {
  if (!FcInit()) fail("fontconfig could not be started, so no font can be found");
  const Pattern wanted = wanted_pattern(family, weight);
  FcResult result = FcResultMatch;
  Pattern found(FcFontMatch(nullptr, wanted.get(), &result));
  const std::string nearest = found ? text_of(found.get(), FC_FAMILY) : "";
  if (nearest != family)
    fail(
        "the font '{}' is not installed (fontconfig's nearest is '{}'); install it, on Debian and Ubuntu "
        "with "
        "apt-get install fonts-dejavu-core",
        family, nearest.empty() ? "none" : nearest);
  return found;
}

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

Face::Face(Pattern pattern)
    : pattern_(std::move(pattern)),
      family_(text_of(pattern_.get(), FC_FAMILY)),
      picture_(flag_of(pattern_.get(), FC_COLOR)) {
  FcPatternGetCharSet(pattern_.get(), FC_CHARSET, 0, &characters_);
}

Face::Face(const char* family, int weight) : Face(find_pattern(family, weight)) {}

bool Face::has(char32_t c) const {
  return characters_ != nullptr && FcCharSetHasChar(characters_, static_cast<FcChar32>(c)) == FcTrue;
}

bool Face::shows(char32_t c) const {
  hb_codepoint_t glyph = 0;
  if (hb_font_get_nominal_glyph(shaping(), static_cast<hb_codepoint_t>(c), &glyph) == 0 || glyph == 0)
    return false;
  hb_glyph_extents_t extents{};
  return picture_ ||
         hb_unicode_general_category(hb_unicode_funcs_get_default(), static_cast<hb_codepoint_t>(c)) ==
             HB_UNICODE_GENERAL_CATEGORY_SPACE_SEPARATOR ||
         (hb_font_get_glyph_extents(shaping(), glyph, &extents) != 0 && extents.width != 0);
}

std::string Face::file() const {
  return text_of(pattern_.get(), FC_FILE);
}

hb_font_t* Face::shaping() const {
  if (shaping_) return shaping_.get();
  hb_blob_t* blob = hb_blob_create_from_file(file().c_str());
  hb_face_t* face = hb_face_create(blob, static_cast<unsigned>(index_of(pattern_.get()) & 0xFFFF));
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
  if (const FT_Error error = FT_New_Face(library, file().c_str(), index_of(pattern_.get()), &face);
      error != 0)
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
  // A bold or slanted face that fontconfig makes of one that is neither.
  if (flag_of(pattern_.get(), FC_EMBOLDEN)) FT_GlyphSlot_Embolden(face->glyph);
  FcMatrix* slant = nullptr;
  if (FcPatternGetMatrix(pattern_.get(), FC_MATRIX, 0, &slant) == FcResultMatch && slant != nullptr) {
    const auto fixed = [](double value) { return std::lround(value * 65536); };
    const FT_Matrix matrix{fixed(slant->xx), fixed(slant->xy), fixed(slant->yx), fixed(slant->yy)};
    FT_Outline_Transform(&face->glyph->outline, &matrix);
  }
  return face->glyph;
}

const Face* OtherFaces::find(char32_t c) {
  if (const auto known = known_.find(c); known != known_.end()) return known->second;
  if (!sorted_) {
    wanted_ = wanted_pattern("DejaVu Sans", weight_);
    FcResult result = FcResultMatch;
    sorted_.reset(FcFontSort(nullptr, wanted_.get(), FcFalse, nullptr, &result));
  }
  const Face* found = nullptr;
  for (const bool color : {false, true})
    for (int i = 0; sorted_ && i < sorted_->nfont && found == nullptr; ++i)
      if (FcCharSet* has = nullptr;
          flag_of(sorted_->fonts[i], FC_COLOR) == color &&
          (color || flag_of(sorted_->fonts[i], FC_OUTLINE)) &&
          FcPatternGetCharSet(sorted_->fonts[i], FC_CHARSET, 0, &has) == FcResultMatch &&
          FcCharSetHasChar(has, static_cast<FcChar32>(c)) == FcTrue)
        if (const Face& face = opened(i); face.shows(c)) found = &face;
  return known_.emplace(c, found).first->second;
}

const Face& OtherFaces::opened(int index) {
  auto& face = faces_[index];
  if (!face)
    face =
        std::make_unique<Face>(Pattern(FcFontRenderPrepare(nullptr, wanted_.get(), sorted_->fonts[index])));
  return *face;
}

}  // namespace gatescope::app
