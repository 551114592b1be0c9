// One training update, and the products it is made of. Run: build/release/tests/bench/gatescope_bench

#include <benchmark/benchmark.h>

#include "core/math/product.h"
#include "core/train/trainer.h"

namespace gatescope {
namespace {

/// A full update of one layer at B = 32, T = 64 on one thread; items are characters.
void update(benchmark::State& state, const char* cell) {
  experiment::Experiment e;
  e.models[0].cell = cell;
  e.models[0].hidden = state.range(0);
  std::shared_ptr<const task::Task> task =
      experiment::make_task(e, std::string(GATESCOPE_SOURCE_DIR) + "/assets/corpora");
  experiment::complete(e, task->interface());
  train::Trainer trainer(e, task, 1);
  for (auto _ : state) benchmark::DoNotOptimize(trainer.step());
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * trainer.characters_per_update());
}
BENCHMARK_CAPTURE(update, rnn, "rnn")->RangeMultiplier(2)->Range(32, 256)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, gru, "gru")->RangeMultiplier(2)->Range(32, 256)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, lstm, "lstm")->RangeMultiplier(2)->Range(32, 256)->Unit(benchmark::kMillisecond);

/// The recurrent product of one gate, one step and one shard; items are multiplications with addition.
void recurrent_product(benchmark::State& state) {
  const Index h = state.range(0), width = 16;
  const Matrix<float> weights = Matrix<float>::Random(h, h), x = Matrix<float>::Random(h, width);
  Matrix<float> y = Matrix<float>::Zero(h, width);
  PackedMatrix<float> packed;
  packed.pack(weights.data(), h, h, h);
  for (auto _ : state) {
    packed.multiply_add(x.data(), h, y.data(), h, width);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * h * h * width);
}
BENCHMARK(recurrent_product)->RangeMultiplier(2)->Range(32, 256);

}  // namespace
}  // namespace gatescope
