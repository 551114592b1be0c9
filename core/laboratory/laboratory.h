#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/observe/needs.h"
#include "core/observe/observation.h"

/// The laboratory: exact measures of what a network does with its gradients and its memory, as one table.
/// The numbers are core/analysis', the pictures core/views'; here stands what they are called and asked for.
namespace gatescope::laboratory {

using Json = nlohmann::ordered_json;
template <class S>
using Observation = observe::Observation<S>;

/// What one may ask of an analysis besides its name.
struct Options {
  int layer = 0;
  std::optional<Index> step = {};  ///< none: the last
  std::optional<int> unit = {};
  std::optional<int> number = {};  ///< of a unit's memories, where it has several; none: the first
  Index truncation = 0;            ///< steps between the borders where the gradient is cut; 0: nowhere
  bool backward = false;           ///< of a layer that reads in both directions the one from the end
};

/// Which of them say something to it.
struct Takes {
  bool layer = false, step = false, unit = false, number = false;
  bool topmost = false;  ///< where nobody says a layer, it is the topmost
  bool truncation = false;
  bool direction = false;
  bool held_out = false;  ///< held-out sequences that the observation knows of (observe/held_out.h)
};

struct Analysis {
  std::string_view name;  ///< on the command line
  std::string_view title = {};
  std::string_view sentence = {};  ///< what it says
  std::string_view view = {};      ///< that draws it (core/views)
  Takes takes = {};
  observe::Needs needs = {.tape = true};  ///< of the observation
  bool of_pairs = false;                  ///< an encoder-decoder has it, too
  bool of_moments = false;                ///< of the moments of a training that are kept (Observation::past)
  /// Why a model has no such thing, naming what it lacks; empty where it has. Null: every model has it.
  std::string (*why_not)(const nn::CellInfo& cell, const nn::ModelSpec& spec) = nullptr;
  Json (*of_float)(const Observation<float>&, const Options&) = nullptr;  ///< the same
  Json (*of_double)(const Observation<double>&, const Options&) = nullptr;
};

/// Why a file has none that is of moments.
inline constexpr std::string_view kOneMoment =
    "it is of the moments of a training, which a window keeps while it trains (its tab Lab); a file or a "
    "run's folder holds one";

/// All analyses, in the order of lists.
std::span<const Analysis> all_analyses();
/// Throws Error that lists the names.
const Analysis& find_analysis(std::string_view name);

/// Its result; numbers that are not finite are null in it. Throws Error, which names the model, where that
/// has no such thing, for an option that says nothing to it, and for a layer, step or unit that does not
/// exist.
template <class S>
Json analyze(const Analysis& analysis, const Observation<S>& observation, const Options& options);

extern template Json analyze(const Analysis&, const Observation<float>&, const Options&);
extern template Json analyze(const Analysis&, const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
