#pragma once

#include <optional>
#include <string>

#include "core/checkpoint/model_file.h"
#include "core/experiment/experiment.h"
#include "core/observe/given_sequence.h"

namespace gatescope::app {

inline constexpr const char* kSequenceFileHelp =
    "In place of a text, a sequence of one's own: a file with one step a line, what goes in (a character, or "
    "values) and after a bar what should come out (a class, or values), such as B | XY or 0.5 -1 | 0.25; - "
    "is "
    "the standard input";

/// The words of what a model learnt, where its file says it; else those of its outputs' numbers.
observe::Alphabet sequence_alphabet(const checkpoint::ModelFile& file,
                                    const std::optional<experiment::Experiment>& learnt);

/// Reads it for that model. Throws UsageError for a model that reads texts, Error that names the line for
/// what it cannot read.
observe::GivenSequence read_sequence_file(const std::string& path, const checkpoint::ModelFile& file,
                                          const std::optional<experiment::Experiment>& learnt);

}  // namespace gatescope::app
