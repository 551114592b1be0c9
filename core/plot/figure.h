#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/plot/colormap.h"
#include "core/plot/scale.h"

namespace gatescope::plot {

/// A Figure says what is shown, in data units, and nothing of pixels, fonts or colours of a theme. It is a
/// pure value: copies share nothing but immutable matrices. Not-a-number and infinity are allowed everywhere;
/// they become gaps and are counted in the legend.

/// What a colour stands for. One colour a quantity, in every view; the theme knows which.
enum class InkRole {
  neutral,  ///< text colour
  muted,
  forget_gate,
  update_gate,  ///< shares the forget gate's colour: both decide what is kept
  input_gate,
  output_gate,
  candidate,
  reset_gate,
  cell_state,
  hidden_state,
  lstm,
  gru,
  rnn,
  accent,  ///< what runs
  forced,  ///< amber, and nothing else is amber
  series,  ///< told apart only by Ink::index
};

struct Ink {
  InkRole role = InkRole::neutral;
  int index = 0;  ///< for InkRole::series; taken modulo the theme's number of series colours
  float opacity = 1;
  friend bool operator==(const Ink&, const Ink&) = default;
};

enum class Dash { solid, dashed, dotted, dash_dotted, long_dashed, dash_dot_dotted, short_dashed };
enum class Marker { none, disc, square, diamond, triangle, ring };

/// How values become colours. Without low and high the finite data's own range is taken; a diverging range is
/// made symmetric about zero.
struct ColorScale {
  Colormap map = Colormap::sequential;
  std::optional<double> low = {}, high = {};
  ScaleKind kind = ScaleKind::linear;
  InkRole quantity = InkRole::neutral;  ///< of a diverging map: the quantity whose colour it has
  std::string title = {};               ///< beside the colour bar, with its unit: "loss (bits)"
  enum class Bar {
    automatic,
    compact,
    right,
    none
  } bar = Bar::automatic;  ///< compact: in the panel's title row
  /// A line through what is negative of a diverging map, for eyes and paper without hues. Where contours say
  /// it, none is needed.
  bool strikes = true;
};

inline ColorScale gate_colors() {
  return {.map = Colormap::sequential, .low = 0, .high = 1};
}
/// Signed values of a quantity, in its colour; of none in two.
inline ColorScale signed_colors(InkRole quantity = InkRole::neutral) {
  return {.map = Colormap::diverging, .quantity = quantity};
}

/// A matrix that figures, snapshots and scenes can share without copying.
struct Matrix {
  enum class Order { row_major, column_major };
  int rows = 0, columns = 0;
  std::shared_ptr<const std::vector<float>> values = {};
  Order order = Order::row_major;

  Matrix() = default;
  Matrix(int rows_, int columns_, std::vector<float> values_, Order order_ = Order::row_major)
      : rows(rows_),
        columns(columns_),
        values(std::make_shared<const std::vector<float>>(std::move(values_))),
        order(order_) {}

