#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/analysis/equations.h"
#include "core/analysis/keep_path.h"
#include "core/analysis/memory_left.h"
#include "core/analysis/next_characters.h"
#include "core/analysis/saturation.h"
#include "core/analysis/summary.h"
#include "core/analysis/unit_order.h"
#include "core/analysis/unit_roles.h"
#include "core/observe/observation.h"

/// The analyses of an observation, as whatever shows them asks for them: each is computed once and kept with
/// the observation (observe/memo.h), so that figures, inspector, probe and command line have the same
/// numbers. What is computed says the function of the same name that takes no observation.
namespace gatescope::analysis {

using Observation = observe::Observation<float>;
template <class Result>
using Kept = std::shared_ptr<const Result>;

/// Which of an observation's traces.
enum class Run { in_force, natural };

/// The trace. There is one.
const trace::SequenceTrace<float>& trace_of(const Observation& observation, Run run);

/// One channel of one layer over the steps of a trace.
struct Series {
  int layer = 0;
  bool backward = false;  ///< the direction of a bidirectional layer
  int channel = 0;
  Run run = Run::in_force;
  bool raw = false;  ///< before the rules

  Series natural() const { return {layer, backward, channel, Run::natural, raw}; }
};

/// The kept result of that name (a literal) and options, or a new one. Of one name the `kept` used last stay;
/// of an observation without a memo none does.
template <class Compute>
auto recall(const Observation& observation, std::string_view name, observe::Memo::Options options,
            const Compute& compute, std::size_t kept = observe::Memo::kUsuallyKept) {
  if (observation.memo) return observation.memo->get(name, std::move(options), compute, kept);
  return std::make_shared<const std::invoke_result_t<const Compute&>>(compute());
}

// Of a whole trace.
Kept<std::vector<double>> scores(const Observation& observation, Run run);    ///< (T)
double mean_score(const Observation& observation, Run run);                   ///< of the finite ones
Kept<std::vector<double>> saliency(const Observation& observation, Run run);  ///< (T)
std::optional<Index> loss_step(const Observation& observation, Run run);
double share_guessed(const Observation& observation, Run run);
double belief_in_right(const Observation& observation, Run run);

// Of one step.
Kept<std::vector<NextCharacter>> next_characters(const Observation& observation, Run run, Index step,
                                                 int count);
Kept<std::vector<double>> probabilities(const Observation& observation, Run run, Index step);  ///< (V)
Kept<std::vector<Equation>> equations(const Observation& observation, const Place& place);

// Of a channel; of several numbers a unit the first is a unit's value, but for the means and
// the shares of saturated values.
Kept<Summary> summary(const Observation& observation, const Series& series,
                      Index steps);  ///< of the first ones
double usual_size(const Observation& observation, const Series& series);
Kept<std::vector<Summary>> summaries_of_steps(const Observation& observation, const Series& series);  ///< (T)
Kept<std::vector<int>> telling_units(const Observation& observation, const Series& series, int count);
Kept<std::vector<int>> most_varying_units(const Observation& observation, const Series& series, int count);
/// Of all numbers of a unit; step 0 of the layer's order is left out where it sets the gate (keeps.h).
Kept<Saturation> saturation(const Observation& observation, const Series& series);
double relative_step(const Observation& observation, const Series& series, Index steps);  ///< Drift::mean
/// The same of one unit; NaN where it never moves.
double relative_step(const Observation& observation, const Series& series, Index steps, int unit);
/// The mean over the units, (T).
Kept<std::vector<double>> unit_means(const Observation& observation, const Series& series);
Kept<std::vector<double>> mean_sizes(const Observation& observation, const Series& series);  ///< (T)
/// The size of a channel under the rules over its size without them, from the first forced step on, until
/// before step `end`; NaN where nothing is forced.
double size_ratio(const Observation& observation, const Series& series, Index end);
/// Of the layer's memory under the series' run; none where nothing is forced or no gate keeps it.
Kept<std::optional<OldMemory>> old_memory(const Observation& observation, const Series& series);

/// One unit over the steps, (T), and the range of its finite values: 0 and 0 where there is none.
struct UnitSeries {
  std::vector<float> values;
  float least = 0, greatest = 0;
};
Kept<UnitSeries> unit_series(const Observation& observation, const Series& series, int unit);

/// What units of a layer do over the text (analysis/unit_roles.h), without rules: these do not change it.
Kept<std::vector<UnitRole>> unit_roles(const Observation& observation, int layer, bool backward);

/// The units of a layer by a channel's mean or one of the orders of analysis/unit_order.h, without rules:
/// rows stay in their places while something is forced. Throws Error where they cannot be ordered so.
Kept<UnitOrder> unit_order(const Observation& observation, int layer, bool backward, std::string_view by);
/// The greatest size of each unit, (H).
Kept<std::vector<double>> unit_sizes(const Observation& observation, const Series& series);

/// ‖dL/dx_t‖ by lag from a step on, and how far it reaches, to kReachShare.
struct GradientLags {
  std::vector<double> norms;
  std::optional<Index> reach;
};
Kept<GradientLags> gradient_lags(const Observation& observation, const Series& series, Index from);
/// The gradient in a layer's memory by the ways it came; the series says layer, direction and run.
Kept<KeepPath> keep_path(const Observation& observation, const Series& series, Index from);

}  // namespace gatescope::analysis
