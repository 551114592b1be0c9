#include "core/series/windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope::series {

Windows::Windows(Series series, const Cut& cut, const std::optional<Fitted>& fitted)
    : series_(std::move(series)), cut_(cut) {
  const Index rows = series_.rows();
  if (cut_.season == 0) cut_.season = series_.season;
  split(fitted);
  filled_ = series_.values;
  for (Index c = 0; c < inputs(); ++c) {
    if (!series_.given[static_cast<std::size_t>(c)]) told_.push_back(c);
    fill(c);
    scales_.push_back(scale_of(c, fitted));
  }
  check_scored();
  constexpr double most = 1e6;
  for (Index r = 0; r < rows; ++r)
    for (Index c = 0; c < inputs(); ++c) {
      const bool given = series_.given[static_cast<std::size_t>(c)] != 0;
      const Index row = given ? std::min(r + 1, rows - 1) : r;
      const double scaled = scale(c).scaled(filled(row, c), filled(std::max<Index>(0, row - 1), c));
      if (cut.scaling != Scaling::none && std::abs(scaled) > most)
        fail("{}: {} has {} at {}, a million times as far off as what is learnt", series_.title, name(c),
             filled(row, c), series_.time(row));
      scaled_.push_back(static_cast<float>(scaled));
    }
}

std::string Windows::name(Index column) const {
  return "the column " + in_quotes(series_.columns[static_cast<std::size_t>(column)]);
}

Fitted Windows::fitted() const {
  Fitted fitted{split_, {}, {}};
  for (const Scale& scale : scales_)
    fitted.means.push_back(scale.mean), fitted.deviations.push_back(scale.deviation);
  return fitted;
}

void Windows::split(const std::optional<Fitted>& fitted) {
  const Index rows = series_.rows();
  first_ = takes_difference(cut_.scaling) ? 1 : 0;
  if (fitted) {
    split_ = fitted->split;
    if (rows - split_ < cut_.horizon || split_ - first_ < cut_.window)
      fail(
          "{} has {} rows, of which the first {} were learnt; a window of {} before them and a horizon of {} "
          "behind "
          "do not fit: choose shorter ones",
          series_.title, rows, split_, cut_.window, cut_.horizon);
    return;
  }
  split_ = rows -
           std::max(cut_.horizon, static_cast<Index>(std::lround(cut_.held_out * static_cast<double>(rows))));
  if (sequences() >= 1) return;
  const Index least =
      static_cast<Index>(std::ceil(static_cast<double>(steps() + first_ + 1) / (1 - cut_.held_out)));
  const Index fitting = split_ - first_ - cut_.horizon;
  const std::string instead = fitting >= 1
                                  ? fmt::format("a window of {} or fewer, or a shorter horizon", fitting)
                                  : std::string("a shorter horizon and window");
  fail("{} has {}, of which {} are not held out; a window of {} and a horizon of {} need about {}: choose {}",
       series_.title, rows == 1 ? std::string("1 row") : fmt::format("{} rows", rows),
       std::max<Index>(0, split_), cut_.window, cut_.horizon,
       std::max(least, steps() + first_ + 1 + cut_.horizon), instead);
}

void Windows::fill(Index column) {
  double last = std::nan("");
  for (Index r = 0; r < series_.rows() && std::isnan(last); ++r) last = series_.at(r, column);
  for (Index r = 0; r < series_.rows(); ++r) {
    double& value = filled_[at(r, column)];
    if (std::isnan(value)) value = last;
    last = value;
  }
}

/// Fitted to what is learnt, or as it was.
Scale Windows::scale_of(Index column, const std::optional<Fitted>& fitted) const {
  // What is known in advance has no change to be told.
  const bool given = series_.given[static_cast<std::size_t>(column)] != 0;
  const Scaling scaling = given && cut_.scaling != Scaling::none ? Scaling::z_score : cut_.scaling;
  std::vector<double> learnt;
  for (Index r = 0; r < series_.rows(); ++r) {
    const double value = series_.at(r, column);
    if (r < split_) learnt.push_back(value);
    if (takes_log(scaling) && value <= 0)
      fail("{}: {} has {} at {}, and only numbers above 0 have a logarithm: choose another scaling",
           series_.title, name(column), value, series_.time(r));
  }
  if (std::ranges::all_of(learnt, [](double value) { return std::isnan(value); }))
    fail("{}: {} has no number in the {} rows that are learnt", series_.title, name(column), split_);
  const auto at_column = static_cast<std::size_t>(column);
  return fitted ? Scale{scaling, fitted->means[at_column], fitted->deviations[at_column]}
                : fit(scaling, learnt);
}

/// Rows count where every column that is told has a value.
void Windows::check_scored() const {
  const auto any = [&](Index from, Index to) {
    for (Index row = from; row < to; ++row)
      if (scored(row)) return true;
    return false;
  };
  const bool learnt = any(first_ + 1, split_);
  if (learnt && any(split_, series_.rows())) return;
  fail("{}: there is no row {} in which every column that is forecast has a value; choose fewer columns",
       series_.title, learnt ? "that is held out" : "to learn");
}

std::vector<Index> Windows::origins(Index most) const {
  const Index count = last_origin() - split_ + 1, taken = std::min(most, count);
  std::vector<Index> all;
  for (Index k = 0; k < taken; ++k) all.push_back(split_ + (taken == 1 ? 0 : k * (count - 1) / (taken - 1)));
  return all;
}

std::optional<Index> Windows::first_known(Index column) const {
  for (Index row = 0; row < series_.rows(); ++row)
    if (!missing(row, column)) return row;
  return std::nullopt;
}

std::optional<Index> Windows::last_known(Index row, Index column) const {
  for (; row >= 0; --row)
    if (!missing(row, column)) return row;
  return std::nullopt;
}

bool Windows::scored(Index row) const {
  return std::ranges::none_of(told_, [&](Index c) {
    return missing(row, c) || (takes_difference(scale(c).scaling) && (row == 0 || missing(row - 1, c)));
  });
}

std::optional<Index> Windows::find(std::span<const float> values) const {
  const Index width = inputs(), steps_read = std::ssize(values) / std::max<Index>(1, width);
  const Index last = series_.rows() - steps_read;
  if (values.empty() || last < 0) return std::nullopt;
  const auto is_at = [&](Index row) {
    return std::equal(values.begin(), values.end(),
                      scaled_.begin() + static_cast<std::ptrdiff_t>(at(row, 0)));
  };
  const Index held_out = std::clamp<Index>(split_ - cut_.window, 0, last + 1);
  for (Index row = held_out; row <= last; ++row)
    if (is_at(row)) return row;
  for (Index row = 0; row < held_out; ++row)
    if (is_at(row)) return row;
  return std::nullopt;
}

}  // namespace gatescope::series
