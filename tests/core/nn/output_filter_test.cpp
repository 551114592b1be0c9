// Norms, output gate, projection and residual connection against what they say in plain sums, free and
// forced.

#include "core/nn/output_filter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/nn/network.h"
#include "tests/core/nn/written.h"
#include "tests/error_of.h"

namespace gatescope::nn {
namespace {

constexpr Index kTime = 7, kEntries = 2;

ModelSpec every_option(std::string_view cell = "gru", Index hidden = 6) {
  ModelSpec spec;
  spec.cell = cell;
  spec.hidden = hidden;
  spec.heads = 2;
  spec.norm = spec.head_norm = spec.output_gate = spec.projection = spec.residual = true;
  return spec;
}

struct Reading {
  explicit Reading(const ModelSpec& spec, const std::vector<std::string>& rules = {}, Index inputs = 6)
      : network(spec, {InputKind::values, inputs, Readout::linear, 1}) {
    Rng rng(5);
    network.initialise(rng);
    for (double& p : network.parameters()) p += rng.uniform(-0.4, 0.4);
    network.prepare_all();
    network.force(parse_force_rules(rules));
    for (Index k = 0; k < inputs * kTime * kEntries; ++k) x.push_back(std::sin(1.7 * static_cast<double>(k)));
    network.resize(trace, kTime, kEntries);
    network.clear_states(trace);
    network.forward(trace, {nullptr, x.data()});
  }

  Matrix<double> values(const char* symbol, std::size_t tape = 0) const {
    const int channel = network.cell().find(symbol);
    EXPECT_NE(channel, kNone) << symbol;
    return trace.tapes[tape].values(channel);
  }
  /// (rows, cols) of a parameter of layer 0.
  Matrix<double> parameter(const std::string& name) const {
    const Parameter* p = network.table().find("rnn." + name + "_l0");
    EXPECT_NE(p, nullptr) << name;
    return ConstMatrixView<double>(network.parameters().data() + p->offset, p->rows, p->cols);
  }

