#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/analysis/gradient_left.h"
#include "core/nn/network.h"

namespace gatescope::analysis {

/// What decides how long untrained weights keep a state, as one number.
enum class Lever {
  keep_bias,        ///< the bias that keeps the memory; of a gate that writes alone, less its bias
  spectral_radius,  ///< of the recurrent weights, of cells without such a bias [pascanu2013]
};

/// The lever that a cell has; none: neither, as why_no_gain_map() says.
std::optional<Lever> lever_of(const nn::CellInfo& cell);
/// Why a model has no gain map; empty where it has one.
std::string why_no_gain_map(const nn::CellInfo& cell, const nn::ModelSpec& spec);

/// The spectral radius of a square matrix, to about 1e-5 of it: the 2^20-th root of ‖W^(2^20)‖, by squaring
/// (Gelfand's formula).
double spectral_radius(const Eigen::MatrixXd& weights);

/// Where a model's own weights stand: the lever's mean over units, of the spectral radius the greatest over
/// the layers.
struct LeverStand {
  double at = 0, lower = 0, upper = 0;  ///< and the quartiles over the units of all layers
};
template <class S>
LeverStand lever_stand(const nn::Network<S>& network);

/// What is left of the gradient by lag, over values of the lever, of weights that nothing has trained: the
/// weights that this model would begin with, with the lever set. Of a lag k it is
/// log10(‖ds_t/ds_{t-k}‖_F / ‖ds_t/ds_t‖_F) of the joint state s: by how much a random gradient shrinks
/// (below 0) or grows, as a root mean square. The median over seeds and positions [pascanu2013,
/// jozefowicz2015].
struct GainMap {
  Lever lever = Lever::keep_bias;
  int seeds = 0;                          ///< 1, 2, ..., as `gatescope train --seed` counts them
  LeftGrid over;                          ///< the same for all
  std::vector<double> settings;           ///< of the lever, rising, evenly apart
  std::vector<std::vector<double>> left;  ///< by setting, by lag

  /// Between the two settings on either side, linear; one beyond them all is the last.
  std::vector<double> left_at(double setting) const;
};

struct GainGrid {
  int settings = 13, seeds = 5;
  Index positions = 1, lags = 100;
  /// Of the state's directions all are led back up to so many, and so many of larger ones.
  Index directions = 96, of_larger = 48;
};

/// Over what the observation read, without its rules. The settings reach as far as the observed model's own
/// lever. Throws Error for a model without one, and where the text is shorter than three steps; passes the
/// watch (watched.h).
template <class S>
GainMap gain_map(const observe::Observation<S>& observation, const GainGrid& grid = {});

extern template LeverStand lever_stand(const nn::Network<float>&);
extern template LeverStand lever_stand(const nn::Network<double>&);
extern template GainMap gain_map(const observe::Observation<float>&, const GainGrid&);
extern template GainMap gain_map(const observe::Observation<double>&, const GainGrid&);

}  // namespace gatescope::analysis
