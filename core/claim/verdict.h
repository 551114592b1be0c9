#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/claim/job.h"

namespace gatescope::claim {

/// Whether a seed meets a condition.
enum class Met { not_yet, yes, no };

/// How a condition came out.
struct Judged {
  std::vector<std::optional<double>> values;  // a seed; none where there is no number
  std::vector<Met> seeds;                     // each of them
  int met = 0, needed = 0;                    // seeds
  bool holds = false;
};

/// How a card came out.
struct Verdict {
  const Card* card = nullptr;
  std::vector<Judged> conditions;
  bool holds = false;                  // all of them
  bool as_stated = false;              // as the card itself says; of a sweep always
  double seconds = 0;                  // of all jobs together
  std::vector<const Result*> results;  // by setting, then by seed
};

/// The results belong to the card, one for each job. Throws Error that names jobs without one, and results of
/// another version of the card.
Verdict judge(const Card& card, const std::vector<Result>& results);

/// A card's conditions by the results that there are so far, which may be of other cards and versions too.
std::vector<Judged> judge_so_far(const Card& card, std::span<const Result> results);
/// Whether the claim holds, as soon as the seeds that are still to come cannot change it.
std::optional<bool> decided(const std::vector<Judged>& conditions);

/// "holds", "does not hold"; of a sweep, which claims nothing, "measured".
std::string_view outcome_text(const Verdict& verdict);
/// A model's number; none where there is none.
std::optional<double> number_of(const Result& result, const std::string& measure, const std::string& model);

/// The least, the median and the greatest of the numbers there are; none of none.
struct Spread {
  double least = 0, median = 0, greatest = 0;
  int missing = 0;
};
std::optional<Spread> spread_of(const std::vector<std::optional<double>>& values);

/// "0.012 (0.0040 to 0.031)"; "none" where there is no number.
std::string spread_text(const std::vector<std::optional<double>>& values);
/// "above 0.95 in 4 of 5 seeds".
std::string bound_text(const Condition& condition, int seeds);

}  // namespace gatescope::claim
