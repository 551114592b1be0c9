#include "app/export/cairo_painter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/export/cairo_detail.h"
#include "app/export/metadata.h"
#include "core/error.h"
#include "core/files.h"
#include "pictures.h"

namespace gatescope::app {
namespace {

using namespace plot;

std::array<int, 3> pixel(const Raster& raster, int x, int y) {
  const auto at = (std::size_t(y) * std::size_t(raster.width) + std::size_t(x)) * 4;
  return {raster.rgba[at], raster.rgba[at + 1], raster.rgba[at + 2]};
}

Scene page(Size size, std::vector<Primitive> shapes) {
  Scene scene;
  scene.size = size;
  scene.background = rgb(0xffffff);
  scene.tables = {ColorTable(256, rgb(0x0000ff))};
  for (std::size_t i = 0; i < 256; ++i) scene.tables[0][i] = i < 128 ? rgb(0x0000ff) : rgb(0xff0000);
  for (auto& shape : shapes) scene.items.push_back({std::move(shape), std::nullopt});
  return scene;
}

constexpr std::array<int, 3> blue{0, 0, 255}, red{255, 0, 0}, white{255, 255, 255}, grey{128, 128, 128};

Image cells() {
  return {.rect = {2, 2, 6, 3},
          .rows = 1,
          .columns = 3,
          .values = std::make_shared<const std::vector<float>>(std::vector<float>{0, std::nanf(""), 1}),
          .gap = rgb(0x808080)};
}

}  // namespace

TEST(CairoPainter, PaintsHeatmapCellsSharplyAndGapsInTheirColour) {
  const Raster raster = paint_raster(page({10, 7}, {cells()}), Fonts(), 3);
  ASSERT_EQ(raster.width, 30);
  ASSERT_EQ(raster.height, 21);
  for (int y = 6; y < 15; ++y)
    for (int x = 6; x < 24; ++x)
      EXPECT_EQ(pixel(raster, x, y), x < 12 ? blue : x < 18 ? grey : red) << x << "," << y;
  EXPECT_EQ(pixel(raster, 5, 8), white);
  EXPECT_EQ(pixel(raster, 24, 8), white);
}

TEST(CairoPainter, ClipsAndPaintsShapesWhereTheyAre) {
  auto scene = page({20, 20}, {Box{.rect = {0, 0, 20, 20}, .fill = rgb(0xff0000)},
                               Polyline{.points = {{0, 10}, {20, 10}}, .width = 4, .color = rgb(0x0000ff)},
                               Markers{.size = 6, .at = {{10, 17}}, .colors = {rgb(0xffffff)}}});
  scene.items[0].clip = Rect{5, 0, 10, 20};
  const Raster raster = paint_raster(scene, Fonts(), 1);
  EXPECT_EQ(pixel(raster, 2, 3), white);
  EXPECT_EQ(pixel(raster, 10, 3), red);
  EXPECT_EQ(pixel(raster, 2, 9), blue);
  EXPECT_EQ(pixel(raster, 10, 16), white);
}

TEST(CairoPainter, ColoursEachSegmentOfALine) {
  const Raster raster = paint_raster(page({30, 10}, {Polyline{.points = {{0, 5}, {15, 5}, {30, 5}},
                                                              .width = 6,
                                                              .colors = {rgb(0xff0000), rgb(0x0000ff)}}}),
                                     Fonts(), 1);
  EXPECT_EQ(pixel(raster, 4, 5), red);
  EXPECT_EQ(pixel(raster, 26, 5), blue);
}

TEST(CairoPainter, RefusesPicturesNoSurfaceCanHold) {
  EXPECT_THROW(paint_raster(page({0, 10}, {}), Fonts(), 1), Error);
  try {
    paint_png(page({800, 600}, {}), Fonts(), 100);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "a picture of 80000x60000 pixels cannot be made: each side must have 1 to 32767");
  }
}

