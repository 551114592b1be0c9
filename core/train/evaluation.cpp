#include "core/train/evaluation.h"

#include <algorithm>

#include "core/error.h"
#include "core/train/carried_states.h"

namespace gatescope::train {
namespace {

std::string_view told(const nn::Interface& interface) {
  return interface.readout == nn::Readout::softmax ? "classes" : "values";
}
std::string_view read(const nn::Interface& interface) {
  return interface.input == nn::InputKind::characters ? "symbols" : "values";
}

}  // namespace

void check_fits(const nn::Interface& ours, const task::Task& task) {
  const nn::Interface wanted = task.interface();
  if (ours == wanted) return;
  fail("the model reads {} {} and tells {} {}, the task has {} {} and {} {}", ours.inputs, read(ours),
       ours.outputs, told(ours), wanted.inputs, read(wanted), wanted.outputs, told(wanted));
}

std::optional<Evaluation> evaluate(const nn::Network<float>& network, const task::Task& task,
                                   const std::function<bool(Index, Index)>& goes_on) {
  check_fits(network.interface(), task);
  const nn::Interface wanted = task.interface();
  const bool classes = wanted.readout == nn::Readout::softmax;
  Evaluation all;
  std::vector<Index> scored, right;  // at each step
  std::vector<double> loss;
  Index exact = 0;
  Buffer<float> ended;  // states of the batch before
  task::Batch batch;
  nn::Trace<float> trace;
  trace.lean = true;
  for (Index number = 0; number < task.held_out_batches(); ++number) {
    if (goes_on && !goes_on(number, task.held_out_batches())) return std::nullopt;
    task.held_out_batch(number, batch);
    const bool single = !batch.continues && !task.outcome().of_input;
    network.resize(trace, batch.steps, batch.size);
    if (batch.continues && number > 0)
      begin_with(ended, trace);
    else
      network.clear_states(trace);
    network.forward(trace, {batch.tokens.empty() ? nullptr : batch.tokens.data(),
                            batch.values.empty() ? nullptr : batch.values.data()});
    keep_states(network, trace, ended);
    nn::score<float>(trace, wanted.readout,
                     {batch.classes.data(), batch.target_values.data(), batch.scored.data()}, 1);
    scored.resize(std::max(scored.size(), static_cast<std::size_t>(batch.steps)));
    right.resize(scored.size());
    loss.resize(scored.size());
    for (Index b = 0; b < batch.size; ++b) {
      Index of_sequence = 0, right_ones = 0;
      for (Index t = 0; t < batch.steps; ++t) {
        const Index column = t * batch.size + b;
        const auto at = static_cast<std::size_t>(column);
        if (classes ? batch.classes[at] < 0 : batch.scored[at] == 0) continue;
        const auto step = static_cast<std::size_t>(t);
        ++of_sequence;
        ++scored[step];
        loss[step] += static_cast<double>(trace.loss[column]);
        if (!classes) continue;
        Index likeliest = 0;
        trace.outputs.col(column).maxCoeff(&likeliest);
        const bool is_right = likeliest == batch.classes[at];
        right_ones += is_right;
        right[step] += is_right;
      }
      if (!single || of_sequence == 0) continue;
      ++all.sequences;
      exact += right_ones == of_sequence;
    }
  }
  Index all_right = 0;
  for (std::size_t step = 0; step < scored.size(); ++step) {
    if (scored[step] == 0) continue;
    const auto count = static_cast<double>(scored[step]);
    all.scored += scored[step];
    all.loss += loss[step];
    all_right += right[step];
    if (all.sequences == 0) continue;
    Evaluation::Position& position = all.positions.emplace_back(
        Evaluation::Position{static_cast<Index>(step), scored[step], loss[step] / count, {}});
    if (classes) position.accuracy = static_cast<double>(right[step]) / count;
  }
  if (all.scored == 0) fail("the task has nothing held out");
  all.loss /= static_cast<double>(all.scored);
  if (classes) {
    all.accuracy = static_cast<double>(all_right) / static_cast<double>(all.scored);
    if (all.sequences > 0) all.exact_match = static_cast<double>(exact) / static_cast<double>(all.sequences);
  }
  return all;
}

}  // namespace gatescope::train
