#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/analysis/gradient_lag.h"
#include "core/analysis/saliency.h"
#include "core/analysis/surprisal.h"
#include "core/nn/layer.h"

namespace gatescope::analysis {
namespace {

const std::vector<int> kText{0, 2, 1, 1, 2, 0, 1, 0};

nn::Network<float> network_of(const std::string& cell, Index embedding, bool bidirectional = false) {
  nn::ModelSpec spec;
  spec.cell = cell;
  spec.hidden = 4;
  spec.layers = 2;
  spec.embedding = embedding;
  spec.bidirectional = bidirectional;
  nn::Network<float> network(spec, {nn::InputKind::characters, 3, nn::Readout::softmax, 3});
  network.initialise(Rng(5));
  network.prepare_all();
  return network;
}

TEST(Surprisal, IsTheLossInBitsOfEveryStepEvenWhereOneIsScored) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    const auto network = network_of(std::string(cell->key), 0);
    const auto all = trace::trace_text<float>(network, kText);
    const auto one = trace::trace_text<float>(network, kText, {trace::LossAt::Kind::step, 3});
    const auto bits = surprisal(all), again = surprisal(one);
    for (Index t = 0; t < 7; ++t) {
      const auto at = static_cast<std::size_t>(t);
      EXPECT_EQ(bits[at], all.trace.loss[t] / std::numbers::ln2);
      EXPECT_NEAR(again[at], bits[at], 1e-5);
    }
  }
}

TEST(LossStep, IsToldByTheTrace) {
  const auto network = network_of("gru", 0);
  EXPECT_EQ(loss_step(trace::trace_text<float>(network, kText)), std::nullopt);
  EXPECT_EQ(loss_step(trace::trace_text<float>(network, kText, {trace::LossAt::Kind::step, 3})), 3);
  EXPECT_EQ(loss_step(trace::trace_text<float>(network, kText, {trace::LossAt::Kind::last, 0})), 6);
}

TEST(Saliency, OfAnEmbeddingIsTheNormOfItsGradient) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    for (const bool bidirectional : {false, true}) {
      const auto network = network_of(std::string(cell->key), 3, bidirectional);
      const auto text = trace::trace_text<float>(network, kText);
      const ConstMatrixView<float> gradient(text.trace.input_gradients[0].data(), 3, 7);
      const auto norms = saliency(network, text);
      for (Index t = 0; t < 7; ++t)
        EXPECT_NEAR(norms[t], gradient.col(t).norm(), 1e-6 * std::max(1.0F, gradient.col(t).norm()))
            << cell->key;
    }
  }
}

TEST(Saliency, OfOneHotCharactersIsThatOfAnEmbeddingThatIsTheIdentity) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    const auto one_hot = network_of(std::string(cell->key), 0);
    auto embedded = network_of(std::string(cell->key), 3);
    for (const nn::Parameter& p : embedded.table().all()) {
      const nn::Parameter* from = one_hot.table().find(p.name);
      float* to = embedded.parameters().data() + p.offset;
      if (from) {
        std::copy_n(one_hot.parameters().data() + from->offset, p.size(), to);
      } else {
        MatrixView<float>(to, p.rows, p.cols).setIdentity();
      }
    }
    embedded.prepare_all();
    const auto text = trace::trace_text<float>(embedded, kText);
    const ConstMatrixView<float> gradient(text.trace.input_gradients[0].data(), 3, 7);
    const auto norms = saliency(one_hot, trace::trace_text<float>(one_hot, kText));
    for (Index t = 0; t < 7; ++t) EXPECT_NEAR(norms[t], gradient.col(t).norm(), 1e-5);
  }
}

}  // namespace
}  // namespace gatescope::analysis
