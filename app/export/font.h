#pragma once

#include <cairo.h>

#include <memory>
#include <string>

#include "core/figure/layout.h"

namespace gatescope::app {

/// DejaVu Sans (regular, bold) and DejaVu Sans Mono, found by fontconfig. Cheap to copy. Outlines are not
/// hinted, so a text is as wide at every scale.
class Fonts {
 public:
  /// Throws Error that says what to install where fontconfig finds no DejaVu.
  Fonts();

  figure::TextExtent extent(std::string_view text, const figure::TextStyle& style) const;
  figure::TextMeasure measure() const;
  cairo_scaled_font_t* scaled(
      const figure::TextStyle& style) const;                      ///< borrowed, for a page of 1 point a unit
  cairo_font_face_t* face(const figure::TextStyle& style) const;  ///< borrowed

 private:
  struct Faces;
  std::shared_ptr<Faces> faces_;
};

}  // namespace gatescope::app
