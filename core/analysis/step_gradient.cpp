#include "core/analysis/step_gradient.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/formula_tree.h"
#include "core/analysis/rules_on.h"
#include "core/error.h"

namespace gatescope::analysis {
namespace {

using Numbers = Eigen::ArrayXd;

std::size_t nth(int k) {
  return static_cast<std::size_t>(k);
}

/// The slope of a function by its value.
Numbers slope_by_value(nn::Activation function, const Numbers& y) {
  switch (function) {
    case nn::Activation::sigmoid:
      return y * (1 - y);
    case nn::Activation::tanh:
      return 1 - y.square();
    case nn::Activation::relu:
      return y.sign();
    case nn::Activation::softplus:
      return 1 - (-y).exp();
    case nn::Activation::exponential:
      return y;
    case nn::Activation::silu:
    case nn::Activation::none:
      break;
  }
  return Numbers::Ones(y.size());
}

}  // namespace

template <class S>
Eigen::ArrayXd parameter_of_units(const nn::Network<S>& network, int layer, bool backward, int parameter,
                                  int column, Index rows) {
  const nn::Parameter& p =
      *network.table().find(nn::parameter_name(network.spec(), parameter, layer, backward));
  const S* first = network.parameters().data() + p.offset;
  const bool each = column == nn::kNone && p.rows * p.cols == rows;
  Numbers all(rows);
  for (Index row = 0; row < rows; ++row)
    all[row] = static_cast<double>(first[each ? row : std::max(0, column) * p.rows + row % p.rows]);
  return all;
}
template Eigen::ArrayXd parameter_of_units(const nn::Network<float>&, int, bool, int, int, Index);
template Eigen::ArrayXd parameter_of_units(const nn::Network<double>&, int, bool, int, int, Index);

template <class S>
struct StepGradient<S>::Parts {
  /// A formula with what its evaluation needs.
  struct Line {
    int channel;
    FormulaTree tree;
    std::vector<char> leads;  // of each term, whether a state changes it
  };
  /// Where a pass gathers what it finds.
  struct Pass {
    Index step;
    std::map<int, Gradients> within;  // channels of the same step
    std::vector<EnteredBy>* before;   // states of the step before; null: not asked for
    int channel = nn::kNone;          // whose formula is being read
    const FormulaTree* tree = nullptr;
    const std::vector<char>* leads = nullptr;
  };

  const nn::Network<S>& network;
  const nn::LayerTape<S>& tape;
  const nn::CellInfo& cell;
  int layer;
  std::vector<RulesOn<S>> rules_on, rules_before;  // of the channels
  std::vector<int> states, entrances;
  std::vector<char> depends;  // of each channel, whether a state of the step before changes it
  std::vector<Line> lines;    // in the order of computation
  std::map<std::pair<int, int>, gatescope::Matrix<double>> weights;  // of source and receiver

  Parts(const nn::Network<S>& network_, const nn::LayerTape<S>& tape_, std::span<const nn::ForceRule> rules,
        int layer_)
      : network(network_), tape(tape_), cell(tape_.info()), layer(layer_), depends(cell.channels.size()) {
    const nn::CellInfo& plain = cell.alone();
    for (int k = 0; k < static_cast<int>(plain.channels.size()); ++k) {
      rules_on.emplace_back(rules, layer, tape, k);
      rules_before.emplace_back(rules, layer, tape, k, true);
    }
    for (const nn::State& state : plain.states) states.push_back(state.channel);
    for (const nn::Formula& formula : plain.formulas) {
      Line line{formula.channel, read_formula(cell, formula), {}};
      bool enters = false;
      for (const FormulaTerm& term : line.tree.terms) {
        const bool of_state = (term.kind == FormulaPart::channel && term.previous) ||
                              (term.kind == FormulaPart::weights && is_state(term.channel));
        const auto leads = [&](int child) { return child != nn::kNone && line.leads[nth(child)]; };
        const bool of_channel = (term.kind == FormulaPart::channel || term.kind == FormulaPart::weights) &&
                                !term.previous && depends[nth(term.channel)];
        enters = enters || (of_state && (term.channel == cell.memory() || term.channel == cell.hidden()));
        line.leads.push_back(of_state || of_channel || leads(term.left) || leads(term.right));
        if (term.kind == FormulaPart::weights && line.leads.back())
          keep_weights(term.channel, line.tree.receiver);
      }
      depends[nth(formula.channel)] = line.leads.back();
      if (enters) entrances.push_back(formula.channel);
      lines.push_back(std::move(line));
    }
    std::ranges::sort(entrances);
  }

  bool is_state(int k) const { return std::ranges::find(states, k) != states.end(); }

