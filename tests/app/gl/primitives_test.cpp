#include <cmath>
#include <limits>
#include <random>

#include "tests/app/gl/compare.h"
#include "tests/app/gl/offscreen.h"

// Each primitive painted by OpenGL and by cairo. What is left is cairo's: it divides a pixel's height into 15
// rows, OpenGL does not.

namespace gatescope {
namespace {

using namespace plot;
using test::Tolerance;

constexpr Tolerance lines_tolerance{.mean = 0.25, .share = 0.0015};
constexpr Tolerance dense_lines_tolerance{.mean = 1.3, .share = 0.004};
constexpr Tolerance shapes_tolerance{.mean = 0.25, .share = 0.0015};
// A pixel whose centre lies on the border of two cells may show either.
constexpr Tolerance heatmap_tolerance{.mean = 0.3, .share = 0.004};
constexpr Tolerance text_tolerance{.mean = 0.7, .share = 0.0015};

const Color red{0.8f, 0.2f, 0.1f, 1}, blue{0.2f, 0.4f, 0.9f, 1}, ink{0.1f, 0.1f, 0.12f, 1};

Scene page(Color background = {1, 1, 1, 1}) {
  return {.size = {400, 300},
          .background = background,
          .tables = {color_table(Colormap::sequential, background)}};
}

void add(Scene& scene, Primitive shape, std::optional<Rect> clip = {}) {
  scene.items.emplace_back().shape = std::move(shape);
  scene.items.back().clip = clip;
}

void expect_as_cairo(const std::string& name, const Scene& scene, const Tolerance& tolerance,
                     float scale = 1) {
  test::Offscreen off;
  test::expect_alike(name, off.painter.render(scene, scale), app::paint_raster(scene, off.fonts, scale),
                     tolerance);
}

Polyline wave(float y, float width, Color color, std::vector<float> dash = {}) {
  Polyline line{.width = width, .color = color, .dash = std::move(dash)};
  for (int i = 0; i < 1900; ++i)
    line.points.push_back(
        {10 + static_cast<float>(i) * 0.2f, y + 30 * std::sin(static_cast<float>(i) * 0.02f)});
  return line;
}

TEST(GlPainter, LinesOfAnyWidthAndSlopeAreAsCairos) {
  Scene scene = page();
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (int k = 0; k < 10; ++k) {
    const auto step = static_cast<float>(k);
    Polyline zigzag{.width = 0.5f + 0.4f * step, .color = k % 2 == 0 ? red : blue};
    if (k % 3 == 2) zigzag.color.alpha = 0.5f;
    for (int i = 0; i < 40; ++i)
      zigzag.points.push_back({10 + 9.7f * static_cast<float>(i), 20 + 28 * step + 8 * normal(random)});
    add(scene, zigzag);
    const float angle = 0.17f * step;
    add(scene, Polyline{.points = {{20, 20}, {20 + 360 * std::cos(angle), 20 + 260 * std::sin(angle)}},
                        .width = 0.4f + 0.3f * step,
                        .color = ink});
  }
  expect_as_cairo("lines", scene, lines_tolerance);
  expect_as_cairo("lines_2", scene, lines_tolerance, 2);
}

TEST(GlPainter, ThickTranslucentClosedLineIsOneShape) {
  Scene scene = page();
  add(scene, Polyline{.points = {{50.5f, 40}, {350, 60}, {200, 260}},
                      .width = 17,
                      .color = {0.2f, 0.6f, 0.3f, 0.5f},
                      .closed = true});
  expect_as_cairo("closed_line", scene, lines_tolerance);
}

TEST(GlPainter, DashesFollowCurvesAndCornersAsCairos) {
  Scene scene = page();
  add(scene, wave(50, 3, {0.8f, 0.2f, 0.1f, 0.4f}, {8, 4, 2, 4}));
  add(scene, wave(130, 1.6f, blue, {6, 4}));
  add(scene, wave(210, 1.2f, ink, {1.5f, 2, 5}));
  add(scene, Polyline{.points = {{10, 270.5f}, {390, 270.5f}}, .color = ink, .dash = {4, 3}});
  add(scene,
      Polyline{
          .points = {{20, 20}, {60, 280}, {100, 20}, {140, 280}}, .width = 2, .color = red, .dash = {9, 5}});
  expect_as_cairo("dashes", scene, lines_tolerance);
}

TEST(GlPainter, NoiseDenserThanPixelsKeepsItsWeight) {
  Scene scene = page();
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  for (int k = 0; k < 10; ++k) {
    Polyline noise{.width = 1.6f, .color = k % 2 == 0 ? blue : with_alpha(red, 0.5f)};
    for (int i = 0; i < 800; ++i)
      noise.points.push_back(
          {10 + static_cast<float>(i) * 0.475f, 20 + 28 * static_cast<float>(k) + 9 * normal(random)});
    add(scene, noise);
  }
  expect_as_cairo("noise", scene, dense_lines_tolerance);
}

TEST(GlPainter, LinesColouredBySegmentAreAsCairos) {
  Scene scene = page();
  Polyline spiral{.width = 2.5f};
  for (int i = 0; i < 400; ++i) {
    const auto t = static_cast<float>(i);
    spiral.points.push_back({200 + 0.3f * t * std::cos(t * 0.1f), 150 + 0.3f * t * std::sin(t * 0.1f)});
    if (i > 0) spiral.colors.push_back(scene.tables[0][i / 4 * 2]);
  }
  add(scene, spiral);
  expect_as_cairo("coloured_line", scene, lines_tolerance);
}

TEST(GlPainter, BoxesAreAsCairos) {
  Scene scene = page();
  for (int k = 0; k < 12; ++k) {
    const auto step = static_cast<float>(k);
    add(scene, Box{.rect = {10 + static_cast<float>(k % 4) * 97.3f, 10 + static_cast<float>(k / 4) * 95.7f,
                            80.2f, 77.7f},
                   .radius = k == 11 ? 100 : step * 1.7f,
                   .fill = {0.3f, 0.6f, 0.8f, k % 2 == 0 ? 1 : 0.5f},
                   .stroke = k % 3 == 0 ? Color{0, 0, 0, 0.4f} : ink,
                   .stroke_width = step * 0.6f,
                   .dash = k % 5 == 4 ? std::vector<float>{5, 3} : std::vector<float>{}});
  }
  add(scene, Box{.rect = {150.3f, 100.2f, 120, 0.4f}, .fill = ink});
  add(scene, Box{.rect = {150, 120, 120, 60}, .stroke = red, .stroke_width = 1.5f, .dash = {4, 3}});
  expect_as_cairo("boxes", scene, shapes_tolerance);
}

TEST(GlPainter, MarkersAreAsCairos) {
  Scene scene = page(rgb(0x16181d));
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform;
  for (const auto shape :
       {MarkerShape::disc, MarkerShape::square, MarkerShape::diamond, MarkerShape::triangle}) {
    const auto row = static_cast<float>(shape);
    Markers markers{.shape = shape, .size = 3 + 3 * row};
    for (int i = 0; i < 60; ++i) {
      markers.at.push_back({uniform(random) * 400, (uniform(random) + row) * 75});
      markers.colors.push_back(
          {uniform(random), uniform(random), uniform(random), 0.3f + 0.7f * uniform(random)});
    }
    add(scene, markers);
  }
  expect_as_cairo("markers", scene, shapes_tolerance);
}

TEST(GlPainter, AreasAndPolygonsAreAsCairos) {
  Scene scene = page();
  std::mt19937 random(9);
  std::uniform_real_distribution<float> uniform;
  Area band{.fill = {0.9f, 0.4f, 0.1f, 0.5f}};
  for (int i = 0; i < 500; ++i) {
    const float x = 10 + static_cast<float>(i) * 0.76f, y = 90 + 30 * std::sin(static_cast<float>(i) * 0.04f);
    band.upper.push_back({x, y - 10 - 20 * uniform(random)});
    band.lower.push_back({x, y + 10 + 20 * uniform(random)});
  }
  add(scene, band, Rect{20.3f, 20.6f, 340.5f, 100.7f});
  for (int k = 0; k < 20; ++k) {
    const float x = uniform(random) * 380, y = 180 + uniform(random) * 100;
    add(scene, Polygon{.points = {{x, y},
                                  {x + 20 * uniform(random), y + 30 * uniform(random)},
                                  {x - 30 * uniform(random), y + 10}},
                       .fill = blue});
  }
  add(scene, Polygon{.points = {{300, 200}, {340, 200}, {350, 230}, {330, 260}, {300, 260}},
                     .fill = {0, 0, 0, 0.5f}});
  expect_as_cairo("areas", scene, shapes_tolerance);
}

TEST(GlPainter, HeatmapsShowValuesRangesAndGapsAsCairos) {
  Scene scene = page();
  std::mt19937 random(11);
  std::uniform_real_distribution<float> uniform(-0.2f, 1.2f);
  auto values = std::make_shared<std::vector<float>>();
  for (int i = 0; i < 30 * 50; ++i) values->push_back(uniform(random));
  (*values)[77] = std::numeric_limits<float>::quiet_NaN();
  (*values)[100] = std::numeric_limits<float>::infinity();
  (*values)[101] = -std::numeric_limits<float>::infinity();
  const Color gap{1, 0, 1, 1};
  add(scene,
      Image{.rect = {20.4f, 15.3f, 350.7f, 120.2f}, .rows = 30, .columns = 50, .values = values, .gap = gap});
  add(scene,
      Image{.rect = {20, 160, 300, 120},
            .rows = 3,
            .columns = 5,
            .values = values,
            .low = 0.5f,
            .high = 0.5f,
            .gap = gap},
      Rect{30.5f, 170.25f, 200, 90});
  expect_as_cairo("heatmap", scene, heatmap_tolerance);
}

TEST(GlPainter, MatricesWiderThanTheLargestTextureAreWhole) {
  Scene scene = page();
  auto values = std::make_shared<std::vector<float>>();
  for (int i = 0; i < 2 * 20000; ++i) values->push_back(static_cast<float>(i % 20000) / 20000);
  add(scene, Image{.rect = {10, 10, 380, 280}, .rows = 2, .columns = 20000, .values = values});
  expect_as_cairo("wide_heatmap", scene, heatmap_tolerance);
}

TEST(GlPainter, TextOfEverySizeAndSlopeIsAsCairos) {
  Scene scene = page();
  for (int k = 0; k < 14; ++k) {
    const auto step = static_cast<float>(k);
    add(scene, Text{.text = "Forget gate σ(W x + b) ⊙ ∂cₜ 0.123 AVATAR",
                    .at = {10.3f + step * 0.4f, 20 + step * 20.3f},
                    .style = {8 + step * 0.9f, k % 3 == 1 ? Weight::bold : Weight::regular, k % 4 == 3},
                    .color = k % 2 == 0 ? ink : red});
  }
  for (int k = 0; k < 6; ++k)
    add(scene, Text{.text = "rotated 123",
                    .at = {330, 150},
                    .style = {12},
                    .color = ink,
                    .rotation = 15 + 60 * static_cast<float>(k)});
  expect_as_cairo("text", scene, text_tolerance);
  expect_as_cairo("text_2", scene, text_tolerance, 2);
}

TEST(GlPainter, TextOfEveryScriptIsAsCairos) {
  Scene scene = page();
  float y = 20;
  for (const char* text :
       {"עברית 123", "العربية", "Привет e\u0301", "日本語 ไทย हिन्दी", "\r\n\x01 \uFFFE\u0378\uFDD0"}) {
    add(scene, Text{.text = text, .at = {10.3f, y}, .style = {16}, .color = ink});
    y += 30;
  }
  expect_as_cairo("scripts", scene, text_tolerance);
}

}  // namespace
}  // namespace gatescope
