#include "core/views/graph_layout.h"

#include <memory>
#include <mutex>
#include <utility>

#include "core/views/graph_order.h"

namespace gatescope::views {
namespace {

using nn::Spot;

/// The last part: places across the drawing, and the wires.
class GraphLayout : private GraphOrder {
 public:
  explicit GraphLayout(const CellGraph& graph) : GraphOrder(graph) {}

  Sketch draw() {
    measure();
    find_order();
    const PlateForm* best = nullptr;
    double least = 0;
    for (const PlateForm& form : kForms) {
      if (best && (best->text > form.text || best->formula != form.formula)) break;
      if (fits(form) && (!best || type_.em < 0.8 * least)) {
        best = &form;
        least = type_.em;
      }
    }
    fits(best ? *best : kForms.back());
    route();
    return std::move(sketch_);
  }

 private:
  /// Text has a least size on the page, so that a drawing of many parts needs more units of it; whether there
  /// is room.
  bool fits(const PlateForm& form) {
    type_ = {.em = kTextUnits, .form = form};
    bool fit = false;
    for (int round = 0; round < 16; ++round) {
      measure();
      place();
      const double unit = std::min(kPageWidth / sketch_.width, kPageHeight / sketch_.height);
      const double em = std::max(kTextUnits, form.text / unit);
      fit = em <= kMostUnits;
      if (!fit || std::abs(em - type_.em) < 0.005) break;
      type_.em = em;
    }
    if (!fit) type_.em = kMostUnits;
    measure();
    place();
    return fit;
  }
  static constexpr double kMostUnits = 6;

  void place() {
    find_area();
    settle();
    straighten();
    sketch_ = {};
    const double margin = 6.9 * type_.em;
    double x = margin;
    gutters_.clear();
    column_left_.assign(graph_.columns.size(), 0);
    column_right_.assign(graph_.columns.size(), 0);
    for (int g = 0; g <= columns(); ++g) {
      gutters_.push_back(crossings(g));
      order_tracks(gutters_.back());
      int tracks = 0;
      for (const Crossing& one : gutters_.back()) tracks += !one.straight;
      gutter_left_.resize(static_cast<std::size_t>(g) + 1);
      gutter_left_[static_cast<std::size_t>(g)] = x;
      x += tracks == 0 ? gap() : track() * tracks + gap() / 2;
      if (g == columns()) break;
      column_left_[static_cast<std::size_t>(g)] = x;
      x += column_width(g);
      column_right_[static_cast<std::size_t>(g)] = x;
    }
    sketch_.left = margin;
    sketch_.right = x + 1.5;
    sketch_.width = sketch_.right + margin + 1.5;
    sketch_.top = kCardTop;
    sketch_.bottom = rail_ + 1.3 * gap();
    sketch_.key = {key_x(), sketch_.bottom + 0.9 * gap() + key_size() / 2};
    sketch_.height = sketch_.key.y + key_size() / 2 + 1;
  }
  double key_x() const { return sketch_.left - key_size() / 2; }

  double column_width(int c) const {
    double width = 0;
    for (const int k : order_[static_cast<std::size_t>(c)]) {
      if (slot(k).item < 0) continue;
      if (const auto& update = item(slot(k)).update) {
        width = std::max(width, update_width(*update));
        continue;
      }
      bool valves = false;
      for (const GraphPort& port : slot(k).ports) valves = valves || port.end == GraphPort::End::valve;
      width = std::max(width, width_of_column(c) + (valves ? 2 * valve() + 1.3 * gap() : 0) + head());
    }
    return width;
  }
  double riser_width(const StateUpdate& update, const Riser& riser) const {
    double width = operation_width(riser.meets, on_memory(update));
    for (const Operation& operation : riser.on_the_way)
      width = std::max(width, operation_width(operation, false));
    return width;
  }
  double update_width(const StateUpdate& update) const {
    double width = head();
    for (const Riser& riser : update.risers) width += riser_width(update, riser) + gap();
    return width;
  }

  // --- wires ---

  double track_x(int gutter, const Crossing& one) const {
    return gutter_left_[static_cast<std::size_t>(gutter)] + track() * (one.track + 0.75);
  }

