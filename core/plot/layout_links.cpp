#include <algorithm>
#include <cmath>

#include "core/plot/layout_detail.h"

namespace gatescope::plot::detail {
namespace {

constexpr float widest_link = 9;  // never so wide that two places' links run together
constexpr int pieces = 64;

Point between(const Point& a, const Point& b, const Point& c, const Point& d, float s) {
  const float r = 1 - s, wa = r * r * r, wb = 3 * r * r * s, wc = 3 * r * s * s, wd = s * s * s;
  return {wa * a.x + wb * b.x + wc * c.x + wd * d.x, wa * a.y + wb * b.y + wc * c.y + wd * d.y};
}

/// Leaves and arrives upright; what is drawn to the same height arches over it.
void curve(const Links& links, const Links::Link& link, float width, Color color, const PanelLayout& plan,
           Canvas& canvas) {
  const bool arc = link.y0 == link.y1;
  // The middle of a curve lies three quarters of the way to the points that draw it.
  const double top =
      arc ? link.y0 + links.rise * std::abs(link.x1 - link.x0) / 0.75 : (link.y0 + link.y1) / 2;
  const auto at = [&](double x, double y) { return Point{x_of(plan, x), y_of(plan, y)}; };
  const Point from = at(link.x0, link.y0), to = at(link.x1, link.y1), leaves = at(link.x0, top),
              arrives = at(link.x1, top);
  std::vector<Point> points;
  for (int k = 0; k <= pieces; ++k)
    points.push_back(between(from, leaves, arrives, to, static_cast<float>(k) / pieces));
  canvas.line(std::move(points), width, color,
              link.flow < 0 ? dash_lengths(Dash::dashed, width) : std::vector<float>{});
}

/// As large as they stand apart; where they cannot be read there are none.
void words(const Links& links, float step, const PanelLayout& plan, Canvas& canvas) {
  TextStyle style = canvas.body();
  float widest = 0;
  for (const Links::Spot& spot : links.spots) widest = std::max(widest, canvas.width(spot.text, style));
  if (widest > step) style.size *= step / widest;
  if (style.size < canvas.least_legible()) return canvas.leave_out("the words of its places");
  for (const Links::Spot& spot : links.spots)
    canvas.text(spot.text, {x_of(plan, spot.x), y_of(plan, spot.y)}, style, canvas.theme.color(spot.ink),
                Horizontal::centre, Vertical::middle);
}

}  // namespace

void draw(const Links& links, const PanelLayout& plan, Canvas& canvas) {
  const float step = std::abs(x_of(plan, 1) - x_of(plan, 0));
  const float widest = std::min(0.45f * step, widest_link * canvas.theme.type);
  std::vector<const Links::Link*> order;
  for (const Links::Link& link : links.links)
    if (std::isfinite(link.flow) && link.flow != 0 && std::abs(link.flow) >= Links::kLeast * links.high)
      order.push_back(&link);
  std::ranges::stable_sort(order, {}, [](const Links::Link* link) { return std::abs(link->flow); });
  for (const Links::Link* link : order) {
    const auto share =
        links.high > 0 ? static_cast<float>(std::min(std::abs(link->flow) / links.high, 1.0)) : 1.0f;
    Color color = canvas.theme.color(links.ink);
    color.alpha *= 0.3f + 0.7f * share;
    curve(links, *link, std::max(share * widest, canvas.theme.hairline), color, plan, canvas);
  }
  if (!links.spots.empty()) words(links, step, plan, canvas);
}

}  // namespace gatescope::plot::detail
