#include "core/checkpoint/rwkv4_dict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>

#include "core/files.h"
#include "tests/error_of.h"

namespace gatescope::checkpoint {
namespace {

using nlohmann::json;

const std::vector<std::string> kLetters{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};

/// Made by tests/reference/make_imports.py: 11 characters, 12 numbers each, two blocks.
std::string bytes_of(const char* name) {
  return read_file(std::filesystem::path(GATESCOPE_SOURCE_DIR) / "tests/reference/imports" / name);
}
Safetensors small_rwkv4() {
  return parse_safetensors(bytes_of("rwkv4.safetensors"), "m");
}
ModelFile read_rwkv4(const Safetensors& file) {
  ImportOptions options;
  options.entries = kLetters;
  return parse_model(to_bytes(file), "m", options);
}
Tensor& tensor_named(Safetensors& file, std::string_view name) {
  return *std::ranges::find(file.tensors, name, &Tensor::name);
}
void rename_all(Safetensors& file, const std::function<std::string(std::string)>& renamed) {
  for (Tensor& tensor : file.tensors) tensor.name = renamed(tensor.name);
}

template <class S>
Matrix<S> logits_of(const nn::Network<S>& network, const std::vector<int>& tokens) {
  nn::Trace<S> trace;
  network.resize(trace, std::ssize(tokens), 1);
  network.clear_states(trace);
  network.forward(trace, {tokens.data(), nullptr});
  return trace.outputs;
}

TEST(Rwkv4Dict, AModelTellsWhatItsProgramDoes) {
  const ModelFile file = read_rwkv4(small_rwkv4());
  EXPECT_EQ(file.spec.cell, "rwkv4_prenorm");
  EXPECT_EQ(file.spec.hidden, 12);
  EXPECT_EQ(file.spec.layers, 2);
  EXPECT_EQ(file.vocabulary, kLetters);
  const json expected = json::parse(bytes_of("rwkv4.json"));
  const std::vector<int> tokens = expected.at("tokens");
  ASSERT_EQ(tokens.size(), 20U);
  const auto check = [&](const auto& network) {
    const auto logits = logits_of(network, tokens);
    double largest = 0, apart = 0;
    for (std::size_t t = 0; t < tokens.size(); ++t)
      for (std::size_t k = 0; k < kLetters.size(); ++k) {
        const double right = expected.at("logits")[t][k];
        largest = std::max(largest, std::abs(right));
        apart = std::max(apart, std::abs(static_cast<double>(logits(k, t)) - right));
      }
    EXPECT_GT(largest, 1);
    EXPECT_LT(apart, 1e-5);
  };
  check(make_network<float>(file));
  check(make_network<double>(file));
  // As ours it says what it is.
  const ModelFile again = parse_model(to_bytes(file), "m");
  EXPECT_EQ(again.spec, file.spec);
  check(make_network<float>(again));
}

TEST(Rwkv4Dict, WhatWasFoldedIsTold) {
  EXPECT_EQ(read_rwkv4(small_rwkv4()).notes,
            (std::vector<std::string>{
                "'m': the layer norm of its embedding, \"blocks.0.ln0\", is in the embedding's rows",
                "'m': its blocks have no weights between them: ours, \"weight_ih\", are the identity"}));
}

TEST(Rwkv4Dict, APrefixAndVectorsOfOneDimensionAreRead) {
  const ModelFile plain = read_rwkv4(small_rwkv4());
  Safetensors other = small_rwkv4();
  rename_all(other, [](const std::string& name) { return "model.rwkv." + name; });
  for (Tensor& tensor : other.tensors)
    if (tensor.shape.size() == 3) tensor.shape = {12};
  std::ranges::reverse(other.tensors);
  EXPECT_EQ(read_rwkv4(other).tensors, plain.tensors);
}

TEST(Rwkv4Dict, TheCharactersAreAskedFor) {
  const std::string bytes = bytes_of("rwkv4.safetensors");
  EXPECT_THROW(parse_model(bytes, "m"), Unanswered);
  EXPECT_EQ(error_of([&] { parse_model(bytes, "m"); }),
            "'m': the file says nothing of its characters; give them with --vocab FILE, a JSON array of 11 "
            "strings or one entry a line");
}

TEST(Rwkv4Dict, WhatTheNamesSayCannotBeChosen) {
  ImportOptions options;
  options.entries = kLetters;
  options.cell = "lstm";
  EXPECT_EQ(error_of([&] { parse_model(bytes_of("rwkv4.safetensors"), "m", options); }),
            "'m' is a model of RWKV-4 by its names, so that the cell lstm cannot be right, expected "
            "rwkv4_prenorm");
  options.cell = "rwkv4_prenorm";
  EXPECT_EQ(parse_model(bytes_of("rwkv4.safetensors"), "m", options).spec.cell, "rwkv4_prenorm");
  options.head = "head";
  EXPECT_EQ(
      error_of([&] { parse_model(bytes_of("rwkv4.safetensors"), "m", options); }),
      "'m' is a model of RWKV-4, whose names say what read-out and embedding are: neither is to be named");
}

TEST(Rwkv4Dict, AnOptimizersMomentsAreLeftOut) {
  Safetensors file = small_rwkv4();
  file.tensors.push_back(make_tensor("optimizer.exp_avg", {2}, std::vector<float>(2)));
  const ModelFile read = read_rwkv4(file);
  EXPECT_EQ(read.tensors, read_rwkv4(small_rwkv4()).tensors);
  EXPECT_EQ(read.notes.back(), "'m': \"optimizer.exp_avg\" left out: no parameters of the model");
}

struct BrokenRwkv4 {
  const char* name;
  std::function<void(Safetensors&)> breaks;
  std::string error;
};

class BrokenRwkv4Dict : public testing::TestWithParam<BrokenRwkv4> {};

TEST_P(BrokenRwkv4Dict, AreToldWithWhatWasExpected) {
  Safetensors file = small_rwkv4();
  GetParam().breaks(file);
  EXPECT_EQ(error_of([&] { read_rwkv4(file); }), GetParam().error);
}

auto without(const char* name) {
  return
      [name](Safetensors& f) { std::erase_if(f.tensors, [&](const Tensor& t) { return t.name == name; }); };
}
auto with_shape(const char* name, std::vector<std::int64_t> shape) {
  return [name, shape](Safetensors& f) {
    std::size_t size = 1;
    for (const std::int64_t n : shape) size *= static_cast<std::size_t>(n);
    tensor_named(f, name) = make_tensor(name, shape, std::vector<float>(size));
  };
}

INSTANTIATE_TEST_SUITE_P(
    Each, BrokenRwkv4Dict,
    testing::Values(
        BrokenRwkv4{"embedding", without("emb.weight"),
                    "'m': the tensor \"emb.weight\" is missing, expected the shape [V, d]"},
        BrokenRwkv4{"head", without("head.weight"),
                    "'m': the tensor \"head.weight\" is missing, expected the shape [V, d]"},
        BrokenRwkv4{"first_norm", without("blocks.0.ln0.bias"),
                    "'m': the tensor \"blocks.0.ln0.bias\" is missing, expected the shape [12]"},
        BrokenRwkv4{"key", without("blocks.1.att.key.weight"),
                    "'m': the tensor \"blocks.1.att.key.weight\" is missing, expected the shape [12, 12]"},
        BrokenRwkv4{"last_norm", without("ln_out.weight"),
                    "'m': the tensor \"ln_out.weight\" is missing, expected the shape [12]"},
        BrokenRwkv4{"block",
                    [](Safetensors& f) {
                      rename_all(f, [](std::string name) {
                        if (name.starts_with("blocks.1.")) name[7] = '2';
                        return name;
                      });
                    },
                    "'m': the tensor \"blocks.1.ln1.weight\" is missing, expected the shape [12]"},
        BrokenRwkv4{"many_blocks",
                    [](Safetensors& f) { tensor_named(f, "blocks.1.ln1.bias").name = "blocks.64.ln1.bias"; },
                    "'m': the tensor \"blocks.64.ln1.bias\" is of layer 64, expected at most 64 layers"},
        BrokenRwkv4{"embedding_shape", with_shape("emb.weight", {11}),
                    "'m': tensor \"emb.weight\" has the shape [11], expected [V, d]"},
        BrokenRwkv4{"wide", with_shape("emb.weight", {1, 9000}),
                    "'m': hidden size 9000 is impossible, expected 1 to 8192"},
        BrokenRwkv4{"first_norm_shape", with_shape("blocks.0.ln0.weight", {11}),
                    "'m': tensor \"blocks.0.ln0.weight\" has the shape [11], expected [12]"},
        BrokenRwkv4{"mix_shape", with_shape("blocks.0.att.time_mix_v", {1, 1, 11}),
                    "'m': tensor \"blocks.0.att.time_mix_v\" has the shape [1, 1, 11], expected [12]"},
        BrokenRwkv4{"wider_key", with_shape("blocks.0.ffn.key.weight", {36, 12}),
                    "'m': tensor \"blocks.0.ffn.key.weight\" has the shape [36, 12], expected [48, 12]"},
        BrokenRwkv4{"head_shape", with_shape("head.weight", {11, 13}),
                    "'m': tensor \"head.weight\" has the shape [11, 13], expected [11, 12]"},
        BrokenRwkv4{"dtype",
                    [](Safetensors& f) {
                      tensor_named(f, "emb.weight") = {
                          "emb.weight", Dtype::i32, {11, 12}, std::string(4 * 11 * 12, '\0')};
                    },
                    "'m': tensor \"emb.weight\" is of dtype I32, expected F16, BF16, F32 or F64"},
        BrokenRwkv4{"first_norm_not_finite",
                    [](Safetensors& f) {
                      std::vector<float> numbers(12);
                      numbers[5] = INFINITY;
                      tensor_named(f, "blocks.0.ln0.bias") = make_tensor("blocks.0.ln0.bias", {12}, numbers);
                    },
                    "'m': tensor \"blocks.0.ln0.bias\" holds inf at index 5, expected finite numbers"},
        BrokenRwkv4{"more",
                    [](Safetensors& f) {
                      f.tensors.push_back(
                          make_tensor("blocks.0.att.gate.weight", {2}, std::vector<float>(2)));
                    },
                    "'m': the tensor \"blocks.0.att.gate.weight\" of shape [2] belongs to nothing in a model "
                    "of RWKV-4"},
        BrokenRwkv4{"taken_name",
                    [](Safetensors& f) {
                      f.tensors.push_back(make_tensor("rnn.weight_k_l0", {2}, std::vector<float>(2)));
                    },
                    "'m': the tensor \"rnn.weight_k_l0\" of shape [2] belongs to nothing in a model of "
                    "RWKV-4"},
        BrokenRwkv4{"not_finite",
                    [](Safetensors& f) {
                      std::vector<float> numbers(12);
                      numbers[3] = NAN;
                      tensor_named(f, "blocks.1.att.time_decay") =
                          make_tensor("blocks.1.att.time_decay", {12}, numbers);
                    },
                    "'m': tensor \"blocks.1.att.time_decay\" holds nan at index 3, expected finite numbers"}),
    [](const auto& broken) { return broken.param.name; });

}  // namespace
}  // namespace gatescope::checkpoint
