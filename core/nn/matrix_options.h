#pragma once

#include <optional>
#include <string_view>

namespace gatescope::nn {

/// What a cell with a matrix for a memory does: what decays, how is written, and what divides what is read
/// (cells/matrix_mix.h).
enum class MemoryDecay { none, head, key };
enum class MemoryRule { add, delta };
enum class MemoryNormaliser { none, mlstm };

/// The key of the cell with these options: the one that has a name in the field, where there is one.
constexpr std::string_view matrix_cell(MemoryDecay decay, MemoryRule rule, MemoryNormaliser normaliser) {
  constexpr std::string_view keys[3][2][2] = {
      {{"matrix_none_add", "matrix_none_add_mlstm"}, {"matrix_none_delta", "matrix_none_delta_mlstm"}},
      {{"mamba2", "mlstm"}, {"gated_deltanet", "matrix_head_delta_mlstm"}},
      {{"gla", "matrix_key_add_mlstm"}, {"matrix_key_delta", "matrix_key_delta_mlstm"}}};
  return keys[static_cast<int>(decay)][rule == MemoryRule::delta][normaliser == MemoryNormaliser::mlstm];
}

struct MatrixOptions {
  MemoryDecay decay = MemoryDecay::head;
  MemoryRule rule = MemoryRule::add;
  MemoryNormaliser normaliser = MemoryNormaliser::none;
};

constexpr std::string_view matrix_cell(const MatrixOptions& options) {
  return matrix_cell(options.decay, options.rule, options.normaliser);
}

/// The options that the cell of a key is; none for a cell that is none of them.
constexpr std::optional<MatrixOptions> matrix_options(std::string_view key) {
  for (const MemoryDecay decay : {MemoryDecay::none, MemoryDecay::head, MemoryDecay::key})
    for (const MemoryRule rule : {MemoryRule::add, MemoryRule::delta})
      for (const MemoryNormaliser normaliser : {MemoryNormaliser::none, MemoryNormaliser::mlstm})
        if (matrix_cell(decay, rule, normaliser) == key) return MatrixOptions{decay, rule, normaliser};
  return std::nullopt;
}

}  // namespace gatescope::nn
