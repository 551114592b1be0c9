#version 330 core
// Pieces of an area never overlap: their shares of a pixel are added.
#include "coverage.glsl"

flat in vec2 x;
flat in vec4 y;
out vec4 share;

void main() {
  share = vec4(abs(above_line(x, y.xy, gl_FragCoord.xy, 1.0) - above_line(x, y.zw, gl_FragCoord.xy, 1.0)));
}
