#include <limits>

#include "core/error.h"
#include "tests/app/gl/compare.h"
#include "tests/app/gl/offscreen.h"

namespace gatescope {
namespace {

using namespace plot;

std::array<int, 4> pixel(const plot::Raster& raster, int x, int y) {
  const auto i =
      (static_cast<std::size_t>(y) * static_cast<std::size_t>(raster.width) + static_cast<std::size_t>(x)) *
      4;
  return {raster.rgba[i], raster.rgba[i + 1], raster.rgba[i + 2], raster.rgba[i + 3]};
}

using Pixel = std::array<int, 4>;

TEST(GlPainter, EmptySceneIsItsBackground) {
  test::Offscreen off;
  const plot::Raster raster = off.painter.render({.size = {7.2f, 3}, .background = rgb(0x336699)}, 2);
  EXPECT_EQ(raster.width, 15);
  EXPECT_EQ(raster.height, 6);
  for (int y = 0; y < raster.height; ++y)
    for (int x = 0; x < raster.width; ++x) ASSERT_EQ(pixel(raster, x, y), (Pixel{0x33, 0x66, 0x99, 255}));
}

TEST(GlPainter, TransparentBackgroundKeepsItsColours) {
  test::Offscreen off;
  Scene scene{.size = {4, 4}, .background = {0, 0, 0, 0}};
  scene.items.push_back({Box{.rect = {0, 0, 2, 4}, .fill = {1, 0.5f, 0, 0.5f}}});
  const plot::Raster raster = off.painter.render(scene);
  EXPECT_NEAR(pixel(raster, 0, 1)[0], 255, 1);
  EXPECT_NEAR(pixel(raster, 0, 1)[1], 128, 1);
  EXPECT_NEAR(pixel(raster, 0, 1)[3], 128, 1);
  EXPECT_EQ(pixel(raster, 3, 1)[3], 0);
}

TEST(GlPainter, PrimitivesWithNothingInThemPaintNothing) {
  test::Offscreen off;
  Scene scene{.size = {20, 20}, .background = {1, 1, 1, 1}};
  scene.items = {{Polyline{}},
                 {Polyline{.points = {{3, 3}}}},
                 {Polyline{.points = {{3, 3}, {9, 9}}, .width = 0}},
                 {Area{}},
                 {Box{}},
                 {Polygon{}},
                 {Polygon{.points = {{3, 3}, {3, 9}}}},
                 {Image{}},
                 {Text{}},
                 {Text{.text = " "}},
                 {Markers{}},
                 {Box{.rect = {0, 0, 20, 20}, .fill = {0, 0, 0, 1}}, Rect{5, 5, 0, 0}}};
  const plot::Raster raster = off.painter.render(scene);
  for (unsigned char component : raster.rgba) ASSERT_EQ(component, 255);
}

TEST(GlPainter, HugeCoordinatesPaintWhatCanBeSeenOfThem) {
  test::Offscreen off;
  const float far = 3e37f;
  Scene scene{.size = {40, 40}, .background = {1, 1, 1, 1}};
  const Color black{0, 0, 0, 1};
  scene.items = {
      {Box{.rect = {-far, -5, 2 * far, 10}, .fill = black}},
      {Polyline{.points = {{-far, 10}, {far, 10}}, .width = 2, .color = black}},
      {Polyline{
          .points = {{-far, 20}, {far, 20}, {far, far}}, .width = 2, .color = black, .dash = {1e9f, 1}}},
      {Area{.upper = {{-far, 24}, {far, 24}}, .lower = {{-far, 26}, {far, 26}}, .fill = black}},
      {Polygon{.points = {{-far, 30}, {far, 30}, {far, 32}, {-far, 32}}, .fill = black}},
      {Markers{.size = 4, .at = {{far, far}, {-far, 3}}, .colors = {black}}},
      {Text{.text = "far", .at = {far, -far}, .color = black}}};
  const plot::Raster raster = off.painter.render(scene);
  for (int y : {2, 9, 10, 24, 25, 30, 31}) EXPECT_EQ(pixel(raster, 20, y), (Pixel{0, 0, 0, 255})) << y;
  for (int y : {6, 13, 16, 22, 28, 35}) EXPECT_EQ(pixel(raster, 20, y), (Pixel{255, 255, 255, 255})) << y;
}

TEST(GlPainter, ClipBoxesCutEveryPrimitive) {
  test::Offscreen off;
  const Color black{0, 0, 0, 1};
  auto values = std::make_shared<std::vector<float>>(1, 0.5f);
  const std::vector<Primitive> shapes{
      Polyline{.points = {{-5, 10}, {25, 10}}, .width = 40, .color = black},
      Polyline{.points = {{-5, 10}, {10, 9}, {25, 10}}, .width = 40, .color = black},
      Area{.upper = {{-5, -5}, {25, -5}}, .lower = {{-5, 25}, {25, 25}}, .fill = black},
      Box{.rect = {-5, -5, 30, 30}, .fill = black},
      Polygon{.points = {{-50, -50}, {60, -50}, {60, 70}, {-50, 70}}, .fill = black},
      Image{.rect = {0, 0, 20, 20}, .rows = 1, .columns = 1, .values = values},
      Text{.text = "■■■", .at = {-20, 40}, .style = {60}, .color = black},
      Markers{.shape = MarkerShape::square, .size = 60, .at = {{10, 10}}, .colors = {black}}};
  for (const Primitive& shape : shapes) {
    Scene scene{.size = {20, 20}, .background = {1, 1, 1, 1}, .tables = {ColorTable(256, black)}};
    scene.items = {{shape, Rect{5, 5.5f, 10, 10}}};
    const plot::Raster raster = off.painter.render(scene);
    EXPECT_EQ(pixel(raster, 10, 10)[0], 0) << shape.index();
    EXPECT_NEAR(pixel(raster, 10, 5)[0], 128, 2) << shape.index();
    for (const auto& [x, y] : {std::pair{4, 10}, {15, 10}, {10, 4}, {10, 16}})
      EXPECT_EQ(pixel(raster, x, y)[0], 255) << shape.index() << " at " << x << ", " << y;
  }
}

TEST(GlPainter, MoreThan255LinesEachPaintOnce) {
  test::Offscreen off;
  Scene scene{.size = {30, 10}, .background = {0, 0, 0, 1}};
  for (int i = 0; i < 600; ++i)
    scene.items.push_back(
        {Polyline{.points = {{-5, 5}, {15, 5}, {35, 5}}, .width = 4, .color = {1, 1, 1, 0.01f}}});
  const int once = pixel(off.painter.render(scene), 15, 5)[0];
  EXPECT_GT(once, 200);
}

TEST(GlPainter, TextThatFillsTheAtlasManyTimesIsWhole) {
  test::Offscreen off;
  Scene scene{.size = {400, 400}, .background = {1, 1, 1, 1}};
  for (int i = 0; i < 24; ++i)
    scene.items.push_back({Text{.text = "WMQ&@%",
                                .at = {static_cast<float>(i), 300},
                                .style = {200 + static_cast<float>(i)},
                                .color = {0, 0, 0, 0.2f}}});
  test::expect_alike("full_atlas", off.painter.render(scene), app::paint_raster(scene, off.fonts),
                     {.mean = 1.5, .share = 0.01});
}

TEST(GlPainter, PicturesThatCannotBeMadeAreErrors) {
  test::Offscreen off;
  for (const Size size : {Size{0, 10}, Size{10, 1e9f}, Size{std::numeric_limits<float>::quiet_NaN(), 10}})
    EXPECT_THROW(off.painter.render({.size = size}), Error);
}

TEST(GlPainter, ShowsACanvasUprightInTheBoundFramebufferAndLeavesItBound) {
  test::Offscreen off;
  gl::Canvas small(off.gl), screen(off.gl);
  Scene scene{.size = {4, 4}, .background = {1, 1, 1, 1}};
  scene.items = {{Box{.rect = {0, 0, 4, 1}, .fill = {1, 0, 0, 1}}}};
  screen.resize(10, 10);
  off.gl->BindFramebuffer(GL_FRAMEBUFFER, screen.framebuffer());
  off.gl->Viewport(1, 2, 3, 4);
  off.gl->ClearColor(0, 0, 0, 1);
  off.gl->Clear(GL_COLOR_BUFFER_BIT);
  off.painter.paint(scene, 1, small);
  off.painter.show(small, 3, 2);

  GLint bound = 0, viewport[4] = {};
  off.gl->GetIntegerv(GL_FRAMEBUFFER_BINDING, &bound);
  off.gl->GetIntegerv(GL_VIEWPORT, viewport);
  EXPECT_EQ(bound, static_cast<GLint>(screen.framebuffer()));
  EXPECT_EQ(viewport[0] + 10 * viewport[1] + 100 * viewport[2] + 1000 * viewport[3], 4321);
  const plot::Raster raster = screen.read();  // its rows run as OpenGL's: upwards
  EXPECT_EQ(pixel(raster, 4, 5), (Pixel{255, 0, 0, 255}));
  EXPECT_EQ(pixel(raster, 4, 2), (Pixel{255, 255, 255, 255}));
  EXPECT_EQ(pixel(raster, 4, 6), (Pixel{0, 0, 0, 255}));
  EXPECT_EQ(pixel(raster, 2, 3), (Pixel{0, 0, 0, 255}));
}

TEST(GlPainter, PaintsTheSamePictureEveryTimeAndOnEveryContext) {
  Scene scene{.size = {80, 40}, .background = {1, 1, 1, 1}};
  scene.items = {{Polyline{.points = {{5, 5}, {40, 30}, {75, 5}}, .width = 3}},
                 {Text{.text = "again", .at = {20, 35}}}};
  plot::Raster first;
  {
    test::Offscreen off;
    first = off.painter.render(scene);
    off.painter.render({.size = {200, 200}, .background = {0, 0, 0, 1}});
    EXPECT_EQ(off.painter.render(scene).rgba, first.rgba);
  }
  test::Offscreen one, other;
  EXPECT_EQ(other.painter.render(scene).rgba, first.rgba);
  one.context.make_current();
  EXPECT_EQ(one.painter.render(scene).rgba, first.rgba);
  other.context.make_current();
  EXPECT_EQ(other.painter.render(scene).rgba, first.rgba);
}

}  // namespace
}  // namespace gatescope
