#version 330 core
// One segment of a longer line. The greatest coverage of each quarter of a pixel is kept, so that segments that
// overlap are one shape and the line is as even at its joins as between them. The quarters stand side by side:
// what is dense, is dense along x.
#include "coverage.glsl"
#include "segment.glsl"

out vec4 quarters;

float quarter_coverage(float across) {
  return segment_coverage(gl_FragCoord.xy + vec2(across, 0.0), vec2(0.25, 1.0));
}

void main() {
  quarters = vec4(quarter_coverage(-0.375), quarter_coverage(-0.125), quarter_coverage(0.125),
                  quarter_coverage(0.375));
}
