#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "core/utf8.h"
#include "core/views/cell_graph.h"

/// The first part of how a cell's graph is laid out (graph_layout.h): what stands in which column, which
/// wires end on it, and how much room it takes.
namespace gatescope::views {

using OperationKind = Operation::Kind;

inline constexpr double kMemoryValve = 5, kValve = 3.1, kDisc = 3;
inline constexpr double kCardTop = 3;
// Points of the page for which a drawing has room, and the size of its text in its units, at least.
inline constexpr double kPageWidth = 872, kPageHeight = 468, kTextUnits = 2.7;

/// How plates are filled. Text is of so many points at least; numbers stand beside their symbols or under
/// them; a plate is so many times the text's size wider than they are; it has room for its formula, or for
/// what is brief.
enum class FormulaRoom { whole, brief, none };
struct PlateForm {
  double text;
  bool stacked;
  double wider;
  FormulaRoom formula;
};
/// The first that fits on the page, or one with as great a text that leaves much more room to the rest; else
/// the last.
inline constexpr std::array<PlateForm, 8> kForms{{{13, false, 1, FormulaRoom::whole},
                                                  {13, true, 2, FormulaRoom::whole},
                                                  {13, true, 0.8, FormulaRoom::whole},
                                                  {11, true, 3.2, FormulaRoom::whole},
                                                  {11, true, 1.5, FormulaRoom::whole},
                                                  {11, true, 0.5, FormulaRoom::whole},
                                                  {11, true, 0.5, FormulaRoom::brief},
                                                  {11, true, 0.3, FormulaRoom::none}}};

/// How wide a text is, in times its size, about.
inline double about_ems(std::string_view text, bool bold) {
  double ems = 0;
  for (const char32_t letter : all_characters(text)) {
    const bool narrow =
        letter == U' ' || letter == U'(' || letter == U')' || letter == U',' || letter == U'′';
    const bool wide = letter == U'm' || letter == U'w' || letter == U'W' || letter == U'⊙';
    ems += narrow ? 0.4 : wide ? 0.97 : letter == U'ₜ' ? 0.42 : 0.64;
  }
  return bold ? 1.1 * ems : ems;
}

/// Text sizes of a drawing, in its units.
struct TextUnits {
  double em = kTextUnits;
  PlateForm form = kForms.front();

  double small() const { return std::max(0.85, 11 / form.text) * em; }
  double chip(std::string_view symbol) const {
    return (about_ems(symbol, true) + about_ems("ₜ", true) + 0.75) * em;
  }
  double number() const { return 3.8 * em; }
  double row() const { return 1.5 * em; }
  double line() const { return 1.25 * small(); }
};

/// Ends of wires on an item.
struct GraphPort {
  int net = -1;
  double dy = 0;  // below the item's top
  enum class End { plate, valve, turn, riser, side } end = End::plate;
  int group = 0;  // of a plate's entries; of an update the riser
  int place = 0;  // in it
  int valve_gate = nn::kNone;
  bool complement = false;
};

struct GraphSlot {
  int item = -1;  // or the net that passes
  int net = -1;
  int column = 0;
  int riser = -1;                       // of an update, which has a slot for each
  double top = 0, height = 0, out = 0;  // out: of its right end below its top
  std::vector<GraphPort> ports = {};
};

struct GraphNet {
  std::vector<Origin> origins;  // two that all go to the same receivers share a rail
  int slot = -1;                // of its source, none at the left edge
  int column = -1;              // of its source
  bool on_top = false, on_rail = false;
  double lane = 0;
  int lane_first = 0, lane_last = -1;  // gutters in which it can be tapped
  int last = -1;                       // column of its last receiver
  bool leaves = false;
  std::map<int, int> passes = {};  // slots, by columns
};

/// A part of an update that takes room below the lanes.
struct RiserStage {
  int operation = 0;
  double y = 0, height = 0;
};

class GraphSlots {
 protected:
  explicit GraphSlots(const CellGraph& graph) : graph_(graph) { make_slots(); }

  const nn::CellInfo& cell() const { return *graph_.cell; }
  const GraphItem& item(const GraphSlot& slot) const {
    return graph_.items[static_cast<std::size_t>(slot.item)];
  }
  GraphSlot& slot(int k) { return slots_[static_cast<std::size_t>(k)]; }
  const GraphSlot& slot(int k) const { return slots_[static_cast<std::size_t>(k)]; }
  GraphNet& net(int k) { return nets_[static_cast<std::size_t>(k)]; }
  int columns() const { return static_cast<int>(graph_.columns.size()); }
  std::vector<int>& column(int c) { return order_[static_cast<std::size_t>(c)]; }

