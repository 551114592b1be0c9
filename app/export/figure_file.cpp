#include "app/export/figure_file.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <ostream>

#include "app/export/animation.h"
#include "app/export/cairo_painter.h"
#include "app/export/mp4.h"
#include "core/error.h"
#include "core/figure/make_figure.h"
#include "core/figure/page.h"
#include "core/files.h"
#include "core/plot/csv.h"

namespace gatescope::app {
namespace {

constexpr std::pair<std::string_view, FileKind> kinds[] = {{".svg", FileKind::svg}, {".pdf", FileKind::pdf},
                                                           {".png", FileKind::png}, {".csv", FileKind::csv},
                                                           {".gif", FileKind::gif}, {".mp4", FileKind::mp4}};

std::string about(const std::vector<std::string>& left_out, const plot::Figure& figure,
                  const figure::FigureRequest& request, const Fonts& fonts) {
  if (left_out.empty()) return {};
  return figure::about_left_out(left_out, figure::roomier(figure, request, fonts.measure()));
}

}  // namespace

FileKind file_kind(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& [name, kind] : kinds)
    if (extension == name) return kind;
  fail("'{}' does not say what to write, expected a name that ends with .svg, .pdf, .png, .csv, .gif or .mp4",
       path.string());
}

FileKind kind_named(std::string_view name) {
  for (const auto& [ending, kind] : kinds)
    if (ending.substr(1) == name) return kind;
  fail("there is no format '{}', expected svg, pdf, png, csv, gif or mp4", name);
}

bool moves(FileKind kind) {
  return kind == FileKind::gif || kind == FileKind::mp4;
}

std::string export_figure(const std::filesystem::path& path, FileKind kind,
                          const figure::FigureRequest& request, const plot::Figure& figure,
                          const Fonts& fonts, bool byte_order_mark) {
  if (kind == FileKind::csv) {
    write_file(path, [&](std::ostream& out) {
      if (byte_order_mark) out << "\xEF\xBB\xBF";
      plot::write_csv(out, figure);
    });
    return {};
  }
  const plot::Scene scene = figure::lay_out(figure, request, fonts.measure());
  const SvgText text = request.svg_text ? SvgText::text : SvgText::outlines;
  if (kind == FileKind::svg)
    write_file(path, paint_svg(scene, fonts, figure.metadata, figure.title, text));
  else if (kind == FileKind::pdf)
    write_file(path, paint_pdf(scene, fonts, figure.metadata, figure.title));
  else if (kind == FileKind::png)
    write_file(path, paint_png(scene, fonts, request.scale, figure.metadata));
  else
    fail("'{}': an animation is no still picture", path.string());
  return about(scene.left_out, figure, request, fonts);
}

std::vector<int> thinned(const std::vector<int>& steps, int most) {
  const auto all = static_cast<std::int64_t>(steps.size());
  if (all <= most) return steps;
  if (most < 2) return {steps.back()};
  std::vector<int> some;
  for (std::int64_t k = 0; k < most; ++k)
    some.push_back(steps[static_cast<std::size_t>(k * (all - 1) / (most - 1))]);
  return some;
}

std::string export_replay(const std::filesystem::path& path, FileKind kind,
                          const figure::FigureRequest& request, const figure::Material& material,
                          const Fonts& fonts, const Replay& replay,
                          const std::function<void(double fraction)>& progress) {
  const std::vector<int> steps = thinned(figure::replay_steps(request, material), replay.most_frames);
  if (steps.empty()) fail("'{}': the view has no steps to replay", path.string());
  const int moving = static_cast<int>(steps.size());
  const int frames = moving + static_cast<int>(std::lround(replay.rest * replay.frames_per_second));
  // A GIF is asked for each frame twice, and the frames of the rest are all the same.
  const int work = kind == FileKind::gif ? 2 * moving : moving;
  int done = 0, drawn = -1;
  Raster raster;
  figure::FigureRequest page = request;
  std::string left_out;
  const auto frame = [&](int index) {
    const int k = std::min(index, moving - 1);
    if (k == drawn) return raster;
    progress(std::min(1.0, static_cast<double>(done++) / work));
    const auto figure = figure::make_figure(request, material, steps[static_cast<std::size_t>(k)]);
    // Type that changed from frame to frame would flicker.
    if (!page.font_size) page.font_size = figure::font_size_of(figure, page, fonts.measure());
    const plot::Scene scene = figure::lay_out(figure, page, fonts.measure());
    // All frames have nearly the same on them: the first that leaves something out speaks for them.
    if (left_out.empty()) left_out = about(scene.left_out, figure, page, fonts);
    raster = paint_raster(scene, fonts, replay.scale);
    drawn = k;
    return raster;
  };
  if (kind == FileKind::gif)
    write_file(path, encode_gif(frames, frame, replay.frames_per_second));
  else
    write_mp4(path, frames, frame, replay.frames_per_second);
  progress(1);
  return left_out;
}

}  // namespace gatescope::app
