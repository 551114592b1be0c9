#include "app/ui/workbench.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/analysis/summary.h"
#include "core/error.h"
#include "core/in_quotes.h"
#include "core/views/parts.h"

namespace gatescope::ui {

bool wants_one_loss(const ViewState& view) {
  return std::ranges::any_of(view.open, [](const std::string& id) { return views::find_view(id).one_loss; });
}

namespace {

/// The same but for what changes a running training, and for what is remembered of its text.
experiment::Experiment without_dials(experiment::Experiment experiment) {
  experiment.task.near.clear();
  experiment.task.sha256.clear();
  experiment.task.characters = 0;
  experiment.training.optimizer.rate = 0;
  experiment.training.clip_norm = 0;
  return experiment;
}

}  // namespace

const views::Observation* Workbench::observation() const {
  const session::Readings* all = readings();
  return all && view().model < all->observations.size() ? &all->observations[view().model] : nullptr;
}

namespace {

const nn::LayerTape<float>* tape_in(const views::Observation& observation,
                                    const std::shared_ptr<const trace::TextTrace<float>>& text,
                                    const ViewState& view) {
  if (!text) return nullptr;
  const bool bidirectional = observation.network->spec().bidirectional;
  return observation.tape(*text, observe::tape_name(view.layer, view.backward, bidirectional));
}

}  // namespace

const nn::LayerTape<float>* Workbench::tape() const {
  const views::Observation* o = observation();
  return o ? tape_in(*o, o->text, view()) : nullptr;
}

const nn::LayerTape<float>* Workbench::natural_tape() const {
  const views::Observation* o = observation();
  return o ? tape_in(*o, o->natural, view()) : nullptr;
}

int Workbench::steps() const {
  const views::Observation* o = observation();
  return o ? static_cast<int>(o->steps()) : 0;
}

int Workbench::hidden() const {
  const auto* t = tape();
  return t ? static_cast<int>(t->hidden()) : 0;
}

const nn::CellInfo* Workbench::cell() const {
  return view().model < snapshot_->models.size() ? snapshot_->models[view().model].cell : nullptr;
}

views::ViewOptions Workbench::view_options() const {
  views::ViewOptions options;
  options.layer = view().layer;
  options.backward_direction = view().backward;
  options.step = view().step;
  options.unit = view().unit;
  return options;
}

FigureOrder Workbench::order(const std::string& id, plot::Size size) const {
  const views::View& chosen = views::find_view(id);
  FigureOrder order;
  order.view = id;
  order.theme = view().theme;
  order.size = size;
  order.options = view_options();
  // The cursor is drawn over figures; they are made anew only where a step or unit changes what they show.
  const bool shows_step = id == "cell" || id == "next", of_one_unit = id == "cell" || id == "text";
  if (!shows_step) order.options.step.reset();
  if (view().unit && (id == "states" || id == "portrait")) order.options.units = {*view().unit};
  if (!of_one_unit) order.options.unit.reset();
  // What the probe is coloured by is what these two show.
  const std::string& quantity = view().coloured_by;
  const bool channel = cell() && cell()->find(quantity) != nn::kNone;
  if (id == "text" || (id == "effect" && channel)) order.options.channel = quantity;
  if (chosen.of_training) {
    order.observations = snapshot_->history;
    order.version = snapshot_->history_version;
    return order;
  }
  const auto readings = snapshot_->readings;
  if (!readings) return order;
  order.version = readings->version;
  order.keeps = readings;
  if (chosen.one_loss) {
    order.options.frame.reset();
    if (pulse_) {
      const int loss = readings->probe.loss_step.value_or(steps() - 1);
      order.options.frame = std::max(0, loss - static_cast<int>(*pulse_));
    }
  }
  const auto& observations = chosen.one_loss ? readings->at_step : readings->observations;
  if (chosen.compares) {
    order.observations = std::shared_ptr<const std::vector<views::Observation>>(readings, &observations);
  } else if (view().model < observations.size()) {
    order.observations =
        std::make_shared<const std::vector<views::Observation>>(1, observations[view().model]);
    order.version = order.version * 4 + view().model;
  }
  return order;
}

// --- Time -------------------------------------------------------------------------------------------------

void Workbench::tick(double seconds) {
  time_ += seconds;
  take_snapshot();
  fit_choices();
  move_replay(seconds);
  fit_choices();
  send_probe();
  gather_export();
  gather_loaded();
  std::erase_if(notices_, [&](const Notice& notice) { return notice.until > 0 && notice.until < time_; });
  keep_now_and_then();
}

void Workbench::take_snapshot() {
  snapshot_ = session_.latest();
  if (snapshot_->remark_number != remark_number_) {
    remark_number_ = snapshot_->remark_number;
    say(snapshot_->remark, true);
    document_.probe.text = snapshot_->probe.text;
    if (sent_probe_) sent_probe_->text = document_.probe.text;
  }
  if (snapshot_->problem_number != problem_number_) {
    problem_number_ = snapshot_->problem_number;
    say(snapshot_->problem, true);
    // What could not be carried out is not what is in force.
    const bool as_before = before_opening_ && !opening() && openings_ == 1;
    if (before_opening_ && !opening()) {
      document_ = *before_opening_;
      history_.forget_last_if([&](const PastDocument& past) { return past.document == document_; });
    }
    if (!as_before && snapshot_->can_train) document_.experiment = snapshot_->experiment;
    if (!as_before && !snapshot_->models.empty()) {
      document_.probe = snapshot_->probe;
      document_.probe.loss_step.reset();
    }
    sent_probe_.reset();
    if (snapshot_->models.empty() && opening_last_ && !opening()) set_last_session_aside();
  }
  if (opening()) return;
  if (!snapshot_->models.empty()) opening_last_ = false;
  before_opening_.reset();
  openings_ = 0;
  if (std::exchange(follow_experiment_, false)) document_.experiment = snapshot_->experiment;
  if (document_.probe.text.empty() && snapshot_->readings) {
    document_.probe.text = snapshot_->readings->probe.text;
    if (sent_probe_) sent_probe_->text = document_.probe.text;
  }
}

/// What is shown fits what there is. While something is being opened the document keeps choices that only
/// that has.
void Workbench::fit_choices() {
  shown_ = document_.view;
  ViewState& v = shown_;
  if (!snapshot_->models.empty()) v.model = std::min(v.model, snapshot_->models.size() - 1);
  if (v.model < snapshot_->models.size())
    v.layer = std::clamp(v.layer, 0, snapshot_->models[v.model].spec.layers - 1);
  if (steps() > 0) v.step = std::clamp(v.step, 0, steps() - 1);
  if (v.unit && hidden() > 0 && *v.unit >= hidden()) v.unit = hidden() - 1;
  if (const nn::CellInfo* info = cell()) {
    const auto known = [&](const std::string& symbol) { return info->find(symbol) != nn::kNone; };
    if (!v.coloured_by.empty() && v.coloured_by != "loss" && v.coloured_by != "saliency" &&
        !known(v.coloured_by))
      v.coloured_by.clear();
  }
  if (opening()) return;
  if (choose_telling_unit_ && tape() && readings()->update > 0) {
    choose_telling_unit_ = false;
    const auto units = analysis::telling_units(tape()->values(tape()->info().output), 1);
    if (!units.empty() && !v.unit) v.unit = units.front();
  }
  document_.view = v;
}

void Workbench::move_replay(double seconds) {
  const int last = steps() - 1;
  if (direction_ != 0 && last > 0) {
    position_ += direction_ * seconds * view().speed;
    if (position_ > last + 0.999 || position_ < 0) {
      if (view().loop) {
        position_ = direction_ > 0 ? 0 : last + 0.99;
      } else {
        position_ = std::clamp(position_, 0.0, static_cast<double>(last));
        direction_ = 0;
      }
    }
    document_.view.step = std::clamp(static_cast<int>(position_), 0, last);
  }
  if (pulse_playing_) {
    pulse_ = pulse_.value_or(0) + seconds * view().speed;
    if (*pulse_ >= pulse_length()) {
      pulse_.reset();
      pulse_playing_ = false;
    }
  }
}

bool Workbench::moving() const {
  return playing() || pulse_playing_ || snapshot_->training || exporting() || loading_.valid() ||
         !snapshot_->busy.empty();
}

// --- Training ---------------------------------------------------------------------------------------------

void Workbench::train(bool on) {
  if (on && snapshot_->not_finite) say("training goes on from the weights before the update that failed");
  session_.send(session::Train{on, {}});
}

void Workbench::update_once() {
  session_.send(session::UpdateOnce{});
}

void Workbench::restart() {
  session_.send(session::Restart{});
}

void Workbench::go_back() {
  session_.send(session::GoBack{});
  edit("rate", [](Document& d) { d.experiment.training.optimizer.rate /= 2; });
  say(fmt::format("back to update {} with half the learning rate, {:g}", snapshot_->good_update.value_or(0),
                  document_.experiment.training.optimizer.rate));
}

// --- Choices ----------------------------------------------------------------------------------------------

void Workbench::edit(const std::string& name, const std::function<void(Document&)>& change, bool train) {
  const Document before = document_;
  change(document_);
  if (document_ == before) return;
  auto run = run_lost_by(before);
  apply(before, {}, train || snapshot_->training);
  fit_choices();
  remember({before, std::move(run)}, name);
}

/// Only the newest keep what was learnt: it may be large.
void Workbench::remember(PastDocument past, const std::string& name) {
  constexpr int kRuns = 12;
  history_.remember(std::move(past), name, time_);
  int runs = 0;
  history_.for_each_done([&](PastDocument& each) {
    if (each.run.valid() && ++runs > kRuns) each.run = {};
  });
}

void Workbench::look(const std::function<void(ViewState&)>& change) {
  change(document_.view);
  fit_choices();
}

void Workbench::open_as(session::Command command, Document before) {
  opened_ = session_.send(std::move(command));
  ++openings_;
  if (!before_opening_) before_opening_ = std::move(before);
}

bool Workbench::begins_anew(const Document& from, const Document& to) const {
  return without_dials(from.experiment) != without_dials(to.experiment);
}

Captured Workbench::run_lost_by(const Document& next) {
  if (!snapshot_->can_train || !begins_anew(document_, next)) return {};
  return session_.capture().share();  // what is opened next comes after it
}

void Workbench::apply(const Document& before, Captured run, bool train) {
  const experiment::Experiment &was = before.experiment, &is = document_.experiment;
  if (was != is) {
    if (begins_anew(before, document_)) {
      open_as(session::Open{is, nullptr, train, {}, std::move(run)}, before);
      preset_.clear();
      sent_probe_.reset();
    } else if (snapshot_->can_train) {
      if (was.training.optimizer.rate != is.training.optimizer.rate)
        session_.send(session::SetRate{is.training.optimizer.rate});
      if (was.training.clip_norm != is.training.clip_norm)
        session_.send(session::SetClip{is.training.clip_norm});
    }
  }
  send_probe();
}

session::Probe Workbench::wanted_probe() const {
  session::Probe probe = document_.probe;
  probe.loss_step.reset();
  if (wants_one_loss(view()))
    probe.loss_step =
        pulse_ && readings() && readings()->probe.loss_step ? *readings()->probe.loss_step : view().step;
  return probe;
}

void Workbench::send_probe() {
  const session::Probe wanted = wanted_probe();
  if (sent_probe_ && *sent_probe_ == wanted) return;
  sent_probe_ = wanted;
  session_.send(session::SetProbe{wanted});
}

void Workbench::undo() {
  if (!history_.can_undo()) return;
  auto run = run_lost_by(history_.undo_leads_to().document);
  go_to(history_.undo({document_, std::move(run)}));
}

void Workbench::redo() {
  if (!history_.can_redo()) return;
  auto run = run_lost_by(history_.redo_leads_to().document);
  go_to(history_.redo({document_, std::move(run)}));
}

void Workbench::go_to(PastDocument past) {
  const Document before = std::exchange(document_, std::move(past.document));
  document_.view.step = before.view.step;
  apply(before, std::move(past.run), snapshot_->training);
  fit_choices();
}

void Workbench::choose_step(int step) {
  look([&](ViewState& v) { v.step = std::clamp(step, 0, std::max(0, steps() - 1)); });
  position_ = view().step;
}

void Workbench::choose_unit(std::optional<int> unit) {
  if (unit && hidden() > 0) unit = std::clamp(*unit, 0, hidden() - 1);
  edit("unit", [&](Document& d) { d.view.unit = unit; });
}

void Workbench::choose_model(std::size_t model) {
  edit("model", [&](Document& d) { d.view.model = std::min(model, snapshot_->models.size() - 1); });
}

void Workbench::show(const std::string& id) {
  edit("show " + id, [&](Document& d) { d.view.open = {id}; });
}

void Workbench::show_beside(const std::string& id) {
  edit("beside " + id, [&](Document& d) {
    auto& open = d.view.open;
    const auto at = std::ranges::find(open, id);
    if (at == open.end())
      open.push_back(id);
    else if (open.size() > 1)
      open.erase(at);
  });
}

bool Workbench::shown(const std::string& id) const {
  return std::ranges::find(view().open, id) != view().open.end();
}

// --- Forcing ----------------------------------------------------------------------------------------------

bool Workbench::add_rule(const std::string& text, std::string& problem) {
  try {
    const std::string rule = nn::to_string(nn::parse_force_rule(text));
    edit("rule", [&](Document& d) { d.probe.rules.push_back(rule); });
    return true;
  } catch (const Error& error) {
    problem = error.what();
    return false;
  }
}

void Workbench::replace_rule(std::size_t number, const std::string& text) {
  try {
    const std::string rule = nn::to_string(nn::parse_force_rule(text));
    edit("rule", [&](Document& d) {
      if (number < d.probe.rules.size()) d.probe.rules[number] = rule;
    });
  } catch (const Error& error) {
    say(error.what(), true);
  }
}

void Workbench::remove_rule(std::size_t number) {
  edit("release", [&](Document& d) {
    if (number < d.probe.rules.size())
      d.probe.rules.erase(d.probe.rules.begin() + static_cast<std::ptrdiff_t>(number));
  });
}

void Workbench::release_all() {
  edit("release", [](Document& d) { d.probe.rules.clear(); });
}

namespace {

/// The rule a click makes: of this channel, where the force panel says.
std::optional<nn::ForceRule> clicked_rule(const std::string& channel, const ViewState& view, int layers) {
  std::string text = layers > 1 ? fmt::format("{}.{}", view.layer, channel) : channel;
  if (!view.force_units.empty()) text += "[" + view.force_units + "]";
  if (!view.force_steps.empty()) text += "@" + view.force_steps;
  try {
    return nn::parse_force_rule(text + "=0");
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool same_place(const std::string& text, const nn::ForceRule& place) {
  try {
    const nn::ForceRule rule = nn::parse_force_rule(text);
    return rule.layer == place.layer && rule.channel == place.channel && rule.units == place.units &&
           rule.steps == place.steps;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

int Workbench::layers() const {
  return view().model < snapshot_->models.size() ? snapshot_->models[view().model].spec.layers : 1;
}

std::optional<double> Workbench::forced_value(const std::string& channel) const {
  const auto place = clicked_rule(channel, view(), layers());
  if (!place) return std::nullopt;
  for (const std::string& text : document_.probe.rules) {
    if (!same_place(text, *place)) continue;
    const nn::ForceRule rule = nn::parse_force_rule(text);
    return rule.scale == 0 ? rule.shift : std::numeric_limits<double>::quiet_NaN();
  }
  return std::nullopt;
}

void Workbench::force(const std::string& channel, std::optional<double> value) {
  auto rule = clicked_rule(channel, view(), layers());
  if (!rule) {
    say("the units and steps of the force panel do not read: expected such as 3,5-9 and 10-20", true);
    return;
  }
  edit("force " + channel, [&](Document& d) {
    std::erase_if(d.probe.rules, [&](const std::string& text) { return same_place(text, *rule); });
    if (!value) return;
    rule->shift = *value;
    d.probe.rules.push_back(nn::to_string(*rule));
  });
}

void Workbench::cycle(const std::string& channel) {
  const std::optional<double> value = forced_value(channel);
  if (!value)
    force(channel, 0.0);
  else if (*value == 0)
    force(channel, 1.0);
  else
    force(channel, std::nullopt);
}

// --- Replay -----------------------------------------------------------------------------------------------

void Workbench::play(int direction) {
  direction_ = direction;
  position_ = view().step;
  const int last = steps() - 1;
  if (direction > 0 && view().step >= last && !view().loop) position_ = 0;
  if (direction < 0 && view().step <= 0 && !view().loop) position_ = last;
}

void Workbench::play_pulse(bool on) {
  pulse_playing_ = on;
  if (on && !pulse_) pulse_ = 0;
}

void Workbench::set_pulse(std::optional<double> steps_back) {
  pulse_ = steps_back;
  if (pulse_) pulse_ = std::clamp(*pulse_, 0.0, static_cast<double>(pulse_length()));
  if (!pulse_) pulse_playing_ = false;
}

int Workbench::pulse_length() const {
  const session::Readings* all = readings();
  return all ? all->probe.loss_step.value_or(std::max(0, steps() - 1)) + 1 : 0;
}

// --- Messages ---------------------------------------------------------------------------------------------

void Workbench::say(std::string text, bool bad) {
  text = printable(text);  // it may quote a file
  // Of what merely happened the last is enough; what went wrong stays until it is read.
  std::erase_if(notices_, [&](const Notice& notice) { return notice.text == text || (!bad && !notice.bad); });
  notices_.push_back({std::move(text), bad, bad ? 0 : time_ + 6});
  if (notices_.size() > 4) notices_.erase(notices_.begin());
}

void Workbench::dismiss(std::size_t notice) {
  if (notice < notices_.size()) notices_.erase(notices_.begin() + static_cast<std::ptrdiff_t>(notice));
}

}  // namespace gatescope::ui
