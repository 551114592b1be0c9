#include "app/gl/gl_painter.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "app/gl/gl_painter_parts.h"
#include "app/gl/state_guard.h"
#include "core/error.h"

namespace gatescope::gl {

GlPainter::Parts::Parts(const Context& context, const app::Fonts& fonts, const Shaders& shaders)
    : gl(context),
      atlas(context, fonts),
      segment{{context, shaders, "segment", "segment"}, {context, {4, 3, 4, 4}}},
      box{{context, shaders, "box", "box"}, {context, {4, 2, 4, 4, 4}}},
      marker{{context, shaders, "marker", "marker"}, {context, {4, 4, 4}}},
      glyph{{context, shaders, "glyph", "glyph"}, {context, {4, 2, 4, 4}}},
      line{{context, shaders, "segment", "segment_mask"},
           {context, shaders, "segment", "mask"},
           {context, {4, 3, 4, 4}},
           GL_MAX},
      area{{context, shaders, "strip", "strip_mask"},
           {context, shaders, "strip", "mask"},
           {context, {2, 4, 4, 4}},
           GL_FUNC_ADD},
      heatmap(context, shaders, "heatmap", "heatmap"),
      show(context, shaders, "show", "show"),
      empty(context),
      values(context),
      tables(context),
      mask(context),
      own(context) {
  for (const Texture* texture : {&values, &tables}) {
    gl->BindTexture(GL_TEXTURE_2D, texture->id());
    gl->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    gl->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  }
  for (const Program* program : {&line.paint, &area.paint}) {
    program->use();
    gl->Uniform1i(program->uniform("mask"), mask_unit);
  }
  heatmap.use();
  gl->Uniform1i(heatmap.uniform("values"), values_unit);
  gl->Uniform1i(heatmap.uniform("tables"), tables_unit);
  gl->UseProgram(0);
  check(*gl, "preparing to paint");
}

void GlPainter::Parts::begin(const plot::Scene& scene, float pixels_per_point, Canvas& canvas) {
  const double width = std::ceil(double(scene.size.width) * double(pixels_per_point) - 1e-6);
  const double height = std::ceil(double(scene.size.height) * double(pixels_per_point) - 1e-6);
  if (!(width >= 1 && height >= 1 && width <= gl->max_texture_size && height <= gl->max_texture_size))
    fail("a picture of {}x{} pixels cannot be made: each side must have 1 to {}", width, height,
         gl->max_texture_size);
  canvas.resize(static_cast<int>(width), static_cast<int>(height));
  if (mask.width() < canvas.width() || mask.height() < canvas.height())
    mask.resize(std::max(mask.width(), canvas.width()), std::max(mask.height(), canvas.height()));

  segment.waiting.clear();  // what a painting that failed has left
  box.waiting.clear();
  marker.waiting.clear();
  glyph.waiting.clear();
  target = &canvas;
  frame = {pixels_per_point, {0, 0, static_cast<float>(width), static_cast<float>(height)}, {}};
  upload_tables(scene.tables);
  for (const Program* program : {&segment.program, &box.program, &marker.program, &glyph.program,
                                 &line.gather, &line.paint, &area.gather, &area.paint, &heatmap}) {
    program->use();
    gl->Uniform2f(program->uniform("target"), static_cast<float>(width), static_cast<float>(height));
  }
  gl->BindFramebuffer(GL_FRAMEBUFFER, canvas.framebuffer());
  gl->Viewport(0, 0, canvas.width(), canvas.height());
  const plot::Color& back = scene.background;
  gl->ClearColor(back.red * back.alpha, back.green * back.alpha, back.blue * back.alpha, back.alpha);
  gl->ClearStencil(0);
  gl->StencilMask(0xff);
  gl->StencilOp(GL_KEEP, GL_KEEP, GL_REPLACE);
  gl->Clear(GL_COLOR_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
  stencil_value = 0;
  gl->Enable(GL_BLEND);
  gl->BlendEquation(GL_FUNC_ADD);
  gl->BlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
}

void GlPainter::Parts::upload_tables(const std::vector<plot::ColorTable>& from) {
  if (from.empty()) return;
  std::size_t size = 0;
  for (const auto& table : from) size = std::max(size, table.size());
  std::vector<unsigned char> rows(size * from.size() * 4);
  for (std::size_t t = 0; t < from.size(); ++t)
    for (std::size_t i = 0; i < from[t].size(); ++i)
      std::ranges::copy(plot::bytes(from[t][i]),
                        rows.begin() + static_cast<std::ptrdiff_t>((t * size + i) * 4));
  gl->BindTexture(GL_TEXTURE_2D, tables.id());
  gl->PixelStorei(GL_UNPACK_ALIGNMENT, 1);
  gl->TexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, static_cast<GLsizei>(size), static_cast<GLsizei>(from.size()), 0,
                 GL_RGBA, GL_UNSIGNED_BYTE, rows.data());
}

void GlPainter::Parts::draw(const plot::Item& item) {
  const Bounds whole{0, 0, static_cast<float>(target->width()), static_cast<float>(target->height())};
  frame.clip = item.clip ? to_pixels(*item.clip, frame.scale) : inflated(whole, 1);
  frame.visible = intersection(frame.clip, whole);
  if (!frame.visible.empty()) std::visit([this](const auto& shape) { add(shape); }, item.shape);
}

GlPainter::GlPainter(const Context& gl, const app::Fonts& fonts, const Shaders& shaders)
    : parts_(std::make_unique<Parts>(gl, fonts, shaders)) {}
GlPainter::GlPainter(GlPainter&&) noexcept = default;
GlPainter& GlPainter::operator=(GlPainter&&) noexcept = default;
GlPainter::~GlPainter() = default;

void GlPainter::paint(const plot::Scene& scene, float scale, Canvas& canvas) {
  const StateGuard guard(*parts_->gl);
  parts_->begin(scene, scale, canvas);
  for (const plot::Item& item : scene.items) parts_->draw(item);
  parts_->flush();
  check(*parts_->gl, "painting a figure");
}

plot::Raster GlPainter::render(const plot::Scene& scene, float scale) {
  paint(scene, scale, parts_->own);
  return parts_->own.read();
}

void GlPainter::show(const Canvas& canvas, int x, int y) {
  Parts& parts = *parts_;
  const Functions& gl = *parts.gl;
  const StateGuard guard(gl);
  gl.Viewport(x, y, canvas.width(), canvas.height());
  gl.Enable(GL_BLEND);
  gl.BlendEquation(GL_FUNC_ADD);
  gl.BlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  parts.show.use();
  gl.ActiveTexture(GL_TEXTURE0);
  gl.BindTexture(GL_TEXTURE_2D, canvas.texture());
  gl.BindVertexArray(parts.empty.id());
  gl.DrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, 1);
  check(gl, "showing a figure");
}

}  // namespace gatescope::gl
