// Diagrams: wires as wide as what flows in them, valves as open as their gates, labels as far as there is
// room.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/plot/layout_detail.h"

namespace gatescope::plot::detail {
namespace {

using Spot = Diagram::Spot;
using Side = Diagram::Quantity::Side;

// Sizes in the diagram's own units.
constexpr float full_width = 4.6f, box_width = 10.5f, box_height = 7.4f, disc_radius = 3, key_size = 8.4f,
                corner = 3.6f;
constexpr float most_stretch = 1.3f;  // of distances one way, beyond the other
constexpr float least_target = 28;    // points: what a finger or an unsteady mouse hits

float clamped(double value, float low, float high) {
  return std::isfinite(value) ? std::clamp(static_cast<float>(value), low, high) : low;
}

bool overlap(const Rect& a, const Rect& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

/// The path with every corner rounded.
std::vector<Point> rounded(const std::vector<Point>& path, float radius) {
  std::vector<Point> out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i == 0 || i + 1 == path.size()) {
      out.push_back(path[i]);
      continue;
    }
    const Point before = path[i - 1], at = path[i], after = path[i + 1];
    const float in = std::hypot(at.x - before.x, at.y - before.y),
                on = std::hypot(after.x - at.x, after.y - at.y);
    const float r = std::min({radius, in / 2, on / 2});
    if (!(r > 0)) continue;
    const Point from{at.x + (before.x - at.x) * r / in, at.y + (before.y - at.y) * r / in},
        to{at.x + (after.x - at.x) * r / on, at.y + (after.y - at.y) * r / on};
    constexpr int pieces = 8;
    for (int k = 0; k <= pieces; ++k) {  // a quadratic curve that the corner pulls
      const float t = static_cast<float>(k) / pieces, u = 1 - t;
      out.push_back({u * u * from.x + 2 * u * t * at.x + t * t * to.x,
                     u * u * from.y + 2 * u * t * at.y + t * t * to.y});
    }
  }
  return out;
}

/// The path, shorter by `length` at its end.
std::vector<Point> cut_end(std::vector<Point> path, float length) {
  while (path.size() > 1) {
    const Point a = path[path.size() - 2], b = path.back();
    const float last = std::hypot(b.x - a.x, b.y - a.y);
    if (last > length) {
      path.back() = {b.x + (a.x - b.x) * length / last, b.y + (a.y - b.y) * length / last};
      return path;
    }
    length -= last;
    path.pop_back();
  }
  return path;
}

/// The part of a disc between two heights, -1 above to 1 below; turned by a quarter where `upright`.
std::vector<Point> slice(Point centre, float radius, float from, float to, bool upright) {
  std::vector<Point> points;
  constexpr int pieces = 24;
  const float start = std::asin(std::clamp(from, -1.0f, 1.0f)), end = std::asin(std::clamp(to, -1.0f, 1.0f));
  const auto add = [&](float angle, float side) {
    const float across = side * std::cos(angle) * radius, along = std::sin(angle) * radius;
    points.push_back(upright ? Point{centre.x + along, centre.y + across}
                             : Point{centre.x + across, centre.y + along});
  };
  for (int k = 0; k <= pieces; ++k) add(start + (end - start) * static_cast<float>(k) / pieces, 1);
  for (int k = pieces; k >= 0; --k) add(start + (end - start) * static_cast<float>(k) / pieces, -1);
  return points;
}

/// A number beside its symbol: three digits behind the point while they mean something.
std::string label_number(double value) {
  if (!std::isfinite(value)) return "–";
  const double size = std::abs(value);
  if (size == 0) return "0";
  if (size >= 99999.5) {  // a normaliser that nothing has entered: −1e30
    const std::string power = fmt::format("{:.0e}", size);
    const std::size_t sign = power.find('+');
    return (value < 0 ? "−" : "") + power.substr(0, sign) +
           (sign == std::string::npos ? "" : power.substr(sign + 1));
  }
  return fixed_text(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
}

class Drawing {
 public:
  Drawing(const Diagram& diagram, const PanelLayout& plan, Canvas& canvas)
      : diagram_(diagram), canvas_(canvas), theme_(canvas.theme), room_(plan.plot) {
    const float width = static_cast<float>(std::max(diagram.width, 1e-6)),
                height = static_cast<float>(std::max(diagram.height, 1e-6));
    unit_ = std::min(room_.width / width, room_.height / height);
    across_ = std::min(room_.width / width, unit_ * most_stretch);
    down_ = std::min(room_.height / height, unit_ * most_stretch);
    origin_ = {room_.x + (room_.width - across_ * width) / 2, room_.y + (room_.height - down_ * height) / 2};
    tone_ = diagram.cards.empty() ? theme_.panel : composite(with_alpha(theme_.text, 0.045f), theme_.panel);
    number_ = {std::clamp(2.7f * unit_, theme_.size_text(), 1.7f * theme_.size_text()), Weight::regular,
               false};
    name_ = {std::clamp(2.1f * unit_, theme_.size_small(), 1.5f * theme_.size_small()), Weight::regular,
             false};
  }

  void draw(Placement& placement) {
    for (const auto& card : diagram_.cards) draw_card(card);
    for (const auto& wire : diagram_.wires)
      if (wire.bus) draw_conduit(wire);
    for (const auto& wire : diagram_.wires)
      if (!wire.by_sign) draw_wire(wire);
    for (const auto& valve : diagram_.valves) disc(place(valve.at), radius(valve), theme_.panel);
    for (const auto& wire : diagram_.wires)  // what passes a valve is seen in it
      if (wire.by_sign) draw_wire(wire);
    for (const auto& plate : diagram_.plates) draw_plate(plate);
    for (const auto& node : diagram_.nodes) draw_node(node);
    for (const auto& valve : diagram_.valves) {
      draw_valve(valve);
      const Point at = place(valve.at);
      const float side = std::max(least_target, 2 * radius(valve));
      placement.targets.push_back({{at.x - side / 2, at.y - side / 2, side, side}, valve.name});
    }
    draw_labels(placement);
  }

 private:
  Point place(Spot spot) const {
    return {origin_.x + static_cast<float>(spot.x) * across_, origin_.y + static_cast<float>(spot.y) * down_};
  }
  float radius(const Diagram::Valve& valve) const { return static_cast<float>(valve.radius) * unit_; }
  float thin() const { return theme_.line_width * 0.8f; }

  void disc(Point at, float r, Color fill, Color stroke = {0, 0, 0, 0}, float stroke_width = 0,
            std::vector<float> dash = {}) {
    canvas_.add(Box{.rect = {at.x - r, at.y - r, 2 * r, 2 * r},
                    .radius = r,
                    .fill = fill,
                    .stroke = stroke,
                    .stroke_width = stroke_width,
                    .dash = std::move(dash)});
  }

  void draw_card(const Diagram::Card& card) {
    const Point from = place({card.x, card.y}), to = place({card.x + card.width, card.y + card.height});
    canvas_.add(Box{.rect = {from.x, from.y, to.x - from.x, to.y - from.y},
                    .radius = std::min(3 * unit_, 14.0f),
                    .fill = tone_,
                    .stroke = theme_.grid,
                    .stroke_width = theme_.hairline});
  }

  std::vector<Point> path_of(const Diagram::Wire& wire) const {
    std::vector<Point> path;
    for (const Spot& spot : wire.points) path.push_back(place(spot));
    return rounded(path, corner * unit_);
  }

  float width_of(const Diagram::Wire& wire) const {
    if (!wire.flow) return thin();
    if (!std::isfinite(*wire.flow)) return thin();
    return std::max(theme_.hairline,
                    std::min(1.0f, static_cast<float>(std::abs(*wire.flow))) * full_width * unit_);
  }

  Color color_of(const Diagram::Wire& wire) const {
    if (wire.flow && !std::isfinite(*wire.flow)) return theme_.gap;
    if (!wire.by_sign || !wire.flow) return theme_.color(wire.ink);
    if (*wire.flow == 0) return theme_.axis;
    const ColorTable& table = theme_.table(Colormap::diverging, wire.ink.role);
    return *wire.flow < 0 ? table.front() : table.back();
  }

  void draw_conduit(const Diagram::Wire& wire) {
    const float width = full_width * unit_;
    const auto path = wire.arrow ? cut_end(path_of(wire), 1.5f * unit_ + 1.6f * width) : path_of(wire);
    canvas_.line(path, width + 2 * theme_.hairline, theme_.axis);
    canvas_.line(path, width, composite(with_alpha(theme_.grid, 0.9f), tone_));
  }

  void draw_wire(const Diagram::Wire& wire) {
    auto path = path_of(wire);
    if (path.size() < 2) return;
    const float width = width_of(wire);
    const Color color = color_of(wire);
    if (wire.bridge) canvas_.line(path, width + 6 * theme_.hairline, tone_);
    if (wire.arrow) {
      const float length = std::max(1.5f * unit_ + 1.1f * width, 4 * theme_.line_width),
                  half = std::max(0.58f * length, width / 2 + 1.2f * unit_);
      const Point tip = path.back();
      const auto shorter = cut_end(path, length);
      const Point base = shorter.back();
      const float size = std::hypot(tip.x - base.x, tip.y - base.y);
      if (shorter.size() > 1 && size > 0) {
        const Point along{(tip.x - base.x) / size, (tip.y - base.y) / size};
        canvas_.add(Polygon{.points = {tip,
                                       {base.x - along.y * half, base.y + along.x * half},
                                       {base.x + along.y * half, base.y - along.x * half}},
                            .fill = color});
        path = shorter;
      }
    }
    const bool negative = wire.by_sign && wire.flow && *wire.flow < 0 && !theme_.print;
    const std::vector<Point> middle = negative ? path : std::vector<Point>();
    canvas_.line(std::move(path), width, color, dash_lengths(wire.dash, std::min(width, thin() * 1.5f)));
    if (negative && width > 3 * theme_.hairline)
      canvas_.line(middle, std::clamp(0.16f * width, theme_.hairline, 2.5f * theme_.line_width),
                   with_alpha(theme_.panel, 0.75f));
  }

  Rect rect_of(const Diagram::Node& node) const {
    const Point at = place(node.at);
    using Shape = Diagram::Node::Shape;
    float w = disc_radius * 2 * unit_, h = w;
    if (node.shape == Shape::dot) w = h = std::max(1.5f * unit_, 2.4f * thin());
    const float text = canvas_.width(node.text, canvas_.small()) + 6;
    if (node.shape == Shape::disc) w = h = std::clamp(text, w, 2 * w);
    if (node.shape == Shape::box) {
      h = box_height * unit_;
      w = std::clamp(text, box_width * unit_, 1.3f * box_width * unit_);
    }
    if (node.shape == Shape::key) {
      h = std::max(key_size * unit_, key_style(node).size * 1.5f);
      w = std::max(h, canvas_.width(node.text, key_style(node)) + 0.6f * h);
    }
    return {at.x - w / 2, at.y - h / 2, w, h};
  }

  TextStyle key_style(const Diagram::Node& node) const {
    const bool character = node.text.size() < 5;
    return character ? TextStyle{std::max(theme_.size_text(), 4.4f * unit_), Weight::regular, true} : name_;
  }

  void draw_node(const Diagram::Node& node) {
    using Shape = Diagram::Node::Shape;
    const Rect box = rect_of(node);
    const Point middle{box.x + box.width / 2, box.y + box.height / 2};
    const Color ink = theme_.color(node.ink);
    if (node.shape == Shape::dot) return disc(middle, box.width / 2, ink);
    const bool colored = node.ink.role != InkRole::neutral && node.ink.role != InkRole::muted;
    const bool key = node.shape == Shape::key;
    const float round = node.shape == Shape::disc ? box.height / 2
                        : key                     ? box.height * 0.22f
                                                  : box.height * 0.3f;
    if (node.forced) draw_forced(box, round);
    canvas_.add(Box{.rect = box,
                    .radius = round,
                    .fill = colored ? composite(with_alpha(ink, 0.2f), tone_) : theme_.panel,
                    .stroke = colored ? ink : theme_.axis,
                    .stroke_width = thin()});
    if (key)
      canvas_.line({{box.x + 0.22f * box.width, box.bottom() - 0.12f * box.height},
                    {box.right() - 0.22f * box.width, box.bottom() - 0.12f * box.height}},
                   theme_.hairline, theme_.axis);
    TextStyle style = key ? key_style(node) : TextStyle{std::max(theme_.size_small(), 3.4f * unit_)};
    if (!key && canvas_.width(node.text, style) > box.width - 4)
      style.size = std::max(theme_.size_small(),
                            style.size * (box.width - 4) / std::max(1.0f, canvas_.width(node.text, style)));
    if (canvas_.width(node.text, style) <= box.width && style.size < box.height * 1.15f) {
      canvas_.text(node.text, middle, style, theme_.text, Horizontal::centre, Vertical::middle);
    } else {
      draw_curve(node.text, box);
    }
  }

  /// The function's graph, where its name finds no room.
  void draw_curve(const std::string& function, const Rect& box) {
    const bool ramp = function == "ReLU";
    if (function != "tanh" && function != "σ" && !ramp) return;
    std::vector<Point> curve;
    for (int k = 0; k <= 16; ++k) {
      const float x = static_cast<float>(k) / 8 - 1;
      const float y = ramp ? std::max(0.0f, x) * 2 - 1 : std::tanh(3 * x);
      curve.push_back({box.x + box.width * (0.5f + 0.32f * x), box.y + box.height * (0.5f - 0.28f * y)});
    }
    canvas_.line(std::move(curve), thin(), theme_.text);
  }

  void draw_forced(const Rect& around, float round) {
    const float out = 2.2f * theme_.line_width;
    canvas_.add(Box{.rect = {around.x - out, around.y - out, around.width + 2 * out, around.height + 2 * out},
                    .radius = round + out,
                    .stroke = theme_.color({InkRole::forced}),
                    .stroke_width = 1.6f * theme_.line_width});
  }

  // The shutters leave a slit as wide as the gate is open; the flow is seen in it.
  void draw_valve(const Diagram::Valve& valve) {
    const Point at = place(valve.at);
    const float r = radius(valve);
    const Color ink = theme_.color(valve.ink);
    if (!std::isfinite(valve.opening)) {
      disc(at, r, theme_.gap, theme_.axis, thin());
      return;
    }
    const float open = clamped(valve.opening, 0, 1);
    if (open < 0.01f) {
      disc(at, r, ink);
    } else if (open < 0.995f) {
      canvas_.add(Polygon{.points = slice(at, r, -1, -open, valve.upright), .fill = ink});
      canvas_.add(Polygon{.points = slice(at, r, open, 1, valve.upright), .fill = ink});
    }
    disc(at, r, {0, 0, 0, 0}, ink, 1.25f * theme_.line_width);
    if (valve.ghost && std::isfinite(*valve.ghost)) draw_ghost(valve, clamped(*valve.ghost, 0, 1), open);
    if (!valve.forced) return;
    draw_forced({at.x - r, at.y - r, 2 * r, 2 * r}, r);
    // A lock on the ring, so that a forced valve can be told without its colour.
    const float size = 0.75f * r, away = 1.05f * r;
    const Point lock{at.x - away, at.y - away};
    disc(lock, 0.72f * size, theme_.panel, theme_.color({InkRole::forced}), thin());
    draw_lock(canvas_, lock, 0.85f * size, theme_.color({InkRole::forced}));
  }

  void draw_ghost(const Diagram::Valve& valve, float ghost, float open) {
    const Point at = place(valve.at);
    const float r = radius(valve);
    const Color ink = theme_.color(valve.ink);
    if (ghost < open) {
      for (const float side : {-1.0f, 1.0f})
        canvas_.add(
            Polygon{.points = slice(at, r, side < 0 ? -open : ghost, side < 0 ? -ghost : open, valve.upright),
                    .fill = with_alpha(ink, 0.3f)});
    } else {
      canvas_.add(Polygon{.points = slice(at, r, -ghost, ghost, valve.upright),
                          .fill = with_alpha(theme_.panel, 0.28f)});
    }
    const float half = r * std::sqrt(std::max(0.0f, 1 - ghost * ghost)) - thin();
    if (half <= 0) return;
    for (const float side : {-1.0f, 1.0f}) {
      const float away = side * ghost * r;
      const Point a = valve.upright ? Point{at.x + away, at.y - half} : Point{at.x - half, at.y + away};
      const Point b = valve.upright ? Point{at.x + away, at.y + half} : Point{at.x + half, at.y + away};
      canvas_.line({a, b}, thin(), ghost < open ? ink : theme_.panel, {2.5f * thin(), 1.8f * thin()});
    }
  }

  // --- labels ---

  enum class Detail { names, row, stacked, plain_row, plain_stacked, symbol, nothing };

  struct Block {
    Rect rect;
    Detail detail = Detail::nothing;
  };

  static bool stacked(Detail detail) { return detail == Detail::stacked || detail == Detail::plain_stacked; }
  static bool plain(Detail detail) { return detail == Detail::plain_row || detail == Detail::plain_stacked; }
  TextStyle symbol_style() const { return {number_.size, Weight::bold, false}; }
  float chip_width(const Diagram::Quantity& q) const {
    return canvas_.width(q.symbol, symbol_style()) + 0.7f * number_.size;
  }
  float chip_height() const { return 1.5f * number_.size; }
  float name_height() const { return 1.3f * name_.size; }
  static std::string wanted(const Diagram::Quantity& q) {
    return q.raw ? "wanted " + label_number(*q.raw) : "";
  }

  Size size_of(const Diagram::Quantity& q, Detail detail) const {
    const float number = canvas_.width(label_number(q.value), number_), chip = chip_width(q),
                gap = 0.4f * number_.size;
    Size size{chip, chip_height()};
    if (detail == Detail::symbol) return size;
    if (stacked(detail)) {
      size = {std::max(chip, number), 2 * chip_height()};
    } else {
      size.width = chip + gap + number;
    }
    if (q.raw && !plain(detail)) {
      size.width = std::max(size.width, canvas_.width(wanted(q), name_));
      size.height += name_height();
    }
    if (detail == Detail::names && !q.name.empty()) {
      size.width = std::max(size.width, canvas_.width(q.name, name_));
      size.height += name_height();
    }
    return size;
  }

  Rect beside(Spot spot, Side side, Size size) const {
    const Point at = place(spot);
    switch (side) {
      case Side::left:
        return {at.x - size.width, at.y - size.height / 2, size.width, size.height};
      case Side::right:
        return {at.x, at.y - size.height / 2, size.width, size.height};
      case Side::above:
        return {at.x - size.width / 2, at.y - size.height, size.width, size.height};
      case Side::below:
        break;
    }
    return {at.x - size.width / 2, at.y, size.width, size.height};
  }

  Rect rect_of(const Diagram::Plate& plate) const {
    const Point from = place({plate.at.x - plate.width / 2, plate.at.y - plate.height / 2}),
                to = place({plate.at.x + plate.width / 2, plate.at.y + plate.height / 2});
    return {from.x, from.y, to.x - from.x, to.y - from.y};
  }

  void draw_plate(const Diagram::Plate& plate) {
    const Rect rect = rect_of(plate);
    const Color ink = theme_.color(plate.ink);
    const bool colored = plate.ink.role != InkRole::neutral && plate.ink.role != InkRole::muted;
    const float round = std::min(1.6f * unit_, 0.3f * rect.height);
    if (plate.forced) draw_forced(rect, round);
    canvas_.add(Box{.rect = rect,
                    .radius = round,
                    .fill = colored ? composite(with_alpha(ink, 0.2f), tone_) : theme_.panel,
                    .stroke = colored ? ink : theme_.axis,
                    .stroke_width = thin()});
  }

  TextStyle formula_style() const { return {name_.size, Weight::regular, false}; }
  float line_height() const { return 1.2f * name_.size; }

  /// The formula, or what is brief, under a number of that height; nothing where neither has room.
  std::vector<std::string> formula_on(const Diagram::Plate& plate, float number) const {
    const Rect rect = rect_of(plate);
    const float width = rect.width - 4;
    for (const std::string& formula : {plate.formula, plate.brief}) {
      auto lines = wrap_words(canvas_, formula, formula_style(), width);
      const bool wide = std::ranges::any_of(
          lines, [&](const std::string& line) { return canvas_.width(line, formula_style()) > width; });
      if (!wide && number + line_height() * static_cast<float>(lines.size()) <= rect.height - 2) return lines;
    }
    return {};
  }

  /// The formula below what stands on the plate, both in its middle; where the upper part begins.
  float draw_formula(const Diagram::Plate& plate, float number) {
    const Rect rect = rect_of(plate);
    const auto lines = formula_on(plate, number);
    if (lines.empty() && !plate.formula.empty()) canvas_.leave_out("formulas in the drawing");
    const float top = rect.y + (rect.height - number - line_height() * static_cast<float>(lines.size())) / 2;
    float y = top + number + line_height() / 2;
    for (const std::string& line : lines) {
      canvas_.text(line, {rect.x + rect.width / 2, y}, formula_style(), theme_.text, Horizontal::centre,
                   Vertical::middle);
      y += line_height();
    }
    return top;
  }

  /// What labels keep clear of: parts, and wires piece by piece.
  void collect_obstacles() {
    for (const auto& plate : diagram_.plates) obstacles_.push_back(rect_of(plate));
    for (const auto& node : diagram_.nodes) obstacles_.push_back(rect_of(node));
    for (const auto& valve : diagram_.valves) {
      const Point at = place(valve.at);
      const float r = radius(valve) + (valve.forced ? 3 * theme_.line_width : 0);
      obstacles_.push_back({at.x - r, at.y - r, 2 * r, 2 * r});
    }
    for (const auto& wire : diagram_.wires) {
      const float half = (wire.bus ? full_width * unit_ : std::max(width_of(wire), thin())) / 2;
      for (std::size_t k = 0; k + 1 < wire.points.size(); ++k) {
        const Point a = place(wire.points[k]), b = place(wire.points[k + 1]);
        obstacles_.push_back({std::min(a.x, b.x) - half, std::min(a.y, b.y) - half,
                              std::abs(a.x - b.x) + 2 * half, std::abs(a.y - b.y) + 2 * half});
      }
    }
  }

  bool free(const Rect& rect) const {
    const Rect inner{rect.x + 0.5f, rect.y + 0.5f, rect.width - 1, rect.height - 1};
    const float edge = theme_.padding / 2;
    if (rect.x < room_.x - edge || rect.right() > room_.right() + edge || rect.y < room_.y - 1 ||
        rect.bottom() > room_.bottom() + 1)
      return false;
    return std::none_of(obstacles_.begin(), obstacles_.end(),
                        [&](const Rect& o) { return overlap(o, inner); });
  }

  /// The first of the given forms that finds room, for each quantity; whether all did.
  bool choose(const std::vector<Detail>& forms, std::vector<Block>& blocks) {
    const std::size_t before = obstacles_.size();
    bool all = true;
    blocks.assign(diagram_.quantities.size(), {});
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const auto& q = diagram_.quantities[i];
      if (q.plate) {  // where it takes no room from others
        blocks[i] = on_plate(q, forms);
        all = all && blocks[i].detail != Detail::nothing;
        continue;
      }
      for (const Detail detail : forms) {
        const Rect rect = beside(q.at, q.side, size_of(q, detail));
        if (!free(rect)) continue;
        blocks[i] = {rect, detail};
        obstacles_.push_back(rect);
        break;
      }
      all = all && blocks[i].detail != Detail::nothing;
    }
    if (!all) obstacles_.resize(before);
    return all;
  }

  /// The first form that its plate has room for; the name stands nowhere on it.
  Block on_plate(const Diagram::Quantity& q, const std::vector<Detail>& forms) const {
    const Rect rect = rect_of(diagram_.plates[*q.plate]);
    std::vector<Detail> all = forms;
    if (forms.front() == Detail::names) all = {Detail::row, Detail::stacked};
    for (const Detail detail : all) {
      const Size size = size_of(q, detail);
      if (size.width > rect.width - 2 || size.height > rect.height) continue;
      return {{rect.x + (rect.width - size.width) / 2, rect.y, size.width, size.height}, detail};
    }
    return {};
  }

  // Numbers and names for all of them, else numbers where they fit and symbols elsewhere.
  void draw_labels(Placement& placement) {
    collect_obstacles();
    const std::size_t parts = obstacles_.size();
    std::vector<Block> blocks;
    bool all = choose({Detail::names}, blocks) || choose({Detail::row, Detail::stacked}, blocks);
    if (!all && !diagram_.plates.empty() && number_.size > theme_.size_small()) {
      number_.size = name_.size = theme_.size_small();
      all = choose({Detail::row, Detail::stacked}, blocks);
    }
    if (!all) {
      choose({Detail::row, Detail::stacked, Detail::plain_row, Detail::plain_stacked, Detail::symbol},
             blocks);
      obstacles_.resize(parts);
      for (const Block& block : blocks)
        if (block.detail != Detail::nothing) obstacles_.push_back(block.rect);
    }
    std::vector<bool> filled(diagram_.plates.size());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const auto plate = diagram_.quantities[i].plate;
      if (plate) {
        filled[*plate] = true;
        blocks[i].rect.y = draw_formula(diagram_.plates[*plate], blocks[i].rect.height);
      }
      if (blocks[i].detail == Detail::nothing) {
        canvas_.leave_out("labels in the drawing");
        continue;
      }
      if (blocks[i].detail == Detail::symbol) canvas_.leave_out("numbers in the drawing");
      draw_quantity(diagram_.quantities[i], blocks[i]);
      placement.targets.push_back({plate ? target_of(rect_of(diagram_.plates[*plate])) : blocks[i].rect,
                                   diagram_.quantities[i].channel});
    }
    for (std::size_t k = 0; k < filled.size(); ++k)
      if (!filled[k]) draw_formula(diagram_.plates[k], 0);
    for (const auto& valve : diagram_.valves) {  // a valve multiplies
      const float away = (valve.forced ? 1.2f : 1) * radius(valve), size = name_.size;
      const Point at = place(valve.at);
      if (!valve.note.empty()) {
        draw_note(valve);
        continue;
      }
      const Rect rect{at.x + away - size / 2, at.y - away - size / 2, size, size};
      if (radius(valve) < size || std::any_of(blocks.begin(), blocks.end(),
                                              [&](const Block& block) { return overlap(block.rect, rect); }))
        continue;
      canvas_.text("⊙", {at.x + away, at.y - away}, name_, theme_.muted, Horizontal::centre,
                   Vertical::middle);
    }
    for (const auto& remark : diagram_.remarks) draw_remark(remark);
  }