  void keep_weights(int source, int receiver) {
    const nn::Product* product = cell.product(source, receiver);
    if (!product) fail("the cell {} has no weights from {} to {}", cell.key, source, receiver);
    const nn::Parameter& p =
        *network.table().find(nn::parameter_name(network.spec(), product->parameter, layer, tape.reverse()));
    const Index rows = tape.width(receiver), columns = tape.width(source);
    const Eigen::Map<const gatescope::Matrix<S>, 0, Eigen::OuterStride<>> block(
        network.parameters().data() + p.offset + product->block * rows, rows, p.cols,
        Eigen::OuterStride<>(p.rows));
    gatescope::Matrix<double>& all = weights[{source, receiver}];
    if (!cell.by_heads(*product)) {
      all = block.template cast<double>();
      return;
    }
    const Index heads = tape.sizes().heads, height = rows / heads, width = columns / heads;
    all = gatescope::Matrix<double>::Zero(rows, columns);
    for (Index head = 0; head < heads; ++head)
      all.block(head * height, head * width, height, width) =
          block.middleRows(head * height, height).template cast<double>();
  }

  Numbers value(const FormulaTree& tree, int place, Index t, Index rows) const {
    return evaluate(tree, place, rows, cell, tape.sizes(), StepNumbers(*this, t));
  }

  /// The numbers that the network used.
  class StepNumbers final : public FormulaSource {
   public:
    StepNumbers(const Parts& parts, Index step) : parts_(parts), step_(step) {}

    Numbers channel(int k, bool previous) const override {
      const auto all = previous ? parts_.tape.previous_values(k) : std::as_const(parts_.tape).values(k);
      return all.col(step_).template cast<double>().array();
    }
    Numbers of_units(int parameter, int column, Index rows) const override {
      return parameter_of_units(parts_.network, parts_.layer, parts_.tape.reverse(), parameter, column, rows);
    }
    Numbers product(const FormulaTree&, const FormulaTerm&, Index) const override {
      fail("the cell {}: a product with weights stands where its value is needed", parts_.cell.key);
    }

   private:
    const Parts& parts_;
    Index step_;
  };

  /// Hands the gradient of a term on to what it is made of.
  void spread(Pass& pass, int place, const Gradients& gradient) const {
    if (!(*pass.leads)[nth(place)]) return;
    const FormulaTree& tree = *pass.tree;
    const FormulaTerm& term = tree.terms[nth(place)];
    const Index rows = gradient.rows();
    const auto of = [&](int child) { return value(tree, child, pass.step, rows); };
    const auto times = [&](const Numbers& factor) -> Gradients { return gradient.colwise() * factor; };
    const auto leads = [&](int child) { return (*pass.leads)[nth(child)] != 0; };
    switch (term.kind) {
      case FormulaPart::channel:
        return arrive(pass, term.channel, term.previous, gathered(term.channel, gradient));
      case FormulaPart::weights:
        if (!pass.before && is_state(term.channel)) return;
        return arrive(pass, term.channel, is_state(term.channel),
                      (weights.at({term.channel, tree.receiver}).transpose() * gradient.matrix()).array());
      case FormulaPart::add:
        spread(pass, term.left, gradient);
        return spread(pass, term.right, gradient);
      case FormulaPart::subtract:
        spread(pass, term.left, gradient);
        return spread(pass, term.right, -gradient);
      case FormulaPart::negate:
        return spread(pass, term.left, -gradient);
      case FormulaPart::multiply:
        if (leads(term.left)) spread(pass, term.left, times(of(term.right)));
        if (leads(term.right)) spread(pass, term.right, times(of(term.left)));
        return;
      case FormulaPart::divide:
        if (leads(term.left)) spread(pass, term.left, times(quotient(Numbers::Ones(rows), of(term.right))));
        if (leads(term.right))
          spread(pass, term.right, times(-quotient(of(term.left), of(term.right).square())));
        return;
      case FormulaPart::greater: {
        const Numbers first = (of(term.left) >= of(term.right)).template cast<double>();
        spread(pass, term.left, times(first));
        return spread(pass, term.right, times(1 - first));
      }
      case FormulaPart::function:
        if (term.plain == PlainFunction::norm)
          return spread(pass, term.left, norm_back(of(term.left), gradient));
        return spread(pass, term.left, times(slope_at(term, of(term.left))));
      case FormulaPart::sum:
        return spread(pass, term.left, gradient.replicate(tape.sizes().memories, 1));
      case FormulaPart::number:
      case FormulaPart::of_units:
      case FormulaPart::bias:
      case FormulaPart::outside:
        break;
    }
  }

  /// The gradient of a channel from that of each row of a formula in which it stands.
  Gradients gathered(int k, const Gradients& gradient) const {
    const Index width = tape.width(k), numbers = gradient.rows() / width;
    if (numbers == 1) return gradient;
    // Its numbers are shared by the numbers of a unit, by all units, or by those of a head.
    Gradients sum = Gradients::Zero(width, gradient.cols());
    for (Index row = 0; row < gradient.rows(); ++row)
      sum.row(nn::place_with(cell.channels[nth(k)].extent, tape.sizes(), row)) += gradient.row(row);
    return sum;
  }

