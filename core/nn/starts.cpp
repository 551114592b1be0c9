#include "core/nn/starts.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/nn/layer.h"

namespace gatescope::nn {
namespace {

/// "as have the cells lstm, gru".
template <class Takes>
std::string those_that(Takes takes) {
  std::string keys;
  for (const CellInfo* cell : all_cells())
    if (takes(*cell)) keys += (keys.empty() ? "" : ", ") + std::string(cell->key);
  return "as have the cells " + keys;
}

}  // namespace

bool takes_forget_bias(const CellInfo& cell) {
  return cell.keep_bias() != kNone || cell.write_bias() != kNone;
}

bool takes_chrono(const CellInfo& cell) {
  const int keeps = cell.keep_bias();
  return keeps == kNone ? cell.write_bias() != kNone : cell.channels[keeps].root_before_keep <= 1;
}

bool takes_gain(const CellInfo& cell, const Initialisation& init) {
  return std::ranges::any_of(cell.parameters, [&](const ParameterInfo& parameter) {
    return parameter.start == Start::recurrent || parameter.start == Start::identity ||
           (parameter.start == Start::zero && init.recurrent != Weights::automatic);
  });
}

namespace {

/// Whether a cell of the model's layers has that.
template <class Takes>
bool any_takes(const ModelSpec& model, Takes takes) {
  return takes(find_cell(model.cell)) ||
         (model.has_two_cells() && takes(find_cell(model.cell_key(model.layers))));
}

bool any_takes_gain(const ModelSpec& model) {
  return any_takes(model, [&](const CellInfo& cell) { return takes_gain(cell, model.init); });
}

/// "the cell rnn has", "the cells rnn and gru have".
std::string those_of(const ModelSpec& model) {
  if (!model.has_two_cells()) return fmt::format("the cell {} has", model.cell);
  return fmt::format("the cells {} and {} have", model.cell, model.cell_key(model.layers));
}

}  // namespace

std::vector<IdleStart> idle_starts(const ModelSpec& model) {
  const Initialisation& init = model.init;
  std::vector<IdleStart> idle;
  if (init.forget_bias && !any_takes(model, takes_forget_bias))
    idle.push_back({"forget_bias", fmt::format("{}", *init.forget_bias), "null",
                    fmt::format("{} no bias before the σ of a gate that keeps its memory, {}",
                                those_of(model), those_that(takes_forget_bias))});
  if (init.chrono != 0 && !any_takes(model, takes_chrono))
    idle.push_back({"chrono", fmt::format("{}", init.chrono), "0",
                    fmt::format("{} no bias before a σ that is the share of its memory that stays, {}",
                                those_of(model), those_that(takes_chrono))});
  if (init.gain != 1 && !any_takes_gain(model)) {
    const bool zero = any_takes(model, [](const CellInfo& cell) {
      return std::ranges::any_of(
          cell.parameters, [](const ParameterInfo& parameter) { return parameter.start == Start::zero; });
    });
    idle.push_back({"gain", fmt::format("{}", init.gain), "1",
                    fmt::format("{} no recurrent weights{}, {}", those_of(model),
                                zero ? " that begin with other numbers than 0" : "",
                                those_that([](const CellInfo& other) { return takes_gain(other, {}); }))});
  }
  return idle;
}

void drop_idle_starts(ModelSpec& model) {
  if (!any_takes(model, takes_forget_bias)) model.init.forget_bias.reset();
  if (!any_takes(model, takes_chrono)) model.init.chrono = 0;
  if (!any_takes_gain(model)) model.init.gain = 1;
}

}  // namespace gatescope::nn