  static Rect target_of(const Rect& rect) {
    const float width = std::max(rect.width, least_target), height = std::max(rect.height, least_target);
    return {rect.x + (rect.width - width) / 2, rect.y + (rect.height - height) / 2, width, height};
  }

  /// What a valve lets through: above it, right of a lock, or below it, where that is free.
  void draw_note(const Diagram::Valve& valve) {
    const Point at = place(valve.at);
    const float width = canvas_.width(valve.note, name_), height = 1.1f * name_.size;
    const float r = radius(valve) + (valve.forced ? 3.2f * theme_.line_width : 0) + 1;
    const float left = valve.forced ? at.x - 0.4f * radius(valve) : at.x - width / 2;
    for (const Rect& rect : {Rect{left, at.y - r - height, width, height},
                             Rect{at.x - r - width, at.y - r - height, width, height},
                             Rect{at.x + r, at.y - r - height, width, height},
                             Rect{at.x - width / 2, at.y + r, width, height}}) {
      if (!free(rect)) continue;
      obstacles_.push_back(rect);
      canvas_.text(valve.note, {rect.x, rect.y + height / 2}, name_, theme_.text, Horizontal::left,
                   Vertical::middle);
      return;
    }
    canvas_.leave_out("remarks in the drawing");
  }

  void draw_quantity(const Diagram::Quantity& q, const Block& block) {
    const Rect& rect = block.rect;
    const Side side = q.plate ? Side::above : q.side;
    const Horizontal h = side == Side::left    ? Horizontal::right
                         : side == Side::right ? Horizontal::left
                                               : Horizontal::centre;
    const auto line_x = [&](float width) {
      return h == Horizontal::left    ? rect.x
             : h == Horizontal::right ? rect.right() - width
                                      : rect.x + (rect.width - width) / 2;
    };
    const Color ink = theme_.color(q.ink);
    const float chip = chip_width(q), height = chip_height(), gap = 0.4f * number_.size;
    const std::string number = label_number(q.value);
    const float number_width = canvas_.width(number, number_);
    const bool row = !stacked(block.detail) && block.detail != Detail::symbol;
    float x = line_x(row ? chip + gap + number_width : chip), y = rect.y;
    const Rect chip_rect{x, y + 0.05f * height, chip, 0.9f * height};
    const float round = 0.45f * height;
    canvas_.add(Box{.rect = chip_rect, .radius = round, .fill = ink});
    if (q.forced)
      canvas_.add(Box{.rect = {chip_rect.x - 1.5f * thin(), chip_rect.y - 1.5f * thin(),
                               chip_rect.width + 3 * thin(), chip_rect.height + 3 * thin()},
                      .radius = round + 1.5f * thin(),
                      .stroke = theme_.color({InkRole::forced}),
                      .stroke_width = 1.3f * thin()});
    const Color white = rgb(0xffffff), black = rgb(0x101318);
    canvas_.text(q.symbol, {x + chip / 2, y + height / 2}, symbol_style(),
                 contrast(ink, white) > contrast(ink, black) ? white : black, Horizontal::centre,
                 Vertical::middle);
    if (block.detail == Detail::symbol) return;
    if (row) {
      x += chip + gap;
    } else {
      y += height;
      x = line_x(number_width);
    }
    canvas_.text(number, {x, y + height / 2}, number_, theme_.text, Horizontal::left, Vertical::middle);
    y += height;
    const auto line = [&](const std::string& text, Color color) {
      canvas_.text(text, {line_x(canvas_.width(text, name_)), y + name_height() / 2}, name_, color,
                   Horizontal::left, Vertical::middle);
      y += name_height();
    };
    if (q.raw && !plain(block.detail)) line(wanted(q), theme_.text);
    if (block.detail == Detail::names && !q.name.empty()) line(q.name, theme_.muted);
  }

