#include "core/views/graph_layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>

#include "core/utf8.h"

namespace gatescope::views {
namespace {

using nn::Spot;
using OperationKind = Operation::Kind;

constexpr double kMemoryValve = 5, kValve = 3.1, kDisc = 3;
constexpr double kCardTop = 3;
// Points of the page for which a drawing has room, and the size of its text in its units, at least.
constexpr double kPageWidth = 872, kPageHeight = 468, kTextUnits = 2.7;

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
/// Of those with the greatest text that fit on the page the one that leaves most room to the rest; else the
/// last.
constexpr std::array<PlateForm, 7> kForms{{{13, false, 1, FormulaRoom::whole},
                                           {13, true, 2, FormulaRoom::whole},
                                           {13, true, 0.8, FormulaRoom::whole},
                                           {11, true, 1.5, FormulaRoom::whole},
                                           {11, true, 0.5, FormulaRoom::whole},
                                           {11, true, 0.5, FormulaRoom::brief},
                                           {11, true, 0.3, FormulaRoom::none}}};

/// How wide a text is, in times its size, about.
double about_ems(std::string_view text, bool bold) {
  double ems = 0;
  for (const char32_t letter : all_characters(text)) {
    const bool narrow =
        letter == U' ' || letter == U'(' || letter == U')' || letter == U',' || letter == U'′';
    ems += narrow ? 0.36 : letter == U'ₜ' ? 0.42 : 0.64;
  }
  return bold ? 1.1 * ems : ems;
}

/// Text sizes of a drawing, in its units.
struct TextUnits {
  double em = kTextUnits;
  PlateForm form = kForms.front();

  double small() const { return 0.85 * em; }
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

class GraphLayout {
 public:
  explicit GraphLayout(const CellGraph& graph) : graph_(graph) { make_slots(); }

  Sketch draw() {
    measure();
    find_order();
    const PlateForm* best = nullptr;
    double least = kMostUnits;
    for (const PlateForm& form : kForms) {
      if (best && (best->text > form.text || best->formula != form.formula)) break;
      if (fits(form) && type_.em < least - 0.01) {
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
    return std::min(4.0, std::ceil(1.15 * length / room));
  }
  double plate_width(const ChannelPlate& plate) const {
    const double chip = type_.chip(cell().channels[plate.channel].symbol);
    return (type_.form.stacked ? std::max(chip, type_.number()) : chip + 0.4 * type_.em + type_.number()) +
           type_.form.wider * type_.em;
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
      one.ports.back().dy = y + entry_row() / 2;
      y += entry_row();
    }
    one.height = y;
    one.out = 0;
  }

  // --- order and heights ---

  bool tapped(const GraphNet& one, int gutter) const {
    return (one.on_top || one.on_rail) && gutter >= one.lane_first && gutter <= one.lane_last;
  }
  /// Where the net comes from, left of a gutter.
  double left_y(const GraphNet& one, int gutter) const {
    if (tapped(one, gutter)) return one.lane;
    if (one.column == gutter - 1 && one.slot >= 0) return slot(one.slot).top + slot(one.slot).out;
    const auto pass = one.passes.find(gutter - 1);
    return pass == one.passes.end() ? one.lane : slot(pass->second).top + slot(pass->second).out;
  }

  /// Heights of all items for the order of the columns: each as near to the height of its neighbours as the
  /// others of its column let it. A better order costs less.
  double settle() {
    for (int c = 0; c < columns(); ++c) {
      double y = area_top_;
      for (const int k : column(c)) {
        slot(k).top = y;
        y += slot(k).height + apart();
      }
    }
    for (int sweep = 0; sweep < 10; ++sweep)
      for (int n = 0; n < columns(); ++n) {
        const int c = sweep % 2 == 0 ? n : columns() - 1 - n;
        for (const int k : column(c)) sort_ports(slot(k));
        settle_column(c);
      }
    return cost();
  }

  void sort_ports(GraphSlot& one) {
    if (one.item < 0 || item(one).update || one.ports.size() < 2) return;
    std::map<int, std::pair<double, int>> heights;
    for (const GraphPort& port : one.ports) {
      heights[port.group].first += left_y(net(port.net), one.column);
      ++heights[port.group].second;
    }
    std::ranges::stable_sort(one.ports, [&](const GraphPort& a, const GraphPort& b) {
      if (a.group == b.group) return a.place < b.place;
      const auto mean = [&](int group) { return heights.at(group).first / heights.at(group).second; };
      return mean(a.group) < mean(b.group);
    });
    // A gate between two valves: the upper one is that whose channel comes from above.
    for (std::size_t k = 0; k + 2 < one.ports.size(); ++k)
      if (one.ports[k + 1].end == GraphPort::End::turn && one.ports[k + 2].group == one.ports[k].group &&
          one.ports[k + 2].end == GraphPort::End::valve &&
          left_y(net(one.ports[k].net), one.column) > left_y(net(one.ports[k + 2].net), one.column)) {
        std::swap(one.ports[k], one.ports[k + 2]);
        std::swap(one.ports[k].place, one.ports[k + 2].place);
      }
    place_ports(one);
  }

  void settle_column(int c) {
    const std::vector<int>& slots = column(c);
    struct Block {
      double sum, weight;
      int count;
      double mean() const { return sum / weight; }
    };
    std::vector<Block> blocks;
    std::vector<double> before;  // heights above each
    double above = 0;
    for (const int k : slots) {
      before.push_back(above);
      above += slot(k).height + apart();
    }
    const double room = std::max(0.0, area_height_ - (above - apart()));
    for (std::size_t n = 0; n < slots.size(); ++n) {
      double sum = 0.02 * (area_top_ + before[n] + room / 2), weight = 0.02;
      wishes(slot(slots[n]), [&](double top, double of) {
        sum += of * top;
        weight += of;
      });
      blocks.push_back({sum - weight * before[n], weight, 1});
      while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
        const Block last = blocks.back();
        blocks.pop_back();
        blocks.back().sum += last.sum;
        blocks.back().weight += last.weight;
        blocks.back().count += last.count;
      }
    }
    std::size_t n = 0;
    for (const Block& block : blocks)
      for (int k = 0; k < block.count; ++k, ++n)
        slot(slots[n]).top = std::clamp(block.mean(), area_top_, area_top_ + room) + before[n];
  }

