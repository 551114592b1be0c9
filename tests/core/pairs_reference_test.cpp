// Encoder-decoders over masked batches of unequal lengths, against the same written out in PyTorch
// (tests/reference/make_pairs.py): loss, weights of attention, gradients.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "core/nn/model_spec_json.h"
#include "core/nn/network.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kPairFixtures = fs::path(GATESCOPE_SOURCE_DIR) / "tests/reference/pairs";

std::vector<std::string> pair_fixtures() {
  std::vector<std::string> all;
  for (const auto& file : fs::directory_iterator(kPairFixtures)) all.push_back(file.path().stem().string());
  std::ranges::sort(all);
  return all;
}

class PairsReference : public testing::TestWithParam<std::string> {};

TEST_P(PairsReference, AgreesWithPytorch) {
  const json fixture = json::parse(read_file(kPairFixtures / (GetParam() + ".json")));
  nn::ModelSpec spec{.cell = fixture["cell"],
                     .hidden = fixture["hidden"],
                     .bidirectional = fixture["bidirectional"],
                     .embedding = fixture["embedding"]};
  const json& decoder = fixture["decoder"];
  spec.decoder = nn::DecoderSpec{nn::attention_of(decoder["attention"].get<std::string>()),
                                 decoder["input_feeding"], decoder["shared_embedding"]};
  const Index symbols = fixture["symbols"];
  nn::Network<double> network(spec,
                              {nn::InputKind::characters, symbols, nn::Readout::softmax, symbols, true});
  std::size_t found = 0;
  const auto each_value = [&](const json& tensors, const nn::Parameter& parameter, auto take) {
    ASSERT_TRUE(tensors.contains(parameter.name)) << parameter.name;
    const std::vector<double> values = tensors[parameter.name]["values"];
    ASSERT_EQ(std::ssize(values), parameter.size()) << parameter.name;
    for (Index k = 0; k < parameter.size(); ++k)  // theirs are row-major
      take(parameter.offset + k % parameter.cols * parameter.rows + k / parameter.cols,
           values[static_cast<std::size_t>(k)]);
  };
  for (const nn::Parameter& parameter : network.table().all()) {
    each_value(fixture["state"], parameter,
               [&](Index at, double value) { network.parameters()[at] = value; });
    ++found;
  }
  EXPECT_EQ(found, fixture["state"].size()) << "all of theirs are ours";
  network.prepare_all();

  const json& pairs = fixture["pairs"];
  std::size_t source = 0, target = 0;
  for (const json& pair : pairs) {
    source = std::max(source, pair["source"].size());
    target = std::max(target, pair["target"].size());
  }
  const std::size_t steps = source + target + 1, batch = pairs.size();
  std::vector<int> tokens(steps * batch, nn::kFill), classes(steps * batch, -1);
  for (std::size_t b = 0; b < batch; ++b) {
    const std::vector<int> from = pairs[b]["source"], to = pairs[b]["target"];
    const auto at = [&](std::size_t t) { return t * batch + b; };
    for (std::size_t k = 0; k < from.size(); ++k) tokens[at(source - from.size() + k)] = from[k];
    tokens[at(source)] = nn::kStart;
    for (std::size_t k = 0; k < to.size(); ++k) {
      tokens[at(source + 1 + k)] = classes[at(source + k)] = to[k];
    }
    classes[at(source + to.size())] = nn::kEnd;
  }
  nn::Trace<double> trace;
  network.resize(trace, static_cast<Index>(steps), static_cast<Index>(batch));
  network.clear_states(trace);
  network.forward(trace, {tokens.data(), nullptr});
  nn::score<double>(trace, nn::Readout::softmax, {classes.data(), nullptr, nullptr}, 1);
  EXPECT_NEAR(trace.total_loss, fixture["loss"], 1e-9);
  for (std::size_t b = 0; b < batch; ++b) {
    const json& alpha = fixture["alpha"][b];
    for (std::size_t k = 0; k < alpha.size(); ++k)
      for (std::size_t j = 0; j < alpha[k].size(); ++j)
        EXPECT_NEAR(trace.pair.alpha(static_cast<Index>(source - alpha[k].size() + j),
                                     static_cast<Index>((source + k) * batch + b)),
                    alpha[k][j].get<double>(), 1e-9);
  }
  Buffer<double> gradients(network.parameters().size(), 0.0);
  network.backward(trace, {tokens.data(), nullptr}, gradients.data());
  for (const nn::Parameter& parameter : network.table().all())
    each_value(fixture["gradients"], parameter, [&](Index at, double value) {
      EXPECT_NEAR(gradients[static_cast<std::size_t>(at)], value, 1e-9) << parameter.name;
    });
}

INSTANTIATE_TEST_SUITE_P(All, PairsReference, testing::ValuesIn(pair_fixtures()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace gatescope
