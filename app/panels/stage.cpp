// The stage: figures in tabs or a grid, linked by the chosen step and unit.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/desk/force_scope.h"
#include "app/desk/zoom.h"
#include "app/kit/draw.h"
#include "app/kit/focus.h"
#include "app/kit/letters.h"
#include "app/panels/panels.h"
#include "app/panels/view_tabs.h"
#include "core/analysis/unit_order.h"
#include "core/plot/link.h"
#include "core/utf8.h"
#include "core/views/diagnoses_shown.h"
#include "core/views/laboratory_group.h"
#include "core/views/parts.h"

namespace gatescope::ui {
namespace {

/// The tabs' labels as wide as fits: number and name; small, short names; or but the numbers of those not
/// chosen.
struct TabRow {
  std::vector<std::string> labels, tips;
  std::vector<char> shown;  // beside others
  float padding = 12;
  ImFont* font = nullptr;
};

TabRow tab_row(const Look& look, const Workbench& bench, std::span<const ViewTab> all, int chosen,
               float room) {
  using enum TabStyle;
  TabRow row;
  for (const auto& [padding, style] : {std::pair{12.0f, whole},
                                       {8.0f, whole},
                                       {8.0f, names},
                                       {4.0f, names},
                                       {12.0f, keys},
                                       {7.0f, keys},
                                       {3.0f, keys}}) {
    row.padding = padding;
    row.font = style == names ? look.small : look.regular;
    row.labels.clear();
    const WithFont font(row.font);
    float width = 0;
    for (std::size_t k = 0; k < all.size(); ++k) {
      row.labels.push_back(tab_label(all[k], style, static_cast<int>(k) == chosen));
      width += text_size(row.labels.back()).x + look.px(2 * row.padding + 4);
    }
    if (width <= room) break;
  }
  for (const ViewTab& tab : all) {
    const std::string key = tab.key > 0 ? written(Action::choose_view, tab.key) + "; with" : "With";
    if (tab.laboratory) {
      row.tips.push_back("Laboratory\nMeasures of gradients and memory, from a menu.");
      row.shown.push_back(bench.shown().view().open.size() > 1 &&
                          std::ranges::any_of(bench.shown().view().open, [](const std::string& id) {
                            return views::in_laboratory(views::find_view(id));
                          }));
      continue;
    }
    row.tips.push_back(
        fmt::format("{}\n{}.\n{} Shift: beside the others", tab.view->title, tab.view->sentence, key));
    row.shown.push_back(bench.shown().view().open.size() > 1 &&
                        bench.editor().is_shown(std::string(tab.view->id)));
  }
  return row;
}

/// One figure on the stage: its picture, and what the pointer does there.
class Pane {
 public:
  static constexpr float kNear = 14;  // points: from there something is pointed at

  Pane(const Look& look, Workbench& bench, Desk& desk, const BuiltFigure& built, ImVec2 from, float scale)
      : look_(look), bench_(bench), desk_(desk), built_(built), from_(from), scale_(scale) {}

  /// The lens' edge over every lane, with a handle that is dragged; at the left end while there is none.
  void draw_lens(bool over) {
    if (!bench_.shown().natural_tape() || !views::find_view(built_.order.view).takes.lens) return;
    const plot::Placement* first = nullptr;
    float bottom = 0;
    for (const plot::Placement& placed : built_.scene.placements) {
      if (!steps_of(placed)) continue;
      if (!first) first = &placed;
      bottom = std::max(bottom, pixels(placed.plot).high.y);
    }
    if (!first) return;
    const ScreenRect plot = pixels(first->plot);
    const int edge = bench_.shown().view().lens.value_or(0);
    const auto at = [&](double value) {
      const auto fraction = static_cast<float>(std::clamp(first->x.fraction(value), 0.0, 1.0));
      return std::round(plot.low.x + fraction * plot.width());
    };
    // In the lane nearest to the middle, where it covers no title.
    const float half = (plot.low.y + bottom) / 2;
    float middle = plot.middle().y;
    for (const plot::Placement& placed : built_.scene.placements)
      if (const float y = pixels(placed.plot).middle().y;
          steps_of(placed) && std::abs(y - half) < std::abs(middle - half))
        middle = y;
    const float x = at(edge - 0.5);
    // The handle stays inside the lane, so that it covers no label beside it.
    const float half_grip = look_.px(8);
    const float handle =
        std::clamp(x, plot.low.x + half_grip, std::max(plot.low.x + half_grip, plot.high.x - half_grip));
    const ScreenRect grip{{handle - half_grip, middle - look_.px(15)},
                          {handle + half_grip, middle + look_.px(15)}};
    log_item(look_, "lens", grip.low, grip.high, edge > 0 ? std::to_string(edge) : "");
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const bool on = over && !desk_.marking && inside(grip, mouse);
    if (on && ImGui::IsMouseClicked(0)) desk_.lens_dragged = built_.order.view;
    const bool dragged = desk_.lens_dragged == built_.order.view;
    if (dragged && ImGui::IsMouseDragging(0, look_.px(2))) {
      const double value =
          first->x.value(static_cast<double>(std::clamp((mouse.x - plot.low.x) / plot.width(), 0.0f, 1.0f)));
      const int step = std::clamp(static_cast<int>(std::lround(value + 0.5)), 0, bench_.shown().steps());
      if (step != edge) bench_.act(SetLens{step > 0 ? std::optional<int>(step) : std::nullopt});
    } else if (dragged && !ImGui::IsMouseDown(0)) {
      desk_.lens_dragged.clear();
    }
    const bool active = on || dragged;
    if (active) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImU32 tone = active || edge > 0 ? look_.text : look_.muted;
    if (edge > 0) {
      list->AddLine({x, plot.low.y}, {x, bottom}, faded(look_.card, 0.8f), look_.px(5));
      list->AddLine({x, plot.low.y}, {x, bottom}, tone, look_.px(2));
    }
    fill(grip, look_.popup, look_.px(7));
    outline(grip, tone, look_.px(7), std::max(1.0f, look_.px(1.4f)));
    for (const float side : {-1.0f, 1.0f}) {
      const float base = handle + side * look_.px(1.5f), tip = handle + side * look_.px(5.5f),
                  wing = look_.px(4);
      list->AddTriangleFilled({base, middle - wing}, {tip, middle}, {base, middle + wing}, tone);
    }
    if (on && !ImGui::IsMouseDown(0)) {
      tell_beside(
          look_, grip,
          fmt::format("Lens: left of it without the rules, right of it forced.\nDrag it, or {}, {} and {}.",
                      written(Action::lens), written(Action::lens_back), written(Action::lens_forward)));
    }
  }

