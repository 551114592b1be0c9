#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "app/gl/geometry.h"

namespace gatescope::gl {

namespace {

struct Vector {
  double x = 0, y = 0;
};

Vector mix(Vector a, Vector b, double t) {
  return {a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t};
}

struct Part {
  double from = 0, to = 1;  ///< fractions of a segment
};

/// The part of the segment inside the bounds (Liang and Barsky 1984); empty where from > to.
Part inside(Vector a, Vector b, const Bounds& bounds) {
  Part part;
  const auto cut = [&](double speed, double room) {  // speed * t <= room
    if (speed == 0) {
      if (room < 0) part.to = -1;
    } else if (speed < 0) {
      part.from = std::max(part.from, room / speed);
    } else {
      part.to = std::min(part.to, room / speed);
    }
  };
  cut(a.x - b.x, a.x - double(bounds.left));
  cut(b.x - a.x, double(bounds.right) - a.x);
  cut(a.y - b.y, a.y - double(bounds.top));
  cut(b.y - a.y, double(bounds.bottom) - a.y);
  return part;
}

/// A dash pattern in pixels, walked along a line whatever its length.
class Dashes {
 public:
  Dashes(const std::vector<float>& pattern, float scale) {
    for (float length : pattern) lengths_.push_back(std::max(0.0, double(length) * double(scale)));
    if (lengths_.size() % 2 == 1) lengths_.insert(lengths_.end(), lengths_.begin(), lengths_.end());
    period_ = std::accumulate(lengths_.begin(), lengths_.end(), 0.0);
  }

  /// Gaps too small to be seen, or none.
  bool solid() const { return !(period_ > 0.05); }

  /// Calls on(from, to, before, after) for every drawn piece of [from, to], distances since the line's start;
  /// before and after: how far the dash reaches beyond the piece.
  template <class Draw>
  void walk(double from, double to, const Draw& on) const {
    double place = std::floor(from / period_) * period_;
    for (std::size_t i = 0; place < to; i = (i + 1) % lengths_.size()) {
      const double end = place + lengths_[i];
      if (i % 2 == 0 && end > from && end > place) {
        const double start = std::max(place, from), stop = std::min(end, to);
        on(start, stop, start - place, end - stop);
      }
      place = end;
    }
  }

  double wrapped(double distance) const { return std::fmod(distance, period_); }

 private:
  std::vector<double> lengths_;
  double period_ = 0;
};

/// The segments of one line in pixels.
class Stroker {
 public:
  Stroker(const plot::Polyline& line, const Frame& frame, Joins joins)
      : line_(line),
        frame_(frame),
        joins_(joins),
        dashes_(line.dash, frame.scale),
        half_width_(0.5 * double(line.width) * double(frame.scale)),
        room_(inflated(frame.visible, static_cast<float>(half_width_) + 2)),
        closed_(line.closed && line.colors.empty()) {}

  std::size_t segments() const {
    const std::size_t count = line_.points.size();
    return line_.colors.empty() ? count - (closed_ ? 0 : 1) : std::min(count - 1, line_.colors.size());
  }

  /// The line's segments from `first` up to `end`, which are of one colour.
  Stroke run(std::size_t first, std::size_t end) const {
    Stroke stroke;
    double distance = 0;
    for (std::size_t i = first; i < end; ++i) {
      const Vector a = corner(i), b = corner(i + 1);
      const double length = std::hypot(b.x - a.x, b.y - a.y);
      const Part part = inside(a, b, room_);
      if (dashes_.solid()) {
        if (part.from <= part.to) stroke.segments.push_back(segment(i, part.from, part.to, true, true));
        continue;
      }
      const bool joins_before = closed_ || i > first, joins_after = closed_ || i + 1 < end;
      if (length > 0 && part.from < part.to)
        dashes_.walk(distance + part.from * length, distance + part.to * length,
                     [&](double from, double to, double before, double after) {
                       double s = (from - distance) / length, t = (to - distance) / length;
                       const Joint start = joins_before && s <= 0 ? joint(i, before) : Joint{};
                       const Joint stop = joins_after && t >= 1 ? joint(i + 1, after) : Joint{};
                       s -= start.longer / length;
                       t += stop.longer / length;
                       stroke.segments.push_back(segment(i, s, t, start.round, stop.round));
                     });
      distance = dashes_.wrapped(distance + length);
    }
    stroke.apart = end - first == 1 || stroke.segments.size() == 1;
    return stroke;
  }

