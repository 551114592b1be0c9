// Forcing gates: every gate and candidate of the chosen model free, closed, open or anything between, and the
// rules that come of it.

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "app/desk/force_scope.h"
#include "app/kit/draw.h"
#include "app/panels/panels.h"
#include "core/analysis/terms.h"
#include "core/views/parts.h"

namespace gatescope::ui {
namespace {

/// What stands for all units together and no view shows, such as the size of S6's step.
bool forced_as_a_whole(const nn::CellInfo& cell, int channel) {
  const nn::Channel& what = cell.channels[channel];
  return what.role == nn::Role::internal && !cell.is_state(channel) &&
         (!cell.counts_units(channel) || what.activation == nn::Activation::softplus);
}

float mean_width(const Look& look) {
  return std::ceil(text_size("mean").x + look.px(20));
}

/// A button that holds a channel where it is on average: it says what the movement is for.
void draw_mean(const Look& look, Workbench& bench, const std::string& symbol, std::optional<double> value,
               float right) {
  const std::optional<double> mean = bench.forcing().natural_mean(symbol);
  const bool held = mean && value == mean;
  ImGui::SameLine();
  ImGui::SetCursorScreenPos({right - mean_width(look), ImGui::GetCursorScreenPos().y});
  const std::string label = "mean##mean " + symbol;
  if (button(look, label.c_str(), held ? Kind::forced : Kind::quiet,
             mean ? fmt::format(
                        "Hold it at {}, its mean over all steps and units\nWhat is lost then is what its "
                        "movement does.",
                        *mean)
                  : std::string("Nothing is read yet."),
             {mean_width(look), look.px(20)}, mean.has_value()))
    bench.forcing().force(symbol, held ? std::nullopt : mean);
}

void draw_channel(const Look& look, Workbench& bench, Desk& desk, const nn::CellInfo& cell, int channel) {
  const nn::Channel& what = cell.channels[channel];
  const std::string symbol(what.symbol);
  const bool valve = what.is_valve();
  constexpr std::array<const char*, 3> gate_states{"closed", "free", "open"}, other_states{"−1", "free", "1"},
      positive_states{"0", "free", "1"};
  const double low = views::least_forced(what), high = what.open;
  const std::optional<double> value = bench.forcing().forced_value(symbol);
  const int state = !value ? 1 : *value == low ? 0 : *value == high ? 2 : -1;
  ImGui::PushID(symbol.c_str());
  std::string name(what.name);
  if (name.ends_with(" gate")) name.resize(name.size() - 5);
  const std::span<const char* const> states = valve ? gate_states : low == 0 ? positive_states : other_states;
  name = capitalised(name);
  std::string label = name;
  // A long name has a line of its own, above the switch, which the symbol names then.
  if (!segmented_row_fits(look, label.c_str(), states)) {
    caption(look, name);
    label = views::symbol_of(what);
  }
  label += "##force " + symbol;
  const int next = segmented_row(look, label.c_str(), states, state, value.has_value(),
                                 channel_color(look, cell, channel), desk.cell_texts.of(cell, channel));
  if (next != state)
    bench.forcing().force(symbol, next == 1 ? std::nullopt : std::optional<double>(next == 0 ? low : high));
  {
    // While the gate is free the slider stands where the gate is, in grey: its place is kept, and dragging it
    // forces the gate.
    float own = 0;
    float ghost = std::numeric_limits<float>::quiet_NaN();
    if (const auto* tape = bench.shown().tape(); tape && bench.shown().view().step < tape->steps()) {
      const std::optional<int> unit = bench.shown().view().unit;
      const auto number = [&](const auto& column) {
        return unit && cell.counts_units(channel) ? column[*unit] : column.mean();
      };
      own = number(tape->values(channel).col(bench.shown().view().step));
      if (value && tape->forced()) ghost = number(tape->raw_values(channel).col(bench.shown().view().step));
    }
    if (!std::isfinite(own)) own = 0;
    float shown = !value ? own : std::isfinite(*value) ? static_cast<float>(*value) : 0;
    // The slider belongs to the switch above it.
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - look.px(5));
    const float right = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
    const bool has_mean = valve || what.low >= 0;  // of what may be negative a mean is near 0
    const float room = ImGui::GetContentRegionAvail().x - look.px(50) - (has_mean ? mean_width(look) : 0);
    if (slider(look, ("##slide " + symbol).c_str(), shown, static_cast<float>(views::least_slid(what)),
               static_cast<float>(high), value ? look.forced : look.muted, room, ghost))
      bench.forcing().force(symbol, std::round(static_cast<double>(shown) * 100) / 100);
    ImGui::SameLine();
    ImGui::PushStyleColor(ImGuiCol_Text, value ? look.text : look.muted);
    const std::string number =
        std::abs(shown) < 1e4F ? fmt::format("{:.2f}", shown) : fmt::format("{:.0e}", shown);
    ImGui::TextUnformatted(number.c_str());
    log_text(look, number, ImGui::GetItemRectMin(), ImGui::GetItemRectSize());
    ImGui::PopStyleColor();
    if (has_mean) draw_mean(look, bench, symbol, value, right);
  }
  ImGui::PopID();
}

void draw_scope(const Look& look, Workbench& bench) {
  std::string units = ranges_text(bench.shown().view().force_units),
              steps = ranges_text(bench.shown().view().force_steps);
  if (text_row(look, "Only units", units,
               "Which units the buttons above force\nSuch as 3,5-9; empty: all of them."))
    bench.forcing().set_scope(units, steps);
  if (text_row(look, "Only steps", steps,
               "Which steps the buttons above force\nSuch as 10-20 or 30-; empty: all."))
    bench.forcing().set_scope(units, steps);
}

/// The field for a new rule, above those there are: it stays where it is.
void draw_new_rule(const Look& look, Workbench& bench, Desk& desk) {
  std::string rule = bench.editor().document().window.rule;
  const std::string before = rule;
  const bool entered = text_field(look, "##new rule", rule, 0, "a rule: f[3,5-9]@10-20=0");
  tooltip_aside(look, analysis::explain("rule"));
  if (rule != before) bench.act(TypeRule{rule});
  if (entered) {
    desk.rule_problem.clear();
    if (!rule.empty()) bench.forcing().add_rule(rule, desk.rule_problem);
  }
  if (!desk.rule_problem.empty()) caption(look, desk.rule_problem);
}

void draw_rules(const Look& look, Workbench& bench) {
  const auto& rules = bench.editor().document().probe.rules;
  for (std::size_t k = 0; k < rules.size(); ++k) {
    ImGui::PushID(static_cast<int>(k));
    const ImVec2 at = ImGui::GetCursorScreenPos();
    draw_icon(Icon::lock, {at.x + look.px(6), at.y + look.px(12)}, look.px(11), look.forced);
    ImGui::SetCursorScreenPos({at.x + look.px(16), at.y});
    std::string rule = nn::to_string(rules[k]);
    if (text_field(look, "##rule", rule, ImGui::GetContentRegionAvail().x - look.px(32)))
      bench.forcing().replace_rule(k, rule);
    log_item(look, fmt::format("rule {}", k), nn::to_string(rules[k]));
    ImGui::SameLine(0, look.px(4));
    if (icon_button(look, "##release", Icon::close, Kind::quiet, "Release this")) {
      bench.act(RemoveRule{static_cast<int>(k)});
      ImGui::PopID();
      break;
    }
    ImGui::PopID();
  }
}

}  // namespace