  int ink_of(const GraphNet& of) const {
    return of.origins[0].channel < 0 ? nn::kMuted : of.origins[0].channel;
  }
  /// A gate as wide as it is open, as in the textbook drawings; other wires are thin, with their sign.
  SketchWire styled(const GraphNet& of, std::vector<Spot> points) const {
    SketchWire wire{.points = std::move(points), .from = of.origins, .ink = ink_of(of)};
    const Origin from = of.origins[0];
    if (from.channel < 0) return wire;
    const nn::Channel& channel = cell().channels[from.channel];
    if (channel.role == nn::Role::gate)
      wire.amount = {.channel = from.channel, .times = 0.3};
    else if (channel.role != nn::Role::internal)
      wire.amount = {.channel = from.channel, .before = from.previous, .full = from.channel, .times = 0.3};
    return wire;
  }

  void route() {
    draw_items();
    for (int g = 0; g <= columns(); ++g)
      for (const Crossing& one : gutters_[static_cast<std::size_t>(g)]) draw_crossing(g, one);
    draw_rails();
    for (const int state : lanes_) draw_way(state);
    draw_output();
  }

  /// What a wire does from where it enters the column to where it ends.
  void lead_in(const Exit& exit, int gutter, std::vector<Spot>& points) const {
    if (exit.slot < 0) return;
    const GraphSlot& receiver = slot(exit.slot);
    if (exit.port < 0) {
      points.push_back({column_right_[static_cast<std::size_t>(gutter)], exit.y});
      return;
    }
    const GraphPort& port = receiver.ports[static_cast<std::size_t>(exit.port)];
    const double plate = column_right_[static_cast<std::size_t>(gutter)] - width_of_column(gutter);
    switch (port.end) {
      case GraphPort::End::plate:
      case GraphPort::End::valve:
        points.push_back({plate, exit.y});
        break;
      case GraphPort::End::turn:
        points.push_back({plate - gap() - valve(), exit.y});
        break;
      case GraphPort::End::side: {
        const StateUpdate& update = *item(receiver).update;
        const Operation& operation = update.risers[static_cast<std::size_t>(port.group)]
                                         .on_the_way[static_cast<std::size_t>(port.place)];
        points.push_back({riser_x(receiver, port.group) - operation_width(operation, false) / 2, exit.y});
        break;
      }
      case GraphPort::End::riser:
        points.push_back({riser_x(receiver, port.group), exit.y});
        points.push_back({riser_x(receiver, port.group), riser_foot(receiver, port.group)});
        break;
    }
  }
  bool ends_with_head(const Exit& exit) const {
    if (exit.slot < 0 || exit.port < 0) return false;
    const GraphPort& port = slot(exit.slot).ports[static_cast<std::size_t>(exit.port)];
    if (port.end == GraphPort::End::turn) return false;
    if (port.end == GraphPort::End::side || port.end == GraphPort::End::riser) {
      const StateUpdate& update = *item(slot(exit.slot)).update;
      const Riser& riser = update.risers[static_cast<std::size_t>(port.group)];
      if (port.end == GraphPort::End::riser)
        return !riser.on_the_way.empty() ? riser.on_the_way.back().kind != OperationKind::valve
                                         : riser.meets.kind != OperationKind::valve;
      return riser.on_the_way[static_cast<std::size_t>(port.place)].kind != OperationKind::valve;
    }
    return true;
  }

