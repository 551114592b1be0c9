#include "core/analysis/onward.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/nn/readout.h"

namespace gatescope::analysis {

std::string why_not_onward(const nn::ModelSpec& spec) {
  if (!spec.bidirectional) return {};
  return "it reads in both directions: what is changed at one step changes the states of earlier steps, too";
}

template <class S>
Onward<S>::Onward(const observe::Observation<S>& observation, Index entries,
                  std::span<const nn::ForceRule> rules)
    : observation_(observation), text_(observation.sequence.get()), entries_(entries) {
  if (!observation.network || !text_ || text_->trace.steps == 0)
    fail("nothing goes on: {} has read nothing", observation.name);
  const nn::Network<S>& network = *observation.network;
  const nn::ModelSpec& spec = network.spec();
  const nn::CellInfo& cell = network.cell();
  if (const std::string why = why_not_onward(spec); !why.empty())
    fail("{} cannot go on from the middle: {}", observation.name, why);
  std::vector<nn::ForceRule> all = observation.rules;
  all.insert(all.end(), rules.begin(), rules.end());
  for (int layer = 0; layer < spec.layers; ++layer) {
    const nn::Sizes& sizes = network.sizes()[layer];
    nn::LayerParameters at;
    for (std::size_t p = 0; p < cell.parameters.size(); ++p)
      at.push_back(network.table().find(nn::parameter_name(spec, static_cast<int>(p), layer, false))->offset);
    const bool one_hot =
        layer == 0 && network.interface().input == nn::InputKind::characters && spec.embedding == 0;
    OfLayer& of = layers_.emplace_back();
    of.layer = nn::make_layer<S>(cell, sizes, one_hot, at);
    for (int piece = 0; piece < of.layer->pieces(); ++piece)
      of.layer->prepare(piece, network.parameters().data());
    of.plan = nn::Plan<S>(all, layer, cell, sizes);
    of.tape = nn::LayerTape<S>(cell, sizes, false);
    of.tape.resize(1, entries, {!of.plan.empty(), of.plan.acts_before_activations()});
  }
  const bool made_of_several = cell.output != cell.hidden();
  for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k)
    if (made_of_several || cell.is_state(k) || k == cell.output) held_.push_back(k);
  outputs_.steps = 1;
  outputs_.batch = entries;
  outputs_.outputs.resize(network.interface().outputs, entries);
}

template <class S>
void Onward<S>::stand_before(int layer, Index t) {
  nn::LayerTape<S>& to = layers_[layer].tape;
  const nn::LayerTape<S>& from = tape(layer);
  for (const int k : held_) {
    if (t == 0 && !from.info().is_state(k)) continue;
    const auto& values = t == 0 ? from.previous_values(k) : from.values(k);
    to.values(k).colwise() = values.col(t == 0 ? 0 : t - 1);
  }
}

template <class S>
void Onward<S>::stand_before(Index t) {
  for (int layer = 0; layer < layers(); ++layer) stand_before(layer, t);
}

template <class S>
void Onward<S>::take(Index n, const Onward& from, Index other) {
  for (std::size_t layer = 0; layer < layers_.size(); ++layer)
    for (const int k : held_)
      layers_[layer].tape.values(k).col(n) = from.layers_[layer].tape.values(k).col(other);
}

template <class S>
MatrixView<S> Onward<S>::values(int layer, int channel) {
  return layers_[layer].tape.values(channel);
}

template <class S>
void Onward<S>::leave(int layer, Index t) {
  OfLayer& of = layers_[layer];
  of.tape.first_step = tape(layer).first_step + t;
  of.layer->leave(of.tape, &of.plan);
}

template <class S>
void Onward<S>::read(Index t) {
  if (!text_->tokens.empty()) {
    characters_.assign(static_cast<std::size_t>(entries_), text_->tokens[t]);
    return;
  }
  const Index width = observation_.network->interface().inputs;
  inputs_.resize(width, entries_);
  inputs_.colwise() = Eigen::Map<const Vector<S>>(text_->values.data() + t * width, width);
}

template <class S>
void Onward<S>::step(Index t, int from) {
  const nn::Network<S>& network = *observation_.network;
  for (int layer = from; layer < layers(); ++layer) {
    OfLayer& of = layers_[layer];
    const nn::CellInfo& cell = of.tape.info();
    of.tape.first_step = tape(layer).first_step + t;
    for (const nn::State& state : cell.states)
      std::copy_n(of.tape.value(state.channel, 0), of.tape.width(state.channel) * entries_,
                  of.tape.initial_value(state.channel));
    nn::LayerInput<S> input;
    if (layer > 0) {
      input.dense = layers_[layer - 1].tape.value(cell.output, 0);
    } else if (characters_.empty()) {
      input.dense = inputs_.data();
    } else if (network.spec().embedding > 0) {
      const nn::Parameter* at = network.table().find("embedding.weight");
      const ConstMatrixView<S> embedding(network.parameters().data() + at->offset, at->rows, at->cols);
      inputs_.resize(at->cols, entries_);
      for (Index n = 0; n < entries_; ++n) inputs_.col(n) = embedding.row(characters_[n]).transpose();
      input.dense = inputs_.data();
    } else {
      input.tokens = characters_.data();
    }
    of.layer->forward(of.tape, input, &of.plan);
  }
}

template <class S>
const Vector<S>& Onward<S>::losses(Index t) {
  const nn::Network<S>& network = *observation_.network;
  const nn::Interface& interface = network.interface();
  if (!text_->expects(t)) {
    outputs_.loss.setConstant(entries_, std::numeric_limits<S>::quiet_NaN());
    return outputs_.loss;
  }
  MatrixView<S>(outputs_.outputs.data(), interface.outputs, entries_) =
      network.told(layers_.back().tape.values(network.cell().output));
  const auto count = static_cast<std::size_t>(entries_);
  if (interface.readout == nn::Readout::softmax) {
    classes_.assign(count, text_->targets[t]);
  } else {
    expected_.clear();
    for (Index n = 0; n < entries_; ++n)
      expected_.insert(expected_.end(), text_->target_values.begin() + t * interface.outputs,
                       text_->target_values.begin() + (t + 1) * interface.outputs);
    scored_.assign(count, 1);
  }
  nn::score<S>(outputs_, interface.readout, {classes_.data(), expected_.data(), scored_.data()}, 1);
  return outputs_.loss;
}

template class Onward<float>;
template class Onward<double>;

}  // namespace gatescope::analysis
