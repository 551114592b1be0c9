#version 330 core
uniform sampler2D picture;
in vec2 where;
out vec4 painted;

void main() {
  painted = texture(picture, where);
}
