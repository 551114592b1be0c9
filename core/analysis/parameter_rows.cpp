#include "core/analysis/parameter_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/analysis/formula_tree.h"
#include "core/analysis/gated_memory.h"
#include "core/analysis/survival.h"
#include "core/math/quantile.h"

namespace gatescope::analysis {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

bool has_bias(const nn::CellInfo& cell, int channel) {
  return std::ranges::any_of(cell.biases, [&](const nn::Bias& bias) { return bias.to == channel; });
}

/// The first channel with a bias that `channel` is computed from within a step, itself first; or kNone.
int bias_behind(const nn::CellInfo& cell, int channel, std::set<int>& seen) {
  if (!seen.insert(channel).second) return nn::kNone;
  if (has_bias(cell, channel)) return channel;
  for (const nn::Formula& formula : cell.formulas) {
    if (formula.channel != channel) continue;
    for (const FormulaTerm& term : read_formula(cell, formula).terms) {
      if (term.kind != FormulaPart::channel || term.previous) continue;
      if (const int found = bias_behind(cell, term.channel, seen); found != nn::kNone) return found;
    }
  }
  return nn::kNone;
}

/// What `channel` is computed from within a step that no input moves: constants of heads, and of units those
/// that do not weigh a state of the step before, which is 0 at rest.
void add_constants(const nn::CellInfo& cell, int channel, std::set<int>& seen, Lasting& lasting) {
  if (!seen.insert(channel).second) return;
  if (has_bias(cell, channel)) {
    const bool moves =
        std::ranges::any_of(cell.products, [&](const nn::Product& product) { return product.to == channel; });
    if (!moves) lasting.channels.push_back(channel);
  }
  for (const nn::Formula& formula : cell.formulas) {
    if (formula.channel != channel) continue;
    const FormulaTree tree = read_formula(cell, formula);
    const auto is_previous = [&](int place) {
      return place != nn::kNone && tree.terms[static_cast<std::size_t>(place)].kind == FormulaPart::channel &&
             tree.terms[static_cast<std::size_t>(place)].previous;
    };
    std::set<int> weighing;  // places of factors of states
    for (const FormulaTerm& term : tree.terms) {
      if (term.kind != FormulaPart::multiply) continue;
      if (is_previous(term.left)) weighing.insert(term.right);
      if (is_previous(term.right)) weighing.insert(term.left);
    }
    for (int place = 0; place < static_cast<int>(tree.terms.size()); ++place) {
      const FormulaTerm& term = tree.terms[static_cast<std::size_t>(place)];
      if (term.kind == FormulaPart::of_units && !weighing.contains(place) &&
          std::ranges::find(lasting.parameters, term.parameter) == lasting.parameters.end())
        lasting.parameters.push_back(term.parameter);
      if (term.kind == FormulaPart::channel && !term.previous)
        add_constants(cell, term.channel, seen, lasting);
    }
  }
}

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  return nearest_quantile(values, 0.5);
}

/// The blocks of parameters that are one row's.
template <class S>
class Blocks {
 public:
  Blocks(const nn::Network<S>& network, int layer, bool backward)
      : cell_(network.cell(layer)),
        sizes_(network.sizes()[static_cast<std::size_t>(layer)]),
        layer_(layer),
        backward_(backward) {}

  Index rows_of(int channel) const { return sizes_(cell_.channels[channel].extent); }

  /// Block `block` of so many rows of a parameter, in double.
  template <class Of>
  Eigen::MatrixXd block(const nn::Network<Of>& of, int parameter, Index block, Index rows) const {
    const nn::Parameter& p = *of.table().find(nn::parameter_name(of.spec(), parameter, layer_, backward_));
    const ConstMatrixView<Of> all(of.parameters().data() + p.offset, p.rows, p.cols);
    return all.middleRows(block * rows, rows).template cast<double>();
  }

  /// Calls take(parameter, block, rows, product or null) for each block of a channel.
  template <class Take>
  void each(int channel, Take take) const {
    for (const nn::Product& product : cell_.products)
      if (product.to == channel) take(product.parameter, product.block, rows_of(channel), &product);
    for (const nn::Bias& bias : cell_.biases)
      if (bias.to == channel) take(bias.parameter, bias.block, rows_of(channel), nullptr);
  }

 private:
  const nn::CellInfo& cell_;
  nn::Sizes sizes_;
  int layer_;
  bool backward_;
};

/// Sums of squares of one row.
struct Squares {
  double input = 0, recurrent = 0, start = 0, moved = 0;
  bool has_input = false, has_recurrent = false;
};

}  // namespace

