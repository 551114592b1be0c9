#include "core/analysis/equations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>
#include <string_view>

#include "core/analysis/formula_tree.h"
#include "core/error.h"
#include "core/nn/layer_table.h"

namespace gatescope::analysis {
namespace {

using namespace std::string_literals;

/// Where a formula's letters get their numbers. `number` says which, of several a unit.
class Values {
 public:
  virtual ~Values() = default;
  virtual double input_product(int rows_of, int number) const = 0;                  // W x
  virtual double recurrent_product(int source, int rows_of, int number) const = 0;  // U s
  virtual double bias(int rows_of, int number) const = 0;                           // b
  virtual double of_unit(int parameter, int column) const = 0;                      // p
  virtual double channel(int channel, bool previous, int number) const = 0;         // fₜ, cₜ₋₁
  virtual double convolution(int weights, int now, int earlier, int number) const = 0;
  virtual double normed(int channel) const = 0;
  virtual int memories() const = 0;  // N
};

/// A part of a formula with its numbers.
struct Part {
  std::string numbers = {};
  double value = 0;
  bool sum = false;           // more than one term
  std::string function = {};  // of a part that is one function of a sum: its name,
  double argument = 0;        // and the sum
};

constexpr std::string_view kMinus = "−";

/// Reads a nn::Formula: a sum of products of channels, parameters, functions and brackets.
class Reader {
 public:
  Reader(const nn::CellInfo& cell, const nn::Formula& formula, const Values& values, int number)
      : cell_(cell),
        formula_(formula),
        rows_of_(formula.rows == nn::kNone ? formula.channel : formula.rows),
        values_(values),
        number_(number),
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

  static void add(Part& all, const Part& next, bool plus) {
    all.value += plus ? next.value : -next.value;
    // "+ −1.20" is written "− 1.20", and "− −1.20" "+ 1.20".
    const bool negative = next.numbers.starts_with(kMinus);
    all.numbers += plus != negative ? " + " : " − ";
    all.numbers += negative ? next.numbers.substr(kMinus.size()) : next.numbers;
    all.sum = true;
    all.function.clear();
  }

  Part sum() {
    Part all = product();
    for (;;) {
      const bool plus = take("+");
      if (!plus && !take(kMinus)) return all;
      add(all, product(), plus);
    }
  }

  Part product() {
    Part all = factor();
    for (;;) {
      const bool times = take("⊙");
      if (!times && !take("/")) return all;
      const Part next = factor();
      all = {.numbers = all.numbers + (times ? " × " : " / ") + next.numbers,
             .value = times             ? all.value * next.value
                      : next.value == 0 ? 0
                                        : all.value / next.value};
    }
  }

  Part bracket() {
    Part inner = sum();
    close();
    return inner;
  }
  void close() {
    if (!take(")")) fail("equation '{}': a bracket is not closed", formula_.text);
  }

  Part factor() {
    if (take("(")) {
      const Part inner = bracket();
      return {.numbers = "(" + inner.numbers + ")", .value = inner.value};
    }
    if (take(kMinus)) {
      const Part inner = factor();
      const bool negative = inner.numbers.starts_with(kMinus);
      return {.numbers = std::string(kMinus) + (negative ? "(" + inner.numbers + ")" : inner.numbers),
              .value = -inner.value};
    }
    if (take("Σ(")) return sum_over_memories();
    if (take("max(")) {
      const Part first = sum();
      if (!take(",")) fail("equation '{}': max wants two numbers", formula_.text);
      const Part second = bracket();
      return {.numbers = fmt::format("max({}, {})", first.numbers, second.numbers),
              .value = std::max(first.value, second.value)};
    }
    if (take("conv(")) return convolution();
    if (take("norm(")) return norm();
    for (const std::string_view function : {"σ", "tanh", "ReLU", "SiLU", "softplus", "log", "exp", "sqrt"}) {
      if (!take(std::string(function) + "(")) continue;
      const Part inner = bracket();
      Part part{.numbers = fmt::format("{}({})", function, inner.numbers),
                .value = apply(function, inner.value)};
      if (inner.sum) part.function = function, part.argument = inner.value;
      return part;
    }
    if (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      const double whole = take_number(rest_);
      take("");  // the spaces behind it
      return number(whole, 0);
    }
    if (const int channel = channel_ahead(); channel != nn::kNone && after(channel).starts_with("ₜ")) {
      take(symbol(channel));
      const bool previous = take("ₜ₋₁");
      if (!previous) take("ₜ");
      return number(values_.channel(channel, previous, number_), 3);
    }
    return parameter();
  }

