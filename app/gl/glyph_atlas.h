#pragma once

#include <compare>
#include <map>
#include <optional>
#include <vector>

#include "app/gl/geometry.h"
#include "app/gl/handles.h"
#include "app/type/fonts.h"

namespace gatescope::gl {

/// Glyphs as coverage in one texture, drawn once for each size, slope and sixteenth of a pixel they begin at,
/// from the very outlines that measure the text.
class GlyphAtlas {
 public:
  GlyphAtlas(Context gl, app::Fonts fonts);

  /// Appends the places of a text's glyphs, from the `next` one on. False where the atlas is full: draw what
  /// was placed, clear, and go on. A glyph of more than 2,048 pixels is left out.
  bool place(const plot::Text& text, const Frame& frame, int& next, std::vector<GlyphSpot>& spots);

  void clear();

  /// The texture, with all glyphs placed so far.
  GLuint texture();

 private:
  struct Key {
    const app::Face* face = nullptr;
    unsigned long glyph = 0;
    float size = 0, rotation = 0;
    int part_x = 0, part_y = 0;
    auto operator<=>(const Key&) const = default;
  };
  /// Its size, its corner in the atlas, and where its left upper corner lies from the pixel it begins in.
  struct Cell {
    int width = 0, height = 0, x = 0, y = 0, left = 0, top = 0;
  };

  std::optional<Cell> cell(const Key& key);
  std::optional<plot::Point> room(int width, int height);

  Context gl_;
  app::Fonts fonts_;
  Texture texture_;
  std::vector<unsigned char> pixels_;
  std::map<Key, Cell> cells_;
  int shelf_x_ = 0, shelf_y_ = 0, shelf_height_ = 0;
  int dirty_top_ = 0, dirty_bottom_ = 0;  ///< rows not yet in the texture
};

}  // namespace gatescope::gl
