#include <algorithm>
#include <array>
#include <string>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/nn/cells/all.h"
#include "core/nn/recurrent.h"

namespace gatescope::nn {
namespace {

template <class List>
struct Infos;
template <class... Cells>
struct Infos<CellList<Cells...>> {
  static constexpr std::array<const CellInfo*, sizeof...(Cells)> all{&Cells::info...};
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

template <class S>
std::unique_ptr<Layer<S>> make_layer(const CellInfo& info, const Sizes& sizes, bool one_hot,
                                     const LayerParameters& at) {
  return std::make_unique<Recurrent<S>>(info, steps_of<S>(info), sizes, one_hot, at);
}

template std::unique_ptr<Layer<float>> make_layer(const CellInfo&, const Sizes&, bool,
                                                  const LayerParameters&);
template std::unique_ptr<Layer<double>> make_layer(const CellInfo&, const Sizes&, bool,
                                                   const LayerParameters&);

}  // namespace gatescope::nn