  /// What is marked, in the lanes of its channel; of none, in all of them.
  void draw_marked() const {
    const auto& marked = bench_.editor().document().window.marked;
    if (!marked || marked->steps.empty()) return;
    for (const plot::Placement& placed : built_.scene.placements) {
      const std::string channel = channel_of(placed);
      if (!steps_of(placed) || (!marked->channel.empty() && channel != marked->channel)) continue;
      const ScreenRect plot = pixels(placed.plot);
      const auto across = [&](double step) {
        return plot.low.x + static_cast<float>(std::clamp(placed.x.fraction(step), 0.0, 1.0)) * plot.width();
      };
      const auto down = [&](double row) {
        return plot.high.y - static_cast<float>(std::clamp(placed.y.fraction(row), 0.0, 1.0)) * plot.height();
      };
      const float left = across(marked->steps.front().first - 0.5),
                  right = across(marked->steps.back().last + 0.5);
      if (right - left < 1) continue;  // beyond the steps that are shown
      for (const nn::Range& rows : marked_rows(panel_of(placed))) {
        ScreenRect box{{left, plot.low.y}, {right, plot.high.y}};
        if (rows.last >= rows.first) {
          const float a = down(rows.first - 0.5), b = down(rows.last + 0.5);
          box.low.y = std::min(a, b);
          box.high.y = std::max(a, b);
        }
        fill(box, faded(look_.text, 0.12f), 0);
        outline(box, look_.card, 0, look_.px(4));
        outline(box, look_.text, 0, std::max(1.0f, look_.px(2)));
        log_item(look_, "marked " + built_.order.view, box.low, box.high);
        if (!desk_.mark && !marked->channel.empty() && !desk_.marked_in_text)
          desk_.mark = {box.low, box.high};
      }
    }
  }

  /// A region that is being marked goes on though the pointer leaves its lane.
  void drag_mark() {
    if (!desk_.marking || desk_.marking->view != built_.order.view) return;
    Desk::Marking& from = *desk_.marking;
    const plot::Placement* lane = nullptr;
    for (const plot::Placement& placed : built_.scene.placements)
      if (panel_of(placed).key == from.channel) lane = &placed;
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    from.moved |= std::abs(mouse.x - from.at.x) > look_.px(4) || std::abs(mouse.y - from.at.y) > look_.px(8);
    if (!lane || !ImGui::IsMouseDown(0)) {
      if (from.moved && bench_.editor().document().window.marked) {
        desk_.mark_pointer = mouse.x;
        open_mark_bar(bench_);
      }
      desk_.marking.reset();
      return;
    }
    if (!from.moved) return;
    // As if the pointer were still in the lane.
    const plot::Rect& rect = lane->plot;
    const plot::Point at{std::clamp((mouse.x - from_.x) / scale_, rect.x, rect.right() - 0.01f),
                         std::clamp((mouse.y - from_.y) / scale_, rect.y, rect.bottom() - 0.01f)};
    const plot::Panel& panel = panel_of(*lane);
    const plot::Pointed to = plot::pointed_at(panel, *lane, at, kNear);
    if (!to.step) return;
    const int step = std::clamp(*to.step, 0, std::max(0, bench_.shown().steps() - 1));
    Marked marked{.channel = channel_of(*lane)};
    marked.steps = {{std::min(from.step, step), std::max(from.step, step)}};
    // A swipe along the steps means all units.
    if (from.unit && to.unit && std::abs(mouse.y - from.at.y) > look_.px(8))
      marked.units = units_between(panel.y, *from.unit, *to.unit);
    desk_.marked_in_text = false;
    if (bench_.editor().document().window.marked != marked) bench_.act(Mark{marked});
  }

  /// The chosen and the pointed-at step and unit, in every plot that has them.
  void draw_cursors() const {
    const ViewState& view = bench_.shown().view();
    plot::Pointed chosen{.step = {}, .unit = view.unit}, pointed{bench_.hovered_step, bench_.hovered_unit};
    if (bench_.shown().steps() > 0) chosen.step = view.step;
    const bool another =
        (pointed.step && pointed.step != chosen.step) || (pointed.unit && pointed.unit != chosen.unit);
    if (pointed.step && !pointed.unit) pointed.unit = chosen.unit;  // a unit's line has a dot at that step
    if (!pointed.step) pointed.step = chosen.step;
    for (const plot::Placement& placed : built_.scene.placements) {
      const plot::Panel& panel = panel_of(placed);
      if (another)
        for (const plot::CursorMark& mark : plot::cursor_marks(panel, placed, pointed))
          draw_mark(panel, mark, false);
      for (const plot::CursorMark& mark : plot::cursor_marks(panel, placed, chosen))
        draw_mark(panel, mark, true);
    }
  }

  /// With the pointer over the picture: what it is over is marked everywhere; a press chooses it.
  void point() {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const plot::Point at{(mouse.x - from_.x) / scale_, (mouse.y - from_.y) / scale_};
    for (const plot::Placement& placed : built_.scene.placements) {
      if (point_at_target(placed, mouse) || point_at_loss(placed, mouse)) return;
      const plot::Panel& panel = panel_of(placed);
      plot::Pointed pointed = plot::pointed_at(panel, placed, at, kNear);
      if (pointed.step) pointed.step = std::clamp(*pointed.step, 0, std::max(0, bench_.shown().steps() - 1));
      if (!pointed.step && !pointed.unit) continue;
      hover(pointed.step, pointed.unit);
      if (!placed.cells.empty()) continue;
      const bool rows = panel.y.counts == plot::Counts::units;
      if (pointed.step) begin_mark(panel, *pointed.step, rows ? pointed.unit : std::nullopt);
      if (!desk_.marking) tell(panel, pixels(placed.plot), pointed.step, pointed.unit);
    }
  }

  /// The wheel zooms about the step under the pointer, with Shift or sideways it pans, as the middle button
  /// does by dragging; a double click shows all steps.
  void zoom() {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    for (const plot::Placement& placed : built_.scene.placements) {
      const plot::Panel& panel = panel_of(placed);
      const bool text = !placed.cells.empty();
      if (panel.x.counts != plot::Counts::steps || !panel.x.numbers.empty()) continue;
      const ScreenRect plot = pixels(placed.plot);
      if (!inside(plot, mouse) || plot.width() <= 0) continue;
      const double place = text ? bench_.hovered_step.value_or(bench_.shown().view().step)
                                : placed.x.value(static_cast<double>((mouse.x - plot.low.x) / plot.width()));
      zoom_by_wheel(bench_, place, true);
      if (ImGui::IsMouseDoubleClicked(0)) show_steps(bench_, std::nullopt);
      if (!text) pan_by_dragging(plot);
      return;
    }
  }

  /// Beside the rows of units: a press lets one choose how they are sorted.
  void offer_orders() const {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    for (const plot::Placement& placed : built_.scene.placements) {
      if (panel_of(placed).y.counts != plot::Counts::units) continue;
      const ScreenRect plot = pixels(placed.plot);
      const ScreenRect beside{{from_.x, plot.low.y}, {plot.low.x - look_.px(6), plot.high.y}};
      if (!inside(beside, mouse)) continue;
      ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
      rest_on(look_, ImGui::GetID("orders"), beside,
              "Rows: units\nPress to sort them, or to give each its own scale.");
      if (ImGui::IsMouseClicked(0)) ImGui::OpenPopup("##orders");
    }
  }

