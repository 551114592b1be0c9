#pragma once

#include <vector>

#include "core/plot/scene.h"

namespace gatescope::gl {

/// What a scene's primitives become before they are drawn: plain shapes in pixels, y downwards, each one
/// instance of a shader. Nothing here calls OpenGL. Whatever is far outside is cut off, so that coordinates
/// stay small enough for float.

struct Bounds {
  float left = 0, top = 0, right = 0, bottom = 0;
  bool empty() const { return !(left < right && top < bottom); }
};

Bounds intersection(const Bounds& a, const Bounds& b);
Bounds inflated(const Bounds& bounds, float by);
Bounds to_pixels(const plot::Rect& rect, float scale);

/// Instances: the attributes of segment.vert, strip.vert, box.vert, marker.vert and glyph.vert in their
/// order.
struct Segment {
  plot::Point from = {}, to = {};
  float half_width = 0, round_start = 1, round_end = 1;
  plot::Color color = {};
  Bounds clip = {};
};

struct Strip {
  float left = 0, right = 0;
  float upper_left = 0, upper_right = 0, lower_left = 0, lower_right = 0;
  plot::Color color = {};
  Bounds clip = {};
};

struct BoxShape {
  Bounds bounds = {};
  float radius = 0, half_stroke = 0;
  plot::Color fill = {}, stroke = {};
  Bounds clip = {};
};

struct MarkerSpot {
  plot::Point at = {};
  float half_size = 0, shape = 0;
  plot::Color color = {};
  Bounds clip = {};
};

struct GlyphSpot {
  Bounds bounds = {};
  float source_x = 0, source_y = 0;
  plot::Color color = {};
  Bounds clip = {};
};

/// Where things are drawn: pixels a point, the pixels that can be seen, and the clip box shaders apply
/// (fractions of pixels count).
struct Frame {
  float scale = 1;
  Bounds visible = {};
  Bounds clip = {};
};

/// One colour's part of a line: its segments overlap at the joins and are to be painted as one shape, unless
/// they are `apart`.
struct Stroke {
  std::vector<Segment> segments = {};
  bool apart = false;
};

enum class Joins { round, mitre };

/// The strokes of a line, one for each run of segments of one colour.
std::vector<Stroke> strokes(const plot::Polyline& line, const Frame& frame, Joins joins = Joins::round);

/// The outline of a box whose stroke is dashed; its joins are mitred.
plot::Polyline outline(const plot::Box& box);

/// The strips between two lines; pieces outside are left out.
std::vector<Strip> strips(const plot::Area& area, const Frame& frame);

/// A convex polygon as strips between its corners.
std::vector<Strip> strips(const plot::Polygon& polygon, const Frame& frame);

std::vector<BoxShape> boxes(const plot::Box& box, const Frame& frame);
std::vector<MarkerSpot> marker_spots(const plot::Markers& markers, const Frame& frame);

}  // namespace gatescope::gl