  /// The same part once for each memory of the unit; of many the first two and the last are written out.
  Part sum_over_memories() {
    const std::string_view inside = rest_;
    const int unit_number = number_, count = values_.memories();
    Part all;
    for (int n = 0; n < count; ++n) {
      rest_ = inside;
      number_ = n;
      const Part next = sum();
      if (n == 0) {
        all = {.numbers = next.numbers, .value = next.value};
      } else if (count <= 4 || n < 2 || n == count - 1) {
        if (count > 4 && n == count - 1) all.numbers += " + …";
        add(all, next, true);
      } else {
        all.value += next.value;
      }
    }
    number_ = unit_number;
    close();
    return {.numbers = "(" + all.numbers + ")", .value = all.value};
  }

  /// κ, sₜ, dₜ₋₁): the weights, the newest value and what holds the earlier ones.
  Part convolution() {
    int weights = nn::kNone;
    for (int p = 0; p < static_cast<int>(cell_.parameters.size()); ++p)
      if (rest_.starts_with(cell_.parameters[p].letter)) weights = p;
    const auto fits = [&](bool ok) {
      if (!ok) fail("equation '{}': conv wants weights, a channel and one of the step before", formula_.text);
    };
    fits(weights != nn::kNone && take(cell_.parameters[weights].letter) && take(","));
    const int now = channel_ahead();
    fits(now != nn::kNone && take(symbol(now)) && take("ₜ") && take(","));
    const int earlier = channel_ahead();
    fits(earlier != nn::kNone && take(symbol(earlier)) && take("ₜ₋₁"));
    close();
    return number(values_.convolution(weights, now, earlier, number_), 2);
  }

  /// sₜ): a channel, of which all units count.
  Part norm() {
    const int channel = channel_ahead();
    if (channel == nn::kNone) fail("equation '{}': norm wants a channel of this step", formula_.text);
    take(symbol(channel));
    if (!take("ₜ")) fail("equation '{}': norm wants a channel of this step", formula_.text);
    close();
    const Part inner = number(values_.channel(channel, false, number_), 3);
    return {.numbers = fmt::format("norm({})", inner.numbers), .value = values_.normed(channel)};
  }

  /// What stands where no channel of a step does: a product, a bias, a number of the unit.
  Part parameter() {
    for (int p = 0; p < static_cast<int>(cell_.parameters.size()); ++p) {
      const std::string_view letter = cell_.parameters[p].letter;
      if (!rest_.starts_with(letter)) continue;
      take(letter);
      if (cell_.is_of_units(p))
        return number(values_.of_unit(p, formula_.peephole == nn::kNone ? number_ : formula_.peephole), 2);
      if (is_bias(p)) return number(values_.bias(rows_of_, number_), 2);
      // Of what enters the layer, or of one of its channels, whose names begin alike.
      if (cell_.product(nn::kInput, rows_of_) && take("x"))
        return number(values_.input_product(rows_of_, number_), 2);
      const int source = channel_ahead();
      if (source == nn::kNone) fail("equation '{}': '{}' is no channel", formula_.text, rest_);
      take(symbol(source));
      return number(values_.recurrent_product(source, rows_of_, number_), 2);
    }
    fail("equation '{}': '{}' is neither a channel nor a parameter", formula_.text, rest_);
  }

  bool is_bias(int parameter) const {
    return std::ranges::any_of(cell_.biases, [&](const nn::Bias& b) { return b.parameter == parameter; });
  }

