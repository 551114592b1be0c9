#include "core/views/reading.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <variant>

namespace gatescope::views {
namespace {

using Reading = std::pair<std::string_view, std::string_view>;
constexpr auto kReadings = std::to_array<Reading>({
    {"gates", "Each row is a unit, each column a character; bright: gate open, dark: closed."},
    {"states", "Each line is a unit over the text."},
    {"portrait", "Each point is a step: one state to the right, another upwards."},
    {"text", "Each character has the colour of the value at its step."},
    {"gradient", "How much of the loss’s gradient is left, step by step back in time."},
    {"training", "From left to right the updates of the weights; a lower loss is better."},
    {"saturation", "Points near the ends of the axes are gates that hardly move, and so hardly learn."},
    {"next", "Each bar is what may come, as long as it is likely."},
    {"cell", "Open valves let through, closed ones hold back; the pipe is as wide as what is remembered."},
    {"unrolled", "The loss is at ▼; away from it, how much of its gradient is left at other steps."},
    {"attention", "Across: when it was written; down: when it is read; bright: much of it is still there."},
    {"survival", "The curve falls where the gate lets go of what was remembered."},
    {"timescales", "Each point is a memory; the higher, the longer it lasts."},
    {"clock", "The wider the gap before a character, the more the memory forgets on reading it."},
    {"memory", "Left what is stored; right a strong positive cell is a query that fits an earlier key."},
    {"parameters", "Each row is a gate, each panel one number of it."},
    {"conventions", "Where the two lines part, a program that mixes them up is wrong."},
    {"highway", "The lowest band is the way through the memory alone, the others are detours."},
    {"triangle", "Below the diagonal a loss looks back; a bright column is a step that many losses owe to."},
    {"taught", "The higher a band, the more that gate’s weights learn from the character there."},
    {"saliency", "Far from zero: a character that the prediction hangs on."},
    {"interventions", "Each row is a gate, each column a character; strong colour: it would have mattered."},
    {"diagnoses",
     "A full dot: with that one change it really came out better, as the bars say; a ring: it did not."},
    {"effect", "Natural beside forced: the further apart they are, the more the rule changes."},
    {"reach", "To the left further back; a line that falls steeply is a past that is soon forgotten."},
    {"lyapunov", "A line at 0 keeps what it is told; the deeper it lies, the sooner it forgets."},
    {"gain_map", "To the left further back, upwards a higher setting; along the line a tenth is left."},
    {"over_training", "From left to right the updates of the weights."},
    {"fixed_points", "Filled: the state is drawn in and stays; rings: it is pushed away in some direction."},
    {"lengths", "The further right a line stays at the top, the longer the sources that it copes with."},
    {"alignment", "Each row is a step of the target; bright is the character of the source it looks at."},
    {"links",
     "A wide line: the target’s symbol looks there; an arc is a way back that leaves the states out."},
    {"forecast",
     "Right of the line the network reads its own forecasts; the nearer to the series, the better."},
    {"forecast_errors",
     "The lower, the better; above the naive line it is worse than repeating the last value."},
    {"fan", "To the left further back; a line that falls is a past that fades."},
});

template <class M>
bool has(const plot::Figure& figure) {
  return std::ranges::any_of(figure.panels, [](const plot::Panel& panel) {
    return std::ranges::any_of(panel.marks,
                               [](const plot::Mark& mark) { return std::holds_alternative<M>(mark); });
  });
}

}  // namespace

std::string_view reading_of(std::string_view view) {
  const auto found = std::ranges::find(kReadings, view, &Reading::first);
  return found == kReadings.end() ? std::string_view() : found->second;
}

plot::Figure with_reading(plot::Figure figure, std::string_view view) {
  std::string reading(reading_of(view));
  if (reading.empty() || (view == "next" && !has<plot::Bars>(figure))) return figure;
  if (view == "states" && has<plot::Band>(figure)) reading += " The band is where most of the units lie.";
  figure.caption = figure.caption.empty() ? reading : reading + " " + figure.caption;
  return figure;
}

}  // namespace gatescope::views
