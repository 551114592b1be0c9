#pragma once

#include <GL/glcorearb.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

// One line a function we call; nothing else of OpenGL is looked up.
// clang-format off
#define GATESCOPE_GL_FUNCTIONS(use) \
  use(PFNGLACTIVETEXTUREPROC, ActiveTexture) \
  use(PFNGLATTACHSHADERPROC, AttachShader) \
  use(PFNGLBINDBUFFERPROC, BindBuffer) \
  use(PFNGLBINDFRAMEBUFFERPROC, BindFramebuffer) \
  use(PFNGLBINDRENDERBUFFERPROC, BindRenderbuffer) \
  use(PFNGLBINDTEXTUREPROC, BindTexture) \
  use(PFNGLBINDVERTEXARRAYPROC, BindVertexArray) \
  use(PFNGLBLENDEQUATIONPROC, BlendEquation) \
  use(PFNGLBLENDEQUATIONSEPARATEPROC, BlendEquationSeparate) \
  use(PFNGLBLENDFUNCPROC, BlendFunc) \
  use(PFNGLBLENDFUNCSEPARATEPROC, BlendFuncSeparate) \
  use(PFNGLBUFFERDATAPROC, BufferData) \
  use(PFNGLCHECKFRAMEBUFFERSTATUSPROC, CheckFramebufferStatus) \
  use(PFNGLCLEARPROC, Clear) \
  use(PFNGLCLEARCOLORPROC, ClearColor) \
  use(PFNGLCLEARSTENCILPROC, ClearStencil) \
  use(PFNGLCOMPILESHADERPROC, CompileShader) \
  use(PFNGLCREATEPROGRAMPROC, CreateProgram) \
  use(PFNGLCREATESHADERPROC, CreateShader) \
  use(PFNGLDELETEBUFFERSPROC, DeleteBuffers) \
  use(PFNGLDELETEFRAMEBUFFERSPROC, DeleteFramebuffers) \
  use(PFNGLDELETEPROGRAMPROC, DeleteProgram) \
  use(PFNGLDELETERENDERBUFFERSPROC, DeleteRenderbuffers) \
  use(PFNGLDELETESHADERPROC, DeleteShader) \
  use(PFNGLDELETETEXTURESPROC, DeleteTextures) \
  use(PFNGLDELETEVERTEXARRAYSPROC, DeleteVertexArrays) \
  use(PFNGLDETACHSHADERPROC, DetachShader) \
  use(PFNGLDISABLEPROC, Disable) \
  use(PFNGLDRAWARRAYSINSTANCEDPROC, DrawArraysInstanced) \
  use(PFNGLENABLEPROC, Enable) \
  use(PFNGLENABLEVERTEXATTRIBARRAYPROC, EnableVertexAttribArray) \
  use(PFNGLFINISHPROC, Finish) \
  use(PFNGLFRAMEBUFFERRENDERBUFFERPROC, FramebufferRenderbuffer) \
  use(PFNGLFRAMEBUFFERTEXTURE2DPROC, FramebufferTexture2D) \
  use(PFNGLGENBUFFERSPROC, GenBuffers) \
  use(PFNGLGENFRAMEBUFFERSPROC, GenFramebuffers) \
  use(PFNGLGENRENDERBUFFERSPROC, GenRenderbuffers) \
  use(PFNGLGENTEXTURESPROC, GenTextures) \
  use(PFNGLGENVERTEXARRAYSPROC, GenVertexArrays) \
  use(PFNGLGETERRORPROC, GetError) \
  use(PFNGLGETINTEGERVPROC, GetIntegerv) \
  use(PFNGLGETPROGRAMINFOLOGPROC, GetProgramInfoLog) \
  use(PFNGLGETPROGRAMIVPROC, GetProgramiv) \
  use(PFNGLGETSHADERINFOLOGPROC, GetShaderInfoLog) \
  use(PFNGLGETSHADERIVPROC, GetShaderiv) \
  use(PFNGLGETSTRINGPROC, GetString) \
  use(PFNGLGETUNIFORMLOCATIONPROC, GetUniformLocation) \
  use(PFNGLISENABLEDPROC, IsEnabled) \
  use(PFNGLISTEXTUREPROC, IsTexture) \
  use(PFNGLLINKPROGRAMPROC, LinkProgram) \
  use(PFNGLPIXELSTOREIPROC, PixelStorei) \
  use(PFNGLREADPIXELSPROC, ReadPixels) \
  use(PFNGLRENDERBUFFERSTORAGEPROC, RenderbufferStorage) \
  use(PFNGLSCISSORPROC, Scissor) \
  use(PFNGLSHADERSOURCEPROC, ShaderSource) \
  use(PFNGLSTENCILFUNCPROC, StencilFunc) \
  use(PFNGLSTENCILMASKPROC, StencilMask) \
  use(PFNGLSTENCILOPPROC, StencilOp) \
  use(PFNGLTEXIMAGE2DPROC, TexImage2D) \
  use(PFNGLTEXPARAMETERIPROC, TexParameteri) \
  use(PFNGLTEXSUBIMAGE2DPROC, TexSubImage2D) \
  use(PFNGLUNIFORM1FPROC, Uniform1f) \
  use(PFNGLUNIFORM1IPROC, Uniform1i) \
  use(PFNGLUNIFORM2FPROC, Uniform2f) \
  use(PFNGLUNIFORM2IPROC, Uniform2i) \
  use(PFNGLUNIFORM4FPROC, Uniform4f) \
  use(PFNGLUSEPROGRAMPROC, UseProgram) \
  use(PFNGLVERTEXATTRIBDIVISORPROC, VertexAttribDivisor) \
  use(PFNGLVERTEXATTRIBPOINTERPROC, VertexAttribPointer) \
  use(PFNGLVIEWPORTPROC, Viewport)
// clang-format on

namespace gatescope::gl {

/// The OpenGL functions of one context, as a value: whatever calls OpenGL is handed one.
struct Functions {
#define GATESCOPE_GL_MEMBER(type, name) type name = nullptr;
  GATESCOPE_GL_FUNCTIONS(GATESCOPE_GL_MEMBER)
#undef GATESCOPE_GL_MEMBER

  int major = 0, minor = 0;
  int max_texture_size = 0;
  std::string description = {};  ///< version and renderer, for people
  bool es = false;  ///< OpenGL ES 3.0, as browsers have it: shaders are written a little otherwise
};

/// How a shader begins in the context's dialect of GLSL, in place of its first line, "#version 330 core".
std::string shader_head(const Functions& gl);

using Context = std::shared_ptr<const Functions>;

using Procedure = void (*)();
/// eglGetProcAddress, glfwGetProcAddress or their like.
using Loader = std::function<Procedure(const char* name)>;

/// Looks every function up in the context that is current. Throws Error that names the version and driver
/// found where it is older than OpenGL 3.3, or the function that is missing.
Context load_functions(const Loader& loader);

/// Throws Error that names `doing` if OpenGL has reported an error since the last call.
void check(const Functions& gl, std::string_view doing);

}  // namespace gatescope::gl
