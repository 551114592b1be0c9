#include "core/analysis/state_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/analysis/watched.h"
#include "core/error.h"

namespace gatescope::analysis {

std::vector<std::string> JointState::names() const {
  std::vector<std::string> names;
  for (const Part& part : parts) names.push_back(part.name);
  return names;
}

std::string why_no_joint_state(const nn::ModelSpec& spec) {
  if (!spec.bidirectional) return {};
  return "it reads in both directions: its two states go opposite ways, so that no joint state follows from "
         "the one before it";
}

template <class S>
StateSteps<S>::StateSteps(const observe::Observation<S>& observation, bool natural)
    : observation_(observation), text_([&]() -> const trace::SequenceTrace<S>& {
        const auto& text = natural && observation.natural ? observation.natural : observation.sequence;
        if (!observation.network || !text || text->trace.steps == 0)
          fail("there is no state: {} has read nothing", observation.name);
        return *text;
      }()) {
  const nn::Network<S>& network = *observation.network;
  const nn::ModelSpec& spec = network.spec();
  const nn::CellInfo& cell = network.cell();
  if (const std::string why = why_no_joint_state(spec); !why.empty())
    fail("{} has no joint state: {}", observation.name, why);
  const bool ruled = !natural || !observation.natural;
  for (int layer = 0; layer < spec.layers; ++layer) {
    const nn::Sizes& sizes = network.sizes()[layer];
    OfLayer& of = layers_.emplace_back();
    nn::LayerParameters at;
    for (std::size_t p = 0; p < cell.parameters.size(); ++p)
      at.push_back(network.table().find(nn::parameter_name(spec, static_cast<int>(p), layer, false))->offset);
    const bool one_hot =
        layer == 0 && network.interface().input == nn::InputKind::characters && spec.embedding == 0;
    of.layer = nn::make_stepped_layer<S>(cell, sizes, one_hot, at);
    for (int piece = 0; piece < of.layer->pieces(); ++piece)
      of.layer->prepare(piece, network.parameters().data());
    if (ruled) of.plan = nn::Plan<S>(observation.rules, layer, cell, sizes);
    of.one = of.many = nn::LayerTape<S>(cell, sizes, false);
    for (const nn::State& state : cell.states) {
      const std::string symbol(cell.channels[state.channel].symbol);
      const Index width = of.one.width(state.channel);
      state_.parts.push_back({spec.layers > 1 ? fmt::format("{}.{}", layer, symbol) : symbol, layer,
                              state.channel, state_.size, width});
      state_.size += width;
    }
  }
  scratch_.assign(static_cast<std::size_t>(network.table().size()), S(0));
}

template <class S>
Vector<S> StateSteps<S>::value(Index t) const {
  Vector<S> s(state_.size);
  for (const JointState::Part& part : state_.parts)
    s.segment(part.first, part.width) = tape(part.layer).values(part.channel).col(t);
  return s;
}

/// Every value that the layer needs on its way back through step t: as they stand in the tape. With another
/// state before, or where rules act before activations, the layer reads the step once more, alone, to the
/// same bits; what comes from below is of that state, too.
template <class S>
void StateSteps<S>::read(int layer, Index t, const Vector<S>* before) {
  OfLayer& of = layers_[layer];
  const nn::CellInfo& cell = of.one.info();
  of.one.resize(1, 1, {!of.plan.empty(), of.plan.acts_before_activations()});
  of.one.first_step = tape(layer).first_step + t;
  if (!before && !of.plan.acts_before_activations()) {
    for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k) {
      of.one.values(k) = tape(layer).values(k).col(t);
      if (cell.is_state(k))
        std::copy_n(tape(layer).previous_values(k).col(t).data(), of.one.width(k), of.one.initial_value(k));
      if (of.one.forced())
        std::copy_n(tape(layer).raw_values(k).col(t).data(), of.one.width(k), of.one.raw(k, 0));
    }
    return;
  }
  for (const JointState::Part& part : state_.parts) {
    if (part.layer != layer) continue;
    const S* from = before ? before->data() + part.first
                           : tape(layer).previous_values(part.channel).data() + t * part.width;
    std::copy_n(from, part.width, of.one.initial_value(part.channel));
  }
  nn::LayerInput<S> input;
  const auto& own = text_.trace.inputs[layer];
  if (before && layer > 0)
    input.dense = layers_[layer - 1].one.value(cell.output, 0);
  else if (!own.empty())
    input.dense = own.data() + t * of.one.sizes().inputs;
  else if (layer > 0)
    input.dense = tape(layer - 1).values(cell.output).col(t).data();
  else if (text_.input().tokens)
    input.tokens = text_.input().tokens + t;
  else
    input.dense = text_.input().dense + t * of.one.sizes().inputs;
  of.layer->forward(of.one, input, &of.plan);
}

