#pragma once

#include "core/analysis/kept.h"
#include "core/analysis/source_paths.h"
#include "core/views/parts.h"

/// What views of a pair say of its symbols.
namespace gatescope::views {

/// What a view of a pair needs and an observation has not; empty where all is there.
std::string missing_of_pair(const Observation& observation);

/// What stands in place of a number where a decoder has no attention.
Headline no_attention();

/// A source and what an encoder-decoder told of it, of which nothing is missing. Keeps a reference.
struct PairReading {
  explicit PairReading(const Observation& observation);

  Index start = 0;  ///< the target's first step; before it is the source
  Index steps = 0;

  bool attends() const;
  std::string told(Index step) const;      ///< the likeliest symbol
  std::string expected(Index step) const;  ///< where one is
  /// Whose loss a step's gradients are of: what is expected, where nothing is what was told.
  std::string loss_of(Index step) const;
  /// What was told, and in brackets what is right where that is something else.
  std::string told_and_right(Index step) const;
  std::vector<std::string> source() const;
  /// The step of the target that is asked about: the chosen one, else the first that is told wrong, else the
  /// one with the greatest weight, or the last.
  Index asked_about(const ViewOptions& options) const;
  /// The ways of that step's gradient to the source, kept with the observation.
  analysis::Kept<analysis::SourcePaths> paths(Index step) const;
  /// How many symbols are told wrong; `in_brackets` where the figure shows what is right there.
  std::string mistakes_sentence(bool in_brackets) const;

 private:
  const Observation& observation_;
};

}  // namespace gatescope::views
