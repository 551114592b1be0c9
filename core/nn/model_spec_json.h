#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/nn/model_spec.h"

/// Models as JSON. Every key may be left out and has the struct's default then; a key that is not known is an
/// error.
///
///     {"name":"", "cell":"lstm", "hidden":64, "layers":1, "bidirectional":false,
///      "dropout":0.0, "embedding":0, "heads":1, "conv":0,
///      "norm":false, "token_shift":false,
///      "head_norm":false, "output_gate":false, "projection":false, "residual":false,
///      "last_norm":"none", "norm_epsilon":1e-6,
///      "init":{"input":"automatic", "recurrent":"automatic", "gain":1.0, "forget_bias":null, "chrono":0},
///      "decoder":{"attention":"none", "input_feeding":false, "shared_embedding":true, "cell":"lstm"}}
///
///     {"input":"characters", "inputs":65, "readout":"softmax", "outputs":65, "pairs":false}
///
/// "input" and "recurrent" are one of automatic, pytorch, glorot, orthogonal, identity ("input" not
/// identity); "attention" is one of none, bahdanau, dot, general, concat; "last_norm" of none, rms, layer. A
/// model without "decoder" is one stack; a decoder without "cell" has the encoder's. "input" of an interface
/// is characters or values, "readout" softmax or linear. What is as in the struct of "heads", "conv", the
/// options of layers (blocks.h), "last_norm", "norm_epsilon", "decoder" and "pairs" is not written.
namespace gatescope::nn {

nlohmann::json to_json(const ModelSpec& spec);
nlohmann::json to_json(const Interface& interface);

/// The words of kinds of attention, and what they mean; throws Error for another one.
std::string to_string(Attention attention);
std::vector<std::string> attention_words();
Attention attention_of(std::string_view word);
/// The same of norms.
std::string to_string(Norm norm);
std::vector<std::string> norm_words();
Norm norm_of(std::string_view word);

/// `pointer` is the JSON pointer of the object, `origin` the file's name, both for errors. Throws Error that
/// names them, the value found and what would be right.
ModelSpec model_spec_from_json(const nlohmann::json& json, const std::string& pointer,
                               const std::string& origin = {});
Interface interface_from_json(const nlohmann::json& json, const std::string& pointer,
                              const std::string& origin = {});

}  // namespace gatescope::nn
