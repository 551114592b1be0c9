// What a request may ask of its models. All errors say what there is instead.

#include <fmt/ranges.h>

#include <algorithm>

#include "core/analysis/unit_order.h"
#include "core/error.h"
#include "core/figure/material.h"
#include "core/in_quotes.h"
#include "core/utf8.h"

namespace gatescope::figure {
namespace {

std::string symbols(const nn::CellInfo& cell) {
  std::string list;
  for (const nn::Channel& channel : cell.channels)
    list += (list.empty() ? "" : ", ") + std::string(channel.symbol);
  return list;
}

void check_rules(const FigureRequest& request, const Material& material) {
  for (const nn::ForceRule& rule : request.rules) {
    bool fits_one = false;
    for (const Observation& observation : material.observations)
      fits_one = fits_one || nn::concerns(rule, observation.network->spec());
    for (const Observation& observation : material.observations) {
      const nn::ModelSpec& model = observation.network->spec();
      if (fits_one && !nn::concerns(rule, model)) continue;  // it concerns another model
      nn::check_rule(rule, model, observation.network->sizes());
    }
  }
}

void check_model(const ViewOptions& options, const Observation& observation) {
  const nn::ModelSpec& spec = observation.network->spec();
  if (options.layer >= spec.all_layers()) {
    fail("layer {} does not exist: {} has {}", options.layer, observation.name,
         spec.all_layers() == 1 ? "only layer 0" : fmt::format("layers 0 to {}", spec.all_layers() - 1));
  }
  if (options.backward_direction && !observation.network->has_backward(options.layer))
    fail("{} reads the text in one direction only, there is no backward one", observation.name);
  const auto check_unit = [&](int unit) {
    if (unit >= spec.hidden)
      fail("unit {} does not exist: {} has units 0 to {}", unit, observation.name, spec.hidden - 1);
  };
  for (const int unit : options.units) check_unit(unit);
  if (options.unit) check_unit(*options.unit);
  const std::string why =
      analysis::why_not_ordered(observation.network->cell(options.layer), spec, options.layer, options.sort);
  if (!why.empty()) fail("{}", why);
}

/// A sequence needs models that read it and tell what it expects, and a loss that it has. A text needs models
/// that read characters.
void check_inputs(const FigureRequest& request, const Material& material) {
  observe::Pair pair;
  for (const Observation& observation : material.observations) {
    const nn::Interface& interface = observation.network->interface();
    if (request.sequence) {
      pair = observe::numbers_of(*request.sequence, observation.alphabet, interface, observation.name);
    } else if (interface.input == nn::InputKind::values) {
      fail("{} reads {} value{} a step and no text; --sequence-file FILE says them, one step a line",
           observation.name, interface.inputs, interface.inputs == 1 ? "" : "s");
    }
  }
  if (!request.sequence) return;
  const trace::LossAt loss = trace::parse_loss_at(request.loss);
  if (loss.kind != trace::LossAt::Kind::step || pair.expects(loss.step)) return;
  std::vector<Index> steps;
  for (Index t = 0; t < request.sequence->steps() && steps.size() < 10; ++t)
    if (pair.expects(t)) steps.push_back(t);
  fail("nothing is expected at step {}, so that it has no loss; {}", loss.step,
       steps.empty() ? "nor is it at any other"
                     : fmt::format("steps that have one: {}", fmt::join(steps, ", ")));
}

}  // namespace

void check_request(const FigureRequest& request, const Material& material) {
  const View& view = find_view(request.view);
  const ViewOptions& options = request.options;
  if (material.observations.empty()) fail("a figure needs at least one model");
  if (material.observations.size() > 1 && !view.compares) {
    std::string list;
    for (const View& other : all_views())
      if (other.compares) list += (list.empty() ? "" : ", ") + std::string(other.id);
    fail("the view {} shows one model, {} are given; views that compare models are {}", view.id,
         material.observations.size(), list);
  }
  if (view.needs.metrics) {
    for (const Observation& observation : material.observations)
      if (observation.metrics.empty())
        fail("the view {} shows a training, and there are no metrics of {}", view.id, observation.name);
  }
  check_rules(request, material);
  for (const Observation& observation : material.observations) check_model(options, observation);
  if (!options.channel.empty()) {
    const auto has_it = [&](const Observation& s) {
      return s.network->cell(options.layer).find(options.channel) != nn::kNone;
    };
    const Observation& first = material.observations.front();
    const bool of_the_view = std::ranges::find(view.quantities, options.channel) != view.quantities.end();
    if (!of_the_view && std::ranges::none_of(material.observations, has_it)) {
      fail("the channel '{}' does not exist: {} has {}{}{}", printable(options.channel),
           printable(first.name), symbols(first.network->cell(options.layer)),
           view.quantities.empty() ? "" : "; the view also shows ", fmt::join(view.quantities, ", "));
    }
  }
  if (view.needs.metrics) return;
  const auto characters = static_cast<std::int64_t>(
      request.sequence ? static_cast<std::size_t>(request.sequence->steps())
                       : decode_utf8(request.text, InvalidUtf8::error, "the text").size());
  const bool last_is_target = !request.sequence && material.observations.front().outcome().of_input;
  const auto steps = characters - (last_is_target ? 1 : 0);
  const auto check_step = [&](std::int64_t step) {
    if (steps >= 1 && step >= steps)
      fail("step {} does not exist: a {} of {} {} has steps 0 to {}", step,
           request.sequence ? "sequence" : "text", characters,
           request.sequence && request.sequence->characters.empty() ? "steps" : "characters", steps - 1);
  };
  if (options.step) check_step(*options.step);
  if (options.frame) check_step(*options.frame);
  if (options.steps) check_step(options.steps->last);
  const trace::LossAt loss = trace::parse_loss_at(request.loss);
  if (loss.kind == trace::LossAt::Kind::step) check_step(loss.step);
  check_inputs(request, material);
}

}  // namespace gatescope::figure
