#include "app/gl/canvas.h"

#include "core/error.h"

namespace gatescope::gl {

Canvas::Canvas(const Context& gl) : gl_(gl), color_(gl), stencil_(gl), framebuffer_(gl) {}

void Canvas::resize(int width, int height) {
  if (width == width_ && height == height_) return;
  const int limit = gl_->max_texture_size;
  if (width < 1 || height < 1 || width > limit || height > limit)
    fail("a picture of {}x{} pixels cannot be made: each side must have 1 to {}", width, height, limit);
  GLint before = 0;
  gl_->GetIntegerv(GL_FRAMEBUFFER_BINDING, &before);
  gl_->BindTexture(GL_TEXTURE_2D, color_.id());
  gl_->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  gl_->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  gl_->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  gl_->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  gl_->TexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
  gl_->BindRenderbuffer(GL_RENDERBUFFER, stencil_.id());
  gl_->RenderbufferStorage(GL_RENDERBUFFER, GL_DEPTH24_STENCIL8, width, height);
  gl_->BindFramebuffer(GL_FRAMEBUFFER, framebuffer_.id());
  gl_->FramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, color_.id(), 0);
  gl_->FramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_RENDERBUFFER, stencil_.id());
  const GLenum status = gl_->CheckFramebufferStatus(GL_FRAMEBUFFER);
  gl_->BindFramebuffer(GL_FRAMEBUFFER, static_cast<GLuint>(before));
  if (status != GL_FRAMEBUFFER_COMPLETE)
    fail("a picture of {}x{} pixels cannot be made: framebuffer status {:#06x}; {}", width, height, status,
         gl_->description);
  width_ = width;
  height_ = height;
}

plot::Raster Canvas::read() const {
  plot::Raster raster{width_, height_, {}};
  raster.rgba.resize(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 4);
  GLint before = 0;
  gl_->GetIntegerv(GL_READ_FRAMEBUFFER_BINDING, &before);
  gl_->BindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer_.id());
  gl_->PixelStorei(GL_PACK_ALIGNMENT, 1);
  gl_->ReadPixels(0, 0, width_, height_, GL_RGBA, GL_UNSIGNED_BYTE, raster.rgba.data());
  gl_->BindFramebuffer(GL_READ_FRAMEBUFFER, static_cast<GLuint>(before));
  for (std::size_t i = 0; i < raster.rgba.size(); i += 4) {
    const int alpha = raster.rgba[i + 3];
    if (alpha == 0 || alpha == 255) continue;
    for (std::size_t c = i; c < i + 3; ++c)
      raster.rgba[c] = static_cast<unsigned char>(std::min(255, (raster.rgba[c] * 255 + alpha / 2) / alpha));
  }
  return raster;
}

}  // namespace gatescope::gl
