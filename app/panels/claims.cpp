// The dialog of claims: on the left which there are, on the right what the chosen one says, by whom, what has
// to come out, and a dot a seed for what came out here.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/kit/draw.h"
#include "app/kit/letters.h"
#include "app/panels/panels.h"
#include "core/capitalised.h"
#include "core/in_quotes.h"
#include "core/views/parts.h"

namespace gatescope::ui {
namespace {

using claim::Card, claim::Condition, claim::Judged, claim::Met;

constexpr float kSeedStep = 15, kSeedRadius = 5;

/// "holds here", "does not hold here"; how far it is where that is still open; empty where nothing is
/// measured.
std::string outcome_of(const Claims::Standing& standing) {
  if (standing.done == 0 && !standing.measuring) return {};
  if (const auto holds = claim::decided(standing.conditions))
    return *holds ? "holds here" : "does not hold here";
  return standing.measuring ? fmt::format("measuring, {:.0f} %", 100 * standing.progress) : "partly measured";
}

std::string seeds_text(const Card& card) {
  return card.seeds == 1 ? "1 seed" : fmt::format("the seeds 1 to {}", card.seeds);
}

/// A text in lines of at most this width.
struct Lines {
  std::string text;
  float width = 0, height = 0;

  Lines(std::string_view full, float most)
      : text(drawable(full, most)),
        width(most),
        height(ImGui::CalcTextSize(text.c_str(), nullptr, false, most).y) {}
  void draw(ImVec2 at, ImU32 color) const {
    ImGui::GetWindowDrawList()->AddText(ImGui::GetFont(), ImGui::GetFontSize(), at, color, text.c_str(),
                                        nullptr, width);
  }
};

/// True when pressed.
bool draw_claim_row(const Look& look, const Card& card, const Claims::Standing& standing, bool chosen) {
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, inset = look.px(10), margin = look.px(6);
  const Lines title(printable(card.title), width - 2 * inset);
  const std::string id = "claim " + card.name;
  const bool pressed =
      ImGui::InvisibleButton(id.c_str(), {width, std::round(title.height + look.px(18) + 2 * margin)});
  const std::string outcome = outcome_of(standing);
  log_item(look, id, chosen ? "chosen" : outcome);
  const ScreenRect box = last_item();
  if (chosen || ImGui::IsItemHovered()) fill(box, chosen ? look.pressed : look.hovered, look.px(5));
  title.draw({low.x + inset, low.y + margin}, look.text);
  const WithFont font(look.small);
  const std::string about =
      outcome.empty() ? fmt::format("{}, some {:.2g} min", seeds_text(card), std::max(card.minutes, 0.1))
                      : outcome;
  draw_text(low.x + inset, low.y + margin + title.height + look.px(10), look.muted, about);
  return pressed;
}

/// In full in the window's colour, wrapped to the width that is left.
void paragraph(const Look& look, std::string_view text) {
  ImGui::PushTextWrapPos(0);
  ImGui::PushStyleColor(ImGuiCol_Text, look.text);
  const std::string words = drawable(text, ImGui::GetContentRegionAvail().x);
  ImGui::TextUnformatted(words.c_str(), words.c_str() + words.size());
  ImGui::PopStyleColor();
  ImGui::PopTextWrapPos();
}

/// A dot a seed: full where it meets the condition, a ring with a stroke where it does not, small where it is
/// still to come.
void draw_seeds(const Look& look, const Judged& judged, ImVec2 at, float width) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float step = std::min(look.px(kSeedStep), width / static_cast<float>(judged.seeds.size())),
              radius = std::min(look.px(kSeedRadius), step * 0.4f), line = std::max(1.2f, look.px(1.4f));
  for (std::size_t k = 0; k < judged.seeds.size(); ++k) {
    const ImVec2 middle{at.x + (static_cast<float>(k) + 0.5f) * step, at.y};
    switch (judged.seeds[k]) {
      case Met::yes:
        list.AddCircleFilled(middle, radius, look.text);
        break;
      case Met::no:
        list.AddCircle(middle, radius, look.text, 0, line);
        list.AddLine({middle.x - radius, middle.y + radius}, {middle.x + radius, middle.y - radius},
                     look.text, line);
        break;
      case Met::not_yet:
        list.AddCircleFilled(middle, radius * 0.35f, look.disabled);
    }
  }
}

void draw_condition(const Look& look, const Card& card, const Condition& condition, const Judged& judged,
                    std::size_t number) {
  ImGui::Dummy({1, look.px(2)});
  paragraph(look, condition.says);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  draw_seeds(look, judged, {at.x, at.y + look.px(8)}, width);
  ImGui::Dummy({width, look.px(16)});
  std::vector<std::optional<double>> values;  // of those that are measured
  for (std::size_t k = 0; k < judged.seeds.size(); ++k)
    if (judged.seeds[k] != Met::not_yet) values.push_back(judged.values[k]);
  const std::string asked = claim::bound_text(condition, card.seeds);
  const std::string text = values.empty()
                               ? fmt::format("Asked: {}.", asked)
                               : fmt::format("{} of {} seeds so far; asked: {}. Measured: {}.", judged.met,
                                             values.size(), asked, claim::spread_text(values));
  caption(look, text);
  log_item(look, fmt::format("condition {}", number), text);
}

void draw_card(const Look& look, const Card& card, const Claims::Standing& standing) {
  {
    const WithFont font(look.headline);
    paragraph(look, card.title);
  }
  paragraph(look, card.claim);
  caption(look, fmt::format("{}{}", card.published.empty() ? "" : "Published: " + card.published + ". ",
                            card.by.empty() ? "" : "Source: " + card.by + "."));
  ImGui::Dummy({1, look.px(4)});
  caption(look, "What has to come out");
  for (std::size_t k = 0; k < card.conditions.size(); ++k)
    draw_condition(look, card, card.conditions[k], standing.conditions[k], k);
  ImGui::Dummy({1, look.px(4)});
  if (const std::string outcome = outcome_of(standing); !outcome.empty())
    paragraph(look, fmt::format("{}: {} of {} trainings, {:.0f} s of one core.", capitalised(outcome),
                                standing.done, standing.jobs, standing.seconds));
  if (!card.notes.empty()) caption(look, card.notes);
  caption(look, fmt::format("When its card was written it {}.",
                            card.outcome == claim::Outcome::holds ? "held" : "did not hold"));
}

void draw_buttons(const Look& look, Workbench& bench, const Card& card, const Claims::Standing& standing) {
  if (standing.measuring) {
    if (button(look, "Stop##claim", Kind::running, "What is measured stays")) bench.act(StopClaim{});
  } else {
    const bool over = standing.done == standing.jobs;
    if (button(look,
               over                ? "Measured###measure claim"
               : standing.done > 0 ? "Go on###measure claim"
                                   : "Measure it###measure claim",
               Kind::primary,
               fmt::format("{}, {}, beside whatever else goes on",
                           views::counted(static_cast<Index>(standing.jobs), "training", "trainings"),
                           seeds_text(card)),
               {}, !over))
      bench.act(MeasureClaim{card.name});
  }
  ImGui::SameLine();
  if (button(look, "Watch one of them##claim", Kind::plain,
             "Opens the experiment of the first condition, with seed 1, in place of what is open")) {
    close_dialog(bench);
    bench.act(OpenClaim{card.name});
    return;
  }
  ImGui::SameLine();
  if (button(look, "Close##claims")) close_dialog(bench);
}

}  // namespace

