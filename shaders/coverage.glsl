// How much of a rectangle with sides along the axes (a cell) a shape covers. Positions are in pixels, y downwards;
// a pixel is a cell of side 1 about its centre.

// The part of [at - side/2, at + side/2] that lies in [low, high].
float overlap(float low, float high, float at, float side) {
  float h = 0.5 * side;
  return max(min(high, at + h) - max(low, at - h), 0.0) / side;
}

// `bounds` is left, top, right, bottom.
float box_coverage(vec4 bounds, vec2 at, float side) {
  return overlap(bounds.x, bounds.z, at.x, side) * overlap(bounds.y, bounds.w, at.y, side);
}

// A half-plane whose edge is `inside` away from the cell's centre (negative: the centre lies outside), with that
// normal: the integral of the cell's shadow on the normal, which is a trapezoid.
float half_plane(float inside, vec2 normal, vec2 cell) {
  vec2 n = abs(normal) * cell;
  float wide = max(n.x, n.y), narrow = min(n.x, n.y);
  float distance = abs(inside), end = 0.5 * (wide + narrow), flat_end = 0.5 * (wide - narrow);
  float covered;
  if (distance >= end)
    covered = 1.0;
  else if (distance <= flat_end)
    covered = 0.5 + distance / wide;
  else
    covered = 1.0 - (end - distance) * (end - distance) / (2.0 * wide * narrow);
  return inside < 0.0 ? 1.0 - covered : covered;
}

// A disc about the origin, seen from `at`.
float disc_coverage(float radius, vec2 at, float side) {
  float r = length(at);
  vec2 normal = r > 1e-4 ? at / r : vec2(1.0, 0.0);
  return half_plane(radius - r, normal, vec2(side)) - half_plane(-radius - r, normal, vec2(side));
}

// The same from four quarters: better where the disc is small.
float fine_disc_coverage(float radius, vec2 at, float side) {
  float q = 0.25 * side, h = 0.5 * side;
  return 0.25 * (disc_coverage(radius, at + vec2(-q, -q), h) + disc_coverage(radius, at + vec2(q, -q), h) +
                 disc_coverage(radius, at + vec2(-q, q), h) + disc_coverage(radius, at + vec2(q, q), h));
}

float rounded_box_coverage(vec4 bounds, float radius, vec2 at, float side) {
  if (bounds.z <= bounds.x || bounds.w <= bounds.y) return 0.0;
  float sharp = box_coverage(bounds, at, side);
  if (radius <= 0.0) return sharp;
  vec2 centre = 0.5 * (bounds.xy + bounds.zw), half_size = 0.5 * (bounds.zw - bounds.xy);
  vec2 corner = abs(at - centre) - (half_size - radius);  // from the centre of the nearest corner's arc
  if (corner.x <= -0.5 * side || corner.y <= -0.5 * side) return sharp;
  return min(sharp, fine_disc_coverage(radius, max(corner, 0.0), side));
}

// The integral of clamp(y, 0, 1).
float ramp(float y) {
  return y <= 0.0 ? 0.0 : y >= 1.0 ? y - 0.5 : 0.5 * y * y;
}

// What lies above (smaller y) the line from (x.s, y.s) to (x.t, y.t), between its two ends; x.s < x.t.
float above_line(vec2 x, vec2 y, vec2 at, float side) {
  float left = max(x.s, at.x - 0.5 * side), right = min(x.t, at.x + 0.5 * side);
  if (right <= left) return 0.0;
  float slope = (y.t - y.s) / (x.t - x.s), top = at.y - 0.5 * side;
  // heights of the line over the cell's upper edge, in sides
  float a = (mix(y.s, y.t, (left - x.s) / (x.t - x.s)) - top) / side;
  float b = (mix(y.s, y.t, (right - x.s) / (x.t - x.s)) - top) / side;
  float mean = abs(b - a) > 1e-3 ? (ramp(b) - ramp(a)) / (b - a) : clamp(0.5 * (a + b), 0.0, 1.0);
  return mean * (right - left) / side;
}
