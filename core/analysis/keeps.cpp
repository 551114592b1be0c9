#include "core/analysis/keeps.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/formula_tree.h"

namespace gatescope::analysis {

double logarithm_of_keep(double keep) {
  const double size = std::abs(keep);
  return std::log(size < kLeastKeep ? kLeastKeep : size);
}

Index first_keep(const nn::LayerTape<float>& tape) {
  const int memory = tape.info().memory();
  const auto values = tape.values(memory);
  Index n = 0;
  while (n < tape.steps() && std::isnan(values(0, tape.step(n)))) ++n;
  const bool begins_with_something =
      n > 0 && n < tape.steps() && (tape.previous_values(memory).col(tape.step(n)).array() != 0.0F).any();
  return std::min(begins_with_something ? n : n + kFirstKeep, tape.steps());
}

void MeanKeep::add(double keep) {
  if (!std::isfinite(keep)) return;
  sum_ += logarithm_of_keep(keep);
  ++count_;
}

double MeanKeep::time_constant() const {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  return sum_ < 0 ? -static_cast<double>(count_) / sum_ : std::numeric_limits<double>::infinity();
}

bool is_set_at_first(const nn::CellInfo& cell, int gate) {
  if (cell.channels[gate].role != nn::Role::gate) return false;
  const auto is_normaliser = [&](int channel) {
    return std::ranges::any_of(cell.states, [&](const nn::State& state) {
      return state.channel == channel && state.initial == nn::kNoNormaliser;
    });
  };
  for (const nn::Formula& formula : cell.formulas) {
    if (formula.channel != gate) continue;
    for (const FormulaTerm& term : read_formula(cell, formula).terms)
      if (term.kind == FormulaPart::channel && term.previous && is_normaliser(term.channel)) return true;
  }
  return false;
}

}  // namespace gatescope::analysis