  std::string_view symbol(int channel) const { return cell_.channels[channel].symbol; }
  std::string_view after(int channel) const { return rest_.substr(symbol(channel).size()); }
  /// The channel with the longest symbol that stands next, or kNone.
  int channel_ahead() const {
    int found = nn::kNone;
    for (int k = 0; k < static_cast<int>(cell_.channels.size()); ++k)
      if (rest_.starts_with(symbol(k)) && (found == nn::kNone || symbol(k).size() > symbol(found).size()))
        found = k;
    return found;
  }

  static Part number(double value, int decimals) {
    return {.numbers = number_in_equation(value, decimals), .value = value};
  }

  static double apply(std::string_view function, double x) {
    if (function == "σ") return 1 / (1 + std::exp(-x));
    if (function == "tanh") return std::tanh(x);
    if (function == "SiLU") return x / (1 + std::exp(-x));
    if (function == "softplus") return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
    if (function == "log") return std::log(x);
    if (function == "exp") return std::exp(x);
    if (function == "sqrt") return std::sqrt(std::max(x, 0.0));
    return x < 0 ? 0 : x;
  }

  const nn::CellInfo& cell_;
  const nn::Formula& formula_;
  int rows_of_;
  const Values& values_;
  int number_;
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
    return trace_.tapes[network_.tape_number(place_.layer, place_.backward)];
  }
  Index column() const { return place_.step * trace_.batch + place_.entry; }

  double used(int channel) const { return this->channel(channel, false, place_.number); }
  double raw(int channel) const {
    return static_cast<double>(tape_.raw_values(channel)(row(channel, place_.number), column()));
  }

  double channel(int channel, bool previous, int number) const override {
    const auto values = previous ? tape_.previous_values(channel) : tape_.values(channel);
    return static_cast<double>(values(row(channel, number), column()));
  }
  int memories() const override { return static_cast<int>(tape_.sizes().memories); }

  double input_product(int rows_of, int number) const override {
    const Row row = find_row(product_of(nn::kInput, rows_of), number);
    if (const int filtered = tape_.info().input; filtered != nn::kNone)
      return row.dot(tape_.values(filtered).data() + column() * tape_.width(filtered));
    const nn::ModelSpec& spec = network_.spec();
    const bool characters = network_.interface().input == nn::InputKind::characters;
    if (place_.layer == 0 && characters && spec.embedding == 0) return row(input_.tokens[column()]);
    const S* x = nullptr;
    if (spec.decoder && place_.layer >= spec.layers) {
      x = place_.layer == spec.layers ? trace_.pair.inputs.col(column()).data()
                                      : trace_.tapes[network_.tape_number(place_.layer - 1, false)]
                                                .values(network_.cell(place_.layer - 1).output)
                                                .data() +
                                            column() * row.size;
      return row.dot(x);
    }
    const auto& own = trace_.inputs[place_.layer];
    if (!own.empty()) {
      x = own.data() + column() * row.size;
    } else if (place_.layer == 0) {
      x = input_.dense + column() * row.size;
    } else {
      const auto& below = trace_.tapes[(place_.layer - 1) * network_.directions()];
      x = below.values(network_.cell(place_.layer - 1).output).data() + column() * row.size;
    }
    return row.dot(x);
  }

  double recurrent_product(int source, int rows_of, int number) const override {
    const auto values = tape_.info().is_state(source) ? tape_.previous_values(source) : tape_.values(source);
    const nn::Product& product = product_of(source, rows_of);
    const Row weights = find_row(product, number);
    const S* from = values.data() + column() * tape_.width(source);
    if (tape_.info().by_heads(product)) from += place_.unit / weights.size * weights.size;
    return weights.dot(from);
  }

  double bias(int rows_of, int number) const override {
    double sum = 0;
    for (const nn::Bias& bias : tape_.info().biases)
      if (bias.to == rows_of)
        sum += find_row(bias.parameter, bias.block * tape_.width(bias.to) + row(bias.to, number))(0);
    return sum;
  }

