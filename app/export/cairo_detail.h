#pragma once

// What the painters on cairo share; nothing outside app/export includes this.

#include <cairo.h>

#include <map>
#include <memory>
#include <string>

#include "app/type/fonts.h"
#include "core/plot/scene.h"

namespace gatescope::app::detail {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

Surface own(cairo_surface_t* surface);
Context draw_on(const Surface& surface);

/// Throws Error with cairo's reason unless the status is success.
void check(cairo_status_t status, const char* what);

/// Fonts' faces as cairo draws them.
class CairoFaces {
 public:
  /// Borrowed.
  cairo_font_face_t* get(const Face* face);

 private:
  std::map<const Face*, std::unique_ptr<cairo_font_face_t, decltype(&cairo_font_face_destroy)>> faces_;
};

/// A coloured glyph as an image.
Surface picture_surface(const GlyphPicture& picture);

/// The cells as pixels, each repeated a whole number of times in each direction until there are at least
/// `pixels_per_point` of them a point; 0 leaves them single.
Surface image_surface(const plot::Image& image, const plot::ColorTable& table, float pixels_per_point);

std::string png_bytes(const Surface& surface);

/// Draws everything. Images are enlarged by replication for `pixels_per_point`, 0 for raster targets.
void draw_scene(cairo_t* cr, const plot::Scene& scene, const Fonts& fonts, float pixels_per_point);

}  // namespace gatescope::app::detail
