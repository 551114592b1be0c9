#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "core/nn/blocks.h"
#include "core/nn/layer.h"
#include "core/views/view.h"

namespace gatescope::views {

/// What an observation takes of an example, which outlives it and may be changed by a test.
template <class T>
std::shared_ptr<const T> borrowed(const T& of_example) {
  return {std::shared_ptr<void>(), &of_example};
}

/// A model with random weights, a text it has read, and what views need of both.
struct Example {
  struct Options {
    Index hidden = 6;
    int layers = 1;
    bool bidirectional = false;
    Index embedding = 0;
    Index heads = 1;
    std::vector<std::string> rules = {};
    trace::LossAt loss = {};
    int characters = 13;
    std::string block = {};  // around the cell
  };

  static constexpr int vocabulary_size = 5;

  Example(const std::string& cell, const Options& options)
      : network(spec(cell, options),
                {nn::InputKind::characters, vocabulary_size, nn::Readout::softmax, vocabulary_size}) {
    network.initialise(Rng(7));
    network.prepare_all();
    for (int k = 0; k < options.characters; ++k) characters.push_back((k * k + k / 3) % vocabulary_size);
    if (!options.rules.empty()) natural = trace::trace_text<float>(network, characters, options.loss);
    for (const std::string& rule : options.rules) observation.rules.push_back(nn::parse_force_rule(rule));
    network.force(observation.rules);
    text = trace::trace_text<float>(network, characters, options.loss);
    observation.name = std::string(network.cell().title);
    observation.network = borrowed(network);
    observation.alphabet.inputs = {"a", " ", "\n", "é", "z"};
    observation.sequence = borrowed(text);
    if (!options.rules.empty()) observation.natural = borrowed(natural);
    for (int update = 1; update <= 20; ++update) {
      train::MetricsRow row{
          observation.name, static_cast<std::uint64_t>(update), 3.0 / update, {}, 2.0 / update, 0.5, 1e5};
      if (update % 10 == 0) row.held_out = row.loss + 0.25;
      observation.metrics.push_back(row);
    }
  }
  explicit Example(const std::string& cell) : Example(cell, Options{}) {}
  Example(const Example&) = delete;

  Figure draw(std::string_view view, const ViewOptions& options = {}) const {
    return find_view(view).make(std::span(&observation, 1), options);
  }

  nn::Network<float> network;
  std::vector<int> characters;
  trace::SequenceTrace<float> text, natural;
  Observation observation;

 private:
  static nn::ModelSpec spec(const std::string& cell, const Options& options) {
    nn::ModelSpec spec;
    spec.cell = cell;
    spec.hidden = options.hidden;
    spec.layers = options.layers;
    spec.bidirectional = options.bidirectional;
    spec.embedding = options.embedding;
    spec.heads = options.heads;
    if (!options.block.empty()) nn::find_block(options.block).set(spec);
    return spec;
  }
};

inline std::vector<std::string> cells() {
  std::vector<std::string> keys;
  for (const nn::CellInfo* cell : nn::all_cells()) keys.emplace_back(cell->key);
  return keys;
}

template <class T>
std::vector<T> marks_of(const Panel& panel) {
  std::vector<T> found;
  for (const Mark& mark : panel.marks)
    if (const auto* m = std::get_if<T>(&mark)) found.push_back(*m);
  return found;
}

}  // namespace gatescope::views
