#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "core/math/product.h"
#include "core/math/storage.h"
#include "core/math/types.h"
#include "core/nn/cell.h"
#include "core/nn/cell_steps.h"

namespace gatescope::nn {

/// How many steps of so many bytes a piece has: enough for long products, few enough to stay in a cache.
inline Index piece_steps(std::size_t bytes) {
  const std::size_t some = (std::size_t{4} << 20) / std::max<std::size_t>(1, bytes);
  return static_cast<Index>(std::max<std::size_t>(64, some / 64 * 64));
}

/// Some steps of a sequence, in time's order.
struct StepRange {
  Index first = 0, count = 0;
};

/// What a tape keeps besides used values and gradients, where rules make it differ from these.
struct KeptValues {
  bool raw = false;        // what the network computed by itself
  bool activated = false;  // what activations gave of pre-activations as rules left them
  bool all = true;  // also what a training can do without: gradients of what has many numbers a unit, and
                    // channels that are remade

  bool operator==(const KeptValues&) const = default;
};

/// Everything one direction of one layer computes over a sequence: each channel's used values and their
/// gradients, in one layout, and raw values where a plan forces gates: what a channel would have been at this
/// step without the rules on it, given all that comes before it. What the backward pass needs is what a
/// person wants to see.
///
/// A channel is (its width, T*B) with time as the outer block, and one more block for the state before the
/// first step. A backward direction runs from the last step to the first; its steps are still numbered by the
/// text.
template <class S>
class LayerTape {
 public:
  LayerTape() = default;
  LayerTape(const CellInfo& info, const Sizes& sizes, bool reverse);

  /// Makes room for T steps of B entries; `kept` adds room for what rules change. Keeps its memory where
  /// that suffices. All values are undefined afterwards, initial states included. A long tape lies in the
  /// file, if one is given.
  void resize(Index steps, Index batch, const KeptValues& kept,
              const std::shared_ptr<FileMemory>& file = nullptr);

  const CellInfo& info() const { return *info_; }
  const Sizes& sizes() const { return sizes_; }
  /// H, the number of units.
  Index hidden() const { return sizes_.hidden; }
  /// How many numbers channel k has a step and entry.
  Index width(int k) const { return widths_[k]; }
  /// Where channel k has the unit's number: of several a unit, or a head, that one, of a channel that is
  /// counted in neither the number itself.
  Index row_of(int k, Index unit, Index number = 0) const {
    const Extent& extent = info_->channels[k].extent;
    if (extent.of == Size::hidden || extent.of == Size::heads)
      return place_with(extent, sizes_, number * sizes_.hidden + unit);
    return std::min(number, width(k) - 1);
  }
  Index steps() const { return steps_; }
  Index batch() const { return batch_; }
  bool reverse() const { return reverse_; }
  bool forced() const { return kept_.raw; }

  /// Whether all steps of a channel are there, of its values and of its gradients. Of others the last ones
  /// are that were computed.
  bool keeps_values(int k) const { return values_layout_.view().keeps(k); }
  bool keeps_gradients(int k) const { return gradients_layout_.view().keeps(k); }

  /// Used values, gradients and raw values of channel k at step t: (width, B).
  S* value(int k, Index t) { return values_.data() + offset(k, block_of(t)); }
  S* gradient(int k, Index t) { return gradients_.data() + gradient_offset(k, block_of(t)); }
  S* raw(int k, Index t) { return (kept_.raw ? raw_ : values_).data() + offset(k, block_of(t)); }
  /// The same one step earlier in the layer's own direction; before the first step, the initial state.
  S* previous_value(int k, Index t) { return values_.data() + offset(k, block_before(t)); }
  S* previous_gradient(int k, Index t) { return gradients_.data() + gradient_offset(k, block_before(t)); }

  /// Step n of the layer's own direction, as the text counts it.
  Index step(Index n) const { return reverse_ ? steps_ - 1 - n : n; }

  /// State and its gradient before the first step: (width, B).
  S* initial_value(int k) { return values_.data() + offset(k, reverse_ ? steps_ : 0); }
  S* initial_gradient(int k) { return gradients_.data() + gradient_offset(k, reverse_ ? steps_ : 0); }
  /// The state after the last step: (width, B).
  S* final_value(int k) { return value(k, reverse_ ? 0 : steps_ - 1); }
  /// Sets all states to what they are before the first step of a text.
  void clear_states() {
    for (const State& state : info_->states) clear_state(state);
  }
  void clear_state(const State& state) {
    std::fill_n(initial_value(state.channel), width(state.channel) * batch_, static_cast<S>(state.initial));
  }

