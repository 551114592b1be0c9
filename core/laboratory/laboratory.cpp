#include "core/laboratory/laboratory.h"

#include <fmt/format.h>

#include <array>

#include "core/analysis/addressed_memory.h"
#include "core/analysis/conventions.h"
#include "core/analysis/diagnoses.h"
#include "core/analysis/gain_map.h"
#include "core/analysis/gated_memory.h"
#include "core/analysis/interventions.h"
#include "core/analysis/over_training.h"
#include "core/analysis/replacements.h"
#include "core/analysis/state_steps.h"
#include "core/analysis/triangle.h"
#include "core/error.h"
#include "core/in_quotes.h"
#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {
namespace {

std::string no_joint_state(const nn::CellInfo&, const nn::ModelSpec& spec) {
  return analysis::why_no_joint_state(spec);
}

std::string no_gated_memory(const nn::CellInfo& cell, const nn::ModelSpec&) {
  return analysis::why_no_gated_memory(cell);
}

std::string no_matrix(const nn::CellInfo& cell, const nn::ModelSpec&) {
  return analysis::why_no_matrix(cell);
}
std::string no_convention(const nn::CellInfo& cell, const nn::ModelSpec&) {
  return analysis::why_no_convention(cell);
}

std::string no_triangle(const nn::CellInfo&, const nn::ModelSpec& spec) {
  return analysis::why_no_triangle(spec);
}
std::string no_diagnoses(const nn::CellInfo&, const nn::ModelSpec& spec) {
  return analysis::why_no_diagnoses(spec);
}
std::string no_replacements(const nn::CellInfo&, const nn::ModelSpec& spec) {
  return analysis::why_no_replacements(spec);
}

std::string no_over_training(const nn::CellInfo&, const nn::ModelSpec& spec) {
  return analysis::why_no_over_training(spec);
}

constexpr std::array kAnalyses{
    Analysis{.name = "jacobian",
             .title = "State Jacobians",
             .sentence = "How the state at one step depends on the states before it: norms and singular "
                         "values of ds_t/ds_{t-k}",
             .view = "fan",
             .takes = {.step = true},
             .why_not = no_joint_state,
             .of_float = jacobian_json,
             .of_double = jacobian_json},
    Analysis{.name = "reach",
             .title = "Reach of the gradient",
             .sentence = "How far back the gradient reaches: norms of the state's and of one loss's gradient "
                         "by lag over many positions, and the time constant of their tail",
             .view = "reach",
             .takes = {.held_out = true},
             .needs = {.tape = true, .natural = true},
             .why_not = no_joint_state,
             .of_float = reach_json,
             .of_double = reach_json},
    Analysis{.name = "fan",
             .title = "Jacobian fan",
             .sentence = "How a small change of the state grows or fades in every direction: singular values "
                         "over the lag, of single steps, and of the keep gates alone",
             .view = "fan",
             .takes = {.step = true},
             .why_not = no_joint_state,
             .of_float = fan_json,
             .of_double = fan_json},
    Analysis{.name = "lyapunov",
             .title = "Lyapunov exponents",
             .sentence = "By how much small changes of the state grow or fade a step, over the whole text",
             .view = "lyapunov",
             .why_not = no_joint_state,
             .of_float = lyapunov_json,
             .of_double = lyapunov_json},
    Analysis{.name = "gain_map",
             .title = "Gain and bias map",
             .sentence =
                 "How much of the gradient is left by lag, of untrained weights, over the bias of the "
                 "gate that keeps or the spectral radius of the recurrent weights, and of the model "
                 "itself",
             .view = "gain_map",
             .why_not = analysis::why_no_gain_map,
             .of_float = gain_map_json,
             .of_double = gain_map_json},
    Analysis{.name = "over_training",
             .title = "Over training",
             .sentence = "What is left of the gradient, how saturated the gates are, the highway's share and "
                         "the greatest exponent, at the kept moments of a training",
             .view = "over_training",
             .of_moments = true,
             .why_not = no_over_training,
             .of_float = over_training_json,
             .of_double = over_training_json},
    Analysis{.name = "fixed_points",
             .title = "Fixed and slow points",
             .sentence = "Where the state comes to rest while one character is read again and again: minima "
                         "of its speed, and the eigenvalues there",
             .view = "fixed_points",
             .takes = {.step = true},
             .why_not = no_joint_state,
             .of_float = fixed_points_json,
             .of_double = fixed_points_json},
    Analysis{.name = "attention",
             .title = "Memory attention",
             .sentence =
                 "What the memory of a unit at each step is made of: an exact weighted sum of what was "
                 "written at each step before; of no unit the mean weights",
             .view = "attention",
             .takes = {.layer = true, .step = true, .unit = true, .number = true, .direction = true},
             .why_not = no_gated_memory,
             .of_float = attention_json,
             .of_double = attention_json},
    Analysis{.name = "survival",
             .title = "Survival in memory",
             .sentence =
                 "How much is left, step by step, of what the memory held at one step, and which steps "
                 "erased it",
             .view = "survival",
             .takes = {.layer = true, .step = true, .unit = true, .direction = true},
             .why_not = no_gated_memory,
             .of_float = survival_json,
             .of_double = survival_json},
    Analysis{.name = "timescales",
             .title = "Time constants",
             .sentence =
                 "How many steps every memory lasts, by its bias alone and over the text, the longest "
                 "first",
             .view = "timescales",
             .takes = {.layer = true, .unit = true, .direction = true},
             .why_not = no_gated_memory,
             .of_float = timescales_json,
             .of_double = timescales_json},
    Analysis{.name = "clock",
             .title = "The memory's clock",
             .sentence =
                 "How much time passes for the memory at each step, -ln of what it keeps, or S6's step; "
                 "of no unit the mean",
             .view = "clock",
             .takes = {.layer = true, .unit = true, .direction = true},
             .why_not = no_gated_memory,
             .of_float = clock_json,
             .of_double = clock_json},
    Analysis{.name = "memory",
             .title = "Matrix memory",
             .sentence = "The matrix that every head remembers in at one step, and the cosine of every query "
                         "with every key of the unit's head",
             .view = "memory",
             .takes = {.layer = true, .step = true, .unit = true, .direction = true},
             .why_not = no_matrix,
             .of_float = matrix_json,
             .of_double = matrix_json},
    Analysis{.name = "conventions",
             .title = "Written in two ways",
             .sentence =
                 "A unit as the cell here has it, and as papers or programs write it elsewhere, on the same "
                 "weights, and how far all units are apart",
             .view = "conventions",
             .takes = {.layer = true, .unit = true, .direction = true},
             .why_not = no_convention,
             .of_float = conventions_json,
             .of_double = conventions_json},
    Analysis{.name = "highway",
             .title = "Highway and detours",
             .sentence =
                 "The gradient of one step's loss in the memory of every step, as the sum of what came "
                 "through the keep gate alone and through each gate and the candidate",
             .view = "highway",
             .takes = {.layer = true, .step = true, .direction = true},
             .why_not = no_gated_memory,
             .of_float = highway_json,
             .of_double = highway_json},
    Analysis{.name = "triangle",
             .title = "Who owes whom",
             .sentence = "How much the loss of every step depends on the hidden state of every step before "
                         "it: norms of dL_s/dh_t, computed and measured",
             .view = "triangle",
             .takes = {.layer = true, .topmost = true},
             .why_not = no_triangle,
             .of_float = triangle_json,
             .of_double = triangle_json},
    Analysis{.name = "taught",
             .title = "Which step taught it",
             .sentence = "How large each step's term of the gradient of the weights is, gate by gate, whole "
                         "and cut as in training",
             .view = "taught",
             .takes = {.layer = true, .truncation = true, .direction = true},
             .needs = {.tape = true, .gradients = true},
             .of_float = taught_json,
             .of_double = taught_json},
    Analysis{.name = "saliency",
             .title = "Saliency of one prediction",
             .sentence = "What one prediction owes to each character before it: gradient times input, and "
                         "the change when the character is replaced",
             .view = "saliency",
             .takes = {.step = true},
             .why_not = no_replacements,
             .of_float = saliency_json,
             .of_double = saliency_json},
    Analysis{.name = "interventions",
             .title = "Intervention map",
             .sentence = "By how much the log probability of one target changes with each gate closed or "
                         "opened at each step",
             .view = "interventions",
             .takes = {.layer = true, .step = true, .topmost = true},
             .why_not = analysis::why_no_interventions,
             .of_float = interventions_json,
             .of_double = interventions_json},
    Analysis{.name = "parameters",
             .title = "Parameters gate by gate",
             .sentence =
                 "Of every gate and channel with weights: how many, their norms, the mean bias and the "
                 "time constant that it implies, and how far they moved since the start",
             .view = "parameters",
             .takes = {.layer = true, .direction = true},
             .of_float = parameters_json,
             .of_double = parameters_json},
    Analysis{.name = "diagnoses",
             .title = "Diagnoses in words",
             .sentence = "What may be wrong with gates, memory and gradients: measured, and tried by really "
                         "running what would put it right",
             .view = "diagnoses",
             .takes = {.layer = true, .step = true, .topmost = true},
             .why_not = no_diagnoses,
             .of_float = diagnoses_json,
             .of_double = diagnoses_json},
};

}  // namespace

