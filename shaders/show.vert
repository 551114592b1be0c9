#version 330 core
// A finished picture onto the viewport, its row 0 at the top.
out vec2 where;

void main() {
  where = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(where.x * 2.0 - 1.0, 1.0 - where.y * 2.0, 0.0, 1.0);
}
