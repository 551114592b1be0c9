// Fonts that fontconfig knows.
#include <fontconfig/fontconfig.h>

#include <map>
#include <unordered_map>
#include <utility>

#include "app/type/face.h"
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

FontFile file_of(std::shared_ptr<FcPattern> pattern) {
  FontFile file{.path = text_of(pattern.get(), FC_FILE),
                .index = 0,
                .family = text_of(pattern.get(), FC_FAMILY),
                .picture = flag_of(pattern.get(), FC_COLOR),
                .has = {},
                .embolden = flag_of(pattern.get(), FC_EMBOLDEN),
                .slant = {},
                .pattern = pattern};
  FcPatternGetInteger(pattern.get(), FC_INDEX, 0, &file.index);
  FcMatrix* slant = nullptr;
  if (FcPatternGetMatrix(pattern.get(), FC_MATRIX, 0, &slant) == FcResultMatch && slant != nullptr)
    file.slant = {slant->xx, slant->xy, slant->yx, slant->yy};
  FcCharSet* characters = nullptr;  // the pattern's own
  FcPatternGetCharSet(pattern.get(), FC_CHARSET, 0, &characters);
  file.has = [pattern = std::move(pattern), characters](char32_t c) {
    return characters != nullptr && FcCharSetHasChar(characters, static_cast<FcChar32>(c)) == FcTrue;
  };
  return file;
}

using Pattern = std::unique_ptr<FcPattern, Destroy<FcPatternDestroy>>;

Pattern wanted_pattern(const char* family, plot::Weight weight) {
  Pattern wanted(FcPatternCreate());
  FcPatternAddString(wanted.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>(family));
  FcPatternAddInteger(wanted.get(), FC_WEIGHT,
                      weight == plot::Weight::bold ? FC_WEIGHT_BOLD : FC_WEIGHT_REGULAR);
  FcConfigSubstitute(nullptr, wanted.get(), FcMatchPattern);
  FcDefaultSubstitute(wanted.get());
  return wanted;
}

}  // namespace

FontFile find_font(const char* family, plot::Weight weight) {
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
  return file_of(std::move(found));
}

struct OtherFaces::State {
  plot::Weight weight;
  Pattern wanted = {};
  std::unique_ptr<FcFontSet, Destroy<FcFontSetDestroy>> sorted = {};
  std::map<int, std::unique_ptr<Face>> faces = {};
  std::unordered_map<char32_t, const Face*> known = {};

  const Face& opened(int index);
};

OtherFaces::OtherFaces(plot::Weight weight) : state_(new State{weight}) {}

OtherFaces::~OtherFaces() = default;

const Face* OtherFaces::find(char32_t c) {
  State& s = *state_;
  if (const auto known = s.known.find(c); known != s.known.end()) return known->second;
  if (!s.sorted) {
    s.wanted = wanted_pattern("DejaVu Sans", s.weight);
    FcResult result = FcResultMatch;
    s.sorted.reset(FcFontSort(nullptr, s.wanted.get(), FcFalse, nullptr, &result));
  }
  const Face* found = nullptr;
  for (const bool color : {false, true})
    for (int i = 0; s.sorted && i < s.sorted->nfont && found == nullptr; ++i)
      if (FcCharSet* has = nullptr;
          flag_of(s.sorted->fonts[i], FC_COLOR) == color &&
          (color || flag_of(s.sorted->fonts[i], FC_OUTLINE)) &&
          FcPatternGetCharSet(s.sorted->fonts[i], FC_CHARSET, 0, &has) == FcResultMatch &&
          FcCharSetHasChar(has, static_cast<FcChar32>(c)) == FcTrue)
        if (const Face& face = s.opened(i); face.shows(c)) found = &face;
  return s.known.emplace(c, found).first->second;
}

const Face& OtherFaces::State::opened(int index) {
  std::unique_ptr<Face>& face = faces[index];
  if (!face)
    face = std::make_unique<Face>(
        file_of(Pattern(FcFontRenderPrepare(nullptr, wanted.get(), sorted->fonts[index]))));
  return *face;
}

}  // namespace gatescope::app
