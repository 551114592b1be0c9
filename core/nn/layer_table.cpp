#include "core/nn/layer_table.h"

#include <fmt/format.h>

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/nn/cells/ranges.h"

namespace gatescope::nn {
namespace {

constexpr double kLeastSilu = -0.28;

double begin_at_zero(Index, Index, Index) {
  return 0;
}
double begin_at_half(Index, Index, Index) {
  return 0.5;
}
double begin_at_one(Index, Index, Index) {
  return 1;
}

template <class Row>
std::vector<Row> copied_rows(std::span<const Row> rows) {
  return {rows.begin(), rows.end()};
}

/// What a cell's info points to.
class LayerTable {
 public:
  LayerTable(const CellInfo& plain, const LayerOptions& options)
      : channels_(copied_rows(plain.channels)),
        states_(copied_rows(plain.states)),
        parameters_(copied_rows(plain.parameters)),
        products_(copied_rows(plain.products)),
        info_(plain) {
    before_the_cell(options);
    formulas_.insert(formulas_.end(), plain.formulas.begin(), plain.formulas.end());
    after_the_cell(options);
    info_.channels = channels_;
    info_.states = states_;
    info_.parameters = parameters_;
    info_.products = products_;
    info_.formulas = formulas_;
    info_.input = at_.entrance();
    info_.plain = &plain;
    info_.places = &at_;
  }
  LayerTable(const LayerTable&) = delete;
  LayerTable& operator=(const LayerTable&) = delete;

  const CellInfo& info() const { return info_; }

 private:
  int channel(std::string_view symbol, std::string_view name, Extent extent, double low = -kUnbounded) {
    channels_.push_back({.symbol = symbol,
                         .name = name,
                         .role = Role::internal,
                         .low = low,
                         .high = kUnbounded,
                         .extent = extent});
    return static_cast<int>(channels_.size()) - 1;
  }
  int parameter(const ParameterInfo& info) {
    parameters_.push_back(info);
    return static_cast<int>(parameters_.size()) - 1;
  }
  int numbers(std::string_view letter, std::string_view name, Extent rows,
              double (*begin)(Index, Index, Index)) {
    return parameter({.letter = letter,
                      .name = name,
                      .rows = rows,
                      .is_vector = true,
                      .start = Start::own,
                      .begin = begin,
                      .decay = Decay::no});
  }
  int weights(std::string_view letter, std::string_view name, Extent rows, Extent cols) {
    return parameter({.letter = letter, .name = name, .rows = rows, .cols = cols, .start = Start::fan_in});
  }
  void formula(int of, std::string text) {
    texts_.push_back(std::move(text));
    formulas_.push_back({.channel = of, .text = texts_.back()});
  }
  std::string_view symbol(int k) const { return channels_[static_cast<std::size_t>(k)].symbol; }

  void before_the_cell(const LayerOptions& options) {
    at_.x = channel("x", "input", kInputWidth);
    if (options.norm) {
      at_.size = channel("xr", "size of the input", {1, Size::one}, 0);
      at_.normed = channel("xn", "normed input", kInputWidth);
      at_.norm_scale = numbers("α", "norm_weight", kInputWidth, begin_at_one);
      formula(at_.normed, "α ⊙ xₜ / xrₜ");
    }
    if (options.token_shift) {
      const int from = at_.before_shift();
      at_.shifted = channel("xs", "shifted input", kInputWidth);
      states_.push_back({from});
      at_.mu = numbers("μ", "shift_mu", kInputWidth, begin_at_half);
      formula(at_.shifted, fmt::format("μ ⊙ {0}ₜ + (1 − μ) ⊙ {0}ₜ₋₁", symbol(from)));
    }
    if (!options.conv) return;
    const int from = at_.source();
    at_.past = channel("xp", "past of the convolution", kDelayed);
    at_.convolved = channel("xc", "convolved input", kInputWidth, kLeastSilu);
    channels_.back().activation = Activation::silu;
    states_.push_back({at_.past});
    at_.taps = parameter(
        {.letter = "κ", .name = "conv_weight", .rows = kInputWidth, .cols = kWindow, .start = Start::fan_in});
    at_.bias = numbers("β", "conv_bias", kInputWidth, begin_at_zero);
    formula(at_.convolved, fmt::format("SiLU(conv(κ, {}ₜ, xpₜ₋₁) + β)", symbol(from)));
  }

