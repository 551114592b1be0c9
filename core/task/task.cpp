#include "core/task/task.h"

#include <algorithm>

namespace gatescope::task {

Index Batch::scored_steps() const {
  if (!scored.empty()) return std::ranges::count_if(scored, [](char s) { return s != 0; });
  return std::ranges::count_if(classes, [](int c) { return c >= 0; });
}

std::uint64_t held_out_sequences(const Task& task) {
  if (task.held_out_batches() < 1) return 0;
  if (const auto count = task.held_out_count()) return static_cast<std::uint64_t>(*count);
  Batch batch;
  task.held_out_batch(0, batch);
  return static_cast<std::uint64_t>(task.held_out_batches() * batch.size);
}

Sequence<float> held_out_sequence(const Task& task, std::uint64_t number) {
  Batch batch;
  const auto batches = static_cast<std::uint64_t>(std::max<Index>(1, task.held_out_batches()));
  if (const auto count = task.held_out_count()) number %= static_cast<std::uint64_t>(*count);
  task.held_out_batch(static_cast<Index>(number % batches), batch);
  const auto entry = static_cast<Index>((number / batches) % static_cast<std::uint64_t>(batch.size));
  const auto take = [&](const auto& from, auto& to) {
    const std::size_t height = from.size() / static_cast<std::size_t>(batch.steps * batch.size);
    for (Index t = 0; t < batch.steps; ++t) {
      const std::size_t place = static_cast<std::size_t>(t * batch.size + entry) * height;
      to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(place),
                from.begin() + static_cast<std::ptrdiff_t>(place + height));
    }
  };
  Sequence<float> sequence;
  take(batch.tokens, sequence.tokens);
  take(batch.classes, sequence.targets);
  take(batch.values, sequence.values);
  take(batch.target_values, sequence.target_values);
  take(batch.scored, sequence.expected);
  if (task.is_padded()) take_padding_away(sequence);
  if (const auto filling = task.filling()) {
    const auto begin = std::ranges::find_if(sequence.tokens, [&](int c) { return c != *filling; });
    const auto before = begin - sequence.tokens.begin();
    sequence.tokens.erase(sequence.tokens.begin(), begin);
    sequence.targets.erase(sequence.targets.begin(), sequence.targets.begin() + before);
  }
  return sequence;
}

void take_padding_away(Sequence<float>& sequence) {
  const auto steps = static_cast<Index>(std::max(sequence.targets.size(), sequence.expected.size()));
  Index end = steps;
  while (end > 0 && !sequence.expects(end - 1)) --end;
  const auto cut = [&](auto& values) {
    if (steps > 0)
      values.resize(values.size() / static_cast<std::size_t>(steps) * static_cast<std::size_t>(end));
  };
  cut(sequence.tokens);
  cut(sequence.values);
  cut(sequence.target_values);
  cut(sequence.targets);
  cut(sequence.expected);
}

}  // namespace gatescope::task
