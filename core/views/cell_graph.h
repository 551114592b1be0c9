#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/nn/cell.h"

/// A cell's formulas as a graph that can be drawn: what each channel is computed from, and how.
namespace gatescope::views {

/// Where a number comes from: a channel as this step computes it, or as the step before left it; nn::kInput
/// is what enters the cell.
struct Origin {
  int channel = nn::kInput;
  bool previous = false;

  auto operator<=>(const Origin&) const = default;
};

/// What happens to something on its way.
struct Operation {
  enum class Kind {
    valve,       ///< times `gate`, or 1 less it
    times,       ///< times the operand
    add,         ///< with what comes from below
    subtract,    ///< what comes from below
    divide,      ///< by what comes from below
    function,    ///< `text` of it
    expression,  ///< `text` of the operands: where a way begins
  };
  Kind kind = Kind::function;
  std::string text = {};
  int gate = nn::kNone;
  bool complement = false;
  std::vector<Origin> operands = {};  ///< what comes in from the side
};

/// What meets the way of a state from below: first `meets`, then what is on the way down to its source.
struct Riser {
  Operation meets;
  std::vector<Operation> on_the_way = {};
  std::optional<Origin> content = {};
};

/// The way of a state from the step before to this one, from left to right.
struct StateUpdate {
  int state = nn::kNone;
  std::vector<Riser> risers = {};
};

/// What enters a channel's formula; through the valve of a gate, where that multiplies it.
struct Entry {
  Origin from;
  int gate = nn::kNone;
  bool complement = false;
};

/// A channel that stands on a plate with its symbol, number and formula.
struct ChannelPlate {
  int channel = nn::kNone;
  std::vector<Entry> entries = {};
  std::string formula = {};  ///< "σ(W x + U h + b)"
  std::string brief = {};    ///< "σ"
};

/// Plates above each other, each computed from nothing but the one below it; or the update of a state.
struct GraphItem {
  std::vector<ChannelPlate> plates = {};
  std::optional<StateUpdate> update = {};
  int layer = 0;
};

struct CellGraph {
  const nn::CellInfo* cell = nullptr;  ///< without the layer's options
  std::vector<GraphItem> items = {};
  std::map<int, int> item_of = {};  ///< of a channel
  std::vector<std::vector<int>> columns =
      {};  ///< items in the order of computation; one update at most in each, before any plates
  std::set<std::pair<Origin, int>> edges = {};  ///< from what each channel is computed

  /// Whether the state has a way of its own through the drawing: its formula changes what it was.
  bool has_way(int channel) const;
};

/// Throws Error for a formula that it cannot read.
CellGraph cell_graph(const nn::CellInfo& cell);

}  // namespace gatescope::views
