#include "core/trace/layer_tape.h"

namespace gatescope::trace {

template <class S>
void LayerTape<S>::resize(Index steps, Index batch, bool forced, const std::shared_ptr<FileMemory>& file) {
  if (steps == steps_ && batch == batch_ && forced == forced_ && file == file_) return;
  steps_ = steps;
  batch_ = batch;
  forced_ = forced;
  // Channels begin at different offsets within a page, so that the streams of one step do not fight for the
  // same cache lines.
  stride_ = (hidden_ * (steps + 1) * batch + 15) / 16 * 16 + 16 * 9;
  const auto size = static_cast<std::size_t>(stride_ * static_cast<Index>(info_->channels.size()));
  file_ = file;
  values_.resize(size, file);
  gradients_.resize(size, file);
  if (forced) raw_.resize(size, file);
}

template <class S>
nn::StepSequence<S> LayerTape<S>::step_sequence() {
  return {.hidden = hidden_,
          .batch = batch_,
          .steps = steps_,
          .reverse = reverse_,
          .channel = stride_,
          .values = values_.data(),
          .gradients = gradients_.data(),
          .raw = (forced_ ? raw_ : values_).data()};
}

template class LayerTape<float>;
template class LayerTape<double>;

}  // namespace gatescope::trace
