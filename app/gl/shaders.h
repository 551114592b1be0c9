#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace gatescope::gl {

/// A shader's source that is compiled into the program, by its file's name in shaders/; empty where there is
/// none.
std::string_view own_shader(std::string_view file);

/// Where shaders are read: the program's own, or the files of a folder.
class Shaders {
 public:
  Shaders() = default;
  Shaders(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Throws Error that names the file where it is missing.
  std::string source(const std::string& file) const;
  /// As messages name it.
  std::string name(const std::string& file) const;

 private:
  std::filesystem::path folder_;  // empty: the program's own
};

}  // namespace gatescope::gl
