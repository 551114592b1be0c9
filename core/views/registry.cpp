#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/analysis/one_loss.h"
#include "core/error.h"
#include "core/in_quotes.h"
#include "core/views/laboratory_parts.h"
#include "core/views/not_shown.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr std::array<std::string_view, 2> kOfCharacters{"loss", "saliency"};

constexpr std::array kViews{
    View{.id = "gates",
         .title = "Gates",
         .sentence = "Every gate, candidate and state of a layer, units by steps",
         .reading = "Each row is a unit, each column a character; bright: gate open, dark: closed.",
         .needs = {.tape = true, .natural = true},
         .animates = true,
         .of_pairs = true,
         .takes = {.units = true, .channel = true, .sort = true, .own_scales = true, .lens = true},
         .tab = {1, "Gates", "Gates"},
         .draw = gates_view},
    View{.id = "states",
         .title = "Cell and hidden state",
         .sentence = "The cell state beside the hidden state: chosen units, mean and spread, relative step",
         .reading = "Each line is a unit over the text.",
         .reading_of_band = "The band is where most of the units lie.",
         .needs = {.tape = true, .natural = true},
         .animates = true,
         .of_pairs = true,
         .takes = {.units = true, .chosen_unit_alone = true, .lens = true},
         .tab = {2, "Cell / hidden", "States"},
         .draw = states_view},
    View{.id = "portrait",
         .title = "Phase portrait",
         .sentence = "The hidden state over the cell state, coloured by time",
         .reading = "Each point is a step: one state to the right, another upwards.",
         .needs = {.tape = true, .natural = true},
         .animates = true,
         .of_pairs = true,
         .takes = {.units = true, .chosen_unit_alone = true},
         .tab = {7, "Portrait", "Phase"},
         .draw = portrait_view},
    View{.id = "text",
         .title = "Text",
         .sentence = "Characters coloured by one unit of any channel, by their loss, or by their saliency",
         .reading = "Each character has the colour of the value at its step.",
         .needs = {.tape = true, .natural = true, .gradients = true},
         .animates = true,
         .of_pairs = true,
         .takes = {.units = true, .channel = true, .unit = true, .quantity_of_probe = true, .lens = true},
         .quantities = kOfCharacters,
         .draw = text_view},
    View{.id = "gradient",
         .title = "Gradient",
         .sentence = "The gradient of one step's loss on its way back through time, and how far it reaches",
         .reading = "How much of the loss’s gradient is left, step by step back in time.",
         .needs = {.tape = true, .natural = true, .gradients = true, .one_loss = true},
         .compares = true,
         .animates = true,
         .of_pairs = true,
         .draw = gradient_view},
    View{.id = "training",
         .title = "Training",
         .sentence = "Loss in bits per character and gradient norm, update by update",
         .reading = "From left to right the updates of the weights; a lower loss is better.",
         .needs = {.metrics = true},
         .compares = true,
         .of_pairs = true,
         .tab = {6, "Training", "Training"},
         .draw = training_view},
    View{.id = "saturation",
         .title = "Saturation",
         .sentence = "How often each gate is all but open or all but closed",
         .reading = "Points near the ends of the axes are gates that hardly move, and so hardly learn.",
         .needs = {.tape = true, .natural = true},
         .of_pairs = true,
         .takes = {.units = true, .channel = true},
         .tab = {8, "Saturation", "Saturation"},
         .draw = saturation_view},
    View{.id = "next",
         .title = "Next character",
         .sentence = "The most likely next characters and their probabilities",
         .reading = "Each bar is what may come, as long as it is likely.",
         .reading_is_of_bars = true,
         .needs = {.tape = true, .natural = true},
         .animates = true,
         .of_pairs = true,
         .takes = {.top = true, .step = true},
         .tab = {9, "Next", "Next"},
         .draw = next_view},
    View{.id = "cell",
         .title = "Cell",
         .sentence = "The cell as in a textbook, with the values that flow through it at one step",
         .reading =
             "Open valves let through, closed ones hold back; the pipe is as wide as what is remembered.",
         .needs = {.tape = true, .natural = true},
         .animates = true,
         .of_pairs = true,
         .takes = {.step = true, .unit = true},
         .tab = {3, "Cell", "Cell"},
         .draw = cell_view},
    View{.id = "unrolled",
         .title = "Gradient through time",
         .sentence =
             "The unrolled steps with what is left of one loss's gradient in each, and how far it reaches",
         .reading = "The loss is at ▼; away from it, how much of its gradient is left at other steps.",
         .needs = {.tape = true, .natural = true, .gradients = true, .one_loss = true},
         .compares = true,
         .animates = true,
         .tab = {4, "Gradient", "Gradient"},
         .draw = unrolled_view},
    View{.id = "effect",
         .title = "Effect of forcing",
         .sentence =
             "What the rules change: the loss of each character, every unit of a channel, how much is left",
         .reading = "Natural beside forced: the further apart they are, the more the rule changes.",
         .needs = {.tape = true, .natural = true},
         .animates = true,
         .takes = {.channel = true, .quantity_of_probe = true, .sort = true},
         .tab = {5, "Effect", "Effect"},
         .draw = effect_view},
    View{.id = "reach",
         .title = "Reach of the gradient",
         .sentence = "How far back the gradient reaches: of the state and of one step's loss, over many "
                     "positions",
         .reading = "To the left further back; a line that falls steeply is a past that is soon forgotten.",
         .needs = {.tape = true, .natural = true},
         .compares = true,
         .takes = {.held_out = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = reach_view},
    View{.id = "fan",
         .title = "Jacobian fan",
         .sentence = "How a small change of the state grows or fades over so many steps, in every direction",
         .reading = "To the left further back; a line that falls is a past that fades.",
         .needs = {.tape = true, .natural = true},
         .compares = true,
         .takes = {.step = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = fan_view},
    View{.id = "lyapunov",
         .title = "Lyapunov exponents",
         .sentence = "By how much small changes of the state grow or fade a step, in every direction",
         .reading = "A line at 0 keeps what it is told; the deeper it lies, the sooner it forgets.",
         .needs = {.tape = true, .natural = true},
         .compares = true,
         .tab = {0, kLaboratory, kLaboratory},
         .draw = lyapunov_view},
    View{.id = "gain_map",
         .title = "Gain and bias map",
         .sentence = "How far the gradient would reach with every forget bias or recurrent gain, untrained, "
                     "and where the model stands",
         .reading = "To the left further back, upwards a higher setting; along the line a tenth is left.",
         .needs = {.tape = true, .natural = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = gain_map_view},
    View{.id = "over_training",
         .title = "Over training",
         .sentence = "What is left of the gradient, saturated gates, the highway’s share and the greatest "
                     "exponent, update by update",
         .reading = "From left to right the updates of the weights.",
         .needs = {.tape = true, .natural = true},
         .compares = true,
         .tab = {0, kLaboratory, kLaboratory},
         .draw = over_training_view},
    View{.id = "fixed_points",
         .title = "Fixed and slow points",
         .sentence = "Where the state comes to rest while one character is read again and again, and what "
                     "fades or grows there",
         .reading = "Filled: the state is drawn in and stays; rings: it is pushed away in some direction.",
         .needs = {.tape = true},
         .takes = {.step = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = fixed_points_view},
    View{.id = "attention",
         .title = "Memory attention",
         .sentence =
             "What the memory at each step owes to each step before: an exact weighted sum of its writes",
         .reading = "Across: when it was written; down: when it is read; bright: much of it is still there.",
         .needs = {.tape = true, .natural = true},
         .takes = {.step = true, .unit = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = attention_view},
    View{.id = "survival",
         .title = "Survival in memory",
         .sentence = "How much survives of what one step left in the memory, and which steps erase it",
         .reading = "The curve falls where the gate lets go of what was remembered.",
         .needs = {.tape = true, .natural = true},
         .takes = {.step = true, .unit = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = survival_view},
    View{.id = "memory",
         .title = "Matrix memory",
         .sentence = "The matrix that a head remembers in at one step, and which query finds which key",
         .reading = "Left what is stored; right a strong positive cell is a query that fits an earlier key.",
         .needs = {.tape = true, .natural = true},
         .takes = {.step = true, .unit = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = memory_view},
    View{.id = "timescales",
         .title = "Time constants",
         .sentence = "How long every memory lasts: by its bias alone, and over the text",
         .reading = "Each point is a memory; the higher, the longer it lasts.",
         .needs = {.tape = true, .natural = true},
         .compares = true,
         .takes = {.unit = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = timescales_view},
    View{.id = "clock",
         .title = "The memory’s clock",
         .sentence =
             "The text with the time that passes for the memory before each character: where it runs, "
             "and where it stands still",
         .reading = "The wider the gap before a character, the more the memory forgets on reading it.",
         .needs = {.tape = true, .natural = true},
         .takes = {.unit = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = clock_view},
    View{.id = "conventions",
         .title = "Written in two ways",
         .sentence =
             "What papers and programs write in two ways, both on the same weights: GRUs, S6, sLSTM, mLSTM",
         .reading = "Where the two lines part, a program that mixes them up is wrong.",
         .needs = {.tape = true, .natural = true},
         .takes = {.unit = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = conventions_view},
    View{.id = "highway",
         .title = "Highway and detours",
         .sentence =
             "By which ways the gradient of one loss comes back into the memory: the keep gate alone, or "
             "through gates and candidate",
         .reading = "The lowest band is the way through the memory alone, the others are detours.",
         .needs = {.tape = true, .natural = true, .gradients = true, .one_loss = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = highway_view},
    View{
        .id = "triangle",
        .title = "Who owes whom",
        .sentence = "How much the loss of every step depends on the state of every step before it, computed "
                    "and measured",
        .reading = "Below the diagonal a loss looks back; a bright column is a step that many losses owe to.",
        .needs = {.tape = true, .natural = true},
        .tab = {0, kLaboratory, kLaboratory},
        .draw = triangle_view},
    View{.id = "taught",
         .title = "Which step taught it",
         .sentence =
             "What each step adds to the gradient of the weights, gate by gate, whole and as training "
             "cuts it",
         .reading = "The higher a band, the more that gate’s weights learn from the character there.",
         .needs = {.tape = true, .natural = true, .gradients = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = taught_view},
    View{.id = "saliency",
         .title = "Saliency of one prediction",
         .sentence = "What one prediction owes to each character before it, by its gradient and by replacing "
                     "the character",
         .reading = "Far from zero: a character that the prediction hangs on.",
         .needs = {.tape = true, .natural = true},
         .takes = {.step = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = saliency_view},
    View{.id = "interventions",
         .title = "Intervention map",
         .sentence = "What closing or opening each gate at each step would do to one prediction",
         .reading = "Each row is a gate, each column a character; strong colour: it would have mattered.",
         .needs = {.tape = true, .natural = true},
         .takes = {.step = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = interventions_view},
    View{.id = "parameters",
         .title = "Parameters gate by gate",
         .sentence = "How many parameters each gate has, how large they are, what its bias says, and how far "
                     "they have moved",
         .reading = "Each row is a gate, each panel one number of it.",
         .needs = {.tape = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = parameters_view},
    View{.id = "alignment",
         .title = "Alignment",
         .sentence =
             "Where in the source each step of a target looks, and on which way the source decides over one "
             "step",
         .reading = "Each row is a step of the target; bright is the character of the source it looks at.",
         .needs = {.tape = true},
         .of_pairs = true,
         .quick = true,
         .takes = {.step = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = alignment_view},
    View{.id = "links",
         .title = "Links to the source",
         .sentence =
             "Lines from each step of a target to where it looks, and the gradient of one step on its way "
             "back: in the states, and in jumps over attention",
         .reading =
             "A wide line: the target’s symbol looks there; an arc is a way back that leaves the states out.",
         .needs = {.tape = true},
         .of_pairs = true,
         .quick = true,
         .takes = {.step = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = links_view},
    View{.id = "lengths",
         .title = "Over the length of the source",
         .sentence =
             "How many whole targets are right, by the length of their source, and how far an error leads "
             "away",
         .reading = "The further right a line stays at the top, the longer the sources that it copes with.",
         .needs = {.tape = true},
         .compares = true,
         .of_pairs = true,
         .quick = true,
         .tab = {0, kLaboratory, kLaboratory},
         .draw = lengths_view},
    View{.id = "forecast",
         .title = "Forecast",
         .sentence =
             "What the network forecasts of a series from one step on, beside what came and what needs no "
             "network, with its gates below",
         .reading =
             "Right of the line the network reads its own forecasts; the nearer to the series, the better.",
         .needs = {.tape = true, .natural = true},
         .takes = {.step = true, .unit = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = forecast_view},
    View{.id = "forecast_errors",
         .title = "Forecast errors",
         .sentence =
             "How far forecasts lie off by how many rows ahead, over many origins, and whether their bands "
             "hold",
         .reading = "The lower, the better; above the naive line it is worse than repeating the last value.",
         .needs = {.tape = true, .natural = true},
         .compares = true,
         .tab = {0, kLaboratory, kLaboratory},
         .draw = forecast_errors_view},
    View{.id = "diagnoses",
         .title = "Diagnoses in words",
         .sentence =
             "What may be wrong with gates, memory and gradients, and what really comes of putting it "
             "right",
         .reading = "A full dot: with that one change it really came out better, as the bars say; a ring: it "
                    "did not.",
         .needs = {.tape = true, .natural = true},
         .takes = {.step = true},
         .tab = {0, kLaboratory, kLaboratory},
         .draw = diagnoses_view},
};

}  // namespace

namespace {

/// Whether some panel shows those steps: one with a window of its own may have others.
bool has_steps(const Figure& figure, const Steps& steps) {
  return std::ranges::any_of(figure.panels, [&](const Panel& p) {
    return p.x.counts == Counts::steps && p.x.numbers.empty() &&
           p.x.low.value_or(steps.first) <= steps.first && p.x.high.value_or(steps.last) >= steps.last;
  });
}

}  // namespace

std::string legend_name(const std::string& name, const nn::CellInfo& cell) {
  return name.empty() || name == cell.key ? std::string(cell.title) : name;
}

std::span<const View> all_views() {
  return kViews;
}

const View& find_view(std::string_view id) {
  std::string ids;
  for (const View& view : kViews) {
    if (view.id == id) return view;
    ids += (ids.empty() ? "" : ", ") + std::string(view.id);
  }
  fail("there is no view '{}', expected one of {}", printable(id), ids);
}

std::vector<const View*> tabs(std::span<const View> views) {
  std::vector<const View*> with;
  for (const View& view : views)
    if (view.tab.place > 0) with.push_back(&view);
  std::ranges::sort(with, {}, [](const View* view) { return view->tab.place; });
  return with;
}

namespace {

/// Of heatmaps over all steps those columns alone at which the layer computes: of an encoder the source's, of
/// a decoder the target's. Elsewhere there is nothing to draw.
void cut_rest(Figure& figure, const Observation& observation, int layer) {
  if (!observation.network || !observation.network->spec().decoder || !observation.sequence) return;
  const auto steps = static_cast<int>(observation.steps());
  const auto start = static_cast<int>(observation.sequence->trace.pair.start);
  const bool encoder = layer < observation.network->spec().layers;
  const int first = encoder ? 0 : start, end = encoder ? start : steps;
  if (first >= end) return;
  for (Panel& panel : figure.panels)
    for (plot::Mark& mark : panel.marks) {
      auto* const map = std::get_if<Heatmap>(&mark);
      if (!map || map->values.columns != steps || map->x0 != 0 || map->dx != 1) continue;
      std::vector<float> values;
      std::vector<std::string> labels;
      for (int row = 0; row < map->values.rows; ++row)
        for (int step = first; step < end; ++step) {
          values.push_back(map->values.at(row, step));
          if (!map->labels.empty())
            labels.push_back(map->labels[static_cast<std::size_t>(row * steps + step)]);
        }
      map->values = {map->values.rows, end - first, std::move(values)};
      map->labels = std::move(labels);
      map->x0 = first;
    }
}

}  // namespace

Figure View::make(std::span<const Observation> observations, const ViewOptions& options) const {
  for (const Observation& observation : observations)
    if (!of_pairs && observation.network && observation.network->spec().decoder)
      return not_shown(
          fmt::format("{}, {}", title, legend_name(observation.name, observation.network->cell())),
          "it is an encoder-decoder, and this is of one stack; Alignment and Links to the source are of "
          "pairs");
  Figure figure = needs.one_loss ? draw(analysis::with_one_loss(observations, options.loss_step), options)
                                 : draw(observations, options);
  if (of_pairs && !observations.empty()) cut_rest(figure, observations[0], options.layer);
  if (options.steps && has_steps(figure, *options.steps)) {
    const Index steps = observations[0].steps();
    figure.steps = options.steps;
    figure.caption = sentences({figure.caption, fmt::format("Steps {} to {} of {}.", options.steps->first,
                                                            options.steps->last, steps)});
  }
  return figure;
}

}  // namespace gatescope::views
