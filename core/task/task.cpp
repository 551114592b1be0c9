#include "core/task/task.h"

#include <algorithm>

namespace gatescope::task {

Index Batch::scored_steps() const {
  if (!scored.empty()) return std::ranges::count_if(scored, [](char s) { return s != 0; });
  return std::ranges::count_if(classes, [](int c) { return c >= 0; });
}

}  // namespace gatescope::task
