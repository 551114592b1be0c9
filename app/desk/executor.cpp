#include "app/desk/executor.h"

#include "app/desk/threaded_executor.h"

namespace gatescope::ui {

std::unique_ptr<Executor> usual_executor() {
  return std::make_unique<ThreadedExecutor>();
}

}  // namespace gatescope::ui
