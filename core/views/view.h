#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/observe/observation.h"
#include "core/plot/figure.h"

/// Views are pure functions from what a network computed to a Figure: no drawing, no files, no network of
/// their own.
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
  /// For animations: only what has been computed up to this step, or what the gradient has reached on its way
  /// back.
  std::optional<int> frame = {};
};

struct View {
  std::string_view id;  // on the command line
  std::string_view title;
  std::string_view sentence;  // what it shows
  bool compares;              // takes several observations
  bool of_training;           // needs metrics, not a text
  bool animates;              // ViewOptions::frame means something
  bool one_loss;              // wants traces whose loss is taken at one step
  std::span<const std::string_view>
      quantities;  // what ViewOptions::channel may name besides a cell's channels
  Figure (*make)(std::span<const Observation> observations, const ViewOptions& options);
};

/// What legends call a model: its name, or its cell's title where it has no name of its own.
std::string legend_name(const std::string& name, const nn::CellInfo& cell);

/// All views, in the order of menus.
std::span<const View> all_views();
/// Throws Error that lists the ids.
const View& find_view(std::string_view id);

}  // namespace gatescope::views