  // --- what there is ---

  void make_slots() {
    order_.resize(graph_.columns.size());
    std::map<int, int> slot_of_item;
    for (int c = 0; c < columns(); ++c)
      for (const int k : graph_.columns[static_cast<std::size_t>(c)]) {
        slot_of_item[k] = static_cast<int>(slots_.size());
        const auto& update = graph_.items[static_cast<std::size_t>(k)].update;
        for (std::size_t r = 0; r < (update ? update->risers.size() : 1); ++r) {
          if (update && update->risers[r].on_the_way.empty() && !update->risers[r].content) continue;
          column(c).push_back(static_cast<int>(slots_.size()));
          slots_.push_back({.item = k, .column = c, .riser = update ? static_cast<int>(r) : -1});
        }
      }
    // Sources whose receivers are the same and that enter from outside share a rail.
    std::map<Origin, std::set<int>> receivers;
    for (const auto& [from, to] : graph_.edges) receivers[from].insert(to);
    receivers[{}];  // what is read is shown, whoever reads it
    const int hidden = cell().hidden();
    std::set<Origin> all;
    for (const auto& [from, to] : receivers) all.insert(from);
    for (const nn::State& state : cell().states) {
      all.insert({state.channel, true});
      all.insert({state.channel, false});
    }
    all.insert({hidden, false});
    for (const Origin& from : all) {
      if (from.previous && !graph_.has_way(from.channel) && receivers.contains({}) &&
          receivers[from] == receivers[{}] && net_of_.contains({})) {
        net(net_of_.at({})).origins.push_back(from);
        net_of_[from] = net_of_.at({});
        continue;
      }
      GraphNet one{.origins = {from}};
      const bool inside = from.channel >= 0 && !from.previous;
      if (inside) {
        one.slot = slot_of_item.at(graph_.item_of.at(from.channel));
        one.column = slot(one.slot).column;
        one.leaves = from.channel == hidden || cell().is_state(from.channel);
      }
      const bool way = from.channel >= 0 && graph_.has_way(from.channel);
      one.on_top = way;
      one.on_rail = !way && (!inside || (one.leaves && one.column + 1 < columns()) ||
                             (cell().is_state(from.channel) && from.channel != hidden));
      net_of_[from] = static_cast<int>(nets_.size());
      nets_.push_back(one);
    }
    for (GraphSlot& one : slots_) make_ports(one);
    for (const GraphSlot& one : slots_)
      for (const GraphPort& port : one.ports) net(port.net).last = std::max(net(port.net).last, one.column);
    for (GraphNet& one : nets_) {
      if (one.on_top) {
        const int update = slot(slot_of_item.at(graph_.item_of.at(one.origins[0].channel))).column;
        one.lane_first = one.origins[0].previous ? 0 : update + 1;
        one.lane_last = one.origins[0].previous ? update : columns();
      } else if (one.on_rail) {
        one.lane_first = one.slot < 0 ? 0 : one.column + 2;
        one.lane_last = columns();
      }
    }
    for (std::size_t n = 0; n < nets_.size(); ++n) {
      const int first = nets_[n].on_top    ? std::max(nets_[n].lane_last, 0)
                        : nets_[n].on_rail ? columns()
                                           : nets_[n].column + 1;
      for (int c = first; c < nets_[n].last; ++c) {
        nets_[n].passes[c] = static_cast<int>(slots_.size());
        column(c).push_back(static_cast<int>(slots_.size()));
        slots_.push_back({.net = static_cast<int>(n), .column = c});
      }
    }
    for (const nn::State& state : cell().states)
      if (graph_.has_way(state.channel)) lanes_.push_back(state.channel);
    // The memory on top, then what is computed last.
    const int memory = cell().memory();
    std::ranges::stable_sort(lanes_, [&](int a, int b) {
      if ((a == memory) != (b == memory)) return a == memory;
      return slot(slot_of_item.at(graph_.item_of.at(a))).column >
             slot(slot_of_item.at(graph_.item_of.at(b))).column;
    });
  }

