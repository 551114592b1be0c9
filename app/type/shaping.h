#pragma once

#include <memory>
#include <string>

#include "app/type/face.h"
#include "app/type/fonts.h"

namespace gatescope::app {

/// The faces of texts: three of their own, and others for characters that these lack.
struct TextFaces {
  std::unique_ptr<Face> regular = std::make_unique<Face>(find_font("DejaVu Sans", plot::Weight::regular)),
                        bold = std::make_unique<Face>(find_font("DejaVu Sans", plot::Weight::bold)),
                        mono = std::make_unique<Face>(find_font("DejaVu Sans Mono", plot::Weight::regular));
  OtherFaces others{plot::Weight::regular}, bold_others{plot::Weight::bold};

  const Face& own(const plot::TextStyle& style) const;
  /// Null where no font has the character.
  const Face* find(char32_t c, const plot::TextStyle& style);
};

/// Sets one line of text.
SetText set_line(TextFaces& faces, const plot::TextStyle& style, std::u32string line);

}  // namespace gatescope::app
