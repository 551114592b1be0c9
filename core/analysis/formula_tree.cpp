#include "core/analysis/formula_tree.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "core/error.h"

namespace gatescope::analysis {
namespace {

constexpr std::string_view kMinusSign = "−";
struct Function {
  std::string_view opening;
  nn::Activation activation;
  PlainFunction plain = PlainFunction::none;
};
constexpr std::array<Function, 9> kFunctions{{
    {"σ(", nn::Activation::sigmoid},
    {"tanh(", nn::Activation::tanh},
    {"ReLU(", nn::Activation::relu},
    {"SiLU(", nn::Activation::silu},
    {"softplus(", nn::Activation::softplus},
    {"exp(", nn::Activation::exponential},
    {"log(", nn::Activation::none, PlainFunction::logarithm},
    {"sqrt(", nn::Activation::none, PlainFunction::root},
    {"norm(", nn::Activation::none, PlainFunction::norm},
}};

class TreeReader {
 public:
  TreeReader(const nn::CellInfo& cell, const nn::Formula& formula)
      : cell_(cell), formula_(formula), rest_(formula.text) {
    tree_.receiver = formula.rows == nn::kNone ? formula.channel : formula.rows;
  }

  FormulaTree read() {
    sum();
    if (!rest_.empty()) unexpected();
    return std::move(tree_);
  }

 private:
  [[noreturn]] void unexpected() const {
    fail("equation '{}' of the cell {}: '{}' was not expected", formula_.text, cell_.key, rest_);
  }
  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    return true;
  }
  int add(const FormulaTerm& term) {
    tree_.terms.push_back(term);
    return static_cast<int>(tree_.terms.size()) - 1;
  }
  int pair(FormulaPart kind, int left, int right) {
    return add({.kind = kind, .left = left, .right = right});
  }
  void close() {
    if (!take(")")) unexpected();
  }

  int sum() {
    int all = product();
    for (;;) {
      const bool plus = take("+");
      if (!plus && !take(kMinusSign)) return all;
      const int next = product();
      all = pair(plus ? FormulaPart::add : FormulaPart::subtract, all, next);
    }
  }
  int product() {
    int all = factor();
    for (;;) {
      const bool times = take("⊙");
      if (!times && !take("/")) return all;
      const int next = factor();
      all = pair(times ? FormulaPart::multiply : FormulaPart::divide, all, next);
    }
  }
  int bracket() {
    const int inner = sum();
    close();
    return inner;
  }

  int factor() {
    if (take("(")) return bracket();
    if (take(kMinusSign)) {
      const int inner = factor();
      return add({.kind = FormulaPart::negate, .left = inner});
    }
    if (take("Σ(")) {
      const int inner = bracket();
      return add({.kind = FormulaPart::sum, .left = inner});
    }
    if (take("max(")) {
      const int left = sum();
      if (!take(",")) unexpected();
      const int right = bracket();
      return pair(FormulaPart::greater, left, right);
    }
    for (const Function& function : kFunctions) {
      if (!take(function.opening)) continue;
      const int inner = bracket();
      return add({.kind = FormulaPart::function,
                  .function = function.activation,
                  .plain = function.plain,
                  .left = inner});
    }
    if (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      const double whole = take_number(rest_);
      take("");  // the spaces behind it
      return add({.kind = FormulaPart::number, .value = whole});
    }
    if (const int channel = ahead(); channel != nn::kNone && after(channel).starts_with("ₜ")) {
      take(symbol(channel));
      const bool previous = take("ₜ₋₁");
      if (!previous) take("ₜ");
      return add({.kind = FormulaPart::channel, .channel = channel, .previous = previous});
    }
    return parameter();
  }

  int parameter() {
    for (int p = 0; p < static_cast<int>(cell_.parameters.size()); ++p) {
      const std::string_view letter = cell_.parameters[p].letter;
      if (!rest_.starts_with(letter)) continue;
      take(letter);
      if (cell_.is_of_units(p))
        return add({.kind = FormulaPart::of_units, .parameter = p, .column = formula_.peephole});
      const bool bias =
          std::ranges::any_of(cell_.biases, [&](const nn::Bias& b) { return b.parameter == p; });
      if (bias) return add({.kind = FormulaPart::bias});
      if (cell_.product(nn::kInput, tree_.receiver) && take("x")) return add({.kind = FormulaPart::outside});
      const int source = ahead();
      if (source == nn::kNone) unexpected();
      take(symbol(source));
      return add({.kind = FormulaPart::weights, .channel = source});
    }
    unexpected();
  }

  std::string_view symbol(int channel) const { return cell_.channels[channel].symbol; }
  std::string_view after(int channel) const { return rest_.substr(symbol(channel).size()); }
  /// The channel with the longest symbol that stands next, or kNone.
  int ahead() const {
    int found = nn::kNone;
    for (int k = 0; k < static_cast<int>(cell_.channels.size()); ++k)
      if (rest_.starts_with(symbol(k)) && (found == nn::kNone || symbol(k).size() > symbol(found).size()))
        found = k;
    return found;
  }

