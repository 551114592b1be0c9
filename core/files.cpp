#include "core/files.h"

#include <algorithm>
#include <charconv>
#include <ostream>
#include <string>
#include <system_error>

#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope {
namespace fs = std::filesystem;
namespace {

/// What a ZIP archive is, told by the name of its first entry (APPNOTE 4.3.7: its length at byte 26, the name
/// itself at 30).
std::string_view zip_format(std::string_view bytes) {
  if (bytes.size() < 30) return "a ZIP archive";
  const std::size_t length = static_cast<unsigned char>(bytes[26]) |
                             static_cast<std::size_t>(static_cast<unsigned char>(bytes[27])) << 8;
  const std::string_view name = bytes.substr(30, length);
  if (name.ends_with("/data.pkl") || name.ends_with("/.format_version") || name.ends_with("/byteorder") ||
      name.ends_with("/version"))
    return "a PyTorch checkpoint (.pt, .pth, a ZIP archive)";
  if (name.ends_with(".npy")) return "NumPy arrays (.npz, a ZIP archive)";
  if (name == "metadata.json" || name == "config.json") return "a Keras model (.keras, a ZIP archive)";
  if (name == "[Content_Types].xml" || name.starts_with("_rels/") || name == "mimetype")
    return "an Office document or e-book (a ZIP archive)";
  return "a ZIP archive";
}

}  // namespace

void write_file(const fs::path& path, std::string_view bytes, WriteOptions options) {
  write_file(
      path, [&](std::ostream& out) { out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())); },
      options);
}

std::string_view foreign_format(std::string_view bytes) {
  using namespace std::string_view_literals;
  struct Format {
    std::string_view begin, name;
  };
  static constexpr Format formats[] = {
      {"PK\5\6"sv, "an empty ZIP archive"},
      {"\x89HDF\r\n\x1a\n"sv, "an HDF5 file, such as a Keras model (.h5)"},
      {"\x93NUMPY"sv, "a NumPy array (.npy)"},
      {"GGUF"sv, "a GGUF model"},
      {"\x89PNG\r\n\x1a\n"sv, "a PNG picture"},
      {"\xff\xd8\xff"sv, "a JPEG picture"},
      {"GIF87a"sv, "a GIF picture"},
      {"GIF89a"sv, "a GIF picture"},
      {"II*\0"sv, "a TIFF picture"},
      {"MM\0*"sv, "a TIFF picture"},
      {"%PDF-"sv, "a PDF document"},
      {"\x1f\x8b"sv, "a gzip archive"},
      {"BZh"sv, "a bzip2 archive"},
      {"\xfd"
       "7zXZ\0"sv,
       "an xz archive"},
      {"7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive"},
      {"\x28\xb5\x2f\xfd"sv, "a Zstandard archive"},
      {"Rar!\x1a\7"sv, "a RAR archive"},
      {"\x7f"
       "ELF"sv,
       "a program (ELF)"},
      {"MZ\x90\0"sv, "a Windows program"},
      {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "an old Microsoft Office document"},
      {"SQLite format 3\0"sv, "an SQLite database"},
      {"ID3"sv, "an MP3 recording"},
      {"OggS"sv, "an Ogg recording"},
      {"fLaC"sv, "a FLAC recording"},
      {"PAR1"sv, "a Parquet table"},
      {"ARROW1"sv, "an Arrow table"},
      {"MATLAB 5.0 MAT-file"sv, "a MATLAB file"},
      {"\x1a\x45\xdf\xa3"sv, "a Matroska or WebM film"},
  };
  if (bytes.starts_with("PK\3\4"sv)) return zip_format(bytes);
  for (const auto& [begin, name] : formats)
    if (bytes.starts_with(begin)) return name;
  // torch.save before PyTorch 1.6 begins with a pickled number of 10 bytes.
  if (bytes.starts_with("\x80\2\x8a\n"sv)) return "an old PyTorch checkpoint (.pt)";
  if (bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5)
    return "a Python pickle, such as an old PyTorch checkpoint (.pt)";
  if (bytes.size() > 26 && bytes.starts_with("BM") && bytes.substr(6, 4) == "\0\0\0\0"sv)
    return "a BMP picture";
  if (bytes.size() > 12 && bytes.substr(4, 4) == "ftyp") return "an MP4 film";
  if (bytes.size() > 12 && bytes.substr(4, 4) == "TFL3") return "a TensorFlow Lite model";
  if (bytes.size() > 12 && bytes.starts_with("RIFF")) return "a RIFF file (WAV, WebP or AVI)";
  if (bytes.size() > 262 && bytes.substr(257, 5) == "ustar") return "a tar archive";
  // ONNX begins with its fields ir_version and producer_name (protobuf: field 1 as a number, field 2 as a
  // string).
  if (bytes.size() > 4 && bytes[0] == 0x08 && bytes[1] > 0 && bytes[1] < 0x20 &&
      (bytes[2] == 0x12 || bytes[2] == 0x1A || bytes[2] == 0x3A))
    return "an ONNX model";
  return {};
}

std::vector<fs::path> files_in(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> files;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code))
    if (entry.path().extension() == extension) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

void remove_unfinished(const fs::path& folder) {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    const std::string name = entry.path().filename().native();
    if (!name.starts_with(kUnfinishedFile) || name.size() < kUnfinishedFile.size() + 16) continue;
    const std::string_view digits = std::string_view(name).substr(kUnfinishedFile.size(), 16);
    if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) continue;
    if (entry.symlink_status(code).type() == fs::file_type::regular) fs::remove(entry.path(), code);
  }
}

namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

constexpr std::string_view kEncoded = "file:";

}  // namespace

std::string path_to_text(const fs::path& path) {
  const std::string& bytes = path.native();
  if (is_utf8(bytes) && !bytes.starts_with(kEncoded)) return bytes;
  std::string text(kEncoded);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '%')
      text += c;
    else
      text += fmt::format("%{:02X}", byte);
  }
  return text;
}

fs::path path_from_text(std::string_view text) {
  if (!text.starts_with(kEncoded)) return fs::path(text);
  text.remove_prefix(kEncoded.size());
  std::string bytes;
  while (!text.empty()) {
    unsigned byte = 0;
    if (text[0] == '%' && text.size() > 2) {
      const auto [end, code] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
      if (code == std::errc{} && end == text.data() + 3 && byte != 0) {
        bytes += static_cast<char>(byte);
        text.remove_prefix(3);
        continue;
      }
    }
    bytes += text[0];
    text.remove_prefix(1);
  }
  return bytes;
}

}  // namespace gatescope
