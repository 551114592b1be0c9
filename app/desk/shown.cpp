#include "app/desk/shown.h"

#include <algorithm>

#include "app/desk/zoom.h"
#include "core/analysis/unit_order.h"
#include "core/nn/cell.h"

namespace gatescope::ui {

const views::Observation* Shown::observation() const {
  const session::Readings* all = readings();
  return all && view().model < all->observations.size() ? &all->observations[view().model] : nullptr;
}

namespace {

const nn::LayerTape<float>* tape_in(const views::Observation& observation,
                                    const std::shared_ptr<const trace::SequenceTrace<float>>& text,
                                    const ViewState& view) {
  if (!text) return nullptr;
  return observation.tape(*text, observe::tape_name(observation.network->spec(), view.layer, view.backward));
}

}  // namespace

const nn::LayerTape<float>* Shown::tape() const {
  const views::Observation* o = observation();
  return o ? tape_in(*o, o->sequence, view()) : nullptr;
}

const nn::LayerTape<float>* Shown::natural_tape() const {
  const views::Observation* o = observation();
  return o ? tape_in(*o, o->natural, view()) : nullptr;
}

int Shown::steps() const {
  const views::Observation* o = observation();
  return o ? static_cast<int>(o->steps()) : 0;
}

int Shown::hidden() const {
  const auto* t = tape();
  return t ? static_cast<int>(t->hidden()) : 0;
}

int Shown::first_rule_step() const {
  const views::Observation* o = observation();
  return o && o->network ? static_cast<int>(o->rules_begin(view().layer)) : 0;
}

const nn::CellInfo* Shown::cell() const {
  if (view().model >= snapshot_->models.size()) return nullptr;
  const session::ModelState& model = snapshot_->models[view().model];
  return view().layer < model.spec.layers ? model.cell : &nn::cell_of(model.spec, view().layer);
}

const nn::Channel* Shown::channel(std::string_view symbol) const {
  const nn::CellInfo* shown = cell();
  const int k = shown ? shown->find(symbol) : nn::kNone;
  return k == nn::kNone ? nullptr : &shown->channels[k];
}

int Shown::layers() const {
  return view().model < snapshot_->models.size() ? snapshot_->models[view().model].spec.all_layers() : 1;
}

int Shown::pulse_length() const {
  const session::Readings* all = readings();
  if (!all) return 0;
  const int loss = all->probe.loss_step.value_or(std::max(0, steps() - 1));
  return view().backward ? std::max(0, steps() - loss) : loss + 1;
}

views::ViewOptions Shown::view_options() const {
  views::ViewOptions options;
  options.layer = view().layer;
  options.backward_direction = view().backward;
  options.step = view().step;
  options.unit = view().unit;
  return options;
}

FigureOrder Shown::order(const std::string& id, plot::Size size, std::optional<double> pulse) const {
  const views::View& chosen = views::find_view(id);
  FigureOrder order;
  order.view = id;
  order.theme = view().theme;
  order.size = size;
  order.options = view_options();
  // The cursor is drawn over figures; they are made anew only where a step or unit changes what they show.
  if (!chosen.takes.step) order.options.step.reset();
  if (view().unit && chosen.takes.chosen_unit_alone) order.options.units = {*view().unit};
  if (!chosen.takes.unit) order.options.unit.reset();
  const views::Observation* seen = observation();
  if (chosen.takes.sort && seen &&
      analysis::why_not_ordered(seen->network->cell(view().layer), seen->network->spec(), view().layer,
                                view().sort)
          .empty())
    order.options.sort = view().sort;
  order.options.own_scales = chosen.takes.own_scales && view().own_scales;
  if (chosen.takes.lens && natural_tape()) order.options.lens = view().lens;
  // What the probe is coloured by is what these show.
  const std::string& quantity = view().coloured_by;
  const bool known = (cell() && cell()->find(quantity) != nn::kNone) ||
                     std::ranges::find(chosen.quantities, quantity) != chosen.quantities.end();
  if (chosen.takes.quantity_of_probe && known) order.options.channel = quantity;
  if (view().presenter) {
    order.options.lanes = kPresenterLanes;
    if (cell() && cell()->find(quantity) != nn::kNone) order.options.foremost = quantity;
  }
  if (chosen.needs.metrics) {
    order.keeps = snapshot_->history;
    if (snapshot_->history) order.observations = *snapshot_->history;
    order.version = snapshot_->history_version;
    return order;
  }
  const auto readings = snapshot_->readings;
  if (!readings) return order;
  order.options.steps = view().steps;
  order.version = readings->version;
  order.update = readings->update;
  order.keeps = readings;
  if (chosen.needs.one_loss) {
    order.options.linear_gradient = view().linear_gradient;
    order.options.loss_step = readings->probe.loss_step;
    order.options.frame.reset();
    if (pulse) {
      const int loss = readings->probe.loss_step.value_or(steps() - 1);
      // The gradient of a layer that reads the text backwards goes forwards.
      const int back = static_cast<int>(*pulse);
      order.options.frame = view().backward ? std::min(steps() - 1, loss + back) : std::max(0, loss - back);
    }
  }
  order.observations = chosen.needs.one_loss ? readings->at_step : readings->observations;
  if (chosen.compares) return order;
  order.first = std::min(view().model, order.observations.size());
  order.observations = order.observations.subspan(order.first, order.first < order.observations.size());
  return order;
}

void Shown::fit(const ViewState& wanted) {
  view_ = wanted;
  ViewState& v = view_;
  if (!snapshot_->models.empty()) v.model = std::min(v.model, snapshot_->models.size() - 1);
  if (v.model < snapshot_->models.size())
    v.layer = std::clamp(v.layer, 0, snapshot_->models[v.model].spec.all_layers() - 1);
  if (steps() > 0) v.step = std::clamp(v.step, 0, steps() - 1);
  if (steps() > 0) v.steps = fitted_steps(v.steps, steps());
  if (v.loss_step && steps() > 0) v.loss_step = std::min(*v.loss_step, steps() - 1);
  if (v.unit && hidden() > 0 && *v.unit >= hidden()) v.unit = hidden() - 1;
  if (const nn::CellInfo* info = cell()) {
    const auto known = [&](const std::string& symbol) { return info->find(symbol) != nn::kNone; };
    if (!v.coloured_by.empty() && v.coloured_by != "loss" && v.coloured_by != "saliency" &&
        !known(v.coloured_by))
      v.coloured_by.clear();
  }
}

}  // namespace gatescope::ui
