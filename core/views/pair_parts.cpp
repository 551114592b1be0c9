#include "core/views/pair_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/utf8.h"

namespace gatescope::views {

std::string missing_of_pair(const Observation& observation) {
  if (!observation.network->spec().decoder) return "it is one stack, and no encoder-decoder";
  const Index start = observation.sequence->trace.pair.start;
  if (start == observation.steps()) return "nothing was told: the text has no →";
  return start == 0 ? "there is no source before the →" : "";
}

Headline no_attention() {
  return {"–", "no attention: only the encoder's last state goes over"};
}

PairReading::PairReading(const Observation& observation)
    : start(observation.sequence->trace.pair.start), steps(observation.steps()), observation_(observation) {}

bool PairReading::attends() const {
  return observation_.network->spec().decoder->attention != nn::Attention::none;
}

std::string PairReading::told(Index step) const {
  return display_text(
      observation_.alphabet.output(static_cast<int>(observation_.sequence->trace.likeliest(step))));
}

std::string PairReading::expected(Index step) const {
  return display_text(
      observation_.alphabet.output(observation_.sequence->targets[static_cast<std::size_t>(step)]));
}

std::string PairReading::loss_of(Index step) const {
  return observation_.sequence->expects(step) ? expected(step) : told(step);
}

std::string PairReading::told_and_right(Index step) const {
  const std::string is = told(step);
  if (!observation_.sequence->expects(step)) return is;
  const std::string right = expected(step);
  return is == right ? is : fmt::format("{} ({})", is, right);
}

std::vector<std::string> PairReading::source() const {
  std::vector<std::string> all;
  for (Index j = 0; j < start; ++j) all.push_back(display_text(observation_.read(j)));
  return all;
}

Index PairReading::asked_about(const ViewOptions& options) const {
  if (options.step && *options.step >= start) return std::min<Index>(*options.step, steps - 1);
  for (Index t = start; t < steps; ++t)
    if (observation_.sequence->expects(t) && told(t) != expected(t)) return t;
  Index row = 0, column = steps - start - 1;
  if (attends()) observation_.sequence->trace.pair.alpha.rightCols(steps - start).maxCoeff(&row, &column);
  return start + column;
}

analysis::Kept<analysis::SourcePaths> PairReading::paths(Index step) const {
  return analysis::recall(observation_, "source paths", {step},
                          [&] { return analysis::source_paths(observation_, step); });
}

std::string PairReading::mistakes_sentence(bool in_brackets) const {
  Index mistakes = 0, count = 0;
  for (Index t = start; t < steps; ++t) {
    if (!observation_.sequence->expects(t)) continue;
    ++count;
    mistakes += told(t) != expected(t);
  }
  if (count == 0) return steps - start > 1 ? "It reads what it told itself." : "";
  if (mistakes == 0) return "All of the target is told right.";
  return fmt::format("{} of {} {} told wrong{}.", mistakes, count, mistakes == 1 ? "is" : "are",
                     in_brackets ? "; what is right stands in brackets" : "");
}

}  // namespace gatescope::views
