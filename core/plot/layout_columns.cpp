#include <algorithm>
#include <cmath>

#include "core/plot/layout_detail.h"

namespace gatescope::plot::detail {
namespace {

constexpr float least_step = 2;  // narrower columns are drawn several as one

class ColumnsDrawing {
 public:
  ColumnsDrawing(const Columns& columns, const PanelLayout& plan, Canvas& canvas)
      : columns_(columns), plan_(plan), canvas_(canvas), theme_(canvas.theme) {
    step_ = std::abs(x_of(plan, 1) - x_of(plan, 0));
    width_ = step_ - std::clamp(step_ * 0.16f, 0.5f, 3 * theme_.type);
  }

  void draw() {
    step_ < least_step ? slots_as_one() : slots();
    front(false);
    step_ < least_step ? dense() : single();
    front(true);
    origin();
  }

 private:
  Rect slot(double x, float top) const {
    return {x_of(plan_, x) - width_ / 2, top, width_, plan_.plot.bottom() - top};
  }
  float radius(const Rect& box) const { return std::min({2 * theme_.type, box.width / 3, box.height / 2}); }
  Color slot_color() const { return with_alpha(theme_.grid, 0.6f); }

  void slots() {
    for (const auto* places : {&columns_.x, &columns_.waiting})
      for (double x : *places) {
        const Rect box = slot(x, plan_.plot.y);
        canvas_.rect(box, slot_color(), radius(box));
      }
  }

  void slots_as_one() {
    Extent all;
    for (const auto* places : {&columns_.x, &columns_.waiting})
      for (double x : *places) all.take(x);
    if (!all.any) return;
    const float a = x_of(plan_, all.low), b = x_of(plan_, all.high);
    canvas_.rect({std::min(a, b) - step_ / 2, plan_.plot.y, std::abs(a - b) + step_, plan_.plot.height},
                 slot_color());
  }

  // What is reached and has nothing left keeps a foot to stand on.
  float top_of(double value) const {
    const Rect& plot = plan_.plot;
    if (!std::isfinite(value)) return plot.y;
    const double f = plan_.y.fraction(value);
    const float height = std::isfinite(f) ? static_cast<float>(std::clamp(f, 0.0, 1.0)) * plot.height : 0;
    return plot.bottom() - std::max(height, std::min(2 * theme_.hairline, plot.height));
  }

  Color color_of(double value) const { return plan_.colors->color(canvas_, value); }

  void single() {
    for (std::size_t i = 0; i < std::min(columns_.x.size(), columns_.values.size()); ++i) {
      const Rect box = slot(columns_.x[i], top_of(columns_.values[i]));
      canvas_.rect(box, color_of(columns_.values[i]), radius(box));
    }
  }

  // One for each point of width.
  void dense() {
    const std::size_t count = std::min(columns_.x.size(), columns_.values.size());
    std::size_t i = 0;
    while (i < count) {
      const float left = std::floor(x_of(plan_, columns_.x[i]));
      Extent extent;
      bool gap = false;
      for (; i < count && std::floor(x_of(plan_, columns_.x[i])) == left; ++i) {
        extent.take(columns_.values[i]);
        gap = gap || !std::isfinite(columns_.values[i]);
      }
      const auto box = [&](double value) {
        const float top = top_of(value);
        return Rect{left, top, 1, plan_.plot.bottom() - top};
      };
      if (gap) {
        canvas_.rect(box(std::nan("")), theme_.gap);
        continue;
      }
      if (top_of(extent.high) < top_of(extent.low))
        canvas_.rect(box(extent.high), with_alpha(color_of(extent.high), 0.45f));
      canvas_.rect(box(extent.low), color_of(extent.low));
    }
  }

  // A lit slot behind the columns, its outline before them.
  void front(bool outline) {
    if (!columns_.front) return;
    Rect box = slot(*columns_.front, plan_.plot.y);
    const float more = std::max(0.0f, 4 * theme_.type - box.width) / 2;
    box.x -= more, box.width += 2 * more;
    if (outline)
      canvas_.add(Box{.rect = box,
                      .radius = radius(box),
                      .stroke = theme_.color({InkRole::accent}),
                      .stroke_width = theme_.line_width});
    else
      canvas_.rect(box, with_alpha(theme_.color({InkRole::accent}), 0.3f), radius(box));
  }

  void origin() {
    if (!columns_.origin) return;
    const double f = plan_.x.fraction(*columns_.origin);
    if (!(f >= 0 && f <= 1)) return;
    const float x = x_of(plan_, *columns_.origin), size = 5 * theme_.type;
    const float tip =
        plan_.compact ? plan_.plot.y + size : plan_.plot.y - 1;  // a close title leaves no room above
    canvas_.clip(std::nullopt);
    canvas_.add(Polygon{.points = {{x, tip}, {x - size * 0.75f, tip - size}, {x + size * 0.75f, tip - size}},
                        .fill = theme_.color({InkRole::accent})});
    canvas_.clip(plan_.plot);
  }

  const Columns& columns_;
  const PanelLayout& plan_;
  Canvas& canvas_;
  const Theme& theme_;
  float step_ = 1, width_ = 1;
};

}  // namespace

void draw(const Columns& columns, const PanelLayout& plan, Canvas& canvas) {
  if (plan.colors) ColumnsDrawing(columns, plan, canvas).draw();
}

}  // namespace gatescope::plot::detail