  double riser_x(const GraphSlot& one, int riser) const {
    const StateUpdate& update = *item(one).update;
    double x = column_left_[static_cast<std::size_t>(one.column)] + head();
    for (int r = 0; r < riser; ++r)
      x += riser_width(update, update.risers[static_cast<std::size_t>(r)]) + gap();
    return x + riser_width(update, update.risers[static_cast<std::size_t>(riser)]) / 2;
  }
  double half_height(const Operation& operation, double stage) const {
    switch (operation.kind) {
      case OperationKind::valve:
        return valve();
      case OperationKind::function:
        return box_height() / 2;
      case OperationKind::expression:
        return (stage - 1) / 2;
      default:
        return disc();
    }
  }
  double half_on_way(const StateUpdate& update, const Operation& meets) const {
    return meets.kind == OperationKind::valve      ? (on_memory(update) ? memory_valve() : valve())
           : meets.kind == OperationKind::function ? box_height() / 2
                                                   : disc();
  }
  double way_y(const StateUpdate& update) const {
    return nets_[static_cast<std::size_t>(net_of_.at({update.state, false}))].lane;
  }
  /// Where what comes to a riser from below ends.
  double riser_foot(const GraphSlot& one, int riser) const {
    const StateUpdate& update = *item(one).update;
    const Riser& of = update.risers[static_cast<std::size_t>(riser)];
    const auto& stages = stages_.at(&one - slots_.data());
    if (!stages.empty())
      return one.top + stages.back().y + half_height(of.on_the_way.back(), stages.back().height);
    return way_y(update) + half_on_way(update, of.meets);
  }

  void draw_crossing(int gutter, const Crossing& one) {
    const GraphNet& of = nets_[static_cast<std::size_t>(one.net)];
    const double x = track_x(gutter, one);
    const double from = gutter == 0 ? sketch_.left : column_right_[static_cast<std::size_t>(gutter) - 1];
    const auto add = [&](std::vector<Spot> points, const Exit& exit) {
      lead_in(exit, gutter, points);
      SketchWire wire = styled(of, std::move(points));
      wire.arrow = ends_with_head(exit);
      sketch_.wires.push_back(std::move(wire));
    };
    if (one.straight && !one.tap) return add({{from, one.left}}, one.right.front());
    int ways = 0;
    for (const bool up : {true, false})
      ways += std::ranges::any_of(one.right, [&](const Exit& exit) {
        return up ? exit.y < one.left - 0.01 : exit.y > one.left + 0.01;
      });
    ways +=
        std::ranges::any_of(one.right, [&](const Exit& exit) { return std::abs(exit.y - one.left) <= 0.01; });
    if (!one.tap && ways > 1) sketch_.wires.push_back(styled(of, {{from, one.left}, {x, one.left}}));
    const auto start = [&] {
      std::vector<Spot> points;
      if (!one.tap && ways == 1) points.push_back({from, one.left});
      points.push_back({x, one.left});
      return points;
    };
    for (const bool up : {true, false}) {
      std::vector<Exit> side;
      for (const Exit& exit : one.right)
        if (up ? exit.y < one.left - 0.01 : exit.y > one.left + 0.01) side.push_back(exit);
      if (up) std::ranges::reverse(side);  // the farthest last
      for (std::size_t k = 0; k < side.size(); ++k) {
        if (k + 1 < side.size()) {
          sketch_.dots.push_back({{x, side[k].y}, ink_of(of)});
          add({{x, side[k].y}}, side[k]);
          continue;
        }
        auto points = start();
        points.push_back({x, side[k].y});
        add(std::move(points), side[k]);
      }
    }
    for (const Exit& exit : one.right)
      if (std::abs(exit.y - one.left) <= 0.01) add(start(), exit);
    const bool ends = of.on_rail && one.tap && is_last_tap(of, gutter);
    if (ways > 1 || (one.tap && !ends)) sketch_.dots.push_back({{x, one.left}, ink_of(of)});
  }
  bool is_last_tap(const GraphNet& of, int gutter) const { return !of.leaves && gutter == of.last; }

