#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/math/rng.h"
#include "core/nn/blocks.h"
#include "core/observe/observe.h"
#include "tests/rules.h"

namespace gatescope {

inline constexpr int kAnyVocabulary = 5;

/// A small untrained model of that kind that has read a text of so many steps.
template <class S>
observe::Observation<S> any_observation(const nn::ModelSpec& spec, const std::vector<nn::ForceRule>& forced,
                                        Index steps, const trace::LossAt& loss = {}) {
  observe::Model<S> model;
  model.name = "the model";
  model.network = std::make_shared<nn::Network<S>>(
      spec, nn::Interface{nn::InputKind::characters, kAnyVocabulary, nn::Readout::softmax, kAnyVocabulary});
  nn::Network<S>& network = *model.network;
  network.initialise(Rng(7));
  Rng noise(11);  // biases too, so that nothing is symmetric
  for (S& parameter : network.parameters()) parameter += static_cast<S>(noise.uniform(-0.3, 0.3));
  network.prepare_all();
  observe::Text text;
  for (int k = 0; k <= steps; ++k) text.characters.push_back((k * k + k / 3) % kAnyVocabulary);
  return observe::observe<S>(model, text, nn::rules_for(forced, network.spec()), loss);
}

inline nn::ModelSpec any_spec(std::string_view cell, int hidden = 4, int layers = 1) {
  nn::ModelSpec spec;
  spec.cell = cell;
  spec.hidden = hidden;
  spec.layers = layers;
  return spec;
}

/// Every cell of the table, alone and stacked, with a filter of its input, an embedding, heads where it has
/// them, and what a layer may do after its cell.
inline std::vector<nn::ModelSpec> any_specs() {
  std::vector<nn::ModelSpec> all;
  for (const nn::CellInfo* cell : nn::all_cells()) {
    all.push_back(any_spec(cell->key));
    all.push_back(any_spec(cell->key, 3, 2));
    nn::ModelSpec filtered = any_spec(cell->key, 4, 2);
    filtered.token_shift = true;
    filtered.conv = 3;
    filtered.embedding = 3;
    if (cell->has_heads()) filtered.heads = 2;
    all.push_back(filtered);
    nn::ModelSpec every = any_spec(cell->key, 4, 2);  // without a residual connection in the lowest layer
    every.norm = every.token_shift = every.head_norm = every.output_gate = every.projection = every.residual =
        true;
    all.push_back(every);
    nn::ModelSpec block = any_spec(cell->key, 4, 2);
    block.embedding = 4;
    nn::find_block("mamba").set(block);
    all.push_back(block);
    if (cell->key != "gru" && cell->key != "mamba") continue;
    nn::ModelSpec narrow = block;
    narrow.embedding = narrow.width = 3;
    narrow.state_size = cell->free_memories ? 2 : 0;
    narrow.last_norm = nn::Norm::rms;
    narrow.norm_epsilon = 1e-3;
    all.push_back(narrow);
  }
  return all;
}

inline std::string in_words(const nn::ModelSpec& spec) {
  return spec.cell + " " + std::to_string(spec.layers) +
         (spec.width > 0  ? " narrow"
          : spec.residual ? (spec.conv > 0 ? " block" : " every option")
          : spec.conv > 0 ? " filtered"
                          : "");
}

/// Rules that set, scale and move gates and states of the cells that have them, before and after activations.
inline std::vector<nn::ForceRule> any_rules() {
  return rules({"f@2-3=*0.5", "i[1]=0.4", "z@1-4=*0.7+0.1", "r=*0.5", "c@3=*0.5+0.1", "h@2=*0.8-0.1",
                "o~=*1+0.5", "h[0]@4=0.2"});
}

}  // namespace gatescope
