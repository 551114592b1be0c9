// For a host with one thread.
#include "app/desk/executor.h"
#include "app/desk/frame_executor.h"

namespace gatescope::ui {

std::unique_ptr<Executor> usual_executor() {
  return std::make_unique<FrameExecutor>();
}

}  // namespace gatescope::ui