std::span<const Analysis> all_analyses() {
  return kAnalyses;
}

const Analysis& find_analysis(std::string_view name) {
  std::string names;
  for (const Analysis& analysis : kAnalyses) {
    if (analysis.name == name) return analysis;
    names += (names.empty() ? "" : ", ") + std::string(analysis.name);
  }
  fail("there is no analysis '{}', expected one of {}", printable(name), names);
}

template <class S>
Json analyze(const Analysis& analysis, const Observation<S>& observation, const Options& options) {
  if (!observation.network || !observation.sequence)
    fail("the analysis {} needs a model that has read something", analysis.name);
  const nn::ModelSpec& spec = observation.network->spec();
  const std::string name = observation.name.empty() ? "the model" : observation.name;
  if (spec.decoder && !analysis.of_pairs)
    fail("{} has no {}: it is an encoder-decoder, and this is of one stack", name, analysis.name);
  if (analysis.why_not)
    if (const std::string why = analysis.why_not(observation.network->cell(options.layer), spec);
        !why.empty())
      fail("{} has no {}: {}", name, analysis.name, why);
  if (analysis.of_moments && (!observation.past || observation.past->moments.empty()))
    fail("{} has no {}: {}", name, analysis.name, kOneMoment);
  const Takes& takes = analysis.takes;
  if (options.layer != 0 && !takes.layer) fail("a layer says nothing to the analysis {}", analysis.name);
  if (options.step && !takes.step) fail("a step says nothing to the analysis {}", analysis.name);
  if (options.truncation != 0 && !takes.truncation)
    fail("a truncation says nothing to the analysis {}", analysis.name);
  if (options.unit && !takes.unit) fail("a unit says nothing to the analysis {}", analysis.name);
  if (options.number && !takes.number)
    fail("a number of a unit says nothing to the analysis {}", analysis.name);
  if (options.backward && !takes.direction)
    fail("a direction says nothing to the analysis {}", analysis.name);
  if (options.backward && !spec.has_backward(options.layer))
    fail("{} reads the text in one direction only, there is no backward one", name);
  if (options.layer < 0 || options.layer >= spec.all_layers()) {
    fail("layer {} does not exist: {} has {}", options.layer, name,
         spec.all_layers() == 1 ? "only layer 0" : fmt::format("layers 0 to {}", spec.all_layers() - 1));
  }
  if (options.step && (*options.step < 0 || *options.step >= observation.steps())) {
    fail("step {} does not exist: what {} read has steps 0 to {}", *options.step, name,
         observation.steps() - 1);
  }
  if (options.unit && (*options.unit < 0 || *options.unit >= spec.hidden))
    fail("unit {} does not exist: {} has units 0 to {}", *options.unit, name, spec.hidden - 1);
  if constexpr (std::is_same_v<S, float>) {
    return analysis.of_float(observation, options);
  } else {
    return analysis.of_double(observation, options);
  }
}

template Json analyze(const Analysis&, const Observation<float>&, const Options&);
template Json analyze(const Analysis&, const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