  /// Over updates the one whose weights are shown is a line; a press or a drag leads to the kept moment
  /// there.
  void drag_update(bool over) {
    const session::Snapshot& now = bench_.shown().now();
    if (!now.moments) return;
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    std::optional<double> wanted;
    for (const plot::Placement& placed : built_.scene.placements) {
      if (panel_of(placed).x.counts != plot::Counts::updates || placed.plot.width <= 0) continue;
      const ScreenRect plot = pixels(placed.plot);
      const auto update = static_cast<double>(now.shown_update.value_or(now.updates));
      const auto part = static_cast<float>(std::clamp(placed.x.fraction(update), 0.0, 1.0));
      const float x = std::round(plot.low.x + part * plot.width());
      ImGui::GetWindowDrawList()->AddLine({x, plot.low.y}, {x, plot.high.y},
                                          now.training ? look_.accent : look_.text, look_.px(1.6f));
      log_item(look_, "update " + built_.order.view, plot.low, plot.high, fmt::format("{:.0f}", update));
      const bool on = over && inside(plot, mouse);
      if (on && ImGui::IsMouseClicked(0)) desk_.update_dragged = built_.order.view;
      const bool dragged = desk_.update_dragged == built_.order.view;
      if (on || dragged) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
      if (!dragged || mouse.x < plot.low.x || mouse.x >= plot.high.x) continue;
      wanted = placed.x.value(static_cast<double>((mouse.x - plot.low.x) / plot.width()));
    }
    if (wanted && moment_near(now, *wanted) != now.shown_update)
      bench_.act(ShowUpdate{moment_near(now, *wanted)});
    if (desk_.update_dragged == built_.order.view && !ImGui::IsMouseDown(0)) desk_.update_dragged.clear();
  }

  /// Over a card of the diagnoses: a press shows its view beside it and puts its rule in force.
  void open_card() const {
    if (built_.order.view != "diagnoses" || !built_.figure) return;
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    for (const plot::Placement& placed : built_.scene.placements) {
      const ScreenRect box = pixels(placed.plot);
      const std::string& key = panel_of(placed).key;
      if (key.empty() || !inside(box, mouse)) continue;
      const auto all = views::diagnoses_shown(built_.order.observations.front(), built_.order.options);
      if (!all) return;
      const auto one = std::ranges::find(all->found, key, &analysis::Diagnosis::key);
      if (one == all->found.end()) return;
      // Of another step's view the rule's effect is shown: to choose that step would ask for its diagnoses.
      const std::string view(one->step.value_or(all->step) == all->step ? one->view : "effect");
      ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
      rest_on(look_, ImGui::GetID(key.c_str()), box,
              fmt::format("{}\nPress to see it beside this{}.", views::find_view(view).title,
                          one->counterfactual.rules.empty()
                              ? ""
                              : fmt::format(", with {} in force", one->counterfactual.rule)));
      if (!ImGui::IsMouseClicked(0) || !ImGui::IsItemActive()) return;
      const auto& rules = bench_.editor().document().probe.rules;
      for (const nn::ForceRule& rule : one->counterfactual.rules)
        if (std::ranges::find(rules, rule) == rules.end()) bench_.act(AddRule{rule});
      if (!bench_.editor().is_shown(view)) bench_.act(ShowBeside{view});
      return;
    }
  }

  /// The loss marker that is being dragged: along the text, as many steps as the pointer passes.
  void drag_loss() {
    if (!desk_.dragged_loss) return;
    if (!ImGui::IsMouseDown(0)) {
      desk_.dragged_loss.reset();
      return;
    }
    const float moved = (ImGui::GetIO().MousePos.x - desk_.dragged_loss->x) / desk_.dragged_loss->step_width;
    const int step = desk_.dragged_loss->from + static_cast<int>(std::lround(moved));
    if (step != bench_.replay().loss_step()) bench_.replay().choose_loss(step);
    ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  }

  /// A valve that is being dragged goes on though the pointer leaves it.
  void drag_valve() {
    if (desk_.dragged_valve.empty()) return;
    const float moved = ImGui::GetMouseDragDelta(0, look_.px(3)).y;
    if (ImGui::IsMouseDown(0)) {
      if (moved != 0) {
        const nn::Channel* channel = bench_.shown().channel(desk_.dragged_valve);
        const double low = channel ? std::min(0.0, views::least_slid(*channel)) : 0,
                     high = channel ? channel->open : 1;
        const double value = std::clamp(static_cast<double>(desk_.dragged_from) -
                                            (high - low) * static_cast<double>(moved / look_.px(140)),
                                        low, high);
        bench_.forcing().force(desk_.dragged_valve, std::round(value * 100) / 100);
        desk_.valve_moved = true;
      }
    } else {
      if (!desk_.valve_moved) bench_.forcing().cycle(desk_.dragged_valve);
      desk_.dragged_valve.clear();
    }
  }

 private:
  ScreenRect pixels(const plot::Rect& rect) const {
    return {{from_.x + rect.x * scale_, from_.y + rect.y * scale_},
            {from_.x + rect.right() * scale_, from_.y + rect.bottom() * scale_}};
  }
  const plot::Panel& panel_of(const plot::Placement& placed) const {
    return built_.figure->panels[placed.panel];
  }
  bool steps_of(const plot::Placement& placed) const {
    const plot::Axis& x = panel_of(placed).x;
    return x.counts == plot::Counts::steps && x.numbers.empty() && placed.plot.width > 0 &&
           placed.cells.empty();
  }
  /// The channel whose lane it is; empty: it is none.
  std::string channel_of(const plot::Placement& placed) const {
    const std::string& key = panel_of(placed).key;
    return key.substr(0, key.find(' '));
  }

  /// The rows of a panel that show marked units, as runs of places from its axis' end; one without any place
  /// stands for all of the plot.
  std::vector<nn::Range> marked_rows(const plot::Panel& panel) const {
    const Marked& marked = *bench_.editor().document().window.marked;
    if (marked.units.empty() || panel.y.counts != plot::Counts::units) return {{0, -1}};
    std::vector<int> rows;
    for (const nn::Range& range : marked.units)
      for (int unit = range.first; unit <= std::min(range.last, bench_.shown().hidden() - 1); ++unit)
        if (const auto place = plot::place_of(panel.y, unit))
          rows.push_back(static_cast<int>(std::lround(*place)));
    return ranges_of(std::move(rows));
  }

  /// The units of the rows from one unit's to another's.
  static std::vector<nn::Range> units_between(const plot::Axis& axis, int one, int other) {
    const auto a = plot::place_of(axis, one), b = plot::place_of(axis, other);
    if (!a || !b) return {};
    std::vector<int> units;
    for (double place = std::min(*a, *b); place <= std::max(*a, *b); ++place)
      if (const auto unit = plot::number_at(axis, place)) units.push_back(*unit);
    return ranges_of(std::move(units));
  }

