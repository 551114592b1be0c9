#pragma once

#include <string>
#include <vector>

#include "core/experiment/experiment.h"

/// Labels that tell of an experiment: the names of its models, its title and its sentence. They are true of
/// what they were written for, and are made anew or marked once that is edited.
namespace gatescope::experiment {

/// What tells a model from the others: "gain 3", "RNN", "LSTM 16 units"; its cell's title where nothing does.
std::string told_apart(const nn::ModelSpec& model, const std::vector<nn::ModelSpec>& all, Match match);

/// The title of an experiment that has none of its own: the text's file name, or what the task is called.
std::string title_of(const TaskSpec& task);
/// What to look at in it.
std::string look_for_in(const TaskSpec& task);

/// After an edit from `before` to `after`: names, title and sentence that the edit itself did not write, and
/// that tell of what it changed, are made anew, or say that they tell of what was before. Seed, number of
/// updates and rules are not what labels tell of.
void relabel(const Experiment& before, Experiment& after);

}  // namespace gatescope::experiment