  void arrive(Pass& pass, int k, bool previous, const Gradients& gradient) const {
    if (!previous) {
      const auto found = pass.within.find(k);
      if (found == pass.within.end())
        pass.within.emplace(k, gradient);
      else
        found->second += gradient;
      return;
    }
    if (!pass.before) return;
    for (EnteredBy& entered : *pass.before)
      if (entered.channel == pass.channel && entered.state == k) {
        entered.part += gradient;
        return;
      }
    pass.before->push_back({pass.channel, k, gradient});
  }

  /// The gradient of what a formula gives from that of what the network used of it: through the rules, and
  /// through the activation.
  void enter(Pass& pass, const Line& line, Gradients gradient) const {
    const int k = line.channel;
    const Index t = pass.step, rows = gradient.rows();
    pass.channel = k;
    pass.tree = &line.tree;
    pass.leads = &line.leads;
    const int root = static_cast<int>(line.tree.terms.size()) - 1, net = line.tree.root().left;
    const nn::Activation activation = cell.channels[nth(k)].activation;
    const bool on = rules_on[nth(k)].act(t), before = rules_before[nth(k)].act(t);
    Numbers factor = Numbers::Ones(rows), first_scale = factor, first_shift = Numbers::Zero(rows);
    // What the activation gave: the used value before rules on it.
    Numbers y = std::as_const(tape).values(k).col(t).template cast<double>().array();
    if (on && !before) y = tape.raw_values(k).col(t).template cast<double>().array();
    for (Index row = 0; row < rows && (on || before); ++row) {
      const auto last = rules_on[nth(k)].at(t, row), first = rules_before[nth(k)].at(t, row);
      factor[row] = static_cast<double>(last.scale);
      first_scale[row] = static_cast<double>(first.scale);
      first_shift[row] = static_cast<double>(first.shift);
      if (on && before)  // of a channel that is set nothing depends on it
        y[row] = last.scale == 0 ? 0 : (y[row] - static_cast<double>(last.shift)) / factor[row];
    }
    if (on) gradient.colwise() *= factor;
    if (activation == nn::Activation::none) return spread(pass, root, gradient);
    if (activation == nn::Activation::silu)
      gradient.colwise() *=
          slope_at(line.tree.root(), value(line.tree, net, t, rows) * first_scale + first_shift);
    else
      gradient.colwise() *= slope_by_value(activation, y);
    if (before) gradient.colwise() *= first_scale;
    spread(pass, net, gradient);
  }
};

template <class S>
StepGradient<S>::StepGradient(const nn::Network<S>& network, const nn::LayerTape<S>& tape,
                              std::span<const nn::ForceRule> rules, int layer)
    : parts_(std::make_unique<const Parts>(network, tape, rules, layer)) {}
template <class S>
StepGradient<S>::~StepGradient() = default;

template <class S>
const std::vector<int>& StepGradient<S>::entrances() const {
  return parts_->entrances;
}
template <class S>
const std::vector<int>& StepGradient<S>::states() const {
  return parts_->states;
}

template <class S>
std::vector<EnteredBy> StepGradient<S>::back(Index t, const std::map<int, Gradients>& after) const {
  std::vector<EnteredBy> before;
  typename Parts::Pass pass{.step = t, .within = {}, .before = &before};
  for (auto line = parts_->lines.rbegin(); line != parts_->lines.rend(); ++line) {
    const int k = line->channel;
    if (!parts_->depends[nth(k)]) continue;
    const bool total = parts_->is_state(k) || k == parts_->cell.hidden();
    const auto& from = total ? after : pass.within;
    if (const auto found = from.find(k); found != from.end()) parts_->enter(pass, *line, found->second);
  }
  return before;
}

template <class S>
Gradients StepGradient<S>::to_memory(Index t, const Gradients& of_output) const {
  const nn::CellInfo& cell = parts_->cell;
  const int memory = cell.memory();
  if (memory == cell.hidden()) return of_output;
  typename Parts::Pass pass{.step = t, .within = {{cell.hidden(), of_output}}, .before = nullptr};
  for (auto line = parts_->lines.rbegin(); line != parts_->lines.rend(); ++line) {
    const int k = line->channel;
    if (!parts_->depends[nth(k)] || (parts_->is_state(k) && k != cell.hidden())) continue;
    if (const auto found = pass.within.find(k); found != pass.within.end())
      parts_->enter(pass, *line, Gradients(found->second));
  }
  const auto found = pass.within.find(memory);
  return found == pass.within.end() ? Gradients(Gradients::Zero(parts_->tape.width(memory), of_output.cols()))
                                    : found->second;
}

template class StepGradient<float>;
template class StepGradient<double>;

}  // namespace gatescope::analysis
