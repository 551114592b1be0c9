#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/plot/scene.h"

struct _FcPattern;

namespace gatescope::app {

/// A font's file and what the machine says of it.
struct FontFile {
  std::string path = {};
  int index = 0;  ///< of the face in its file, with the instance as FreeType counts them
  std::string family = {};
  bool picture = false;                    ///< its glyphs are coloured pictures
  std::function<bool(char32_t)> has = {};  ///< empty: what its own table of characters has
  /// A bold or slanted face that is made of one that is neither.
  bool embolden = false;
  std::optional<std::array<double, 4>> slant = {};  ///< xx, xy, yx, yy
  /// The same for libraries that ask fontconfig themselves; null where there is none.
  std::shared_ptr<_FcPattern> pattern = {};
};

/// The font of this family; throws Error that says what to install where there is none.
FontFile find_font(const char* family, plot::Weight weight);

}  // namespace gatescope::app
