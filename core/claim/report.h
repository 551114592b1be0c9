#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/claim/verdict.h"
#include "core/plot/figure.h"

/// What came out, for people and programs.
namespace gatescope::claim {

/// A line a condition (of a sweep a line a setting, measure and model), then one a card; and the whole's
/// last.
std::string table(std::span<const Verdict> verdicts);
/// The same as a table of Markdown: a claim, its outcome, and a row a condition.
std::string markdown(std::span<const Verdict> verdicts);
/// A row a number: card, condition, setting, model, measure, seed, value.
std::string csv(std::span<const Verdict> verdicts);
nlohmann::json to_json(std::span<const Verdict> verdicts);

/// A panel a condition, a dot a seed, and the bounds.
plot::Figure figure(const Verdict& verdict);

/// One page with everything in it; `pictures` are the figures as SVG, one a verdict.
std::string html(std::span<const Verdict> verdicts, std::span<const std::string> pictures,
                 std::string_view program);

}  // namespace gatescope::claim
