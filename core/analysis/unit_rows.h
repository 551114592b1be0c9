#pragma once

#include <algorithm>
#include <memory>

#include "core/nn/layer_tape.h"

namespace gatescope::analysis {

/// Values of a channel, (its width, T), with one row a unit, (H, T): of several numbers a unit the first. The
/// values outlive it.
class UnitRows {
 public:
  UnitRows(const nn::LayerTape<float>& tape, const ConstMatrixView<float>& values)
      : view_(values.data(), values.rows(), values.cols()) {
    const Index units = tape.hidden();
    if (values.rows() <= units) return;
    copy_.resize(static_cast<std::size_t>(units * values.cols()));
    MatrixView<float>(copy_.data(), units, values.cols()) = values.topRows(units);
    std::construct_at(&view_, copy_.data(), units, values.cols());
  }
  const ConstMatrixView<float>& operator*() const { return view_; }

 private:
  Buffer<float> copy_;
  ConstMatrixView<float> view_;
};

}  // namespace gatescope::analysis
