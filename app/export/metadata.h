#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gatescope::app {

/// What an exported SVG, PDF or PNG carries of the experiment that made it; nothing where it was made by
/// another program. Throws Error that names the path where it cannot be read or is none of the three.
std::optional<std::string> read_embedded_metadata(const std::filesystem::path& path);

/// The same of a file's bytes.
std::optional<std::string> embedded_metadata(std::string_view bytes);

/// A PNG with an iTXt chunk "gatescope" before its image data, and its resolution in pixels a metre.
std::string png_with_metadata(std::string_view png, std::string_view metadata, double pixels_per_point);

/// For the text of an XML document.
std::string xml_escaped(std::string_view text);

}  // namespace gatescope::app
