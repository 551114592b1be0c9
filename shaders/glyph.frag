#version 330 core
#include "coverage.glsl"

uniform sampler2D atlas;
flat in ivec2 offset;
flat in vec4 color;
flat in vec4 clip;
out vec4 painted;

void main() {
  float covered = texelFetch(atlas, ivec2(gl_FragCoord.xy) + offset, 0).r;
  covered *= box_coverage(clip, gl_FragCoord.xy, 1.0);
  painted = vec4(color.rgb, 1.0) * (color.a * covered);
}
