#pragma once

#include <string>
#include <vector>

#include "core/checkpoint/model_file.h"
#include "core/nn/network.h"

/// Training that begins from a model's weights, on another text.
namespace gatescope::train {

/// Copies a model's weights into a network that was initialised as a fresh one. The network's characters
/// begin with the model's: rows and columns of those beyond them stay as they are. Throws Error where it is
/// another kind of network.
void take_weights(const checkpoint::ModelFile& from, nn::Network<float>& to);

/// What a text makes of a model's vocabulary, for people: which entries are new, and how many of the model's
/// do not occur. `used`: the numbers that the text has, of the larger vocabulary.
std::string vocabulary_sentence(const std::vector<std::string>& of_model, const std::vector<std::string>& all,
                                const std::vector<bool>& used);

}  // namespace gatescope::train
