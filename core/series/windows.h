#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/series/scaling.h"
#include "core/series/series.h"

namespace gatescope::series {

/// What a model keeps of the series that it learnt: whatever rows come later, it reads them in the same way.
struct Fitted {
  Index split = 0;                        // the first row that was held out
  std::vector<double> means, deviations;  // (C), of its scales

  bool operator==(const Fitted&) const = default;
};

struct Cut {
  Index window = 48;      // rows that a network reads before it forecasts
  Index horizon = 12;     // rows that it forecasts
  double held_out = 0.2;  // the share of rows, the last ones, that nothing is learnt from
  Scaling scaling = Scaling::z_score;
  Index season = 0;  // rows; 0: the series' own
};

/// A series, scaled and cut by time: what is learnt comes before what is held out, and scales are fitted to
/// the former alone. A sequence has window + horizon - 1 steps: each reads a row and tells the next.
///
/// An origin is the number of rows that are known when a forecast is made; the first row forecast has it for
/// its number. Of a column that is known in advance a row is read with the row before, whose forecast it
/// helps.
class Windows {
 public:
  /// Split and fitted anew, or as a model has learnt it. Throws Error that says what would be right where the
  /// rows are too few, a column has nothing to learn, or nothing could be scored.
  Windows(Series series, const Cut& cut, const std::optional<Fitted>& fitted = {});

  Fitted fitted() const;

  const Series& series() const { return series_; }
  const Cut& cut() const { return cut_; }
  Index season() const { return cut_.season; }
  Index steps() const { return cut_.window + cut_.horizon - 1; }
  Index inputs() const { return series_.width(); }
  Index outputs() const { return std::ssize(told_); }
  /// The column that output v tells.
  Index told(Index v) const { return told_[static_cast<std::size_t>(v)]; }
  const Scale& scale(Index column) const { return scales_[static_cast<std::size_t>(column)]; }

  /// The first row that is held out.
  Index split() const { return split_; }
  /// How many sequences there are to learn from, each a row after the one before.
  Index sequences() const { return split_ - steps() - first_; }
  /// The row that sequence k to learn from begins with.
  Index first_of(Index k) const { return first_ + k; }
  /// Origins all of whose rows to forecast are held out: split() to last_origin().
  Index last_origin() const { return series_.rows() - cut_.horizon; }
  /// At most so many of them, far apart alike, the first and the last among them.
  std::vector<Index> origins(Index most) const;

  /// A row's value; of a missing one the last before it, of one that has none the first after it.
  double filled(Index row, Index column) const { return filled_[at(row, column)]; }
  bool missing(Index row, Index column) const { return std::isnan(series_.values[at(row, column)]); }
  /// The first row of all, and the last one up to `row`, that has a value of its own; none where no row does.
  std::optional<Index> first_known(Index column) const;
  std::optional<Index> last_known(Index row, Index column) const;
  /// Whether every column that is told has a value of its own there, and one before it where changes are
  /// told.
  bool scored(Index row) const;
  /// What a network reads with a row, (C).
  std::span<const float> read(Index row) const {
    return std::span(scaled_).subspan(at(row, 0), static_cast<std::size_t>(inputs()));
  }
  /// The row at which a sequence of these values, (C, T), begins; none where no sequence is it. Of several
  /// the first that lies behind what is learnt, as far as it is to be told, else the first.
  std::optional<Index> find(std::span<const float> values) const;

 private:
  void split(const std::optional<Fitted>& fitted);
  void fill(Index column);
  Scale scale_of(Index column, const std::optional<Fitted>& fitted) const;
  void check_scored() const;
  std::string name(Index column) const;
  std::size_t at(Index row, Index column) const { return static_cast<std::size_t>(row * inputs() + column); }

  Series series_;
  Cut cut_;
  Index first_ = 0, split_ = 0;
  std::vector<Index> told_;
  std::vector<Scale> scales_;   // (C)
  std::vector<double> filled_;  // (C, n)
  std::vector<float> scaled_;   // (C, n)
};

}  // namespace gatescope::series
