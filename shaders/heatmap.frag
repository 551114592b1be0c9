#version 330 core
// A matrix as coloured cells: the cell under the pixel's centre, then its colour in the table.
#include "coverage.glsl"

uniform sampler2D values;  // one float a cell; the part of the matrix that starts at `first`
uniform sampler2D tables;  // a row for each table
uniform int table;
uniform ivec2 cells;  // columns, rows of the whole matrix
uniform ivec2 first;
uniform vec2 range;  // values at the two ends of the table
uniform vec4 gap;    // colour of what is not finite
uniform vec4 bounds;
uniform vec4 clip;
out vec4 painted;

// By its bits: drivers may take it for granted that nothing is NaN.
bool finite(float value) {
  return (floatBitsToUint(value) & 0x7f800000u) != 0x7f800000u;
}

void main() {
  vec2 at = gl_FragCoord.xy;
  // A centre on the border of two cells shows the one before, as where cairo paints.
  vec2 place = (at - bounds.xy) / (bounds.zw - bounds.xy) * vec2(cells);
  ivec2 cell = ivec2(ceil(place - 0.02)) - 1;
  cell = clamp(cell, ivec2(0), cells - 1) - first;
  ivec2 held = textureSize(values, 0);
  if (cell.x < 0 || cell.y < 0 || cell.x >= held.x || cell.y >= held.y) discard;
  float value = texelFetch(values, cell, 0).r;
  vec4 color = gap;
  if (finite(value)) {
    int size = textureSize(tables, 0).x;
    // By halves: a range may be wider than the largest float.
    vec2 half_range = range / 2.0;
    float fraction = range.t > range.s ? (value / 2.0 - half_range.s) / (half_range.t - half_range.s) : 0.5;
    int index = int(clamp(floor(fraction * float(size)), 0.0, float(size - 1)));
    color = texelFetch(tables, ivec2(index, table), 0);
  }
  float covered = box_coverage(bounds, at, 1.0) * box_coverage(clip, at, 1.0);
  painted = vec4(color.rgb, 1.0) * (color.a * covered);
}
