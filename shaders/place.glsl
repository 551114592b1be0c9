// Every shape is a quad just large enough, drawn as a strip of four corners.
uniform vec2 target;  // pixels

vec4 place(vec4 bounds) {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 pixel = mix(bounds.xy, bounds.zw, corner);
  return vec4(pixel / target * 2.0 - 1.0, 0.0, 1.0);  // row 0 is the picture's top
}
