#include "app/type/glyphs.h"

#include FT_BBOX_H
#include FT_OUTLINE_H

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <span>

namespace gatescope::app {
namespace {

FT_Pos in_64ths(double pixels) {
  return std::lround(pixels * 64);
}

/// What FT_Outline_Decompose calls; TrueType's quadratic curves become cubic ones.
class PathBuilder {
 public:
  Outline take() && {
    close();
    return std::move(path_);
  }

  static int move(const FT_Vector* to, void* self) {
    auto& builder = *static_cast<PathBuilder*>(self);
    builder.close();
    builder.add(Outline::Verb::move, {point(to)});
    builder.begin_ = builder.at_;
    builder.open_ = true;
    return 0;
  }
  static int line(const FT_Vector* to, void* self) {
    static_cast<PathBuilder*>(self)->line_to(point(to));
    return 0;
  }
  static int quadratic(const FT_Vector* handle, const FT_Vector* to, void* self) {
    auto& builder = *static_cast<PathBuilder*>(self);
    const plot::Point middle = point(handle), end = point(to), begin = builder.at_;
    builder.add(Outline::Verb::curve, {towards(begin, middle), towards(end, middle), end});
    return 0;
  }
  static int cubic(const FT_Vector* first, const FT_Vector* second, const FT_Vector* to, void* self) {
    static_cast<PathBuilder*>(self)->add(Outline::Verb::curve, {point(first), point(second), point(to)});
    return 0;
  }

 private:
  static plot::Point point(const FT_Vector* at) {
    return {static_cast<float>(at->x) / 64, -static_cast<float>(at->y) / 64};
  }
  static plot::Point towards(plot::Point end, plot::Point handle) {
    return {end.x + (handle.x - end.x) * 2 / 3, end.y + (handle.y - end.y) * 2 / 3};
  }
  void line_to(plot::Point to) {
    if (to == at_) return;
    const plot::Point from = at_;
    const float x = to.x - from.x, y = to.y - from.y, x0 = from.x - before_.x, y0 = from.y - before_.y;
    // A line that goes straight on makes the one before it longer.
    if (path_.steps.back().verb == Outline::Verb::line && x * y0 == y * x0 && x * x0 + y * y0 > 0) {
      path_.steps.back().points = {to};
      at_ = to;
      return;
    }
    add(Outline::Verb::line, {to});
    before_ = from;
  }
  void add(Outline::Verb verb, std::vector<plot::Point> points) {
    at_ = points.back();
    path_.steps.push_back({verb, std::move(points)});
  }
  void close() {
    if (!open_) return;
    open_ = false;
    // Closing draws the last line.
    if (path_.steps.back().verb == Outline::Verb::line && at_ == begin_) path_.steps.pop_back();
    path_.steps.push_back({Outline::Verb::close, {}});
  }

