#version 330 core
#include "coverage.glsl"

flat in vec4 marker;
flat in vec4 color;
flat in vec4 clip;
out vec4 painted;

// Four lines from x = -r over 0 to x = r: what lies between the upper two and the lower two. A diamond or a
// triangle; the heights are at -r, 0 and r.
float between(float r, vec3 upper, vec3 lower, vec2 at) {
  vec2 left = vec2(-r, 0.0), right = vec2(0.0, r);
  return above_line(left, lower.xy, at, 1.0) - above_line(left, upper.xy, at, 1.0) +
         above_line(right, lower.yz, at, 1.0) - above_line(right, upper.yz, at, 1.0);
}

// The four shapes look equally large and are centred by weight.
void main() {
  vec2 at = gl_FragCoord.xy - marker.xy;
  float r = marker.z, covered;
  if (marker.w < 0.5)
    covered = fine_disc_coverage(r, at, 1.0);
  else if (marker.w < 1.5)
    covered = box_coverage(0.89 * vec4(-r, -r, r, r), at, 1.0);
  else if (marker.w < 2.5)
    covered = between(1.2 * r, vec3(0.0, -1.2 * r, 0.0), vec3(0.0, 1.2 * r, 0.0), at);
  else
    covered = between(1.1 * r, r * vec3(0.8, -1.2, 0.8), r * vec3(0.8), at);
  covered *= box_coverage(clip, gl_FragCoord.xy, 1.0);
  painted = vec4(color.rgb, 1.0) * (color.a * covered);
}