  const nn::CellInfo& cell_;
  const nn::Formula& formula_;
  std::string_view rest_;
  FormulaTree tree_;
};

constexpr double kLeastOfLogarithm = 1e-300;  // of what is closed

/// What a norm divides by.
double deviation(const Eigen::ArrayXd& x) {
  return std::sqrt((x - x.mean()).square().mean() + nn::kLayerNormEpsilon);
}

/// A channel's numbers where a formula has so many rows.
Eigen::ArrayXd spread_out(const Eigen::ArrayXd& numbers, const nn::Extent& extent, const nn::Sizes& sizes,
                          Index rows) {
  if (numbers.size() == rows) return numbers;
  Eigen::ArrayXd all(rows);
  for (Index row = 0; row < rows; ++row) all[row] = numbers[nn::place_with(extent, sizes, row)];
  return all;
}

}  // namespace

double take_number(std::string_view& rest) {
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const double number = std::stod(std::string(rest.substr(0, digits)));
  rest.remove_prefix(digits);
  return number;
}

FormulaTree read_formula(const nn::CellInfo& cell, const nn::Formula& formula) {
  return TreeReader(cell, formula).read();
}

Eigen::ArrayXd quotient(const Eigen::ArrayXd& of, const Eigen::ArrayXd& by) {
  return (by == 0).select(0, of / by);
}

Eigen::ArrayXd applied(const FormulaTerm& function, const Eigen::ArrayXd& x) {
  if (function.plain == PlainFunction::logarithm) return x.max(kLeastOfLogarithm).log();
  if (function.plain == PlainFunction::root) return x.max(0).sqrt();
  if (function.plain == PlainFunction::norm) return (x - x.mean()) / deviation(x);
  switch (function.function) {
    case nn::Activation::sigmoid:
      return 1 / (1 + (-x).exp());
    case nn::Activation::tanh:
      return x.tanh();
    case nn::Activation::relu:
      return x.max(0);
    case nn::Activation::silu:
      return x / (1 + (-x).exp());
    case nn::Activation::softplus:
      return x.max(0) + (1 + (-x.abs()).exp()).log();
    case nn::Activation::exponential:
      return x.exp();
    case nn::Activation::none:
      break;
  }
  return x;
}

Eigen::ArrayXd slope_at(const FormulaTerm& function, const Eigen::ArrayXd& x) {
  if (function.plain == PlainFunction::logarithm) return 1 / x.max(kLeastOfLogarithm);
  if (function.plain == PlainFunction::root)
    return quotient(Eigen::ArrayXd::Constant(x.size(), 0.5), x.max(0).sqrt());
  const Eigen::ArrayXd open = 1 / (1 + (-x).exp());
  switch (function.function) {
    case nn::Activation::sigmoid:
      return open * (1 - open);
    case nn::Activation::tanh:
      return 1 - x.tanh().square();
    case nn::Activation::relu:
      return x.max(0).sign();
    case nn::Activation::silu:
      return open + x * open * (1 - open);
    case nn::Activation::softplus:
      return open;
    case nn::Activation::exponential:
      return x.exp();
    case nn::Activation::none:
      break;
  }
  return Eigen::ArrayXd::Ones(x.size());
}

Eigen::ArrayXXd norm_back(const Eigen::ArrayXd& x, const Eigen::ArrayXXd& gradients) {
  const double share = 1 / deviation(x);
  const Eigen::ArrayXd normed = (x - x.mean()) * share;
  Eigen::ArrayXXd back = gradients;
  for (auto column : back.colwise())
    column = share * (column - column.mean() - normed * (column * normed).mean());
  return back;
}

Eigen::ArrayXd evaluate(const FormulaTree& tree, int place, Index rows, const nn::CellInfo& cell,
                        const nn::Sizes& sizes, const FormulaSource& source) {
  const FormulaTerm& term = tree.terms[place];
  const auto of = [&](int child) { return evaluate(tree, child, rows, cell, sizes, source); };
  switch (term.kind) {
    case FormulaPart::number:
      return Eigen::ArrayXd::Constant(rows, term.value);
    case FormulaPart::channel:
      return spread_out(source.channel(term.channel, term.previous), cell.channels[term.channel].extent,
                        sizes, rows);
    case FormulaPart::of_units:
      return source.of_units(term.parameter, term.column, rows);
    case FormulaPart::add:
      return of(term.left) + of(term.right);
    case FormulaPart::subtract:
      return of(term.left) - of(term.right);
    case FormulaPart::multiply:
      return of(term.left) * of(term.right);
    case FormulaPart::divide:
      return quotient(of(term.left), of(term.right));
    case FormulaPart::negate:
      return -of(term.left);
    case FormulaPart::greater:
      return of(term.left).max(of(term.right));
    case FormulaPart::function:
      return applied(term, of(term.left));
    case FormulaPart::sum: {
      const Eigen::ArrayXd all =
          evaluate(tree, term.left, sizes.hidden * sizes.memories, cell, sizes, source);
      return all.reshaped(sizes.hidden, sizes.memories).rowwise().sum();
    }
    case FormulaPart::weights:
    case FormulaPart::bias:
    case FormulaPart::outside:
      break;
  }
  return source.product(tree, term, rows);
}

}  // namespace gatescope::analysis