/// The step that was read, in every column.
template <class S>
void StateSteps<S>::spread(OfLayer& of, Index columns) const {
  of.many.resize(1, columns, {!of.plan.empty(), of.plan.acts_before_activations()});
  of.many.first_step = of.one.first_step;
  const nn::StepSequence<S> from = of.one.step_sequence(), to = of.many.step_sequence();
  const auto repeat = [&](const S* one, S* many) {
    for (int k = 0; k < static_cast<int>(of.one.info().channels.size()); ++k) {
      const Index width = of.one.width(k);
      // The step before, of what is carried over, and this one.
      for (Index block = of.one.info().is_state(k) ? 0 : 1; block < 2; ++block) {
        const S* source = one + from.of_values.starts[k] + block * width;
        S* target = many + to.of_values.starts[k] + block * width * columns;
        for (Index column = 0; column < columns; ++column, target += width)
          std::memcpy(target, source, sizeof(S) * static_cast<std::size_t>(width));
      }
    }
  };
  repeat(from.values, to.values);
  if (from.raw != from.values) repeat(from.raw, to.raw);
  if (from.activated != from.raw) repeat(from.activated, to.activated);
}

template <class S>
void StateSteps<S>::back(Index t, Matrix<S>& gradients, const Matrix<S>* outputs, Matrix<S>* now) {
  Watched::pass();
  if (at_ != t) {
    for (int layer = 0; layer < static_cast<int>(layers_.size()); ++layer) read(layer, t);
    columns_ = -1;
  }
  at_ = t;
  if (now) now->resize(state_.size, gradients.cols());
  for (Index first = 0; first < gradients.cols(); first += kColumnsTogether)
    back_some(first, std::min(kColumnsTogether, gradients.cols() - first), gradients, outputs, now);
}

template <class S>
void StateSteps<S>::back_some(Index first, Index columns, Matrix<S>& gradients, const Matrix<S>* outputs,
                              Matrix<S>* now) {
  const auto count = static_cast<int>(layers_.size());
  if (columns_ != columns)
    for (OfLayer& of : layers_) spread(of, columns);
  columns_ = columns;
  const auto part_of = [&](Matrix<S>& all, const JointState::Part& part) {
    return all.block(part.first, first, part.width, columns);
  };
  for (int layer = count - 1; layer >= 0; --layer) {
    OfLayer& of = layers_[layer];
    const int output = of.many.info().output;
    MatrixView<S> out = of.many.gradients(output);
    if (!of.many.info().is_state(output)) out.setZero();
    for (const JointState::Part& part : state_.parts)
      if (part.layer == layer) of.many.gradients(part.channel) = part_of(gradients, part);
    if (layer + 1 < count) out += below_;
    if (layer + 1 == count && outputs) out += outputs->middleCols(first, columns);
    const bool hands_down = layer > 0;
    if (hands_down) below_.resize(of.many.sizes().inputs, columns);
    of.layer->step_back(of.many, &of.plan, 0, scratch_.data(), hands_down ? below_.data() : nullptr);
    for (const JointState::Part& part : state_.parts) {
      if (part.layer != layer) continue;
      part_of(gradients, part) = MatrixView<S>(of.many.initial_gradient(part.channel), part.width, columns);
      if (now) part_of(*now, part) = of.many.gradients(part.channel);
    }
  }
}

template <class S>
Eigen::MatrixXd StateSteps<S>::jacobian(Index t) {
  Matrix<S> gradients = Matrix<S>::Identity(state_.size, state_.size);
  back(t, gradients);
  return gradients.transpose().template cast<double>();
}

template <class S>
Vector<S> StateSteps<S>::stand(Index t, const Vector<S>& before) {
  for (int layer = 0; layer < static_cast<int>(layers_.size()); ++layer) read(layer, t, &before);
  at_ = t, columns_ = -1;
  Vector<S> after(state_.size);
  for (const JointState::Part& part : state_.parts)
    after.segment(part.first, part.width) = layers_[part.layer].one.values(part.channel).col(0);
  return after;
}

template class StateSteps<float>;
template class StateSteps<double>;

}  // namespace gatescope::analysis