  /// A press in a lane may become a mark.
  void begin_mark(const plot::Panel& panel, int step, std::optional<int> unit) {
    if (!ImGui::IsMouseClicked(0) || !ImGui::IsItemActive() || !desk_.lens_dragged.empty()) return;
    if (bench_.editor().document().window.marked) bench_.act(Unmark{});
    const nn::CellInfo* cell = bench_.shown().cell();
    const std::string symbol = panel.key.substr(0, panel.key.find(' '));
    if (!cell || symbol.empty() || cell->find(symbol) == nn::kNone) return;
    desk_.marking = Desk::Marking{built_.order.view, panel.key, step, unit, ImGui::GetIO().MousePos, false};
  }

  static bool inside(const ScreenRect& box, ImVec2 at) {
    return at.x >= box.low.x && at.x < box.high.x && at.y >= box.low.y && at.y < box.high.y;
  }

  /// In two tones, so that it shows on every colour.
  void draw_mark(const plot::Panel& panel, const plot::CursorMark& mark, bool chosen) const {
    using Kind = plot::CursorMark::Kind;
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ScreenRect box = pixels(mark.rect);
    const ImU32 tone = faded(look_.cursor, chosen ? 1 : 0.7f), halo = faded(look_.halo, chosen ? 1 : 0.45f);
    const float edge = std::max(1.0f, std::round(look_.px(1))), thin = look_.px(chosen ? 1.6f : 1);
    switch (mark.kind) {
      case Kind::line: {
        const float x = std::round(box.low.x);
        list->AddLine({x, box.low.y}, {x, box.high.y}, halo, thin + 2 * edge);
        list->AddLine({x, box.low.y}, {x, box.high.y}, tone, thin);
        break;
      }
      case Kind::row:
        draw_row(list, box, tone, halo);
        break;
      case Kind::frame:
        outline(box, halo, look_.px(2), look_.px(1.4f) + 2 * edge);
        outline(box, tone, look_.px(2), look_.px(1.4f));
        break;
      case Kind::point: {
        const float r = look_.px(chosen ? 4.5f : 3.5f);
        list->AddCircleFilled(box.low, r + 1.5f * edge, halo);
        list->AddCircleFilled(box.low, r, tone);
        if (panel.points && panel.points->counts == plot::Counts::units) label_point(box.low, r, chosen);
        break;
      }
    }
  }

  /// Which unit a point stands for, beside it.
  void label_point(ImVec2 at, float r, bool chosen) const {
    const std::optional<int> unit = chosen ? bench_.shown().view().unit : bench_.hovered_unit;
    if (!unit) return;
    const WithFont font(look_.small);
    const std::string text = fmt::format("unit {}", *unit);
    const ImVec2 size = text_size(text);
    const float right = from_.x + built_.scene.size.width * scale_, after = at.x + r + look_.px(5);
    const float left = after + size.x > right ? at.x - r - look_.px(5) - size.x : after;
    fill({{left - look_.px(2), at.y - size.y / 2}, {left + size.x + look_.px(2), at.y + size.y / 2}},
         faded(look_.card, 0.8f), look_.px(2));
    draw_text(left, at.y, chosen ? look_.text : look_.muted, text);
  }

  void draw_row(ImDrawList* list, const ScreenRect& row, ImU32 tone, ImU32 halo) const {
    const float thin = std::max(1.0f, std::round(look_.px(1)));
    if (row.height() >= look_.px(5)) {
      list->AddRect(row.low, row.high, halo, 0, 0, 3 * thin);
      list->AddRect(row.low, row.high, tone, 0, 0, thin);
      return;
    }
    // A row too thin for an outline that leaves its values to be seen: marks at both ends of it.
    const float middle = std::round(row.middle().y), size = look_.px(5), left = row.low.x, right = row.high.x;
    for (const auto& [grown, color] : {std::pair{1.5f * thin, halo}, {0.0f, tone}}) {
      const float half = size * 0.7f + grown;
      list->AddTriangleFilled({left - size - grown, middle - half}, {left + grown, middle},
                              {left - size - grown, middle + half}, color);
      list->AddTriangleFilled({right + size + grown, middle - half}, {right + size + grown, middle + half},
                              {right - grown, middle}, color);
    }
    list->AddLine({left, middle}, {right, middle}, faded(halo, 0.3f), 3 * thin);
    list->AddLine({left, middle}, {right, middle}, faded(tone, 0.45f), thin);
  }

  /// From the steps that were shown when the button went down: the picture itself comes some frames later.
  void pan_by_dragging(const ScreenRect& plot) {
    const ImGuiIO& io = ImGui::GetIO();
    const auto steps = bench_.shown().view().steps;
    if (ImGui::IsMouseClicked(2) && steps)
      desk_.pan = Desk::Pan{io.MouseClickedTime[2], io.MousePos.x, *steps};
    if (!ImGui::IsMouseDown(2) || !desk_.pan || desk_.pan->clicked != io.MouseClickedTime[2]) return;
    const plot::Steps& from = desk_.pan->steps;
    const float step_width = plot.width() / static_cast<float>(from.last - from.first + 1);
    const auto by = static_cast<int>(std::lround((desk_.pan->x - io.MousePos.x) / step_width));
    const plot::Steps to = panned(from, by, bench_.shown().steps());
    if (steps != to) show_steps(bench_, to);
  }

  bool point_at_target(const plot::Placement& placed, ImVec2 mouse) {
    for (const plot::Target& target : placed.targets) {
      const ScreenRect box = pixels(target.rect);
      log_item(look_, "valve " + target.name, box.low, box.high);
      if (!inside(box, mouse)) continue;
      ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
      const nn::CellInfo* cell = bench_.shown().cell();
      const int channel = cell ? cell->find(target.name) : nn::kNone;
      if (channel != nn::kNone && desk_.dragged_valve.empty()) {
        tell_beside(look_, box,
                    views::whole_title_of(cell->channels[channel]) +
                        "\nPress: free, closed, open. Drag up or down: any value.");
      }
      if (ImGui::IsMouseClicked(0)) {
        desk_.dragged_valve = target.name;
        desk_.valve_moved = false;
        desk_.dragged_from =
            static_cast<float>(bench_.forcing().forced_value(target.name).value_or(value_of(channel)));
      }
      return true;
    }
    return false;
  }

  /// The marker stands over the loss's step, on a rail above the plot that takes it to any other.
  bool point_at_loss(const plot::Placement& placed, ImVec2 mouse) {
    const plot::Panel& panel = panel_of(placed);
    if (panel.x.counts != plot::Counts::steps) return false;
    std::optional<double> origin;
    for (const plot::Mark& mark : panel.marks) {
      if (const auto* chain = std::get_if<plot::Chain>(&mark)) origin = chain->origin;
      if (const auto* columns = std::get_if<plot::Columns>(&mark)) origin = columns->origin;
    }
    if (!origin) return false;
    const ScreenRect plot = pixels(placed.plot);
    const int loss = static_cast<int>(*origin);
    const auto fraction = static_cast<float>(placed.x.fraction(loss));
    const float width =
        std::abs(static_cast<float>(placed.x.fraction(loss + 1) - placed.x.fraction(loss))) * plot.width();
    if (!(fraction >= 0 && fraction <= 1) || width <= 0) return false;
    const float x = plot.low.x + fraction * plot.width(), half = std::max(look_.px(9), width / 2);
    const ScreenRect marker{{x - half, plot.low.y - look_.px(12)}, {x + half, plot.low.y + look_.px(4)}};
    log_item(look_, fmt::format("loss marker {}", placed.panel), marker.low, marker.high);
    if (!inside(marker, mouse)) return false;
    ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
    if (!desk_.dragged_loss)
      tell_beside(look_, marker,
                  fmt::format("The loss at step {}\nDrag it along the text, or {} and {}.", loss,
                              written(Action::loss_back), written(Action::loss_forward)));
    if (ImGui::IsMouseClicked(0)) desk_.dragged_loss = {loss, mouse.x, width};
    return true;
  }