int lasting_bias(const nn::CellInfo& cell) {
  if (!why_no_gated_memory(cell).empty()) return nn::kNone;
  if (cell.keep_bias() != nn::kNone) return cell.keep_bias();
  int gate = cell.keep_gate();
  for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k)
    if (cell.channels[k].gate == nn::Gate::forget) {
      gate = k;
      break;
    }
  std::set<int> seen;
  return bias_behind(cell, gate, seen);
}

Lasting lasting_of(const nn::CellInfo& cell) {
  Lasting lasting;
  if (!why_no_gated_memory(cell).empty()) return lasting;
  std::set<int> seen;
  add_constants(cell, cell.keep_gate(), seen, lasting);
  const int bias = lasting_bias(cell);
  if (bias != nn::kNone && std::ranges::find(lasting.channels, bias) == lasting.channels.end())
    lasting.channels.push_back(bias);
  return lasting;
}

Index layer_parameters(const nn::CellInfo& cell, const nn::Sizes& sizes) {
  Index count = 0;
  for (const nn::ParameterInfo& parameter : cell.parameters)
    count += sizes(parameter.rows) * sizes(parameter.cols);
  return count;
}

Index rnn_parameters(const nn::Sizes& sizes) {
  const nn::CellInfo& rnn = nn::find_cell("rnn");
  return layer_parameters(rnn, rnn.sizes(sizes.inputs, sizes.hidden, 1));
}

template <class S>
std::vector<ParameterRow> parameter_rows(const nn::Network<S>& network, int layer, bool backward,
                                         const nn::Network<float>* start) {
  const nn::CellInfo& cell = network.cell(layer);
  const nn::Sizes& sizes = network.sizes()[static_cast<std::size_t>(layer)];
  const Blocks<S> blocks(network, layer, backward);
  const auto of_rnn = static_cast<double>(rnn_parameters(sizes));
  const Lasting lasting = lasting_of(cell);
  const bool any_lasts = !lasting.channels.empty() || !lasting.parameters.empty();
  const double lasts = any_lasts ? median_of(resting_time_constants(network, layer, backward)) : kNothing;
  const auto lasts_by = [&](const std::vector<int>& those, int which) {
    return std::ranges::find(those, which) == those.end() ? kNothing : lasts;
  };
  std::vector<ParameterRow> rows;
  const auto add_start = [&](int parameter, Index block, Index height, const Eigen::MatrixXd& now,
                             Squares& squares) {
    if (!start) return;
    const Eigen::MatrixXd then = blocks.block(*start, parameter, block, height);
    squares.start += then.squaredNorm();
    squares.moved += (now - then).squaredNorm();
  };
  const auto finish = [&](ParameterRow row, const Squares& squares) {
    row.times_rnn = static_cast<double>(row.count) / of_rnn;
    row.input_norm = squares.has_input ? std::sqrt(squares.input) : kNothing;
    row.recurrent_norm = squares.has_recurrent ? std::sqrt(squares.recurrent) : kNothing;
    row.drift = squares.start > 0 ? std::sqrt(squares.moved / squares.start) : kNothing;
    rows.push_back(row);
  };
  for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k) {
    ParameterRow row{.channel = k, .mean_bias = kNothing, .time_constant = kNothing};
    Squares squares;
    blocks.each(k, [&](int parameter, Index block, Index height, const nn::Product* product) {
      const Eigen::MatrixXd now = blocks.block(network, parameter, block, height);
      row.count += now.size();
      add_start(parameter, block, height, now, squares);
      if (!product) {
        row.mean_bias = (std::isnan(row.mean_bias) ? 0 : row.mean_bias) + now.mean();
      } else if (product->from == nn::kInput) {
        squares.input += now.squaredNorm();
        squares.has_input = true;
      } else {
        squares.recurrent += now.squaredNorm();
        squares.has_recurrent = true;
      }
    });
    if (row.count == 0) continue;
    row.time_constant = lasts_by(lasting.channels, k);
    finish(row, squares);
  }
  for (int p = 0; p < static_cast<int>(cell.parameters.size()); ++p) {
    if (!cell.is_of_units(p)) continue;
    Squares squares;
    const Index height = sizes(cell.parameters[p].rows);
    const Eigen::MatrixXd now = blocks.block(network, p, 0, height);
    add_start(p, 0, height, now, squares);
    finish({.parameter = p,
            .count = now.size(),
            .mean_bias = now.mean(),
            .time_constant = lasts_by(lasting.parameters, p)},
           squares);
  }
  return rows;
}

template std::vector<ParameterRow> parameter_rows(const nn::Network<float>&, int, bool,
                                                  const nn::Network<float>*);
template std::vector<ParameterRow> parameter_rows(const nn::Network<double>&, int, bool,
                                                  const nn::Network<float>*);

}  // namespace gatescope::analysis
