#include "app/type/fonts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#ifdef GATESCOPE_SANITIZED
#include <sanitizer/lsan_interface.h>
#endif

#include "app/export/cairo_detail.h"
#include "app/export/cairo_painter.h"
#include "core/files.h"
#include "core/utf8.h"
#include "tests/app/export/pictures.h"

namespace gatescope::app {
namespace {

using namespace plot;

// Nothing here needs other fonts than DejaVu: where there are more, more is drawn by them.
constexpr const char* every_script =
    "日本語 العربية 123 עברית ไทย हिन्दी क्षि 😀🚀👩\u200D💻 e\u0301\r\n\t\x01\x7F\u0085\u200B\u202E\uFEFF";

/// cairo 1.16 itself forgets 768 bytes at the end of a PDF with a font in CFF, such as Noto Sans CJK where it
/// is installed: the leak checker passes over this one call.
std::string pdf_in_any_font(const Scene& scene, const Fonts& fonts, const std::string& title = "") {
#ifdef GATESCOPE_SANITIZED
  const __lsan::ScopedDisabler in_cairo;
#endif
  return paint_pdf(scene, fonts, "", title);
}

std::string of(char32_t c) {
  return encode_utf8({&c, 1});
}

/// Characters of every kind: all controls, all noncharacters, private, unassigned, marks, joiners, and
/// samples of all planes.
std::u32string odd_characters() {
  std::u32string all;
  for (char32_t c = 0; c < 0x100; ++c) all += c;
  for (char32_t c = 0xFDD0; c <= 0xFDEF; ++c) all += c;
  for (char32_t plane = 0; plane <= 0x10; ++plane)
    all += {plane << 16 | 0xFFFE, plane << 16 | 0xFFFF, plane << 16 | 0xE000, plane << 16 | 0x0378};
  for (char32_t c = 0x0300; c < 0x11000; c += 37)
    if (c < 0xD800 || c > 0xDFFF) all += c;
  return all + U"\u200B\u200C\u200D\u2028\u202E\u2066\uFE0F\U000E0101";
}

Scene page(std::string text) {
  Scene scene{.size = {300, 40}, .background = rgb(0xffffff)};
  scene.items.push_back({Text{.text = std::move(text), .at = {20, 25}, .style = {16}, .color = rgb(0)}, {}});
  return scene;
}

std::size_t ink(const Raster& raster) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < raster.rgba.size(); i += 4) count += raster.rgba[i] < 200;
  return count;
}

}  // namespace

TEST(Fonts, SetLatinTextWithItsFontsOwnWidths) {
  const Fonts fonts;
  detail::CairoFaces faces;
  const auto surface = detail::own(cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, nullptr));
  const auto cr = detail::draw_on(surface);
  const std::unique_ptr<cairo_font_options_t, decltype(&cairo_font_options_destroy)> options(
      cairo_font_options_create(), &cairo_font_options_destroy);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(cr.get(), options.get());
  for (const TextStyle style :
       {TextStyle{13}, TextStyle{17, Weight::bold}, TextStyle{15, Weight::regular, true}})
    for (const char* text : {"offices AVA To fi", "forget gate fₜ, σ ⊙ ∂", "Привет, мир", "naïve ‖x‖ −0.5"}) {
      cairo_set_font_face(cr.get(), faces.get(fonts.face(style)));
      cairo_set_font_size(cr.get(), style.size);
      cairo_text_extents_t extents;
      cairo_text_extents(cr.get(), text, &extents);
      const auto set = fonts.set(text, style);
      EXPECT_NEAR(set->advance, extents.x_advance, 0.02) << text;
      cairo_font_extents_t lines;
      cairo_font_extents(cr.get(), &lines);
      EXPECT_FLOAT_EQ(fonts.extent(text, style).ascent, static_cast<float>(lines.ascent));
      EXPECT_FLOAT_EQ(fonts.extent(text, style).descent, static_cast<float>(lines.descent));
      for (const auto& run : set->runs) EXPECT_EQ(run.face, fonts.face(style)) << text;
    }
}

TEST(Fonts, ClustersTileTheTextAndTheGlyphs) {
  const Fonts fonts;
  for (const char* text : {every_script, "abc", "עברית", "e\u0301", ""})
    for (const auto& run : fonts.set(text, {14})->runs) {
      int bytes = 0, glyphs = 0;
      for (const auto& cluster : run.clusters) bytes += cluster.bytes, glyphs += cluster.glyphs;
      EXPECT_EQ(bytes, static_cast<int>(run.text.size())) << text;
      EXPECT_EQ(glyphs, static_cast<int>(run.glyphs.size())) << text;
    }
}

TEST(Fonts, NeverDrawTheBoxOfAMissingGlyph) {
  const Fonts fonts;
  for (const char32_t c : odd_characters())
    for (const auto& run : fonts.set(of(c), {14})->runs)
      for (const auto& glyph : run.glyphs)
        EXPECT_NE(glyph.index, 0u) << fmt::format("U+{:04X}", static_cast<unsigned>(c));
}

