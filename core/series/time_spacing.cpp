#include "core/series/time_spacing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "core/number_from_chars.h"

namespace gatescope::series {
namespace {

using Part = TimeSpacing::Part;
using Unit = TimeSpacing::Unit;

constexpr std::int64_t kDaySeconds = 24 * 60 * 60;
constexpr std::int64_t kMostNumber = 1'000'000'000'000;
constexpr int kLastOfMonth = 32;

/// Digits, and what stands before each group of them and behind the last.
struct TimeText {
  std::vector<std::string> digits, between;
};

TimeText cut_time(std::string_view text) {
  TimeText cut;
  cut.between.emplace_back();
  bool in_digits = false;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (digit && !in_digits) cut.digits.emplace_back();
    if (!digit && in_digits) cut.between.emplace_back();
    (digit ? cut.digits : cut.between).back() += c;
    in_digits = digit;
  }
  if (in_digits) cut.between.emplace_back();
  return cut;
}

/// Of a text of digits alone the widths of year, month and day.
void cut_compact(TimeText& cut, std::size_t parts) {
  const std::string all = cut.digits[0];
  cut.digits = {all.substr(0, 4)};
  cut.between = {""};
  for (std::size_t k = 1; k < parts; ++k) {
    cut.digits.push_back(all.substr(2 + 2 * k, 2));
    cut.between.emplace_back();
  }
  cut.between.emplace_back();
}

/// What a time says; 0 where it says nothing.
struct Moment {
  std::int64_t year = 0, month = 0, day = 0, quarter = 0, week = 0, hour = 0, minute = 0, second = 0,
               number = 0;
};

std::int64_t& part_of(Moment& moment, Part part) {
  switch (part) {
    case Part::number:
      return moment.number;
    case Part::year:
      return moment.year;
    case Part::month:
      return moment.month;
    case Part::day:
      return moment.day;
    case Part::quarter:
      return moment.quarter;
    case Part::week:
      return moment.week;
    case Part::hour:
      return moment.hour;
    case Part::minute:
      return moment.minute;
    case Part::second:
      return moment.second;
  }
  return moment.number;
}

std::chrono::year_month_day date_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  return {std::chrono::year(static_cast<int>(year)), std::chrono::month(static_cast<unsigned>(month)),
          std::chrono::day(static_cast<unsigned>(day))};
}

std::int64_t last_day(std::int64_t year, std::int64_t month) {
  const std::chrono::year_month_day_last last{
      std::chrono::year(static_cast<int>(year)),
      std::chrono::month_day_last(std::chrono::month(static_cast<unsigned>(month)))};
  return static_cast<unsigned>(last.day());
}

std::int64_t days_of(const Moment& m) {
  return std::chrono::sys_days(date_of(m.year, m.month, m.day)).time_since_epoch().count();
}

std::int64_t time_of_day(const Moment& m) {
  return 60 * (60 * m.hour + m.minute) + m.second;
}

/// False for a day that lies far outside of the years 1 to 9999.
bool set_date(Moment& to, std::int64_t days) {
  if (std::abs(days) > 4'000'000) return false;
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  to.year = static_cast<int>(date.year());
  to.month = static_cast<unsigned>(date.month());
  to.day = static_cast<unsigned>(date.day());
  return true;
}

void set_time(Moment& to, std::int64_t seconds) {
  to.hour = seconds / 3600, to.minute = seconds / 60 % 60, to.second = seconds % 60;
}

/// The Monday of a year's first week, which has its January 4 [ISO 8601], in days.
std::int64_t first_monday(std::int64_t year) {
  const std::chrono::sys_days fourth = date_of(year, 1, 4);
  return (fourth - (std::chrono::weekday(fourth) - std::chrono::Monday)).time_since_epoch().count();
}

/// Whether its parts are those of a time there is.
bool exists(const Moment& m, std::span<const Part> parts) {
  const auto has = [&](Part part) { return std::ranges::find(parts, part) != parts.end(); };
  if (m.year < 1 || m.year > 9999) return false;
  if (has(Part::month) && (m.month < 1 || m.month > 12)) return false;
  if (has(Part::day) && (m.day < 1 || m.day > last_day(m.year, m.month))) return false;
  if (has(Part::quarter) && (m.quarter < 1 || m.quarter > 4)) return false;
  if (has(Part::week) && (m.week < 1 || first_monday(m.year) + 7 * (m.week - 1) >= first_monday(m.year + 1)))
    return false;
  return m.hour < 24 && m.minute < 60 && m.second < 60;
}

