// The unrolled network: cells in a row, and between them arrows as wide as the gradient of one step's loss
// that comes back through them [hochreiter1997, pascanu2013], on the way through the memory alone and on all
// others. Below it an overview of the whole text, one lane a state. Models stand under each other on one
// scale.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/plot/ticks.h"
#include "core/views/gradient_lanes.h"
#include "core/views/truncation.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr Index kWholeText = 160;  // steps of the overview; of a longer text only where something is left
constexpr Index kFewest = 80;
constexpr Index kCells = 24;     // of the unrolled network: as many as can be told apart
constexpr Index kAllCells = 36;  // as many as a text may have to be shown whole

class UnrolledView {
 public:
  UnrolledView(std::span<const Observation> observations, const ViewOptions& options)
      : observations_(observations),
        options_(options),
        all_(gradient_lanes(observations, options, "unrolled")),
        steps_(observations[0].steps()) {
    const Index lags = std::max(all_.telling_lags() + 1, kFewest);
    const bool whole = steps_ <= kWholeText || all_.both_sides();
    first_ = whole || all_.reverse ? (whole ? 0 : all_.loss_step) : std::max<Index>(0, all_.loss_step - lags);
    last_ = whole || !all_.reverse ? (whole ? steps_ - 1 : all_.loss_step)
                                   : std::min(steps_ - 1, all_.loss_step + lags);
    if (steps_ <= kAllCells) {
      last_cell_ = steps_ - 1;
    } else {
      first_cell_ =
          std::clamp<Index>(all_.reverse ? all_.loss_step : all_.loss_step - kCells + 1, 0, steps_ - kCells);
      last_cell_ = first_cell_ + kCells - 1;
    }
    for (std::size_t k = 0; k < observations.size(); ++k) paths_.push_back(path_of(k));
  }

  Figure make() const {
    Figure figure;
    const Headline left = all_.share_left();
    if (options_.lanes) {  // on a projector what is left is what is said
      figure.title = capitalised(left.value);
    } else {
      figure.title = observations_.size() > 1
                         ? "Gradient through time"
                         : "Gradient through time, " + where_of(observations_[0], options_);
      figure.headlines.push_back(left);
    }
    for (std::size_t k = 0; k < observations_.size(); ++k) {
      figure.panels.push_back(chain(k));
      figure.panels.back().x.hidden = k + 1 < observations_.size();
    }
    const std::size_t chains = figure.panels.size();
    if (keeps()) figure.panels.push_back(observations_.size() > 1 ? shares_of_models() : shares());
    // Of several models the memory alone: there is room for one lane each.
    bool first = true;
    for (const GradientLane& lane : all_.lanes) {
      if (lane.natural || (lane.second && observations_.size() > 1)) continue;
      if (figure.panels.size() > chains) figure.panels.back().x.hidden = true;
      figure.panels.push_back(panel(lane, first));
      first = false;
    }
    if (observations_.size() > 1) figure.panels.back().height = 1.0F;  // the steps stand under it
    const std::string forced = forced_sentence(observations_);
    const std::string ways =
        keeps() ? ": coloured what came through the memory alone, grey all the rest." : ".";
    figure.caption = sentences(
        {fmt::format("An arrow is as wide as the gradient, {}, relative to that at the loss, step {} (▼){}",
                     options_.linear_gradient
                         ? std::string("linear scale")
                         : fmt::format("log scale: full width {}, a hair 10⁻⁶", number_text(full_width())),
                     all_.loss_step, ways),
         keep_sentence(), cut_sentence(), sides_sentence(),
         "Reach: steps until less than a thousandth is left.", window_sentence(), forced});
    return figure;
  }

 private:
  std::string window_sentence() const {
    if (first_ == 0 && last_ == steps_ - 1) return "";
    return fmt::format("Of {} steps {} to {} are shown.", steps_, first_, last_);
  }

  std::string sides_sentence() const {
    return all_.both_sides() ? "Steps on the other side of the loss have gradients through the layers above, "
                               "which read both ways."
                             : "";
  }

  std::string cut_sentence() const {
    const auto every = truncation_of(observations_[0]);
    return every && all_.loss_step >= *every
               ? fmt::format("Training, {} at a time, sees nothing of what is left of the dashed line.",
                             counted(*every, "step", "steps"))
               : "";
  }

