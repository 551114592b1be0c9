// Every path that a file system can have is UTF-8 as text and comes back byte by byte.
#include "core/files.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  const std::string_view bytes = fuzz::text_of(data, size);
  const std::string_view no_zero = bytes.substr(0, bytes.find('\0'));  // ends names in every file system
  const std::filesystem::path path(no_zero), read = path_from_text(no_zero);
  const std::string text = path_to_text(path);
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(utf8_length(rest)))
    fuzz::require(utf8_length(rest) > 0, "a path's text is UTF-8");
  fuzz::require(path_from_text(text).native() == path.native(), "a path is read back as it was");
  fuzz::require(path_from_text(path_to_text(read)).native() == read.native(), "so is one that was read");
  fuzz::require(text.size() <= 5 + 3 * path.native().size(), "a byte is three characters at the most");
  return 0;
}
