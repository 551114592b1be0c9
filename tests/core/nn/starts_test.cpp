#include "core/nn/starts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/analysis/survival.h"
#include "core/experiment/experiment.h"
#include "core/nn/network.h"
#include "tests/error_of.h"

namespace gatescope::nn {
namespace {

constexpr Interface kInterface{InputKind::characters, 5, Readout::softmax, 5};

ModelSpec spec_of(const CellInfo& cell, const Initialisation& init = {}) {
  ModelSpec spec;
  spec.cell = cell.key;
  spec.hidden = 6;
  if (cell.has_heads()) spec.heads = 2;
  spec.init = init;
  return spec;
}

Network<double> begun(const ModelSpec& spec) {
  Network<double> network(spec, kInterface);
  network.initialise(Rng(4));
  return network;
}

/// The layer's parameters, without the read-out's.
std::vector<double> of_layer(const Network<double>& network) {
  const Parameter& head = *network.table().find("head.weight");
  return {network.parameters().begin(), network.parameters().begin() + head.offset};
}

/// All biases of a channel, added.
std::vector<double> biases_of(const Network<double>& network, int channel) {
  const CellInfo& cell = network.cell();
  std::vector<double> sums(
      static_cast<std::size_t>(network.sizes()[0](cell.channels[static_cast<std::size_t>(channel)].extent)));
  for (const Bias& bias : cell.biases) {
    if (bias.to != channel) continue;
    const Parameter& p = *network.table().find(parameter_name(network.spec(), bias.parameter, 0, false));
    for (std::size_t n = 0; n < sums.size(); ++n)
      sums[n] += network.parameters()[static_cast<std::size_t>(p.offset) +
                                      static_cast<std::size_t>(bias.block) * sums.size() + n];
  }
  return sums;
}

}  // namespace

TEST(Starts, ActOnExactlyTheCellsThatAreSaidToTakeThem) {
  Initialisation bias, chrono, gain, drawn;
  bias.forget_bias = 7.25;
  chrono.chrono = 50;
  gain.gain = 1.75;
  drawn.recurrent = Weights::orthogonal;
  Initialisation drawn_gain = drawn;
  drawn_gain.gain = 1.75;
  for (const CellInfo* cell : all_cells()) {
    for (const auto& [key, init, plain] : {std::tuple{"forget_bias", bias, Initialisation{}},
                                           {"chrono", chrono, Initialisation{}},
                                           {"gain", gain, Initialisation{}},
                                           {"gain", drawn_gain, drawn}}) {
      const ModelSpec set = spec_of(*cell, init);
      const std::vector<IdleStart> idle = idle_starts(set);
      const bool acts = of_layer(begun(set)) != of_layer(begun(spec_of(*cell, plain)));
      EXPECT_EQ(acts, idle.empty()) << cell->key << " " << key;
      ModelSpec without = set;
      drop_idle_starts(without);
      EXPECT_EQ(without.init, acts ? init : plain) << cell->key << " " << key;
      if (acts) continue;
      ASSERT_EQ(idle.size(), 1U);
      EXPECT_EQ(idle[0].key, key);
      EXPECT_NE(idle[0].why.find(fmt::format("the cell {} has no ", cell->key)), std::string::npos);
    }
    EXPECT_TRUE(idle_starts(spec_of(*cell)).empty()) << cell->key;
  }
}

TEST(Starts, OfTwoCellsAreTakenWhereOneOfThemTakesThem) {
  ModelSpec spec = spec_of(find_cell("rwkv4"));
  spec.init.forget_bias = 3;
  spec.init.chrono = 50;
  spec.decoder = DecoderSpec{Attention::none};
  spec.decoder->cell = "lstm";
  EXPECT_TRUE(idle_starts(spec).empty());
  const Initialisation all = spec.init;
  drop_idle_starts(spec);
  EXPECT_EQ(spec.init, all);

  spec.decoder->cell = "rwkv6";
  const std::vector<IdleStart> idle = idle_starts(spec);
  ASSERT_EQ(idle.size(), 2U);
  for (const IdleStart& start : idle)
    EXPECT_TRUE(start.why.starts_with("the cells rwkv4 and rwkv6 have no ")) << start.why;
  drop_idle_starts(spec);
  EXPECT_EQ(spec.init, Initialisation{});
}

TEST(Starts, TheForgetBiasIsThatOfEveryGateThatKeeps) {
  Initialisation init;
  init.forget_bias = 2.5;
  std::set<std::string> taking;
  for (const CellInfo* cell : all_cells()) {
    if (!takes_forget_bias(*cell)) continue;
    taking.emplace(cell->key);
    const Network<double> network = begun(spec_of(*cell, init));
    const bool keeps = cell->keep_bias() != kNone;
    for (const double bias : biases_of(network, keeps ? cell->keep_bias() : cell->write_bias()))
      EXPECT_EQ(bias, keeps ? 2.5 : -2.5) << cell->key;
    const double kept = 1 / (1 + std::exp(-2.5));
    if (cell->key == "minlstm") continue;  // shares it with the input gate
    const int root = keeps ? std::max<int>(1, cell->channels[cell->keep_bias()].root_before_keep) : 1;
    for (const double tau : analysis::resting_time_constants(network, 0, false))
      EXPECT_NEAR(tau, -root / std::log(kept), 0.02) << cell->key;
  }
  for (const char* key : {"lstm", "gru", "janet", "mingru", "minlstm", "slstm", "mlstm", "gla"})
    EXPECT_TRUE(taking.contains(key)) << key;
  for (const char* key : {"rnn", "rwkv4", "rwkv6", "retnet", "mamba2", "gated_deltanet", "s6", "rg_lru"})
    EXPECT_FALSE(taking.contains(key)) << key;
}

TEST(Starts, ChronoSetsTheGatesOfHeads) {
  Initialisation init;
  init.chrono = 100;
  const CellInfo& cell = find_cell("mlstm");
  const std::vector<double> biases = biases_of(begun(spec_of(cell, init)), cell.keep_bias());
  ASSERT_EQ(biases.size(), 2U) << "a head each";
  for (const double bias : biases) {
    EXPECT_GE(bias, 0);
    EXPECT_LE(bias, std::log(99));
  }
  EXPECT_NE(biases[0], biases[1]);
  EXPECT_FALSE(takes_chrono(find_cell("gla"))) << "the root of a σ keeps sixteen times as long";
}

TEST(Starts, OfAnExperimentAreRefusedWithTheirPlace) {
  experiment::Experiment e;
  e.models.resize(2);
  e.models[0].init.chrono = 30;
  e.models[1].cell = "rwkv4";
  experiment::check_starts(e, "file.json");
  e.models[1].init.chrono = 30;
  const std::string error = error_of([&] { experiment::check_starts(e, "file.json"); });
  EXPECT_TRUE(error.starts_with("file.json: /models/1/init/chrono is 30, expected 0: the cell rwkv4 has no"))
      << error;
}

TEST(Starts, ABlockWithNormsPassesOnWhatEntersItWhereThatHasItsWidth) {
  ModelSpec spec = spec_of(find_cell("rwkv4_prenorm"));
  spec.layers = 2;
  const auto passes = [&](int layer) {
    const Network<double> network = begun(spec);
    const Parameter& p = *network.table().find(parameter_name(spec, 0, layer, false));
    return ConstMatrixView<double>(network.parameters().data() + p.offset, p.rows, p.cols).isIdentity(0);
  };
  EXPECT_FALSE(passes(0)) << "five characters, one-hot";
  EXPECT_TRUE(passes(1));
  spec.embedding = spec.hidden;
  EXPECT_TRUE(passes(0));
  spec.init.input = Weights::glorot;
  EXPECT_FALSE(passes(0)) << "the experiment says otherwise";
}

TEST(Heads, ANormOfOneNumberIsRefused) {
  for (const CellInfo* cell : all_cells()) {
    ModelSpec spec;
    spec.cell = cell->key;
    spec.hidden = 6;
    spec.head_norm = true;
    for (const Index heads : {1, 2, 3}) {
      spec.heads = heads;
      EXPECT_NO_THROW(parameter_table(spec, kInterface)) << cell->key;
    }
    spec.heads = 6;
    const std::string error = error_of([&] { parameter_table(spec, kInterface); });
    EXPECT_NE(error.find("expected heads of 2 units or more, at most 3 heads of 6 units"), std::string::npos)
        << error;
    EXPECT_THROW((Network<float>(spec, kInterface)), Error);
    spec.head_norm = false;
    if (cell->has_heads()) {
      EXPECT_NO_THROW(parameter_table(spec, kInterface)) << cell->key;
    }
  }
  ModelSpec one;
  one.hidden = 1;
  one.head_norm = true;
  EXPECT_THROW(parameter_table(one, kInterface), Error);
}

}  // namespace gatescope::nn
