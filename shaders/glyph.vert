#version 330 core
#include "place.glsl"

layout(location = 0) in vec4 bounds_in;  // whole pixels
layout(location = 1) in vec2 source_in;  // its left upper corner in the atlas
layout(location = 2) in vec4 color_in;
layout(location = 3) in vec4 clip_in;

flat out ivec2 offset;
flat out vec4 color;
flat out vec4 clip;

void main() {
  offset = ivec2(source_in) - ivec2(bounds_in.xy);
  color = color_in;
  clip = clip_in;
  gl_Position = place(bounds_in);
}
