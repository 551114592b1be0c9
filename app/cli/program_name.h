#pragma once

#include <string>

namespace gatescope::app {

/// "gatescope 0.1.0 (2224c67d)": the version, and the commit it was built from.
std::string program_name();

}  // namespace gatescope::app
