#include "app/export/metadata.h"

#include <gtest/gtest.h>

#include "app/export/cairo_painter.h"
#include "core/error.h"
#include "core/files.h"
#include "pictures.h"

namespace gatescope::app {
namespace {

const std::string plain =
    R"({"experiment":{"text":"a (b) \\ c) <d> & \"e\"\n"},"rules":["f@40-54=0"],"seed":1})";
const std::string unicode = R"({"text":"Größe, σ ∂ ⊙, 🌱"})";

}  // namespace

TEST(Metadata, ComesBackFromEveryFormat) {
  const Fonts fonts;
  const auto scene = sample_scene(fonts);
  for (const std::string& metadata :
       {plain, unicode, std::string(60000, 'x'), std::string("line\nline\ttab")}) {
    EXPECT_EQ(embedded_metadata(paint_svg(scene, fonts, metadata)), metadata);
    EXPECT_EQ(embedded_metadata(paint_pdf(scene, fonts, metadata, "t")), metadata);
    EXPECT_EQ(embedded_metadata(paint_png(scene, fonts, 1, metadata)), metadata);
  }
}

TEST(Metadata, IsNothingWhereNoneWasEmbedded) {
  const Fonts fonts;
  const auto scene = sample_scene(fonts);
  EXPECT_EQ(embedded_metadata(paint_svg(scene, fonts)), std::nullopt);
  EXPECT_EQ(embedded_metadata(paint_pdf(scene, fonts)), std::nullopt);
  EXPECT_EQ(embedded_metadata(paint_png(scene, fonts)), std::nullopt);
}

TEST(Metadata, OfOtherFilesIsAnErrorThatNamesThem) {
  const Folder folder;
  write_file(folder / "a.txt", "hello");
  try {
    read_embedded_metadata(folder / "a.txt");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(std::string(e.what()), "'" + (folder / "a.txt").string() + "' is neither SVG, PDF nor PNG");
  }
}

TEST(Metadata, OfADamagedFileIsNothing) {
  const Fonts fonts;
  const auto scene = sample_scene(fonts);
  for (const std::string& bytes : {paint_svg(scene, fonts, plain), paint_pdf(scene, fonts, unicode),
                                   paint_pdf(scene, fonts, plain), paint_png(scene, fonts, 1, plain)})
    for (std::size_t length = 8; length < bytes.size(); length += bytes.size() / 97 + 1) {
      const auto found = [&]() -> std::optional<std::string> {
        try {
          return embedded_metadata(std::string_view(bytes).substr(0, length));
        } catch (const Error&) {
          return std::nullopt;
        }
      }();
      EXPECT_TRUE(!found || *found == plain || *found == unicode);
    }
}

TEST(Metadata, PngKeepsItsSizeOnPaperAtEveryScale) {
  const Fonts fonts;
  const auto png = paint_png(sample_scene(fonts), fonts, 2);
  const auto at = png.find("pHYs");
  ASSERT_NE(at, png.npos);
  const auto per_metre =
      static_cast<unsigned char>(png[at + 6]) * 256 + static_cast<unsigned char>(png[at + 7]);
  EXPECT_EQ(per_metre, 5669) << "144 pixels an inch";
}

}  // namespace gatescope::app