  std::string title_of_lane(const GradientLane& lane) const {
    const nn::CellInfo& cell = observations_[lane.model].network->cell(options_.layer);
    const std::string symbol = symbol_of(cell.channels[lane.channel]);
    const std::string path = (lane.channel == cell.memory() && cell.has_cell_state() ? "highway "
                              : lane.second                                          ? "hidden path "
                                                                                     : "hidden state ") +
                             symbol;
    return observations_.size() > 1 ? lane.model_name + ": " + path : path;
  }

  const GradientLane* natural_of(const GradientLane& lane) const {
    for (const GradientLane& other : all_.lanes)
      if (other.natural && other.model == lane.model && other.channel == lane.channel) return &other;
    return nullptr;
  }

  const nn::CellInfo& cell(std::size_t model) const {
    return observations_[model].network->cell(options_.layer);
  }

  analysis::Kept<analysis::KeepPath> path_of(std::size_t model) const {
    return analysis::keep_path(observations_[model], series_of(options_, cell(model).memory()),
                               all_.loss_step);
  }

  /// What the numbers under the cells are: "Π fₜ".
  std::string product_name(std::size_t model) const {
    const int keep = cell(model).keep_gate();
    if (keep == nn::kNone || std::isnan(paths_[model]->product.front())) return "";
    const nn::Channel& gate = cell(model).channels[keep];
    const std::string symbol = symbol_of(gate);
    return gate.keeps == nn::Share::rest ? fmt::format("Π (1 − {})", symbol) : "Π " + symbol;
  }

  /// Whether some model has a way through its memory alone.
  bool keeps() const {
    for (std::size_t k = 0; k < paths_.size(); ++k)
      if (!product_name(k).empty()) return true;
    return false;
  }

  std::string keep_sentence() const {
    for (std::size_t k = 0; k < paths_.size(); ++k)
      if (const std::string name = product_name(k); !name.empty())
        return fmt::format("{}: the product of the keep gates up to the loss, mean over units.",
                           paths_.size() > 1 ? "Π" : name);
    return "";
  }

  bool is_cell(Index step) const { return step >= first_cell_ && step <= last_cell_; }

  /// The greatest share that any way of any model has: what a full arrow is.
  double full_width() const {
    double most = 1;
    for (const auto& path : paths_)
      if (const double reference = analysis::reference_of(path->total); reference > 0)
        for (const auto* way : {&path->kept, &path->rest})
          for (const double norm : *way)
            if (std::isfinite(norm / reference)) most = std::max(most, norm / reference);
    return most;
  }

  Panel chain(std::size_t model) const {
    const Observation& observation = observations_[model];
    const analysis::KeepPath& path = *paths_[model];
    const std::string symbol = symbol_of(cell(model).channels[cell(model).memory()]);
    const std::string product = product_name(model);
    const InkRole memory = role_of(cell(model), cell(model).memory());
    Panel panel{.title = observations_.size() > 1
                             ? fmt::format("{}, through {}", name_of(observation), symbol)
                             : fmt::format("the gradient's ways back, through {}", symbol),
                .title_ink = {memory},
                .empty_text = "no steps yet"};
    panel.height = observations_.size() > 1 ? 1.5F : 2.2F;
    panel.legend = Legend::none;
    panel.x = time_axis(observation, tape_of(observation, *observation.sequence, options_));
    panel.x.title.clear();
    panel.x.low = static_cast<double>(first_cell_) - 0.5;
    panel.x.high = static_cast<double>(last_cell_) + 0.5;
    panel.y = {.low = product.empty() ? 0 : -0.62, .high = 2.35, .grid = false};
    if (!product.empty()) panel.y.ticks.push_back({-0.31, product});
    panel.y.ticks.push_back({0.5, product.empty() ? "all ways" : "the rest"});
    if (!product.empty()) panel.y.ticks.push_back({1.5, symbol + " alone"});
    auto forced = forced_steps(observation, observation.steps());
    for (auto& [from, to] : forced) from = std::max(from, *panel.x.low), to = std::min(to, *panel.x.high);
    std::erase_if(forced, [](const auto& span) { return span.first >= span.second; });
    add_forced(panel, std::move(forced));
    panel.marks.push_back(cells_of(model, memory, symbol));
    for (Rule& rule : truncation_rules(observation, all_.loss_step, model == 0))
      if (rule.at > *panel.x.low && rule.at < *panel.x.high) panel.marks.push_back(std::move(rule));
    if (options_.step && *options_.step != all_.loss_step)
      panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    const auto told = static_cast<std::size_t>(std::min<Index>(kToldLag, std::ssize(path.total) - 1));
    const double first = analysis::reference_of(path.total);
    panel.remark =
        first == 0 ? "no gradient"
        : product.empty()
            ? fmt::format("no keep gate; {} steps back {}", told, share_text(path.total[told] / first))
            : fmt::format("{} steps back {}, {} alone {}", told, share_text(path.total[told] / first), symbol,
                          share_text(path.kept[told] / first));
    return panel;
  }

