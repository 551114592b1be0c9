#pragma once

#include <vector>

#include "core/math/rng.h"
#include "core/math/types.h"

/// Series that equations make: (C, n), the oldest row first, the same for the same random numbers.
namespace gatescope::series {

/// sin(2 pi t / 20) + 0.5 sin(2 pi t / 7.5 + phase) and noise of deviation 0.05.
std::vector<double> sine_mix(Rng rng, Index rows);

/// A square wave of period 16 and height 1 whose phase jumps to another one at about every fourth period.
std::vector<double> square_wave(Rng rng, Index rows);

/// A flip-flop of one bit, (2, n): p, 1 (set) or -1 (reset) in the first row and later with the chance 1/20 a
/// row, 0 otherwise, and what it holds, y_t = p_t where that is not 0, else y_{t-1} [sussillo2013].
std::vector<double> flip_flop(Rng rng, Index rows);

/// dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x [mackey1977], one row a unit of time, from a random
/// beginning near 1.2 and after 500 rows that are dropped; Runge-Kutta steps of 0.1.
std::vector<double> mackey_glass(Rng rng, Index rows);

/// dx = 10 (y - x), dy = x (28 - z) - y, dz = x y - 8/3 z [lorenz1963], (3, n), a row every 0.05; Runge-Kutta
/// steps of 0.01, after 1,000 rows that are dropped.
std::vector<double> lorenz(Rng rng, Index rows);

/// NARMA of order 10 [atiya2000], (2, n): u uniform in [0, 0.5] and
/// y_{t+1} = 0.3 y_t + 0.05 y_t (y_t + ... + y_{t-9}) + 1.5 u_{t-9} u_t + 0.1.
std::vector<double> narma10(Rng rng, Index rows);

}  // namespace gatescope::series
