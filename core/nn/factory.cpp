#include <algorithm>
#include <array>
#include <string>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/nn/cells/all.h"
#include "core/nn/cells/drawings.h"
#include "core/nn/input_filter.h"
#include "core/nn/output_filter.h"
#include "core/nn/recurrent.h"

namespace gatescope::nn {
namespace {

template <class List>
struct Infos;
template <class... Cells>
struct Infos<CellList<Cells...>> {
  static constexpr std::array<const CellInfo*, sizeof...(Cells)> all{&Cells::info...};
  static constexpr std::array<const Drawing*, sizeof...(Cells)> drawings{&kDrawing<Cells>...};
};

template <class S>
const CellSteps<S>& steps_of(const CellInfo& info) {
  const auto& infos = Infos<AllCells>::all;
  const auto k = std::ranges::find(infos, &info) - infos.begin();
  if constexpr (std::is_same_v<S, float>) {
    return level().steps_float[k];
  } else {
    return level().steps_double[k];
  }
}

}  // namespace

std::span<const CellInfo* const> all_cells() {
  return Infos<AllCells>::all;
}

const CellInfo& find_cell(std::string_view key) {
  std::string keys;
  for (const CellInfo* info : all_cells()) {
    if (info->key == key) return *info;
    if (!keys.empty()) keys += ", ";
    keys += info->key;
  }
  fail("there is no cell '{}', expected one of {}", printable(key), keys);
}

std::string parameter_name(const ModelSpec& model, int parameter, int layer, bool reverse) {
  const std::string_view name = cell_of(model, layer).parameters[parameter].name;
  if (layer >= model.layers) return fmt::format("decoder.{}_l{}", name, layer - model.layers);
  return fmt::format("rnn.{}_l{}{}", name, layer, reverse ? "_reverse" : "");
}

LayerParameters add_layer(ParameterTable& table, const ModelSpec& model, const Sizes& sizes, int layer,
                          bool reverse) {
  const CellInfo& cell = cell_of(model, layer);
  LayerParameters at;
  for (std::size_t k = 0; k < cell.parameters.size(); ++k) {
    const ParameterInfo& info = cell.parameters[k];
    const std::string name = parameter_name(model, static_cast<int>(k), layer, reverse);
    const bool decays = info.decay == Decay::yes;
    at.push_back(info.is_vector ? table.add_vector(name, sizes(info.rows), decays)
                                : table.add_matrix(name, sizes(info.rows), sizes(info.cols), decays));
  }
  return at;
}

const CellInfo& cell_of(const ModelSpec& spec, int layer) {
  return with_options(find_cell(spec.cell_key(layer)), layer_options(spec));
}

bool can_have_heads(const ModelSpec& spec) {
  return spec.head_norm || find_cell(spec.cell).has_heads() ||
         (spec.decoder && find_cell(spec.cell_key(spec.layers)).has_heads());
}

bool can_have_state_size(const ModelSpec& spec) {
  return find_cell(spec.cell).free_memories ||
         (spec.decoder && find_cell(spec.cell_key(spec.layers)).free_memories);
}

bool can_have_width(const ModelSpec& spec) {
  return spec.projection && !spec.decoder;
}

bool can_have_last_norm(const ModelSpec& spec) {
  return !spec.decoder;
}

void set_sizes(Sizes& sizes, const CellInfo& cell, const ModelSpec& spec) {
  if (cell.free_memories && spec.state_size != 0) sizes.memories = spec.state_size;
  sizes.stream = spec.leaves();
  sizes.window = spec.conv;
  sizes.norm_epsilon = spec.norm_epsilon;
}

const Drawing* drawing_of(const CellInfo& cell) {
  const auto k = static_cast<std::size_t>(std::ranges::find(all_cells(), cell.plain ? cell.plain : &cell) -
                                          all_cells().begin());
  const Drawing* drawing = k < all_cells().size() ? Infos<AllCells>::drawings[k] : nullptr;
  return drawing && drawing->count > 0 ? drawing : nullptr;
}

template <class S>
std::unique_ptr<SteppedLayer<S>> make_stepped_layer(const CellInfo& info, const Sizes& sizes, bool one_hot,
                                                    const LayerParameters& at) {
  if (!info.plain) return std::make_unique<Recurrent<S>>(info, steps_of<S>(info), sizes, one_hot, at);
  std::unique_ptr<SteppedLayer<S>> cell =
      std::make_unique<Recurrent<S>>(*info.plain, steps_of<S>(*info.plain), sizes, false, at);
  if (info.places->after_cell()) cell = std::make_unique<OutputFilter<S>>(info, sizes, at, std::move(cell));
  return std::make_unique<InputFilter<S>>(info, sizes, at, std::move(cell));
}

template <class S>
std::unique_ptr<Layer<S>> make_layer(const CellInfo& info, const Sizes& sizes, bool one_hot,
                                     const LayerParameters& at) {
  return make_stepped_layer<S>(info, sizes, one_hot, at);
}

template std::unique_ptr<Layer<float>> make_layer(const CellInfo&, const Sizes&, bool,
                                                  const LayerParameters&);
template std::unique_ptr<Layer<double>> make_layer(const CellInfo&, const Sizes&, bool,
                                                   const LayerParameters&);
template std::unique_ptr<SteppedLayer<float>> make_stepped_layer(const CellInfo&, const Sizes&, bool,
                                                                 const LayerParameters&);
template std::unique_ptr<SteppedLayer<double>> make_stepped_layer(const CellInfo&, const Sizes&, bool,
                                                                  const LayerParameters&);

}  // namespace gatescope::nn