  void draw_remark(const Diagram::Remark& remark) {
    const TextStyle strong{number_.size, Weight::bold, false};
    for (const bool whole : {true, false}) {
      const std::string& text = whole ? remark.text : "";
      const float value_height = remark.value.empty() ? 0 : 1.3f * number_.size,
                  text_height = text.empty() ? 0 : name_height();
      const float value_width = canvas_.width(remark.value, strong), text_width = canvas_.width(text, name_);
      const Rect rect =
          beside(remark.at, remark.side, {std::max(value_width, text_width), value_height + text_height});
      if (!free(rect)) continue;
      obstacles_.push_back(rect);
      const auto x = [&](float width) {
        return remark.side == Side::right  ? rect.x
               : remark.side == Side::left ? rect.right() - width
                                           : rect.x + (rect.width - width) / 2;
      };
      canvas_.text(remark.value, {x(value_width), rect.y + value_height / 2}, strong, theme_.text,
                   Horizontal::left, Vertical::middle);
      canvas_.text(text, {x(text_width), rect.y + value_height + text_height / 2}, name_,
                   theme_.color(remark.ink), Horizontal::left, Vertical::middle);
      return;
    }
    canvas_.leave_out("remarks in the drawing");
  }

  const Diagram& diagram_;
  Canvas& canvas_;
  const Theme& theme_;
  Rect room_;
  float unit_ = 1, across_ = 1, down_ = 1;
  Point origin_;
  Color tone_;
  TextStyle number_, name_;
  std::vector<Rect> obstacles_;
};

}  // namespace

void draw_diagram(const PanelLayout& plan, Canvas& canvas, Placement& placement) {
  for (const auto& mark : plan.panel->marks)
    if (const auto* diagram = std::get_if<Diagram>(&mark)) Drawing(*diagram, plan, canvas).draw(placement);
}

}  // namespace gatescope::plot::detail
