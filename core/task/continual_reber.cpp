#include "core/task/continual_reber.h"

#include <fmt/format.h>

#include <limits>

namespace gatescope::task {

ContinualReber::ContinualReber(const Data& data, Index length, Index lag)
    : SingleSequences(data,
                      fmt::format("continual embedded Reber strings in {} steps{}", reber_steps(length, lag),
                                  lag > kShortestReber ? fmt::format(", a lag of {} or more", lag) : ""),
                      reber_steps(length, lag), reber_vocabulary(), {"T", "P"}),
      lag_(lag) {
  check_reber(length, lag);
}

void ContinualReber::write(Rng& rng, Sequence<float>& sequence) const {
  // The first one fits, so that every sequence asks for something.
  Index most = std::ssize(sequence.tokens);
  for (std::size_t first = 0; first < sequence.tokens.size();) {
    const std::string all = embedded_string(rng, lag_, most);
    put_embedded(all, first, sequence);
    first += all.size();
    most = std::numeric_limits<Index>::max();
  }
}

}  // namespace gatescope::task
