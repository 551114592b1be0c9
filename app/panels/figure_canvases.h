#pragma once

#include <imgui.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "app/desk/figure_builder.h"
#include "app/gl/gl_painter.h"

namespace gatescope::ui {

/// The pictures of figures on the graphics card, one a place; painted again only where a figure is a new one.
class FigureCanvases {
 public:
  explicit FigureCanvases(gl::Context gl);

  void begin_frame() { painted_ = 0; }
  /// The figure's picture at `scale` pixels a point. In one frame only a few are painted: of the others the
  /// picture before it is given, and painted in a later frame. Null where there is none yet.
  struct Picture {
    ImTextureID texture = nullptr;
    std::shared_ptr<const BuiltFigure> shows;  // what the picture is of
  };
  Picture picture(const std::string& place, const std::shared_ptr<const BuiltFigure>& figure, float scale);
  /// Whether every picture asked for in this frame is the newest.
  bool up_to_date() const { return waiting_ == 0; }
  /// For measurements: called before (true) and after (false) a figure is painted.
  std::function<void(bool)> watch;

 private:
  struct Place {
    explicit Place(const gl::Context& gl) : canvas(gl) {}
    gl::Canvas canvas;
    std::shared_ptr<const BuiltFigure> shows;
    float scale = 0;
  };
  gl::Context gl_;
  app::Fonts fonts_;
  gl::GlPainter painter_;
  std::map<std::string, Place> places_;
  int painted_ = 0, waiting_ = 0;
};

}  // namespace gatescope::ui