  template <class Wish>
  void wishes(const GraphSlot& one, Wish wish) const {
    const auto from = [&](const GraphNet& of, double dy, double weight) {
      const double y = left_y(of, one.column);
      const bool lane = tapped(of, one.column);
      wish(y - dy, lane ? 0.15 : weight);
    };
    if (one.net >= 0) {
      const GraphNet& of = nets_[static_cast<std::size_t>(one.net)];
      from(of, one.out, of.passes.contains(one.column - 1) ? 6 : 2);
      to(of, one.column + 1, one.out, of.passes.contains(one.column + 1) ? 6 : 2, wish);
      return;
    }
    for (const GraphPort& port : one.ports) from(nets_[static_cast<std::size_t>(port.net)], port.dy, 1);
    if (item(one).update) return;
    for (const GraphNet& of : nets_)
      if (of.slot >= 0 && &slot(of.slot) == &one) to(of, one.column + 1, one.out, 1, wish);
  }
  template <class Wish>
  void to(const GraphNet& of, int next, double out, double weight, Wish& wish) const {
    if (next >= columns()) return;
    const auto index = &of - nets_.data();
    for (const int k : order_[static_cast<std::size_t>(next)]) {
      const GraphSlot& receiver = slot(k);
      if (receiver.net == index) wish(receiver.top + receiver.out - out, weight);
      for (const GraphPort& port : receiver.ports)
        if (port.net == index) wish(receiver.top + port.dy - out, weight);
    }
  }

  /// Where a net goes to the right of a gutter.
  struct Exit {
    double y;
    int slot;  // or none: its rail
    int port;  // or none: it passes
  };
  std::vector<Exit> exits(int of, int gutter) const {
    std::vector<Exit> all;
    const GraphNet& one = nets_[static_cast<std::size_t>(of)];
    if (gutter < columns()) {
      const bool tap = tapped(one, gutter), adjacent = one.column == gutter - 1 && one.slot >= 0;
      const bool passing = one.passes.contains(gutter - 1);
      if (tap || adjacent || passing)
        for (const int k : order_[static_cast<std::size_t>(gutter)]) {
          if (slot(k).net == of) all.push_back({slot(k).top + slot(k).out, k, -1});
          for (std::size_t p = 0; p < slot(k).ports.size(); ++p)
            if (slot(k).ports[p].net == of)
              all.push_back({slot(k).top + slot(k).ports[p].dy, k, static_cast<int>(p)});
        }
    }
    if (one.on_rail && one.slot >= 0 && gutter == one.column + 1) all.push_back({one.lane, -1, -1});
    std::ranges::sort(all, {}, &Exit::y);
    return all;
  }

