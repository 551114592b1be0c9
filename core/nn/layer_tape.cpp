#include "core/nn/layer_tape.h"

namespace gatescope::nn {

template <class S>
LayerTape<S>::LayerTape(const CellInfo& info, const Sizes& sizes, bool reverse)
    : info_(&info), sizes_(sizes), reverse_(reverse) {
  for (const Channel& channel : info.channels) widths_.push_back(sizes(channel.extent));
  lay_out(values_layout_, [](int) { return true; });
  lay_out(gradients_layout_, [](int) { return true; });
}

// Channels begin at different offsets within a page, so that the streams of one step do not fight for the
// same cache lines.
template <class S>
template <class Keeps>
std::size_t LayerTape<S>::lay_out(Layout& layout, Keeps keeps) const {
  layout.starts.clear();
  layout.masks.clear();
  Index end = 0;
  for (std::size_t k = 0; k < widths_.size(); ++k) {
    const bool kept = keeps(static_cast<int>(k));
    layout.starts.push_back(end);
    layout.masks.push_back(kept ? TapeLayout::kEveryStep : TapeLayout::kByTurns);
    end += (widths_[k] * (kept ? steps_ + 1 : 2) * batch_ + 15) / 16 * 16 + 16 * 9;
  }
  return static_cast<std::size_t>(end);
}

template <class S>
void LayerTape<S>::resize(Index steps, Index batch, const KeptValues& kept,
                          const std::shared_ptr<FileMemory>& file) {
  if (steps == steps_ && batch == batch_ && kept == kept_ && file == file_) return;
  steps_ = steps;
  batch_ = batch;
  kept_ = kept;
  const std::size_t size =
      lay_out(values_layout_, [&](int k) { return kept.all || !info_->channels[k].remade; });
  const std::size_t gradients = lay_out(gradients_layout_, [&](int k) {
    return kept.all || info_->channels[k].extent != kUnitMemories || info_->is_connected(k);
  });
  file_ = file;
  values_.resize(size, file);
  gradients_.resize(gradients, file);
  if (kept.raw) raw_.resize(size, file);
  if (kept.activated) activated_.resize(size, file);
}

template <class S>
StepSequence<S> LayerTape<S>::step_sequence() {
  S* const raw = (kept_.raw ? raw_ : values_).data();
  return {.sizes = sizes_,
          .batch = batch_,
          .steps = steps_,
          .reverse = reverse_,
          .of_values = values_layout_.view(),
          .of_gradients = gradients_layout_.view(),
          .widths = widths_.data(),
          .values = values_.data(),
          .gradients = gradients_.data(),
          .raw = raw,
          .activated = kept_.activated ? activated_.data() : raw,
          .first_number = first_step};
}

template class LayerTape<float>;
template class LayerTape<double>;

}  // namespace gatescope::nn
