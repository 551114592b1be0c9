#include "app/export/font.h"

#include <cairo-ft.h>
#include <fontconfig/fontconfig.h>

#include <map>
#include <mutex>
#include <tuple>
#include <unordered_map>

#include "core/error.h"

namespace gatescope::app {
namespace {

using Face = std::unique_ptr<cairo_font_face_t, decltype(&cairo_font_face_destroy)>;
using ScaledFont = std::unique_ptr<cairo_scaled_font_t, decltype(&cairo_scaled_font_destroy)>;
using Pattern = std::unique_ptr<FcPattern, decltype(&FcPatternDestroy)>;

std::string text_of(FcPattern* pattern, const char* object) {
  FcChar8* value = nullptr;
  if (FcPatternGetString(pattern, object, 0, &value) != FcResultMatch) return "";
  return reinterpret_cast<const char*>(value);
}

Face find_face(const char* family, int weight) {
  if (!FcInit()) fail("fontconfig could not be started, so no font can be found for text in figures");
  const Pattern wanted(FcPatternCreate(), &FcPatternDestroy);
  FcPatternAddString(wanted.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>(family));
  FcPatternAddInteger(wanted.get(), FC_WEIGHT, weight);
  FcConfigSubstitute(nullptr, wanted.get(), FcMatchPattern);
  FcDefaultSubstitute(wanted.get());
  FcResult result = FcResultMatch;
  const Pattern found(FcFontMatch(nullptr, wanted.get(), &result), &FcPatternDestroy);
  const std::string nearest = found ? text_of(found.get(), FC_FAMILY) : "";
  if (nearest != family)
    fail(
        "the font '{}' is not installed (fontconfig's nearest is '{}'); install it, on Debian and Ubuntu "
        "with "
        "apt-get install fonts-dejavu-core",
        family, nearest.empty() ? "none" : nearest);
  return {cairo_ft_font_face_create_for_pattern(found.get()), &cairo_font_face_destroy};
}

}  // namespace

struct Fonts::Faces {
  Face regular = find_face("DejaVu Sans", FC_WEIGHT_REGULAR), bold = find_face("DejaVu Sans", FC_WEIGHT_BOLD);
  Face mono = find_face("DejaVu Sans Mono", FC_WEIGHT_REGULAR);
  std::mutex mutex;
  std::map<std::pair<cairo_font_face_t*, float>, ScaledFont> scaled;

  /// What was measured lately: pages are laid out again and again with the same words.
  static constexpr std::size_t most_known = 8192;
  std::unordered_map<std::string, figure::TextExtent> known;
};

Fonts::Fonts() : faces_(std::make_shared<Faces>()) {}

cairo_font_face_t* Fonts::face(const figure::TextStyle& style) const {
  if (style.mono) return faces_->mono.get();
  return (style.weight == figure::Weight::bold ? faces_->bold : faces_->regular).get();
}

cairo_scaled_font_t* Fonts::scaled(const figure::TextStyle& style) const {
  const std::lock_guard lock(faces_->mutex);
  const std::pair key{face(style), style.size};
  if (const auto known = faces_->scaled.find(key); known != faces_->scaled.end()) return known->second.get();
  cairo_matrix_t size, page;
  cairo_matrix_init_scale(&size, style.size, style.size);
  cairo_matrix_init_identity(&page);
  const std::unique_ptr<cairo_font_options_t, decltype(&cairo_font_options_destroy)> options(
      cairo_font_options_create(), &cairo_font_options_destroy);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  ScaledFont font(cairo_scaled_font_create(key.first, &size, &page, options.get()),
                  &cairo_scaled_font_destroy);
  if (const auto status = cairo_scaled_font_status(font.get()); status != CAIRO_STATUS_SUCCESS)
    fail("the font DejaVu cannot be used at {} points: {}", style.size, cairo_status_to_string(status));
  return faces_->scaled.emplace(key, std::move(font)).first->second.get();
}

figure::TextExtent Fonts::extent(std::string_view text, const figure::TextStyle& style) const {
  const std::pair face_and_size{face(style), style.size};
  std::string key(reinterpret_cast<const char*>(&face_and_size.first), sizeof face_and_size.first);
  key.append(reinterpret_cast<const char*>(&face_and_size.second), sizeof face_and_size.second).append(text);
  {
    const std::lock_guard lock(faces_->mutex);
    if (const auto known = faces_->known.find(key); known != faces_->known.end()) return known->second;
  }
  auto* font = scaled(style);
  cairo_text_extents_t text_extents;
  cairo_font_extents_t font_extents;
  cairo_scaled_font_text_extents(font, std::string(text).c_str(), &text_extents);
  cairo_scaled_font_extents(font, &font_extents);
  const figure::TextExtent extent{static_cast<float>(text_extents.x_advance),
                                  static_cast<float>(font_extents.ascent),
                                  static_cast<float>(font_extents.descent)};
  const std::lock_guard lock(faces_->mutex);
  if (faces_->known.size() >= Faces::most_known) faces_->known.clear();
  faces_->known.emplace(std::move(key), extent);
  return extent;
}

figure::TextMeasure Fonts::measure() const {
  return [fonts = *this](std::string_view text, const figure::TextStyle& style) {
    return fonts.extent(text, style);
  };
}

}  // namespace gatescope::app
