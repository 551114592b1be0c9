#pragma once

#include <cairo.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/plot/layout.h"

namespace gatescope::app {

/// A line of text as the glyphs to draw, from left to right, in points from the left end of its baseline.
struct SetText {
  /// Glyphs of one face and size, with the text they stand for.
  struct Run {
    cairo_font_face_t* face = nullptr;  ///< borrowed from Fonts
    std::string_view family = {};       ///< likewise
    float size = 0;                     ///< em size in points
    bool picture = false;   ///< the glyphs are coloured pictures, see Fonts::picture; they have no outline
    std::string text = {};  ///< UTF-8 that every program takes
    std::vector<cairo_glyph_t> glyphs = {};
    std::vector<cairo_text_cluster_t> clusters = {};  ///< which bytes of `text` are which glyphs
    std::vector<double> ends = {};                    ///< where each cluster ends, from the left; points
    double right = 0;                                 ///< where it ends, in points from the text's beginning
    bool backward = false;                            ///< the text's beginning is at the right
  };
  std::vector<Run> runs = {};
  double advance = 0;
};

/// DejaVu Sans (regular, bold) and DejaVu Sans Mono, and for characters that they lack whatever font
/// fontconfig has; a character of no font at all is drawn as its code in small digits. Texts are shaped by
/// HarfBuzz. Cheap to copy; threads may share it. Outlines are not hinted, so a text is as wide at every
/// scale.
class Fonts {
 public:
  /// Throws Error that says what to install where fontconfig finds no DejaVu.
  Fonts();

  plot::TextExtent extent(std::string_view text, const plot::TextStyle& style) const;
  plot::TextMeasure measure() const;

  /// Any bytes may be set: what is not UTF-8 becomes U+FFFD, control characters their signs.
  std::shared_ptr<const SetText> set(std::string_view text, const plot::TextStyle& style) const;

  /// A text as other programs can set it: UTF-8 in its own order, with a sign for what shows nothing.
  static std::string in_signs(std::string_view text);

  /// A glyph of a run of pictures, and where it lies in a text of 1 point.
  struct Picture {
    std::shared_ptr<cairo_surface_t> pixels = {};     ///< ARGB32; null where there is nothing to see
    std::shared_ptr<cairo_surface_t> shades = {};     ///< A8: coverage for one colour, most where it is dark
    double left = 0, top = 0, width = 0, height = 0;  ///< from the glyph's place on the baseline, y downwards

    /// From here on a unit of the drawing is one of its pixels, the first at the origin, so that it lies
    /// where the glyph at (x, y) belongs in text of that size.
    void lay(cairo_t* cr, double x, double y, double size) const;
  };
  const Picture& picture(cairo_font_face_t* face, unsigned long glyph) const;

  /// How much of each pixel a text covers, of 255, row by row; a unit is a pixel, the text begins at (x, y).
  std::vector<unsigned char> coverage(const SetText& text, int width, int height, double x, double y) const;

  cairo_scaled_font_t* scaled(
      const plot::TextStyle& style) const;  ///< borrowed, for a page of 1 point a unit
  cairo_scaled_font_t* scaled(cairo_font_face_t* face, float size) const;
  cairo_font_face_t* face(const plot::TextStyle& style) const;  ///< borrowed

 private:
  struct Faces;
  std::shared_ptr<Faces> faces_;
};

}  // namespace gatescope::app
