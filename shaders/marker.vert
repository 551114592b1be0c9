#version 330 core
#include "place.glsl"

layout(location = 0) in vec4 marker_in;  // centre, half the size, shape
layout(location = 1) in vec4 color_in;
layout(location = 2) in vec4 clip_in;

flat out vec4 marker;
flat out vec4 color;
flat out vec4 clip;

void main() {
  marker = marker_in;
  color = color_in;
  clip = clip_in;
  vec2 reach = vec2(1.2 * marker.z + 1.0);
  gl_Position = place(vec4(marker.xy - reach, marker.xy + reach));
}
