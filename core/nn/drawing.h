#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "core/nn/cell.h"

/// A cell's textbook drawing as data: parts by what they mean to the cell, and where they are. It stands
/// beside the cell (cells/lstm_drawing.h); core/views fills in the numbers of a step.
namespace gatescope::nn {

/// A place on a drawing, x to the right and y down, of its own width and height.
struct Spot {
  double x = 0, y = 0;
};

/// A run of straight pieces.
struct Path {
  std::array<Spot, 5> spots{};
  int count = 0;

  constexpr Path() = default;
  constexpr Path(std::initializer_list<Spot> through) {
    for (const Spot& spot : through) spots[count++] = spot;
  }
};

/// What flows in a wire: times * gate ⊙ channel over the greatest size of a channel, which is the full width.
/// Without a channel nothing is said of it.
struct Amount {
  int channel = kNone;
  bool before = false;         // of a state: as the step finds it
  int gate = kNone;            // multiplied unit by unit by this gate,
  Share share = Share::value;  // or by what is left of 1
  int full = kNone;            // the channel whose greatest size is the full width; kNone: 1 is
  int or_full = kNone;         // or this one's, if that is greater
  double times = 1;
};

inline constexpr int kMuted = -3;  // in a channel's place: the colour of what stands back

enum class Side { left, right, above, below };

/// One part of a drawing.
struct Part {
  enum class Kind {
    card,      // the ground of the cell from path[0] to path[1]
    wire,      // along the path
    box,       // a function
    disc,      // an operation
    dot,       // where a wire branches
    valve,     // of the gate `channel`
    label,     // the channel's number
    previous,  // the state's number as the step finds it
    input,     // the character read, a key at path[0], which joins the wire at path[1]
    read_out,  // from path[0] to the key of the likeliest next character at path[1]
  };
  Kind kind = Kind::wire;
  Path path = {};
  Amount amount = {};
  int channel = kNone;         // its own, or whose colour it has; kNone: no colour
  std::string_view text = {};  // on a box or disc, or in place of a label's name
  int forced = kNone;          // a box is marked where a rule acts on this channel
  Side side = Side::right;     // of a label
  bool arrow = false;          // a head at a wire's end
  bool by_sign = false;        // in the colour of what flows in it, and its sign is told
  bool bus = false;            // a wide wire whose full width is seen behind the flow
  bool dashed = false;
  bool bridge = false;      // crosses others with a gap around it
  bool upright = false;     // a valve in a vertical wire
  bool complement = false;  // a valve that opens where the gate closes
};

/// The fluxes of a memory m_t = keep ⊙ m_{t-1} + write ⊙ candidate, as shares of the greatest |m|; of a
/// memory without a gate all is kept, or written.
struct Flow {
  int memory, candidate;
  int keep = kNone;
  Share keeps = Share::value;
  int write = kNone;
  Share writes = Share::value;

  constexpr Amount found() const { return {.channel = memory, .before = true, .full = memory}; }
  constexpr Amount kept() const {
    return {.channel = memory, .before = true, .gate = keep, .share = keeps, .full = memory};
  }
  constexpr Amount offered() const { return {.channel = candidate, .full = memory}; }
  constexpr Amount written() const {
    return {.channel = candidate, .gate = write, .share = writes, .full = memory};
  }
  constexpr Amount left() const { return {.channel = memory, .full = memory}; }
};

/// A drawing, part by part: what is drawn later is on top of its like.
struct Drawing {
  double width = 0, height = 0;
  std::array<Part, 80> parts{};
  int count = 0;

  constexpr Drawing(double across, double down) : width(across), height(down) {}

