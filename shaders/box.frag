#version 330 core
#include "coverage.glsl"

flat in vec4 bounds;
flat in vec2 shape;
flat in vec4 fill;
flat in vec4 stroke;
flat in vec4 clip;
out vec4 painted;

void main() {
  vec2 at = gl_FragCoord.xy;
  float radius = shape.x, h = shape.y;
  vec4 under = vec4(fill.rgb, 1.0) * (fill.a * rounded_box_coverage(bounds, radius, at, 1.0));
  vec4 over = vec4(0.0);
  if (h > 0.0) {
    vec4 grow = h * vec4(-1.0, -1.0, 1.0, 1.0);
    float outer = rounded_box_coverage(bounds + grow, radius > 0.0 ? radius + h : 0.0, at, 1.0);
    float inner = rounded_box_coverage(bounds - grow, max(radius - h, 0.0), at, 1.0);
    over = vec4(stroke.rgb, 1.0) * (stroke.a * max(outer - inner, 0.0));
  }
  painted = (over + under * (1.0 - over.a)) * box_coverage(clip, at, 1.0);
}
