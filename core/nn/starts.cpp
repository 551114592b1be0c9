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

std::vector<IdleStart> idle_starts(const ModelSpec& model) {
  const CellInfo& cell = find_cell(model.cell);
  const Initialisation& init = model.init;
  std::vector<IdleStart> idle;
  if (init.forget_bias && !takes_forget_bias(cell))
    idle.push_back({"forget_bias", fmt::format("{}", *init.forget_bias), "null",
                    fmt::format("the cell {} has no bias before the σ of a gate that keeps its memory, {}",
                                cell.key, those_that(takes_forget_bias))});
  if (init.chrono != 0 && !takes_chrono(cell))
    idle.push_back({"chrono", fmt::format("{}", init.chrono), "0",
                    fmt::format("the cell {} has no bias before a σ that is the share of its memory that "
                                "stays, {}",
                                cell.key, those_that(takes_chrono))});
  if (init.gain != 1 && !takes_gain(cell, init)) {
    const auto takes = [](const CellInfo& other) { return takes_gain(other, {}); };
    const bool zero = std::ranges::any_of(
        cell.parameters, [](const ParameterInfo& parameter) { return parameter.start == Start::zero; });
    idle.push_back({"gain", fmt::format("{}", init.gain), "1",
                    fmt::format("the cell {} has no recurrent weights{}, {}", cell.key,
                                zero ? " that begin with other numbers than 0" : "", those_that(takes))});
  }
  return idle;
}

void drop_idle_starts(ModelSpec& model) {
  const CellInfo& cell = find_cell(model.cell);
  if (!takes_forget_bias(cell)) model.init.forget_bias.reset();
  if (!takes_chrono(cell)) model.init.chrono = 0;
  if (!takes_gain(cell, model.init)) model.init.gain = 1;
}

}  // namespace gatescope::nn
