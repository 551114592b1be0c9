#include "core/analysis/equations.h"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <cmath>
#include <string_view>

#include "core/error.h"

namespace gatescope::analysis {
namespace {

using namespace std::string_literals;

/// Where a formula's letters get their numbers.
class Values {
 public:
  virtual ~Values() = default;
  virtual double input_product(int rows_of) const = 0;                  // W x
  virtual double recurrent_product(int source, int rows_of) const = 0;  // U s
  virtual double bias(int rows_of) const = 0;                           // b
  virtual double peephole(int vector) const = 0;                        // p
  virtual double channel(int channel, bool previous) const = 0;         // fₜ, cₜ₋₁
};

/// A part of a formula with its numbers.
struct Part {
  std::string numbers = {};
  double value = 0;
  bool sum = false;           // more than one term
  std::string function = {};  // of a part that is one function of a sum: its name,
  double argument = 0;        // and the sum
};

/// Reads a nn::Formula: a sum of products of channels, parameters, functions and brackets.
class Reader {
 public:
  Reader(const nn::CellInfo& cell, const nn::Formula& formula, const Values& values)
      : cell_(cell),
        formula_(formula),
        rows_of_(formula.rows == nn::kNone ? formula.channel : formula.rows),
        values_(values),
        rest_(formula.text) {}

  Part read() {
    Part part = sum();
    if (!rest_.empty()) fail("equation '{}': '{}' was not expected", formula_.text, rest_);
    return part;
  }

 private:
  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    return true;
  }

  Part sum() {
    Part all = product();
    for (;;) {
      const bool plus = take("+");
      if (!plus && !take("−")) return all;
      const Part next = product();
      all.value += plus ? next.value : -next.value;
      // "+ −1.20" is written "− 1.20", and "− −1.20" "+ 1.20".
      const std::string_view minus = "−";
      const bool negative = next.numbers.starts_with(minus);
      all.numbers += plus != negative ? " + " : " − ";
      all.numbers += negative ? next.numbers.substr(minus.size()) : next.numbers;
      all.sum = true;
      all.function.clear();
    }
  }

  Part product() {
    Part all = factor();
    while (take("⊙")) {
      const Part next = factor();
      all = {.numbers = all.numbers + " × " + next.numbers, .value = all.value * next.value};
    }
    return all;
  }

  Part bracket() {
    Part inner = sum();
    if (!take(")")) fail("equation '{}': a bracket is not closed", formula_.text);
    return inner;
  }

  Part factor() {
    if (take("(")) {
      const Part inner = bracket();
      return {.numbers = "(" + inner.numbers + ")", .value = inner.value};
    }
    for (const std::string_view function : {"σ", "tanh", "ReLU", "log", "exp"}) {
      if (!take(std::string(function) + "(")) continue;
      const Part inner = bracket();
      Part part{.numbers = fmt::format("{}({})", function, inner.numbers),
                .value = apply(function, inner.value)};
      if (inner.sum) part.function = function, part.argument = inner.value;
      return part;
    }
    if (take("W x")) return number(values_.input_product(rows_of_), 2);
    if (take("U ")) {
      const int source = symbol();
      assert(source != nn::kNone);
      return number(values_.recurrent_product(source, rows_of_), 2);
    }
    if (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      const double digit = rest_[0] - '0';
      take(rest_.substr(0, 1));
      return number(digit, 0);
    }
    const std::string_view letter = rest_.substr(0, 1), after = rest_.substr(letter.size());
    if (!after.starts_with("ₜ")) {
      if (take("b")) return number(values_.bias(rows_of_), 2);
      if (take("p")) return number(values_.peephole(formula_.peephole), 2);
    }
    const int channel = symbol();
    if (channel == nn::kNone) fail("equation '{}': '{}' is no channel", formula_.text, letter);
    const bool previous = rest_.starts_with("ₜ₋₁");
    if (!take("ₜ₋₁")) take("ₜ");
    return number(values_.channel(channel, previous), 3);
  }

  int symbol() {
    const int channel = cell_.find(rest_.substr(0, 1));
    // The step may follow at once, a space only where the letter stands alone.
    if (channel != nn::kNone) take(rest_.substr(0, 1));
    return channel;
  }

  static Part number(double value, int decimals) {
    return {.numbers = number_in_equation(value, decimals), .value = value};
  }

  static double apply(std::string_view function, double x) {
    if (function == "σ") return 1 / (1 + std::exp(-x));
    if (function == "tanh") return std::tanh(x);
    if (function == "log") return std::log(x);
    if (function == "exp") return std::exp(x);
    return x < 0 ? 0 : x;
  }