  /// All steps of a channel: (width, T*B).
  MatrixView<S> values(int k) { return {value(k, 0), width(k), steps_ * batch_}; }
  ConstMatrixView<S> values(int k) const {
    return {values_.data() + offset(k, block_of(0)), width(k), steps_ * batch_};
  }
  MatrixView<S> gradients(int k) { return {gradient(k, 0), width(k), steps_ * batch_}; }
  ConstMatrixView<S> gradients(int k) const {
    return {gradients_.data() + gradient_offset(k, block_of(0)), width(k), steps_ * batch_};
  }
  ConstMatrixView<S> raw_values(int k) const {
    return {(kept_.raw ? raw_ : values_).data() + offset(k, block_of(0)), width(k), steps_ * batch_};
  }
  /// The states that enter each step: (width, T*B).
  ConstMatrixView<S> previous_values(int k) const {
    return {values_.data() + offset(k, block_before(0)), width(k), steps_ * batch_};
  }

  /// The number of the first step, for rules that name steps: above 0 where a text is read piece by piece.
  Index first_step = 0;

  /// Where the sequence of each entry begins in the layer's own direction, where that is not the tape's first
  /// step: (B), or empty.
  std::vector<Index> begins;

  /// Whether the gradients of the last states come in as they stand; else nothing comes after them.
  bool ends_given = false;

  /// Calls work(first, count) for the steps piece by piece, forwards or backwards in time, and gives the
  /// memory of each back where the tape lies in a file. A tape in memory is one piece.
  template <class Work>
  void in_pieces(bool forwards, Work work) const {
    in_pieces(forwards, {0, steps_}, work);
  }
  /// The same for some of the steps.
  template <class Work>
  void in_pieces(bool forwards, const StepRange& range, Work work) const {
    const Index size = file_ ? piece_steps(step_bytes()) : std::max<Index>(1, range.count);
    const Index count = (range.count + size - 1) / size;
    for (Index n = 0; n < count; ++n) {
      const Index first = (forwards ? n : count - 1 - n) * size;
      work(range.first + first, std::min(size, range.count - first));
      release();
    }
  }

  /// Gives back the memory of what lies in the file.
  void release() const {
    if (file_) file_->release();
  }

  /// Where its values and gradients lie, for the kernels; weights, input and rules are the layer's to add.
  StepSequence<S> step_sequence();

  /// Scratch of the layer, which the time loop does not allocate: of its weight gradients' products, of what
  /// its steps are handed, and a sum over all steps of a channel of that width.
  OuterProductScratch<S> scratch;
  StepScratch<S> step_scratch;
  VectorView<S> sum_of(Index width) {
    if (std::ssize(sums_) < width) sums_.resize(static_cast<std::size_t>(width));
    return {sums_.data(), width};
  }

 private:
  Index block_of(Index t) const { return reverse_ ? t : t + 1; }
  Index block_before(Index t) const { return reverse_ ? t + 1 : t; }
  /// Where every channel begins, and the mask of its blocks' numbers.
  struct Layout {
    std::vector<Index> starts, masks;
    TapeLayout view() const { return {starts.data(), masks.data()}; }
    Index offset(int k, Index n, Index size) const { return starts[k] + view().block(k, n) * size; }
  };
  Index offset(int k, Index block) const { return values_layout_.offset(k, block, width(k) * batch_); }
  Index gradient_offset(int k, Index block) const {
    return gradients_layout_.offset(k, block, width(k) * batch_);
  }
  /// Lays the channels out one after the other; the numbers in all.
  template <class Keeps>
  std::size_t lay_out(Layout& layout, Keeps keeps) const;

  std::size_t step_bytes() const {
    std::size_t numbers = 0;
    for (const Index width : widths_) numbers += static_cast<std::size_t>(width);
    return 2 * sizeof(S) * numbers * static_cast<std::size_t>(batch_);
  }

  const CellInfo* info_ = nullptr;
  Sizes sizes_;
  std::vector<Index> widths_;  // of the channels
  Layout values_layout_, gradients_layout_;
  Index steps_ = 0, batch_ = 0;
  bool reverse_ = false;
  KeptValues kept_;
  Storage<S> values_, gradients_, raw_, activated_;
  std::shared_ptr<FileMemory> file_;
  Buffer<S> sums_;
};

extern template class LayerTape<float>;
extern template class LayerTape<double>;

}  // namespace gatescope::nn
