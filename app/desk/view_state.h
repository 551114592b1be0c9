#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/nn/force_rule.h"
#include "core/plot/figure.h"
#include "core/plot/theme.h"

namespace gatescope::ui {

/// The sizes that the keys for larger and smaller text go through.
inline constexpr std::array<double, 8> kTextSizes{0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2};
/// The next one up (by > 0) or down, the same at either end.
double next_text_size(double now, int by);

/// What a person has chosen to look at, and how: everything of the window that is no model and no number.
struct ViewState {
  std::vector<std::string> open{"gates"};  // views on the stage by their ids; several: a grid
  std::string laboratory = {};             // the view of the laboratory's tab; empty: its first
  std::size_t model = 0;                   // the chosen one, for views of one model
  int layer = 0;
  bool backward = false;             // the direction of a bidirectional layer
  int step = 0;                      // the chosen one
  std::optional<plot::Steps> steps;  // that views over steps show; none: all
  std::optional<int> loss_step;      // whose gradient is shown; none: the last
  bool linear_gradient = false;      // its size on a linear scale instead of a logarithmic one
  std::optional<int> unit;           // none: the mean over units, where a view has one
  std::string sort;         // rows of units, as ViewOptions::sort; where the cell has no such order by number
  bool own_scales = false;  // as ViewOptions has it
  std::string
      coloured_by;  // the probe: a channel's symbol, "loss" or "saliency"; empty: the cell's keep gate
  plot::ThemeName theme = plot::ThemeName::dark;
  bool presenter = false;     // for a class: one figure, the gates' switches above it, nothing small
  std::string language = {};  // of the window, "de"; empty: the usual one
  double text_size = 1;       // factor on all type, whatever the theme; of kTextSizes
  float left = 248, right = 292, probe = 132;  // sizes of panels, in points
  // Whether the columns beside the stage are shown; none: where there is room for them.
  std::optional<bool> left_column, right_column;
  double speed = 8;  // steps of the replay a second
  bool loop = true;
  std::optional<int> lens;                          // steps before it are shown without the rules
  bool transitions = true;                          // motion that shows what a rule changes
  bool force_panel = true;                          // open
  std::vector<nn::Range> force_units, force_steps;  // what newly forced gates are restricted to; empty: all

  bool operator==(const ViewState&) const = default;
};

nlohmann::json to_json(const ViewState& view);
/// Throws Error that names the JSON pointer.
ViewState view_state_from_json(const nlohmann::json& json, const std::string& origin);

}  // namespace gatescope::ui
