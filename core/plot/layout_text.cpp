#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/plot/layout_detail.h"

namespace gatescope::plot::detail {

void Canvas::add(Primitive&& shape) {
  Item& item = scene_.items.emplace_back();
  item.shape = std::move(shape);
  item.clip = clip_;
}

void Canvas::line(std::vector<Point> points, float width, Color color, std::vector<float> dash) {
  add(Polyline{.points = std::move(points), .width = width, .color = color, .dash = std::move(dash)});
}

void Canvas::rect(const Rect& rect, Color fill, float radius) {
  add(Box{.rect = rect, .radius = radius, .fill = fill});
}

void Canvas::text(const std::string& text, Point at, const TextStyle& style, Color color, Horizontal h,
                  Vertical v, float rotation) {
  if (text.empty() || style.size < 0.999f * theme.least_type) return;
  const auto e = extent(text, style);
  const float back = h == Horizontal::left ? 0 : h == Horizontal::centre ? e.width / 2 : e.width;
  // Digits and capitals are about 0.73 em tall: "middle" centres those, not the font's box.
  const float down = v == Vertical::top        ? e.ascent
                     : v == Vertical::middle   ? style.size * 0.365f
                     : v == Vertical::baseline ? 0
                                               : -e.descent;
  const float angle = rotation * std::numbers::pi_v<float> / 180;
  const float cosine = std::cos(angle), sine = std::sin(angle);
  const Point start{at.x - back * cosine + down * sine, at.y + back * sine + down * cosine};
  const float anchor = h == Horizontal::left ? 0 : h == Horizontal::centre ? 0.5f : 1;
  add(Text{
      .text = text, .at = start, .style = style, .color = color, .rotation = rotation, .anchor = anchor});
}

float Canvas::line_height(const TextStyle& style) const {
  const auto e = extent("Mg", style);
  return scaled(std::ceil((e.ascent + e.descent) * 1.1f / theme.unit));
}

float Canvas::least_legible() const {
  return std::max({4.5f, scaled(9.5f), theme.least_type});
}

void Canvas::leave_out(std::string_view what) {
  auto& all = scene_.left_out;
  if (std::find(all.begin(), all.end(), what) == all.end()) all.emplace_back(what);
}

int Canvas::table(Colormap map, InkRole quantity) {
  for (const Known& known : tables_)
    if (known.map == map && known.quantity == quantity) return known.index;
  scene_.tables.push_back(theme.table(map, quantity));
  tables_.push_back({map, quantity, static_cast<int>(scene_.tables.size()) - 1});
  return tables_.back().index;
}

std::vector<float> dash_lengths(Dash dash, float width) {
  switch (dash) {
    case Dash::solid:
      return {};
    case Dash::dashed:
      return {4.5f * width, 2.5f * width};
    case Dash::dotted:
      return {1.2f * width, 1.8f * width};
    case Dash::dash_dotted:
      return {5 * width, 2 * width, 1.2f * width, 2 * width};
    case Dash::long_dashed:
      return {9 * width, 2.5f * width};
    case Dash::dash_dot_dotted:
      return {6 * width, 2 * width, 1.2f * width, 2 * width, 1.2f * width, 2 * width};
    case Dash::short_dashed:
      return {2.4f * width, 2.4f * width};
  }
  return {};
}

std::vector<std::string> wrap_words(const Canvas& canvas, const std::string& text, const TextStyle& style,
                                    float width) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string word = text.substr(at, end - at);
    const bool new_line = at > 0 && text[at - 1] == '\n';
    if (lines.empty() || new_line || canvas.width(lines.back() + " " + word, style) > width)
      lines.push_back(word);
    else
      lines.back() += " " + word;
    at = end + 1;
  }
  return lines;
}

std::string shorten(const Canvas& canvas, const std::string& text, const TextStyle& style, float width) {
  if (canvas.width(text, style) <= width) return text;
  std::string kept = text;
  while (!kept.empty()) {
    do kept.pop_back();
    while (!kept.empty() && (static_cast<unsigned char>(kept.back()) & 0xc0) == 0x80);
    if (!kept.empty() && (static_cast<unsigned char>(kept.back()) & 0x80)) kept.pop_back();
    while (kept.ends_with(' ')) kept.pop_back();
    if (canvas.width(kept + "…", style) <= width) return kept.empty() ? "" : kept + "…";
  }
  return "";
}

Fitted fit_lines(const Canvas& canvas, const std::string& text, const TextStyle& style, float width) {
  Fitted fitted{style, {}};
  if (text.empty() || width <= 0) return fitted;
  const float natural = canvas.width(text, style);
  if (natural > width)
    fitted.style.size =
        std::min(style.size, std::max(canvas.least_legible(), style.size * width / natural * 0.995f));
  fitted.lines = wrap_words(canvas, text, fitted.style, width);
  for (std::string& line : fitted.lines) line = shorten(canvas, line, fitted.style, width);
  std::erase(fitted.lines, "");
  return fitted;
}

void Extent::take(double value) {
  if (!std::isfinite(value)) return;
  low = any ? std::min(low, value) : value;
  high = any ? std::max(high, value) : value;
  any = true;
}

void Extent::take(const Extent& other) {
  if (!other.any) return;
  take(other.low);
  take(other.high);
}

}  // namespace gatescope::plot::detail
