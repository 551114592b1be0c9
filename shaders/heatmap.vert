#version 330 core
#include "place.glsl"

uniform vec4 bounds;

void main() {
  gl_Position = place(bounds + vec4(-1.0, -1.0, 1.0, 1.0));
}
