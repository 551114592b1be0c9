#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/claim/verdict.h"
#include "core/plot/figure.h"

/// What came out, for people and programs.
namespace gatescope::claim {

/// A line a condition (of a sweep a line a setting, measure and model), then one a card; and the whole's
/// last.
std::string table(std::span<const Verdict> verdicts);
/// The same as a table of Markdown: a claim, its outcome, and a row a condition; of a sweep a row a setting,
/// measure and model.
std::string markdown(std::span<const Verdict> verdicts);
/// A row a number (RFC 4180): card, setting, model, measure, seed, value, which is empty where there is none.
std::string csv(std::span<const Verdict> verdicts);
nlohmann::json to_json(std::span<const Verdict> verdicts);

/// A panel a condition, a dot a seed, and the bounds.
plot::Figure figure(const Verdict& verdict);

}  // namespace gatescope::claim
