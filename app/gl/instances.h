#pragma once

#include <filesystem>
#include <initializer_list>
#include <span>
#include <string_view>

#include "app/gl/program.h"

namespace gatescope::gl {

/// Many instances of one shape, one quad each: their buffer, and how a shader reads it.
template <class Instance>
class Instances {
 public:
  Instances() = default;

  /// `components`: of each attribute, in the order of the members, all float.
  Instances(const Context& gl, std::initializer_list<int> components) : gl_(gl), buffer_(gl), array_(gl) {
    gl->BindVertexArray(array_.id());
    gl->BindBuffer(GL_ARRAY_BUFFER, buffer_.id());
    GLuint location = 0;
    std::size_t offset = 0;
    for (int count : components) {
      gl->EnableVertexAttribArray(location);
      gl->VertexAttribPointer(location, count, GL_FLOAT, GL_FALSE, sizeof(Instance),
                              reinterpret_cast<const void*>(offset));
      gl->VertexAttribDivisor(location, 1);
      offset += static_cast<std::size_t>(count) * sizeof(float);
      ++location;
    }
    gl->BindVertexArray(0);
  }

  void load(std::span<const Instance> instances) {
    gl_->BindBuffer(GL_ARRAY_BUFFER, buffer_.id());
    gl_->BufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(instances.size_bytes()), instances.data(),
                    GL_STREAM_DRAW);
    count_ = static_cast<GLsizei>(instances.size());
  }

  /// Draws what was loaded with the program in use.
  void draw() const {
    gl_->BindVertexArray(array_.id());
    gl_->DrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, count_);
  }

 private:
  Context gl_;
  Buffer buffer_;
  VertexArray array_;
  GLsizei count_ = 0;
};

}  // namespace gatescope::gl
