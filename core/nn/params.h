#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/math/types.h"

namespace gatescope::nn {

/// A named, shaped view into the flat buffer of a network's parameters. Names and shapes are PyTorch's; the
/// values lie column-major, (rows, cols).
struct Parameter {
  std::string name;  // "rnn.weight_ih_l0", "head.bias", ...
  Index rows = 0, cols = 1;
  bool is_vector = false;  // its shape is (rows), not (rows, 1)
  Index offset = 0;        // of the first value in the buffer
  bool decays = false;     // towards 0, by an optimizer's weight decay

  Index size() const { return rows * cols; }
};

/// The layout of the flat buffer.
class ParameterTable {
 public:
  /// Adds a parameter at the end and returns its offset.
  Index add_matrix(std::string name, Index rows, Index cols, bool decays = true) {
    return add({std::move(name), rows, cols, false, size_, decays});
  }
  Index add_vector(std::string name, Index rows, bool decays = false) {
    return add({std::move(name), rows, 1, true, size_, decays});
  }

  Index size() const { return size_; }
  const std::vector<Parameter>& all() const { return parameters_; }
  const Parameter* find(std::string_view name) const {
    for (const Parameter& p : parameters_)
      if (p.name == name) return &p;
    return nullptr;
  }
  /// The parameter that holds the value at `offset`.
  const Parameter& holding(Index offset) const {
    std::size_t k = 0;
    while (k + 1 < parameters_.size() && parameters_[k + 1].offset <= offset) ++k;
    return parameters_[k];
  }

 private:
  Index add(Parameter p) {
    const Index offset = size_;
    size_ += p.size();
    parameters_.push_back(std::move(p));
    return offset;
  }

  std::vector<Parameter> parameters_;
  Index size_ = 0;
};

}  // namespace gatescope::nn
