#pragma once

#include <array>
#include <complex>
#include <optional>
#include <string>
#include <vector>

#include "core/math/types.h"
#include "core/observe/observation.h"

namespace gatescope::analysis {

/// A state s from which a network that reads the same input again and again does not move, or nowhere near
/// moves less: a minimum of q(s) = ½‖F(s) - s‖², F the step [sussillo2013].
struct FixedPoint {
  std::vector<double> state;                           ///< (S), in the order of JointState
  double speed = 0;                                    ///< ‖F(s) - s‖ a step
  bool fixed = false;                                  ///< it does not move; else it is a slow point
  Index starts = 0;                                    ///< how many of the starts led here
  std::vector<std::complex<double>> eigenvalues = {};  ///< (S) of dF/ds, from the greatest size down
  Index unstable = 0;                                  ///< directions that grow: |λ| above 1
  std::optional<double> slowest = {};  ///< -1/ln|λ|, steps, of what fades slowest; none where nothing fades
  std::array<double, 2> plane{};       ///< where it lies in the principal plane
};

/// The plane of two orthogonal directions in which the states of a text vary most.
struct PrincipalPlane {
  std::vector<double> mean;                 ///< (S)
  std::array<std::vector<double>, 2> axes;  ///< (S) each, of length 1; the second 0 where S is 1
  std::array<double, 2> share{};            ///< of the variance; 0 where nothing varies

  std::array<double, 2> place(const std::vector<double>& state) const;
};

/// Fixed and slow points of the joint state under one held input.
struct FixedPoints {
  Index step = 0;                  ///< whose input is held, and whose rules are in force
  std::vector<std::string> state;  ///< names of its parts
  Index starts = 0;                ///< how many minima were looked for
  Index lost = 0;  ///< those that found none: the search had no end, or what it found moves like the text
  std::vector<FixedPoint> points;  ///< fixed ones first, then those that more starts led to
  double usual_speed = 0;          ///< ‖s_t - s_{t-1}‖, the median over the text
  PrincipalPlane plane;
  std::vector<std::array<double, 2>> path;  ///< (T), the text's states in it
};

inline constexpr Index kFixedPointStarts = 24;
/// Numbers of a state beyond which eigenvalues take too long.
inline constexpr Index kMostFixedPointNumbers = 512;
/// A minimum whose speed is above this share of the text's usual one is no slow point.
inline constexpr double kSlowShare = 0.1;

/// Why none are looked for: the model has no joint state or too large a one, read too little, or
/// what it computed is not finite. Empty where they are.
template <class S>
std::string why_no_fixed_points(const observe::Observation<S>& observation);

/// Of the input read at a step, or without one at the last, from so many states of the text, evenly chosen
/// and moved a little at random, the same at every call. In double precision, whatever the model's. Throws
/// Error where why_no_fixed_points says something, and for a step that does not exist.
template <class S>
FixedPoints fixed_points(const observe::Observation<S>& observation, std::optional<Index> step = {},
                         Index starts = kFixedPointStarts);

extern template std::string why_no_fixed_points(const observe::Observation<float>&);
extern template std::string why_no_fixed_points(const observe::Observation<double>&);
extern template FixedPoints fixed_points(const observe::Observation<float>&, std::optional<Index>, Index);
extern template FixedPoints fixed_points(const observe::Observation<double>&, std::optional<Index>, Index);

}  // namespace gatescope::analysis