  const nn::CellInfo& cell_;
  const nn::Formula& formula_;
  int rows_of_;
  const Values& values_;
  std::string_view rest_;
};

/// The numbers of one unit at one step.
template <class S>
class UnitValues final : public Values {
 public:
  UnitValues(const nn::Network<S>& network, const nn::Trace<S>& trace, const nn::LayerInput<S>& input,
             const Place& place)
      : network_(network), trace_(trace), input_(input), place_(place), tape_(tape()) {}

  const nn::LayerTape<S>& tape() const {
    return trace_.tapes[static_cast<std::size_t>(place_.layer * network_.directions() + place_.backward)];
  }
  Index column() const { return place_.step * trace_.batch + place_.entry; }

  double used(int channel) const { return static_cast<double>(tape_.values(channel)(place_.unit, column())); }
  double raw(int channel) const {
    return static_cast<double>(tape_.raw_values(channel)(place_.unit, column()));
  }

  double channel(int channel, bool previous) const override {
    return previous ? static_cast<double>(tape_.previous_values(channel)(place_.unit, column()))
                    : used(channel);
  }

  double input_product(int rows_of) const override {
    const Row row = find_row(product_of(nn::kInput, rows_of));
    const nn::ModelSpec& spec = network_.spec();
    const bool characters = network_.interface().input == nn::InputKind::characters;
    if (place_.layer == 0 && characters && spec.embedding == 0) return row(input_.tokens[column()]);
    const auto& own = trace_.inputs[static_cast<std::size_t>(place_.layer)];
    const S* x = nullptr;
    if (!own.empty()) {
      x = own.data() + column() * row.size;
    } else if (place_.layer == 0) {
      x = input_.dense + column() * row.size;
    } else {
      const auto& below = trace_.tapes[static_cast<std::size_t>((place_.layer - 1) * network_.directions())];
      x = below.values(network_.cell().output).data() + column() * row.size;
    }
    return row.dot(x);
  }

  double recurrent_product(int source, int rows_of) const override {
    const auto values =
        network_.cell().is_state(source) ? tape_.previous_values(source) : tape_.values(source);
    return find_row(product_of(source, rows_of)).dot(values.data() + column() * tape_.width(source));
  }

  double bias(int rows_of) const override {
    double sum = 0;
    for (const nn::Bias& bias : network_.cell().biases)
      if (bias.to == rows_of) sum += find_row(bias.parameter, bias.block * tape_.width(bias.to))(0);
    return sum;
  }

  double peephole(int column) const override {
    const auto parameters = network_.cell().parameters;
    for (int p = 0; p < static_cast<int>(parameters.size()); ++p)
      if (parameters[static_cast<std::size_t>(p)].letter == "p") return find_row(p, 0)(column);
    fail("the cell {} has no peepholes", network_.cell().key);
  }

 private:
  /// One row of a parameter; its values lie `stride` apart.
  struct Row {
    const S* first;
    Index size, stride;
    double operator()(Index column) const { return static_cast<double>(first[column * stride]); }
    double dot(const S* x) const {
      double sum = 0;
      for (Index k = 0; k < size; ++k) sum += (*this)(k) * static_cast<double>(x[k]);
      return sum;
    }
  };

  /// The unit's row in a parameter, `first_row` rows below its first.
  Row find_row(int parameter, Index first_row) const {
    const nn::Parameter* found =
        network_.table().find(nn::parameter_name(network_.cell(), parameter, place_.layer, place_.backward));
    assert(found);
    return {network_.parameters().data() + found->offset + first_row + place_.unit, found->cols, found->rows};
  }
  Row find_row(const nn::Product& product) const {
    return find_row(product.parameter, product.block * tape_.width(product.to));
  }

  const nn::Product& product_of(int source, int rows_of) const {
    const nn::CellInfo& cell = network_.cell();
    const nn::Product* product = cell.product(source, rows_of);
    if (!product)
      fail("the cell {} has no such weights for '{}'", cell.key,
           cell.channels[static_cast<std::size_t>(rows_of)].symbol);
    return *product;
  }

