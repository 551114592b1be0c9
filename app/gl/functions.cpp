#include "app/gl/functions.h"

#include "core/error.h"

namespace gatescope::gl {

namespace {

std::string text(const Functions& gl, GLenum name) {
  const GLubyte* value = gl.GetString(name);
  return value == nullptr ? std::string("unknown") : std::string(reinterpret_cast<const char*>(value));
}

}  // namespace

Context load_functions(const Loader& loader) {
  auto gl = std::make_shared<Functions>();
  gl->GetString = reinterpret_cast<PFNGLGETSTRINGPROC>(loader("glGetString"));
  gl->GetIntegerv = reinterpret_cast<PFNGLGETINTEGERVPROC>(loader("glGetIntegerv"));
  gl->GetError = reinterpret_cast<PFNGLGETERRORPROC>(loader("glGetError"));
  if (gl->GetString == nullptr || gl->GetIntegerv == nullptr || gl->GetError == nullptr)
    fail("no OpenGL library answers: OpenGL 3.3 or later is needed (Debian: libgl1 and libgl1-mesa-dri)");

  gl->GetIntegerv(GL_MAJOR_VERSION, &gl->major);
  gl->GetIntegerv(GL_MINOR_VERSION, &gl->minor);
  gl->GetIntegerv(GL_MAX_TEXTURE_SIZE, &gl->max_texture_size);
  gl->description = fmt::format("OpenGL {} on {}", text(*gl, GL_VERSION), text(*gl, GL_RENDERER));
  gl->es = text(*gl, GL_VERSION).starts_with("OpenGL ES");
  if (gl->major < 3 || (gl->major == 3 && gl->minor < 3 && !gl->es))
    fail("OpenGL 3.3 or OpenGL ES 3.0 or later is needed, found {}", gl->description);

#define GATESCOPE_GL_LOAD(type, name)                    \
  gl->name = reinterpret_cast<type>(loader("gl" #name)); \
  if (gl->name == nullptr) fail("gl" #name " is missing in {}", gl->description);
  GATESCOPE_GL_FUNCTIONS(GATESCOPE_GL_LOAD)
#undef GATESCOPE_GL_LOAD
  return gl;
}

std::string shader_head(const Functions& gl) {
  if (!gl.es) return "#version 330 core\n";
  return "#version 300 es\nprecision highp float;\nprecision highp int;\nprecision highp sampler2D;\n";
}

void check(const Functions& gl, std::string_view doing) {
  const GLenum error = gl.GetError();
  if (error == GL_NO_ERROR) return;
  while (gl.GetError() != GL_NO_ERROR) {
  }
  const char* name = error == GL_INVALID_ENUM        ? "invalid enum"
                     : error == GL_INVALID_VALUE     ? "invalid value"
                     : error == GL_INVALID_OPERATION ? "invalid operation"
                     : error == GL_OUT_OF_MEMORY     ? "out of memory"
                                                     : "unknown error";
  fail("OpenGL reports {} ({:#06x}) after {}; {}", name, error, doing, gl.description);
}

}  // namespace gatescope::gl