TEST(Fonts, ShowTheCodeOfWhatNoFontHas) {
  const Fonts fonts;
  for (const auto& [character, text, glyphs] : {std::tuple{char32_t{0xFFFE}, "U+FFFE", 4},
                                                {char32_t{0x0378}, "U+0378", 4},
                                                {char32_t{0x200B}, "U+200B", 4},
                                                {char32_t{0x10FFFF}, "U+10FFFF", 6},
                                                {char32_t{0x1FFFE}, "U+1FFFE", 6},
                                                {char32_t{0x85}, "U+0085", 4}}) {
    const auto set = fonts.set(of(character), {20});
    ASSERT_EQ(set->runs.size(), 1u) << text;
    EXPECT_EQ(set->runs[0].text, text);
    EXPECT_EQ(std::ssize(set->runs[0].glyphs), glyphs);
    EXPECT_LT(set->runs[0].glyphs.front().y, set->runs[0].glyphs.back().y) << "in two rows";
    EXPECT_LT(set->advance, 20) << "about as wide as a letter";
  }
}

TEST(Fonts, ShowControlCharactersByTheirNames) {
  const Fonts fonts;
  for (const auto& [text, picture, letters] :
       {std::tuple{"\r", "␍", 2}, {"␍", "␍", 2}, {"\x01", "␁", 3}, {"␀", "␀", 3}, {"\x7F", "␡", 3}}) {
    const auto set = fonts.set(text, {20, Weight::regular, true});
    ASSERT_EQ(set->runs.size(), 1u);
    EXPECT_EQ(set->runs[0].text, picture);
    const bool by_letters = set->runs[0].face == fonts.face({20, Weight::regular, true});
    EXPECT_EQ(std::ssize(set->runs[0].glyphs), by_letters ? letters : 1);
  }
}

TEST(Fonts, PutAMarkThatStandsAloneOnACircle) {
  const Fonts fonts;
  const auto alone = fonts.set("\u0301", {20}), written = fonts.set("\u25CC\u0301", {20});
  ASSERT_EQ(alone->runs.size(), 1u);
  EXPECT_EQ(alone->runs[0].text, "\u25CC\u0301");
  EXPECT_EQ(alone->advance, written->advance);
  const auto pixels = fonts.coverage(*alone, 40, 30, 5, 22);
  int left = 40, right = 0;
  for (int y = 0; y < 7; ++y)  // above the circle
    for (int x = 0; x < 40; ++x)
      if (pixels[y * 40 + x] > 100) left = std::min(left, x), right = std::max(right, x);
  EXPECT_NEAR((left + right) / 2.0, 5 + alone->advance / 2, 3) << "over the middle of the circle";
}

TEST(Fonts, SetTextOfTheRightFromTheRight) {
  const Fonts fonts;  // DejaVu Sans has Hebrew and Arabic letters
  const auto alef = fonts.set("א", {20})->runs.at(0).glyphs.at(0).index;
  const auto set = fonts.set("אבג", {20});
  ASSERT_EQ(set->runs.size(), 1u);
  EXPECT_TRUE(set->runs[0].backward);
  const auto& glyphs = set->runs[0].glyphs;
  const auto rightmost = std::ranges::max_element(glyphs, {}, &Glyph::x);
  EXPECT_EQ(rightmost->index, alef) << "the first letter stands at the right";
}

TEST(Fonts, JoinArabicLetters) {
  const Fonts fonts;
  const auto alone = fonts.set("ب", {20})->runs.at(0).glyphs.at(0).index;
  for (const auto& glyph : fonts.set("ببب", {20})->runs.at(0).glyphs) EXPECT_NE(glyph.index, alone);
}

TEST(Painters, DrawAnyTextInEveryFormat) {
  const Fonts fonts;
  const std::string all = encode_utf8(odd_characters());
  for (const std::string& text :
       {std::string(every_script), all, std::string("bytes \xFF\xC0 \xED\xA0\x80")}) {
    const Scene scene = page(text);
    EXPECT_GT(ink(paint_raster(scene, fonts, 2)), 200u);
    const std::string svg = paint_svg(scene, fonts, "", text);
    EXPECT_NE(svg.find("<use "), std::string::npos);
    EXPECT_EQ(svg, paint_svg(scene, Fonts(), "", text)) << "the same bytes every time";
    EXPECT_TRUE(pdf_in_any_font(scene, fonts, text).starts_with("%PDF"));
  }
}

TEST(Painters, ShowSomethingOfEveryCharacterThatHasNoShape) {
  const Fonts fonts;
  const std::u32string_view shapeless =
      U"\x01\x7F\u00AD\u200B\u200D\u202E\uFE0F\uFDD0\uFFFE\uFEFF\U0010FFFF\U000E0101\u0378\uF8FF\U000F0000";
  for (const char32_t c : shapeless)
    EXPECT_GT(ink(paint_raster(page(of(c)), fonts, 2)), 20u)
        << fmt::format("U+{:04X}", static_cast<unsigned>(c));
}

TEST(PdfPainter, TextCanBeCopiedInEveryScript) {
  if (std::system("pdftotext -v >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no pdftotext";
  const Folder folder;
  const Fonts fonts;
  for (const std::string text : {"office fi", "é‖σₜ", "日本語", "हिन्दी", "ไทย", "Привет", "😀🚀", "क्षत्रिय"}) {
    const auto set = fonts.set(text, {16});
    const auto is_code = [](const SetText::Run& run) { return run.text.starts_with("U+"); };
    if (std::ranges::any_of(set->runs, is_code)) continue;  // no font here has it
    const auto pdf = folder / "t.pdf", txt = folder / "t.txt";
    write_file(pdf, pdf_in_any_font(page(text), fonts));
    ASSERT_EQ(std::system(fmt::format("pdftotext '{}' '{}'", pdf.string(), txt.string()).c_str()), 0);
    EXPECT_NE(read_file(txt).find(text), std::string::npos) << text << " is read as " << read_file(txt);
  }
}

}  // namespace gatescope::app
