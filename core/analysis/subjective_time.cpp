#include "core/analysis/subjective_time.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/analysis/keeps.h"

namespace gatescope::analysis {
int step_channel(const nn::CellInfo& cell) {
  const int keep = cell.keep_gate();
  if (keep == nn::kNone || cell.channels[keep].one_a_unit()) return nn::kNone;
  for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k) {
    const nn::Channel& channel = cell.channels[k];
    if (channel.activation == nn::Activation::softplus && channel.one_a_unit()) return k;
  }
  return nn::kNone;
}

template <class S>
SubjectiveTime subjective_time(const GatedMemories<S>& memories, std::optional<Index> unit) {
  const nn::LayerTape<S>& tape = memories.tape();
  const Index steps = tape.steps(), units = tape.hidden();
  SubjectiveTime time{std::vector<double>(static_cast<std::size_t>(steps)),
                      std::vector<double>(static_cast<std::size_t>(steps))};
  const int step = step_channel(tape.info()), keep = tape.info().keep_gate();
  // One keep a unit is that of all its memories.
  const bool alike = step != nn::kNone || tape.info().channels[keep].one_a_unit();
  const Index rows = alike ? units : memories.rows();
  double count = 0;
  for (Index row = unit.value_or(0); row < rows; row += unit ? units : 1) {
    ++count;
    if (step != nn::kNone) {
      for (Index n = kFirstKeep; n < steps; ++n)
        time.passed[tape.step(n)] += static_cast<double>(tape.values(step)(row, tape.step(n)));
      continue;
    }
    const GatedMemory memory = memories.row(row);
    for (Index n = kFirstKeep; n < steps; ++n)
      time.passed[tape.step(n)] -= logarithm_of_keep(memory.keep[tape.step(n)]);
  }
  double sum = 0;
  for (Index n = 0; n < steps; ++n) {
    time.passed[tape.step(n)] /= count;
    time.elapsed[tape.step(n)] = sum += time.passed[tape.step(n)];
  }
  return time;
}

std::optional<Index> steps_of_half(const SubjectiveTime& time) {
  std::vector<double> forward;
  double all = 0;
  for (const double passed : time.passed)
    if (passed > 0 && std::isfinite(passed)) {
      forward.push_back(passed);
      all += passed;
    }
  if (forward.empty()) return std::nullopt;
  std::ranges::sort(forward, std::greater<>());
  double sum = 0;
  Index count = 0;
  while (sum < all / 2 && count < std::ssize(forward)) sum += forward[count++];
  return count;
}

template SubjectiveTime subjective_time(const GatedMemories<float>&, std::optional<Index>);
template SubjectiveTime subjective_time(const GatedMemories<double>&, std::optional<Index>);

}  // namespace gatescope::analysis
