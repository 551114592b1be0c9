#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatescope {

/// The most bytes of a file that are read unless somebody says otherwise.
inline constexpr std::uintmax_t kLargestFile = std::uintmax_t{1} << 32;

/// The bytes of a regular file. Throws Error that names the path where it cannot be read, is no regular file,
/// or is larger than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::uintmax_t limit = kLargestFile);

/// The same in pieces, one after the other, of what need not be in memory as a whole.
void read_file(const std::filesystem::path& path, const std::function<void(std::string_view piece)>& take,
               std::uintmax_t limit = kLargestFile);

/// The bytes of a text that a person names: a regular file, a pipe or device read to its end, or "-", the
/// standard input. Throws Error that names it.
std::string read_input(const std::filesystem::path& path, std::uintmax_t limit = kLargestFile);

/// The paths in a folder whose names have that extension, ".json", sorted; none where it cannot be read.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder, std::string_view extension);

/// What a file's first bytes say that it is, whatever its name: "a ZIP archive (a PyTorch .pt file, .npz,
/// ...)", "a PNG picture"; empty for text and for what is not known.
std::string_view foreign_format(std::string_view bytes);

struct WriteOptions {
  /// On the disk before write_file returns, and so is its name: for what must outlive a power failure.
  bool sync = false;
  /// A symbolic link at the path is followed and stays; else it is replaced, so that nothing outside its
  /// folder is touched: for files in a folder that may come from others.
  bool follow_links = true;
};

/// Writes a file whole or not at all: into a new file of its own in the same folder, then renamed over it.
/// Creates missing parent folders; keeps the mode of what was there. What is no regular file (a pipe, a
/// device, a descriptor such as /dev/stdout) is written through. Throws Error that names the path; a regular
/// file that was there before stays untouched then.
void write_file(const std::filesystem::path& path, std::string_view bytes, WriteOptions options = {});
/// The same for what is too large to hold in memory: `write` sends it to the stream in pieces.
void write_file(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write,
                WriteOptions options = {});
/// The same for what another program writes, over some time.
class NewFile {
 public:
  /// Makes an empty file in the same folder, with the name's ending.
  explicit NewFile(const std::filesystem::path& path, WriteOptions options = {});
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  /// What was not kept is removed.
  ~NewFile();

  /// Where the other program writes.
  const std::filesystem::path& path() const;
  /// Once it has: takes the name. Throws as write_file does.
  void keep();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// How the name of a file begins that is not written to its end; 16 hexadecimal digits follow.
inline constexpr std::string_view kUnfinishedFile = ".gatescope-";
/// Removes the new files that a killed process left in a folder which nobody else writes to now.
void remove_unfinished(const std::filesystem::path& folder);

/// Whether a path is written through, so that what is written again comes after what was there: a pipe, a
/// device, a descriptor.
bool is_stream(const std::filesystem::path& path);
/// Whether what is written to the path comes out of the standard output.
bool is_standard_output(const std::filesystem::path& path);

/// A path as UTF-8 that says it exactly, for JSON and metadata: itself where it is UTF-8, else "file:" and
/// the bytes, percent-encoded as in RFC 8089. path_from_text reads both back.
std::string path_to_text(const std::filesystem::path& path);
std::filesystem::path path_from_text(std::string_view text);

}  // namespace gatescope