  Chain cells_of(std::size_t model, InkRole memory, const std::string& symbol) const {
    const analysis::KeepPath& path = *paths_[model];
    const double first = analysis::reference_of(path.total);
    Chain chain{.name = "gradient relative to the loss step"};
    chain.kind = options_.linear_gradient ? ScaleKind::linear : ScaleKind::log;
    chain.low = kGradientFloor;
    chain.high = full_width();
    chain.origin = static_cast<double>(all_.loss_step);
    chain.lanes = {{symbol + " alone", {memory}, {}}, {"the rest", {InkRole::muted}, {}}};
    const bool gated = !std::isnan(path.product.front());
    const Index reached = reached_lags(static_cast<Index>(path.total.size()));
    for (Index lag = 0; lag < static_cast<Index>(path.total.size()); ++lag) {
      if (!is_cell(all_.step(lag))) continue;
      const auto step = static_cast<double>(all_.step(lag));
      if (lag >= reached) {
        chain.waiting.push_back(step);
        continue;
      }
      const auto at = static_cast<std::size_t>(lag);
      chain.x.push_back(step);
      chain.lanes[0].flows.push_back(first == 0 || !gated ? 0 : path.kept[at] / first);
      chain.lanes[1].flows.push_back(first == 0 ? 0 : (gated ? path.rest[at] : path.total[at]) / first);
      if (gated) chain.notes.push_back(product_text(path.product[at]));
    }
    if (options_.frame && reached > 0) chain.front = static_cast<double>(all_.step(reached - 1));
    return chain;
  }

  Index reached_lags(Index all) const {
    if (!options_.frame) return all;
    const Index lag = all_.reverse ? *options_.frame - all_.loss_step : all_.loss_step - *options_.frame;
    return std::clamp<Index>(lag + 1, 0, all);
  }

  static std::string product_text(double product) {
    if (!std::isfinite(product)) return "–";
    if (product >= 0.995) return fmt::format("{:.0f}", product);
    if (product >= 0.00995) return fmt::format("{:.2f}", product).substr(product < 1 ? 1 : 0);
    return product > 0 ? power_of_ten(static_cast<int>(std::lround(std::log10(product)))) : "0";
  }

  bool shown(Index step) const { return step >= first_ && step <= last_; }

  Panel over_text(const Observation& observation) const {
    Panel panel{.empty_text = "no gradient"};
    panel.x = time_axis(observation, tape_of(observation, *observation.sequence, options_));
    panel.x.low = static_cast<double>(first_) - 0.5;
    panel.x.high = static_cast<double>(last_) + 0.5;
    return panel;
  }

  /// Whether a border of the truncation is seen where the cells are, and named there.
  bool named_above(const Observation& observation) const {
    const auto rules = truncation_rules(observation, all_.loss_step, true);
    return !rules.empty() && rules.front().at > static_cast<double>(first_cell_) - 0.5;
  }
  void add_truncation(Panel& panel, const Observation& observation, bool named) const {
    for (Rule& rule : truncation_rules(observation, all_.loss_step, named && !named_above(observation)))
      panel.marks.push_back(std::move(rule));
  }

