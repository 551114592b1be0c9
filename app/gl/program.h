#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "app/gl/handles.h"

namespace gatescope::gl {

/// Where shaders/ is: beside the executable, in share/gatescope beside its folder, or else in the sources
/// this was built from. Throws Error that lists the places where it is nowhere.
std::filesystem::path shader_folder();

/// A vertex and a fragment shader, linked.
class Program {
 public:
  Program() = default;

  /// Loads folder/VERTEX.vert and folder/FRAGMENT.frag; a line `#include "FILE"` in them stands for
  /// folder/FILE. Throws Error that names file and line of what does not compile.
  Program(const Context& gl, const std::filesystem::path& folder, std::string_view vertex,
          std::string_view fragment);

  GLuint id() const { return handle_.id(); }
  /// -1 where the shaders have no such uniform in use; OpenGL ignores what is set there.
  GLint uniform(const char* name) const;
  void use() const;

 private:
  Context gl_;
  Handle<ProgramKind> handle_;
};

}  // namespace gatescope::gl
