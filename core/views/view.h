#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/observe/needs.h"
#include "core/observe/observation.h"
#include "core/plot/figure.h"

/// Views are pure functions from what a network computed to a Figure: no drawing, no files, no network of
/// their own. What they need of it they declare.
namespace gatescope::views {

using namespace plot;               // what figures are made of
using plot::Columns, plot::Matrix;  // not those of core/math

/// What a view draws: one model over one text or sequence, or its training. Views keep copies of what they
/// show.
using Observation = observe::Observation<float>;

struct ViewOptions {
  int layer = 0;
  bool backward_direction = false;          // of a bidirectional layer
  std::string channel = {};                 // a symbol; empty: the view's own choice for the cell
  std::vector<int> units = {};              // empty: the view's own choice
  std::optional<int> step = {}, unit = {};  // the chosen ones: a cursor
  int top = 5;                              // characters in the next-character strip
  /// At most so many lanes, those that matter (what is forced, what is looked at, the states); none: all.
  std::optional<int> lanes = {};
  std::string foremost = {};  // a symbol that is among them
  /// Rows of units from the greatest down: a channel's symbol (by its mean), "time-constant" or "influence"
  /// (core/analysis/unit_order.h); empty: by number.
  std::string sort = {};
  bool own_scales = false;          // every unit's row of a state has its own scale of colours
  std::optional<Steps> steps = {};  // views over steps show these alone
  /// For animations: only what has been computed up to this step, or what the gradient has reached on its way
  /// back.
  std::optional<int> frame = {};
  std::optional<int> loss_step = {};  // whose gradient is shown where a view is of one; none: the last
  bool linear_gradient = false;       // its size on a linear scale instead of a logarithmic one
  /// A lens from the left: steps before this one are shown without the rules.
  std::optional<int> lens = {};
};

/// What of ViewOptions says something to a view besides layer, direction and frame. A step that is none of
/// its content is a cursor.
struct Takes {
  bool units = false, channel = false, top = false;
  bool step = false, unit = false;  // another one is another figure
  bool chosen_unit_alone = false;   // a window's chosen unit is the only one it shows
  bool quantity_of_probe = false;   // a window's views show what the probe is coloured by
  bool sort = false, own_scales = false;
  bool lens = false;
  bool held_out = false;  // measured over held-out sequences where there are (observe/held_out.h)
};

/// A view's tab in the window. The first nine have the keys 1 to 9.
struct Tab {
  int place = 0;                 // from 1, in order; 0: it has none
  std::string_view name, brief;  // with much room and with little
};

struct View {
  std::string_view id;  // on the command line
  std::string_view title = {};
  std::string_view sentence = {};  // what it shows
  /// How it is read, in one short sentence for whoever sees it for the first time: what a row, a line and a
  /// colour of it are.
  std::string_view reading = {};
  bool reading_is_of_bars = false;        // said only where there are some
  std::string_view reading_of_band = {};  // said besides where there is one
  observe::Needs needs = {};              // of every observation
  bool compares = false;                  // takes several observations
  bool animates = false;                  // ViewOptions::frame means something
  bool of_pairs = false;                  // an encoder-decoder has it, too
  bool quick = false;                     // in the laboratory: measured at once, however large the model
  Takes takes = {};
  std::span<const std::string_view> quantities =
      {};  // what ViewOptions::channel may name besides a cell's channels
  Tab tab = {};
  Figure (*draw)(std::span<const Observation> observations, const ViewOptions& options);

  /// Its figure. Where it needs the gradients of one step's loss and they are of another, the models read
  /// once more (analysis/one_loss.h).
  Figure make(std::span<const Observation> observations, const ViewOptions& options) const;
};

/// What legends call a model: its name, or its cell's title where it has no name of its own.
std::string legend_name(const std::string& name, const nn::CellInfo& cell);

/// All views, in the order of menus.
std::span<const View> all_views();
/// Throws Error that lists the ids.
const View& find_view(std::string_view id);
/// Those with a tab, in the order of the tabs.
std::vector<const View*> tabs(std::span<const View> views = all_views());

}  // namespace gatescope::views
