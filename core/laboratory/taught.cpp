#include "core/analysis/taught.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {

template <class S>
Json taught_json(const Observation<S>& observation, const Options& options) {
  const auto truncation = options.truncation > 0 ? std::optional(options.truncation) : std::nullopt;
  const analysis::Taught all = analysis::taught(observation, options.layer, options.backward, truncation);
  const nn::CellInfo& cell = observation.network->cell();
  Json terms = Json::array();
  for (const analysis::TaughtTerm& term : all.terms) {
    const nn::Product& product = cell.products[term.product];
    Json& one = terms.emplace_back();
    one = {{"channel", cell.channels[term.channel].symbol},
           {"weights", term.recurrent ? "recurrent" : "input"},
           {"parameter",
            nn::parameter_name(observation.network->spec(), product.parameter, all.layer, options.backward)},
           {"block", product.block},
           {"norm", term.norms},
           {"total", term.total}};
    if (!truncation) continue;
    one["truncated"] = term.truncated;
    one["truncated_total"] = term.truncated_total;
    one["cosine"] = term.direction;
  }
  Json json{{"schema", 1}, {"layer", all.layer}};
  say_direction(observation, options, json);
  json["total"] = all.total;
  if (truncation) {
    json["truncation"] = *truncation;
    json["borders"] = all.borders;
    json["truncated_total"] = all.truncated_total;
    json["cosine"] = all.direction;
  }
  json["terms"] = std::move(terms);
  return json;
}

template Json taught_json(const Observation<float>&, const Options&);
template Json taught_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
