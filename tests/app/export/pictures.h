#pragma once

#include <filesystem>
#include <string>

#include "app/export/cairo_painter.h"
#include "core/plot/layout.h"

namespace gatescope::app {

/// A small figure with one of most things: heatmap, line with a gap, forced span, axis titles with raised
/// letters.
plot::Figure sample_figure();
plot::Scene sample_scene(const Fonts& fonts, plot::ThemeName theme = plot::ThemeName::light);

/// A folder of its own, removed at the end of its scope.
class Folder {
 public:
  Folder();
  ~Folder();
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace gatescope::app
