// Norms before the read-out against what they say in plain sums; their gradients are in gradient_test.cpp.

#include "core/nn/readout_norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/nn/network.h"
#include "tests/error_of.h"

namespace gatescope::nn {
namespace {

constexpr Index kNormedSteps = 5, kNormedEntries = 2, kNormedInputs = 3, kNormedOutputs = 4;

ModelSpec normed_gru(Norm norm, bool bidirectional) {
  ModelSpec spec;
  spec.cell = "gru";
  spec.hidden = 6;
  spec.layers = 2;
  spec.bidirectional = bidirectional;
  spec.last_norm = norm;
  return spec;
}

struct NormedReading {
  explicit NormedReading(const ModelSpec& spec)
      : network(spec, {InputKind::values, kNormedInputs, Readout::linear, kNormedOutputs}) {
    network.initialise(Rng(5));
    Rng rng(6);
    for (double& p : network.parameters()) p += rng.uniform(-0.4, 0.4);
    network.prepare_all();
    for (Index k = 0; k < kNormedInputs * kNormedSteps * kNormedEntries; ++k)
      x.push_back(std::sin(1.7 * static_cast<double>(k)));
    network.resize(trace, kNormedSteps, kNormedEntries);
    network.clear_states(trace);
    network.forward(trace, {nullptr, x.data()});
  }

  Matrix<double> parameter(const char* name) const {
    const Parameter* p = network.table().find(name);
    EXPECT_NE(p, nullptr) << name;
    return ConstMatrixView<double>(network.parameters().data() + p->offset, p->rows, p->cols);
  }
  /// What leaves the stack, of both directions.
  Matrix<double> leaving() const {
    Matrix<double> all(network.spec().gives(), kNormedSteps * kNormedEntries);
    const std::size_t top = network.tape_number(1, false);
    for (std::size_t k = top; k < trace.tapes.size(); ++k)
      all.middleRows(static_cast<Index>(k - top) * 6, 6) = trace.tapes[k].values(network.cell().output);
    return all;
  }

  Network<double> network;
  std::vector<double> x;
  Trace<double> trace;
};

TEST(ReadoutNorm, IsWhatItSays) {
  for (const Norm norm : {Norm::rms, Norm::layer}) {
    for (const bool bidirectional : {false, true}) {
      const NormedReading reading(normed_gru(norm, bidirectional));
      const Matrix<double> x = reading.leaving();
      Matrix<double> expected = x;
      for (Index n = 0; n < x.cols(); ++n) {
        const double mean = norm == Norm::layer ? x.col(n).mean() : 0;
        const Eigen::ArrayXd apart = x.col(n).array() - mean;
        const double size = std::sqrt(apart.square().mean() + (norm == Norm::layer ? 1e-5 : 1e-6));
        expected.col(n) = reading.parameter("norm.weight").array() * apart / size;
        if (norm == Norm::layer) expected.col(n) += reading.parameter("norm.bias");
      }
      EXPECT_LT((reading.trace.normed - expected).cwiseAbs().maxCoeff(), 1e-13);
      Matrix<double> outputs = reading.parameter("head.weight") * expected;
      outputs.colwise() += reading.parameter("head.bias").col(0);
      EXPECT_LT((reading.trace.outputs - outputs).cwiseAbs().maxCoeff(), 1e-13);
      EXPECT_LT((reading.network.told(x) - outputs).cwiseAbs().maxCoeff(), 1e-13);
    }
  }
}

TEST(ReadoutNorm, HandsAnalysesTheGradientsOfTraining) {
  for (const Norm norm : {Norm::none, Norm::rms, Norm::layer}) {
    NormedReading reading(normed_gru(norm, false));
    const std::vector<double> targets(kNormedOutputs * kNormedSteps * kNormedEntries, 0.3);
    const std::vector<char> scored(kNormedSteps * kNormedEntries, 1);
    score<double>(reading.trace, Readout::linear, {nullptr, targets.data(), scored.data()}, 1);
    const Matrix<double> alone = reading.network.told_back(reading.leaving(), reading.trace.output_gradients);
    Buffer<double> gradients(static_cast<std::size_t>(reading.network.table().size()), 0.0);
    reading.network.backward(reading.trace, {nullptr, reading.x.data()}, gradients.data());
    // No later step adds to the gradient of the last one.
    const Matrix<double> trained = reading.trace.tapes.back().gradients(reading.network.cell().output);
    EXPECT_LT((alone - trained).rightCols(kNormedEntries).cwiseAbs().maxCoeff(), 1e-13);
    EXPECT_GT((alone - trained).leftCols(kNormedEntries).cwiseAbs().maxCoeff(), 1e-6);
  }
}

TEST(ReadoutNorm, BeginsAtOneAndZero) {
  Network<float> network(normed_gru(Norm::layer, true), {InputKind::values, 2, Readout::linear, 1});
  network.initialise(Rng(1));
  const Parameter *scale = network.table().find("norm.weight"), *shift = network.table().find("norm.bias");
  ASSERT_TRUE(scale && shift);
  for (Index k = 0; k < 12; ++k) {
    EXPECT_EQ(network.parameters()[scale->offset + k], 1);
    EXPECT_EQ(network.parameters()[shift->offset + k], 0);
  }
  EXPECT_FALSE(scale->decays);
}

TEST(ReadoutNorm, ByTheMeanIsOfTwoNumbersOrMore) {
  ModelSpec spec{.cell = "gru", .hidden = 1};
  const Interface interface { InputKind::characters, 5, Readout::softmax, 5 };
  spec.last_norm = Norm::rms;
  EXPECT_NO_THROW(parameter_table(spec, interface));
  spec.last_norm = Norm::layer;
  EXPECT_EQ(error_of([&] { parameter_table(spec, interface); }),
            "a layer norm before the read-out is impossible where one number leaves the stack: the norm of "
            "one number is 0, expected 2 numbers or more, or a norm by the root mean square");
  spec.bidirectional = true;
  EXPECT_NO_THROW(parameter_table(spec, interface));
}

TEST(ReadoutNorm, IsOfOneStack) {
  ModelSpec spec = normed_gru(Norm::rms, false);
  spec.embedding = 4;
  spec.decoder = DecoderSpec{.attention = Attention::dot};
  const Interface pairs{InputKind::characters, 8, Readout::softmax, 8, true};
  EXPECT_EQ(error_of([&] { parameter_table(spec, pairs); }),
            "a norm before the read-out of a decoder is impossible, expected none, or one stack");
}

}  // namespace
}  // namespace gatescope::nn
