#include "core/train/evaluation.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/nn/decode.h"
#include "core/train/carried_states.h"

namespace gatescope::train {
namespace {

std::string_view told(const nn::Interface& interface) {
  return interface.readout == nn::Readout::softmax ? "classes" : "values";
}
std::string_view read(const nn::Interface& interface) {
  return interface.input == nn::InputKind::characters ? "symbols" : "values";
}

/// At which of a batch's steps the likeliest class is the right one.
std::vector<char> right_ones(const nn::Trace<float>& trace, const task::Batch& batch) {
  std::vector<char> all(batch.classes.size());
  for (std::size_t at = 0; at < all.size(); ++at)
    all[at] = batch.classes[at] >= 0 && trace.likeliest(static_cast<Index>(at)) == batch.classes[at];
  return all;
}

/// What is asked of pairs alone, batch by batch.
class OfPairs {
 public:
  /// The batch was told right there (right_ones) with the truth; the trace reads it anew.
  void add(const nn::Network<float>& network, nn::Trace<float>& trace, const task::Batch& batch,
           const std::vector<char>& told) {
    const Index B = batch.size, T = batch.steps;
    const auto begins = std::ranges::find(batch.tokens, nn::kStart) - batch.tokens.begin();
    start_ = begins / B;
    symbols_ = batch.tokens;
    nn::tell_freely(network, trace, symbols_, T, B, start_);
    const std::vector<char> free = right_ones(trace, batch);
    for (std::vector<Index>* of : {&scored_, &right_, &first_errors_})
      of->resize(static_cast<std::size_t>(T - start_));
    for (Index b = 0; b < B; ++b) {
      bool exact = true, any = false;
      for (Index t = start_; t < T; ++t) {
        const auto at = static_cast<std::size_t>(t * B + b), place = static_cast<std::size_t>(t - start_);
        if (batch.classes[at] < 0) continue;
        any = true;
        ++scored_[place];
        right_[place] += free[at];
        if (!exact) {
          ++after_;
          after_right_ += free[at];
          after_told_ += told[at];
        } else if (!free[at]) {
          exact = false;
          ++first_errors_[place];
        }
      }
      if (!any) continue;
      Index length = 0;
      for (Index t = 0; t < start_; ++t)
        length += batch.tokens[static_cast<std::size_t>(t * B + b)] != nn::kFill;
      Evaluation::Length& of = lengths_[length];
      ++of.sequences;
      of.exact_match += exact;
    }
  }

  void give(Evaluation& to) const {
    FreeRunning& free = to.free_running.emplace();
    free.first_errors = first_errors_;
    Index scored = 0, right = 0, sequences = 0;
    for (std::size_t k = 0; k < scored_.size(); ++k) {
      scored += scored_[k];
      right += right_[k];
      free.accuracies.push_back(scored_[k] > 0 ? std::optional(share(right_[k], scored_[k])) : std::nullopt);
    }
    free.accuracy = share(right, scored);
    if (after_ > 0) {
      free.after_error = share(after_right_, after_);
      free.after_error_told = share(after_told_, after_);
    }
    for (const auto& [length, of] : lengths_) {
      const auto count = static_cast<double>(of.sequences);
      to.lengths.push_back({length, of.sequences, of.exact_match / count});
      free.exact_match += of.exact_match;
      sequences += of.sequences;
    }
    free.exact_match /= static_cast<double>(sequences);
    for (Evaluation::Position& position : to.positions) position.step -= start_;
  }

 private:
  static double share(Index of, Index all) { return static_cast<double>(of) / static_cast<double>(all); }
  Index start_ = 0, after_ = 0, after_right_ = 0, after_told_ = 0;
  std::vector<Index> scored_, right_, first_errors_;
  std::map<Index, Evaluation::Length> lengths_;
  std::vector<int> symbols_;
};

}  // namespace

void check_fits(const nn::Interface& ours, const task::Task& task) {
  const nn::Interface wanted = task.interface();
  if (ours == wanted) return;
  if (ours.pairs != wanted.pairs)
    fail("the model {} pairs of a source and a target, and the task {}", ours.pairs ? "reads" : "reads no",
         wanted.pairs ? "has them" : "has none");
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
  OfPairs of_pairs;
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
    const std::vector<char> is_right = right_ones(trace, batch);
    for (Index b = 0; b < batch.size; ++b) {
      Index of_sequence = 0, of_these_right = 0;
      for (Index t = 0; t < batch.steps; ++t) {
        const Index column = t * batch.size + b;
        const auto at = static_cast<std::size_t>(column);
        if (classes ? batch.classes[at] < 0 : batch.scored[at] == 0) continue;
        const auto step = static_cast<std::size_t>(t);
        ++of_sequence;
        ++scored[step];
        loss[step] += static_cast<double>(trace.loss[column]);
        if (!classes) continue;
        of_these_right += is_right[at];
        right[step] += is_right[at];
      }
      if (!single || of_sequence == 0) continue;
      ++all.sequences;
      exact += of_these_right == of_sequence;
    }
    if (wanted.pairs) of_pairs.add(network, trace, batch, is_right);
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
  if (wanted.pairs) of_pairs.give(all);
  all.loss /= static_cast<double>(all.scored);
  if (classes) {
    all.accuracy = static_cast<double>(all_right) / static_cast<double>(all.scored);
    if (all.sequences > 0) all.exact_match = static_cast<double>(exact) / static_cast<double>(all.sequences);
  }
  return all;
}

}  // namespace gatescope::train
