#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/figure/scene.h"
#include "core/figure/theme.h"
#include "core/figure/views/view.h"

namespace gatescope::figure {

/// A file a figure was made from: where it was, and which bytes it held.
struct FileReference {
  std::string path;                        // as it was written
  std::string absolute;                    // the same from the root
  std::string sha256;                      // of its bytes; 64 hexadecimal digits
  std::optional<std::uint64_t> size = {};  // of a table that may grow: how many of its first bytes are meant

  bool operator==(const FileReference&) const = default;
};

/// Throws Error that names the path where it cannot be read.
FileReference refer_to(const std::filesystem::path& path);
/// The same for a run's table of metrics as it is now: training may go on and append to it.
FileReference refer_to_table(const std::filesystem::path& path);

/// A model of a figure. What its file says of its making is repeated here, so that a figure tells it without
/// the file.
struct ModelReference {
  FileReference file;
  std::optional<FileReference> vocabulary;  // of a state dict that holds none
  std::optional<FileReference> metrics;     // its run's metrics.csv, for views of training
  std::string cell, head, embedding;        // as in checkpoint::ImportOptions
  nlohmann::json experiment = nullptr;      // null where the file has none
  std::optional<std::uint64_t> update;      // how many updates made it, where the file says it
};

/// Everything a figure depends on, as one value: what an exported file carries, and what makes it again.
struct FigureRequest {
  std::string view;
  std::vector<ModelReference> models;
  std::string text;                // UTF-8; empty for views of training
  std::vector<std::string> rules;  // in their canonical form
  std::string loss = "all";        // which steps the gradients are of, as trace::parse_loss_at reads it
  ViewOptions options;
  ThemeName theme = ThemeName::light;
  Size size{800, 500};  // in points
  std::string program;  // the name, version and build of what made it
};

inline constexpr int smallest_side = 80,
                     largest_side = 14400;  // in points; 200 inches is the largest page of PDF 1.4
inline constexpr int most_models = 8;

/// The loss whose gradients a view is about where nobody says otherwise: the one of the chosen step, else of
/// the last, for views of a single loss; the whole text's for all others.
std::string usual_loss(const View& view, const ViewOptions& options);

/// Reads back what to_json wrote; every error names the JSON pointer, as for all JSON of ours.
nlohmann::json to_json(const FigureRequest& request);
FigureRequest request_from_json(const nlohmann::json& json, const std::string& origin);

/// On one line: what is embedded in exported files.
std::string to_text(const FigureRequest& request);
FigureRequest parse_request(std::string_view text, const std::string& origin);

}  // namespace gatescope::figure