  /// What came through the memory alone up to each step that the pulse has reached, step by step.
  Line share_of(std::size_t model) const {
    const analysis::KeepPath& path = *paths_[model];
    Line line;
    for (Index lag = 0; lag < reached_lags(static_cast<Index>(path.share.size())); ++lag) {
      const Index step = all_.step(lag);
      const double side = all_.reverse ? 0.5 : -0.5;
      if (!shown(step) || !std::isfinite(path.share[lag])) continue;
      for (const double x : {static_cast<double>(step) - side, static_cast<double>(step) + side}) {
        line.x.push_back(x);
        line.y.push_back(path.share[lag]);
      }
    }
    return line;
  }

  /// Of one model: the memory alone below, all detours upon it.
  Panel shares() const {
    const Observation& observation = observations_[0];
    const std::string symbol = symbol_of(cell(0).channels[cell(0).memory()]);
    Panel panel = over_text(observation);
    panel.title = fmt::format("share that came through {} alone, and on detours", symbol);
    panel.y = {.title = "share", .low = 0, .high = 1, .ticks = {{0, "0"}, {0.5, "½"}, {1, "1"}}};
    panel.legend = Legend::none;
    panel.height = 0.7F;
    const Line share = share_of(0);
    const std::vector<double> none(share.x.size(), 0), all(share.x.size(), 1);
    add_forced(panel, forced_steps(observation, observation.steps()));
    panel.marks.push_back(Band{.name = "on detours",
                               .x = share.x,
                               .low = share.y,
                               .high = all,
                               .ink = {InkRole::muted},
                               .opacity = 0.45F});
    panel.marks.push_back(Band{.name = symbol + " alone",
                               .x = share.x,
                               .low = none,
                               .high = share.y,
                               .ink = {role_of(cell(0), cell(0).memory())},
                               .opacity = 0.9F});
    add_truncation(panel, observation, true);
    if (options_.step && *options_.step != all_.loss_step)
      panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    const analysis::KeepPath& path = *paths_[0];
    const auto told = static_cast<std::size_t>(std::min<Index>(kToldLag, std::ssize(path.share) - 1));
    panel.remark = fmt::format("{} steps back {} through {} alone", told, percent(path.share[told]), symbol);
    return panel;
  }

  /// Of several models a line each.
  Panel shares_of_models() const {
    Panel panel = over_text(observations_[0]);
    panel.title = "share that came through the memory alone";
    panel.y = {.low = 0, .high = 1, .ticks = {{0, "0"}, {0.5, "½"}, {1, "1"}}};
    panel.legend = Legend::none;
    panel.height = 0.8F;
    for (std::size_t k = 0; k < observations_.size(); ++k) {
      if (product_name(k).empty()) continue;
      Line line = share_of(k);
      line.name = name_of(observations_[k]);
      line.ink = model_ink(observations_, k);
      line.dash = model_dash(k);
      line.weight = 1.6F;
      panel.marks.push_back(std::move(line));
    }
    add_truncation(panel, observations_[0], true);
    return panel;
  }

  Panel panel(const GradientLane& lane, bool first) const {
    const Observation& observation = observations_[lane.model];
    Panel panel{.title = title_of_lane(lane), .title_ink = {lane.role}, .empty_text = "no steps yet"};
    const GradientLane* natural = natural_of(lane);
    panel.remark = "reach: " + reach_text(lane);
    if (natural) panel.remark += ", natural " + reach_text(*natural);
    panel.x = over_text(observation).x;
    panel.y = share_axis();
    if (observations_.size() > 1) {  // one slim row each, called by its model: the colours tell the scale
      panel.height = 0.65F;
      panel.y.ticks = {{std::sqrt(*panel.y.low * *panel.y.high), lane.name}};
      if (options_.linear_gradient) panel.y.ticks[0].at = *panel.y.high / 2;
      panel.y.title.clear();
    }
    auto forced = forced_steps(observation, observation.steps());
    for (auto& [from, to] : forced) from = std::max(from, *panel.x.low), to = std::min(to, *panel.x.high);
    std::erase_if(forced, [](const auto& span) { return span.first >= span.second; });
    add_forced(panel, std::move(forced));
    if (auto* spans = panel.marks.empty() ? nullptr : std::get_if<Spans>(&panel.marks[0]); spans && !first)
      spans->name.clear();  // the first panel's legend says it
    panel.marks.push_back(columns(lane, first));
    if (natural) panel.marks.push_back(ghost(*natural, first));
    panel.marks.push_back(Rule{.at = kReachShare, .vertical = false});
    add_truncation(panel, observation, first && !keeps());
    if (lane.reach && *lane.reach > 0 && *lane.reach < all_.reached(lane, options_))
      panel.marks.push_back(Rule{
          .at = static_cast<double>(all_.step(*lane.reach)) + (all_.reverse ? -0.5 : 0.5),
          .label = panel.remark.substr(0, panel.remark.find(',')),
          .ink = {InkRole::neutral},
          .dash = Dash::solid,
          .before = !all_.reverse,
      });
    if (options_.step && *options_.step != all_.loss_step)
      panel.marks.push_back(Cursor{.x = *options_.step, .y = {}});
    if (observations_.size() > 1) panel.title.clear(), panel.remark.clear();
    return panel;
  }

