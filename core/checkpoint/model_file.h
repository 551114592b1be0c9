#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "core/error.h"
#include "core/nn/network.h"

/// A model as a safetensors file. Tensors have PyTorch's names, shapes and gate order, row-major:
///   rnn.weight_ih_l0 (R*H, I), rnn.weight_hh_l0 (R*H, H), rnn.bias_ih_l0 (R*H), rnn.bias_hh_l0 (R*H),
///   ..._l0_reverse, rnn.peephole_l0 (H, P), head.weight (V, H*D), head.bias (V), embedding.weight (V, E)
/// with heads rnn.weight_hh_l0 (R*H, H/heads), and of a filter of the input rnn.shift_mu_l0 (I),
///   rnn.conv_weight_l0 (I, W), rnn.conv_bias_l0 (I)
/// with a norm before the read-out norm.weight (H*D), norm.bias (H*D); of a stream of another width E, it and
///   the read-out have E in the place of H
/// Metadata, all strings:
///   format      "gatescope"
///   model       {"spec":{...}, "interface":{...}}, nn/model_spec_json.h
///   vocabulary  a JSON array of strings, where the model reads characters
///   experiment  JSON, where there is one
///   updates     how many of them made the model, where a run of ours did
namespace gatescope::checkpoint {

struct ModelFile {
  nn::ModelSpec spec;
  nn::Interface interface;
  std::vector<std::string> vocabulary;  // UTF-8, one entry an input character; empty where there are none
  nlohmann::json experiment;            // null where there is none
  std::map<std::string, std::string> metadata;  // everything else
  std::vector<Tensor> tensors;                  // in the order of the network's parameters
  /// What was assumed of a state dict, for people: a sentence each, and how to say otherwise.
  std::vector<std::string> notes = {};
};

/// How messages tell a person to say what a file cannot: by options, or in a form of the window.
struct ImportWays {
  std::string vocabulary = "with --vocab FILE";
  std::string cell = "with --cell CELL", relu = "with --cell rnn_relu";
  std::string head = "with --head NAME";
  std::string embedding = "with --embedding NAME", no_embedding = "with --embedding none";
  std::string head_name = "--head", embedding_name = "--embedding";  // what was said so
};

/// What a state dict cannot tell of itself; empty: told by names and shapes.
struct ImportOptions {
  std::optional<std::filesystem::path> vocabulary;  // as parse_vocabulary reads it
  std::string cell;                                 // the cell's key
  std::string head, embedding;                      // the modules' names, "model.fc"; "none": no embedding
  std::vector<std::string> entries = {};            // the vocabulary itself, in place of a file's
  ImportWays ways = {};
};

/// A file that leaves open what a person can say: by the ways that the message names.
struct Unanswered : Error {
  using Error::Error;
};

/// F32 for float, F64 for double.
template <class S>
ModelFile model_file(const nn::Network<S>& network, std::vector<std::string> vocabulary,
                     nlohmann::json experiment);

/// Whole or not at all. Throws Error that names the path, or the tensor that does not fit the model.
void save_model(const std::filesystem::path& path, const ModelFile& file, WriteOptions options = {});

/// Reads ours, a Mamba as its authors name it (mamba_dict.h), or a state dict from PyTorch, whose model is
/// told from names and shapes: the prefixes of its modules may differ and nest, biases may be missing (they
/// are zero then), and an `rnn` has tanh unless `cell` says otherwise. Throws Error that names the path, the
/// tensor, its shape and the shape expected; what cannot be told is asked for by Unanswered.
ModelFile load_model(const std::filesystem::path& path, const ImportOptions& options = {});

/// The same from a file's bytes; `origin` names them in errors.
ModelFile parse_model(std::string_view bytes, std::string_view origin, const ImportOptions& options = {});

/// The file's bytes.
std::string to_bytes(const ModelFile& file);

/// The network with these parameters, prepared. Throws Error that names the tensor where one is missing, has
/// another shape than the model needs, or holds a value that is not finite.
template <class S>
nn::Network<S> make_network(const ModelFile& file);

extern template ModelFile model_file(const nn::Network<float>&, std::vector<std::string>, nlohmann::json);
extern template ModelFile model_file(const nn::Network<double>&, std::vector<std::string>, nlohmann::json);
extern template nn::Network<float> make_network(const ModelFile&);
extern template nn::Network<double> make_network(const ModelFile&);

}  // namespace gatescope::checkpoint
