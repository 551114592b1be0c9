#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/experiment/experiment.h"
#include "core/experiment/text.h"

namespace gatescope::experiment {

/// Chooses a file of pairs.
void set_pairs(TaskSpec& task, const std::string& path);

/// Makes a model an encoder-decoder: with an embedding, and without what these cannot have.
void give_decoder(nn::ModelSpec& model, nn::Attention attention);
/// The same of all that are none, as pairs are learnt first.
void give_decoders(Experiment& experiment, nn::Attention attention);

/// Makes the models what the task needs: encoder-decoders for pairs, where they are none with Bahdanau's
/// attention, else one stack.
void fit_models(Experiment& experiment);

/// As open_task; the path is looked for as file_of() does, and the experiment has it from the root from then
/// on.
OpenTask open_pairs(Experiment& experiment, const std::filesystem::path& corpora,
                    const std::optional<std::string>& piped);

}  // namespace gatescope::experiment
