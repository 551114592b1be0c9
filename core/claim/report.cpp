#include "core/claim/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/plot/csv.h"

namespace gatescope::claim {
namespace {

using nlohmann::json;
using Values = std::vector<std::optional<double>>;

/// What of a sweep one line tells.
struct Row {
  std::size_t setting = 0;
  std::string measure, model;
  Values values;  // a seed
};

std::vector<Row> rows_of(const Verdict& verdict) {
  const auto seeds = static_cast<std::size_t>(verdict.card->seeds);
  std::vector<Row> rows;
  for (std::size_t first = 0; first < verdict.results.size(); first += seeds)
    for (const auto& [measure, models] : verdict.results[first]->values)
      for (const auto& [model, ignored] : models) {
        Row& row = rows.emplace_back(Row{first / seeds, measure, model, {}});
        for (std::size_t seed = 0; seed < seeds; ++seed)
          row.values.push_back(number_of(*verdict.results[first + seed], measure, model));
      }
  return rows;
}

std::string words_of(const Card& card, const Quantity& of) {
  const std::string label = card.label(of.setting);
  return fmt::format("{} of {}{}{}", of.measure, of.model, label.empty() ? "" : ", ", label);
}

std::string words_of(const Card& card, const Condition& condition) {
  if (!condition.over) return words_of(card, condition.of);
  return words_of(card, condition.of) + " over " + words_of(card, *condition.over);
}

json in_json(const Values& values) {
  json list = json::array();
  for (const auto& value : values) list.push_back(number_or_null(value));
  return list;
}

/// A cell of a table: a bar would begin the next one, a new line the next row.
std::string in_cell(std::string_view text) {
  std::string safe;
  for (const char c : text) safe += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
  return safe;
}

/// A logarithmic scale where sizes differ much and none is 0 or less.
plot::ScaleKind scale_for(const Values& values, const Condition* condition) {
  double least = INFINITY, greatest = 0;
  const auto take = [&](const std::optional<double>& value) {
    if (value) least = std::min(least, *value), greatest = std::max(greatest, *value);
  };
  for (const auto& value : values) take(value);
  if (condition) take(condition->above), take(condition->below);
  return least > 0 && greatest > 100 * least ? plot::ScaleKind::log : plot::ScaleKind::linear;
}

plot::Panel panel_of(const Verdict& verdict, std::size_t k) {
  const Condition& condition = verdict.card->conditions[k];
  const Judged& judged = verdict.conditions[k];
  plot::Panel panel{.title = condition.says, .empty_text = "no seed has such a number"};
  panel.remark = fmt::format("{} of {} seeds, {} asked", judged.met, judged.values.size(), judged.needed);
  panel.x = {.title = words_of(*verdict.card, condition), .kind = scale_for(judged.values, &condition)};
  panel.y = {
      .title = "seed", .low = 0.4, .high = static_cast<double>(judged.values.size()) + 0.6, .whole = true};
  plot::Scatter dots{.ink = plot::Ink{judged.holds ? plot::InkRole::accent : plot::InkRole::neutral}};
  for (std::size_t seed = 0; seed < judged.values.size(); ++seed) {
    if (!judged.values[seed]) continue;
    dots.x.push_back(*judged.values[seed]);
    dots.y.push_back(static_cast<double>(seed + 1));
  }
  if (!dots.x.empty()) panel.marks.push_back(std::move(dots));
  const auto rule = [&](const std::optional<double>& at, const char* word) {
    if (at) panel.marks.push_back(plot::Rule{.at = *at, .label = fmt::format("{} {:.3g}", word, *at)});
  };
  rule(condition.above, "above");
  rule(condition.below, "below");
  return panel;
}

/// A sweep: a panel a measure, its settings from left to right, a line a model through the medians.
std::vector<plot::Panel> panels_of_sweep(const Verdict& verdict) {
  const Card& card = *verdict.card;
  std::vector<plot::Panel> panels;
  for (const Measure& measure : card.measures) {
    plot::Panel& panel = panels.emplace_back(plot::Panel{.title = measure.name});
    panel.x = {.low = -0.5, .high = static_cast<double>(card.settings.size()) - 0.5};
    for (std::size_t k = 0; k < card.settings.size(); ++k)
      panel.x.ticks.push_back({static_cast<double>(k), card.label(k)});
    panel.y.title = verdict.results.empty() || measure.kind != "held_out" ? "" : verdict.results[0]->unit;
    Values all;
    for (const Row& row : rows_of(verdict)) {
      if (row.measure != measure.name) continue;
      const auto at = std::ranges::find_if(panel.marks, [&](const plot::Mark& mark) {
        const auto* line = std::get_if<plot::Line>(&mark);
        return line && line->name == row.model;
      });
      plot::Line& line = std::get<plot::Line>(
          at != panel.marks.end()
              ? *at
              : panel.marks.emplace_back(plot::Line{.name = row.model, .marker = plot::Marker::disc}));
      const auto spread = spread_of(row.values);
      line.x.push_back(static_cast<double>(row.setting));
      line.y.push_back(spread ? spread->median : NAN);
      all.insert(all.end(), row.values.begin(), row.values.end());
    }
    panel.y.kind = scale_for(all, nullptr);
  }
  return panels;
}

}  // namespace

std::string table(std::span<const Verdict> verdicts) {
  std::string text;
  for (const Verdict& verdict : verdicts) {
    const Card& card = *verdict.card;
    text += fmt::format("{}: {}\n", card.name, card.title);
    if (!card.published.empty())
      text += fmt::format("  published  {}{}\n", card.published, card.by.empty() ? "" : " [" + card.by + "]");
    for (std::size_t k = 0; k < card.conditions.size(); ++k) {
      const Judged& judged = verdict.conditions[k];
      text +=
          fmt::format("  {}  {}\n             {}: {}; {} asked, met in {}\n", judged.holds ? "yes" : "NO ",
                      card.conditions[k].says, words_of(card, card.conditions[k]), spread_text(judged.values),
                      bound_text(card.conditions[k], card.seeds), judged.met);
    }
    if (card.conditions.empty())
      for (const Row& row : rows_of(verdict))
        text += fmt::format("  {:<28} {:<16} {:<12} {}\n", card.label(row.setting), row.model, row.measure,
                            spread_text(row.values));
    for (const Result* result : verdict.results)
      if (!result->trouble.empty())
        text += fmt::format("  {}: {}\n", Job{&card, result->setting, result->seed}.words(), result->trouble);
    text += fmt::format("  {}{}, {:.1f} s\n", outcome_text(verdict),
                        verdict.as_stated ? "" : ", which is not what the card states", verdict.seconds);
  }
  const auto wrong = std::ranges::count_if(verdicts, [](const Verdict& each) { return !each.as_stated; });
  const auto claims =
      std::ranges::count_if(verdicts, [](const Verdict& each) { return !each.card->conditions.empty(); });
  if (claims > 0)
    text += fmt::format("{} of {} claims came out as their cards state\n", claims - wrong, claims);
  return text;
}

std::string markdown(std::span<const Verdict> verdicts) {
  std::string text =
      "| claim | what has to come out | median (least to greatest) | seeds |\n|---|---|---|---|\n";
  for (const Verdict& verdict : verdicts) {
    const Card& card = *verdict.card;
    for (std::size_t k = 0; k < card.conditions.size(); ++k) {
      const Judged& judged = verdict.conditions[k];
      text += fmt::format("| {} | {} | {} | {} of {}{} |\n",
                          k == 0 ? fmt::format("*{}*: {}", card.name, outcome_text(verdict)) : std::string(),
                          in_cell(card.conditions[k].says), spread_text(judged.values), judged.met,
                          judged.values.size(), judged.holds ? "" : ", **not met**");
    }
    if (!card.conditions.empty()) continue;
    for (const Row& row : rows_of(verdict)) {
      const std::string label = card.label(row.setting);
      text += fmt::format("| *{}*{}{} | {} of {} | {} | {} |\n", card.name, label.empty() ? "" : ", ",
                          in_cell(label), in_cell(row.measure), in_cell(row.model), spread_text(row.values),
                          card.seeds);
    }
  }
  return text;
}

std::string csv(std::span<const Verdict> verdicts) {
  std::string text = "card,setting,model,measure,seed,value\n";
  for (const Verdict& verdict : verdicts)
    for (const Row& row : rows_of(verdict))
      for (std::size_t seed = 0; seed < row.values.size(); ++seed)
        text += fmt::format("{},{},{},{},{},{}\n", plot::csv_field(verdict.card->name),
                            plot::csv_field(verdict.card->label(row.setting)), plot::csv_field(row.model),
                            plot::csv_field(row.measure), seed + 1,
                            row.values[seed] ? fmt::format("{}", *row.values[seed]) : std::string());
  return text;
}

json to_json(std::span<const Verdict> verdicts) {
  json cards = json::array();
  for (const Verdict& verdict : verdicts) {
    const Card& card = *verdict.card;
    json conditions = json::array(), numbers = json::array();
    for (std::size_t k = 0; k < card.conditions.size(); ++k) {
      const Condition& condition = card.conditions[k];
      const Judged& judged = verdict.conditions[k];
      conditions.push_back({{"says", condition.says},
                            {"of", words_of(card, condition)},
                            {"above", number_or_null(condition.above)},
                            {"below", number_or_null(condition.below)},
                            {"values", in_json(judged.values)},
                            {"met", judged.met},
                            {"needed", judged.needed},
                            {"holds", judged.holds}});
    }
    for (const Row& row : rows_of(verdict)) {
      json setting = json::object();
      for (std::size_t k = 0; k < card.vary.size(); ++k)
        setting[card.vary[k].place] = card.settings[row.setting][k];
      const Result& first = *verdict.results[row.setting * static_cast<std::size_t>(card.seeds)];
      const auto parameters = first.parameters.find(row.model);
      numbers.push_back(
          {{"setting", std::move(setting)},
           {"measure", row.measure},
           {"model", row.model},
           {"parameters", parameters != first.parameters.end() ? json(parameters->second) : json()},
           {"values", in_json(row.values)}});
    }
    cards.push_back({{"card", card.name},
                     {"title", card.title},
                     {"claim", card.claim},
                     {"by", card.by},
                     {"published", card.published},
                     {"seeds", card.seeds},
                     {"conditions", std::move(conditions)},
                     {"measured", std::move(numbers)},
                     {"holds", card.conditions.empty() ? json() : json(verdict.holds)},
                     {"as_stated", verdict.as_stated},
                     {"seconds", verdict.seconds}});
  }
  return {{"schema", 1}, {"cards", std::move(cards)}};
}

plot::Figure figure(const Verdict& verdict) {
  const Card& card = *verdict.card;
  plot::Figure figure{.title = card.title};
  if (card.conditions.empty())
    figure.panels = panels_of_sweep(verdict);
  else
    for (std::size_t k = 0; k < card.conditions.size(); ++k) figure.panels.push_back(panel_of(verdict, k));
  if (!card.conditions.empty())
    figure.headlines.push_back(
        {std::string(outcome_text(verdict)), fmt::format("over the seeds 1 to {}", card.seeds)});
  figure.caption = card.claim;
  return figure;
}

}  // namespace gatescope::claim