  /// A net in a gutter: a vertical piece, where it does not go straight on.
  struct Crossing {
    int net;
    double left;
    std::vector<Exit> right;
    double low, high;
    bool straight, tap;
    int track = 0;
  };
  std::vector<Crossing> crossings(int gutter) const {
    std::vector<Crossing> all;
    for (std::size_t n = 0; n < nets_.size(); ++n) {
      const auto right = exits(static_cast<int>(n), gutter);
      if (right.empty()) continue;
      const double left = left_y(nets_[n], gutter);
      const double low = std::min(left, right.front().y), high = std::max(left, right.back().y);
      all.push_back(
          {static_cast<int>(n), left, right, low, high, high - low < 0.01, tapped(nets_[n], gutter)});
    }
    return all;
  }

  static double against(const Crossing& a, const Crossing& b) {  // a's track is left of b's
    constexpr double kNear = 1.1;
    double cost = 0;
    const auto strikes = [](double y, const Crossing& other) {
      return !other.straight && y > other.low - 0.5 && y < other.high + 0.5;
    };
    for (const Exit& exit : a.right) {
      cost += strikes(exit.y, b);
      if (!b.tap && std::abs(exit.y - b.left) < kNear) cost += 40;
    }
    if (!b.tap) cost += strikes(b.left, a);
    return cost;
  }
  /// Gives the crossings of a gutter their tracks, from the left; what that costs.
  static double order_tracks(std::vector<Crossing>& all) {
    std::vector<int> turning;
    double cost = 0;
    for (std::size_t k = 0; k < all.size(); ++k)
      if (!all[k].straight) turning.push_back(static_cast<int>(k));
    const auto one = [&](std::size_t n) -> Crossing& { return all[static_cast<std::size_t>(turning[n])]; };
    std::ranges::sort(turning, [&](int a, int b) {
      return all[static_cast<std::size_t>(a)].low > all[static_cast<std::size_t>(b)].low;
    });
    for (bool better = true; better;) {
      better = false;
      for (std::size_t n = 0; n + 1 < turning.size(); ++n)
        if (against(one(n + 1), one(n)) < against(one(n), one(n + 1)) - 1e-9) {
          std::swap(turning[n], turning[n + 1]);
          better = true;
        }
      if (++cost > 60) break;  // going round
    }
    cost = 0;
    for (std::size_t n = 0; n < turning.size(); ++n) {
      one(n).track = static_cast<int>(n);
      for (std::size_t m = n + 1; m < turning.size(); ++m) cost += against(one(n), one(m));
    }
    for (const Crossing& straight : all)
      if (straight.straight)
        for (const Crossing& other : all)
          if (!other.straight) cost += straight.left > other.low && straight.left < other.high;
    return cost;
  }

  double cost() const {
    double sum = 0;
    for (int g = 0; g <= columns(); ++g) {
      auto all = crossings(g);
      sum += order_tracks(all);
      for (const Crossing& one : all) sum += 0.012 * (one.high - one.low) + (one.straight ? 0 : 0.15);
    }
    // What lies above a riser in its column is crossed by it; of two risers only the right one's wires.
    for (const auto& slots : order_)
      for (std::size_t n = 0; n < slots.size(); ++n)
        for (std::size_t m = n + 1; m < slots.size(); ++m) {
          const GraphSlot &upper = slot(slots[n]), &lower = slot(slots[m]);
          if (lower.riser < 0) continue;
          if (upper.riser < 0)
            sum += upper.item < 0 ? 1 : 1e4;  // it would run through a plate
          else if (upper.riser > lower.riser)
            sum += static_cast<double>(upper.ports.size());
        }
    return sum;
  }

