#version 330 core
#include "place.glsl"

layout(location = 0) in vec4 bounds_in;  // left, top, right, bottom
layout(location = 1) in vec2 shape_in;   // radius of the corners, half the stroke's width
layout(location = 2) in vec4 fill_in;
layout(location = 3) in vec4 stroke_in;
layout(location = 4) in vec4 clip_in;

flat out vec4 bounds;
flat out vec2 shape;
flat out vec4 fill;
flat out vec4 stroke;
flat out vec4 clip;

void main() {
  bounds = bounds_in;
  shape = shape_in;
  fill = fill_in;
  stroke = stroke_in;
  clip = clip_in;
  float reach = shape.y + 1.0;
  gl_Position = place(bounds + reach * vec4(-1.0, -1.0, 1.0, 1.0));
}