std::int64_t count_of(const Moment& m, Unit unit) {
  switch (unit) {
    case Unit::number:
      return m.number;
    case Unit::month:
    case Unit::month_of_day:
      return 12 * m.year + m.month - 1;
    case Unit::quarter:
      return 4 * m.year + m.quarter - 1;
    case Unit::week:
      return first_monday(m.year) + 7 * (m.week - 1);
    case Unit::second:
      return kDaySeconds * days_of(m) + time_of_day(m);
  }
  return 0;
}

/// The step from row to row of counts that are even over the rows, of which some are not known; none where
/// they are not, or do not change.
std::optional<std::int64_t> even_step(std::span<const std::optional<Moment>> moments, Unit unit) {
  std::optional<std::pair<std::int64_t, std::int64_t>> first;  // row and count
  std::optional<std::int64_t> step;
  for (std::size_t k = 0; k < moments.size(); ++k) {
    if (!moments[k]) continue;
    const auto row = static_cast<std::int64_t>(k);
    const std::int64_t count = count_of(*moments[k], unit);
    if (!first) {
      first = {row, count};
      continue;
    }
    const std::int64_t rows = row - first->first, change = count - first->second;
    if (change == 0 || change % rows != 0 || (step && *step != change / rows)) return std::nullopt;
    step = change / rows;
  }
  return step;
}

/// The day of the month that days a month or more apart share; none where they do not.
std::optional<int> shared_day(std::span<const std::optional<Moment>> moments) {
  std::int64_t most = 0;
  bool last = true;
  for (const auto& m : moments)
    if (m) most = std::max(most, m->day), last = last && m->day == last_day(m->year, m->month);
  if (last) return kLastOfMonth;
  for (const auto& m : moments)
    if (m && m->day != std::min(most, last_day(m->year, m->month))) return std::nullopt;
  return static_cast<int>(most);
}

/// What the groups of digits may say, by what stands between them.
std::vector<std::vector<Part>> layouts_of(const TimeText& text) {
  using enum TimeSpacing::Part;
  const std::vector<std::string>& between = text.between;
  const std::size_t groups = text.digits.size();
  const auto is = [&](std::size_t k, std::initializer_list<std::string_view> any) {
    return std::ranges::find(any, std::string_view(between[k])) != any.end();
  };
  const auto digits = [&](std::size_t k) { return text.digits[k].size(); };
  if (groups < 2) return {};
  if (groups == 2) {
    if (is(0, {"Q", "q"}) && is(1, {" ", "-", "/", ""}) && digits(1) == 4) return {{quarter, year}};
    if (!is(0, {""}) || !is(2, {""})) return {};
    if (digits(0) == 4 && is(1, {"-Q", "Q", " Q", "-q", "q", " q", "/Q"})) return {{year, quarter}};
    if (digits(0) == 4 && is(1, {"-W", "W", " W", "-w", "w", " w"})) return {{year, week}};
    if (!is(1, {"-", "/", "."})) return {};
    if (digits(0) == 4) return {{year, month}};
    if (digits(1) == 4) return {{month, year}};
    return {};
  }
  if (!is(0, {""}) || !is(1, {"-", "/", "."}) || between[1] != between[2]) return {};
  std::vector<std::vector<Part>> layouts;
  if (digits(0) == 4)
    layouts = {{year, month, day}};
  else if (digits(2) != 4 && digits(2) != 2)
    return {};
  else if (between[1] == ".")
    layouts = {{day, month, year}};
  else
    layouts = {{day, month, year}, {month, day, year}};
  if (between[1] == "-" && digits(0) == 2 && digits(2) == 2) layouts.push_back({year, month, day});
  if (groups >= 5 && is(4, {":"}) && is(3, {" ", "T", "t", ", ", "  "})) {
    const bool with_seconds = groups >= 6 && is(5, {":"});
    for (std::vector<Part>& parts : layouts) {
      parts.insert(parts.end(), {hour, minute});
      if (with_seconds) parts.push_back(second);
    }
  } else if (groups > 3) {
    return {};
  }
  return layouts;
}

/// What 00 to 99 stand for, as POSIX has it.
std::int64_t year_of_two_digits(std::int64_t year) {
  return year + (year < 69 ? 2000 : 1900);
}

}  // namespace

