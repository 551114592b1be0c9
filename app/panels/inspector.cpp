// The inspector: the cell's equations at the chosen step and unit with every number in them, what the model
// expects next, and what forcing did.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/kit/draw.h"
#include "app/kit/letters.h"
#include "app/panels/panels.h"
#include "core/analysis/kept.h"
#include "core/analysis/terms.h"
#include "core/train/loss_text.h"
#include "core/utf8.h"
#include "core/views/parts.h"

namespace gatescope::ui {
namespace {

/// What the inspector is about: where the cell's diagram is open, the reading and the step that its picture
/// shows, which may be those of some frames ago, so that both have the same numbers.
struct Inspected {
  Workbench& all;
  Shown seen;

  const Shown& shown() const { return seen; }
  void act(const Intent& intent) const { all.act(intent); }
};

Inspected inspected(Workbench& bench, const Desk& desk) {
  Inspected what{bench, bench.shown()};
  const auto& picture = desk.diagram;
  if (!picture || !bench.editor().is_shown("cell") || !bench.shown().readings()) return what;
  const FigureOrder& order = picture->order;
  const ViewState& now = bench.shown().view();
  const bool same_choices = order.first == now.model && order.options.layer == now.layer &&
                            order.options.backward_direction == now.backward &&
                            order.options.unit == now.unit;
  const bool lags = order.version != bench.shown().readings()->version || order.options.step != now.step;
  if (!same_choices || !lags || !order.keeps || !order.options.step) return what;
  auto snapshot = std::make_shared<session::Snapshot>(bench.shown().now());
  snapshot->readings = std::static_pointer_cast<const session::Readings>(order.keeps);
  ViewState view = now;
  view.step = *order.options.step;
  what.seen.take(std::move(snapshot));
  what.seen.fit(view);
  return what;
}

/// Wrapped text in one colour.
void wrapped(std::string_view text, ImU32 color) {
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::PushTextWrapPos(ImGui::GetContentRegionMax().x);
  ImGui::TextUnformatted(drawable(text, ImGui::GetContentRegionAvail().x).c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
}

/// A channel of the chosen layer.
analysis::Series series_of(const Inspected& bench, int channel) {
  return views::series_of(bench.shown().view_options(), channel);
}

void draw_equation(const Look& look, const Inspected& bench, Desk& desk, const analysis::Equation& equation,
                   int unit) {
  const views::Observation& observation = *bench.shown().observation();
  const nn::CellInfo& cell = observation.network->cell(bench.shown().view().layer);
  const nn::Channel& what = cell.channels[equation.channel];
  const ImU32 color = channel_color(look, cell, equation.channel);
  const float width = ImGui::GetContentRegionAvail().x;
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const float line = ImGui::GetTextLineHeight() + look.px(4);
  std::string value = analysis::number_in_equation(equation.value);
  if (equation.raw) value = analysis::number_in_equation(*equation.raw) + " → " + value;
  const float value_width = text_size(value).x;
  {
    const WithFont font(look.bold);
    draw_text(from.x, from.y + line / 2, legible(look, color), equation.left);
  }
  const float left = look.px(34);
  const float spark = look.px(64);
  draw_text_right(from.x + width, from.y + line / 2, equation.raw ? look.forced_text : look.text, value);
  const float room = width - left - value_width - look.px(16);
  if (room > spark / 2) {
    ImGui::SetCursorScreenPos({from.x + left, from.y});
    const bool gate = what.role == nn::Role::gate;
    const auto over_time = analysis::unit_series(observation, series_of(bench, equation.channel), unit);
    // The natural run sets the scale.
    analysis::Series alone = series_of(bench, equation.channel);
    if (observation.natural) alone = alone.natural();
    const auto scale = analysis::unit_series(observation, alone, unit);
    sparkline(look, over_time->values, {std::min(room, look.px(150)), line}, color, bench.shown().view().step,
              gate ? 0.0f : scale->least, gate ? 1.0f : scale->greatest);
  }
  ImGui::SetCursorScreenPos(from);
  ImGui::Dummy({width, line});
  tooltip(look, desk.cell_texts.of(cell, equation.channel));
  if (look.items)
    log_item(look, "equation " + equation.symbol, from, {from.x + width, from.y + line},
             analysis::to_text(equation));
  const WithFont font(look.small);
  ImGui::Indent(look.px(10));
  wrapped("= " + equation.formula, look.muted);
  // Where it does not fit on one line, what comes out stands on the next.
  const std::string numbers = "= " + equation.numbers;
  const std::size_t last = numbers.rfind(" = ");
  if (last != std::string::npos && last > 0 && text_size(numbers).x > ImGui::GetContentRegionAvail().x) {
    wrapped(numbers.substr(0, last), look.muted);
    wrapped(numbers.substr(last + 1), look.muted);
  } else {
    wrapped(numbers, look.muted);
  }
  ImGui::Unindent(look.px(10));
  ImGui::Dummy({0, look.px(2)});
}

void draw_mean(const Look& look, const Inspected& bench, Desk& desk, int step) {
  const views::Observation& observation = *bench.shown().observation();
  const nn::CellInfo& cell = observation.network->cell(bench.shown().view().layer);
  for (const int channel : views::shown_channels(cell)) {
    const auto means = analysis::unit_means(observation, series_of(bench, channel));
    const nn::Channel& what = cell.channels[channel];
    value_row(look, views::whole_title_of(what), analysis::number_in_equation((*means)[step]), {},
              channel_color(look, cell, channel));
    log_item(look, "mean " + std::string(what.symbol));
    tooltip(look, desk.cell_texts.of(cell, channel));
  }
  caption(look,
          "Means over the units. Choose a unit in a heatmap, or with the up and down keys, to see its "
          "equations.");
}

void draw_equations(const Look& look, const Inspected& bench, Desk& desk) {
  const views::Observation& observation = *bench.shown().observation();
  const auto& tape = *bench.shown().tape();
  const ViewState& view = bench.shown().view();
  const int step = std::clamp(view.step, 0, static_cast<int>(tape.steps()) - 1);
  begin_card(look, "inspector",
             view.unit ? fmt::format("Unit {} · step {}", *view.unit, step)
                       : fmt::format("Mean of {} units · step {}", tape.hidden(), step));
  value_row(look, "Reads",
            observation.sequence->tokens.empty() ? observation.read(step)
                                                 : fmt::format("‘{}’", display_text(observation.read(step))));
  int unit = view.unit.value_or(-1);
  if (number_row(look, "Unit (−1: mean)", unit, -1, static_cast<int>(tape.hidden()) - 1,
                 "Unit\nWhose numbers stand here; ↑ and ↓ change it."))
    bench.act(ChooseUnit{unit < 0 ? std::nullopt : std::optional<int>(unit)});
  if (!view.unit) {
    draw_mean(look, bench, desk, step);
  } else {
    try {
      const auto equations =
          analysis::equations(observation, {view.layer, tape.reverse(), step, *view.unit, 0, 0});
      for (const analysis::Equation& equation : *equations)
        draw_equation(look, bench, desk, equation, *view.unit);
    } catch (const std::exception& error) {
      caption(look, error.what());
    }
  }
  end_card(look);
}

/// Units that do what a reader follows; a click chooses one.
void draw_roles(const Look& look, const Inspected& bench) {
  const ViewState& view = bench.shown().view();
  const auto roles = bench.all.units_found().get(bench.shown());
  if (!roles || roles->empty()) return;
  begin_card(look, "roles", "Units found");
  for (const analysis::UnitRole& role : *roles) {
    const bool chosen = view.unit == role.unit;
    const std::string label = fmt::format("{}{}, unit {}", chosen ? "• " : "", role.what, role.unit);
    if (button(look, label.c_str(), Kind::quiet, role.evidence, {-1, look.px(22)}))
      bench.act(ChooseUnit{role.unit});
    log_item(look, fmt::format("role {}", role.what), role.evidence);
  }
  end_card(look);
}

void draw_bar(const Look& look, ImVec2 from, float width, float height, double share, ImU32 color) {
  const float length = std::max(look.px(1), static_cast<float>(share) * width);
  fill({from, {from.x + length, from.y + height}}, color, std::min(height / 2, look.px(2)));
}

/// Of a model that gives values: each, and what was expected.
void draw_values(const Look& look, const views::Observation& observation, Index step) {
  begin_card(look, "next", std::string(observation.outcome().title));
  const auto outputs = observation.sequence->trace.outputs.col(step);
  for (Index k = 0; k < std::min<Index>(outputs.size(), 5); ++k)
    value_row(look, fmt::format("output {}", k),
              analysis::number_in_equation(static_cast<double>(outputs[k])));
  if (const std::string expected = observation.expected(step); !expected.empty())
    value_row(look, "expected", expected);
  end_card(look);
}

void draw_next(const Look& look, const Inspected& bench) {
  const views::Observation& observation = *bench.shown().observation();
  const task::Outcome& outcome = observation.outcome();
  const int step = bench.shown().view().step;
  if (!outcome.has_probabilities) return draw_values(look, observation, step);
  const auto kept = analysis::next_characters(observation, analysis::Run::in_force, step, 5);
  const std::vector<analysis::NextCharacter>& best = *kept;
  analysis::Kept<std::vector<double>> natural;
  if (observation.natural) natural = analysis::probabilities(observation, analysis::Run::natural, step);
  const auto name_of = [&](int output) { return display_text(observation.alphabet.output(output)); };
  // Words have more room than characters.
  float widest = 0;
  for (const auto& next : best) widest = std::max(widest, text_size(name_of(next.character)).x);
  const float air = look.px(10);  // between a bar and what stands beside it
  const float left = std::clamp(widest + look.px(4) + air, look.px(outcome.of_input ? 32 : 44), look.px(96));
  const ImU32 natural_color = mixed(look.muted, look.text, 0.3f);
  begin_card(look, "next", std::string(outcome.title));
  for (const auto& next : best) {
    const auto number = static_cast<std::size_t>(next.character);
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x, line = look.px(21);
    const std::string name = name_of(next.character);
    draw_text(from.x + look.px(4), from.y + line / 2, look.text, fitted(name, left - look.px(6)));
    const float right = text_size("100.0 %").x + air, room = width - left - right;
    if (!natural) {
      draw_bar(look, {from.x + left, from.y + look.px(5)}, room, look.px(8), next.probability, natural_color);
    } else {
      draw_bar(look, {from.x + left, from.y + look.px(3)}, room, look.px(7), (*natural)[number],
               natural_color);
      draw_bar(look, {from.x + left, from.y + look.px(11)}, room, look.px(7), next.probability, look.forced);
    }
    draw_text_right(from.x + width, from.y + line / 2, natural ? look.forced_text : look.text,
                    fmt::format("{:.1f} %", 100 * next.probability));
    ImGui::Dummy({width, line});
    log_item(look, fmt::format("next {}", &next - best.data()), from, {from.x + width, from.y + line},
             fmt::format("{} {:.1f} %", name, 100 * next.probability));
  }
  caption(look, natural ? "Grey: natural. Amber: forced." : "Grey: natural. Nothing is forced.");
  end_card(look);
}

/// Lines of a model's text; of two texts, natural and forced, half as many each.
constexpr int kWrittenLines = 4;

/// Text in that many lines; what is longer ends there.
void draw_written(const Look& look, const std::string& text, ImU32 color, int lines) {
  const AsItIs as_it_is;
  const WithFont font(look.small);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float line = ImGui::GetFontSize(), room = ImGui::GetContentRegionAvail().x;
  const std::string words = drawable(text, room);
  const float high = line * static_cast<float>(lines);
  ImGui::PushClipRect(at, {at.x + room, at.y + high}, true);
  ImGui::GetWindowDrawList()->AddText(ImGui::GetFont(), ImGui::GetFontSize(), at, color, words.c_str(),
                                      nullptr, room);
  ImGui::PopClipRect();
  ImGui::Dummy({room, high});
}

void draw_compared(const Look& look, const Inspected& bench) {
  const views::Observation& observation = *bench.shown().observation();
  const double forced = analysis::mean_score(observation, analysis::Run::in_force),
               natural = analysis::mean_score(observation, analysis::Run::natural);
  value_row(look, fmt::format("loss, {}", observation.outcome().score),
            train::loss_text(natural, 2) + " → " + train::loss_text(forced, 2), look.forced_text, {}, true);
  tooltip(look, [&] {
    return observation.outcome().of_input
               ? analysis::explain("bits per character") + " Over the probe: natural, then forced."
               : std::string("−log₂ p(label)\nOver the probe: natural, then forced.");
  });
  const int state = observation.network->cell(bench.shown().view().layer).memory();
  const views::Left left = views::left_of(observation, series_of(bench, state), observation.steps());
  const bool kept = analysis::keeps_by_gates(observation.network->cell(bench.shown().view().layer), state);
  value_row(look, kept ? "memory left" : left.label, left.value, look.forced_text, {}, true);
  tooltip(look, kept ? analysis::explain("memory left") + " Here: " + left.label + ", natural, then forced."
                     : std::string("Mean |state| from the first forced step on, forced over natural"));
  const session::Writing& writes = bench.shown().readings()->writes[bench.shown().view().model];
  if (!writes.natural.empty())
    draw_written(look, told("natural") + "\u00a0…" + display_text(writes.natural, " "), look.muted,
                 kWrittenLines / 2);
  log_item(look, "writes natural", writes.natural);
  if (!writes.text.empty())
    draw_written(look, told("forced") + "\u00a0…" + display_text(writes.text, " "), look.forced_text,
                 kWrittenLines / 2);
  log_item(look, "writes forced", writes.text);
}

void draw_natural(const Look& look, const Inspected& bench) {
  const views::Observation& observation = *bench.shown().observation();
  value_row(look, fmt::format("loss, {}", observation.outcome().score),
            train::loss_text(analysis::mean_score(observation, analysis::Run::in_force), 2));
  if (!observation.outcome().of_input) {
    value_row(look, "Nothing is forced.", "–", look.muted, look.muted);
    return;  // classes are nothing to write
  }
  value_row(look, "guessed right",
            fmt::format("{:.0f} %", 100 * analysis::share_guessed(observation, analysis::Run::in_force)));
  tooltip(look,
          "Guessed right\nThe share of the probe's characters that the network held for the likeliest.");
  const auto& all = bench.shown().readings()->writes;
  const int lines = all.size() > 1 ? kWrittenLines / 2 : kWrittenLines;
  for (std::size_t m = 0; m < all.size(); ++m) {
    if (all[m].text.empty()) continue;
    if (all.size() > 1) {
      const WithFont font(look.small);
      ImGui::PushStyleColor(ImGuiCol_Text, legible(look, model_color(look, bench.all, m)));
      ImGui::TextUnformatted(drawable(bench.shown().readings()->observations[m].name).c_str());
      ImGui::PopStyleColor();
    }
    draw_written(look, "…" + display_text(all[m].text, " "), look.text, lines);
    log_item(look, fmt::format("writes {}", m), all[m].text);
  }
  if (all.front().text.empty())
    draw_written(look,
                 told("This model cannot write: it does not tell the next character from what came before."),
                 look.muted, kWrittenLines);
}

/// Its place is as high whether something is forced or not: nothing below it moves.
void draw_effect(const Look& look, const Inspected& bench) {
  const views::Observation& observation = *bench.shown().observation();
  begin_card(look, "effect", observation.natural ? "Effect of forcing" : "What it writes");
  const ImVec2 from = ImGui::GetCursorScreenPos();
  if (observation.natural)
    draw_compared(look, bench);
  else
    draw_natural(look, bench);
  // Two texts of one model, natural and forced, or one of each model under its name.
  float text = 0, name = 0;
  {
    const WithFont font(look.small);
    const float gap = ImGui::GetStyle().ItemSpacing.y;
    text = ImGui::GetFontSize() * (kWrittenLines / 2) + gap;
    name = ImGui::GetTextLineHeight() + gap;
  }
  const float rows = 2 * (std::round(look.px(20)) + ImGui::GetStyle().ItemSpacing.y);
  const auto models = static_cast<float>(bench.shown().readings()->writes.size());
  const bool writes = observation.outcome().of_input;
  const float high = rows + (writes ? std::max(2 * text, models * (text + (models > 1 ? name : 0))) : 0);
  const float left = from.y + high - ImGui::GetCursorScreenPos().y;
  if (left > 0.5f) ImGui::Dummy({1, std::max(left - ImGui::GetStyle().ItemSpacing.y, 0.0f)});
  end_card(look);
}

}  // namespace

void draw_inspector(const Look& look, Workbench& bench, Desk& desk) {
  if (!bench.shown().observation() || !bench.shown().tape()) {
    begin_card(look, "inspector", "Inspector");
    caption(look, "What the cell computes at the chosen step stands here once a text has been read.");
    end_card(look);
    return;
  }
  const Inspected what = inspected(bench, desk);
  if (!what.shown().observation() || !what.shown().tape()) return;
  draw_effect(look, what);
  draw_next(look, what);
  draw_equations(look, what, desk);
  draw_roles(look, what);
}

}  // namespace gatescope::ui
