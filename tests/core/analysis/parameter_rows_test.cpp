#include "core/analysis/parameter_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/analysis/survival.h"
#include "tests/core/analysis/gated_stack.h"

namespace gatescope::analysis {
namespace {

template <class S>
ParameterRow row_of(const nn::Network<S>& network, const std::vector<ParameterRow>& rows,
                    std::string_view symbol) {
  const auto found = std::ranges::find(rows, network.cell().find(symbol), &ParameterRow::channel);
  EXPECT_NE(found, rows.end()) << symbol;
  return found == rows.end() ? ParameterRow{} : *found;
}

std::string lasting(std::string_view key) {
  const nn::CellInfo& cell = nn::find_cell(key);
  const int channel = lasting_bias(cell);
  return channel == nn::kNone ? "" : std::string(cell.channels[channel].symbol);
}

TEST(ParameterRows, TogetherAreTheWholeLayerOfEveryCell) {
  for (const nn::CellInfo* cell : nn::all_cells())
    for (const bool filtered : {false, true}) {
      const GatedStack<double> stack(cell->key, {}, true, filtered);
      Index all = 0;
      for (const int layer : {0, 1})
        for (const bool backward : {false, true}) {
          Index count = 0;
          for (const ParameterRow& row : parameter_rows<double>(stack.network, layer, backward, nullptr)) {
            count += row.count;
            EXPECT_TRUE(std::isnan(row.drift)) << "nobody knows the start";
          }
          EXPECT_EQ(count, layer_parameters(stack.network.cell(), stack.network.sizes()[layer])) << cell->key;
          all += count;
        }
      for (const nn::Parameter& p : stack.network.table().all())
        if (!p.name.starts_with("rnn.")) all += p.size();
      EXPECT_EQ(all, stack.network.table().size()) << cell->key;
    }
}

TEST(ParameterRows, CountGatesInPlainRnns) {
  for (const auto& [cell, times] : {std::pair{"rnn", 1.0}, {"gru", 3.0}, {"lstm", 4.0}, {"mingru", 0.0}}) {
    const GatedStack<double> stack(cell);
    double sum = 0;
    for (const ParameterRow& row : parameter_rows<double>(stack.network, 1, false, nullptr))
      sum += row.times_rnn;
    if (times > 0) {
      EXPECT_NEAR(sum, times, 1e-12) << cell;
    } else {
      EXPECT_LT(sum, 2) << "no recurrent weights";
    }
  }
}

TEST(ParameterRows, HaveTheNormsAndMeansOfTheirOwnBlocks) {
  GatedStack<double> stack("lstm");
  nn::Network<double>& network = stack.network;
  const auto values = [&](const char* name) {
    const nn::Parameter& p = *network.table().find(name);
    return MatrixView<double>(network.parameters().data() + p.offset, p.rows, p.cols);
  };
  // PyTorch's order: i, f, g, o.
  const Eigen::MatrixXd weights = values("rnn.weight_ih_l1").middleRows(6, 6),
                        recurrent = values("rnn.weight_hh_l1").middleRows(6, 6);
  const Eigen::MatrixXd bias =
      values("rnn.bias_ih_l1").middleRows(6, 6) + values("rnn.bias_hh_l1").middleRows(6, 6);
  const auto rows = parameter_rows<double>(network, 1, false, nullptr);
  const ParameterRow forget = row_of(network, rows, "f"), input = row_of(network, rows, "i");
  EXPECT_EQ(forget.count, 6 * 6 + 6 * 6 + 6 + 6);
  EXPECT_NEAR(forget.input_norm, weights.norm(), 1e-12);
  EXPECT_NEAR(forget.recurrent_norm, recurrent.norm(), 1e-12);
  EXPECT_NEAR(forget.mean_bias, bias.mean(), 1e-12);
  std::vector<double> constants;
  for (Index unit = 0; unit < 6; ++unit)
    constants.push_back(-1 / std::log(1 / (1 + std::exp(-bias(unit, 0)))));
  std::ranges::sort(constants);
  EXPECT_NEAR(forget.time_constant, constants[3], 1e-9) << "the median of -1 / ln σ(b)";
  EXPECT_TRUE(std::isnan(input.time_constant));
}

TEST(ParameterRows, MoveFromTheStart) {
  const GatedStack<float> stack("gru");
  nn::Network<float> start(stack.network.spec(), stack.network.interface());
  start.parameters() = stack.network.parameters();
  for (const ParameterRow& row : parameter_rows<float>(stack.network, 0, false, &start))
    EXPECT_EQ(row.drift, 0);
  for (float& p : start.parameters()) p *= 0.5F;
  for (const ParameterRow& row : parameter_rows<float>(stack.network, 0, false, &start))
    EXPECT_NEAR(row.drift, 1, 1e-6) << "all have doubled";
  for (float& p : start.parameters()) p = 0;
  EXPECT_TRUE(std::isnan(parameter_rows<float>(stack.network, 0, false, &start)[0].drift));
}

TEST(LastingBias, IsThatOfWhatTheMemoryIsKeptBy) {
  EXPECT_EQ(lasting("lstm"), "f");
  EXPECT_EQ(lasting("gru"), "z");
  EXPECT_EQ(lasting("mingru"), "z");
  EXPECT_EQ(lasting("s6"), "dt");
  EXPECT_EQ(lasting("mlstm"), "F");
  EXPECT_EQ(lasting("mamba2"), "T");
  EXPECT_EQ(lasting("gla"), "A");
  EXPECT_EQ(lasting("retnet"), "A");
  EXPECT_EQ(lasting("rnn"), "");
}

// A row has a time constant exactly where moving its numbers moves that at rest: RWKV-4's decay, RetNet's, Λ
// of the RG-LRU, the speeds of S6 and Mamba-2; no shift, no bonus, no skip, no peephole.
TEST(ParameterRows, OfUnitsAndConstantsHaveTheTimeThatTheySet) {
  int with = 0;
  for (const nn::CellInfo* cell : nn::all_cells()) {
    const GatedStack<double> stack(cell->key);
    for (const ParameterRow& row : parameter_rows<double>(stack.network, 0, false, nullptr)) {
      std::vector<std::pair<int, int>> blocks;  // parameter and its block, kNone: all of it
      if (row.channel == nn::kNone) {
        blocks.emplace_back(row.parameter, nn::kNone);
      } else {
        bool constant = true;
        for (const nn::Product& product : cell->products) constant = constant && product.to != row.channel;
        for (const nn::Bias& bias : cell->biases)
          if (constant && bias.to == row.channel) blocks.emplace_back(bias.parameter, bias.block);
      }
      if (blocks.empty()) continue;
      SCOPED_TRACE(std::string(cell->key) + " " + std::string(cell->parameters[blocks[0].first].name));
      if (!why_no_gated_memory(*cell).empty()) {
        EXPECT_TRUE(std::isnan(row.time_constant));
        continue;
      }
      nn::Network<double> moved(stack.network.spec(), stack.network.interface());
      std::ranges::copy(stack.network.parameters(), moved.parameters().begin());
      for (const auto& [parameter, block] : blocks) {
        const nn::Parameter& p = *moved.table().find(nn::parameter_name(moved.spec(), parameter, 0, false));
        const Index height =
            block == nn::kNone ? p.rows * p.cols : moved.sizes()[0](cell->channels[row.channel].extent);
        for (Index n = 0; n < height; ++n)
          moved.parameters()[static_cast<std::size_t>(p.offset + std::max(0, block) * height + n)] += 0.01;
      }
      const auto before = resting_time_constants(stack.network, 0, false),
                 after = resting_time_constants(moved, 0, false);
      double greatest = 0;
      for (std::size_t n = 0; n < before.size(); ++n)
        greatest = std::max(greatest, std::abs(after[n] - before[n]) / before[n]);
      EXPECT_EQ(!std::isnan(row.time_constant), greatest > 1e-6) << greatest;
      if (std::isnan(row.time_constant)) continue;
      ++with;
      auto sorted = before;
      std::ranges::sort(sorted);
      EXPECT_GE(row.time_constant, sorted.front());
      EXPECT_LE(row.time_constant, sorted.back());
    }
  }
  EXPECT_GE(with, 7) << "rwkv4, rwkv4_block, rg_lru, s6, retnet, mamba2, gated_deltanet";
}

TEST(LastingBias, OfAnMlstmsHeadLastsAsItsForgetGateSays) {
  nn::ModelSpec spec;
  spec.cell = "mlstm";
  spec.hidden = 4;
  nn::Network<double> network(spec, {nn::InputKind::characters, 5, nn::Readout::softmax, 5});
  network.initialise(Rng(3));
  const auto rows = parameter_rows<double>(network, 0, false, nullptr);
  const double bias = row_of(network, rows, "F").mean_bias;
  EXPECT_NEAR(row_of(network, rows, "F").time_constant, -1 / std::log(1 / (1 + std::exp(-bias))), 1e-6);
}

}  // namespace
}  // namespace gatescope::analysis
