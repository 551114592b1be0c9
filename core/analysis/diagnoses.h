#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/math/types.h"
#include "core/nn/force_rule.h"
#include "core/observe/observation.h"
#include "core/trace/watch.h"

/// Diagnoses in words: what seems to be wrong with a gate, a memory or a gradient, as a measured quantity and
/// as a counterfactual that was really run. Without its counterfactual nothing is called a cause.
namespace gatescope::analysis {

/// What was changed, and what became of a measure.
struct Counterfactual {
  std::vector<nn::ForceRule> rules = {};  ///< besides those in force, after them
  std::optional<Index> replaced = {};     ///< instead: the step at which another character was read,
  int replacement = -1;                   ///< and which
  std::string rule = {};                  ///< in writing: "f@12=1", "‘a’ at step 3 instead of ‘b’"
  std::string measure = {};               ///< "probability of ‘e’ at step 20"
  double before = 0, after = 0;
};

struct Diagnosis {
  std::string_view key;    ///< "erased"
  std::string title = {};  ///< its verdict in few words: "The forget gate erased what was needed"
  std::string sentence =
      {};  ///< what was measured, then what the counterfactual did, every number in it computed
  struct {
    std::string name;  ///< "share of the cell state that step 12 erased"
    double value = 0;
    std::string unit;  ///< empty for shares and ratios
  } quantity = {};
  Counterfactual counterfactual = {};
  bool confirmed = false;          ///< by the counterfactual
  std::string_view view = {};      ///< that shows it (core/views), of the diagnosed layer
  std::optional<Index> step = {};  ///< the step that view is chosen with
};

/// What was looked for and not diagnosed.
struct NotDiagnosed {
  std::string_view key;
  std::string why;      ///< with the numbers
  bool applies = true;  ///< false: the model lacks the notion, or it is too large to be measured here
};

struct Diagnoses {
  Index step = 0;  ///< of the prediction
  int layer = 0;
  std::vector<Diagnosis> found;  ///< confirmed ones first, then by the size of what the counterfactual did
  std::vector<NotDiagnosed> without;
};

// From where on something is a symptom, and from where on a counterfactual confirms it.
inline constexpr double kErased = 0.5;        ///< share of the memory gone in one step, at least
inline constexpr double kClosedBelow = 0.3;   ///< a share kept that counts as closed in sentences
inline constexpr Index kRecentSteps = 5;      ///< "the last steps"
inline constexpr double kRecent = 0.25;       ///< share of the memory written in these, at most
inline constexpr double kShortTime = 2;       ///< steps, of a time constant by the bias alone, at most
inline constexpr double kAtRails = 0.5;       ///< share of a channel's values near its ends, at least
inline constexpr double kVanishing = 5;       ///< steps, of the time constant of the gradient's tail, below
inline constexpr double kExploding = 1.02;    ///< factor of the gradient a step, above
inline constexpr double kSilent = 0.01;       ///< of the layer's greatest output: a unit that is silent
inline constexpr double kOutputClosed = 0.1;  ///< mean of an output gate, below
inline constexpr double kConfident = 0.5;     ///< probability of a wrong guess, at least
inline constexpr double kBroughtBack = 0.5;   ///< of a prediction's loss, at most: it was this that it lacked
inline constexpr double kFelt = 0.01;         ///< of the mean loss: a change that counts
inline constexpr Index kDiagnosedSteps = 2000;  ///< of a longer text so many steps about the prediction

/// Why a model has none; empty where it has some.
std::string why_no_diagnoses(const nn::ModelSpec& spec);

/// Of the prediction at a step, or without one the last at which something was expected, and of a layer,
/// none: the topmost. In this order:
///   erased        a step erased half of the memory; held open there alone, the prediction's loss halves
///   conservative  little of the memory is recent; opened at one of the last steps, or at all of them, the
///                 prediction's loss halves
///   bias          the keep gate's bias is short-lived, or another one, 1 higher or lower, has a lower mean
///                 loss
///   saturated     a gate's or candidate's values stand near its ends; half its pre-activation lowers the
///                 mean loss
///   gradient      the state's gradient vanishes or explodes; with the keep gate held open, or the
///                 pre-activation rescaled, it does so half as fast
///   unused        without what the gate keeps the mean loss is the same
///   silent        units hardly leave 0; set to 0 the mean loss is the same
///   output        output gates are closed; opened, the mean loss falls
///   confident     a wrong guess; with another character before it, its probability halves
/// The mean loss is that of the text, at the steps at which something is expected. Throws Error as
/// interventions() does, for a step or layer that does not exist; Stopped where the watch says so.
template <class S>
Diagnoses diagnoses(const observe::Observation<S>& observation, std::optional<Index> step,
                    std::optional<int> layer, trace::Watch* watch = nullptr);

extern template Diagnoses diagnoses(const observe::Observation<float>&, std::optional<Index>,
                                    std::optional<int>, trace::Watch*);
extern template Diagnoses diagnoses(const observe::Observation<double>&, std::optional<Index>,
                                    std::optional<int>, trace::Watch*);

}  // namespace gatescope::analysis
