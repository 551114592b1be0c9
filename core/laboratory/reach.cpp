#include "core/analysis/reach.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {
namespace {

Json spread_json(const analysis::Spread& spread) {
  return {{"lower", spread.lower}, {"median", spread.median}, {"upper", spread.upper}};
}

Json tail_json(const analysis::Tail& tail) {
  return {{"window", {tail.from, tail.to}},
          {"ratio", tail.ratio},
          {"time_constant", tail.time_constant},
          {"censored", tail.censored},
          {"grown", tail.grown}};
}

}  // namespace

template <class S>
Json reach_json(const Observation<S>& observation, const Options&) {
  const analysis::Reach all = analysis::reach(observation);
  Json states = Json::array(), losses = Json::array(), sequences = Json::array();
  for (const analysis::Reach::Positions& each : all.sequences) {
    for (const Index t : each.states) states.push_back(t);
    for (const Index t : each.losses) losses.push_back(t);
    sequences.push_back({{"steps", each.steps}, {"positions", each.states}, {"loss_positions", each.losses}});
  }
  Json json{{"schema", 1},
            {"held_out", all.held_out ? all.sequences.size() : 0},
            {"positions", states},
            {"lags", all.lags},
            {"state", spread_json(all.state)},
            {"loss_positions", losses},
            {"loss", spread_json(all.loss)},
            {"tail", tail_json(all.tail)}};
  if (all.held_out) json["sequences"] = sequences;
  if (observation.natural) {
    const analysis::Reach natural = analysis::reach(observation, true);
    json["natural"] = {{"state", spread_json(natural.state)},
                       {"loss", spread_json(natural.loss)},
                       {"tail", tail_json(natural.tail)}};
  }
  return json;
}

template Json reach_json(const Observation<float>&, const Options&);
template Json reach_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
