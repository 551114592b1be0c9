#include "app/gl/shaders.h"

#include "core/error.h"
#include "core/files.h"

namespace gatescope::gl {

std::string Shaders::name(const std::string& file) const {
  return folder_.empty() ? "shaders/" + file : (folder_ / file).string();
}

std::string Shaders::source(const std::string& file) const {
  if (!folder_.empty()) return read_file(folder_ / file);
  const std::string_view own = own_shader(file);
  if (own.empty()) fail("{} is not among the shaders of the program", name(file));
  return std::string(own);
}

}  // namespace gatescope::gl
