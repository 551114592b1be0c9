#pragma once

#include <string_view>

#include "app/gl/handles.h"
#include "app/gl/shaders.h"

namespace gatescope::gl {

/// A vertex and a fragment shader, linked.
class Program {
 public:
  Program() = default;

  /// From VERTEX.vert and FRAGMENT.frag; a line `#include "FILE"` in them stands for that file. Throws Error
  /// that names file and line of what does not compile.
  Program(const Context& gl, const Shaders& shaders, std::string_view vertex, std::string_view fragment);

  GLuint id() const { return handle_.id(); }
  /// -1 where the shaders have no such uniform in use; OpenGL ignores what is set there.
  GLint uniform(const char* name) const;
  void use() const;

 private:
  Context gl_;
  Handle<ProgramKind> handle_;
};

}  // namespace gatescope::gl
