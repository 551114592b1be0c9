#pragma once

#include <cstdint>
#include <string>

#include "app/desk/workbench.h"
#include "app/kit/gui.h"
#include "app/platform/window.h"

namespace gatescope::platform {

/// What is on the window, as JSON for a program that drives it from outside: where each control is, and what
/// it shows. `frames` were drawn so far.
std::string said_of(const ui::Workbench& bench, const ui::Gui& gui, const Window& window,
                    std::uint64_t frames);

}  // namespace gatescope::platform
