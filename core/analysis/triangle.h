#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/math/types.h"
#include "core/observe/observation.h"
#include "core/trace/watch.h"

/// Who owes whom: how much the loss of each step depends on the hidden state of each step before it, computed
/// and measured [cashman2018].
namespace gatescope::analysis {

/// Rows are loss steps s, columns the steps t of what left a layer, both from 0: (T, T), zero where t > s.
struct Triangle {
  int layer = 0;
  /// ‖dL_s/dh_t‖₂, total derivatives with respect to the used h_t, after rules; rows of steps without a loss
  /// are zero.
  Eigen::MatrixXd loss_to_hidden;
  /// The same from finite differences of runs in double precision: for every unit u of h_t the model goes on
  /// from h_t + ε e_u and from h_t - ε e_u to the end, and (L_s(+) - L_s(-)) / 2ε are the components. Nothing
  /// of the backward pass is in it. NaN in columns that were not measured; right to about kMeasuredTo.
  Eigen::MatrixXd measured;
  std::vector<Index> measured_steps;  ///< the columns that were, rising, evenly apart
  Index measured_every = 1;           ///< so many steps
  Matrix<double> of_sum;              ///< Σ_s dL_s/dh_t, (H, T): the gradient of the summed loss
  std::vector<double> row_sums;       ///< Σ_t ‖dL_s/dh_t‖, (T)
  std::vector<double> column_sums;    ///< Σ_s ‖dL_s/dh_t‖, (T)
};

/// What finite differences get right of a norm, whatever its size.
inline constexpr double kMeasuredTo = 1e-8;
/// Multiplications and additions that are spent on measuring; beyond, columns evenly apart stand for all.
inline constexpr double kMeasureAll = 4e11;   ///< half a minute and more
inline constexpr double kMeasureShown = 2e9;  ///< a fraction of a second
/// Steps a triangle may have: two matrices of 32 MiB.
inline constexpr Index kMostTriangleSteps = 2048;

/// Why a model has none; empty where it has one.
std::string why_no_triangle(const nn::ModelSpec& spec);

/// Of a layer, none: the topmost. One backward pass over the text, kLossesTogether losses at once; each joins
/// at its own step. It holds one step at a time and one joint state a loss. The measured columns cost H runs
/// each way from t to the end: 2 H T^2 / 2 steps for all. The watch counts all steps. Throws Error for a
/// layer that does not exist, for more than kMostTriangleSteps steps and for a model that reads in both
/// directions; Stopped where the watch says so.
template <class S>
Triangle triangle(const observe::Observation<S>& observation, std::optional<int> layer, double measuring,
                  trace::Watch* watch = nullptr);
inline constexpr Index kLossesTogether = 32;

/// dL_s/dh_t alone, (T, T), (H, T) and sums.
template <class S>
Triangle computed_triangle(const observe::Observation<S>& observation, std::optional<int> layer,
                           trace::Watch* watch = nullptr);

/// Whether computed and measured tell different things of a cell; those smaller than what is measured do not.
bool disagree(double computed, double measured);
/// How many of the measured cells do, and of how many.
struct Disagreement {
  Index cells = 0, of = 0;
  double largest = 0;  ///< relative, of the cells above what is measured
};
Disagreement disagreement(const Triangle& triangle);

extern template Triangle triangle(const observe::Observation<float>&, std::optional<int>, double,
                                  trace::Watch*);
extern template Triangle triangle(const observe::Observation<double>&, std::optional<int>, double,
                                  trace::Watch*);
extern template Triangle computed_triangle(const observe::Observation<float>&, std::optional<int>,
                                           trace::Watch*);
extern template Triangle computed_triangle(const observe::Observation<double>&, std::optional<int>,
                                           trace::Watch*);

}  // namespace gatescope::analysis
