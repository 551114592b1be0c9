#include "core/analysis/addressed_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/formula_tree.h"
#include "core/analysis/singular_values.h"
#include "core/error.h"
#include "core/nn/layer.h"

namespace gatescope::analysis {
namespace {

bool addresses_memory(const nn::Extent& extent) {
  return extent == nn::kHeadMemories || extent == nn::kMemories;
}

/// The first channel in the formula that addresses a memory and is not `other`, or kNone.
int address_in(const nn::CellInfo& cell, const FormulaTree& tree, int other) {
  for (const FormulaTerm& term : tree.terms)
    if (term.kind == FormulaPart::channel && term.channel != other &&
        addresses_memory(cell.channels[term.channel].extent))
      return term.channel;
  return nn::kNone;
}

bool reads(const FormulaTree& tree, int channel) {
  return std::ranges::any_of(tree.terms, [&](const FormulaTerm& term) {
    return term.kind == FormulaPart::channel && term.channel == channel;
  });
}

AddressChannels channels_of(const nn::CellInfo& cell) {
  const auto channels = address_channels(cell);
  if (!channels) fail("{}", why_no_matrix(cell));
  return *channels;
}

}  // namespace

std::optional<AddressChannels> address_channels(const nn::CellInfo& cell) {
  const int memory = cell.memory();
  if (cell.channels[memory].extent != nn::kUnitMemories) return std::nullopt;
  AddressChannels found{nn::kNone, nn::kNone};
  for (const nn::Formula& formula : cell.formulas)
    if (cell.channels[formula.channel].writes != nn::Share::none)
      found.key = address_in(cell, read_formula(cell, formula), nn::kNone);
  if (found.key == nn::kNone) return std::nullopt;
  for (const nn::Formula& formula : cell.formulas) {
    if (formula.channel == memory || found.query != nn::kNone) continue;
    const FormulaTree tree = read_formula(cell, formula);
    if (reads(tree, memory)) found.query = address_in(cell, tree, found.key);
  }
  if (found.query == nn::kNone) return std::nullopt;
  return found;
}

std::string why_no_matrix(const nn::CellInfo& cell) {
  if (address_channels(cell)) return {};
  std::string with;
  for (const nn::CellInfo* other : nn::all_cells())
    if (address_channels(*other)) with += (with.empty() ? "" : ", ") + std::string(other->title);
  return fmt::format("the cell {} keeps no matrix that keys write and queries read; these do: {}", cell.key,
                     with);
}

template <class S>
AddressedMemory<S>::AddressedMemory(const nn::LayerTape<S>& tape)
    : tape_(tape),
      channels_(channels_of(tape.info())),
      heads_(tape.info().channels[channels_.key].extent == nn::kHeadMemories ? tape.sizes().heads : 1) {}

template <class S>
gatescope::Matrix<double> AddressedMemory<S>::matrix(Index head, Index t) const {
  gatescope::Matrix<double> all(units(), keys());
  const int memory = tape_.info().memory();
  for (Index key = 0; key < keys(); ++key)
    for (Index unit = 0; unit < units(); ++unit)
      all(unit, key) =
          static_cast<double>(tape_.values(memory)(tape_.row_of(memory, head * units() + unit, key), t));
  return all;
}

template <class S>
gatescope::Matrix<double> AddressedMemory<S>::directions(int channel, Index head, Index first,
                                                         Index last) const {
  gatescope::Matrix<double> all(keys(), last - first + 1);
  for (Index t = first; t <= last; ++t) {
    for (Index key = 0; key < keys(); ++key)
      all(key, t - first) =
          static_cast<double>(tape_.values(channel)(tape_.row_of(channel, head * units(), key), t));
    auto column = all.col(t - first);
    const double length = column.norm();
    if (length > 0) {
      column /= length;
    } else {
      column.setConstant(std::numeric_limits<double>::quiet_NaN());
    }
  }
  return all;
}

template <class S>
gatescope::Matrix<double> AddressedMemory<S>::addresses(Index head, Index first, Index last) const {
  gatescope::Matrix<double> all = directions(channels_.query, head, first, last).transpose() *
                                  directions(channels_.key, head, first, last);
  for (Index t = 0; t < all.rows(); ++t)
    for (Index s = 0; s < all.cols(); ++s) {
      const bool later = tape_.reverse() ? s < t : s > t;
      all(t, s) = later ? 0 : std::clamp(all(t, s), -1.0, 1.0);
    }
  return all;
}

double directions_in_use(const gatescope::Matrix<double>& memory) {
  const std::vector<double> sizes = singular_values(memory);
  if (sizes.empty() || !(sizes.front() > 0)) return std::numeric_limits<double>::quiet_NaN();
  double squares = 0, fourths = 0;
  for (const double size : sizes) {
    const double square = (size / sizes.front()) * (size / sizes.front());
    squares += square;
    fourths += square * square;
  }
  return squares * squares / fourths;
}

template class AddressedMemory<float>;
template class AddressedMemory<double>;

}  // namespace gatescope::analysis
