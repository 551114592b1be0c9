#include "app/cli/program_name.h"

#include "version.h"  // another one with every commit, so that nothing else sees it

namespace gatescope::app {

std::string program_name() {
  return GATESCOPE_PROGRAM_NAME;
}

}  // namespace gatescope::app
