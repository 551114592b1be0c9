#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/plot/layout.h"

namespace gatescope::app {

class Face;

/// A glyph of a face by its number, and where it stands.
struct Glyph {
  unsigned long index = 0;
  double x = 0, y = 0;
};

/// A line of text as the glyphs to draw, from left to right, in points from the left end of its baseline, y
/// downwards.
struct SetText {
  /// Characters that are drawn together by some glyphs.
  struct Cluster {
    int bytes = 0, glyphs = 0;
  };
  /// Glyphs of one face and size, with the text they stand for.
  struct Run {
    const Face* face = nullptr;    ///< borrowed from Fonts
    std::string_view family = {};  ///< likewise
    float size = 0;                ///< em size in points
    bool picture = false;          ///< the glyphs are coloured pictures, see Fonts::picture
    std::string text = {};         ///< UTF-8 that every program takes
    std::vector<Glyph> glyphs = {};
    std::vector<Cluster> clusters = {};  ///< which bytes of `text` are which glyphs
    std::vector<double> ends = {};       ///< where each cluster ends, from the left; points
    double right = 0;                    ///< where it ends, in points from the text's beginning
    bool backward = false;               ///< the text's beginning is at the right
  };
  std::vector<Run> runs = {};
  double advance = 0;
};

/// A glyph's outline as a path: where y grows downwards, from the glyph's place.
struct Outline {
  enum class Verb { move, line, curve, close };
  struct Step {
    Verb verb;
    std::vector<plot::Point> points;  ///< of a curve (a cubic Bezier) its two handles and its end
  };
  std::vector<Step> steps;
};

/// How much of each pixel something covers, of 255, row by row; where its left upper pixel lies.
struct Coverage {
  int left = 0, top = 0, width = 0, height = 0;
  std::vector<unsigned char> pixels = {};
};

/// A coloured glyph, and where it lies in a text of 1 point.
struct GlyphPicture {
  int columns = 0, rows = 0;                        ///< 0 where there is nothing to see
  std::vector<std::uint32_t> pixels = {};           ///< ARGB, opacity multiplied in, row by row
  std::vector<unsigned char> shades = {};           ///< coverage for one colour, most where it is dark
  double left = 0, top = 0, width = 0, height = 0;  ///< from the glyph's place on the baseline, y downwards
};

/// DejaVu Sans (regular, bold) and DejaVu Sans Mono, and for characters that they lack whatever font
/// fontconfig has; a character of no font at all is drawn as its code in small digits. Texts are shaped by
/// HarfBuzz, measured and outlined by FreeType. Cheap to copy; threads may share it. Outlines are not hinted,
/// so a text is as wide at every scale.
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

  const Face* face(const plot::TextStyle& style) const;  ///< borrowed
  /// The path of that face's file.
  std::string file(const plot::TextStyle& style) const;

  /// Empty for a space and for a picture.
  Outline outline(const Face* face, unsigned long glyph, float size) const;
  /// Of a run's outlines: how far they reach to the left and to the right of the text's beginning.
  std::pair<double, double> reach(const SetText::Run& run) const;
  const GlyphPicture& picture(const Face* face, unsigned long glyph) const;

  /// Of a glyph that begins at (x, y) and is turned by so many degrees, a unit a pixel. Nothing where it
  /// shows nothing or takes more than `most` pixels a side; a picture is drawn as the shades of its colours.
  Coverage coverage(const Face* face, unsigned long glyph, float size, float rotation, double x, double y,
                    int most = 4096) const;
  /// Of a text that begins at (x, y), on a page of width x height pixels.
  std::vector<unsigned char> coverage(const SetText& text, int width, int height, double x, double y) const;

 private:
  struct Faces;
  std::shared_ptr<Faces> faces_;
};

}  // namespace gatescope::app
