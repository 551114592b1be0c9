// Rows forecast per second, one thread: Mackey-Glass, 200 origins, 48 rows read, 40 ahead by the network's
// own forecasts. The peer is series_torch.py, which runs this. Run: build/release/tests/bench/forecast_bench
// [CELL ...]

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "core/analysis/forecasts.h"
#include "core/series/known.h"

namespace gatescope {
namespace {

constexpr Index kWindow = 48, kHorizon = 40, kOrigins = 200;

double rows_per_second(const std::string& cell, Index hidden) {
  const series::Windows windows(series::find_known_series("mackey_glass")->make(1),
                                {.window = kWindow, .horizon = kHorizon});
  nn::ModelSpec spec;
  spec.cell = cell, spec.hidden = hidden;
  nn::Network<float> network(spec, {nn::InputKind::values, 1, nn::Readout::linear, 1});
  network.initialise(Rng(1));
  network.prepare_all();
  const std::vector<Index> origins = windows.origins(kOrigins);
  std::vector<double> rates;
  for (int round = 0; round < 7; ++round) {
    const auto from = std::chrono::steady_clock::now();
    const analysis::Forecasts forecasts = analysis::free_run(network, windows, origins, kWindow, kHorizon);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - from;
    if (!(forecasts.at(0, kHorizon - 1, 0) < 1e9)) fmt::print("not finite\n");
    rates.push_back(static_cast<double>(kOrigins * kHorizon) / seconds.count());
  }
  std::ranges::sort(rates);
  return rates[rates.size() / 2];
}

}  // namespace
}  // namespace gatescope

int main(int argc, char** argv) {
  std::vector<std::string> cells(argv + 1, argv + argc);
  if (cells.empty()) cells = {"rnn", "gru", "lstm"};
  for (const std::string& cell : cells)
    for (const gatescope::Index hidden : {16, 32, 64})
      fmt::print("{} {} {:.0f}\n", cell, hidden, gatescope::rows_per_second(cell, hidden));
  return 0;
}
