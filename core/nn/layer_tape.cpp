#include "core/nn/layer_tape.h"

namespace gatescope::nn {

template <class S>
LayerTape<S>::LayerTape(const CellInfo& info, const Sizes& sizes, bool reverse)
    : info_(&info), sizes_(sizes), starts_(info.channels.size(), 0), reverse_(reverse) {
  for (const Channel& channel : info.channels) widths_.push_back(sizes(channel.extent));
}

template <class S>
void LayerTape<S>::resize(Index steps, Index batch, const KeptValues& kept,
                          const std::shared_ptr<FileMemory>& file) {
  if (steps == steps_ && batch == batch_ && kept == kept_ && file == file_) return;
  steps_ = steps;
  batch_ = batch;
  kept_ = kept;
  // Channels begin at different offsets within a page, so that the streams of one step do not fight for the
  // same cache lines.
  Index end = 0;
  for (std::size_t k = 0; k < widths_.size(); ++k) {
    starts_[k] = end;
    end += (widths_[k] * (steps + 1) * batch + 15) / 16 * 16 + 16 * 9;
  }
  const auto size = static_cast<std::size_t>(end);
  file_ = file;
  values_.resize(size, file);
  gradients_.resize(size, file);
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
          .starts = starts_.data(),
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