  void after_the_cell(const LayerOptions& options) {
    int last = info_.output;
    const Extent leaving = options.width ? kStream : kUnits;
    if (options.head_norm) {
      at_.mean = channel("hm", "mean of the head", kHeads);
      at_.deviation = channel("hd", "deviation of the head", kHeads, 0);
      at_.head_normed = channel("hn", "normed hidden state", kUnits);
      at_.head_scale = numbers("γ", "head_norm_weight", kUnits, begin_at_one);
      formula(at_.head_normed, fmt::format("γ ⊙ ({}ₜ − hmₜ) / hdₜ", symbol(last)));
      last = at_.head_normed;
    }
    if (options.output_gate) {
      at_.net = channel("oz", "output gate before its SiLU", kUnits);
      at_.gate = channel("og", "output gate of the layer", kUnits, kLeastSilu);
      at_.gated = channel("hg", "gated hidden state", kUnits);
      at_.gate_weight = weights("G", "gate_weight", kUnits, kInputWidth);
      products_.push_back({at_.gate_weight, 0, at_.source(), at_.net});
      formula(at_.net, fmt::format("G {}", symbol(at_.source())));
      formula(at_.gate, "SiLU(ozₜ)");
      formula(at_.gated, fmt::format("{}ₜ ⊙ ogₜ", symbol(last)));
      last = at_.gated;
    }
    if (options.projection) {
      if (info_.is_state(last)) {  // a product would take it from the step before
        at_.copied = channel("hl", "hidden state as it leaves the cell", kUnits);
        formula(at_.copied, fmt::format("{}ₜ", symbol(last)));
        last = at_.copied;
      }
      const bool is_output = !options.residual;
      at_.projected = channel("hp", is_output ? "output of the layer" : "projected hidden state", leaving);
      at_.out_weight = weights("M", "out_weight", leaving, kUnits);
      products_.push_back({at_.out_weight, 0, last, at_.projected});
      formula(at_.projected, fmt::format("M {}", symbol(last)));
      last = at_.projected;
    }
    if (options.residual) {
      at_.skipped = channel("xb", "input beside the cell", leaving);
      at_.output = channel("ho", "output of the layer", leaving);
      formula(at_.output, fmt::format("xbₜ + {}ₜ", symbol(last)));
      last = at_.output;
    }
    info_.output = last;
  }

  std::vector<Channel> channels_;
  std::vector<State> states_;
  std::vector<ParameterInfo> parameters_;
  std::vector<Product> products_;
  std::vector<Formula> formulas_;
  std::deque<std::string> texts_;  // of the formulas
  LayerPlaces at_;
  CellInfo info_;
};

}  // namespace

const CellInfo& with_options(const CellInfo& plain, const LayerOptions& options) {
  if (options == LayerOptions{}) return plain;
  static std::mutex mutex;
  static std::map<std::pair<const CellInfo*, LayerOptions>, std::unique_ptr<const LayerTable>> tables;
  const std::lock_guard lock(mutex);
  auto& table = tables[{&plain, options}];
  if (!table) table = std::make_unique<const LayerTable>(plain, options);
  return table->info();
}

bool adds_input(const CellInfo& cell, const Sizes& sizes) {
  return cell.places && cell.places->output != kNone &&
         sizes.inputs == sizes(cell.channels[static_cast<std::size_t>(cell.output)].extent);
}

int filtered_channel(const CellInfo& cell) {
  return cell.places ? cell.places->x : kNone;
}

}  // namespace gatescope::nn
