#include <array>
#include <string>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/nn/cells/elman.h"
#include "core/nn/cells/gru.h"
#include "core/nn/cells/janet.h"
#include "core/nn/cells/lstm.h"
#include "core/nn/cells/min_gru.h"
#include "core/nn/recurrent.h"

namespace gatescope::nn {
namespace {

/// The one list of cells: adding a cell is a file in cells/ and its name here.
template <class... Cells>
struct Registry {
  static constexpr std::array<const CellInfo*, sizeof...(Cells)> infos{&Cells::info...};

  template <class S>
  static std::unique_ptr<Layer<S>> make(const CellInfo& info, Index inputs, Index hidden, bool one_hot,
                                        const LayerParameters& at) {
    std::unique_ptr<Layer<S>> layer;
    const auto try_cell = [&]<class C>() {
      if (&info == &C::info) layer = std::make_unique<Recurrent<C, S>>(inputs, hidden, one_hot, at);
    };
    (try_cell.template operator()<Cells>(), ...);
    return layer;
  }
};

using AllCells = Registry<Rnn, RnnRelu, Gru, GruBefore, Lstm, LstmPeephole, LstmCoupled, LstmCoupledPeephole,
                          Janet, MinGru>;

}  // namespace

std::span<const CellInfo* const> all_cells() {
  return AllCells::infos;
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
std::unique_ptr<Layer<S>> make_layer(const CellInfo& info, Index inputs, Index hidden, bool one_hot,
                                     const LayerParameters& at) {
  return AllCells::make<S>(info, inputs, hidden, one_hot, at);
}

template std::unique_ptr<Layer<float>> make_layer(const CellInfo&, Index, Index, bool,
                                                  const LayerParameters&);
template std::unique_ptr<Layer<double>> make_layer(const CellInfo&, Index, Index, bool,
                                                   const LayerParameters&);

}  // namespace gatescope::nn
