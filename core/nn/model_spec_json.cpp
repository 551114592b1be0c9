#include "core/nn/model_spec_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/json/json_fields.h"
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

constexpr auto kBiasForm = or_null(by(
    [](JsonReader& reader, std::string_view key) {
      const double bias = reader.get(key, std::optional<double>()).value();
      if (!(std::abs(bias) <= kMaxBias)) reader.reject(key, "a number from -1000 to 1000, or null");
      return bias;
    },
    [](double bias) { return bias; }));

/// All but identity.
constexpr auto kInputWeightsForm = by(
    [](JsonReader& reader, std::string_view key) {
      return reader.get(key, Weights::automatic, Words<Weights>(kWeights).first(4));
    },
    [](Weights weights) { return word_of(weights, Words<Weights>(kWeights)); });

constexpr auto kInitialisationFields = [](auto& self, auto& field) {
  field("input", self.input, kInputWeightsForm);
  field("recurrent", self.recurrent, one_of(kWeights));
  field("gain", self.gain, range(-kMaxGain, kMaxGain));
  field("forget_bias", self.forget_bias, kBiasForm);
  field("chrono", self.chrono, range(0, kMaxLag));
  field.check("chrono", self.chrono != 1 && self.chrono != 2, "0 (off), or a lag of 3 steps or more");
};

struct CellForm {
  std::string read(JsonReader& reader, std::string_view key, const std::string& otherwise) const {
    const std::string cell = reader.get(key, otherwise);
    if (cell.empty() && otherwise.empty()) return cell;
    std::string cells;
    for (const CellInfo* info : all_cells()) {
      if (info->key == cell) return cell;
      cells += (cells.empty() ? "one of " : ", ") + std::string(info->key);
    }
    reader.reject(key, cells);
  }
  Json write(const std::string& cell) const { return cell; }
};

constexpr auto kDecoderFields = [](auto& self, auto& field) {
  field.unless_usual("cell", self.cell, CellForm{});
  field("attention", self.attention, one_of(kAttentions));
  field("input_feeding", self.input_feeding);
  field("shared_embedding", self.shared_embedding);
};

/// Names stand in tables and legends.
bool is_name(std::string_view name) {
  return name.size() <= 64 && name.find_first_of(",\"/\\\n\r\t") == name.npos;
}

/// What older programs do not know is not written unless it is asked for; aside is what weights have their
/// places without.
constexpr auto kModelFields = [](auto& self, auto& field) {
  field.aside("name", self.name);
  field.check("name", is_name(self.name),
              "a name of at most 64 bytes without commas, quotes, slashes and line breaks");
  field("cell", self.cell, CellForm{});
  field("hidden", self.hidden, range(1, kMaxHidden));
  field("layers", self.layers, range(1, kMaxLayers));
  field("bidirectional", self.bidirectional);
  field.aside("dropout", self.dropout, range_below(0, 1));
  field("embedding", self.embedding, range(0, kMaxHidden));
  field.unless_usual("heads", self.heads, range(1, kMaxHidden));
  field.unless_usual("conv", self.conv, range(0, kMaxWindow));
  field.check("conv", self.conv != 1, fmt::format("0 (none), or 2 to {} steps", kMaxWindow));
  for (const LayerSwitch& option : layer_switches()) field.unless_usual(option.key, self.*option.on);
  field.unless_usual("width", self.width, range(0, kMaxHidden));
  field.unless_usual("state_size", self.state_size, range(1, kMaxStateSize));
  field.unless_usual("last_norm", self.last_norm, one_of(kNorms));
  field.unless_usual("norm_epsilon", self.norm_epsilon, range(0, 1));
  field.check(
      "residual", !self.residual || !self.bidirectional,
      "false: of a model that reads in both directions a layer gives two outputs, and neither has the "
      "width of its input");
  field.unless_usual("decoder", self.decoder, object(kDecoderFields));
  field.aside("init", self.init, object(kInitialisationFields));
};

constexpr auto kInterfaceFields = [](auto& self, auto& field) {
  field("input", self.input, one_of(kInputs));
  field("inputs", self.inputs, range(0, kMaxInterface));
  field("readout", self.readout, one_of(kReadouts));
  field("outputs", self.outputs, range(0, kMaxInterface));
  field.unless_usual("pairs", self.pairs);
};

/// A decoder of the encoder's cell does not name it.
ModelSpec with_brief_decoder(ModelSpec spec) {
  if (spec.decoder) set_decoder_cell(spec, spec.cell_key(spec.layers));
  return spec;
}

}  // namespace

std::string to_string(Attention attention) {
  return word_of(attention, Words<Attention>(kAttentions));
}

std::vector<std::string> attention_words() {
  return words_in(Words<Attention>(kAttentions));
}

Attention attention_of(std::string_view word) {
  return value_of(word, Words<Attention>(kAttentions), "attention");
}

std::string to_string(Norm norm) {
  return word_of(norm, Words<Norm>(kNorms));
}

std::vector<std::string> norm_words() {
  return words_in(Words<Norm>(kNorms));
}

Norm norm_of(std::string_view word) {
  return value_of(word, Words<Norm>(kNorms), "norm");
}

Json to_json(const ModelSpec& spec) {
  return write_fields(kModelFields, with_brief_decoder(spec));
}

Json architecture_of(const ModelSpec& spec) {
  return compared_fields(kModelFields, with_brief_decoder(spec));
}

ModelSpec model_spec_from_json(const Json& json, const std::string& pointer, const std::string& origin) {
  return with_brief_decoder(read_fields<ModelSpec>(kModelFields, {json, pointer, origin}));
}

Json to_json(const Interface& interface) {
  return write_fields(kInterfaceFields, interface);
}

Interface interface_from_json(const Json& json, const std::string& pointer, const std::string& origin) {
  return read_fields<Interface>(kInterfaceFields, {json, pointer, origin});
}

}  // namespace gatescope::nn