  double convolution(int weights, int now, int earlier, int number) const override {
    const Row window = find_row(weights, row(now, number));
    double sum = 0;
    for (Index k = 0; k < window.size; ++k) {
      const Index back = window.size - 1 - k, at = row(now, number);
      sum += window(k) * static_cast<double>(back == 0 ? tape_.values(now)(at, column())
                                                       : tape_.previous_values(earlier)(
                                                             (back - 1) * tape_.width(now) + at, column()));
    }
    return sum;
  }

  double normed(int channel) const override {
    const Eigen::ArrayXd all = tape_.values(channel).col(column()).template cast<double>().array();
    return applied({.plain = PlainFunction::norm}, all)[place_.unit];
  }

  double of_unit(int parameter, int column) const override {
    if (tape_.info().parameters[parameter].rows.of == nn::Size::inputs)
      return find_row(parameter, std::min<Index>(column, tape_.sizes().inputs - 1))(0);
    const Row row = find_row(parameter, place_.unit);
    return row(std::min<Index>(column, row.size - 1));
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

  Index row(int channel, int number) const { return tape_.row_of(channel, place_.unit, number); }

  Row find_row(int parameter, Index row) const {
    const nn::Parameter* found =
        network_.table().find(nn::parameter_name(network_.spec(), parameter, place_.layer, place_.backward));
    assert(found);
    return {network_.parameters().data() + found->offset + row, found->cols, found->rows};
  }
  Row find_row(const nn::Product& product, int number) const {
    return find_row(product.parameter, product.block * tape_.width(product.to) + row(product.to, number));
  }

  const nn::Product& product_of(int source, int rows_of) const {
    const nn::CellInfo& cell = tape_.info();
    const nn::Product* product = cell.product(source, rows_of);
    if (!product) fail("the cell {} has no such weights for '{}'", cell.key, cell.channels[rows_of].symbol);
    return *product;
  }

  const nn::Network<S>& network_;
  const nn::Trace<S>& trace_;
  const nn::LayerInput<S>& input_;
  const Place& place_;
  const nn::LayerTape<S>& tape_;
};

const nn::Channel& channel_of(const nn::CellInfo& cell, int channel) {
  return cell.channels[channel];
}

/// The formula with those that stand inside others written out, and the channel that enters the cell in the
/// place of the input.
template <class Inlined>
std::string written(const nn::CellInfo& cell, const nn::Formula& formula, Inlined inlined) {
  std::string text(formula.text);
  for (const nn::Formula& other : cell.formulas) {
    if (!inlined(other)) continue;
    const std::string symbol = nn::written(channel_of(cell, other.channel));
    if (const auto at = text.find(symbol); at != std::string::npos)
      text.replace(at, symbol.size(), other.text);
  }
  if (cell.input != nn::kNone) {
    for (const nn::Product& product : cell.products) {
      if (product.from != nn::kInput) continue;
      const std::string letter(cell.parameters[product.parameter].letter);
      const auto at = text.find(letter + " x"), end = at + letter.size() + 2;
      if (at == std::string::npos || (end < text.size() && text[end] != ' ' && text[end] != ')')) continue;
      text.replace(at, end - at, letter + " " + std::string(channel_of(cell, cell.input).symbol));
    }
  }
  return text;
}

template <class S>
void check(const nn::Network<S>& network, const nn::Trace<S>& trace, const Place& place) {
  const auto within = [](Index value, Index count, std::string_view what) {
    if (value < 0 || value >= count) fail("{} {} does not exist, expected 0 to {}", what, value, count - 1);
  };
  within(place.layer, network.layers(), "layer");
  within(place.step, trace.steps, "step");
  within(place.unit, network.spec().hidden, "unit");
  within(place.entry, trace.batch, "batch entry");
  if (network.rests(trace, place.layer, place.step))
    fail("{} at this step: it {}",
         place.layer < network.spec().layers ? "The encoder rests" : "The decoder rests",
         place.layer < network.spec().layers ? "has read its source" : "waits for the source to be read");
  within(place.number, trace.tapes[0].sizes().memories, "memory");
  if (place.backward && !network.has_backward(place.layer))
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

namespace {

/// "10⁻⁶"; another number as it is.
std::string power_of_ten(double number) {
  constexpr std::string_view digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  const double exponent = -std::log10(number);
  if (!(exponent >= 1 && exponent < 9.5) || std::abs(exponent - std::round(exponent)) > 1e-12)
    return fmt::format("{}", number);
  return fmt::format("10⁻{}", digits[std::lround(exponent)]);
}

/// What enters a layer, in words.
std::string entering(const nn::ModelSpec& spec, const nn::Interface& interface, int layer) {
  if (spec.decoder && layer == spec.layers) {
    if (spec.decoder->attention == nn::Attention::bahdanau)
      return "embedding of what is read, and the context that attention finds";
    return spec.decoder->input_feeding ? "embedding of what is read, and what was attended to before"
                                       : "embedding of what is read";
  }
  if (layer > 0) return "output of the layer below";
  if (interface.input != nn::InputKind::characters) return "what is read";
  return spec.embedding > 0 ? "embedding of what is read" : "1 for the entry that is read, else 0";
}

/// What a channel of a layer's options is that no formula computes of single numbers, in words.
std::string words_for(const nn::ModelSpec& spec, const nn::Interface& interface, const nn::CellInfo& cell,
                      int channel, int layer, const nn::Sizes& sizes) {
  const nn::LayerPlaces& at = *cell.places;
  const auto symbol = [&](int k) { return nn::written(channel_of(cell, k)); };
  if (channel == at.x) return entering(spec, interface, layer);
  if (channel == at.size) return fmt::format("√(mean of all xₜ² + {})", power_of_ten(sizes.norm_epsilon));
  if (channel == at.past) return fmt::format("{0}, {0}₋₁, …", symbol(at.source()));
  const std::string hidden = symbol(cell.hidden());
  if (channel == at.mean) return fmt::format("mean of {} over the head", hidden);
  if (channel == at.deviation) return fmt::format("√(mean of ({} − hmₜ)² over the head + 10⁻⁵)", hidden);
  if (nn::adds_input(cell, sizes)) return "xₜ";
  return fmt::format("nothing: {} numbers enter the layer and {} leave it", sizes.inputs,
                     sizes(channel_of(cell, cell.output).extent));
}

/// Whether several channels receive from parameters of that letter: each has a block of its own.
bool has_blocks(const nn::CellInfo& cell, std::string_view letter) {
  std::set<int> receivers;
  for (const nn::Product& product : cell.products)
    if (cell.parameters[product.parameter].letter == letter) receivers.insert(product.to);
  for (const nn::Bias& bias : cell.biases)
    if (cell.parameters[bias.parameter].letter == letter) receivers.insert(bias.to);
  return receivers.size() > 1;
}

/// A formula as it is written, with the receiver's symbol behind the letters of blocks.
std::string with_blocks(const nn::CellInfo& cell, const nn::Formula& formula, std::string_view rest) {
  const int receiver = formula.rows == nn::kNone ? formula.channel : formula.rows;
  std::string text;
  const auto copy = [&](std::size_t size) {
    text += rest.substr(0, size);
    rest.remove_prefix(std::min(size, rest.size()));
  };
  const auto word = [&](std::size_t from) { return std::min(rest.find_first_of(" ),", from), rest.size()); };
  while (!rest.empty()) {
    // Functions and channels are words that no letter of a parameter stands in.
    const std::size_t end = word(0), opens = rest.find_first_of(" (),");
    std::size_t size = 0;
    if (opens != std::string_view::npos && opens > 0 && rest[opens] == '(') size = opens + 1;
    for (const nn::Channel& channel : cell.channels)
      if (rest.starts_with(channel.symbol) && rest.substr(channel.symbol.size()).starts_with("ₜ"))
        size = std::max(size, end);
    if (size > 0) {
      copy(size);
      continue;
    }
    const nn::ParameterInfo* parameter = nullptr;
    for (const nn::ParameterInfo& each : cell.parameters)
      if (rest.starts_with(each.letter) && (!parameter || each.letter.size() > parameter->letter.size()))
        parameter = &each;
    if (!parameter) {
      copy(1);
      continue;
    }
    const int place = static_cast<int>(parameter - cell.parameters.data());
    copy(parameter->letter.size());
    if (has_blocks(cell, parameter->letter) || (cell.is_of_units(place) && formula.peephole != nn::kNone))
      text += "_" + std::string(channel_of(cell, receiver).symbol);
    const bool product =
        std::ranges::any_of(cell.products, [&](const nn::Product& each) { return each.parameter == place; });
    if (product && rest.starts_with(' ')) copy(word(1));  // what it is multiplied with
  }
  return text;
}

}  // namespace

template <class S>
std::vector<Equation> equations(const nn::Network<S>& network, const nn::Trace<S>& trace,
                                const nn::LayerInput<S>& input, const Place& place) {
  check(network, trace, place);
  const nn::CellInfo& cell = network.cell(place.layer);
  const UnitValues<S> values(network, trace, input, place);
  const auto changed = [&](int k) { return values.tape().forced() && !same(values.raw(k), values.used(k)); };
  const auto inlined = [&](const nn::Formula& f) { return f.inlined && !changed(f.channel); };
  std::vector<Equation> all;
  const auto begin = [&](int k) -> Equation& {
    Equation& equation = all.emplace_back();
    equation.channel = k;
    const nn::Channel& channel = channel_of(cell, k);
    equation.symbol = channel.symbol;
    equation.left =
        nn::written(channel, channel.one_a_unit() ? std::nullopt : std::optional<int>(place.number));
    equation.value = values.used(k);
    if (changed(k)) equation.raw = values.raw(k);
    return equation;
  };
  // What no formula computes: what enters, is kept or is counted over several units.
  for (int k = 0; cell.plain && k < static_cast<int>(cell.channels.size()); ++k) {
    if (std::ranges::find(cell.formulas, k, &nn::Formula::channel) != cell.formulas.end()) continue;
    Equation& equation = begin(k);
    equation.formula =
        words_for(network.spec(), network.interface(), cell, k, place.layer, values.tape().sizes());
    equation.computed = equation.raw.value_or(equation.value);
    equation.numbers = number_in_equation(equation.computed);
  }
  for (const nn::Formula& formula : cell.formulas) {
    if (inlined(formula)) continue;
    const Part part = Reader(cell, formula, values, place.number).read();
    Equation& equation = begin(formula.channel);
    equation.formula = written(cell, formula, inlined);
    equation.numbers = part.numbers;
    if (!part.function.empty())
      equation.numbers += fmt::format(" = {}({})", part.function, number_in_equation(part.argument, 2));
    equation.computed = part.value;
  }
  return all;
}

template <class S>
std::vector<Equation> equations(const nn::Network<S>& network, const trace::SequenceTrace<S>& text,
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
      return nn::written(channel_of(cell, channel)) + " = " +
             written(cell, formula, [](const nn::Formula& f) { return f.inlined; });
  return "";
}

std::string equation_among_others(const nn::CellInfo& cell, int channel) {
  const auto found = std::ranges::find(cell.formulas, channel, &nn::Formula::channel);
  if (found == cell.formulas.end()) return "";
  const std::string text = written(cell, *found, [](const nn::Formula& f) { return f.inlined; });
  return nn::written(channel_of(cell, channel)) + " = " + with_blocks(cell, *found, text);
}

template std::vector<Equation> equations(const nn::Network<float>&, const nn::Trace<float>&,
                                         const nn::LayerInput<float>&, const Place&);
template std::vector<Equation> equations(const nn::Network<double>&, const nn::Trace<double>&,
                                         const nn::LayerInput<double>&, const Place&);
template std::vector<Equation> equations(const nn::Network<float>&, const trace::SequenceTrace<float>&,
                                         const Place&);
template std::vector<Equation> equations(const nn::Network<double>&, const trace::SequenceTrace<double>&,
                                         const Place&);

}  // namespace gatescope::analysis