  void find_area() {
    area_height_ = 0;
    for (int c = 0; c < columns(); ++c) {
      double height = -apart();
      for (const int k : column(c)) height += slot(k).height + apart();
      area_height_ = std::max(area_height_, height);
    }
    double y = kCardTop + 2.9 * type_.em + gap();
    for (std::size_t n = 0; n < lanes_.size(); ++n) {
      const int state = lanes_[n];
      for (const bool previous : {false, true}) net(net_of_.at({state, previous})).lane = y;
      y += std::max((n == 0 ? memory_valve() : valve()) + valve() + gap(), type_.row() + gap());
    }
    area_top_ = lanes_.empty()
                    ? kCardTop + 3
                    : net(net_of_.at({lanes_.back(), false})).lane +
                          std::max(lanes_.size() == 1 ? memory_valve() : disc() + 1, disc() + 1) + gap();
    find_rails();
  }
  /// Rails below: what is read on the lowest, others where there is room over their steps.
  void find_rails() {
    const double step = type_.row() + 0.6 * gap();
    struct Used {
      int first, last;
    };
    std::vector<std::vector<Used>> rails;
    const double top = area_top_ + area_height_ + gap();
    for (GraphNet& one : nets_) {
      if (!one.on_rail || one.origins[0] == Origin{}) continue;
      const Used used{one.slot < 0 ? -1 : one.column + 1, one.leaves ? columns() + 1 : std::max(one.last, 0)};
      std::size_t at = 0;
      for (; at < rails.size(); ++at)
        if (std::ranges::none_of(rails[at], [&](const Used& other) {
              return used.first <= other.last && other.first <= used.last;
            }))
          break;
      if (at == rails.size()) rails.emplace_back();
      rails[at].push_back(used);
      one.lane = top + type_.row() + step * static_cast<double>(at);
    }
    const GraphNet& read = net(net_of_.at({}));
    const bool labelled = read.origins.size() > 1;
    rail_ = rails.empty() ? top + (labelled ? type_.row() : 1)
                          : top + type_.row() + step * static_cast<double>(rails.size() - 1) +
                                (labelled ? step : 1.3 * gap());
    net(net_of_.at({})).lane = rail_;
  }

  /// Columns in an order of few crossings: by the mean of the neighbours, then better one by one; from three
  /// beginnings, with what only passes as it came, on top, and below.
  void find_order() {
    find_area();
    const auto came = order_;
    auto best = came;
    double least = std::numeric_limits<double>::infinity();
    for (const int beginning : {0, 1, 2}) {
      order_ = came;
      for (auto& slots : order_)
        std::ranges::stable_sort(slots, {}, [&](int k) {
          const bool pass = slot(k).item < 0;
          return slot(k).riser >= 0 ? -1 : beginning == 1 ? !pass : beginning == 2 ? pass : 0;
        });
      const double now = improve();
      if (now < least) {
        least = now;
        best = order_;
      }
    }
    order_ = best;
    settle();
  }

  double improve() {
    double best = sort_by_neighbours();
    for (int round = 0; round < 4; ++round) {
      bool better = false;
      const auto keep_if_better = [&](auto change) {
        const auto kept = order_;
        change();
        const double now = settle();
        if (now < best - 1e-9) {
          best = now;
          better = true;
        } else {
          order_ = kept;
        }
      };
      for (int c = 0; c < columns(); ++c)
        for (std::size_t from = 0; from < column(c).size(); ++from)
          for (std::size_t into = 0; into < column(c).size(); ++into) {
            if (from == into) continue;
            keep_if_better([&] {
              const int moved = column(c)[from];
              column(c).erase(column(c).begin() + static_cast<std::ptrdiff_t>(from));
              column(c).insert(column(c).begin() + static_cast<std::ptrdiff_t>(into), moved);
            });
          }
      for (const GraphNet& one : nets_)  // a long way as a whole
        for (const bool top : {true, false})
          if (one.passes.size() > 1)
            keep_if_better([&] {
              for (const auto& [c, k] : one.passes) {
                std::erase(column(c), k);
                column(c).insert(top ? column(c).begin() : column(c).end(), k);
              }
            });
      if (!better) break;
    }
    return settle();
  }

