#include "app/platform/items.h"

namespace gatescope::platform {

std::string said_of(const ui::Workbench& bench, const ui::Gui& gui, const Window& window,
                    std::uint64_t frames) {
  const session::Snapshot& now = bench.shown().now();
  const nlohmann::json all{{"frames", frames},
                           {"width", window.width()},
                           {"height", window.height()},
                           {"updates", now.updates},
                           {"training", now.training},
                           {"busy", now.busy},
                           {"title", now.experiment.title},
                           {"items", ui::to_json(gui.items())}};
  return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace gatescope::platform
