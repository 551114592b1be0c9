#include "core/views/memory_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gatescope::views {

analysis::GatedMemories<float> memories_of(const Observation& observation, const ViewOptions& options,
                                           bool natural) {
  const Tape& tape = tape_of(observation, natural ? *observation.natural : *observation.sequence, options);
  std::span<const nn::ForceRule> rules;
  if (!natural) rules = observation.rules;
  return {tape, rules, options.layer};
}

std::optional<Figure> without_memory(const Observation& observation, const ViewOptions& options,
                                     std::string_view title) {
  const std::string why = analysis::why_no_gated_memory(observation.network->cell(options.layer));
  if (why.empty()) return std::nullopt;
  Figure figure;
  figure.title = fmt::format("{}, {}", title, where_of(observation, options));
  figure.headlines.push_back({"–", "of a memory that a gate keeps"});
  figure.panels.push_back({.empty_text = capitalised(why) + "."});
  return figure;
}

observe::Memo::Options memory_options(const ViewOptions& options, bool natural,
                                      std::initializer_list<Index> others) {
  observe::Memo::Options all{options.layer, options.backward_direction, natural};
  all.insert(all.end(), others);
  return all;
}

Steps steps_of_pairs(const Tape& tape, const ViewOptions& options, Index step) {
  constexpr int most = 200;
  const int end = static_cast<int>(tape.steps()) - 1;
  Steps steps{0, end};
  if (options.steps) {
    steps.first = std::clamp(options.steps->first, 0, end);
    steps.last = std::clamp(options.steps->last, steps.first, end);
  }
  if (steps.last - steps.first >= most) {
    steps.first = std::clamp(static_cast<int>(step) - most / 2, steps.first, steps.last - most + 1);
    steps.last = steps.first + most - 1;
  }
  return steps;
}

std::string pairs_sentence(const Tape& tape, const Steps& steps) {
  if (steps.first == 0 && steps.last == tape.steps() - 1) return "";
  return fmt::format("Steps {} to {} of {}.", steps.first, steps.last, tape.steps());
}

std::string memory_symbol(const Observation& observation, const ViewOptions& options) {
  const nn::CellInfo& cell = observation.network->cell(options.layer);
  return symbol_of(cell.channels[cell.memory()]);
}

std::string in_steps(double steps) {
  if (!std::isfinite(steps)) return steps > 0 ? "∞ steps" : "–";
  return fmt::format("{:.{}f} steps", steps, steps < 9.95 ? 1 : 0);
}

}  // namespace gatescope::views
