#include "core/nn/model_spec_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/json/json_reader.h"
#include "core/nn/blocks.h"
#include "core/nn/layer.h"

namespace gatescope::nn {
namespace {

using Json = nlohmann::json;

template <class E>
using Word = std::pair<std::string_view, E>;

constexpr std::array<Word<Weights>, 5> kWeights{{{"automatic", Weights::automatic},
                                                 {"pytorch", Weights::pytorch},
                                                 {"glorot", Weights::glorot},
                                                 {"orthogonal", Weights::orthogonal},
                                                 {"identity", Weights::identity}}};
constexpr std::array<Word<InputKind>, 2> kInputs{
    {{"characters", InputKind::characters}, {"values", InputKind::values}}};
constexpr std::array<Word<Readout>, 2> kReadouts{
    {{"softmax", Readout::softmax}, {"linear", Readout::linear}}};

constexpr std::array<Word<Attention>, 5> kAttentions{{{"none", Attention::none},
                                                      {"bahdanau", Attention::bahdanau},
                                                      {"dot", Attention::dot},
                                                      {"general", Attention::general},
                                                      {"concat", Attention::concat}}};

constexpr std::array<Word<Norm>, 3> kNorms{
    {{"none", Norm::none}, {"rms", Norm::rms}, {"layer", Norm::layer}}};

constexpr double kMaxGain = 1e6;
constexpr double kMaxBias = 1000;
constexpr int kMaxLag = 1'000'000'000;

Initialisation initialisation(JsonReader reader) {
  Initialisation init;
  init.input = reader.get("input", init.input, Words<Weights>(kWeights).first(4));  // all but identity
  init.recurrent = reader.get("recurrent", init.recurrent, Words<Weights>(kWeights));
  init.gain = reader.get("gain", init.gain, -kMaxGain, kMaxGain);
  init.forget_bias = reader.get("forget_bias", init.forget_bias);
  if (init.forget_bias && !(std::abs(*init.forget_bias) <= kMaxBias)) {
    reader.reject("forget_bias", "a number from -1000 to 1000, or null");
  }
  init.chrono = reader.get("chrono", init.chrono, 0, kMaxLag);
  if (init.chrono == 1 || init.chrono == 2) reader.reject("chrono", "0 (off), or a lag of 3 steps or more");
  reader.finish();
  return init;
}

std::string cell_key(JsonReader& reader, const std::string& otherwise) {
  const std::string key = reader.get("cell", otherwise);
  if (key.empty() && otherwise.empty()) return key;
  std::string keys;
  for (const CellInfo* info : all_cells()) {
    if (info->key == key) return key;
    keys += (keys.empty() ? "one of " : ", ") + std::string(info->key);
  }
  reader.reject("cell", keys);
}

DecoderSpec decoder(JsonReader reader) {
  DecoderSpec spec;
  spec.cell = cell_key(reader, "");
  spec.attention = reader.get("attention", spec.attention, Words<Attention>(kAttentions));
  spec.input_feeding = reader.get("input_feeding", spec.input_feeding);
  spec.shared_embedding = reader.get("shared_embedding", spec.shared_embedding);
  reader.finish();
  return spec;
}

}  // namespace

std::string to_string(Attention attention) {
  return word_of(attention, Words<Attention>(kAttentions));
}

std::vector<std::string> attention_words() {
  std::vector<std::string> words;
  for (const auto& [word, attention] : kAttentions) words.emplace_back(word);
  return words;
}

Attention attention_of(std::string_view word) {
  for (const auto& [each, attention] : kAttentions)
    if (each == word) return attention;
  fail("there is no attention {}, expected one of {}", in_quotes(word), fmt::join(attention_words(), ", "));
}

std::string to_string(Norm norm) {
  return word_of(norm, Words<Norm>(kNorms));
}

std::vector<std::string> norm_words() {
  std::vector<std::string> words;
  for (const auto& [word, norm] : kNorms) words.emplace_back(word);
  return words;
}

Norm norm_of(std::string_view word) {
  for (const auto& [each, norm] : kNorms)
    if (each == word) return norm;
  fail("there is no norm {}, expected one of {}", in_quotes(word), fmt::join(norm_words(), ", "));
}

/// What older programs do not know is written where it is asked for only.
Json to_json(const ModelSpec& spec) {
  const Initialisation& init = spec.init;
  Json forget_bias;
  if (init.forget_bias) forget_bias = *init.forget_bias;
  Json json{{"name", spec.name},
            {"cell", spec.cell},
            {"hidden", spec.hidden},
            {"layers", spec.layers},
            {"bidirectional", spec.bidirectional},
            {"dropout", spec.dropout},
            {"embedding", spec.embedding},
            {"init",
             {{"input", word_of(init.input, Words<Weights>(kWeights))},
              {"recurrent", word_of(init.recurrent, Words<Weights>(kWeights))},
              {"gain", init.gain},
              {"forget_bias", forget_bias},
              {"chrono", init.chrono}}}};
  if (spec.heads != 1) json["heads"] = spec.heads;
  if (spec.conv != 0) json["conv"] = spec.conv;
  for (const LayerSwitch& option : layer_switches())
    if (spec.*option.on) json[option.key] = true;
  if (spec.last_norm != Norm::none) json["last_norm"] = to_string(spec.last_norm);
  if (spec.norm_epsilon != kNormEpsilon) json["norm_epsilon"] = spec.norm_epsilon;
  if (spec.decoder) {
    json["decoder"] = {{"attention", to_string(spec.decoder->attention)},
                       {"input_feeding", spec.decoder->input_feeding},
                       {"shared_embedding", spec.decoder->shared_embedding}};
    if (spec.has_two_cells()) json["decoder"]["cell"] = spec.decoder->cell;
  }
  return json;
}

Json to_json(const Interface& interface) {
  Json json{{"input", word_of(interface.input, Words<InputKind>(kInputs))},
            {"inputs", interface.inputs},
            {"readout", word_of(interface.readout, Words<Readout>(kReadouts))},
            {"outputs", interface.outputs}};
  if (interface.pairs) json["pairs"] = true;
  return json;
}

ModelSpec model_spec_from_json(const Json& json, const std::string& pointer, const std::string& origin) {
  JsonReader reader(json, pointer, origin);
  ModelSpec spec;
  spec.name = reader.get("name", spec.name);
  // Names stand in tables and legends.
  if (spec.name.size() > 64 || spec.name.find_first_of(",\"/\\\n\r\t") != std::string::npos) {
    reader.reject("name", "a name of at most 64 bytes without commas, quotes, slashes and line breaks");
  }
  spec.cell = cell_key(reader, spec.cell);
  spec.hidden = reader.get("hidden", spec.hidden, 1, kMaxHidden);
  spec.layers = reader.get("layers", spec.layers, 1, kMaxLayers);
  spec.bidirectional = reader.get("bidirectional", spec.bidirectional);
  spec.dropout = reader.get("dropout", spec.dropout, 0, 1, true);
  spec.embedding = reader.get("embedding", spec.embedding, 0, kMaxHidden);
  spec.heads = reader.get("heads", spec.heads, 1, kMaxHidden);
  spec.conv = reader.get("conv", spec.conv, 0, kMaxWindow);
  if (spec.conv == 1) reader.reject("conv", fmt::format("0 (none), or 2 to {} steps", kMaxWindow));
  for (const LayerSwitch& option : layer_switches())
    spec.*option.on = reader.get(option.key, spec.*option.on);
  spec.last_norm = reader.get("last_norm", spec.last_norm, Words<Norm>(kNorms));
  spec.norm_epsilon = reader.get("norm_epsilon", spec.norm_epsilon, 0, 1);
  if (spec.residual && spec.bidirectional)
    reader.reject("residual",
                  "false: of a model that reads in both directions a layer gives two outputs, and "
                  "neither has the width of its input");
  if (reader.find("decoder")) spec.decoder = decoder(reader.object("decoder"));
  if (spec.decoder) set_decoder_cell(spec, spec.cell_key(spec.layers));
  spec.init = initialisation(reader.object("init"));
  reader.finish();
  return spec;
}

Interface interface_from_json(const Json& json, const std::string& pointer, const std::string& origin) {
  JsonReader reader(json, pointer, origin);
  Interface interface;
  interface.input = reader.get("input", interface.input, Words<InputKind>(kInputs));
  interface.inputs = reader.get("inputs", interface.inputs, 0, kMaxInterface);
  interface.readout = reader.get("readout", interface.readout, Words<Readout>(kReadouts));
  interface.outputs = reader.get("outputs", interface.outputs, 0, kMaxInterface);
  interface.pairs = reader.get("pairs", interface.pairs);
  reader.finish();
  return interface;
}

}  // namespace gatescope::nn