std::optional<TimeSpacing> TimeSpacing::of(std::span<const std::string> times) {
  const auto known = std::ranges::find_if(times, [](const std::string& time) { return !time.empty(); });
  if (known == times.end()) return std::nullopt;
  const TimeText text = cut_time(*known);
  // Dates of digits alone are numbers, too; all of them have to be dates to count as such.
  const bool alone = text.digits.size() == 1 && text.digits[0].size() == known->size();
  if (alone && (known->size() == 8 || known->size() == 6)) {
    std::vector<Part> parts{Part::year, Part::month};
    if (known->size() == 8) parts.push_back(Part::day);
    if (auto spacing = of_form(times, parts, true)) return spacing;
  }
  std::optional<TimeSpacing> found = of_numbers(times);
  for (const std::vector<Part>& parts : layouts_of(text)) {
    std::optional<TimeSpacing> spacing = of_form(times, parts, false);
    if (!spacing) continue;
    for (const Index rows : {1, 2, 13})
      if (found && found->after(rows) != spacing->after(rows)) return std::nullopt;
    found = std::move(spacing);
  }
  return found;
}

std::optional<TimeSpacing> TimeSpacing::of_numbers(std::span<const std::string> times) {
  TimeSpacing spacing;
  std::vector<std::optional<Moment>> moments;
  std::size_t width = 0;
  bool alike = true, filled = false;  // all as long as each other, some with zeros in front
  for (const std::string& time : times) {
    std::optional<Moment>& moment = moments.emplace_back();
    if (time.empty()) continue;
    moment.emplace();
    const char* const end = time.data() + time.size();
    const auto [rest, code] = number_from_chars(time.data(), end, moment->number);
    if (code != std::errc() || rest != end || moment->number < -kMostNumber || moment->number > kMostNumber)
      return std::nullopt;
    alike = alike && (width == 0 || width == time.size());
    width = time.size();
    filled = filled || (width > 1 && time[0] == '0');
  }
  const std::optional<std::int64_t> step = even_step(moments, Unit::number);
  if (!step) return std::nullopt;
  std::size_t row = moments.size() - 1;
  while (!moments[row]) --row;
  spacing.step_ = *step;
  spacing.last_ = moments[row]->number + *step * static_cast<std::int64_t>(moments.size() - 1 - row);
  spacing.parts_ = {Part::number};
  spacing.widths_ = {alike && filled ? static_cast<int>(width) : 1};
  spacing.between_ = {"", ""};
  return spacing;
}

