// Fonts that came with the program, in the folder /fonts, on a host that has no others.
#include <filesystem>
#include <string>
#include <string_view>

#include "app/type/face.h"
#include "core/error.h"

namespace gatescope::app {

FontFile find_font(const char* family, plot::Weight weight) {
  std::string name;  // "DejaVu Sans Mono": DejaVuSansMono.ttf
  for (const char c : std::string_view(family))
    if (c != ' ') name += c;
  if (weight == plot::Weight::bold) name += "-Bold";
  const std::string path = "/fonts/" + name + ".ttf";
  std::error_code code;
  if (!std::filesystem::exists(path, code)) fail("the font '{}' did not come with this program", family);
  return {.path = path, .index = 0, .family = family};
}

struct OtherFaces::State {};

OtherFaces::OtherFaces(plot::Weight) {}

OtherFaces::~OtherFaces() = default;

const Face* OtherFaces::find(char32_t) {
  return nullptr;
}

}  // namespace gatescope::app
