#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/nn/force_rule.h"
#include "core/plot/figure.h"
#include "core/plot/theme.h"

namespace gatescope::ui {

/// What a person has chosen to look at, and how: everything of the window that is no model and no number.
struct ViewState {
  std::vector<std::string> open{"gates"};  // views on the stage by their ids; several: a grid
  std::size_t model = 0;                   // the chosen one, for views of one model
  int layer = 0;
  bool backward = false;    // the direction of a bidirectional layer
  int step = 0;             // the chosen one
  std::optional<plot::Steps> steps;  // that views over steps show; none: all
  std::optional<int> unit;  // none: the mean over units, where a view has one
  std::string sort;         // rows of units, as ViewOptions::sort; where the cell has no such order by number
  bool own_scales = false;  // as ViewOptions has it
  std::string
      coloured_by;  // the probe: a channel's symbol, "loss" or "saliency"; empty: the cell's keep gate
  plot::ThemeName theme = plot::ThemeName::dark;
  float left = 248, right = 292, probe = 132;  // sizes of panels, in points
  // Whether the columns beside the stage are shown; none: where there is room for them.
  std::optional<bool> left_column, right_column;
  double speed = 8;  // steps of the replay a second
  bool loop = true;
  bool force_panel = true;                          // open
  std::vector<nn::Range> force_units, force_steps;  // what newly forced gates are restricted to; empty: all

  bool operator==(const ViewState&) const = default;
};

nlohmann::json to_json(const ViewState& view);
/// Throws Error that names the JSON pointer.
ViewState view_state_from_json(const nlohmann::json& json, const std::string& origin);

}  // namespace gatescope::ui
