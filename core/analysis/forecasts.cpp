#include "core/analysis/forecasts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/nn/go_on.h"

namespace gatescope::analysis {
namespace {

// Origins that go side by side: as many as a product takes together, fewer where their states would fill a
// cache.
constexpr Index kMostTogether = 48, kLeastTogether = 4, kStateNumbersTogether = 1 << 16;
constexpr Index kMostLag = 60;
constexpr Index kMostToldRows = 4096;  // for the best lag

/// What a network reads with a row, (C): in place of what it is to tell what it told, where that is given.
void read_row(const series::Windows& windows, Index row, const float* told, float* to) {
  std::ranges::copy(windows.read(std::min(row, windows.series().rows() - 1)), to);
  for (Index v = 0; told && v < windows.outputs(); ++v) to[windows.told(v)] = told[v];
}

/// Runs of some origins side by side, step after step, so that a step's channels stay in a cache. Tells every
/// output as (entry, rows ahead, what the network told).
template <class Tell>
void run_free(const nn::Network<float>& network, const series::Windows& windows,
              std::span<const Index> origins, Index context, Index horizon, const Tell& tell) {
  const Index inputs = windows.inputs(), size = std::ssize(origins);
  std::vector<float> values(static_cast<std::size_t>(inputs * size));
  nn::Trace<float> trace;
  trace.lean = true;
  network.resize(trace, 1, size);
  network.clear_states(trace);
  for (Index t = 0;; ++t) {
    for (Index n = 0; n < size; ++n) {
      const float* const told = t < context ? nullptr : trace.outputs.col(n).data();
      if (told) tell(n, t - context, told);
      read_row(windows, origins[static_cast<std::size_t>(n)] - context + t, told, values.data() + n * inputs);
    }
    if (t + 1 == context + horizon) return;
    network.forward(trace, {nullptr, values.data()});
    nn::go_on(trace);
  }
}

double finite_or_nan(double value) {
  return std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Forecasts free_run(const nn::Network<float>& network, const series::Windows& windows,
                   std::span<const Index> origins, Index context, Index horizon) {
  Forecasts all(windows.outputs(), horizon, std::ssize(origins));
  const Index together =
      std::clamp(kStateNumbersTogether / network.state_numbers(), kLeastTogether, kMostTogether);
  for (Index from = 0; from < std::ssize(origins); from += together) {
    const auto some =
        origins.subspan(static_cast<std::size_t>(from),
                        static_cast<std::size_t>(std::min(together, std::ssize(origins) - from)));
    run_free(network, windows, some, context, horizon, [&](Index n, Index h, const float* told) {
      for (Index v = 0; v < windows.outputs(); ++v) {
        const Index column = windows.told(v);
        const double before = h == 0 ? windows.filled(some[static_cast<std::size_t>(n)] - 1, column)
                                     : all.at(v, h - 1, from + n);
        all.at(v, h, from + n) =
            finite_or_nan(windows.scale(column).value(static_cast<double>(told[v]), before));
      }
    });
  }
  return all;
}

trace::SequenceTrace<float> trace_of_free_run(const nn::Network<float>& network,
                                              const series::Windows& windows, Index first, Index origin,
                                              Index horizon) {
  task::Sequence<float> sequence;
  for (Index row = first; row < origin; ++row) {
    const auto read = windows.read(row);
    sequence.values.insert(sequence.values.end(), read.begin(), read.end());
  }
  const Index origins[] = {origin};
  run_free(network, windows, origins, origin - first, horizon, [&](Index, Index h, const float* told) {
    if (h + 1 == horizon) return;  // nothing reads the last one
    const std::size_t at = sequence.values.size();
    sequence.values.resize(at + static_cast<std::size_t>(windows.inputs()));
    read_row(windows, origin + h, told, sequence.values.data() + at);
  });
  return trace::trace_sequence<float>(network, std::move(sequence), {}, trace::Keep::in_memory, nullptr,
                                      trace::Gradients::left_out);
}

std::vector<double> told_rows(const nn::Network<float>& network, const series::Windows& windows, Index first,
                              Index last, Index context) {
  const Index from = std::max<Index>(0, first - context), steps = last - from;
  std::vector<float> values;
  for (Index row = from; row < last; ++row) {
    const auto read = windows.read(row);
    values.insert(values.end(), read.begin(), read.end());
  }
  nn::Trace<float> trace;
  trace.lean = true;
  network.resize(trace, steps, 1);
  network.clear_states(trace);
  network.forward(trace, {nullptr, values.data()});
  std::vector<double> rows;
  for (Index row = first; row <= last; ++row)
    for (Index v = 0; v < windows.outputs(); ++v) {
      const Index column = windows.told(v);
      rows.push_back(finite_or_nan(windows.scale(column).value(
          static_cast<double>(trace.outputs(v, row - 1 - from)), windows.filled(row - 1, column))));
    }
  return rows;
}

namespace {

/// One column's forecasts at all origins, (H, N), beside the truth, NaN where that is missing.
struct Beside {
  Index horizon = 0;
  std::vector<double> forecasts, truth;

  std::vector<double> ahead(const std::vector<double>& of, Index h) const {
    std::vector<double> all;
    for (std::size_t k = static_cast<std::size_t>(h); k < of.size(); k += static_cast<std::size_t>(horizon))
      all.push_back(of[k]);
    return all;
  }
};

ColumnQuality::Method method(std::string_view name, const Beside& beside, double scale) {
  ColumnQuality::Method made{name, series::errors(beside.forecasts, beside.truth, scale), {}};
  for (Index h = 0; h < beside.horizon; ++h)
    made.ahead.push_back(
        series::errors(beside.ahead(beside.forecasts, h), beside.ahead(beside.truth, h), scale));
  return made;
}

/// Bands of the first `learnt` origins, and how many of the others lie within.
void measure_bands(const Beside& beside, std::size_t learnt, std::size_t first_counted, double coverage,
                   ColumnQuality& quality) {
  for (Index h = 0; h < beside.horizon; ++h) {
    const std::vector<double> forecasts = beside.ahead(beside.forecasts, h),
                              truth = beside.ahead(beside.truth, h);
    std::vector<double> residuals;
    const auto off = [&](std::size_t n) {
      return std::isnan(truth[n]) || std::isfinite(forecasts[n]) ? std::abs(forecasts[n] - truth[n])
                                                                 : std::numeric_limits<double>::infinity();
    };
    for (std::size_t n = 0; n < learnt; ++n) residuals.push_back(off(n));
    const std::optional<double> distance = series::conformal_distance(std::move(residuals), coverage);
    Index inside = 0, counted = 0;
    for (std::size_t n = first_counted; distance && n < truth.size(); ++n) {
      if (std::isnan(truth[n])) continue;
      ++counted;
      inside += off(n) <= *distance;
    }
    quality.distance.push_back(distance);
    quality.inside_ahead.push_back(inside);
    quality.counted_ahead.push_back(counted);
    quality.inside += inside;
    quality.counted += counted;
  }
}

/// `told` are the forecasts of one row ahead, (V, rows), of the held-out rows from the first on.
std::optional<Index> lag_of(const std::vector<double>& told, const series::Windows& windows, Index v) {
  const Index column = windows.told(v), first = windows.split(), rows = std::ssize(told) / windows.outputs();
  const Index most = std::min(first, std::clamp<Index>(windows.season(), 3, kMostLag));
  std::vector<double> forecasts, truth;
  for (Index k = 0; k < rows; ++k)
    forecasts.push_back(told[static_cast<std::size_t>(k * windows.outputs() + v)]);
  for (Index row = first - most; row < first + rows; ++row) truth.push_back(windows.series().at(row, column));
  return series::best_lag(forecasts, truth, most);
}

}  // namespace

ForecastQuality forecast_quality(const nn::Network<float>& network, const series::Windows& windows,
                                 Index most, double coverage) {
  ForecastQuality all;
  all.origins = windows.origins(most);
  all.horizon = windows.cut().horizon;
  const std::size_t count = all.origins.size();
  // What gives the bands has ended before what they are measured with begins.
  const std::size_t counted = count / 2;
  std::size_t learnt = 0;
  while (learnt < counted && all.origins[learnt] + all.horizon <= all.origins[counted]) ++learnt;
  all.measured_with = static_cast<Index>(learnt);
  const Forecasts forecasts = free_run(network, windows, all.origins, windows.cut().window, all.horizon);
  const Index first = windows.split(), last = std::min(windows.series().rows(), first + kMostToldRows) - 1;
  const std::vector<double> told = told_rows(network, windows, first, last, windows.cut().window);
  for (Index v = 0; v < windows.outputs(); ++v) {
    const Index column = windows.told(v);
    ColumnQuality quality;
    quality.column = windows.series().columns[static_cast<std::size_t>(column)];
    const double scale = series::naive_error(windows, column);
    Beside own{all.horizon, {}, {}};
    for (std::size_t n = 0; n < count; ++n)
      for (Index h = 0; h < all.horizon; ++h) {
        const Index row = all.origins[n] + h;
        own.forecasts.push_back(forecasts.at(v, h, static_cast<Index>(n)));
        own.truth.push_back(windows.series().at(row, column));
      }
    quality.methods.push_back(method("network", own, scale));
    for (const series::Baseline baseline : series::kBaselines) {
      if (!series::is_there(baseline, windows)) continue;
      Beside other{all.horizon, {}, own.truth};
      for (const Index origin : all.origins)
        for (const double value : series::forecast(baseline, windows, column, origin))
          other.forecasts.push_back(value);
      quality.methods.push_back(method(name_of(baseline), other, scale));
    }
    const double naive = quality.methods[1].all.mean_absolute;
    quality.skill = naive > 0 ? 1 - quality.methods[0].all.mean_absolute / naive
                              : std::numeric_limits<double>::quiet_NaN();
    quality.best_lag = lag_of(told, windows, v);
    measure_bands(own, learnt, counted, coverage, quality);
    all.columns.push_back(std::move(quality));
  }
  return all;
}

}  // namespace gatescope::analysis
