#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/nn/force_rule.h"
#include "core/nn/network.h"
#include "core/nn/plan.h"
#include "core/observe/memo.h"
#include "core/observe/past.h"
#include "core/observe/stimulus.h"
#include "core/task/outcome.h"
#include "core/trace/sequence_trace.h"
#include "core/train/metrics.h"

/// From a model and what it reads to one value that views, analyses and files take: everything it computed,
/// with and without rules, and what its steps are called, what was expected at each and how that is scored.
namespace gatescope::observe {

/// What a model's inputs and outputs stand for.
struct Alphabet {
  std::vector<std::string> inputs = {};  // (I), UTF-8, one a character; empty for values
  std::vector<std::string> outputs =
      {};  // (V), UTF-8, one a class; empty where they are the inputs, or values
  const task::Outcome* outcome = &task::kNextCharacter;
  bool reads_text = true;                   // a text can be read with it; else what its task has
  std::optional<double> chance = {};        // task::Task::chance()
  std::string_view chance_name = "chance";  // task::Task::chance_name()
  std::shared_ptr<const series::Windows> series = nullptr;  // task::Task::series()
  std::shared_ptr<const task::Task> pairs = nullptr;        // task::Task::pairs()

  /// What a number of an input stands for; "�" where there is no such one.
  std::string input(int number) const;
  /// What a number of an output stands for: a name, or its number; empty for one below 0, which no step has.
  std::string output(int number) const;
};

/// What a task says of it beside the names of its inputs and outputs.
void take_facts(Alphabet& alphabet, const task::Task& task);
/// What a task says of it.
Alphabet alphabet_of(const task::Task& task);
/// Of a model whose task is not known: classes are called by their numbers.
Alphabet alphabet_of(const nn::Interface& interface, std::vector<std::string> vocabulary);

/// A network to observe. It is forced by the rules while it is, and stays so.
template <class S>
struct Model {
  std::string name = {};
  std::shared_ptr<nn::Network<S>> network = nullptr;
  Alphabet alphabet = {};
};

/// One model over one stimulus. Without a trace it is a model of which only the training is shown.
template <class S>
struct Observation {
  std::string name = {};                                    // in legends
  std::shared_ptr<const nn::Network<S>> network = nullptr;  // under the rules
  Alphabet alphabet = {};
  std::shared_ptr<const trace::SequenceTrace<S>> sequence = nullptr;  // under the rules
  std::shared_ptr<const trace::SequenceTrace<S>> natural =
      nullptr;  // without them; null where none is in force
  std::vector<nn::ForceRule> rules = {};
  std::vector<train::MetricsRow> metrics = {};  // of its training
  bool left = false;                     // these metrics are of a training that the model was led away from
  std::shared_ptr<Memo> memo = nullptr;  // what was computed from it (analysis/kept.h); null: nothing is kept

  std::shared_ptr<const Past> past = nullptr;  // the moments of its training that are kept; null: none

  const task::Outcome& outcome() const { return *alphabet.outcome; }
  Index steps() const { return sequence ? sequence->trace.steps : 0; }
  /// The step from which rules on a layer count: on a decoder's from the target's first.
  Index rules_begin(int layer) const {
    const nn::ModelSpec& model = network->spec();
    return model.decoder && layer >= model.layers && sequence ? sequence->trace.pair.start : 0;
  }
  /// The steps that rules can act on.
  nn::StepsRead steps_read() const {
    if (!sequence || !network->spec().decoder) return {steps(), 0};
    const Index start = sequence->trace.pair.start;
    return {start, steps() - start};
  }
  /// What went in at step t: a character, or values: "0.31", "0.31 −2".
  std::string read(Index t) const;
  /// What was expected at step t: a name, or values; empty where nothing was.
  std::string expected(Index t) const;
  /// What went in, (T); empty for values, which stand under no axis.
  std::vector<std::string> characters() const;
  /// Whether something was expected at every step.
  bool expects_always() const;
  /// The tape of that name in one of the traces; null where there is none.
  const nn::LayerTape<S>* tape(const trace::SequenceTrace<S>& of, std::string_view tape_name) const;
};

/// The name of a layer's tape: "0", or of two directions "0.forward", "0.backward".
std::string tape_name(const nn::ModelSpec& model, int layer, bool backward);

extern template struct Observation<float>;
extern template struct Observation<double>;

}  // namespace gatescope::observe
