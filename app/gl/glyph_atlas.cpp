#include "app/gl/glyph_atlas.h"

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/error.h"

namespace gatescope::gl {

namespace {

constexpr int side =
    2048;  ///< of the atlas; the least texture that OpenGL 3.3 promises is 1,024, all cards have more
constexpr int parts = 16;  ///< of a pixel at which glyphs may begin

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;

}  // namespace

/// A drawing whose path is one glyph's outline, or its picture's frame, from a place in the pixel at the
/// origin.
GlyphAtlas::Drawing GlyphAtlas::drawing(cairo_surface_t* surface, const Key& key, double x, double y) const {
  Drawing drawing(cairo_create(surface), &cairo_destroy);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(drawing.get(), options);
  cairo_font_options_destroy(options);
  cairo_translate(drawing.get(), x, y);
  cairo_rotate(drawing.get(), -double(key.rotation) * std::numbers::pi / 180);
  if (!key.picture) {
    cairo_set_font_face(drawing.get(), key.face);
    cairo_set_font_size(drawing.get(), double(key.size));
    const cairo_glyph_t at{key.glyph, 0, 0};
    cairo_glyph_path(drawing.get(), &at, 1);
    return drawing;
  }
  const app::Fonts::Picture& picture = fonts_.picture(key.face, key.glyph);
  if (!picture.pixels) return drawing;
  picture.lay(drawing.get(), 0, 0, double(key.size));
  cairo_rectangle(drawing.get(), 0, 0, cairo_image_surface_get_width(picture.pixels.get()),
                  cairo_image_surface_get_height(picture.pixels.get()));
  cairo_set_source_surface(drawing.get(), picture.shades.get(), 0, 0);
  return drawing;
}

GlyphAtlas::GlyphAtlas(Context gl, app::Fonts fonts)
    : gl_(std::move(gl)), fonts_(std::move(fonts)), texture_(gl_), pixels_(std::size_t{side} * side) {
  gl_->BindTexture(GL_TEXTURE_2D, texture_.id());
  gl_->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  gl_->TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  gl_->TexImage2D(GL_TEXTURE_2D, 0, GL_R8, side, side, 0, GL_RED, GL_UNSIGNED_BYTE, pixels_.data());
}

void GlyphAtlas::clear() {
  cells_.clear();
  shelf_x_ = shelf_y_ = shelf_height_ = 0;
}

GLuint GlyphAtlas::texture() {
  if (dirty_top_ < dirty_bottom_) {
    gl_->BindTexture(GL_TEXTURE_2D, texture_.id());
    gl_->PixelStorei(GL_UNPACK_ALIGNMENT, 1);
    gl_->TexSubImage2D(GL_TEXTURE_2D, 0, 0, dirty_top_, side, dirty_bottom_ - dirty_top_, GL_RED,
                       GL_UNSIGNED_BYTE,
                       pixels_.data() + std::size_t{side} * static_cast<std::size_t>(dirty_top_));
  }
  dirty_top_ = side;
  dirty_bottom_ = 0;
  return texture_.id();
}

std::optional<plot::Point> GlyphAtlas::room(int width, int height) {
  if (shelf_x_ + width > side) {
    shelf_y_ += shelf_height_;
    shelf_x_ = shelf_height_ = 0;
  }
  if (width > side || shelf_y_ + height > side) return std::nullopt;
  const plot::Point corner{static_cast<float>(shelf_x_), static_cast<float>(shelf_y_)};
  shelf_x_ += width;
  shelf_height_ = std::max(shelf_height_, height);
  return corner;
}

std::optional<GlyphAtlas::Cell> GlyphAtlas::cell(const Key& key) {
  if (const auto known = cells_.find(key); known != cells_.end()) return known->second;
  const double x = double(key.part_x) / parts, y = double(key.part_y) / parts;
  const Surface nowhere(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1), &cairo_surface_destroy);
  const Drawing measured = drawing(nowhere.get(), key, x, y);
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  cairo_identity_matrix(measured.get());
  cairo_path_extents(measured.get(), &x0, &y0, &x1, &y1);
  Cell made{.left = static_cast<int>(std::floor(x0)), .top = static_cast<int>(std::floor(y0))};
  made.width = static_cast<int>(std::ceil(x1)) - made.left;
  made.height = static_cast<int>(std::ceil(y1)) - made.top;
  if (!(x0 < x1 && y0 < y1) || std::max(made.width, made.height) > side)
    return cells_.emplace(key, Cell{}).first->second;  // a space
  const auto corner = room(made.width, made.height);
  if (!corner) return std::nullopt;
  made.x = static_cast<int>(corner->x);
  made.y = static_cast<int>(corner->y);

  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_A8, made.width, made.height),
                        &cairo_surface_destroy);
  cairo_fill(drawing(surface.get(), key, x - made.left, y - made.top).get());
  cairo_surface_flush(surface.get());
  const unsigned char* from = cairo_image_surface_get_data(surface.get());
  if (from == nullptr)
    fail("a glyph of {} pixels cannot be drawn: {}", key.size,
         cairo_status_to_string(cairo_surface_status(surface.get())));
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int row = 0; row < made.height; ++row)
    std::copy_n(from + std::ptrdiff_t{row} * stride, made.width,
                pixels_.data() + std::ptrdiff_t{made.y + row} * side + made.x);
  dirty_top_ = std::min(dirty_top_, made.y);
  dirty_bottom_ = std::max(dirty_bottom_, made.y + made.height);
  return cells_.emplace(key, made).first->second;
}

