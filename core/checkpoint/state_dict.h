#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/checkpoint/model_file.h"

namespace gatescope::checkpoint {

/// Tells a model from the names and shapes of a PyTorch state dict: sets the file's spec and interface, gives
/// its tensors our names, and adds zeros for biases that the model was built without. Tensors whose place
/// cannot be told keep their names, and their shapes are not checked. Returns how the file calls each of our
/// names.
///
/// Throws Error that names the origin and, where something cannot be told, the option that says it.
std::map<std::string, std::string> adopt_state_dict(ModelFile& file, std::string_view origin,
                                                    const ImportOptions& options);

}  // namespace gatescope::checkpoint
