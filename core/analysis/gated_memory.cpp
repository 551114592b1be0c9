#include "core/analysis/gated_memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace gatescope::analysis {
namespace {

int write_gate(const nn::CellInfo& cell) {
  const auto found = std::ranges::find_if(
      cell.channels, [](const nn::Channel& channel) { return channel.writes != nn::Share::none; });
  return found == cell.channels.end() ? nn::kNone : static_cast<int>(found - cell.channels.begin());
}

const nn::CellInfo& with_gated_memory(const nn::CellInfo& cell) {
  if (const std::string why = why_no_gated_memory(cell); !why.empty()) fail("{}", why);
  return cell;
}

double let_through(nn::Share share, double gate) {
  return share == nn::Share::rest ? 1 - gate : gate;
}

}  // namespace

std::string why_no_gated_memory(const nn::CellInfo& cell) {
  if (cell.keep_gate() != nn::kNone && write_gate(cell) != nn::kNone &&
      cell.first(nn::Role::candidate) != nn::kNone)
    return {};
  if (cell.has_cell_state() && cell.first(nn::Role::candidate) != nn::kNone)
    return fmt::format("the cell {} has no gate that keeps its memory: all that was written stays", cell.key);
  return fmt::format(
      "the cell {} has no gate that keeps its memory: every step makes the whole {} anew, so that nothing of "
      "it can be told to be from an earlier step",
      cell.key, cell.channels[cell.memory()].name);
}

template <class S>
GatedMemories<S>::GatedMemories(const nn::LayerTape<S>& tape, std::span<const nn::ForceRule> rules, int layer)
    : tape_(tape),
      memory_(with_gated_memory(tape.info()).memory()),
      keep_(tape.info().keep_gate()),
      write_(write_gate(tape.info())),
      content_(tape.info().first(nn::Role::candidate)),
      rules_(rules, layer, tape, memory_) {}

template <class S>
GatedMemory GatedMemories<S>::row(Index row) const {
  const nn::CellInfo& cell = tape_.info();
  const auto row_of = [&](int k) { return nn::place_with(cell.channels[k].extent, tape_.sizes(), row); };
  const auto share = [&](int k, Index t) { return static_cast<double>(tape_.values(k)(row_of(k), t)); };
  const auto steps = static_cast<std::size_t>(tape_.steps());
  GatedMemory all{.reverse = tape_.reverse()};
  for (auto* numbers : {&all.memory, &all.keep, &all.write, &all.content, &all.offset})
    numbers->resize(steps);
  const nn::Share keeps = cell.channels[keep_].keeps;
  const nn::Share writes = cell.channels[write_].writes;
  all.before = static_cast<double>(tape_.previous_values(memory_)(row, all.step(0)));
  for (Index t = 0; t < tape_.steps(); ++t) {
    const auto at = static_cast<std::size_t>(t);
    const auto rule = rules_.at(t, row);
    const auto scale = static_cast<double>(rule.scale);
    all.memory[at] = share(memory_, t);
    all.keep[at] = scale * let_through(keeps, share(keep_, t));
    all.write[at] = scale * let_through(writes, share(write_, t));
    all.content[at] = share(content_, t);
    all.offset[at] = static_cast<double>(rule.shift);
  }
  return all;
}

template class GatedMemories<float>;
template class GatedMemories<double>;

}  // namespace gatescope::analysis
