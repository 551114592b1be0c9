#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/json_reader.h"
#include "core/observe/given_sequence.h"
#include "core/observe/observation.h"
#include "core/task/task.h"

/// What a model has not learnt from, beside what it reads: measures over many positions are taken over it, so
/// that no single text speaks for the model.
namespace gatescope::observe {

inline constexpr Index kHeldOutSequences = 8;  ///< as many as a measure takes where nobody says otherwise
inline constexpr Index kHeldOutSteps = 128;    ///< to which a part of a longer text goes on

/// Held-out sequences of a task, each with what is expected after its steps.
using HeldOutSequences = std::shared_ptr<const std::vector<Pair>>;

/// The first of a task's held-out sequences, no two alike: at most so many, each of 2 steps or more. They are
/// whole; where batches go on where others ended, as those of a text do, a sequence goes on, too, to `steps`
/// steps. Null where there are none.
HeldOutSequences read_held_out(const task::Task& task, Index count = kHeldOutSequences,
                               Index steps = kHeldOutSteps);

/// The same in words, as files keep it: texts, whose last character is only expected, or sequences.
struct GivenHeldOut {
  std::vector<std::string> texts = {};  // UTF-8
  std::vector<GivenSequence> sequences = {};

  bool empty() const { return texts.empty() && sequences.empty(); }
  std::size_t size() const { return texts.size() + sequences.size(); }
  bool operator==(const GivenHeldOut&) const = default;
};
GivenHeldOut given_held_out(std::span<const Pair> sequences, const Alphabet& alphabet,
                            const nn::Interface& interface);
/// A model's numbers for it; null where it is empty. Throws Error as numbers_of() does for one of them.
HeldOutSequences numbers_of(const GivenHeldOut& given, const Alphabet& alphabet,
                            const nn::Interface& interface, std::string_view name);

nlohmann::json to_json(const GivenHeldOut& given);
/// An array of texts or of sequences; empty where the key is missing. Throws Error as all JSON of ours.
GivenHeldOut read_given_held_out(JsonReader& reader, std::string_view key);

/// What measures of an observation are taken over, where whoever made it knows that: kept with what was
/// computed of it. The first that is said stays.
template <class S>
void say_held_out(const Observation<S>& observation, const HeldOutSequences& sequences) {
  if (observation.memo && sequences) observation.memo->get("held out", {}, [&] { return sequences; });
}

/// Null where nothing was said.
template <class S>
HeldOutSequences held_out(const Observation<S>& observation) {
  if (!observation.memo || observation.memo->computations("held out") == 0) return nullptr;
  return *observation.memo->get("held out", {}, [] { return HeldOutSequences(); });
}

}  // namespace gatescope::observe
