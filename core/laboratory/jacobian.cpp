#include "core/analysis/jacobian.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {

template <class S>
Json jacobian_json(const Observation<S>& observation, const Options& options) {
  const analysis::StateJacobians all = analysis::state_jacobians(observation, options.step);
  Json lags = Json::array();
  for (std::size_t lag = 0; lag < all.frobenius.size(); ++lag) lags.push_back(lag);
  return {{"schema", 1},
          {"step", all.step},
          {"state", all.state},
          {"lags", lags},
          {"frobenius", all.frobenius},
          {"largest", all.largest},
          {"singular_values", all.singular_values}};
}

template Json jacobian_json(const Observation<float>&, const Options&);
template Json jacobian_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