  Network<double> network;
  std::vector<double> x;
  Trace<double> trace;
};

void expect_close(const Matrix<double>& found, const Matrix<double>& expected, const char* what) {
  EXPECT_LT((found - expected).cwiseAbs().maxCoeff(), 1e-13) << what;
}

/// Every column's root mean square norm, as PyTorch writes it: x * rsqrt(mean(x²) + ε) * weight.
Matrix<double> rms_norm(const Matrix<double>& x, const Matrix<double>& weight) {
  Matrix<double> normed = x;
  for (Index n = 0; n < x.cols(); ++n)
    normed.col(n) = x.col(n).cwiseProduct(weight) /
                    std::sqrt(x.col(n).squaredNorm() / static_cast<double>(x.rows()) + 1e-6);
  return normed;
}

/// torch.nn.functional.group_norm with ε = 1e-5 and a weight a unit, whose variance is that of the numbers
/// themselves (not of a sample).
Matrix<double> group_norm(const Matrix<double>& h, Index groups, const Matrix<double>& weight) {
  Matrix<double> normed = h;
  const Index width = h.rows() / groups;
  for (Index n = 0; n < h.cols(); ++n)
    for (Index group = 0; group < groups; ++group) {
      const auto one = h.col(n).segment(group * width, width).array();
      const double variance = one.square().mean() - one.mean() * one.mean();
      normed.col(n).segment(group * width, width) = (one - one.mean()) / std::sqrt(variance + 1e-5);
    }
  return normed.cwiseProduct(weight.replicate(1, h.cols()));
}

Matrix<double> silu(const Matrix<double>& z) {
  return (z.array() / (1 + (-z.array()).exp())).matrix();
}

TEST(OutputFilter, IsWhatItsEquationsSay) {
  for (const char* cell : {"gru", "lstm", "s6", "mlstm"}) {
    const Reading read(every_option(cell));
    const Matrix<double> x = ConstMatrixView<double>(read.x.data(), 6, kTime * kEntries);
    const Matrix<double> normed = rms_norm(x, read.parameter("norm_weight"));
    expect_close(read.values("xn"), normed, "norm");
    const Matrix<double> head_normed = group_norm(read.values("h"), 2, read.parameter("head_norm_weight"));
    expect_close(read.values("hn"), head_normed, "norm of heads");
    const Matrix<double> gate = silu(read.parameter("gate_weight") * normed);
    expect_close(read.values("og"), gate, "gate");
    const Matrix<double> given = read.parameter("out_weight") * head_normed.cwiseProduct(gate);
    expect_close(read.values("hp"), given, "projection");
    expect_close(read.values("ho"), x + given, "residual connection");
    EXPECT_EQ(read.network.cell().output, read.network.cell().find("ho"));
  }
}

TEST(OutputFilter, TheCellGoesOnWithItsOwnHiddenState) {
  for (const CellInfo* cell : all_cells()) {
    ModelSpec spec;
    spec.cell = cell->key;
    spec.hidden = 6;
    spec.token_shift = true;  // so that both keep their input, and begin alike
    const Reading plain(spec);
    spec.projection = spec.residual = true;
    const Reading filtered(spec);
    const std::string hidden(cell->channels[cell->output].symbol);
    // The parameters of the options come behind those of the cell in a layer: copied by name.
    Network<double> copied(spec, filtered.network.interface());
    for (const Parameter& p : plain.network.table().all())
      std::copy_n(plain.network.parameters().data() + p.offset, p.size(),
                  copied.parameters().data() + copied.table().find(p.name)->offset);
    copied.prepare_all();
    Trace<double> trace;
    copied.resize(trace, kTime, kEntries);
    copied.clear_states(trace);
    copied.forward(trace, {nullptr, plain.x.data()});
    EXPECT_EQ(Matrix<double>(trace.tapes[0].values(cell->output)), plain.values(hidden.c_str())) << cell->key;
    EXPECT_EQ(copied.cell().hidden(), cell->output);
    EXPECT_EQ(copied.cell().memory(), cell->memory());
    EXPECT_EQ(copied.cell().recurrent(), cell->recurrent());
  }
}

TEST(OutputFilter, TheLayerAboveAndTheReadOutGetWhatLeavesTheLayer) {
  ModelSpec spec = every_option();
  spec.layers = 2;
  const Reading read(spec, {}, 3);
  expect_close(read.values("x", 1), read.values("ho", 0), "what enters the layer above");
  const Parameter *weight = read.network.table().find("head.weight"),
                  *bias = read.network.table().find("head.bias");
  const double* p = read.network.parameters().data();
  const Matrix<double> outputs = ConstMatrixView<double>(p + weight->offset, 1, 6) * read.values("ho", 1);
  for (Index n = 0; n < kTime * kEntries; ++n)
    EXPECT_NEAR(read.trace.outputs(0, n), outputs(0, n) + p[bias->offset], 1e-13);
}

TEST(OutputFilter, ALayerWithAnInputOfAnotherWidthHasNoResidualConnection) {
  ModelSpec spec = every_option();
  spec.layers = 2;
  const Reading read(spec, {}, 3);
  EXPECT_EQ(read.values("xb", 0).cwiseAbs().maxCoeff(), 0);
  EXPECT_EQ(read.values("ho", 0), read.values("hp", 0));
  EXPECT_EQ(read.values("xb", 1), read.values("ho", 0));
}

TEST(OutputFilter, AProjectionMayGiveAStreamOfAnotherWidth) {
  ModelSpec spec = every_option();
  spec.layers = 2;
  spec.width = 4;
  const Reading read(spec, {}, 4);
  EXPECT_EQ(read.parameter("out_weight").rows(), 4);
  expect_close(read.values("hp"), read.parameter("out_weight") * read.values("hg"), "projection");
  expect_close(read.values("ho"), read.values("x") + read.values("hp"), "what was read is added");
  expect_close(read.values("x", 1), read.values("ho"), "what enters the layer above");
  EXPECT_EQ(read.network.table().find("head.weight")->cols, 4);
  spec.width = 6;
  const Reading same(spec), plain([&] {
    ModelSpec usual = spec;
    usual.width = 0;
    return usual;
  }());
  EXPECT_EQ(&same.network.cell(), &plain.network.cell()) << "as many as units";
}

TEST(OutputFilter, EveryForcedChannelHoldsItsValueAndTheOthersFollowFromIt) {
  ModelSpec spec = every_option("lstm");
  spec.head_norm = true;
  for (const char* symbol : {"xr", "xn", "hm", "hd", "hn", "oz", "og", "hg", "hp", "xb", "ho"}) {
    const Reading free(spec), forced(spec, {std::string(symbol) + "@2-4=0.25"});
    const Matrix<double> values = forced.values(symbol), natural = free.values(symbol);
    const int channel = forced.network.cell().find(symbol);
    for (Index t = 0; t < kTime; ++t)
      for (Index n = t * kEntries; n < (t + 1) * kEntries; ++n)
        for (Index row = 0; row < values.rows(); ++row) {
          if (t >= 2 && t <= 4) {
            EXPECT_EQ(values(row, n), 0.25) << symbol;
          } else if (t < 2) {
            EXPECT_EQ(values(row, n), natural(row, n)) << symbol;
          }
        }
    // What the network would have made of this step by itself is kept beside it.
    const auto raw = forced.trace.tapes[0].raw_values(channel);
    if (std::string_view(symbol) == "ho") {
      EXPECT_EQ(raw.middleCols(2 * kEntries, 3 * kEntries),
                forced.values("xb").middleCols(2 * kEntries, 3 * kEntries) +
                    forced.values("hp").middleCols(2 * kEntries, 3 * kEntries));
    }
    expect_close(forced.values("hg"),
                 std::string_view(symbol) == "hg"
                     ? forced.values("hg")
                     : Matrix<double>(forced.values("hn").cwiseProduct(forced.values("og"))),
                 symbol);
    EXPECT_NE(forced.trace.outputs.col(3 * kEntries), free.trace.outputs.col(3 * kEntries)) << symbol;
  }
}

TEST(OutputFilter, CutByARuleTheResidualConnectionCarriesNothing) {
  const Reading read(every_option(), {"xb=0"});
  EXPECT_EQ(read.values("ho"), read.values("hp"));
}

TEST(OutputFilter, GivesTheSameInPiecesWhoseStatesAreCarried) {
  ModelSpec spec = every_option("slstm");
  spec.token_shift = true;
  spec.conv = 3;
  spec.layers = 2;
  const Reading whole(spec);
  Trace<double> piece;
  whole.network.resize(piece, 1, kEntries);
  whole.network.clear_states(piece);
  for (Index t = 0; t < kTime; ++t) {
    whole.network.forward(piece, {nullptr, whole.x.data() + t * kEntries * 6});
    EXPECT_TRUE(piece.outputs.isApprox(whole.trace.outputs.middleCols(t * kEntries, kEntries), 1e-13)) << t;
    for (auto& tape : piece.tapes)
      for (const State& state : whole.network.cell().states)
        std::copy_n(tape.final_value(state.channel), tape.width(state.channel) * kEntries,
                    tape.initial_value(state.channel));
  }
}

TEST(OutputFilter, APassInPiecesOfStepsGivesTheSameBits) {
  for (const char* cell : {"mlstm", "gru"}) {  // with a hidden state that is no state, and one that is
    ModelSpec spec = every_option(cell);
    spec.conv = 3;
    spec.layers = 2;
    Reading whole(spec), pieces(spec);
    const std::vector<double> targets(kTime * kEntries, 0.3);
    const std::vector<char> scored(kTime * kEntries, 1);
    std::vector<double> gradients[2];
    for (Reading* read : {&whole, &pieces}) {
      auto& own = gradients[read == &pieces];
      own.assign(static_cast<std::size_t>(read->network.table().size()), 0);
      const LayerInput<double> input{nullptr, read->x.data()};
      const Index steps = read == &pieces ? 2 : kTime;
      Network<double>::Progress forward, backward;
      while (read->network.forward_piece(read->trace, input, forward, steps)) {
      }
      score<double>(read->trace, Readout::linear, {nullptr, targets.data(), scored.data()}, 1);
      while (read->network.backward_piece(read->trace, input, own.data(), backward, steps)) {
      }
    }
    EXPECT_EQ(whole.trace.outputs, pieces.trace.outputs);
    EXPECT_EQ(gradients[0], gradients[1]);
  }
}

TEST(OutputFilter, AWriterReadsAsATraceDoes) {
  ModelSpec spec = every_option("s6");
  spec.layers = 2;
  spec.conv = 4;
  expect_a_writer_reads_as_a_trace_does(spec);
}

TEST(OutputFilter, BeginsAsAnIdentityOfScalesAndAsLinearLayers) {
  ModelSpec spec = every_option("gru", 64);
  Network<double> network(spec, {InputKind::values, 64, Readout::linear, 1});
  network.initialise(Rng(1));
  const auto of = [&](const char* name) {
    const Parameter* p = network.table().find(name);
    return ConstMatrixView<double>(network.parameters().data() + p->offset, p->rows, p->cols);
  };
  EXPECT_EQ(of("rnn.norm_weight_l0"), Matrix<double>::Ones(64, 1));
  EXPECT_EQ(of("rnn.head_norm_weight_l0"), Matrix<double>::Ones(64, 1));
  for (const char* name : {"rnn.gate_weight_l0", "rnn.out_weight_l0"}) {
    EXPECT_LE(of(name).cwiseAbs().maxCoeff(), 1.0 / 8) << name;
    EXPECT_GT(of(name).cwiseAbs().maxCoeff(), 0.9 / 8) << name;
  }
}

TEST(OutputFilter, RefusesWhatIsImpossible) {
  const Interface values{InputKind::values, 6, Readout::linear, 1};
  ModelSpec spec = every_option();
  spec.bidirectional = true;
  EXPECT_EQ(
      error_of([&] { Network<float>(spec, values); }),
      "a residual connection is impossible in both directions: 12 numbers enter a layer and 6 leave each "
      "direction, expected a model that reads in one direction, or none");
  spec = every_option();
  spec.heads = 4;
  EXPECT_EQ(error_of([&] { Network<float>(spec, values); }),
            "4 heads do not divide 6 units, expected one of 1, 2, 3, 6");
  spec.heads = 2;
  spec.head_norm = false;
  EXPECT_TRUE(
      error_of([&] {
        Network<float>(spec, values);
      }).starts_with("2 heads are impossible: the cell gru is not cut into heads, expected 1, or one"));
  spec.heads = 1;
  spec.width = 4;
  EXPECT_EQ(error_of([&] { Network<float>(spec, values); }), "no error");
  spec.projection = false;
  EXPECT_EQ(error_of([&] { Network<float>(spec, values); }),
            "6 units leave 4 numbers by a projection alone, expected one, or a width of 0");
  spec.width = 0;
  spec.state_size = 4;
  EXPECT_EQ(error_of([&] { Network<float>(spec, values); }),
            "a state size of 4 is impossible: the cell gru says its own, expected none, or one of s6, mamba");
}

}  // namespace
}  // namespace gatescope::nn
