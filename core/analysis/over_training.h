#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/observe/observation.h"

namespace gatescope::analysis {

/// What a few cheap numbers say of a model's memory at one moment of its training. NaN where the model has no
/// such thing.
struct MomentMeasure {
  double left = 0;       ///< log10 of the gradient that is left after `lag` steps (gradient_left.h)
  double saturated = 0;  ///< share of the gates' values below a tenth or above nine tenths of their range; of
                         ///< a cell without gates of what leaves it [karpathy2015]
  double highway = 0;    ///< share of a loss's gradient in the memories that came back through the keep gate
                         ///< alone, mean over the last `lag` steps (highway.h)
  double exponent = 0;   ///< the greatest Lyapunov exponent, nats a step: by how much a gradient that is led
                         ///< back through the whole text grows a step [engelken2020]
};

/// The same over the moments of a training that are kept, and now.
struct OverTraining {
  std::vector<std::uint64_t> updates;  ///< rising; the observed one among them
  std::vector<MomentMeasure> measures;
  std::size_t observed = 0;  ///< which of them is the observed one
  Index steps = 0, lag = 0;  ///< of what was read; at which `left` was taken
};

/// Why a model has no such thing; empty where it has.
std::string why_no_over_training(const nn::ModelSpec& spec);

/// Of a network without rules over a sequence, few positions and lags, so that it takes milliseconds of a
/// small model; passes the watch. The sequence has three steps or more.
template <class S>
MomentMeasure measure_moment(std::shared_ptr<const nn::Network<S>> network,
                             const task::Sequence<S>& sequence);
inline constexpr Index kMomentLag = 20, kMomentSteps = 160;

/// Over the first kMomentSteps steps of what the observation read, without its rules. Of the kept moments
/// eight an octave and the newest are measured, each once: its memo keeps that. Throws Error where no moments
/// are kept, of both directions, and where fewer than three steps were read.
template <class S>
OverTraining over_training(const observe::Observation<S>& observation);

/// Those of rising updates that are measured: which does not change when more follow.
std::vector<std::size_t> measured_moments(const std::vector<std::uint64_t>& updates);

extern template MomentMeasure measure_moment(std::shared_ptr<const nn::Network<float>>,
                                             const task::Sequence<float>&);
extern template MomentMeasure measure_moment(std::shared_ptr<const nn::Network<double>>,
                                             const task::Sequence<double>&);
extern template OverTraining over_training(const observe::Observation<float>&);
extern template OverTraining over_training(const observe::Observation<double>&);

}  // namespace gatescope::analysis
