// The joint state's Jacobians against PyTorch's autograd, tests/reference/jacobians.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/analysis/jacobian.h"
#include "core/analysis/singular_values.h"
#include "core/checkpoint/model_file.h"
#include "core/files.h"
#include "core/observe/observe.h"
#include "core/task/vocabulary.h"
#include "core/utf8.h"

namespace gatescope {
namespace {

/// The model of a file of PyTorch's Jacobians, which has read its text.
template <class S>
observe::Observation<S> observation_of(const nlohmann::json& reference) {
  checkpoint::ModelFile file;
  file.spec.cell = reference.at("cell");
  file.spec.hidden = reference.at("hidden");
  file.vocabulary = reference.at("vocabulary").get<std::vector<std::string>>();
  const auto characters = static_cast<Index>(file.vocabulary.size());
  file.interface = {nn::InputKind::characters, characters, nn::Readout::softmax, characters};
  for (const auto& [name, tensor] : reference.at("state").items()) {
    const std::vector<double> values = tensor.at("values");
    file.tensors.push_back(
        checkpoint::make_tensor(name, tensor.at("shape"), std::span<const double>(values)));
  }
  observe::Model<S> model{.network = std::make_shared<nn::Network<S>>(checkpoint::make_network<S>(file))};
  const observe::Text text{
      task::Vocabulary(file.vocabulary)
          .encode(decode_utf8(reference.at("text").get<std::string>(), InvalidUtf8::error, "text"))};
  const auto rules = nn::parse_force_rules(reference.at("rules").get<std::vector<std::string>>());
  return observe::observe<S>(model, text, rules, {}, {.needs = {.tape = true}});
}

template <class S>
double largest_difference(const nlohmann::json& reference) {
  const auto observation = observation_of<S>(reference);
  analysis::StateSteps<S> steps(observation);
  const Index t = reference.at("step"), size = steps.state().size;
  const analysis::StateJacobians listed = analysis::state_jacobians(observation, t);
  Matrix<S> product = Matrix<S>::Identity(size, size);
  double largest = 0;
  for (Index lag = 0; lag <= t; ++lag) {
    if (lag > 0) steps.back(t - lag + 1, product);
    Eigen::MatrixXd expected(size, size);
    for (Index row = 0; row < size; ++row)
      for (Index column = 0; column < size; ++column)
        expected(row, column) = reference.at("jacobians")[lag][row][column];
    const Eigen::MatrixXd exact = product.transpose().template cast<double>();
    largest = std::max(largest, (exact - expected).cwiseAbs().maxCoeff());
    largest = std::max(largest, std::abs(listed.frobenius[lag] - expected.norm()));
    largest = std::max(largest, std::abs(listed.largest[lag] - analysis::singular_values(expected)[0]));
  }
  return largest;
}

TEST(JacobianReference, AgreesWithPyTorchForcedAndFree) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(GATESCOPE_SOURCE_DIR "/tests/reference/jacobians")) {
    const auto reference = nlohmann::json::parse(read_file(entry.path()));
    EXPECT_LT(largest_difference<double>(reference), 1e-13) << entry.path();
    EXPECT_LT(largest_difference<float>(reference), 1e-5) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 6);
}

}  // namespace
}  // namespace gatescope
