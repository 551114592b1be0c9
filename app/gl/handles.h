#pragma once

#include <utility>

#include "app/gl/functions.h"

namespace gatescope::gl {

/// An OpenGL object that is released with its handle; its context must be current then. Moved-from and
/// default-made handles hold nothing.
template <class Kind>
class Handle {
 public:
  Handle() = default;
  explicit Handle(Context gl) : gl_(std::move(gl)), id_(Kind::create(*gl_)) {}
  Handle(Handle&& other) noexcept : gl_(std::move(other.gl_)), id_(std::exchange(other.id_, 0)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(gl_, other.gl_);
    std::swap(id_, other.id_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (id_ != 0) Kind::destroy(*gl_, id_);
  }

  GLuint id() const { return id_; }
  explicit operator bool() const { return id_ != 0; }

 private:
  Context gl_;
  GLuint id_ = 0;
};

/// The kinds whose names OpenGL gives out by the dozen, by its functions for them.
template <auto generate, auto destroy_all>
struct Generated {
  static GLuint create(const Functions& gl) {
    GLuint id = 0;
    (gl.*generate)(1, &id);
    return id;
  }
  static void destroy(const Functions& gl, GLuint id) { (gl.*destroy_all)(1, &id); }
};

struct ProgramKind {
  static GLuint create(const Functions& gl) { return gl.CreateProgram(); }
  static void destroy(const Functions& gl, GLuint id) { gl.DeleteProgram(id); }
};

template <GLenum kind>
struct ShaderKind {
  static GLuint create(const Functions& gl) { return gl.CreateShader(kind); }
  static void destroy(const Functions& gl, GLuint id) { gl.DeleteShader(id); }
};

using Texture = Handle<Generated<&Functions::GenTextures, &Functions::DeleteTextures>>;
using Buffer = Handle<Generated<&Functions::GenBuffers, &Functions::DeleteBuffers>>;
using VertexArray = Handle<Generated<&Functions::GenVertexArrays, &Functions::DeleteVertexArrays>>;
using Framebuffer = Handle<Generated<&Functions::GenFramebuffers, &Functions::DeleteFramebuffers>>;
using Renderbuffer = Handle<Generated<&Functions::GenRenderbuffers, &Functions::DeleteRenderbuffers>>;
using VertexShader = Handle<ShaderKind<GL_VERTEX_SHADER>>;
using FragmentShader = Handle<ShaderKind<GL_FRAGMENT_SHADER>>;

}  // namespace gatescope::gl
