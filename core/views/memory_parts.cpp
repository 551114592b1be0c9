#include "core/views/memory_parts.h"

#include <fmt/format.h>

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
  const std::string why = analysis::why_no_gated_memory(observation.network->cell());
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

std::string memory_symbol(const Observation& observation) {
  const nn::CellInfo& cell = observation.network->cell();
  return number_of(cell.channels[cell.memory()]);
}

std::string in_steps(double steps) {
  if (!std::isfinite(steps)) return steps > 0 ? "∞ steps" : "–";
  return fmt::format("{:.{}f} steps", steps, steps < 9.95 ? 1 : 0);
}

}  // namespace gatescope::views
