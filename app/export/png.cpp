#include "app/export/png.h"

#include <cairo.h>

#include <cstdint>
#include <cstring>
#include <memory>

#include "core/error.h"
#include "core/files.h"

namespace gatescope::app {
namespace {

cairo_status_t append(void* bytes, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

cairo_status_t take(void* rest, unsigned char* data, unsigned int length) {
  auto& bytes = *static_cast<std::string_view*>(rest);
  if (bytes.size() < length) return CAIRO_STATUS_READ_ERROR;
  std::memcpy(data, bytes.data(), length);
  bytes.remove_prefix(length);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

void write_png(const std::filesystem::path& path, const Raster& raster) {
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, raster.width, raster.height), &cairo_surface_destroy);
  unsigned char* data = cairo_image_surface_get_data(surface.get());
  const std::ptrdiff_t stride = cairo_image_surface_get_stride(surface.get());
  const unsigned char* from = raster.rgba.data();
  for (int y = 0; y < raster.height; ++y) {
    for (int x = 0; x < raster.width; ++x, from += 4) {
      const std::uint32_t pixel =
          0xff000000u | std::uint32_t{from[0]} << 16 | std::uint32_t{from[1]} << 8 | from[2];
      std::memcpy(data + y * stride + std::ptrdiff_t{x} * 4, &pixel, 4);
    }
  }
  cairo_surface_mark_dirty(surface.get());
  std::string bytes;
  const cairo_status_t status = cairo_surface_write_to_png_stream(surface.get(), append, &bytes);
  if (status != CAIRO_STATUS_SUCCESS) fail("'{}': {}", path.string(), cairo_status_to_string(status));
  write_file(path, bytes);
}

Raster read_png(std::string_view bytes) {
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_image_surface_create_from_png_stream(take, &bytes), &cairo_surface_destroy);
  if (const cairo_status_t status = cairo_surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS)
    fail("these bytes are no PNG: {}", cairo_status_to_string(status));
  Raster raster;
  raster.width = cairo_image_surface_get_width(surface.get());
  raster.height = cairo_image_surface_get_height(surface.get());
  raster.rgba.reserve(static_cast<std::size_t>(raster.width) * static_cast<std::size_t>(raster.height) * 4);
  const unsigned char* data = cairo_image_surface_get_data(surface.get());
  const std::ptrdiff_t stride = cairo_image_surface_get_stride(surface.get());
  const bool opaque = cairo_image_surface_get_format(surface.get()) == CAIRO_FORMAT_RGB24;
  for (int y = 0; y < raster.height; ++y) {
    for (int x = 0; x < raster.width; ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, data + y * stride + std::ptrdiff_t{x} * 4, 4);
      const std::uint32_t alpha = opaque ? 255 : pixel >> 24;
      for (const int shift : {16, 8, 0}) {
        const std::uint32_t darkened = pixel >> shift & 255;
        raster.rgba.push_back(
            static_cast<unsigned char>(alpha == 0 ? 0 : (darkened * 255 + alpha / 2) / alpha));
      }
      raster.rgba.push_back(static_cast<unsigned char>(alpha));
    }
  }
  return raster;
}

}  // namespace gatescope::app
