#include "app/export/metadata.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>

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

namespace {

std::string chunk(const std::string& type, const std::string& data) {
  const auto big_endian = [](std::uint32_t value) {
    std::string out;
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 255);
    return out;
  };
  const std::string body = type + data;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body +
         big_endian(static_cast<std::uint32_t>(sum));
}

std::string packed(const std::string& text) {
  std::string out(compressBound(text.size()), '\0');
  uLongf size = out.size();
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
           text.size());
  return out.substr(0, size);
}

}  // namespace

// Programs that shrink or edit pictures write text chunks anew, in whichever of the three kinds.
TEST(Metadata, ComesBackFromAPngThatWasWrittenAnew) {
  const Fonts fonts;
  const std::string png = paint_png(sample_scene(fonts), fonts);
  const std::string zero(1, '\0');
  for (const std::string& added :
       {chunk("tEXt", "gatescope" + zero + plain), chunk("zTXt", "gatescope" + zero + zero + packed(plain)),
        chunk("iTXt", "gatescope" + zero + "\1" + zero + "en" + zero + zero + packed(plain))}) {
    std::string anew = png;
    anew.insert(33, chunk("tEXt", "Software" + zero + "x") + added);
    EXPECT_EQ(embedded_metadata(anew), plain);
    anew = png;
    anew.insert(anew.size() - 12, added);
    EXPECT_EQ(embedded_metadata(anew), plain) << "behind the image";
  }
  std::string damaged = png;
  damaged.insert(33, chunk("zTXt", "gatescope" + zero + zero + "no zlib"));
  EXPECT_EQ(embedded_metadata(damaged), std::nullopt);
  damaged.insert(33, chunk("zTXt", "gatescope" + zero + zero + packed(std::string(300'000'000, 'x'))));
  EXPECT_EQ(embedded_metadata(damaged), std::nullopt) << "longer than any";
}

TEST(Metadata, OfAPngIsReadThoughItsImageAndCheckSumsAreDamaged) {
  const Fonts fonts;
  std::string png = paint_png(sample_scene(fonts), fonts, 1, plain);
  const std::size_t image = png.find("IDAT");
  for (std::size_t at = image + 4; at < image + 40; ++at) png[at] = static_cast<char>(png[at] ^ 0x55);
  EXPECT_EQ(embedded_metadata(png), plain);
  const std::size_t text = png.find("iTXt");
  png[text + 4 + 9 + 5 + plain.size()] ^= 1;  // of its check sum
  EXPECT_EQ(embedded_metadata(png), plain);
}

TEST(Metadata, OfAPngThatEndsTooEarlyIsWhatItHasOrAnErrorThatSaysSo) {
  const Fonts fonts;
  const std::string with = paint_png(sample_scene(fonts), fonts, 1, plain),
                    without = paint_png(sample_scene(fonts), fonts, 1);
  EXPECT_EQ(embedded_metadata(with.substr(0, with.size() - 20)), plain);
  const auto error = [](const std::string& bytes) {
    try {
      embedded_metadata(bytes);
      return std::string();
    } catch (const Error& e) {
      return std::string(e.what());
    }
  };
  EXPECT_EQ(error(without.substr(0, without.size() - 20)), "a PNG that ends too early");
  std::string no_header = without;
  no_header.replace(no_header.find("IHDR"), 4, "IDAX");
  EXPECT_TRUE(error(no_header).starts_with("a damaged PNG (")) << error(no_header);
}

// Inkscape spreads attributes over lines and puts a description of its own into the first metadata element.
TEST(Metadata, ComesBackFromAnSvgThatWasEdited) {
  const std::string rdf = "<rdf:RDF><cc:Work rdf:about=\"\"/></rdf:RDF>", text = "{&quot;seed&quot;:1}";
  for (const std::string& element :
       {"<metadata\n     id=\"gatescope\">" + text + "</metadata>",
        "<metadata id=\"gatescope\">" + text + rdf + "</metadata>",
        "<metadata id=\"metadata7\">" + rdf + "</metadata><metadata id='gatescope' x=\"y\">\n  " + text +
            "\n</metadata>",
        "<svg:metadata id=\"gatescope\">" + text + "</svg:metadata>",
        std::string("<metadata id=\"gatescope\">{\"seed&#34;&#x3a;1}</metadata>"),
        std::string("<metadata id=\"gatescope\"><![CDATA[{\"seed\":1}]]></metadata>")})
    EXPECT_EQ(embedded_metadata("<?xml version=\"1.0\"?><svg>" + element + "</svg>"), "{\"seed\":1}")
        << element;
  for (const std::string& other : {std::string("<metadata id=\"other\">x</metadata>"),
                                   std::string("<metadata id=\"gatescope\"/>"), std::string("<g/>")})
    EXPECT_EQ(embedded_metadata("<svg>" + other + "</svg>"), std::nullopt) << other;
}

TEST(Metadata, OfAPdfIsWhatItsInformationSaysAndNotWhatItsTextSays) {
  const Fonts fonts;
  const std::string tricky =
      R"({"text":"/Keywords (a) /Keywords <FEFF0041> \\ /Creator (Other) 7 0 obj startxref 3 %%EOF"})";
  EXPECT_EQ(embedded_metadata(paint_pdf(sample_scene(fonts), fonts, tricky, "/Keywords (title)")), tricky);
  std::string foreign = paint_pdf(sample_scene(fonts), fonts, plain);
  foreign.replace(foreign.find("(Gatescope)"), 11, "(Somebody)\n");
  EXPECT_EQ(embedded_metadata(foreign), std::nullopt);
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
