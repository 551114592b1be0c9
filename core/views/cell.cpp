// The cell drawn as in a textbook, with the values that flow through it at one step: gates are valves, the
// memory is a bus along the top. Numbers come from the tape alone.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/nn/blocks.h"
#include "core/nn/drawing.h"
#include "core/plot/print.h"
#include "core/utf8.h"
#include "core/views/cell_drawing.h"
#include "core/views/graph_layout.h"
#include "core/views/layer_drawing.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

class CellView {
 public:
  CellView(const Observation& observation, const ViewOptions& options)
      : observation_(observation),
        options_(options),
        tape_(tape_of(observation, *observation.sequence, options)),
        moment_(observation, options, tape_, step_of(options)) {
    if (options.unit) check_unit(tape_, *options.unit);
  }

  Figure make() const {
    Figure figure;
    figure.title = fmt::format("{}, {}", where_of(observation_, options_), whose());
    figure.headlines.push_back(headline());
    figure.caption = caption();
    Panel panel{.legend = Legend::none};
    panel.marks.push_back(draw_cell(moment_, surroundings()));
    figure.panels.push_back(std::move(panel));
    if (std::optional<Diagram> layer = draw_layer(moment_, tape_.sizes())) {
      const nn::Block* block = nn::block_of(observation_.network->spec());
      Panel around{.title = block ? fmt::format("the {} around the cell", block->title)
                                  : "what the layer does around the cell",
                   .legend = Legend::none,
                   .height = 0.3F};
      around.marks.push_back(*std::move(layer));
      figure.panels.push_back(std::move(around));
    }
    return figure;
  }

 private:
  Index step_of(const ViewOptions& options) const {
    if (options.step) check_step(tape_, *options.step);
    const Index last = tape_.steps() - 1;
    return std::clamp<Index>(options.frame ? *options.frame : options.step ? *options.step : last, 0, last);
  }

  std::string whose() const {
    const std::string units = moment_.unit()        ? fmt::format("unit {}", *moment_.unit())
                              : tape_.hidden() == 1 ? "unit 0"
                                                    : fmt::format("mean of {} units", tape_.hidden());
    return fmt::format("{} at step {}", units, moment_.step());
  }

  CellSurroundings surroundings() const {
    CellSurroundings around;
    const int layers = observation_.network->spec().layers;
    around.input = options_.layer > 0 ? fmt::format("layer {}", options_.layer - 1)
                                      : display_text(observation_.read(moment_.step()));
    if (options_.layer + 1 < layers) {
      around.onward = fmt::format("layer {}", options_.layer + 1);
      return around;
    }
    around.outcome = observation_.outcome().likeliest;
    const auto outputs = observation_.sequence->trace.outputs.col(moment_.step());
    if (!observation_.outcome().has_probabilities) {
      around.next = quoted(static_cast<double>(outputs[0]));
      if (outputs.size() > 1) around.likelihood = fmt::format("of {}", outputs.size());
      return around;
    }
    const auto kept = analysis::next_characters(observation_, Run::in_force, moment_.step(), 1);
    const std::vector<analysis::NextCharacter>& best = *kept;
    around.next = best.empty() || !std::isfinite(best[0].probability)
                      ? "?"
                      : display_text(observation_.alphabet.output(best[0].character));
    around.likelihood = percent(best.empty() ? NAN : best[0].probability);
    return around;
  }

  /// How much of the memory is kept; without a gate that decides it, the hidden state.
  Headline headline() const {
    const nn::CellInfo& cell = tape_.info();
    const int memory = cell.memory();
    const std::string symbol = symbol_of(cell.channels[memory]);
    const int keep = cell.keep_gate();
    if (keep == nn::kNone)
      return {quoted(moment_.now(memory)), fmt::format("is the hidden state {}", symbol)};
    // Where the gate's high bias writes, as in minGRU, it is closed that keeps.
    const bool writes = cell.channels[keep].keeps == nn::Share::rest;
    const auto kept = [&](double gate) { return percent(writes ? 1 - gate : gate); };
    std::string label = fmt::format("of {}₋₁ kept", symbol);
    if (const auto raw = moment_.raw(keep)) label += ", " + kept(*raw) + " wanted";
    return {kept(moment_.now(keep)), label};
  }

  std::string caption() const {
    const nn::CellInfo& cell = tape_.info();
    const int memory = cell.memory();
    const std::string symbol = symbol_of(cell.channels[memory]);
    const bool gates = std::any_of(cell.channels.begin(), cell.channels.end(),
                                   [](const nn::Channel& c) { return c.role == nn::Role::gate; });
    const bool mean = !moment_.unit() && tape_.hidden() > 1;
    return sentences(
        {gates ? valves_sentence() : "",
         fmt::format("The wide line is as wide as |{}|, {} at most{}; {}.", symbol,
                     quoted(moment_.greatest(memory)), observation_.natural ? " without the rule" : "",
                     signed_on_screens),
         mean ? "Numbers are means over the units; the mean of a product is not the product of the means."
              : "",
         numbers_sentence(), forced_sentence(observation_)});
  }

  /// Of a drawing made from the equations: that some valves open where their gate closes.
  std::string valves_sentence() const {
    const bool rest = !nn::drawing_of(tape_.info()) &&
                      std::ranges::any_of(sketch_of(tape_.info()).valves, &SketchValve::complement);
    return rest ? "A valve is as open as its gate, or as what is written beside it."
                : "A valve is as open as its gate.";
  }

  /// Which numbers are shown of channels that have several.
  std::string numbers_sentence() const {
    const nn::CellInfo& cell = tape_.info();
    if (nn::drawing_of(cell)) return "";
    std::string symbols;
    const auto& channels = cell.alone().channels;
    for (const nn::Channel& channel : channels) {
      if (channel.extent == nn::kUnits || channel.extent == nn::kHeads) continue;
      symbols += (symbols.empty() ? "" : ", ") + std::string(channel.symbol);
    }
    if (symbols.empty()) return "";
    return moment_.unit() ? fmt::format("Of {} the drawing shows number n = 0 of several.", symbols)
                          : fmt::format("{} have several numbers n; means are over them, too.", symbols);
  }

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  CellMoment moment_;
};

}  // namespace

Figure cell_view(std::span<const Observation> observations, const ViewOptions& options) {
  return CellView(only_observation(observations, "cell"), options).make();
}

}  // namespace gatescope::views
