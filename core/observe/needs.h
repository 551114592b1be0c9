#pragma once

namespace gatescope::observe {

/// What somebody wants to know of a model: no more need be computed.
struct Needs {
  bool tape = false;       // every value over what the model reads
  bool natural = false;    // the same without rules, where there are any
  bool gradients = false;  // of a loss, with respect to every value
  bool one_loss = false;   // they are those of one step's loss, not of the sum
  bool metrics = false;    // of its training

  bool operator==(const Needs&) const = default;
};

constexpr Needs operator|(const Needs& a, const Needs& b) {
  return {a.tape || b.tape, a.natural || b.natural, a.gradients || b.gradients, a.one_loss || b.one_loss,
          a.metrics || b.metrics};
}

/// Everything over what the model reads, with the gradients of the loss that is asked for.
inline constexpr Needs kWholeTrace{.tape = true, .natural = true, .gradients = true};

}  // namespace gatescope::observe
