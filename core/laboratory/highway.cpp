#include "core/analysis/highway.h"

#include <limits>

#include "core/error.h"
#include "core/laboratory/analyses.h"
#include "core/observe/observe.h"

namespace gatescope::laboratory {
namespace {

/// The step of whose loss the gradients are: the chosen one, else the last at which something was expected in
/// the layer's own direction.
template <class S>
Index loss_of(const Observation<S>& observation, const Options& options) {
  Index step = options.step.value_or(observation.steps() - 1);
  if (options.step && !observation.sequence->expects(step))
    fail("nothing is expected at step {}, and without a loss there is no gradient", step);
  if (!options.step && options.backward) {
    step = 0;
    while (step + 1 < observation.steps() && !observation.sequence->expects(step)) ++step;
  }
  while (step > 0 && !observation.sequence->expects(step)) --step;
  return step;
}

Json steps_in_json(const gatescope::Matrix<double>& columns) {
  Json all = Json::array();
  for (Index t = 0; t < columns.cols(); ++t) {
    Json one = Json::array();
    for (Index row = 0; row < columns.rows(); ++row) one.push_back(columns(row, t));
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

template <class S>
Json highway_json(const Observation<S>& observation, const Options& options) {
  using WayKind = analysis::HighwayWay::Kind;
  const Index loss = loss_of(observation, options);
  const trace::SequenceTrace<S> text = observe::with_loss_at(observation, loss);
  const nn::LayerTape<S>& tape = *observation.tape(
      text, observe::tape_name(observation.network->spec(), options.layer, options.backward));
  const nn::CellInfo& cell = tape.info();
  const std::span<const nn::ForceRule> rules = observation.rules;
  const analysis::Highway all = analysis::highway(*observation.network, tape, rules, options.layer);
  const analysis::Carousel carousel = analysis::carousel(*observation.network, tape, rules, options.layer,
                                                         loss, std::numeric_limits<Index>::max());
  const auto symbol = [&](int k) { return std::string(cell.channels[k].symbol); };
  Json ways = Json::array(), parts = Json::object(), shares = Json::object();
  for (const analysis::HighwayWay& way : all.ways) {
    const std::string name = way.kind == WayKind::keep     ? "keep"
                             : way.kind == WayKind::output ? "output"
                                                           : "through " + symbol(way.channel);
    ways.push_back(name);
    parts[name] = steps_in_json(way.part);
    shares[name] = way.share;
  }
  Json lags = Json::array();
  for (std::size_t lag = 0; lag < carousel.keep.size(); ++lag) lags.push_back(lag);
  Json json{{"schema", 1}};
  say_direction(observation, options, json);
  json.update({{"step", loss},
               {"memory", symbol(cell.memory())},
               {"ways", ways},
               {"total", steps_in_json(all.total)},
               {"parts", parts},
               {"share", shares},
               {"lags", lags},
               {"keep_product", carousel.keep},
               {"jacobian", carousel.whole}});
  return json;
}

template Json highway_json(const Observation<float>&, const Options&);
template Json highway_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
