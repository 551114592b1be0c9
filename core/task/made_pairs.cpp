#include "core/task/made_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "core/error.h"
#include "core/task/split.h"
#include "core/task/symbols.h"
#include "core/utf8.h"

namespace gatescope::task {
namespace {

constexpr int kMostTries = 100'000;
constexpr std::u32string_view kWordLetters = U"abcdefghij";

std::u32string letters_of(Rng& rng, Index longest) {
  std::u32string text(static_cast<std::size_t>(1 + below(rng, longest)), U' ');
  for (char32_t& c : text) c = kWordLetters[static_cast<std::size_t>(below(rng, std::ssize(kWordLetters)))];
  return text;
}

std::u32string wide(const std::string& ascii) {
  return {ascii.begin(), ascii.end()};
}

Index same(Index size) {
  return size;
}

// --- Dates ------------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};

std::string_view ordinal(int day) {
  if (day / 10 != 1) {
    if (day % 10 == 1) return "st";
    if (day % 10 == 2) return "nd";
    if (day % 10 == 3) return "rd";
  }
  return "th";
}

Pair date(Rng& rng, Index) {
  using namespace std::chrono;
  const sys_days first = year{1950} / 1 / 1, behind = year{2050} / 1 / 1;
  const sys_days on = first + days{below(rng, (behind - first).count())};
  const year_month_day date{on};
  const int y = static_cast<int>(date.year()), m = static_cast<int>(static_cast<unsigned>(date.month())),
            d = static_cast<int>(static_cast<unsigned>(date.day()));
  const std::string_view month = kMonths[static_cast<std::size_t>(m - 1)],
                         day = kDays[weekday{on}.c_encoding()];
  const auto written = [&]() -> std::string {
    switch (below(rng, 9)) {
      case 0:
        return fmt::format("{} {} {}", d, month, y);
      case 1:
        return fmt::format("{} {}, {}", month, d, y);
      case 2:
        return fmt::format("{} {}, {}", month.substr(0, 3), d, y);
      case 3:
        return fmt::format("{} {} {:02}", d, month.substr(0, 3), y % 100);
      case 4:
        return fmt::format("{}.{}.{}", d, m, y);
      case 5:
        return fmt::format("{:02}.{:02}.{:02}", d, m, y % 100);
      case 6:
        return fmt::format("{}, {} {}, {}", day, month, d, y);
      case 7:
        return fmt::format("{} {} {} {}", day.substr(0, 3), d, month.substr(0, 3), y);
      default:
        return fmt::format("{}{} of {} {}", d, ordinal(d), month, y);
    }
  };
  return {wide(written()), wide(fmt::format("{}-{:02}-{:02}", y, m, d))};
}

// --- Numbers ----------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 20> kSmall{"zero",    "one",     "two",       "three",    "four",
                                                  "five",    "six",     "seven",     "eight",    "nine",
                                                  "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                                  "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<std::string_view, 10> kTens{"",      "",      "twenty",  "thirty", "forty",
                                                 "fifty", "sixty", "seventy", "eighty", "ninety"};

std::string in_words(Index number) {
  const auto of = [](const auto& words, Index k) { return std::string(words[static_cast<std::size_t>(k)]); };
  const auto and_rest = [](std::string begin, Index rest) {
    return rest == 0 ? begin : begin + " " + in_words(rest);
  };
  if (number < 20) return of(kSmall, number);
  if (number < 100) return of(kTens, number / 10) + (number % 10 == 0 ? "" : "-" + of(kSmall, number % 10));
  if (number < 1000) return and_rest(of(kSmall, number / 100) + " hundred", number % 100);
  return and_rest(in_words(number / 1000) + " thousand", number % 1000);
}

/// All numbers are as likely as each other: of short ones there are too few to hold some out.
Pair number_words(Rng& rng, Index digits) {
  Index all = 1;
  for (Index k = 0; k < digits; ++k) all *= 10;
  const Index number = below(rng, all);
  return {wide(in_words(number)), wide(std::to_string(number))};
}

std::u32string roman(Index number) {
  constexpr std::array<std::pair<Index, std::u32string_view>, 13> kSigns{{{1000, U"M"},
                                                                          {900, U"CM"},
                                                                          {500, U"D"},
                                                                          {400, U"CD"},
                                                                          {100, U"C"},
                                                                          {90, U"XC"},
                                                                          {50, U"L"},
                                                                          {40, U"XL"},
                                                                          {10, U"X"},
                                                                          {9, U"IX"},
                                                                          {5, U"V"},
                                                                          {4, U"IV"},
                                                                          {1, U"I"}}};
  std::u32string text;
  for (const auto& [value, sign] : kSigns)
    for (; number >= value; number -= value) text += sign;
  return text;
}

Pair roman_numeral(Rng& rng, Index) {
  const Index number = 1 + below(rng, 3999);
  return {wide(std::to_string(number)), roman(number)};
}

}  // namespace

const PairMaker kReversed{"reversed", kWordLetters,
                          [](Rng& rng, Index longest) {
                            Pair pair{letters_of(rng, longest), {}};
                            pair.target.assign(pair.source.rbegin(), pair.source.rend());
                            return pair;
                          },
                          same, same};
const PairMaker kCopied{"copied", kWordLetters,
                        [](Rng& rng, Index longest) {
                          const std::u32string text = letters_of(rng, longest);
                          return Pair{text, text};
                        },
                        same, same};
const PairMaker kSorted{"sorted", kWordLetters,
                        [](Rng& rng, Index longest) {
                          Pair pair{letters_of(rng, longest), {}};
                          pair.target = pair.source;
                          std::ranges::sort(pair.target);
                          return pair;
                        },
                        same, same};
const PairMaker kDates{"dates", U" ,-.0123456789ADFJMNOSTWabcdefghilmnoprstuvy", date,
                       [](Index) { return Index{29}; },  // "Wednesday, September 30, 1998"
                       [](Index) { return Index{10}; }};
const PairMaker kNumberWords{"number words", U" -0123456789abdefghilnorstuvwxyz", number_words,
                             [](Index digits) {
                               // "three", "seventy-three", ..., all threes and sevens
                               constexpr std::array<Index, 6> longest{5, 13, 27, 42, 50, 64};
                               return longest[static_cast<std::size_t>(digits - 1)];
                             },
                             same};
const PairMaker kRomanNumerals{"Roman numerals", U"0123456789CDILMVX", roman_numeral,
                               [](Index) { return Index{4}; },
                               [](Index) { return Index{15}; }};  // MMMDCCCLXXXVIII

MadePairs::MadePairs(const Data& data, const PairMaker& maker, Index size)
    : Pairs(data, std::u32string(maker.characters), maker.longest_source(size), maker.longest_target(size)),
      maker_(maker),
      size_(size) {
  measure_chance();
}

std::string MadePairs::fingerprint() const {
  return fmt::format("{} {}, seed {}", maker_.name, size_, data().seed);
}

bool MadePairs::is_held_out(const std::u32string& source) const {
  return Rng{data().seed, hash_of(source)}.below(8) == 0;
}

Pair MadePairs::draw(Rng& rng, bool held_out) const {
  // Of a hundred sources or more some are held out, and some are not.
  for (int tries = 0;; ++tries) {
    Pair pair = maker_.make(rng, size_);
    if (is_held_out(pair.source) == held_out || tries == kMostTries) return pair;
  }
}

std::optional<Pair> MadePairs::held_out_pair(Index place) const {
  Rng rng{data().seed, 1, static_cast<std::uint64_t>(place)};
  return draw(rng, true);
}

}  // namespace gatescope::task