  const nn::Network<S>& network_;
  const nn::Trace<S>& trace_;
  const nn::LayerInput<S>& input_;
  const Place& place_;
  const nn::LayerTape<S>& tape_;
};

std::string left_of(const nn::CellInfo& cell, int channel) {
  return std::string(cell.channels[static_cast<std::size_t>(channel)].symbol) + "ₜ";
}

/// The formula with those that stand inside others written out.
template <class Inlined>
std::string written(const nn::CellInfo& cell, const nn::Formula& formula, Inlined inlined) {
  std::string text(formula.text);
  for (const nn::Formula& other : cell.formulas) {
    if (!inlined(other)) continue;
    const std::string symbol = left_of(cell, other.channel);
    if (const auto at = text.find(symbol); at != std::string::npos)
      text.replace(at, symbol.size(), other.text);
  }
  return text;
}

template <class S>
void check(const nn::Network<S>& network, const nn::Trace<S>& trace, const Place& place) {
  const auto within = [](Index value, Index count, std::string_view what) {
    if (value < 0 || value >= count) fail("{} {} does not exist, expected 0 to {}", what, value, count - 1);
  };
  within(place.layer, network.spec().layers, "layer");
  within(place.step, trace.steps, "step");
  within(place.unit, network.spec().hidden, "unit");
  within(place.entry, trace.batch, "batch entry");
  if (place.backward && !network.spec().bidirectional)
    fail("the model has no backward direction, it is not bidirectional");
}

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

}  // namespace

std::string number_in_equation(double value, int decimals) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  const double size = std::abs(value);
  std::string text;
  if (size == std::round(size) && size < 10)
    text = fmt::format("{:.0f}", size);
  else if (size < 0.5 * std::pow(10, -decimals))
    text = size >= 1e-4 ? fmt::format("{:.1g}", size) : fmt::format("{:.0e}", size);
  else
    text = fmt::format("{:.{}f}", size, size >= 1000 ? 0 : decimals);
  if (const auto e = text.find("e-"); e != std::string::npos) text.replace(e, 2, "e−");
  return (value < 0 ? "−"s : ""s) + text;
}

template <class S>
std::vector<Equation> equations(const nn::Network<S>& network, const nn::Trace<S>& trace,
                                const nn::LayerInput<S>& input, const Place& place) {
  check(network, trace, place);
  const nn::CellInfo& cell = network.cell();
  const UnitValues<S> values(network, trace, input, place);
  const auto changed = [&](int k) { return values.tape().forced() && !same(values.raw(k), values.used(k)); };
  const auto inlined = [&](const nn::Formula& f) { return f.inlined && !changed(f.channel); };
  std::vector<Equation> all;
  for (const nn::Formula& formula : cell.formulas) {
    if (inlined(formula)) continue;
    const Part part = Reader(cell, formula, values).read();
    Equation& equation = all.emplace_back();
    equation.channel = formula.channel;
    equation.symbol = cell.channels[static_cast<std::size_t>(formula.channel)].symbol;
    equation.left = left_of(cell, formula.channel);
    equation.formula = written(cell, formula, inlined);
    equation.numbers = part.numbers;
    if (!part.function.empty())
      equation.numbers += fmt::format(" = {}({})", part.function, number_in_equation(part.argument, 2));
    equation.value = values.used(formula.channel);
    if (changed(formula.channel)) equation.raw = values.raw(formula.channel);
    equation.computed = part.value;
  }
  return all;
}

template <class S>
std::vector<Equation> equations(const nn::Network<S>& network, const trace::TextTrace<S>& text,
                                const Place& place) {
  return equations<S>(network, text.trace, text.input(), place);
}

std::string to_text(const Equation& equation) {
  const std::string result = number_in_equation(equation.raw.value_or(equation.value));
  std::string text = fmt::format("{} = {}", equation.left, equation.formula);
  if (equation.numbers != result) text += " = " + equation.numbers;
  text += " = " + result;
  if (equation.raw) text += " → forced " + number_in_equation(equation.value);
  return text;
}

std::string equation_of(const nn::CellInfo& cell, int channel) {
  for (const nn::Formula& formula : cell.formulas)
    if (formula.channel == channel)
      return left_of(cell, channel) + " = " +
             written(cell, formula, [](const nn::Formula& f) { return f.inlined; });
  return "";
}

template std::vector<Equation> equations(const nn::Network<float>&, const nn::Trace<float>&,
                                         const nn::LayerInput<float>&, const Place&);
template std::vector<Equation> equations(const nn::Network<double>&, const nn::Trace<double>&,
                                         const nn::LayerInput<double>&, const Place&);
template std::vector<Equation> equations(const nn::Network<float>&, const trace::TextTrace<float>&,
                                         const Place&);
template std::vector<Equation> equations(const nn::Network<double>&, const trace::TextTrace<double>&,
                                         const Place&);

}  // namespace gatescope::analysis
