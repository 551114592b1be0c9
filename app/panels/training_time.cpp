// The training's time: its learning curve as a line to drag along, from update 0 to now. All views follow.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/kit/draw.h"
#include "app/kit/focus.h"
#include "app/panels/panels.h"
#include "core/train/loss_text.h"

namespace gatescope::ui {
namespace {

/// Updates along the line: the beginning, where most happens, is drawn wider.
class UpdateAxis {
 public:
  UpdateAxis(const ScreenRect& box, std::uint64_t last)
      : box_(box), last_(std::max<std::uint64_t>(1, last)) {}

  float x(std::uint64_t update) const {
    return box_.low.x + box_.width() * static_cast<float>(std::sqrt(static_cast<double>(update) / last()));
  }
  double update_at(float x) const {
    const double part = std::clamp((x - box_.low.x) / std::max(1.0f, box_.width()), 0.0f, 1.0f);
    return part * part * last();
  }

 private:
  double last() const { return static_cast<double>(last_); }

  ScreenRect box_;
  std::uint64_t last_;
};

/// The kept moment that is nearest along the line; none: the present is.
std::optional<std::uint64_t> nearest(const UpdateAxis& axis, const session::Snapshot& now, float x) {
  std::optional<std::uint64_t> found;
  float least = std::abs(axis.x(now.updates) - x);
  for (const std::uint64_t update : now.moments->updates) {
    const float off = std::abs(axis.x(update) - x);
    if (update < now.updates && off < least) least = off, found = update;
  }
  return found;
}

struct CurveRange {
  double low = 0, high = 1;
};

/// The first updates are far above everything that matters.
CurveRange range_of(const std::vector<train::MetricsRow>& rows) {
  std::vector<double> losses;
  for (const train::MetricsRow& row : rows) {
    if (std::isfinite(row.loss)) losses.push_back(row.loss);
    if (row.held_out && std::isfinite(*row.held_out)) losses.push_back(*row.held_out);
  }
  if (losses.empty()) return {};
  std::ranges::sort(losses);
  CurveRange range{losses.front(), losses[losses.size() - 1 - losses.size() / 50]};
  for (const train::MetricsRow& row : rows)
    if (row.held_out && row.update > rows.back().update / 4) range.high = std::max(range.high, *row.held_out);
  if (!(range.high > range.low)) range.high = range.low + 1;
  return range;
}

using Value = std::optional<double> (*)(const train::MetricsRow&);
std::optional<double> loss_of(const train::MetricsRow& row) {
  return row.loss;
}
std::optional<double> held_out_of(const train::MetricsRow& row) {
  return row.held_out;
}

void draw_curve(const std::vector<train::MetricsRow>& rows, Value value, const UpdateAxis& axis,
                const ScreenRect& box, const CurveRange& range, ImU32 color, float thickness) {
  std::vector<ImVec2> points;
  for (const train::MetricsRow& row : rows) {
    const auto loss = value(row);
    if (!loss || !std::isfinite(*loss)) continue;
    const double part = std::clamp((*loss - range.low) / (range.high - range.low), 0.0, 1.0);
    const ImVec2 point{axis.x(row.update), box.high.y - static_cast<float>(part) * box.height()};
    // Of the updates that share a pixel the mean of two after two is enough.
    if (!points.empty() && point.x - points.back().x < 1)
      points.back().y = (points.back().y + point.y) / 2;
    else
      points.push_back(point);
  }
  if (points.size() > 1)
    compat::polyline(*ImGui::GetWindowDrawList(), points.data(), static_cast<int>(points.size()), color,
                     thickness);
}

void draw_curves(const Look& look, const Workbench& bench, const UpdateAxis& axis, const ScreenRect& box) {
  const session::Snapshot& now = bench.shown().now();
  const std::size_t m = bench.shown().view().model;
  if (!now.history || m >= now.history->size()) return;
  const views::Observation& trained = (*now.history)[m];
  if (trained.metrics.empty()) return;
  const CurveRange range = range_of(trained.metrics);
  const ImU32 color = model_color(look, bench, m);
  const float thin = std::max(1.0f, look.px(1));
  for (const session::Branch& branch : now.branches)
    draw_curve((*branch.metrics)[m], loss_of, axis, box, range, mixed(look.background, color, 0.3f), thin);
  draw_curve(trained.metrics, loss_of, axis, box, range, mixed(look.background, color, 0.6f), thin);
  draw_curve(trained.metrics, held_out_of, axis, box, range, color, 1.6f * thin);
}

std::string to_branch(const session::Branch& branch) {
  return fmt::format("To the other run, update {}", grouped(branch.to));
}

/// How far a branch came, and which of its weights are kept.
std::string about_branch(const session::Snapshot& now, const session::Branch& branch, std::size_t model) {
  const auto& rows = (*branch.metrics)[std::min(model, branch.metrics->size() - 1)];
  std::string about;
  const auto measured =
      std::find_if(rows.rbegin(), rows.rend(), [](const auto& row) { return row.held_out.has_value(); });
  if (!rows.empty()) {
    const bool held_out = measured != rows.rend();
    const double loss = held_out ? *measured->held_out : rows.back().loss;
    about = fmt::format("{} {}{}. ", train::loss_text(loss * now.outcome->factor, 2), now.outcome->mean_score,
                        held_out ? " held out" : " in training");
  }
  if (branch.best.empty()) return about + "Its last weights are kept.";
  std::vector<std::string> updates;
  for (const std::uint64_t update : branch.best) updates.push_back(grouped(update));
  return about + fmt::format("Its best weights, of update {}, are kept, too.", fmt::join(updates, " and "));
}

/// What stands at the line's right end: where one is, and what can be done there.
struct Ways {
  std::string where;
  bool past = false;
  std::string back;  // the button of the branches; empty: there is none
};

Ways ways_of(const session::Snapshot& now) {
  Ways ways;
  ways.past = now.shown_update.has_value();
  if (ways.past)
    ways.where =
        fmt::format("update {} of {}, a kept moment", grouped(*now.shown_update), grouped(now.updates));
  else
    ways.where = fmt::format("{} {} kept, {:.0f} of {:.0f} MB", grouped(now.moments->updates.size()),
                             now.moments->updates.size() == 1 ? "moment" : "moments",
                             std::ceil(static_cast<double>(now.moments->bytes) / 1048576.0),
                             static_cast<double>(now.moments->budget) / 1048576.0);
  if (now.branches.size() == 1)
    ways.back = to_branch(now.branches[0]) + "###return";
  else if (!now.branches.empty())
    ways.back = "To another run …###return";
  return ways;
}

float button_width(const Look& look, std::string_view label) {
  return std::round(text_size(shown(label)).x + look.px(24));
}

/// Returns where what is left of them begins.
float draw_ways(const Look& look, Workbench& bench, const Ways& ways, float left, float right, float middle) {
  const session::Snapshot& now = bench.shown().now();
  const float top = middle - std::round(look.px(14)), gap = look.px(8);
  const auto place = [&](std::string_view label) {
    const float width = button_width(look, label);
    right -= width;
    ImGui::SetCursorScreenPos({right, top});
    right -= gap;
    return ImVec2{width, 0};
  };
  if (!ways.back.empty() && right - left > look.px(520)) {
    const bool one = now.branches.size() == 1;
    const ImVec2 size = place(ways.back);
    const std::string tip =
        one ? fmt::format(
                  "The other run\nThe dimmer curve: it parts at update {}. {} What is learnt now stays "
                  "as a branch in its turn.",
                  grouped(now.branches[0].from),
                  about_branch(now, now.branches[0], bench.shown().view().model))
            : "The other runs\nThe dimmer curves, each to be returned to. What is learnt now stays as a "
              "branch "
              "in its turn.";
    constexpr const char* popup = "##other runs";
    if (button(look, ways.back.c_str(), Kind::quiet, tip, size)) {
      if (one)
        bench.act(ReturnTo{0});
      else
        ImGui::OpenPopup(popup);
    }
    const ScreenRect at = last_item();
    if (ImGui::IsPopupOpen(popup)) {
      ImGui::SetNextWindowPos({at.high.x, at.low.y - look.px(3)}, ImGuiCond_Always, {1, 1});
      draw_menu(look, popup, branch_entries(bench));
    }
  }
  if (ways.past) {
    const ImVec2 present = place("Now");
    if (button(look, "Now", Kind::plain, "Back to the weights as they are now", present))
      bench.act(ShowUpdate{});
    const ImVec2 on = place("Go on from here");
    if (button(look, "Go on from here", Kind::primary,
               "Go on from here\nTraining leads on from this moment. What came after it stays as a dimmer "
               "curve.",
               on))
      bench.act(GoOnFrom{*now.shown_update});
  }
  const float width = text_size(ways.where).x;
  if (right - left > std::max(look.px(320), width + look.px(76))) {
    draw_text_right(right, middle, ways.past ? look.text : look.muted, ways.where);
    log_item(look, "moment", {right - width, top}, {right, middle + look.px(14)}, ways.where);
    right -= width + look.px(16);
  }
  return right;
}

}  // namespace

std::vector<MenuEntry> branch_entries(Workbench& bench) {
  const session::Snapshot& now = bench.shown().now();
  std::vector<MenuEntry> entries;
  for (std::size_t k = now.branches.size(); k-- > 0;) {
    const session::Branch& branch = now.branches[k];
    entries.push_back({.name = to_branch(branch),
                       .act = [&bench, k] { bench.act(ReturnTo{static_cast<int>(k)}); },
                       .detail = fmt::format("parts at update {}", grouped(branch.from)),
                       .about = about_branch(now, branch, bench.shown().view().model)});
  }
  return entries;
}

std::optional<ShowUpdate> moment_beside(const session::Snapshot& now, int by) {
  const std::vector<std::uint64_t>& kept = now.moments->updates;
  const std::uint64_t at = now.shown_update.value_or(now.updates);
  if (by < 0) {
    const auto before = std::ranges::lower_bound(kept, at);
    return before == kept.begin() ? std::nullopt : std::optional(ShowUpdate{*(before - 1)});
  }
  if (!now.shown_update) return std::nullopt;
  const auto after = std::ranges::upper_bound(kept, at);
  return after == kept.end() ? ShowUpdate{} : ShowUpdate{*after};
}

std::optional<std::uint64_t> moment_near(const session::Snapshot& now, double update) {
  std::optional<std::uint64_t> found;
  double least = std::abs(static_cast<double>(now.updates) - update);
  for (const std::uint64_t kept : now.moments->updates) {
    const double off = std::abs(static_cast<double>(kept) - update);
    if (kept < now.updates && off < least) least = off, found = kept;
  }
  return found;
}

void draw_training_time(const Look& look, Workbench& bench, ImVec2 size) {
  const session::Snapshot& now = bench.shown().now();
  if (!now.moments) return;
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const float middle = std::round(from.y + size.y / 2);
  float left = from.x;
  {
    const WithFont font(look.small);
    draw_text(left, middle, look.muted, "training time");
    left += text_size("training time").x + look.px(12);
  }
  const float right = draw_ways(look, bench, ways_of(now), left, from.x + size.x, middle);
  const float knob = look.px(6), inset = look.px(3);
  if (right - left < look.px(60)) return;
  ImGui::SetCursorScreenPos({left, from.y});
  // A fraction of a pixel too tall, and the row would scroll.
  ImGui::InvisibleButton("##training time", {right - left, std::floor(size.y) - 1});
  const ScreenRect all = last_item();
  const bool held = ImGui::IsItemActive(), hovered = ImGui::IsItemHovered();
  const int turn = key_focus(look, true).turn;
  const ScreenRect box{{all.low.x + knob, all.low.y + inset}, {all.high.x - knob, all.high.y - inset}};
  std::uint64_t last = now.updates;
  for (const session::Branch& branch : now.branches) last = std::max(last, branch.to);
  const UpdateAxis axis(box, last);
  fill({{all.low.x, all.low.y + 1}, {all.high.x, all.high.y - 1}}, look.field, look.px(4));
  // Every moment that one can go to.
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImU32 tick = mixed(look.field, look.muted, 0.45f);
  for (const std::uint64_t update : now.moments->updates)
    list.AddLine({axis.x(update), all.high.y - look.px(5)}, {axis.x(update), all.high.y - look.px(2)}, tick);
  draw_curves(look, bench, axis, box);
  const float x = axis.x(now.shown_update.value_or(now.updates));
  const ImU32 ink = now.training ? look.accent : look.text;  // blue is what runs
  list.AddLine({x, all.low.y + 1}, {x, all.high.y - 1}, ink, std::max(1.0f, look.px(2)));
  list.AddCircleFilled({x, middle}, held || hovered ? knob : knob * 0.85f, ink);
  list.AddCircleFilled({x, middle}, knob * 0.85f - look.px(2), look.background);
  log_item(look, "##training time", all.low, all.high,
           std::to_string(now.shown_update.value_or(now.updates)));
  if (held) {
    const auto wanted = nearest(axis, now, ImGui::GetIO().MousePos.x);
    if (wanted != now.shown_update && (wanted || now.shown_update)) bench.act(ShowUpdate{wanted});
  }
  if (const auto beside = turn != 0 ? moment_beside(now, turn) : std::nullopt) bench.act(*beside);
  tooltip(
      look,
      "Training time\nDrag to any kept moment of the training: all views show the weights of that update. "
      "With the keyboard, Tab leads here, ← and → to the moments. Moments lie dense at the beginning, which "
      "is drawn wider, and thinner later. They live in this "
      "window; a session file keeps the present alone.");
}

}  // namespace gatescope::ui
