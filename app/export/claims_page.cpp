#include "app/export/claims_page.h"

#include <fmt/format.h>

#include "app/export/base64.h"
#include "app/export/metadata.h"

namespace gatescope::app {
namespace {

using claim::bound_text, claim::Card, claim::Condition, claim::Judged, claim::outcome_text,
    claim::spread_text, claim::Verdict;

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#15181e}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d8dce4;vertical-align:top}"
    "td.n{font-variant-numeric:tabular-nums}img{max-width:100%;height:auto}"
    "h2{margin-top:3rem}.no{font-weight:700}.muted{color:#5a6372}";

std::string conditions_table(const Verdict& verdict) {
  std::string rows =
      "<table><tr><th>What has to come out</th><th>measured, median (least to greatest)</th><th>asked</th>"
      "<th>seeds</th></tr>\n";
  for (std::size_t k = 0; k < verdict.conditions.size(); ++k) {
    const Condition& condition = verdict.card->conditions[k];
    const Judged& judged = verdict.conditions[k];
    rows += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n{}\">{} of {}</td></tr>\n",
        xml_escaped(condition.says), spread_text(judged.values), bound_text(condition, verdict.card->seeds),
        judged.holds ? "" : " no", judged.met, judged.values.size());
  }
  return rows + "</table>\n";
}

/// As a picture of its own: several SVGs in one page would share their ids.
std::string image(std::string_view svg, std::string_view title) {
  return fmt::format("<p><img alt=\"{}\" src=\"data:image/svg+xml;base64,{}\"></p>\n", xml_escaped(title),
                     base64(svg));
}

std::string section(const Verdict& verdict, std::string_view svg) {
  const Card& card = *verdict.card;
  std::string text = fmt::format("<section id=\"{}\"><h2>{}</h2>\n", xml_escaped(card.name),
                                 xml_escaped(card.title.empty() ? card.name : card.title));
  if (!card.claim.empty())
    text += fmt::format(
        "<p>{}{}</p>\n", xml_escaped(card.claim),
        card.by.empty() ? "" : fmt::format(" <span class=\"muted\">[{}]</span>", xml_escaped(card.by)));
  if (!card.published.empty()) text += fmt::format("<p>Published: {}</p>\n", xml_escaped(card.published));
  if (!card.conditions.empty()) text += conditions_table(verdict);
  if (!svg.empty()) text += image(svg, card.title);
  text += fmt::format("<p>{}, in {:.0f} seconds of one core.</p>\n", outcome_text(verdict), verdict.seconds);
  if (!card.notes.empty()) text += fmt::format("<p>{}</p>\n", xml_escaped(card.notes));
  return text + "</section>\n";
}

}  // namespace

std::string claims_page(std::span<const Verdict> verdicts, std::span<const std::string> figures,
                        std::string_view program) {
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">\n<title>Claims, measured</title><style>{}</style></head><body>\n"
      "<h1>Claims, measured</h1>\n<p class=\"muted\">{}</p>\n<table><tr><th>claim</th><th>outcome</th>"
      "<th>as its card states</th><th>seeds</th><th>seconds</th></tr>\n",
      kStyle, xml_escaped(program));
  for (const Verdict& verdict : verdicts) {
    const Card& card = *verdict.card;
    page += fmt::format(
        "<tr><td><a href=\"#{}\">{}</a></td><td>{}</td><td{}>{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{:.0f}</td></tr>\n",
        xml_escaped(card.name), xml_escaped(card.title.empty() ? card.name : card.title),
        outcome_text(verdict), verdict.as_stated ? "" : " class=\"no\"", verdict.as_stated ? "yes" : "no",
        card.seeds, verdict.seconds);
  }
  page += "</table>\n";
  for (std::size_t k = 0; k < verdicts.size(); ++k)
    page += section(verdicts[k], k < figures.size() ? std::string_view(figures[k]) : std::string_view());
  return page + "</body></html>\n";
}

}  // namespace gatescope::app
