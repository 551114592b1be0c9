#include "app/export/figure_file.h"

#include <cairo.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "app/export/cairo_painter.h"
#include "core/error.h"
#include "pictures.h"

namespace gatescope::app {
namespace {

std::string decoded(std::string_view base64) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : base64) {
    const auto digit = digits.find(c);
    if (digit == digits.npos) break;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) out += static_cast<char>(bits >> (count -= 8) & 255);
  }
  return out;
}

int big_endian(const std::string& bytes, std::size_t at) {
  int value = 0;
  for (std::size_t k = 0; k < 4; ++k) value = value << 8 | static_cast<unsigned char>(bytes[at + k]);
  return value;
}

double attribute(const std::string& svg, std::size_t from, const std::string& name) {
  const auto at = svg.find(" " + name + "=\"", from) + name.size() + 3;
  return std::stod(svg.substr(at, 12));
}

}  // namespace

TEST(FigureFile, TellsTheFormatByTheExtension) {
  EXPECT_EQ(file_kind("a/b.PnG"), FileKind::png);
  EXPECT_EQ(file_kind("b.x.csv"), FileKind::csv);
  EXPECT_TRUE(moves(file_kind("b.mp4")));
  EXPECT_THROW(file_kind("png"), Error);
  EXPECT_THROW(file_kind("a.jpg"), Error);
}

TEST(Replay, ShowsEveryStepOfAShortTextAndTheFirstAndLastOfALongOne) {
  EXPECT_EQ(thinned({3, 2, 1, 0}, 4), (std::vector<int>{3, 2, 1, 0}));
  EXPECT_EQ(thinned({}, 4), std::vector<int>{});
  EXPECT_EQ(thinned({7, 8, 9}, 1), std::vector<int>{9});
  EXPECT_EQ(thinned({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4), (std::vector<int>{0, 3, 6, 9}));
  std::vector<int> steps(10000);
  std::iota(steps.begin(), steps.end(), 0);
  const auto some = thinned(steps, Replay{}.most_frames);
  EXPECT_EQ(some.size(), 240u);
  EXPECT_EQ(some.back(), 9999);
  EXPECT_TRUE(std::ranges::is_sorted(some));
}

// A viewer that smooths images has nothing to smooth where each cell is a block of many equal pixels.
TEST(SvgHeatmap, IsEmbeddedWithAWholeNumberOfPixelsACellAndAtLeastThreeAPoint) {
  const Fonts fonts;
  const std::string svg = paint_svg(sample_scene(fonts), fonts);
  std::size_t image = svg.npos;  // the largest: the others are colour bars
  for (auto at = svg.find("<image "); at != svg.npos; at = svg.find("<image ", at + 1))
    if (image == svg.npos || attribute(svg, at, "height") > attribute(svg, image, "height")) image = at;
  ASSERT_NE(image, svg.npos);
  const std::string start = "base64,";
  const auto data = svg.find(start, image) + start.size();
  const std::string png = decoded(std::string_view(svg).substr(data, svg.find('"', data) - data));
  ASSERT_EQ(png.substr(1, 3), "PNG");
  const int width = big_endian(png, 16), height = big_endian(png, 20);
  constexpr int rows = 8, columns = 20;  // of sample_figure()
  EXPECT_EQ(width % columns, 0) << width;
  EXPECT_EQ(height % rows, 0) << height;
  EXPECT_GE(width, 3 * attribute(svg, image, "width"));
  EXPECT_GE(height, 3 * attribute(svg, image, "height"));

  // And the pixels of a cell are equal.
  struct Source {
    const std::string& bytes;
    std::size_t at = 0;
  } source{png};
  const auto read = [](void* from, unsigned char* out, unsigned length) {
    auto& s = *static_cast<Source*>(from);
    if (s.bytes.size() - s.at < length) return CAIRO_STATUS_READ_ERROR;
    std::copy_n(s.bytes.begin() + static_cast<std::ptrdiff_t>(s.at), length, out);
    s.at += length;
    return CAIRO_STATUS_SUCCESS;
  };
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_image_surface_create_from_png_stream(read, &source), &cairo_surface_destroy);
  ASSERT_EQ(cairo_surface_status(surface.get()), CAIRO_STATUS_SUCCESS);
  const auto* pixels = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get()), cell = width / columns,
            tall = height / rows;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const auto at = [&](int u, int v) {
        return pixels + std::ptrdiff_t(v) * stride + std::ptrdiff_t(u) * 4;
      };
      ASSERT_TRUE(std::equal(at(x, y), at(x, y) + 3, at(x / cell * cell, y / tall * tall))) << x << "," << y;
    }
}

TEST(PdfPainter, GivesTheSameBytesEveryTime) {
  const Fonts fonts;
  const auto once = [&] { return paint_pdf(sample_scene(fonts), fonts, "{}", "t"); };
  const std::string first = once();
  EXPECT_EQ(first, once());
  EXPECT_NE(first.find("/CreationDate (20000101000000"), first.npos) << "and not the time of day";
}

}  // namespace gatescope::app