std::optional<TimeSpacing> TimeSpacing::of_form(std::span<const std::string> times, std::vector<Part> parts,
                                                bool compact) {
  TimeSpacing spacing;
  const std::size_t count = parts.size();
  std::vector<std::optional<Moment>> moments;
  std::vector<std::string> rest;  // digits behind the parts: of fractions and zones, all the same
  std::vector<int> shortest(count, 99);
  std::vector<char> filled(count, 0);  // whether a zero stands in front
  std::size_t length = 0;
  for (const std::string& time : times) {
    std::optional<Moment>& moment = moments.emplace_back();
    if (time.empty()) continue;
    TimeText text = cut_time(time);
    if (compact) {
      if (text.digits.size() != 1 || text.digits[0].size() != time.size() || time.size() != 2 + 2 * count)
        return std::nullopt;
      cut_compact(text, count);
    }
    if (text.digits.size() < count) return std::nullopt;
    const std::vector<std::string> behind(text.digits.begin() + static_cast<std::ptrdiff_t>(count),
                                          text.digits.end());
    if (spacing.between_.empty()) spacing.between_ = text.between, rest = behind;
    if (text.between != spacing.between_ || behind != rest) return std::nullopt;
    moment.emplace();
    for (std::size_t k = 0; k < count; ++k) {
      const std::string& digits = text.digits[k];
      std::int64_t& part = part_of(*moment, parts[k]);
      const bool is_year = parts[k] == Part::year;
      if (digits.size() > (is_year ? 4u : 2u) || (is_year && digits.size() != 4 && digits.size() != 2))
        return std::nullopt;
      number_from_chars(digits.data(), digits.data() + digits.size(), part);
      if (is_year) {
        if (length != 0 && length != digits.size()) return std::nullopt;
        length = digits.size();
        if (length == 2) part = year_of_two_digits(part);
      }
      shortest[k] = std::min(shortest[k], static_cast<int>(digits.size()));
      filled[k] = filled[k] || (digits.size() == 2 && digits[0] == '0');
    }
    if (!exists(*moment, parts)) return std::nullopt;
  }
  // A number below 10 says whether zeros are put in front; where none says it, another part's does.
  bool any_short = false;
  for (std::size_t k = 0; k < count; ++k) {
    if (shortest[k] == 1 && filled[k]) return std::nullopt;
    any_short = any_short || (shortest[k] == 1 && parts[k] != Part::quarter);
  }
  for (std::size_t k = 0; k < count; ++k) {
    int width = 2;
    if (parts[k] == Part::year)
      width = static_cast<int>(length);
    else if (parts[k] == Part::quarter)
      width = 1;
    else if (parts[k] == Part::minute || parts[k] == Part::second)
      width = shortest[k];
    else if (shortest[k] == 1 || (!filled[k] && any_short && parts[k] != Part::hour))
      width = 1;
    spacing.widths_.push_back(width);
  }
  // Behind the parts everything is as it was.
  for (std::size_t k = 0; k < rest.size(); ++k)
    spacing.between_[count] += rest[k] + spacing.between_[count + 1 + k];
  spacing.between_.resize(count + 1);
  spacing.parts_ = std::move(parts);
  const auto has = [&](Part part) { return std::ranges::find(spacing.parts_, part) != spacing.parts_.end(); };
  std::optional<std::int64_t> step;
  const auto try_unit = [&](Unit unit) {
    step = even_step(moments, unit);
    spacing.unit_ = unit;
  };
  std::size_t row = moments.size() - 1;
  while (!moments[row]) --row;
  if (has(Part::quarter)) {
    try_unit(Unit::quarter);
  } else if (has(Part::week)) {
    try_unit(Unit::week);
  } else if (!has(Part::day)) {
    try_unit(Unit::month);
  } else {
    const auto same_time = [&](const std::optional<Moment>& m) {
      return !m || time_of_day(*m) == time_of_day(*moments[row]);
    };
    const std::optional<int> day = shared_day(moments);
    if (day && std::ranges::all_of(moments, same_time)) try_unit(Unit::month_of_day);
    if (step) {
      spacing.day_ = *day;
      spacing.time_of_day_ = time_of_day(*moments[row]);
    } else {
      try_unit(Unit::second);
      if (step && !has(Part::hour) && *step % kDaySeconds != 0) return std::nullopt;
    }
  }
  if (!step) return std::nullopt;
  spacing.step_ = *step;
  spacing.last_ =
      count_of(*moments[row], spacing.unit_) + *step * static_cast<std::int64_t>(moments.size() - 1 - row);
  return spacing;
}

std::optional<std::string> TimeSpacing::after(Index rows) const {
  const std::int64_t count = last_ + rows * step_;
  Moment m;
  const auto floored = [](std::int64_t a, std::int64_t b) { return (a - ((a % b) + b) % b) / b; };
  switch (unit_) {
    case Unit::number:
      m.number = count;
      break;
    case Unit::month:
    case Unit::month_of_day:
      m.year = floored(count, 12), m.month = count - 12 * m.year + 1;
      if (m.year < 1 || m.year > 9999) return std::nullopt;
      m.day = std::min<std::int64_t>(day_, last_day(m.year, m.month));
      set_time(m, time_of_day_);
      break;
    case Unit::quarter:
      m.year = floored(count, 4), m.quarter = count - 4 * m.year + 1;
      break;
    case Unit::week:
      if (!set_date(m, count + 3)) return std::nullopt;  // its Thursday lies in the week's year
      m.week = (count - first_monday(m.year)) / 7 + 1;
      break;
    case Unit::second:
      if (!set_date(m, floored(count, kDaySeconds))) return std::nullopt;
      set_time(m, count - kDaySeconds * floored(count, kDaySeconds));
      break;
  }
  if (unit_ != Unit::number && (m.year < 1 || m.year > 9999)) return std::nullopt;
  std::string text;
  for (std::size_t k = 0; k < parts_.size(); ++k) {
    std::int64_t part = part_of(m, parts_[k]);
    if (parts_[k] == Part::year && widths_[k] == 2) part %= 100;
    text += between_[k] + fmt::format("{:0{}}", part, widths_[k]);
  }
  return text + between_.back();
}

}  // namespace gatescope::series