  double value_of(int channel) const {
    const auto* tape = bench_.shown().tape();
    if (!tape || channel == nn::kNone || bench_.shown().view().step >= tape->steps()) return 0.5;
    const auto column = tape->values(channel).col(bench_.shown().view().step);
    const std::optional<int> unit = bench_.shown().view().unit;
    return static_cast<double>(unit ? column[tape->row_of(channel, *unit)] : column.mean());
  }

  void hover(std::optional<int> step, std::optional<int> unit) {
    if (!desk_.lens_dragged.empty()) return;
    if (step) bench_.hovered_step = step;
    if (unit) bench_.hovered_unit = unit;
    if (!ImGui::IsMouseDown(0) || !ImGui::IsItemActive() || desk_.dragged_loss) return;
    if (step) bench_.replay().choose_step(*step);
    if (unit) bench_.act(ChooseUnit{*unit});
  }

  /// The values at the pointer.
  void tell(const plot::Panel& panel, const ScreenRect& plot, std::optional<int> step,
            std::optional<int> unit) const {
    std::string text;
    if (unit) text += fmt::format("unit {}  ", *unit);
    if (step) {
      text += fmt::format("step {}", *step);
      // A picture may still show what was read before something else was opened.
      if (bench_.shown().readings() && *step < std::ssize(bench_.shown().readings()->characters)) {
        const std::string& c = bench_.shown().readings()->characters[*step];
        text += fmt::format("  ‘{}’", display_text(c, " "));
      }
    }
    for (const plot::Mark& mark : panel.marks) {
      const auto* map = std::get_if<plot::Heatmap>(&mark);
      if (!map || !step || !unit || map->values.empty()) continue;
      const auto place = plot::place_of(panel.y, *unit);
      if (!place) continue;
      const int row = static_cast<int>(std::lround((*place - map->y0) / map->dy));
      const int column = static_cast<int>(std::lround((*step - map->x0) / map->dx));
      if (row < 0 || row >= map->values.rows || column < 0 || column >= map->values.columns) continue;
      text += fmt::format("\n{}  {:.3f}", map->name, map->values.at(row, column));
    }
    for (const plot::Mark& mark : panel.marks) {
      const auto* chain = std::get_if<plot::Chain>(&mark);
      if (!chain || !step) continue;
      const auto at = std::ranges::find(chain->x, static_cast<double>(*step)) - chain->x.begin();
      if (at >= std::ssize(chain->x)) continue;
      for (const plot::Chain::Lane& lane : chain->lanes)
        text += fmt::format("\n{}  {:.3g}", lane.name, lane.flows[at]);
    }
    for (const plot::Mark& mark : panel.marks) {
      const auto* line = std::get_if<plot::Line>(&mark);
      if (!line || !step || line->name.empty()) continue;
      const auto at =
          line->x.empty()
              ? static_cast<std::size_t>(*step)
              : static_cast<std::size_t>(std::ranges::lower_bound(line->x, static_cast<double>(*step)) -
                                         line->x.begin());
      const bool here = at < line->y.size() && (line->x.empty() || line->x[at] == *step);
      if (here && std::isfinite(line->y[at])) text += fmt::format("\n{}  {:.4g}", line->name, line->y[at]);
    }
    // Beside the panel it is about, so that its values stay in sight.
    ScreenRect about = plot;
    about.low.x = std::max(plot.low.x, ImGui::GetIO().MousePos.x - look_.px(8));
    tell_beside(look_, about, text);
  }