  void draw_rails() {
    const double key = sketch_.key.x;
    for (const GraphNet& of : nets_) {
      if (!of.on_rail) continue;
      const int index = static_cast<int>(&of - nets_.data());
      const auto x_in = [&](int gutter) {
        for (const Crossing& one : gutters_[static_cast<std::size_t>(gutter)])
          if (one.net == index) return track_x(gutter, one);
        return gutter_left_[static_cast<std::size_t>(gutter)];
      };
      const bool read = of.origins[0] == Origin{};
      const double from = of.slot >= 0 ? x_in(of.column + 1) : read ? key : 0;
      const double to = of.leaves ? sketch_.width : x_in(std::max(of.last, 0));
      if (of.last >= 0 || of.leaves) {
        SketchWire wire = styled(of, {{from, of.lane}, {to, of.lane}});
        wire.arrow = of.leaves;
        sketch_.wires.push_back(wire);
      }
      for (const Origin& origin : of.origins) {
        if (origin.channel < 0) continue;
        if (origin.previous) {
          sketch_.entering.push_back({{0, of.lane}, origin});
          if (read) {
            const GraphNet alone{.origins = {origin}};
            sketch_.wires.push_back(styled(alone, {{0, of.lane}, {key, of.lane}}));
          }
        } else {
          sketch_.leaving.push_back({{sketch_.width, of.lane}, origin});
        }
      }
      if (read) {
        sketch_.dots.push_back({{key, of.lane}, nn::kMuted});
        sketch_.wires.push_back({.points = {{key, sketch_.key.y - key_size() / 2}, {key, of.lane}},
                                 .from = {Origin{}},
                                 .arrow = true});
      }
    }
  }

  void draw_items() {
    for (const GraphSlot& one : slots_) {
      if (one.item < 0) continue;
      if (item(one).update) continue;
      const double width = width_of_column(one.column),
                   right = column_right_[static_cast<std::size_t>(one.column)], x = right - width / 2;
      const auto& plates = item(one).plates;
      double y = one.top + one.height;
      for (std::size_t k = 0; k < plates.size(); ++k) {
        const double height = k == 0 ? bottom_height_.at(one.item) : plate_height(plates[k], width);
        if (k > 0) {
          const GraphNet below{.origins = {{plates[k - 1].channel, false}}};
          SketchWire wire = styled(below, {{x, y}, {x, y - between()}});
          wire.arrow = true;
          sketch_.wires.push_back(wire);
          y -= between();
        }
        sketch_.plates.push_back(
            {{x, y - height / 2}, width, height, plates[k].channel, plates[k].formula, plates[k].brief});
        y -= height;
      }
      const double valve_x = right - width - gap() - valve();
      for (std::size_t k = 0; k < one.ports.size(); ++k) {
        const GraphPort& port = one.ports[k];
        if (port.end == GraphPort::End::valve)
          sketch_.valves.push_back(
              {{valve_x, one.top + port.dy}, valve(), port.valve_gate, false, port.complement});
        if (port.end != GraphPort::End::turn) continue;
        const GraphNet& gate = nets_[static_cast<std::size_t>(port.net)];
        const double at = one.top + port.dy;
        sketch_.wires.push_back(
            styled(gate, {{valve_x, at}, {valve_x, one.top + one.ports[k - 1].dy + valve()}}));
        if (k + 1 < one.ports.size() && one.ports[k + 1].group == port.group)
          sketch_.wires.push_back(
              styled(gate, {{valve_x, at}, {valve_x, one.top + one.ports[k + 1].dy - valve()}}));
      }
    }
  }

  /// The way of a state, what it meets, and what rises to it.
  void draw_way(int state) {
    const auto at = std::ranges::find_if(slots_, [&](const GraphSlot& one) {
      return one.item >= 0 && item(one).update && item(one).update->state == state;
    });
    const GraphSlot& one = *at;
    const StateUpdate& update = *item(one).update;
    const double y = way_y(update);
    const bool bus = on_memory(update);
    const double times = bus ? 1 : 0.45;
    nn::Amount amount{.channel = state, .before = true, .full = state, .times = times};
    double x = 0;
    for (std::size_t r = 0; r < update.risers.size(); ++r) {
      const Riser& riser = update.risers[r];
      const double here = riser_x(one, static_cast<int>(r));
      way_piece({{x, y}, {here, y}}, amount, state, bus, false);
      if (r == 0) sketch_.wires.back().from = {{state, true}};
      x = here;
      if (r == 0 && riser.meets.kind == OperationKind::valve) {
        amount.gate = riser.meets.gate;
        amount.share = riser.meets.complement ? nn::Share::rest : nn::Share::value;
      } else {
        amount = {};
      }
      draw_riser(one, update, static_cast<int>(r), here, y);
    }
    way_piece({{x, y}, {sketch_.width, y}}, {.channel = state, .full = state, .times = times}, state, bus,
              true);
    sketch_.wires.back().from = {{state, false}};
    sketch_.entering.push_back({{0, y}, {state, true}});
    sketch_.leaving.push_back({{sketch_.width, y}, {state, false}});
  }
  void way_piece(std::vector<Spot> points, const nn::Amount& amount, int state, bool bus, bool arrow) {
    sketch_.wires.push_back(
        {.points = std::move(points),
         .state = state,
         .amount = amount,
         .ink = state,
         .by_sign = amount.channel != nn::kNone && cell().channels[state].role != nn::Role::internal,
         .bus = bus,
         .arrow = arrow});
  }

