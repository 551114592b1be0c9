#pragma once

#include <string_view>
#include <vector>

#include "core/math/types.h"
#include "core/nn/cell.h"

/// A formula of a cell's table (nn::Formula) as a tree.
namespace gatescope::analysis {

enum class FormulaPart {
  number,    ///< `value`
  channel,   ///< `channel`, at this step or `previous`ly
  weights,   ///< the product of recurrent weights with `channel`
  of_units,  ///< column `column` of the parameter `parameter`; kNone: the column of the number of the unit
  bias,      ///< of the receiver
  outside,   ///< a product with the input
  add,
  subtract,
  multiply,
  divide,
  negate,
  greater,   ///< max(,)
  function,  ///< `function` of `left`
  sum,       ///< over the numbers of each unit
};

/// The functions that are no activations.
enum class PlainFunction { none, logarithm, root, norm };

struct FormulaTerm {
  FormulaPart kind = FormulaPart::number;
  double value = 0;
  int channel = nn::kNone, parameter = nn::kNone, column = nn::kNone;
  bool previous = false;
  nn::Activation function = nn::Activation::none;
  PlainFunction plain = PlainFunction::none;  ///< in place of it
  int left = nn::kNone, right = nn::kNone;    ///< places of terms
};

/// The root comes last.
struct FormulaTree {
  std::vector<FormulaTerm> terms;
  int receiver = nn::kNone;  ///< whose weights stand in it

  const FormulaTerm& root() const { return terms.back(); }
};

/// Takes the digits off the rest of a formula that begins with some.
double take_number(std::string_view& rest);

/// Throws Error for a formula that it cannot read.
FormulaTree read_formula(const nn::CellInfo& cell, const nn::Formula& formula);

/// Where a formula's letters get their numbers, in double.
class FormulaSource {
 public:
  virtual ~FormulaSource() = default;
  virtual Eigen::ArrayXd channel(int channel, bool previous) const = 0;  ///< (its width)
  /// A parameter of units: the column for all units, or of kNone each number's own, (rows).
  virtual Eigen::ArrayXd of_units(int parameter, int column, Index rows) const = 0;
  /// Products and biases, (rows). They throw Error where nobody gives their numbers.
  virtual Eigen::ArrayXd product(const FormulaTree& tree, const FormulaTerm& term, Index rows) const = 0;
};

/// What term `place` of a formula is in so many rows: numbers of a unit lie one after the other, (H x N).
Eigen::ArrayXd evaluate(const FormulaTree& tree, int place, Index rows, const nn::CellInfo& cell,
                        const nn::Sizes& sizes, const FormulaSource& source);

/// What a division in a formula gives: 0 by 0.
Eigen::ArrayXd quotient(const Eigen::ArrayXd& of, const Eigen::ArrayXd& by);

/// A function of a formula by its argument, and its slope; of a norm, which is none of single numbers,
/// norm_back() is the adjoint: the argument's gradients (H, columns) by those of its value.
Eigen::ArrayXd applied(const FormulaTerm& function, const Eigen::ArrayXd& argument);
Eigen::ArrayXd slope_at(const FormulaTerm& function, const Eigen::ArrayXd& argument);
Eigen::ArrayXXd norm_back(const Eigen::ArrayXd& argument, const Eigen::ArrayXXd& gradients);

}  // namespace gatescope::analysis
