#pragma once

// Text fields over std::string. Debian's header leaves it to its reader to include imgui.h first.
// clang-format off
#include <imgui.h>
#include <imgui_stdlib.h>
// clang-format on