  void draw_riser(const GraphSlot& one, const StateUpdate& update, int r, double x, double y) {
    const Riser& riser = update.risers[static_cast<std::size_t>(r)];
    const Operation& meets = riser.meets;
    draw_operation(meets, {x, y}, on_memory(update) ? memory_valve() : valve(), false, 0);
    double above = y + half_on_way(update, meets);
    bool weighed = false;
    const auto at_slot = std::ranges::find_if(
        slots_, [&](const GraphSlot& other) { return other.item == one.item && other.riser == r; });
    if (at_slot == slots_.end()) return;
    for (const RiserStage& stage : stages_.at(at_slot - slots_.begin())) {
      const Operation& operation = riser.on_the_way[static_cast<std::size_t>(stage.operation)];
      const double at = at_slot->top + stage.y, half = half_height(operation, stage.height);
      SketchWire wire{.points = {{x, at - half}, {x, above}}, .state = update.state, .arrow = true};
      const bool top = stage.operation == 0;
      const bool product = riser.on_the_way.size() == 1 && riser.content && operation.operands.size() == 1 &&
                           (operation.kind == OperationKind::valve || operation.kind == OperationKind::times);
      if (top && product && meets.kind == OperationKind::add) {
        const bool bus = on_memory(update);
        wire.amount = {.channel = riser.content->channel,
                       .before = riser.content->previous,
                       .gate = operation.operands[0].channel,
                       .share = operation.complement ? nn::Share::rest : nn::Share::value,
                       .full = update.state,
                       .times = bus ? 1 : 0.45};
        wire.by_sign = true;
        wire.ink = riser.content->channel;
        weighed = true;
      }
      if (operation.kind == OperationKind::valve && !weighed) wire.arrow = top;
      sketch_.wires.push_back(wire);
      draw_operation(operation, {x, at}, valve(), true, stage.height - 1);
      above = at + half;
    }
  }

  void draw_operation(const Operation& operation, Spot at, double radius, bool upright, double height) {
    switch (operation.kind) {
      case OperationKind::valve:
        sketch_.valves.push_back({at, radius, operation.gate, upright, operation.complement});
        return;
      case OperationKind::function:
      case OperationKind::expression:
        sketch_.plates.push_back({at, operation_width(operation, false),
                                  operation.kind == OperationKind::function ? box_height() : height,
                                  nn::kNone, operation.text, ""});
        return;
      case OperationKind::times:
        sketch_.nodes.push_back({at, "⊙"});
        return;
      case OperationKind::add:
        sketch_.nodes.push_back({at, "+"});
        return;
      case OperationKind::subtract:
        sketch_.nodes.push_back({at, "−"});
        return;
      case OperationKind::divide:
        sketch_.nodes.push_back({at, "÷"});
        return;
    }
  }

  /// What leaves the layer, and the key of what comes next.
  void draw_output() {
    const GraphNet& of = nets_[static_cast<std::size_t>(net_of_.at({cell().hidden(), false}))];
    double y = of.lane;
    if (!of.on_top && !of.on_rail) {
      y = slot(of.slot).top + slot(of.slot).out;
      SketchWire wire =
          styled(of, {{column_right_[static_cast<std::size_t>(of.column)], y}, {sketch_.width, y}});
      wire.by_sign = true;
      wire.arrow = true;
      sketch_.wires.push_back(wire);
      sketch_.leaving.push_back({{sketch_.width, y}, of.origins[0]});
    }
    // The key stands where most room is left between what leaves.
    const double x = sketch_.right + (sketch_.width - sketch_.right) / 2;
    double above = 0, below = sketch_.height;
    for (const SketchEnd& end : sketch_.leaving) {
      if (end.at.y < y - 0.01) above = std::max(above, end.at.y + 2.5);
      if (end.at.y > y + 0.01) below = std::min(below, end.at.y - type_.row() - 1.5);
    }
    const double label = type_.row() + 1.5, words = type_.row() + type_.line() + 1.2;
    const bool down = below - y >= std::min(y - label - above, 24.0 + words) || below - y > 26 + words;
    const double room = down ? below - y : y - above;
    const double away = std::clamp(room - words - key_size() / 2, 9.0, down ? 16.0 : 14.0 + label);
    sketch_.read_out_from = {x, y};
    sketch_.read_out = {x, down ? y + away : y - away};
  }

