#include "core/analysis/lyapunov.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {

template <class S>
Json lyapunov_json(const Observation<S>& observation, const Options&) {
  const analysis::Lyapunov all = analysis::lyapunov(observation);
  return {{"schema", 1},
          {"transient", all.transient},
          {"steps", all.steps},
          {"exponents", all.exponents},
          {"running", all.running},
          {"gates_only", all.gates_only}};
}

template Json lyapunov_json(const Observation<float>&, const Options&);
template Json lyapunov_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
