#include "core/task/made_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/task/split.h"
#include "core/task/symbols.h"
#include "core/utf8.h"

namespace gatescope::task {
namespace {

constexpr int kMostTries = 100'000;
constexpr Index kManySources = Index{1} << 22;  // so many are not gone through one by one
constexpr std::u32string_view kWordLetters = U"abcdefghij";

std::u32string letters_of(Rng& rng, Index longest) {
  std::u32string text(static_cast<std::size_t>(1 + below(rng, longest)), U' ');
  for (char32_t& c : text) c = kWordLetters[static_cast<std::size_t>(below(rng, std::ssize(kWordLetters)))];
  return text;
}

/// How many words of up to so many letters there are; kManySources: so many or more.
Index words_up_to(Index longest) {
  Index all = 0, of_length = 1;
  for (Index length = 1; length <= longest && all < kManySources; ++length) {
    of_length *= std::ssize(kWordLetters);
    all += of_length;
  }
  return std::min(all, kManySources);
}

/// The shorter words come first.
std::u32string word_of_number(Index number) {
  std::u32string text;
  for (; number >= 0; number = number / std::ssize(kWordLetters) - 1)
    text += kWordLetters[static_cast<std::size_t>(number % std::ssize(kWordLetters))];
  return text;
}

Pair reversed_pair(const std::u32string& text) {
  return {text, {text.rbegin(), text.rend()}};
}

Pair copied_pair(const std::u32string& text) {
  return {text, text};
}

Pair sorted_pair(const std::u32string& text) {
  Pair pair{text, text};
  std::ranges::sort(pair.target);
  return pair;
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

constexpr std::chrono::sys_days kFirstDateDay = std::chrono::year{1950} / 1 / 1,
                                kBehindDateDays = std::chrono::year{2050} / 1 / 1;
constexpr Index kDateDays = (kBehindDateDays - kFirstDateDay).count(), kDateWritings = 9;

/// A day, counted from the first, in one of the writings.
Pair date(Index number, Index writing) {
  using namespace std::chrono;
  const sys_days on = kFirstDateDay + days{number};
  const year_month_day date{on};
  const int y = static_cast<int>(date.year()), m = static_cast<int>(static_cast<unsigned>(date.month())),
            d = static_cast<int>(static_cast<unsigned>(date.day()));
  const std::string_view month = kMonths[static_cast<std::size_t>(m - 1)],
                         day = kDays[weekday{on}.c_encoding()];
  const auto written = [&]() -> std::string {
    switch (writing) {
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
  if (number < 100 && number % 10 == 0) return of(kTens, number / 10);
  if (number < 100) return of(kTens, number / 10) + "-" + of(kSmall, number % 10);
  if (number < 1000) return and_rest(of(kSmall, number / 100) + " hundred", number % 100);
  return and_rest(in_words(number / 1000) + " thousand", number % 1000);
}

/// All numbers are as likely as each other: of short ones there are too few to hold some out.
Index count_of_numbers(Index digits) {
  Index all = 1;
  for (Index k = 0; k < digits; ++k) all *= 10;
  return all;
}

Pair number_words(Index number) {
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

constexpr Index kRomans = 3999;

Pair roman_numeral(Index number) {
  return {wide(std::to_string(number)), roman(number)};
}

/// Pairs of a word and what is made of it.
template <Pair (*Of)(const std::u32string&)>
constexpr PairMaker of_words(std::string_view name) {
  return {.name = name,
          .characters = kWordLetters,
          .make = [](Rng& rng, Index longest) { return Of(letters_of(rng, longest)); },
          .longest_source = same,
          .longest_target = same,
          .sources = words_up_to,
          .at = [](Index, Index number) { return Of(word_of_number(number)); }};
}

}  // namespace

const PairMaker kReversed = of_words<reversed_pair>("reversed");
const PairMaker kCopied = of_words<copied_pair>("copied");
const PairMaker kSorted = of_words<sorted_pair>("sorted");
const PairMaker kDates{
    .name = "dates",
    .characters = U" ,-.0123456789ADFJMNOSTWabcdefghilmnoprstuvy",
    .make =
        [](Rng& rng, Index) {
          const Index day = below(rng, kDateDays);
          return date(day, below(rng, kDateWritings));
        },
    .longest_source = [](Index) { return Index{29}; },  // "Wednesday, September 30, 1998"
    .longest_target = [](Index) { return Index{10}; },
    .sources = [](Index) { return kDateDays * kDateWritings; },
    .at = [](Index, Index number) { return date(number / kDateWritings, number % kDateWritings); },
    .are_alike = true};
const PairMaker kNumberWords{
    .name = "number words",
    .characters = U" -0123456789abdefghilnorstuvwxyz",
    .make = [](Rng& rng, Index digits) { return number_words(below(rng, count_of_numbers(digits))); },
    .longest_source =
        [](Index digits) {
          // "three", "seventy-three", ..., all threes and sevens
          constexpr std::array<Index, 6> longest{5, 13, 27, 42, 50, 64};
          return longest[static_cast<std::size_t>(digits - 1)];
        },
    .longest_target = same,
    .sources = count_of_numbers,
    .at = [](Index, Index number) { return number_words(number); },
    .are_alike = true};
const PairMaker kRomanNumerals{.name = "Roman numerals",
                               .characters = U"0123456789CDILMVX",
                               .make = [](Rng& rng, Index) { return roman_numeral(1 + below(rng, kRomans)); },
                               .longest_source = [](Index) { return Index{4}; },
                               .longest_target = [](Index) { return Index{15}; },  // MMMDCCCLXXXVIII
                               .sources = [](Index) { return kRomans; },
                               .at = [](Index, Index number) { return roman_numeral(1 + number); },
                               .are_alike = true};

MadePairs::MadePairs(const Data& data, const PairMaker& maker, Index size)
    : Pairs(data, std::u32string(maker.characters), maker.longest_source(size), maker.longest_target(size)),
      maker_(maker),
      size_(size) {
  choose_held_out();
  measure_chance();
}

void MadePairs::choose_held_out() {
  const Index asked = data().held_out_batches * data().batch, sources = maker_.sources(size_);
  std::vector<Pair> all;
  std::set<std::u32string> known;
  // An eighth of more than sixteen times as many are far more than enough.
  if (sources < kManySources && sources <= 16 * asked) {
    for (Index number = 0; number < sources; ++number)
      if (Pair pair = maker_.at(size_, number); is_held_out(pair.source) && known.insert(pair.source).second)
        all.push_back(std::move(pair));
    const Index found = std::ssize(all);
    if (found >= asked && !maker_.are_alike) return;
    Rng rng{data().seed, 2};
    for (const int k : drawn(rng, std::min(found, asked), found))
      held_out_.push_back(std::move(all[static_cast<std::size_t>(k)]));
  } else if (maker_.are_alike) {
    for (Index place = 0; std::ssize(held_out_) < asked; ++place)
      if (Pair pair = drawn_pair(place); known.insert(pair.source).second)
        held_out_.push_back(std::move(pair));
  }
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

Index MadePairs::held_out_batches() const {
  if (held_out_.empty()) return data().held_out_batches;
  return (std::ssize(held_out_) + data().batch - 1) / data().batch;
}

std::optional<Index> MadePairs::held_out_count() const {
  return held_out_.empty() ? std::nullopt : std::optional(std::ssize(held_out_));
}

Pair MadePairs::drawn_pair(Index place) const {
  Rng rng{data().seed, 1, static_cast<std::uint64_t>(place)};
  return draw(rng, true);
}

std::optional<Pair> MadePairs::held_out_pair(Index place) const {
  if (held_out_.empty()) return drawn_pair(place);
  return place < std::ssize(held_out_) ? std::optional(held_out_[static_cast<std::size_t>(place)])
                                       : std::nullopt;
}

}  // namespace gatescope::task
