#include "core/plot/between.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace gatescope::plot {
namespace {

/// Moves what a mark shows; what has no counterpart stays.
struct Mover {
  double share;

  double at(double from, double to) const {
    return std::isfinite(from) && std::isfinite(to) ? from + share * (to - from) : to;
  }
  void move(const std::vector<double>& from, std::vector<double>& to) const {
    if (from.size() != to.size()) return;
    for (std::size_t k = 0; k < to.size(); ++k) to[k] = at(from[k], to[k]);
  }
  void move(const std::optional<double>& from, std::optional<double>& to) const {
    if (from && to) to = at(*from, *to);
  }

  void operator()(const Heatmap& from, Heatmap& to) const {
    const Matrix &a = from.values, &b = to.values;
    if (a.empty() || b.empty() || a.rows != b.rows || a.columns != b.columns || a.order != b.order) return;
    std::vector<float> values(b.values->size());
    const auto part = static_cast<float>(share);
    for (std::size_t k = 0; k < values.size(); ++k) {
      const float one = (*a.values)[k], other = (*b.values)[k];
      values[k] = std::isfinite(one) && std::isfinite(other) ? one + part * (other - one) : other;
    }
    to.values = Matrix(b.rows, b.columns, std::move(values), b.order);
  }
  void operator()(const Line& from, Line& to) const {
    if (from.x.size() != to.x.size() || from.y.size() != to.y.size()) return;
    move(from.x, to.x);
    move(from.y, to.y);
  }
  void operator()(const Band& from, Band& to) const {
    move(from.low, to.low);
    move(from.high, to.high);
  }
  void operator()(const Bars& from, Bars& to) const {
    if (from.categories == to.categories) move(from.values, to.values);
  }
  void operator()(const TextStrip& from, TextStrip& to) const {
    move(from.values, to.values);
    move(from.gaps, to.gaps);
  }
  void operator()(const Scatter& from, Scatter& to) const {
    move(from.x, to.x);
    move(from.y, to.y);
  }
  void operator()(const Diagram& from, Diagram& to) const {
    if (from.valves.size() != to.valves.size() || from.wires.size() != to.wires.size()) return;
    for (std::size_t k = 0; k < to.valves.size(); ++k)
      to.valves[k].opening = at(from.valves[k].opening, to.valves[k].opening);
    for (std::size_t k = 0; k < to.wires.size(); ++k) move(from.wires[k].flow, to.wires[k].flow);
  }
  template <class Other>
  void operator()(const Other&, Other&) const {}
};

/// What tells the marks of one kind in a panel apart; those without a name are not moved where they may be
/// other ones.
bool corresponds(const Line& from, const Line& to) {
  return !to.name.empty() && from.name == to.name;
}
bool corresponds(const Scatter& from, const Scatter& to) {
  return from.name == to.name;
}
template <class Other>
bool corresponds(const Other&, const Other&) {
  return true;
}

template <class Kind>
void move_kind(const Panel& from, Kind& to, std::size_t nth, const Mover& mover) {
  const Kind* found = nullptr;
  for (const Mark& mark : from.marks) {
    const auto* candidate = std::get_if<Kind>(&mark);
    if (!candidate) continue;
    if constexpr (std::is_same_v<Kind, Line> || std::is_same_v<Kind, Scatter>) {
      if (!found && corresponds(*candidate, to)) found = candidate;
    } else if (nth-- == 0) {
      found = candidate;
    }
    if (found) break;
  }
  if (found) mover(*found, to);
}

void move_panel(const Panel& from, Panel& to, const Mover& mover) {
  for (std::size_t k = 0; k < to.marks.size(); ++k) {
    std::size_t nth = 0;
    for (std::size_t j = 0; j < k; ++j) nth += to.marks[j].index() == to.marks[k].index();
    std::visit([&](auto& mark) { move_kind(from, mark, nth, mover); }, to.marks[k]);
  }
}

}  // namespace

Figure between(const Figure& from, const Figure& to, double share) {
  Figure figure = to;
  if (share >= 1) return figure;
  const Mover mover{std::max(share, 0.0)};
  for (std::size_t k = 0; k < figure.panels.size(); ++k) {
    Panel& panel = figure.panels[k];
    const Panel* before = nullptr;
    for (const Panel& other : from.panels)
      if (!panel.key.empty() && other.key == panel.key) before = &other;
    if (panel.key.empty() && from.panels.size() == to.panels.size() && from.panels[k].key.empty())
      before = &from.panels[k];
    if (before) move_panel(*before, panel, mover);
  }
  return figure;
}

}  // namespace gatescope::plot
