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

struct TextureKind {
  static GLuint create(const Functions& gl) {
    GLuint id = 0;
    gl.GenTextures(1, &id);
    return id;
  }
  static void destroy(const Functions& gl, GLuint id) { gl.DeleteTextures(1, &id); }
};

struct BufferKind {
  static GLuint create(const Functions& gl) {
    GLuint id = 0;
    gl.GenBuffers(1, &id);
    return id;
  }
  static void destroy(const Functions& gl, GLuint id) { gl.DeleteBuffers(1, &id); }
};

struct VertexArrayKind {
  static GLuint create(const Functions& gl) {
    GLuint id = 0;
    gl.GenVertexArrays(1, &id);
    return id;
  }
  static void destroy(const Functions& gl, GLuint id) { gl.DeleteVertexArrays(1, &id); }
};

struct FramebufferKind {
  static GLuint create(const Functions& gl) {
    GLuint id = 0;
    gl.GenFramebuffers(1, &id);
    return id;
  }
  static void destroy(const Functions& gl, GLuint id) { gl.DeleteFramebuffers(1, &id); }
};

struct RenderbufferKind {
  static GLuint create(const Functions& gl) {
    GLuint id = 0;
    gl.GenRenderbuffers(1, &id);
    return id;
  }
  static void destroy(const Functions& gl, GLuint id) { gl.DeleteRenderbuffers(1, &id); }
};

struct ProgramKind {
  static GLuint create(const Functions& gl) { return gl.CreateProgram(); }
  static void destroy(const Functions& gl, GLuint id) { gl.DeleteProgram(id); }
};

struct VertexShaderKind {
  static GLuint create(const Functions& gl) { return gl.CreateShader(GL_VERTEX_SHADER); }
  static void destroy(const Functions& gl, GLuint id) { gl.DeleteShader(id); }
};

struct FragmentShaderKind {
  static GLuint create(const Functions& gl) { return gl.CreateShader(GL_FRAGMENT_SHADER); }
  static void destroy(const Functions& gl, GLuint id) { gl.DeleteShader(id); }
};

using Texture = Handle<TextureKind>;
using Buffer = Handle<BufferKind>;
using VertexArray = Handle<VertexArrayKind>;
using Framebuffer = Handle<FramebufferKind>;
using Renderbuffer = Handle<RenderbufferKind>;
using VertexShader = Handle<VertexShaderKind>;
using FragmentShader = Handle<FragmentShaderKind>;

}  // namespace gatescope::gl
