#include "core/analysis/watched.h"

namespace gatescope::analysis {

thread_local trace::Watch* Watched::now_ = nullptr;
thread_local Index Watched::alike_ = 1;

}  // namespace gatescope::analysis
