#include "core/analysis/memory_attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gatescope::analysis {
namespace {

std::size_t entry(Index n) {
  return static_cast<std::size_t>(n);
}

/// Σ_s |α_ts content_s|, and the same times |t - s|, at step t from that before it.
struct Remembered {
  double weight = 0, moment = 0;

  void step(const GatedMemory& memory, Index t) {
    const double keep = std::abs(memory.keep[entry(t)]);
    if (keep == 0) {
      weight = moment = 0;
    } else {
      moment = keep * (moment + weight);
      weight *= keep;
    }
    weight += std::abs(memory.write[entry(t)] * memory.content[entry(t)]);
  }
};

MemoryAges ages_of(std::vector<double> weights, const std::vector<double>& moments) {
  MemoryAges ages{std::move(weights), std::vector<double>(moments.size())};
  for (std::size_t t = 0; t < moments.size(); ++t)
    ages.age[t] =
        ages.weight[t] == 0 ? std::numeric_limits<double>::quiet_NaN() : moments[t] / ages.weight[t];
  return ages;
}

void add_ages(const GatedMemory& memory, std::vector<double>& weights, std::vector<double>& moments) {
  Remembered sum;
  for (Index n = 0; n < memory.steps(); ++n) {
    const Index t = memory.step(n);
    sum.step(memory, t);
    weights[entry(t)] += sum.weight;
    moments[entry(t)] += sum.moment;
  }
}

/// Calls row(t, weights) for each step t that reads, in the layer's order, with α_t of the steps first to
/// last.
template <class Row>
void each_row(const GatedMemory& memory, Index first, Index last, const Row& row) {
  Vector<double> alpha = Vector<double>::Zero(last - first + 1);
  for (Index n = 0; n <= last - first; ++n) {
    const Index t = memory.reverse ? last - n : first + n;
    alpha *= memory.keep[entry(t)];
    alpha[t - first] = memory.write[entry(t)];
    row(t, alpha);
  }
}

}  // namespace

MemoryAttention memory_attention(const GatedMemory& memory, Index first, Index last) {
  const auto part = [&](const std::vector<double>& all) {
    return std::vector<double>(all.begin() + first, all.begin() + last + 1);
  };
  const Index count = last - first + 1, begin = memory.reverse ? last : first;
  MemoryAttention all{.memory = part(memory.memory),
                      .content = part(memory.content),
                      .initial = std::vector<double>(entry(count)),
                      .alpha = gatescope::Matrix<double>(count, count)};
  double initial =
      memory.place(begin) == 0 ? memory.before : memory.memory[entry(memory.step(memory.place(begin) - 1))];
  each_row(memory, first, last, [&](Index t, const Vector<double>& alpha) {
    initial = memory.keep[entry(t)] * initial + memory.offset[entry(t)];
    all.initial[entry(t - first)] = initial;
    all.alpha.row(t - first) = alpha;
  });
  return all;
}

template <class S>
gatescope::Matrix<double> mean_attention(const GatedMemories<S>& memories, Index first, Index last) {
  const Index count = last - first + 1;
  gatescope::Matrix<double> rows = gatescope::Matrix<double>::Zero(count, count);  // a column a reader
  for (Index row = 0; row < memories.rows(); ++row)
    each_row(memories.row(row), first, last,
             [&](Index t, const Vector<double>& alpha) { rows.col(t - first) += alpha.cwiseAbs(); });
  return rows.transpose() / static_cast<double>(memories.rows());
}

MemoryAges memory_ages(const GatedMemory& memory) {
  std::vector<double> weights(entry(memory.steps())), moments(entry(memory.steps()));
  add_ages(memory, weights, moments);
  return ages_of(std::move(weights), moments);
}

template <class S>
MemoryAges memory_ages(const GatedMemories<S>& memories) {
  std::vector<double> weights(entry(memories.tape().steps())), moments(weights.size());
  for (Index row = 0; row < memories.rows(); ++row) add_ages(memories.row(row), weights, moments);
  return ages_of(std::move(weights), moments);
}

template gatescope::Matrix<double> mean_attention(const GatedMemories<float>&, Index, Index);
template gatescope::Matrix<double> mean_attention(const GatedMemories<double>&, Index, Index);
template MemoryAges memory_ages(const GatedMemories<float>&);
template MemoryAges memory_ages(const GatedMemories<double>&);

}  // namespace gatescope::analysis
