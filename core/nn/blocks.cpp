#include "core/nn/blocks.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/nn/layer.h"
#include "core/nn/layer_table.h"
#include "core/nn/starts.h"

namespace gatescope::nn {
namespace {

// Our blocks leave out what is around a block in the authors' programs: an inner layer that is wider than
// what goes from block to block, and a last norm before the read-out (settings of their own, ModelSpec::width
// and last_norm), a skip connection about the convolution (xLSTM), and channel mixing (RWKV; RWKV-4 has it as
// a cell, rwkv4_block and rwkv4_prenorm). All that a cell reads has gone through the convolution or the token
// shift, also its value and its output gate, which the authors take from before (Mamba's z, unless the cell
// is mamba, xLSTM's v and o). A cell with an output gate of its own (mLSTM, RWKV-6) keeps it, so that the
// norm of heads stands after the gate.
constexpr std::array<Block, 3> kBlocks{{
    {.key = "mamba",
     .title = "Mamba block",
     .citation = "gu2024",
     .sentence = "Norm, convolution over four steps, cell, output gate, projection, and the input added.",
     .cell = "s6",
     .options = {.norm = true, .conv = true, .output_gate = true, .projection = true, .residual = true},
     .conv = 4},
    {.key = "xlstm",
     .title = "xLSTM block",
     .citation = "beck2024",
     .sentence = "Norm, convolution over four steps, cell, norm of every head, output gate, projection, and "
                 "the input added.",
     .cell = "mlstm",
     .options = {.norm = true,
                 .conv = true,
                 .head_norm = true,
                 .output_gate = true,
                 .projection = true,
                 .residual = true},
     .conv = 4},
    {.key = "rwkv",
     .title = "RWKV block",
     .citation = "peng2024",
     .sentence = "Norm, token shift, cell, norm of every head, output gate, projection, and the input added.",
     .cell = "rwkv6",
     .options = {.norm = true,
                 .token_shift = true,
                 .head_norm = true,
                 .output_gate = true,
                 .projection = true,
                 .residual = true}},
}};

constexpr std::array<LayerSwitch, 6> kSwitches{
    {{"norm", &ModelSpec::norm, &LayerOptions::norm},
     {"token_shift", &ModelSpec::token_shift, &LayerOptions::token_shift},
     {"head_norm", &ModelSpec::head_norm, &LayerOptions::head_norm},
     {"output_gate", &ModelSpec::output_gate, &LayerOptions::output_gate},
     {"projection", &ModelSpec::projection, &LayerOptions::projection},
     {"residual", &ModelSpec::residual, &LayerOptions::residual}}};

/// What a cell does by itself of what a block does.
LayerOptions own_options(const CellInfo& cell) {
  LayerOptions own = cell.does;
  for (const Channel& channel : cell.channels)
    own.output_gate = own.output_gate || channel.gate == Gate::output;
  return own;
}

}  // namespace

LayerOptions Block::around(std::string_view key_of_cell) const {
  const LayerOptions own = own_options(find_cell(key_of_cell));
  LayerOptions left = options;
  for (const LayerSwitch& each : kSwitches) left.*each.option = left.*each.option && !(own.*each.option);
  left.conv = left.conv && !own.conv;
  return left;
}

void Block::set(ModelSpec& spec) const {
  const LayerOptions left = around(spec.cell);
  for (const LayerSwitch& each : kSwitches) spec.*each.on = left.*each.option;
  spec.conv = left.conv ? conv : 0;
}

void clear_options(ModelSpec& spec) {
  spec.conv = 0;
  spec.width = 0;
  for (const LayerSwitch& option : kSwitches) spec.*option.on = false;
}

void drop_idle_sizes(ModelSpec& spec) {
  if (!can_have_width(spec)) spec.width = 0;
  if (!can_have_state_size(spec)) spec.state_size = 0;
  if (!can_have_last_norm(spec)) spec.last_norm = Norm::none;
  if (!spec.norm && spec.last_norm != Norm::rms) spec.norm_epsilon = kNormEpsilon;
}

void drop_idle(ModelSpec& spec) {
  drop_idle_starts(spec);
  drop_idle_sizes(spec);
}

std::span<const Block> all_blocks() {
  return kBlocks;
}

const Block& find_block(std::string_view key) {
  std::string keys;
  for (const Block& block : kBlocks) {
    if (block.key == key) return block;
    if (!keys.empty()) keys += ", ";
    keys += block.key;
  }
  fail("there is no block '{}', expected one of {}", printable(key), keys);
}

const Block* block_of(const ModelSpec& spec) {
  if (layer_options(spec) == LayerOptions{}) return nullptr;  // also where the cell is a block by itself
  const auto fits = [&](const Block& block) {
    ModelSpec with = spec;
    block.set(with);
    return with == spec;
  };
  const Block* found = nullptr;
  for (const Block& block : kBlocks) {
    if (!fits(block)) continue;
    if (block.cell == spec.cell) return &block;
    if (!found) found = &block;
  }
  return found;
}

std::span<const LayerSwitch> layer_switches() {
  return kSwitches;
}

}  // namespace gatescope::nn
