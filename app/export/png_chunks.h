#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatescope::app {

/// The first text of a PNG under a keyword, whichever of the three kinds of text chunks another program made
/// of it; none where it has none, or one that is damaged or longer than 256 MB. The image itself is not
/// looked at. Throws Error where the PNG ends before its end without such a text, or libpng cannot read it.
std::optional<std::string> text_in_png(std::string_view png, const std::string& keyword);

/// A PNG with its resolution and, unless the text is empty, an iTXt chunk of the keyword before its image
/// data. All else stays as it is, byte for byte. Throws Error where it is no PNG, or the text has a zero byte.
std::string png_with_chunks(std::string_view png, std::string_view keyword, std::string_view text,
                            std::uint32_t pixels_per_metre);

}  // namespace gatescope::app
