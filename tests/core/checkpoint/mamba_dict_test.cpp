// Mamba as its authors, mamba-minimal and transformers name it, against numbers of PyTorch in
// tests/reference/formats.

#include "core/checkpoint/mamba_dict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/files.h"
#include "core/nn/network.h"
#include "tests/error_of.h"

namespace gatescope::checkpoint {
namespace {

const std::vector<std::string> kCharactersOfMamba{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};

std::filesystem::path format(const char* file) {
  return std::filesystem::path(GATESCOPE_SOURCE_DIR) / "tests/reference/formats" / file;
}

Safetensors mamba() {
  return parse_safetensors(read_file(format("mamba.safetensors")), "mamba");
}

Tensor& tensor_of(Safetensors& file, const std::string& name) {
  return *std::ranges::find(file.tensors, name, &Tensor::name);
}

ImportOptions with_entries(std::string cell = {}, std::string head = {}) {
  ImportOptions options;
  options.entries = kCharactersOfMamba;
  options.cell = std::move(cell);
  options.head = std::move(head);
  return options;
}

ModelFile read(const Safetensors& file) {
  return parse_model(to_bytes(file), "m", with_entries());
}

std::string error_of_mamba(const Safetensors& file, const ImportOptions& options = with_entries()) {
  return gatescope::error_of([&] { parse_model(to_bytes(file), "m", options); });
}

/// The largest difference from PyTorch's logits.
template <class S>
double difference(const ModelFile& file) {
  const nlohmann::json expected = nlohmann::json::parse(read_file(format("mamba.json")));
  const std::vector<int> tokens = expected.at("tokens");
  const nn::Network<S> network = make_network<S>(file);
  nn::Trace<S> trace;
  network.resize(trace, std::ssize(tokens), 1);
  network.clear_states(trace);
  network.forward(trace, {tokens.data(), nullptr});
  double largest = 0;
  for (Index t = 0; t < trace.steps; ++t)
    for (Index k = 0; k < trace.outputs.rows(); ++k)
      largest = std::max(largest, std::abs(static_cast<double>(trace.outputs(k, t)) -
                                           expected.at("logits")[t][k].get<double>()));
  return largest;
}

TEST(MambaDict, ComputesWhatPyTorchDoes) {
  const ModelFile file = read(mamba());
  EXPECT_EQ(file.spec.cell, "mamba");
  EXPECT_EQ(file.spec.hidden, 24);
  EXPECT_EQ(file.spec.width, 12);
  EXPECT_EQ(file.spec.state_size, 4);
  EXPECT_EQ(file.spec.layers, 2);
  EXPECT_EQ(file.interface, (nn::Interface{nn::InputKind::characters, 11, nn::Readout::softmax, 11}));
  EXPECT_LT(difference<double>(file), 1e-9);
  EXPECT_LT(difference<float>(file), 1e-5);
  ASSERT_EQ(file.notes.size(), 2U);
  EXPECT_EQ(file.notes[0],
            "'m': the matrix of \"embedding.weight\" is used for embedding and read-out (tied weights)");
  EXPECT_EQ(
      file.notes[1],
      "'m': a Mamba of 2 layers; its norms add 1e-5, as its authors have it, which the file does not say");
}

TEST(MambaDict, OurOwnFileOfItReadsTheSame) {
  const ModelFile file = read(mamba()), again = parse_model(to_bytes(file), "ours");
  EXPECT_EQ(again.spec, file.spec);
  EXPECT_EQ(make_network<double>(again).parameters(), make_network<double>(file).parameters());
}

TEST(MambaDict, NamesMayHaveAPrefix) {
  Safetensors file = mamba();
  for (Tensor& each : file.tensors) each.name = "backbone." + each.name;
  Tensor head = tensor_of(file, "backbone.embedding.weight");
  head.name = "lm_head.weight";
  file.tensors.push_back(head);
  std::ranges::reverse(file.tensors);
  EXPECT_LT(difference<double>(read(file)), 1e-9);
  EXPECT_EQ(read(file).notes.size(), 1U) << "nothing is tied";
  tensor_of(file, "backbone.embedding.weight").name = "backbone.embeddings.weight";
  EXPECT_LT(difference<double>(read(file)), 1e-9);
}

TEST(MambaDict, AsksForTheCharacters) {
  EXPECT_THROW(parse_model(to_bytes(mamba()), "m"), Unanswered);
}

TEST(MambaDict, NamesTheTensorThatIsWrong) {
  Safetensors file = mamba();
  std::erase_if(file.tensors, [](const Tensor& each) { return each.name == "layers.1.mixer.x_proj.weight"; });
  EXPECT_EQ(error_of_mamba(file),
            "'m': the tensor \"layers.1.mixer.x_proj.weight\" is missing, expected the shape [9, 24]");
  file = mamba();
  tensor_of(file, "layers.0.mixer.conv1d.weight").shape = {24, 2, 2};
  EXPECT_EQ(error_of_mamba(file),
            "'m': tensor \"layers.0.mixer.conv1d.weight\" has the shape [24, 2, 2], expected [24, 1, 4]");
  file = mamba();
  tensor_of(file, "layers.0.mixer.out_proj.weight").shape = {288};
  EXPECT_EQ(error_of_mamba(file),
            "'m': tensor \"layers.0.mixer.out_proj.weight\" has the shape [288], expected [width, units]");
  file = mamba();
  std::erase_if(file.tensors, [](const Tensor& each) { return each.name == "embedding.weight"; });
  EXPECT_EQ(error_of_mamba(file),
            "'m': the tensor \"embedding.weight\" is missing, expected the shape [characters, 12]");
  file = mamba();
  tensor_of(file, "layers.1.mixer.A_log").name = "layers.7.mixer.A_log";
  EXPECT_EQ(error_of_mamba(file),
            "'m': the tensor \"layers.1.mixer.A_log\" is missing, expected the shape [24, 4]");
  file = mamba();
  tensor_of(file, "layers.0.mixer.A_log").name = "layers.0.mixer.A";
  EXPECT_EQ(error_of_mamba(file),
            "'m': the tensor \"layers.0.mixer.A_log\" is missing, expected the shape [units, memories]");
  file = mamba();
  file.tensors.push_back(make_tensor("layers.1.mixer.in_proj.bias", {1}, std::vector<float>{0}));
  EXPECT_EQ(error_of_mamba(file),
            "'m': the tensor \"layers.1.mixer.in_proj.bias\" of shape [1] belongs to nothing in a Mamba of 2 "
            "layers");
  file = mamba();
  tensor_of(file, "layers.1.mixer.D").name = "layers.64.mixer.D";
  EXPECT_EQ(error_of_mamba(file),
            "'m': the tensor \"layers.64.mixer.D\" is of layer 64, expected at most 64 layers");
  EXPECT_EQ(error_of_mamba(mamba(), with_entries("lstm")),
            "'m' is a Mamba by its names, so that the cell lstm cannot be right, expected mamba");
  EXPECT_EQ(error_of_mamba(mamba(), with_entries("", "lm_head")),
            "'m' is a Mamba, whose names say what read-out and embedding are: neither is to be named");
}

}  // namespace
}  // namespace gatescope::checkpoint