void draw_claims(const Look& look, Workbench& bench, Desk& desk) {
  const ImVec2 window = ImGui::GetIO().DisplaySize;
  const ImVec2 size{std::min(960.0f, window.x / look.scale - 40),
                    std::min(640.0f, window.y / look.scale - 40)};
  if (!begin_dialog(look, bench, desk, Dialog::claims, "claims", "Claims of the field", size)) return;
  const std::vector<Card>& cards = bench.claims().cards();
  const float below = look.px(62);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const Card* chosen = bench.claims().find(bench.editor().document().window.claim);
  if (!chosen && !cards.empty()) chosen = &cards.front();
  ImGui::BeginChild("##claims", {std::round(room.x * 0.36f), room.y - below});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, look.px(2)});
  for (const Card& card : cards) {
    if (draw_claim_row(look, card, bench.claims().standing(card), &card == chosen))
      bench.act(ChooseClaim{card.name});
    if (&card != chosen || desk.claim == card.name) continue;
    if (!ImGui::IsItemVisible()) ImGui::SetScrollHereY();
    desk.claim = card.name;
  }
  ImGui::PopStyleVar();
  ImGui::EndChild();
  ImGui::SameLine(0, look.px(16));
  ImGui::BeginChild("##claim", {0, room.y - below});
  if (chosen)
    draw_card(look, *chosen, bench.claims().standing(*chosen));
  else
    caption(look, "The claims that come with the program are missing.");
  ImGui::EndChild();
  ImGui::Dummy({1, look.px(4)});
  if (chosen) draw_buttons(look, bench, *chosen, bench.claims().standing(*chosen));
  end_modal();
}

}  // namespace gatescope::ui