TEST(CairoPainter, TextIsAsWideAsMeasured) {
  const Fonts fonts;
  for (const TextStyle& style :
       {TextStyle{20}, TextStyle{20, Weight::bold}, TextStyle{20, Weight::regular, true}}) {
    const std::string text = "forget gate fₜ = σ(…) = H";
    const auto extent = fonts.extent(text, style);
    const Raster raster =
        paint_raster(page({400, 40}, {Text{.text = text, .at = {10, 30}, .style = style}}), fonts, 1);
    int last = 0;
    for (int x = 0; x < 400; ++x)
      for (int y = 0; y < 40; ++y)
        if (pixel(raster, x, y)[0] < 128) last = x;
    EXPECT_NEAR(static_cast<float>(last), 10 + extent.width, 4) << "but for the last letter's own margin";
    EXPECT_NEAR(fonts.extent(text, {40, style.weight, style.mono}).width, 2 * extent.width, 0.01)
        << "at any scale";
  }
}

TEST(Fonts, DejaVuHasEveryLetterTheFiguresUse) {
  const Fonts fonts;
  for (const char* letter :
       {"σ", "∂", "⊙", "∇", "ₜ", "‖", "·", "⏎", "⇥", "−", "×", "⁰", "⁻", "…", "∞", "␣"}) {
    const auto set = fonts.set(letter, {20});
    ASSERT_EQ(set->runs.size(), 1u);
    ASSERT_EQ(set->runs[0].glyphs.size(), 1u);
    EXPECT_EQ(set->runs[0].face, fonts.face({20})) << letter << " is missing";
    EXPECT_NE(set->runs[0].glyphs[0].index, 0u) << letter << " is missing";
  }
}

TEST(SvgPainter, GivesTheSameBytesEveryTime) {
  const std::string first = paint_svg(sample_scene(Fonts()), Fonts(), "{}", "t");
  paint_pdf(sample_scene(Fonts()), Fonts());
  EXPECT_EQ(first, paint_svg(sample_scene(Fonts()), Fonts(), "{}", "t"));
}

TEST(SvgPainter, EnlargesHeatmapsByWholeNumbers) {
  const Scene scene = page({10, 7}, {cells()});
  const auto surface = detail::image_surface(cells(), scene.tables[0], 3);
  const int width = cairo_image_surface_get_width(surface.get()),
            height = cairo_image_surface_get_height(surface.get());
  EXPECT_EQ(width % 3, 0);
  EXPECT_GE(width, 18) << "three pixels a point";
  EXPECT_GE(height, 9);
  const std::string svg = paint_svg(scene, Fonts());
  EXPECT_NE(svg.find("<image x=\"2\" y=\"2\" width=\"6\" height=\"3\" preserveAspectRatio=\"none\""),
            svg.npos);
}

TEST(SvgPainter, IsWellFormedAndKeepsItsWordsReadable) {
  const std::string svg = paint_svg(sample_scene(Fonts()), Fonts(), "{\"a\":\"<&>\"}", "Gates & <loss>");
  EXPECT_NE(svg.find("<title>Gates &amp; &lt;loss&gt;</title>"), svg.npos);
  EXPECT_NE(svg.find("aria-label=\"forget gate fₜ\""), svg.npos);
  int depth = 0;
  for (auto at = svg.find('<', svg.find("?>")); at != svg.npos; at = svg.find('<', at + 1)) {
    const auto end = svg.find('>', at);
    ASSERT_NE(end, svg.npos);
    depth += svg[at + 1] == '/' ? -1 : svg[end - 1] == '/' ? 0 : 1;
  }
  EXPECT_EQ(depth, 0);
  const std::string use = "xlink:href=\"#";
  int uses = 0;
  for (auto at = svg.find(use); at != svg.npos; at = svg.find(use, at + 1), ++uses) {
    const auto name = svg.substr(at + use.size(), svg.find('"', at + use.size()) - at - use.size());
    EXPECT_NE(svg.find("id=\"" + name + "\""), svg.npos) << name;
  }
  EXPECT_GT(uses, 50);
}

