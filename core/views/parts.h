#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/analysis/kept.h"
#include "core/analysis/unit_rows.h"
#include "core/capitalised.h"
#include "core/views/view.h"

/// What several views need: which layer, which channels, what they are called, how they are coloured.
namespace gatescope::views {

using Tape = nn::LayerTape<float>;
using SequenceTrace = trace::SequenceTrace<float>;
using analysis::Run;
using analysis::UnitRows;

/// The observation a view of one model draws. Throws Error where there is none, or nothing was read.
const Observation& only_observation(std::span<const Observation> observations, std::string_view view);
/// The layer and direction the options name. Throws Error that says which there are.
const Tape& tape_of(const Observation& observation, const SequenceTrace& text, const ViewOptions& options);

/// A channel of that layer, for what is computed from it.
analysis::Series series_of(const ViewOptions& options, int channel, bool natural = false, bool raw = false);

/// The channel of that symbol. Throws Error that lists the symbols, and for one that is not counted in units.
int channel_of(const nn::CellInfo& cell, std::string_view symbol);
/// The gates first, what keeps before what writes, then candidate and states; internal quantities left out.
std::vector<int> shown_channels(const nn::CellInfo& cell);
bool is_gate(const nn::CellInfo& cell, int channel);

InkRole role_of(const nn::CellInfo& cell, int channel);
/// The least value that a switch forces a channel to: a valve's closed one, else 0 or -1.
double least_forced(const nn::Channel& channel);
/// Where a slider or a drag of it begins: what lies further down is as good as closed.
double least_slid(const nn::Channel& channel);
/// The line of the k-th model in a comparison: its family's colour, another one where that is taken.
Ink model_ink(std::span<const Observation> observations, std::size_t k);
Dash model_dash(std::size_t k);

std::string symbol_of(const nn::Channel& channel);       ///< "fₜ"
std::string whole_title_of(const nn::Channel& channel);  ///< "memory mₜ": all numbers of a unit
std::string title_of(const nn::Channel& channel);  ///< "forget gate fₜ", "memory m₀ₜ" of several a unit
/// "fₜ", "m₀ₜ" of the first of several numbers a unit.
std::string number_of(const nn::Channel& channel);
/// Where one of several numbers a unit is shown, that it is; else nothing.
std::string several_sentence(const nn::CellInfo& cell, std::span<const int> channels);
/// Its name in legends, or what else tells it.
std::string name_of(const Observation& observation);
std::string where_of(const Observation& observation,
                     const ViewOptions& options);  ///< "LSTM, layer 1 of 2, backward"

/// Steps that are computed at the chosen frame: all T without one.
Index steps_shown(const Tape& tape, const ViewOptions& options);
/// The chosen units, or `otherwise`. Throws Error for one that does not exist.
std::vector<int> units_or(const Tape& tape, const ViewOptions& options, std::vector<int> otherwise);
/// The units of rows, in the order the options ask for; those of `units` alone.
std::vector<int> sorted_rows(const Observation& observation, const ViewOptions& options,
                             std::vector<int> units);
/// How they are sorted, in words, or nothing.
std::string order_sentence(const Observation& observation, const ViewOptions& options);
/// The y axis of rows that each are a unit's.
Axis unit_axis(const std::vector<int>& units);
void check_unit(const Tape& tape, int unit);
void check_step(const Tape& tape, int step);
/// The x axis of views over time: all steps, whether computed yet or not, the characters under them.
Axis time_axis(const Observation& observation, const Tape& tape);

/// Gates 0..1, everything else about zero; the same range at every frame. Where a rule is in force the
/// natural run sets it, so that what a rule does looks like what it does. Of all units it is the usual size
/// (analysis/summary.h), else the unit's own.
ColorScale colors_of(const Observation& observation, const ViewOptions& options, int channel,
                     std::optional<int> unit = {});

/// Steps at which rules touch a channel, (from - 1/2, to + 1/2), merged; with a unit, only the rules for it.
std::vector<std::pair<double, double>> forced_steps(const Observation& observation,
                                                    const ViewOptions& options, const Tape& tape, int channel,
                                                    std::optional<int> unit = {});
/// The same of any channel of any layer.
std::vector<std::pair<double, double>> forced_steps(const Observation& observation, Index steps);
/// Amber spans, or nothing where nothing is forced.
void add_forced(Panel& panel, std::vector<std::pair<double, double>> intervals);
/// Where a lens over the figure ends: steps before it are shown without the rules. None where nothing is
/// forced, or there is no lens.
std::optional<int> lens_of(const Observation& observation, const ViewOptions& options);
/// Of forced steps those that are seen beside the lens.
std::vector<std::pair<double, double>> seen_through(std::optional<int> lens,
                                                    std::vector<std::pair<double, double>> intervals);
/// The lens' edge; `named`: with what is on either side of it.
void add_lens(Panel& panel, int lens, bool named);
/// "Left of step 12: without the rule." or nothing.
std::string lens_sentence(std::optional<int> lens);
/// Of two runs over the same steps, the natural one before the lens' edge.
template <class Values>
Values through_lens(std::optional<int> lens, Values forced, const Values& natural) {
  const std::size_t edge = lens ? static_cast<std::size_t>(*lens) : 0;
  for (std::size_t t = 0; t < std::min({edge, forced.size(), natural.size()}); ++t) forced[t] = natural[t];
  return forced;
}
/// The run that sets scales and choices of units: the natural one where there are rules.
analysis::Series scale_series(const Observation& observation, const ViewOptions& options, int channel);

/// "Forced: f=0, i=*0.5." or nothing.
std::string forced_sentence(const Observation& observation);
/// The rules of all of them, each once.
std::string forced_sentence(std::span<const Observation> observations);
/// What went in at a step: “k”, or "a space".
std::string read_in_quotes(const Observation& observation, Index step);
/// Two texts of a caption, a space between.
std::string sentences(std::initializer_list<std::string> parts);

/// One unit of a channel over the first `shown` steps; (shown).
std::vector<double> unit_values(const ConstMatrixView<float>& values, int unit, Index shown);

/// What rules leave of a channel until before step `end`, and what that is: "0.74 → 0" of "the memory of step
/// 4 left at step 9", natural and forced (analysis/memory_left.h); of what no gate keeps "0.85" as
/// "|h|, forced / natural".
struct Left {
  std::string value, label;
};
Left left_of(const Observation& observation, const analysis::Series& series, Index end);

/// A number as a person would quote it: three digits, "–" where it is not finite.
std::string quoted(double value);
std::string percent(double share);
std::string counted(Index count, std::string_view one, std::string_view many);

}  // namespace gatescope::views
