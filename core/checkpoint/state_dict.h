#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/checkpoint/model_file.h"

namespace gatescope::checkpoint {

/// Tells a model from the names and shapes of a PyTorch state dict: sets the file's spec and interface, gives
/// its tensors our names, those of RWKV-4's program among them (rwkv4_dict.h), adds zeros for biases that
/// the model was built without, the second copy of a matrix that embedding and read-out share, and leaves out
/// what is no parameter (counters, an optimizer's moments). What was assumed goes into the file's notes.
/// Tensors whose place cannot be told keep their names, and their shapes are not checked. Returns how the
/// file calls each of our names. `characters`: how many the model reads, where that is known; else 0.
///
/// Throws Error that names the origin; Unanswered where something cannot be told.
std::map<std::string, std::string> adopt_state_dict(ModelFile& file, std::string_view origin,
                                                    const ImportOptions& options, Index characters = 0);

}  // namespace gatescope::checkpoint
