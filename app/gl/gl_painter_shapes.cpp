#include <algorithm>
#include <cmath>

#include "app/gl/gl_painter_parts.h"

namespace gatescope::gl {

namespace {

Bounds around(const Segment& s) {
  return inflated({std::min(s.from.x, s.to.x), std::min(s.from.y, s.to.y), std::max(s.from.x, s.to.x),
                   std::max(s.from.y, s.to.y)},
                  s.half_width + 2);
}

Bounds around(const Strip& s) {
  return inflated({s.left, std::min({s.upper_left, s.upper_right, s.lower_left, s.lower_right}), s.right,
                   std::max({s.upper_left, s.upper_right, s.lower_left, s.lower_right})},
                  2);
}

}  // namespace

template <class Shape>
void GlPainter::Parts::wait(Brush<Shape>& brush, const std::vector<Shape>& shapes) {
  if (shapes.empty()) return;
  if (brush.waiting.empty()) flush();
  brush.waiting.insert(brush.waiting.end(), shapes.begin(), shapes.end());
}

template <class Shape>
void GlPainter::Parts::draw_waiting(Brush<Shape>& brush) {
  if (brush.waiting.empty()) return;
  brush.program.use();
  brush.instances.load(brush.waiting);
  brush.instances.draw();
  brush.waiting.clear();
}

// At most one of them has something waiting.
void GlPainter::Parts::flush() {
  if (!glyph.waiting.empty()) {
    gl->ActiveTexture(GL_TEXTURE0);
    gl->BindTexture(GL_TEXTURE_2D, atlas.texture());
  }
  draw_waiting(segment);
  draw_waiting(box);
  draw_waiting(marker);
  draw_waiting(glyph);
}

template <class Piece>
void GlPainter::Parts::paint_masked(const std::vector<Piece>& pieces, MaskedBrush<Piece>& brush) {
  if (pieces.empty()) return;
  flush();
  Bounds all = around(pieces.front());
  for (const Piece& piece : pieces) {
    const Bounds b = around(piece);
    all = {std::min(all.left, b.left), std::min(all.top, b.top), std::max(all.right, b.right),
           std::max(all.bottom, b.bottom)};
  }
  all = intersection(all, {0, 0, static_cast<float>(target->width()), static_cast<float>(target->height())});
  if (all.empty()) return;
  const GLint left = static_cast<GLint>(all.left), top = static_cast<GLint>(all.top);

  gl->BindFramebuffer(GL_FRAMEBUFFER, mask.framebuffer());
  gl->Enable(GL_SCISSOR_TEST);
  gl->Scissor(left, top, static_cast<GLsizei>(std::ceil(all.right)) - left,
              static_cast<GLsizei>(std::ceil(all.bottom)) - top);
  gl->ClearColor(0, 0, 0, 0);
  gl->Clear(GL_COLOR_BUFFER_BIT);
  brush.gather.use();
  gl->BlendEquation(brush.equation);
  gl->BlendFunc(GL_ONE, GL_ONE);
  brush.instances.load(pieces);
  brush.instances.draw();

  gl->BindFramebuffer(GL_FRAMEBUFFER, target->framebuffer());
  if (stencil_value == 255) {
    gl->Disable(GL_SCISSOR_TEST);
    gl->Clear(GL_STENCIL_BUFFER_BIT);
    gl->Enable(GL_SCISSOR_TEST);
    stencil_value = 0;
  }
  gl->Enable(GL_STENCIL_TEST);
  gl->StencilFunc(GL_NOTEQUAL, ++stencil_value, 0xff);
  gl->BlendEquation(GL_FUNC_ADD);
  gl->BlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  gl->ActiveTexture(GL_TEXTURE0 + mask_unit);
  gl->BindTexture(GL_TEXTURE_2D, mask.texture());
  gl->ActiveTexture(GL_TEXTURE0);
  brush.paint.use();
  brush.instances.draw();
  gl->Disable(GL_STENCIL_TEST);
  gl->Disable(GL_SCISSOR_TEST);
}

void GlPainter::Parts::paint(const std::vector<Stroke>& lines) {
  for (const Stroke& stroke : lines) {
    if (stroke.apart)
      wait(segment, stroke.segments);
    else
      paint_masked(stroke.segments, line);
  }
}

void GlPainter::Parts::paint(const std::vector<Strip>& pieces) {
  paint_masked(pieces, area);
}

void GlPainter::Parts::add(const plot::Box& shape) {
  wait(box, boxes(shape, frame));
  if (!shape.dash.empty() && shape.stroke_width > 0 && shape.stroke.alpha > 0)
    paint(strokes(outline(shape), frame, Joins::mitre));
}

void GlPainter::Parts::add(const plot::Markers& markers) {
  wait(marker, marker_spots(markers, frame));
}

void GlPainter::Parts::add(const plot::Text& text) {
  if (glyph.waiting.empty()) flush();
  for (int next = 0; !atlas.place(text, frame, next, glyph.waiting);) {
    flush();
    atlas.clear();
  }
}

void GlPainter::Parts::add(const plot::Image& image) {
  const Bounds bounds = to_pixels(image.rect, frame.scale);
  if (image.rows <= 0 || image.columns <= 0 || !image.values || intersection(bounds, frame.visible).empty())
    return;
  flush();
  heatmap.use();
  gl->ActiveTexture(GL_TEXTURE0 + tables_unit);
  gl->BindTexture(GL_TEXTURE_2D, tables.id());
  gl->ActiveTexture(GL_TEXTURE0 + values_unit);
  gl->BindTexture(GL_TEXTURE_2D, values.id());
  gl->Uniform1i(heatmap.uniform("table"), image.table);
  gl->Uniform2i(heatmap.uniform("cells"), image.columns, image.rows);
  gl->Uniform2f(heatmap.uniform("range"), image.low, image.high);
  const auto& gap = image.gap;
  gl->Uniform4f(heatmap.uniform("gap"), gap.red, gap.green, gap.blue, gap.alpha);
  gl->Uniform4f(heatmap.uniform("bounds"), bounds.left, bounds.top, bounds.right, bounds.bottom);
  const Bounds& clip = frame.clip;
  gl->Uniform4f(heatmap.uniform("clip"), clip.left, clip.top, clip.right, clip.bottom);
  gl->BindVertexArray(empty.id());
  gl->PixelStorei(GL_UNPACK_ALIGNMENT, 4);
  gl->PixelStorei(GL_UNPACK_ROW_LENGTH, image.columns);
  // A matrix larger than a texture goes up in parts; each pixel belongs to one of them.
  const int limit = gl->max_texture_size;
  for (int row = 0; row < image.rows; row += limit)
    for (int column = 0; column < image.columns; column += limit) {
      const float* first = image.values->data() +
                           static_cast<std::size_t>(row) * static_cast<std::size_t>(image.columns) +
                           static_cast<std::size_t>(column);
      gl->TexImage2D(GL_TEXTURE_2D, 0, GL_R32F, std::min(limit, image.columns - column),
                     std::min(limit, image.rows - row), 0, GL_RED, GL_FLOAT, first);
      gl->Uniform2i(heatmap.uniform("first"), column, row);
      gl->DrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, 1);
    }
  gl->PixelStorei(GL_UNPACK_ROW_LENGTH, 0);
  gl->ActiveTexture(GL_TEXTURE0);
}

}  // namespace gatescope::gl
