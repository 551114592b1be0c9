#version 330 core
// Paints what a mask has gathered; the stencil lets each pixel through once.
#include "coverage.glsl"

uniform sampler2D mask;
flat in vec4 color;
flat in vec4 clip;
out vec4 painted;

void main() {
  float covered = dot(texelFetch(mask, ivec2(gl_FragCoord.xy), 0), vec4(0.25));
  covered *= box_coverage(clip, gl_FragCoord.xy, 1.0);
  painted = vec4(color.rgb, 1.0) * (color.a * covered);
}
