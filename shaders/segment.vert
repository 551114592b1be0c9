#version 330 core
#include "place.glsl"

layout(location = 0) in vec4 ends;   // from, to
layout(location = 1) in vec3 shape;  // half width; round start, round end: 1 or 0
layout(location = 2) in vec4 color_in;
layout(location = 3) in vec4 clip_in;

flat out vec4 line;
flat out vec3 width_and_caps;
flat out vec4 color;
flat out vec4 clip;

void main() {
  line = ends;
  width_and_caps = shape;
  color = color_in;
  clip = clip_in;
  vec2 along = ends.zw - ends.xy;
  float length_along = length(along), reach = shape.x + 1.0;
  along = length_along > 0.0 ? along / length_along : vec2(1.0, 0.0);
  vec2 across = vec2(-along.y, along.x);
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
  vec2 pixel = (corner.x < 0.0 ? ends.xy : ends.zw) + reach * (corner.x * along + corner.y * across);
  gl_Position = vec4(pixel / target * 2.0 - 1.0, 0.0, 1.0);
}
