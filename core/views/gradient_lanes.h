#pragma once

#include "core/analysis/gradient_lag.h"
#include "core/views/parts.h"

/// The gradient of one step's loss in every state of several models: what the views of it draw.
namespace gatescope::views {

inline constexpr Index kToldLag = 20;           ///< steps back of which the share that is left is told
inline constexpr double kGradientFloor = 1e-6;  ///< what is below is nothing to the eye
using analysis::kReachShare;

/// One state of one model.
struct GradientLane {
  std::string model_name, name;  ///< "LSTM", "LSTM cₜ"
  int channel = 0;
  InkRole role = InkRole::neutral;  ///< of the channel
  bool second = false;              ///< the hidden state beside a cell state
  std::vector<double> relative;     ///< ‖dL/dx_t‖ by lag over that at lag 0; 0 where that is 0
  /// The same on the loss' other side, one step from it first: what came through the layers above, which read
  /// the other way. Empty where nothing can have come.
  std::vector<double> beyond;
  std::optional<Index> reach;  ///< as analysis::gradient_reach
  std::size_t model = 0;
  bool natural = false;  ///< without the rules in force
};

struct GradientLanes {
  std::vector<GradientLane> lanes;
  Index loss_step = 0;
  bool reverse = false;  ///< the layer reads the text backwards: lags count forwards

  /// How many lags the pass has reached at the chosen frame.
  Index reached(const GradientLane& lane, const ViewOptions& options) const;
  /// The step that many steps back from the loss, in the layer's own direction.
  Index step(Index lag) const { return reverse ? loss_step + lag : loss_step - lag; }
  /// Whether steps on the other side of the loss have gradients, too.
  bool both_sides() const;
  /// Lags worth showing: until nothing is left in any lane, and a little more.
  Index telling_lags() const;
  /// What is left so many steps back: "after 20 steps: LSTM 31 %, RNN 0.002 %", in each model's memory; where
  /// it explodes, "RNN 10¹² times as large at step 0".
  Headline share_left() const;
  /// The reach of the model's state that carries it farthest, and what it would be without rules.
  Headline headline(std::size_t model) const;
};

/// The lanes of each model in turn: cell state, hidden state, and the same without rules. The gradients are
/// of one step's loss (analysis/one_loss.h). Throws Error where there is no model or no text.
GradientLanes gradient_lanes(std::span<const Observation> observations, const ViewOptions& options,
                             std::string_view view);

/// "31 %", "0.002 %", "10⁻⁹ %", above 1 "3.2 times as large".
std::string share_text(double share);

/// "14 steps", "over 39 steps" where it does not end within the text, "no gradient", "not finite".
std::string reach_text(const GradientLane& lane);

}  // namespace gatescope::views
