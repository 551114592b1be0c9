#include "app/panels/figure_canvases.h"

namespace gatescope::ui {
namespace {

constexpr int kPaintedAFrame = 2;

}  // namespace

FigureCanvases::FigureCanvases(gl::Context gl) : gl_(std::move(gl)), painter_(gl_, fonts_) {}

FigureCanvases::Picture FigureCanvases::picture(const std::string& place,
                                                const std::shared_ptr<const BuiltFigure>& figure,
                                                float scale) {
  if (painted_ == 0) waiting_ = 0;
  auto at = places_.find(place);
  if (figure && figure->problem.empty()) {
    if (at == places_.end()) at = places_.emplace(place, Place(gl_)).first;
    Place& drawn = at->second;
    const bool fresh = drawn.shows && drawn.shows->number == figure->number && drawn.scale == scale;
    if (!fresh && painted_ < kPaintedAFrame) {
      if (watch) watch(true);
      painter_.paint(figure->scene, scale, drawn.canvas);
      if (watch) watch(false);
      drawn.shows = figure;
      drawn.scale = scale;
      ++painted_;
    } else if (!fresh) {
      ++waiting_;
    }
  }
  if (at == places_.end() || !at->second.shows) return {};
  return {(ImTextureID)(intptr_t)at->second.canvas.texture(), at->second.shows};
}

}  // namespace gatescope::ui
