#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/session.h"

/// A session as one file: safetensors whose tensors are the run's state (or, of models that only were looked
/// at, their files' bytes), and whose metadata, all strings, say the rest:
///   format      "gatescope session"
///   experiment  JSON
///   probe       JSON
///   metrics     the table that metrics.csv would be, of a long training thinned as train::History does
///   window      JSON of the window's choices
namespace gatescope::session {

inline constexpr std::string_view kSessionFormat = "gatescope session";

struct SessionFile {
  Capture capture;
  nlohmann::json window;                  // what was chosen in the window; null where there was none
  std::vector<std::string> remarks = {};  // what of a file could not be read, and was left out
};

/// The file's bytes.
std::string to_bytes(const SessionFile& file);

/// Whole or not at all, and on the disk when it returns. Throws Error that names the path.
void save_session(const std::filesystem::path& path, const SessionFile& file);

/// Throws Error that names the path and what is wrong with it. What the weights can do without (the metrics,
/// rules and other choices of the probe that do not read, say those of a later version) is left out with a
/// remark.
SessionFile load_session(const std::filesystem::path& path);
/// The same of a file whose bytes are there.
SessionFile session_of(const std::filesystem::path& path, std::string_view bytes);
SessionFile parse_session(std::string_view bytes, const std::string& origin);

/// Whether a safetensors file's metadata are a session's.
bool is_session(const checkpoint::Safetensors& file);
/// A session's metadata alone. Throws Error that names the path where it is none.
std::map<std::string, std::string> session_metadata(const std::filesystem::path& path);

nlohmann::json to_json(const Probe& probe);
/// Throws Error that names the JSON pointer.
Probe probe_from_json(const nlohmann::json& json, const std::string& origin);

}  // namespace gatescope::session
