#pragma once

#include <string>
#include <vector>

#include "core/experiment/experiment.h"

namespace gatescope::train {

/// What can be done against a loss that is no longer a number, given the settings in force.
struct Remedy {
  std::string words;   // "a smaller learning rate than 0.5"
  std::string option;  // of the command line, "--rate"
};

/// The likeliest first.
std::vector<Remedy> remedies(const experiment::Experiment& experiment);

/// "A, B or C". The options stand behind the words in brackets where they are wanted.
std::string in_words(const std::vector<Remedy>& remedies, bool options);

}  // namespace gatescope::train
