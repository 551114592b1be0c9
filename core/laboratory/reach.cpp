#include "core/analysis/reach.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {
namespace {

Json spread_json(const analysis::Spread& spread) {
  return {{"lower", spread.lower}, {"median", spread.median}, {"upper", spread.upper}};
}

}  // namespace

template <class S>
Json reach_json(const Observation<S>& observation, const Options&) {
  const analysis::Reach all = analysis::reach(observation);
  const analysis::Tail& tail = all.tail;
  return {{"schema", 1},
          {"positions", all.positions},
          {"lags", all.lags},
          {"state", spread_json(all.state)},
          {"loss_positions", all.loss_positions},
          {"loss", spread_json(all.loss)},
          {"tail",
           {{"window", {tail.from, tail.to}},
            {"ratio", tail.ratio},
            {"time_constant", tail.time_constant},
            {"censored", tail.censored},
            {"grown", tail.grown}}}};
}

template Json reach_json(const Observation<float>&, const Options&);
template Json reach_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