  /// From nothing to the eye to all, or to the greatest where the gradient grows: one scale for every lane.
  Axis share_axis() const {
    double most = 1;
    for (const GradientLane& lane : all_.lanes)
      for (const auto* side : {&lane.relative, &lane.beyond})
        for (const double r : *side)
          if (std::isfinite(r)) most = std::max(most, r);
    Axis axis{.title = "share left", .kind = ScaleKind::log, .low = kGradientFloor, .high = most};
    if (options_.linear_gradient) {
      axis.kind = ScaleKind::linear;
      axis.low = 0;
      return axis;
    }
    for (int exponent = -6; std::pow(10, exponent) <= most * 1.0001; exponent += 3)
      axis.ticks.push_back({std::pow(10, exponent), exponent == 0 ? "1" : power_of_ten(exponent)});
    return axis;
  }

  Columns columns(const GradientLane& lane, bool first) const {
    const Axis axis = share_axis();
    Columns columns{.name = lane.name + ", relative to the loss step"};
    columns.colors.kind = axis.kind;
    columns.colors.low = axis.low;
    columns.colors.high = axis.high;
    columns.colors.title = "of the norm at the loss";
    columns.colors.bar =
        first && observations_.size() == 1 ? ColorScale::Bar::compact : ColorScale::Bar::none;
    columns.origin = static_cast<double>(all_.loss_step);
    const Index reached = all_.reached(lane, options_);
    const auto put = [&](Index lag, double value, bool there) {
      if (!shown(all_.step(lag))) return;
      const auto step = static_cast<double>(all_.step(lag));
      if (!there) return columns.waiting.push_back(step);
      columns.x.push_back(step);
      columns.values.push_back(value);
    };
    // The other side of the loss comes in at the pulse's pace as well.
    for (Index away = std::ssize(lane.beyond); away > 0; --away)
      put(-away, lane.beyond[static_cast<std::size_t>(away - 1)], !options_.frame || away < reached);
    for (Index lag = 0; lag < static_cast<Index>(lane.relative.size()); ++lag)
      put(lag, lane.relative[static_cast<std::size_t>(lag)], lag < reached);
    if (options_.frame && reached > 0) columns.front = static_cast<double>(all_.step(reached - 1));
    return columns;
  }

  /// What would be left without the rules: a dashed line over the columns.
  Line ghost(const GradientLane& natural, bool first) const {
    Line line{.name = first ? "natural" : "", .ink = {InkRole::neutral, 0, 0.8F}, .dash = Dash::dashed};
    for (Index lag = 0; lag < all_.reached(natural, options_); ++lag) {
      if (!shown(all_.step(lag))) continue;
      line.x.push_back(static_cast<double>(all_.step(lag)));
      line.y.push_back(natural.relative[lag]);
    }
    return line;
  }

  std::span<const Observation> observations_;
  const ViewOptions& options_;
  GradientLanes all_;
  std::vector<analysis::Kept<analysis::KeepPath>> paths_;  // one a model
  Index steps_, first_ = 0, last_ = 0, first_cell_ = 0, last_cell_ = 0;
};

}  // namespace

Figure unrolled_view(std::span<const Observation> observations, const ViewOptions& options) {
  return UnrolledView(observations, options).make();
}

}  // namespace gatescope::views
