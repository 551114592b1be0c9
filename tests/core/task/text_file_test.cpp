#include "core/task/text_file.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/error_of.h"

namespace gatescope::task {
namespace {

using namespace std::string_literals;

std::string utf16(std::u16string_view text, bool big_endian) {
  std::string bytes = big_endian ? "\xfe\xff" : "\xff\xfe";
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  }
  return bytes;
}

std::u32string decoded(const std::string& bytes) {
  return decode_text(bytes, InvalidUtf8::error, "f");
}
std::u32string replaced(const std::string& bytes) {
  return decode_text(bytes, InvalidUtf8::replace, "f");
}
std::string says(const std::string& bytes) {
  return error_of([&] { decoded(bytes); });
}
void expect_says(const std::string& bytes, const std::string& about) {
  EXPECT_NE(says(bytes).find(about), std::string::npos) << says(bytes);
}

TEST(TextFile, ReadsWhateverHasAByteOrderMark) {
  EXPECT_EQ(decoded("\xef\xbb\xbfhé"), U"hé");
  for (const bool big_endian : {false, true})
    EXPECT_EQ(decoded(utf16(u"hé 世界 🙂\r\n", big_endian)), U"hé 世界 🙂\r\n");
  EXPECT_EQ(decoded("\xff\xfe\0\0h\0\0\0\x42\xf6\1\0"s), U"h🙂");
  EXPECT_EQ(decoded("\0\0\xfe\xff\0\0\0h\0\1\xf6\x42"s), U"h🙂");
  for (const std::string& mark : {"\xef\xbb\xbf"s, "\xff\xfe"s, "\xfe\xff"s, ""s})
    EXPECT_EQ(decoded(mark), U"");
}

TEST(TextFile, NamesWhatIsNoCharacterOfUtf16AndUtf32) {
  expect_says(utf16(u"ab", false) + "c", "at offset 6 of the UTF-16 text");
  expect_says(
      "\xff\xfe"
      "a\0\x00\xd8"
      "b\0"s,
      "the surrogate 0xD800 without its partner at offset 4");
  expect_says(
      "\xff\xfe"
      "a\0\x00\xdc"s,
      "0xDC00");
  expect_says("\xff\xfe\0\0\0\0\x11\0"s, "0x00110000, which is no character, at offset 4");
  EXPECT_EQ(replaced("\xff\xfe"
                     "a\0\x00\xd8"
                     "b\0c"s),
            U"a\uFFFDb\uFFFD");
  EXPECT_EQ(replaced("\xff\xfe\0\0\0\0\x11\0a\0"s), U"\uFFFD\uFFFD");
}

TEST(TextFile, SaysWhichEncodingTheBytesLookLike) {
  expect_says("caf\xe9 noir", "the byte 0xE9 at offset 3 is not valid UTF-8: it looks like Latin-1");
  expect_says("it\x92s a \x93quote\x94", "iconv -f WINDOWS-1252 -t UTF-8");
  expect_says("\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0", "Windows-1251");
  expect_says("é è à ü ö \xe9", "most of the text is UTF-8");
  expect_says("h\0e\0l\0l\0o\0"s, "looks like UTF-16LE without a byte order mark");
  expect_says("\0h\0e\0l\0l\0o"s, "iconv -f UTF-16BE -t UTF-8");
  expect_says(utf16(u"Привет, мир", false).substr(2), "UTF-16LE");
  expect_says("h\0\0\0e\0\0\0l\0\0\0"s, "UTF-32LE");
  expect_says(std::string(1000, '\0'), "binary data");
  expect_says("\x01\x02\x03\x04\xff\xfe\x05\x06\x00\x07"s, "binary data, not a text");
}

TEST(TextFile, SaysWhatAFileIsThatIsNoText) {
  expect_says("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s, "a PNG picture");
  expect_says("PK\3\4"s + std::string(22, '\0') + "\x10\0\0\0archive/data.pkl"s,
              "save_file(model.state_dict(), \"m.safetensors\")");
  expect_says("PK\3\4"s + std::string(22, '\0') + "\x05\0\0\0a.npy"s, "NumPy arrays");
  expect_says("\x89HDF\r\n\x1a\n\0\0\0"s, "Keras");
  expect_says("\x08\x07\x12\x07pytorch"s, "an ONNX model");
  expect_says("\x10\0\0\0\0\0\0\0{\"a\":{}}        "s, "safetensors");
  EXPECT_EQ(error_of([] { replaced("\x1f\x8b\x08\0\0"s); }),
            "'f' is a gzip archive, expected a text; unpack it first");
}

TEST(TextFile, TakesATextThatBeginsLikeAnotherFormat) {
  for (const std::string& text :
       {"ID3 tags name songs"s, "BZh is a magic number"s, "GGUF"s, "RIFF and raff, riff"s,
        "%PDF-1.4 is how a PDF begins"s, "a text with one \0 in it"s, "\0abc"s})
    EXPECT_EQ(decoded(text).size(), text.size()) << text;
}

TEST(TextFile, IsTheSameInPiecesOfAnySize) {
  const auto in_pieces = [](const std::string& bytes, std::size_t size, InvalidUtf8 on_invalid) {
    std::u32string text;
    TextReader reader(on_invalid, "f", [&](std::u32string_view part) { text += part; });
    for (std::size_t at = 0; at < bytes.size(); at += size)
      reader.add(std::string_view(bytes).substr(at, size));
    reader.end();
    return text;
  };
  const std::string filling(70000, 'x');  // more than is looked at before anything is decoded
  for (const std::string& text : {"\xef\xbb\xbfhé 世界 🙂 "s, "caf\xe9 br\xfbl\xe9 "s, "\xe4\xb8"s,
                                  "né \xc3"s, "\xf0\x9f\x99 é é é"s, "\x8d\x8f smart \x93quotes\x94"s}) {
    for (const std::string& bytes : {text, text + filling + text, filling + text + filling}) {
      for (const std::size_t size : {std::size_t{1}, std::size_t{3}, std::size_t{65537}}) {
        EXPECT_EQ(in_pieces(bytes, size, InvalidUtf8::replace), replaced(bytes));
        EXPECT_EQ(error_of([&] { in_pieces(bytes, size, InvalidUtf8::error); }), says(bytes));
        if (says(bytes) == "no error") {
          EXPECT_EQ(in_pieces(bytes, size, InvalidUtf8::error), decoded(bytes));
        }
      }
    }
  }
  for (const bool big_endian : {false, true}) {
    std::u16string long_text = u"hé 世界 🙂";
    while (long_text.size() < 100000) long_text += long_text;
    const std::string bytes = utf16(long_text, big_endian);
    for (const std::size_t size : {std::size_t{1}, std::size_t{65535}})
      EXPECT_EQ(in_pieces(bytes, size, InvalidUtf8::error), decoded(bytes));
  }
}

TEST(TextFile, NamesThePlaceInALongTextAndWhatTheWholeLooksLike) {
  const std::string filling(100000, 'x');
  expect_says(filling + "caf\xe9",
              "the byte 0xE9 at offset 100003 is not valid UTF-8: it looks like Latin-1");
  expect_says("caf\xe9" + filling + "\x93quoted\x94",
              "at offset 3 is not valid UTF-8: it looks like Windows-1252");
  expect_says(filling + "é é é \xe9" + filling, "most of the text is UTF-8");
}

TEST(TextFile, HasOneDigestHoweverItIsEncoded) {
  EXPECT_EQ(digest(decoded("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest(decoded(utf16(u"abc", true))), digest(U"abc"));
  EXPECT_NE(digest(U"abcabc"), digest(U"xyzxyz"));
}

}  // namespace
}  // namespace gatescope::task