  void make_ports(GraphSlot& one) {
    if (one.item < 0) return;
    if (const auto& update = item(one).update) {
      {
        const int group = one.riser;
        const Riser& riser = update->risers[static_cast<std::size_t>(group)];
        for (std::size_t k = 0; k < riser.on_the_way.size(); ++k)
          for (const Origin& from : riser.on_the_way[k].operands)
            one.ports.push_back({.net = net_of_.at(from),
                                 .end = GraphPort::End::side,
                                 .group = group,
                                 .place = static_cast<int>(k)});
        if (riser.content)
          one.ports.push_back({.net = net_of_.at(*riser.content),
                               .end = GraphPort::End::riser,
                               .group = group,
                               .place = static_cast<int>(riser.on_the_way.size())});
      }
      return;
    }
    // Two channels that one gate multiplies have it between them.
    const auto& entries = item(one).plates.front().entries;
    std::map<int, std::vector<const Entry*>> gated;
    for (const Entry& entry : entries)
      if (entry.gate != nn::kNone) gated[entry.gate].push_back(&entry);
    int group = 0;
    for (const auto& gate_and_gated : gated)
      for (std::size_t k = 0; k < gate_and_gated.second.size(); k += 2) {
        const int gate = gate_and_gated.first;
        const auto& through = gate_and_gated.second;
        const auto add = [&](const Entry& entry, int place) {
          one.ports.push_back({.net = net_of_.at(entry.from),
                               .end = GraphPort::End::valve,
                               .group = group,
                               .place = place,
                               .valve_gate = gate,
                               .complement = entry.complement});
        };
        add(*through[k], 0);
        one.ports.push_back(
            {.net = net_of_.at({gate, false}), .end = GraphPort::End::turn, .group = group, .place = 1});
        if (k + 1 < through.size()) add(*through[k + 1], 2);
        ++group;
      }
    for (const Entry& entry : entries)
      if (entry.gate == nn::kNone) {
        const int of = net_of_.at(entry.from);
        // Of two that share a rail one wire comes.
        const bool there = std::ranges::any_of(one.ports, [&](const GraphPort& port) {
          return port.net == of && port.end == GraphPort::End::plate;
        });
        if (!there) one.ports.push_back({.net = of, .group = group++});
      }
  }

  // --- sizes ---

  // Distances in units that are not less than so many times the text's size.
  double at_least(double units, double ems) const { return std::max(units, ems * type_.em); }
  double memory_valve() const { return at_least(kMemoryValve, 0.8); }
  double track() const { return at_least(2.4, 0.42); }      // between wires that run side by side
  double head() const { return at_least(3, 0.75); }         // room for an arrow
  double entry_row() const { return at_least(2.8, 0.62); }  // of an entry without a valve
  double apart() const { return at_least(2.8, 0.7); }       // between plates of a column
  double between() const { return at_least(3.4, 0.85); }    // between plates that stand on each other
  double gap() const { return at_least(2.4, 0.5); }
  double key_size() const { return at_least(8.4, 1.6); }
  double valve() const { return std::max(kValve, 0.55 * type_.em); }
  double disc() const { return std::max(kDisc, 0.6 * type_.em); }
  double box_height() const { return 1.6 * type_.em; }

  double lines(const ChannelPlate& plate, double width) const {
    if (type_.form.formula != FormulaRoom::whole)
      return type_.form.formula == FormulaRoom::none || plate.brief.empty() ? 0 : 1;
    const double length = about_ems(plate.formula, false) * type_.small(), room = width - 0.6 * type_.em;
    if (length <= room) return plate.formula.empty() ? 0 : 1;
    return std::min(6.0, std::ceil(1.15 * length / room));
  }
  double plate_width(const ChannelPlate& plate) const {
    const double chip = type_.chip(cell().channels[plate.channel].symbol);
    const double label =
        type_.form.stacked ? std::max(chip, type_.number()) : chip + 0.4 * type_.em + type_.number();
    return std::max(label + type_.form.wider * type_.em, longest_word(plate));
  }
  /// A formula is broken at its spaces alone.
  double longest_word(const ChannelPlate& plate) const {
    if (type_.form.formula != FormulaRoom::whole) return 0;
    double longest = 0;
    for (std::size_t from = 0; from < plate.formula.size();) {
      const std::size_t end = std::min(plate.formula.find(' ', from), plate.formula.size());
      longest = std::max(longest, about_ems(std::string_view(plate.formula).substr(from, end - from), false));
      from = end + 1;
    }
    return longest * type_.small() + 0.8 * type_.em;
  }
  double plate_height(const ChannelPlate& plate, double width) const {
    return (type_.form.stacked ? 2 : 1) * type_.row() + lines(plate, width) * type_.line() + 0.5 * type_.em;
  }
  double height_of(const GraphPort& port) const {
    return port.end == GraphPort::End::valve  ? 2 * valve() + 0.25 * gap()
           : port.end == GraphPort::End::turn ? gap()
                                              : entry_row();
  }
  double width_of_column(int c) const {
    double width = 0;
    for (const int k : order_[static_cast<std::size_t>(c)])
      if (slot(k).item >= 0 && !item(slot(k)).update)
        for (const ChannelPlate& plate : item(slot(k)).plates) width = std::max(width, plate_width(plate));
    return width;
  }
  double expression_width(const Operation& operation) const {
    return (about_ems(operation.text, false) + 1) * type_.small();
  }
  double operation_width(const Operation& operation, bool on_memory) const {
    switch (operation.kind) {
      case OperationKind::valve:
        return 2 * (on_memory ? memory_valve() : valve());
      case OperationKind::function:
        return (about_ems(operation.text, false) + 1) * type_.small();
      case OperationKind::expression:
        return expression_width(operation);
      default:
        return 2 * disc();
    }
  }
  bool on_memory(const StateUpdate& update) const { return update.state == lanes_.front(); }

