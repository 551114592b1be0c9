#include "app/type/fonts.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

#include "app/type/glyphs.h"
#include "app/type/shaping.h"
#include "core/utf8.h"

namespace gatescope::app {

struct Fonts::Faces {
  TextFaces text;
  std::recursive_mutex mutex;
  std::map<std::pair<const Face*, unsigned long>, GlyphPicture> pictures;

  /// What was set lately: pages are laid out again and again with the same words.
  static constexpr std::size_t most_known = 8192;
  std::unordered_map<std::string, std::shared_ptr<const SetText>> known;
};

Fonts::Fonts() : faces_(std::make_shared<Faces>()) {}

const Face* Fonts::face(const plot::TextStyle& style) const {
  return &faces_->text.own(style);
}

std::string Fonts::file(const plot::TextStyle& style) const {
  return face(style)->file();
}

std::shared_ptr<const SetText> Fonts::set(std::string_view text, const plot::TextStyle& style) const {
  const std::pair face_and_size{face(style), style.size};
  std::string key(reinterpret_cast<const char*>(&face_and_size.first), sizeof face_and_size.first);
  key.append(reinterpret_cast<const char*>(&face_and_size.second), sizeof face_and_size.second).append(text);
  const std::lock_guard lock(faces_->mutex);
  if (const auto known = faces_->known.find(key); known != faces_->known.end()) return known->second;
  auto made = std::make_shared<const SetText>(set_line(faces_->text, style, all_characters(text)));
  if (faces_->known.size() >= Faces::most_known) faces_->known.clear();
  return faces_->known.emplace(std::move(key), std::move(made)).first->second;
}

plot::TextExtent Fonts::extent(std::string_view text, const plot::TextStyle& style) const {
  const std::lock_guard lock(faces_->mutex);
  const Face::Lines lines = face(style)->lines();
  return {static_cast<float>(set(text, style)->advance),
          static_cast<float>(lines.ascent * double(style.size)),
          static_cast<float>(lines.descent * double(style.size))};
}

plot::TextMeasure Fonts::measure() const {
  return [fonts = *this](std::string_view text, const plot::TextStyle& style) {
    return fonts.extent(text, style);
  };
}

Outline Fonts::outline(const Face* face, unsigned long glyph, float size) const {
  const std::lock_guard lock(faces_->mutex);
  return outline_of(*face, glyph, double(size));
}

std::pair<double, double> Fonts::reach(const SetText::Run& run) const {
  const std::lock_guard lock(faces_->mutex);
  double left = 0, right = 0;
  for (const Glyph& glyph : run.glyphs)
    if (const FT_GlyphSlot slot = run.face->outlined(glyph.index, double(run.size))) {
      const double begin = glyph.x + double(slot->metrics.horiBearingX) / 64;
      left = std::min(left, begin);
      right = std::max(right, begin + double(slot->metrics.width) / 64);
    }
  return {left, right};
}

const GlyphPicture& Fonts::picture(const Face* face, unsigned long glyph) const {
  const std::lock_guard lock(faces_->mutex);
  const auto [known, fresh] = faces_->pictures.try_emplace({face, glyph});
  if (fresh) known->second = picture_of(*face, glyph);
  return known->second;
}

Coverage Fonts::coverage(const Face* face, unsigned long glyph, float size, float rotation, double x,
                         double y, int most) const {
  const std::lock_guard lock(faces_->mutex);
  const Placed placed{double(size), double(rotation), x, y};
  return face->picture() ? coverage_of(picture(face, glyph), placed, most)
                         : coverage_of(*face, glyph, placed, most);
}

std::vector<unsigned char> Fonts::coverage(const SetText& text, int width, int height, double x,
                                           double y) const {
  std::vector<unsigned char> page(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (const SetText::Run& run : text.runs)
    for (const Glyph& glyph : run.glyphs) {
      const Coverage shown = coverage(run.face, glyph.index, run.size, 0, x + glyph.x, y + glyph.y);
      const int first = std::max(0, -shown.left), last = std::min(shown.width, width - shown.left);
      for (int row = std::max(0, -shown.top); row < std::min(shown.height, height - shown.top); ++row) {
        const unsigned char* from = shown.pixels.data() + std::ptrdiff_t{row} * shown.width;
        unsigned char* to = page.data() + std::ptrdiff_t{shown.top + row} * width + shown.left;
        for (int k = first; k < last; ++k)
          to[k] = static_cast<unsigned char>(std::min(255, int{to[k]} + int{from[k]}));
      }
    }
  return page;
}

}  // namespace gatescope::app
