#include "app/export/cairo_painter.h"

#include <cairo-pdf.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

#include "app/export/cairo_detail.h"
#include "app/export/metadata.h"
#include "core/error.h"
#include "core/files.h"
#include "core/utf8.h"

namespace gatescope::app {
namespace {

using namespace detail;

constexpr float vector_pixels_per_point = 3;

/// The text without what cairo refuses: bytes that are not UTF-8, and U+FFFE and its like.
std::string characters_of(std::string_view text) {
  std::u32string characters = decode_utf8(text, InvalidUtf8::replace, "title");
  for (char32_t& c : characters)
    if (c == 0 || is_noncharacter(c)) c = 0xFFFD;
  return encode_utf8(characters);
}

Surface paint_surface(const plot::Scene& scene, const Fonts& fonts, double scale) {
  const auto width = std::ceil(scene.size.width * scale - 1e-6),
             height = std::ceil(scene.size.height * scale - 1e-6);
  if (!(width >= 1) || !(height >= 1) || width > 32767 || height > 32767)
    fail("a picture of {}x{} pixels cannot be made: each side must have 1 to 32767", width, height);
  auto surface =
      own(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width), static_cast<int>(height)));
  const auto cr = draw_on(surface);
  cairo_scale(cr.get(), scale, scale);
  draw_scene(cr.get(), scene, fonts, 0);
  cairo_surface_flush(surface.get());
  return surface;
}

}  // namespace

Raster paint_raster(const plot::Scene& scene, const Fonts& fonts, double scale) {
  const auto surface = paint_surface(scene, fonts, scale);
  Raster raster{
      cairo_image_surface_get_width(surface.get()), cairo_image_surface_get_height(surface.get()), {}};
  raster.rgba.reserve(std::size_t(raster.width) * std::size_t(raster.height) * 4);
  const auto* data = cairo_image_surface_get_data(surface.get());
  const auto stride = cairo_image_surface_get_stride(surface.get());
  for (int y = 0; y < raster.height; ++y)
    for (int x = 0; x < raster.width; ++x) {
      std::uint32_t pixel;
      std::memcpy(&pixel, data + std::ptrdiff_t(y) * stride + std::ptrdiff_t(x) * 4, 4);
      for (int shift : {16, 8, 0}) raster.rgba.push_back(static_cast<unsigned char>(pixel >> shift & 255));
      raster.rgba.push_back(255);
    }
  return raster;
}

std::string paint_png(const plot::Scene& scene, const Fonts& fonts, double scale,
                      const std::string& metadata) {
  return png_with_metadata(png_bytes(paint_surface(scene, fonts, scale)), metadata, scale);
}

std::string paint_pdf(const plot::Scene& scene, const Fonts& fonts, const std::string& metadata,
                      const std::string& title) {
  std::string out;
  const auto append = [](void* to, const unsigned char* data, unsigned length) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  };
  {
    const auto surface =
        own(cairo_pdf_surface_create_for_stream(append, &out, scene.size.width, scene.size.height));
    // PDF 1.4 keeps the document's information readable in the file, where read_embedded_metadata looks for
    // it.
    cairo_pdf_surface_restrict_to_version(surface.get(), CAIRO_PDF_VERSION_1_4);
    cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATOR, "Gatescope");
    // Cairo would write the time of day: the same scene must give the same bytes.
    cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
    if (!title.empty())
      cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, characters_of(title).c_str());
    if (!metadata.empty())
      cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_KEYWORDS, metadata.c_str());
    {
      const auto cr = draw_on(surface);
      draw_scene(cr.get(), scene, fonts, vector_pixels_per_point);
      cairo_show_page(cr.get());
    }
    cairo_surface_finish(surface.get());
    check(cairo_surface_status(surface.get()), "the PDF cannot be made");
  }
  return out;
}

void export_scene(const std::filesystem::path& path, const plot::Scene& scene, const Fonts& fonts,
                  const std::string& metadata, const std::string& title, double png_scale) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".svg") return write_file(path, paint_svg(scene, fonts, metadata, title));
  if (extension == ".pdf") return write_file(path, paint_pdf(scene, fonts, metadata, title));
  if (extension == ".png") return write_file(path, paint_png(scene, fonts, png_scale, metadata));
  fail("'{}': a figure is written as .svg, .pdf or .png", path.string());
}

}  // namespace gatescope::app
