#include "core/claim/verdict.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "core/math/quantile.h"

namespace gatescope::claim {
namespace {

/// The results in the order of settings and seeds.
std::vector<const Result*> in_order(const Card& card, const std::vector<Result>& results) {
  const std::size_t settings = card.settings.size(), seeds = static_cast<std::size_t>(card.seeds);
  std::vector<const Result*> all(settings * seeds);
  for (const Result& result : results) {
    if (result.card != card.name || result.setting >= settings || result.seed > seeds) continue;
    if (result.digest != card.digest)
      fail("a result of {} is of another version of it (setting {}, seed {}); run it again", card.name,
           result.setting, result.seed);
    all[result.setting * seeds + result.seed - 1] = &result;
  }
  std::vector<std::string> missing;
  for (std::size_t k = 0; k < all.size(); ++k)
    if (!all[k]) missing.push_back(Job{&card, k / seeds, k % seeds + 1}.words());
  if (!missing.empty())
    fail("{} of {} results of {} are missing: {}{}", missing.size(), all.size(), card.name,
         fmt::join(missing.begin(), missing.begin() + std::min<std::ptrdiff_t>(std::ssize(missing), 8), "; "),
         missing.size() > 8 ? "; ..." : "");
  return all;
}

Judged judge(const Condition& condition, const std::vector<const Result*>& results, std::size_t seeds) {
  Judged judged{.needed = condition.seeds};
  for (std::size_t seed = 0; seed < seeds; ++seed) {
    const auto of_quantity = [&](const Quantity& of) {
      return number_of(*results[of.setting * seeds + seed], of.measure, of.model);
    };
    auto value = of_quantity(condition.of);
    if (condition.over) {
      const auto other = of_quantity(*condition.over);
      value = value && other && *other != 0 ? std::optional(*value / *other) : std::nullopt;
    }
    judged.values.push_back(value);
    judged.met += value && (!condition.above || *value > *condition.above) &&
                  (!condition.below || *value < *condition.below);
  }
  judged.holds = judged.met >= judged.needed;
  return judged;
}

/// Three digits, without an exponent where that is short.
std::string number(double value) {
  return fmt::format("{:.3g}", value);
}

}  // namespace

Verdict judge(const Card& card, const std::vector<Result>& results) {
  Verdict verdict{.card = &card, .results = in_order(card, results)};
  for (const Result* result : verdict.results) verdict.seconds += result->seconds;
  for (const Condition& condition : card.conditions)
    verdict.conditions.push_back(judge(condition, verdict.results, static_cast<std::size_t>(card.seeds)));
  verdict.holds = std::ranges::all_of(verdict.conditions, &Judged::holds);
  verdict.as_stated = card.conditions.empty() || verdict.holds == (card.outcome == Outcome::holds);
  return verdict;
}

std::string_view outcome_text(const Verdict& verdict) {
  if (verdict.card->conditions.empty()) return "measured";
  return verdict.holds ? "holds" : "does not hold";
}

std::optional<double> number_of(const Result& result, const std::string& measure, const std::string& model) {
  const auto models = result.values.find(measure);
  if (models == result.values.end()) return std::nullopt;
  const auto number = models->second.find(model);
  return number == models->second.end() ? std::nullopt : number->second;
}

std::optional<Spread> spread_of(const std::vector<std::optional<double>>& values) {
  std::vector<double> numbers;
  for (const auto& value : values)
    if (value) numbers.push_back(*value);
  if (numbers.empty()) return std::nullopt;
  std::ranges::sort(numbers);
  return Spread{numbers.front(), quantile(numbers, 0.5), numbers.back(),
                static_cast<int>(values.size() - numbers.size())};
}

std::string spread_text(const std::vector<std::optional<double>>& values) {
  const auto spread = spread_of(values);
  if (!spread) return "none";
  std::string text = number(spread->median);
  if (spread->greatest != spread->least)
    text += fmt::format(" ({} to {})", number(spread->least), number(spread->greatest));
  if (spread->missing > 0) text += fmt::format(", none in {}", spread->missing);
  return text;
}

std::string bound_text(const Condition& condition, int seeds) {
  std::string text;
  if (condition.above) text = "above " + number(*condition.above);
  if (condition.below) text += (text.empty() ? "below " : " and below ") + number(*condition.below);
  return fmt::format("{} in {} of {}", text, condition.seeds, seeds);
}

}  // namespace gatescope::claim
