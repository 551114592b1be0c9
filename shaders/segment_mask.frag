#version 330 core
// One segment of a longer line. The greatest coverage of each quarter of a pixel is kept, so that segments that
// overlap are one shape and the line is as even at its joins as between them. The quarters stand side by side:
// what is dense, is dense along x.
#include "coverage.glsl"
#include "segment.glsl"

out vec4 quarters;

void main() {
  vec2 at = gl_FragCoord.xy, quarter = vec2(0.25, 1.0);
  for (int i = 0; i < 4; ++i)
    quarters[i] = segment_coverage(at + vec2(0.25 * float(i) - 0.375, 0.0), quarter);
}
