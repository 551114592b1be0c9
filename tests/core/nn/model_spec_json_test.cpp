#include "core/nn/model_spec_json.h"

#include <gtest/gtest.h>

#include "core/nn/blocks.h"
#include "core/nn/layer.h"
#include "tests/error_of.h"

namespace gatescope::nn {
namespace {

std::string error_of_spec(const char* text) {
  return gatescope::error_of(
      [&] { model_spec_from_json(nlohmann::json::parse(text), "/models/1", "p.json"); });
}

TEST(ModelSpecJson, ReadsBackWhatItWrites) {
  for (const CellInfo* cell : all_cells()) {
    ModelSpec spec{"a σ", std::string(cell->key), 17, 3, true, 0.25, 9, {}};
    spec.init = {Weights::glorot, Weights::orthogonal, 1.5, -0.1, 100};
    EXPECT_EQ(model_spec_from_json(to_json(spec), ""), spec);
    for (const char* key : {"heads", "token_shift", "conv", "norm", "head_norm", "output_gate", "projection",
                            "residual", "width", "state_size", "last_norm", "norm_epsilon"})
      EXPECT_FALSE(to_json(spec).contains(key)) << "older programs read what does not need them";
    spec.token_shift = true;
    spec.conv = 4;
    spec.heads = 17;
    spec.width = 9;
    spec.state_size = 4;
    spec.last_norm = Norm::layer;
    spec.norm_epsilon = 1e-5;
    EXPECT_EQ(model_spec_from_json(to_json(spec), ""), spec);
    for (const LayerSwitch& option : layer_switches()) {
      ModelSpec one;
      one.*option.on = true;
      EXPECT_EQ(to_json(one).at(option.key), true);
      EXPECT_EQ(model_spec_from_json(to_json(one), ""), one) << option.key;
    }
  }
  for (const Weights w : {Weights::automatic, Weights::pytorch, Weights::glorot, Weights::orthogonal}) {
    ModelSpec spec;
    spec.init.input = spec.init.recurrent = w;
    EXPECT_EQ(model_spec_from_json(to_json(spec), ""), spec);
  }
  for (const Interface& interface : {Interface{InputKind::characters, 5, Readout::softmax, 6},
                                     Interface{InputKind::values, 2, Readout::linear, 1}}) {
    EXPECT_EQ(interface_from_json(to_json(interface), ""), interface);
  }
}

TEST(ModelSpecJson, HasTheDefaultsOfTheStruct) {
  EXPECT_EQ(model_spec_from_json(nlohmann::json::object(), ""), ModelSpec{});
}

TEST(ModelSpecJson, WeightsHaveTheirPlacesByAllButTheNameDropoutAndHowTheyBegin) {
  ModelSpec spec{"a", "gru", 16, 2, true, 0.25, 8, {}};
  spec.heads = 2;
  spec.conv = 4;
  for (const LayerSwitch& option : layer_switches()) spec.*option.on = true;
  spec.decoder = DecoderSpec{Attention::dot, true, false, "lstm"};
  nlohmann::json expected = to_json(spec);
  for (const char* key : {"name", "dropout", "init"}) EXPECT_EQ(expected.erase(key), 1u) << key;
  EXPECT_EQ(architecture_of(spec), expected);
  EXPECT_EQ(
      architecture_of(ModelSpec{}),
      nlohmann::json::parse(R"({"bidirectional":false,"cell":"lstm","embedding":0,"hidden":64,"layers":1})"))
      << "as older states have it";
}

TEST(ModelSpecJson, ADecoderOfTheEncodersCellDoesNotNameIt) {
  ModelSpec spec;
  spec.decoder = DecoderSpec{.cell = "lstm"};
  EXPECT_FALSE(to_json(spec)["decoder"].contains("cell"));
  EXPECT_EQ(model_spec_from_json(nlohmann::json::parse(R"({"decoder":{"cell":"lstm"}})"), "").decoder->cell,
            "");
  EXPECT_EQ(model_spec_from_json(nlohmann::json::parse(R"({"decoder":{"cell":"gru"}})"), "").decoder->cell,
            "gru");
}

TEST(ModelSpecJson, NamesTheKeyThatIsWrong) {
  EXPECT_EQ(error_of_spec(R"({"init":{"chrona":3}})").substr(0, 74),
            "'p.json': /models/1/init/chrona is not known; did you mean \"chrono\"? Allow");
  EXPECT_EQ(error_of_spec(R"({"hidden":0})"),
            "'p.json': /models/1/hidden is 0, expected a whole number from 1 to 8192");
  EXPECT_EQ(error_of_spec(R"({"cell":"LSTM"})").substr(0, 65),
            "'p.json': /models/1/cell is \"LSTM\", expected one of rnn, rnn_relu");
  EXPECT_EQ(error_of_spec(R"({"init":{"recurrent":"glorott"}})"),
            "'p.json': /models/1/init/recurrent is \"glorott\", expected one of \"automatic\", \"pytorch\", "
            "\"glorot\", "
            "\"orthogonal\", \"identity\"");
  EXPECT_EQ(error_of_spec(R"({"conv":1})"),
            "'p.json': /models/1/conv is 1, expected 0 (none), or 2 to 64 steps");
  EXPECT_EQ(error_of_spec(R"({"heads":0})"),
            "'p.json': /models/1/heads is 0, expected a whole number from 1 to 8192");
  EXPECT_EQ(error_of_spec(R"({"norm":1})"), "'p.json': /models/1/norm is 1, expected true or false");
  EXPECT_EQ(error_of_spec(R"({"state_size":0})"),
            "'p.json': /models/1/state_size is 0, expected a whole number from 1 to 1024");
  EXPECT_EQ(error_of_spec(R"({"last_norm":"batch"})"),
            "'p.json': /models/1/last_norm is \"batch\", expected one of \"none\", \"rms\", \"layer\"");
  EXPECT_EQ(error_of_spec(R"({"norm_epsilon":-1})"),
            "'p.json': /models/1/norm_epsilon is -1, expected a number from 0 to 1");
  EXPECT_EQ(
      error_of_spec(R"({"residual":true,"bidirectional":true})"),
      "'p.json': /models/1/residual is true, expected false: of a model that reads in both directions a "
      "layer gives two outputs, and neither has the width of its input");
  EXPECT_EQ(error_of_spec("[]"), "'p.json': /models/1 is an array, expected an object");
}

}  // namespace
}  // namespace gatescope::nn
