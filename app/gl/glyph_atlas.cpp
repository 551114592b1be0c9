#include "app/gl/glyph_atlas.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace gatescope::gl {

namespace {

constexpr int side =
    2048;  ///< of the atlas; the least texture that OpenGL 3.3 promises is 1,024, all cards have more
constexpr int parts = 16;  ///< of a pixel at which glyphs may begin

}  // namespace

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
  const app::Coverage drawn = fonts_.coverage(key.face, key.glyph, key.size, key.rotation,
                                              double(key.part_x) / parts, double(key.part_y) / parts, side);
  if (drawn.pixels.empty()) return cells_.emplace(key, Cell{}).first->second;  // a space
  const auto corner = room(drawn.width, drawn.height);
  if (!corner) return std::nullopt;
  const Cell made{.width = drawn.width,
                  .height = drawn.height,
                  .x = static_cast<int>(corner->x),
                  .y = static_cast<int>(corner->y),
                  .left = drawn.left,
                  .top = drawn.top};
  for (int row = 0; row < made.height; ++row)
    std::copy_n(drawn.pixels.data() + std::ptrdiff_t{row} * made.width, made.width,
                pixels_.data() + std::ptrdiff_t{made.y + row} * side + made.x);
  dirty_top_ = std::min(dirty_top_, made.y);
  dirty_bottom_ = std::max(dirty_bottom_, made.y + made.height);
  return cells_.emplace(key, made).first->second;
}

bool GlyphAtlas::place(const plot::Text& text, const Frame& frame, int& next, std::vector<GlyphSpot>& spots) {
  const auto set = fonts_.set(text.text, text.style);
  std::vector<std::pair<const app::SetText::Run*, const app::Glyph*>> glyphs;
  for (const app::SetText::Run& run : set->runs)
    for (const app::Glyph& glyph : run.glyphs) glyphs.emplace_back(&run, &glyph);

  const double angle = -double(text.rotation) * std::numbers::pi / 180, scale = double(frame.scale);
  const float reach = 2 * text.style.size * frame.scale;
  for (int& i = next; i < static_cast<int>(glyphs.size()); ++i) {
    const auto& [run, glyph] = glyphs[i];
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
