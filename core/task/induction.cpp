#include "core/task/induction.h"

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {
namespace {

enum : int { kFollowers = 16, kInductionMark = 16, kInductionSymbols = 17 };

}  // namespace

Induction::Induction(const Data& data, Index length) : SingleSequences(data), length_(length) {
  if (length_ < 4) fail("induction in {} steps is impossible, expected 4 or more", length_);
}

nn::Interface Induction::interface() const {
  return {nn::InputKind::characters, kInductionSymbols, nn::Readout::softmax, kFollowers};
}

std::vector<std::string> Induction::vocabulary() const {
  std::vector<std::string> symbols = letters(kFollowers);
  symbols.emplace_back("!");
  return symbols;
}

std::vector<std::string> Induction::classes() const {
  return letters(kFollowers);
}

std::string Induction::fingerprint() const {
  return fmt::format("induction in {} steps, seed {}", length_, seed());
}

void Induction::write(Rng& rng, Sequence<float>& sequence) const {
  for (int& symbol : sequence.tokens) symbol = static_cast<int>(rng.below(kFollowers));
  const auto mark = static_cast<std::size_t>(below(rng, length_ - 2));
  sequence.tokens[mark] = sequence.tokens.back() = kInductionMark;
  sequence.targets.back() = sequence.tokens[mark + 1];
}

}  // namespace gatescope::task
