#include "core/series/dynamics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace gatescope::series {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;

/// One Runge-Kutta step of fourth order of x' = change(x).
template <std::size_t N, class Change>
std::array<double, N> runge_kutta(const std::array<double, N>& x, double step, const Change& change) {
  const auto along = [&](const std::array<double, N>& slope, double by) {
    std::array<double, N> to;
    for (std::size_t k = 0; k < N; ++k) to[k] = x[k] + by * slope[k];
    return to;
  };
  const auto a = change(x), b = change(along(a, step / 2)), c = change(along(b, step / 2)),
             d = change(along(c, step));
  std::array<double, N> next;
  for (std::size_t k = 0; k < N; ++k) next[k] = x[k] + step / 6 * (a[k] + 2 * b[k] + 2 * c[k] + d[k]);
  return next;
}

}  // namespace

std::vector<double> sine_mix(Rng rng, Index rows) {
  const double phase = kTurn * rng.uniform();
  std::vector<double> all;
  for (Index t = 0; t < rows; ++t) {
    const auto time = static_cast<double>(t);
    all.push_back(std::sin(kTurn * time / 20) + 0.5 * std::sin(kTurn * time / 7.5 + phase) +
                  0.05 * rng.normal());
  }
  return all;
}

std::vector<double> square_wave(Rng rng, Index rows) {
  constexpr std::uint64_t period = 16;
  std::vector<double> all;
  std::uint64_t phase = rng.below(period);
  for (Index t = 0; t < rows; ++t) {
    if (rng.below(4 * period) == 0) phase = rng.below(period);
    all.push_back((static_cast<std::uint64_t>(t) + phase) % period < period / 2 ? 1.0 : -1.0);
  }
  return all;
}

std::vector<double> flip_flop(Rng rng, Index rows) {
  std::vector<double> all;
  double held = 0;
  for (Index t = 0; t < rows; ++t) {
    double pulse = 0;
    if (t == 0 || rng.below(20) == 0) pulse = rng.below(2) == 0 ? -1 : 1;
    if (pulse != 0) held = pulse;
    all.insert(all.end(), {pulse, held});
  }
  return all;
}

std::vector<double> mackey_glass(Rng rng, Index rows) {
  constexpr Index a_row = 10, delay = 17 * a_row, dropped = 500;
  const double begin = rng.uniform(1.1, 1.3);
  std::vector<double> x(static_cast<std::size_t>(delay + 1), begin), all;
  for (Index n = 0; n < (rows + dropped) * a_row; ++n) {
    // Between two steps of the past its middle is taken.
    const std::size_t now = x.size() - 1, past = now - static_cast<std::size_t>(delay);
    const double before = x[past], after = x[past + 1];
    const auto slope = [](double value, double then) {
      return 0.2 * then / (1 + std::pow(then, 10)) - 0.1 * value;
    };
    constexpr double step = 1.0 / a_row;
    const double middle = (before + after) / 2, a = slope(x[now], before),
                 b = slope(x[now] + step / 2 * a, middle), c = slope(x[now] + step / 2 * b, middle),
                 d = slope(x[now] + step * c, after);
    x.push_back(x[now] + step / 6 * (a + 2 * b + 2 * c + d));
    if ((n + 1) % a_row == 0 && n >= dropped * a_row) all.push_back(x.back());
  }
  return all;
}

std::vector<double> lorenz(Rng rng, Index rows) {
  constexpr Index a_row = 5, dropped = 1000;
  std::array<double, 3> at{rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(20, 30)};
  std::vector<double> all;
  for (Index row = 0; row < rows + dropped; ++row) {
    for (Index n = 0; n < a_row; ++n)
      at = runge_kutta(at, 0.01, [](const std::array<double, 3>& p) {
        return std::array{10 * (p[1] - p[0]), p[0] * (28 - p[2]) - p[1], p[0] * p[1] - 8.0 / 3 * p[2]};
      });
    if (row >= dropped) all.insert(all.end(), at.begin(), at.end());
  }
  return all;
}

std::vector<double> narma10(Rng rng, Index rows) {
  constexpr Index order = 10, dropped = 50;
  for (;;) {
    std::vector<double> u, y(static_cast<std::size_t>(order), 0.0), all;
    while (std::ssize(u) < order) u.push_back(rng.uniform(0, 0.5));
    while (std::ssize(y) < rows + dropped + order) {
      const std::size_t t = y.size() - 1;
      double sum = 0;
      for (std::size_t k = 0; k < order; ++k) sum += y[t - k];
      y.push_back(0.3 * y[t] + 0.05 * y[t] * sum + 1.5 * u[t - 9] * u[t] + 0.1);
      u.push_back(rng.uniform(0, 0.5));
    }
    for (std::size_t t = static_cast<std::size_t>(dropped + order); t < y.size(); ++t)
      all.insert(all.end(), {u[t], y[t]});
    // Rarely it escapes to infinity; then there are other inputs.
    if (std::ranges::all_of(all, [](double value) { return std::abs(value) < 2; })) return all;
  }
}

}  // namespace gatescope::series