  void measure() {
    for (GraphSlot& one : slots_) {
      if (one.item < 0) {
        one.height = gap();
        one.out = gap() / 2;
        continue;
      }
      if (item(one).update) {
        measure_riser(one);
        continue;
      }
      const double width = width_of_column(one.column);
      const auto& plates = item(one).plates;
      double rows = 0;
      for (const GraphPort& port : one.ports) rows += height_of(port);
      double height = std::max(rows, plate_height(plates.front(), width));
      bottom_height_[one.item] = height;
      for (std::size_t k = 1; k < plates.size(); ++k) height += between() + plate_height(plates[k], width);
      one.height = height;
      one.out = plates.size() == 1 ? height / 2 : plate_height(plates.back(), width) / 2;
      place_ports(one);
    }
  }
  void place_ports(GraphSlot& one) {
    if (one.item < 0 || item(one).update) return;
    double rows = 0;
    for (const GraphPort& port : one.ports) rows += height_of(port);
    double y = one.height - bottom_height_.at(one.item) + (bottom_height_.at(one.item) - rows) / 2;
    for (GraphPort& port : one.ports) {
      port.dy = y + height_of(port) / 2;
      y += height_of(port);
    }
  }
  double stage_height(const Operation& operation) const {
    switch (operation.kind) {
      case OperationKind::valve:
        return 2 * valve() + 1.6;
      case OperationKind::function:
        return box_height() + 1.6;
      case OperationKind::expression:
        return std::max(box_height(), entry_row() * static_cast<double>(operation.operands.size())) + 1;
      default:
        return 2 * disc() + 1.6;
    }
  }
  void measure_riser(GraphSlot& one) {
    const Riser& riser = item(one).update->risers[static_cast<std::size_t>(one.riser)];
    double y = 0;
    auto& stages = stages_[&one - slots_.data()];
    stages.clear();
    for (std::size_t k = 0; k < riser.on_the_way.size(); ++k) {
      const double height = stage_height(riser.on_the_way[k]);
      stages.push_back({static_cast<int>(k), y + height / 2, height});
      const double operands = static_cast<double>(riser.on_the_way[k].operands.size());
      double at = y + height / 2 - entry_row() * (operands - 1) / 2;
      for (GraphPort& port : one.ports)
        if (port.end == GraphPort::End::side && port.place == static_cast<int>(k)) {
          port.dy = at;
          at += entry_row();
        }
      y += height;
    }
    if (riser.content) {
      const double down = riser.on_the_way.empty() ? 0 : head();
      one.ports.back().dy = y + down + entry_row() / 2;
      y += down + entry_row();
    }
    one.height = y;
    one.out = 0;
  }

  const CellGraph& graph_;
  TextUnits type_;
  std::vector<GraphSlot> slots_;
  std::vector<GraphNet> nets_;
  std::map<Origin, int> net_of_;
  std::vector<int> lanes_;
  std::vector<std::vector<int>> order_;
  std::map<int, double> bottom_height_;
  std::map<std::ptrdiff_t, std::vector<RiserStage>> stages_;  // by slots
};

}  // namespace gatescope::views
