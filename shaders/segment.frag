#version 330 core
#include "coverage.glsl"
#include "segment.glsl"

flat in vec4 color;
flat in vec4 clip;
out vec4 painted;

void main() {
  float covered = segment_coverage(gl_FragCoord.xy, vec2(1.0)) * box_coverage(clip, gl_FragCoord.xy, 1.0);
  painted = vec4(color.rgb, 1.0) * (color.a * covered);
}
