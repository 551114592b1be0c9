#include "core/claim/verdict.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "core/math/quantile.h"

namespace gatescope::claim {
namespace {

/// The results in the order of settings and seeds; null where there is none of this version of the card.
std::vector<const Result*> in_order(const Card& card, std::span<const Result> results) {
  const std::size_t settings = card.settings.size(), seeds = static_cast<std::size_t>(card.seeds);
  std::vector<const Result*> all(settings * seeds);
  for (const Result& result : results)
    if (result.card == card.name && result.digest == card.digest && result.setting < settings &&
        result.seed >= 1 && result.seed <= seeds)
      all[result.setting * seeds + result.seed - 1] = &result;
  return all;
}

/// Throws Error where results are of another version of the card, or missing.
void check_whole(const Card& card, const std::vector<Result>& results,
                 const std::vector<const Result*>& all) {
  for (const Result& result : results)
    if (result.card == card.name && result.digest != card.digest)
      fail("a result of {} is of another version of it (setting {}, seed {}); run it again", card.name,
           result.setting, result.seed);
  const auto seeds = static_cast<std::size_t>(card.seeds);
  std::vector<std::string> missing;
  for (std::size_t k = 0; k < all.size(); ++k)
    if (!all[k]) missing.push_back(Job{&card, k / seeds, k % seeds + 1}.words());
  if (!missing.empty())
    fail("{} of {} results of {} are missing: {}{}", missing.size(), all.size(), card.name,
         fmt::join(missing.begin(), missing.begin() + std::min<std::ptrdiff_t>(std::ssize(missing), 8), "; "),
         missing.size() > 8 ? "; ..." : "");
}

Judged judge(const Condition& condition, const std::vector<const Result*>& results, std::size_t seeds) {
  Judged judged{.needed = condition.seeds};
  for (std::size_t seed = 0; seed < seeds; ++seed) {
    const Result* of = results[condition.of.setting * seeds + seed];
    const Result* over = condition.over ? results[condition.over->setting * seeds + seed] : of;
    if (!of || !over) {
      judged.values.emplace_back();
      judged.seeds.push_back(Met::not_yet);
      continue;
    }
    auto value = number_of(*of, condition.of.measure, condition.of.model);
    if (condition.over) {
      const auto other = number_of(*over, condition.over->measure, condition.over->model);
      value = value && other && *other != 0 ? std::optional(*value / *other) : std::nullopt;
    }
    const bool met = value && (!condition.above || *value > *condition.above) &&
                     (!condition.below || *value < *condition.below);
    judged.values.push_back(value);
    judged.seeds.push_back(met ? Met::yes : Met::no);
    judged.met += met;
  }
  judged.holds = judged.met >= judged.needed;
  return judged;
}

std::vector<Judged> judge_all(const Card& card, const std::vector<const Result*>& results) {
  std::vector<Judged> all;
  for (const Condition& condition : card.conditions)
    all.push_back(judge(condition, results, static_cast<std::size_t>(card.seeds)));
  return all;
}

/// Three digits, without an exponent where that is short.
std::string number(double value) {
  return fmt::format("{:.3g}", value);
}

}  // namespace

Verdict judge(const Card& card, const std::vector<Result>& results) {
  Verdict verdict{.card = &card, .results = in_order(card, results)};
  check_whole(card, results, verdict.results);
  for (const Result* result : verdict.results) verdict.seconds += result->seconds;
  verdict.conditions = judge_all(card, verdict.results);
  verdict.holds = std::ranges::all_of(verdict.conditions, &Judged::holds);
  verdict.as_stated = card.conditions.empty() || verdict.holds == (card.outcome == Outcome::holds);
  return verdict;
}

std::vector<Judged> judge_so_far(const Card& card, std::span<const Result> results) {
  return judge_all(card, in_order(card, results));
}

std::optional<bool> decided(const std::vector<Judged>& conditions) {
  bool all = true;
  for (const Judged& each : conditions) {
    const auto to_come = static_cast<int>(std::ranges::count(each.seeds, Met::not_yet));
    if (each.met + to_come < each.needed) return false;
    all = all && each.holds;
  }
  return all ? std::optional(true) : std::nullopt;
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
