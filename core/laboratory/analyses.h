#pragma once

#include "core/laboratory/laboratory.h"

/// One function an analysis, one file a function; laboratory.cpp is their table.
namespace gatescope::laboratory {

/// Of a model that reads in both directions, which one this is of.
template <class S>
void say_direction(const Observation<S>& observation, const Options& options, Json& json) {
  if (observation.network->spec().bidirectional)
    json["direction"] = options.backward ? "backward" : "forward";
}

template <class S>
Json jacobian_json(const Observation<S>& observation, const Options& options);
template <class S>
Json reach_json(const Observation<S>& observation, const Options& options);
template <class S>
Json fan_json(const Observation<S>& observation, const Options& options);
template <class S>
Json lyapunov_json(const Observation<S>& observation, const Options& options);
template <class S>
Json gain_map_json(const Observation<S>& observation, const Options& options);
template <class S>
Json over_training_json(const Observation<S>& observation, const Options& options);
template <class S>
Json fixed_points_json(const Observation<S>& observation, const Options& options);
template <class S>
Json attention_json(const Observation<S>& observation, const Options& options);
template <class S>
Json survival_json(const Observation<S>& observation, const Options& options);
template <class S>
Json timescales_json(const Observation<S>& observation, const Options& options);
template <class S>
Json clock_json(const Observation<S>& observation, const Options& options);
template <class S>
Json matrix_json(const Observation<S>& observation, const Options& options);
template <class S>
Json parameters_json(const Observation<S>& observation, const Options& options);
template <class S>
Json conventions_json(const Observation<S>& observation, const Options& options);
template <class S>
Json highway_json(const Observation<S>& observation, const Options& options);

template <class S>
Json triangle_json(const Observation<S>& observation, const Options& options);
template <class S>
Json taught_json(const Observation<S>& observation, const Options& options);
template <class S>
Json saliency_json(const Observation<S>& observation, const Options& options);
template <class S>
Json interventions_json(const Observation<S>& observation, const Options& options);
template <class S>
Json diagnoses_json(const Observation<S>& observation, const Options& options);

}  // namespace gatescope::laboratory
