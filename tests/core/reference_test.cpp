// Everything a network computes, against the numbers of PyTorch in tests/reference/fixtures.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/checkpoint/model_file.h"
#include "core/files.h"
#include "core/nn/blocks.h"
#include "core/nn/model_spec_json.h"
#include "core/task/vocabulary.h"
#include "core/trace/sequence_trace.h"
#include "core/utf8.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> fixture_names() {
  std::vector<std::string> names;
  const fs::path folder = fs::path(GATESCOPE_SOURCE_DIR) / "tests/reference/fixtures";
  if (fs::is_directory(folder)) {
    for (const auto& file : fs::directory_iterator(folder))
      if (file.path().extension() == ".json") names.push_back(file.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

TEST(Reference, HasFixtures) {
  EXPECT_GE(fixture_names().size(), 10U);
}

json read_fixture(const std::string& name) {
  return json::parse(
      read_file(fs::path(GATESCOPE_SOURCE_DIR) / "tests/reference/fixtures" / (name + ".json")));
}

checkpoint::ModelFile model_of(const json& fixture) {
  checkpoint::ModelFile file;
  file.spec.cell = fixture.at("cell");
  file.spec.hidden = fixture.at("hidden");
  file.spec.layers = fixture.at("layers");
  file.spec.bidirectional = fixture.at("bidirectional");
  file.spec.embedding = fixture.at("embedding");
  file.spec.heads = fixture.value("heads", 1);
  for (const nn::LayerSwitch& option : nn::layer_switches())
    file.spec.*option.on = fixture.value(option.key, false);
  file.spec.conv = fixture.value("conv", 0);
  file.spec.width = fixture.value("width", 0);
  file.spec.state_size = fixture.value("state_size", 0);
  file.spec.last_norm = nn::norm_of(fixture.value("last_norm", "none"));
  file.spec.norm_epsilon = fixture.value("norm_epsilon", nn::kNormEpsilon);
  file.vocabulary = fixture.at("vocabulary").get<std::vector<std::string>>();
  const auto characters = static_cast<Index>(file.vocabulary.size());
  file.interface = {nn::InputKind::characters, characters, nn::Readout::softmax, characters};
  for (const auto& [name, tensor] : fixture.at("state").items()) {
    const std::vector<double> values = tensor.at("values");
    file.tensors.push_back(
        checkpoint::make_tensor(name, tensor.at("shape"), std::span<const double>(values)));
  }
  return file;
}

/// Nested lists as one, the outermost index the slowest; null is NaN.
void flatten(const json& value, std::vector<double>& into) {
  if (value.is_array()) {
    for (const json& entry : value) flatten(entry, into);
  } else {
    into.push_back(value.is_null() ? std::nan("") : value.get<double>());
  }
}

std::vector<double> flat(const json& value) {
  std::vector<double> values;
  flatten(value, values);
  return values;
}

template <class M>
std::vector<double> columns(const M& matrix) {
  std::vector<double> values;
  for (Index c = 0; c < matrix.cols(); ++c)
    for (Index r = 0; r < matrix.rows(); ++r) values.push_back(static_cast<double>(matrix(r, c)));
  return values;
}

class AgainstPyTorch : public testing::TestWithParam<std::string> {
 protected:
  template <class S>
  void compare_all(double tolerance);

 private:
  /// The largest difference over the largest value of the reference; the same entries must be NaN.
  void compare(const std::vector<double>& actual, const std::vector<double>& expected,
               const std::string& what) {
    ASSERT_EQ(actual.size(), expected.size()) << what;
    double difference = 0, largest = 0;
    for (std::size_t k = 0; k < actual.size(); ++k) {
      ASSERT_EQ(std::isnan(actual[k]), std::isnan(expected[k])) << what << " at " << k;
      if (std::isnan(expected[k])) continue;
      difference = std::max(difference, std::abs(actual[k] - expected[k]));
      largest = std::max(largest, std::abs(expected[k]));
    }
    const double relative = largest > 0 ? difference / largest : difference;
    worst_ = std::max(worst_, relative);
    EXPECT_LE(relative, tolerance_) << what;
  }

  double tolerance_ = 0, worst_ = 0;
};

template <class S>
void AgainstPyTorch::compare_all(double tolerance) {
  tolerance_ = tolerance;
  const json fixture = read_fixture(GetParam());
  const checkpoint::ModelFile file = model_of(fixture);
  const nn::Network<S> network = checkpoint::make_network<S>(file);
  const std::vector<int> characters =
      task::Vocabulary(file.vocabulary)
          .encode(decode_utf8(fixture.at("text").get<std::string>(), InvalidUtf8::error, GetParam()));
  const json& at = fixture.at("loss_at");
  const auto text = trace::trace_text<S>(
      network, characters, trace::parse_loss_at(at.is_string() ? at.get<std::string>() : at.dump()));

  compare(columns(text.trace.outputs), flat(fixture.at("logits")), "logits");
  compare(columns(text.trace.loss), flat(fixture.at("loss")), "loss");
  compare({text.trace.total_loss}, {fixture.at("total_loss").get<double>()}, "total loss");

  const json& layers = fixture.at("layers_trace");
  ASSERT_EQ(layers.size(), text.trace.tapes.size());
  for (std::size_t k = 0; k < layers.size(); ++k) {
    const auto& tape = text.trace.tapes[k];
    const std::string here = "layer " + std::to_string(k) + " ";
    EXPECT_EQ(layers[k].at("direction"), tape.reverse() ? "backward" : "forward") << here;
    EXPECT_FALSE(layers[k].at("channels").empty());
    for (const auto& [symbol, values] : layers[k].at("channels").items()) {
      const int channel = tape.info().find(symbol);
      ASSERT_NE(channel, nn::kNone) << here << symbol;
      compare(columns(tape.values(channel)), flat(values), here + symbol);
    }
    const nn::CellInfo& cell = tape.info();
    EXPECT_EQ(layers[k].at("gradients").size(), cell.states.size() + (cell.is_state(cell.output) ? 0U : 1U));
    for (const auto& [symbol, values] : layers[k].at("gradients").items()) {
      compare(columns(tape.gradients(tape.info().find(symbol))), flat(values), here + "dL/d" + symbol);
    }
  }

  EXPECT_EQ(fixture.at("parameter_gradients").size(), network.table().all().size());
  for (const auto& [name, gradient] : fixture.at("parameter_gradients").items()) {
    const nn::Parameter* p = network.table().find(name);
    ASSERT_NE(p, nullptr) << name;
    const ConstMatrixView<S> matrix(text.gradients.data() + p->offset, p->rows, p->cols);
    compare(columns(matrix.transpose()), flat(gradient.at("values")), name);
  }
  RecordProperty("largest_relative_difference", std::to_string(worst_));
}

TEST_P(AgainstPyTorch, AgreesInDouble) {
  compare_all<double>(1e-9);
}
TEST_P(AgainstPyTorch, AgreesInFloat) {
  compare_all<float>(1e-5);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, AgainstPyTorch, testing::ValuesIn(fixture_names()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace gatescope
