#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/nn/network.h"
#include "core/series/baselines.h"
#include "core/series/errors.h"
#include "core/series/windows.h"
#include "core/trace/sequence_trace.h"

/// What a network that tells the next row of a series forecasts, and how good that is.
namespace gatescope::analysis {

/// Forecasts of N origins, H rows each, of V columns, in the columns' own units: (V, H, N).
class Forecasts {
 public:
  Forecasts() = default;
  Forecasts(Index outputs, Index horizon, Index count)
      : outputs_(outputs), horizon_(horizon), values_(static_cast<std::size_t>(outputs * horizon * count)) {}

  double& at(Index v, Index h, Index n) {
    return values_[static_cast<std::size_t>((n * horizon_ + h) * outputs_ + v)];
  }
  double at(Index v, Index h, Index n) const {
    return values_[static_cast<std::size_t>((n * horizon_ + h) * outputs_ + v)];
  }
  Index horizon() const { return horizon_; }

 private:
  Index outputs_ = 0, horizon_ = 0;
  std::vector<double> values_;
};

/// The network reads `context` rows before each origin and, from there on, its own forecasts in place of what
/// is told; of what is known in advance the rows themselves, beyond the last one that one again. Its rules
/// are in force; steps count from the first row read. Origins lie in [context, n].
Forecasts free_run(const nn::Network<float>& network, const series::Windows& windows,
                   std::span<const Index> origins, Index context, Index horizon);

/// What the network read in such a run from one origin, and everything it computed: all steps from the row
/// `first` on, its own forecasts from the origin on. No loss is taken.
trace::SequenceTrace<float> trace_of_free_run(const nn::Network<float>& network,
                                              const series::Windows& windows, Index first, Index origin,
                                              Index horizon);

/// The forecasts of one row ahead of rows `first` to `last`, made while it reads the true rows from `context`
/// rows before: (V, rows), in the columns' own units. `first` is 1 or more.
std::vector<double> told_rows(const nn::Network<float>& network, const series::Windows& windows, Index first,
                              Index last, Index context);

inline constexpr Index kMostRollingOrigins = 200;
inline constexpr double kCoverage = 0.8;  // of the bands

/// How good forecasts are: one column, over many origins in what is held out.
struct ColumnQuality {
  struct Method {
    std::string_view name;              // "network", "naive"
    series::Errors all;                 // over all rows ahead
    std::vector<series::Errors> ahead;  // (H)
  };
  std::string column;
  std::vector<Method> methods;    // the network first, then naive and the other baselines there are
  double skill = 0;               // 1 - MAE / MAE of the naive forecasts; NaN where that is 0
  std::optional<Index> best_lag;  // series::best_lag of the forecasts of one row ahead

  /// Split conformal: distances from the earlier half of the origins, (H), and how many rows of the later
  /// ones lie within them. None where there are too few origins.
  std::vector<std::optional<double>> distance;
  Index inside = 0, counted = 0;
  std::vector<Index> inside_ahead, counted_ahead;  // (H)
};

struct ForecastQuality {
  std::vector<Index> origins;
  Index measured_with = 0;  // of them: the earlier ones, whose residuals give the bands
  Index horizon = 0;
  std::vector<ColumnQuality> columns;  // those that are told
};

/// Over at most `most` origins. `context` is the window.
ForecastQuality forecast_quality(const nn::Network<float>& network, const series::Windows& windows,
                                 Index most = kMostRollingOrigins, double coverage = kCoverage);

}  // namespace gatescope::analysis
