#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/nn/cell.h"

/// What the field's terms mean: one equation and one plain sentence each, for tooltips.
namespace gatescope::analysis {

struct Term {
  std::string_view name;      ///< "forget gate"
  std::string_view equation;  ///< of the usual form; a cell's own is equation_of(cell, channel)
  std::string_view sentence;
};

std::span<const Term> all_terms();
/// The term of that name, or null.
const Term* find_term(std::string_view name);

/// Equation and sentence of a term on two lines; empty for an unknown one.
std::string explain(std::string_view name);
/// The same of a channel, with the cell's own equation.
std::string explain(const nn::CellInfo& cell, int channel);

}  // namespace gatescope::analysis
