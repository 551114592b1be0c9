// A stroked straight line with round or butt ends.
flat in vec4 line;
flat in vec3 width_and_caps;

float segment_coverage(vec2 at, vec2 cell) {
  vec2 along = line.zw - line.xy;
  float end = length(along), half_width = width_and_caps.x;
  along = end > 0.0 ? along / end : vec2(1.0, 0.0);
  vec2 across = vec2(-along.y, along.x), from = at - line.xy;
  float t = dot(from, along), covered = 1.0;
  float nearest = t;
  if (width_and_caps.y > 0.5)
    nearest = max(nearest, 0.0);
  else
    covered *= half_plane(t, along, cell);
  if (width_and_caps.z > 0.5)
    nearest = min(nearest, end);
  else
    covered *= half_plane(end - t, along, cell);
  vec2 away = from - along * nearest;
  float r = length(away);
  vec2 normal = r > 1e-4 ? away / r : across;
  return covered * (half_plane(half_width - r, normal, cell) - half_plane(-half_width - r, normal, cell));
}
