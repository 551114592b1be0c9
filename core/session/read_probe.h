#pragma once

#include <span>

#include "core/session/snapshot.h"
#include "core/task/task.h"

namespace gatescope::session {

/// A model that a probe can be read with. Pointers and views are the caller's, for the time of the call.
struct ProbedModel {
  std::string name;
  const nn::Network<float>* network = nullptr;  // its parameters are copied
  std::vector<nn::ForceRule> rules;             // of the probe's, those that concern its cell
};

/// What the models' inputs and outputs stand for.
struct Alphabet {
  std::vector<std::string> vocabulary, classes;  // UTF-8, one an input and one an output
  bool next_character = true;                    // outputs are the next character
  bool reads_text = true;                        // the probe is a text; else a task's labelled sequence
};

/// The text a probe shows where nobody typed one: the first characters that the task reads, or, without a
/// task, what the first model writes.
std::string usual_text(const Alphabet& alphabet, const task::Task* task, const nn::Network<float>& first);

/// Reads the probe with every model, with the rules and (where one concerns the model) without; with
/// `writing`, the models go on writing after it. A labelled task's sequence comes from its held-out data.
/// Throws Error for a text that is too short or has an unknown character, a rule that does not fit, a step
/// that does not exist, and a reading that would take too much memory.
Readings read_probe(std::span<const ProbedModel> models, const Alphabet& alphabet, const task::Task* task,
                    Probe probe, std::uint64_t seed, bool writing);

}  // namespace gatescope::session
