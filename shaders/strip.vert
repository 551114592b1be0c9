#version 330 core
// A piece of an area: between two straight lines, from x.s to x.t.
#include "place.glsl"

layout(location = 0) in vec2 x_in;
layout(location = 1) in vec4 y_in;  // one line's y at x.s and x.t, then the other's
layout(location = 2) in vec4 color_in;
layout(location = 3) in vec4 clip_in;

flat out vec2 x;
flat out vec4 y;
flat out vec4 color;
flat out vec4 clip;

void main() {
  x = x_in;
  y = y_in;
  color = color_in;
  clip = clip_in;
  float top = min(min(y.x, y.y), min(y.z, y.w)), bottom = max(max(y.x, y.y), max(y.z, y.w));
  gl_Position = place(vec4(x.s - 1.0, max(top - 1.0, -2.0), x.t + 1.0, min(bottom + 1.0, target.y + 2.0)));
}
