// Gradients at all steps for one loss, and the triangle of every loss to every hidden state, over 200 steps,
// one thread, milliseconds. The peer is triangle_torch.py. Run: build/release/tests/bench/triangle_bench
// [CELL ...]

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "core/analysis/triangle.h"
#include "core/observe/observe.h"

namespace gatescope {
namespace {

constexpr Index kTriangleInputs = 65;

struct Row {
  double one_loss = 0, triangle = 0;
};

template <class Work>
double median_of_five(const Work& work) {
  std::vector<double> times;
  for (int round = 0; round < 5; ++round) {
    const auto from = std::chrono::steady_clock::now();
    work();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count());
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

Row milliseconds_of(const std::string& cell, Index hidden, Index steps) {
  nn::ModelSpec spec;
  spec.cell = cell;
  spec.hidden = hidden;
  auto network = std::make_shared<nn::Network<float>>(
      spec, nn::Interface{nn::InputKind::characters, kTriangleInputs, nn::Readout::softmax, kTriangleInputs});
  network->initialise(Rng(1));
  network->prepare_all();
  std::vector<int> characters;
  for (Index k = 0; k <= steps; ++k) characters.push_back(static_cast<int>(k * k % kTriangleInputs));
  observe::Model<float> model{.name = cell, .network = network};
  const auto observation =
      observe::observe<float>(model, observe::Text{characters}, {}, {}, {.needs = {.tape = true}});
  return {median_of_five([&] { observe::with_loss_at(observation, steps - 1); }),
          median_of_five([&] { analysis::computed_triangle(observation, {}); })};
}

}  // namespace
}  // namespace gatescope

int main(int argc, char** argv) {
  std::vector<std::string> cells(argv + 1, argv + argc);
  if (cells.empty()) cells = {"rnn", "gru", "lstm"};
  fmt::print("cell H T one-loss triangle\n");
  for (const std::string& cell : cells)
    for (const gatescope::Index hidden : {32, 64, 128, 256})
      for (const gatescope::Index steps : {100, 200, 400}) {
        const gatescope::Row row = gatescope::milliseconds_of(cell, hidden, steps);
        fmt::print("{} {} {} {:.3f} {:.1f}\n", cell, hidden, steps, row.one_loss, row.triangle);
      }
  return 0;
}