 private:
  struct Joint {
    bool round = false;
    double longer = 0;  ///< how far the segment is drawn beyond its end
  };

  Vector corner(std::size_t i) const {
    // So far away the direction of a line no longer shows, and double still knows parts of a pixel.
    const auto pixels = [this](float at) {
      return std::clamp(double(at) * double(frame_.scale), -1e12, 1e12);
    };
    const plot::Point& p = line_.points[i % line_.points.size()];
    return {pixels(p.x), pixels(p.y)};
  }

  /// How a dash goes round a corner after which it has `rest` pixels left. Where the line hardly turns, its
  /// pieces overlap by half a pixel so that no seam shows; a disc would stick out of a dash that ends soon.
  Joint joint(std::size_t at, double rest) const {
    const std::size_t count = line_.points.size();
    const Vector before = corner(at + count - 1), here = corner(at), after = corner(at + 1);
    const Vector in{here.x - before.x, here.y - before.y}, out{after.x - here.x, after.y - here.y};
    const double turn = std::abs(std::atan2(in.x * out.y - in.y * out.x, in.x * out.x + in.y * out.y));
    const bool sharp = half_width_ * std::tan(std::min(0.5 * turn, 1.5)) > 0.5;
    if (sharp && joins_ == Joins::mitre)
      return {.round = false, .longer = half_width_ * std::tan(0.5 * turn)};
    if (sharp && rest > 0.5 * half_width_) return {.round = true, .longer = 0};
    return {.round = false, .longer = std::min(0.5, rest)};
  }

  Segment segment(std::size_t i, double from, double to, bool round_start, bool round_end) const {
    const Vector a = corner(i), b = corner(i + 1), start = mix(a, b, from), end = mix(a, b, to);
    return {.from = {float(start.x), float(start.y)},
            .to = {float(end.x), float(end.y)},
            .half_width = static_cast<float>(half_width_),
            .round_start = round_start ? 1.0f : 0.0f,
            .round_end = round_end ? 1.0f : 0.0f,
            .color = line_.colors.empty() ? line_.color : line_.colors[i],
            .clip = frame_.clip};
  }

  const plot::Polyline& line_;
  const Frame& frame_;
  Joins joins_;
  Dashes dashes_;
  double half_width_;
  Bounds room_;
  bool closed_;
};

}  // namespace

std::vector<Stroke> strokes(const plot::Polyline& line, const Frame& frame, Joins joins) {
  std::vector<Stroke> out;
  if (line.points.size() < 2 || !(line.width > 0) || frame.visible.empty()) return out;
  const Stroker stroker(line, frame, joins);
  const std::size_t segments = stroker.segments();
  for (std::size_t first = 0, end = 0; first < segments; first = end) {
    end = line.colors.empty() ? segments : first + 1;
    while (end < segments && line.colors[end] == line.colors[first]) ++end;
    Stroke stroke = stroker.run(first, end);
    if (!stroke.segments.empty()) out.push_back(std::move(stroke));
  }
  return out;
}

plot::Polyline outline(const plot::Box& box) {
  const plot::Rect& r = box.rect;
  plot::Polyline line{.width = box.stroke_width, .color = box.stroke, .dash = box.dash, .closed = true};
  const float k = std::min({box.radius, r.width / 2, r.height / 2});
  if (!(k > 0)) {
    line.points = {{r.x, r.y}, {r.right(), r.y}, {r.right(), r.bottom()}, {r.x, r.bottom()}};
    return line;
  }
  const plot::Point centres[4] = {{r.right() - k, r.y + k},
                                  {r.right() - k, r.bottom() - k},
                                  {r.x + k, r.bottom() - k},
                                  {r.x + k, r.y + k}};
  const int steps = std::clamp(static_cast<int>(4 * std::sqrt(k)), 4, 64);
  for (int quarter = 0; quarter < 4; ++quarter)
    for (int step = 0; step <= steps; ++step) {
      const float angle =
          0.5f * std::numbers::pi_v<float> *
          (static_cast<float>(quarter - 1) + static_cast<float>(step) / static_cast<float>(steps));
      line.points.push_back(
          {centres[quarter].x + k * std::cos(angle), centres[quarter].y + k * std::sin(angle)});
    }
  return line;
}

}  // namespace gatescope::gl
