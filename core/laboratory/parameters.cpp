#include "core/analysis/parameter_rows.h"
#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {

template <class S>
Json parameters_json(const Observation<S>& observation, const Options& options) {
  const nn::CellInfo& cell = observation.network->cell(options.layer);
  const auto start = observe::network_at_start(observation.past.get());
  const auto all =
      analysis::parameter_rows(*observation.network, options.layer, options.backward, start.get());
  Json rows = Json::array();
  Index count = 0;
  for (const analysis::ParameterRow& row : all) {
    count += row.count;
    const bool of_channel = row.channel != nn::kNone;
    rows.push_back(
        {{"of", of_channel ? cell.channels[row.channel].symbol : cell.parameters[row.parameter].name},
         {"name", of_channel ? cell.channels[row.channel].name : cell.parameters[row.parameter].name},
         {"count", row.count},
         {"times_rnn", row.times_rnn},
         {"input_norm", row.input_norm},
         {"recurrent_norm", row.recurrent_norm},
         {"mean_bias", row.mean_bias},
         {"time_constant", row.time_constant},
         {"drift", row.drift}});
  }
  Json json{{"schema", 1}};
  say_direction(observation, options, json);
  json["count"] = count;
  json["rows"] = std::move(rows);
  return json;
}

template Json parameters_json(const Observation<float>&, const Options&);
template Json parameters_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
