#pragma once

#include <filesystem>
#include <string>

#include "app/type/fonts.h"
#include "core/plot/raster.h"
#include "core/plot/scene.h"

namespace gatescope::app {

using plot::Raster;

/// The scene at `scale` pixels a point. Throws Error where it would be larger than 32,767 pixels a side.
Raster paint_raster(const plot::Scene& scene, const Fonts& fonts, double scale = 1);

/// The bytes of each format; `metadata` (JSON, may be empty) is embedded and read back by
/// read_embedded_metadata. PNG carries its resolution, so that it is as large on paper at every scale.
std::string paint_png(const plot::Scene& scene, const Fonts& fonts, double scale = 2,
                      const std::string& metadata = "");
/// Text is real text in DejaVu Sans: it can be selected, searched and copied.
std::string paint_pdf(const plot::Scene& scene, const Fonts& fonts, const std::string& metadata = "",
                      const std::string& title = "");
/// Outlines look the same in every viewer, with the words in aria-label; text can be edited, and needs the
/// fonts where it is shown.
enum class SvgText { outlines, text };

/// The same scene gives the same bytes. Heatmaps are enlarged by whole-number replication: viewers that
/// smooth images have nothing to smooth.
std::string paint_svg(const plot::Scene& scene, const Fonts& fonts, const std::string& metadata = "",
                      const std::string& title = "", SvgText text = SvgText::outlines);

/// Writes by the extension: .svg, .pdf or .png. Throws Error that names the path for any other.
void export_scene(const std::filesystem::path& path, const plot::Scene& scene, const Fonts& fonts,
                  const std::string& metadata = "", const std::string& title = "", double png_scale = 2);

}  // namespace gatescope::app
