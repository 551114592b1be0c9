#include "golden_picture.h"

#include <cairo.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "core/error.h"

namespace gatescope::app {
namespace {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;

std::size_t offset(const Raster& raster, int x, int y) {
  return (std::size_t(y) * std::size_t(raster.width) + std::size_t(x)) * 4;
}

/// How far the block at (x, y) is off, in the channel where that is most.
double block_difference(const Raster& a, const Raster& b, int x, int y) {
  std::array<double, 3> sums{};
  int pixels = 0;
  for (int v = y; v < std::min(y + golden_block, a.height); ++v)
    for (int u = x; u < std::min(x + golden_block, a.width); ++u, ++pixels)
      for (std::size_t k = 0; k < 3; ++k)
        sums[k] += double(a.rgba[offset(a, u, v) + k]) - b.rgba[offset(b, u, v) + k];
  double worst = 0;
  for (const double sum : sums) worst = std::max(worst, std::abs(sum) / pixels);
  return worst;
}

template <class Visit>
void for_each_block(const Raster& raster, Visit visit) {
  for (int y = 0; y < raster.height; y += golden_block)
    for (int x = 0; x < raster.width; x += golden_block) visit(x, y);
}

}  // namespace

Raster read_png(const std::filesystem::path& path) {
  const Surface surface(cairo_image_surface_create_from_png(path.c_str()), &cairo_surface_destroy);
  if (const auto status = cairo_surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS)
    fail("'{}': {}", path.string(), cairo_status_to_string(status));
  Raster raster{
      cairo_image_surface_get_width(surface.get()), cairo_image_surface_get_height(surface.get()), {}};
  const auto* data = cairo_image_surface_get_data(surface.get());
  const auto stride = cairo_image_surface_get_stride(surface.get());
  for (int y = 0; y < raster.height; ++y)
    for (int x = 0; x < raster.width; ++x) {
      std::uint32_t pixel;
      std::memcpy(&pixel, data + std::ptrdiff_t(y) * stride + std::ptrdiff_t(x) * 4, 4);
      for (const int shift : {16, 8, 0})
        raster.rgba.push_back(static_cast<unsigned char>(pixel >> shift & 255));
      raster.rgba.push_back(255);
    }
  return raster;
}

std::optional<std::string> difference(const Raster& actual, const Raster& reference) {
  if (actual.width != reference.width || actual.height != reference.height) {
    return fmt::format("it has {}x{} pixels, the reference {}x{}", actual.width, actual.height,
                       reference.width, reference.height);
  }
  int off = 0, blocks = 0;
  for_each_block(reference, [&](int x, int y) {
    ++blocks;
    off += block_difference(actual, reference, x, y) > golden_block_tolerance;
  });
  if (off <= golden_share * blocks) return std::nullopt;
  return fmt::format("{} of {} blocks differ by more than {}", off, blocks, golden_block_tolerance);
}

Raster difference_picture(const Raster& actual, const Raster& reference) {
  Raster out = reference;
  for (std::size_t i = 0; i < out.rgba.size(); i += 4) {
    const int grey = (out.rgba[i] + out.rgba[i + 1] + out.rgba[i + 2]) / 3;
    for (std::size_t k = 0; k < 3; ++k) out.rgba[i + k] = static_cast<unsigned char>(192 + grey / 4);
  }
  if (actual.width != reference.width || actual.height != reference.height) return out;
  for_each_block(reference, [&](int x, int y) {
    if (block_difference(actual, reference, x, y) <= golden_block_tolerance) return;
    for (int v = y; v < std::min(y + golden_block, out.height); ++v)
      for (int u = x; u < std::min(x + golden_block, out.width); ++u) {
        out.rgba[offset(out, u, v)] = 220;
        out.rgba[offset(out, u, v) + 1] = out.rgba[offset(out, u, v) + 2] = 30;
      }
  });
  return out;
}

}  // namespace gatescope::app
