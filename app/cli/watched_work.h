#pragma once

#include <chrono>
#include <future>
#include <string>

#include "app/cli/progress.h"
#include "app/platform/interrupt.h"
#include "core/analysis/watched.h"
#include "core/error.h"

namespace gatescope::app {

/// Does work that passes a watch (analysis/watched.h) and shows how far it is, where that can be told; Ctrl-C
/// stops it. `what` stands beside the bar. Throws what the work throws, and Error that names the file that
/// was not written where it was stopped.
template <class Work>
auto with_progress(const std::string& what, const std::string& out, Work work) {
  constexpr std::chrono::milliseconds kBetweenLooks{50};
  const Interrupt interrupt;
  Progress progress;
  trace::Watch watch;
  auto result = std::async(std::launch::async, [&] {
    const analysis::Watched watched(watch);
    return work();
  });
  while (result.wait_for(kBetweenLooks) != std::future_status::ready) {
    if (interrupt.asked()) watch.stop();
    if (watch.progress() > 0) progress.show(watch.progress(), what);
  }
  progress.clear();
  if (interrupt.asked()) fail("stopped; '{}' was not written", out);
  return result.get();
}

}  // namespace gatescope::app
