#pragma once

// What GlPainter is made of; nothing but its two sources includes this.

#include <algorithm>
#include <vector>

#include "app/gl/geometry.h"
#include "app/gl/gl_painter.h"
#include "app/gl/glyph_atlas.h"
#include "app/gl/instances.h"

namespace gatescope::gl {

inline constexpr GLint mask_unit = 1, values_unit = 2, tables_unit = 3;

/// Shapes that are painted each by itself, and those that wait to be drawn together.
template <class Shape>
struct Brush {
  Program program;
  Instances<Shape> instances;
  std::vector<Shape> waiting = {};
};

/// Pieces that touch or overlap and are painted as one shape: `gather` collects their coverage in a mask by
/// an equation, then `paint` paints it once.
template <class Piece>
struct MaskedBrush {
  Program gather, paint;
  Instances<Piece> instances;
  GLenum equation = GL_MAX;
};

struct GlPainter::Parts {
  Parts(const Context& context, const app::Fonts& fonts, const Shaders& shaders);

  void begin(const plot::Scene& scene, float pixels_per_point, Canvas& canvas);
  void draw(const plot::Item& item);
  void flush();

  void add(const plot::Polyline& shape) { paint(strokes(shape, frame)); }
  void add(const plot::Area& shape) { paint(strips(shape, frame)); }
  void add(const plot::Polygon& shape) { paint(strips(shape, frame)); }
  void add(const plot::Box& box);
  void add(const plot::Image& image);
  void add(const plot::Text& text);
  void add(const plot::Markers& markers);

  void paint(const std::vector<Stroke>& lines);
  void paint(const std::vector<Strip>& pieces);

  /// Adds to what waits for the brush, after drawing what waits for any other.
  template <class Shape>
  void wait(Brush<Shape>& brush, const std::vector<Shape>& shapes);
  template <class Shape>
  void draw_waiting(Brush<Shape>& brush);

  template <class Piece>
  void paint_masked(const std::vector<Piece>& pieces, MaskedBrush<Piece>& brush);

  void upload_tables(const std::vector<plot::ColorTable>& tables);

  Context gl;
  GlyphAtlas atlas;
  Brush<Segment> segment;
  Brush<BoxShape> box;
  Brush<MarkerSpot> marker;
  Brush<GlyphSpot> glyph;
  MaskedBrush<Segment> line;
  MaskedBrush<Strip> area;
  Program heatmap, show;
  VertexArray empty;
  Texture values, tables;
  Canvas mask, own;
  int stencil_value = 0;  ///< of the last masked shape on the canvas

  // While a scene is painted.
  Canvas* target = nullptr;
  Frame frame;
};

}  // namespace gatescope::gl
