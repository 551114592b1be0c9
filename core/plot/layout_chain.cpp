#include <algorithm>
#include <cmath>

#include "core/plot/layout_detail.h"

namespace gatescope::plot::detail {
namespace {

constexpr float narrowest_step = 13;  // of cells and arrows; narrower, the lanes are ribbons
constexpr float widest_cell = 30;

class ChainDrawing {
 public:
  ChainDrawing(const Chain& chain, const PanelLayout& plan, Canvas& canvas)
      : chain_(chain), plan_(plan), canvas_(canvas), theme_(canvas.theme) {
    step_ = std::abs(x_of(plan, 1) - x_of(plan, 0));
    cells_ = step_ >= narrowest_step * theme_.unit;
    cell_ = cells_ ? std::min(0.46f * step_, widest_cell * theme_.type) : 0;
    scale_ = {.kind = chain.kind, .low = chain.kind == ScaleKind::log ? chain.low : 0, .high = chain.high};
  }

  void draw() {
    for (std::size_t k = 0; k < chain_.lanes.size(); ++k) lane(k);
    if (cells_) cells();
    notes();
    origin();
  }

 private:
  float lane_height() const { return std::abs(y_of(plan_, 1) - y_of(plan_, 0)); }
  float middle_of(std::size_t k) const {
    return y_of(plan_, static_cast<double>(chain_.lanes.size() - k) - 0.5);
  }

  /// Of an arrow; what is not finite is as wide as its lane.
  float width_of(double flow) const {
    if (!std::isfinite(flow)) return 0.9f * lane_height();
    const double f = scale_.fraction(flow);
    const float share = std::isfinite(f) ? static_cast<float>(std::clamp(f, 0.0, 1.0)) : 0;
    return share * 0.9f * lane_height();
  }
  Color color_of(const Chain::Lane& lane, double flow) const {
    return std::isfinite(flow) ? theme_.color(lane.ink) : theme_.gap;
  }

  /// What flows between two places, as wide as it is at either.
  void band(float x0, float w0, float x1, float w1, float middle, Color color) {
    if (w0 <= 0 && w1 <= 0) return;
    w0 = std::max(w0, theme_.hairline), w1 = std::max(w1, theme_.hairline);
    canvas_.add(Polygon{.points = {{x0, middle - w0 / 2},
                                   {x1, middle - w1 / 2},
                                   {x1, middle + w1 / 2},
                                   {x0, middle + w0 / 2}},
                        .fill = color});
  }

  void arrow(float from, float to, float width, float middle, Color color) {
    if (width <= 0) return;
    width = std::max(width, theme_.hairline);
    const float way = to < from ? -1.0f : 1.0f, length = std::abs(to - from);
    const float head = std::min(0.55f * length, 0.5f * width + 2.5f * theme_.type);
    const float half = std::min(width / 2 + 1.6f * theme_.type, 0.5f * lane_height());
    const float neck = to - way * head;
    if (length > head) band(from, width, neck, width, middle, color);
    canvas_.add(
        Polygon{.points = {{to, middle}, {neck, middle - half}, {neck, middle + half}}, .fill = color});
  }

  void lane(std::size_t k) {
    const Chain::Lane& lane = chain_.lanes[k];
    const float middle = middle_of(k);
    const std::size_t count = std::min(chain_.x.size(), lane.flows.size());
    for (std::size_t i = 1; i < count; ++i) {
      const float from = x_of(plan_, chain_.x[i - 1]), to = x_of(plan_, chain_.x[i]);
      const float before = width_of(lane.flows[i - 1]), width = width_of(lane.flows[i]);
      const Color color = color_of(lane, lane.flows[i]);
      if (!cells_) {
        band(from, before, to, width, middle, color);
        continue;
      }
      const float way = to < from ? -1.0f : 1.0f;
      arrow(from + way * (cell_ / 2 + 1), to - way * (cell_ / 2 + 1), width, middle, color);
    }
  }

  /// A box a step over all lanes, and faintly what passes through it.
  void cells() {
    const float top = y_of(plan_, static_cast<double>(chain_.lanes.size())), bottom = y_of(plan_, 0);
    const Color tone = composite(with_alpha(theme_.text, 0.06f), theme_.panel);
    for (const auto* places : {&chain_.x, &chain_.waiting})
      for (const double x : *places) {
        const bool reached = places == &chain_.x, front = chain_.front == x, origin = chain_.origin == x;
        const Rect box{x_of(plan_, x) - cell_ / 2, top, cell_, bottom - top};
        canvas_.add(Box{.rect = box,
                        .radius = std::min(4 * theme_.type, cell_ / 3),
                        .fill = reached ? tone : theme_.panel,
                        .stroke = front || origin ? theme_.color({InkRole::accent}) : theme_.axis,
                        .stroke_width = front || origin ? theme_.line_width : theme_.hairline,
                        .dash = reached ? std::vector<float>{} : std::vector<float>{3, 3}});
      }
    for (std::size_t k = 0; k < chain_.lanes.size(); ++k) {
      const Chain::Lane& lane = chain_.lanes[k];
      const std::size_t count = std::min(chain_.x.size(), lane.flows.size());
      for (std::size_t i = 0; i < count; ++i) {
        const float x = x_of(plan_, chain_.x[i]), half = cell_ / 2 - theme_.hairline;
        const float width = width_of(lane.flows[i]);
        Color color = color_of(lane, lane.flows[i]);
        color.alpha *= 0.45f;
        band(x - half, width, x + half, width, middle_of(k), color);
      }
    }
  }

  /// As many as stand apart, counted from the first cell.
  void notes() {
    if (chain_.notes.empty()) return;
    TextStyle style = canvas_.small();
    const float room = plan_.plot.bottom() - y_of(plan_, 0);
    style.size = std::min(style.size, 1.05f * room);
    if (style.size < canvas_.least_legible()) return;
    float widest = 0;
    for (const std::string& note : chain_.notes) widest = std::max(widest, canvas_.width(note, style));
    const auto every = static_cast<std::size_t>(
        std::max(1.0f, std::ceil((widest + canvas_.scaled(4)) / std::max(step_, 1.0f))));
    for (std::size_t i = 0; i < std::min(chain_.x.size(), chain_.notes.size()); i += every)
      canvas_.text(chain_.notes[i], {x_of(plan_, chain_.x[i]), plan_.plot.bottom() - room / 2}, style,
                   theme_.muted, Horizontal::centre, Vertical::middle);
  }

  void origin() {
    if (!chain_.origin) return;
    const double f = plan_.x.fraction(*chain_.origin);
    if (!(f >= 0 && f <= 1)) return;
    const float x = x_of(plan_, *chain_.origin), size = 6 * theme_.type;
    const float tip = y_of(plan_, static_cast<double>(chain_.lanes.size())) - 1;
    canvas_.add(Polygon{.points = {{x, tip}, {x - size * 0.75f, tip - size}, {x + size * 0.75f, tip - size}},
                        .fill = theme_.color({InkRole::accent})});
  }

  const Chain& chain_;
  const PanelLayout& plan_;
  Canvas& canvas_;
  const Theme& theme_;
  Scale scale_;
  float step_ = 1, cell_ = 0;
  bool cells_ = true;
};

}  // namespace

void draw(const Chain& chain, const PanelLayout& plan, Canvas& canvas) {
  ChainDrawing(chain, plan, canvas).draw();
}

}  // namespace gatescope::plot::detail
