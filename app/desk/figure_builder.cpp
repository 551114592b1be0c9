#include "app/desk/figure_builder.h"

#include <algorithm>
#include <tuple>

#include "app/language/figure_words.h"
#include "core/analysis/watched.h"
#include "core/error.h"
#include "core/plot/between.h"
#include "core/views/reading.h"

namespace gatescope::ui {

bool FigureOrder::same_figure_as(const FigureOrder& other) const {
  const auto key = [](const FigureOrder& o) {
    return std::tuple(std::string_view(o.view), o.version, o.first, o.observations.size(), o.options.layer,
                      o.options.backward_direction, std::string_view(o.options.channel), o.options.step,
                      o.options.unit, o.options.top, o.options.frame, o.options.lanes, o.options.lens,
                      std::string_view(o.options.foremost), std::string_view(o.options.sort),
                      o.options.own_scales, o.options.linear_gradient);
  };
  return key(*this) == key(other) && options.units == other.options.units;
}

bool FigureOrder::same_as(const FigureOrder& other) const {
  return same_figure_as(other) && options.steps == other.options.steps && arrived == other.arrived &&
         theme == other.theme && phrases == other.phrases && style == other.style &&
         size.width == other.size.width && size.height == other.size.height;
}

namespace {

/// Of all steps: which of them are shown is up to the layout, so that zooming makes no figure anew.
plot::Figure figure_of(const FigureOrder& order) {
  views::ViewOptions options = order.options;
  options.steps.reset();
  return views::find_view(order.view).make(order.observations, options);
}

/// With the sentence of how it is read where there is room for it.
plot::Scene with_reading_where_it_fits(const FigureOrder& order, const plot::Figure& figure,
                                       const plot::TextMeasure& measure) {
  const plot::Theme theme = plot::make_theme(order.theme, order.style);
  const auto in_language = [&](const plot::Figure& english) {
    return order.phrases ? language::told(english, *order.phrases) : english;
  };
  plot::Figure read = in_language(views::with_reading(figure, order.view)), alone = in_language(figure);
  // Where a rule shows beside the natural run one line is kept for the caption, and what a rule adds to it
  // takes the sentence's place rather than room from the lanes.
  bool fits = true;
  if (views::find_view(order.view).takes.lens) {
    read.caption_lines = alone.caption_lines = 1;
    const float room = order.size.width - 2 * theme.padding;
    const bool ruled = std::ranges::any_of(order.observations,
                                           [](const views::Observation& o) { return o.natural != nullptr; });
    fits = !ruled || measure(read.caption, {theme.size_small(), plot::Weight::regular, false}).width <= room;
  }
  if (fits) {
    plot::Scene scene = plot::layout(read, order.size, theme, measure, order.options.steps);
    if (std::ranges::find(scene.left_out, "the caption") == scene.left_out.end()) return scene;
  }
  return plot::layout(alone, order.size, theme, measure, order.options.steps);
}

bool same_rules(const FigureOrder& one, const FigureOrder& other) {
  return std::ranges::equal(one.observations, other.observations, {}, &views::Observation::rules,
                            &views::Observation::rules);
}

/// The figure that a new one comes from: that of the rules before, where nothing else is another; null: none.
std::shared_ptr<const plot::Figure> origin(const FigureOrder& order, const BuiltFigure& before) {
  if (order.arrived >= 1 || !before.figure || order.observations.size() != before.order.observations.size())
    return nullptr;
  const bool same_rows = order.options.sort == before.order.options.sort &&
                         order.options.own_scales == before.order.options.own_scales;
  if (!same_rows) return nullptr;
  if (same_rules(order, before.order)) return before.from;
  const bool same_place = order.view == before.order.view && order.first == before.order.first &&
                          order.options.layer == before.order.options.layer &&
                          order.options.backward_direction == before.order.options.backward_direction &&
                          order.options.unit == before.order.options.unit;
  if (!same_place) return nullptr;
  if (!before.from) return before.figure;
  return std::make_shared<const plot::Figure>(
      plot::between(*before.from, *before.figure, before.order.arrived));
}

}  // namespace

BuiltFigure build_figure(const FigureOrder& order, const plot::TextMeasure& measure,
                         const BuiltFigure* before) {
  BuiltFigure built{.order = order, .figure = nullptr, .from = nullptr, .scene = {}, .problem = {}};
  try {
    if (before && before->figure && before->order.same_figure_as(order)) {
      built.figure = before->figure;
      built.took = before->took, built.done = before->done;
    } else {
      const Clock::time_point start = Clock::now();
      built.figure = std::make_shared<const plot::Figure>(figure_of(order));
      built.done = Clock::now();
      built.took = built.done - start;
    }
    if (before) built.from = origin(order, *before);
    built.scene = built.from ? with_reading_where_it_fits(
                                   order, plot::between(*built.from, *built.figure, order.arrived), measure)
                             : with_reading_where_it_fits(order, *built.figure, measure);
  } catch (const trace::Stopped&) {
    built.figure = nullptr;
    built.problem = "Stopped.";
  } catch (const std::exception& error) {
    built.figure = nullptr;
    built.problem = error.what();
  }
  return built;
}

FigureBuilder::~FigureBuilder() {
  {
    const std::scoped_lock lock(mutex_);
    quit_ = true;
    for (auto& [name, place] : places_)
      if (place.watch) place.watch->stop();
  }
  executor_.wait_until([this] {
    const std::scoped_lock lock(mutex_);
    return !at_work_;
  });
}

void FigureBuilder::want(const std::string& place, const FigureOrder& order) {
  {
    const std::scoped_lock lock(mutex_);
    Place& at = places_[place];
    if (at.wanted && at.wanted->same_as(order)) return;
    at.wanted = at.waiting = std::make_shared<const FigureOrder>(order);
    if (std::exchange(at_work_, true)) return;
  }
  executor_.post([this] { return build_next(); });
}

std::shared_ptr<const BuiltFigure> FigureBuilder::get(const std::string& place) {
  const std::scoped_lock lock(mutex_);
  const auto found = places_.find(place);
  return found == places_.end() ? nullptr : found->second.built;
}

bool FigureBuilder::at_work(const std::string& place) {
  const std::scoped_lock lock(mutex_);
  const auto found = places_.find(place);
  return found != places_.end() && (found->second.waiting || found->second.watch);
}

double FigureBuilder::progress(const std::string& place) {
  const std::scoped_lock lock(mutex_);
  const auto found = places_.find(place);
  return found == places_.end() || !found->second.watch ? 0 : found->second.watch->progress();
}

void FigureBuilder::stop(const std::string& place) {
  Place dropped;  // let go of outside the lock
  const std::scoped_lock lock(mutex_);
  const auto found = places_.find(place);
  if (found == places_.end()) return;
  if (found->second.watch) found->second.watch->stop();
  dropped = std::move(found->second);
  places_.erase(found);
}

bool FigureBuilder::idle() {
  const std::scoped_lock lock(mutex_);
  return !at_work_;
}

void FigureBuilder::settle() {
  executor_.wait_until([this] { return idle(); });
}

std::uint64_t FigureBuilder::made() {
  const std::scoped_lock lock(mutex_);
  return made_;
}

std::uint64_t FigureBuilder::laid_out() {
  const std::scoped_lock lock(mutex_);
  return number_;
}

void FigureBuilder::keep_only(const std::vector<std::string>& places) {
  std::vector<Place> dropped;  // let go of outside the lock
  const std::scoped_lock lock(mutex_);
  for (auto place = places_.begin(); place != places_.end();) {
    if (std::ranges::find(places, place->first) == places.end()) {
      if (place->second.watch) place->second.watch->stop();
      dropped.push_back(std::move(place->second));
      place = places_.erase(place);
    } else {
      ++place;
    }
  }
}

/// In turn, so that a view that changes often does not keep the others waiting.
bool FigureBuilder::build_next() {
  std::unique_lock lock(mutex_);
  const auto waits = [](const auto& place) { return place.second.waiting != nullptr; };
  auto next = std::find_if(places_.upper_bound(turn_), places_.end(), waits);
  if (next == places_.end()) next = std::find_if(places_.begin(), places_.end(), waits);
  if (next == places_.end() || quit_) {
    at_work_ = false;
    return false;
  }
  turn_ = next->first;
  const auto order = std::exchange(next->second.waiting, nullptr);
  const auto before = next->second.built;
  const auto watch = next->second.watch = std::make_shared<trace::Watch>();
  lock.unlock();
  std::shared_ptr<BuiltFigure> built;
  {
    const analysis::Watched watched(*watch);
    built = std::make_shared<BuiltFigure>(build_figure(*order, fonts_.measure(), before.get()));
  }
  lock.lock();
  if (!before || !built->figure || built->figure != before->figure) ++made_;
  built->number = ++number_;
  if (const auto place = places_.find(turn_); place != places_.end() && place->second.watch == watch) {
    place->second.built = std::move(built);
    place->second.watch = nullptr;
  }
  return true;
}

}  // namespace gatescope::ui
