#include "core/analysis/watched.h"

namespace gatescope::analysis {

thread_local trace::Watch* Watched::now_ = nullptr;

}  // namespace gatescope::analysis