void draw_force(const Look& look, Workbench& bench, Desk& desk) {
  if (!bench.shown().view().force_panel && !bench.forcing().forced()) return;
  const nn::CellInfo* cell = bench.shown().cell();
  if (!cell) return;
  begin_card(look, "force", "Force gates");
  if (const int layers = bench.shown().layers(); layers > 1) {
    int layer = bench.shown().view().layer;
    if (number_row(look, "Layer", layer, 0, layers - 1, "Which layer the buttons force"))
      bench.act(ChooseLayer{layer});
  }
  for (const int channel : views::shown_channels(*cell)) {
    if (!cell->is_state(channel)) draw_channel(look, bench, desk, *cell, channel);
  }
  for (int channel = 0; channel < static_cast<int>(cell->channels.size()); ++channel)
    if (forced_as_a_whole(*cell, channel)) draw_channel(look, bench, desk, *cell, channel);
  draw_scope(look, bench);
  draw_new_rule(look, bench, desk);
  // As high while nothing is forced as with one rule: the cards below stay where they are.
  const bool forced = bench.forcing().forced();
  bool training = bench.editor().document().probe.force_training;
  if (bench.shown().now().can_train &&
      toggle_row(look, "Training, too", training,
                 "Training goes on under these rules\nIt is then the training of "
                 "that network, with exact gradients."))
    bench.act(ForceTraining{training});
  if (button(look, "Release all", forced ? Kind::forced : Kind::plain,
             forced ? std::string_view() : "Nothing is forced.", {-1, 0}, forced))
    bench.act(ReleaseAll{});
  if (forced) {
    draw_rules(look, bench);
  } else {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::SetCursorScreenPos({at.x, at.y + std::round(look.px(4))});
    value_row(look, "Rules", "none", look.muted, look.muted);
    ImGui::SetCursorScreenPos({at.x, at.y + std::round(look.px(28))});
  }
  end_card(look);
}

}  // namespace gatescope::ui
