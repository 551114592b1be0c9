#pragma once

#include <optional>
#include <vector>

#include "core/math/types.h"
#include "core/observe/observation.h"
#include "core/trace/watch.h"

namespace gatescope::analysis {

/// What one prediction owes to each character before it: by the gradient of that step's loss alone, and as
/// measured by replacing the character. Of values, all of a step are replaced by 0.
struct PredictionSaliency {
  Index step = 0;                   ///< whose loss L it is; lists below are (step + 1)
  Index first = 0;                  ///< the earliest step that was replaced; what is before is 0
  std::vector<double> gradient;     ///< ‖dL/dx_t‖
  std::vector<double> times_input;  ///< dL/dx_t · x_t, signed [denil2014]
  std::vector<int> others;          ///< the characters that were put in, the most frequent of the text first
  std::vector<double>
      predicted;  ///< mean over the others of dL/dx_t · (x' - x_t): the change of L to first order
  std::vector<double> mean;                 ///< the mean change of L that was measured
  std::vector<double> strongest;            ///< the change that is largest in size
  std::vector<int> strongest_other;         ///< the character that makes it; -1 of values
  std::vector<double> strongest_predicted;  ///< of that one, to first order
};

/// Why a model has none; empty where it has one.
std::string why_no_replacements(const nn::ModelSpec& spec);

/// At a step, or without one the last at which something was expected. At every step up to it each of the
/// other characters of the vocabulary is put in, at most `most` of them, as one batch of runs from there to
/// the loss, in blocks of at most kReplacementsTogether: at most (step + 1) `most` runs, of half the steps on
/// average; of the last `steps` steps, if given. The rules stay in force. Throws Error for a step that does
/// not exist or at which nothing was expected and for a model that reads in both directions; Stopped where
/// the watch says so.
template <class S>
PredictionSaliency prediction_saliency(const observe::Observation<S>& observation, std::optional<Index> step,
                                       Index most, trace::Watch* watch = nullptr,
                                       std::optional<Index> steps = {});
inline constexpr Index kReplacementsTogether = 256;
/// As many replacements as that many multiplications and additions pay for, 2 or more.
template <class S>
Index replacements_for(const observe::Observation<S>& observation, Index step, double multiplications);

/// dL/dx_t, (I, T), of the trace's loss with respect to what the network reads: a one-hot vector, its
/// embedding, or values.
template <class S>
Matrix<S> input_gradients(const nn::Network<S>& network, const trace::SequenceTrace<S>& text);

extern template PredictionSaliency prediction_saliency(const observe::Observation<float>&,
                                                       std::optional<Index>, Index, trace::Watch*,
                                                       std::optional<Index>);
extern template PredictionSaliency prediction_saliency(const observe::Observation<double>&,
                                                       std::optional<Index>, Index, trace::Watch*,
                                                       std::optional<Index>);
extern template Index replacements_for(const observe::Observation<float>&, Index, double);
extern template Index replacements_for(const observe::Observation<double>&, Index, double);

}  // namespace gatescope::analysis