  constexpr Part& add(Part part) {
    parts[count] = part;
    return parts[count++];
  }
  constexpr void card(double x, double y, double right, double bottom) {
    add({.kind = Part::Kind::card, .path = {{x, y}, {right, bottom}}});
  }
  constexpr Part& wire(Path path, Amount amount = {}, int ink = kMuted) {
    return add({.kind = Part::Kind::wire, .path = path, .amount = amount, .channel = ink});
  }
  /// A wire in the colour of what flows in it, whose sign is told.
  constexpr Part& content(Path path, Amount amount) {
    Part& part = wire(path, amount);
    part.by_sign = true;
    return part;
  }
  constexpr void bus(Path path, Amount amount, bool arrow = false) {
    Part& part = content(path, amount);
    part.bus = true;
    part.arrow = arrow;
  }
  /// What turns a valve: as wide as the gate is open.
  constexpr void stem(Path path, int gate) { wire(path, {.channel = gate, .times = 0.3}, gate); }
  constexpr void tap(Path path, bool arrow = true) { wire(path).arrow = arrow; }
  /// A dashed wire of a state; `branches` from it with a dot.
  constexpr void peephole(Path path, int state, bool branches = true, bool bridge = false) {
    if (branches) dot(path.spots[0], state);
    Part& part = wire(path, {}, state);
    part.dashed = true;
    part.arrow = true;
    part.bridge = bridge;
  }
  constexpr void box(Spot at, std::string_view text, int ink = kNone, int forced = kNone) {
    add({.kind = Part::Kind::box, .path = {at}, .channel = ink, .text = text, .forced = forced});
  }
  constexpr void disc(Spot at, std::string_view text) {
    add({.kind = Part::Kind::disc, .path = {at}, .text = text});
  }
  constexpr void dot(Spot at, int ink = kMuted) {
    add({.kind = Part::Kind::dot, .path = {at}, .channel = ink});
  }
  constexpr void valve(Spot at, int gate, bool upright, bool complement = false) {
    add({.kind = Part::Kind::valve,
         .path = {at},
         .channel = gate,
         .upright = upright,
         .complement = complement});
  }
  constexpr void label(Spot at, Side side, int channel, std::string_view name = {}) {
    add({.kind = Part::Kind::label, .path = {at}, .channel = channel, .text = name, .side = side});
  }
  constexpr void previous(Spot at, Side side, int channel) {
    add({.kind = Part::Kind::previous, .path = {at}, .channel = channel, .side = side});
  }
  constexpr void input(Spot key, Spot rail) {
    tap({key, {rail.x, rail.y + 1.2}});
    add({.kind = Part::Kind::input, .path = {key}});
  }
  constexpr void read_out(Spot from, Spot to, Amount amount, int channel) {
    add({.kind = Part::Kind::read_out, .path = {from, to}, .amount = amount, .channel = channel});
  }

  // What several drawings share: their width, the bus, the line under the functions.
  static constexpr double kWidth = 161, kHeight = 86, kBus = 17, kLeft = 22, kRight = 135, kIn = 10.4,
                          kOut = 148.2, kGates = 51, kRail = 63, kKey = 79;

  /// The bus from the left edge to the right one, through the keep valve and the sum.
  constexpr void memory_bus(const Flow& flow, double keep, double sum) {
    bus({{0, kBus}, {keep, kBus}}, flow.found());
    bus({{keep, kBus}, {sum, kBus}}, flow.kept());
    bus({{sum, kBus}, {kWidth, kBus}}, flow.left(), true);
    disc({sum, kBus}, "+");
  }
  /// The hidden state h is the memory: it goes to the functions below the bus, and to the read-out.
  constexpr void hidden_bus_ends(const Flow& flow, int h, double rail_end, bool to_rail) {
    if (to_rail) {
      wire({{28, kBus}, {28, kRail}, {rail_end, kRail}});
      dot({28, kBus}, h);
      input({36, kKey}, {36, kRail});
      dot({36, kRail});
    }
    previous({kIn, kBus - 3.2}, Side::above, h);
    label({kOut, kBus - 3.2}, Side::above, h);
    read_out({kOut, kBus}, {kOut, 41}, flow.left(), h);
  }
};

/// The drawing of the cell C: specialised beside the cell (cells/drawings.h). One without parts: there is
/// none, and a general one is made from the cell's formulas (core/views/graph_layout.h).
template <class C>
inline constexpr Drawing kDrawing{0, 0};

/// The drawing of a cell, or null.
const Drawing* drawing_of(const CellInfo& cell);

}  // namespace gatescope::nn