bool GlyphAtlas::place(const plot::Text& text, const Frame& frame, int& next, std::vector<GlyphSpot>& spots) {
  const auto set = fonts_.set(text.text, text.style);
  std::vector<std::pair<const app::SetText::Run*, const cairo_glyph_t*>> glyphs;
  for (const app::SetText::Run& run : set->runs)
    for (const cairo_glyph_t& glyph : run.glyphs) glyphs.emplace_back(&run, &glyph);

  const double angle = -double(text.rotation) * std::numbers::pi / 180, scale = double(frame.scale);
  const float reach = 2 * text.style.size * frame.scale;
  for (int& i = next; i < static_cast<int>(glyphs.size()); ++i) {
    const auto& [run, glyph] = glyphs[static_cast<std::size_t>(i)];
    const double x = (double(text.at.x) + glyph->x * std::cos(angle) - glyph->y * std::sin(angle)) * scale;
    const double y = (double(text.at.y) + glyph->x * std::sin(angle) + glyph->y * std::cos(angle)) * scale;
    const Bounds room = inflated(frame.visible, reach);
    if (!(x > double(room.left) && x < double(room.right) && y > double(room.top) && y < double(room.bottom)))
      continue;
    const int x16 = static_cast<int>(std::lround(x * parts)), y16 = static_cast<int>(std::lround(y * parts));
    const int pixel_x = x16 >> 4, pixel_y = y16 >> 4;
    const auto found = cell({.face = run->face,
                             .glyph = glyph->index,
                             .size = run->size * frame.scale,
                             .rotation = text.rotation,
                             .picture = run->picture,
                             .part_x = x16 & 15,
                             .part_y = y16 & 15});
    if (!found) return false;
    if (found->width == 0) continue;
    const float left = static_cast<float>(pixel_x + found->left),
                top = static_cast<float>(pixel_y + found->top);
    spots.push_back({.bounds = {left, top, left + static_cast<float>(found->width),
                                top + static_cast<float>(found->height)},
                     .source_x = static_cast<float>(found->x),
                     .source_y = static_cast<float>(found->y),
                     .color = text.color,
                     .clip = frame.clip});
  }
  return true;
}

}  // namespace gatescope::gl
