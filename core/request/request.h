#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/observe/given_sequence.h"
#include "core/observe/held_out.h"
#include "core/plot/scene.h"
#include "core/plot/theme.h"
#include "core/views/view.h"

namespace gatescope::figure {

using namespace plot;               // what figures are made of
using plot::Columns, plot::Matrix;  // not those of core/math
using namespace views;

/// A file a figure was made from, told by its bytes: where it lies is nobody's business but its owner's, and
/// changes.
struct FileReference {
  std::filesystem::path path = {};  // as it was written; of a figure read from a file mostly the name alone
  std::filesystem::path absolute = {};  // the same from the root; empty where the figure does not say it
  std::string sha256 = {};              // of its bytes; 64 hexadecimal digits
  std::optional<std::uint64_t> size =
      {};  // in bytes, of a table that may grow its first ones; older figures do not say it

  bool operator==(const FileReference&) const = default;
};

/// A model of a figure. What its file says of its making is repeated here, so that a figure tells it without
/// the file.
struct ModelReference {
  FileReference file;                       // without a path where the model was never saved
  std::optional<FileReference> vocabulary;  // of a state dict that holds none
  std::optional<FileReference> metrics;     // its run's metrics.csv, for views of training
  std::string name;                         // what the figure calls it; empty in older figures
  std::string cell, head, embedding;        // as in checkpoint::ImportOptions
  nlohmann::json experiment = nullptr;      // null where the file has none; see without_places()
  std::optional<std::uint64_t> update;      // how many updates made it, where the file says it
};

/// Everything a figure depends on, as one value: what an exported file carries, and what makes it again.
struct FigureRequest {
  std::string view;
  std::vector<ModelReference> models;
  std::string text;                                // UTF-8; empty for views of training and for a sequence
  std::optional<observe::GivenSequence> sequence;  // in place of a text
  observe::GivenHeldOut held_out;  // what measures are taken over beside it; empty: over it alone
  std::vector<nn::ForceRule> rules;
  std::string loss = "all";  // which steps the gradients are of, as trace::parse_loss_at reads it
  ViewOptions options;
  ThemeName theme = ThemeName::light;
  Size size{800, 500};              // in points
  std::optional<double> font_size;  // of labels, in points; without one the page says it
  bool print = false;               // colours that can be told apart in greyscale
  bool svg_text = false;            // text of an SVG as text, not as outlines
  bool reading = false;             // with the sentence of how the view is read (views/reading.h)
  double scale = 2;                 // pixels a point of a PNG
  std::string program;              // the name, version and build of what made it
  bool with_paths = false;          // the file says where its models lay
};

inline constexpr int smallest_side = 28,
                     largest_side = 14400;  // in points; 200 inches is the largest page of PDF 1.4
inline constexpr double smallest_font = 4, largest_font = 96;  // points
inline constexpr int most_models = 8;
inline constexpr double smallest_scale = 0.1, largest_scale = 40;  // pixels a point

/// An experiment without the folders of its files: their names stay.
nlohmann::json without_places(nlohmann::json experiment);

/// The loss whose gradients a view is about where nobody says otherwise: the one of the chosen step, else of
/// the last in the direction that is shown, for views of a single loss; the whole text's for all others.
std::string usual_loss(const View& view, const ViewOptions& options);

/// Reads back what to_json wrote, and the older schema 1; every error names the JSON pointer, as for all JSON
/// of ours.
nlohmann::json to_json(const FigureRequest& request);
FigureRequest request_from_json(const nlohmann::json& json, const std::string& origin);

/// On one line, in ASCII: what is embedded in exported files and survives other programs.
std::string to_text(const FigureRequest& request);
FigureRequest parse_request(std::string_view text, const std::string& origin);

}  // namespace gatescope::figure
