// Token shift, causal convolution and heads against what they say in plain sums, and what they leave alone.

#include "core/nn/input_filter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/nn/network.h"
#include "tests/core/nn/written.h"
#include "tests/error_of.h"

namespace gatescope::nn {
namespace {

constexpr Index kInputs = 3, kSteps = 9, kBatch = 2;

ModelSpec filtered(bool shift, int conv) {
  ModelSpec spec;
  spec.cell = "gru";
  spec.hidden = 4;
  spec.token_shift = shift;
  spec.conv = conv;
  return spec;
}

Network<double> network_of(const ModelSpec& spec) {
  Network<double> network(spec, {InputKind::values, kInputs, Readout::linear, 1});
  Rng rng(5);
  network.initialise(rng);
  for (double& p : network.parameters()) p += rng.uniform(-0.4, 0.4);
  network.prepare_all();
  return network;
}

std::vector<double> some_values() {
  std::vector<double> x(kInputs * kSteps * kBatch);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = std::sin(1.7 * static_cast<double>(k));
  return x;
}

Trace<double> read(const Network<double>& network, const std::vector<double>& x, Index steps = kSteps) {
  Trace<double> trace;
  network.resize(trace, steps, kBatch);
  network.clear_states(trace);
  network.forward(trace, {nullptr, x.data()});
  return trace;
}

double parameter(const Network<double>& network, const char* name, Index row, Index col = 0) {
  const Parameter* p = network.table().find(name);
  return network.parameters()[p->offset + col * p->rows + row];
}

TEST(InputFilter, IsWhatItsEquationsSayInBothDirections) {
  for (const bool shift : {false, true})
    for (const int conv : {0, 2, 4}) {
      if (!shift && conv == 0) continue;
      ModelSpec spec = filtered(shift, conv);
      spec.bidirectional = true;
      const Network<double> network = network_of(spec);
      const std::vector<double> x = some_values();
      const Trace<double> trace = read(network, x);
      for (const bool reverse : {false, true}) {
        const std::string suffix = reverse ? "_l0_reverse" : "_l0";
        const auto& tape = trace.tapes[reverse ? 1 : 0];
        const auto input = [&](Index t, Index b, Index i) {
          return t < 0 || t >= kSteps ? 0 : x[(t * kBatch + b) * kInputs + i];
        };
        const auto shifted = [&](Index t, Index b, Index i) {
          if (!shift || t < 0 || t >= kSteps) return input(t, b, i);
          const double mu = parameter(network, ("rnn.shift_mu" + suffix).c_str(), i);
          return mu * input(t, b, i) + (1 - mu) * input(reverse ? t + 1 : t - 1, b, i);
        };
        for (Index t = 0; t < kSteps; ++t)
          for (Index b = 0; b < kBatch; ++b)
            for (Index i = 0; i < kInputs; ++i) {
              double expected = shifted(t, b, i);
              if (conv > 0) {
                double sum = parameter(network, ("rnn.conv_bias" + suffix).c_str(), i);
                for (Index k = 0; k < conv; ++k) {
                  const Index back = conv - 1 - k;
                  sum += parameter(network, ("rnn.conv_weight" + suffix).c_str(), i, k) *
                         shifted(reverse ? t + back : t - back, b, i);
                }
                expected = sum / (1 + std::exp(-sum));
              }
              EXPECT_NEAR(tape.values(network.cell().input)(i, t * kBatch + b), expected, 1e-14)
                  << suffix << " step " << t;
            }
      }
    }
}

TEST(InputFilter, GivesTheSameInPiecesWhoseStatesAreCarried) {
  for (const auto& [shift, conv] : {std::pair{true, 0}, {false, 4}, {true, 4}}) {
    ModelSpec spec = filtered(shift, conv);
    spec.layers = 2;
    const Network<double> network = network_of(spec);
    const std::vector<double> x = some_values();
    const Trace<double> whole = read(network, x);
    Trace<double> piece;
    network.resize(piece, 3, kBatch);
    network.clear_states(piece);
    for (Index first = 0; first < kSteps; first += 3) {
      network.forward(piece, {nullptr, x.data() + first * kBatch * kInputs});
      EXPECT_TRUE(piece.outputs.isApprox(whole.outputs.middleCols(first * kBatch, 3 * kBatch), 1e-13))
          << first;
      for (auto& tape : piece.tapes)
        for (const State& state : network.cell().states)
          std::copy_n(tape.final_value(state.channel), tape.width(state.channel) * kBatch,
                      tape.initial_value(state.channel));
    }
  }
}

TEST(InputFilter, OfCharactersIsThatOfTheirOneHotVectors) {
  ModelSpec spec = filtered(true, 3);
  Network<double> characters(spec, {InputKind::characters, kInputs, Readout::softmax, 2}),
      values(spec, {InputKind::values, kInputs, Readout::softmax, 2});
  characters.initialise(Rng(3));
  values.initialise(Rng(3));
  ASSERT_EQ(characters.parameters(), values.parameters());
  characters.prepare_all();
  values.prepare_all();
  std::vector<int> tokens;
  std::vector<double> one_hot(kInputs * kSteps * kBatch, 0.0);
  for (Index n = 0; n < kSteps * kBatch; ++n) {
    tokens.push_back(static_cast<int>(n * n % kInputs));
    one_hot[n * kInputs + tokens.back()] = 1;
  }
  Trace<double> a;
  characters.resize(a, kSteps, kBatch);
  characters.clear_states(a);
  characters.forward(a, {tokens.data(), nullptr});
  EXPECT_EQ(a.outputs, read(values, one_hot).outputs);
}

TEST(InputFilter, AWriterReadsAsATraceDoes) {
  ModelSpec spec = filtered(true, 4);
  expect_a_writer_reads_as_a_trace_does(spec);
}

TEST(InputFilter, IsNotThereWhereNobodyAsksForIt) {
  for (const CellInfo* cell : all_cells()) {
    ModelSpec spec;
    spec.cell = cell->key;
    EXPECT_EQ(&cell_of(spec), cell);
    const Interface values{InputKind::values, 3, Readout::linear, 1};
    const ParameterTable table = parameter_table(spec, values);
    for (const Parameter& p : table.all()) {
      EXPECT_EQ(p.name.find("shift"), std::string::npos);
      EXPECT_EQ(p.name.find("conv_"), std::string::npos);
    }
    spec.token_shift = true;
    spec.conv = 4;
    const CellInfo& behind = cell_of(spec);
    EXPECT_EQ(behind.plain, cell);
    EXPECT_EQ(behind.key, cell->key);
    EXPECT_EQ(behind.channels.size(), cell->channels.size() + 4);
    for (std::size_t k = 0; k < behind.channels.size(); ++k)  // no symbol twice
      EXPECT_EQ(behind.find(behind.channels[k].symbol), static_cast<int>(k));
  }
}

TEST(InputFilter, ARuleMayNameTheInputsOfAnyLayer) {
  ModelSpec spec = filtered(true, 0);
  spec.layers = 2;
  Network<double> network(spec, {InputKind::values, kInputs, Readout::linear, 1});
  const auto complaint = [&](const char* rule) {
    return error_of([&] { network.force(std::vector{parse_force_rule(rule)}); });
  };
  EXPECT_EQ(complaint("xs[3]=0"), "no error") << "the layer above reads four";
  EXPECT_EQ(complaint("1.xs[3]=0"), "no error");
  EXPECT_EQ(complaint("0.xs[3]=0"), "force rule '0.xs[3]=0': unit 3 does not exist, expected 0 to 2");
  EXPECT_EQ(complaint("xs[4]=0"), "force rule 'xs[4]=0': unit 4 does not exist, expected 0 to 3");
}

TEST(Heads, AreABlockDiagonalOfTheWholeMatrix) {
  ModelSpec spec;
  spec.cell = "slstm";
  spec.hidden = 6;
  spec.heads = 2;
  const Network<double> cut = network_of(spec);
  spec.heads = 1;
  Network<double> whole = network_of(spec);
  ASSERT_EQ(cut.table().find("rnn.weight_hh_l0")->cols, 3);
  ASSERT_EQ(whole.table().find("rnn.weight_hh_l0")->cols, 6);
  for (const Parameter& p : whole.table().all())
    for (Index r = 0; r < p.rows; ++r)
      for (Index c = 0; c < p.cols; ++c) {
        double value = 0;
        if (p.name != "rnn.weight_hh_l0")
          value = parameter(cut, p.name.c_str(), r, c);
        else if (r % 6 / 3 == c / 3)
          value = parameter(cut, p.name.c_str(), r, c % 3);
        whole.parameters()[p.offset + c * p.rows + r] = value;
      }
  whole.prepare_all();
  const std::vector<double> x = some_values();
  EXPECT_TRUE(read(cut, x).outputs.isApprox(read(whole, x).outputs, 1e-13));
}

TEST(Heads, BeginAsTheExperimentSaysHeadByHead) {
  ModelSpec spec;
  spec.cell = "slstm";
  spec.hidden = 6;
  spec.heads = 2;
  spec.init.recurrent = Weights::identity;
  Network<double> network(spec, {InputKind::values, kInputs, Readout::linear, 1});
  network.initialise(Rng(1));
  for (Index r = 0; r < 24; ++r)
    for (Index c = 0; c < 3; ++c)
      EXPECT_EQ(parameter(network, "rnn.weight_hh_l0", r, c), r % 3 == c ? 1 : 0) << r << ", " << c;
  for (const Index head : {0, 3}) {  // the forget gate's biases
    EXPECT_EQ(parameter(network, "rnn.bias_ih_l0", 6 + head), 5);
    // 5 - 12 (1/2)^0.3, as NX-AI/xlstm begins its first block.
    EXPECT_NEAR(parameter(network, "rnn.bias_ih_l0", 6 + head + 1), -4.7470286, 1e-6);
    EXPECT_EQ(parameter(network, "rnn.bias_ih_l0", 6 + head + 2), -7);
  }
}

TEST(Heads, ThatDoNotFitAreRefused) {
  ModelSpec spec;
  spec.hidden = 6;
  spec.heads = 2;
  const auto complaint = [&] {
    return error_of([&] { parameter_table(spec, {InputKind::values, kInputs, Readout::linear, 1}); });
  };
  EXPECT_EQ(
      complaint(),
      "2 heads are impossible: the cell lstm is not cut into heads, expected 1, or one of slstm, rg_lru, "
      "mlstm, mamba2, gla, rwkv6, gated_deltanet, retnet, matrix_none_add, matrix_none_add_mlstm, "
      "matrix_none_delta, matrix_none_delta_mlstm, matrix_head_delta_mlstm, matrix_key_add_mlstm, "
      "matrix_key_delta, matrix_key_delta_mlstm; or a norm of every head");
  spec.cell = "slstm";
  EXPECT_EQ(complaint(), "no error");
  spec.heads = 4;
  EXPECT_EQ(complaint(), "4 heads do not divide 6 units, expected one of 1, 2, 3, 6");
}

}  // namespace
}  // namespace gatescope::nn
