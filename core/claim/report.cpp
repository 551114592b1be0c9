#include "core/claim/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gatescope::claim {
namespace {

using nlohmann::json;
using Values = std::vector<std::optional<double>>;

std::string_view outcome_text(const Verdict& verdict) {
  if (verdict.card->conditions.empty()) return "measured";
  return verdict.holds ? "holds" : "does not hold";
}

/// What of a sweep one line tells.
struct Row {
  std::size_t setting = 0;
  std::string measure, model;
  Values values;  // a seed
};

std::vector<Row> rows_of(const Verdict& verdict) {
  const Card& card = *verdict.card;
  const auto seeds = static_cast<std::size_t>(card.seeds);
  std::vector<Row> rows;
  for (std::size_t setting = 0; setting * seeds < verdict.results.size(); ++setting)
    for (const auto& [measure, models] : verdict.results[setting * seeds]->values)
      for (const auto& [model, ignored] : models) {
        Row& row = rows.emplace_back(Row{setting, measure, model, {}});
        for (std::size_t seed = 0; seed < seeds; ++seed)
          row.values.push_back(verdict.results[setting * seeds + seed]->values.at(measure).at(model));
      }
  return rows;
}

std::string words_of(const Card& card, const Quantity& of) {
  const std::string label = card.label(card.settings()[of.setting]);
  return fmt::format("{} of {}{}{}", of.measure, of.model, label.empty() ? "" : ", ", label);
}

std::string words_of(const Card& card, const Condition& condition) {
  if (!condition.over) return words_of(card, condition.of);
  return words_of(card, condition.of) + " over " + words_of(card, *condition.over);
}

std::string field(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == text.npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text)
    safe += c == '&'   ? "&amp;"
            : c == '<' ? "&lt;"
            : c == '>' ? "&gt;"
            : c == '"' ? "&quot;"
                       : std::string(1, c);
  return safe;
}

json in_json(const Values& values) {
  json list = json::array();
  for (const auto& value : values) list.push_back(number_or_null(value));
  return list;
}

/// A cell of a table: a bar would begin the next one.
std::string in_cell(std::string_view text) {
  std::string safe;
  for (const char c : text) safe += c == '|' ? std::string("\\|") : std::string(1, c);
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
  const std::vector<Setting> settings = card.settings();
  for (const Measure& measure : card.measures) {
    plot::Panel& panel = panels.emplace_back(plot::Panel{.title = measure.name});
    panel.x = {.low = -0.5, .high = static_cast<double>(settings.size()) - 0.5};
    for (std::size_t k = 0; k < settings.size(); ++k)
      panel.x.ticks.push_back({static_cast<double>(k), card.label(settings[k])});
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

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#15181e}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px "
    "solid "
    "#d8dce4;vertical-align:top}td.n{font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto}"
    "h2{margin-top:3rem}.no{font-weight:700}.muted{color:#5a6372}";

void append_section(std::string& page, const Verdict& verdict, std::string_view picture) {
  const Card& card = *verdict.card;
  page += fmt::format("<section id=\"{0}\"><h2>{1}</h2>\n", escaped(card.name), escaped(card.title));
  if (!card.claim.empty()) page += fmt::format("<p>{}", escaped(card.claim));
  if (!card.by.empty()) page += fmt::format(" <span class=\"muted\">[{}]</span>", escaped(card.by));
  page += "</p>\n";
  if (!card.published.empty()) page += fmt::format("<p>Published: {}</p>\n", escaped(card.published));
  if (!card.conditions.empty()) {
    page +=
        "<table><tr><th>What has to come out</th><th>measured, median (least to greatest)</th><th>asked</th>"
        "<th>seeds</th></tr>\n";
    for (std::size_t k = 0; k < card.conditions.size(); ++k) {
      const Judged& judged = verdict.conditions[k];
      page += fmt::format(
          "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n{}\">{} of "
          "{}</td></tr>\n",
          escaped(card.conditions[k].says), spread_text(judged.values),
          bound_text(card.conditions[k], card.seeds), judged.holds ? "" : " no", judged.met,
          judged.values.size());
    }
    page += "</table>\n";
  }
  page += picture;
  page += fmt::format("<p>{}, in {:.0f} seconds of one core.</p>\n", outcome_text(verdict), verdict.seconds);
  if (!card.notes.empty()) page += fmt::format("<p>{}</p>\n", escaped(card.notes));
  page += "</section>\n";
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
        text += fmt::format("  {:<28} {:<16} {:<12} {}\n", card.label(card.settings()[row.setting]),
                            row.model, row.measure, spread_text(row.values));
    for (const Result* result : verdict.results)
      if (!result->trouble.empty())
        text += fmt::format("  seed {}, {}: {}\n", result->seed, card.label(card.settings()[result->setting]),
                            result->trouble);
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
  }
  return text;
}

std::string csv(std::span<const Verdict> verdicts) {
  std::string text = "card,setting,model,measure,seed,value\n";
  for (const Verdict& verdict : verdicts)
    for (const Row& row : rows_of(verdict))
      for (std::size_t seed = 0; seed < row.values.size(); ++seed)
        text += fmt::format("{},{},{},{},{},{}\n", field(verdict.card->name),
                            field(verdict.card->label(verdict.card->settings()[row.setting])),
                            field(row.model), field(row.measure), seed + 1,
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
        setting[card.vary[k].place] = card.settings()[row.setting][k];
      numbers.push_back({{"setting", std::move(setting)},
                         {"measure", row.measure},
                         {"model", row.model},
                         {"values", in_json(row.values)}});
    }
    cards.push_back(
        {{"card", card.name},
         {"title", card.title},
         {"claim", card.claim},
         {"by", card.by},
         {"published", card.published},
         {"seeds", card.seeds},
         {"conditions", std::move(conditions)},
         {"measured", std::move(numbers)},
         {"parameters", verdict.results.empty() ? json::object() : json(verdict.results[0]->parameters)},
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
        {verdict.holds ? "holds" : "does not hold", fmt::format("over the seeds 1 to {}", card.seeds)});
  figure.caption = card.claim;
  return figure;
}

std::string html(std::span<const Verdict> verdicts, std::span<const std::string> pictures,
                 std::string_view program) {
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">\n<title>Claims, measured</title><style>{}</style></head><body>\n"
      "<h1>Claims, measured</h1>\n<p class=\"muted\">{}</p>\n<table><tr><th>claim</th><th>outcome</th>"
      "<th>as its card states</th><th>seeds</th><th>seconds</th></tr>\n",
      kStyle, escaped(program));
  for (const Verdict& verdict : verdicts)
    page += fmt::format(
        "<tr><td><a href=\"#{}\">{}</a></td><td>{}</td><td{}>{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{:.0f}</td></tr>\n",
        escaped(verdict.card->name), escaped(verdict.card->title), outcome_text(verdict),
        verdict.as_stated ? "" : " class=\"no\"", verdict.as_stated ? "yes" : "no", verdict.card->seeds,
        verdict.seconds);
  page += "</table>\n";
  for (std::size_t k = 0; k < verdicts.size(); ++k)
    append_section(page, verdicts[k],
                   k < pictures.size() ? std::string_view(pictures[k]) : std::string_view());
  return page + "</body></html>\n";
}

}  // namespace gatescope::claim