  double sort_by_neighbours() {
    double best = settle();
    for (int sweep = 0; sweep < 6; ++sweep) {
      const auto kept = order_;
      for (int n = 0; n < columns(); ++n) {
        const int c = sweep % 2 == 0 ? n : columns() - 1 - n;
        std::map<int, double> want;
        for (const int k : column(c)) {
          double sum = 0, weight = 0;
          wishes(slot(k), [&](double top, double of) {
            sum += of * (top + slot(k).height / 2);
            weight += of;
          });
          want[k] = (weight > 0 ? sum / weight : slot(k).top) - (slot(k).riser < 0 ? 0 : 1e4);
        }
        std::ranges::stable_sort(column(c), {}, [&](int k) { return want.at(k); });
      }
      const double now = settle();
      if (now < best) {
        best = now;
      } else {
        order_ = kept;
        settle();
      }
    }
    return best;
  }

  /// Takes small steps out of wires: what has one wire from the left moves to its height, where it has room.
  void straighten() {
    for (int c = 0; c < columns(); ++c)
      for (std::size_t n = 0; n < column(c).size(); ++n) {
        GraphSlot& one = slot(column(c)[n]);
        const bool pass = one.item < 0;
        if (!pass && one.ports.size() != 1) continue;
        const GraphNet& of = net(pass ? one.net : one.ports[0].net);
        if (tapped(of, c)) continue;
        const double step = left_y(of, c) - one.top - (pass ? one.out : one.ports[0].dy);
        const double least = n == 0 ? area_top_ : slot(column(c)[n - 1]).top + slot(column(c)[n - 1]).height;
        const double most = n + 1 == column(c).size() ? area_top_ + area_height_ : slot(column(c)[n + 1]).top;
        const double room = 0.4 * apart();
        if (std::abs(step) > 4 || one.top + step < least + (n == 0 ? 0 : room) ||
            one.top + step + one.height > most - (n + 1 == column(c).size() ? 0 : room))
          continue;
        one.top += step;
      }
  }

  // --- places across ---

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

  double right_end(const Exit& exit, int gutter) const {
    if (exit.slot < 0) return 0;
    const double from = column_left_[static_cast<std::size_t>(gutter)];
    return exit.port < 0 ? column_right_[static_cast<std::size_t>(gutter)] : from;
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
    bool first = true;  // the piece from the left is drawn once
    int ways = 0;
    const auto start = [&] {
      std::vector<Spot> points;
      if (!one.tap && first) points.push_back({from, one.left});
      points.push_back({x, one.left});
      first = false;
      ++ways;
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
    sketch_.wires.push_back({.points = std::move(points),
                             .state = state,
                             .amount = amount,
                             .ink = state,
                             .by_sign = amount.channel != nn::kNone,
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
        sketch_.nodes.push_back({at, "⊙", true, nn::kNone});
        return;
      case OperationKind::add:
        sketch_.nodes.push_back({at, "+", true, nn::kNone});
        return;
      case OperationKind::subtract:
        sketch_.nodes.push_back({at, "−", true, nn::kNone});
        return;
      case OperationKind::divide:
        sketch_.nodes.push_back({at, "÷", true, nn::kNone});
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

  const CellGraph& graph_;
  TextUnits type_;
  std::vector<GraphSlot> slots_;
  std::vector<GraphNet> nets_;
  std::map<Origin, int> net_of_;
  std::vector<int> lanes_;
  std::vector<std::vector<int>> order_;
  std::map<int, double> bottom_height_;
  std::map<std::ptrdiff_t, std::vector<RiserStage>> stages_;  // by slots
  double area_top_ = 0, area_height_ = 0, rail_ = 0;
  std::vector<std::vector<Crossing>> gutters_;
  std::vector<double> gutter_left_, column_left_, column_right_;
  Sketch sketch_;
};

}  // namespace

bool Sketch::has_plate(int channel) const {
  return std::ranges::find(plates, channel, &SketchPlate::channel) != plates.end();
}

const Sketch& sketch_of(const nn::CellInfo& cell) {
  static std::mutex mutex;
  static std::map<const nn::CellInfo*, std::unique_ptr<const Sketch>> sketches;
  const nn::CellInfo* plain = cell.plain ? cell.plain : &cell;
  const std::lock_guard lock(mutex);
  auto& sketch = sketches[plain];
  if (!sketch) {
    const CellGraph graph = cell_graph(*plain);
    sketch = std::make_unique<const Sketch>(GraphLayout(graph).draw());
  }
  return *sketch;
}

}  // namespace gatescope::views
