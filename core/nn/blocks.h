#pragma once

#include <span>
#include <string_view>

#include "core/nn/layer_options.h"
#include "core/nn/model_spec.h"

namespace gatescope::nn {

/// A block of the field: named options of a layer, and the cell that the paper has in it.
struct Block {
  std::string_view key;       // on the command line
  std::string_view title;     // in menus
  std::string_view citation;  // a key of assets/references.bib
  std::string_view sentence;  // what the block is, in the order of its stages
  std::string_view cell;      // the paper's
  LayerOptions options;
  int conv = 0;  // steps of its convolution

  /// The block around another cell: without the options that the cell is by itself.
  LayerOptions around(std::string_view key_of_cell) const;
  /// Gives the model's layers the options of the block around its cell, and no others.
  void set(ModelSpec& spec) const;
};

/// Takes all options from the model's layers.
void clear_options(ModelSpec& spec);

/// Takes what no layer or cell of the model has a use for: a width of a stream that no projection gives, or a
/// decoder has, memories of cells that say how many, a norm before a decoder's read-out.
void drop_idle_sizes(ModelSpec& spec);
/// The same, and what no cell begins with (starts.h).
void drop_idle(ModelSpec& spec);

std::span<const Block> all_blocks();

/// The block of that key; throws Error that lists the keys.
const Block& find_block(std::string_view key);

/// The block that a model's layers are, whatever the cell in it: the first that fits, the cell's own before
/// others; null where none fits.
const Block* block_of(const ModelSpec& spec);

/// What every option of a layer that is on or off is called: its key in files and its members.
struct LayerSwitch {
  const char* key;
  bool ModelSpec::*on;
  bool LayerOptions::*option;
};
std::span<const LayerSwitch> layer_switches();

}  // namespace gatescope::nn