TEST(SvgPainter, TextThatCanBeEditedStandsWhereItsOutlinesWould) {
  const Fonts fonts;
  Text text{.text = "gate <c̃> 10⁻⁷  fₜ", .at = {20, 30}, .style = {12, Weight::bold, false}};
  const auto svg_of = [&](const Text& shape) {
    return paint_svg(page({200, 80}, {shape}), fonts, "", "", SvgText::text);
  };
  const std::string svg = svg_of(text);
  EXPECT_EQ(svg.find("<path"), svg.npos) << "no outlines";
  EXPECT_NE(svg.find("<text x=\"20\" y=\"30\" font-family=\"'DejaVu Sans',"), svg.npos) << svg;
  EXPECT_NE(svg.find("font-size=\"12\" font-weight=\"bold\""), svg.npos) << svg;
  EXPECT_NE(svg.find("xml:space=\"preserve\">gate &lt;c̃&gt; 10⁻⁷  fₜ</text>"), svg.npos) << svg;
  text.anchor = 1;  // its end stays where it is
  const float width = fonts.extent(text.text, text.style).width;
  const std::string ended = svg_of(text);
  EXPECT_NE(ended.find(fmt::format("<text x=\"{:.2f}", 20 + width)), ended.npos) << ended;
  EXPECT_NE(ended.find("text-anchor=\"end\""), ended.npos) << ended;
  text.anchor = 0.5f;
  text.rotation = 90;  // upwards
  const std::string turned = svg_of(text);
  const std::string middle = fmt::format("{:.2f}", 30 - width / 2);
  EXPECT_NE(turned.find("<text x=\"20\" y=\"" + middle + "\" transform=\"rotate(-90,20," + middle + ")\""),
            turned.npos)
      << turned << middle;
  text.style.mono = true;
  EXPECT_NE(svg_of(text).find("'DejaVu Sans Mono',"), svg.npos);
}

TEST(SvgPainter, TextThatCanBeEditedIsInItsOwnOrderAndDirection) {
  const Fonts fonts;
  const auto svg_of = [&](std::string words, float anchor) {
    return paint_svg(
        page({200, 80}, {Text{.text = std::move(words), .at = {20, 30}, .style = {12}, .anchor = anchor}}),
        fonts, "", "", SvgText::text);
  };
  const std::string hebrew = svg_of("שלום 12", 0);
  EXPECT_NE(hebrew.find(">שלום 12</text>"), hebrew.npos) << hebrew;
  EXPECT_NE(hebrew.find("<text x=\"20\" y=\"30\" text-anchor=\"end\" direction=\"rtl\""), hebrew.npos)
      << "its left end, at which it ends, stays: " << hebrew;
  const std::string ended = svg_of("שלום", 1);
  EXPECT_EQ(ended.find("text-anchor"), ended.npos) << "it starts at its right end: " << ended;
  const std::string control = svg_of("a\r\t\x85", 0);
  EXPECT_NE(control.find(">a␍␉"), control.npos) << control;
}

TEST(PdfPainter, WritesOnePageOfRealText) {
  const std::string pdf = paint_pdf(sample_scene(Fonts()), Fonts(), "{}", "title");
  EXPECT_TRUE(pdf.starts_with("%PDF-1.4"));
  EXPECT_NE(pdf.find("/ToUnicode"), pdf.npos) << "what makes text selectable";
  EXPECT_NE(pdf.find("DejaVuSans"), pdf.npos);
}

TEST(Export, WritesByTheExtensionAndNamesAWrongOne) {
  const Folder folder;
  const Fonts fonts;
  const Scene scene = sample_scene(fonts);
  for (const char* name : {"a.svg", "a.PDF", "deep/er/a.png"}) {
    export_scene(folder / name, scene, fonts, "{\"seed\":1}");
    EXPECT_EQ(read_embedded_metadata(folder / name), "{\"seed\":1}") << name;
  }
  EXPECT_THROW(export_scene(folder / "a.jpg", scene, fonts), Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "a.jpg"));
}

}  // namespace gatescope::app
