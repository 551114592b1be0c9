#pragma once

#include <memory>
#include <string>

#include "app/type/face.h"
#include "app/type/fonts.h"

namespace gatescope::app {

/// The faces of texts: three of their own, and others for characters that these lack.
struct TextFaces {
  std::unique_ptr<Face> regular = std::make_unique<Face>("DejaVu Sans", FC_WEIGHT_REGULAR),
                        bold = std::make_unique<Face>("DejaVu Sans", FC_WEIGHT_BOLD),
                        mono = std::make_unique<Face>("DejaVu Sans Mono", FC_WEIGHT_REGULAR);
  OtherFaces others{FC_WEIGHT_REGULAR}, bold_others{FC_WEIGHT_BOLD};

  const Face& own(const plot::TextStyle& style) const;
  /// Null where no font has the character.
  const Face* find(char32_t c, const plot::TextStyle& style);
};

/// Sets one line of text.
SetText set_line(TextFaces& faces, const plot::TextStyle& style, std::u32string line);

}  // namespace gatescope::app
