#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/checkpoint/model_file.h"

namespace gatescope::checkpoint {

/// Whether these are the tensors of a Mamba, as its authors (state-spaces/mamba), mamba-minimal and
/// transformers name them.
bool is_mamba(const std::vector<Tensor>& tensors);

/// Makes the tensors ours, which have come as a Mamba's: names, shapes, spec and interface, and notes of what
/// the file does not say. Returns the file's name for each of ours. Throws Error that names the tensor, its
/// shape and the shape expected, or what the options say that cannot be right.
std::map<std::string, std::string> adopt_mamba(ModelFile& file, std::string_view origin,
                                               const ImportOptions& options);

}  // namespace gatescope::checkpoint
