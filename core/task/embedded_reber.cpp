#include "core/task/embedded_reber.h"

#include <fmt/format.h>

namespace gatescope::task {

EmbeddedReber::EmbeddedReber(const Data& data, Index length, Index lag)
    : SingleSequences(data,
                      fmt::format("embedded Reber strings of up to {} symbols{}", reber_steps(length, lag),
                                  lag > kShortestReber ? fmt::format(", a lag of {} or more", lag) : ""),
                      reber_steps(length, lag), reber_vocabulary(), {"T", "P"}),
      lag_(lag) {
  check_reber(length, lag);
}

void EmbeddedReber::write(Rng& rng, Sequence<float>& sequence) const {
  for (int& symbol : sequence.tokens) symbol = reber_symbol('E');
  put_embedded(embedded_string(rng, lag_, std::ssize(sequence.tokens)), 0, sequence);
}

}  // namespace gatescope::task
