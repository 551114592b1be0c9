#include "core/analysis/fan.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {

template <class S>
Json fan_json(const Observation<S>& observation, const Options& options) {
  const analysis::Fan all = analysis::fan(observation, options.step);
  return {{"schema", 1},        {"step", all.step},
          {"lags", all.lags},   {"products", all.products},
          {"steps", all.steps}, {"gates_only", all.gates_only}};
}

template Json fan_json(const Observation<float>&, const Options&);
template Json fan_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
