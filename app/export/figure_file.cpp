#include "app/export/figure_file.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <ostream>
#include <utility>

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
  for (std::int64_t k = 0; k < most; ++k) some.push_back(steps[k * (all - 1) / (most - 1)]);
  return some;
}

struct ReplayExport::State {
  std::filesystem::path path;
  FileKind kind;
  const figure::FigureRequest& request;
  const figure::Material& material;
  const Fonts& fonts;
  Replay replay;
  std::function<void(double)> progress;

  std::vector<int> steps = {};
  int frames = 0, work = 1, done = 0;
  figure::FigureRequest page = {};
  std::string left_out = {};
  std::optional<GifEncoder> gif = {};
  std::optional<Mp4Encoder> mp4 = {};
  std::optional<plot::Figure> figure = {};  // made, and not painted yet
  int drawn = -1;
  Raster raster = {};

  int step_of(int frame) const { return std::min(frame, static_cast<int>(steps.size()) - 1); }
  void make(int frame);
  void paint(int frame);
  bool has(int frame);
  bool advance_gif();
  bool advance_mp4();
};

/// The frames of the rest are all the last one.
void ReplayExport::State::make(int frame) {
  progress(std::min(1.0, static_cast<double>(done++) / work));
  figure = figure::make_figure(request, material, steps[step_of(frame)]);
}

void ReplayExport::State::paint(int frame) {
  // Type that changed from frame to frame would flicker.
  if (!page.font_size) page.font_size = figure::font_size_of(*figure, page, fonts.measure());
  const plot::Scene scene = figure::lay_out(*figure, page, fonts.measure());
  // All frames have nearly the same on them: the first that leaves something out speaks for them.
  if (left_out.empty()) left_out = about(scene.left_out, *figure, page, fonts);
  raster = paint_raster(scene, fonts, replay.scale);
  figure.reset();
  drawn = step_of(frame);
}

/// Makes a frame, or paints it. True: it is painted.
bool ReplayExport::State::has(int frame) {
  if (figure)
    paint(frame);
  else if (step_of(frame) != drawn)
    make(frame);
  return !figure;
}

bool ReplayExport::State::advance_gif() {
  if (!gif) gif.emplace(frames, replay.frames_per_second);
  if (!has(gif->next()) || gif->take(raster)) return true;
  write_file(path, gif->bytes());
  return false;
}

bool ReplayExport::State::advance_mp4() {
  if (!mp4) mp4.emplace(path, frames, replay.frames_per_second);
  if (mp4->advance()) return true;
  if (mp4->next() == frames) return false;
  if (has(mp4->next())) mp4->take(raster);
  return true;
}

ReplayExport::ReplayExport(std::filesystem::path path, FileKind kind, const figure::FigureRequest& request,
                           const figure::Material& material, const Fonts& fonts, const Replay& replay,
                           std::function<void(double)> progress)
    : state_(new State{std::move(path), kind, request, material, fonts, replay, std::move(progress)}) {
  State& s = *state_;
  s.steps = thinned(figure::replay_steps(request, material), replay.most_frames);
  if (s.steps.empty()) fail("'{}': the view has no steps to replay", s.path.string());
  const int moving = static_cast<int>(s.steps.size());
  s.frames = moving + static_cast<int>(std::lround(replay.rest * replay.frames_per_second));
  s.work = kind == FileKind::gif ? 2 * moving : moving;  // a GIF is asked for each frame twice
  s.page = request;
}

ReplayExport::~ReplayExport() = default;

bool ReplayExport::advance() {
  if (state_->kind == FileKind::gif ? state_->advance_gif() : state_->advance_mp4()) return true;
  state_->progress(1);
  return false;
}

const std::string& ReplayExport::left_out() const {
  return state_->left_out;
}

std::string export_replay(const std::filesystem::path& path, FileKind kind,
                          const figure::FigureRequest& request, const figure::Material& material,
                          const Fonts& fonts, const Replay& replay,
                          const std::function<void(double fraction)>& progress) {
  ReplayExport exporting(path, kind, request, material, fonts, replay, progress);
  while (exporting.advance()) {
  }
  return exporting.left_out();
}

}  // namespace gatescope::app
