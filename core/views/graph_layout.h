#pragma once

#include <string>
#include <vector>

#include "core/nn/drawing.h"
#include "core/views/cell_graph.h"

/// A cell's graph laid out: from left to right in the order of computation, the ways of the states on top,
/// what enters below, in between the plates of the other channels, joined by wires with right angles.
namespace gatescope::views {

/// A wire from a source towards its receivers.
struct SketchWire {
  std::vector<nn::Spot> points = {};
  std::vector<Origin> from = {};  // what it comes from; nothing between two operations
  int state = nn::kNone;          // a piece of the way of that state, or of what rises to it
  nn::Amount amount = {};
  int ink = nn::kMuted;  // a channel, or nn::kMuted
  bool by_sign = false, bus = false, arrow = false;
};

/// A plate of a channel, or with nn::kNone of an expression.
struct SketchPlate {
  nn::Spot at;  // its middle
  double width = 0, height = 0;
  int channel = nn::kNone;
  std::string formula = {}, brief = {};
};

struct SketchValve {
  nn::Spot at;
  double radius = 0;
  int gate = nn::kNone;
  bool upright = false, complement = false;
};

struct SketchNode {
  nn::Spot at;
  std::string text;
};

struct SketchDot {
  nn::Spot at;
  int ink = nn::kMuted;
};

/// A state's number, or that of what leaves, where it enters or leaves.
struct SketchEnd {
  nn::Spot at;  // of the wire
  Origin of;
};

struct Sketch {
  double width = 0, height = 0;
  double left = 0, right = 0, top = 0, bottom = 0;  // of the card
  std::vector<SketchWire> wires = {};
  std::vector<SketchPlate> plates = {};
  std::vector<SketchValve> valves = {};
  std::vector<SketchNode> nodes = {};
  std::vector<SketchDot> dots = {};
  std::vector<SketchEnd> entering = {}, leaving = {};
  nn::Spot key = {};                           // of what is read, which joins its rail above
  nn::Spot read_out_from = {}, read_out = {};  // from the hidden state's wire to the key of what comes next

  bool has_plate(int channel) const;
};

/// The drawing of the cell without its layer's options, in units of a diagram (plot::Diagram). It is made
/// when it is first asked for, and stays where it is. Safe from any thread.
const Sketch& sketch_of(const nn::CellInfo& cell);

}  // namespace gatescope::views
