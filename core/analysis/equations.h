#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/trace/sequence_trace.h"

/// The cell's equations with every number filled in, from the network's parameters and the tape.
namespace gatescope::analysis {

struct Equation {
  int channel = 0;            ///< of the cell
  std::string symbol = {};    ///< "f"
  std::string left = {};      ///< "fₜ", "K₀ₜ" of several numbers a unit
  std::string formula = {};   ///< "σ(W x + U h + b)"
  std::string numbers = {};   ///< "σ(0.31 − 1.20 + 0.12) = σ(−0.77)"
  double value = 0;           ///< what the network used: the tape's
  std::optional<double> raw;  ///< what it computed, where a rule changed that
  double computed = 0;        ///< the formula in double precision: `raw`, or `value`, but for rounding
};

/// One unit at one step of one batch entry.
struct Place {
  int layer = 0;
  bool backward = false;  ///< the direction of a bidirectional layer
  Index step = 0;
  int unit = 0;
  Index entry = 0;
  int number = 0;  ///< of a unit's memories, where it has several
};

/// All equations of the cell at a place, in the order of computation. `input` is what entered the network.
/// Throws Error for a place that does not exist.
template <class S>
std::vector<Equation> equations(const nn::Network<S>& network, const nn::Trace<S>& trace,
                                const nn::LayerInput<S>& input, const Place& place);
template <class S>
std::vector<Equation> equations(const nn::Network<S>& network, const trace::SequenceTrace<S>& text,
                                const Place& place);

/// "fₜ = σ(W x + U h + b) = σ(0.31 − 1.20 + 0.12) = σ(−0.77) = 0.316 → forced 0"
std::string to_text(const Equation& equation);

/// A channel's equation without numbers: "fₜ = σ(W x + U h + b)".
std::string equation_of(const nn::CellInfo& cell, int channel);
/// The same beside the cell's others: where several channels have blocks of one letter, or of units a column
/// each, it says whose, "fₜ = σ(W_f x + U_f h + b_f)".
std::string equation_among_others(const nn::CellInfo& cell, int channel);

/// As equations show it: three digits behind the point, "0" and "1" where they are exact.
std::string number_in_equation(double value, int decimals = 3);

extern template std::vector<Equation> equations(const nn::Network<float>&, const nn::Trace<float>&,
                                                const nn::LayerInput<float>&, const Place&);
extern template std::vector<Equation> equations(const nn::Network<double>&, const nn::Trace<double>&,
                                                const nn::LayerInput<double>&, const Place&);
extern template std::vector<Equation> equations(const nn::Network<float>&, const trace::SequenceTrace<float>&,
                                                const Place&);
extern template std::vector<Equation> equations(const nn::Network<double>&,
                                                const trace::SequenceTrace<double>&, const Place&);

}  // namespace gatescope::analysis
