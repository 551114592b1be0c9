#include "core/nn/blocks.h"

#include <gtest/gtest.h>

#include "core/nn/layer.h"
#include "core/nn/layer_table.h"
#include "core/nn/network.h"
#include "tests/error_of.h"

namespace gatescope::nn {
namespace {

ModelSpec in_block(std::string_view block, std::string_view cell) {
  ModelSpec spec;
  spec.cell = cell;
  find_block(block).set(spec);
  return spec;
}

TEST(Blocks, AreRecognisedAroundEveryCell) {
  for (const CellInfo* cell : all_cells())
    for (const Block& block : all_blocks()) {
      const ModelSpec spec = in_block(block.key, cell->key);
      const Block* found = block_of(spec);
      if (layer_options(spec) == LayerOptions{}) continue;  // the cell is all of it by itself
      ASSERT_NE(found, nullptr) << block.key << " " << cell->key;
      EXPECT_EQ(in_block(found->key, cell->key), spec);
      if (cell->key == block.cell) {
        EXPECT_EQ(found, &block);
      }
    }
  EXPECT_EQ(block_of(ModelSpec{}), nullptr);
  for (const CellInfo* cell : all_cells())
    EXPECT_EQ(block_of(ModelSpec{.cell = std::string(cell->key)}), nullptr)
        << cell->key << ": a layer without options is no block, also where its cell is one by itself";
  ModelSpec other = in_block("mamba", "s6");
  other.conv = 3;
  EXPECT_EQ(block_of(other), nullptr);
  clear_options(other);
  EXPECT_EQ(layer_options(other), LayerOptions{});
}

TEST(Blocks, HaveOneOutputGateAndOneTokenShift) {
  for (const char* gated : {"s6", "mamba", "mamba2", "mlstm", "slstm", "lstm", "rwkv4", "rwkv6"})
    for (const Block& block : all_blocks())
      EXPECT_FALSE(in_block(block.key, gated).output_gate) << block.key << " " << gated;
  for (const char* bare : {"gru", "rnn", "minlstm", "rg_lru"})
    for (const Block& block : all_blocks()) EXPECT_TRUE(in_block(block.key, bare).output_gate) << bare;
  EXPECT_TRUE(in_block("rwkv", "rwkv6").token_shift);
  EXPECT_FALSE(in_block("rwkv", "rwkv4").token_shift);
  EXPECT_FALSE(in_block("rwkv", "rwkv4").projection);
  EXPECT_TRUE(in_block("rwkv", "rwkv4").residual);
  EXPECT_FALSE(in_block("rwkv", "rwkv4_block").residual);
  EXPECT_EQ(in_block("mamba", "mamba").conv, 0) << "it has one of its own";
}

TEST(Blocks, TakeAwayWhatAnotherBlockGave) {
  ModelSpec spec = in_block("xlstm", "mlstm");
  find_block("rwkv").set(spec);
  EXPECT_EQ(spec.conv, 0);
  EXPECT_EQ(spec, in_block("rwkv", "mlstm"));
}

TEST(Blocks, SizesWithoutAUseAreDropped) {
  ModelSpec spec = in_block("mamba", "mamba");
  spec.width = 3;
  spec.state_size = 4;
  spec.last_norm = Norm::rms;
  const ModelSpec before = spec;
  drop_idle_sizes(spec);
  EXPECT_EQ(spec, before);
  spec.cell = "gru";
  drop_idle_sizes(spec);
  EXPECT_EQ(spec.width, 3);
  EXPECT_EQ(spec.state_size, 0);
  clear_options(spec);
  drop_idle_sizes(spec);
  EXPECT_EQ(spec.width, 0);
  EXPECT_EQ(spec.last_norm, Norm::rms);
  spec.decoder = DecoderSpec{};
  spec.norm_epsilon = 1e-5;
  drop_idle_sizes(spec);
  EXPECT_EQ(spec.last_norm, Norm::none);
  EXPECT_EQ(spec.norm_epsilon, kNormEpsilon) << "nothing is divided by a root mean square";
}

TEST(Blocks, MakeANetworkOfEveryCell) {
  for (const CellInfo* cell : all_cells())
    for (const Block& block : all_blocks()) {
      ModelSpec spec = in_block(block.key, cell->key);
      spec.layers = 2;
      spec.hidden = 8;
      EXPECT_GT(count_parameters(spec, {InputKind::characters, 5, Readout::softmax, 5}), 0);
    }
}

TEST(Blocks, NameTheKeysWhereThereIsNoneOfThatName) {
  EXPECT_EQ(error_of([] { find_block("griffin"); }),
            "there is no block 'griffin', expected one of mamba, xlstm, rwkv");
}

}  // namespace
}  // namespace gatescope::nn
