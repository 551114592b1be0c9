#include "tests/app/gl/compare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "app/export/png.h"
#include "core/error.h"

namespace gatescope::test {

Difference difference(const plot::Raster& a, const plot::Raster& b) {
  if (a.width != b.width || a.height != b.height)
    fail("pictures of {}x{} and {}x{} pixels cannot be compared", a.width, a.height, b.width, b.height);
  Difference found;
  double sum = 0, far = 0;
  for (std::size_t i = 0; i < a.rgba.size(); ++i) {
    const int off = std::abs(int{a.rgba[i]} - int{b.rgba[i]});
    sum += off;
    far += off > Tolerance::far_off ? 1 : 0;
    found.greatest = std::max(found.greatest, off);
  }
  const double components = 0.75 * static_cast<double>(a.rgba.size());  // opacity is 255 in both
  found.mean = sum / components;
  found.share = far / components;
  return found;
}

void expect_alike(const std::string& name, const plot::Raster& actual, const plot::Raster& reference,
                  const Tolerance& tolerance) {
  const Difference found = difference(actual, reference);
  ::testing::Test::RecordProperty(
      name, fmt::format("mean {:.3f}, {:.4f} % off by more than {}, greatest {}", found.mean,
                        100 * found.share, Tolerance::far_off, found.greatest));
  EXPECT_LE(found.mean, tolerance.mean) << name;
  EXPECT_LE(found.share, tolerance.share) << name;
  if (found.mean <= tolerance.mean && found.share <= tolerance.share) return;
  const std::filesystem::path folder = "failed_pictures";
  std::filesystem::create_directories(folder);
  plot::Raster apart = actual;
  for (std::size_t i = 0; i < apart.rgba.size(); ++i)
    apart.rgba[i] =
        static_cast<unsigned char>(std::min(255, 8 * std::abs(int{actual.rgba[i]} - int{reference.rgba[i]})));
  app::write_png(folder / (name + ".actual.png"), actual);
  app::write_png(folder / (name + ".reference.png"), reference);
  app::write_png(folder / (name + ".difference.png"), apart);
}

}  // namespace gatescope::test