  float at(int row, int column) const {
    const auto i = order == Order::row_major ? std::size_t(row) * std::size_t(columns) + std::size_t(column)
                                             : std::size_t(column) * std::size_t(rows) + std::size_t(row);
    return (*values)[i];
  }
  bool empty() const { return rows <= 0 || columns <= 0 || !values; }
};

/// y over x. An empty `x` counts 0, 1, 2, ... Marks with an empty name are not in the legend.
struct Line {
  std::string name = {};
  std::vector<double> x = {}, y = {};
  Ink ink = {};
  Dash dash = Dash::solid;
  float weight = 1;  ///< times the theme's line width
  Marker marker = Marker::none;
  std::vector<double> color_by =
      {};  ///< empty, or one for each point: the line is coloured by it (time in a portrait)
  ColorScale colors{.map = Colormap::sequence};
  std::optional<int> unit = {};  ///< whose values these are: who points at the line points at it
};

/// The area between low and high over x: a spread, a least and greatest.
struct Band {
  std::string name = {};
  std::vector<double> x = {}, low = {}, high = {};
  Ink ink = {};
  float opacity = 0.25f;
};

/// Cell (r, c) covers x0 + (c - 1/2, c + 1/2) dx and y0 + (r - 1/2, r + 1/2) dy. Row 0 lies at the top.
struct Heatmap {
  std::string name = {};  ///< the quantity, for CSV and tooltips: "forget gate"
  Matrix values = {};     ///< (rows, columns), e.g. (units, steps)
  ColorScale colors = gate_colors();
  double x0 = 0, dx = 1, y0 = 0, dy = 1;
  /// Empty, or one a row: a cell has the colour of its value over its row's scale.
  std::vector<double> row_scales = {};
  std::vector<std::string> labels =
      {};  ///< empty, or rows*columns row by row: written in the cells where they fit
};

/// One bar for each category, or a group of them where several marks share a panel (paired: natural and
/// forced).
struct Bars {
  std::string name = {};
  std::vector<std::string> categories = {};
  std::vector<double> values = {};
  Ink ink = {};
  bool horizontal = false;
  bool show_values = false;  ///< the number at the bar's end
};

struct Scatter {
  std::string name = {};
  std::vector<double> x = {}, y = {};
  Ink ink = {};
  Marker marker = Marker::disc;
  float size = 1;  ///< times the theme's marker size
  std::vector<double> color_by = {};
  ColorScale colors{.map = Colormap::sequence};
};

/// Text with a colour behind every character; wraps at '\n' and at the panel's width. It fills its panel,
/// which then has no axes; Spans and a Cursor in the same panel refer to the character's index.
struct TextStrip {
  std::string name = {};
  std::vector<std::string> characters = {};  ///< one UTF-8 character each
  std::vector<double> values = {};  ///< one each; characters beyond them stand muted, without a ground
  ColorScale colors = gate_colors();
  float size = 1;  ///< times the theme's mono size
  /// Empty, or one each: the room before a character, in characters. It alone is coloured then, all of it in
  /// one ink.
  std::vector<double> gaps = {};
  Ink gap_ink = {};
};

/// Intervals of an axis laid behind the data. With InkRole::forced they are amber and dashed at the edges.
struct Spans {
  std::string name = {};
  std::vector<std::pair<double, double>> intervals = {};
  Ink ink{InkRole::forced};
  bool along_y = false;
};

/// Text beside a data point, with a thin leader where it had to move.
struct Note {
  double x = 0, y = 0;
  std::string text = {};
  Ink ink = {};
  bool dot = false;  ///< marks the point itself
};

/// A straight marker line across the panel at one value, with a label at its end.
struct Rule {
  double at = 0;
  bool vertical = true;
  std::string label = {};
  Ink ink{InkRole::muted};
  Dash dash = Dash::dashed;
  bool before = false;  ///< a vertical line's label stands on its left where there is room
};

/// The chosen step (and unit): a line in every view, an outline in a text strip.
struct Cursor {
  std::optional<double> x = {}, y = {};
};

/// An arrow in data units, for phase portraits and diagrams.
struct Arrow {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  Ink ink = {};
  float weight = 1;
};

/// A drawing of parts joined by wires, in units of its own: x to the right, y downwards. It is fitted into
/// its panel, which then has no axes; parts keep their size, only the distances between them stretch a
/// little.
struct Diagram {
  struct Spot {
    double x = 0, y = 0;
  };
  /// A rounded ground behind a part of the drawing.
  struct Card {
    double x = 0, y = 0, width = 0, height = 0;
  };
  /// A run of straight pieces with rounded corners.
  struct Wire {
    std::vector<Spot> points = {};
    Ink ink = {};
    /// What flows: its size is the share of the full width (1, and no more), its sign may be the colour. NaN
    /// is drawn as a gap; nothing at all as a thin line.
    std::optional<double> flow = {};
    bool by_sign = false;  ///< a negative flow is paler, with a line along it, as in a diverging map
    bool bus = false;      ///< a wide conduit whose full width is seen behind the flow
    bool arrow = false;    ///< a head at its end
    bool bridge = false;   ///< crosses others with a gap around it
    Dash dash = Dash::solid;
  };
  struct Node {
    enum class Shape { box, disc, dot, key };  ///< a function, an operation, a branch, a key of a keyboard
    Spot at = {};
    std::string text = {};  ///< "σ"; of a key the character
    Ink ink = {};
    Shape shape = Shape::box;
    bool forced = false;  ///< an amber ring
  };
  /// Opens from 0 to 1 in the middle of a wire.
  struct Valve {
    Spot at = {};
    std::string name = {};  ///< what a click on it means: "f"
    Ink ink = {};
    double opening = 0;
    std::optional<double> ghost = {};  ///< what it would have been: two dashed edges
    bool forced = false;               ///< an amber ring
    bool upright = false;              ///< in a vertical wire
    double radius = 5;                 ///< in the diagram's units
    std::string note = {};             ///< what it lets through, where that is not its gate: "1 − w"
  };
  /// A ground for a quantity and the formula by which it is computed, or for a formula alone.
  struct Plate {
    Spot at = {};  ///< its middle
    double width = 0, height = 0;
    std::string formula = {};  ///< "σ(W x + U h + b)", in as many lines as there is room for
    std::string brief = {};    ///< in place of it where there is less room: "σ"
    Ink ink = {};
    bool forced = false;  ///< an amber ring
  };
  /// A number of the drawing: what stands beside a part of it, and a row of the CSV.
  struct Quantity {
    enum class Side { left, right, above, below };  ///< of `at`
    Spot at = {};
    Side side = Side::right;
    std::string channel = {};  ///< "f"
    std::string symbol = {};   ///< "fₜ"
    std::string name = {};     ///< "forget gate"
    Ink ink = {};
    double value = 0;
    std::optional<double> raw = {};  ///< where it is forced: what it would have been
    bool forced = false;
    std::optional<std::size_t> plate = {};  ///< on which it stands, in place of `at` and `side`
  };
  /// Words without a number.
  struct Remark {
    Spot at = {};
    Quantity::Side side = Quantity::Side::right;
    std::string text = {};
    std::string value = {};  ///< before the text, strong: "43 %"
    Ink ink{InkRole::muted};
  };
  double width = 1, height = 1;
  std::vector<Card> cards = {};
  std::vector<Wire> wires = {};
  std::vector<Node> nodes = {};
  std::vector<Valve> valves = {};
  std::vector<Plate> plates = {};
  std::vector<Quantity> quantities = {};
  std::vector<Remark> remarks = {};
};

/// Columns over whole numbers of the x axis, rising from the y axis' low end; a column's height and its
/// colour are the same value. What is not finite is as high as the panel, in the gap's colour. Where they
/// stand denser than the eye can part them, one is drawn for several: full to their least value, faint to
/// their greatest.
struct Columns {
  std::string name = {};
  std::vector<double> x = {}, values = {};  ///< x rising or falling
  std::vector<double> waiting = {};         ///< places that have no value yet: an empty slot stands there
  ColorScale colors{.map = Colormap::sequence};
  std::optional<double> origin = {};  ///< where they come from: a small arrow points at it from above
  std::optional<double> front = {};   ///< how far they have come: highlighted
};

/// Cells in a row over whole numbers of the x axis, joined by arrows in lanes: an unrolled network. Lane k
/// from the top takes the y axis from lanes - k - 1 to lanes - k; below 0 stand the notes. What flows leads
/// from each cell to the next, in the order of x, and into the first from above.
struct Chain {
  struct Lane {
    std::string name = {};
    Ink ink = {};
    std::vector<double> flows = {};  ///< into each cell of x
  };
  std::string name = {};
  std::vector<double> x = {};
  std::vector<Lane> lanes = {};
  std::vector<double> waiting = {};     ///< cells that nothing has reached yet
  std::vector<std::string> notes = {};  ///< empty, or one under each cell of x
  /// How wide an arrow is: a hair at `low` and below, its lane at `high`.
  ScaleKind kind = ScaleKind::log;
  double low = 1e-6, high = 1;
  std::optional<double> origin = {};  ///< the cell into which it flows from above: an arrow points at it
  std::optional<double> front = {};   ///< how far it has come: highlighted
};

/// Curves from place to place, as wide and as strong as what goes over them: attention from a source to a
/// target, gradients that jump over steps. Between places of one height they rise in an arc; negative ones
/// are dashed.
struct Links {
  struct Link {
    double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
    double flow = 0;
  };
  /// A word at a place, around its middle.
  struct Spot {
    double x = 0, y = 0;
    std::string text = {};
    Ink ink = {};
  };
  std::string name = {};
  std::vector<Link> links = {};
  Ink ink = {};
  static constexpr double kLeast = 0.01;
  double high = 1;    ///< the size of the widest's flow; what is below kLeast of it is not drawn
  double rise = 0.1;  ///< of an arc, in units of y for one of x
  std::vector<Spot> spots = {};
};

using Mark = std::variant<Line, Band, Heatmap, Bars, Scatter, TextStrip, Spans, Note, Rule, Cursor, Arrow,
                          Diagram, Columns, Chain, Links>;

struct Tick {
  double at = 0;
  std::string label = {};
};

/// Some of the steps that an axis counts, both ends among them.
struct Steps {
  int first = 0, last = 0;
  bool operator==(const Steps&) const = default;
};

/// What the whole numbers of an axis count, so that views can be linked by the chosen step and unit, and by
/// the update of a training.
enum class Counts { nothing, steps, units, updates };

struct Axis {
  std::string title = {};  ///< "loss"
  std::string unit = {};   ///< "bits per character"; the axis says "loss (bits per character)"
  ScaleKind kind = ScaleKind::linear;
  std::optional<double> low = {}, high = {};  ///< without them the data's range and a little air
  double threshold = 0;                       ///< of symlog; 0 chooses one from the data
  bool reversed = false;
  bool whole = false;   ///< ticks at whole numbers only: steps, units, updates
  bool hidden = false;  ///< no ticks, no title
  bool grid = true;     ///< faint lines at the ticks (never over a heatmap)
  Counts counts = Counts::nothing;
  /// What stands at its places 0, 1, ...: rows that are sorted, lags back from a step. Empty: each place's
  /// own number.
  std::vector<int> numbers = {};
  std::vector<Tick> ticks = {};  ///< instead of round numbers; those that would overlap are left out
  /// One UTF-8 character for each whole step from 0: drawn under the steps where they fit, else step numbers.
  std::vector<std::string> characters = {};
};

/// Points that each stand for a step or a unit, wherever the axes place them: those of a portrait, or of a
/// scatter of units.
struct Points {
  Counts counts = Counts::nothing;
  std::vector<double> x = {}, y = {};
  std::vector<int> numbers = {};  ///< of each point; empty: 0, 1, ...
};

enum class Legend {
  automatic,
  none,
  above,
  right
};  ///< automatic: a free corner of the panel, else above it

struct Panel {
  std::string title = {};
  Ink title_ink = {};
  std::string remark =
      {};  ///< at the right end of the title row, muted: the one number of this panel, a range
  Axis x = {}, y = {};
  std::vector<Mark> marks = {};
  Legend legend = Legend::automatic;
  float height = 1, width = 1;  ///< share of the grid's rows and columns
  std::string empty_text = {};  ///< shown where there is no data: "no steps yet"
  std::optional<Points> points = {};
  std::optional<int> unit = {};  ///< the one that all of the panel is about
  std::string heading = {};  ///< in the title row instead of the title, where it stands for joined panels too
  /// What it shows, the same in figures that follow each other: "f", "c natural".
  std::string key = {};
  /// Shares the place of the panel above it, without a title row: both together are as tall as that one would
  /// be alone, so that nothing else moves. In one column only.
  bool joined = false;
  /// A unit is as long on both axes, which then reach further than was asked for where there is room.
  bool equal = false;
};

/// The number a person would quote from the figure.
struct Headline {
  std::string value = {};  ///< "14 steps"
  std::string label = {};  ///< "until a thousandth of the gradient is left"
};

struct Figure {
  std::string title = {};
  std::vector<Headline> headlines = {};
  std::string caption = {};  ///< below, wrapped to the width
  int caption_lines = 0;     ///< it has room for so many at least: what comes into it moves nothing
  std::vector<Panel> panels = {};
  int columns = 1;                        ///< panels fill the grid row by row
  bool share_x = false, share_y = false;  ///< one range for all; labels only at the grid's outer side
  bool share_legend = false;              ///< one legend below the title for all panels
  std::optional<Steps> steps = {};        ///< of panels over steps only these are shown; none: all
  std::string metadata = {};  ///< JSON: experiment, rules, seed, update, build; embedded when exported
};

}  // namespace gatescope::plot
