#pragma once

#include <string>

#include "core/files.h"
#include "core/json/json_fields.h"

namespace gatescope::experiment {

/// A path in the file system's bytes, as a field: path_to_text writes it.
struct PathForm {
  std::string read(JsonReader& reader, std::string_view key, const std::string& otherwise) const {
    if (!reader.find(key)) return otherwise;
    std::string path = path_from_text(reader.get(key, std::string())).native();
    if (path.find('\0') != std::string::npos) reader.reject(key, "a path without a zero byte");
    return path;
  }
  nlohmann::json write(const std::string& path) const { return path_to_text(path); }
};

}  // namespace gatescope::experiment
