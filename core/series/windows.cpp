#include "core/series/windows.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope::series {

Windows::Windows(Series series, const Cut& cut) : series_(std::move(series)), cut_(cut) {
  const Index rows = series_.rows();
  first_ = takes_difference(cut.scaling) ? 1 : 0;
  split_ =
      rows - std::max(cut.horizon, static_cast<Index>(std::lround(cut.held_out * static_cast<double>(rows))));
  if (sequences() < 1) {
    const Index least =
        static_cast<Index>(std::ceil(static_cast<double>(steps() + first_ + 1) / (1 - cut.held_out)));
    const Index fitting = split_ - first_ - cut.horizon;
    const std::string instead = fitting >= 1
                                    ? fmt::format("a window of {} or fewer, or a shorter horizon", fitting)
                                    : std::string("a shorter horizon and window");
    fail(
        "{} has {} rows, of which {} are not held out; a window of {} and a horizon of {} need about {}: "
        "choose {}",
        series_.title, rows, std::max<Index>(0, split_), cut.window, cut.horizon,
        std::max(least, steps() + first_ + 1 + cut.horizon), instead);
  }
  if (cut_.season == 0) cut_.season = series_.season;
  filled_ = series_.values;
  for (Index c = 0; c < inputs(); ++c) {
    if (!series_.given[static_cast<std::size_t>(c)]) told_.push_back(c);
    double last = std::nan("");
    for (Index r = 0; r < rows && std::isnan(last); ++r) last = series_.at(r, c);
    for (Index r = 0; r < rows; ++r) {
      double& value = filled_[at(r, c)];
      if (std::isnan(value)) value = last;
      last = value;
    }
    // What is known in advance has no change to be told.
    const bool given = series_.given[static_cast<std::size_t>(c)] != 0;
    const Scaling scaling = given && cut.scaling != Scaling::none ? Scaling::z_score : cut.scaling;
    std::vector<double> learnt;
    bool any = false;
    for (Index r = 0; r < rows; ++r) {
      const double value = series_.at(r, c);
      if (r < split_) learnt.push_back(value), any = any || !std::isnan(value);
      // What is held out is scaled, too.
      if (r >= split_ && takes_log(scaling) && value <= 0) learnt.push_back(value);
    }
    if (!any)
      fail("{}: the column {} has no number in the {} rows that are learnt", series_.title,
           in_quotes(series_.columns[static_cast<std::size_t>(c)]), split_);
    scales_.push_back(fit(scaling, learnt, series_.columns[static_cast<std::size_t>(c)]));
  }
  constexpr double most = 1e6;
  for (Index r = 0; r < rows; ++r)
    for (Index c = 0; c < inputs(); ++c) {
      const double scaled = scale(c).scaled(filled(r, c), filled(std::max<Index>(0, r - 1), c));
      if (cut.scaling != Scaling::none && std::abs(scaled) > most)
        fail("{}: the column {} has {} at {}, a million times as far off as what is learnt", series_.title,
             in_quotes(series_.columns[static_cast<std::size_t>(c)]), filled(r, c), series_.time(r));
      scaled_.push_back(static_cast<float>(scaled));
    }
}

std::vector<Index> Windows::origins(Index most) const {
  const Index count = last_origin() - split_ + 1, taken = std::min(most, count);
  std::vector<Index> all;
  for (Index k = 0; k < taken; ++k) all.push_back(split_ + (taken == 1 ? 0 : k * (count - 1) / (taken - 1)));
  return all;
}

bool Windows::scored(Index row) const {
  return std::ranges::none_of(told_, [&](Index c) {
    return missing(row, c) || (takes_difference(scale(c).scaling) && (row == 0 || missing(row - 1, c)));
  });
}

std::optional<Index> Windows::find(std::span<const float> values) const {
  if (values.empty() || values.size() > scaled_.size()) return std::nullopt;
  const auto width = static_cast<std::size_t>(inputs());
  for (std::size_t from = 0; from + values.size() <= scaled_.size(); from += width)
    if (std::equal(values.begin(), values.end(), scaled_.begin() + static_cast<std::ptrdiff_t>(from)))
      return static_cast<Index>(from / width);
  return std::nullopt;
}

}  // namespace gatescope::series
