#include "app/export/png_chunks.h"

#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>

#include "core/error.h"

namespace gatescope::app {
namespace {

constexpr png_alloc_size_t kMostText = png_alloc_size_t{1} << 28;  // bytes
constexpr std::size_t kSignature = 8, kHeader = 25;  // bytes: IHDR with its length, name and check sum

/// libpng's reader of bytes in memory. It leaves by longjmp where something is wrong, so nothing here that
/// it calls holds what would have to be destroyed.
struct Reader {
  std::string_view rest;
  bool ended = false;  // before the PNG did
  std::array<char, 200> problem{};

  static void read(png_structp png, png_bytep to, std::size_t count) {
    auto& reader = *static_cast<Reader*>(png_get_io_ptr(png));
    if (reader.rest.size() < count) {
      reader.ended = true;
      png_error(png, "it ends too early");
    }
    std::memcpy(to, reader.rest.data(), count);
    reader.rest.remove_prefix(count);
  }
  [[noreturn]] static void fail(png_structp png, png_const_charp message) {
    auto& problem = static_cast<Reader*>(png_get_error_ptr(png))->problem;
    std::strncpy(problem.data(), message, problem.size() - 1);
    png_longjmp(png, 1);
  }
  static void ignore(png_structp, png_const_charp) {}

  /// False where something is wrong; what was read before that is in `info`.
  bool read_all(png_structp png, png_infop info) {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    png_read_info(png, info);
    png_read_end(png, info);
    return true;
  }
};

/// A PNG up to a chunk that is said to be longer than what is left: libpng would take memory for all of it.
std::string_view whole_chunks(std::string_view bytes) {
  constexpr std::size_t around = 12;  // bytes: the length before a chunk's name, and the check sum behind it
  std::size_t end = std::min(kSignature, bytes.size());
  while (bytes.size() - end >= around) {
    const std::size_t length = png_get_uint_32(reinterpret_cast<png_const_bytep>(bytes.data()) + end);
    if (length > bytes.size() - end - around) break;
    end += around + length;
  }
  return bytes.substr(0, end);
}

std::optional<std::string> text_of(png_structp png, png_infop info, const std::string& keyword) {
  png_textp texts = nullptr;
  int count = 0;
  png_get_text(png, info, &texts, &count);
  for (int k = 0; k < count; ++k) {
    const png_text& text = texts[k];
    if (text.key != nullptr && keyword == text.key)
      return std::string(text.text,
                         text.compression >= PNG_ITXT_COMPRESSION_NONE ? text.itxt_length : text.text_length);
  }
  return std::nullopt;
}

std::string big_endian(std::uint32_t value) {
  std::array<png_byte, 4> bytes{};
  png_save_uint_32(bytes.data(), value);
  return {bytes.begin(), bytes.end()};
}

/// A chunk with its length and check sum.
bool append_chunk(std::string& out, const char* name, const std::string& data) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  if (png == nullptr) return false;
  if (setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_write_struct(&png, nullptr);
    return false;
  }
  const auto append = [](png_structp writer, png_bytep bytes, std::size_t count) {
    static_cast<std::string*>(png_get_io_ptr(writer))->append(reinterpret_cast<const char*>(bytes), count);
  };
  png_set_write_fn(png, &out, append, [](png_structp) {});
  png_write_chunk(png, reinterpret_cast<png_const_bytep>(name),
                  reinterpret_cast<png_const_bytep>(data.data()), data.size());
  png_destroy_write_struct(&png, nullptr);
  return true;
}

}  // namespace

std::optional<std::string> text_in_png(std::string_view bytes, const std::string& keyword) {
  Reader reader{.rest = whole_chunks(bytes)};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, &Reader::fail, &Reader::ignore);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  if (info == nullptr) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    fail("a PNG for which there is no memory");
  }
  png_set_read_fn(png, &reader, &Reader::read);
  png_set_benign_errors(png, 1);
  png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(png, kMostText);
  // The image is taken for chunks that somebody else reads.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS, reinterpret_cast<png_const_bytep>("IDAT"), 1);
  png_set_read_user_chunk_fn(png, nullptr, [](png_structp, png_unknown_chunkp) { return 1; });
  const bool whole = reader.read_all(png, info);
  const auto text = text_of(png, info, keyword);
  png_destroy_read_struct(&png, &info, nullptr);
  if (text || whole) return text;
  if (reader.ended) fail("a PNG that ends too early");
  fail("a damaged PNG ({})", reader.problem.data());
}

std::string png_with_chunks(std::string_view png, std::string_view keyword, std::string_view text,
                            std::uint32_t pixels_per_metre) {
  const auto* first = reinterpret_cast<png_const_bytep>(png.data());
  if (png.size() < kSignature + kHeader || png_sig_cmp(first, 0, kSignature) != 0)
    fail("these bytes are no PNG");
  if (text.find('\0') != text.npos) fail("a text with a zero byte, which a PNG's texts end at");
  std::string out(png.substr(0, kSignature + kHeader));
  const std::string resolution = big_endian(pixels_per_metre);
  bool written = append_chunk(out, "pHYs", resolution + resolution + '\1');
  // Not compressed, of no language, its keyword not translated.
  if (!text.empty())
    written =
        append_chunk(out, "iTXt", std::string(keyword) + std::string(5, '\0') + std::string(text)) && written;
  if (!written) fail("a PNG's texts cannot be written");
  return out.append(png.substr(kSignature + kHeader));
}

}  // namespace gatescope::app