  Outline path_;
  plot::Point begin_{}, at_{};  // of the contour; where the path is
  plot::Point before_{};        // where the last line began
  bool open_ = false;
};

std::uint32_t pixel_of(const FT_Bitmap& bitmap, int row, int column) {
  const unsigned char* line = bitmap.buffer + std::ptrdiff_t{row} * bitmap.pitch;
  std::uint32_t pixel = 0;
  switch (bitmap.pixel_mode) {
    case FT_PIXEL_MODE_BGRA:  // as the machine's own bytes: little-endian ARGB
      for (int k = 0; k < 4; ++k) pixel |= std::uint32_t{line[column * 4 + k]} << (8 * k);
      return pixel;
    case FT_PIXEL_MODE_GRAY:
      return std::uint32_t{line[column]} << 24;
    case FT_PIXEL_MODE_MONO:
      return (line[column / 8] >> (7 - column % 8) & 1) != 0 ? 0xFF000000 : 0;
    default:
      return 0;
  }
}

/// A coloured pixel as coverage: what is dark covers most.
unsigned char shade(std::uint32_t pixel) {
  const auto part = [&](int shift) { return static_cast<int>(pixel >> shift & 255); };
  const int light = (part(16) * 54 + part(8) * 183 + part(0) * 19) / 256;  // opacity multiplied in
  return static_cast<unsigned char>(part(24) - light * 3 / 4);
}

/// Makes room for pixels between two corners. False where there are too many.
bool lay_out(Coverage& coverage, double left, double top, double right, double bottom, int most) {
  coverage.left = static_cast<int>(std::floor(left));
  coverage.top = static_cast<int>(std::floor(top));
  coverage.width = static_cast<int>(std::ceil(right)) - coverage.left;
  coverage.height = static_cast<int>(std::ceil(bottom)) - coverage.top;
  if (!(left < right && top < bottom) || std::max(coverage.width, coverage.height) > most) return false;
  coverage.pixels.resize(static_cast<std::size_t>(coverage.width) *
                         static_cast<std::size_t>(coverage.height));
  return true;
}

}  // namespace

Outline outline_of(const Face& face, unsigned long glyph, double size) {
  const FT_GlyphSlot slot = face.outlined(glyph, size);
  if (slot == nullptr) return {};
  const FT_Outline_Funcs calls{
      &PathBuilder::move, &PathBuilder::line, &PathBuilder::quadratic, &PathBuilder::cubic, 0, 0};
  PathBuilder builder;
  FT_Outline_Decompose(&slot->outline, &calls, &builder);
  return std::move(builder).take();
}

Coverage coverage_of(const Face& face, unsigned long glyph, const Placed& placed, int most) {
  const FT_GlyphSlot slot = face.outlined(glyph, placed.size);
  if (slot == nullptr) return {};
  FT_Outline& outline = slot->outline;
  if (placed.rotation != 0) {
    const double angle = placed.rotation * std::numbers::pi / 180;
    const FT_Fixed cosine = std::lround(std::cos(angle) * 65536), sine = std::lround(std::sin(angle) * 65536);
    const FT_Matrix turn{cosine, -sine, sine, cosine};
    FT_Outline_Transform(&outline, &turn);
  }
  FT_Outline_Translate(&outline, in_64ths(placed.x), -in_64ths(placed.y));
  FT_BBox box{};
  if (outline.n_points == 0 || FT_Outline_Get_BBox(&outline, &box) != 0) return {};
  Coverage made;
  if (!lay_out(made, double(box.xMin) / 64, -double(box.yMax) / 64, double(box.xMax) / 64,
               -double(box.yMin) / 64, most))
    return {};
  FT_Outline_Translate(&outline, FT_Pos{-made.left} * 64, FT_Pos{made.top + made.height} * 64);
  FT_Bitmap bitmap{};
  bitmap.rows = static_cast<unsigned>(made.height);
  bitmap.width = static_cast<unsigned>(made.width);
  bitmap.pitch = made.width;
  bitmap.buffer = made.pixels.data();
  bitmap.num_grays = 256;
  bitmap.pixel_mode = FT_PIXEL_MODE_GRAY;
  FT_Outline_Get_Bitmap(slot->library, &outline, &bitmap);
  return made;
}

GlyphPicture picture_of(const Face& face, unsigned long glyph) {
  constexpr double wanted = 96, largest = 8;  // pixels an em, and ems
  const FT_Face sized = face.sized(wanted);
  if (FT_Load_Glyph(sized, static_cast<FT_UInt>(glyph), FT_LOAD_COLOR | FT_LOAD_RENDER) != 0) return {};
  const FT_GlyphSlot slot = sized->glyph;
  const FT_Bitmap& bitmap = slot->bitmap;
  const double em = FT_IS_SCALABLE(sized) ? wanted : double(sized->size->metrics.y_ppem);
  if (bitmap.width == 0 || bitmap.rows == 0 || !(em > 0) ||
      double(std::max(bitmap.width, bitmap.rows)) > largest * em)
    return {};
  GlyphPicture picture{.columns = static_cast<int>(bitmap.width), .rows = static_cast<int>(bitmap.rows)};
  for (int row = 0; row < picture.rows; ++row)
    for (int column = 0; column < picture.columns; ++column) {
      picture.pixels.push_back(pixel_of(bitmap, row, column));
      picture.shades.push_back(shade(picture.pixels.back()));
    }
  picture.left = slot->bitmap_left / em;
  picture.top = -slot->bitmap_top / em;
  picture.width = picture.columns / em;
  picture.height = picture.rows / em;
  return picture;
}

Coverage coverage_of(const GlyphPicture& picture, const Placed& placed, int most) {
  if (picture.columns == 0) return {};
  const double angle = -placed.rotation * std::numbers::pi / 180, cosine = std::cos(angle),
               sine = std::sin(angle);
  const double x0 = picture.left * placed.size, y0 = picture.top * placed.size,
               x1 = x0 + picture.width * placed.size, y1 = y0 + picture.height * placed.size;
  std::array<double, 4> across{}, down{};
  for (std::size_t k = 0; k < 4; ++k) {
    const double x = k % 2 == 0 ? x0 : x1, y = k < 2 ? y0 : y1;
    across[k] = placed.x + x * cosine - y * sine;
    down[k] = placed.y + x * sine + y * cosine;
  }
  Coverage made;
  if (!lay_out(made, std::ranges::min(across), std::ranges::min(down), std::ranges::max(across),
               std::ranges::max(down), most))
    return {};
  // The mean of the picture's pixels at points evenly spread over each of the page's.
  const double detail = picture.columns / (x1 - x0);  // the picture's pixels in one of the page
  const int points = std::clamp(static_cast<int>(std::ceil(detail)), 2, 8);
  for (int row = 0; row < made.height; ++row)
    for (int column = 0; column < made.width; ++column) {
      int sum = 0;
      for (int k = 0; k < points * points; ++k) {
        const double px = made.left + column + (k % points + 0.5) / points - placed.x,
                     py = made.top + row + (k / points + 0.5) / points - placed.y;
        const double x = px * cosine + py * sine, y = -px * sine + py * cosine;
        const auto from_column = static_cast<int>(std::floor((x - x0) / (x1 - x0) * picture.columns)),
                   from_row = static_cast<int>(std::floor((y - y0) / (y1 - y0) * picture.rows));
        if (from_column >= 0 && from_column < picture.columns && from_row >= 0 && from_row < picture.rows)
          sum += picture.shades[from_row * picture.columns + from_column];
      }
      made.pixels[row * made.width + column] = static_cast<unsigned char>(sum / (points * points));
    }
  return made;
}

}  // namespace gatescope::app