  std::vector<std::vector<Crossing>> gutters_;
  std::vector<double> gutter_left_, column_left_, column_right_;
  Sketch sketch_;
};

/// Moves where a wire leaves its plate, where it would run along another one at almost the same height.
void part_level_wires(Sketch& sketch) {
  constexpr double near = 0.6, apart = 1.4, overlap = 0.4;
  const auto shares = [&](const SketchWire& wire, const nn::Spot& spot) {
    const auto there = [&](const nn::Spot& other) {
      return std::abs(other.x - spot.x) < 0.01 && std::abs(other.y - spot.y) < 0.01;
    };
    return std::ranges::any_of(sketch.dots, there, &SketchDot::at) ||
           std::ranges::any_of(sketch.wires, [&](const SketchWire& other) {
             return &other != &wire && std::ranges::any_of(other.points, there);
           });
  };
  for (SketchWire& wire : sketch.wires) {
    if (wire.state != nn::kNone || wire.points.size() < 3 || wire.points[0].y != wire.points[1].y) continue;
    if (shares(wire, wire.points[0]) || shares(wire, wire.points[1])) continue;
    const auto plate = std::ranges::find_if(sketch.plates, [&](const SketchPlate& one) {
      return std::abs(one.at.x + one.width / 2 - wire.points[0].x) < 0.01 &&
             std::abs(one.at.y - wire.points[0].y) < one.height / 2;
    });
    if (plate == sketch.plates.end()) continue;
    // The height of another wire that would lie within `near` of this one at a height.
    const auto beside = [&](double y) -> std::optional<double> {
      const auto [from, to] = std::minmax(wire.points[0].x, wire.points[1].x);
      for (const SketchWire& other : sketch.wires) {
        if (other.from == wire.from || other.state != nn::kNone) continue;
        for (std::size_t k = 0; k + 1 < other.points.size(); ++k) {
          const nn::Spot &a = other.points[k], &b = other.points[k + 1];
          if (a.y == b.y && std::abs(a.y - y) < near &&
              std::min(std::max(a.x, b.x), to) - std::max(std::min(a.x, b.x), from) >= overlap)
            return a.y;
        }
      }
      return std::nullopt;
    };
    const double y = wire.points[0].y;
    const std::optional<double> too_near = beside(y);
    if (!too_near) continue;
    const double away = y < *too_near ? -apart : apart;
    for (const double moved : {*too_near + away, *too_near - away})
      if (!beside(moved) && std::abs(moved - plate->at.y) < plate->height / 2 - 1) {
        wire.points[0].y = wire.points[1].y = moved;
        break;
      }
  }
}

}  // namespace

bool Sketch::has_plate(int channel) const {
  return std::ranges::find(plates, channel, &SketchPlate::channel) != plates.end();
}

const Sketch& sketch_of(const nn::CellInfo& cell) {
  static std::mutex mutex;
  static std::map<const nn::CellInfo*, std::unique_ptr<const Sketch>> sketches;
  const nn::CellInfo* plain = &cell.alone();
  const std::lock_guard lock(mutex);
  auto& sketch = sketches[plain];
  if (!sketch) {
    const CellGraph graph = cell_graph(*plain);
    Sketch drawn = GraphLayout(graph).draw();
    part_level_wires(drawn);
    sketch = std::make_unique<const Sketch>(std::move(drawn));
  }
  return *sketch;
}

}  // namespace gatescope::views