  const Look& look_;
  Workbench& bench_;
  Desk& desk_;
  const BuiltFigure& built_;
  ImVec2 from_;
  float scale_;
};

/// A card without a picture: the view's name, and below it why.
void draw_empty(const Look& look, const ScreenRect& box, std::string_view title, std::string_view why) {
  const float room = std::min(box.width() - look.px(48), look.px(420));
  if (room < look.px(40)) return;
  const std::string words = drawable(why, room);
  const ImVec2 size = ImGui::CalcTextSize(words.c_str(), nullptr, false, room);
  const float top = std::round(box.middle().y - (size.y + look.px(28)) / 2);
  {
    const WithFont font(look.headline);
    draw_text_centred({box.middle().x, top + look.px(10)}, look.text, fitted(title, room));
  }
  ImGui::GetWindowDrawList()->AddText(ImGui::GetFont(), ImGui::GetFontSize(),
                                      {std::round(box.middle().x - size.x / 2), top + look.px(28)},
                                      look.muted, words.c_str(), nullptr, room);
}

/// Under the learning curves, where there is room: what the models write now, which improves as one watches.
/// How high it is.
float draw_samples(const Look& look, const Workbench& bench, const ScreenRect& card) {
  const session::Readings* readings = bench.shown().readings();
  if (!readings || !bench.shown().now().outcome->of_input) return 0;
  std::vector<std::size_t> writing;
  for (std::size_t m = 0; m < readings->writes.size(); ++m)
    if (!readings->writes[m].text.empty()) writing.push_back(m);
  const float line = std::round(look.px(22)), head = std::round(look.px(30)), inset = look.px(18);
  const float height = head + line * static_cast<float>(writing.size()) + look.px(10);
  if (writing.empty() || card.height() - height < look.px(300) || card.width() < look.px(300)) return 0;
  float y = card.high.y - height;
  ImGui::GetWindowDrawList()->AddLine({card.low.x + inset, y}, {card.high.x - inset, y}, look.separator);
  {
    const WithFont font(look.bold);
    draw_text(card.low.x + inset, y + head / 2 + look.px(2), look.text,
              fmt::format("what it writes after {} updates", grouped(readings->update)));
  }
  y += head;
  float names = 0;
  for (const std::size_t m : writing) names = std::max(names, text_size(readings->observations[m].name).x);
  for (const std::size_t m : writing) {
    draw_text(card.low.x + inset, y + line / 2, legible(look, model_color(look, bench, m)),
              readings->observations[m].name);
    const AsItIs as_it_is;
    const std::string text = display_text(readings->writes[m].text, " ");
    const WithFont font(look.mono);
    const float left = card.low.x + inset + names + look.px(14);
    draw_text(left, y + line / 2, look.text, fitted("…" + text, card.high.x - inset - left));
    y += line;
  }
  return height;
}

/// The laboratory's views, from its tab's menu.
std::vector<MenuEntry> laboratory_entries(Workbench& bench) {
  std::vector<MenuEntry> entries;
  for (const views::View* view : laboratory_views()) {
    const std::string id(view->id);
    entries.push_back({.name = std::string(view->title),
                       .act = [&bench, id] { bench.act(ShowViews{{id}}); },
                       .chosen = bench.editor().is_shown(id),
                       .about = std::string(view->sentence) + ".",
                       .beside = [&bench, id] { bench.act(ShowBeside{id}); },
                       .beside_on = bench.editor().is_shown(id) && bench.shown().view().open.size() > 1});
  }
  return entries;
}

/// The row under a view of the laboratory, which a small model's needs not on a wall.
float height_of_measured(const Look& look, const Workbench& bench, const ScreenRect& card,
                         const FigureOrder& order) {
  if (order.observations.empty() || card.height() < look.px(160)) return 0;
  if (bench.shown().view().presenter && Laboratory::is_small(order)) return 0;
  return std::round(look.px(34));
}

/// "measuring 43 %", or without a number where nobody can tell.
std::string measuring_text(std::string_view word, const Laboratory::Standing& standing) {
  return standing.progress > 0 ? fmt::format("{} {:.0f} %", word, 100 * standing.progress)
                               : fmt::format("{} …", word);
}

/// In it: of when the view is, and a button where it is measured only when asked for.
void draw_measured(const Look& look, Workbench& bench, const ScreenRect& card, const std::string& id,
                   const Laboratory::Standing& standing) {
  const session::Snapshot& now = bench.shown().now();
  const float height = std::round(look.px(34)), inset = look.px(18);
  const float y = std::round(card.high.y - height / 2 - look.px(2));
  std::string text;
  if (standing.measuring) {
    text = measuring_text("measuring", standing);
  } else if (!standing.measured) {
    text = "large models are measured when you ask";
  } else if (now.can_train && standing.update) {
    const std::uint64_t behind = now.updates > *standing.update ? now.updates - *standing.update : 0;
    text = fmt::format("measured after {} updates", grouped(*standing.update));
    if (behind > 0 && !now.shown_update)
      text += fmt::format(", {} {} ago", grouped(behind), behind == 1 ? "update" : "updates");
    else if (!standing.newest)
      text += ", not of what is shown now";
  } else if (!standing.newest) {
    text = "not of what is shown now";
  }
  const char* label = standing.measuring ? "Stop##measure" : "Measure##measure";
  const bool offers = standing.on_demand && (standing.measuring || !standing.newest);
  float room = card.width() - 2 * inset;
  if (offers) {
    const float width = look.px(86);
    ImGui::SetCursorScreenPos({card.high.x - inset - width, std::round(y - look.px(13))});
    if (button(look, label, standing.measuring ? Kind::plain : Kind::primary,
               "Measure\nExact, in the background; it may take some seconds.", {width, look.px(26)})) {
      if (standing.measuring)
        bench.act(StopMeasuring{id});
      else
        bench.act(MeasureView{id});
    }
    room -= width + look.px(12);
  }
  const WithFont font(bench.shown().view().presenter ? look.regular : look.small);
  draw_text(card.low.x + inset, y, look.muted, fitted(text, room));
}

/// How rows of units may be sorted and coloured.
std::vector<MenuEntry> order_entries(Workbench& bench, const views::View& view) {
  std::vector<MenuEntry> entries;
  const views::Observation* seen = bench.shown().observation();
  if (!seen) return entries;
  const nn::CellInfo& cell = seen->network->cell(bench.shown().view().layer);
  const ViewState& now = bench.shown().view();
  const auto offer = [&](const std::string& by, const std::string& name) {
    if (!analysis::why_not_ordered(cell, seen->network->spec(), now.layer, by).empty()) return;
    entries.push_back(
        {.name = name, .act = [&bench, by] { bench.act(SortUnits{by}); }, .chosen = now.sort == by});
  };
  if (view.takes.sort) {
    offer("", "Rows by number");
    for (const int channel : views::shown_channels(cell)) {
      const nn::Channel& what = cell.channels[channel];
      if (views::is_gate(cell, channel))
        offer(std::string(what.symbol), "Rows by mean " + views::title_of(what));
    }
    offer(std::string(analysis::kByTimeConstant), "Rows by time constant");
    offer(std::string(analysis::kByInfluence), "Rows by influence on the output");
  }
  if (view.takes.own_scales)
    entries.push_back({.name = "Own scale for each row of a state",
                       .act = [&bench, on = !now.own_scales] { bench.act(SetOwnScales{on}); },
                       .chosen = now.own_scales});
  return entries;
}

/// How far a view has come from its figure under the rules before; 0 where it stands, so that a change begins
/// there, 1 without motion.
double arrived(Workbench& bench, Desk& desk, const std::string& id) {
  constexpr double kSeconds = 0.3;
  if (!desk.motion || !bench.shown().view().transitions) return 1;
  const auto now = bench.figures().get(id);
  Desk::Transition& transition = desk.transitions[id];
  if (!now || !now->from) {
    transition = {};
    return 0;
  }
  if (transition.from != now->from)
    transition = {now->from, 0};
  else
    transition.seconds += static_cast<double>(ImGui::GetIO().DeltaTime);
  if (ImGui::IsMouseClicked(0)) transition.seconds = kSeconds;  // a press skips it
  desk.in_motion = true;
  const double part = std::min(1.0, transition.seconds / kSeconds);
  return part * part * (3 - 2 * part);
}

void draw_pane(const Look& look, Workbench& bench, Desk& desk, FigureCanvases& canvases,
               const std::string& id, ImVec2 size) {
  // On whole pixels, so that pictures are sharp.
  const ImVec2 cursor = ImGui::GetCursorScreenPos();
  const ImVec2 from{std::round(cursor.x), std::round(cursor.y)};
  const ScreenRect box{from, {from.x + size.x, from.y + size.y}};
  fill(box, look.card, look.radius());
  const views::View& view = views::find_view(id);
  if (view.needs.metrics && !bench.shown().view().presenter) size.y -= draw_samples(look, bench, box);
  FigureOrder order = bench.shown().order(id, {}, bench.replay().pulse());
  const float measured_row = views::in_laboratory(view) ? height_of_measured(look, bench, box, order) : 0;
  size.y -= measured_row;
  const float inset = std::round(look.px(6));
  const float scale = desk.monitor_scale;
  const ImVec2 room{std::floor(size.x - 2 * inset), std::floor(size.y - 2 * inset)};
  const plot::Size points{std::floor(room.x / scale), std::floor(room.y / scale)};
  ImGui::PushID(id.c_str());
  ImGui::SetCursorScreenPos({from.x + inset, from.y + inset});
  if (points.width < 60 || points.height < 40) {
    ImGui::Dummy(size);
    ImGui::PopID();
    return;
  }
  order.size = points;
  if (desk.text != 1) order.style.font_size = desk.text * plot::usual_font_size(order.theme);
  order.phrases = bench.language().phrases;
  order.style.presenting = bench.shown().view().presenter;
  order.arrived = arrived(bench, desk, id);
  std::shared_ptr<const BuiltFigure> built;
  Laboratory::Standing standing;
  if (!order.observations.empty()) {
    if (views::in_laboratory(view))
      standing = bench.laboratory().want(id, order, bench.shown().now().training);
    else
      bench.figures().want(id, order);
    built = bench.figures().get(id);
  }
  const auto picture = canvases.picture(id, built, scale);
  if (id == "cell") desk.diagram = picture.shows;
  ImGui::InvisibleButton("##pane", room);
  log_item(look, "view " + id, built ? built->problem : "");
  const bool by_key = key_focus(look).pressed;
  const bool hovered = ImGui::IsItemHovered();
  if (built && !built->problem.empty()) {
    draw_empty(look, box, view.title, built->problem);
  } else if (picture.texture && picture.shows->order.view == id) {
    const ImVec2 at{from.x + inset, from.y + inset};
    const plot::Size drawn = picture.shows->scene.size;
    ImGui::GetWindowDrawList()->AddImage(
        picture.texture, at,
        {at.x + std::round(drawn.width * scale), at.y + std::round(drawn.height * scale)});
    Pane pane(look, bench, desk, *picture.shows, at, scale);
    pane.draw_cursors();
    pane.draw_marked();
    pane.draw_lens(hovered);
    if (hovered || !desk.dragged_valve.empty()) pane.point();
    if (hovered) pane.zoom();
    if (hovered) pane.offer_orders();
    if (hovered) pane.open_card();
    pane.drag_valve();
    pane.drag_loss();
    pane.drag_update(hovered);
    pane.drag_mark();
  } else {
    const session::Snapshot& now = bench.shown().now();
    draw_empty(look, box, view.title,
               !now.busy.empty()    ? now.busy + " …"
               : standing.measuring ? measuring_text("Measuring", standing)
               : standing.on_demand ? fmt::format("{}.", view.sentence)
               : view.needs.metrics ? "Nothing has been learnt yet. Press Train to begin."
                                    : "Nothing has been read yet.");
  }
  if (measured_row > 0 && !order.observations.empty()) draw_measured(look, bench, box, id, standing);
  if (hovered) desk.export_view = id;
  if (hovered && ImGui::IsMouseReleased(1)) {
    bench.act(OpenViewMenu{id});
    desk.menus.by_keys = false;
  }
  if (by_key) {
    bench.act(OpenViewMenu{id});
    desk.menus.by_keys = true;
  }
  const bool menu_wanted = bench.editor().document().window.view_menu == id;
  if (menu_wanted && desk.view_menu != id) {
    ImGui::OpenPopup("##view menu");
    desk.view_menu = id;
  } else if (menu_wanted && !ImGui::IsPopupOpen("##view menu")) {
    bench.act(CloseMenu{});
    desk.view_menu.clear();
  } else if (!menu_wanted && desk.view_menu == id) {
    if (ImGui::BeginPopup("##view menu")) {
      ImGui::CloseCurrentPopup();
      ImGui::EndPopup();
    }
    desk.view_menu.clear();
  }
  if (ImGui::IsPopupOpen("##view menu")) {
    std::vector<MenuEntry> entries{{.name = "Export...", .keys = written(Action::export_figure), .act = [&] {
                                      open_export(bench, id);
                                    }}};
    for (const char* ending : {"svg", "pdf", "png", "csv", "gif"}) {
      if (std::string_view(ending) == "gif" && !view.animates) continue;
      entries.push_back({.name = fmt::format("Export as {}", ending), .act = [&, ending] {
                           const plot::ThemeName theme = bench.shown().view().theme;
                           bench.act(ExportFigure{.path = bench.exports().new_path(id, ending).native(),
                                                  .view = id,
                                                  .width = points.width,
                                                  .height = points.height,
                                                  .theme = theme,
                                                  .font_size = plot::usual_font_size(theme)});
                         }});
    }
    if (view.takes.sort || view.takes.own_scales) {
      entries.push_back({});
      for (MenuEntry& entry : order_entries(bench, view)) entries.push_back(std::move(entry));
    }
    if (bench.shown().view().open.size() > 1) {
      entries.push_back({});
      entries.push_back({.name = "Show alone", .act = [&] { bench.act(ShowViews{{id}}); }});
      entries.push_back({.name = "Take out of the grid", .act = [&] { bench.act(ShowBeside{id}); }});
    }
    if (desk.menus.by_keys) ImGui::SetNextWindowPos({from.x + look.px(24), from.y + look.px(24)});
    draw_menu(look, "##view menu", entries, desk.menus.by_keys);
  }
  if (ImGui::IsPopupOpen("##orders")) draw_menu(look, "##orders", order_entries(bench, view));
  desk.pane_sizes[id] = points;
  ImGui::PopID();
}

/// The upper left corner of a card, where a tab or a row stands on it: not round. With a width, the right one
/// as well.
void square_corner(const Look& look, ImVec2 at, float width = 0) {
  const float r = look.radius();
  fill({at, {at.x + r, at.y + r}}, look.card, 0);
  if (width > 0) fill({{at.x + width - r, at.y}, {at.x + width, at.y + r}}, look.card, 0);
}

/// The open views in a grid, from the cursor on; `after` is told each one's number, corner and width.
void draw_panes(const Look& look, Workbench& bench, Desk& desk, FigureCanvases& canvases, ImVec2 room,
                const std::function<void(std::size_t, ImVec2, float)>& after) {
  const float gap = look.px(8);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const auto panes = bench.shown().view().open;  // a click may change them
  const auto count = static_cast<int>(panes.size());
  const int columns = count <= 1 ? 1 : count <= 4 ? 2 : 3;
  const int rows = (count + columns - 1) / columns;
  for (int k = 0; k < count; ++k) {
    const int row = k / columns, column = k % columns;
    const int in_row = row == rows - 1 ? count - row * columns : columns;
    const ImVec2 pane{
        std::floor((room.x - gap * static_cast<float>(in_row - 1)) / static_cast<float>(in_row)),
        std::floor((room.y - gap * static_cast<float>(rows - 1)) / static_cast<float>(rows))};
    const ImVec2 corner{at.x + static_cast<float>(column) * (pane.x + gap),
                        at.y + static_cast<float>(row) * (pane.y + gap)};
    ImGui::SetCursorScreenPos(corner);
    draw_pane(look, bench, desk, canvases, panes[k], pane);
    after(static_cast<std::size_t>(k), corner, pane.x);
  }
  bench.figures().keep_only(panes);
}

}  // namespace

void draw_pulse(const Look& look, Workbench& bench, ImVec2 at, float right) {
  const bool playing = bench.replay().pulse_playing();
  const float half = std::round(look.px(14));
  ImGui::SetCursorScreenPos({at.x, std::round(at.y - half)});
  if (icon_button(look, "##pulse", playing ? Icon::pause : Icon::reverse,
                  playing ? Kind::running : Kind::primary,
                  "The gradient's way back\nA pulse leaves the chosen loss and runs back through time."))
    bench.replay().play_pulse(!playing);
  log_item(look, "pulse");
  const float pulse_end = last_item().high.x;
  // What a width is, at the row's right end.
  constexpr std::array scales{"log", "linear"};
  const float scale_width = look.px(104);
  if (right - at.x > look.px(420)) {
    right -= scale_width;
    ImGui::SetCursorScreenPos({right, std::round(at.y - look.px(11))});
    const bool linear = bench.shown().view().linear_gradient;
    const int chosen = segmented(look, "##gradient scale", scales, linear ? 1 : 0, false, scale_width);
    tooltip(look,
            "Scale\nLogarithmic: a full width is the greatest gradient, at least that at the loss, a hair a "
            "millionth of that at the loss. Linear: half the width is half the gradient.");
    if ((chosen == 1) != linear) bench.act(ShowLinearGradient{chosen == 1});
    right -= look.px(16);
    ImGui::SetCursorScreenPos({at.x, std::round(at.y - half)});
  }
  const float left = pulse_end + look.px(12);
  const std::string most = fmt::format("{} steps back", bench.replay().pulse_length());
  const float words = std::max(text_size(most).x, text_size("all the way back").x) + look.px(12);
  const float all = bench.replay().pulse() ? text_size("Show all").x + look.px(24) : 0;
  const float room = std::min(look.px(260), right - left - words - all);
  float x = left;
  float back = static_cast<float>(bench.replay().pulse().value_or(bench.replay().pulse_length()));
  if (room >= look.px(50)) {
    ImGui::SetCursorScreenPos({x, std::round(at.y - look.px(10))});
    if (slider(look, "##steps back", back, 0, static_cast<float>(std::max(1, bench.replay().pulse_length())),
               playing ? look.accent : look.muted, room))
      bench.replay().set_pulse(static_cast<double>(back));
    tooltip(look, "Steps back from the loss\nHow far the pulse has come: ‖∂L/∂hₜ₋ₖ‖ at k steps back.");
    x += room + look.px(12);
  }
  const std::string text = bench.replay().pulse() ? fmt::format("{} steps back", static_cast<int>(back))
                                                  : std::string("all the way back");
  draw_text(x, at.y, look.text, fitted(text, std::max(right - x, look.px(8))));
  x += words;
  if (bench.replay().pulse() && x + all <= right + look.px(12)) {
    ImGui::SetCursorScreenPos({x, std::round(at.y - half)});
    if (button(look, "Show all##pulse", Kind::quiet)) bench.replay().set_pulse({});
  }
}

float draw_model_choice(const Look& look, Workbench& bench, ImVec2 at, float room) {
  const auto& models = bench.shown().now().models;
  std::vector<const char*> names;
  for (const auto& model : models) names.push_back(model.name.c_str());
  const int chosen = static_cast<int>(bench.shown().view().model);
  const float width = std::min(look.px(76) * static_cast<float>(names.size()), room * 0.55f);
  ImGui::SetCursorScreenPos({at.x, std::round(at.y - look.px(11))});
  const int next = segmented(look, "##model", names, chosen, false, width);
  tooltip(look, "Model\nViews of one model, the text above and the inspector show this one.");
  if (next != chosen) bench.act(ChooseModel{next});
  return at.x + width;
}

void draw_stage(const Look& look, Workbench& bench, Desk& desk, FigureCanvases& canvases, ImVec2 size) {
  const ImVec2 from = ImGui::GetCursorScreenPos();
  canvases.begin_frame();
  const auto& open = bench.shown().view().open;
  int chosen = -1;
  const std::vector<ViewTab> all = view_tabs(views::all_views(), laboratory_view(bench.shown().view()));
  for (std::size_t k = 0; k < all.size() && open.size() == 1; ++k)
    if (all[k].view->id == open.front()) chosen = static_cast<int>(k);
  const TabRow row_of_tabs = tab_row(look, bench, all, chosen, size.x);
  std::vector<const char*> names;
  for (const std::string& label : row_of_tabs.labels) names.push_back(label.c_str());
  int pressed = -1;
  const int next = [&] {
    const WithFont font(row_of_tabs.font);
    return tabs(look, "##views", names, chosen, row_of_tabs.tips, row_of_tabs.shown, row_of_tabs.padding,
                &pressed);
  }();
  // The laboratory's tab drops its menu down, whether or not one of its views is shown.
  const ScreenRect tab_row_box = last_item();
  if (pressed >= 0 && all[pressed].laboratory) {
    desk.menus.by_keys = false;
    ImGui::OpenPopup("##laboratory");
  }
  if (ImGui::IsPopupOpen("##laboratory")) {
    ImGui::SetNextWindowPos({tab_row_box.high.x, tab_row_box.high.y + look.px(2)}, 0, {1, 0});
    draw_menu(look, "##laboratory", laboratory_entries(bench));
  }
  if (next != chosen && next >= 0) {
    const std::string id(all[next].view->id);
    if (ImGui::GetIO().KeyShift)
      bench.act(ShowBeside{id});
    else
      bench.act(ShowViews{{id}});
  }
  const bool gradient =
      std::ranges::any_of(open, [](const auto& id) { return views::find_view(id).needs.one_loss; });
  const bool several = bench.shown().now().models.size() > 1;
  // The tabs stand on the card; what belongs to its views is its first row.
  float top = from.y + std::round(look.px(28));
  bool joined = chosen >= 0;
  // The models stand behind the tabs where there is room for both.
  const float behind = last_item().high.x + look.px(16);
  const float choice = look.px(76) * static_cast<float>(bench.shown().now().models.size());
  const bool in_tabs = several && behind + choice <= from.x + size.x;
  if (in_tabs)
    draw_model_choice(look, bench, {from.x + size.x - choice, from.y + look.px(13)}, choice / 0.55f);
  const bool strip = gradient || (several && !in_tabs);
  if (strip) {
    const float high = std::round(look.px(38));
    fill({{from.x, top}, {from.x + size.x, top + high + (open.size() == 1 ? look.radius() : 0)}}, look.card,
         look.radius());
    if (chosen >= 0) square_corner(look, {from.x, top});
    const float middle = top + high / 2 + look.px(2), inset = look.padding();
    float x = from.x + inset;
    if (several && !in_tabs)
      x = draw_model_choice(look, bench, {x, middle}, size.x - 2 * inset) + look.px(16);
    if (gradient) draw_pulse(look, bench, {x, middle}, from.x + size.x - inset);
    top += high;
    joined = open.size() == 1;
    if (open.size() > 1) top += look.px(8);
  } else if (open.size() > 1) {
    top += look.px(4);
  }
  ImGui::SetCursorScreenPos({from.x, top});
  draw_panes(look, bench, desk, canvases, {size.x, from.y + size.y - top},
             [&](std::size_t count, ImVec2 at, float width) {
               if (joined && count == 0) square_corner(look, at, !strip ? 0.0f : width);
             });
}

void draw_views(const Look& look, Workbench& bench, Desk& desk, FigureCanvases& canvases, ImVec2 size) {
  canvases.begin_frame();
  draw_panes(look, bench, desk, canvases, size, [](std::size_t, ImVec2, float) {});
}

}  // namespace gatescope::ui
