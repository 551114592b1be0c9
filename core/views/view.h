#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/nn/force_rule.h"
#include "core/nn/network.h"
#include "core/plot/figure.h"
#include "core/trace/text_trace.h"
#include "core/train/run.h"

/// Views are pure functions from what a network computed to a Figure: no drawing, no files, no network of
/// their own.
namespace gatescope::views {

using namespace plot;  // what figures are made of
using plot::Columns, plot::Matrix;  // not those of core/math

/// One model over one text: what a view draws. Pointers outlive the call; views keep copies of what they
/// show.
struct Subject {
  std::string name;                             // in legends
  const nn::Network<float>* network = nullptr;  // its cell, sizes and vocabulary's meaning
  std::vector<std::string> vocabulary;          // (V), UTF-8
  std::vector<std::string> classes = {};        // of the outputs, where they are not the vocabulary
  const trace::TextTrace<float>* text =
      nullptr;  // under the rules in force; null for views of training alone
  const trace::TextTrace<float>* natural =
      nullptr;                             // the same text without rules; null where none is in force
  std::vector<nn::ForceRule> rules;        // those in force
  std::vector<train::MetricsRow> metrics;  // of this model, for views of training
};

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
  bool compares;              // takes several subjects
  bool of_training;           // needs metrics, not a text
  bool animates;              // ViewOptions::frame means something
  bool one_loss;              // wants traces whose loss is taken at one step
  std::span<const std::string_view>
      quantities;  // what ViewOptions::channel may name besides a cell's channels
  Figure (*make)(std::span<const Subject> subjects, const ViewOptions& options);
};

/// What legends call a model: its name, or its cell's title where it has no name of its own.
std::string subject_name(const std::string& name, const nn::CellInfo& cell);

/// All views, in the order of menus.
std::span<const View> all_views();
/// Throws Error that lists the ids.
const View& find_view(std::string_view id);

}  // namespace gatescope::views
